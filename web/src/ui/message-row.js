/**
 * One message as a row of the log. Sender and text are text: nothing they hold
 * ever becomes markup.
 *
 * What else a row may show (a quote, files, reactions…) is a `Part`, added by
 * whoever loads it. A part says by `look` what it would show of a message, as
 * a string; only where that changes is it asked to show it:
 *
 *   addPart({
 *     look: ({ files }) => JSON.stringify(files ?? ''),
 *     show: (row, { files }) => place(row, 'files', filesElement(files)),
 *   });
 *
 *   li.message
 *   ├ .avatar
 *   └ .body   .head  .quote  .text  .files  .reactions  .waits  .trouble  .state
 */

import { hue, initials } from '../sender.js';
import { currentDates, t, translate } from './language.js';
import { find, fromTemplate } from './find.js';
import { look, showText } from './text.js';

/**
 * @typedef {import('../timeline.js').Message} Message
 * @typedef {import('../i18n.js').Key} Key
 *
 * @typedef {object} Part
 * @property {(message: Message) => string} look
 * @property {(row: HTMLLIElement, message: Message) => void} show
 */

/** @type {Part[]} */
const parts = [];
/** @type {(() => void)[]} */
const listeners = [];
/** What stands in the body of a row, from top to bottom; parts may be missing. */
const ORDER = Object.freeze(['head', 'quote', 'text', 'files', 'reactions', 'waits', 'trouble', 'state']);

/** Adds to every row, also to those that are shown already. @param {Part} part */
export function addPart(part) {
  parts.push(part);
  for (const listener of listeners) listener();
}

/** Calls `listener` when rows have more to show than before. @param {() => void} listener */
export function onParts(listener) {
  listeners.push(listener);
}

/**
 * Puts an element into the body of a row, at the place of its class name, in
 * the stead of the one that was there; null takes it away.
 * @param {HTMLLIElement} row
 * @param {'quote' | 'files' | 'reactions' | 'waits' | 'trouble' | 'state'} name
 * @param {HTMLElement | null} element
 */
export function place(row, name, element) {
  const body = find(row, '.body', HTMLElement);
  body.querySelector(`:scope > .${name}`)?.remove();
  if (element === null) return;
  element.classList.add(name);
  const after = ORDER.slice(ORDER.indexOf(name) + 1).map((each) => `:scope > .${each}`).join();
  body.insertBefore(element, after === '' ? null : body.querySelector(after));
}

/** What the server may say of a message, in our words; else its own. @type {Record<string, Key>} */
const REASONS = {
  'sender-too-long': 'error.sender-too-long',
  'sender-invalid': 'error.sender-invalid',
  'message-too-long': 'error.message-too-long',
  'rate-limited': 'error.rate-limited',
  'queue-full': 'error.queue-full',
  'internal': 'error.internal',
  'denied': 'error.denied',
  'target-missing': 'error.target-gone',
  'target-deleted': 'error.target-gone',
  'too-many-reactions': 'error.too-many-reactions',
};

export class MessageRow {
  element = find(fromTemplate('message-row'), 'li', HTMLLIElement);
  /** What is shown now, to leave the DOM alone where nothing changed. @type {Message | null} */
  #message = null;
  #shown = '';
  /** The text as it was written, and how it is shown. @type {string | null} */
  #text = null;
  /** What each part shows. @type {string[]} */
  #looks = [];

  /**
   * @param {Message} message
   * @param {{ first: boolean, online: boolean }} place whether it begins a run; whether it can leave
   */
  show(message, { first, online }) {
    const looks = parts.map((part) => part.look(message));
    const shown = [first, message.state === 'pending' && online, look(message.message), document.documentElement.lang, ...looks].join('\n');
    // A message never changes; where it does, it is another object.
    if (message === this.#message && shown === this.#shown) return;
    this.#message = message;
    this.#shown = shown;

    const { element } = this;
    element.classList.toggle('first', first);
    element.classList.toggle('own', message.own);
    element.dataset.state = message.state;
    element.dataset.id = message.id;
    element.dataset.offset = String(message.offset ?? '');
    element.style.setProperty('--hue', String(hue(message.sender, message.user)));
    this.#set('.avatar', initials(message.sender));
    this.#set('.who', message.sender);
    this.#showText(message.message);
    this.#showTime(message.time_ms);
    this.#showState(message, online);
    this.#showParts(message, looks);
  }

  /** @param {Message} message @param {string[]} looks */
  #showParts(message, looks) {
    const lang = document.documentElement.lang;
    looks.forEach((each, at) => {
      const shown = `${lang} ${each}`;
      if (this.#looks[at] === shown || (each === '' && this.#looks[at] === undefined)) return;
      this.#looks[at] = shown;
      parts[at]?.show(this.element, message);
    });
  }

  /** Written only where it differs: a live region reads out what is written. @param {string} selector @param {string} text */
  #set(selector, text) {
    const element = find(this.element, selector, HTMLElement);
    if (element.textContent !== text) element.textContent = text;
  }

  /** @param {string} text */
  #showText(text) {
    const shown = `${look(text)} ${text}`;
    if (shown === this.#text) return;
    this.#text = shown;
    showText(find(this.element, '.text', HTMLElement), text);
  }

  /** @param {number} time_ms */
  #showTime(time_ms) {
    const time = find(this.element, 'time', HTMLTimeElement);
    time.dateTime = new Date(time_ms).toISOString();
    time.title = currentDates().full(time_ms);
    this.#set('time', currentDates().clock(time_ms));
  }

  /** @param {Message} message @param {boolean} online */
  #showState(message, online) {
    if (message.state === 'sent') return place(this.element, 'state', null);

    const state = find(fromTemplate('message-state'), 'p', HTMLElement);
    const text = find(state, 'span', HTMLElement);
    if (message.state === 'pending') {
      text.textContent = t(online ? 'pending' : 'pending.offline');
    } else {
      text.textContent = t('failed', { why: why(message) });
      const actions = fromTemplate('message-actions');
      translate(actions);
      state.append(actions);
    }
    place(this.element, 'state', state);
  }
}

/** Why the server did not take it. @param {{ code?: string, reason?: string }} refusal */
export function why({ code = '', reason = '' }) {
  return t(REASONS[code] ?? 'error.other', { reason });
}
