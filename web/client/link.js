/**
 * One socket, from its opening to its end: commands get ids and their replies
 * find them again, pings are answered, and a silence that lasts too long is
 * the end too. It never comes back; a new link does.
 *
 *   opening ──onopen──▶ open ──────────▶ ended      closed by either side, no answer
 *      └───────── in time, or not ──────────▲       in time, no ping, not the protocol
 *
 * Every request is answered once: by the server, or by the end.
 */

import { CLOSE, decode, encode, ERROR } from './wire.js';

/**
 * @typedef {import('./wire.js').Problem} Problem
 * @typedef {(problem: Problem | null, result: any) => void} Done
 *
 * What a client needs of the world.
 * @typedef {object} Environment
 * @property {(url: string) => Socket} open
 * @property {() => number} now Unix milliseconds
 * @property {() => number} random from 0 up to 1
 * @property {(callback: () => void, delay_ms: number) => any} setTimeout
 * @property {(timer: any) => void} clearTimeout
 * @property {(callback: () => void) => () => void} onHope calls back when there is reason to try at once, until told to stop
 *
 * The part of WebSocket that is used. Its events are `any`, as a browser's have far more to them.
 * @typedef {object} Socket
 * @property {((event: any) => void) | null} onopen
 * @property {((event: any) => void) | null} onmessage
 * @property {((event: any) => void) | null} onclose
 * @property {(data: string) => void} send
 * @property {(code?: number) => void} close
 *
 * @typedef {object} Handlers
 * @property {() => void} onopen
 * @property {(channel: string, push: any) => void} onpush
 * @property {(code: number, reason: string) => void} onend not called after `close`
 */

/** A socket that is not open by then will not be. */
export const OPEN_MS_MAX = 10_000;
/** A command without an answer for so long, in silence: the network has gone without saying so. */
export const ANSWER_MS_MAX = 10_000;
/** What is added to the server's interval before a ping counts as missed. */
export const PING_GRACE_MS = 10_000;

export class Link {
  #environment;
  #handlers;
  /** @type {Socket | null} */
  #socket;
  #open = false;
  #n_commands = 0;
  /** Oldest first, as a Map keeps the order of insertion. @type {Map<number, { sent_ms: number, done: Done }>} */
  #requests = new Map();
  /** Commands held back, to leave together. @type {object[] | null} */
  #batch = null;
  #heard_ms;
  /** Zero: the server does not ping. */
  #ping_ms = 0;
  #pong = false;
  /** @type {any} */
  #timer = null;
  #timer_at_ms = Infinity;

  /**
   * @param {string} url
   * @param {Handlers} handlers
   * @param {Environment} environment
   */
  constructor(url, handlers, environment) {
    this.#handlers = handlers;
    this.#environment = environment;
    this.#heard_ms = environment.now();
    const socket = environment.open(url);
    this.#socket = socket;
    socket.onopen = () => this.#opened();
    socket.onmessage = ({ data }) => this.#received(data);
    socket.onclose = ({ code, reason }) => this.#end(code, reason || 'connection lost');
    this.#watch();
  }

  // Actions

  /**
   * Asks the server; `done` is called once, never before this returns.
   * @param {string} command
   * @param {object} body
   * @param {Done} done
   */
  request(command, body, done) {
    this.#n_commands += 1;
    const id = this.#n_commands;
    this.#requests.set(id, { sent_ms: this.#environment.now(), done });
    this.#send({ id, [command]: body });
    this.#watch();
  }

  /** What is asked within leaves as one frame. @param {() => void} ask */
  batch(ask) {
    this.#batch = [];
    ask();
    const commands = this.#batch;
    this.#batch = null;
    this.#send(...commands);
  }

  /** The server will ping every so often; silence for longer is the end. @param {{ ping_ms: number, pong: boolean }} promise */
  expectPings({ ping_ms, pong }) {
    this.#ping_ms = ping_ms;
    this.#pong = pong;
    this.#watch();
  }

  /** Looks at the clock now: timers sleep when a computer does. */
  check() {
    if (this.#environment.now() >= this.#deadline_ms()) this.#silent();
  }

  /** Goes, and says so to the server. */
  close() {
    for (const { done } of this.#leave(CLOSE.DONE)) done(lost('connection closed'), {});
  }

  // Callbacks of the socket

  #opened() {
    this.#open = true;
    this.#heard_ms = this.#environment.now();
    this.#watch();
    this.#handlers.onopen();
  }

  /** @param {unknown} data */
  #received(data) {
    this.#heard_ms = this.#environment.now();
    let messages;
    try {
      messages = decode(data);
    } catch {
      this.#end(ERROR.CONNECTION_LOST, 'the server does not speak the protocol');
      return;
    }
    for (const message of messages) {
      if (this.#socket === null) return; // The message before this one was the end.
      if (message.kind === 'push') this.#handlers.onpush(message.channel, message.push);
      else if (message.kind === 'reply') this.#answered(message);
      else if (this.#pong) this.#send({});
    }
  }

  /** @param {{ id: number, error: Problem | null, result: any }} reply */
  #answered({ id, error, result }) {
    const request = this.#requests.get(id);
    this.#requests.delete(id);
    request?.done(error, result);
  }

  // Internal

  /** @param {object[]} commands */
  #send(...commands) {
    if (this.#batch !== null) this.#batch.push(...commands);
    else for (const frame of encode(commands)) this.#socket?.send(frame);
  }

  /** When silence will have lasted too long. */
  #deadline_ms() {
    if (!this.#open) return this.#heard_ms + OPEN_MS_MAX;
    const [oldest] = this.#requests.values();
    return Math.min(
      oldest === undefined ? Infinity : Math.max(oldest.sent_ms, this.#heard_ms) + ANSWER_MS_MAX,
      this.#ping_ms > 0 ? this.#heard_ms + this.#ping_ms + PING_GRACE_MS : Infinity,
    );
  }

  /** Looks again at the deadline. One timer will do: a later deadline is seen when it fires. */
  #watch() {
    const at_ms = this.#deadline_ms();
    if (this.#socket === null || at_ms >= this.#timer_at_ms) return;
    this.#environment.clearTimeout(this.#timer);
    this.#timer_at_ms = at_ms;
    this.#timer = this.#environment.setTimeout(() => {
      this.#timer_at_ms = Infinity;
      if (this.#environment.now() >= this.#deadline_ms()) this.#silent();
      else this.#watch();
    }, Math.max(0, at_ms - this.#environment.now()));
  }

  #silent() {
    this.#end(ERROR.TIMEOUT, 'the server is silent');
  }

  /** @param {number} code @param {string} reason */
  #end(code, reason) {
    if (this.#socket === null) return;
    const unanswered = this.#leave();
    this.#handlers.onend(code, reason);
    for (const { done } of unanswered) done(lost(reason), {});
  }

  /** Lets go of the socket, nothing it still says counts, and of what has no answer. @param {number} [code] */
  #leave(code) {
    const socket = this.#socket;
    const unanswered = [...this.#requests.values()];
    this.#socket = null;
    this.#requests.clear();
    this.#environment.clearTimeout(this.#timer);
    if (socket !== null) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close(code);
    }
    return unanswered;
  }
}

/** @param {string} message @returns {Problem} */
function lost(message) {
  return { code: ERROR.CONNECTION_LOST, message, temporary: true };
}
