/** How the page looks and reads, in every state: axe, widths, themes, and over TLS. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isFine, openBrowser, Person, Server, Stage } from './harness.js';

/** Each size in both themes, and each size in both languages. @type {[theme: 'light' | 'dark', size: string, locale: string][]} */
const looks = [
  ['light', 'wide', 'fr-FR'], ['light', 'phone', 'en-GB'], ['light', 'small phone', 'fr-FR'],
  ['dark', 'wide', 'en-GB'], ['dark', 'phone', 'fr-FR'], ['dark', 'small phone', 'en-GB'],
];

/** @type {Record<string, { width: number, height: number }>} */
const viewports = {
  'wide': { width: 1360, height: 800 },
  'phone': { width: 390, height: 780 },
  'small phone': { width: 320, height: 568 },
};

describe('every state reads well', () => {
  const stage = new Stage('a server each');


  for (const [colorScheme, size, locale] of looks) {
    test(`${colorScheme}, ${size}, ${locale}`, async () => {
      const ann = await stage.open(stage.server.url, {
        name: 'Ann', colorScheme, viewport: viewports[size] ?? null, locale, hasTouch: size !== 'wide',
      });
      const bob = await stage.open(stage.server.url, { name: 'Bob', locale });
      await isFine(ann, 'empty');
      await ann.page.locator('summary').click();
      await isFine(ann, 'example');
      await ann.page.locator('#share-open').click();
      await isFine(ann, 'share');
      await ann.page.keyboard.press('Escape');

      await bob.say('Bonjour\net bienvenue à toutes et à tous, sous le grand arbre de la place');
      await bob.say('w'.repeat(200));
      await bob.say('**gras**, *italique*, ~~barré~~, `code`, https://exemple.fr/un/chemin\n> une citation\n\n1. un\n2. deux\n```\nlet n = 1;\n```');
      await ann.say('Merci : [le lien](https://exemple.fr/) et `' + 'w'.repeat(99) + '`\n> oui\n- un\n- deux\n```\nligne\n```');
      await ann.say('À tout à l’heure');
      await ann.sees('Ann', 'À tout à l’heure');
      await isFine(ann, 'talk');
      if (size !== 'wide') {
        await ann.page.locator('#people-open').click();
        await ann.page.locator('#people li', { hasText: 'Bob' }).waitFor();
        await isFine(ann, 'people');
        await ann.page.keyboard.press('Escape');
      }

      for (let n = 0; n < 10; n += 1) await ann.say(`ligne\n\n${n}`);
      await ann.sees('Ann', 'ligne\n\n9');
      await ann.page.locator('chat-log').evaluate((element) => { element.scrollTop = 0; });
      await ann.jump.waitFor();
      await isFine(ann, 'further up');

      await ann.nameField.fill('Ann '.repeat(30));
      await ann.say('non');
      await ann.page.locator('[data-state="failed"]').waitFor();
      await isFine(ann, 'failed');
      await ann.nameField.fill('Ann');

      await ann.page.evaluate(() => { Math.random = () => 100; });
      await stage.server.kill();
      await ann.isOffline();
      await ann.say('plus tard');
      await isFine(ann, 'lost');

      await stage.server.restart();
      await ann.page.locator('chat-bar button').click();
      await ann.page.locator('chat-bar.is-back').waitFor();
      await isFine(ann, 'back');
      await stage.server.stop();
      await ann.isOffline();
      await stage.server.restart();
      await ann.page.locator('chat-bar button').click();
      await ann.page.locator('.separator.gap').waitFor();
      await isFine(ann, 'gap');

      await ann.page.goto(new URL('about', stage.server.url).href);
      await isFine(ann, 'about');
    });
  }

  test('forced colours and reduced motion take nothing away', async () => {
    const ann = await stage.open(stage.server.url, { name: 'Ann', forcedColors: 'active', reducedMotion: 'reduce' });
    await ann.say('bonjour');
    await ann.sees('Ann', 'bonjour');
    await isFine(ann, 'talk');
    const border = await ann.page.locator('.own .text').evaluate((element) => getComputedStyle(element).borderTopStyle);
    assert.equal(border, 'solid', 'one’s own are told apart without colours');
  });

  test('a text made twice as large still fits', async () => {
    // What a zoom of 200 % makes of a window 1280 wide.
    const ann = await stage.open(stage.server.url, {
      name: 'Ann', viewport: { width: 640, height: 400 }, deviceScaleFactor: 2,
    });
    await ann.say('bonjour');
    await ann.sees('Ann', 'bonjour');
    await isFine(ann, 'talk');
    const log = await ann.page.locator('chat-log').boundingBox();
    assert.ok(log && log.height > 120, 'there is room left to read');
  });

  test('a keyboard laid over the page leaves the composer in sight; a pinch changes nothing', async () => {
    const ann = await stage.open(stage.server.url, { viewport: viewports['phone'] ?? null });
    // As iOS does it, which no browser here can.
    await ann.page.addInitScript(() => {
      const viewport = Object.assign(new EventTarget(), { height: innerHeight, scale: 1 });
      Object.defineProperty(window, 'visualViewport', { value: viewport });
    });
    await ann.page.reload();
    await ann.isOnline();
    /** @param {number} height @param {number} scale */
    const resize = (height, scale) => ann.page.evaluate(([h, s]) => {
      const viewport = /** @type {EventTarget} */ (window.visualViewport);
      Object.assign(viewport, { height: h, scale: s }).dispatchEvent(new Event('resize'));
      return document.querySelector('chat-composer')?.getBoundingClientRect().bottom;
    }, [height, scale]);
    assert.equal(await resize(430, 1), 430);
    assert.equal(await resize(390, 2), 780);
  });
});

describe('over TLS', () => {
  test('the page is https, its socket wss', async () => {
    const server = await Server.start({ args: ['--tls', 'self-signed'] });
    // What a context ignores holds for its pages; the service worker is fetched by the browser itself.
    const browser = await openBrowser(['--ignore-certificate-errors']);
    try {
      assert.match(server.url, /^https:/);
      const [ann, bob] = [
        await Person.open(browser, server.url, { name: 'Ann' }),
        await Person.open(browser, server.url, { name: 'Bob' }),
      ];
      await ann.say('chut');
      await bob.sees('Ann', 'chut');
      assert.match(await ann.page.locator('#welcome-snippet').textContent() ?? '', /wss:/);
      ann.isWell();
    } finally {
      await browser.close();
      await server.stop();
    }
  });
});
