/**
 * The search: a field, where to look, and what was found, each with its text
 * around the words. It asks as one types, one question at a time, and shows
 * only what was asked last.
 *
 *   field ──pause──▶ ask ──▶ results ──↓, Enter or a click──▶ the message
 */

import { plainParts } from '../plain.js';
import { messagePath } from '../protocol.js';
import { hasWord, isTooLong, readFound } from '../search.js';
import { find, fromTemplate } from './find.js';
import { currentDates, onLanguage, t } from './language.js';
import { loadStyle } from './later.js';
import { roomTitle } from './room-title.js';

/**
 * @typedef {import('../search.js').Result} Result
 * @typedef {import('../i18n.js').Key} Key
 */

/** How long the fingers rest before the server is asked. */
const PAUSE_MS = 180;
/** How soon it is asked again for what it has not read yet. */
const BEHIND_MS = 1_000;
/** What the server answers to what has no word for it, and where nothing is on its disk. @type {Record<number, Key>} */
const REASONS = { 107: 'search.hint', 108: 'search.not-here' };

/** @type {SearchDialog | null} */
let dialog = null;

/** The dialog is open. @param {import('../main.js').Page} page */
export async function beginSearching(page) {
  if (dialog === null) {
    await loadStyle('/assets/styles/search.css');
    dialog ??= new SearchDialog(page);
  }
  dialog.begin();
}

class SearchDialog {
  #page;
  #dialog = find(document, '#search', HTMLDialogElement);
  #field = find(this.#dialog, '#search-field', HTMLInputElement);
  #here = find(this.#dialog, '#search-here', HTMLInputElement);
  #status = find(this.#dialog, '.status', HTMLElement);
  #list = find(this.#dialog, 'ol', HTMLOListElement);
  #more = find(this.#dialog, '.more', HTMLButtonElement);
  #timer = 0;
  /** Counts the questions: an answer to an earlier one comes too late. */
  #n_asked = 0;
  /** @type {string | null} */
  #next = null;
  /** @type {Result[]} */
  #results = [];

  /** @param {import('../main.js').Page} page */
  constructor(page) {
    this.#page = page;
    this.#field.addEventListener('input', () => this.#changed(PAUSE_MS));
    for (const choice of this.#dialog.querySelectorAll('[name="search-where"]')) {
      choice.addEventListener('change', () => this.#changed(0));
    }
    find(this.#dialog, 'form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      this.#changed(0);
    });
    this.#dialog.addEventListener('click', (event) => this.#clicked(event));
    this.#dialog.addEventListener('keydown', (event) => this.#moved(event));
    this.#dialog.addEventListener('close', () => this.#stop());
    this.#more.addEventListener('click', () => void this.#askMore());
    onLanguage(() => this.#changed(0));
  }

  // Actions

  begin() {
    this.#dialog.classList.add('is-ready');
    this.#changed(0);
  }

  // Callbacks

  /** @param {MouseEvent} event */
  #clicked(event) {
    const { target } = event;
    if (!(target instanceof Element)) return;
    // A click on the backdrop is a click on the dialog itself, outside its box.
    if (target === this.#dialog || target.closest('.close') !== null) return this.#dialog.close();
    const link = target.closest('li a');
    // With a key held, the browser opens the link where it was asked to.
    if (link === null || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const result = this.#results[[...this.#links].indexOf(/** @type {HTMLAnchorElement} */ (link))];
    if (result === undefined) return;
    this.#dialog.close();
    this.#page.go(result.room, result.offset);
  }

  /** The arrows lead from the field through the results and back. @param {KeyboardEvent} event */
  #moved(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const stops = [this.#field, ...this.#links];
    const at = stops.findIndex((stop) => stop === document.activeElement);
    if (step === undefined || at === -1 || event.isComposing) return;
    event.preventDefault();
    stops[Math.min(Math.max(at + step, 0), stops.length - 1)]?.focus();
  }

  /** Something else is looked for, in a moment. @param {number} pause_ms */
  #changed(pause_ms) {
    this.#stop();
    const query = this.#field.value;
    if (isTooLong(query)) return this.#show([], null, t('search.too-long'));
    if (!hasWord(query)) return this.#show([], null, t('search.hint'));
    this.#timer = window.setTimeout(() => void this.#ask(), pause_ms);
  }

  // Internal

  #stop() {
    window.clearTimeout(this.#timer);
    this.#n_asked += 1;
  }

  async #ask() {
    const found = await this.#request(null);
    if (found === null) return;
    const { results, more, n_behind } = found;
    this.#show(results, more, says(results.length, more, n_behind));
    if (n_behind > 0 && this.#dialog.open) this.#timer = window.setTimeout(() => void this.#ask(), BEHIND_MS);
  }

  async #askMore() {
    window.clearTimeout(this.#timer);
    const shown = this.#results;
    const found = await this.#request(this.#next);
    if (found === null) return;
    const results = [...shown, ...found.results];
    this.#show(results, found.more, says(results.length, found.more, found.n_behind));
    const next = this.#links[shown.length];
    // The button may be gone; the focus goes on where the new ones begin.
    (next ?? (this.#more.hidden ? this.#field : this.#more)).focus();
  }

  /** What is found; null where it is no longer wanted, or could not be had. @param {string | null} before */
  async #request(before) {
    this.#n_asked += 1;
    const n_asked = this.#n_asked;
    const { connection, room } = this.#page;
    try {
      const found = readFound(await connection.call('search', {
        query: this.#field.value,
        ...(this.#here.checked && { rooms: [room] }),
        ...(before !== null && { before }),
      }));
      return n_asked === this.#n_asked ? found : null;
    } catch (error) {
      if (n_asked === this.#n_asked) this.#show([], null, t(REASONS[Object(error).code] ?? 'search.failed'));
      return null;
    }
  }

  /** @param {Result[]} results @param {string | null} more @param {string} status */
  #show(results, more, status) {
    // What is shown already stays: the focus may be in it.
    const kept = results.findIndex((result, index) => JSON.stringify(result) !== JSON.stringify(this.#results[index]));
    const n_kept = kept === -1 ? results.length : kept;
    for (const row of [...this.#list.children].slice(n_kept)) row.remove();
    this.#list.append(...results.slice(n_kept).map(row));
    this.#results = results;
    this.#next = more;
    this.#more.hidden = more === null;
    if (this.#status.textContent !== status) this.#status.textContent = status;
  }

  get #links() {
    return this.#list.querySelectorAll('a');
  }
}

/** @param {number} n @param {string | null} more @param {number} n_behind */
function says(n, more, n_behind) {
  const found = n > 0 ? t('search.found', { n }) : t(more === null ? 'search.none' : 'search.none-yet');
  return n_behind > 0 ? `${found} ${t('search.behind', { n: n_behind })}` : found;
}

/** @param {Result} result */
function row({ room, offset, time_ms, sender, parts }) {
  const element = find(fromTemplate('search-row'), 'li', HTMLLIElement);
  find(element, 'a', HTMLAnchorElement).href = messagePath(room, offset);
  find(element, '.in', HTMLElement).textContent = roomTitle(room);
  find(element, '.who', HTMLElement).textContent = sender;
  const time = find(element, 'time', HTMLTimeElement);
  time.dateTime = new Date(time_ms).toISOString();
  time.textContent = `${currentDates().day(time_ms, Date.now())}, ${currentDates().clock(time_ms)}`;
  find(element, '.text', HTMLElement).append(...plainParts(parts).map((part, index) => (index % 2 === 0 ? part : mark(part))));
  return element;
}

/** @param {string} text */
function mark(text) {
  const element = document.createElement('mark');
  element.textContent = text;
  return element;
}
