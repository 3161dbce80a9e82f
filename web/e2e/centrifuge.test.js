/**
 * The library that others use drives the real server: what it needs to work
 * unchanged, in one connection.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import WebSocket from 'ws';
import {
  aServerForEachTest, atTheEnd, bare, bareConnected, connect, follow, ids, message, newClient, numbered, offsets, once, server, until,
} from './centrifuge.js';

/** @typedef {import('centrifuge').Centrifuge} Centrifuge */

aServerForEachTest();

describe('connect', () => {
  test('without a token one is somebody, and the same with the token one was given', async () => {
    const { client, data } = await connect({ data: { name: 'Ann' } });
    assert.match(data.user, /^anon:./);
    assert.equal(typeof data.token, 'string');
    client.disconnect();
    const again = await connect({ token: data.token });
    const { subscription } = await follow(again.client, 'room:tea');
    const { clients } = await subscription.presence();
    assert.deepEqual(Object.values(clients).map(({ user }) => user), [data.user]);

    const other = await connect();
    assert.notEqual(other.data.user, data.user);
  });

  test('a token that is none is refused, for good', async () => {
    const client = newClient({ token: 'made.up.here' });
    const disconnected = once(client, 'disconnected');
    client.connect();
    assert.equal((await disconnected).code, 3500);
  });

  test('the identity outlives a restart', async () => {
    const { client, data } = await connect();
    client.disconnect();
    await server.kill();
    await server.restart();
    const again = await connect({ token: data.token });
    const { subscription } = await follow(again.client, 'room:tea');
    const { clients } = await subscription.presence();
    assert.deepEqual(Object.values(clients).map(({ user }) => user), [data.user]);
  });

  test('connect, subscribe and publish in one frame are answered in order', async () => {
    const { say, hear } = await bare();
    say(
      { id: 1, connect: { name: 'js' } },
      { id: 2, subscribe: { channel: 'room:tea', positioned: true, recoverable: true } },
      { id: 3, publish: { channel: 'room:tea', data: message('m1') } },
    );
    const connected = await hear();
    assert.equal(connected.id, 1);
    assert.ok(connected.connect.client && connected.connect.version && connected.connect.ping > 0);
    assert.equal(connected.connect.pong, true);
    const subscribed = await hear();
    assert.equal(subscribed.id, 2);
    assert.equal(subscribed.subscribe.recoverable, true);
    const [one, two] = [await hear(), await hear()];
    assert.equal(one.push.pub.offset, 1, 'one’s own publication first');
    assert.deepEqual(two, { id: 3, publish: {} }, 'then the acknowledgement');
  });

  test('a command before connect, a second connect, and what is no command close with 3501', async () => {
    for (const lines of [
      [{ id: 1, subscribe: { channel: 'room:tea' } }],
      [{ id: 1, connect: {} }, { id: 2, connect: {} }],
      [{ id: 1, connect: {} }, { subscribe: { channel: 'room:tea' } }],
    ]) {
      const { say, closed } = await bare();
      say(...lines);
      assert.equal(await closed, 3501, JSON.stringify(lines));
    }
    const { socket, closed } = await bareConnected();
    socket.send('not json');
    assert.equal(await closed, 3501);
  });
});

describe('publish', () => {
  test('everyone has it in one order, the publisher before the acknowledgement', async () => {
    const [ann, bob] = [(await connect({ data: { name: 'Ann' } })).client, (await connect()).client];
    const [a, b] = [await follow(ann, 'room:tea'), await follow(bob, 'room:tea')];
    for (let n = 1; n <= 50; n += 1) {
      await Promise.all([a.subscription.publish(message(`a${n}`)), b.subscription.publish(message(`b${n}`))]);
      assert.ok(ids(a.publications).includes(`a${n}`), 'heard by the time it is acknowledged');
    }
    await until(() => a.publications.length === 100 && b.publications.length === 100, '100 publications each');
    assert.deepEqual(ids(a.publications), ids(b.publications));
    assert.deepEqual(offsets(a.publications), Array.from({ length: 100 }, (_, n) => n + 1));
    const first = a.publications.find(({ data }) => data.id === 'a1'); // Either may be first in the room.
    assert.equal(first?.data.sender, 'Ann');
    assert.equal(typeof first?.data.time, 'number');
    assert.deepEqual(first?.info?.connInfo, { name: 'Ann' });
  });

  test('an id is stored once, and acknowledged every time, also after a crash', async () => {
    const { client } = await connect();
    const { subscription, publications } = await follow(client, 'room:tea');
    for (let n = 0; n < 3; n += 1) await subscription.publish(message('once'));
    await server.kill();
    const back = once(client, 'connected');
    await server.restart();
    await back;
    await subscription.publish(message('once'));
    await subscription.publish(message('twice'));
    await until(() => publications.length === 2, 'two publications');
    assert.deepEqual(ids(publications), ['once', 'twice']);
    assert.deepEqual(ids((await subscription.history({ limit: 10 })).publications), ['once', 'twice']);
  });

  test('the plain dialect is in the same room', async () => {
    const { client } = await connect();
    const { publications, subscription } = await follow(client, 'room:tea');
    const plain = new WebSocket(new URL('rooms/tea', server.url.replace('http', 'ws')));
    atTheEnd(() => plain.terminate());
    await once(plain, 'open');
    /** @type {any[]} */
    const heard = [];
    plain.on('message', (data) => heard.push(JSON.parse(String(data))));
    plain.send(JSON.stringify({ sender: 'Robot', message: 'hi' }));
    await until(() => publications.length === 1, 'the plain message');
    await subscription.publish(message('m2'));
    await until(() => heard.length === 2, 'both on the plain socket');
    assert.deepEqual(heard.map(({ sender, offset }) => [sender, offset]), [['Robot', 1], ['Ann', 2]]);
  });
});

describe('errors', () => {
  /** @param {Promise<unknown>} promise @param {number} code */
  const fails = (promise, code) => assert.rejects(promise, (error) => {
    assert.equal(/** @type {any} */ (error).code, code);
    return true;
  });

  /** @param {Centrifuge} client @param {string} channel */
  async function refused(client, channel) {
    const subscription = client.newSubscription(channel);
    const unsubscribed = once(subscription, 'unsubscribed');
    subscription.subscribe();
    return (await unsubscribed).code;
  }

  test('102: a namespace that is none', async () => {
    const { client } = await connect();
    assert.equal(await refused(client, 'nowhere:tea'), 102);
    assert.equal(await refused(client, 'tea'), 102);
  });

  test('103: to publish, or ask, where one is not', async () => {
    const { client } = await connect();
    await fails(client.publish('room:tea', message('m1')), 103);
    await fails(client.history('room:tea', { limit: 1 }), 103);
    await fails(client.presence('room:tea'), 103);
  });

  test('105: subscribed already', async () => {
    const { say, hear } = await bareConnected();
    say({ id: 2, subscribe: { channel: 'room:tea' } }, { id: 3, subscribe: { channel: 'room:tea' } });
    await hear();
    assert.equal((await hear()).error.code, 105);
  });

  test('107: a room that cannot be, and a message that is none', async () => {
    const { client } = await connect();
    assert.equal(await refused(client, 'room:a b'), 107);
    assert.equal(await refused(client, `room:${'x'.repeat(256)}`), 107);
    const { subscription } = await follow(client, 'room:tea');
    await fails(subscription.publish({ sender: 'Ann' }), 107);
    await fails(subscription.publish({ sender: 'Ann', message: '' }), 107);
    await fails(subscription.publish({ sender: 'x'.repeat(65), message: 'hi' }), 107);
    await fails(subscription.history({ limit: 1, since: { offset: 0, epoch: '' }, reverse: true }), 107);
    await subscription.publish(message('still here'));
  });

  test('108: what there is not', async () => {
    const { client } = await connect();
    const { subscription } = await follow(client, 'live:ball', { positioned: false, recoverable: false });
    await fails(subscription.history({ limit: 1 }), 108);
    await fails(client.rpc('anything', {}), 108);
  });

  test('111: too many at once, for now', async () => {
    await server.end();
    await server.restart(['--message-rate', '1', '--message-burst', '5']);
    const { client } = await connect();
    const { subscription, publications } = await follow(client, 'room:tea');
    const results = await Promise.allSettled(numbered(1, 30).map((id) => subscription.publish(message(id))));
    const codes = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.code] : []));
    assert.ok(codes.length >= 20);
    assert.deepEqual([...new Set(codes)], [111]);
    assert.equal(publications.length, 30 - codes.length);
  });

  test('112: a place in another incarnation', async () => {
    const { client } = await connect();
    const { subscription } = await follow(client, 'room:tea');
    await fails(subscription.history({ limit: 1, since: { offset: 1, epoch: 'other' } }), 112);
  });
});

describe('presence', () => {
  test('who is there, and who comes and goes', async () => {
    const ann = await connect({ data: { name: 'Ann' } });
    const { subscription } = await follow(ann.client, 'room:tea');
    /** @type {string[]} */
    const heard = [];
    subscription.on('join', ({ info }) => heard.push(`+ ${/** @type {any} */ (info.connInfo)?.name}`));
    subscription.on('leave', ({ info }) => heard.push(`- ${/** @type {any} */ (info.connInfo)?.name}`));

    const bob = await connect({ data: { name: 'Bob' } });
    const there = await follow(bob.client, 'room:tea');
    await until(() => heard.includes('+ Bob'), 'Bob joins');
    const { clients } = await subscription.presence();
    assert.deepEqual(Object.values(clients).map(({ user, connInfo }) => [user, connInfo]).sort(),
      [[ann.data.user, { name: 'Ann' }], [bob.data.user, { name: 'Bob' }]].sort());
    assert.deepEqual(await subscription.presenceStats(), { numClients: 2, numUsers: 2 });

    there.subscription.unsubscribe();
    await until(() => heard.includes('- Bob'), 'Bob leaves');
    assert.deepEqual(await subscription.presenceStats(), { numClients: 1, numUsers: 1 });
    assert.deepEqual(heard.filter((line) => line.endsWith('Bob')), ['+ Bob', '- Bob']);

    const zoe = await connect({ data: { name: 'Zoé' }, token: bob.data.token });
    await follow(zoe.client, 'room:tea');
    await until(() => heard.includes('+ Zoé'), 'Zoé joins');
    zoe.client.disconnect();
    await until(() => heard.includes('- Zoé'), 'Zoé leaves by disconnecting');
  });

  test('who is there by a plain WebSocket, and how that changes', async () => {
    const { client } = await connect();
    await follow(client, 'room:tea');
    const here = once(client, 'message');
    const plain = new WebSocket(`${server.url.replace('http', 'ws')}rooms/tea?name=Mo`);
    atTheEnd(() => plain.close());
    const guests = { channel: 'room:tea', guests: [{ name: 'Mo', present: 1 }], nameless: 0, more: 0 };
    assert.deepEqual((await here).data, guests);
    const gone = once(client, 'message');
    plain.close();
    assert.deepEqual((await gone).data, { ...guests, guests: [] });
  });

  test('who falls off the line is gone too', async () => {
    const { client } = await connect();
    const { subscription } = await follow(client, 'room:tea');
    const { socket, say, hear } = await bareConnected();
    const joined = once(subscription, 'join');
    say({ id: 2, subscribe: { channel: 'room:tea' } });
    await hear();
    await joined;
    const left = once(subscription, 'leave');
    socket.terminate();
    await left;
    assert.equal((await subscription.presenceStats()).numClients, 1);
  });

  test('subscribe and unsubscribe in a loop leave nobody behind', async () => {
    const watcher = await follow((await connect()).client, 'room:tea');
    const { client } = await connect();
    const subscription = client.newSubscription('room:tea', { joinLeave: true });
    for (let n = 0; n < 200; n += 1) {
      subscription.subscribe();
      if (n % 2 === 0) await subscription.ready();
      subscription.unsubscribe();
    }
    subscription.subscribe();
    await subscription.ready();
    await subscription.publish(message('there'));
    await until(() => watcher.publications.length === 1, 'the publication');
    subscription.unsubscribe();
    await until(() => subscription.state === 'unsubscribed', 'unsubscribed');
    // Asked on the same connection, so after the unsubscribe.
    const again = client.newSubscription('room:other');
    again.subscribe();
    await again.ready();
    assert.deepEqual(await watcher.subscription.presenceStats(), { numClients: 1, numUsers: 1 });
  });
});

describe('history', () => {
  test('paging either way visits every message once', async () => {
    const { client } = await connect();
    const { subscription } = await follow(client, 'room:tea');
    const all = numbered(1, 25);
    for (const id of all) await subscription.publish(message(id));

    const top = await subscription.history({ limit: 0 });
    assert.deepEqual([top.publications, top.offset], [[], 25]);

    /** @type {string[]} */
    const forward = [];
    let since = { offset: 0, epoch: top.epoch };
    for (;;) {
      const { publications } = await subscription.history({ limit: 10, since });
      if (publications.length === 0) break;
      forward.push(...ids(publications));
      since = { offset: publications.at(-1)?.offset ?? 0, epoch: top.epoch };
    }
    assert.deepEqual(forward, all);

    let { publications } = await subscription.history({ limit: 10, reverse: true });
    const backward = [];
    while (publications.length > 0) {
      backward.push(...ids(publications));
      const place = { offset: publications.at(-1)?.offset ?? 0, epoch: top.epoch };
      publications = (await subscription.history({ limit: 10, reverse: true, since: place })).publications;
    }
    assert.deepEqual(backward, all.toReversed());
    assert.deepEqual(ids((await subscription.history({ limit: -1 })).publications), all);
  });
});
