/**
 * The bell: what one wants to be called for in this room. The browser is
 * asked for its permission when one chooses something, and never before.
 */

import { CHOICES } from '../notify.js';
import { find } from './find.js';
import { onLanguage, t } from './language.js';

export class NotifyMenu extends HTMLElement {
  /** @type {import('../notify.js').Wishes | null} */
  #wishes = null;
  #room = '';
  #name = '';

  connectedCallback() {
    this.addEventListener('change', (event) => void this.#chosen(event));
    onLanguage(() => this.#show());
  }

  /** There is a way to call: the bell appears. @param {import('../notify.js').Wishes} wishes */
  begin(wishes) {
    this.#wishes = wishes;
    this.#bell.hidden = false;
    this.#show();
  }

  /** @param {string} room */
  set room(room) {
    this.#room = room;
    this.#show();
  }

  /** By which one is mentioned. @param {string} name */
  set name(name) {
    this.#name = name.trim();
    this.#show();
  }

  /** @param {Event} event */
  async #chosen({ target }) {
    if (this.#wishes === null || !(target instanceof HTMLInputElement)) return;
    const choice = CHOICES.find((each) => each === target.value);
    if (choice === undefined) {
      this.#wishes.sound = target.checked;
      return;
    }
    this.#wishes.choose(this.#room, choice);
    if (choice !== 'none' && Notification.permission === 'default') await Notification.requestPermission();
    this.#show();
  }

  #show() {
    if (this.#wishes === null) return;
    const granted = Notification.permission === 'granted';
    // Nothing is on before the browser allows it, whatever would be then.
    const choice = granted ? this.#wishes.choice(this.#room) : 'none';
    for (const input of this.querySelectorAll('input')) {
      input.checked = input.type === 'radio' ? input.value === choice : this.#wishes.sound;
    }
    const mentions = this.#name === '' ? t('notify.mentions') : t('notify.mentions.of', { name: this.#name });
    find(this, '.mentions', HTMLElement).textContent = mentions;
    const hint = find(this, '.note', HTMLElement);
    const text = Notification.permission === 'denied' ? t('notify.denied') : t(granted ? 'notify.hint' : 'notify.ask');
    if (hint.textContent !== text) hint.textContent = text;
    this.#bell.title = this.#bell.ariaLabel = t('notify.bell', { choice: t(`notify.${choice}`) });
    this.#bell.classList.toggle('is-on', choice !== 'none');
  }

  get #bell() {
    return find(document, '#notify-open', HTMLButtonElement);
  }
}

customElements.define('notify-menu', NotifyMenu);
