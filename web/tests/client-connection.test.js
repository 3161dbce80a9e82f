/** The client module, over a network that a test holds: how it connects, and what it makes of a connection. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ERROR } from '../client.js';
import { backoff, DELAY_BUSY_MS, DELAY_MAX_MS } from '../client/backoff.js';
import { ANSWER_MS_MAX, OPEN_MS_MAX, PING_GRACE_MS } from '../client/link.js';
import { STABLE_MS } from '../client/session.js';
import { decode, encode } from '../client/wire.js';
import { Talk } from './talk.js';

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
