/** A room in a page of others: admitted or not, in another language and theme, kept apart. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, afterEach, before, describe, test } from 'node:test';
import { isFine, openBrowser, Person, Server } from './harness.js';

/**
 * Chromium says aloud that a dialog's first button, as it comes into the page
 * closed, does not take the focus in a frame. That is as it should be.
 * @param {Person} guest
 */
function isWell(guest) {
  guest.errors = guest.errors.filter((error) => !error.startsWith('Blocked autofocusing'));
  guest.isWell();
}

describe('a room in a page of others', () => {
  /** @type {import('playwright-core').Browser} */
  let browser;
  /** @type {import('node:http').Server} */
  let site;
  /** @type {string} */
  let origin;
  /** The page of others, with what it says about the room. */
  let html = '';
  /** @type {Server | null} */
  let server = null;

  before(async () => {
    browser = await openBrowser(['--host-resolver-rules=MAP shop.example 127.0.0.1']);
    site = createServer((_, response) => {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(html);
    });
    site.listen(0, '127.0.0.1');
    await once(site, 'listening');
    const { port } = /** @type {import('node:net').AddressInfo} */ (site.address());
    origin = `http://shop.example:${port}`;
  });
  after(async () => {
    await browser.close();
    site.close();
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    await server?.stop();
  });

  /** @param {string[]} args @param {string} [attributes] */
  async function visit(args, attributes = 'room="support"') {
    server = await Server.start({ args });
    html = `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Shop</title>
      <main><h1>Shop</h1><palabre-chat ${attributes}></palabre-chat></main>
      <script type="module" src="${server.url}embed.js"></script>`;
    const context = await browser.newContext({ viewport: { width: 600, height: 700 }, locale: 'en-GB' });
    const guest = new Person(await context.newPage());
    await guest.page.goto(origin);
    const frame = guest.page.frameLocator('palabre-chat iframe');
    return { server, guest, frame };
  }

  test('a page that is allowed shows the room, and one talks in it', async () => {
    const { server: chat, guest, frame } = await visit([`--allow-origin=${origin}`], 'room="support" name="Léa"');
    await frame.locator('.presence[data-phase="open"]').waitFor();
    assert.equal(await frame.locator('#name').inputValue(), 'Léa');
    assert.equal(await guest.page.evaluate(() => document.activeElement?.localName), 'body', 'the focus stays where it was');
    const helper = await Person.open(browser, `${chat.url}rooms/support`, { name: 'Helper' });
    await frame.locator('#message').fill('Where is my parcel?');
    await frame.locator('#message').press('Enter');
    await helper.sees('Léa', 'Where is my parcel?');
    await helper.say('On its way');
    await frame.locator('.message', { hasText: 'On its way' }).waitFor();
    for (const hidden of ['.brand', '#rooms-open', 'chat-rooms', 'a[href="/about"]']) {
      assert.equal(await frame.locator(hidden).first().isVisible(), false, hidden);
    }
    await frame.locator('#people-open').waitFor();
    await isFine(guest, 'a page with a room in it');
    isWell(guest);

    // The keyboard goes in and out: from the page into the frame, and on.
    await guest.page.locator('h1').click();
    await guest.page.keyboard.press('Tab');
    await guest.page.waitForFunction(() => document.activeElement?.localName === 'palabre-chat');

    // The page may change its mind.
    await guest.page.locator('palabre-chat').evaluate((chat) => chat.setAttribute('room', 'sales'));
    await frame.locator('#room-title', { hasText: 'sales' }).waitFor();
    assert.equal(await guest.page.locator('palabre-chat iframe').getAttribute('title'), 'Palabre: sales');
  });

  test('language and theme are the page’s to say', async () => {
    const { guest, frame } = await visit([`--allow-origin=${origin}`], 'lang="fr" theme="dark"');
    await frame.locator('.presence[data-phase="open"]').waitFor();
    assert.equal(await frame.locator('html').getAttribute('lang'), 'fr');
    assert.equal(await frame.locator('#room-title').textContent(), 'Salon général');
    const paper = () => frame.locator('body').evaluate((body) => getComputedStyle(body).backgroundColor);
    assert.equal(await paper(), 'rgb(21, 19, 15)');
    await guest.page.locator('palabre-chat').evaluate((chat) => chat.setAttribute('theme', 'light'));
    await frame.locator('.presence[data-phase="open"]').waitFor();
    assert.equal(await paper(), 'rgb(250, 247, 242)');
    isWell(guest);
  });

  test('a page that is not allowed is told so, and its console says which option', async () => {
    const { server: chat, guest } = await visit([]);
    const problem = guest.page.locator('palabre-chat [role="alert"]');
    await problem.waitFor();
    assert.equal(await problem.textContent(), 'The chat server does not admit this page.');
    assert.equal(await guest.page.locator('palabre-chat iframe').isVisible(), false);
    assert.ok(guest.errors.some((error) => error.includes(`--allow-origin ${origin} would admit it`)), guest.errors.join('\n'));
    // The browser holds it off, whatever the page does about the message.
    const [framed] = guest.page.frames().slice(1);
    assert.notEqual(new URL(framed?.url() ?? '').origin, new URL(chat.url).origin);
    await isFine(guest, 'not admitted');
  });

  test('a server that is away is named, and comes back with the network', async () => {
    const { server: chat, guest, frame } = await visit([`--allow-origin=${origin}`]);
    await frame.locator('.presence[data-phase="open"]').waitFor();
    await guest.page.route(`${chat.url}embed`, (route) => route.abort());
    await guest.page.locator('palabre-chat').evaluate((element) => {
      const again = document.createElement('palabre-chat');
      again.lang = 'fr';
      element.replaceWith(again);
    });
    const problem = guest.page.locator('palabre-chat [role="alert"]');
    await problem.waitFor();
    assert.equal(await problem.textContent(), 'Le serveur de discussion est injoignable.');
    await guest.page.unroute(`${chat.url}embed`);
    await guest.page.evaluate(() => dispatchEvent(new Event('online')));
    await frame.locator('.presence[data-phase="open"]').waitFor();
    assert.equal(await problem.isVisible(), false);
  });
});
