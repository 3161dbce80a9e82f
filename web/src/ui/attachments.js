/**
 * What goes along with the next message, above the field: each file with what
 * it looks like, how far it is, and a way to take it out again. Uploads begin
 * at once; the message leaves when they are through.
 *
 *   waiting ──▶ sending ──▶ done        failed: the network, tried again when it is back
 *                  └──────▶ failed              the server, tried again by hand
 */

import { lookOf, sizeText, wordsFor } from '../files.js';
import { upload, UploadError } from '../upload.js';
import { t } from './language.js';
import { icon, iconButton, make } from './make.js';
import { VoicePlayer } from './voice-player.js';

/**
 * @typedef {import('../files.js').SentFile} SentFile
 * @typedef {import('../upload.js').Limits} Limits
 *
 * What this page knows of it, the status with which it failed (0 is the network), as the
 * server describes it, and the address of its preview.
 * @typedef {{
 *   blob: Blob, name: string, known: Partial<SentFile>, state: 'waiting' | 'sending' | 'done' | 'failed', status: number,
 *   sent: SentFile | null, preview: string, abort: AbortController,
 *   element: HTMLLIElement, progress: HTMLProgressElement, line: HTMLElement, retry: HTMLButtonElement,
 * }} Attachment
 */

/** So many are on their way at once: the server takes four of one user. */
const AT_ONCE = 2;

export class Attachments {
  /** Something came, went or got through. */
  onchange = () => {};
  /** Says something in passing; what one sees here anyway is for those who do not. @type {(text: string, seen?: boolean) => void} */
  onsay = () => {};
  /** Who uploads. @type {() => string | null} */
  token = () => null;

  element = make('ul', { className: 'attachments', ariaLabel: t('files') });
  /** @type {Attachment[]} */
  #all = [];
  #limits;

  /** @param {Limits} limits */
  constructor(limits) {
    this.#limits = limits;
  }

  get isEmpty() {
    return this.#all.length === 0;
  }

  /** Whether some are not there yet, and whether that will not change by itself. */
  get progress() {
    if (this.#all.some(({ state, status }) => state === 'failed' && status !== 0)) return 'failed';
    return this.#all.every(({ state }) => state === 'done') ? 'done' : 'sending';
  }

  /** As the message carries them. */
  get files() {
    return this.#all.flatMap(({ sent, known }) => (sent === null ? [] : { ...sent, ...known }));
  }

  /** The message in the stead of words. */
  get words() {
    return wordsFor(this.files);
  }

  // Actions

  /** @param {Iterable<File>} files */
  add(files) {
    const { bytes_max, files_max } = this.#limits;
    for (const file of files) {
      const { name } = file;
      if (this.#all.length >= files_max) return this.onsay(t('file.too-many', { n: files_max }));
      if (file.size > bytes_max) this.onsay(t('file.too-large', { name, size: size(bytes_max) }));
      else this.#begin(file, name, {});
    }
  }

  /** @param {Blob} blob @param {string} name @param {Pick<SentFile, 'duration' | 'peaks'>} known */
  addVoice(blob, name, known) {
    if (this.#all.length >= this.#limits.files_max) this.onsay(t('file.too-many', { n: this.#limits.files_max }));
    else this.#begin(blob, name, known);
  }

  /** Tries again what the network kept. */
  resume() {
    for (const each of this.#all) {
      if (each.state === 'failed' && each.status === 0) each.state = 'waiting';
    }
    this.#next();
  }

  /** They went along with a message. */
  clear() {
    for (const each of [...this.#all]) this.#remove(each);
  }

  // Internal

  /** @param {Blob} blob @param {string} name @param {Partial<SentFile>} known */
  #begin(blob, name, known) {
    const progress = make('progress', { ariaLabel: name });
    const line = make('span', { className: 'soft' });
    const retry = iconButton('again', t('file.retry', { name }), () => {
      made.state = 'waiting';
      this.#next();
    });
    const remove = iconButton('close', t('file.remove', { name }), () => {
      made.abort.abort();
      this.#remove(made);
    });
    /** @type {Attachment} */
    const made = {
      blob, name, known, progress, line, retry, element: make('li'), state: 'waiting', status: 0, sent: null, abort: new AbortController(), preview: '',
    };
    const about = make('span', { className: 'about' }, make('bdi', {}, name), line, progress);
    made.element.append(this.#preview(made), about, retry, remove);
    this.#all.push(made);
    this.element.append(made.element);
    this.onsay(t('file.added', { name }), true);
    this.#next();
  }

  /** An image, a voice to listen to, or that it is a file. @param {Attachment} made @returns {Element} */
  #preview(made) {
    const { blob, known } = made;
    if (known.duration !== undefined) {
      made.preview = URL.createObjectURL(blob);
      return new VoicePlayer({ ...known, url: made.preview }).element;
    }
    if (lookOf({ url: '', name: '', size: 0, type: blob.type }) !== 'image') return icon('file');
    made.preview = URL.createObjectURL(blob);
    const image = make('img', { alt: '', src: made.preview });
    // As it is shown, also where the camera was held upright.
    image.addEventListener('load', () => { made.known = { width: image.naturalWidth, height: image.naturalHeight }; });
    image.addEventListener('error', () => image.replaceWith(icon('file')));
    return image;
  }

  /** Sends the next, if there is one and a place for it. */
  #next() {
    for (const each of this.#all) {
      if (this.#all.filter(({ state }) => state === 'sending').length >= AT_ONCE) break;
      if (each.state === 'waiting') void this.#send(each);
    }
    for (const each of this.#all) show(each);
    this.onchange();
  }

  /** @param {Attachment} each */
  async #send(each) {
    each.state = 'sending';
    each.abort = new AbortController();
    try {
      each.sent = await upload(each.blob, each.name, {
        token: this.token(),
        signal: each.abort.signal,
        onprogress: (part) => { each.progress.value = part; },
      });
      each.state = 'done';
    } catch (error) {
      each.state = 'failed';
      each.status = error instanceof UploadError ? error.status : 0;
    }
    if (this.#all.includes(each)) this.#next();
  }

  /** @param {Attachment} each */
  #remove(each) {
    this.#all = this.#all.filter((other) => other !== each);
    each.element.remove();
    if (each.preview !== '') URL.revokeObjectURL(each.preview);
    this.#next();
  }
}

/** @param {Attachment} each */
function show({ state, status, progress, line, retry, blob, element }) {
  element.dataset.state = state;
  progress.hidden = state !== 'sending' && state !== 'waiting';
  retry.hidden = state !== 'failed';
  const text = state === 'failed' ? why(status) : size(blob.size);
  if (line.textContent !== text) line.textContent = text;
}

/** @param {number} status */
function why(status) {
  if (status === 0) return t('file.offline');
  if (status === 413) return t('file.too-large.server');
  if (status === 422) return t('file.damaged');
  if (status === 429 || status === 503) return t('file.too-fast');
  if (status === 507) return t('file.full');
  return t('file.failed');
}

/** @param {number} bytes */
function size(bytes) {
  return sizeText(bytes, document.documentElement.lang);
}
