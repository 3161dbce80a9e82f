/**
 * A message's files as elements: images in their place, sounds and films to
 * play, and the rest as cards to save. Names are text; an address is one of
 * this server's, which `readFiles` has seen to.
 */

import { fit, lookOf, sizeText } from '../files.js';
import { t } from './language.js';
import { icon, iconButton, make } from './make.js';
import { VoicePlayer } from './voice-player.js';

/** @typedef {import('../files.js').SentFile} SentFile */

/** An image is no larger than this before it is opened. */
const BOX = Object.freeze({ width: 360, height: 300 });
/** Where an image does not say how large it is, it gets this. */
const UNKNOWN = Object.freeze({ width: 240, height: 180 });

/** @param {SentFile[]} files */
export function filesElement(files) {
  return make('div', {}, ...files.map(view));
}

/** @param {SentFile} file */
function view(file) {
  switch (lookOf(file)) {
    case 'image': return image(file);
    case 'voice': return new VoicePlayer(file).element;
    case 'audio': return player('audio', file);
    case 'video': return player('video', file);
    case 'other': return card(file);
  }
}

/** @param {SentFile} file */
function image(file) {
  const { url, name, width, height } = file;
  const size = width !== undefined && height !== undefined ? fit({ width, height }, BOX) : UNKNOWN;
  const picture = make('img', { ...size, alt: name, loading: 'lazy', decoding: 'async', src: url });
  const link = make('a', { className: 'image', href: url, target: '_blank' }, picture);
  picture.addEventListener('error', () => link.replaceWith(card(file, t('file.gone'))));
  link.addEventListener('click', (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // In a tab of its own, as any link.
    event.preventDefault();
    show(file);
  });
  return link;
}

/** @param {'audio' | 'video'} tag @param {SentFile} file */
function player(tag, file) {
  const element = make(tag, { controls: true, preload: 'metadata', ariaLabel: file.name, src: file.url });
  element.addEventListener('error', () => element.replaceWith(card(file, t('file.gone'))));
  return element;
}

/** @param {SentFile} file @param {string} [what] in the stead of its size */
function card({ url, name, size }, what = sizeText(size, document.documentElement.lang)) {
  const text = make('span', {}, make('bdi', {}, name), make('span', { className: 'soft' }, what));
  return make('a', { className: 'card', href: url, download: name }, icon('file'), text, icon('save'));
}

/** An image as large as the screen: Escape closes it and gives the focus back. @param {SentFile} file */
function show({ url, name }) {
  const save = make('a', { className: 'tool icon', href: url, download: name, ariaLabel: t('file.save', { name }) }, icon('save'));
  const close = iconButton('close', t('close'), () => dialog.close());
  const bar = make('p', {}, make('bdi', {}, name), save, close);
  const dialog = make('dialog', { className: 'viewer', ariaLabel: name }, bar, make('img', { alt: name, src: url }));
  dialog.addEventListener('click', ({ target }) => {
    if (target === dialog) dialog.close();
  });
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  close.focus();
}
