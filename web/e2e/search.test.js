/** The search: what was said is found, and leads to where it was said. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isFine, Person, Stage } from './harness.js';

const phone = { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true };
const hostile = '<img src=x onerror="alert(1)"> \u202egnp.exe cherche "&amp;" <mark>non</mark>';

describe('search', () => {
  const stage = new Stage('one server', ['--message-rate', '0']);


  /** @param {string} room @param {import('playwright-core').BrowserContextOptions & { name?: string }} [options] */
  function open(room, options) {
    return stage.open(stage.room(room), options);
  }

  test('a word is found without its accents, marked, and leads to its message, back and forth', async () => {
    const ann = await open('trees', { name: 'Ann' });
    await ann.say('Sous l’arbre à palabres, l’été');
    await ann.sees('Ann', 'Sous l’arbre à palabres, l’été');
    for (let n = 1; n <= 60; n += 1) await ann.say(`message ${n}`);
    await ann.sees('Ann', 'message 60');
    await ann.page.locator('#search-open').click();
    await look(ann, 'ETE');
    await results(ann, ['Sous l’arbre à palabres, l’été']);
    assert.deepEqual(await ann.page.locator('#search mark').allTextContents(), ['été']);
    assert.match(await status(ann), /^1 message/);

    await ann.page.locator('#search li a').click();
    assert.equal(await ann.page.locator('#search').isVisible(), false);
    assert.match(ann.page.url(), /\/rooms\/trees#1$/);
    await ann.page.locator('.message', { hasText: 'l’été' }).waitFor();
    await ann.page.waitForFunction(() => {
      const row = [...document.querySelectorAll('.message')].find((each) => each.textContent?.includes('été'));
      const { top = -1, bottom = 0 } = row?.getBoundingClientRect() ?? {};
      return top >= 0 && bottom <= innerHeight;
    });
    ann.isWell();
  });

  test('what one types while it is loaded is for its field; where it cannot be loaded, that is said', async () => {
    const ann = await open('slow', { name: 'Ann', serviceWorkers: 'block' });
    await ann.say('un baobab');
    await ann.sees('Ann', 'un baobab');
    await ann.page.locator('#search-open').waitFor();
    /** @type {() => void} */
    let comes = () => {};
    const held = new Promise((resolve) => { comes = () => resolve(null); });
    await ann.page.route('**/search-dialog.js', async (route) => {
      await held;
      await route.continue();
    });
    await ann.page.keyboard.press('Control+k');
    await ann.page.keyboard.type('baobab');
    comes();
    await results(ann, ['un baobab']);
    assert.equal(await ann.field.inputValue(), '');

    await ann.page.unroute('**/search-dialog.js');
    const other = await open('slow', { serviceWorkers: 'block' });
    await other.page.locator('#search-open').waitFor();
    await other.page.route('**/search-dialog.js', (route) => route.abort());
    await other.page.locator('#search-open').click();
    await other.page.locator('#notice', { hasText: 'La recherche n’a pas abouti' }).waitFor();
    assert.equal(await other.page.evaluate(() => document.querySelector('dialog[open]')), null);
  });

  test('all of it goes by keyboard, in this room or in all of one’s own', async () => {
    const ann = await open('first', { name: 'Ann' });
    await ann.say('un chêne');
    await ann.sees('Ann', 'un chêne');
    await ann.page.goto(stage.room('second'));
    await ann.isOnline();
    await ann.say('deux chênes');
    await ann.sees('Ann', 'deux chênes');
    await ann.page.locator('#search').waitFor({ state: 'attached' });

    await ann.field.press('/');
    assert.equal(await ann.field.inputValue(), '/', 'where one writes it is a sign');
    await ann.field.press('Control+k');
    await look(ann, 'chene');
    await results(ann, ['deux chênes']);
    await ann.page.keyboard.press('Tab');
    assert.equal(await focus(ann), 'search-here');
    await ann.page.keyboard.press('ArrowRight');
    await results(ann, ['deux chênes', 'un chêne']);
    assert.deepEqual(await ann.page.locator('#search .in').allTextContents(), ['# second', '# first']);
    await isFine(ann, 'results');

    await ann.page.locator('#search-field').focus();
    await ann.page.keyboard.press('ArrowDown');
    await ann.page.keyboard.press('ArrowDown');
    await ann.page.keyboard.press('Enter');
    await ann.page.locator('#room-title', { hasText: '# first' }).waitFor();
    await ann.page.locator('.message', { hasText: 'un chêne' }).waitFor();
    await ann.page.goBack();
    await ann.page.locator('#room-title', { hasText: '# second' }).waitFor();

    await ann.page.locator('chat-log').focus();
    await ann.page.keyboard.press('/');
    await ann.page.locator('#search-field:focus').waitFor();
    assert.equal(await ann.page.locator('#search-field').inputValue(), 'chene', 'the last words are there, to be replaced');
    await ann.page.keyboard.press('Escape');
    assert.equal(await ann.page.locator('#search').isVisible(), false);
    ann.isWell();
  });

  test('nothing, too much and a lost connection are said', async () => {
    const ann = await open('states', { name: 'Ann', ...phone });
    await ann.page.locator('#search-open').click();
    await ann.page.waitForFunction(() => document.querySelector('#search .status')?.textContent?.startsWith('Sans tenir compte'));
    await isFine(ann, 'an empty search');
    await look(ann, 'introuvable');
    await says(ann, 'Rien n’a été trouvé.');
    await look(ann, 'x'.repeat(201));
    await says(ann, 'C’est trop long');
    await look(ann, '?!');
    await says(ann, 'Sans tenir compte');
    await isFine(ann, 'a search that found nothing');
    await stage.server.kill();
    await ann.isOffline();
    await look(ann, 'arbre');
    await says(ann, 'La recherche n’a pas abouti');
    await stage.server.restart();
    await ann.isOnline();
    await look(ann, 'arbres');
    await says(ann, 'Rien n’a été trouvé.');
  });

  test('a message is found as it reads, without the marks it is written with', async () => {
    const ann = await open('marked', { name: 'Ann' });
    const whole = 'le **vieux `cèdre`** du [parc](https://example.org/arbres)';
    await ann.say(whole);
    await ann.say(`**${'loin '.repeat(60)}ici** un ~~*séquoia*~~ et **${'un bois '.repeat(60)}sec**`);
    await ann.page.locator('.message[data-state="sent"]', { hasText: 'séquoia' }).waitFor();
    await ann.page.locator('#search-open').click();
    await look(ann, 'cedre');
    await results(ann, ['le vieux cèdre du parc']);
    assert.deepEqual(await ann.page.locator('#search mark').allTextContents(), ['cèdre']);
    await look(ann, 'sequoia');
    await ann.page.locator('#search mark', { hasText: 'séquoia' }).waitFor();
    assert.match(await ann.page.locator('#search li .text').innerText(), /^…[loin ]+ici un séquoia et [un bois]+…$/);
    await look(ann, 'arbres');
    await results(ann, [whole]);
    ann.isWell();
  });

  test('what is hostile is found as text, and more is found further back', async () => {
    const ann = await open('hostile', { name: 'Ann', locale: 'en-GB', ...phone });
    await ann.say(hostile);
    await ann.sees('Ann', hostile);
    for (let n = 1; n <= 45; n += 1) await ann.say(`cherche ${n} ${'w'.repeat(60)}`);
    await ann.sees('Ann', `cherche 45 ${'w'.repeat(60)}`);
    await ann.page.locator('#search-open').click();
    await look(ann, 'cherche');
    await says(ann, '20 messages');
    for (const n of [40, 46]) {
      await ann.page.locator('#search .more').click();
      await says(ann, `${n} messages`);
    }
    assert.equal(await ann.page.locator('#search .more').isVisible(), false);
    const last = ann.page.locator('#search li').last();
    assert.equal(await last.locator('.text').textContent(), hostile);
    assert.deepEqual(await last.locator('mark').allTextContents(), ['cherche']);
    assert.equal(await last.locator('img').count(), 0);
    await isFine(ann, 'many results');
    await look(ann, '" onerror=" <mark>');
    await results(ann, [hostile]);
    await look(ann, '*) OR (room: 1');
    await says(ann, 'Nothing was found.');
    ann.isWell();
  });
});

/** @param {Person} person @param {string} query */
async function look(person, query) {
  await person.page.locator('#search-field').fill(query);
}

/** @param {Person} person @param {string[]} texts */
async function results(person, texts) {
  await person.page.waitForFunction((expected) => {
    const shown = [...document.querySelectorAll('#search li .text')].map((text) => text.textContent);
    return JSON.stringify(shown) === expected;
  }, JSON.stringify(texts));
}

/** @param {Person} person */
function status(person) {
  return person.page.locator('#search .status').innerText();
}

/** @param {Person} person @param {string} beginning */
async function says(person, beginning) {
  await person.page.waitForFunction(
    (text) => document.querySelector('#search .status')?.textContent?.startsWith(text),
    beginning,
  );
}

/** @param {Person} person */
function focus(person) {
  return person.page.evaluate(() => document.activeElement?.id);
}
