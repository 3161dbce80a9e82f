/** A network, a clock and chance that a test holds in its hand. */

import assert from 'node:assert/strict';

/** A socket that does what the test says. */
class FakeSocket {
  /** @type {((event?: any) => void) | null} */ onopen = null;
  /** @type {((event: any) => void) | null} */ onmessage = null;
  /** @type {((event: any) => void) | null} */ onclose = null;
  /** What was sent, frame by frame. @type {string[]} */ frames = [];
  /** The code it was closed with. @type {number | undefined | 'no'} */ closed = 'no';

  /** @param {string} text */
  send(text) {
    this.frames.push(text);
  }

  /** @param {number} [code] */
  close(code) {
    this.closed = code;
  }

  /** What was sent, message by message. @returns {any[]} */
  get sent() {
    return this.frames.flatMap((frame) => frame.split('\n')).map((line) => JSON.parse(line));
  }
}

export class World {
  now_ms = 1_000_000;
  random = 0.5;
  /** @type {FakeSocket[]} */ sockets = [];
  /** There is hope: the network is back. */ hope = () => {};
  /** @type {Map<number, { at_ms: number, callback: () => void }>} */ #timers = new Map();
  #n_timers = 0;

  /** @type {import('../client.js').Environment} */
  environment = {
    open: () => {
      const socket = new FakeSocket();
      this.sockets.push(socket);
      return socket;
    },
    now: () => this.now_ms,
    random: () => this.random,
    setTimeout: (callback, delay_ms) => {
      this.#n_timers += 1;
      this.#timers.set(this.#n_timers, { at_ms: this.now_ms + delay_ms, callback });
      return this.#n_timers;
    },
    clearTimeout: (timer) => this.#timers.delete(timer),
    onHope: (callback) => {
      this.hope = callback;
      return () => { this.hope = () => {}; };
    },
  };

  /** The newest socket. */
  get socket() {
    const socket = this.sockets.at(-1);
    assert.ok(socket);
    return socket;
  }

  get n_timers() {
    return this.#timers.size;
  }

  /** Lets time pass, timer by timer. @param {number} duration_ms */
  pass(duration_ms) {
    const end_ms = this.now_ms + duration_ms;
    for (;;) {
      const [next] = [...this.#timers].sort(([, a], [, b]) => a.at_ms - b.at_ms);
      if (next === undefined || next[1].at_ms > end_ms) break;
      this.now_ms = Math.max(this.now_ms, next[1].at_ms);
      this.#timers.delete(next[0]);
      next[1].callback();
    }
    this.now_ms = end_ms;
  }

  /** Time passes, and no timer notices: the computer sleeps. @param {number} duration_ms */
  sleep(duration_ms) {
    this.now_ms += duration_ms;
  }

  // What the network and the server do

  open() {
    this.socket.onopen?.();
  }

  /** @param {number} [code] @param {string} [reason] */
  lose(code = 1006, reason = '') {
    this.socket.onclose?.({ code, reason });
  }

  /** One frame. @param {...object} messages */
  receive(...messages) {
    this.socket.onmessage?.({ data: messages.map((message) => JSON.stringify(message)).join('\n') });
  }

  /** Answers the oldest command of a kind that has no answer yet. @param {string} kind @param {object} [result] */
  answer(kind, result = {}) {
    this.receive({ id: this.#unanswered(kind), [kind]: result });
  }

  /** @param {string} kind @param {number} code @param {boolean} [temporary] */
  refuse(kind, code, temporary = false) {
    this.receive({ id: this.#unanswered(kind), error: { code, message: `error ${code}`, temporary } });
  }

  /** The bodies of the commands of one kind on the newest socket. @param {string} kind @returns {any[]} */
  asked(kind) {
    return this.socket.sent.filter((command) => kind in command).map((command) => command[kind]);
  }

  /** @type {WeakMap<FakeSocket, Set<number>>} */ #answered = new WeakMap();

  /** @param {string} kind @returns {number} */
  #unanswered(kind) {
    const answered = this.#answered.get(this.socket) ?? new Set();
    this.#answered.set(this.socket, answered);
    const command = this.socket.sent.find((sent) => kind in sent && !answered.has(sent.id));
    assert.ok(command, `no ${kind} waits for an answer`);
    answered.add(command.id);
    return command.id;
  }
}

/** Lets what was promised happen. */
export async function settled() {
  for (let n = 0; n < 10; n += 1) await Promise.resolve();
}
