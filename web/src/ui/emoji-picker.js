/**
 * The emoji picker: what one used last, then all in groups, found by their
 * names in both languages. A popover of the browser's own: Escape and a click
 * beside it close it, and the focus goes back to where it was.
 */

import { EMOJI_GROUPS, searchEmoji } from '../emoji.js';
import { find } from './find.js';
import { t, translate } from './language.js';

/**
 * @typedef {import('../emoji.js').Emoji} Emoji
 * @typedef {{ all: () => string[], add: (emoji: string) => void }} Recent
 */

/** Between the picker, its anchor and the edges. */
const GAP_PX = 8;
/** Before one has used any. */
const RECENT_SHOWN_MAX = 16;
const FIRST = Object.freeze(['👍', '❤️', '😂', '🎉', '🙏', '😮', '😢', '👏']);

/** @type {{ recent: Recent, onpick: (emoji: string) => void } | null} */
let current = null;

/**
 * @param {HTMLElement} anchor
 * @param {{ recent: Recent, onpick: (emoji: string) => void }} use
 */
export function openPicker(anchor, use) {
  const picker = find(document, '#emoji-picker', HTMLElement);
  const search = find(picker, 'input', HTMLInputElement);
  if (current === null) listen(picker, search);
  current = use;
  translate(picker);
  search.value = '';
  show(picker, '');
  picker.showPopover();
  stand(picker, anchor);
  // On a touch screen the field would open the keyboard over the signs.
  const fine = matchMedia('(pointer: fine)').matches;
  (fine ? search : picker.querySelector('button') ?? search).focus();
}

/** @param {HTMLElement} picker @param {HTMLInputElement} search */
function listen(picker, search) {
  search.addEventListener('input', () => show(picker, search.value));
  picker.addEventListener('click', ({ target }) => {
    const emoji = target instanceof Element ? target.closest('button')?.dataset.emoji : undefined;
    if (emoji !== undefined) pick(picker, emoji);
  });
  picker.addEventListener('keydown', (event) => {
    const buttons = [...picker.querySelectorAll('button')];
    if (event.key === 'Enter' && event.target === search) {
      event.preventDefault();
      const emoji = buttons[0]?.dataset.emoji;
      if (emoji !== undefined) pick(picker, emoji);
    } else if (event.key.startsWith('Arrow')) {
      move(event, buttons, search);
    }
  });
}

/** @param {HTMLElement} picker @param {string} emoji */
function pick(picker, emoji) {
  picker.hidePopover();
  current?.recent.add(emoji);
  current?.onpick(emoji);
}

/** @param {HTMLElement} picker @param {string} query */
function show(picker, query) {
  const list = find(picker, '.emojis', HTMLElement);
  const found = searchEmoji(query);
  if (query.trim() !== '') {
    list.replaceChildren(found.length > 0 ? grid(found) : text('p', t('emoji.none')));
    return;
  }
  const recent = [...new Set([...current?.recent.all() ?? [], ...FIRST])].slice(0, RECENT_SHOWN_MAX);
  const groups = EMOJI_GROUPS.flatMap(({ key, emojis }) => [text('h2', t(key)), grid(emojis)]);
  list.replaceChildren(text('h2', t('emoji.recent')), grid(recent.map((sign) => ({ sign, names: [] }))), ...groups);
  list.scrollTop = 0;
}

/** @param {Pick<Emoji, 'sign' | 'names'>[]} emojis */
function grid(emojis) {
  const element = document.createElement('div');
  element.append(...emojis.map(({ sign, names }) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = sign;
    button.dataset.emoji = sign;
    if (names.length > 0) button.title = names.join(', ');
    return button;
  }));
  return element;
}

/** @param {string} tag @param {string} content */
function text(tag, content) {
  const element = document.createElement(tag);
  element.textContent = content;
  return element;
}

/** Arrows go over the signs as they lie; up from the first line, back to the search. @param {KeyboardEvent} event @param {HTMLButtonElement[]} buttons @param {HTMLInputElement} search */
function move(event, buttons, search) {
  const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
  const from = buttons[at];
  if (from === undefined) {
    if (event.key !== 'ArrowDown') return;
    event.preventDefault();
    buttons[0]?.focus();
    return;
  }
  event.preventDefault();
  const sideways = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
  if (sideways !== 0) return buttons[at + sideways]?.focus();
  const down = event.key === 'ArrowDown';
  const ahead = down ? buttons.slice(at + 1) : buttons.slice(0, at).reverse();
  const line = ahead.find((button) => button.offsetTop !== from.offsetTop)?.offsetTop;
  const there = ahead.filter((button) => button.offsetTop === line);
  const distance = (/** @type {HTMLElement} */ button) => Math.abs(button.offsetLeft - from.offsetLeft);
  there.sort((a, b) => distance(a) - distance(b));
  (there[0] ?? (down ? from : search)).focus();
}

/** Beside the anchor, within the window; on a narrow one at its end. @param {HTMLElement} picker @param {HTMLElement} anchor */
function stand(picker, anchor) {
  const box = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = picker;
  const above = box.top - height - GAP_PX;
  const top = above >= GAP_PX ? above : Math.min(box.bottom + GAP_PX, innerHeight - height - GAP_PX);
  const left = Math.min(box.right - width, innerWidth - width - GAP_PX);
  picker.style.setProperty('inset-block-start', `${Math.max(GAP_PX, top)}px`);
  picker.style.setProperty('inset-inline-start', `${Math.max(GAP_PX, left)}px`);
}
