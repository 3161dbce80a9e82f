/** What one says in a room: when it goes, when not, and what becomes of it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messages, published, states, talk } from './room.js';

test('blank is not said', () => {
  const { chat, sent } = talk();
  assert.equal(chat.say('Ann', ''), 'empty');
  assert.equal(chat.say('Ann', ' \n\t '), 'empty');
  assert.deepEqual(sent, []);
});

test('what is said is sent as it was written, under a name without blanks around', () => {
  const { chat, sent, own } = talk();
  assert.equal(chat.say('  Ann ', '  two\nlines '), 'said');
  assert.deepEqual(sent, [{ id: 'id1', sender: 'Ann', message: '  two\nlines ' }]);
  assert.equal(own.has('id1'), true);
});

test('without a name one is who the server will say, on this screen too', () => {
  const { chat, sent } = talk();
  chat.say('  ', 'hi');
  assert.equal(sent[0]?.sender, '');
  assert.deepEqual(states(chat), ['Anonyme: pending']);
});

test('what does not fit is not sent, and stays with who wrote it', () => {
  const { chat, sent } = talk();
  assert.equal(chat.say('Ann', 'x'.repeat(70_000)), 'too-long');
  assert.deepEqual(sent, []);
});

test('what the server would refuse does not go there, and waits for its cure', () => {
  const { chat, sent } = talk();
  chat.say('A'.repeat(65), 'hi');
  assert.deepEqual(sent, []);
  assert.match(states(chat)[0] ?? '', /failed$/);
  chat.retry('id1', 'Ann');
  assert.deepEqual(sent.map(({ sender }) => sender), ['Ann']);
});

test('a retry goes under the name one has now, as the same message', () => {
  const { chat, sent, handlers } = talk();
  chat.say('A name too long', 'hi');
  handlers.onrefusal('id1', { code: 'other', reason: '' });
  assert.deepEqual(states(chat), ['A name too long: failed']);
  chat.retry('id1', 'Ann');
  chat.retry('id1', 'Ann');
  assert.deepEqual(states(chat), ['Ann: pending']);
  assert.deepEqual(sent.map(({ id, sender }) => [id, sender]), [['id1', 'A name too long'], ['id1', 'Ann']]);
});

test('a retry takes along what went along', () => {
  const { chat, sent, handlers } = talk();
  chat.say('A', 'look', { reply: 3, reply_id: 'm3', files: [{ url: '/files/x' }] });
  handlers.onrefusal('id1', { code: 'other', reason: '' });
  chat.retry('id1', 'Ann');
  assert.deepEqual(sent.at(-1), { id: 'id1', sender: 'Ann', message: 'look', reply: 3, reply_id: 'm3', files: [{ url: '/files/x' }] });
});

test('a retry that cannot be keeps the text', () => {
  const { chat, handlers } = talk();
  chat.say('A', '\u0001'.repeat(10_800));
  handlers.onrefusal('id1', { code: 'rate-limited', reason: '' });
  chat.retry('id1', 'A'.repeat(256));
  assert.equal(chat.rows.at(-1)?.kind, 'message');
  assert.deepEqual(states(chat).length, 1);
  assert.match(states(chat)[0] ?? '', /failed$/);
});

test('what failed can be let go, and is not said again after a reload', () => {
  const { chat, handlers, stored } = talk();
  chat.say('Ann', 'hi');
  handlers.onrefusal('id1', { code: 'rate-limited', reason: '' });
  assert.equal(stored.size, 1);
  chat.discard('id1');
  assert.deepEqual(chat.rows, []);
  assert.equal(stored.size, 0);
});

test('an arrival is what others say, once', () => {
  const { chat, handlers, arrivals } = talk();
  handlers.onpublication(published(1));
  handlers.onpublication(published(1));
  chat.say('Ann', 'hello');
  handlers.onpublication(published(2, { id: 'id1', sender: 'Ann', user: 'ann' }));
  assert.equal(arrivals(), 1);
});

test('what is one’s own: what this page sent, and what this browser did under the same name', () => {
  const { chat, handlers, arrivals } = talk();
  handlers.onwelcome({ user: 'ann', client: 'c1' });
  handlers.onpublication(published(1, { user: 'ann', sender: 'Ann' }));
  handlers.onpublication(published(2, { user: 'ann', sender: 'Léa' }));
  handlers.onpublication(published(3, { user: 'bob', sender: 'Ann' }));
  handlers.onpublication(published(4, { user: null, sender: 'Ann' }));
  assert.deepEqual(messages(chat), ['m1*', 'm2', 'm3', 'm4']);
  assert.equal(arrivals(), 3);
});

test('what was not accepted before a reload is said again, once', () => {
  const draft = { id: 'x', sender: 'Ann', message: 'before' };
  const { chat, sent, handlers, stored } = talk({ drafts: [draft] });
  chat.start();
  chat.stop();
  chat.start();
  assert.deepEqual(sent, [draft]);
  assert.deepEqual(states(chat), ['Ann: pending']);
  handlers.onaccepted('x');
  assert.equal(stored.size, 0);
  assert.deepEqual(states(chat), ['Ann: sent']);
});
