/**
 * The conversation. It follows the newest message, unless one has scrolled up
 * to read; then it stays where it is, and a button says what came meanwhile.
 */

import { untilMidnight } from '../dates.js';
import { currentDates, onLanguage, t } from './language.js';
import { find } from './find.js';
import { MessageRow } from './message-row.js';

/** @typedef {import('../timeline.js').Row} Row */

/** So near the end counts as the end: a fingertip, or a rounding of the zoom. */
const END_PX = 32;

export class ChatLog extends HTMLElement {
  /** What a failed message's buttons do. @type {(id: string) => void} */
  onretry = () => {};
  /** @type {(id: string) => void} */
  ondiscard = () => {};

  /** @type {() => { rows: Row[], online: boolean }} */
  #source = () => ({ rows: [], online: false });
  /** The elements by their row's key. @type {Map<string, { element: HTMLElement, message?: MessageRow }>} */
  #shown = new Map();
  #follows = true;
  #n_new = 0;
  #frame = 0;
  #midnight = 0;

  // Lifecycle

  connectedCallback() {
    this.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    this.addEventListener('click', (event) => this.#clicked(event));
    this.#jump.addEventListener('click', () => this.toLatest());
    // A finger or mouse on the button leaves the focus, and a phone's keyboard, where it is.
    this.#jump.addEventListener('pointerdown', (event) => event.preventDefault());
    // A keyboard that opens, or a composer that grows, takes room at the end.
    new ResizeObserver(() => this.#settle()).observe(this);
    onLanguage(() => this.#render());
  }

  // Actions

  /** Whether the reader sees the end. */
  get follows() {
    return this.#follows;
  }

  /**
   * Shows what `source` has at the next frame: however much comes until then,
   * it is asked and drawn once.
   * @param {() => { rows: Row[], online: boolean }} source
   */
  show(source) {
    this.#source = source;
    this.#frame ||= requestAnimationFrame(() => this.#render());
  }

  /** Back to the end, and on from there. */
  toLatest() {
    if (document.activeElement === this.#jump) document.getElementById('message')?.focus();
    this.#follows = true;
    this.#n_new = 0;
    this.#settle();
  }

  // Callbacks

  #scrolled() {
    if (this.#shown.size === 0) return;
    this.#follows = this.scrollHeight - this.scrollTop - this.clientHeight <= END_PX;
    if (this.#follows) this.#n_new = 0;
    this.#showJump();
  }

  /** @param {Event} event */
  #clicked(event) {
    if (!(event.target instanceof Element)) return;
    const id = event.target.closest('li')?.dataset.id;
    if (id === undefined) return;
    const retry = event.target.closest('.retry') !== null;
    if (!retry && event.target.closest('.discard') === null) return;
    // The button goes with its state; the focus goes to where one writes.
    document.getElementById('message')?.focus();
    if (retry) this.onretry(id);
    else this.ondiscard(id);
  }

  // Internal

  #render() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const { rows, online } = this.#source();
    const keys = new Set(rows.map((row) => row.key));
    for (const [key, { element }] of this.#shown) {
      if (keys.has(key)) continue;
      element.remove();
      this.#shown.delete(key);
    }

    // Rows that are in their place stay untouched, so focus and selection do too.
    let next = this.#list.firstElementChild;
    for (const row of rows) {
      const element = this.#element(row, online);
      if (element === next) next = next.nextElementSibling;
      else this.#list.insertBefore(element, next);
    }
    this.#settle();
    if (rows.length > 0) this.#watchMidnight();
  }

  /**
   * The row's element, new or brought up to date.
   * @param {Row} row
   * @param {boolean} online
   */
  #element(row, online) {
    let shown = this.#shown.get(row.key);
    if (shown === undefined) {
      shown = row.kind === 'message' ? fromMessage(new MessageRow()) : { element: separator(row.kind) };
      this.#shown.set(row.key, shown);
      if (!this.#follows && row.kind === 'message' && !row.message.own) this.#n_new += 1;
    }
    if (row.kind === 'message') {
      shown.message?.show(row.message, { first: row.first, online });
    } else {
      const text = row.kind === 'day' ? currentDates().day(row.time_ms, Date.now()) : gap(row.n_missing);
      if (shown.element.textContent !== text) shown.element.textContent = text;
    }
    return shown.element;
  }

  /** Keeps the end in sight where it was; an empty room is read from its beginning. */
  #settle() {
    if (this.#follows && this.#shown.size > 0) this.scrollTop = this.scrollHeight;
    this.#showJump();
  }

  #showJump() {
    const far = this.scrollHeight - this.scrollTop - this.clientHeight > this.clientHeight;
    this.#jump.hidden = this.#follows || (this.#n_new === 0 && !far);
    const text = this.#n_new > 0 ? t('new', { n: this.#n_new }) : t('latest');
    const label = find(this.#jump, 'span', HTMLElement);
    if (label.textContent !== text) label.textContent = text;
  }

  /** "Today" is "Yesterday" from midnight on. */
  #watchMidnight() {
    clearTimeout(this.#midnight);
    this.#midnight = window.setTimeout(() => this.#render(), untilMidnight(Date.now()) + 1_000);
  }

  get #list() {
    return find(this, 'ol', HTMLOListElement);
  }

  get #jump() {
    return find(document, '#jump', HTMLButtonElement);
  }
}

/** @param {MessageRow} message */
function fromMessage(message) {
  return { element: message.element, message };
}

/** @param {'day' | 'gap'} kind */
function separator(kind) {
  const element = document.createElement('li');
  element.className = `separator ${kind}`;
  return element;
}

/** @param {number | null} n_missing */
function gap(n_missing) {
  return n_missing === null ? t('gap.unknown') : t('gap', { n: n_missing });
}

customElements.define('chat-log', ChatLog);
