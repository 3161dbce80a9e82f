/** What one does with messages: edit, delete, react, reply, name somebody, link to one; and what the others see of it. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { WebSocket } from 'ws';
import { isFine, Person, Stage } from './harness.js';

const phone = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true };

const stage = new Stage('one server', ['--message-rate', '0']);
let n_rooms = 0;

function newRoom() {
  n_rooms += 1;
  return stage.room(`mots-${n_rooms}`);
}

/** @param {string} room @param {import('playwright-core').BrowserContextOptions & { name?: string }} [options] */
async function open(room, options) {
  const person = await stage.open(room, options);
  await person.page.locator('#typing').waitFor({ state: 'attached' }); // The last to come.
  return person;
}

/** Two people in a room, the second on a phone and in English. */
async function two() {
  const room = newRoom();
  return { room, lea: await open(room, { name: 'Léa' }), mo: await open(room, { name: 'Mo', locale: 'en-GB', ...phone }) };
}

/** @param {Person} person @param {string} text */
function row({ page }, text) {
  return page.locator('.message', { has: page.locator('.text', { hasText: text }) }).first();
}

/** By mouse or finger. @param {Person} person @param {string} text @param {string} act */
async function act(person, text, act) {
  const target = row(person, text);
  if (await person.page.evaluate(() => matchMedia('(hover: none)').matches)) {
    await target.locator('.text').tap();
    await target.locator(`[data-act="${act}"]`).first().tap();
  } else {
    await target.hover();
    await target.locator(`[data-act="${act}"]`).first().click();
  }
}

/** Waits until the text of some message is this. @param {Person} person @param {string} text */
async function shows({ page }, text) {
  await page.waitForFunction((wanted) => [...document.querySelectorAll('.message .text')].some(({ textContent }) => textContent === wanted), text);
}

describe('one’s own messages', () => {
  test('an edit shows everywhere with its time, is marked, and lasts', async () => {
    const { lea, mo } = await two();
    await lea.say('brouillon');
    await mo.sees('Léa', 'brouillon');
    await lea.field.fill('à moitié');
    await act(lea, 'brouillon', 'edit');
    assert.equal(await lea.field.inputValue(), 'brouillon');
    await isFine(lea, 'editing');
    await lea.say('au **propre**');
    assert.equal(await lea.field.inputValue(), 'à moitié', 'what was written is back');
    for (const [person, mark] of /** @type {const} */ ([[lea, '(modifié)'], [mo, '(edited)']])) {
      await shows(person, `au propre ${mark}`);
      assert.match(await person.page.locator('.edited').getAttribute('title') ?? '', /^(Modifié|Edited).*202\d/);
    }
    await lea.page.reload();
    await shows(lea, 'au propre (modifié)');
    await mo.page.locator('#rooms-open').tap();
    await mo.page.locator('#rooms language-switch button', { hasText: 'Français' }).tap();
    await isFine(mo, 'the drawer, in another language');
    await mo.page.keyboard.press('Escape');
    await shows(mo, 'au propre (modifié)');
    lea.isWell();
    mo.isWell();
  });

  test('a list in a message is pointed at as the rest of it', async () => {
    const { lea } = await two();
    await lea.say('- un\n- deux');
    const item = lea.page.locator('.message .text li', { hasText: 'deux' });
    await item.hover();
    await lea.page.locator('[data-act="edit"]').waitFor();
  });

  test('nobody edits what another said; Escape gives an edit up; an arrow begins one', async () => {
    const { lea, mo } = await two();
    await lea.say('de Léa');
    await mo.say('de Mo');
    await lea.sees('Mo', 'de Mo');
    await row(lea, 'de Mo').hover();
    assert.equal(await row(lea, 'de Mo').locator('[data-act="edit"]').isVisible(), false);
    await lea.field.press('ArrowUp');
    assert.equal(await lea.field.inputValue(), 'de Léa');
    await lea.field.fill('autre');
    await lea.field.press('Escape');
    assert.equal(await lea.field.inputValue(), '');
    assert.equal(await lea.page.locator('.composer-context').count(), 0);
    await lea.reads(['de Léa', 'de Mo']);
  });

  test('a deletion is asked once more, leaves a trace everywhere, and in quotes', async () => {
    const { lea, mo } = await two();
    await lea.say('un secret');
    await mo.sees('Léa', 'un secret');
    await act(mo, 'un secret', 'reply');
    await mo.say('ah ?');
    await lea.page.locator('a.quote', { hasText: 'un secret' }).waitFor();

    await act(lea, 'un secret', 'delete');
    await isFine(lea, 'sure');
    await lea.page.locator('[data-act="cancel"]').click();
    assert.equal(await lea.count('un secret'), 1);
    await act(lea, 'un secret', 'delete');
    await lea.page.locator('[data-act="sure"]').click();
    await shows(lea, 'Message supprimé');
    await shows(mo, 'Message deleted');
    await mo.page.locator('a.quote', { hasText: 'Message deleted' }).waitFor();
    assert.equal(await mo.page.getByText('un secret').count(), 0);
    await mo.page.reload();
    await shows(mo, 'Message deleted');
    await isFine(mo, 'deleted');
    await row(lea, 'Message supprimé').hover();
    assert.equal(await row(lea, 'Message supprimé').locator('[data-act="edit"]').isVisible(), false);
  });

  test('what the server refuses is said under the message, and can be tried again', async () => {
    const room = newRoom();
    const lea = await open(room, { name: 'Léa' });
    await lea.say('stable');
    await lea.sees('Léa', 'stable');
    // Another window of hers deletes it while an edit is on its way.
    await lea.field.press('ArrowUp');
    const other = new Person(await lea.page.context().newPage());
    await other.page.goto(room);
    await other.page.locator('#typing').waitFor({ state: 'attached' });
    await act(other, 'stable', 'delete');
    await other.page.locator('[data-act="sure"]').click();
    await shows(lea, 'Message supprimé');
    await lea.say('changé');
    await lea.page.getByText('ce message n’est plus là').waitFor();
    await isFine(lea, 'trouble');
  });
});

describe('reactions', () => {
  test('counted, named, joined and taken back by a click, by both', async () => {
    const { lea, mo } = await two();
    await lea.say('on y va ?');
    await mo.sees('Léa', 'on y va ?');
    await act(lea, 'on y va ?', 'quick');
    const [hers, his] = [lea, mo].map(({ page }) => page.locator('.chip[data-emoji="👍"]'));
    assert.ok(hers && his);
    await his.tap();
    for (const chip of [hers, his]) {
      await chip.filter({ hasText: '2' }).waitFor();
      assert.equal(await chip.getAttribute('aria-pressed'), 'true');
      assert.equal(await chip.getAttribute('title'), 'Léa, Mo');
    }
    assert.equal(await hers.getAttribute('aria-label'), '👍 2\u202f: Léa, Mo');
    await isFine(mo, 'reactions');
    await hers.click();
    await his.filter({ hasText: '1' }).waitFor();
    await his.tap();
    await hers.waitFor({ state: 'detached' });
    lea.isWell();
  });

  test('by keyboard: to the message, the picker, a name in French, and back', async () => {
    const { lea, mo } = await two();
    await mo.say('gagné');
    await lea.sees('Mo', 'gagné');
    await lea.field.press('Escape');
    await lea.page.keyboard.press('+');
    await lea.page.locator('#emoji-search').waitFor();
    await isFine(lea, 'picker');
    await lea.page.keyboard.type('fete');
    await lea.page.keyboard.press('ArrowDown');
    await lea.page.keyboard.press('ArrowRight');
    await lea.page.keyboard.press('ArrowUp');
    assert.equal(await lea.page.evaluate(() => document.activeElement?.id), 'emoji-search');
    await lea.page.keyboard.press('Enter');
    await mo.page.locator('.chip').waitFor();
    assert.match(await mo.page.locator('.chip').getAttribute('data-emoji') ?? '', /🥳|🎉/u);
    assert.equal(await lea.page.evaluate(() => document.activeElement?.matches('.message')), true, 'the focus is back');
    await lea.page.keyboard.press('+');
    await lea.page.locator('.emojis h2').first().waitFor();
    await lea.page.keyboard.type('zzzzzz');
    await lea.page.getByText('Aucun émoji de ce nom.').waitFor();
    await lea.page.keyboard.press('Escape');
    assert.equal(await lea.page.locator('#emoji-picker').isVisible(), false);
  });
});

describe('a reply of another client', () => {
  test('quotes what it names by its id, and nothing else', async () => {
    const room = newRoom();
    await publish(room, [
      { message: 'la première', id: 'un' },
      { message: 'oui', reply: 1, reply_id: 'un' },
      { message: 'non', reply: 1, reply_id: 'deux' },
    ]);
    const ann = await open(room, { name: 'Ann' });
    await row(ann, 'oui').locator('a.quote', { hasText: 'la première' }).waitFor();
    await row(ann, 'non').locator('p.quote', { hasText: 'Ce message n’est plus gardé.' }).waitFor();
    ann.isWell();
  });
});

describe('far away in a long room', () => {
  test('a quote leads back to what is not here, marks it, and one reads on both ways without a jump', async () => {
    const room = newRoom();
    const lea = await open(room, { name: 'Léa' });
    await lea.say('la première');
    await lea.sees('Léa', 'la première');
    await act(lea, 'la première', 'reply');
    await fill(room, 300);
    await lea.say('j’y reviens');
    await lea.sees('Léa', 'j’y reviens');

    const mo = await open(room, { name: 'Mo', ...phone });
    const quote = mo.page.locator('a.quote', { hasText: 'la première' });
    await quote.tap();
    await mo.page.locator('.message.marked', { hasText: 'la première' }).waitFor();
    assert.equal(await mo.page.locator('.separator.start').count(), 1);
    assert.equal(await mo.count('j’y reviens'), 0, 'the window has moved');
    await mo.jump.tap();
    await mo.sees('Léa', 'j’y reviens');
    mo.isWell();
  });

  test('a permalink opens around its message, goes on both ways, and the link copied is the same', async () => {
    const room = newRoom();
    await fill(room, 300);
    const ann = await open(`${room}#150`, { permissions: ['clipboard-read', 'clipboard-write'], viewport: { width: 900, height: 600 } });
    await ann.page.locator('.message.marked', { hasText: 'm150' }).waitFor();
    const in_sight = await ann.page.locator('.marked').evaluate((element) => {
      const box = element.getBoundingClientRect();
      return box.top > 64 && box.bottom < innerHeight;
    });
    assert.ok(in_sight);
    await row(ann, 'm150').hover();
    await ann.page.locator('[data-act="copy"]').click();
    await ann.page.getByText('Lien copié').waitFor();
    assert.equal(await ann.page.evaluate(() => navigator.clipboard.readText()), `${room}#150`);

    for (const [step, end] of /** @type {const} */ ([[-300, 'm1'], [300, 'm300']])) {
      const moved_px = await ann.page.evaluate(async ([by, last]) => {
        const log = /** @type {HTMLElement} */ (document.querySelector('chat-log'));
        const texts = () => [...document.querySelectorAll('.message .text')].map(({ textContent }) => textContent);
        let most_px = 0;
        for (let n = 0; n < 400 && !texts().includes(String(last)); n += 1) {
          log.scrollTop += Number(by);
          const { top } = log.getBoundingClientRect();
          const seen = [...document.querySelectorAll('.message')].find((each) => each.getBoundingClientRect().top > top);
          const before_px = seen?.getBoundingClientRect().top ?? 0;
          await new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(resolve)); });
          if (seen?.isConnected) most_px = Math.max(most_px, Math.abs(seen.getBoundingClientRect().top - before_px));
        }
        return texts().includes(String(last)) ? most_px : Infinity;
      }, /** @type {const} */ ([step, end]));
      assert.ok(moved_px < 1.5, `to ${end}: moved by ${moved_px} px`);
    }
    const texts = await ann.texts();
    assert.deepEqual(texts, Array.from(texts, (_, n) => `m${n + 1}`), 'each once, in order');
    ann.isWell();
  });

  test('a link to what is not there says so and shows the end', async () => {
    const room = newRoom();
    await fill(room, 3);
    const ann = await open(`${room}#9999`);
    await ann.page.getByText('Ce message n’est plus là').waitFor();
    await ann.sees('Flood', 'm3');
    await isFine(ann, 'notice');
    await ann.page.goto(`${room}#2`);
    await ann.page.locator('.message.marked', { hasText: 'm2' }).waitFor();
  });

  test('what was said since one left is marked, also at the next visit', async () => {
    const room = newRoom();
    const [ann, bob] = [await open(room, { name: 'Ann' }), await open(room, { name: 'Bob' })];
    await bob.say('avant');
    await ann.sees('Bob', 'avant');
    await ann.page.goto('about:blank');
    await bob.say('pendant');
    await bob.sees('Bob', 'pendant');
    await ann.page.goto(room);
    await ann.sees('Bob', 'pendant');
    const texts = await ann.page.locator('.message .text, .separator.since').allTextContents();
    assert.deepEqual(texts, ['avant', 'Pendant votre absence', 'pendant']);
    await ann.page.reload();
    await ann.sees('Bob', 'pendant');
    assert.equal(await ann.page.locator('.separator.since').count(), 0, 'now it is read');
  });
});

describe('while one writes', () => {
  test('names are completed and marked, more so for who is meant', async () => {
    const { lea, mo } = await two();
    await mo.say('me voici');
    await lea.isWith('Léa', 'Mo');
    await lea.field.pressSequentially('Dis @m');
    await lea.page.locator('#completion li', { hasText: 'Mo' }).waitFor();
    await isFine(lea, 'completion');
    await lea.field.press('Tab');
    assert.equal(await lea.field.inputValue(), 'Dis @Mo ');
    await lea.field.press('Enter');
    await mo.page.locator('.message.for-me .mention.me', { hasText: '@Mo' }).waitFor();
    await lea.page.locator('.mention:not(.me)', { hasText: '@Mo' }).waitFor();
    assert.equal(await lea.page.locator('.for-me').count(), 0);
    await isFine(mo, 'mentioned');
    await lea.field.pressSequentially('@mo');
    await lea.page.locator('#completion li').waitFor();
    await lea.field.press('Escape');
    assert.equal(await lea.page.locator('#completion').isVisible(), false);
    assert.equal(await lea.field.inputValue(), '@mo');
  });

  test('an emoji by its name, by the list, and by the picker', async () => {
    const { lea, mo } = await two();
    await lea.field.pressSequentially('bravo :tad');
    await lea.page.locator('#completion li', { hasText: '🎉' }).waitFor();
    await lea.field.press('Enter');
    assert.equal(await lea.field.inputValue(), 'bravo 🎉');
    await lea.field.pressSequentially(' :+1: `:+1:`');
    await lea.field.press('Enter');
    await mo.page.locator('.text', { hasText: 'bravo 🎉 👍 :+1:' }).waitFor();

    await mo.page.locator('#emoji-open').tap();
    await mo.page.locator('.emojis button[data-emoji="🌳"]').tap();
    assert.equal(await mo.field.inputValue(), '🌳');
    await mo.page.locator('#emoji-open').tap();
    assert.equal(await mo.page.locator('#emoji-picker:popover-open .emojis button').first().getAttribute('data-emoji'), '🌳', 'the last used is first');
    await isFine(mo, 'picker on a phone');
  });

  test('the others see that one writes, not every key, until it is said', async () => {
    let n_sent = 0;
    const room = newRoom();
    const bob = new Person(await (await stage.browser.newContext({ locale: 'fr-FR' })).newPage());
    bob.page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => { n_sent += String(payload).split('"typing"').length - 1; }));
    await bob.page.goto(room);
    await bob.isOnline();
    await bob.page.locator('#typing').waitFor({ state: 'attached' });
    const ann = await open(room, { name: 'Ann' });
    await bob.nameField.fill('Bob');
    await bob.field.pressSequentially('une phrase assez longue pour bien des touches');
    await ann.page.locator('#typing', { hasText: 'Bob' }).waitFor();
    assert.match(await ann.page.locator('#typing').textContent() ?? '', /^\u2068Bob\u2069 écrit…$/);
    assert.ok(n_sent <= 2, `${n_sent} for 45 keys`);
    assert.equal(await ann.page.locator('#typing').evaluate((element) => element.closest('[aria-live], [role="status"], [role="log"]')), null);
    await bob.field.press('Enter');
    await ann.sees('Bob', 'une phrase assez longue pour bien des touches');
    // Well before it would go by itself.
    await ann.page.waitForFunction(() => document.querySelector('#typing')?.textContent === '', undefined, { timeout: 1_500 });
    ann.isWell();
  });
});

describe('names and keys', () => {
  test('two who bear one name are told apart, in the list and at their messages', async () => {
    const room = newRoom();
    const [one, other, ann] = [await open(room, { name: 'Sam' }), await open(room, { name: 'sam\u200b' }), await open(room, { name: 'Ann' })];
    await one.say('un');
    await other.say('deux');
    await ann.sees('sam\u200b', 'deux');
    const marks = ann.page.locator('.message .name-mark');
    await ann.page.waitForFunction(() => document.querySelectorAll('.message .name-mark').length === 2);
    const texts = await marks.allTextContents();
    assert.equal(new Set(texts).size, 2);
    for (const text of texts) assert.match(text, /^#\w{4}$/);
    assert.match(await marks.first().getAttribute('title') ?? '', /Plusieurs personnes/);
    await ann.page.waitForFunction(() => document.querySelectorAll('#people .name-mark').length === 2);
    await isFine(ann, 'shared name');
  });

  test('all of it goes by keyboard, and ? says how', async () => {
    const { lea, mo } = await two();
    await mo.say('a');
    await mo.say('b');
    await lea.sees('Mo', 'b');
    await lea.page.locator('chat-log').focus();
    await lea.page.keyboard.press('?');
    await lea.page.getByRole('dialog', { name: 'Raccourcis clavier' }).waitFor();
    await isFine(lea, 'keys');
    await lea.page.keyboard.press('Escape');

    await lea.page.keyboard.press('ArrowUp');
    await lea.page.keyboard.press('ArrowUp');
    const focused = () => lea.page.evaluate(() => document.activeElement?.querySelector('.text')?.textContent);
    assert.equal(await focused(), 'a');
    await lea.page.keyboard.press('Enter');
    await lea.page.keyboard.press('ArrowRight');
    assert.equal(await lea.page.evaluate(() => document.activeElement?.getAttribute('data-emoji')), '❤️');
    await isFine(lea, 'tools by keyboard');
    await lea.page.keyboard.press('Enter');
    await mo.page.locator('.chip[data-emoji="❤️"]').waitFor();
    await lea.page.keyboard.press('Escape');
    assert.equal(await focused(), 'a');
    await lea.page.keyboard.press('r');
    await lea.page.keyboard.type('réponse');
    await lea.page.keyboard.press('Enter');
    await mo.page.locator('.quote', { hasText: 'Mo a' }).waitFor();
    await lea.page.locator('.message[data-state="sent"]', { hasText: 'réponse' }).waitFor();
    await lea.field.press('Escape');
    assert.equal(await focused(), 'réponse');
    await lea.page.keyboard.press('Delete');
    await lea.page.keyboard.press('Enter');
    await shows(mo, 'Message deleted');
    await lea.page.keyboard.press('Escape');
    assert.equal(await lea.page.evaluate(() => document.activeElement?.id), 'message');
    await lea.field.pressSequentially('?');
    assert.equal(await lea.page.locator('#keys').isVisible(), false);
  });
});

/** So many messages of a plain client. @param {string} room @param {number} n_messages */
async function fill(room, n_messages) {
  await publish(room, Array.from({ length: n_messages }, (_, n) => ({ sender: 'Flood', message: `m${n + 1}` })));
}

/** What a plain client says, which is on disk when this resolves. @param {string} room @param {Partial<import('../src/protocol.js').Draft>[]} messages */
async function publish(room, messages) {
  const socket = new WebSocket(room.replace('http', 'ws'));
  await new Promise((resolve) => { socket.once('open', resolve); });
  const done = new Promise((resolve) => {
    socket.on('message', (data) => {
      if (JSON.parse(String(data)).message === messages.at(-1)?.message) resolve(null);
    });
  });
  for (const message of messages) socket.send(JSON.stringify(message));
  await done;
  socket.close();
}
