/** The client module, over a network that a test holds: what the wire sees, and what the user of the module hears. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Client, ERROR } from '../client.js';
import { backoff, DELAY_BUSY_MS, DELAY_MAX_MS } from '../client/backoff.js';
import { ANSWER_MS_MAX, OPEN_MS_MAX, PING_GRACE_MS } from '../client/link.js';
import { BURST, ENTRIES_MAX } from '../client/outbox.js';
import { REQUESTS_MAX, STABLE_MS } from '../client/session.js';
import { RENEW_MS, TOKEN_MS_MAX } from '../client/token.js';
import { decode, encode } from '../client/wire.js';
import { settled, World } from './world.js';

/** A client in its world; `heard` is all it told, one line each. */
class Talk extends World {
  /** @type {string[]} */ heard = [];
  client;

  /** @param {import('../client/session.js').Options} [options] */
  constructor(options = {}) {
    super();
    this.client = new Client('ws://test/connection/websocket', options, this.environment);
    this.client.on('connecting', ({ code, retry_at_ms }) => {
      this.heard.push(retry_at_ms === null ? 'connecting' : `waiting ${retry_at_ms - this.now_ms} after ${code}`);
    });
    this.client.on('connected', ({ client }) => this.heard.push(`connected ${client}`));
    this.client.on('disconnected', ({ code }) => this.heard.push(`disconnected ${code}`));
    this.client.on('error', ({ code }) => this.heard.push(`error ${code}`));
  }

  /** Up to the connected client. @param {object} [result] */
  connect(result = {}) {
    if (this.client.state === 'disconnected') this.client.connect();
    this.open();
    this.answer('connect', { client: 'me', version: '1', ping: 25, pong: true, ...result });
    this.heard = [];
    return this;
  }

  /** @param {string} name @param {import('../client.js').SubscriptionOptions} [options] */
  follow(name, options) {
    const subscription = this.client.subscribe(name, options);
    subscription.on('publication', ({ data, offset }) => this.heard.push(`${data}@${offset}`));
    subscription.on('message', (data) => this.heard.push(`message ${JSON.stringify(data)}`));
    subscription.on('join', ({ client }) => this.heard.push(`join ${client}`));
    subscription.on('leave', ({ client }) => this.heard.push(`leave ${client}`));
    subscription.on('subscribing', ({ code }) => this.heard.push(`subscribing ${code}`));
    subscription.on('subscribed', ({ position }) => this.heard.push(`subscribed ${position?.offset}`));
    subscription.on('recovered', ({ n_publications }) => this.heard.push(`recovered ${n_publications}`));
    subscription.on('gap', ({ n_missing }) => this.heard.push(`gap ${n_missing}`));
    subscription.on('unsubscribed', ({ code }) => this.heard.push(`unsubscribed ${code}`));
    return subscription;
  }

  /** Connected, in one channel at an offset. */
  inRoom(offset = 3) {
    this.connect();
    const room = this.follow('room:tea');
    this.subscribed(offset);
    this.heard = [];
    return room;
  }

  /** @param {number} offset @param {object} [more] */
  subscribed(offset, more = {}) {
    this.answer('subscribe', { recoverable: true, epoch: 'e', offset, ...more });
  }

  /** @param {number[]} offsets @param {string} [name] */
  publish(offsets, name = 'room:tea') {
    this.receive(...offsets.map((offset) => ({ push: { channel: name, pub: { data: `m${offset}`, offset } } })));
  }

  /** A second socket, up to the connect reply. */
  comeBack() {
    this.lose();
    this.pass(DELAY_MAX_MS);
    this.open();
    this.heard = [];
    this.answer('connect', { client: 'me', ping: 25, pong: true });
  }
}

/** @param {...number} offsets */
function pubs(...offsets) {
  return offsets.map((offset) => ({ data: `m${offset}`, offset }));
}

describe('connect', () => {
  test('connect and all subscribes leave as one frame, in order', () => {
    const talk = new Talk({ data: { name: 'Léa' }, token: 't' });
    talk.follow('room:a');
    talk.follow('room:b', { joinLeave: true, since: { offset: 7, epoch: 'e' } });
    talk.client.connect();
    assert.deepEqual(talk.socket.frames, []);
    talk.open();
    assert.equal(talk.socket.frames.length, 1);
    assert.deepEqual(talk.socket.sent, [
      { id: 1, connect: { name: 'js', token: 't', data: { name: 'Léa' } } },
      { id: 2, subscribe: { channel: 'room:a', positioned: true, recoverable: true } },
      {
        id: 3,
        subscribe: { channel: 'room:b', positioned: true, recoverable: true, join_leave: true, recover: true, offset: 7, epoch: 'e' },
      },
    ]);
    assert.equal(talk.client.state, 'connecting');
    talk.answer('connect', { client: 'c1' });
    assert.equal(talk.client.state, 'connected');
    assert.equal(talk.heard.at(-1), 'connected c1');
  });

  test('the identity that the server made up is shown again at the next connection', () => {
    const talk = new Talk();
    /** @type {(string | null)[]} */
    const tokens = [];
    talk.client.on('connected', ({ token }) => tokens.push(token));
    talk.connect({ data: { user: 'anon:1', token: 'signed' } });
    talk.comeBack();
    assert.equal(talk.asked('connect')[0].token, 'signed');
    assert.deepEqual(tokens, ['signed', 'signed']);
  });

  test('frames stay below the server’s limit, however many channels there are', () => {
    const talk = new Talk();
    for (let n = 0; n < 128; n += 1) talk.client.subscribe(`room:${n}${'é'.repeat(250)}`);
    talk.client.connect();
    talk.open();
    for (const frame of talk.socket.frames) assert.ok(new TextEncoder().encode(frame).length <= 64 * 1024);
    assert.deepEqual(talk.socket.sent.map(({ id }) => id), Array.from({ length: 129 }, (_, n) => n + 1));
  });

  test('a socket that does not open in time is given up', () => {
    const talk = new Talk();
    talk.client.connect();
    talk.pass(OPEN_MS_MAX);
    assert.deepEqual(talk.heard, ['connecting', 'waiting 250 after 1']);
  });

  test('the wait doubles up to its limit, and starts small after a good connection', () => {
    const talk = new Talk().connect();
    talk.pass(STABLE_MS);
    for (const wait_ms of [250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]) {
      talk.lose();
      talk.pass(wait_ms);
    }
    assert.deepEqual(talk.heard.filter((line) => line !== 'connecting'),
      [250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000].map((ms) => `waiting ${ms} after 1006`));
    talk.connect();
    talk.pass(STABLE_MS);
    talk.lose();
    assert.deepEqual(talk.heard, ['waiting 250 after 1006']);
  });

  test('the wait is drawn from all below its ceiling', () => {
    assert.equal(backoff(4, () => 0), 0);
    assert.equal(backoff(4, () => 1), 4_000);
    assert.equal(backoff(1_000, () => 1), DELAY_MAX_MS);
    assert.equal(backoff(1, () => 0, DELAY_BUSY_MS), DELAY_BUSY_MS);
  });

  test('a server that takes and drops is not hammered; one that asks for patience gets it', () => {
    const talk = new Talk().connect();
    talk.lose();
    talk.pass(250);
    talk.open();
    talk.lose();
    assert.equal(talk.heard.at(-1), 'waiting 500 after 1006');
    talk.pass(500);
    talk.lose(1013);
    assert.equal(talk.heard.at(-1), `waiting ${DELAY_BUSY_MS + 1_000} after 1013`);
  });

  test('hope, or connect, cuts the wait short; one try at a time', () => {
    const talk = new Talk().connect();
    talk.hope();
    assert.equal(talk.sockets.length, 1, 'it is connected');
    for (const cut of [() => talk.hope(), () => talk.client.connect()]) {
      /** @type {number} */
      const n_sockets = talk.sockets.length;
      talk.lose();
      cut();
      cut();
      assert.equal(talk.sockets.length, n_sockets + 1);
      talk.pass(OPEN_MS_MAX - 1);
      assert.equal(talk.sockets.length, n_sockets + 1, 'and the wait is off');
      talk.connect();
    }
  });

  test('codes that forbid to come back are the end', () => {
    for (const [code, state] of /** @type {const} */ ([
      [3000, 'connecting'], [3012, 'connecting'], [3499, 'connecting'], [1001, 'connecting'], [4000, 'connecting'],
      [5000, 'connecting'], [3500, 'disconnected'], [3999, 'disconnected'], [4500, 'disconnected'], [1009, 'disconnected'],
    ])) {
      const talk = new Talk().connect();
      talk.lose(code, 'why');
      assert.equal(talk.client.state, state, String(code));
      assert.equal(talk.n_timers, state === 'connecting' ? 1 : 0);
    }
  });

  test('a refused connect: for now, or for good', () => {
    const talk = new Talk();
    talk.client.connect();
    talk.open();
    talk.refuse('connect', ERROR.INTERNAL, true);
    assert.equal(talk.heard.at(-1), 'waiting 250 after 100');
    assert.equal(talk.socket.closed, 1000);
    talk.pass(250);
    talk.open();
    talk.refuse('connect', ERROR.UNAUTHORIZED);
    assert.equal(talk.heard.at(-1), 'disconnected 101');
    assert.equal(talk.n_timers, 0);
    talk.hope();
    assert.equal(talk.sockets.length, 2);
  });

  test('disconnect is clean, and connect goes on where it was', () => {
    const talk = new Talk();
    talk.inRoom(3);
    talk.client.disconnect();
    assert.equal(talk.socket.closed, 1000);
    assert.equal(talk.n_timers, 0);
    assert.deepEqual(talk.heard, [`subscribing ${ERROR.DISCONNECTED}`, `disconnected ${ERROR.DISCONNECTED}`]);
    talk.connect();
    assert.equal(talk.asked('subscribe')[0].offset, 3);
  });

  test('a socket that was let go has no more say', () => {
    const talk = new Talk().connect();
    const [first] = talk.sockets;
    talk.client.disconnect();
    assert.equal(first?.onmessage, null);
    assert.equal(first?.onclose, null);
  });
});

describe('tokens', () => {
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

describe('the link', () => {
  test('pings are answered where the server wants it, also in a batch', () => {
    const talk = new Talk().connect();
    talk.receive({}, {});
    assert.deepEqual(talk.socket.sent.slice(1), [{}, {}]);
    const quiet = new Talk().connect({ pong: false });
    quiet.receive({});
    assert.deepEqual(quiet.socket.sent.slice(1), []);
  });

  test('silence for longer than the pings allow is the end; anything heard is a sign of life', () => {
    const talk = new Talk().connect();
    talk.pass(25_000 + PING_GRACE_MS - 1);
    talk.receive({ push: { channel: 'room:x', pub: { data: 1 } } });
    talk.pass(25_000 + PING_GRACE_MS - 1);
    assert.equal(talk.client.state, 'connected');
    talk.pass(1);
    assert.deepEqual(talk.heard, ['waiting 250 after 1']);
    assert.equal(talk.sockets[0]?.closed, undefined, 'closed, without a code');
  });

  test('after a sleep the clock is looked at first', () => {
    const talk = new Talk().connect();
    talk.sleep(3_600_000);
    talk.hope();
    assert.deepEqual(talk.heard, ['waiting 250 after 1']);
  });

  test('a command without an answer, in silence, is the end; each answer counts for all', () => {
    const talk = new Talk();
    const room = talk.inRoom();
    for (let n = 0; n < 5; n += 1) {
      void room.publish({ id: `m${n}` });
      talk.pass(ANSWER_MS_MAX / 2);
      talk.answer('publish');
    }
    assert.equal(talk.sockets.length, 1);
    void room.publish({ id: 'last' });
    talk.pass(ANSWER_MS_MAX - 1);
    assert.equal(talk.client.state, 'connected');
    talk.pass(1);
    assert.equal(talk.client.state, 'connecting');
  });

  test('what is not of the protocol ends the connection, not the page', () => {
    for (const data of ['hello', 'null', new ArrayBuffer(2), '{}\n{']) {
      const talk = new Talk().connect();
      talk.socket.onmessage?.({ data });
      assert.equal(talk.client.state, 'connecting', String(data));
    }
  });

  test('an answer to nothing, and a push of nothing, are left alone', () => {
    const talk = new Talk().connect();
    talk.receive({ id: 99, publish: {} }, { push: { channel: 'x', pub: { data: 1 } } }, { push: { message: {} } });
    assert.deepEqual(talk.heard, []);
  });

  test('messages are one per line, whatever they hold', () => {
    assert.deepEqual(encode([{ a: 'x\ny' }, {}]), ['{"a":"x\\ny"}\n{}']);
    assert.deepEqual(decode('{}\n{"id":1,"error":{"code":100,"message":"m"}}\n'), [
      { kind: 'ping' },
      { kind: 'reply', id: 1, error: { code: 100, message: 'm', temporary: false }, result: {} },
    ]);
  });
});

describe('a subscription', () => {
  test('hands on what is published, with who did it', () => {
    const talk = new Talk();
    const room = talk.inRoom(0);
    /** @type {any[]} */
    const publications = [];
    room.on('publication', (publication) => publications.push(publication));
    talk.receive({ push: { channel: 'room:tea', pub: {
      data: { a: 1 }, offset: 1, epoch: 'e', info: { user: 'u', client: 'c', conn_info: { name: 'Léa' } },
    } } });
    assert.deepEqual(publications, [
      { data: { a: 1 }, offset: 1, info: { user: 'u', client: 'c', connInfo: { name: 'Léa' }, chanInfo: undefined } },
    ]);
    assert.deepEqual(room.position, { offset: 1, epoch: 'e' });
  });

  test('names its position when it comes back, and goes on in order, once', () => {
    const talk = new Talk();
    talk.inRoom(3);
    talk.publish([4]);
    talk.comeBack();
    const { recover, offset, epoch } = talk.asked('subscribe')[0];
    assert.deepEqual({ recover, offset, epoch }, { recover: true, offset: 4, epoch: 'e' });
    talk.subscribed(4, { was_recovering: true, recovered: true, publications: pubs(5, 6) });
    talk.publish([6, 7]);
    talk.publish([5]);
    assert.deepEqual(talk.heard, ['connected me', 'subscribed 4', 'recovered 2', 'm5@5', 'm6@6', 'm7@7']);
  });

  test('a long absence goes on as ordinary publications', () => {
    const talk = new Talk();
    talk.inRoom(0);
    talk.comeBack();
    const missed = Array.from({ length: 500 }, (_, n) => n + 1);
    talk.subscribed(0, { was_recovering: true, recovered: true, publications: pubs(...missed.slice(0, 300)) });
    talk.publish(missed.slice(300));
    assert.deepEqual(talk.heard.slice(3), missed.map((offset) => `m${offset}@${offset}`));
  });

  test('dies halfway through what it missed, and goes on from there', () => {
    const talk = new Talk();
    const room = talk.inRoom(1);
    talk.comeBack();
    talk.subscribed(1, { was_recovering: true, recovered: true, publications: pubs(2, 3) });
    talk.comeBack();
    assert.equal(talk.asked('subscribe')[0].offset, 3);
    assert.deepEqual(room.position, { offset: 3, epoch: 'e' });
  });

  test('says once what cannot be recovered, with the number where it is known', () => {
    const cases = /** @type {const} */ ([
      [{ offset: 10 }, 'gap 7'], [{ offset: 10, epoch: 'f' }, 'gap null'], [{ offset: 1 }, 'gap null'],
    ]);
    for (const [more, expected] of cases) {
      const talk = new Talk();
      talk.inRoom(3);
      talk.comeBack();
      talk.answer('subscribe', { recoverable: true, epoch: 'e', was_recovering: true, ...more });
      talk.publish([more.offset + 1]);
      assert.deepEqual(talk.heard.slice(2), [expected, `m${more.offset + 1}@${more.offset + 1}`]);
    }
  });

  test('a hole is asked for, in one frame, and what comes meanwhile waits for the answer', () => {
    const talk = new Talk();
    talk.inRoom(3);
    talk.publish([4, 6, 7]);
    assert.deepEqual(talk.socket.sent.slice(-2).map(({ id, ...rest }) => rest), [
      { unsubscribe: { channel: 'room:tea' } },
      { subscribe: { channel: 'room:tea', positioned: true, recoverable: true, recover: true, offset: 4, epoch: 'e' } },
    ]);
    talk.publish([8]);
    talk.answer('unsubscribe');
    talk.subscribed(4, { was_recovering: true, recovered: true, publications: pubs(5, 6, 7, 8) });
    talk.publish([9]);
    assert.deepEqual(talk.heard, ['m4@4', 'subscribing 2500', 'subscribed 4', 'recovered 4', 'm5@5', 'm6@6', 'm7@7', 'm8@8', 'm9@9']);
  });

  test('a hole that cannot be filled is told, and is no reason to ask for ever', () => {
    const talk = new Talk();
    talk.inRoom(3);
    talk.publish([6]);
    talk.answer('unsubscribe');
    talk.subscribed(3, { was_recovering: true, recovered: true, publications: pubs(6, 7) });
    assert.deepEqual(talk.heard, ['subscribing 2500', 'subscribed 3', 'recovered 2', 'gap 2', 'm6@6', 'm7@7']);
    assert.equal(talk.asked('subscribe').length, 2);
  });

  test('another epoch is a gap, not a repetition', () => {
    const talk = new Talk();
    talk.inRoom(3);
    talk.receive({ push: { channel: 'room:tea', pub: { data: 'm1', offset: 1, epoch: 'f' } } });
    talk.answer('unsubscribe');
    talk.answer('subscribe', { recoverable: true, was_recovering: true, epoch: 'f', offset: 1 });
    talk.publish([2]);
    assert.deepEqual(talk.heard, ['subscribing 2500', 'subscribed 1', 'gap null', 'm2@2']);
  });

  test('where nothing is kept nothing is counted, and no gap is told', () => {
    const talk = new Talk().connect();
    talk.follow('live:ball');
    talk.answer('subscribe', {});
    talk.receive({ push: { channel: 'live:ball', pub: { data: 'x' } } });
    talk.receive({ push: { channel: 'live:ball', pub: { data: 'x' } } });
    talk.comeBack();
    assert.equal(talk.asked('subscribe')[0].recover, undefined);
    talk.answer('subscribe', {});
    assert.deepEqual(talk.heard, ['connected me', 'subscribed undefined']);
  });

  test('a refusal: for now, or for good', () => {
    const talk = new Talk().connect();
    const room = talk.follow('room:tea');
    talk.refuse('subscribe', ERROR.TOO_MANY_REQUESTS, true);
    talk.pass(250);
    talk.refuse('subscribe', ERROR.PERMISSION_DENIED);
    assert.deepEqual(talk.heard, ['error 111', 'unsubscribed 103']);
    assert.equal(room.state, 'unsubscribed');
    talk.comeBack();
    assert.deepEqual(talk.asked('subscribe'), []);
  });

  test('the server ends it, or asks to come back', () => {
    const talk = new Talk();
    talk.inRoom(3);
    talk.receive({ push: { channel: 'room:tea', unsubscribe: { code: 2500, reason: '' } } });
    assert.equal(talk.asked('subscribe').at(-1).offset, 3);
    talk.subscribed(3, { was_recovering: true, recovered: true });
    talk.receive({ push: { channel: 'room:tea', unsubscribe: { code: 2502, reason: '' } } });
    assert.deepEqual([talk.asked('subscribe').at(-1).offset, talk.asked('subscribe').at(-1).epoch], [0, '_']);
    talk.subscribed(9, { was_recovering: true });
    talk.receive({ push: { channel: 'room:tea', unsubscribe: { code: 2000, reason: '' } } });
    assert.deepEqual(talk.heard, [
      'subscribing 2500', 'subscribed 3', 'recovered 0', 'subscribing 2502', 'subscribed 9', 'gap null', 'unsubscribed 2000',
    ]);
  });

  test('who unsubscribes hears no more, and may follow again at once', () => {
    const talk = new Talk();
    const room = talk.inRoom(3);
    assert.throws(() => talk.client.subscribe('room:tea'), /already subscribed/);
    room.unsubscribe();
    room.unsubscribe();
    const again = talk.follow('room:tea');
    talk.publish([4]);
    talk.answer('unsubscribe');
    talk.subscribed(4);
    talk.publish([5]);
    assert.deepEqual(talk.heard, ['unsubscribed 0', 'subscribed 4', 'm5@5']);
    assert.equal(again.state, 'subscribed');
    assert.equal(talk.asked('unsubscribe').length, 1);
  });

  describe('with a token', () => {
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

  test('what the server says of a channel besides', () => {
    const talk = new Talk();
    talk.inRoom();
    talk.receive({ push: { channel: 'room:tea', message: { data: { n: 1 } } } }, { push: { channel: 'room:rum', message: { data: 2 } } });
    assert.deepEqual(talk.heard, ['message {"n":1}']);
  });

  test('joins and leaves', () => {
    const talk = new Talk();
    talk.inRoom();
    talk.receive(
      { push: { channel: 'room:tea', join: { info: { user: 'u', client: 'c1' } } } },
      { push: { channel: 'room:tea', leave: { info: { user: 'u', client: 'c1' } } } },
    );
    assert.deepEqual(talk.heard, ['join c1', 'leave c1']);
  });

  test('a listener that throws keeps no other from hearing', (context) => {
    /** @type {(() => void)[]} */
    const later = [];
    context.mock.method(globalThis, 'queueMicrotask', (/** @type {() => void} */ callback) => later.push(callback));
    const talk = new Talk();
    const room = talk.inRoom(3);
    room.on('publication', () => { throw new Error('oops'); });
    const stop = room.on('publication', () => talk.heard.push('second'));
    talk.publish([4]);
    stop();
    assert.throws(() => later[0]?.(), /oops/);
    assert.deepEqual(talk.heard, ['m4@4', 'second']);
  });
});

describe('history and presence', () => {
  test('ask, and answer as promised', async () => {
    const talk = new Talk();
    const room = talk.inRoom();
    const [history, presence, stats] = [
      room.history({ limit: 2, since: { offset: 9, epoch: 'e' }, reverse: true }), room.presence(), room.presenceStats(),
    ];
    assert.deepEqual(talk.asked('history'), [{ channel: 'room:tea', limit: 2, reverse: true, since: { offset: 9, epoch: 'e' } }]);
    talk.answer('history', { publications: pubs(8, 7), offset: 9, epoch: 'e' });
    talk.answer('presence', { presence: { c1: { user: 'u', client: 'c1', conn_info: { name: 'Léa' } } } });
    talk.answer('presence_stats', { num_clients: 2, num_users: 1 });
    assert.deepEqual(await history, { publications: pubs(8, 7), offset: 9, epoch: 'e' });
    assert.deepEqual(await presence, [{ user: 'u', client: 'c1', connInfo: { name: 'Léa' }, chanInfo: undefined }]);
    assert.deepEqual(await stats, { n_clients: 2, n_users: 1 });
  });

  test('a refusal, a lost connection and no connection reject, and say whether to try again', async () => {
    const talk = new Talk();
    const room = talk.inRoom();
    const refused = room.history();
    talk.refuse('history', ERROR.NOT_AVAILABLE);
    await assert.rejects(refused, { name: 'ClientError', code: 108, temporary: false });
    const lost = room.presence();
    talk.lose();
    await assert.rejects(lost, { code: ERROR.CONNECTION_LOST, temporary: true });
    talk.client.disconnect();
    await assert.rejects(room.presence(), { code: ERROR.DISCONNECTED });
  });

  test('what is asked while connecting waits for it, in order, so much and no more', async () => {
    const talk = new Talk();
    const room = talk.follow('room:tea');
    talk.client.connect();
    const asked = Array.from({ length: REQUESTS_MAX }, () => room.presence());
    await assert.rejects(room.presence(), { code: ERROR.QUEUE_FULL });
    talk.connect();
    assert.equal(talk.asked('presence').length, REQUESTS_MAX);
    for (const _ of asked) talk.answer('presence', { presence: {} });
    await Promise.all(asked);
    talk.lose();
    talk.pass(DELAY_MAX_MS);
    const unlucky = room.presence();
    talk.lose();
    await assert.rejects(unlucky, { code: ERROR.CONNECTION_LOST });
  });
});

describe('publish', () => {
  /** @param {Talk} talk */
  const ids = (talk) => talk.asked('publish').map(({ data }) => data.id);

  test('is kept when the server says so', async () => {
    const talk = new Talk();
    const room = talk.inRoom();
    const kept = room.publish({ id: 'a', message: 'hi' });
    assert.deepEqual(talk.asked('publish'), [{ channel: 'room:tea', data: { id: 'a', message: 'hi' } }]);
    talk.answer('publish');
    await kept;
    const refused = room.publish({ id: 'b' });
    talk.refuse('publish', ERROR.INTERNAL, true);
    await assert.rejects(refused, { code: 100, temporary: true });
    talk.comeBack();
    assert.deepEqual(ids(talk), []);
  });

  test('offline it waits, and leaves in order with what had no answer, each once', async () => {
    const talk = new Talk();
    const room = talk.inRoom();
    const promises = ['a', 'b'].map((id) => room.publish({ id }));
    talk.answer('publish');
    await settled();
    talk.lose();
    promises.push(...['c', 'd'].map((id) => room.publish({ id })));
    talk.pass(DELAY_MAX_MS);
    talk.open();
    assert.deepEqual(ids(talk), [], 'not before the server took the connection');
    talk.answer('connect', { client: 'me' });
    assert.deepEqual(ids(talk), ['b', 'c', 'd']);
    assert.equal(talk.socket.frames.length, 2, 'one frame for connect and subscribe, one for these');
    for (let n = 0; n < 3; n += 1) talk.answer('publish');
    await Promise.all(promises);
  });

  test('without an id nobody can tell whether it arrived: it is not sent twice', async () => {
    const talk = new Talk();
    const room = talk.inRoom();
    const flying = room.publish({ move: 1 });
    await settled();
    talk.lose();
    const waiting = room.publish({ move: 2 });
    await assert.rejects(flying, { code: ERROR.CONNECTION_LOST, temporary: true });
    talk.pass(DELAY_MAX_MS);
    talk.connect();
    assert.deepEqual(talk.asked('publish').map(({ data }) => data.move), [2]);
    talk.answer('publish');
    await waiting;
  });

  test('what waited leaves at a pace the server takes, what is new behind it; then at once again', async () => {
    const talk = new Talk();
    const room = talk.follow('room:tea');
    talk.client.connect();
    for (let n = 0; n < BURST + 20; n += 1) void room.publish({ id: `m${n}` });
    await settled();
    talk.connect();
    const answerAll = () => { while (talk.asked('publish').length > n_answered) { talk.answer('publish'); n_answered += 1; } };
    let n_answered = 0;
    assert.equal(ids(talk).length, BURST);
    void room.publish({ id: 'new' });
    answerAll();
    talk.pass(500);
    assert.equal(ids(talk).length, BURST + 10);
    answerAll();
    talk.pass(2_000);
    answerAll();
    assert.deepEqual(ids(talk), [...Array.from({ length: BURST + 20 }, (_, n) => `m${n}`), 'new']);
    for (let n = 0; n < 100; n += 1) void room.publish({ id: `fast${n}` });
    await settled();
    assert.equal(ids(talk).length, BURST + 21 + 100);
  });

  test('what is too big for the server is given back, and does not close the next connection too', async () => {
    const talk = new Talk();
    const room = talk.inRoom();
    const [huge, small] = [room.publish({ id: 'huge' }), room.publish({ id: 'small' })];
    await settled();
    talk.lose(1009);
    await assert.rejects(huge, { code: ERROR.MESSAGE_TOO_BIG, temporary: false });
    talk.pass(DELAY_MAX_MS);
    talk.connect();
    assert.deepEqual(ids(talk), ['small']);
    talk.answer('publish');
    await small;
  });

  test('so much waits and no more', async () => {
    const talk = new Talk();
    const room = talk.follow('room:tea');
    talk.client.connect();
    const all = Array.from({ length: ENTRIES_MAX }, (_, n) => room.publish({ id: `${n}` }));
    await assert.rejects(room.publish({ id: 'more' }), { code: ERROR.QUEUE_FULL, temporary: true });
    talk.client.disconnect();
    for (const result of await Promise.allSettled(all)) assert.equal(result.status, 'rejected');
    await assert.rejects(room.publish({ id: 'late' }), { code: ERROR.DISCONNECTED, temporary: true });
  });

  test('what is published is what it was then', async () => {
    const talk = new Talk();
    const room = talk.follow('room:tea');
    talk.client.connect();
    const data = { id: 'a', text: 'before' };
    void room.publish(data);
    data.text = 'after';
    await settled();
    talk.connect();
    assert.equal(talk.asked('publish')[0].data.text, 'before');
    await assert.rejects(room.publish(undefined));
  });
});
