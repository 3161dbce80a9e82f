/** What the page says, in each language, and when. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { Dates, untilMidnight } from '../src/dates.js';
import { languages, learn, pickLanguage, pickLocale, say, tables } from '../src/i18n.js';
import { en } from '../src/i18n/later-en.js';
import { fr } from '../src/i18n/later-fr.js';

test('what is not learned yet says nothing', () => {
  const key = /** @type {const} */ ('welcome.title');
  assert.equal(say('fr', key), '');
  learn({ fr, en });
  assert.equal(say('fr', key), fr[key]);
  assert.equal(say('en', key), en[key]);
});

/** Every string of a table, with its key. @param {import('../src/i18n.js').Language} language */
function phrases(language) {
  return Object.entries(tables[language]).flatMap(([key, phrase]) => (
    typeof phrase === 'string' ? [[key, phrase]] : Object.values(phrase).map((text) => [key, text])));
}

test('every language says the same things, with the same values in them', () => {
  const reference = Object.entries(tables.fr);
  for (const language of languages) {
    const table = /** @type {Record<string, any>} */ (tables[language]);
    assert.deepEqual(Object.keys(table), reference.map(([key]) => key), language);
    for (const [key, phrase] of reference) {
      assert.equal(typeof table[key], typeof phrase, `${language} ${key}`);
      const other = typeof phrase === 'string' ? phrase : phrase.other;
      const here = typeof phrase === 'string' ? table[key] : table[key].other;
      assert.deepEqual(values(here), values(other), `${language} ${key}`);
    }
  }
});

/** @param {string} text */
function values(text) {
  return [...text.matchAll(/\{\w+\}/g)].map(String).sort();
}

test('no string is empty, straight-quoted or shouted', () => {
  for (const language of languages) {
    for (const [key, text] of phrases(language)) {
      assert.notEqual(text, '', key);
      assert.doesNotMatch(text ?? '', /['"]|\.\.\.|!/, key);
    }
  }
});

test('French has its thin spaces, in the table and in the prose', async () => {
  const html = await readFile(new URL('../about.html', import.meta.url), 'utf8');
  const prose = (html.split('<article lang="fr">')[1] ?? '').split('</article>')[0] ?? '';
  const text = prose.replace(/<pre.*?<\/pre>|<code.*?<\/code>|<[^>]*>/gs, '·').replaceAll('&#8239;', '\u202f');
  for (const [key, phrase] of [...phrases('fr'), ['about.html', text]]) {
    assert.doesNotMatch(phrase ?? '', /[^\u202f\d][:;!?»]|«[^\u202f]/, key);
    assert.doesNotMatch(phrase ?? '', /'/, key);
  }
});

test('numbers choose their phrase', () => {
  assert.equal(say('fr', 'new', { n: 1 }), '1 nouveau message');
  assert.equal(say('fr', 'new', { n: 0 }), '0 nouveau message', 'in French nothing is singular');
  assert.equal(say('en', 'new', { n: 0 }), '0 new messages');
  assert.equal(say('en', 'new', { n: 2 }), '2 new messages');
});

test('a value is never read as a phrase', () => {
  assert.match(say('en', 'error.other', { reason: '{why} $& {reason}' }), /\{why\} \$& \{reason\}/);
});

test('the language is the chosen one, else the reader’s first that we speak, else English', () => {
  assert.equal(pickLanguage(null, ['fr-CA', 'en']), 'fr');
  assert.equal(pickLanguage(null, ['de', 'en-GB', 'fr']), 'en');
  assert.equal(pickLanguage(null, ['wo']), 'en');
  assert.equal(pickLanguage('fr', ['en']), 'fr');
  assert.equal(pickLanguage('xx', ['fr']), 'fr', 'what was kept may be wrong');
  assert.equal(pickLocale('en', ['fr', 'en-GB', 'en']), 'en-GB');
  assert.equal(pickLocale('fr', ['en-GB']), 'fr');
});

test('days are said as one says them', () => {
  const fr = new Dates('fr');
  const now = new Date(2026, 10, 23, 9).getTime();
  assert.equal(fr.day(new Date(2026, 10, 23, 0, 1).getTime(), now), 'Aujourd’hui');
  assert.equal(fr.day(new Date(2026, 10, 22, 23, 59).getTime(), now), 'Hier');
  assert.equal(fr.day(new Date(2026, 10, 21, 12).getTime(), now), 'Samedi 21 novembre');
  assert.equal(fr.day(new Date(2025, 11, 31, 12).getTime(), now), 'Mercredi 31 décembre 2025');
  assert.equal(new Dates('en-GB').day(now, now), 'Today');
});

test('times are short in the line and full on hover', () => {
  const time = new Date(2026, 10, 21, 9, 5, 7).getTime();
  assert.equal(new Dates('fr').clock(time), '09:05');
  assert.match(new Dates('en-US').clock(time), /^9:05\sAM$/);
  assert.equal(new Dates('fr').full(time), 'samedi 21 novembre 2026 à 09:05:07');
});

test('a day ends at midnight', () => {
  assert.equal(untilMidnight(new Date(2026, 10, 21, 23, 59, 59).getTime()), 1_000);
  assert.equal(untilMidnight(new Date(2026, 10, 21).getTime()), 24 * 60 * 60_000);
});
