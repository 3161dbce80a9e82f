/** The head of the page: which room this is, whether one is connected, and how many are here. */

import { DEFAULT_ROOM } from '../protocol.js';
import { t, onLanguage } from './language.js';
import { find } from './find.js';

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

  /** How many messages came while nobody looked: in the title of the tab. @param {number} n_unread */
  set unread(n_unread) {
    this.#n_unread = n_unread;
    this.#show();
  }

  #show() {
    // The sign # stands for a name as it is in the address, so that the general
    // room, named in the reader's language, is never taken for another.
    const named = this.#room === DEFAULT_ROOM ? t('room.general') : `# ${this.#room}`;
    const title = this.#room === null ? 'Palabre' : `${named} · Palabre`;
    document.title = this.#n_unread > 0 ? t('title.unread', { n: this.#n_unread, title }) : title;
    find(this, '#room-title', HTMLElement).textContent = this.#room === null ? 'Palabre' : named;
    find(this, '#presence', HTMLElement).dataset.phase = this.#phase;
    const counted = this.#phase === 'open' && this.#n_people !== null;
    const text = counted ? t('people.here', { n: this.#n_people ?? 0 }) : t(presence(this.#phase));
    find(this, '#presence-text', HTMLElement).textContent = text;
    // On a narrow screen the count leads to the list; on a wide one it stands beside.
    const button = find(this, '#people-open', HTMLButtonElement);
    button.textContent = text;
    this.toggleAttribute('data-counted', counted);
  }
}

/** @param {State['phase']} phase */
function presence(phase) {
  if (phase === 'open') return 'state.open';
  return phase === 'connecting' ? 'state.connecting' : 'state.waiting';
}

customElements.define('chat-top', ChatTop);
