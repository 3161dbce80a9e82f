/** How the actions on messages look and read, in every state, theme and size; and that nothing hostile gets through them. */

import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { Centrifuge } from 'centrifuge';
import WebSocket from 'ws';
import { isFine, Stage } from './harness.js';

const stage = new Stage('one server', ['--message-rate', '0']);
/** @type {Centrifuge[]} */
let programs = [];
afterEach(async () => {
  for (const client of programs) client.disconnect();
  programs = [];
});

const looks = /** @type {const} */ ([
  ['light', { width: 1360, height: 800 }, 'fr-FR'], ['dark', { width: 1360, height: 800 }, 'en-GB'],
  ['light', { width: 390, height: 780 }, 'en-GB'], ['dark', { width: 320, height: 568 }, 'fr-FR'],
]);

/** @param {string} room @param {import('playwright-core').BrowserContextOptions & { name?: string }} [options] */
async function open(room, options) {
  const person = await stage.open(stage.room(room), options);
  await person.page.locator('#typing').waitFor({ state: 'attached' });
  return person;
}

/**
 * Somebody with a program of their own, who may send what no page would.
 * @param {string} room
 * @param {string} name
 */
async function program(room, name) {
  const client = new Centrifuge(`${stage.server.url.replace('http', 'ws')}connection/websocket`, { websocket: WebSocket, data: { name } });
  programs.push(client);
  const subscription = client.newSubscription(`room:${room}`, { positioned: true, recoverable: true });
  const passing = client.newSubscription(`live:${room}`);
  subscription.subscribe();
  passing.subscribe();
  client.connect();
  await Promise.all([subscription.ready(), passing.ready()]);
  return { say: (/** @type {object} */ data) => subscription.publish({ sender: name, ...data }), live: (/** @type {object} */ data) => passing.publish(data) };
}

describe('actions on messages', () => {
  for (const [colorScheme, viewport, locale] of looks) {
    test(`${colorScheme}, ${viewport.width} px, ${locale}`, async () => {
      const room = `regard-${colorScheme}-${viewport.width}`;
      const touch = viewport.width < 1_000;
      const ann = await open(room, { name: 'Ann', colorScheme, viewport, locale, hasTouch: touch, isMobile: touch });
      const bob = await open(room, { name: 'Bob' });
      await bob.say('Qui vient @Ann ? Il faut **apporter** à manger et des chaises, une vingtaine au moins');
      await ann.page.locator('.mention.me').waitFor();
      await ann.say('@Bob moi');
      await ann.sees('Ann', '@Bob moi');
      const rows = ann.page.locator('.message');
      /** @param {number} n @param {string} act */
      const press = async (n, act) => {
        if (touch) await rows.nth(n).locator('.text').tap();
        else await rows.nth(n).hover();
        await isFine(ann, `tools of message ${n}`);
        await rows.nth(n).locator(`[data-act="${act}"]:visible`).first().click();
      };
      await press(1, 'react');
      await ann.page.locator('#emoji-search').waitFor();
      await isFine(ann, 'picker');
      await ann.page.locator('.emojis button').first().click();
      await ann.page.locator('.chip').waitFor();
      await press(0, 'reply');
      await isFine(ann, 'replying');
      await ann.say('oui, j’apporte les chaises');
      await ann.page.locator('.quote').waitFor();
      await press(1, 'edit');
      await isFine(ann, 'editing');
      await ann.say('@Bob moi aussi');
      await ann.page.locator('.edited').waitFor();
      await press(2, 'delete');
      await isFine(ann, 'sure');
      await ann.page.locator('[data-act="sure"]').click();
      await ann.page.locator('.deleted').waitFor();
      await ann.field.pressSequentially('@b');
      await ann.page.locator('#completion li').waitFor();
      await isFine(ann, 'completion');
      await bob.field.pressSequentially('j');
      await ann.page.locator('#typing', { hasText: 'Bob' }).waitFor();
      await isFine(ann, 'typing');
      ann.isWell();
    });
  }

  test('forced colours and reduced motion take nothing away; twice as large, all still fits', async () => {
    const ann = await open('regard-contraste', { name: 'Ann', forcedColors: 'active', reducedMotion: 'reduce', viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 });
    await ann.say('bonjour');
    await ann.sees('Ann', 'bonjour');
    await ann.page.locator('.message').hover();
    await ann.page.locator('[data-act="quick"]').first().click();
    await ann.page.locator('.chip[aria-pressed="true"]').waitFor();
    assert.equal(await ann.page.locator('.chip').evaluate((element) => getComputedStyle(element, '::before').borderTopWidth), '2px');
    await isFine(ann, 'chip');
    await ann.page.locator('#emoji-open').click();
    await ann.page.locator('#emoji-picker').waitFor();
    await isFine(ann, 'picker');
    const box = await ann.page.locator('#emoji-picker').boundingBox();
    assert.ok(box !== null && box.y >= 0 && box.y + box.height <= 400, JSON.stringify(box));
    await ann.page.keyboard.press('Escape');
    await ann.page.locator('chat-log').focus();
    await ann.page.keyboard.press('?');
    await ann.page.locator('#keys').waitFor();
    await isFine(ann, 'keys');
  });
});

describe('what is hostile', () => {
  const nasty = [
    '<img src=x onerror="hurt()">', '<script>hurt()</script>', '"><svg onload=hurt()>', '\u202eabc\u202d\u2066x', 'a\u200bb\u2060c\ufeff',
    'w'.repeat(10_000), `e${'\u0301'.repeat(500)}`, '👩‍👩‍👧‍👦'.repeat(50), '`'.repeat(500), '@'.repeat(2_000), ':a:'.repeat(2_000), '${hurt()}', '{name}',
  ];

  test('in a message, its edit, its quote, its reactions, a name and what is typed: text, in its place', async () => {
    const ann = await open('hostile', { name: 'Ann', viewport: { width: 360, height: 640 } });
    await ann.page.evaluate(() => { /** @type {any} */ (window).hurt = () => { document.title = 'hurt'; }; });
    const { say, live } = await program('hostile', '<b>M</b>\u202e');
    let offset = 0;
    for (const text of nasty) {
      await say({ message: 'avant' });
      await say({ message: text, reply: offset + 1 });
      await say({ type: 'edit', target: offset + 1, message: `${text} @Ann` });
      offset += 3;
    }
    for (const emoji of ['<i>', '\u202ex', 'wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww', '__proto__', '👩‍👩‍👧‍👦']) {
      await say({ type: 'reaction', target: offset - 1, message: emoji });
    }
    // Fields that are not what they should be, which the server lets be or drops.
    for (const more of [{ reply: 9_999_999 }, { edited: 1, deleted: 2, reactions: { a: { b: 'c' } }, verified: true }, { mentions: ['<b>'] }]) await say({ message: 'bizarre', ...more }).catch(() => {});
    // Two channels have no order between them, and who says something is not typing any more.
    await ann.page.getByText('bizarre').last().waitFor();
    await live({ type: 'typing', sender: '<img src=x onerror=hurt()>\u202e'.repeat(20), message: '…' });
    await live({ type: 'typing', sender: { toString: 1 }, message: 1 }).catch(() => {});
    await ann.page.locator('#typing', { hasText: '<img' }).waitFor();
    await ann.page.locator('.chip[data-emoji="__proto__"]').waitFor();

    assert.equal(await ann.page.locator('.message img, .message script, .message svg:not(.message-tools svg), .message i, .message b').count(), 0);
    assert.notEqual(await ann.page.title(), 'hurt');
    const out = await ann.page.evaluate(() => [...document.querySelectorAll('.message .body, .message .body > *, .chip, #typing')].filter((element) => {
      const { left, right } = element.getBoundingClientRect();
      return right > innerWidth + 1 || left < -1;
    }).map((element) => element.className));
    assert.deepEqual(out, []);
    await isFine(ann, 'hostile');
    ann.isWell();
  });

  test('typed, searched and completed: none of it runs, holds the page up or breaks it', async () => {
    const ann = await open('hostile-2', { name: '<img src=x onerror=hurt()>' });
    const bob = await open('hostile-2', { name: '@Ann <b>\u202e' });
    await bob.say('là');
    await ann.sees('@Ann <b>\u202e', 'là');
    for (const text of nasty) {
      await ann.field.fill(text);
      await ann.field.press('End');
      await ann.field.press('ArrowLeft');
      await ann.page.locator('#emoji-open').click();
      await ann.page.locator('#emoji-search').fill(text.slice(0, 500));
      await ann.page.keyboard.press('Escape');
    }
    await ann.field.fill('');
    await ann.field.pressSequentially('@');
    await ann.page.locator('#completion li', { hasText: '<b>' }).waitFor();
    await ann.field.press('Enter');
    await ann.field.press('Enter');
    await bob.page.locator('.mention.me', { hasText: '@Ann <b>' }).waitFor();
    assert.equal(await bob.page.locator('.message b').count(), 0);
    ann.isWell();
    bob.isWell();
  });
});
