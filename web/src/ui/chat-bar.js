/**
 * One bar under the title that speaks when the connection is lost, counts down
 * to the next try, and says when it is back; or that the server wants no return.
 *
 * A screen reader hears that it is lost and that it is back; the seconds in
 * between are for the eye, or they would be read out one by one.
 */

import { t, onLanguage } from './language.js';
import { find } from './find.js';

/** @typedef {import('../connection.js').State} State */

/** How long the good news stays. */
const BACK_MS = 3_000;

export class ChatBar extends HTMLElement {
  /** The reader will not wait. @type {() => void} */
  onretry = () => {};

  /** @type {State} */
  #state = { phase: 'stopped' };
  #lost = false;
  #back = false;
  #timer = 0;

  connectedCallback() {
    this.#button.addEventListener('click', () => this.onretry());
    onLanguage(() => this.#show());
  }

  /** @param {State} state */
  set state(state) {
    this.#state = state;
    if (state.phase === 'waiting' || state.phase === 'closed') {
      this.#lost = true;
      this.#back = false;
    } else if (state.phase === 'open' && this.#lost) {
      this.#lost = false;
      this.#back = true;
    }
    this.#show();
  }

  #show() {
    clearTimeout(this.#timer);
    const { phase } = this.#state;
    this.classList.toggle('is-lost', this.#lost);
    this.classList.toggle('is-back', this.#back);
    this.#say(this.#lost ? this.#lostText() : this.#back ? t('lost.back') : '');
    if (!this.#lost) this.#handOnFocus();
    this.#button.hidden = !this.#lost;
    // Kept in place while a try runs, so that the bar does not jump and focus stays.
    this.#button.ariaDisabled = String(phase !== 'waiting' && phase !== 'closed');
    this.#countdown.textContent = this.#lost && phase !== 'closed' ? this.#countdownText() : '';
    if (this.#back) this.#timer = window.setTimeout(() => this.#rest(), BACK_MS);
    else if (phase === 'waiting') this.#timer = window.setTimeout(() => this.#show(), 250);
  }

  /** The same text again would be the same news again. @param {string} text */
  #say(text) {
    const status = find(this, '[role=status]', HTMLElement);
    if (status.textContent !== text) status.textContent = text;
  }

  #lostText() {
    return this.#state.phase === 'closed' ? t('closed', { reason: this.#state.reason }) : t('lost');
  }

  #countdownText() {
    if (this.#state.phase !== 'waiting') return t('lost.connecting');
    const n = Math.ceil((this.#state.retry_at_ms - Date.now()) / 1000);
    return n > 0 ? t('lost.retry', { n }) : t('lost.connecting');
  }

  #rest() {
    this.#back = false;
    this.#show();
  }

  /** A button that goes must not take the focus with it. */
  #handOnFocus() {
    if (document.activeElement === this.#button) document.getElementById('message')?.focus();
  }

  get #button() {
    return find(this, 'button', HTMLButtonElement);
  }

  get #countdown() {
    return find(this, '.countdown', HTMLElement);
  }
}

customElements.define('chat-bar', ChatBar);
