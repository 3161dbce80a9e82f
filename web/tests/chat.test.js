/** A room as one page lives it, over a link that the test holds. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chat } from '../src/chat.js';

function talk() {
  /** @type {import('../src/protocol.js').Draft[]} */
  const sent = [];
  /** @type {import('../src/connection.js').Handlers | undefined} */
  let handlers;
  let n_ids = 0;
  let n_arrivals = 0;
  const own = new Set();
  const chat = new Chat({
    connect: (given) => {
      handlers = given;
      return {
        state: { phase: 'open' },
        start() {}, stop() {}, retryNow() {},
        publish: (draft) => sent.push(draft),
      };
    },
    ownIds: own,
    now: () => 0,
    newId: () => `id${n_ids += 1}`,
    onchange() {},
    onstate() {},
    onarrival: () => { n_arrivals += 1; },
  });
  assert.ok(handlers);
  return { chat, sent, own, handlers, arrivals: () => n_arrivals };
}

/** @param {Chat} chat */
function states(chat) {
  return chat.rows.flatMap((row) => row.kind === 'message' ? [`${row.message.sender}: ${row.message.state}`] : []);
}

test('blank is not said', () => {
  const { chat, sent } = talk();
  assert.equal(chat.say('Ann', ''), 'empty');
  assert.equal(chat.say('Ann', ' \n\t '), 'empty');
  assert.deepEqual(sent, []);
  assert.equal(chat.isEmpty, true);
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

test('a retry goes under the name one has now, as the same message', () => {
  const { chat, sent, handlers } = talk();
  chat.say('A name too long', 'hi');
  handlers.onrefusal('id1', { id: 'id1', code: 'sender-too-long', reason: '' });
  assert.deepEqual(states(chat), ['A name too long: failed']);
  chat.retry('id1', 'Ann');
  chat.retry('id1', 'Ann');
  assert.deepEqual(states(chat), ['Ann: pending']);
  assert.deepEqual(sent.map(({ id, sender }) => [id, sender]), [['id1', 'A name too long'], ['id1', 'Ann']]);
});

test('a retry that cannot be keeps the text', () => {
  const { chat, handlers } = talk();
  chat.say('A', '\u0001'.repeat(10_900));
  handlers.onrefusal('id1', { id: 'id1', code: 'rate-limited', reason: '' });
  chat.retry('id1', 'A'.repeat(256));
  assert.equal(chat.rows.at(-1)?.kind, 'message');
  assert.deepEqual(states(chat).length, 1);
  assert.match(states(chat)[0] ?? '', /failed$/);
});

test('what failed can be let go', () => {
  const { chat, handlers } = talk();
  chat.say('Ann', 'hi');
  handlers.onrefusal('id1', { id: 'id1', code: 'rate-limited', reason: '' });
  chat.discard('id1');
  assert.equal(chat.isEmpty, true);
});

test('an arrival is what others say, once', () => {
  const { chat, handlers, arrivals } = talk();
  const hi = { id: 'x', sender: 'Bob', message: 'hi', offset: 1, time: 0 };
  handlers.onpublication(hi);
  handlers.onpublication({ ...hi, offset: 2 });
  chat.say('Ann', 'hello');
  handlers.onpublication({ id: 'id1', sender: 'Ann', message: 'hello', offset: 3, time: 0 });
  assert.equal(arrivals(), 1);
});
