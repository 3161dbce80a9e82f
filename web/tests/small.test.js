/** The small pure parts: senders, people, what is remembered. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readGuests } from '../src/guests.js';
import { newId } from '../src/id.js';
import { NAMES_MAX, People } from '../src/people.js';
import { hue, HUES, initials } from '../src/sender.js';
import { DRAFT_MS_MAX, DRAFTS_MAX, OWN_IDS_MAX, Settings } from '../src/settings.js';

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
    /** @param {string} key */
    removeItem: (key) => { values.delete(key); },
    values,
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

test('drafts survive a reload, so many and for so long; nothing is left of them after', () => {
  const device = store();
  let now_ms = 1_000_000;
  const drafts = () => new Settings(() => device, store).drafts('tea', () => now_ms);
  for (let n = 0; n <= DRAFTS_MAX; n += 1) drafts().add({ id: `id${n}`, sender: 'Ann', message: 'hi' });
  assert.equal(drafts().all().length, DRAFTS_MAX);
  drafts().add({ id: 'id0', sender: 'Bob', message: 'hi' });
  assert.deepEqual(drafts().all().at(-1), { id: 'id0', sender: 'Bob', message: 'hi' });
  now_ms += DRAFT_MS_MAX;
  assert.deepEqual(drafts().all(), []);
  now_ms -= 1;
  for (const { id } of drafts().all()) drafts().remove(id);
  assert.equal(device.values.size, 0);
});

test('what somebody else put in the store is no draft', () => {
  for (const text of ['', 'x', '{}', '[null, 1, {"id":1}, {"id":"a","sender":"b"}]']) {
    const device = store();
    device.setItem('palabre.drafts.tea', text);
    assert.deepEqual(new Settings(() => device, store).drafts('tea', () => 0).all(), [], text);
  }
});

test('a browser that keeps nothing is no obstacle', () => {
  const denied = () => { throw new Error('denied'); };
  const settings = new Settings(denied, denied);
  settings.name = 'Ann';
  settings.language = 'fr';
  assert.equal(settings.name, '');
  assert.equal(settings.language, null);
  settings.ownIds().add('x');
  settings.token = 't';
  settings.token = null;
  settings.drafts('tea', () => 0).add({ id: 'x', sender: '', message: '' });
});

/** @param {string} client @param {string} user @param {string} [name] */
function member(client, user, name) {
  return { client, user, ...(name !== undefined && { connInfo: { name } }) };
}

/** @param {People} people @param {string} [name] */
function names(people, name = 'Me') {
  return people.list({ client: 'me', name }).map((person) => `${person.name}${person.own ? '*' : ''}`);
}

test('those by a plain WebSocket are listed by name, with how many they are', () => {
  const people = new People();
  people.reset([{ client: 'me', user: 'u1', connInfo: null, chanInfo: null }]);
  const told = readGuests({ guests: [{ name: 'Mo', present: 2 }, { name: 'Abel', present: 1 }, { name: 1 }, null], nameless: 3, more: 4 });
  assert.ok(told);
  people.host(told);
  const list = people.list({ client: 'me', name: 'Me' });
  assert.deepEqual(list.map(({ name, user, n_guests }) => [name, user, n_guests]), [
    ['Me', 'u1', 0], ['Abel', null, 1], ['Anonyme', null, 3], ['Mo', null, 2],
  ]);
  assert.equal(people.n_more, 4);
  for (const none of [null, 'x', {}, { guests: [], nameless: -1, more: 0 }, { guests: [], nameless: 0 }]) assert.equal(readGuests(none), null);
});

test('who is here: oneself first, then by name; several windows of one are one', () => {
  const people = new People();
  assert.equal(people.known, false);
  people.reset([
    member('c1', 'u1', 'Zoé'), member('c2', 'u2', 'Ann'), member('c3', 'u2', 'Ann'), member('me', 'u3'), member('c4', '', ' '),
  ]);
  assert.deepEqual(names(people), ['Me*', 'Ann', 'Anonyme', 'Zoé']);
  people.leave(member('c2', 'u2'));
  people.join(member('c5', 'u5', 'Bob'));
  people.join(member('c5', 'u5', 'Bob'));
  assert.deepEqual(names(people), ['Me*', 'Ann', 'Anonyme', 'Bob', 'Zoé']);
  people.leave(member('c3', 'u2'));
  assert.deepEqual(names(people, ' '), ['Anonyme*', 'Anonyme', 'Bob', 'Zoé']);
});

test('two who share a browser under a name each are two; one’s other window is oneself', () => {
  const people = new People();
  people.reset([member('me', 'u', 'Ann'), member('c', 'u', 'Bob')]);
  assert.deepEqual(names(people, 'Ann'), ['Ann*', 'Bob']);
  people.named('c', 'Ann');
  assert.deepEqual(names(people, 'Ann'), ['Ann*']);
});

test('a name is the one somebody spoke under last, and says whether that is news', () => {
  const people = new People();
  assert.equal(people.named('c', 'Léa'), false, 'not known to be here yet');
  people.reset([member('me', 'm'), member('c', 'u', '')]);
  assert.deepEqual(names(people), ['Me*', 'Léa']);
  assert.equal(people.named('c', 'Léa'), false);
  assert.equal(people.named('c', 'Léa B.'), true);
  assert.deepEqual(names(people), ['Me*', 'Léa B.']);
  for (let n = 0; n < 2 * NAMES_MAX; n += 1) people.named(`gone${n}`, 'x');
  assert.deepEqual(names(people), ['Me*', 'Léa B.'], 'names of who is here are kept');
});

test('what somebody else calls a name may be anything', () => {
  const people = new People();
  people.reset([{ client: 'a', user: 'a', connInfo: { name: 7 } }, { client: 'b', user: 'b', connInfo: 'x' }, { client: 'c', user: 'c', connInfo: null }]);
  assert.deepEqual(names(people), ['Anonyme', 'Anonyme', 'Anonyme']);
});

test('who spoke under another name is called so, the last name counting', () => {
  const people = new People();
  people.reset([{ user: 'u', client: 'c1', connInfo: { name: 'Bob' } }]);
  const message = (/** @type {string} */ sender, client = 'c1') => /** @type {import('../src/timeline.js').Message} */ ({ kind: 'message', sender, client });
  assert.equal(people.spoke([message('Bob'), message('Rob'), { ...message('x'), client: null }]), true);
  assert.equal(people.spoke([message('Bob'), message('Rob')]), false, 'no news');
  assert.deepEqual(people.list({ client: 'me', name: '' }).map(({ name }) => name), ['Rob']);
});
