/**
 * Many lives of a client, each from a seed: sockets that break in the middle
 * of a frame's way, frames that never arrive, lost publications, restarts,
 * and sometimes a server that has forgotten all. After every step the
 * subscriber has seen each publication once, in order, or was told of a gap.
 *
 * A failing seed is in the message, and lives again with SEED=n.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from '../client.js';
import { DELAY_MAX_MS } from '../client/backoff.js';
import { settled, World } from './world.js';

const SEEDS = process.env.SEED === undefined ? Array.from({ length: 200 }, (_, n) => n) : [Number(process.env.SEED)];
const STEPS = 150;
/** A reply holds no more; the rest follows as pushes. */
const PAGE = 5;

/** A server of one channel, that fails as it is told. */
class Server {
  /** @type {{ id: string }[]} */ log = [];
  epoch = 'e0';
  /** On its way to the client, frame by frame. @type {object[][]} */ out = [];
  n_read = 0;
  subscribed = false;
  lossy = true;
  seen = 0;

  /** @param {() => number} random */
  constructor(random) {
    this.random = random;
  }

  /** A new socket: nothing of the old one counts. */
  reset() {
    this.out = [];
    this.n_read = 0;
    this.subscribed = false;
  }

  /** The server loses its data. */
  forget() {
    this.log = [];
    this.epoch = `e${this.random()}`;
    this.seen = 0;
  }

  /** @param {string} id */
  publish(id) {
    if (this.log.some((entry) => entry.id === id)) return;
    this.log.push({ id });
    this.#push();
  }

  /** @param {number} offset */
  #pub(offset) {
    return { data: this.log[offset - 1], offset };
  }

  #push() {
    while (this.subscribed && this.seen < this.log.length) {
      this.seen += 1;
      // Now and then one is lost on the way to this subscriber, or comes twice.
      const chance = this.lossy ? this.random() : 0.5;
      if (chance < 0.05) continue;
      const push = { push: { channel: 'c', pub: this.#pub(this.seen) } };
      this.out.push(chance > 0.95 ? [push, push] : [push]);
    }
  }

  /** @param {any} command */
  handle({ id, connect, subscribe, unsubscribe, publish }) {
    if (connect) this.out.push([{ id, connect: { client: 'c' } }]);
    if (unsubscribe) {
      this.subscribed = false;
      this.out.push([{ id, unsubscribe: {} }]);
    }
    if (publish) {
      this.publish(publish.data.id);
      this.out.push([{ id, publish: {} }]);
    }
    if (subscribe) this.#subscribe(id, subscribe);
  }

  /** @param {number} id @param {any} request */
  #subscribe(id, { recover, offset = 0, epoch }) {
    const can = recover && epoch === this.epoch && offset <= this.log.length;
    const publications = [];
    for (let next = offset + 1; can && next <= this.log.length; next += 1) publications.push(this.#pub(next));
    this.out.push([{
      id,
      subscribe: {
        recoverable: true, epoch: this.epoch, offset: can ? offset : this.log.length,
        was_recovering: recover === true, recovered: can, publications: publications.slice(0, PAGE),
      },
    }]);
    for (const pub of publications.slice(PAGE)) this.out.push([{ push: { channel: 'c', pub } }]);
    this.subscribed = true;
    this.seen = this.log.length;
  }
}

test(`${SEEDS.length} lives, ${STEPS} steps each: everything once, in order, or a gap is told`, async () => {
  for (const seed of SEEDS) await live(seed);
});

/** @param {number} seed */
async function live(seed) {
  const random = mulberry32(seed);
  const world = new World();
  const server = new Server(random);
  world.environment.random = random;
  const client = new Client('ws://test', {}, world.environment);
  const room = client.subscribe('c', { since: { offset: 0, epoch: 'e0' } });

  /** What the subscriber has seen since the last gap. @type {number[]} */
  let seen = [];
  /** Everything it has ever seen. @type {string[]} */
  const all = [];
  /** @type {string[]} */
  const wrong = [];
  room.on('gap', () => { seen = []; });
  room.on('publication', ({ data, offset = 0 }) => {
    const last = seen.at(-1);
    // Told below: what a listener throws is nobody's to catch.
    if (last !== undefined && offset !== last + 1) wrong.push(`${offset} after ${last}`);
    seen.push(offset);
    all.push(data.id);
  });
  /** @type {Map<string, 'waiting' | 'kept'>} */
  const own = new Map();
  let n_own = 0;
  let n_other = 0;
  let forgets = false;

  const arrive = () => {
    if (world.sockets.length === 0) return;
    for (const command of world.socket.sent.slice(server.n_read)) {
      server.n_read += 1;
      if (command.id) server.handle(command);
    }
  };
  const deliver = (/** @type {number} */ n_frames) => {
    for (const frame of server.out.splice(0, n_frames)) world.receive(...frame);
  };
  const open = () => {
    if (world.sockets.length > 0 && world.socket.onopen !== null && world.socket.frames.length === 0) {
      server.reset();
      world.open();
    }
  };
  const lose = () => {
    if (world.sockets.length > 0) world.lose();
    server.reset();
  };

  client.connect();
  for (let step = 0; step < STEPS; step += 1) {
    const chance = random();
    if (chance < 0.2) server.publish(`other${n_other += 1}`);
    else if (chance < 0.35) {
      const id = `own${n_own += 1}`;
      own.set(id, 'waiting');
      room.publish({ id }).then(() => own.set(id, 'kept'), (error) => assert.fail(`seed ${seed}: ${error}`));
    } else if (chance < 0.55) arrive();
    else if (chance < 0.8) deliver(1 + Math.floor(random() * 4));
    else if (chance < 0.9) world.pass(random() * 2_000);
    else if (chance < 0.96) lose();
    else if (chance < 0.965) {
      forgets = true;
      lose();
      server.forget();
    } else world.hope();
    if (random() < 0.7) open();
    await settled();
    assert.deepEqual(wrong, [], `seed ${seed}, step ${step}`);
  }

  // Then the network is good, until all is quiet.
  for (let n = 0; n < 60; n += 1) {
    open();
    arrive();
    deliver(Infinity);
    await settled();
    world.pass(n < 30 ? DELAY_MAX_MS / 4 : 50);
  }
  // What was lost with nothing after it shows with what comes next.
  server.lossy = false;
  server.publish('last');
  arrive();
  for (let n = 0; n < 5; n += 1) {
    deliver(Infinity);
    arrive();
    await settled();
  }

  assert.deepEqual(wrong, [], `seed ${seed}`);
  assert.equal(client.state, 'connected', `seed ${seed}`);
  assert.equal(new Set(all).size, forgets ? new Set(all).size : all.length, `seed ${seed}: seen twice`);
  if (!forgets) assert.deepEqual(all, server.log.map(({ id }) => id), `seed ${seed}: what was seen is the log`);
  for (const [id, state] of own) assert.equal(state, 'kept', `seed ${seed}: ${id}`);
  if (!forgets) {
    const kept = server.log.map(({ id }) => id).filter((id) => id.startsWith('own'));
    assert.deepEqual(kept, [...own.keys()], `seed ${seed}: one’s own, in the order they were said`);
  }
}

/** Small, and the same everywhere. @param {number} seed */
function mulberry32(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
