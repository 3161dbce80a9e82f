/** Being called while one looks elsewhere. The browser's own calls are written down in their place. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isFine, Person, Stage } from './harness.js';

const phone = { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true };

describe('notifications', () => {
  const stage = new Stage('one server');


  /**
   * Somebody whose windows write down what they call.
   * @param {string} room
   * @param {import('playwright-core').BrowserContextOptions & { permission?: string }} [options]
   */
  async function open(room, { permission = 'granted', ...options } = {}) {
    const context = await stage.browser.newContext({ locale: 'fr-FR', ...options });
    await context.addInitScript(record, permission);
    const person = new Person(await context.newPage());
    await person.page.goto(stage.room(room));
    await person.isOnline();
    await person.nameField.fill('Ann');
    await person.page.locator('#notify-open').waitFor();
    return person;
  }

  /** Bob says it, and Ann has heard it: the list counts, or the room shows it. @param {string} room @param {string[]} texts */
  async function bobSays(room, ...texts) {
    const bob = await stage.open(stage.room(room), { name: 'Bob' });
    for (const text of texts) {
      await bob.say(text);
      await bob.sees('Bob', text);
    }
    return bob;
  }

  test('a mention calls who looks elsewhere, once in two windows, and leads to the message', async () => {
    const ann = await open('call');
    const other = new Person(await ann.page.context().newPage());
    await other.page.goto(stage.room('call'));
    await other.isOnline();
    await other.page.locator('#notify-open').waitFor();
    for (const each of [ann, other]) await looksAway(each);
    await bobSays('call', 'rien pour elle', 'et @Annabelle non plus', 'viens, @Ann !');
    await ann.page.waitForFunction(() => JSON.parse(localStorage.getItem('calls') ?? '[]').length > 0);
    await ann.sees('Bob', 'viens, @Ann !');
    await settled(ann, other);
    const all = await calls(ann);
    assert.deepEqual(all.map(({ title, body, silent }) => [title, body, silent]), [['Bob · # call', 'viens, @Ann !', true]]);
    // Both windows hear of the same message; one of them called.
    const caller = await ann.page.evaluate(() => /** @type {any} */ (window).lastCall !== undefined) ? ann : other;
    await caller.page.evaluate(() => /** @type {any} */ (window).lastCall.dispatchEvent(new Event('click')));
    await caller.page.waitForFunction(() => location.hash === '#3');
    await caller.page.locator('.message', { hasText: 'viens, @Ann' }).waitFor();
  });

  test('nobody is called for what they look at, nor for what they do not want', async () => {
    const ann = await open('seen');
    await ann.page.locator('#room-name').fill('other');
    await ann.page.locator('#room-name').press('Enter');
    await ann.isOnline();
    await bobSays('other', '@Ann ici');
    await ann.sees('Bob', '@Ann ici');
    await settled(ann);
    assert.deepEqual(await calls(ann), []);

    // In the other room it calls, once all is wanted there; and never again after.
    await looksAway(ann);
    await choose(ann, 'all');
    const bob = await bobSays('other', 'sans mention');
    await nCalls(ann, 1);
    await choose(ann, 'none');
    await bob.say('@Ann non');
    await ann.sees('Bob', '@Ann non');
    await settled(ann);
    assert.equal((await calls(ann)).length, 1);
    await ann.page.reload();
    await ann.page.locator('#notify-open[title$="Jamais"]').waitFor();
  });

  test('what is said in one go, of a private room and of hostile people calls once, briefly and safely', async () => {
    const ann = await open('.secretsecretsecret12');
    await looksAway(ann);
    await choose(ann, 'all');
    const hostile = `<img src=x onerror=alert(1)> \u202e${'x'.repeat(300)}`;
    await bobSays('.secretsecretsecret12', 'un', 'deux', hostile);
    await ann.sees('Bob', hostile);
    await ann.page.waitForFunction(() => (localStorage.getItem('calls') ?? '').includes('onerror'));
    const [{ title = '', body = '' } = {}] = (await calls(ann)).slice(-1);
    assert.equal(title, 'Bob · salon privé');
    assert.ok([...body].length <= 161 && !body.includes('\u202e'), body);
    ann.isWell();
  });

  test('the browser is asked when one chooses, not before; a refusal is said', async () => {
    const ann = await open('ask', { permission: 'default', ...phone });
    assert.equal(await ann.page.evaluate(() => /** @type {any} */ (window).n_asked), 0);
    await ann.page.locator('#notify-open').click();
    await ann.page.locator('#notify', { hasText: 'Votre navigateur demandera' }).waitFor();
    assert.equal(await ann.page.locator('#notify [value="none"]').isChecked(), true);
    await isFine(ann, 'the bell');
    await ann.page.locator('#notify label', { hasText: '@Ann' }).click();
    await ann.page.locator('#notify', { hasText: 'Votre navigateur interdit' }).waitFor();
    assert.equal(await ann.page.evaluate(() => /** @type {any} */ (window).n_asked), 1);
    await ann.page.keyboard.press('Escape');
    assert.equal(await ann.page.evaluate(() => document.activeElement?.id), 'notify-open');
    ann.isWell();
  });

  test('where only the service worker may call, a click leads to the room and its message', async () => {
    const context = await stage.browser.newContext({ locale: 'fr-FR' });
    await context.grantPermissions(['notifications']);
    await context.addInitScript(asOnPhones);
    const worker = context.waitForEvent('serviceworker');
    const ann = new Person(await context.newPage());
    await ann.page.goto(stage.room('shown'));
    await ann.isOnline();
    await ann.nameField.fill('Ann');
    await ann.page.locator('#notify-open').waitFor();
    await ann.page.evaluate(() => navigator.serviceWorker.ready);
    // In another room: what is written there must outlive the click.
    await ann.page.locator('#room-name').fill('elsewhere');
    await ann.page.locator('#room-name').press('Enter');
    await ann.isOnline();
    await ann.field.fill('à moitié écrit');
    await looksAway(ann);
    await bobSays('shown', 'rien', '@Ann ici');
    const shown = await ann.waitsFor(async () => {
      const [notice] = await (await navigator.serviceWorker.ready).getNotifications();
      return notice && { title: notice.title, body: notice.body };
    }, null);
    assert.deepEqual(shown, { title: 'Bob · # shown', body: '@Ann ici' });

    assert.deepEqual(await (await worker).evaluate(click), ['focus']);
    await ann.page.waitForURL('**/rooms/shown#2');
    await ann.page.locator('.message.marked', { hasText: '@Ann ici' }).waitFor();
    await ann.page.goBack();
    await ann.page.waitForFunction(() => /** @type {any} */ (document.querySelector('#message')).value === 'à moitié écrit');

    // With no page of ours open, the same click opens one at the message. The browser closes in its own
    // time: a call of the same room that comes before would be closed with the first.
    await ann.waitsFor(async () => (await (await navigator.serviceWorker.ready).getNotifications()).length === 0, null);
    await bobSays('shown', 'encore @Ann');
    await ann.waitsFor(async () => (await (await navigator.serviceWorker.ready).getNotifications()).length > 0, null);
    await ann.page.goto(new URL('about', stage.server.url).href);
    assert.deepEqual(await (await worker).evaluate(click), ['open /rooms/shown#3']);
    ann.isWell();
  });

  test('where the browser cannot call there is no bell', async () => {
    const context = await stage.browser.newContext({ locale: 'fr-FR' });
    await context.addInitScript(() => { Reflect.deleteProperty(window, 'Notification'); });
    const ann = new Person(await context.newPage());
    await ann.page.goto(stage.room('none'));
    await ann.page.locator('#search-open').waitFor();
    assert.equal(await ann.page.locator('#notify-open').isVisible(), false);
    ann.isWell();
  });
});

/** Takes the place of the browser's notifications; all windows write into one list. @param {string} permission */
function record(permission) {
  const page = /** @type {any} */ (window);
  page.n_asked = 0;
  class Recorded extends EventTarget {
    static permission = permission;

    static async requestPermission() {
      page.n_asked += 1;
      Recorded.permission = 'denied';
      return Recorded.permission;
    }

    /** @param {string} title @param {object} options */
    constructor(title, options) {
      super();
      const all = JSON.parse(localStorage.getItem('calls') ?? '[]');
      localStorage.setItem('calls', JSON.stringify([...all, { title, ...options }]));
      page.lastCall = this;
    }

    close() {}
  }
  page.Notification = Recorded;
}

/** A browser that takes notifications from a service worker alone. */
function asOnPhones() {
  class Refused {
    static permission = 'granted';
    constructor() { throw new TypeError('Illegal constructor'); }
  }
  /** @type {any} */ (window).Notification = Refused;
}

/**
 * Clicks on what the service worker has shown, inside of it. No tool can: so the
 * event is one of ours, and what only a real click allows is written down.
 * @returns {Promise<string[]>}
 */
async function click() {
  /** @type {any} */
  const worker = globalThis;
  /** @type {string[]} */
  const done = [];
  worker.WindowClient.prototype.focus = async () => { done.push('focus'); };
  worker.clients.openWindow = async (/** @type {string} */ path) => { done.push(`open ${path}`); };
  const [notification] = await worker.registration.getNotifications();
  const event = new worker.NotificationEvent('notificationclick', { notification });
  let work;
  event.waitUntil = (/** @type {Promise<unknown>} */ promise) => { work = promise; };
  worker.dispatchEvent(event);
  await work;
  return done;
}

/** As when another program is in front. @param {Person} person */
async function looksAway({ page }) {
  await page.evaluate(() => { document.hasFocus = () => false; });
}

/** @param {Person} person @param {string} choice */
async function choose({ page }, choice) {
  await page.locator('#notify-open').click();
  await page.locator(`#notify [value="${choice}"]`).check();
  await page.keyboard.press('Escape');
}

/** @param {Person} person @returns {Promise<{ title: string, body: string, silent: boolean }[]>} */
function calls({ page }) {
  return page.evaluate(() => JSON.parse(localStorage.getItem('calls') ?? '[]'));
}

/** @param {Person} person @param {number} n */
async function nCalls({ page }, n) {
  await page.waitForFunction((wanted) => JSON.parse(localStorage.getItem('calls') ?? '[]').length === wanted, n);
}

/** The moment is over in which a window still may call, by the page's own clock. @param {Person[]} people */
async function settled(...people) {
  for (const { page } of people) {
    await page.evaluate(() => new Promise((resolve) => { window.setTimeout(resolve, 600); }));
  }
}
