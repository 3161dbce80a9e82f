/** The pure parts of what one does with messages: quotes, mentions, emoji, who is writing, who bears which name. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMOJI_GROUPS, replaceNames, searchEmoji } from '../src/emoji.js';
import { beingTyped, mentionsIn, namesLike } from '../src/mentions.js';
import { Names, NAMES_MAX } from '../src/names.js';
import { placeFromHash } from '../src/protocol.js';
import { Quotes, QUOTES_MAX } from '../src/quotes.js';
import { HOLDS_MS, SAY_MS, Typing, TYPING_MAX } from '../src/typing.js';
import { settled } from './world.js';

/** @typedef {import('../src/protocol.js').Publication} Publication */

/** @param {number} offset @param {Partial<Publication>} [more] @returns {Publication} */
function said(offset, more) {
  return { id: `m${offset}`, sender: 'Ann', message: `text ${offset}`, offset, time: offset, user: 'ann', client: null, ...more };
}

/** Quotes over a history that the test holds. */
function quotes() {
  /** @type {{ offset: number, answer: (found: Publication | null) => Promise<void>, fail: () => Promise<void> }[]} */
  const asked = [];
  const shown = new Map();
  const state = { n_changes: 0 };
  const all = new Quotes({
    at: (offset) => shown.get(offset) ?? null,
    ask: (offset) => new Promise((resolve, reject) => {
      asked.push({
        offset,
        answer: (found) => { resolve(found); return settled(); },
        fail: () => { reject(new Error('lost')); return settled(); },
      });
    }),
    onchange: () => { state.n_changes += 1; },
  });
  return { all, asked, shown, state };
}

test('a quote is what is shown, else what the history has, asked once and one at a time', async () => {
  const { all, asked, shown, state } = quotes();
  shown.set(7, said(7));
  assert.equal(all.of({ reply: 7 })?.message, 'text 7');
  assert.equal(asked.length, 0);
  for (const offset of [1, 2, 2]) assert.equal(all.of({ reply: offset }), undefined, 'nobody knows yet');
  assert.deepEqual(asked.map(({ offset }) => offset), [1]);
  await asked[0]?.answer(said(1));
  assert.equal(state.n_changes, 1);
  assert.equal(all.of({ reply: 1 })?.message, 'text 1');
  await asked[1]?.answer(null);
  assert.equal(all.of({ reply: 2 }), null, 'it is gone');
  assert.equal(asked.length, 2);
});

test('edits and deletions reach a quote; an amendment is nothing to quote', async () => {
  const { all, asked } = quotes();
  all.of({ reply: 1 });
  await asked[0]?.answer(said(1));
  const amends = (/** @type {'edit' | 'delete'} */ type) => ({ type, target: 1, removed: false });
  all.amended(said(5, { message: 'new', amends: amends('edit') }));
  assert.equal(all.of({ reply: 1 })?.message, 'new');
  all.amended(said(6, { message: '🗑', amends: amends('delete') }));
  assert.equal(all.of({ reply: 1 })?.deleted_ms, 6);
  all.of({ reply: 5 });
  await asked[1]?.answer(said(5, { amends: amends('edit') }));
  assert.equal(all.of({ reply: 5 }), null);
});

test('another message at the place of what is answered is no quote', async () => {
  const { all, asked, shown } = quotes();
  shown.set(7, said(7));
  assert.equal(all.of({ reply: 7, reply_id: 'm7' })?.message, 'text 7');
  assert.equal(all.of({ reply: 7, reply_id: 'another' }), null);
  assert.equal(all.of({ reply: 1, reply_id: 'another' }), undefined);
  await asked[0]?.answer(said(1));
  assert.equal(all.of({ reply: 1, reply_id: 'another' }), null);
  assert.equal(all.of({ reply: 1, reply_id: 'm1' })?.message, 'text 1');
});

test('where a room counts anew, what was asked for is asked for again', async () => {
  const { all, asked } = quotes();
  all.of({ reply: 1 });
  await asked[0]?.answer(said(1));
  all.forget();
  assert.equal(all.of({ reply: 1, reply_id: 'anew' }), undefined);
  await asked[1]?.answer({ ...said(1), id: 'anew' });
  assert.equal(all.of({ reply: 1, reply_id: 'anew' })?.message, 'text 1');
});

test('what could not be had is asked for again when one is back; of too many the oldest go', async () => {
  const { all, asked } = quotes();
  all.of({ reply: 1 });
  await asked[0]?.fail();
  all.again();
  await asked[1]?.answer(said(1));
  assert.equal(all.of({ reply: 1 })?.message, 'text 1');
  for (let offset = 2; offset <= QUOTES_MAX + 1; offset += 1) {
    all.of({ reply: offset });
    await asked.at(-1)?.answer(said(offset));
  }
  const n_asked = asked.length;
  all.of({ reply: 2 });
  assert.equal(asked.length, n_asked);
  all.of({ reply: 1 });
  assert.equal(asked.length, n_asked + 1);
});

test('mentions: known names, the longest, in any case, and no address', () => {
  const names = ['Ann', 'Ann Lee', 'Léa', 'محمد', 'a.b'];
  const cases = /** @type {const} */ ([
    ['@Ann', 'Ann'], ['hi @ann, and @LÉA.', 'Ann Léa'], ['@Ann Lee!', 'Ann Lee'], ['@Ann Leeds', 'Ann'], ['@Anna', ''],
    ['x@Ann.org', ''], ['(@محمد)', 'محمد'], ['@a.b', 'a.b'], ['@@Ann', 'Ann'], ['@', ''], ['@Ann@Ann', 'Ann'], ['@nobody', ''],
  ]);
  for (const [text, expected] of cases) {
    const found = mentionsIn(text, names);
    assert.equal(found.map(({ name }) => name).join(' '), expected, text);
    for (const { start, end, name } of found) assert.equal(text.slice(start + 1, end).toLowerCase(), name.toLowerCase());
  }
  assert.deepEqual(mentionsIn('@ @', ['', ' ']), []);
});

test('what is being typed: after a blank or a bracket, up to the caret', () => {
  const cases = /** @type {const} */ ([
    ['@', '@', ''], ['hi @Aï', '@', 'Aï'], ['(@b', '@', 'b'], ['a@b', null, ''], ['@Aïcha Ba', '@', 'Aïcha Ba'], ['@a\nb', null, ''],
    [':ta', ':', 'ta'], [':t', null, ''], ['10:30', null, ''], ['http://x', null, ''], ['fin :', null, ''], [':a b', null, ''], ['::ab', null, ''],
  ]);
  for (const [text, sign, query] of cases) {
    const typed = beingTyped(text, text.length);
    assert.deepEqual(typed && [typed.sign, typed.query], sign && [sign, query], text);
    if (typed) assert.equal(text.slice(typed.start), sign + query);
  }
  assert.equal(beingTyped('@ab', 2)?.query, 'a');
  assert.deepEqual(namesLike('b', ['Aïcha Ba', 'Bob', 'Abel']), ['Bob', 'Aïcha Ba']);
});

test('every emoji has one place and one name; names are found in both languages, without accents', () => {
  const all = EMOJI_GROUPS.flatMap(({ emojis }) => emojis);
  assert.equal(new Set(all.map(({ sign }) => sign)).size, all.length);
  assert.equal(new Set(all.map(({ names }) => names[0])).size, all.length);
  for (const { sign, names } of all) {
    assert.match(sign, new RegExp('^\\p{RGI_Emoji}$', 'v'), sign);
    assert.ok(names.length > 0 && names.every((name) => name !== ''), sign);
  }
  const cases = /** @type {const} */ ([['fete', '🎉'], ['Cœur', '❤️'], ['coeur', '❤️'], [':tada:', '🎉'], ['tree', '🌳'], ['arbre', '🌳'], ['merci', '🙏']]);
  for (const [query, sign] of cases) assert.ok(searchEmoji(query).some((emoji) => emoji.sign === sign), query);
  assert.deepEqual(searchEmoji(' '), []);
});

test('names between colons become signs, but in code, and where there is no such name', () => {
  const cases = {
    ':tada:': '🎉', 'bravo :+1: :+1:': 'bravo 👍 👍', ':Joy:': '😂', 'a:tada:': 'a:tada:', ':tada:b': ':tada:b', '10:30:20': '10:30:20',
    '`:tada:`': '`:tada:`', '```\n:tada:\n``` :tada:': '```\n:tada:\n``` 🎉', ':nope:': ':nope:', ':cœur:': '❤️', ':constructor:': ':constructor:',
  };
  for (const [text, expected] of Object.entries(cases)) assert.equal(replaceNames(text), expected, text);
});

test('that one writes is said at most every three seconds, and at once after a message', () => {
  const typing = new Typing();
  const said_ms = [];
  for (let now_ms = 0; now_ms < 3 * SAY_MS; now_ms += 50) if (typing.written(now_ms)) said_ms.push(now_ms);
  assert.deepEqual(said_ms, [0, SAY_MS, 2 * SAY_MS]);
  typing.sent();
  assert.equal(typing.written(3 * SAY_MS - 1), true);
});

test('who is writing: for five seconds, or until it is said', () => {
  const typing = new Typing();
  typing.heard({ client: 'c1', user: 'u1', name: 'Ann' }, 0);
  typing.heard({ client: 'c2', user: null, name: 'Bob' }, 1_000);
  assert.deepEqual(typing.now(1_000), { names: ['Ann', 'Bob'], change_ms: HOLDS_MS - 1_000 });
  typing.arrived({ client: 'c2', user: null, sender: 'Bob' });
  typing.arrived({ client: null, user: null, sender: 'Ann' });
  assert.deepEqual(typing.now(1_000).names, ['Ann']);
  assert.deepEqual(typing.now(HOLDS_MS).names, []);
  for (let n = 0; n < TYPING_MAX + 9; n += 1) typing.heard({ client: `c${n}`, user: null, name: `n${n}` }, 0);
  assert.equal(typing.now(0).names.length, TYPING_MAX);
  typing.left('c0');
  assert.equal(typing.now(0).names.length, TYPING_MAX - 1);
});

test('who writes is known again over another connection, by user and name together, and an amendment is no message', () => {
  const ann = { client: 'c1', user: 'u1', sender: 'Ann' };
  const cases = /** @type {const} */ ([
    [{ ...ann, client: 'c9' }, []],
    [{ ...ann, sender: 'Anna' }, []],
    [{ ...ann, client: 'c9', user: 'u2' }, ['Ann']],
    [{ ...ann, client: 'c9', sender: 'Anna' }, ['Ann']],
    [{ ...ann, client: null, user: null }, ['Ann']],
    [{ ...ann, amends: { type: 'reaction', target: 1, removed: false } }, ['Ann']],
  ]);
  for (const [publication, names] of cases) {
    const typing = new Typing();
    typing.heard({ client: 'c1', user: 'u1', name: 'Ann' }, 0);
    typing.arrived(publication);
    assert.deepEqual(typing.now(0).names, names, JSON.stringify(publication));
  }
  const typing = new Typing();
  typing.heard({ client: 'c1', user: null, name: 'Ann' }, 0);
  typing.arrived({ client: 'c9', user: null, sender: 'Ann' });
  assert.deepEqual(typing.now(0).names, ['Ann'], 'nobody’s user is not the same as nobody’s');
});

test('two bearers of a name, as one reads it, are told apart', () => {
  const names = new Names();
  assert.equal(names.met('Sam', 'anon:00aa11'), false);
  assert.equal(names.mark('Sam', 'anon:00aa11'), '');
  assert.equal(names.met('Sam', 'anon:00aa11'), false, 'the same one');
  assert.equal(names.met(' s\u200bAM\u202e ', 'anon:00bb22'), true);
  assert.equal(names.mark('Sam', 'anon:00aa11'), '#aa11');
  assert.equal(names.mark('sam', 'anon:00bb22'), '#bb22');
  names.met('Zoé', 'u1');
  names.met('Zoé', null);
  assert.deepEqual([names.mark('Zoé', 'u1'), names.mark('Zoé', null)], ['#u1', '?']);
  for (let n = 0; n < NAMES_MAX; n += 1) names.met(`other ${n}`, 'u');
  assert.equal(names.mark('Sam', 'anon:00aa11'), '', 'of too many the oldest go');
});

test('the address of a message is its place', () => {
  const cases = /** @type {const} */ ([['#12', 12], ['', null], ['#0', null], ['#-1', null], ['#1.5', null], ['#1e3', null], ['#9007199254740993', null], ['#x', null]]);
  for (const [hash, offset] of cases) assert.equal(placeFromHash(hash), offset, hash);
});
