/**
 * One message as a row of the log. Sender and text are text: nothing they hold
 * ever becomes markup.
 */

import { hue, initials } from '../sender.js';
import { currentDates, t, translate } from './language.js';
import { find, fromTemplate } from './find.js';
import { look, showText } from './text.js';

/**
 * @typedef {import('../timeline.js').Message} Message
 * @typedef {import('../i18n.js').Key} Key
 */

/** What the server may say of a message, in our words; else its own. @type {Record<string, Key>} */
const REASONS = {
  'sender-too-long': 'error.sender-too-long',
  'sender-invalid': 'error.sender-invalid',
  'message-too-long': 'error.message-too-long',
  'rate-limited': 'error.rate-limited',
  'queue-full': 'error.queue-full',
  'internal': 'error.internal',
  'denied': 'error.denied',
};

export class MessageRow {
  element = find(fromTemplate('message-row'), 'li', HTMLLIElement);
  /** What is shown now, to leave the DOM alone where nothing changed. */
  #shown = '';
  /** The text as it was written, and how it is shown. @type {string | null} */
  #text = null;

  /**
   * @param {Message} message
   * @param {{ first: boolean, online: boolean }} place whether it begins a run; whether it can leave
   */
  show(message, { first, online }) {
    const shown = [first, message.state, message.state === 'pending' && online, message.code,
      message.time_ms, message.sender, look(message.message), document.documentElement.lang].join('\n');
    if (shown === this.#shown) return;
    this.#shown = shown;

    const { element } = this;
    element.classList.toggle('first', first);
    element.classList.toggle('own', message.own);
    element.dataset.state = message.state;
    element.dataset.id = message.id;
    element.style.setProperty('--hue', String(hue(message.sender)));
    const avatar = find(element, '.avatar', HTMLElement);
    if (avatar.textContent !== initials(message.sender)) avatar.textContent = initials(message.sender);
    this.#set('.who', message.sender);
    this.#showText(message.message);
    this.#showTime(message.time_ms);
    this.#showState(message, online);
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
    this.element.querySelector('.state')?.remove();
    if (message.state === 'sent') return;

    const state = fromTemplate('message-state');
    const text = find(state, 'span', HTMLElement);
    if (message.state === 'pending') {
      text.textContent = t(online ? 'pending' : 'pending.offline');
    } else {
      text.textContent = t('failed', { why: why(message) });
      const actions = fromTemplate('message-actions');
      translate(actions);
      find(state, 'p', HTMLElement).append(actions);
    }
    find(this.element, '.body', HTMLElement).append(state);
  }
}

/** @param {Message} message */
function why({ code = '', reason = '' }) {
  return t(REASONS[code] ?? 'error.other', { reason });
}
