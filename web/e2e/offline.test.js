/** Without a network: the page opens with the last messages, keeps what is written, and is never an old one. */

import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isFine, Person, Stage } from './harness.js';

describe('without a network', () => {
  const stage = new Stage('a server each');


  /** Waits until the page can open without a network, with this many messages. @param {Person} person @param {string} room @param {number} n_messages */
  async function isReady(person, room, n_messages) {
    await person.waitsFor(async ([name, n]) => {
      const [snapshot] = await caches.keys();
      if (snapshot === undefined) return false; // To open it would make one.
      const files = await (await caches.open(snapshot)).keys();
      const kept = JSON.parse(localStorage.getItem(`palabre.last.${name}`) ?? '{}');
      return files.length > 0 && navigator.serviceWorker.controller !== null && kept.messages?.length === n;
    }, /** @type {const} */ ([room, n_messages]));
  }

  test('the page opens with the last messages, and what is written goes out once', async () => {
    const ann = await stage.open(stage.room('tea'), { name: 'Ann' });
    const bob = await stage.open(stage.room('tea'), { name: 'Bob' });
    await ann.say('**first**');
    await bob.sees('Ann', 'first');
    await bob.say('second');
    await ann.sees('Bob', 'second');
    await isReady(ann, 'tea', 2);

    await stage.server.kill();
    await ann.page.context().setOffline(true);
    await ann.page.reload();
    await ann.page.locator('.message[data-state="sent"]', { hasText: 'second' }).waitFor();
    await ann.reads(['first', 'second']);
    assert.equal(await ann.page.locator('.message .text strong').textContent(), 'first');
    await ann.isOffline();
    await ann.say('written away');
    await ann.page.locator('.message[data-state="pending"]', { hasText: 'written away' }).waitFor();
    await isFine(ann, 'without a network');
    await ann.page.reload();
    await ann.page.locator('.message[data-state="pending"]', { hasText: 'written away' }).waitFor();

    await stage.server.restart();
    await bob.isOnline();
    await bob.say('meanwhile');
    await bob.sees('Bob', 'meanwhile');
    await ann.page.context().setOffline(false);
    await ann.sees('Ann', 'written away');
    await bob.sees('Ann', 'written away');
    await ann.sees('Bob', 'meanwhile');
    assert.equal(await bob.count('written away'), 1);
    assert.equal(await ann.count('written away'), 1);
    await ann.reads(await bob.texts());
  });

  test('what is changed without a network shows at once, outlives a reload, and goes out once, in order', async () => {
    const url = stage.room('tea');
    const ann = await stage.open(url, { name: 'Ann' });
    const bob = await stage.open(url, { name: 'Bob' });
    for (const text of ['to delete', 'to edit']) {
      await ann.say(text);
      await bob.sees('Ann', text);
    }
    await bob.say('to react to');
    await ann.sees('Bob', 'to react to');
    await isReady(ann, 'tea', 3);

    await stage.server.kill();
    await ann.page.context().setOffline(true);
    await ann.isOffline();
    await ann.field.press('ArrowUp');
    await ann.say('edited once');
    await ann.field.press('ArrowUp');
    assert.equal(await ann.field.inputValue(), 'edited once', 'one goes on from what one sees');
    await ann.say('edited twice');
    await act(ann, 'to delete', 'delete');
    await ann.page.locator('[data-act="sure"]').click();
    await act(ann, 'to react to', 'quick');
    await ann.say('and this');
    const isShown = async () => {
      await row(ann, 'Message supprimé').locator('.waits', { hasText: 'Suppression en attente' }).waitFor();
      await row(ann, 'edited twice').locator('.waits', { hasText: 'Modification en attente' }).waitFor();
      await row(ann, 'to react to').locator('.waits', { hasText: 'Réaction en attente' }).waitFor();
      await row(ann, 'to react to').locator('.chip[aria-pressed="true"]').waitFor();
      await ann.page.locator('.message[data-state="pending"]', { hasText: 'and this' }).waitFor();
    };
    await isShown();
    await isFine(ann, 'changes that wait');
    await ann.page.reload();
    await isShown();

    await stage.server.restart();
    await ann.page.context().setOffline(false);
    await bob.sees('Ann', 'and this');
    await row(bob, 'edited twice').waitFor();
    await row(bob, 'Message supprimé').waitFor();
    await row(bob, 'to react to').locator('.chip[title="Ann"]').waitFor();
    await ann.page.waitForFunction(() => document.querySelector('.waits, .trouble') === null);
    assert.equal(await bob.page.getByText('to delete').count(), 0);
    const all = await history(url);
    assert.deepEqual(all.slice(3).map(({ type, target, message }) => [type, target, message]), [
      ['edit', 2, 'edited once'], ['edit', 2, 'edited twice'], ['delete', 1, '🗑'], ['reaction', 3, '👍'], [undefined, undefined, 'and this'],
    ]);
  });

  test('a change that is refused afterwards says so at its message, and can be let go', async () => {
    const url = stage.room('tea');
    const ann = await stage.open(url, { name: 'Ann' });
    await ann.say('here');
    await ann.sees('Ann', 'here');
    const other = new Person(await ann.page.context().newPage());
    await other.page.goto(url);
    for (const { page } of [ann, other]) await page.locator('#typing').waitFor({ state: 'attached' });
    await ann.page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide')));
    await ann.field.press('ArrowUp');
    await ann.say('changed');
    await row(ann, 'changed').locator('.waits').waitFor();
    // Another window of hers deletes it meanwhile.
    await act(other, 'here', 'delete');
    await other.page.locator('[data-act="sure"]').click();
    await row(other, 'Message supprimé').waitFor();

    await ann.page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow')));
    const trouble = row(ann, 'Message supprimé').locator('.trouble', { hasText: 'ce message n’est plus là' });
    await trouble.waitFor();
    await isFine(ann, 'a change that was refused');
    await trouble.locator('button', { hasText: 'Laisser tel quel' }).click();
    await trouble.waitFor({ state: 'detached' });
    assert.equal(await ann.page.evaluate(() => document.activeElement?.className.includes('message')), true, 'the focus stays');
    await ann.page.reload();
    await row(ann, 'Message supprimé').waitFor();
    assert.equal(await ann.page.evaluate(() => Object.keys(localStorage).some((key) => key.includes('drafts'))), false);
  });

  test('a room that was never seen opens empty, and a server that is away behind its proxy counts as no network', async () => {
    const ann = await stage.open(stage.room('tea'), { name: 'Ann' });
    await ann.say('here');
    await ann.sees('Ann', 'here');
    await isReady(ann, 'tea', 1);
    await stage.server.kill();
    // As a link would: `goto` may take the worker's failed try of the network for the page's.
    await ann.page.evaluate(() => { location.href = '/rooms/chess'; });
    await ann.page.waitForURL('**/rooms/chess');
    await ann.isOffline();
    await ann.reads([]);
    assert.equal(await ann.page.locator('#room-title').textContent(), '# chess');
    await stage.server.restart();
  });

  test('a room that one leaves leaves nothing behind', async () => {
    // At once, and not by way of another: a page that is left while its service worker starts may find itself without one.
    const ann = await stage.open(stage.room('tea'), { name: 'Ann', viewport: { width: 1360, height: 800 } });
    await ann.say('here');
    await ann.sees('Ann', 'here');
    await isReady(ann, 'tea', 1);
    await ann.page.locator('#room-name').fill('milk');
    await ann.page.locator('#room-name').press('Enter');
    await ann.page.waitForURL('**/rooms/milk');
    await ann.page.locator('.rooms .visited li', { hasText: 'tea' }).hover();
    await ann.page.locator('.rooms .visited li', { hasText: 'tea' }).locator('.leave').click();
    await ann.page.waitForFunction(() => localStorage.getItem('palabre.last.tea') === null);
  });

  test('a new version of the server is a new page at once', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'palabre-web-'));
    await cp(fileURLToPath(new URL('..', import.meta.url)), folder, {
      recursive: true, filter: (source) => !/node_modules|e2e|tests/.test(source),
    });
    try {
      const ann = await stage.open(stage.server.url, { name: 'Ann' });
      await ann.say('here');
      await ann.sees('Ann', 'here');
      await isReady(ann, 'general', 1);
      const before_change = await ann.page.evaluate(() => caches.keys());
      assert.equal(before_change.length, 1);

      // Another version: its service worker says so, as that of another build does.
      const html = join(folder, 'index.html');
      await writeFile(html, (await readFile(html, 'utf8')).replace('<title>Palabre', '<title>Palabre 2'));
      await stage.server.end();
      await stage.server.restart(['--web', folder]);
      await ann.page.reload();
      await ann.isOnline();
      assert.match(await (await ann.page.request.get(stage.server.url)).text(), /<title>Palabre 2/);
      assert.match(await ann.page.evaluate(async () => (await fetch('/')).text()), /<title>Palabre 2/);
      // As it is written the worker keeps nothing: the old snapshot goes, and the page comes from the folder.
      await ann.waitsFor(async () => (await caches.keys()).length === 0, null);
      await writeFile(html, (await readFile(html, 'utf8')).replace('<title>Palabre 2', '<title>Palabre 3'));
      await ann.page.reload();
      assert.match(await ann.page.evaluate(() => document.querySelector('title')?.outerHTML ?? ''), /Palabre/);
      assert.match(await ann.page.evaluate(async () => (await fetch(location.href)).text()), /<title>Palabre 3/);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('the page can be installed', async () => {
    const ann = await stage.open(stage.server.url);
    const href = await ann.page.locator('link[rel="manifest"]').getAttribute('href');
    const manifest = await (await ann.page.request.get(new URL(href ?? '', stage.server.url).href)).json();
    assert.equal(manifest.display, 'standalone');
    for (const { src, sizes, type } of manifest.icons) {
      const icon = await ann.page.request.get(new URL(src, stage.server.url).href);
      assert.equal(icon.headers()['content-type'], type);
      if (type !== 'image/png') continue;
      const body = await icon.body();
      assert.equal(`${body.readUInt32BE(16)}x${body.readUInt32BE(20)}`, sizes);
      assert.ok(body.length <= 8 * 1024, `${src}: ${body.length} bytes`);
    }
    const devtools = await ann.page.context().newCDPSession(ann.page);
    const { errors } = await devtools.send('Page.getAppManifest');
    assert.deepEqual(errors, []);
    ann.isWell();
  });
});

/** @param {Person} person @param {string} text */
function row({ page }, text) {
  return page.locator('.message', { hasText: text });
}

/** @param {Person} person @param {string} text @param {string} what */
async function act(person, text, what) {
  await row(person, text).hover();
  await row(person, text).locator(`[data-act="${what}"]`).first().click();
}

/** All that was published in a room. @param {string} room @returns {Promise<any[]>} */
async function history(room) {
  const { default: WebSocket } = await import('ws');
  const socket = new WebSocket(`${room.replace('http', 'ws')}?history=100`);
  /** @type {any[]} */
  const all = [];
  await new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () => socket.send(JSON.stringify({ sender: 'Test', message: 'the end' })));
    socket.on('message', (data) => {
      const published = JSON.parse(String(data));
      if (published.message === 'the end') resolve(null);
      else all.push(published);
    });
  });
  socket.close();
  return all;
}
