/**
 * Who is here: beside the conversation on a wide screen, and on a narrow one
 * behind the count in the title, as a popover of the browser's own.
 */

import { hue, initials } from '../sender.js';
import { onLanguage, t } from './language.js';
import { find, fromTemplate } from './find.js';
import { showNameMarks } from './name-marks.js';

/** @typedef {import('../people.js').Person} Person */

/** A list of thousands is no list; the rest are counted. */
export const PEOPLE_SHOWN_MAX = 200;

export class ChatPeople extends HTMLElement {
  /** What tells the bearers of one name apart. @type {(name: string, user: string | null) => string} */
  mark = () => '';

  /** @type {() => Person[] | null} */
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
   * @param {() => Person[] | null} source
   */
  show(source) {
    this.#source = source;
    this.#frame ||= requestAnimationFrame(() => this.#render());
  }

  // Internal

  #render() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const people = this.#source() ?? [];
    find(this, '#people-title', HTMLElement).textContent = t('people.title', { n: people.length });
    const n_more = people.length - PEOPLE_SHOWN_MAX;
    const rows = people.slice(0, PEOPLE_SHOWN_MAX).map((person) => row(person, this.mark));
    if (n_more > 0) rows.push(more(n_more));
    find(this, 'ul', HTMLUListElement).replaceChildren(...rows);
  }

  get #aside() {
    return find(this, 'aside', HTMLElement);
  }
}

/** @param {Person} person @param {ChatPeople['mark']} mark */
function row({ name, own, user, verified }, mark) {
  const element = find(fromTemplate('person-row'), 'li', HTMLLIElement);
  const avatar = find(element, '.avatar', HTMLElement);
  avatar.textContent = initials(name);
  avatar.style.setProperty('--hue', String(hue(name, user)));
  find(element, 'bdi', HTMLElement).textContent = name;
  showNameMarks(element, { mark: verified ? '' : mark(name, user), verified });
  const you = find(element, '.you', HTMLElement);
  if (own) you.textContent = t('people.you');
  else you.remove();
  return element;
}

/** @param {number} n */
function more(n) {
  const element = document.createElement('li');
  element.className = 'soft';
  element.textContent = t('people.more', { n });
  return element;
}

customElements.define('chat-people', ChatPeople);
