/** The small pure parts: waits, pace, senders, what is remembered. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoff, DELAY_MAX_MS } from '../src/backoff.js';
import { newId } from '../src/id.js';
import { Outbox } from '../src/outbox.js';
import { BURST, Pace, RATE_PER_SECOND } from '../src/pace.js';
import { hue, HUES, initials } from '../src/sender.js';
import { OWN_IDS_MAX, Settings } from '../src/settings.js';

test('backoff doubles up to its limit, and draws from all below it', () => {
  assert.deepEqual([1, 2, 3, 6, 7, 1_000].map((n) => backoff(n, () => 1)),
    [500, 1_000, 2_000, 16_000, DELAY_MAX_MS, DELAY_MAX_MS]);
  assert.equal(backoff(4, () => 0), 0);
  assert.equal(backoff(1, () => 0, 5_000), 5_000);
});

test('the pace allows a burst, then so many a second, and never saves up more', () => {
  const pace = new Pace(0);
  for (let n = 0; n < BURST; n += 1) assert.equal(pace.take(0), 0);
  assert.equal(pace.take(0), 1_000 / RATE_PER_SECOND);
  assert.equal(pace.take(1_000 / RATE_PER_SECOND), 0);
  let n_taken = 0;
  while (pace.take(3_600_000) === 0) n_taken += 1;
  assert.equal(n_taken, BURST);
});

test('a clock that is set back gives no tokens and takes none', () => {
  const pace = new Pace(10_000);
  assert.equal(pace.take(0), 0);
  assert.equal(pace.take(0), 0);
});

test('the outbox keeps its order through a recall', () => {
  const outbox = new Outbox();
  for (const id of ['a', 'b', 'c']) outbox.add({ id, sender: '', message: '' });
  outbox.sent('a', 1);
  outbox.sent('b', 2);
  assert.equal(outbox.next?.id, 'c');
  assert.equal(outbox.oldest?.draft.id, 'a');
  assert.equal(outbox.settle('a'), true);
  assert.equal(outbox.settle('a'), false);
  outbox.recall();
  assert.equal(outbox.next?.id, 'b');
  assert.equal(outbox.oldest, null);
});

test('initials', () => {
  const cases = {
    'Aïcha Ba': 'AB', 'Léa': 'LÉ', 'léa': 'LÉ', 'Moussa D.': 'MD', 'X': 'X', 'jean-luc picard': 'JP',
    'R2 D2': 'RD', 'Player 1': 'P1', '42': '4', '茶太郎': '茶', 'محمد علي': 'م', '🌳': '🌳', '👩‍👩‍👧 Famille': '👩‍👩‍👧',
    '<script>': 'SC', '…': '·', '': '·', '\u202e\u200b': '·', 'e\u0301lise': 'ÉL', 'ﬁ': 'FI',
  };
  for (const [name, expected] of Object.entries(cases)) assert.equal(initials(name), expected, name);
});

test('a hue is the name’s, however it is written, and one of the set', () => {
  assert.equal(hue('Léa'), hue(' Le\u0301a '));
  const seen = new Set(Array.from({ length: 1_000 }, (_, n) => hue(`user${n}`)));
  assert.deepEqual([...seen].sort((a, b) => a - b), [...HUES]);
});

test('an id is a random UUID', () => {
  const ids = new Set(Array.from({ length: 100 }, newId));
  assert.equal(ids.size, 100);
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

/** A store as a browser has it. */
function store() {
  const values = new Map();
  return {
    /** @param {string} key */
    getItem: (key) => values.get(key) ?? null,
    /** @param {string} key @param {string} value */
    setItem: (key, value) => { values.set(key, value); },
  };
}

test('two windows of one browser keep a name each; a new one begins with the last', () => {
  const device = store();
  const [ann, bob] = [store(), store()];
  new Settings(() => device, () => ann).name = 'Ann';
  new Settings(() => device, () => bob).name = 'Bob';
  assert.equal(new Settings(() => device, () => ann).name, 'Ann');
  assert.equal(new Settings(() => device, () => bob).name, 'Bob');
  assert.equal(new Settings(() => device, () => store()).name, 'Bob');
});

test('own ids survive a reload, the newest of them', () => {
  const tab = store();
  const ids = new Settings(store, () => tab).ownIds();
  for (let n = 0; n <= OWN_IDS_MAX; n += 1) ids.add(`id${n}`);
  const after = new Settings(store, () => tab).ownIds();
  assert.equal(after.has('id0'), false);
  assert.equal(after.has('id1'), true);
  assert.equal(after.has(`id${OWN_IDS_MAX}`), true);
});

test('a browser that keeps nothing is no obstacle', () => {
  const denied = () => { throw new Error('denied'); };
  const settings = new Settings(denied, denied);
  settings.name = 'Ann';
  settings.language = 'fr';
  assert.equal(settings.name, '');
  assert.equal(settings.language, null);
  settings.ownIds().add('x');
});
