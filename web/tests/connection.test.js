/** The connection, with a network and a clock of our own: every test says what the wire sees. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ANSWER_MS_MAX, CONNECT_MS_MAX, Connection, STABLE_MS } from '../src/connection.js';
import { DELAY_BUSY_MS, DELAY_MAX_MS } from '../src/backoff.js';
import { BURST } from '../src/pace.js';

/** A socket that does what the test says. */
class FakeSocket {
  /** @type {((event?: any) => void) | null} */ onopen = null;
  /** @type {((event: any) => void) | null} */ onmessage = null;
  /** @type {((event: any) => void) | null} */ onclose = null;
  /** @type {{ id: string }[]} */ sent = [];
  /** @type {number | undefined | 'no'} */ closed = 'no';

  /** @param {string} text */
  send(text) {
    this.sent.push(JSON.parse(text));
  }

  /** @param {number} [code] */
  close(code) {
    this.closed = code;
  }
}

/** The world of one connection. */
class World {
  now_ms = 1_000_000;
  /** @type {FakeSocket[]} */ sockets = [];
  /** @type {string[]} */ phases = [];
  /** @type {string[]} */ received = [];
  /** @type {string[]} */ refused = [];
  /** @type {Map<number, { at_ms: number, callback: () => void }>} */ #timers = new Map();
  #n_timers = 0;
  offset = 0;

  connection = new Connection('ws://test/rooms/tea', {
    onstate: (state) => this.phases.push(state.phase),
    onpublication: ({ message }) => this.received.push(message),
    onrefusal: (id, { code }) => this.refused.push(`${id} ${code}`),
  }, {
    open: () => {
      const socket = new FakeSocket();
      this.sockets.push(socket);
      return socket;
    },
    now: () => this.now_ms,
    random: () => 0.5,
    setTimeout: (callback, delay_ms) => {
      this.#n_timers += 1;
      this.#timers.set(this.#n_timers, { at_ms: this.now_ms + delay_ms, callback });
      return this.#n_timers;
    },
    clearTimeout: (timer) => this.#timers.delete(timer),
  });

  /** The newest socket. */
  get socket() {
    const socket = this.sockets.at(-1);
    assert.ok(socket);
    return socket;
  }

  /** The ids that went over the newest socket. */
  get sent() {
    return this.socket.sent.map(({ id }) => id);
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

  open() {
    this.socket.onopen?.();
  }

  /** @param {number} [code] */
  lose(code = 1006) {
    this.socket.onclose?.({ code });
  }

  /** @param {string} id */
  publish(id) {
    this.connection.publish({ id, sender: 'Me', message: id });
  }

  /** @param {string} id */
  echo(id) {
    this.offset += 1;
    const publication = { id, sender: 'Me', message: id, offset: this.offset, time: 0 };
    this.socket.onmessage?.({ data: JSON.stringify(publication) });
  }

  /** @param {string} code @param {string} [id] */
  refuse(code, id) {
    this.socket.onmessage?.({ data: JSON.stringify({ type: 'error', code, message: 'no', id }) });
  }
}

function connected() {
  const world = new World();
  world.connection.start();
  world.open();
  return world;
}

test('what is published before the socket is open leaves once it is, in order', () => {
  const world = new World();
  world.connection.start();
  world.publish('a');
  world.publish('b');
  assert.deepEqual(world.sent, []);
  world.open();
  assert.deepEqual(world.sent, ['a', 'b']);
  assert.deepEqual(world.phases, ['connecting', 'open']);
});

test('what came back is not sent again; what did not, is, before what is new', () => {
  const world = connected();
  world.publish('a');
  world.publish('b');
  world.echo('a');
  world.lose();
  world.publish('c');
  world.pass(DELAY_MAX_MS);
  world.open();
  assert.deepEqual(world.sent, ['b', 'c']);
  assert.deepEqual(world.received, ['a']);
});

test('a refused message is not sent again', () => {
  const world = connected();
  world.publish('a');
  world.refuse('rate-limited', 'a');
  assert.deepEqual(world.refused, ['a rate-limited']);
  world.lose();
  world.pass(DELAY_MAX_MS);
  world.open();
  assert.deepEqual(world.sent, []);
});

test('a refusal of nothing of ours is ignored', () => {
  const world = connected();
  world.refuse('not-json');
  world.refuse('rate-limited', 'somebody else’s');
  assert.deepEqual(world.refused, []);
});

test('the wait grows with each failure, and starts small again after a good connection', () => {
  const world = connected();
  world.pass(STABLE_MS);
  const waits = [];
  for (let n = 0; n < 8; n += 1) {
    world.lose();
    const { state } = world.connection;
    assert.equal(state.phase, 'waiting');
    const wait_ms = state.phase === 'waiting' ? state.retry_at_ms - world.now_ms : 0;
    waits.push(wait_ms);
    world.pass(wait_ms);
  }
  assert.deepEqual(waits, [250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);

  world.open();
  world.pass(STABLE_MS);
  world.lose();
  world.pass(250);
  assert.equal(world.connection.state.phase, 'connecting');
});

test('a server that takes and drops is not hammered', () => {
  const world = connected();
  world.lose();
  world.pass(250);
  world.open();
  world.lose();
  world.pass(250);
  assert.equal(world.connection.state.phase, 'waiting');
});

test('a server that asks for patience gets it', () => {
  const world = connected();
  world.lose(1013);
  world.pass(DELAY_BUSY_MS);
  assert.equal(world.connection.state.phase, 'waiting');
  world.pass(250);
  assert.equal(world.connection.state.phase, 'connecting');
});

test('a message too big for the server is not sent to it again', () => {
  const world = connected();
  world.publish('huge');
  world.publish('small');
  world.lose(1009);
  assert.deepEqual(world.refused, ['huge message-too-long']);
  world.pass(DELAY_MAX_MS);
  world.open();
  assert.deepEqual(world.sent, ['small']);
});

test('an answer that does not come means the network has gone', () => {
  const world = connected();
  world.publish('a');
  world.pass(ANSWER_MS_MAX - 1);
  assert.equal(world.connection.state.phase, 'open');
  world.pass(1);
  assert.equal(world.connection.state.phase, 'waiting');
  assert.equal(world.sockets[0]?.closed, undefined, 'closed, without a code');
  world.pass(DELAY_MAX_MS);
  world.open();
  assert.deepEqual(world.sent, ['a']);
});

test('as long as answers come, a busy connection is a good one', () => {
  const world = connected();
  for (let n = 0; n < 10; n += 1) {
    world.publish(`m${n}`);
    world.pass(ANSWER_MS_MAX / 2);
    world.echo(`m${n}`);
  }
  assert.equal(world.sockets.length, 1);
});

test('a connection that never opens is given up', () => {
  const world = new World();
  world.connection.start();
  world.pass(CONNECT_MS_MAX);
  assert.equal(world.connection.state.phase, 'waiting');
});

test('a socket that was let go has no more say', () => {
  const world = connected();
  const [first] = world.sockets;
  world.publish('a');
  world.pass(ANSWER_MS_MAX);
  assert.equal(first?.onmessage, null);
  assert.equal(first?.onclose, null);
});

test('there is no need to wait where there is hope', () => {
  const world = connected();
  world.connection.retryNow();
  assert.equal(world.sockets.length, 1, 'it is open');
  world.lose();
  world.connection.retryNow();
  assert.equal(world.connection.state.phase, 'connecting');
  world.connection.retryNow();
  assert.equal(world.sockets.length, 2, 'one try at a time');
  world.open();
  world.pass(DELAY_MAX_MS);
  assert.equal(world.sockets.length, 2, 'and the wait is off');
});

test('a stop is clean and leaves no timer; a start goes on where it was', () => {
  const world = connected();
  world.publish('a');
  world.connection.stop();
  assert.equal(world.socket.closed, 1000);
  assert.equal(world.n_timers, 0);
  world.connection.start();
  world.open();
  assert.deepEqual(world.sent, ['a']);
});

test('a pile written offline leaves at a pace the server takes', () => {
  const world = new World();
  for (let n = 0; n < BURST + 20; n += 1) world.publish(`m${n}`);
  world.connection.start();
  world.open();
  assert.equal(world.sent.length, BURST);
  for (const id of world.sent) world.echo(id);
  world.pass(500);
  assert.equal(world.sent.length, BURST + 10);
  world.pass(1_000);
  assert.equal(world.sent.length, BURST + 20);
  assert.deepEqual(world.sent, Array.from({ length: BURST + 20 }, (_, n) => `m${n}`));
});
