/**
 * Edits, deletions, reactions and calls, by the library that others use:
 * `centrifuge` from npm, which we have not written.
 */

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { Centrifuge } from 'centrifuge';
import WebSocket from 'ws';
import { Server } from './harness.js';

/** @type {Server} */
let server;
/** @type {Centrifuge[]} */
let clients = [];
beforeEach(async () => { server = await Server.start(); });
afterEach(async () => {
  for (const client of clients) client.disconnect();
  clients = [];
  await server.stop();
});

/**
 * Somebody in a room, who hears what is published there.
 * @param {string} name
 */
async function join(name) {
  const client = new Centrifuge(`${server.url.replace('http', 'ws')}connection/websocket`, {
    websocket: WebSocket, minReconnectDelay: 20, maxReconnectDelay: 200, data: { name },
  });
  clients.push(client);
  /** @type {any[]} */
  const heard = [];
  /** @type {(() => void)[]} */
  const waiting = [];
  const room = client.newSubscription('room:tea', { positioned: true, recoverable: true });
  room.on('publication', ({ data, offset }) => {
    heard.push({ ...data, offset });
    for (const wake of waiting.splice(0)) wake();
  });
  const user = new Promise((resolve) => { client.once('connected', ({ data }) => resolve(data.user)); });
  room.subscribe();
  client.connect();
  await room.ready();
  /** Waits until so many have come. @param {number} count */
  const hears = async (count) => {
    while (heard.length < count) await new Promise((resolve) => { waiting.push(() => resolve(null)); });
    return heard;
  };
  return { client, room, hears, user: String(await user) };
}

/** @param {import('centrifuge').Subscription} room */
async function history(room) {
  const { publications } = await room.history({ limit: 100 });
  return publications.map(({ data }) => data);
}

test('history shows a message as it is now, also after a kill', async () => {
  const lea = await join('Léa');
  const mo = await join('Mo');
  await lea.room.publish({ sender: 'Léa', message: 'old' });
  await lea.room.publish({ sender: 'Léa', message: 'secret' });
  await lea.room.publish({ type: 'edit', target: 1, sender: 'Léa', message: 'new' });
  await mo.room.publish({ type: 'reaction', target: 1, sender: 'Mo', message: '👍' });
  await lea.room.publish({ type: 'delete', target: 2, sender: 'Léa' });
  const heard = await mo.hears(5);
  assert.deepEqual(heard.map(({ offset, message }) => [offset, message]), [
    [1, 'old'], [2, 'secret'], [3, 'new'], [4, '👍'], [5, '🗑'],
  ]);

  const back = new Promise((resolve) => { mo.room.once('subscribed', resolve); });
  await server.kill();
  await server.restart();
  await back;
  const [first, second] = await history(mo.room);
  assert.equal(first.message, 'new');
  assert.equal(first.edited, heard[2].time);
  assert.deepEqual(first.reactions, { '👍': { [mo.user]: 'Mo' } });
  assert.deepEqual(Object.keys(second).sort(), ['deleted', 'id', 'message', 'sender', 'time']);
  assert.equal(second.message, '🗑');
});

test('what may not be is refused with a number and a sentence', async () => {
  const lea = await join('Léa');
  const mo = await join('Mo');
  await lea.room.publish({ sender: 'Léa', message: 'mine' });
  /** @type {[any, number][]} */
  const table = [
    [{ type: 'edit', target: 1, message: 'yours' }, 403],
    [{ type: 'delete', target: 1 }, 403],
    [{ type: 'delete', target: 9 }, 404],
    [{ type: 'reaction', target: 1, message: 'a b' }, 107],
  ];
  for (const [data, code] of table) {
    const refused = await mo.room.publish(data).then(() => null, (error) => error);
    assert.equal(refused?.code, code, JSON.stringify(data));
    assert.ok(refused.message.length > 10);
  }
});

test('open rooms are listed, private ones are not', async () => {
  const { client } = await join('Léa');
  const hidden = client.newSubscription('room:.k3f9');
  hidden.subscribe();
  await hidden.ready();
  const { data } = await client.rpc('rooms', null);
  assert.deepEqual(data, { rooms: [{ room: 'tea', present: 1 }] });
});
