/** The client module, over a network that a test holds: tokens, of a connection and of a subscription. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ERROR } from '../client.js';
import { DELAY_MAX_MS } from '../client/backoff.js';
import { OPEN_MS_MAX } from '../client/link.js';
import { RENEW_MS, TOKEN_MS_MAX } from '../client/token.js';
import { Talk } from './talk.js';
import { settled } from './world.js';

describe('the token of a connection', () => {
  test('a token that has expired is asked for anew', async () => {
    let n_asked = 0;
    const talk = new Talk({ token: 'old', getToken: async () => `new${n_asked += 1}` });
    talk.client.connect();
    talk.open();
    talk.refuse('connect', ERROR.TOKEN_EXPIRED);
    talk.pass(250);
    await settled();
    talk.open();
    assert.equal(talk.asked('connect')[0].token, 'new1');
  });

  test('without a way to renew it, it is the end', () => {
    const talk = new Talk({ token: 'old' });
    talk.client.connect();
    talk.open();
    talk.refuse('connect', ERROR.TOKEN_EXPIRED);
    assert.equal(talk.heard.at(-1), 'disconnected 109');
  });

  test('it is renewed when its time is over, and again', async () => {
    let n_asked = 0;
    const talk = new Talk({ getToken: async () => `t${n_asked += 1}` });
    talk.client.connect();
    await settled();
    talk.connect({ expires: true, ttl: 60 });
    talk.receive({});
    for (let n = 0; n < 4; n += 1) {
      talk.pass(15_000);
      talk.receive({});
    }
    await settled();
    assert.deepEqual(talk.asked('refresh'), [{ token: 't2' }]);
    talk.refuse('refresh', ERROR.INTERNAL, true);
    talk.pass(RENEW_MS * 1.5);
    await settled();
    assert.deepEqual(talk.asked('refresh').at(-1), { token: 't3' });
    talk.answer('refresh', { expires: true, ttl: 10 });
    talk.pass(10_000);
    await settled();
    assert.deepEqual(talk.asked('refresh').at(-1), { token: 't4' });
  });

  test('one that ends while there is no connection is not shown again', async () => {
    let n_asked = 0;
    const talk = new Talk({ token: 'old', getToken: async () => `new${n_asked += 1}` });
    talk.follow('$room:board', { token: 'old', getToken: async () => `board${n_asked += 1}` });
    talk.connect({ expires: true, ttl: 60 });
    talk.subscribed(3, { expires: true, ttl: 60 });
    talk.lose();
    talk.now_ms += 60_000;
    talk.pass(1_000);
    await settled();
    talk.open();
    await settled();
    assert.equal(talk.asked('connect')[0].token, 'new1');
    assert.equal(talk.asked('subscribe')[0].token, 'board2');
    // What is said to be good as long as nobody says otherwise is kept.
    talk.answer('connect', { ping: 0 });
    talk.subscribed(3);
    talk.lose();
    talk.now_ms += 60_000;
    talk.pass(1_000);
    talk.open();
    assert.equal(talk.asked('connect')[0].token, 'new1');
  });

  test('a year is more than a timer takes, and no reason to hurry', async () => {
    const talk = new Talk({ token: 't', getToken: async () => assert.fail('too soon') });
    talk.connect({ expires: true, ttl: 365 * 86_400 });
    assert.ok(talk.n_timers > 0);
  });

  test('no token now is tried again, no token at all is the end, and none that is late counts', async () => {
    /** @type {(() => Promise<string | null>)[]} */
    const answers = [async () => { throw new Error('offline'); }, () => new Promise(() => {}), async () => null];
    const talk = new Talk({ getToken: () => answers.shift()?.() ?? assert.fail() });
    talk.client.connect();
    await settled();
    assert.deepEqual(talk.heard, ['connecting', 'error 101', 'waiting 250 after 1']);
    talk.pass(250);
    talk.pass(OPEN_MS_MAX);
    assert.equal(talk.heard.at(-1), 'waiting 500 after 1');
    talk.pass(500);
    await settled();
    assert.equal(talk.heard.at(-1), 'disconnected 101');
    assert.equal(talk.sockets.length, 0);
  });

  test('a disconnect while a token is fetched opens nothing', async () => {
    const talk = new Talk({ getToken: async () => 't' });
    talk.client.connect();
    talk.client.disconnect();
    await settled();
    assert.equal(talk.sockets.length, 0);
    assert.equal(talk.n_timers, 0);
  });
});

describe('the token of a subscription', () => {
  /** Enough for the first waits, and not for a token to be late. */
  const TRY_MS = 1_000;

  /** Connected, and a channel for some that asks for `t1`, `t2`… */
  function inBoard() {
    const talk = new Talk().connect({ ping: 0 });
    let n_asked = 0;
    const board = talk.follow('$room:board', { getToken: async ({ channel }) => `${channel} t${n_asked += 1}` });
    const tokens = () => talk.asked('subscribe').map(({ token }) => token);
    return { talk, board, tokens };
  }

  test('one that is given goes along; one that is asked for is waited for, and kept over connections', async () => {
    const given = new Talk();
    given.follow('$room:board', { token: 't' });
    given.connect();
    assert.equal(given.asked('subscribe')[0].token, 't');

    const { talk, tokens } = inBoard();
    assert.deepEqual(tokens(), []);
    await settled();
    assert.deepEqual(tokens(), ['$room:board t1']);
    talk.subscribed(3);
    talk.comeBack();
    assert.deepEqual(tokens(), ['$room:board t1'], 'in the frame that connects');
    assert.equal(talk.socket.frames.length, 1);
  });

  test('nobody is asked for one before there is a connection, nor twice', async () => {
    let n_asked = 0;
    const talk = new Talk();
    talk.follow('$room:board', { getToken: async () => `t${n_asked += 1}` });
    await settled();
    assert.equal(n_asked, 0);
    talk.connect();
    talk.lose();
    await settled();
    talk.pass(DELAY_MAX_MS);
    talk.open();
    await settled();
    assert.deepEqual(talk.asked('subscribe').map(({ token }) => token), ['t2'], 'the first came too late');
  });

  test('it is renewed before it ends, and again', async () => {
    const { talk } = inBoard();
    await settled();
    talk.subscribed(3, { expires: true, ttl: 60 });
    talk.pass(60_000);
    await settled();
    assert.deepEqual(talk.asked('sub_refresh'), [{ channel: '$room:board', token: '$room:board t2' }]);
    talk.refuse('sub_refresh', ERROR.TOKEN_EXPIRED);
    talk.pass(2 * RENEW_MS);
    await settled();
    talk.answer('sub_refresh', { expires: true, ttl: 10 });
    talk.pass(10_000);
    await settled();
    assert.equal(talk.asked('sub_refresh').length, 3);
    talk.answer('sub_refresh');
    talk.pass(20_000);
    assert.equal(talk.asked('sub_refresh').length, 3, 'it does not end any more');
    assert.deepEqual(talk.heard, ['subscribed 3']);
  });

  test('one that has ended is asked for anew: at the subscription, and when the server ends it', async () => {
    const { talk, tokens } = inBoard();
    await settled();
    talk.refuse('subscribe', ERROR.TOKEN_EXPIRED);
    talk.pass(TRY_MS);
    await settled();
    talk.subscribed(3);
    talk.receive({ push: { channel: '$room:board', unsubscribe: { code: 2501, reason: 'subscription expired' } } });
    await settled();
    talk.subscribed(3, { recovered: true });
    assert.deepEqual(tokens(), ['$room:board t1', '$room:board t2', '$room:board t3']);
    assert.deepEqual(talk.heard, ['subscribed 3', 'subscribing 2501', 'subscribed 3', 'recovered 0']);
  });

  test('without a way to have another it is the end, as when it is refused', async () => {
    const talk = new Talk().connect();
    talk.follow('$room:board', { token: 'old' });
    talk.refuse('subscribe', ERROR.TOKEN_EXPIRED);
    assert.deepEqual(talk.heard, ['unsubscribed 109']);

    const { talk: other, board } = inBoard();
    await settled();
    other.subscribed(3, { expires: true, ttl: 1 });
    other.pass(1_000);
    await settled();
    other.refuse('sub_refresh', ERROR.PERMISSION_DENIED);
    assert.equal(other.asked('unsubscribe').length, 1, 'the server is told, too');
    assert.deepEqual([other.heard.at(-1), board.state], ['unsubscribed 103', 'unsubscribed']);
  });

  test('none now is tried again, none at all is the end, and one that is late does not count', async () => {
    const answers = [() => Promise.reject(new Error('offline')), () => new Promise(() => {}), async () => null];
    const talk = new Talk().connect({ ping: 0 });
    talk.follow('$room:board', { getToken: () => /** @type {any} */ (answers.shift()?.() ?? assert.fail()) });
    await settled();
    assert.deepEqual(talk.heard, ['error 101']);
    talk.pass(TRY_MS);
    await settled();
    talk.pass(TOKEN_MS_MAX + TRY_MS);
    // The second never came: the third says no.
    await settled();
    assert.deepEqual(talk.heard, ['error 101', 'unsubscribed 101']);
    assert.deepEqual(talk.asked('subscribe'), []);
  });

  test('who leaves is not let in by a token that comes later', async () => {
    const { talk, board, tokens } = inBoard();
    board.unsubscribe();
    await settled();
    assert.deepEqual(tokens(), []);
    assert.deepEqual([talk.heard, talk.asked('sub_refresh')], [['unsubscribed 0'], []]);
  });
});
