/** Several rooms in one page: the list, switching, what is unread, and leaving. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isFine, Person, Stage } from './harness.js';

const phone = { viewport: { width: 360, height: 700 }, hasTouch: true, isMobile: true };

describe('rooms', () => {
  const stage = new Stage('one server');


  /** @param {string} room @param {import('playwright-core').BrowserContextOptions & { name?: string }} [options] */
  async function open(room, options) {
    const person = await stage.open(stage.room(room), options);
    await row(person, room).waitFor({ state: 'attached' });
    return person;
  }

  test('one opens another room by its name, and finds back and forth, over one socket and one load', async () => {
    const ann = await stage.open(stage.room('one'), { name: 'Ann' });
    await row(ann, 'one').waitFor();
    let n_sockets = 0;
    let n_loads = 0;
    ann.page.on('websocket', () => { n_sockets += 1; });
    ann.page.on('load', () => { n_loads += 1; });
    await ann.say('dans un');
    await ann.sees('Ann', 'dans un');
    await ann.field.fill('pas fini');

    await ann.page.locator('#room-name').fill('two');
    await ann.page.locator('#room-name').press('Enter');
    await title(ann, '# two');
    assert.equal(new URL(ann.page.url()).pathname, '/rooms/two');
    assert.equal(await ann.field.inputValue(), '', 'what is written belongs to its room');
    assert.equal(await ann.page.evaluate(() => document.activeElement?.id), 'message');
    await ann.isOnline();
    await ann.say('dans deux');
    await ann.sees('Ann', 'dans deux');
    await ann.reads(['dans deux']);

    await ann.page.goBack();
    await title(ann, '# one');
    await ann.sees('Ann', 'dans un');
    await ann.reads(['dans un']);
    assert.equal(await ann.field.inputValue(), 'pas fini');
    await ann.page.goForward();
    await title(ann, '# two');
    await ann.sees('Ann', 'dans deux');
    assert.equal(await row(ann, 'two').locator('a').getAttribute('aria-current'), 'page');
    assert.deepEqual([n_sockets, n_loads], [0, 0]);
    ann.isWell();
  });

  test('a name that cannot be is refused with the reason, and the field keeps it', async () => {
    const ann = await open('wrong', { name: 'Ann' });
    await ann.page.locator('#room-name').fill('a/b');
    await ann.page.locator('#room-name').press('Enter');
    await ann.page.locator('#room-problem', { hasText: '64 caractères' }).waitFor();
    assert.equal(await ann.page.locator('#room-name').getAttribute('aria-invalid'), 'true');
    assert.equal(await ann.page.locator('#room-name').inputValue(), 'a/b');
    await isFine(ann, 'a wrong room name');
    await ann.page.locator('#room-name').fill('ab');
    assert.equal(await ann.page.locator('#room-problem').isVisible(), false);
  });

  test('what is said in another room counts, in list, title and icon, also over a reload', async () => {
    const ann = await open('here', { name: 'Ann' });
    await enter(ann, 'there');
    await ann.isOnline();
    const bob = await open('here', { name: 'Bob' });
    for (const text of ['un', 'deux']) {
      await bob.say(text);
      await bob.sees('Bob', text);
    }
    const badge = row(ann, 'here').locator('.badge');
    await badge.getByText('2', { exact: true }).waitFor();
    assert.equal(await badge.locator('.visually-hidden').textContent(), '2 messages non lus');
    assert.equal(await ann.page.title(), '(2) # there · Palabre');
    assert.match(await icon(ann), /unread/);
    await isFine(ann, 'unread');

    await ann.page.reload();
    await bob.say('trois');
    await badge.getByText('3', { exact: true }).waitFor();
    await row(ann, 'here').locator('a').click();
    await ann.sees('Bob', 'trois');
    await ann.page.waitForFunction(() => document.title === '# here · Palabre');
    assert.equal(await badge.count(), 0);
    assert.doesNotMatch(await icon(ann), /unread/);
    ann.isWell();

    await ann.page.reload();
    await ann.sees('Bob', 'trois');
    await row(ann, 'there').waitFor();
    assert.equal(await ann.page.locator('.rooms .badge').count(), 0, 'what was read stays read');
  });

  test('who comes while a room is pressed takes neither the click nor the focus away', async () => {
    const ann = await open('pressed', { name: 'Ann' });
    await enter(ann, 'joined');
    await ann.isWith('Ann');
    await row(ann, 'pressed').locator('a').hover();
    await ann.page.mouse.down();
    await ann.page.evaluate(() => {
      document.addEventListener('focusin', () => { document.documentElement.dataset.focused = 'again'; });
    });
    const bob = await open('joined', { name: 'Bob' });
    await row(ann, 'joined').locator('.present').getByText('2', { exact: true }).waitFor();
    assert.equal(await row(ann, 'joined').locator('.present-text').textContent(), '2 personnes ici');
    assert.deepEqual(await ann.page.evaluate(() => [
      document.documentElement.dataset.focused, document.activeElement?.closest('li')?.dataset.room,
    ]), [undefined, 'pressed']);
    await ann.page.mouse.up();
    await title(ann, '# pressed');
    ann.isWell();
    bob.isWell();
  });

  test('one leaves a room: it is gone from the list, and nothing of it counts', async () => {
    const ann = await open('left', { name: 'Ann' });
    await enter(ann, 'kept');
    await row(ann, 'left').hover();
    await row(ann, 'left').locator('.leave').click();
    await row(ann, 'left').waitFor({ state: 'detached' });
    assert.equal(await ann.page.evaluate(() => document.activeElement?.closest('li')?.dataset.room), 'kept');
    const bob = await open('left', { name: 'Bob' });
    await bob.say('toute seule');
    await bob.sees('Bob', 'toute seule');
    await bob.isWith('Bob');
    await ann.page.reload();
    await row(ann, 'kept').waitFor();
    assert.equal(await row(ann, 'left').count(), 0);
    ann.isWell();
  });

  test('a private room has a name that nobody guesses, and its link leads in', async () => {
    const ann = await open('open', { name: 'Ann' });
    await ann.page.locator('#room-private').click();
    await ann.page.waitForURL(/\/rooms\/\.[A-Za-z0-9]{22}$/);
    await ann.isOnline();
    assert.match(await ann.page.locator('#room-title').textContent() ?? '', /^Salon privé \w{5}$/);
    const bob = await stage.open(ann.page.url(), { name: 'Bob' });
    await bob.say('chut');
    await ann.sees('Bob', 'chut');
  });

  test('on a phone the rooms are a drawer behind a button that says what waits', async () => {
    const ann = await open('small', { ...phone, name: 'Ann' });
    await isFine(ann, 'a phone, closed');
    const drawer = ann.page.locator('#rooms');
    assert.equal(await drawer.isVisible(), false);
    await ann.page.locator('#rooms-open').tap();
    await drawer.waitFor();
    await isFine(ann, 'a phone, the drawer');
    await ann.page.locator('#room-name').fill('other');
    await ann.page.locator('.rooms form .line button').tap();
    await title(ann, '# other');
    await drawer.waitFor({ state: 'hidden' });
    assert.equal(await ann.page.evaluate(() => document.activeElement?.localName), 'chat-log', 'no keyboard opens');
    const bob = await open('small', { name: 'Bob' });
    await bob.say('coucou');
    await ann.page.locator('#rooms-open .badge').getByText('1', { exact: true }).waitFor();
    await isFine(ann, 'a phone, unread');
    ann.isWell();
  });

  test('public rooms are shown with how many are there, and one tap leads in', async () => {
    const bob = await open('fête', { name: 'Bob' });
    const ann = await open('listed', { name: 'Ann' });
    // What the server tells may be a second old; whoever looks again is told anew.
    const party = ann.page.locator('.public li[data-room="fête"]');
    while (await party.count() === 0) {
      await ann.page.evaluate(() => new Promise((done) => {
        document.dispatchEvent(new Event('visibilitychange'));
        setTimeout(done, 300);
      }));
    }
    assert.equal(await party.locator('.present').textContent(), '1');
    assert.equal(await ann.page.locator('.public li[data-room="listed"]').count(), 0, 'one that was visited is in its own list alone');
    await isFine(ann, 'public rooms');
    await party.locator('a').click();
    await title(ann, '# fête');
    await ann.say('me voilà');
    await bob.sees('Ann', 'me voilà');
    ann.isWell();
  });
});

/** @param {Person} person @param {string} room */
function row({ page }, room) {
  return page.locator(`.rooms .visited li[data-room="${room}"]`);
}

/** @param {Person} person @param {string} room */
async function enter(person, room) {
  await person.page.locator('#room-name').fill(room);
  await person.page.locator('#room-name').press('Enter');
  await row(person, room).waitFor();
}

/** @param {Person} person @param {string} text */
async function title({ page }, text) {
  await page.locator('#room-title').getByText(text, { exact: true }).waitFor();
}

/** @param {Person} person */
async function icon({ page }) {
  return await page.locator('link[rel="icon"]').getAttribute('href') ?? '';
}
