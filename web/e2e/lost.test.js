/** The server goes away under an open page, and comes back. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openBrowser, Person, Server, Stage } from './harness.js';

describe('the connection is lost', () => {
  const stage = new Stage('a server each');


  test('it is said; what is written meanwhile arrives once, in order', async () => {
    const [ann, bob] = [
      await stage.open(stage.server.url, { name: 'Ann' }),
      await stage.open(stage.server.url, { name: 'Bob' }),
    ];
    await ann.say('avant');
    await bob.sees('Ann', 'avant');

    await stage.server.kill();
    await ann.isOffline();
    await bob.isOffline();
    await ann.bar.getByText('Connexion perdue').waitFor();
    await ann.page.locator('.countdown', { hasText: 'Nouvel essai' }).waitFor();
    for (const text of ['pendant 1', 'pendant 2', 'pendant 3']) await ann.say(text);
    await ann.page.getByText('En attente du réseau…').nth(2).waitFor();

    // It is said for some seconds only: watched from before it can be.
    const back = ann.bar.getByText('La connexion est revenue.').waitFor({ timeout: 30_000 });
    await stage.server.restart();
    await back;
    for (const text of ['pendant 1', 'pendant 2', 'pendant 3']) {
      await ann.sees('Ann', text);
      await bob.sees('Ann', text);
    }
    await bob.isOnline();
    await ann.say('après');
    for (const person of [ann, bob]) {
      await person.sees('Ann', 'après');
      await person.reads(['avant', 'pendant 1', 'pendant 2', 'pendant 3', 'après']);
    }
    // Whether Bob was back before Ann spoke is chance; one is always there for one’s own.
    assert.equal(await ann.page.locator('.separator.since').count(), 0);
    assert.equal(await ann.page.locator('[data-state="pending"]').count(), 0);
  });

  test('one who reads the end sees what comes under the last message later, such as that it waits', async () => {
    const ann = await stage.open(stage.server.url, { name: 'Ann', viewport: { width: 768, height: 500 } });
    for (let n = 1; n <= 12; n += 1) await ann.say(`ligne ${n}`);
    await ann.sees('Ann', 'ligne 12');
    // Far in the future: nothing else moves.
    await ann.page.evaluate(() => { Math.random = () => 100_000; });
    await stage.server.kill();
    await ann.isOffline();
    await ann.say('plus tard');
    const state = ann.page.locator('.state', { hasText: 'En attente du réseau…' });
    await state.waitFor();
    await ann.page.waitForFunction(() => {
      const [log, last] = [document.querySelector('chat-log'), document.querySelector('.state')];
      return log && last && last.getBoundingClientRect().bottom <= log.getBoundingClientRect().bottom - 10;
    });
  });

  test('a message on its way when the line is cut arrives once', async () => {
    const ann = await stage.open(stage.server.url, { name: 'Ann' });
    // Cut between sending and hearing back: the echo is lost, the message is not.
    await ann.page.routeWebSocket(/./, (socket) => {
      const remote = socket.connectToServer();
      socket.onMessage((message) => remote.send(message));
      remote.onMessage((message) => {
        if (String(message).includes('"une fois"') && !cut) {
          cut = true;
          void socket.close({ code: 3000 });
        } else {
          socket.send(message);
        }
      });
    });
    let cut = false;
    await ann.page.reload();
    await ann.isOnline();
    const bob = await stage.open(stage.server.url, { name: 'Bob' });
    await ann.say('une fois');
    await ann.sees('Ann', 'une fois');
    assert.equal(cut, true);
    await ann.say('suite');
    await bob.sees('Ann', 'suite');
    assert.equal(await bob.count('une fois'), 1);
    assert.equal(await ann.count('une fois'), 1);
  });

  test('what one missed is there, in order, once, and marked where it begins', async () => {
    const [ann, bob] = [
      await stage.open(stage.server.url, { name: 'Ann' }),
      await stage.open(stage.server.url, { name: 'Bob' }),
    ];
    await bob.say('un');
    await ann.sees('Bob', 'un');
    await ann.page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide')));
    for (const text of ['deux', 'trois']) {
      await bob.say(text);
      await bob.sees('Bob', text);
    }
    await ann.page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow')));
    await ann.sees('Bob', 'trois');
    await bob.say('quatre');
    await ann.sees('Bob', 'quatre');
    await ann.reads(['un', 'deux', 'trois', 'quatre']);
    const rows = await ann.page.locator('ol > li').evaluateAll((items) => items.map(({ className }) => className.split(' ')[1] ?? ''));
    assert.deepEqual(rows.filter((name) => name === 'since').length, 1);
    assert.equal(await ann.page.locator('.gap').count(), 0);
  });

  test('what cannot be had is named in one quiet line, and the talk goes on', async () => {
    const ann = await stage.open(stage.server.url, { name: 'Ann' });
    await ann.say('avant');
    await ann.sees('Ann', 'avant');
    await stage.server.stop(); // And its data with it.
    await ann.isOffline();
    await stage.server.restart();
    await ann.isOnline();
    await ann.page.locator('.separator.gap', { hasText: 'Des messages ont pu vous échapper' }).waitFor();
    await ann.say('après');
    await ann.sees('Ann', 'après');
    await ann.reads(['avant', 'après']);
    assert.equal(await ann.page.locator('.separator.gap').count(), 1);
  });

  /** Ann, who points at what she has said while the server and its data are gone. */
  async function overAnEmptiedRoom() {
    const ann = await stage.open(stage.server.url, { name: 'Ann' });
    await ann.say('avant');
    await ann.sees('Ann', 'avant');
    // Far in the future, so that Ann comes back when she wants to.
    await ann.page.evaluate(() => { Math.random = () => 100_000; });
    await stage.server.stop(); // And its data with it.
    await ann.isOffline();
    await ann.page.locator('.message', { hasText: 'avant' }).hover();
    return ann;
  }

  /** Bob, whose message is at the place of Ann's, who does not know it yet. */
  async function anotherBeginsTheRoomAnew() {
    await stage.server.restart();
    const bob = await stage.open(stage.server.url, { name: 'Bob' });
    await bob.say('autre chose');
    await bob.sees('Bob', 'autre chose');
    return bob;
  }

  test('a reaction that waited while the room began anew meets no stranger’s message, and that is said', async () => {
    const ann = await overAnEmptiedRoom();
    await ann.page.locator('[data-act="quick"]').first().click();
    await ann.page.locator('.waits').waitFor();
    const bob = await anotherBeginsTheRoomAnew();
    const told = ann.page.locator('#notice', { hasText: 'Non enregistré : ce message n’est plus là.' }).waitFor();
    await ann.page.getByRole('button', { name: 'Réessayer' }).click();
    await told;
    await ann.say('ah bon');
    await bob.sees('Ann', 'ah bon');
    assert.equal(await bob.page.locator('.chip').count(), 0);
  });

  test('a reply that waited while the room began anew quotes no stranger’s message', async () => {
    const ann = await overAnEmptiedRoom();
    await ann.page.locator('[data-act="reply"]').first().click();
    await ann.say('je réponds');
    const bob = await anotherBeginsTheRoomAnew();
    await ann.page.getByRole('button', { name: 'Réessayer' }).click();
    await bob.sees('Ann', 'je réponds');
    for (const { page } of [ann, bob]) await page.locator('p.quote', { hasText: 'Ce message n’est plus gardé.' }).waitFor();
  });

  test('one need not wait: the button, and the network’s return, try at once', async () => {
    const ann = await stage.open(stage.server.url, { name: 'Ann' });
    // Far in the future, so that no try happens but ours.
    await ann.page.evaluate(() => { Math.random = () => 100_000; });
    await stage.server.kill();
    await ann.isOffline();
    await stage.server.restart();
    await ann.page.getByRole('button', { name: 'Réessayer' }).click();
    await ann.isOnline();
    await stage.server.kill();
    await ann.isOffline();
    await stage.server.restart();
    await ann.page.evaluate(() => dispatchEvent(new Event('online')));
    await ann.isOnline();
  });

  test('the bar’s button, going, leaves the focus where one writes', async () => {
    const ann = await stage.open(stage.server.url, { name: 'Ann' });
    await ann.page.evaluate(() => { Math.random = () => 100_000; });
    await stage.server.kill();
    await ann.isOffline();
    await stage.server.restart();
    await ann.page.getByRole('button', { name: 'Réessayer' }).focus();
    await ann.page.keyboard.press('Enter');
    await ann.isOnline();
    assert.equal(await ann.page.evaluate(() => document.activeElement?.id), 'message');
  });

  test('a server that stops says goodbye, and the page waits for it', async () => {
    const ann = await stage.open(stage.server.url, { name: 'Ann' });
    await stage.server.end();
    await ann.isOffline();
    await stage.server.restart();
    await ann.isOnline();
    await ann.say('de retour');
    await ann.sees('Ann', 'de retour');
  });
});

describe('the server takes less than one sends', () => {
  test('what comes too fast is shown as failed, and goes out later', async () => {
    const server = await Server.start({ args: ['--message-rate', '2', '--message-burst', '4'] });
    const browser = await openBrowser();
    try {
      const ann = await Person.open(browser, server.url, { name: 'Ann' });
      const failed = ann.page.locator('.message[data-state="failed"]');
      for (let n = 0; n < 12; n += 1) await ann.say(`message ${n}`);
      await failed.first().getByText('trop de messages à la fois').waitFor();
      await ann.page.waitForFunction(() => document.querySelector('[data-state="pending"]') === null);
      // Whoever insists gets through, if not too fast: that would end the connection. The page draws a
      // moment later what has come of a click, so the button may be one of a message that is on its
      // way by now: a click on it does nothing.
      await ann.page.waitForFunction(() => {
        if (document.querySelector('[data-state="pending"]') === null) {
          /** @type {HTMLElement | null} */ (document.querySelector('[data-state="failed"] .retry'))?.click();
        }
        return document.querySelectorAll('.message[data-state="sent"]').length === 12;
      }, undefined, { polling: 250, timeout: 40_000 });
      for (let n = 0; n < 12; n += 1) {
        await ann.sees('Ann', `message ${n}`);
        assert.equal(await ann.page.locator('.text', { hasText: new RegExp(`^message ${n}$`) }).count(), 1);
      }
    } finally {
      await browser.close();
      await server.stop();
    }
  });
});
