/** The client module, over a network that a test holds: what a subscription hands on, and what it says of gaps. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ERROR } from '../client.js';
import { pubs, Talk } from './talk.js';

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
