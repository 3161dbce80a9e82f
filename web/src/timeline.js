/**
 * The conversation as this page knows it, and the rows that show it.
 *
 *   settled: what has a place: received, or refused          pending: said here,
 *   ┌──────┬──────┬─────┬──────┬────────┬──────┐             not come back yet
 *   │ sent │ sent │ gap │ sent │ failed │ sent │ ─────────── ┌─────────┬─────────┐
 *   └──────┴──────┴─────┴──────┴────────┴──────┘             │ pending │ pending │
 *                                     ▲     ▲                └─────────┴─────────┘
 *                                     │     └── receive (its own id) ──┤    ▲  ▲
 *                                     └──────── refuse ────────────────┘    │  └─ say
 *                                     └──────── retry ──────────────────────┘
 *
 * What others say goes before what is pending, for the order of the room is
 * the server's. A message is known by its id and shown once, however often it
 * arrives. Offsets are dense: a jump is a gap, and a gap is shown.
 *
 * Pure: no clock, no DOM. History, when it comes, goes to the front of settled.
 */

/**
 * @typedef {import('./protocol.js').Publication} Publication
 * @typedef {import('./protocol.js').Draft} Draft
 *
 * @typedef {object} Message
 * @property {'message'} kind
 * @property {string} id
 * @property {string} sender
 * @property {string} message
 * @property {number} time_ms
 * @property {boolean} own
 * @property {'pending' | 'sent' | 'failed'} state
 * @property {string} [code] why it failed
 * @property {string} [reason] the same in the server's words
 *
 * @typedef {object} Gap messages that this page did not get
 * @property {'gap'} kind
 * @property {number} n_gap the how-manieth
 * @property {number | null} n_missing null where nobody can tell
 *
 * @typedef {{ kind: 'day', key: string, time_ms: number }
 *         | { kind: 'gap', key: string, n_missing: number | null }
 *         | { kind: 'message', key: string, first: boolean, message: Message }} Row
 */

/** The DOM holds no more messages than this, and while one reads further up no more than the second. */
export const MESSAGES_MAX = 500;
export const MESSAGES_MAX_READING = 2_000;

/** A run by one sender is broken after this, so that its time stays near. */
export const RUN_MS = 5 * 60_000;

export class Timeline {
  /** @type {(Message | Gap)[]} */
  #settled = [];
  /** @type {Map<string, Message>} */
  #pending = new Map();
  /** The ids in #settled. @type {Set<string>} */
  #known = new Set();
  /** @type {number | null} */
  #offset_last = null;
  #interrupted = false;
  #n_gaps = 0;
  #isOwn;

  /** @param {(id: string) => boolean} [isOwn] whether this page sent it, before a reload perhaps */
  constructor(isOwn = () => false) {
    this.#isOwn = isOwn;
  }

  get isEmpty() {
    return this.#settled.length === 0 && this.#pending.size === 0;
  }

  /**
   * @param {Publication} publication
   * @returns {'new' | 'confirmed' | 'repeated'}
   */
  receive(publication) {
    this.#place(publication.offset);
    const { id, sender, message, time } = publication;
    const pending = this.#pending.delete(id);
    // Refused, then taken after all: a message that was sent twice.
    const failed = !pending && this.#find(id)?.state === 'failed';
    if (failed) this.#remove(id);
    if (this.#known.has(id)) return 'repeated';

    const own = pending || failed || this.#isOwn(id);
    this.#settle({ kind: 'message', id, sender, message, time_ms: time, own, state: 'sent' });
    return pending || failed ? 'confirmed' : 'new';
  }

  /**
   * @param {Draft} draft
   * @param {number} now_ms
   */
  say({ id, sender, message }, now_ms) {
    this.#pending.set(id, {
      kind: 'message', id, sender, message, time_ms: now_ms, own: true, state: 'pending',
    });
  }

  /**
   * @param {string} id
   * @param {string} code
   * @param {string} reason
   */
  refuse(id, code, reason) {
    const message = this.#pending.get(id);
    if (message === undefined) return;
    this.#pending.delete(id);
    this.#settle({ ...message, state: 'failed', code, reason });
  }

  /**
   * Takes a failed message out, to be said again or not at all.
   * @param {string} id
   * @returns {Message | null}
   */
  take(id) {
    const message = this.#find(id);
    if (message?.state !== 'failed') return null;
    this.#remove(id);
    return message;
  }

  /** The connection was lost: what others say until it is back is not heard. */
  interrupt() {
    this.#interrupted = this.#offset_last !== null;
  }

  /** Forgets the oldest messages beyond `n_max`. */
  trim(n_max = MESSAGES_MAX) {
    const n_over = this.#settled.length - n_max;
    if (n_over <= 0) return;
    for (const item of this.#settled.splice(0, n_over)) {
      if (item.kind === 'message') this.#known.delete(item.id);
    }
  }

  /**
   * What to show, from top to bottom. Keys are stable: a row keeps its key
   * through all its states. Anyone may choose any id, hence the prefixes.
   * @returns {Row[]}
   */
  rows() {
    /** @type {Row[]} */
    const rows = [];
    /** @type {Message | null} */
    let previous = null;
    let day = '';
    for (const item of [...this.#settled, ...this.#pending.values()]) {
      if (item.kind === 'gap') {
        rows.push({ kind: 'gap', key: `gap ${item.n_gap}`, n_missing: item.n_missing });
        previous = null;
        continue;
      }
      const item_day = new Date(item.time_ms).toDateString();
      if (item_day !== day) {
        // With the message's id, as clocks may go back and a day come twice.
        rows.push({ kind: 'day', key: `day ${item_day} ${item.id}`, time_ms: item.time_ms });
        day = item_day;
        previous = null;
      }
      const first = previous === null || !continues(previous, item);
      rows.push({ kind: 'message', key: `message ${item.id}`, first, message: item });
      previous = item;
    }
    return rows;
  }

  /** Notes where in the room we are, and shows a gap where messages are missing. @param {number} offset */
  #place(offset) {
    const expected = this.#offset_last === null ? offset : this.#offset_last + 1;
    if (offset > expected) {
      this.#gap(offset - expected);
    } else if (offset < expected && this.#interrupted) {
      // The room counts anew: the server forgot it meanwhile, so what was missed cannot be told.
      this.#gap(null);
    }
    this.#interrupted = false;
    this.#offset_last = offset;
  }

  /** @param {number | null} n_missing */
  #gap(n_missing) {
    this.#n_gaps += 1;
    this.#settled.push({ kind: 'gap', n_gap: this.#n_gaps, n_missing });
  }

  /** @param {Message} message */
  #settle(message) {
    this.#settled.push(message);
    this.#known.add(message.id);
  }

  /** @param {string} id */
  #find(id) {
    if (!this.#known.has(id)) return null;
    for (const item of this.#settled) {
      if (item.kind === 'message' && item.id === id) return item;
    }
    return null;
  }

  /** @param {string} id */
  #remove(id) {
    this.#settled = this.#settled.filter((item) => item.kind !== 'message' || item.id !== id);
    this.#known.delete(id);
  }
}

/**
 * @param {Message} previous
 * @param {Message} message
 */
function continues(previous, message) {
  return previous.sender === message.sender
    && previous.own === message.own
    && Math.abs(message.time_ms - previous.time_ms) < RUN_MS;
}
