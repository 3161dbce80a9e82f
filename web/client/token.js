/**
 * A token that ends: had from the application when there is none, and renewed
 * when its time is over, for as long as it is wanted. A client has one that
 * says who it is, a subscription one that lets it in.
 *
 *   none ──fetch──▶ there ──keep, time over──▶ another ──refresh──▶ there
 *                     └── the server says that it has ended: forget ──▶ none
 *
 * Where its time is over while there is no connection, another comes first.
 */

import { ERROR } from './wire.js';

/**
 * @typedef {import('./wire.js').Problem} Problem
 * @typedef {import('./link.js').Environment} Environment
 *
 * Whose token it is.
 * @typedef {object} Owner
 * @property {(() => Promise<string | null>) | undefined} ask the application
 * @property {(token: string, done: import('./link.js').Done) => void} refresh tells the server
 * @property {(problem: Problem) => void} onerror it could not be had, and will be tried again
 * @property {(problem: Problem) => void} onend the application gives none, or the server does not take it
 */

/** A token that has not come by then is not waited for. */
export const TOKEN_MS_MAX = 10_000;
/** One that could not be renewed is asked for again after this, and as much again at the most. */
export const RENEW_MS = 5_000;
/** Timers take no more, and fire at once instead. */
const TIMER_MS_MAX = 2 ** 31 - 1;

export class Token {
  /** @type {string | null} */
  #value = null;
  /** When the server does not take it any more, as it has said. */
  #ends_ms = Infinity;
  #owner;
  #environment;
  /** What was asked for earlier says nothing. */
  #n_asked = 0;
  /** @type {any} */
  #timer = null;

  /**
   * @param {string | undefined} value
   * @param {Owner} owner
   * @param {Environment} environment
   */
  constructor(value, owner, environment) {
    this.value = value ?? null;
    this.#owner = owner;
    this.#environment = environment;
  }

  get value() {
    return this.#value;
  }

  set value(value) {
    this.#value = value;
    this.#ends_ms = Infinity;
  }

  get isRenewable() {
    return this.#owner.ask !== undefined;
  }

  /** Whether one is to be fetched first. */
  get isWanted() {
    return (this.value === null || this.#environment.now() >= this.#ends_ms) && this.isRenewable;
  }

  /**
   * Asks the application for one.
   * @param {(token: string) => void} use
   * @param {() => void} fail it could not be had this time
   */
  async fetch(use, fail) {
    this.cancel();
    const n_asked = this.#n_asked;
    this.#timer = this.#environment.setTimeout(() => {
      this.cancel();
      fail();
    }, TOKEN_MS_MAX);
    let token;
    let problem = null;
    try {
      token = await this.#owner.ask?.();
    } catch (error) {
      problem = unauthorized(String(error), true);
    }
    if (n_asked !== this.#n_asked) return;
    this.cancel();
    if (problem !== null) {
      this.#owner.onerror(problem);
      fail();
    } else if (token) {
      this.value = token;
      use(token);
    } else {
      this.#owner.onend(unauthorized('no token', false));
    }
  }

  /** Renews it when it ends, as the server has said when. @param {{ expires?: boolean, ttl?: number }} result */
  keep({ expires = false, ttl = 0 }) {
    this.cancel();
    this.#ends_ms = expires ? this.#environment.now() + ttl * 1_000 : Infinity;
    if (expires) this.#renewIn(ttl * 1_000);
  }

  /** What was asked for is not wanted any more. */
  cancel() {
    this.#n_asked += 1;
    this.#environment.clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** @param {number} delay_ms */
  #renewIn(delay_ms) {
    if (!this.isRenewable) return; // The server will end it, and say why.
    const again = () => this.#renewIn(RENEW_MS * (1 + this.#environment.random()));
    this.#timer = this.#environment.setTimeout(() => void this.fetch((token) => {
      const n_asked = this.#n_asked;
      this.#owner.refresh(token, (problem, result) => {
        if (n_asked !== this.#n_asked || problem?.code === ERROR.CONNECTION_LOST) return;
        if (problem === null) this.keep(result);
        else if (problem.temporary || problem.code === ERROR.TOKEN_EXPIRED) again();
        else this.#owner.onend(problem);
      });
    }, again), Math.min(delay_ms, TIMER_MS_MAX));
  }
}

/** @param {string} message @param {boolean} temporary @returns {Problem} */
function unauthorized(message, temporary) {
  return { code: ERROR.UNAUTHORIZED, message, temporary };
}
