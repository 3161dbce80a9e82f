/**
 * The messages that others answer, as they are now: those that are shown, and
 * for the rest what the history has, asked for one by one and kept as long as
 * one is in the room. Edits and deletions reach both. A reply that names the id
 * of what it answers quotes nothing else: another message may be at that place,
 * since the server has begun with an empty data directory.
 *
 * Pure: it is given what to ask.
 */

import { amend } from './amend.js';

/**
 * @typedef {import('./protocol.js').Publication} Publication
 * @typedef {{ id: string, sender: string, user?: string | null, message: string, deleted_ms?: number, files?: unknown[] }} Quoted
 *
 * @typedef {object} Source
 * @property {(offset: number) => Quoted | null} at what is shown
 * @property {(offset: number) => Promise<Publication | null>} ask the history
 * @property {() => void} onchange
 */

/** So many are kept; the oldest are asked for again. */
export const QUOTES_MAX = 200;

export class Quotes {
  #source;
  /** Null: nothing is there. @type {Map<number, Publication | null>} */
  #asked = new Map();
  /** Not asked yet. @type {Set<number>} */
  #wanted = new Set();
  #asking = false;

  /** @param {Source} source */
  constructor(source) {
    this.#source = source;
  }

  /**
   * The message that a reply answers; null where it is not there any more, undefined while nobody knows.
   * @param {{ reply: number, reply_id?: string | undefined }} reply
   * @returns {Quoted | null | undefined}
   */
  of({ reply, reply_id }) {
    const found = this.#at(reply);
    return found && reply_id !== undefined && found.id !== reply_id ? null : found;
  }

  /** @param {number} offset @returns {Quoted | null | undefined} */
  #at(offset) {
    const shown = this.#source.at(offset);
    if (shown !== null) return shown;
    if (this.#asked.has(offset)) return this.#asked.get(offset);
    this.#wanted.add(offset);
    if (!this.#asking) void this.#ask();
    return undefined;
  }

  /** @param {Publication} amendment */
  amended(amendment) {
    const target = amendment.amends?.target ?? 0;
    const known = this.#asked.get(target);
    if (known) this.#asked.set(target, amend(known, amendment));
  }

  /** The room counts anew: what was asked for may be at no place any more, or at another's. */
  forget() {
    this.#asked.clear();
  }

  /** Connected again: what could not be had may be now. */
  again() {
    if (this.#wanted.size > 0 && !this.#asking) void this.#ask();
  }

  /** One at a time, the latest first: that is where one reads. */
  async #ask() {
    this.#asking = true;
    try {
      for (let next = last(this.#wanted); next !== undefined; next = last(this.#wanted)) {
        const found = await this.#source.ask(next);
        this.#wanted.delete(next);
        this.#asked.set(next, found?.amends === undefined ? found : null);
        if (this.#asked.size > QUOTES_MAX) this.#asked.delete(this.#asked.keys().next().value ?? 0);
        this.#source.onchange();
      }
    } catch {
      // Lost on the way.
    } finally {
      this.#asking = false;
    }
  }
}

/** @param {Set<number>} places */
function last(places) {
  return [...places].at(-1);
}
