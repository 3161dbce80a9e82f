/**
 * What this page has said and not yet seen come back, in the order it was said.
 *
 *   add ──▶ waiting ──sent──▶ in flight ──settle──▶ gone
 *              ▲                  │
 *              └─────recall───────┘   the socket is lost: nobody knows whether it
 *                                     arrived, so it goes out again with its id,
 *                                     and who receives it twice shows it once.
 *
 * Pure: it knows neither socket nor clock.
 */

/** @typedef {import('./protocol.js').Draft} Draft */

export class Outbox {
  /** A Map keeps the order of insertion. @type {Map<string, { draft: Draft, sent_ms: number | null }>} */
  #entries = new Map();

  /** @param {Draft} draft */
  add(draft) {
    this.#entries.set(draft.id, { draft, sent_ms: null });
  }

  /** The first message that still waits to be sent. @returns {Draft | null} */
  get next() {
    for (const { draft, sent_ms } of this.#entries.values()) {
      if (sent_ms === null) return draft;
    }
    return null;
  }

  /** The message that has been in flight for longest. */
  get oldest() {
    for (const { draft, sent_ms } of this.#entries.values()) {
      if (sent_ms !== null) return { draft, sent_ms };
    }
    return null;
  }

  /**
   * @param {string} id
   * @param {number} now_ms
   */
  sent(id, now_ms) {
    const entry = this.#entries.get(id);
    if (entry !== undefined) entry.sent_ms = now_ms;
  }

  /** The message came back, or was refused. Says whether it was one of ours. @param {string} id */
  settle(id) {
    return this.#entries.delete(id);
  }

  /** Everything in flight waits again. */
  recall() {
    for (const entry of this.#entries.values()) entry.sent_ms = null;
  }
}
