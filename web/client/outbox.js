/**
 * What was published and is not acknowledged yet, in the order it was said.
 *
 *   add ──▶ waiting ──take──▶ in flight ──settle──▶ gone
 *              ▲                  │
 *              └─────recall───────┘   the connection is lost: nobody knows whether
 *                                     it arrived. What has an `id` of its own goes out
 *                                     again, as the server stores an id once; what
 *                                     has none is given back to who published it.
 *
 * What waited leaves at a pace that the server takes, by a token bucket; what
 * is published while nothing waits goes out at once, as fast as it comes.
 *
 * Pure: it knows neither socket nor clock.
 */

import { ERROR } from './wire.js';

/**
 * @typedef {import('./wire.js').Problem} Problem
 *
 * @typedef {object} Entry
 * @property {string} channel
 * @property {any} data
 * @property {(problem: Problem | null) => void} settle
 */

/** More wait for no network: what comes on top is refused at once. */
export const ENTRIES_MAX = 1_000;
/** The server takes 30 messages a second from a connection, and 60 in one go. */
export const RATE_PER_SECOND = 20;
export const BURST = 20;

export class Outbox {
  /** True: in flight. A Map keeps the order of insertion. @type {Map<Entry, boolean>} */
  #entries = new Map();
  #tokens = BURST;
  #filled_ms = 0;
  /** What is there at the first connection has waited too. */
  #late = true;

  /** @param {Entry} entry */
  add(entry) {
    if (this.#entries.size < ENTRIES_MAX) this.#entries.set(entry, false);
    else entry.settle({ code: ERROR.QUEUE_FULL, message: 'too much waits to be sent', temporary: true });
  }

  /**
   * The next entry to send; or how long to wait for it; or null, when there is none.
   * @param {number} now_ms
   * @returns {Entry | number | null}
   */
  take(now_ms) {
    for (const [entry, in_flight] of this.#entries) {
      if (in_flight) continue;
      const wait_ms = this.#late ? this.#wait_ms(now_ms) : 0;
      if (wait_ms > 0) return wait_ms;
      this.#entries.set(entry, true);
      return entry;
    }
    this.#late = false;
    return null;
  }

  /** It was answered. After a recall the answer is to an earlier try, and says nothing. @param {Entry} entry @param {Problem | null} problem */
  settle(entry, problem) {
    if (this.#entries.get(entry) !== true) return;
    this.#entries.delete(entry);
    entry.settle(problem);
  }

  /** The oldest in flight is what the server closed the connection for. */
  blame() {
    for (const [entry, in_flight] of this.#entries) {
      if (!in_flight) continue;
      this.settle(entry, { code: ERROR.MESSAGE_TOO_BIG, message: 'larger than the server takes', temporary: false });
      return true;
    }
    return false;
  }

  /** Everything in flight waits again, or goes back to its publisher. @param {string} why */
  recall(why) {
    this.#late = true;
    for (const [entry, in_flight] of this.#entries) {
      if (!in_flight) continue;
      if (isRepeatable(entry)) this.#entries.set(entry, false);
      else this.settle(entry, { code: ERROR.CONNECTION_LOST, message: why, temporary: true });
    }
  }

  /** Nothing will be sent any more. @param {Problem} problem */
  clear(problem) {
    const entries = [...this.#entries.keys()];
    this.#entries.clear();
    for (const { settle } of entries) settle(problem);
  }

  /** Takes a token where there is one, else says how long until there is. @param {number} now_ms */
  #wait_ms(now_ms) {
    const gained = ((now_ms - this.#filled_ms) / 1000) * RATE_PER_SECOND;
    this.#tokens = Math.min(BURST, this.#tokens + Math.max(0, gained));
    this.#filled_ms = now_ms;
    if (this.#tokens < 1) return Math.ceil(((1 - this.#tokens) / RATE_PER_SECOND) * 1000);
    this.#tokens -= 1;
    return 0;
  }
}

/** @param {Entry} entry */
function isRepeatable({ data }) {
  return typeof data?.id === 'string' && data.id !== '';
}
