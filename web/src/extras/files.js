/**
 * Files and voices: buttons beside the field, paste and drop, what goes along
 * with the next message, and what the rows of others' messages show. Each room
 * has its own pile; a message waits for its files.
 */

import { readFiles, sizeText, wordsFor } from '../files.js';
import { filesElement } from '../ui/file-view.js';
import { onLanguage, t } from '../ui/language.js';
import { loadStyle } from '../ui/later.js';
import { iconButton, make } from '../ui/make.js';
import { addPart, place } from '../ui/message-row.js';

/**
 * @typedef {import('../main.js').Page} Page
 * @typedef {import('../ui/attachments.js').Attachments} Attachments
 */

/** @param {Page} page */
export function beginFiles(page) {
  void loadStyle('/assets/styles/files.css');
  addPart({
    look: ({ files }) => (files === undefined ? '' : JSON.stringify(files)),
    show: (row, { files: sent, message }) => {
      const files = readFiles(sent);
      row.classList.toggle('only-files', files.length > 0 && message === wordsFor(files));
      place(row, 'files', files.length === 0 ? null : filesElement(files));
    },
  });
  new Piles(page).begin();
}

class Piles {
  #page;
  /** What goes along in each room. @type {Map<string, Attachments>} */
  #piles = new Map();
  #limit = make('p', { className: 'soft' });
  #element = make('div', { className: 'pile', hidden: true });
  #status = make('p', { className: 'pile-status', role: 'status' });
  /** The room whose message waits for its files. @type {string | null} */
  #waits = null;
  #records = false;
  /** @type {Promise<import('../upload.js').Limits> | null} */
  #limits = null;

  /** @param {Page} page */
  constructor(page) {
    this.#page = page;
  }

  begin() {
    const { composer } = this.#page;
    composer.form.before(this.#element, this.#status);
    this.#addTools();
    composer.addCompanion({
      fields: () => {
        const files = this.#pile?.files ?? [];
        return files.length === 0 ? null : { files };
      },
      words: () => this.#pile?.words ?? '',
      holds: () => this.#holds(),
      sent: () => {
        this.#pile?.clear();
        this.#say('');
      },
    });
    composer.message.addEventListener('paste', (event) => {
      const { files = [], types = [] } = event.clipboardData ?? {};
      // What was copied as text, too, is wanted as text.
      if (files.length === 0 || types.includes('text/plain')) return;
      event.preventDefault();
      void this.#add([...files]);
    });
    this.#takeDrops();
    this.#page.on('enter', () => this.#entered());
    this.#page.on('state', () => {
      if (this.#page.chat.state.phase === 'open') for (const pile of this.#piles.values()) pile.resume();
    });
  }

  #addTools() {
    const { composer } = this.#page;
    const input = make('input', { type: 'file', multiple: true, hidden: true });
    input.addEventListener('change', () => {
      void this.#add([...input.files ?? []]);
      input.value = '';
    });
    const attach = iconButton('clip', t('files.attach'), () => input.click());
    const speak = iconButton('mic', t('voice.record'), () => void this.#record());
    onLanguage(() => {
      attach.ariaLabel = attach.title = t('files.attach');
      speak.ariaLabel = speak.title = t('voice.record');
    });
    composer.append(input);
    composer.addTool(attach);
    composer.addTool(speak);
  }

  #takeDrops() {
    /** @param {DragEvent} event */
    const has_files = (event) => event.dataTransfer?.types.includes('Files') ?? false;
    const { classList } = document.body;
    document.addEventListener('dragover', (event) => {
      if (!has_files(event)) return;
      event.preventDefault();
      classList.add('is-dropping');
    });
    document.addEventListener('dragleave', (event) => {
      if (event.relatedTarget === null) classList.remove('is-dropping');
    });
    document.addEventListener('drop', (event) => {
      classList.remove('is-dropping');
      if (!has_files(event)) return;
      event.preventDefault();
      void this.#add([...event.dataTransfer?.files ?? []]);
    });
  }

  get #pile() {
    return this.#piles.get(this.#page.room);
  }

  /** The pile of this room, made when it is first needed. */
  async #open() {
    const { room, settings } = this.#page;
    const { Attachments } = await import('../ui/attachments.js');
    const { uploadLimits } = await import('../upload.js');
    const limits = await (this.#limits ??= uploadLimits());
    let pile = this.#piles.get(room);
    if (pile === undefined) {
      this.#limit.textContent = t('files.limit', { n: limits.files_max, size: sizeText(limits.bytes_max, document.documentElement.lang) });
      pile = new Attachments(limits);
      pile.onsay = (text, seen) => this.#say(text, seen);
      pile.token = () => settings.token;
      pile.onchange = () => this.#changed(room);
      this.#piles.set(room, pile);
      if (room === this.#page.room) this.#entered();
    }
    return pile;
  }

  /** @param {File[]} files */
  async #add(files) {
    if (files.length > 0) (await this.#open()).add(files);
    this.#page.composer.message.focus();
  }

  async #record() {
    if (this.#records) return;
    this.#records = true;
    try {
      await this.#speak();
    } catch (error) {
      this.#say(error instanceof Error ? error.message : '');
    }
    this.#records = false;
  }

  async #speak() {
    const { recordVoice } = await import('../ui/voice-recorder.js');
    // It goes where one began to speak, wherever one is by then.
    const pile = await this.#open();
    const { composer } = this.#page;
    const voice = await recordVoice((element) => {
      this.#say('');
      composer.form.before(element);
    });
    composer.message.focus();
    if (voice === null) return;
    const { blob, duration, peaks } = voice;
    pile.addVoice(blob, blob.type === 'audio/mp4' ? 'voice.m4a' : 'voice.webm', { duration, peaks });
  }

  /** Whether the message has to wait; it is sent when it no longer has. */
  #holds() {
    const progress = this.#pile?.progress ?? 'done';
    if (progress === 'done') return false;
    this.#waits = progress === 'sending' ? this.#page.room : null;
    const is_open = this.#page.chat.state.phase === 'open';
    this.#say(t(progress === 'failed' ? 'files.failed' : is_open ? 'files.waits' : 'files.waits.offline'));
    return true;
  }

  /** @param {string} room */
  #changed(room) {
    if (room !== this.#page.room) return;
    const pile = this.#pile;
    this.#element.hidden = pile?.isEmpty ?? true;
    if (this.#waits !== room || pile === undefined || pile.progress === 'sending') return;
    this.#waits = null;
    if (pile.progress === 'failed' || pile.isEmpty) return;
    this.#say('');
    this.#page.composer.form.requestSubmit();
  }

  #entered() {
    const pile = this.#pile;
    this.#waits = null;
    this.#say('');
    this.#element.hidden = pile?.isEmpty ?? true;
    this.#element.replaceChildren(...(pile === undefined ? [] : [pile.element]), this.#limit);
  }

  /** @param {string} text @param {boolean} [seen] whether one sees it elsewhere */
  #say(text, seen = false) {
    this.#status.classList.toggle('visually-hidden', seen);
    this.#status.textContent = text;
  }
}
