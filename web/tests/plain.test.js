/** What a text reads like where its marks are not shown. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainParts, plainText } from '../src/plain.js';

test('a text reads without its marks', () => {
  const cases = {
    '**a** *b* ~~c~~ `d`': 'a b c d', '[ici](https://a.fr)': 'ici', 'https://a.fr': 'https://a.fr', '\\*a\\*': '*a*',
    'a\n```js\n**b**\n```\nc': 'a\n**b**\nc', '> a\n> > b\nc': 'a\nb\nc', '- a\n- *b*': '• a\n• b', '3. a\n3. b': '3. a\n4. b',
    '2*3*4': '2*3*4', '**a': '**a', '': '', '>': '>', '```\n```': '```\n```',
  };
  for (const [text, expected] of Object.entries(cases)) assert.equal(plainText(text), expected, text);
});

/** Parts from a text, with what is told apart in brackets. @param {string} text */
const parts = (text) => text.replace(/⟧$/, '').split(/[⟦⟧]/);
/** @param {Record<string, string>} cases */
function check(cases) {
  for (const [text, expected] of Object.entries(cases)) assert.deepEqual(plainParts(parts(text)), parts(expected), text);
}

test('what was found is told apart in what reads', () => {
  check({
    'un ⟦mot⟧ fort': 'un ⟦mot⟧ fort',
    'un **⟦mot⟧** `fort`': 'un ⟦mot⟧ fort',
    'sous l’**⟦arbre** à *palabres⟧* vert': 'sous l’⟦arbre à palabres⟧ vert',
    '⟦a⟧ \\*⟦b⟧\\*': '⟦a⟧ *⟦b⟧*',
    '很**⟦重要⟧的**': '很⟦重要⟧的',
    '2*⟦3⟧*4 **⟦😀⟧**': '2*⟦3⟧*4 ⟦😀⟧',
    '```js\n⟦script⟧\n```\nfin': '⟦script⟧\nfin',
    '> ⟦cité⟧\n- un\n- **⟦deux⟧**': '⟦cité⟧\n• un\n• ⟦deux⟧',
    '1. a\n1. b ⟦2⟧': '1. a\n2. b ⟦2⟧',
  });
});

test('marks that the cut has torn are gone as well', () => {
  check({
    '…fin** du ⟦thé⟧': '…fin du ⟦thé⟧',
    '…b* c** ⟦x⟧ d': '…b c ⟦x⟧ d',
    '⟦x⟧ **a *b…': '⟦x⟧ a b…',
    '…fin` ~~⟦x⟧ d…': '…fin ⟦x⟧ d…',
    '…let ⟦x⟧ = 1\n```\nfin': '…let ⟦x⟧ = 1\nfin',
    '```\nlet ⟦x⟧ = 1…': 'let ⟦x⟧ = 1…',
    '…libellé](https://a.fr) ⟦x⟧ [y](https://a.fr/b…': '…libellé ⟦x⟧ y…',
    '⟦x⟧ [y…': '⟦x⟧ y…',
  });
});

test('where nothing is cut, what is not closed was typed so', () => {
  check({ '⟦x⟧ **a': '⟦x⟧ **a', 'a** ⟦x⟧': 'a** ⟦x⟧', '…⟦x⟧ 2 * 3…': '…⟦x⟧ 2 * 3…' });
});

test('what was found in an address that does not show is shown as it was typed', () => {
  check({ '[ici](https://⟦palabre⟧.fr)': '[ici](https://⟦palabre⟧.fr)', '[⟦palabre⟧ ici](https://⟦palabre⟧.fr)': '⟦palabre⟧ ici' });
});

test('whatever is cut out of a text, nothing is made up', () => {
  const text = 'un **mot *très* fort** et `code **x**` ~~non~~ [ici](https://a.fr/b) \\*a\\* 2*3*4\n> cité `là\n```\nlet x = **y**\n```\nfin';
  for (let from = 0; from < text.length; from += 1) {
    for (let to = from + 1; to <= text.length; to += 1) {
      const piece = `${from > 0 ? '…' : ''}${text.slice(from, to)}${to < text.length ? '…' : ''}`;
      const shown = plainParts([piece]).join('');
      let at = 0;
      for (const sign of shown) at = piece.indexOf(sign, at) + 1 || Infinity;
      assert.ok(at <= piece.length, `${piece} → ${shown}`);
    }
  }
});
