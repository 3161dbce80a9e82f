/** What is kept: the history of a room, who is in it, and what one has written, through reloads, crashes and many windows. */

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { isFine, openBrowser, Person, Server } from './harness.js';

/** @typedef {import('playwright-core').BrowserContextOptions} ContextOptions */

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => { browser = await openBrowser(); });
after(() => browser.close());
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
});

describe('a room remembers', () => {
  /** @type {Server} */
  let server;
  let n_rooms = 0;
  before(async () => { server = await Server.start(); });
  after(() => server.stop());

  function newRoom() {
    n_rooms += 1;
    return new URL(`rooms/garde-${n_rooms}`, server.url).href;
  }

  test('what was said is there after a reload, and one’s own is one’s own', async () => {
    const room = newRoom();
    const [ann, bob] = [await Person.open(browser, room, { name: 'Ann' }), await Person.open(browser, room, { name: 'Bob' })];
    await ann.say('un');
    await ann.sees('Ann', 'un');
    await bob.say('deux');
    await ann.sees('Bob', 'deux');
    await ann.page.reload();
    await ann.sees('Bob', 'deux');
    await ann.reads(['un', 'deux']);
    assert.deepEqual(await ann.page.locator('.own .text').allTextContents(), ['un']);
    assert.equal(await ann.page.title(), '# garde-1 · Palabre', 'what is old is not unread');

    const tab = new Person(await ann.page.context().newPage());
    await tab.page.goto(room);
    await tab.sees('Bob', 'deux');
    assert.deepEqual(await tab.page.locator('.own .text').allTextContents(), ['un'], 'in another window too');
    ann.isWell();
  });

  test('an empty room says so, one that is not does not', async () => {
    const room = newRoom();
    const ann = await Person.open(browser, room, { name: 'Ann' });
    await ann.page.locator('chat-welcome').waitFor();
    await ann.say('un');
    await ann.sees('Ann', 'un');
    await ann.page.reload();
    await ann.sees('Ann', 'un');
    assert.equal(await ann.page.locator('chat-welcome').isVisible(), false);
    await ann.page.getByText('Le salon commence ici').waitFor();
  });

  test('scrolling up goes back to the first message, each once, and what one reads stays where it is', async () => {
    const room = newRoom();
    const n_messages = 640;
    await fill(room, n_messages);
    const ann = await Person.open(browser, room, { name: 'Ann', viewport: { width: 900, height: 700 } });
    await ann.sees('Flood', `m${n_messages}`);
    await ann.page.evaluate(() => {
      let n_frames = 0;
      /** The next frame, for loops that end in failure rather than never. */
      /** @type {any} */ (window).frame = () => new Promise((resolve, reject) => {
        n_frames += 1;
        if (n_frames > 3_000) reject(new Error('nothing comes'));
        else requestAnimationFrame(resolve);
      });
    });

    // The row in sight, watched while the page above it comes in.
    const jumps = await ann.page.evaluate(async () => {
      const element = /** @type {HTMLElement} */ (document.querySelector('chat-log'));
      element.scrollTop = 300;
      const { top } = element.getBoundingClientRect();
      const row = [...document.querySelectorAll('.message')].find((each) => each.getBoundingClientRect().top > top);
      if (row === undefined) throw new Error('no row in sight');
      const before_px = row.getBoundingClientRect().top;
      const n_rows = document.querySelectorAll('.message').length;
      const seen = [];
      while (document.querySelectorAll('.message').length === n_rows) {
        await /** @type {any} */ (window).frame();
        seen.push(Math.abs(row.getBoundingClientRect().top - before_px));
      }
      return seen;
    });
    assert.ok(Math.max(...jumps) < 1.5, `moved by ${Math.max(...jumps)} px`);

    // All the way up, in the page bounded.
    const seen = await ann.page.evaluate(async () => {
      const element = /** @type {HTMLElement} */ (document.querySelector('chat-log'));
      const all = new Set();
      let n_most = 0;
      while (document.querySelector('.separator.start') === null) {
        element.scrollTop = 0;
        await /** @type {any} */ (window).frame();
        const rows = [...document.querySelectorAll('.message .text')];
        n_most = Math.max(n_most, rows.length);
        for (const row of rows) all.add(row.textContent);
      }
      const texts = [...document.querySelectorAll('.message .text')].map((row) => row.textContent);
      return { n_all: all.size, n_most, texts };
    });
    assert.equal(seen.n_all, n_messages);
    assert.ok(seen.n_most <= 551, `${seen.n_most} rows`);
    assert.deepEqual(seen.texts, seen.texts.map((_, n) => `m${n + 1}`), 'in order, from the first');

    // What comes meanwhile is counted, not shown; and down again it is all there.
    const bob = await Person.open(browser, room, { name: 'Bob' });
    await bob.say('en bas');
    await ann.page.locator('#jump', { hasText: '1 nouveau message' }).waitFor();
    assert.equal(await ann.count('en bas'), 0);
    await ann.page.evaluate(async () => {
      const element = /** @type {HTMLElement} */ (document.querySelector('chat-log'));
      while ([...document.querySelectorAll('.message .text')].at(-1)?.textContent !== 'en bas') {
        element.scrollTop += 400;
        await /** @type {any} */ (window).frame();
      }
    });
    const texts = await ann.texts();
    assert.deepEqual(texts, [...Array.from({ length: n_messages }, (_, n) => `m${n + 1}`), 'en bas'].slice(-texts.length));
    await bob.say('encore');
    await ann.sees('Bob', 'encore');

    // From far up, the button leads to the end at once; so does speaking.
    for (const down of [() => ann.jump.click(), () => ann.say('moi')]) {
      await ann.page.evaluate(async () => {
        const element = /** @type {HTMLElement} */ (document.querySelector('chat-log'));
        while (document.querySelector('.separator.start') === null) {
          element.scrollTop = 0;
          await /** @type {any} */ (window).frame();
        }
      });
      await down();
      await ann.sees('Bob', 'encore');
      await ann.page.waitForFunction(() => {
        const element = /** @type {HTMLElement} */ (document.querySelector('chat-log'));
        return element.scrollHeight - element.scrollTop - element.clientHeight < 2;
      });
    }
    await ann.sees('Ann', 'moi');
    ann.isWell();
  });

  test('who is here: counted, named, and right as people come and go', async () => {
    const room = newRoom();
    const ann = await Person.open(browser, room, { name: 'Ann', viewport: { width: 1360, height: 800 } });
    await ann.isWith('Ann');
    await ann.page.locator('#people .you', { hasText: 'vous' }).waitFor();
    const bob = await Person.open(browser, room, { name: 'Bob' });
    await bob.page.reload();
    await ann.isWith('Ann', 'Bob');
    await ann.page.locator('#presence-text', { hasText: '2 personnes ici' }).waitFor();

    const tab = new Person(await bob.page.context().newPage());
    await tab.page.goto(room);
    await tab.isOnline();
    await ann.isWith('Ann', 'Bob');
    await tab.nameField.fill('Léa');
    await tab.say('moi aussi');
    await ann.isWith('Ann', 'Bob', 'Léa');

    await tab.page.close();
    await ann.isWith('Ann', 'Bob');
    await bob.close();
    await ann.isWith('Ann');
    await ann.nameField.fill('Ann B.');
    await ann.isWith('Ann B.');
    ann.isWell();
  });

  test('who is here by a plain WebSocket: by the name of the URL, else the last one said, else as Anonyme', async (context) => {
    const room = newRoom();
    const { default: WebSocket } = await import('ws');
    /** @param {string} query */
    const guest = async (query) => {
      const socket = new WebSocket(`${room.replace('http', 'ws')}${query}`);
      context.after(() => socket.close());
      await new Promise((resolve, reject) => { socket.on('open', resolve).on('error', reject); });
      return socket;
    };
    const [silent] = await Promise.all(['', '?name=Moussa', '?name=Moussa', '?name=Ann'].map(guest));
    const ann = await Person.open(browser, room, { name: 'Ann', viewport: { width: 1360, height: 800 } });
    await ann.isWith('Ann', 'Ann', 'Anonyme', 'Moussa');
    await ann.page.locator('#presence-text', { hasText: '5 personnes ici' }).waitFor();
    const li = ann.page.locator('#people li');
    await li.filter({ hasText: 'Moussa' }).getByText('WebSocket × 2').waitFor();
    // The one with her name is not taken for her.
    assert.deepEqual(await li.filter({ hasText: 'Ann' }).locator('.name-mark').count(), 2);
    await li.filter({ hasText: 'WebSocket' }).locator('.name-mark', { hasText: '?' }).waitFor();
    await isFine(ann, 'guests');

    silent?.send(JSON.stringify({ sender: 'Capteur', message: '21 °C' }));
    await ann.sees('Capteur', '21 °C');
    await ann.isWith('Ann', 'Ann', 'Capteur', 'Moussa');
    silent?.close();
    await ann.isWith('Ann', 'Ann', 'Moussa');
    ann.isWell();
  });

  test('those by a plain WebSocket are asked for where one looks alone, and once more where it was too fast', async (context) => {
    const url = newRoom();
    const [room, other] = [`garde-${n_rooms}`, `autre-${n_rooms}`];
    const { default: WebSocket } = await import('ws');
    const guest = new WebSocket(`${url.replace('http', 'ws')}?name=Moussa`);
    context.after(() => guest.close());
    await new Promise((resolve, reject) => { guest.on('open', resolve).on('error', reject); });

    const page = await (await browser.newContext({ locale: 'fr-FR', viewport: { width: 1360, height: 800 } })).newPage();
    const ann = new Person(page);
    /** @type {string[]} */
    const asked = [];
    let cut = () => {};
    await page.routeWebSocket(/connection/, (socket) => {
      const onward = socket.connectToServer();
      cut = () => void socket.close({ code: 3001, reason: 'shutdown' });
      socket.onMessage((frame) => {
        for (const line of String(frame).split('\n')) {
          const { id, rpc } = line === '' ? {} : JSON.parse(line);
          if (rpc?.method === 'guests') asked.push(rpc.data.channel.replace('room:', ''));
          if (rpc?.method !== 'guests' || asked.length > 1) onward.send(line);
          else socket.send(JSON.stringify({ id, error: { code: 111, message: 'too many requests', temporary: true } }));
        }
      });
    });
    await page.goto(url);
    await ann.nameField.fill('Ann');
    await ann.isWith('Ann', 'Moussa');
    await page.locator('#room-name').fill(other);
    await page.locator('#room-name').press('Enter');
    await ann.isWith('Ann');
    await page.goBack();
    await ann.isWith('Ann', 'Moussa');
    assert.deepEqual(asked, [room, room, other, room]);

    cut();
    await ann.isOffline();
    await ann.isOnline();
    // What would be asked of the other room goes out before this comes back.
    await ann.say('revenue');
    await ann.sees('Ann', 'revenue');
    assert.deepEqual(asked, [room, room, other, room, room]);
    ann.isWell();
  });

  test('on a phone the list is behind the count', async () => {
    const room = newRoom();
    const ann = await Person.open(browser, room, { name: 'Ann', viewport: { width: 390, height: 780 }, hasTouch: true });
    assert.equal(await ann.page.locator('#people').isVisible(), false);
    await ann.page.getByRole('button', { name: '1 ici' }).focus();
    await ann.page.keyboard.press('Enter');
    const list = ann.page.locator('#people');
    await list.getByText('Ann').waitFor();
    assert.equal(await ann.page.evaluate(() => document.activeElement?.getAttribute('aria-label')), 'Fermer');
    await ann.page.keyboard.press('Escape');
    assert.equal(await list.isVisible(), false);
    assert.equal(await ann.page.evaluate(() => document.activeElement?.id), 'people-open');
    await ann.page.getByRole('button', { name: '1 ici' }).tap();
    await list.waitFor();
    await ann.page.touchscreen.tap(195, 700);
    assert.equal(await list.isVisible(), false, 'a touch beside it closes it');
  });

  test('a page of a few lines is in the same room, both ways, and what it said is kept', async () => {
    const room = newRoom();
    const ann = await Person.open(browser, room, { name: 'Ann' });
    const plain = await (await browser.newContext()).newPage();
    const file = new URL('pages/plain.html', import.meta.url);
    file.hash = room.replace('http', 'ws');
    await plain.goto(file.href);
    await plain.waitForFunction(() => document.title === 'ouvert');
    await plain.locator('#who').fill('Robot');
    for (const text of ['un', 'deux']) {
      await plain.locator('#text').fill(text);
      await plain.locator('#go').click();
      await ann.sees('Robot', text);
    }
    await ann.say('trois');
    await plain.locator('li', { hasText: 'Ann: trois' }).waitFor();
    await ann.page.reload();
    await ann.sees('Ann', 'trois');
    await ann.reads(['un', 'deux', 'trois']);
    assert.equal(await ann.page.locator('.own').count(), 1);
  });

  test('any page may use the client module', async (context) => {
    const room = newRoom();
    const ann = await Person.open(browser, room, { name: 'Ann' });
    const other = await (await browser.newContext()).newPage();
    // A page of another origin, that holds nothing of ours.
    const elsewhere = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<!doctype html>'));
    await new Promise((resolve) => { elsewhere.listen(0, '127.0.0.1', () => resolve(null)); });
    context.after(() => elsewhere.close());
    const { port } = /** @type {import('node:net').AddressInfo} */ (elsewhere.address());
    await other.goto(`http://127.0.0.1:${port}/`);
    const heard = await other.evaluate(async ([origin, channel]) => {
      const { Client } = await import(`${origin}client.js`);
      const client = new Client(`${origin?.replace('http', 'ws')}connection/websocket`, { data: { name: 'Robot' } });
      const subscription = client.subscribe(channel);
      const published = new Promise((resolve) => subscription.on('publication', resolve));
      client.connect();
      await subscription.publish({ id: crypto.randomUUID?.() ?? 'r1', sender: 'Robot', message: 'd’ailleurs' });
      return /** @type {any} */ (await published).data.message;
    }, [server.url, `room:garde-${n_rooms}`]);
    assert.equal(heard, 'd’ailleurs');
    await ann.sees('Robot', 'd’ailleurs');
    await ann.isWith('Ann', 'Robot');
  });
});

describe('the server is killed', () => {
  /** @type {Server} */
  let server;
  beforeEach(async () => { server = await Server.start(); });
  afterEach(() => server.stop());

  test('everything is there, once, in order; what was typed meanwhile arrives once', async () => {
    const [ann, bob] = [
      await Person.open(browser, server.url, { name: 'Ann' }), await Person.open(browser, server.url, { name: 'Bob' }),
    ];
    /** @type {string[]} */
    const all = [];
    for (let round = 1; round <= 3; round += 1) {
      for (const [who, text] of /** @type {[Person, string][]} */ ([[ann, `ann ${round}`], [bob, `bob ${round}`]])) {
        await who.say(text);
        await who.sees(who === ann ? 'Ann' : 'Bob', text);
        all.push(text);
      }
      await server.kill();
      await ann.isOffline();
      await ann.say(`pendant ${round}`);
      all.push(`pendant ${round}`);
      await server.restart();
      await bob.sees('Ann', `pendant ${round}`);
      await ann.sees('Ann', `pendant ${round}`);
    }
    const late = await Person.open(browser, server.url, { name: 'Léa' });
    await late.sees('Ann', 'pendant 3');
    for (const person of [ann, bob, late]) {
      await person.reads(all);
      assert.equal(await person.page.locator('.gap').count(), 0);
    }
  });

  test('what was typed offline survives a reload and a closed tab, and arrives once', async () => {
    const ann = await Person.open(browser, server.url, { name: 'Ann' });
    await server.kill();
    await ann.isOffline();
    await ann.say('hors ligne');
    await ann.page.getByText('En attente du réseau…').waitFor();
    await server.restart();
    // The reload comes before the page is back by itself, and the first answer is lost.
    await ann.page.reload();
    await ann.sees('Ann', 'hors ligne');
    await server.kill();
    await ann.isOffline();
    await ann.say('encore');
    const context = ann.page.context();
    await ann.page.close();
    await server.restart();
    const [one, two] = [new Person(await context.newPage()), new Person(await context.newPage())];
    for (const person of [one, two]) await person.page.goto(server.url);
    for (const person of [one, two]) {
      // What waits is shown at once, and may stand there alone until the history has come.
      await person.sees('Ann', 'hors ligne');
      await person.sees('Ann', 'encore');
      await person.reads(['hors ligne', 'encore']);
    }
    assert.equal(await one.page.evaluate(() => Object.keys(localStorage).some((key) => key.includes('drafts'))), false);
  });

  test('what was typed offline in a room goes out from another one, too', async () => {
    const ann = await Person.open(browser, server.url, { name: 'Ann' });
    const bob = await Person.open(browser, server.url, { name: 'Bob' });
    await ann.page.locator('#room-name').waitFor({ state: 'attached' });
    await server.kill();
    await ann.isOffline();
    await ann.say('resté là');
    await ann.page.getByText('En attente du réseau…').waitFor();
    await ann.page.evaluate(() => { history.pushState(null, '', '/rooms/elsewhere'); });
    await server.restart();
    await ann.page.reload();
    await ann.isOnline();
    assert.equal(await ann.page.locator('#room-title').textContent(), '# elsewhere');
    await bob.sees('Ann', 'resté là');
    await ann.page.waitForFunction(() => Object.keys(localStorage).every((key) => !key.includes('drafts')));
  });

  test('a long absence is filled too, beyond what one answer holds', async () => {
    const ann = await Person.open(browser, server.url, { name: 'Ann' });
    await ann.say('début');
    await ann.sees('Ann', 'début');
    await ann.page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide')));
    await fill(server.url, 420);
    await ann.page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow')));
    await ann.sees('Flood', 'm420');
    await ann.reads(['début', ...Array.from({ length: 420 }, (_, n) => `m${n + 1}`)]);
    assert.equal(await ann.page.locator('.gap').count(), 0);
  });
});

/**
 * So many messages, in order, over as many connections as the rate asks for.
 * @param {string} room
 * @param {number} n_messages
 */
async function fill(room, n_messages) {
  const { default: WebSocket } = await import('ws');
  const per_socket = 50;
  for (let from = 1; from <= n_messages; from += per_socket) {
    const to = Math.min(n_messages, from + per_socket - 1);
    await new Promise((resolve, reject) => {
      const socket = new WebSocket(room.replace('http', 'ws'));
      socket.on('error', reject);
      socket.on('open', () => {
        for (let n = from; n <= to; n += 1) socket.send(JSON.stringify({ sender: 'Flood', message: `m${n}` }));
      });
      socket.on('message', (data) => {
        if (JSON.parse(String(data)).message === `m${to}`) socket.close();
      });
      socket.on('close', resolve);
    });
  }
}
