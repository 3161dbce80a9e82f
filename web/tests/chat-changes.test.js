/** Changes of messages, on their way to the room and back. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Amendments } from '../src/amendments.js';
import { messages, published, talk } from './room.js';

/** @typedef {import('../src/protocol.js').Draft} Draft */
/** @typedef {import('../src/chat.js').Chat} Chat */

/** What changes are made of. */
const target = { id: 'm3', offset: 3 };

/** What the messages show of changes that the room has not told. @param {Chat} chat */
function unsettled(chat) {
  return chat.messages.map(({ message, unsettled = [] }) => (
    [message, ...unsettled.map(({ type, refusal }) => `${type} ${refusal?.code ?? 'waits'}`)].join(', ')));
}

test('a change goes out with an id, shows at once, and is settled when the room tells it', async () => {
  const { chat, handlers, asked, sent, stored } = talk();
  handlers.onwelcome({ user: 'ann', client: 'c1' });
  handlers.onarrived();
  await asked[0]?.answer(published(3));
  chat.amend(target, { type: 'reaction', message: '👍' });
  const draft = { id: 'id1', sender: 'Ann', type: 'reaction', message: '👍', target: 3, target_id: 'm3' };
  assert.deepEqual(sent, [draft]);
  assert.deepEqual([...stored.values()], [draft]);
  assert.deepEqual(chat.at(3)?.reactions, new Map([['👍', new Map([['ann', 'Ann']])]]));
  assert.deepEqual(unsettled(chat), ['m3, reaction waits']);
  assert.equal(chat.published[0]?.reactions, undefined, 'the room has not told it');

  handlers.onpublication({ ...published(4, { id: 'id1', sender: 'Ann', user: 'ann', message: '👍' }), amends: { type: 'reaction', target: 3, removed: false } });
  handlers.onaccepted('id1');
  assert.deepEqual(unsettled(chat), ['m3']);
  assert.equal(chat.at(3)?.reactions?.size, 1);
  assert.equal(stored.size, 0);
});

test('a change that is refused is said at its message, which is as it was; it can be made again, or let go', async () => {
  const { chat, handlers, asked, sent, stored } = talk();
  handlers.onarrived();
  await asked[0]?.answer(published(3));
  chat.amend(target, { type: 'edit', message: 'new' });
  assert.deepEqual(unsettled(chat), ['new, edit waits']);
  handlers.onrefusal('id1', { code: 'rate-limited', reason: 'r' });
  assert.deepEqual(unsettled(chat), ['m3, edit rate-limited']);
  assert.equal(stored.size, 1, 'what one wrote is kept');

  chat.amendAgain('id1');
  chat.amendAgain('id1');
  assert.deepEqual(sent.map(({ id, message }) => [id, message]), [['id1', 'new'], ['id1', 'new']]);
  handlers.onrefusal('id1', { code: 'denied', reason: 'r' });
  chat.leaveAsItIs('id1');
  assert.deepEqual([unsettled(chat), stored.size], [['m3'], 0]);

  chat.amend(target, { type: 'delete', message: '🗑' });
  handlers.onrefusal('id2', { code: 'denied', reason: 'r' });
  assert.deepEqual([unsettled(chat), stored.size], [['m3, delete denied'], 0], 'nothing was written that could be lost');
  assert.equal(chat.isOfNoneHere('id2'), false);

  chat.amend(target, { type: 'edit', message: 'x'.repeat(16_001) });
  assert.equal(sent.length, 3, 'what cannot be taken stays here');
  assert.deepEqual(unsettled(chat), ['m3, delete denied, edit message-too-long']);
  chat.amend(target, { type: 'edit', message: 'newer' });
  assert.deepEqual(unsettled(chat), ['newer, delete denied, edit waits'], 'in the place of the one that was refused');
  assert.deepEqual([...stored.keys()], ['id4']);
});

test('what was changed before a reload goes out among what was said, in order, and shows on the message', async () => {
  const drafts = /** @type {Draft[]} */ ([
    { id: 'a', sender: 'Ann', message: 'before' },
    { id: 'b', sender: 'Ann', message: 'new', type: 'edit', target: 3 },
    { id: 'c', sender: 'Ann', message: 'newer', type: 'edit', target: 3 },
    { id: 'd', sender: 'Ann', message: '👍', type: 'reaction', target: 3, removed: true },
  ]);
  const { chat, sent, handlers } = talk({ drafts });
  chat.start();
  chat.stop();
  chat.start();
  assert.deepEqual(sent, drafts);
  chat.recall([published(3, { reactions: new Map([['👍', new Map([['ann', 'Ann']])]]) })]);
  assert.deepEqual(unsettled(chat), ['newer, edit waits, edit waits, reaction waits']);
  handlers.onwelcome({ user: 'ann', client: 'c1' });
  assert.equal(chat.at(3)?.reactions?.size, 0);
  assert.equal(messages(chat).at(-1), 'before*');
});

test('a change that waited while the room began anew shows at no other message, and goes when it is refused', async () => {
  const drafts = /** @type {Draft[]} */ ([{ id: 'a', sender: 'Ann', message: 'new', type: 'edit', target: 3, target_id: 'lost' }]);
  const { chat, handlers, asked, sent, stored } = talk({ drafts });
  chat.start();
  assert.deepEqual(sent, drafts);
  handlers.onarrived();
  await asked[0]?.answer(published(3));
  assert.deepEqual(unsettled(chat), ['m3']);
  handlers.onrefusal('a', { code: 'target-missing', reason: 'r' });
  assert.deepEqual(unsettled(chat), ['m3']);
  assert.equal(chat.isOfNoneHere('a'), true, 'so the page says it elsewhere');
  assert.equal(stored.size, 0, 'it is not tried again at the next visit');
});

test('a change takes the place of a refused one of the same message, not of another that was at its place', () => {
  const amendments = new Amendments();
  const edit = { sender: 'Ann', message: 'new', type: /** @type {const} */ ('edit'), target: 3 };
  amendments.add({ ...edit, id: 'a', target_id: 'lost' }, 0);
  amendments.add({ ...edit, id: 'b', target_id: 'm3' }, 0);
  for (const id of ['a', 'b']) amendments.refuse(id, { code: 'denied', reason: 'r' });
  assert.deepEqual(amendments.add({ ...edit, id: 'c', target_id: 'm3' }, 0), ['b']);
  assert.notEqual(amendments.find('a'), null);
});
