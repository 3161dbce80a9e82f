/** The client module, over a network that a test holds: what is asked and published waits, leaves and is answered. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ERROR } from '../client.js';
import { DELAY_MAX_MS } from '../client/backoff.js';
import { BURST, ENTRIES_MAX } from '../client/outbox.js';
import { REQUESTS_MAX } from '../client/session.js';
import { pubs, Talk } from './talk.js';
import { settled } from './world.js';

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
