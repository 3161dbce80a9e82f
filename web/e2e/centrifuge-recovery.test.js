/** The library that others use comes back: nothing is lost, or that is said. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  aServerForEachTest, connect, follow, ids, message, numbered, offsets, once, server, until,
} from './centrifuge.js';

/** @typedef {import('centrifuge').Centrifuge} Centrifuge */

aServerForEachTest();

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
