/**
 * The edits, deletions and reactions of this page that the room has not told
 * yet. One sees at once what they make of a message, and which were not taken:
 *
 *   add ──▶ waiting ──told, or accepted──▶ gone: the message has it
 *             │  ▲
 *     refused ▼  │ add again
 *           refused ─────let go─────▶ gone: the message is as it was
 *
 * Pure: no clock, no DOM.
 */

import { amend } from './amend.js';

/**
 * @typedef {import('./timeline.js').Message} Message
 * @typedef {import('./protocol.js').Refusal} Refusal
 * @typedef {import('./protocol.js').Draft & { type: import('./protocol.js').Amends['type'], target: number }} Amendment
 * @typedef {Pick<Amendment, 'type' | 'message' | 'removed'>} Change what one wants of a message
 *
 * What a message shows of one.
 * @typedef {{ id: string, type: Amendment['type'], refusal: Refusal | null }} Unsettled
 */

export class Amendments {
  /** In the order in which they were made. @type {Map<string, { draft: Amendment, time_ms: number, refusal: Refusal | null }>} */
  #all = new Map();

  /** Null where there is no such one. @param {string} id */
  find(id) {
    return this.#all.get(id)?.draft ?? null;
  }

  /**
   * It waits for the room. Refused ones of its kind and message are done with; their ids are given back.
   * @param {Amendment} draft
   * @param {number} time_ms
   */
  add(draft, time_ms) {
    const replaced = [...this.#all].flatMap(([id, { draft: other, refusal }]) => (
      refusal !== null && other.type === draft.type && other.target === draft.target && other.target_id === draft.target_id ? [id] : []));
    for (const id of replaced) this.#all.delete(id);
    this.#all.set(draft.id, { draft, time_ms, refusal: null });
    return replaced;
  }

  /** The room has it. @param {string} id @returns {boolean} whether it was one of these */
  settle(id) {
    return this.#all.delete(id);
  }

  /** @param {string} id @param {Refusal} refusal @returns {Amendment | null} the one that was refused */
  refuse(id, refusal) {
    const known = this.#all.get(id);
    if (known === undefined) return null;
    known.refusal = refusal;
    return known.draft;
  }

  /** Takes out a refused one, to make it again or to let it go. @param {string} id @returns {Amendment | null} */
  take(id) {
    const known = this.#all.get(id);
    if (!known?.refusal) return null;
    this.#all.delete(id);
    return known.draft;
  }

  /**
   * A message as it will be, once these are taken.
   * @param {Message} message
   * @param {string | null} user oneself
   * @returns {Message} the same object where nothing is to be shown
   */
  applied(message, user) {
    if (this.#all.size === 0 || message.offset === null) return message;
    const here = [...this.#all.values()].filter(({ draft }) => isOf(message, draft));
    if (here.length === 0) return message;
    let shown = message;
    for (const { draft, time_ms, refusal } of here) {
      // By the clock of this device; the server's may be ahead, and this is later all the same.
      const time = Math.max(time_ms, (shown.edited_ms ?? 0) + 1);
      if (refusal === null) shown = amend(shown, published(draft, user, time));
    }
    return { ...shown, unsettled: here.map(({ draft: { id, type }, refusal }) => ({ id, type, refusal })) };
  }
}

/** Whether it changes this message, and not another that is at its place by now. @param {Message} message @param {Amendment} amendment */
export function isOf({ id, offset }, { target, target_id = id }) {
  return offset === target && id === target_id;
}

/**
 * As the room will tell it.
 * @param {Amendment} draft
 * @param {string | null} user
 * @param {number} time
 */
function published({ id, sender, message, type, target, removed }, user, time) {
  return { id, sender, message, time, user, offset: 0, client: null, amends: { type, target, removed: removed === true } };
}
