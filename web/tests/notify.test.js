/** When somebody is called, and what is said then. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { glance, isMentioned, isWanted, keptWishes } from '../src/notify.js';

/** @param {Partial<import('../src/protocol.js').Publication>} [more] @returns {import('../src/protocol.js').Publication} */
function said(more) {
  return { id: 'x', sender: 'Bob', message: 'hi @Ann', offset: 1, time: 1, user: 'bob', client: 'c', ...more };
}

const ann = { user: 'ann', name: 'Ann' };

test('a call is for what others say, as it is wanted', () => {
  assert.ok(isWanted('mentions', said(), ann));
  assert.ok(!isWanted('mentions', said({ message: 'hi' }), ann));
  assert.ok(isWanted('all', said({ message: 'hi' }), ann));
  assert.ok(!isWanted('none', said(), ann));
  assert.ok(!isWanted('all', said({ user: 'ann' }), ann));
  assert.ok(isWanted('all', said({ user: null }), { ...ann, user: null }));
  assert.ok(!isWanted('all', said({ amends: { type: 'edit', target: 1, removed: false } }), ann));
  assert.ok(!isWanted('all', said({ deleted_ms: 1 }), ann));
});

test('a name is mentioned whole, in any case, and never an empty one', () => {
  for (const text of ['@Ann', 'oh @ann!', '(@ANN)']) assert.ok(isMentioned(text, 'Ann'), text);
  for (const text of ['Ann', '@Anna', 'a@ann.org', '']) assert.ok(!isMentioned(text, 'Ann'), text);
  for (const name of ['', ' ']) assert.ok(!isMentioned('@ x', name));
});

test('a glance is one short line that turns nothing about', () => {
  assert.equal(glance(' a\n\tb\u202ec\u2066d \u0000'), 'a bcd');
  assert.equal(glance('👩🏽\u200d💻'), '👩🏽\u200d💻');
  assert.equal([...glance('😀'.repeat(500))].length, 161);
});

test('what one wishes is kept by room, and what was called', () => {
  /** @type {Map<string, string>} */
  const kept = new Map();
  const device = () => ({
    getItem: (/** @type {string} */ key) => kept.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => void kept.set(key, value),
    removeItem: (/** @type {string} */ key) => void kept.delete(key),
  });
  const wishes = keptWishes(device);
  assert.deepEqual([wishes.choice('a'), wishes.sound, wishes.called('a')], ['mentions', false, 0]);
  wishes.choose('a', 'all');
  wishes.choose('b', 'none');
  wishes.sound = true;
  wishes.note('a', 7);
  const again = keptWishes(device);
  assert.deepEqual([again.choice('a'), again.choice('b'), again.sound, again.called('a')], ['all', 'none', true, 7]);
  for (let n = 0; n < 200; n += 1) wishes.note(`room${n}`, n);
  assert.equal(JSON.parse(kept.get('palabre.called') ?? '').length, 100);
  for (const broken of ['', '{', '[1]', '[{"room":"a","value":"x"}]']) {
    kept.set('palabre.notify', broken);
    assert.equal(keptWishes(device).choice('a'), 'mentions');
  }
});
