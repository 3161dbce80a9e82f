/**
 * The library that others use: `centrifuge` from npm, which we have not
 * written, drives the real server. What it needs to work unchanged stands
 * here; what only the wire shows is asked over a bare socket.
 */

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { Centrifuge } from 'centrifuge';
import WebSocket from 'ws';
import { Client } from '../client.js';
import { Server } from './harness.js';
import { inSeconds, keyFile, sign } from './tokens.js';

/**
 * @typedef {import('centrifuge').Subscription} Subscription
 * @typedef {import('centrifuge').PublicationContext} Publication
 */

/** @type {Server} */
let server;
/** @type {(() => void)[]} */
let ends = [];
beforeEach(async () => { server = await Server.start(); });
afterEach(async () => {
  for (const end of ends) end();
  ends = [];
  await server.stop();
});

function url() {
  return `${server.url.replace('http', 'ws')}connection/websocket`;
}

/** @param {Partial<import('centrifuge').Options>} [options] */
function newClient(options = {}) {
  const client = new Centrifuge(url(), {
    websocket: WebSocket, minReconnectDelay: 20, maxReconnectDelay: 200, timeout: 5_000, ...options,
  });
  ends.push(() => client.disconnect());
  return client;
}

/** A client that is connected. @param {Partial<import('centrifuge').Options>} [options] */
async function connect(options) {
  const client = newClient(options);
  const connected = once(client, 'connected');
  client.connect();
  const { data } = await connected;
  return { client, data };
}

/**
 * Subscribed, with all that is published since.
 * @param {Centrifuge} client
 * @param {string} channel
 * @param {Partial<import('centrifuge').SubscriptionOptions>} [options]
 */
async function follow(client, channel, options = {}) {
  const subscription = client.newSubscription(channel, { positioned: true, recoverable: true, joinLeave: true, ...options });
  /** @type {Publication[]} */
  const publications = [];
  subscription.on('publication', (publication) => publications.push(publication));
  const subscribed = once(subscription, 'subscribed');
  subscription.subscribe();
  return { subscription, publications, subscribed: await subscribed };
}

/**
 * The next event of a name.
 * @param {{ once: (type: any, listener: (context: any) => void) => any }} emitter
 * @param {string} type
 * @returns {Promise<any>}
 */
function once(emitter, type) {
  return new Promise((resolve) => { emitter.once(type, resolve); });
}

/** Waits until something holds, and says what does not. @param {() => boolean} holds @param {string} what */
async function until(holds, what) {
  const end_ms = Date.now() + 10_000;
  while (!holds()) {
    if (Date.now() > end_ms) assert.fail(`never: ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 5); });
  }
}

/** @param {string} id */
function message(id, sender = 'Ann') {
  return { id, sender, message: id };
}

/** @param {Publication[]} publications */
function ids(publications) {
  return publications.map(({ data }) => data.id);
}

/** @param {Publication[]} publications */
function offsets(publications) {
  return publications.map(({ offset }) => offset);
}

/** Ids m1, m2, … @param {number} from @param {number} to */
function numbered(from, to) {
  return Array.from({ length: to - from + 1 }, (_, n) => `m${from + n}`);
}

/** A bare socket, that says and hears lines. @returns {Promise<{ socket: WebSocket, say: (...commands: object[]) => void, hear: () => Promise<any>, closed: Promise<number> }>} */
async function bare() {
  const socket = new WebSocket(url());
  ends.push(() => socket.terminate());
  /** @type {any[]} */
  const heard = [];
  /** @type {((value: any) => void)[]} */
  const waiting = [];
  socket.on('message', (data) => {
    for (const line of String(data).split('\n').filter(Boolean)) {
      const value = JSON.parse(line);
      const next = waiting.shift();
      if (next) next(value);
      else heard.push(value);
    }
  });
  /** @type {Promise<number>} */
  const closed = new Promise((resolve) => { socket.on('close', resolve); });
  await once(socket, 'open');
  return {
    socket,
    say: (...commands) => socket.send(commands.map((command) => JSON.stringify(command)).join('\n')),
    hear: async () => heard.shift() ?? new Promise((resolve) => { waiting.push(resolve); }),
    closed,
  };
}

/** A bare socket, connected. */
async function bareConnected() {
  const socket = await bare();
  socket.say({ id: 1, connect: { name: 'js' } });
  await socket.hear();
  return socket;
}

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
    ends.push(() => plain.terminate());
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
    ends.push(() => plain.close());
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

describe('recovery', () => {
  /** @param {Centrifuge} client */
  function drop(client) {
    // As when the cable is pulled: the library notices by its socket's end.
    /** @type {any} */ (client)._transport._transport.terminate();
  }

  test('over a dropped socket', async () => {
    const [ann, bob] = [(await connect()).client, (await connect()).client];
    const [a, b] = [await follow(ann, 'room:tea'), await follow(bob, 'room:tea')];
    for (let round = 0; round < 5; round += 1) {
      drop(ann);
      for (const id of numbered(round * 10 + 1, round * 10 + 10)) await b.subscription.publish(message(id));
      await until(() => a.publications.length === (round + 1) * 10, 'all of the round');
    }
    assert.deepEqual(ids(a.publications), numbered(1, 50));
  });

  test('it says that it has recovered, and that is told apart from a first time', async () => {
    const { client } = await connect();
    const { subscription, subscribed } = await follow(client, 'room:tea');
    assert.equal(subscribed.wasRecovering, false);
    assert.equal(subscribed.recoverable, true);
    const again = once(subscription, 'subscribed');
    drop(client);
    const { wasRecovering, recovered } = await again;
    assert.deepEqual([wasRecovering, recovered], [true, true]);
  });

  for (const how of /** @type {const} */ (['end', 'kill'])) {
    test(`over a server that was ${how === 'end' ? 'restarted' : 'killed'}`, async () => {
      const [ann, bob] = [(await connect()).client, (await connect()).client];
      const [a, b] = [await follow(ann, 'room:tea'), await follow(bob, 'room:tea')];
      for (const id of numbered(1, 10)) await b.subscription.publish(message(id));
      await until(() => a.publications.length === 10, 'the first ten');
      const again = once(a.subscription, 'subscribed');
      const back = once(b.subscription, 'subscribed');
      await server[how]();
      await server.restart();
      // Before the others are back, a third one speaks.
      const third = await follow((await connect()).client, 'room:tea');
      for (const id of numbered(11, 20)) await third.subscription.publish(message(id));
      assert.equal((await again).recovered, true);
      await back;
      for (const id of numbered(21, 30)) await b.subscription.publish(message(id));
      await until(() => a.publications.length === 30 && b.publications.length === 30, 'all thirty, on both');
      assert.deepEqual(ids(a.publications), numbered(1, 30));
      assert.deepEqual(ids(b.publications), numbered(1, 30));
      assert.deepEqual(offsets(a.publications), offsets(b.publications));
    });
  }

  test('a gap longer than one answer is filled too', async () => {
    await server.end();
    await server.restart(['--message-rate', '0']);
    const [ann, bob] = [(await connect()).client, (await connect()).client];
    const [a, b] = [await follow(ann, 'room:tea'), await follow(bob, 'room:tea')];
    await b.subscription.publish(message('m1'));
    await until(() => a.publications.length === 1, 'the first');
    ann.disconnect();
    const n_messages = 1_000;
    await Promise.all(numbered(2, n_messages).map((id) => b.subscription.publish(message(id))));
    const again = once(a.subscription, 'subscribed');
    ann.connect();
    assert.equal((await again).recovered, true);
    await until(() => a.publications.length === n_messages, `${n_messages} messages`);
    assert.deepEqual(offsets(a.publications), Array.from({ length: n_messages }, (_, n) => n + 1));
  });

  test('what cannot be recovered is said: another incarnation, or a place that is not there', async () => {
    const { client } = await connect();
    const { subscribed } = await follow(client, 'room:tea');
    for (const [n, since] of [{ offset: 0, epoch: 'other' }, { offset: 99, epoch: subscribed.streamPosition.epoch }].entries()) {
      const { client: another } = await connect();
      const { subscribed: second } = await follow(another, 'room:tea', { since });
      assert.deepEqual([second.wasRecovering, second.recovered], [true, false], String(n));
    }
  });
});

describe('tokens of subscriptions', () => {
  const channel = '$room:board';
  /** @type {Awaited<ReturnType<typeof keyFile>>} */
  let key;
  before(async () => { key = await keyFile(); });
  after(() => key.remove());
  beforeEach(async () => {
    await server.end();
    await server.restart(['--token-key', key.path, '--ping-interval', '2', '--pong-timeout', '1', '--token-grace', '1']);
  });

  /** For the user 42 and the channel, unless something else is said. @param {object} [claims] */
  const ticket = (claims = {}) => sign({ sub: '42', channel, ...claims });

  /** The user 42, connected. */
  const user = async () => (await connect({ token: sign({ sub: '42' }) })).client;

  /** Hands out tokens one after the other, and counts. @param {...string} tokens */
  function tokens(...tokens) {
    const asked = { n: 0, getToken: async () => tokens[asked.n++] ?? assert.fail('asked too often') };
    return asked;
  }

  test('a valid one lets in, and others see what it says', async () => {
    const { subscription } = await follow(await user(), channel, { token: ticket({ info: { role: 'chair' } }) });
    const { clients } = await subscription.presence();
    assert.deepEqual(Object.values(clients).map(({ user: who, chanInfo }) => [who, chanInfo]), [['42', { role: 'chair' }]]);
    await subscription.publish(message('m1'));
    assert.equal((await subscription.history({ limit: 1 })).publications[0]?.info?.chanInfo.role, 'chair');
  });

  test('who connects without a token may have one, for the user that the server has told', async () => {
    const { client, data } = await connect();
    await follow(client, channel, { getToken: async () => ticket({ sub: data.user }) });
  });

  test('one that has ended is asked for anew', async () => {
    const asked = tokens(ticket({ exp: inSeconds(-60) }), ticket());
    await follow(await user(), channel, { getToken: asked.getToken, minResubscribeDelay: 20 });
    assert.equal(asked.n, 2);
  });

  test('one that ends is renewed, and the subscription outlives it', async () => {
    const client = await user();
    const asked = tokens(ticket({ exp: inSeconds(2) }), ticket({ exp: inSeconds(3_600) }));
    const { subscription, publications } = await follow(client, channel, { getToken: asked.getToken });
    /** @type {number[]} */
    const ends_with = [];
    subscription.on('subscribing', ({ code }) => ends_with.push(code));
    // A bare one that does not renew shows when the server would have ended it.
    const other = await bare();
    other.say({ id: 1, connect: { token: sign({ sub: '42' }) } });
    other.say({ id: 2, subscribe: { channel, token: ticket({ exp: inSeconds(2) }) } });
    let heard = await other.hear();
    while (!heard.push?.unsubscribe) {
      if (Object.keys(heard).length === 0) other.say({});
      heard = await other.hear();
    }
    assert.equal(heard.push.unsubscribe.code, 2501);
    assert.equal(asked.n, 2);
    await subscription.publish(message('m1'));
    assert.deepEqual([ends_with, ids(publications)], [[], ['m1']]);
  });

  for (const [what, token, code] of /** @type {const} */ ([
    ['none', () => '', 1],
    ['one of another key', () => sign({ sub: '42', channel }, 'another key'), 103],
    ['what is none', () => 'no token', 103],
  ])) {
    test(`${what} is refused, and the connection stays`, async () => {
      const client = await user();
      const subscription = client.newSubscription(channel, { getToken: async () => token() });
      const ended = once(subscription, 'unsubscribed');
      subscription.subscribe();
      assert.equal((await ended).code, code);
      await follow(client, 'room:tea');
    });
  }

  for (const [what, claims] of /** @type {const} */ ([
    ['another channel', { channel: '$room:other' }],
    ['another user', { sub: '43' }],
  ])) {
    test(`one for ${what} ends the connection`, async () => {
      const client = await user();
      const ended = once(client, 'disconnected');
      client.newSubscription(channel, { getToken: async () => ticket(claims) }).subscribe();
      assert.equal((await ended).code, 3500);
    });
  }

  test('our own client does the same', async () => {
    const client = new Client(url(), { token: sign({ sub: '42' }) }, {
      open: (address) => new WebSocket(address),
      now: Date.now,
      random: Math.random,
      setTimeout,
      clearTimeout,
      onHope: () => () => {},
    });
    ends.push(() => client.disconnect());
    const asked = tokens(ticket({ exp: inSeconds(-60) }), ticket({ exp: inSeconds(2) }), ticket());
    const board = client.subscribe(channel, { getToken: asked.getToken });
    const other = client.subscribe('$room:other', { token: 'no token' });
    const refused = new Promise((resolve) => { other.on('unsubscribed', resolve); });
    const subscribed = new Promise((resolve) => { board.on('subscribed', resolve); });
    client.connect();
    await subscribed;
    assert.equal(/** @type {any} */ (await refused).code, 103);
    /** @type {number[]} */
    const ends_with = [];
    board.on('subscribing', ({ code }) => ends_with.push(code));
    await until(() => asked.n === 3, 'the third token');
    await board.publish(message('m1'));
    assert.equal((await board.history({ limit: 1 })).publications.length, 1);
    assert.deepEqual(ends_with, []);
  });
});
