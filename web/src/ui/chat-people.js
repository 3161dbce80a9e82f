/**
 * Who is here: beside the conversation on a wide screen, and on a narrow one
 * behind the count in the title, as a popover of the browser's own.
 */

import { hue, initials } from '../sender.js';
import { onLanguage, t } from './language.js';
import { find, fromTemplate } from './find.js';
import { showNameMarks } from './name-marks.js';

/**
 * @typedef {import('../people.js').Person} Person
 *
 * Who is here: by name, and how many more are by a plain WebSocket.
 * @typedef {{ people: Person[], n_more: number }} Here
 */

/** A list of thousands is no list; the rest are counted. */
export const PEOPLE_SHOWN_MAX = 200;

export class ChatPeople extends HTMLElement {
  /** What tells the bearers of one name apart. @type {(name: string, user: string | null) => string} */
  mark = () => '';

  /** @type {() => Here | null} */
  #source = () => null;
  #frame = 0;

  // Lifecycle

  connectedCallback() {
    // What is a popover on a narrow screen must not lie over a wide one.
    matchMedia('(min-width: 1020px)').addEventListener('change', () => this.#aside.hidePopover?.());
    onLanguage(() => this.#render());
  }

  // Actions

  /**
   * Shows what `source` has at the next frame: when a whole class comes in at
   * once, it is asked and drawn once.
   * @param {() => Here | null} source
   */
  show(source) {
    this.#source = source;
    this.#frame ||= requestAnimationFrame(() => this.#render());
  }

  // Internal

  #render() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const here = this.#source() ?? { people: [], n_more: 0 };
    find(this, '#people-title', HTMLElement).textContent = t('people.title', { n: count(here) });
    const rows = here.people.slice(0, PEOPLE_SHOWN_MAX).map((person) => row(person, this.mark));
    const n_cut = count({ people: here.people.slice(PEOPLE_SHOWN_MAX), n_more: 0 });
    if (n_cut > 0) rows.push(line(t('people.more', { n: n_cut })));
    if (here.n_more > 0) rows.push(line(t('people.guests', { n: here.n_more })));
    find(this, 'ul', HTMLUListElement).replaceChildren(...rows);
  }

  get #aside() {
    return find(this, 'aside', HTMLElement);
  }
}

/** How many that are. @param {Here} here */
export function count({ people, n_more }) {
  return people.reduce((sum, { n_guests }) => sum + Math.max(1, n_guests), n_more);
}

/** @param {Person} person @param {ChatPeople['mark']} mark */
function row({ name, own, user, verified, n_guests }, mark) {
  const element = find(fromTemplate('person-row'), 'li', HTMLLIElement);
  const avatar = find(element, '.avatar', HTMLElement);
  avatar.textContent = initials(name);
  avatar.style.setProperty('--hue', String(hue(name, user)));
  find(element, 'bdi', HTMLElement).textContent = name;
  showNameMarks(element, { mark: verified ? '' : mark(name, user), verified });
  const you = find(element, '.you', HTMLElement);
  if (own) you.textContent = t('people.you');
  else if (n_guests > 0) showGuests(element, you, n_guests);
  else you.remove();
  return element;
}

/** What they came by, and how many of the name they are. @param {HTMLLIElement} row @param {HTMLElement} element @param {number} n */
function showGuests(row, element, n) {
  row.classList.add('guest');
  element.textContent = n > 1 ? `WebSocket × ${n}` : 'WebSocket';
  element.title = t('people.guest');
}

/** @param {string} text */
function line(text) {
  const element = document.createElement('li');
  element.className = 'soft';
  element.textContent = text;
  return element;
}

customElements.define('chat-people', ChatPeople);
