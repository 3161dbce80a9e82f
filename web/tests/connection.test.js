/** One room's connection, in the page's words; what the client under it does is tested with the client. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Connection, PAGE_MESSAGES } from '../src/connection.js';
import { settled, World } from './world.js';

const room = { recoverable: true, epoch: 'e' };

class Room extends World {
  /** @type {string[]} */ heard = [];
  /** @type {import('../src/connection.js').Identity} */ identity = { token: null, user: null, name: 'Ann' };
  connection = new Connection('ws://test', this.identity, this.environment);
  room = this.follow('room:tea');

  /** @param {string} channel */
  follow(channel) {
    const room = this.connection.enter(channel);
    room.listen({
      onstate: ({ phase }) => this.heard.push(phase),
      onwelcome: ({ user, client }) => this.heard.push(`welcome ${user} ${client}`),
      onarrived: () => this.heard.push('arrived'),
      onreturn: (n) => this.heard.push(`return ${n}`),
      ongap: ({ n_missing }) => this.heard.push(`gap ${n_missing}`),
      onpublication: ({ message, offset, user }) => this.heard.push(`${user}: ${message}@${offset}`),
      onaccepted: (id) => this.heard.push(`accepted ${id}`),
      onrefusal: (id, { code, reason }) => this.heard.push(`refused ${id} ${code} ${reason}`),
      onpresence: (members) => this.heard.push(`here ${members.map(({ client }) => client)}`),
      onjoin: ({ client }) => this.heard.push(`join ${client}`),
      onleave: ({ client }) => this.heard.push(`leave ${client}`),
    });
    return room;
  }

  enter(offset = 0) {
    this.connection.start();
    this.open();
    this.answer('connect', { client: 'c1', data: { user: 'anon:1', token: 'signed' } });
    this.answer('subscribe', { ...room, offset });
    this.heard = [];
    return this;
  }

  /** @param {number} offset */
  pub(offset) {
    return { offset, data: { id: `m${offset}`, sender: 'Bob', message: 'hi', time: 0 }, info: { user: 'bob', client: 'c2' } };
  }
}

/** @param {string} id */
function draft(id) {
  return { id, sender: 'Ann', message: id };
}

test('arrives in the room with a name, and asks who is there', async () => {
  const world = new Room();
  world.connection.start();
  world.open();
  assert.deepEqual(world.asked('connect'), [{ name: 'js', data: { name: 'Ann' } }]);
  assert.equal(world.asked('subscribe')[0].join_leave, true);
  world.answer('connect', { client: 'c1', data: { user: 'anon:1', token: 'signed' } });
  world.answer('subscribe', room);
  world.answer('presence', { presence: { c1: { user: 'anon:1', client: 'c1' } } });
  await settled();
  assert.deepEqual(world.heard, ['connecting', 'welcome anon:1 c1', 'open', 'arrived', 'here c1']);
  assert.equal(world.identity.token, 'signed', 'kept for the next visit');
});

test('who one was, one is again', () => {
  const world = new Room();
  world.connection.start();
  world.open();
  world.answer('connect', { client: 'c1', data: { user: 'anon:1', token: 'signed' } });
  world.lose();
  world.pass(20_000);
  world.open();
  assert.equal(world.asked('connect')[0].token, 'signed');
});

test('a token that the server does not know any more is forgotten, once', () => {
  const world = new Room().enter();
  world.lose(3500, 'invalid token');
  assert.equal(world.identity.token, null);
  assert.deepEqual(world.heard, ['connecting']);
  world.open();
  assert.equal(world.asked('connect')[0].token, undefined);
  world.lose(3500, 'invalid token');
  assert.deepEqual(world.heard, ['connecting', 'closed']);
});

test('what the server says is read, what is no message is not', () => {
  const world = new Room().enter();
  world.receive(
    { push: { channel: 'room:tea', pub: world.pub(1) } },
    { push: { channel: 'room:tea', pub: { offset: 2, data: 'x' } } },
    { push: { channel: 'room:tea', pub: world.pub(3) } },
    { push: { channel: 'room:tea', join: { info: { user: 'u', client: 'c3' } } } },
    { push: { channel: 'room:tea', leave: { info: { user: 'u', client: 'c3' } } } },
  );
  assert.deepEqual(world.heard, ['bob: hi@1', 'bob: hi@3', 'join c3', 'leave c3']);
});

test('a return says what was missed, or that it cannot', () => {
  const world = new Room().enter(1);
  world.lose();
  world.connection.retryNow();
  world.open();
  world.answer('connect', { client: 'c1' });
  world.answer('subscribe', { ...room, offset: 1, was_recovering: true, recovered: true, publications: [world.pub(2)] });
  world.lose();
  world.connection.retryNow();
  world.open();
  world.answer('connect', { client: 'c1' });
  world.answer('subscribe', { ...room, offset: 5, was_recovering: true });
  assert.deepEqual(world.heard, [
    'waiting', 'connecting', 'welcome null c1', 'open', 'arrived', 'return 1', 'bob: hi@2',
    'waiting', 'connecting', 'welcome null c1', 'open', 'arrived', 'gap 3',
  ]);
});

test('accepted when it is on disk; refused with the reason', async () => {
  const world = new Room().enter();
  for (const id of ['a', 'b', 'c', 'd']) world.room.publish(draft(id));
  await settled();
  world.answer('publish');
  world.refuse('publish', 111, true);
  world.refuse('publish', 107);
  world.refuse('publish', 100, true);
  await settled();
  assert.deepEqual(world.heard, ['accepted a', 'refused b rate-limited error 111', 'refused c other error 107', 'refused d internal error 100']);
});

test('what is said while stopped, or cut off by it, leaves after the next start, in order', async () => {
  const world = new Room().enter();
  world.room.publish(draft('a'));
  await settled();
  world.connection.stop();
  world.room.publish(draft('b'));
  await settled();
  assert.deepEqual(world.heard, ['stopped']);
  world.connection.start();
  await settled();
  world.open();
  world.answer('connect', { client: 'c1' });
  assert.deepEqual(world.asked('publish').map(({ data }) => data.id), ['a', 'b']);
});

test('a stop and a start at once lose nothing', async () => {
  const world = new Room().enter();
  world.room.publish(draft('a'));
  await settled();
  world.connection.stop();
  world.connection.start();
  await settled();
  world.open();
  world.answer('connect', { client: 'c1' });
  assert.deepEqual(world.asked('publish').map(({ data }) => data.id), ['a']);
});

test('history is read from either end, oldest first, and knows where it ends', async () => {
  const world = new Room().enter(80);
  const full = Array.from({ length: PAGE_MESSAGES }, (_, n) => world.pub(80 - n));
  const [latest, before, after] = [world.room.latest(), world.room.before(31), world.room.after(40)];
  assert.deepEqual(world.asked('history').map(({ since, reverse, limit }) => [since, reverse, limit]), [
    [undefined, true, PAGE_MESSAGES], [{ offset: 31, epoch: 'e' }, true, PAGE_MESSAGES], [{ offset: 40, epoch: 'e' }, false, PAGE_MESSAGES],
  ]);
  world.answer('history', { publications: full });
  world.answer('history', { publications: [world.pub(30), { offset: 29, data: 'x' }] });
  world.answer('history', { publications: [world.pub(41)] });
  assert.equal((await latest).publications[0]?.offset, 31);
  assert.equal((await latest).is_last, false);
  assert.deepEqual((await before).publications.map(({ offset }) => offset), [30]);
  assert.equal((await before).is_last, true);
  assert.deepEqual((await after).publications.map(({ offset }) => offset), [41]);
});

test('a server that wants no return gets none, until one asks', () => {
  const world = new Room().enter();
  world.lose(3503, 'force disconnect');
  assert.deepEqual(world.connection.state, { phase: 'closed', reason: 'force disconnect' });
  assert.equal(world.n_timers, 0);
  world.connection.retryNow();
  assert.deepEqual(world.connection.state, { phase: 'connecting' });
});

test('many rooms share one connection; one that is left is heard no more', async () => {
  const world = new Room().enter();
  const chess = world.follow('room:chess');
  world.answer('subscribe', room);
  await settled();
  world.heard = [];
  world.receive({ push: { channel: 'room:chess', pub: world.pub(1) } });
  world.receive({ push: { channel: 'room:tea', pub: world.pub(1) } });
  assert.equal(world.sockets.length, 1);
  assert.deepEqual(world.heard, ['bob: hi@1', 'bob: hi@1']);
  assert.deepEqual([chess.state.phase, chess.position?.offset], ['open', 1]);
  chess.leave();
  assert.deepEqual(world.asked('unsubscribe').map(({ channel }) => channel), ['room:chess']);
  world.heard = [];
  world.receive({ push: { channel: 'room:chess', pub: world.pub(2) } });
  world.receive({ push: { channel: 'room:tea', pub: world.pub(2) } });
  assert.deepEqual(world.heard, ['bob: hi@2']);
});

test('who listens late is told where one is already', async () => {
  const world = new Room().enter();
  /** @type {string[]} */
  const late = [];
  world.room.listen({
    onwelcome: ({ client }) => late.push(`welcome ${client}`),
    onarrived: () => late.push('arrived'),
  });
  assert.deepEqual(late, [], 'not before it has returned');
  await settled();
  assert.deepEqual(late, ['welcome c1', 'arrived']);
});

test('the public rooms, as the server tells; none where it does not', async () => {
  const world = new Room().enter();
  const told = world.connection.publicRooms();
  await settled();
  assert.deepEqual(world.asked('rpc'), [{ method: 'rooms', data: {} }]);
  world.answer('rpc', { data: { rooms: [{ room: 'tea', present: 2 }, { room: 'a/b', present: 1 }, { room: 'x' }, null] } });
  assert.deepEqual(await told, [{ room: 'tea', n_present: 2 }]);
  const refused = world.connection.publicRooms();
  await settled();
  world.refuse('rpc', 108);
  assert.equal(await refused, null);
});
