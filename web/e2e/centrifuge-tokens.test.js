/** Tokens of subscriptions, by the library that others use and by our own client. */

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import WebSocket from 'ws';
import { Client } from '../client.js';
import {
  aServerForEachTest, atTheEnd, bare, connect, follow, ids, message, once, server, until, url,
} from './centrifuge.js';
import { inSeconds, keyFile, sign } from './tokens.js';

aServerForEachTest();

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
    atTheEnd(() => client.disconnect());
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
