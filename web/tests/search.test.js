/** What a search asks, and what of an answer is taken. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasWord, isTooLong, QUERY_CHARS_MAX, readFound } from '../src/search.js';

test('an answer is read, and what is no result is left out', () => {
  const good = { room: 'tea', offset: 3, time: 7, sender: 'Léa', parts: ['un ', 'thé', ''] };
  const bad = [null, {}, { ...good, room: 'a/b' }, { ...good, offset: 0 }, { ...good, parts: [1] }, { ...good, parts: 'x' }];
  assert.deepEqual(readFound({ results: [good, ...bad], more: '9', behind: 2 }), {
    results: [{ room: 'tea', offset: 3, time_ms: 7, sender: 'Léa', parts: ['un ', 'thé', ''] }], more: '9', n_behind: 2,
  });
  for (const answer of [null, undefined, 'x', {}, { results: 1, more: 2, behind: 'x' }]) {
    assert.deepEqual(readFound(answer), { results: [], more: null, n_behind: 0 });
  }
});

test('what may be asked', () => {
  for (const query of ['a', 'é', '東', '7', '🌳', '🇫🇷', '"x"']) assert.ok(hasWord(query), query);
  for (const query of ['', ' ', '?!', '*', '"', '\u200d']) assert.ok(!hasWord(query), query);
  assert.ok(!isTooLong('😀'.repeat(QUERY_CHARS_MAX)));
  assert.ok(isTooLong('x'.repeat(QUERY_CHARS_MAX + 1)));
});
