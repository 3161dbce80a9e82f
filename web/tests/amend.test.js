/** What edits, deletions and reactions make of messages: by themselves, and as they come in a room. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { amend } from '../src/amend.js';
import { read } from '../src/protocol.js';
import { Timeline } from '../src/timeline.js';

/** @typedef {import('../src/protocol.js').Publication} Publication */

/** @param {number} offset @param {object} data @param {string} [user] @returns {Publication} */
function publication(offset, data, user = 'lea') {
  const data_ = { id: `m${offset}`, sender: user, message: 'said', time: offset * 1_000, ...data };
  return read({ data: data_, offset, info: { user, client: 'c' } }) ?? assert.fail('no publication');
}

const edit = (/** @type {number} */ offset, message = 'new', target = 1) => publication(offset, { type: 'edit', target, message });
const remove = (/** @type {number} */ offset, target = 1) => publication(offset, { type: 'delete', target, message: '🗑' });
const react = (/** @type {number} */ offset, user = 'mo', removed = false, message = '👍') => (
  publication(offset, { type: 'reaction', target: 1, message, ...(removed && { removed }) }, user));

/** Each message with what was done to it. @param {Timeline} timeline */
function screen(timeline) {
  return timeline.rows().flatMap((row) => (row.kind === 'message' ? [[
    row.message.message,
    row.message.edited_ms && 'edited',
    row.message.deleted_ms && 'deleted',
    ...[...row.message.reactions ?? []].map(([emoji, names]) => `${emoji}${[...names.values()].join('+')}`),
  ].filter(Boolean).join(' ')] : []));
}

test('an edit sets text and time, unless a later one was there', () => {
  const message = { message: 'old' };
  const edited = amend(message, edit(5, 'new'));
  assert.deepEqual(edited, { message: 'new', edited_ms: 5_000 });
  assert.equal(amend(edited, edit(5, 'new')), edited, 'twice is once');
  assert.equal(amend(edited, edit(4, 'older')), edited);
  assert.equal(amend(edited, edit(5, 'newer')).message, 'newer', 'two of one moment count in their order');
  assert.deepEqual(message, { message: 'old' }, 'a message never changes');
});

test('a deletion leaves who and when, and after it nothing counts', () => {
  const message = { message: 'secret', sender: 'Léa', time_ms: 1, reply: 3, reply_id: 'm3', files: [{}], edited_ms: 2, reactions: new Map() };
  const deleted = amend(message, remove(5));
  assert.deepEqual(deleted, { message: '🗑', sender: 'Léa', time_ms: 1, deleted_ms: 5_000 });
  for (const later of [edit(6), remove(7), react(8)]) assert.equal(amend(deleted, later), deleted);
});

test('reactions are set and taken by user; the last one counts', () => {
  /** @type {import('../src/amend.js').Amendable} */
  let message = { message: 'hi' };
  message = amend(message, react(2, 'mo'));
  assert.equal(amend(message, react(3, 'mo')), message, 'twice is once');
  message = amend(message, react(4, 'lea'));
  assert.deepEqual([...message.reactions?.get('👍') ?? []], [['mo', 'mo'], ['lea', 'lea']]);
  message = amend(message, react(5, 'mo', true));
  assert.equal(amend(message, react(6, 'mo', true)), message);
  message = amend(message, react(7, 'lea', true));
  assert.equal(message.reactions?.size, 0);
  assert.equal(amend({ message: 'hi' }, publication(8, { type: 'reaction', target: 1, message: '👍' }, '')).message, 'hi');
});

test('what a stranger calls a reaction is looked at', () => {
  const { reactions } = publication(1, JSON.parse('{"reactions":{"👍":{"u":"Mo","v":1},"__proto__":{"w":"x"},"🌳":"no"}}'));
  assert.deepEqual([...reactions ?? []].map(([emoji, names]) => [emoji, [...names.values()]]), [['👍', ['Mo']], ['__proto__', ['x']]]);
  assert.equal(publication(1, { reactions: 'x' }).reactions?.size, 0);
});

test('no publication: an amendment of nothing', () => {
  for (const target of [undefined, 0, 1.5, '1', 2 ** 53]) {
    assert.equal(read({ data: { id: 'i', sender: 's', message: 'm', time: 1, type: 'edit', target }, offset: 2 }), null, String(target));
  }
});

test('amendments change the message they are about, and are none themselves', () => {
  const timeline = new Timeline();
  timeline.receive(publication(1, {}));
  assert.equal(timeline.receive(edit(2)), 'amended');
  timeline.receive(react(3));
  timeline.receive(edit(4, 'x', 99));
  timeline.receive(publication(5, {}));
  assert.deepEqual(screen(timeline), ['new edited 👍mo', 'said']);
  timeline.receive(remove(6, 5));
  assert.deepEqual(screen(timeline), ['new edited 👍mo', '🗑 deleted']);
});

test('history has its amendments applied; those that came while it was on its way are too', () => {
  const timeline = new Timeline();
  timeline.receive(edit(4));
  timeline.receive(react(5));
  timeline.receive(react(6, 'mo', true));
  timeline.prepend([publication(1, { reactions: { '🌳': { x: 'X' } } }), edit(2, 'earlier'), publication(3, { message: 'b', edited: 9 })]);
  assert.deepEqual(screen(timeline), ['new edited 🌳X', 'b edited']);
});

test('what came ahead of a cut end is applied when one is back there', () => {
  const timeline = new Timeline();
  for (let offset = 1; offset <= 3; offset += 1) timeline.receive(publication(offset, {}));
  timeline.trim('newest', 2);
  timeline.receive(publication(4, {}));
  timeline.receive(edit(5, 'four', 4));
  timeline.receive(edit(6, 'one', 1));
  assert.deepEqual(screen(timeline), ['one edited', 'said'], 'also here');
  timeline.append([publication(3, {})], false);
  assert.deepEqual(screen(timeline), ['one edited', 'said', 'said', 'four edited']);
});

test('any order of a page and what is live comes to the same, 200 seeds', () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    let state = seed;
    const random = (/** @type {number} */ n) => {
      state = Math.imul(state, 1_103_515_245) + 12_345 >>> 0;
      return (state >>> 16) % n;
    };
    const all = [publication(1, {})];
    for (let offset = 2; offset < 12; offset += 1) {
      all.push([() => edit(offset, `e${offset}`), () => react(offset, `u${random(3)}`, random(2) === 0), () => remove(offset)][random(11) % 3]?.() ?? edit(offset));
    }
    const live = new Timeline();
    for (const each of all) live.receive(each);
    // The page was read after `n` of them; one hears what comes from `from` on, and the page is shown after it.
    const n = 1 + random(all.length);
    const from = random(n + 1);
    const late = new Timeline();
    for (const each of all.slice(Math.max(1, from))) late.receive(each);
    const stored = all.slice(1, n).reduce((message, each) => amend(message, each), all[0] ?? edit(1));
    late.prepend([stored]);
    assert.deepEqual(screen(late).map(sorted), screen(live).map(sorted), `seed ${seed}`);
  }
});

/** @param {string} text whose reactions have no order of their own */
function sorted(text) {
  return text.replace(/👍(.*)/, (_, names) => `👍${names.split('+').sort().join('+')}`);
}
