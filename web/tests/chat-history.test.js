/** What is shown of a room: its last messages, its history page by page, and places far away. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { edited, messages, published, talk } from './room.js';
import { settled } from './world.js';

test('on arrival the last messages are shown, and what comes meanwhile once', async () => {
  const { chat, handlers, asked } = talk();
  handlers.onarrived();
  assert.equal(chat.isEmpty, false, 'nobody can tell yet');
  handlers.onpublication(published(8));
  await asked[0]?.answer(published(7), published(8));
  assert.deepEqual(messages(chat), ['m7', 'm8']);
  assert.equal(chat.older, 'more');
  handlers.onarrived();
  assert.equal(asked.length, 1, 'a return asks for nothing: what was missed comes by itself');
});

test('an empty room is known to be one', async () => {
  const { chat, handlers, asked } = talk();
  handlers.onarrived();
  await asked[0]?.fail();
  handlers.onarrived();
  await asked[1]?.answer();
  chat.trim('oldest');
  assert.equal(chat.isEmpty, true);
  assert.equal(chat.older, 'none');
});

test('pages of history go up to the first, one at a time; what fails is asked for again', async () => {
  const { chat, handlers, asked } = talk();
  handlers.onarrived();
  await asked[0]?.answer(published(5), published(6));
  void chat.fetchOlder();
  void chat.fetchOlder();
  assert.equal(chat.older, 'loading');
  await asked[1]?.fail();
  assert.equal(chat.older, 'more');
  void chat.fetchOlder();
  await asked[2]?.answer(published(3), published(4));
  void chat.fetchOlder();
  await asked[3]?.answer(published(1), published(2));
  assert.equal(chat.older, 'none');
  await chat.fetchOlder();
  assert.deepEqual(asked.map(({ what }) => what), ['latest', 'before 5', 'before 5', 'before 3']);
  assert.deepEqual(messages(chat), ['m1', 'm2', 'm3', 'm4', 'm5', 'm6']);
});

test('a window moved up comes back down page by page, or at once', async () => {
  const { chat, handlers, asked } = talk();
  for (let offset = 1; offset <= 503; offset += 1) handlers.onpublication(published(offset));
  await chat.fetchNewer();
  await chat.fetchLatest();
  assert.equal(asked.length, 0, 'it is there');
  chat.trim('newest');
  assert.equal(chat.isCut, true);
  handlers.onpublication(published(504));
  void chat.fetchNewer();
  assert.equal(asked[0]?.what, 'after 500');
  await asked[0]?.answer(published(501), published(502));
  void chat.fetchNewer();
  await asked[1]?.answer(published(503));
  assert.equal(chat.isCut, false);
  assert.equal(messages(chat).at(-1), 'm504');

  chat.trim('newest');
  void chat.fetchLatest();
  await asked[2]?.answer(published(503), published(504));
  assert.equal(chat.isCut, false);
  assert.deepEqual(messages(chat), ['m503', 'm504']);
  assert.equal(chat.older, 'more');
});

test('what is let go at the top can be fetched again', async () => {
  const { chat, handlers, asked } = talk();
  handlers.onarrived();
  await asked[0]?.answer(published(1));
  assert.equal(chat.older, 'none');
  for (let offset = 2; offset <= 501; offset += 1) handlers.onpublication(published(offset));
  chat.trim('oldest');
  assert.equal(chat.older, 'more');
});

test('a page of amendments alone is no end: the next page follows it', async () => {
  const { chat, handlers, asked } = talk();
  handlers.onarrived();
  await asked[0]?.answer(published(9), published(10));
  void chat.fetchOlder();
  await asked[1]?.answer(edited(7, 1), edited(8, 1));
  void chat.fetchOlder();
  assert.equal(asked[2]?.what, 'before 7');
});

test('one goes to a message that is far away, and back down from there', async () => {
  const { chat, handlers, asked } = talk();
  handlers.onarrived();
  await asked[0]?.answer(published(99), published(100));
  assert.equal(await chat.reach(99), true);
  assert.equal(asked.length, 1, 'it was here');

  const reached = chat.reach(50);
  await settled();
  assert.deepEqual(asked.slice(1).map(({ what }) => what), ['before 51', 'after 50']);
  handlers.onpublication(published(101));
  await asked[1]?.answer(published(49), published(50));
  await asked[2]?.answer(published(51), published(52));
  assert.equal(await reached, true);
  assert.deepEqual(messages(chat), ['m49', 'm50', 'm51', 'm52']);
  assert.deepEqual([chat.older, chat.isCut], ['more', true]);

  void chat.fetchNewer();
  assert.equal(asked[3]?.what, 'after 52');
  void asked[3]?.answer(published(53), published(100));
  await settled();
  assert.deepEqual(messages(chat).slice(-2), ['m100', 'm101'], 'with what came meanwhile');
});

test('what is not there moves nothing, nor does a lost answer', async () => {
  const { chat, handlers, asked } = talk();
  handlers.onarrived();
  await asked[0]?.answer(published(9), published(10));
  for (const end of [
    async () => {
      await asked.at(-2)?.answer(published(3), edited(5, 3));
      await asked.at(-1)?.answer(published(6), published(7));
    },
    async () => {
      await asked.at(-2)?.fail();
    },
  ]) {
    const reached = chat.reach(5);
    await settled();
    handlers.onpublication(published(asked.length + 10));
    await end();
    assert.equal(await reached, false);
    assert.equal(chat.isCut, false);
  }
  assert.deepEqual(messages(chat), ['m9', 'm10', 'm13', 'm15']);
});

test('a page that begins at a message loads what is around it first; where it is gone, the end', async () => {
  const { handlers, asked, chat } = talk({ at: 5 });
  handlers.onarrived();
  await settled();
  assert.deepEqual(asked.map(({ what }) => what), ['before 6', 'after 5']);
  await asked[0]?.answer(published(2));
  await asked[1]?.answer(published(9));
  await settled();
  assert.equal(asked[2]?.what, 'latest');
  await asked[2]?.answer(published(9));
  assert.deepEqual(messages(chat), ['m9']);
});

test('what was said since one read is marked, once it is known that the room still counts the same', async () => {
  for (const [epoch, marked] of /** @type {const} */ ([['e', true], ['other', false]])) {
    const { chat, handlers, asked } = talk();
    chat.returned({ offset: 9, epoch });
    handlers.onarrived();
    await asked[0]?.answer(published(9), published(10));
    assert.deepEqual(chat.rows.map(({ kind }) => kind).includes('since'), marked, epoch);
  }
});
