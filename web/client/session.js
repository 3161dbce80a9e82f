/**
 * A client that comes back by itself: it holds a link while there can be one,
 * its channels and what is to be published over as many links as it takes.
 *
 *                  connect                reply to the connect command
 *   disconnected ───────────▶ connecting ──────────────────────────────▶ connected
 *        ▲                     ▲   │  ▲                                     │
 *        │        after a wait │   │  └────────── link lost ────────────────┤
 *        │                     └───┘ failed                                 │
 *        └──── disconnect, or a close that forbids to come back ────────────┘
 *
 * On a new socket the connect command and those that subscribe leave as one
 * frame, so that coming back costs one round trip. Nothing here knows of a
 * page: socket, clock and chance come in through `Environment`, so the tests
 * need neither network nor time.
 */

import { backoff, DELAY_BUSY_MS } from './backoff.js';
import { Channel } from './channel.js';
import { Link } from './link.js';
import { Outbox } from './outbox.js';
import { Token } from './token.js';
import { CLOSE, ClientError, ERROR, isTerminal } from './wire.js';

/**
 * @typedef {import('./wire.js').Problem} Problem
 * @typedef {import('./link.js').Environment} Environment
 *
 * @typedef {object} Options
 * @property {string} [token] who one is; without it the server makes one up, and signs it
 * @property {() => Promise<string | null>} [getToken] asked where there is no token, or it has expired; null: not allowed
 * @property {any} [data] for the server; on Palabre `{"name": …}` is what others see in presence
 * @property {string} [name] the kind of client, for the server's statistics
 *
 * What it tells, by name.
 * @typedef {object} Events
 * @property {{ code: number, reason: string, retry_at_ms: number | null }} connecting null: at this moment
 * @property {{ client: string, version: string, data: any, token: string | null }} connected
 * @property {{ code: number, reason: string }} disconnected for good, until `connect` is called
 * @property {ClientError} error something went wrong, and will be tried again
 *
 * @typedef {<K extends keyof Events>(type: K, detail: Events[K]) => void} Emit
 */

/** A connection that held this long was a good one; the next wait starts small again. */
export const STABLE_MS = 5_000;
/** What is asked while connecting waits for it, so much of it and no more. */
export const REQUESTS_MAX = 128;

export class Session {
  #url;
  #options;
  #environment;
  #emit;
  /** @type {'disconnected' | 'connecting' | 'connected'} */
  #state = 'disconnected';
  #token;
  /** @type {Link | null} */
  #link = null;
  /** The connect command is on its way, so others may follow. */
  #begun = false;
  #n_failures = 0;
  #connected_ms = 0;
  /** @type {any} */
  #timer = null;
  #waiting = false;
  /** @type {any} */
  #pace_timer = null;
  #outbox = new Outbox();
  /** @type {Map<string, Channel>} */
  #channels = new Map();
  /** Asked while connecting. @type {{ command: string, body: object, done: import('./link.js').Done }[]} */
  #requests = [];
  #giveUpHope = () => {};

  /**
   * @param {string} url
   * @param {Options} options
   * @param {Environment} environment
   * @param {Emit} emit
   */
  constructor(url, options, environment, emit) {
    this.#url = url;
    this.#options = { ...options };
    this.#environment = environment;
    this.#emit = emit;
    this.#token = new Token(options.token, {
      ask: options.getToken,
      refresh: (token, done) => this.#link?.request('refresh', { token }, done),
      onerror: (problem) => emit('error', new ClientError(problem)),
      onend: ({ code, message }) => this.#stop(code, message),
    }, environment);
  }

  get state() {
    return this.#state;
  }

  /** From the next connection on. @param {string | null} token */
  set token(token) {
    this.#token.value = token;
  }

  /** From the next connection on. @param {any} data */
  set data(data) {
    this.#options.data = data;
  }

  // Actions

  /** Connects; where a try is awaited, tries now. */
  connect() {
    if (this.#state === 'disconnected') {
      this.#state = 'connecting';
      this.#n_failures = 0;
      this.#giveUpHope = this.#environment.onHope(() => {
        if (this.#waiting) this.#try();
        else this.#link?.check();
      });
      this.#try();
    } else if (this.#waiting) {
      this.#try();
    }
  }

  disconnect() {
    if (this.#state !== 'disconnected') this.#stop(ERROR.DISCONNECTED, 'disconnected');
  }

  /**
   * @param {string} name
   * @param {import('./channel.js').Options} options
   * @param {import('./channel.js').Emit} emit
   */
  subscribe(name, options, emit) {
    if (this.#channels.has(name)) throw new Error(`already subscribed to ${name}`);
    const channel = new Channel(name, options, {
      isOpen: () => this.#begun,
      request: (command, body, done) => {
        if (this.#begun) this.#link?.request(command, body, done);
      },
      onerror: (problem) => this.#emit('error', new ClientError(problem)),
      onend: () => this.#channels.delete(name),
    }, this.#environment, emit);
    this.#channels.set(name, channel);
    channel.subscribe();
    return channel;
  }

  /**
   * Resolves when the server has it.
   * @param {string} channel
   * @param {any} data
   * @returns {Promise<void>}
   */
  async publish(channel, data) {
    // As it is now, whatever becomes of it while it waits; and what is no JSON fails here.
    const copy = JSON.parse(JSON.stringify(data));
    return new Promise((resolve, reject) => {
      if (this.#state === 'disconnected') throw disconnected();
      this.#outbox.add({
        channel,
        data: copy,
        settle: (problem) => (problem === null ? resolve() : reject(new ClientError(problem))),
      });
      this.#flush();
    });
  }

  /**
   * Asks the server; what is asked while connecting waits for that try.
   * @param {string} command
   * @param {object} body
   * @returns {Promise<any>}
   */
  request(command, body) {
    return new Promise((resolve, reject) => {
      /** @type {import('./link.js').Done} */
      const done = (problem, result) => (problem === null ? resolve(result) : reject(new ClientError(problem)));
      if (this.#state === 'connected') this.#link?.request(command, body, done);
      else if (this.#state === 'disconnected') throw disconnected();
      else if (this.#requests.length < REQUESTS_MAX) this.#requests.push({ command, body, done });
      else throw new ClientError({ code: ERROR.QUEUE_FULL, message: 'too much is asked before there is a connection', temporary: true });
    });
  }

  // Callbacks of the link

  #opened() {
    const link = this.#link;
    this.#begun = true;
    link?.batch(() => {
      const { data, name = 'js' } = this.#options;
      link.request('connect', {
        name,
        ...(this.#token.value !== null && { token: this.#token.value }),
        ...(data !== undefined && { data }),
      }, (problem, result) => {
        if (problem === null) this.#connected(result);
        else this.#refused(problem);
      });
      for (const channel of this.#channels.values()) channel.subscribe();
    });
  }

  /** @param {any} result */
  #connected({ client = '', version = '', data = null, ping = 0, pong = false, expires = false, ttl = 0 }) {
    const link = this.#link;
    this.#state = 'connected';
    this.#connected_ms = this.#environment.now();
    link?.expectPings({ ping_ms: ping * 1_000, pong });
    if (this.#token.value === null && typeof data?.token === 'string') this.#token.value = data.token;
    this.#token.keep({ expires, ttl });
    for (const { command, body, done } of this.#requests.splice(0)) link?.request(command, body, done);
    this.#emit('connected', { client, version, data, token: this.#token.value });
    this.#flush();
  }

  /** The connect command was refused. @param {Problem} problem */
  #refused({ code, message, temporary }) {
    if (code === ERROR.CONNECTION_LOST) return; // Told by the end of the link.
    if (code === ERROR.TOKEN_EXPIRED && this.#token.isRenewable) {
      this.#token.value = null;
      this.#lose(code, message);
    } else if (temporary) {
      this.#lose(code, message);
    } else {
      this.#stop(code, message);
    }
  }

  /** @param {number} code @param {string} reason */
  #ended(code, reason) {
    const blamed = code === CLOSE.TOO_BIG && this.#outbox.blame();
    const busy = code === CLOSE.TRY_LATER || code === CLOSE.TOO_MANY;
    if (isTerminal(code) && !blamed) this.#stop(code, reason);
    else this.#lose(code, reason, busy ? DELAY_BUSY_MS : 0);
  }

  // Internal

  #try() {
    this.#environment.clearTimeout(this.#timer);
    this.#waiting = false;
    this.#emit('connecting', { code: 0, reason: '', retry_at_ms: null });
    if (this.#state !== 'connecting') return; // A listener thought otherwise.
    if (this.#token.isWanted) void this.#token.fetch(() => this.#open(), () => this.#lose(ERROR.TIMEOUT, 'no token'));
    else this.#open();
  }

  #open() {
    this.#link = new Link(this.#url, {
      onopen: () => this.#opened(),
      onpush: (channel, push) => this.#channels.get(channel)?.push(push),
      onend: (code, reason) => this.#ended(code, reason),
    }, this.#environment);
  }

  /** Sends what waits, oldest first, as fast as the outbox allows. */
  #flush() {
    const link = this.#link;
    if (this.#state !== 'connected' || this.#pace_timer !== null) return;
    link?.batch(() => {
      for (;;) {
        const next = this.#outbox.take(this.#environment.now());
        if (next === null) return;
        if (typeof next === 'number') {
          this.#pace_timer = this.#environment.setTimeout(() => {
            this.#pace_timer = null;
            this.#flush();
          }, next);
          return;
        }
        const { channel, data } = next;
        link.request('publish', { channel, data }, (problem) => this.#outbox.settle(next, problem));
      }
    });
  }

  /** There is no link now; there will be. @param {number} code @param {string} reason */
  #lose(code, reason, delay_min_ms = 0) {
    const now_ms = this.#environment.now();
    const stable = this.#state === 'connected' && now_ms - this.#connected_ms >= STABLE_MS;
    this.#leave(code, reason);
    this.#state = 'connecting';
    this.#n_failures = stable ? 1 : this.#n_failures + 1;
    const delay_ms = backoff(this.#n_failures, this.#environment.random, delay_min_ms);
    this.#waiting = true;
    this.#timer = this.#environment.setTimeout(() => this.#try(), delay_ms);
    this.#emit('connecting', { code, reason, retry_at_ms: now_ms + delay_ms });
  }

  /** There is no link, nor will there be. @param {number} code @param {string} reason */
  #stop(code, reason) {
    this.#giveUpHope();
    this.#leave(code, reason);
    this.#state = 'disconnected';
    this.#outbox.clear({ code: ERROR.DISCONNECTED, message: reason, temporary: true });
    this.#emit('disconnected', { code, reason });
  }

  /** @param {number} code @param {string} reason */
  #leave(code, reason) {
    const link = this.#link;
    const requests = this.#requests.splice(0);
    this.#link = null;
    this.#begun = this.#waiting = false;
    for (const timer of [this.#timer, this.#pace_timer]) this.#environment.clearTimeout(timer);
    this.#timer = this.#pace_timer = null;
    this.#token.cancel();
    this.#outbox.recall(reason);
    for (const channel of [...this.#channels.values()]) channel.lost(code, reason);
    for (const { done } of requests) done({ code: ERROR.CONNECTION_LOST, message: reason, temporary: true }, {});
    link?.close();
  }
}

function disconnected() {
  return new ClientError({ code: ERROR.DISCONNECTED, message: 'not connected', temporary: true });
}
