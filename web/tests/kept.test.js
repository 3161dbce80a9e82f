/** What is kept for a visit without a network, and how it comes back. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KEPT_CHARS_MAX, KEPT_MESSAGES_MAX, KEPT_ROOMS_MAX, Kept } from '../src/kept.js';
import { Timeline } from '../src/timeline.js';

/** @param {number} offset @param {object} [rest] @returns {import('../src/protocol.js').Publication} */
function publication(offset, rest = {}) {
  return { id: `id${offset}`, sender: 'Ann', message: `m${offset}`, offset, time: 1_795_500_000_000, user: 'u', client: 'c', ...rest };
}

/** @param {import('../src/protocol.js').Publication[]} publications */
function messages(publications) {
  const timeline = new Timeline();
  timeline.prepend(publications);
  return timeline.messages;
}

/** A store whose keys are its own, as localStorage has them. */
function memory() {
  const store = Object.create({
    /** @this {Record<string, string>} @param {string} key */
    getItem(key) { return Object.hasOwn(this, key) ? this[key] : null; },
    /** @this {Record<string, string>} @param {string} key @param {string} value */
    setItem(key, value) { this[key] = value; },
    /** @this {Record<string, string>} @param {string} key */
    removeItem(key) { delete this[key]; },
  });
  return /** @type {Storage} */ (store);
}

test('what is kept comes back as it was', () => {
  const kept = new Kept(memory);
  assert.deepEqual(kept.messages('tea'), []);
  const store = memory();
  const again = new Kept(() => store);
  const published = [
    publication(3),
    publication(5, { verified: true, reply: 3, reply_id: 'm3', files: [{ url: '/files/a' }], edited_ms: 7, reactions: new Map([['👍', new Map([['u', 'Ann']])]]) }),
    publication(6, { message: '', deleted_ms: 9 }),
  ];
  again.keep('tea', messages(published), 1);
  assert.deepEqual(again.messages('tea'), published);
});

test('it is bounded: messages, characters, rooms', () => {
  const store = memory();
  const kept = new Kept(() => store);
  const many = Array.from({ length: KEPT_MESSAGES_MAX + 5 }, (_, n) => publication(n + 1));
  kept.keep('tea', messages(many), 1);
  assert.deepEqual(kept.messages('tea').map(({ offset }) => offset), many.slice(5).map(({ offset }) => offset));
  const long = Array.from({ length: 10 }, (_, n) => publication(n + 1, { message: 'm'.repeat(16_000) }));
  kept.keep('long', messages(long), 2);
  assert.ok((store.getItem('palabre.last.long') ?? '').length <= KEPT_CHARS_MAX);
  assert.equal(kept.messages('long').at(-1)?.offset, 10);
  for (let n = 0; n < KEPT_ROOMS_MAX; n += 1) kept.keep(`room${n}`, messages([publication(1)]), 10 + n);
  assert.equal(Object.keys(store).length, KEPT_ROOMS_MAX);
  assert.deepEqual(kept.messages('tea'), []);
});

test('a room that one leaves is forgotten, and nothing else that is stored', () => {
  const store = memory();
  store.setItem('palabre.name', 'Ann');
  const kept = new Kept(() => store);
  kept.keep('tea', messages([publication(1)]), 1);
  kept.keep('chess', messages([publication(1)]), 1);
  kept.retain(['chess']);
  assert.deepEqual(Object.keys(store), ['palabre.name', 'palabre.last.chess']);
});

test('a store that cannot be used, or holds something else, keeps nothing and breaks nothing', () => {
  const refused = new Kept(() => { throw new Error('blocked'); });
  refused.keep('tea', messages([publication(1)]), 1);
  refused.retain([]);
  assert.deepEqual(refused.messages('tea'), []);
  const store = memory();
  const kept = new Kept(() => store);
  for (const text of ['', '{', '[]', '{"messages":3}', '{"messages":[null,{"offset":1,"data":{"id":1}}]}']) {
    store.setItem('palabre.last.tea', text);
    assert.deepEqual(kept.messages('tea'), [], text);
  }
});

test('what an earlier visit knew stands until the room tells', () => {
  const timeline = new Timeline();
  timeline.say({ id: 'draft', sender: 'Ann', message: 'waits' }, 1);
  timeline.recall([publication(3), publication(4)]);
  timeline.recall([publication(3), publication(4)]);
  assert.deepEqual(timeline.messages.map(({ offset }) => offset), [3, 4]);
  timeline.receive(publication(9));
  timeline.prepend([publication(7, { message: 'edited since' }), publication(8)]);
  assert.deepEqual(timeline.messages.map(({ offset }) => offset), [7, 8, 9]);
  assert.equal(timeline.has('draft'), true);
});
