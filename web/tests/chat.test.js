/** A room as one page lives it, over a link that the test holds. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Amendments } from '../src/amendments.js';
import { Chat } from '../src/chat.js';
import { settled } from './world.js';

/**
 * @typedef {import('../src/protocol.js').Draft} Draft
 * @typedef {import('../src/protocol.js').Publication} Publication
 */

/** @param {{ drafts?: Draft[], at?: number | null }} [kept] from before a reload, and where one begins */
function talk({ drafts = [], at = null } = {}) {
  /** @type {Draft[]} */
  const sent = [];
  /** @type {import('../src/chat.js').Told | undefined} */
  let handlers;
  let n_ids = 0;
  let n_arrivals = 0;
  const own = new Set();
  const stored = new Map(drafts.map((draft) => [draft.id, draft]));
  /** What was asked of the history, and how to answer it. @type {{ what: string, answer: (...publications: Publication[]) => Promise<void>, fail: () => Promise<void> }[]} */
  const asked = [];
  /** @param {string} what @returns {Promise<import('../src/connection.js').Page>} */
  const ask = (what) => new Promise((resolve, reject) => {
    asked.push({
      what,
      answer: (...publications) => {
        resolve({ publications, is_last: publications.length < 2 });
        return settled();
      },
      fail: () => {
        reject(new Error('lost'));
        return settled();
      },
    });
  });
  const chat = new Chat({
    connect: (given) => {
      handlers = given;
      return {
        state: { phase: 'open' },
        position: { offset: 0, epoch: 'e' },
        start() {}, stop() {}, retryNow() {},
        publish: (draft) => { sent.push(draft); },
        latest: () => ask('latest'),
        before: (offset) => ask(`before ${offset}`),
        after: (offset) => ask(`after ${offset}`),
        at: async () => null,
        listen() {},
      };
    },
    ownIds: own,
    drafts: {
      all: () => [...stored.values()],
      add: (draft) => { stored.set(draft.id, draft); },
      remove: (id) => { stored.delete(id); },
    },
    name: () => 'Ann',
    at,
    now: () => 0,
    newId: () => `id${n_ids += 1}`,
    onchange() {},
    onstate() {},
    onarrival: () => { n_arrivals += 1; },
  });
  assert.ok(handlers);
  return { chat, sent, own, handlers, asked, stored, arrivals: () => n_arrivals };
}

/**
 * @param {number} offset
 * @param {Partial<Publication>} [more]
 * @returns {Publication}
 */
function published(offset, more = {}) {
  return { id: `m${offset}`, sender: 'Bob', message: `m${offset}`, offset, time: 0, user: 'bob', client: 'c2', ...more };
}

/** @param {Chat} chat */
function messages(chat) {
  return chat.rows.flatMap((row) => (row.kind === 'message' ? [`${row.message.message}${row.message.own ? '*' : ''}`] : []));
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
  chat.say('A', 'look', { reply: 3, files: [{ url: '/files/x' }] });
  handlers.onrefusal('id1', { code: 'other', reason: '' });
  chat.retry('id1', 'Ann');
  assert.deepEqual(sent.at(-1), { id: 'id1', sender: 'Ann', message: 'look', reply: 3, files: [{ url: '/files/x' }] });
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

/** What changes are made of. */
const target = { id: 'm3', offset: 3 };

const edit = (/** @type {number} */ offset, /** @type {number} */ target) => (
  { ...published(offset), message: 'new', amends: { type: /** @type {const} */ ('edit'), target, removed: false } });

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

test('a page of amendments alone is no end: the next page follows it', async () => {
  const { chat, handlers, asked } = talk();
  handlers.onarrived();
  await asked[0]?.answer(published(9), published(10));
  void chat.fetchOlder();
  await asked[1]?.answer(edit(7, 1), edit(8, 1));
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
      await asked.at(-2)?.answer(published(3), edit(5, 3));
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
