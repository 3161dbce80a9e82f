/** Messages with marks: what is shown of them, what is copied, and that they stay in their row. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Stage } from './harness.js';

describe('marks in messages', () => {
  const stage = new Stage('a server each');


  test('both see them as elements, and a link leads to a new tab that knows nothing of ours', async () => {
    const [ann, bob] = [await stage.open(stage.server.url, { name: 'Ann' }), await stage.open(stage.server.url)];
    await ann.say('**gras** *italique* ~~barré~~ `**code**` [là](https://exemple.fr/x) et https://exemple.fr/y.');
    for (const { page } of [ann, bob]) {
      const text = page.locator('.message[data-state="sent"] .text');
      assert.equal(await text.locator('strong').textContent(), 'gras');
      assert.equal(await text.locator('em').textContent(), 'italique');
      assert.equal(await text.locator('s').textContent(), 'barré');
      assert.equal(await text.locator('code').textContent(), '**code**');
      const links = await text.locator('a').evaluateAll((all) => all.map((element) => (
        ['href', 'target', 'rel'].map((name) => element.getAttribute(name)))));
      assert.deepEqual(links, ['x', 'y'].map((path) => [`https://exemple.fr/${path}`, '_blank', 'noopener noreferrer nofollow']));
    }
    ann.isWell();
  });

  test('blocks are blocks, and what is copied reads well', async () => {
    const ann = await stage.open(stage.server.url, { name: 'Ann' });
    await ann.say('voici :\n> cité\n\n- un\n- deux\n```\n**a**\n  b\n```\nfin');
    const text = ann.page.locator('.message[data-state="sent"] .text');
    await text.locator('pre').waitFor();
    assert.deepEqual(await text.evaluate((element) => Array.from(element.children, ({ localName }) => localName)), ['p', 'blockquote', 'ul', 'pre', 'p']);
    const copied = await text.evaluate((element) => {
      getSelection()?.selectAllChildren(element);
      return String(getSelection());
    });
    assert.deepEqual(copied.split('\n').map((line) => line.trimEnd()).filter((line) => line !== ''), ['voici :', 'cité', 'un', 'deux', '**a**', '  b', 'fin']);
  });

  test('in French as in Arabic, each block has its own direction', async () => {
    const ann = await stage.open(stage.server.url, { name: 'Ann' });
    await ann.say('bonjour\n> مرحبا');
    const quote = ann.page.locator('.message[data-state="sent"] blockquote');
    await quote.waitFor();
    assert.equal(await quote.evaluate((element) => getComputedStyle(element).direction), 'rtl');
    assert.equal(await ann.page.locator('.text p').evaluate((element) => getComputedStyle(element).direction), 'ltr');
  });

  test('nothing leaves its row, however long its words or high its signs', async () => {
    const ann = await stage.open(stage.server.url, { name: 'Ann', viewport: { width: 320, height: 568 } });
    const long = 'w'.repeat(2_500);
    await ann.say([`\`${long}\``, `https://exemple.fr/${'a'.repeat(1_500)}`, `> ${long}`, `- ${long}`, '```', long, '```', `e${'\u0301'.repeat(900)}`].join('\n'));
    const row = ann.page.locator('.message[data-state="sent"]');
    await row.locator('pre').waitFor();
    const out = await row.locator('.text').evaluate((text) => {
      const { left, right } = text.getBoundingClientRect();
      return [text, ...text.querySelectorAll('*')].filter((element) => {
        const box = element.getBoundingClientRect();
        return element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0 || box.left < left - 1 || box.right > right + 1;
      }).map((element) => element.localName);
    });
    assert.deepEqual(out, []);
  });
});
