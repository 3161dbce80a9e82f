/**
 * The conversation. It follows the newest message, unless one has scrolled up
 * to read; then it stays where it is, and a button says what came meanwhile.
 * Near either end it asks for what lies beyond, and what comes from there
 * moves nothing of what one reads.
 */

import { untilMidnight } from '../dates.js';
import { currentDates, onLanguage, t } from './language.js';
import { find } from './find.js';
import { MessageRow, onParts } from './message-row.js';
import { onMarks } from './text.js';

/**
 * @typedef {import('../timeline-rows.js').Row} Row
 *
 * What there is to show: the rows, whether messages can leave, and what lies
 * beyond the first row and the last.
 * @typedef {{ rows: Row[], online: boolean, older: import('../chat.js').Beyond, isCut: boolean }} Source
 */

/** So near the end counts as the end: a fingertip, or a rounding of the zoom. */
const END_PX = 32;
/** So many screens before an end, what lies beyond is asked for. */
const SCREENS_AHEAD = 1;
/** How long a screen reader is kept from reading out what was fetched, not said now. */
const QUIET_MS = 1_000;

export class ChatLog extends HTMLElement {
  /** What a failed message's buttons do. @type {(id: string) => void} */
  onretry = () => {};
  /** @type {(id: string) => void} */
  ondiscard = () => {};
  /** What lies beyond an end is wanted. */
  onolder = () => {};
  onnewer = () => {};
  /** The end of the room is wanted, wherever the rows are. */
  onlatest = () => {};

  /** @type {() => Source} */
  #source = () => ({ rows: [], online: false, older: 'unknown', isCut: false });
  /** As it was shown last. @type {Omit<Source, 'rows'>} */
  #now = { online: false, older: 'unknown', isCut: false };
  /** The elements by their row's key. @type {Map<string, { element: HTMLElement, message?: MessageRow }>} */
  #shown = new Map();
  #first_key = '';
  /** The place of the message to go to, until it is here. @type {number | null} */
  #wanted = null;
  #follows = true;
  #n_new = 0;
  #frame = 0;
  #midnight = 0;
  #quiet = 0;

  // Lifecycle

  connectedCallback() {
    this.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    this.addEventListener('click', (event) => this.#clicked(event));
    this.#older.addEventListener('click', () => this.onolder());
    this.#jump.addEventListener('click', () => this.toLatest());
    // A finger or mouse on the button leaves the focus, and a phone's keyboard, where it is.
    this.#jump.addEventListener('pointerdown', (event) => event.preventDefault());
    // A keyboard that opens, or a composer that grows, takes room at the end; so does a row that says later
    // that it waits for the network.
    const resized = new ResizeObserver(() => this.#settle());
    resized.observe(this);
    resized.observe(this.#section);
    onLanguage(() => this.#render());
    onMarks(() => this.#render());
    onParts(() => this.refresh());
  }

  // Actions

  /** The end of the window that is farther from what one reads. */
  get farEnd() {
    const in_lower_half = this.scrollTop > (this.scrollHeight - this.clientHeight) / 2;
    return this.#follows || in_lower_half ? 'oldest' : 'newest';
  }

  /** Somebody said something, wherever one reads. */
  arrived() {
    if (!this.#follows) this.#n_new += 1;
  }

  /**
   * Shows what `source` has at the next frame: however much comes until then,
   * it is asked and drawn once.
   * @param {() => Source} source
   */
  show(source) {
    this.#source = source;
    this.refresh();
  }

  /** Shows what is there, again. */
  refresh() {
    this.#frame ||= requestAnimationFrame(() => this.#render());
  }

  /** To the last message in sight, to go on from it by arrows. */
  focusNewest() {
    const { bottom } = this.getBoundingClientRect();
    const rows = [...this.querySelectorAll('.message')].filter((row) => row.getBoundingClientRect().top < bottom);
    /** @type {HTMLElement | undefined} */ (rows.at(-1))?.focus();
  }

  /** Another room: nothing of the last one stays, and one begins at the end. */
  clear() {
    for (const { element } of this.#shown.values()) element.remove();
    this.#shown.clear();
    this.#first_key = '';
    this.#wanted = null;
    this.#follows = true;
    this.#n_new = 0;
  }

  /** Goes to the message at a place, as soon as that is here, and marks it. @param {number} offset */
  reveal(offset) {
    this.#wanted = offset;
    this.#follows = false;
    this.refresh();
  }

  /** Back to the end, and on from there. */
  toLatest() {
    if (document.activeElement === this.#jump) document.getElementById('message')?.focus();
    this.#wanted = null;
    this.#follows = true;
    this.#n_new = 0;
    this.#settle();
    this.#reach();
  }

  // Callbacks

  #scrolled() {
    if (this.#shown.size === 0) return;
    const at_end = this.scrollHeight - this.scrollTop - this.clientHeight <= END_PX;
    // The end of rows that are cut is not the room's; on the way there one has not left yet.
    this.#follows = at_end && (this.#follows || !this.#now.isCut);
    if (this.#follows) this.#n_new = 0;
    this.#showJump();
    this.#reach();
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
    const { rows, ...now } = this.#source();
    this.#now = now;
    this.#hush(rows);
    const anchor = this.#follows ? null : this.#anchor(rows);

    const keys = new Set(rows.map((row) => row.key));
    for (const [key, { element }] of this.#shown) {
      if (keys.has(key)) continue;
      element.remove();
      this.#shown.delete(key);
    }
    // Rows that are in their place stay untouched, so focus and selection do too.
    let next = this.#list.firstElementChild;
    for (const row of rows) {
      const element = this.#element(row, now.online);
      if (element === next) next = next.nextElementSibling;
      else this.#list.insertBefore(element, next);
    }
    this.#showOlder();
    if (anchor !== null) this.scrollTop += anchor.element.getBoundingClientRect().top - anchor.top;
    this.#goToWanted(rows);
    this.#settle();
    this.#reach();
    if (rows.length > 0) this.#watchMidnight();
  }

  /** The mark is the focus's: it goes when one goes on. @param {Row[]} rows */
  #goToWanted(rows) {
    const row = rows.find((each) => each.kind === 'message' && each.message.offset === this.#wanted);
    const element = this.#wanted === null || row === undefined ? undefined : this.#shown.get(row.key)?.element;
    if (element === undefined) return;
    this.#wanted = null;
    element.scrollIntoView({ block: 'center' });
    element.focus({ preventScroll: true });
    element.classList.add('marked');
    element.addEventListener('blur', () => element.classList.remove('marked'), { once: true });
  }

  /**
   * The first row in sight that stays, and where it is now: what comes or goes
   * above must not move it. By hand, as not every browser does it, and none
   * does it at the very top.
   * @param {Row[]} rows
   */
  #anchor(rows) {
    const { top } = this.getBoundingClientRect();
    for (const { key } of rows) {
      // A separator may come to stand elsewhere.
      const element = key.startsWith('message ') ? this.#shown.get(key)?.element : undefined;
      const box = element?.getBoundingClientRect();
      if (element && box && box.bottom > top) return { element, top: box.top };
    }
    return null;
  }

  /** A screen reader reads out what is said now, not pages of what was said before. @param {Row[]} rows */
  #hush(rows) {
    const first_key = rows.find(({ kind }) => kind === 'message')?.key ?? '';
    const fetched = first_key !== this.#first_key && !(this.#shown.has(first_key));
    this.#first_key = first_key;
    if (!fetched && !this.#now.isCut) return;
    this.#section.ariaLive = 'off';
    clearTimeout(this.#quiet);
    this.#quiet = window.setTimeout(() => { this.#section.ariaLive = 'polite'; }, QUIET_MS);
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
    }
    if (row.kind === 'message') {
      shown.message?.show(row.message, { first: row.first, online });
    } else {
      const text = separatorText(row);
      if (shown.element.textContent !== text) shown.element.textContent = text;
    }
    return shown.element;
  }

  /** Keeps the end in sight where it was; an empty room is read from its beginning. */
  #settle() {
    if (this.#follows && this.#shown.size > 0) this.scrollTop = this.scrollHeight;
    this.#showJump();
  }

  /** Asks for what lies beyond, once one comes near it. Offline it would be in vain. */
  #reach() {
    const { online, older, isCut } = this.#now;
    if (!online || this.#shown.size === 0 || this.#wanted !== null) return;
    const near_px = this.clientHeight * SCREENS_AHEAD;
    if (isCut && this.#follows) this.onlatest();
    else if (isCut && this.scrollHeight - this.scrollTop - this.clientHeight < near_px) this.onnewer();
    if (older === 'more' && this.scrollTop < near_px) this.onolder();
  }

  #showOlder() {
    const { older } = this.#now;
    this.#older.hidden = older !== 'more' && older !== 'loading';
    this.#older.ariaDisabled = String(older === 'loading');
    const text = t(older === 'loading' ? 'older.loading' : 'older');
    if (this.#older.textContent !== text) this.#older.textContent = text;
  }

  #showJump() {
    const far = this.scrollHeight - this.scrollTop - this.clientHeight > this.clientHeight;
    this.#jump.hidden = this.#follows || (this.#n_new === 0 && !far && !this.#now.isCut);
    const text = this.#n_new > 0 ? t('new', { n: this.#n_new }) : t('latest');
    const label = find(this.#jump, 'span', HTMLElement);
    if (label.textContent !== text) label.textContent = text;
  }

  /** "Today" is "Yesterday" from midnight on. */
  #watchMidnight() {
    clearTimeout(this.#midnight);
    this.#midnight = window.setTimeout(() => this.#render(), untilMidnight(Date.now()) + 1_000);
  }

  get #section() {
    return find(this, 'section', HTMLElement);
  }

  get #list() {
    return find(this, 'ol', HTMLOListElement);
  }

  get #older() {
    return find(this, '#older', HTMLButtonElement);
  }

  get #jump() {
    return find(document, '#jump', HTMLButtonElement);
  }
}

/** @param {MessageRow} message */
function fromMessage(message) {
  return { element: message.element, message };
}

/** @param {Exclude<Row['kind'], 'message'>} kind */
function separator(kind) {
  const element = document.createElement('li');
  element.className = `separator ${kind}`;
  return element;
}

/** @param {Exclude<Row, { kind: 'message' }>} row */
function separatorText(row) {
  if (row.kind === 'day') return currentDates().day(row.time_ms, Date.now());
  if (row.kind === 'gap') return row.n_missing === null ? t('gap.unknown') : t('gap', { n: row.n_missing });
  return t(row.kind);
}

customElements.define('chat-log', ChatLog);
