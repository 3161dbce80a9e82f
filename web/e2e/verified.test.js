/** Names that an application vouches for, by its tokens: marked as such, whoever else bears them. */

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { Centrifuge } from 'centrifuge';
import WebSocket from 'ws';
import { isFine, openBrowser, Person, Server } from './harness.js';
import { keyFile, sign } from './tokens.js';

describe('verified names', () => {
  /** @type {import('playwright-core').Browser} */
  let browser;
  /** @type {Server} */
  let server;
  /** @type {Awaited<ReturnType<typeof keyFile>>} */
  let key;
  /** @type {(() => void)[]} */
  let ends = [];

  before(async () => {
    key = await keyFile();
    server = await Server.start({ args: ['--token-key', key.path] });
    browser = await openBrowser();
  });
  afterEach(async () => {
    for (const end of ends.splice(0)) end();
    for (const context of browser.contexts()) await context.close();
  });
  after(async () => {
    await browser.close();
    await server.stop();
    await key.remove();
  });

  /** @param {string} room */
  const url = (room) => new URL(`rooms/${room}`, server.url).href;

  /** Somebody by the application's own client. @param {string} room @param {object} claims @param {any} [data] */
  async function member(room, claims, data) {
    const client = new Centrifuge(`${server.url.replace('http', 'ws')}connection/websocket`, {
      websocket: WebSocket, token: sign(claims), ...(data && { data }),
    });
    ends.push(() => client.disconnect());
    const subscription = client.newSubscription(`room:${room}`);
    subscription.subscribe();
    client.connect();
    await subscription.ready();
    return subscription;
  }

  test('who has one is told apart from who only says so, in the list and at the messages', async () => {
    const ann = await Person.open(browser, url('names'), { name: 'Ann', viewport: { width: 1360, height: 800 } });
    const app = await member('names', { sub: '42', name: 'Aïcha' });
    // A token without a name vouches for none, whatever its bearer says of itself.
    const liar = await member('names', { sub: '43' }, { name: 'Aïcha', verified: true });
    const plain = new WebSocket(`${url('names').replace('http', 'ws')}?name=A%C3%AFcha`);
    ends.push(() => plain.close());
    await new Promise((resolve) => { plain.on('open', resolve); });

    await app.publish({ sender: 'somebody else', message: 'the one' });
    await ann.sees('Aïcha', 'the one');
    await liar.publish({ sender: 'Aïcha', message: 'a liar', verified: true });
    await ann.sees('Aïcha', 'a liar');
    plain.send(JSON.stringify({ message: 'a guest', verified: true }));
    await ann.sees('Aïcha', 'a guest');

    /** @param {string} text */
    const mark = (text) => ann.page.locator('.message', { hasText: text }).locator('.name-mark');
    const vouched = mark('the one');
    await vouched.and(ann.page.getByRole('img', { name: 'Nom vérifié par le serveur' })).waitFor();
    assert.equal(await vouched.textContent(), '✓');
    await mark('a liar').filter({ hasText: /^#43$/ }).waitFor();
    await mark('a guest').filter({ hasText: /^\?$/ }).waitFor();
    const list = ann.page.locator('#people li', { hasText: 'Aïcha' });
    for (const [sign, is_vouched] of /** @type {const} */ ([['✓', true], ['#43', false], ['?', false]])) {
      const shown = list.locator('.name-mark', { hasText: sign });
      await shown.waitFor();
      assert.equal(await shown.evaluate((element) => element.classList.contains('verified')), is_vouched, sign);
    }
    await isFine(ann, 'verified names');

    // It is the server's word, and kept with the message.
    await ann.page.reload();
    await ann.sees('Aïcha', 'the one');
    await vouched.filter({ hasText: '✓' }).waitFor();
    assert.equal(await ann.page.locator('.message .name-mark.verified').count(), 1);
    ann.isWell();
  });

  test('a page with such a token speaks under its name, and under no other', async () => {
    const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1360, height: 800 } });
    await context.addInitScript((token) => localStorage.setItem('palabre.token', token), sign({ sub: '42', name: 'Aïcha' }));
    const aicha = new Person(await context.newPage());
    await aicha.page.goto(url('own'));
    await aicha.isOnline();
    await aicha.isWith('Aïcha');
    await aicha.page.locator('#name[readonly][title="The server vouches for this name"]').waitFor();
    assert.equal(await aicha.nameField.inputValue(), 'Aïcha');
    await aicha.page.locator('#people li .name-mark.verified').waitFor();
    await aicha.say('hello');
    await aicha.sees('Aïcha', 'hello');
    await aicha.page.locator('.message.own .name-mark.verified').waitFor();
    await isFine(aicha, 'a verified name of one’s own');

    // Her own in another window, too, though that one has not said it.
    const window = new Person(await context.newPage());
    await window.page.goto(url('own'));
    await window.sees('Aïcha', 'hello');
    await window.page.locator('.message.own', { hasText: 'hello' }).waitFor();
    for (const person of [aicha, window]) person.isWell();
  });
});
