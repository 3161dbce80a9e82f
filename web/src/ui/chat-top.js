/** The head of the page: which room this is, whether one is connected, and how many are here. */

import { t, onLanguage } from './language.js';
import { find } from './find.js';
import { roomTitle } from './room-title.js';

/** @typedef {import('../connection.js').State} State */

export class ChatTop extends HTMLElement {
  /** Null where the address names none that could be. @type {string | null} */
  #room = null;
  /** @type {State['phase']} */
  #phase = 'connecting';
  #n_unread = 0;
  /** Null while nobody has told. @type {number | null} */
  #n_people = null;

  connectedCallback() {
    onLanguage(() => this.#show());
  }

  /** @param {string} room */
  set room(room) {
    this.#room = room;
    this.#show();
  }

  /** @param {State['phase']} phase */
  set phase(phase) {
    this.#phase = phase;
    this.#show();
  }

  /** @param {number | null} n_people */
  set n_people(n_people) {
    this.#n_people = n_people;
    this.#show();
  }

  /** How many messages wait unread, in all rooms: in the title of the tab and its icon. @param {number} n_unread */
  set unread(n_unread) {
    this.#n_unread = n_unread;
    this.#show();
  }

  #show() {
    const named = this.#room === null ? 'Palabre' : roomTitle(this.#room);
    const title = this.#room === null ? 'Palabre' : `${named} · Palabre`;
    const icon = this.#n_unread > 0 ? '/assets/icons/unread.svg' : '/favicon.ico';
    const link = find(document, 'link[rel="icon"]', HTMLLinkElement);
    if (link.getAttribute('href') !== icon) link.setAttribute('href', icon);
    document.title = this.#n_unread > 0 ? t('title.unread', { n: this.#n_unread, title }) : title;
    find(this, '#room-title', HTMLElement).textContent = named;
    find(this, '#presence', HTMLElement).dataset.phase = this.#phase;
    const counted = this.#phase === 'open' && this.#n_people !== null;
    const text = counted ? t('people.here', { n: this.#n_people ?? 0 }) : t(presence(this.#phase));
    find(this, '#presence-text', HTMLElement).textContent = text;
    // On a narrow screen the count leads to the list, in few words; on a wide one the list stands beside.
    const button = find(this, '#people-open', HTMLButtonElement);
    button.textContent = t('people.count', { n: this.#n_people ?? 0 });
    button.title = text;
    this.toggleAttribute('data-counted', counted);
  }
}

/** @param {State['phase']} phase */
function presence(phase) {
  if (phase === 'open') return 'state.open';
  return phase === 'connecting' ? 'state.connecting' : 'state.waiting';
}

customElements.define('chat-top', ChatTop);
