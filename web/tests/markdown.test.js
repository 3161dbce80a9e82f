/** What people write with. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LINK_LENGTH_MAX, parse } from '../src/markdown.js';

/** The inlines of a text without blocks. @param {string} text */
function inline(text) {
  const [block = { kind: 'text', content: [] }, ...rest] = parse(text);
  assert.deepEqual(rest, []);
  assert.equal(block.kind, 'text');
  return block.kind === 'text' ? block.content : [];
}

/** @param {import('../src/markdown.js').Inline[]} content @returns {import('../src/markdown.js').Marked} */
const strong = (...content) => ({ kind: 'strong', content });
/** @param {import('../src/markdown.js').Inline[]} content @returns {import('../src/markdown.js').Marked} */
const emphasis = (...content) => ({ kind: 'emphasis', content });
/** @param {string} text @returns {import('../src/markdown.js').CodeSpan} */
const code = (text) => ({ kind: 'code', text });
/** @param {string} href @returns {import('../src/markdown.js').Link} */
const link = (href, text = href) => ({ kind: 'link', href, text });

test('marks', () => {
  assert.deepEqual(inline('un **mot** fort'), ['un ', strong('mot'), ' fort']);
  assert.deepEqual(inline('*un* `deux` ~~trois~~'), [
    emphasis('un'), ' ', code('deux'), ' ', { kind: 'strike', content: ['trois'] },
  ]);
  assert.deepEqual(inline('***les deux***'), [strong(emphasis('les deux'))]);
  assert.deepEqual(inline('**a *b* c**'), [strong('a ', emphasis('b'), ' c')]);
  assert.deepEqual(inline('*a **b***'), [emphasis('a ', strong('b'))]);
  assert.deepEqual(inline('(*a*), «*b*»'), ['(', emphasis('a'), '), «', emphasis('b'), '»']);
  assert.deepEqual(inline('很**重要**的'), ['很', strong('重要'), '的']);
  assert.deepEqual(inline('*sur\ndeux lignes*'), [emphasis('sur\ndeux lignes')]);
});

test('what is not a mark stays as it was typed', () => {
  for (const text of [
    'rien', '', '*', '**', '****', 'a * * b', '2*3*4', '2 * 3 * 4', '**a', 'a**', '*a\n\nb*', '`a', '``a`', '` `',
    'C:\\dossier', '¯\\_(ツ)_/¯', 'snake_case_name', '~a~', '[a]', '[a](b)', '[a](javascript:alert(1))', '>:(', '-5', '1.5', '#1',
    '```\nnon fermé', '\n\nun\n\n\ndeux\n', 'ftp://a.fr', 'javascript:alert(1)', 'http://', 'xhttps://a.fr',
    '- ', '> '.trim() + 'a', '*****a*****',
  ]) {
    assert.deepEqual(inline(text).join(''), text);
  }
  assert.deepEqual(inline('*a et *b*'), ['*a et ', emphasis('b')]);
  assert.deepEqual(inline('**a *b**'), [strong('a *b')]);
  assert.deepEqual(inline('\\*a\\* \\`b\\`'), ['*a* `b`']);
});

test('in code nothing else is a mark', () => {
  assert.deepEqual(inline('`**a** https://a.fr`'), [code('**a** https://a.fr')]);
  assert.deepEqual(inline('``a ` b``'), [code('a ` b')]);
  assert.deepEqual(inline('```a```'), [code('a')]);
  assert.deepEqual(parse('avant\n\n```js\n**a**\n\n> b\n```\n\naprès'), [
    { kind: 'text', content: ['avant'] }, { kind: 'fence', text: '**a**\n\n> b' }, { kind: 'text', content: ['après'] },
  ]);
});

test('addresses, and the signs after them', () => {
  assert.deepEqual(inline('voir https://a.fr/b?c=d#e.'), ['voir ', link('https://a.fr/b?c=d#e'), '.']);
  assert.deepEqual(inline('(https://a.fr/b)'), ['(', link('https://a.fr/b'), ')']);
  assert.deepEqual(inline('https://a.fr/b_(c)'), [link('https://a.fr/b_(c)')]);
  assert.deepEqual(inline('**https://a.fr/**'), [strong(link('https://a.fr/'))]);
  assert.deepEqual(inline('HTTPS://A.fr'), [link('https://a.fr/', 'HTTPS://A.fr')]);
  assert.deepEqual(inline('[ici](https://a.fr/x)'), [link('https://a.fr/x', 'ici')]);
  assert.deepEqual(inline('[écrire](mailto:a@b.fr)'), [link('mailto:a@b.fr', 'écrire')]);
  assert.deepEqual(inline(`https://a.fr/${'a'.repeat(LINK_LENGTH_MAX)}`).map((found) => typeof found), ['string']);
});

test('no link says one address and leads to another', () => {
  for (const found of inline('[https://banque.fr](https://a.fr/) [www.b.fr](https://a.fr/)')) {
    if (typeof found !== 'string' && found.kind === 'link') assert.equal(new URL(found.href).host, new URL(found.text).host);
  }
  // The right-to-left override ends an address.
  assert.deepEqual(inline('https://a.fr/\u202egpj.exe'), [link('https://a.fr/'), '\u202egpj.exe']);
  // Letters of another script show as what they are.
  assert.deepEqual(inline('https://аpple.com/'), [link('https://xn--pple-43d.com/', 'https://аpple.com/')]);
});

test('quotes and lists', () => {
  assert.deepEqual(parse('> un\n> *deux*\n\nréponse'), [
    { kind: 'quote', blocks: [{ kind: 'text', content: ['un\n', emphasis('deux')] }] },
    { kind: 'text', content: ['réponse'] },
  ]);
  assert.deepEqual(parse('>> a'), [{ kind: 'quote', blocks: [{ kind: 'quote', blocks: [{ kind: 'text', content: ['a'] }] }] }]);
  assert.deepEqual(parse('à faire :\n- un\n* **deux**\n3. trois\n4. quatre'), [
    { kind: 'text', content: ['à faire :'] },
    { kind: 'list', start: null, items: [['un'], [strong('deux')]] },
    { kind: 'list', start: 3, items: [['trois'], ['quatre']] },
  ]);
});

test('hostile input takes no longer than other input', () => {
  const pieces = [
    '*', '**', '*a ', '**a *b ', '~~', '`', '` `` ', '[', '[a](', '[](', '[a]', '(', 'https://', 'https://a.fr/( ', 'http://)',
    '>', '> ', '- ', '1. ', '\\', '\\*', '```\n', '\n', '\n\n', '> ```\n', '*a **b ~~c ', 'a', '\u202e', '\u200b', '\u0301', '👩‍👩‍👧',
    '1) *a\n', ' ', '\t\n', 'https://a.fr/)',
  ];
  for (const piece of pieces) {
    const text = piece.repeat(Math.ceil(16_000 / piece.length));
    // Ten messages in one: time squared would be seconds for each.
    const large = text.repeat(10);
    assert.ok(Array.isArray(parse(large)), JSON.stringify(piece));
  }
});
