/** The rooms one has visited, over links and marks that the test holds. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRoomName } from '../src/protocol.js';
import { isPrivate, privateName, Rooms } from '../src/rooms.js';
import { ROOMS_MAX, Settings } from '../src/settings.js';
import { settled } from './world.js';

/**
 * @typedef {import('../src/connection.js').Handlers} Handlers
 * @typedef {import('../src/protocol.js').Publication} Publication
 */

class Link {
  /** @type {Partial<Handlers>} */ handlers = {};
  /** @type {import('../client.js').Position | null} */ position = null;
  left = false;
  listen = (/** @type {Partial<Handlers>} */ handlers) => { this.handlers = handlers; };
  leave = () => { this.left = true; };
  /** What the history has, by its place; else a message of Bob's. @type {Map<number, Partial<Publication>>} */
  history = new Map();

  /** A page of ten. @param {number} offset */
  async after(offset) {
    const end = this.position?.offset ?? 0;
    const offsets = Array.from({ length: Math.min(10, Math.max(0, end - offset)) }, (_, n) => offset + 1 + n);
    return { publications: offsets.map((each) => ({ ...said(each, 'bob'), ...this.history.get(each) })), is_last: offsets.length < 10 };
  }

  /** @param {number} offset @param {string} [epoch] */
  async arrive(offset, epoch = 'e') {
    this.position = { offset, epoch };
    this.handlers.onwelcome?.({ user: 'me', client: 'c1' });
    this.handlers.onarrived?.();
    await settled();
  }

  /** @param {string | null} user */
  hear(user) {
    const offset = (this.position?.offset ?? 0) + 1;
    this.position = { offset, epoch: 'e' };
    this.handlers.onpublication?.(said(offset, user));
  }
}

/** @param {number} offset @param {string | null} user @returns {Publication} */
function said(offset, user) {
  return { id: `m${offset}`, sender: 'S', message: 'm', offset, time: 0, user, client: null };
}

/** @param {import('../src/rooms.js').Mark[]} [marks] */
function page(marks = []) {
  /** @type {Map<string, string>} */
  const items = new Map([['palabre.rooms', JSON.stringify(marks)]]);
  const device = () => ({
    getItem: (/** @type {string} */ key) => items.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => { items.set(key, value); },
    removeItem: (/** @type {string} */ key) => { items.delete(key); },
  });
  const kept = new Settings(device, device).rooms();
  /** @type {Map<string, Link>} */
  const links = new Map();
  const state = { looked: '', n_changes: 0 };
  const rooms = new Rooms({
    marks: kept,
    follow: (room) => {
      const link = new Link();
      links.set(room, link);
      return link;
    },
    isLookedAt: (room) => room === state.looked,
    onchange: () => { state.n_changes += 1; },
  });
  /** @param {string} room */
  const link = (room) => links.get(room) ?? assert.fail(`${room} is not followed`);
  return { rooms, kept, link, links, state };
}

test('what came since the last visit counts, then what comes, but for one’s own', async () => {
  const { rooms, link } = page([{ room: 'tea', offset: 3, epoch: 'e' }]);
  rooms.followAll();
  await link('tea').arrive(5);
  assert.deepEqual(rooms.list, [{ room: 'tea', n_unread: 2 }]);
  link('tea').hear('bob');
  link('tea').hear(null);
  link('tea').hear('me');
  assert.equal(rooms.n_unread, 4);
});

test('a return counts nothing twice, and what was missed for good counts', async () => {
  const { rooms, link } = page([{ room: 'tea', offset: 3, epoch: 'e' }]);
  rooms.followAll();
  await link('tea').arrive(5);
  await link('tea').arrive(5);
  assert.equal(rooms.n_unread, 2);
  link('tea').handlers.ongap?.({ n_missing: 7 });
  link('tea').handlers.ongap?.({ n_missing: null });
  assert.equal(rooms.n_unread, 9);
});

test('a room that counts anew is unread as a whole; one never read is not', async () => {
  const { rooms, link } = page([{ room: 'old', offset: 9, epoch: 'before' }, { room: 'new', offset: 0, epoch: '' }]);
  rooms.followAll();
  await link('old').arrive(4);
  await link('new').arrive(4);
  assert.deepEqual(rooms.list, [{ room: 'new', n_unread: 0 }, { room: 'old', n_unread: 4 }]);
});

test('what is looked at is read, and the place is kept', async () => {
  const { rooms, link, kept, state } = page();
  rooms.visit('tea');
  await link('tea').arrive(5);
  link('tea').hear('bob');
  assert.equal(rooms.n_unread, 1);
  rooms.read('tea');
  assert.equal(rooms.n_unread, 0);
  assert.deepEqual(kept.all(), [{ room: 'tea', offset: 6, epoch: 'e' }]);
  state.looked = 'tea';
  link('tea').hear('bob');
  assert.equal(rooms.n_unread, 0);
});

test('what another window has read is read here', async () => {
  const { rooms, link, kept } = page([{ room: 'tea', offset: 1, epoch: 'e' }]);
  rooms.followAll();
  await link('tea').arrive(5);
  kept.put({ room: 'tea', offset: 4, epoch: 'e' });
  rooms.recall();
  assert.equal(rooms.n_unread, 4, 'not to the end');
  kept.put({ room: 'tea', offset: 5, epoch: 'e' });
  rooms.recall();
  assert.equal(rooms.n_unread, 0);
});

test('private rooms come last, others by name', () => {
  const { rooms } = page();
  for (const room of ['.secret', 'zoo', 'Éole']) rooms.visit(room);
  assert.deepEqual(rooms.list.map(({ room }) => room), ['Éole', 'zoo', '.secret']);
});

test('a room that one leaves is let go of and forgotten, and may be visited again', () => {
  const { rooms, link, kept } = page();
  rooms.visit('tea');
  const first = link('tea');
  rooms.leave('tea');
  assert.equal(first.left, true);
  assert.deepEqual([rooms.list, kept.all()], [[], []]);
  rooms.visit('tea');
  assert.notEqual(link('tea'), first);
});

test('of too many rooms, the one that was read longest ago goes', () => {
  const { rooms, links, link } = page();
  for (let n = 0; n < ROOMS_MAX; n += 1) {
    rooms.visit(`r${n}`);
    link(`r${n}`).arrive(1);
    rooms.read(`r${n}`);
  }
  rooms.read('r0');
  link('r0').hear('bob');
  rooms.read('r0');
  rooms.visit('one-more');
  assert.equal(rooms.list.length, ROOMS_MAX);
  assert.deepEqual([...links].filter(([, { left }]) => left).map(([room]) => room), ['r1']);
});

test('kept rooms that are none are passed over', () => {
  const { rooms } = page(/** @type {any} */ ([null, 1, { room: 'a/b', offset: 1, epoch: '' }, { room: 'x', offset: '1', epoch: '' }, { room: 'tea', offset: 0, epoch: '' }]));
  rooms.followAll();
  assert.deepEqual(rooms.list.map(({ room }) => room), ['tea']);
});

test('a private name is a room’s, 22 signs long, and evenly made', () => {
  let n = 0;
  const name = privateName((length) => Uint8Array.from({ length }, () => (n += 1) % 256));
  assert.match(name, /^\.[A-Za-z0-9]{22}$/);
  assert.ok(isRoomName(name) && isPrivate(name));
  let first = true;
  const skipped = privateName((length) => {
    const bytes = new Uint8Array(length).fill(first ? 255 : 61);
    first = false;
    return bytes;
  });
  assert.equal(skipped, `.${'9'.repeat(22)}`, 'bytes that would favour some signs are thrown again');
});

test('edits, deletions, reactions and one’s own are no unread messages, before and after the arrival', async () => {
  const { rooms, link } = page([{ room: 'tea', offset: 2, epoch: 'e' }, { room: 'long', offset: 5, epoch: 'e' }]);
  rooms.followAll();
  const amends = { type: /** @type {const} */ ('edit'), target: 1, removed: false };
  link('tea').history.set(3, { amends }).set(4, { user: 'me' });
  await link('tea').arrive(6);
  assert.deepEqual(rooms.list.find(({ room }) => room === 'tea'), { room: 'tea', n_unread: 2 });
  link('tea').handlers.onpublication?.({ ...said(7, 'bob'), amends });
  assert.equal(rooms.n_unread, 2);

  link('long').history.set(6, { amends });
  await link('long').arrive(105);
  assert.equal(rooms.list.find(({ room }) => room === 'long')?.n_unread, 99, 'beyond a page, places count');
});

test('where one had read is known until one reads on', async () => {
  const { rooms, link } = page([{ room: 'tea', offset: 3, epoch: 'e' }]);
  rooms.followAll();
  assert.deepEqual(rooms.unreadAfter('tea'), { room: 'tea', offset: 3, epoch: 'e' });
  await link('tea').arrive(5);
  assert.deepEqual(rooms.unreadAfter('tea'), { room: 'tea', offset: 3, epoch: 'e' });
  rooms.read('tea');
  assert.equal(rooms.unreadAfter('tea'), null);
  assert.equal(rooms.unreadAfter('never visited'), null);
});
