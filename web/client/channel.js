/**
 * One channel as a client follows it: where in it we are, and how to stay
 * there over lost connections.
 *
 *                 reply                        lost, hole, push 25xx
 *   subscribing ─────────▶ subscribed ──────────────────────────────┐
 *    ▲   ▲  │ refused, for good      │ end, push 2000…              │
 *    │   │  └──────────────┐         ▼                              │
 *    │   │                 └──▶ unsubscribed                        │
 *    │   └── refused for now, after a wait                          │
 *    └──────────────────────────────────────────────────────────────┘
 *
 * A position is an offset, counted without holes, in an epoch. Whoever comes
 * back names theirs, and gets what came after it. So what is handed on is each
 * publication once, in order; where that cannot be, a gap is told, once.
 */

import { backoff } from './backoff.js';
import { Token } from './token.js';
import { ERROR, EXPIRED, member, publication, RESUBSCRIBE_CODE_MIN, STATE_INVALIDATED } from './wire.js';

/**
 * @typedef {import('./wire.js').Position} Position
 * @typedef {import('./wire.js').Problem} Problem
 * @typedef {import('./link.js').Environment} Environment
 *
 * What a channel needs of the connection.
 * @typedef {object} Host
 * @property {() => boolean} isOpen whether there is a connection
 * @property {(command: string, body: object, done: import('./link.js').Done) => void} request not sent where there is no connection: then the host calls `subscribe` once there is
 * @property {(error: Problem) => void} onerror
 * @property {() => void} onend
 *
 * What it tells, by name.
 * @typedef {object} Events
 * @property {{ wasRecovering: boolean, recovered: boolean, position: Position | null }} subscribed
 * @property {{ n_publications: number }} recovered nothing is missing; so many follow at once, and others may
 * @property {{ n_missing: number | null }} gap what came meanwhile cannot be had; null where nobody can tell how much
 * @property {import('./wire.js').Publication} publication
 * @property {import('./wire.js').Member} join
 * @property {import('./wire.js').Member} leave
 * @property {any} message what the server says of the channel besides, as who is there by a plain WebSocket
 * @property {{ code: number, reason: string }} subscribing
 * @property {{ code: number, reason: string }} unsubscribed
 *
 * @typedef {object} Options
 * @property {Position} [since] where to go on, instead of from now on
 * @property {boolean} [joinLeave] to hear of who joins and leaves
 * @property {string} [token] what lets one in, where the channel is not for everybody
 * @property {(context: { channel: string }) => Promise<string | null>} [getToken] asked where there is no token, or it has expired; null: not allowed
 *
 * @typedef {<K extends keyof Events>(type: K, detail: Events[K]) => void} Emit
 */

export class Channel {
  name;
  #options;
  #host;
  #environment;
  #emit;
  #token;
  /** @type {'subscribing' | 'subscribed' | 'unsubscribed'} */
  #state = 'subscribing';
  /** @type {Position | null} */
  #position;
  /** An answer to an earlier try says nothing. */
  #n_tries = 0;
  #n_failures = 0;
  /** @type {any} */
  #timer = null;
  /** Where a hole was met: met there again, it will not be filled. */
  #hole_offset = -1;

  /**
   * @param {string} name
   * @param {Options} options
   * @param {Host} host
   * @param {Environment} environment
   * @param {Emit} emit
   */
  constructor(name, options, host, environment, emit) {
    this.name = name;
    this.#options = options;
    this.#host = host;
    this.#environment = environment;
    this.#emit = emit;
    this.#position = options.since ?? null;
    const { token, getToken } = options;
    this.#token = new Token(token, {
      ask: getToken && (() => getToken({ channel: name })),
      refresh: (fresh, done) => host.request('sub_refresh', { channel: name, token: fresh }, done),
      onerror: host.onerror,
      onend: ({ code, message }) => this.#leave(code, message),
    }, environment);
  }

  get state() {
    return this.#state;
  }

  get position() {
    return this.#position;
  }

  // Actions

  subscribe() {
    this.#abandon();
    if (!this.#host.isOpen()) return;
    if (this.#token.isWanted) void this.#token.fetch(() => this.#ask(), () => this.#later());
    else this.#ask();
  }

  unsubscribe() {
    if (this.#state !== 'unsubscribed') this.#leave(0, 'unsubscribed');
  }

  /** The connection is gone; the next one begins with `subscribe`. @param {number} code @param {string} reason */
  lost(code, reason) {
    this.#abandon();
    this.#resume(code, reason);
  }

  // Callbacks of the connection

  /** @param {any} push */
  push({ pub, join, leave, message, unsubscribe }) {
    // What comes before the reply is of a subscription that was, and its publications come again.
    if (this.#state !== 'subscribed') return;
    if (pub) this.#published(pub);
    else if (join) this.#emit('join', member(join.info ?? {}));
    else if (leave) this.#emit('leave', member(leave.info ?? {}));
    else if (message) this.#emit('message', message.data);
    else if (unsubscribe) this.#unsubscribed(unsubscribe);
  }

  #ask() {
    const n_try = this.#n_tries;
    const position = this.#position;
    const token = this.#token.value;
    this.#host.request('subscribe', {
      channel: this.name,
      positioned: true,
      recoverable: true,
      ...(token !== null && { token }),
      ...(this.#options.joinLeave && { join_leave: true }),
      ...(position && { recover: true, offset: position.offset, epoch: position.epoch }),
    }, (problem, result) => {
      if (n_try !== this.#n_tries) return;
      if (problem === null) this.#subscribed(result);
      else this.#refused(problem);
    });
  }

  /** @param {any} result */
  #subscribed({ recoverable, recovered = false, offset = 0, epoch = '', publications = [], expires = false, ttl = 0 }) {
    const from = this.#position;
    // Recovered, the reply's offset is the one we named, and the publications lead on from it.
    if (!recoverable) this.#position = null;
    else if (from !== null && recovered) this.#position = { offset: from.offset, epoch: epoch || from.epoch };
    else this.#position = { offset, epoch };
    this.#state = 'subscribed';
    this.#n_failures = 0;
    this.#token.keep({ expires, ttl });

    this.#emit('subscribed', { wasRecovering: from !== null, recovered, position: this.#position });
    if (from !== null && recovered) {
      this.#emit('recovered', { n_publications: publications.length });
    } else if (from !== null) {
      const countable = from.epoch === epoch && offset >= from.offset;
      this.#emit('gap', { n_missing: countable ? offset - from.offset : null });
    }
    for (const pub of publications) {
      if (this.#state === 'subscribed') this.#published(pub);
    }
  }

  /** @param {Problem} problem */
  #refused(problem) {
    if (problem.code === ERROR.CONNECTION_LOST) return; // `lost` comes with it.
    const expired = problem.code === ERROR.TOKEN_EXPIRED && this.#token.isRenewable;
    if (expired) this.#token.value = null;
    else if (problem.temporary) this.#host.onerror(problem);
    if (expired || problem.temporary) this.#later();
    else this.#end(problem.code, problem.message);
  }

  /** Tries again, after a wait. */
  #later() {
    this.#n_failures += 1;
    const delay_ms = backoff(this.#n_failures, this.#environment.random);
    this.#timer = this.#environment.setTimeout(() => this.subscribe(), delay_ms);
  }

  /** @param {any} pub */
  #published(pub) {
    const { offset, epoch } = pub;
    const position = this.#position;
    if (offset && position) {
      // The first of all names the epoch, for those who came before there was one.
      if (epoch && position.epoch && epoch !== position.epoch) return this.#hole(0, 'another epoch');
      if (offset <= position.offset) return; // A repetition.
      const n_missing = offset - position.offset - 1;
      if (n_missing > 0) {
        if (this.#hole_offset !== position.offset) return this.#hole(position.offset, 'a hole in the offsets');
        this.#emit('gap', { n_missing });
      }
      this.#position = { offset, epoch: position.epoch || epoch || '' };
    }
    this.#emit('publication', publication(pub));
  }

  /** Something is missing: asks for it, from the last that we have. @param {number} offset @param {string} reason */
  #hole(offset, reason) {
    this.#hole_offset = offset;
    this.#host.request('unsubscribe', { channel: this.name }, () => {});
    this.#resume(RESUBSCRIBE_CODE_MIN, reason);
    this.subscribe();
  }

  /** @param {{ code?: number, reason?: string }} push */
  #unsubscribed({ code = 0, reason = '' }) {
    if (code < RESUBSCRIBE_CODE_MIN) {
      this.#end(code, reason);
      return;
    }
    if (code === EXPIRED && this.#token.isRenewable) this.#token.value = null;
    // An epoch that no channel has: what we know is void, and the gap will be told.
    if (code === STATE_INVALIDATED) this.#position = { offset: 0, epoch: '_' };
    this.#resume(code, reason);
    this.subscribe();
  }

  // Internal

  /** @param {number} code @param {string} reason */
  #resume(code, reason) {
    if (this.#state !== 'subscribed') return;
    this.#state = 'subscribing';
    this.#emit('subscribing', { code, reason });
  }

  /** Nothing that is on its way counts any more. */
  #abandon() {
    this.#n_tries += 1;
    this.#environment.clearTimeout(this.#timer);
    this.#token.cancel();
  }

  /** @param {number} code @param {string} reason */
  #leave(code, reason) {
    this.#host.request('unsubscribe', { channel: this.name }, () => {});
    this.#end(code, reason);
  }

  /** @param {number} code @param {string} reason */
  #end(code, reason) {
    this.#abandon();
    this.#state = 'unsubscribed';
    this.#host.onend();
    this.#emit('unsubscribed', { code, reason });
  }
}
