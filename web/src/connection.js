/**
 * A connection to one room that comes back by itself.
 *
 *               start                    open
 *   stopped ───────────▶ connecting ─────────────▶ open
 *      ▲                  ▲      │                  │
 *      │          in time │      │ failed           │ lost, or no answer
 *      │     or retryNow  │      ▼                  │
 *      └──── stop ────── waiting ◀──────────────────┘
 *
 * What is published while it is not open waits in the outbox and leaves, in
 * order, once it is. What was sent but did not come back is sent again with
 * the same id. Nothing here knows of a page: socket, clock and chance come in
 * through `Environment`, so the tests need neither network nor time.
 *
 * The interface is narrow on purpose: `start`, `stop`, `retryNow`, `publish`,
 * and three calls back. Whatever carries the messages can stand behind it.
 */

import { backoff, DELAY_BUSY_MS } from './backoff.js';
import { Outbox } from './outbox.js';
import { Pace } from './pace.js';
import { CLOSE, decode, encode } from './protocol.js';

/**
 * @typedef {import('./protocol.js').Draft} Draft
 * @typedef {import('./protocol.js').Publication} Publication
 * @typedef {import('./protocol.js').Refusal} Refusal
 *
 * @typedef {{ phase: 'stopped' } | { phase: 'connecting' } | { phase: 'open' }
 *         | { phase: 'waiting', retry_at_ms: number }} State
 *
 * @typedef {object} Handlers
 * @property {(state: State) => void} onstate
 * @property {(publication: Publication) => void} onpublication
 * @property {(id: string, refusal: Refusal) => void} onrefusal
 *
 * What a connection needs of the world.
 * @typedef {object} Environment
 * @property {(url: string) => Socket} open
 * @property {() => number} now
 * @property {() => number} random
 * @property {(callback: () => void, delay_ms: number) => number} setTimeout
 * @property {(timer: number) => void} clearTimeout
 *
 * The part of WebSocket that is used. Its events are `any`, as a browser's have far more to them.
 * @typedef {object} Socket
 * @property {((event: any) => void) | null} onopen
 * @property {((event: any) => void) | null} onmessage
 * @property {((event: any) => void) | null} onclose
 * @property {(data: string) => void} send
 * @property {(code?: number) => void} close
 */

/** A socket that is not open by then will not be. */
export const CONNECT_MS_MAX = 10_000;
/** A message not back by then: the network has gone without saying so. */
export const ANSWER_MS_MAX = 10_000;
/** A connection that held this long was a good one; the next wait starts small again. */
export const STABLE_MS = 5_000;

/** @type {Environment} */
const browser = {
  open: (url) => new WebSocket(url),
  now: () => Date.now(),
  random: () => Math.random(),
  setTimeout: (callback, delay_ms) => window.setTimeout(callback, delay_ms),
  clearTimeout: (timer) => window.clearTimeout(timer),
};

export class Connection {
  #url;
  #handlers;
  #environment;
  #pace;
  #outbox = new Outbox();
  /** @type {Socket | null} */
  #socket = null;
  /** @type {State} */
  #state = { phase: 'stopped' };
  #n_failures = 0;
  #opened_ms = 0;
  /** To give up connecting, or to try again: never both. @type {number | null} */
  #timer = null;
  /** @type {number | null} */
  #pace_timer = null;
  /** @type {number | null} */
  #answer_timer = null;

  /**
   * @param {string} url
   * @param {Handlers} handlers
   * @param {Environment} [environment]
   */
  constructor(url, handlers, environment = browser) {
    this.#url = url;
    this.#handlers = handlers;
    this.#environment = environment;
    this.#pace = new Pace(environment.now());
  }

  get state() {
    return this.#state;
  }

  // Actions

  start() {
    if (this.#state.phase === 'stopped') this.#connect();
  }

  /** Closes cleanly. What waits in the outbox goes out after the next start. */
  stop() {
    this.#leave(CLOSE.DONE);
    this.#clearTimers();
    this.#outbox.recall();
    this.#enter({ phase: 'stopped' });
  }

  /** Cuts the wait short, for there is reason to hope. */
  retryNow() {
    if (this.#state.phase === 'waiting') this.#connect();
  }

  /** @param {Draft} draft */
  publish(draft) {
    this.#outbox.add(draft);
    this.#flush();
  }

  // Callbacks of the socket

  #opened() {
    this.#clearTimers();
    this.#opened_ms = this.#environment.now();
    this.#enter({ phase: 'open' });
    this.#flush();
  }

  /** @param {unknown} data */
  #received(data) {
    const incoming = decode(data);
    if (incoming.kind === 'publication') {
      this.#outbox.settle(incoming.publication.id);
      this.#handlers.onpublication(incoming.publication);
    } else if (incoming.kind === 'refusal') {
      this.#refused(incoming.refusal);
    }
  }

  /** @param {Refusal} refusal */
  #refused(refusal) {
    // A refusal without an id is of no message of ours: all of ours have one.
    if (refusal.id !== null && this.#outbox.settle(refusal.id)) {
      this.#handlers.onrefusal(refusal.id, refusal);
    }
  }

  /** @param {number} code */
  #closed(code) {
    const oldest = this.#outbox.oldest;
    if (code === CLOSE.TOO_BIG && oldest !== null) {
      // Sent again it would close the next connection too.
      this.#refused({ id: oldest.draft.id, code: 'message-too-long', reason: '' });
    }
    this.#lost(code === CLOSE.TRY_LATER ? DELAY_BUSY_MS : 0);
  }

  // Internal

  #connect() {
    this.#clearTimers();
    this.#enter({ phase: 'connecting' });
    const socket = this.#environment.open(this.#url);
    this.#socket = socket;
    socket.onopen = () => this.#opened();
    socket.onmessage = ({ data }) => this.#received(data);
    socket.onclose = ({ code }) => this.#closed(code);
    this.#timer = this.#environment.setTimeout(() => this.#lost(), CONNECT_MS_MAX);
  }

  /** Sends what the pace allows, oldest first. */
  #flush() {
    if (this.#state.phase !== 'open' || this.#pace_timer !== null) return;
    for (let draft = this.#outbox.next; draft !== null; draft = this.#outbox.next) {
      const now_ms = this.#environment.now();
      const wait_ms = this.#pace.take(now_ms);
      if (wait_ms > 0) {
        this.#pace_timer = this.#environment.setTimeout(() => {
          this.#pace_timer = null;
          this.#flush();
        }, wait_ms);
        break;
      }
      this.#outbox.sent(draft.id, now_ms);
      this.#socket?.send(encode(draft));
    }
    this.#watchAnswer();
  }

  /** Looks again when the message longest in flight ought to be back. */
  #watchAnswer() {
    const oldest = this.#outbox.oldest;
    if (oldest === null || this.#answer_timer !== null) return;
    const left_ms = oldest.sent_ms + ANSWER_MS_MAX - this.#environment.now();
    this.#answer_timer = this.#environment.setTimeout(() => {
      this.#answer_timer = null;
      const waiting = this.#outbox.oldest;
      if (waiting === null) return;
      if (this.#environment.now() - waiting.sent_ms >= ANSWER_MS_MAX) this.#lost();
      else this.#watchAnswer();
    }, Math.max(0, left_ms));
  }

  #lost(delay_min_ms = 0) {
    const now_ms = this.#environment.now();
    const stable = this.#state.phase === 'open' && now_ms - this.#opened_ms >= STABLE_MS;
    this.#leave();
    this.#clearTimers();
    this.#outbox.recall();
    this.#n_failures = stable ? 1 : this.#n_failures + 1;
    const delay_ms = backoff(this.#n_failures, this.#environment.random, delay_min_ms);
    this.#timer = this.#environment.setTimeout(() => this.#connect(), delay_ms);
    this.#enter({ phase: 'waiting', retry_at_ms: now_ms + delay_ms });
  }

  /** Lets go of the socket; nothing it still says counts. @param {number} [code] */
  #leave(code) {
    const socket = this.#socket;
    if (socket === null) return;
    this.#socket = null;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close(code);
  }

  #clearTimers() {
    for (const timer of [this.#timer, this.#pace_timer, this.#answer_timer]) {
      if (timer !== null) this.#environment.clearTimeout(timer);
    }
    this.#timer = this.#pace_timer = this.#answer_timer = null;
  }

  /** @param {State} state */
  #enter(state) {
    this.#state = state;
    this.#handlers.onstate(state);
  }
}
