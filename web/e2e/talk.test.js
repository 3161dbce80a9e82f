/** People talk: with each other, with other clients, and whatever they write. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Person, Stage } from './harness.js';

/** @typedef {import('playwright-core').BrowserContextOptions} ContextOptions */

/** Where the head of a room has no place for the language. */
const narrow = { width: 320, height: 640 };

describe('people talk', () => {
  const stage = new Stage('one server');
  /** Each test has a room of its own. */
  let n_rooms = 0;


  function newRoom() {
    n_rooms += 1;
    return stage.room(`salon-${n_rooms}`);
  }

  /** @param {string} room @param {ContextOptions & { name?: string }} [options] */
  function open(room, options) {
    return stage.open(room, options);
  }

  test('a message stands on both screens, with its sender’s name', async () => {
    const room = newRoom();
    const [ann, bob] = [await open(room, { name: 'Ann' }), await open(room, { name: 'Bob' })];
    await ann.say('Bonjour !');
    await ann.sees('Ann', 'Bonjour !');
    await bob.sees('Ann', 'Bonjour !');
    await bob.say('Salut Ann');
    await ann.sees('Bob', 'Salut Ann');
    await bob.sees('Bob', 'Salut Ann');

    assert.equal(await ann.messages.count(), 2);
    assert.equal(await ann.page.locator('.own').count(), 1, 'one’s own are told apart');
    assert.equal(await bob.page.locator('.own .text').textContent(), 'Salut Ann');
    const [seen, own] = [ann.page.locator('.message').first(), bob.page.locator('.message').first()];
    assert.equal(await seen.getAttribute('style'), await own.getAttribute('style'), 'one hue on every screen');
    const time = ann.page.locator('.message time').first();
    assert.match(await time.textContent() ?? '', /^\d\d:\d\d$/);
    assert.match(await time.getAttribute('title') ?? '', /\d{4} à \d\d:\d\d:\d\d$/);
    ann.isWell();
    bob.isWell();
  });

  test('at / one is in the general room, and who gives no name is Anonyme', async () => {
    const [here, there] = [await open(stage.server.url), await open(stage.room('general'))];
    await here.say('y a-t-il quelqu’un ?');
    await here.sees('Anonyme', 'y a-t-il quelqu’un ?');
    await there.sees('Anonyme', 'y a-t-il quelqu’un ?');
  });

  test('rooms are apart', async () => {
    const [ann, bob] = [await open(newRoom(), { name: 'Ann' }), await open(newRoom(), { name: 'Bob' })];
    await ann.say('here');
    await bob.say('there');
    await ann.sees('Ann', 'here');
    await bob.sees('Bob', 'there');
    assert.equal(await ann.messages.count(), 1);
    assert.equal(await bob.messages.count(), 1);
  });

  test('a page of a few lines, opened from a file, talks with ours both ways', async () => {
    const ann = await open(stage.server.url, { name: 'Ann' });
    const plain = await (await stage.browser.newContext()).newPage();
    const file = new URL('pages/plain.html', import.meta.url);
    file.hash = stage.server.url.replace('http', 'ws');
    await plain.goto(file.href);
    await plain.waitForFunction(() => document.title === 'ouvert');

    await ann.say('Qui est là ?');
    await plain.locator('li', { hasText: 'Ann: Qui est là ?' }).waitFor();
    await plain.locator('#text').fill('Moi');
    await plain.locator('#go').click();
    await ann.sees('Anonyme', 'Moi');
    await plain.locator('#who').fill('Léa');
    await plain.locator('#text').fill('C’est Léa');
    await plain.locator('#go').click();
    await ann.sees('Léa', 'C’est Léa');
    await plain.locator('li', { hasText: 'Léa: C’est Léa' }).waitFor();
    ann.isWell();
  });

  test('the example on the page runs as it is pasted', async () => {
    const room = newRoom();
    const ann = await open(room, { name: 'Ann' });
    await ann.page.locator('summary').click();
    const example = await ann.page.locator('#welcome-snippet').textContent();
    const other = await open(newRoom());
    await other.page.evaluate(`(() => { ${example} })()`);
    await ann.sees('Robot', 'Bonjour');
  });

  test('what is hostile is shown as text, and runs nothing', async () => {
    const room = newRoom();
    const [ann, mallory] = [await open(room, { name: 'Ann' }), await open(room)];
    const hostile = [
      '<script>document.title = "owned"</script>',
      '<img src=x onerror="document.title=\'owned\'">',
      '"><svg onload=document.title="owned">',
      '\u202eevil\u202c and \u202e never closed',
      'x'.repeat(10_000),
      '👩‍👩‍👧‍👦🏳️‍🌈👍🏽',
      'Z̸̡̛͓̗͇̩̗̮̖̲͎̫̲̠̝̞̭͂̀̿̏̎͌̈́̐̎̃̄̚͘͝͠ͅalgo',
      '{"type":"error","code":"rate-limited"}',
      'שלום עולם',
    ];
    for (const text of hostile) {
      const name = [...text].slice(0, 60).join('').trim();
      await mallory.nameField.fill(name);
      await mallory.say(text);
      await ann.sees(name, text);
      await mallory.sees(name, text);
    }
    for (const person of [ann, mallory]) {
      assert.equal(await person.page.locator('.message :is(script, img, svg)').count(), 0);
      assert.doesNotMatch(await person.page.title(), /owned/);
      assert.equal(await isTooWide(person), false);
      person.isWell();
    }
    // The overrides end with their own element: the time after such a name is not turned around.
    const bdi = ann.page.locator('bdi.who').nth(3);
    assert.match(await bdi.evaluate((element) => getComputedStyle(element).unicodeBidi), /isolate/);
  });

  test('a plain client that plays the server is shown as what it is: a message', async () => {
    const room = newRoom();
    const ann = await open(room, { name: 'Ann' });
    await ann.say('mine');
    await ann.sees('Ann', 'mine');
    const id = await ann.page.locator('.message').getAttribute('data-id');
    const other = await open(newRoom());
    await other.page.evaluate(([url, mine]) => {
      const socket = new WebSocket(url ?? '');
      socket.onopen = () => {
        socket.send(JSON.stringify({ sender: 'palabre', type: 'error', code: 'rate-limited', message: 'forged', id: mine }));
        socket.send(JSON.stringify({ sender: 'palabre', code: 'rate-limited', message: 'after', id: mine + '2' }));
      };
    }, [room.replace('http', 'ws'), id]);
    await ann.sees('palabre', 'after');
    assert.equal(await ann.page.locator('[data-state="failed"]').count(), 0);
    assert.equal(await ann.count('mine'), 1);
  });

  test('a name that is too long: it says so, keeps the message, and a retry goes out', async () => {
    const room = newRoom();
    const [ann, bob] = [await open(room, { name: 'A'.repeat(65) }), await open(room)];
    await ann.page.locator('#problem', { hasText: '64 caractères' }).waitFor();
    assert.equal(await ann.nameField.getAttribute('aria-invalid'), 'true');
    await ann.say('bonjour');
    const failed = ann.page.locator('.message[data-state="failed"]');
    await failed.locator('.state', { hasText: 'Non envoyé\u202f: le nom dépasse 64 caractères' }).waitFor();
    await ann.nameField.fill('Ann');
    assert.equal(await ann.page.locator('#problem').isVisible(), false);
    await failed.locator('.retry').click();
    await bob.sees('Ann', 'bonjour');
    await ann.sees('Ann', 'bonjour');
    assert.equal(await ann.messages.count(), 1);
    assert.equal(await focused(ann), 'message');
  });

  test('a failed message can be removed', async () => {
    const ann = await open(newRoom(), { name: 'A'.repeat(65) });
    await ann.say('bonjour');
    await ann.page.locator('.discard').click();
    await ann.page.locator('chat-welcome').waitFor();
    assert.equal(await focused(ann), 'message');
  });

  test('a message over the limit stays in the field, with the reason under it', async () => {
    const ann = await open(newRoom(), { name: 'Ann' });
    await ann.say('é'.repeat(40_000));
    await ann.page.locator('#problem', { hasText: '16\u202f000 caractères' }).waitFor();
    assert.equal((await ann.field.inputValue()).length, 40_000);
    await ann.say('court');
    await ann.sees('Ann', 'court');
    assert.equal(await ann.page.locator('#problem').isVisible(), false);
  });

  test('blank is not sent; Shift + Enter is a new line; the field is cleared and keeps the focus', async () => {
    const ann = await open(newRoom(), { name: 'Ann' });
    await ann.say('   ');
    assert.equal(await ann.field.inputValue(), '   ');
    await ann.field.fill('');
    await ann.field.pressSequentially('un');
    await ann.field.press('Shift+Enter');
    await ann.field.pressSequentially('deux');
    const height = (await ann.field.boundingBox())?.height ?? 0;
    assert.ok(height > 60, 'the field grows');
    await ann.page.locator('.composer .send').click();
    await ann.sees('Ann', 'un\ndeux');
    assert.equal(await ann.messages.count(), 1);
    assert.equal(await ann.field.inputValue(), '');
    assert.equal(await focused(ann), 'message');
  });

  test('Enter that ends a composition is the input method’s', async () => {
    const ann = await open(newRoom(), { name: 'Ann' });
    await ann.field.fill('にほん');
    await ann.field.dispatchEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true, cancelable: true });
    assert.equal(await ann.messages.count(), 0);
    await ann.field.press('Enter');
    await ann.sees('Ann', 'にほん');
  });

  test('the list follows the newest, unless one reads further up; then a button says what came', async () => {
    const room = newRoom();
    const [ann, bob] = [await open(room, { name: 'Ann' }), await open(room, { name: 'Bob' })];
    for (let n = 0; n < 25; n += 1) {
      await bob.say(`ligne ${n}\net encore\net encore`);
      await ann.sees('Bob', `ligne ${n}\net encore\net encore`);
    }
    const log = ann.page.locator('chat-log');
    const isAtEnd = () => log.evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight < 2);
    assert.equal(await isAtEnd(), true);
    assert.equal(await ann.jump.isVisible(), false);

    await log.evaluate((element) => { element.scrollTop = 200; });
    await ann.page.locator('#jump', { hasText: 'Aux derniers messages' }).waitFor();
    await bob.say('un');
    await ann.page.locator('#jump', { hasText: '1 nouveau message' }).waitFor();
    await bob.say('deux');
    await ann.page.locator('#jump', { hasText: '2 nouveaux messages' }).waitFor();
    assert.equal(await log.evaluate((element) => element.scrollTop), 200, 'what one reads stays in place');
    const [last, button] = [await log.boundingBox(), await ann.jump.boundingBox()];
    assert.ok(last && button && button.y >= last.y + last.height, 'the button covers nothing');

    await ann.jump.click();
    await ann.page.waitForFunction(() => document.querySelector('#jump')?.hasAttribute('hidden'));
    assert.equal(await isAtEnd(), true);

    await log.evaluate((element) => { element.scrollTop = 0; });
    await ann.jump.waitFor();
    await ann.say('moi aussi');
    await ann.sees('Ann', 'moi aussi');
    assert.equal(await isAtEnd(), true, 'who speaks is at the end');
  });

  test('the page holds the newest messages only', async () => {
    const room = newRoom();
    const ann = await open(room, { name: 'Ann' });
    await ann.page.evaluate(() => {
      const log = document.querySelector('chat-log');
      if (log === null) throw new Error('no log');
      /** @type {any} */ (window).mostRows = 0;
      new MutationObserver(() => {
        const { mostRows } = /** @type {any} */ (window);
        /** @type {any} */ (window).mostRows = Math.max(mostRows, log.querySelectorAll('.message').length);
      }).observe(log, { childList: true, subtree: true });
    });
    // Several connections, as each may only send so many a second.
    const other = await open(newRoom());
    await other.page.evaluate(([url]) => {
      for (let n_socket = 0; n_socket < 22; n_socket += 1) {
        const socket = new WebSocket(url ?? '');
        socket.onopen = () => {
          for (let n = 0; n < 25; n += 1) socket.send(JSON.stringify({ sender: 'Flood', message: `${n_socket}/${n}` }));
        };
      }
    }, [room.replace('http', 'ws')]);
    await ann.page.waitForFunction(() => document.querySelectorAll('.message').length === 500);
    await ann.say('enfin');
    await ann.sees('Ann', 'enfin');
    assert.ok(await ann.page.evaluate(() => /** @type {any} */ (window).mostRows) <= 501);
  });

  test('the title counts what came while one looked elsewhere', async () => {
    const room = newRoom();
    const [ann, bob] = [await open(room), await open(room, { name: 'Bob' })];
    await setHidden(ann, true);
    await bob.say('un');
    await bob.say('deux');
    await ann.page.waitForFunction(() => document.title.startsWith('(2) # salon-'));
    await setHidden(ann, false);
    await ann.page.waitForFunction(() => document.title.startsWith('# salon-'));
  });

  test('name and language are remembered; two windows of one browser keep a name each', async () => {
    const room = newRoom();
    const ann = await open(room, { name: 'Ann' });
    await ann.page.locator('.top language-switch button').click();
    await ann.page.reload();
    await ann.isOnline();
    assert.equal(await ann.nameField.inputValue(), 'Ann');
    assert.equal(await ann.page.locator('html').getAttribute('lang'), 'en');

    const bob = new Person(await ann.page.context().newPage());
    await bob.page.goto(room);
    await bob.nameField.fill('Bob');
    await bob.say('hi');
    await ann.sees('Bob', 'hi');
    assert.equal(await ann.page.locator('.own').count(), 0);
    await ann.page.reload();
    assert.equal(await ann.nameField.inputValue(), 'Ann');
  });

  test('French or English, after the browser; a switch changes all that is there', async () => {
    const room = newRoom();
    const ann = await open(room, { name: 'Ann', locale: 'en-GB' });
    assert.equal(await ann.page.locator('html').getAttribute('lang'), 'en');
    await ann.page.locator('h2', { hasText: 'Welcome under the tree' }).waitFor();
    await ann.say('hello');
    await ann.sees('Ann', 'hello');
    await ann.page.locator('.separator', { hasText: 'Today' }).waitFor();
    await ann.page.getByRole('button', { name: 'Français' }).click();
    await ann.page.locator('.separator', { hasText: 'Aujourd’hui' }).waitFor();
    assert.equal(await ann.field.getAttribute('placeholder'), 'Écrire un message…');
    await ann.page.locator('#presence-text', { hasText: '1 personne ici' }).waitFor();
    await ann.page.getByRole('button', { name: 'English' }).waitFor();

    const german = await open(room, { locale: 'de-DE' });
    assert.equal(await german.page.locator('html').getAttribute('lang'), 'en');
  });

  test('with the keyboard alone: name, message, language, link, and back to the end', async () => {
    const room = newRoom();
    const ann = await open(room);
    assert.equal(await focused(ann), 'name', 'a newcomer begins with the name');
    await ann.page.keyboard.type('Ann');
    await ann.page.keyboard.press('Enter');
    assert.equal(await focused(ann), 'message');
    await ann.page.keyboard.type('au clavier');
    await ann.page.keyboard.press('Enter');
    await ann.sees('Ann', 'au clavier');

    await ann.page.reload();
    await ann.isOnline();
    assert.equal(await focused(ann), 'message', 'who is known begins with the message');

    await ann.page.locator('.rooms .visited li').waitFor();
    // From the top of the page, each stop of the Tab key can be seen. Which public rooms there are, others decide.
    await ann.page.locator('.skip').focus();
    const stops = [];
    while (stops.filter((stop) => stop !== 'public').length < 18) {
      stops.push(await ann.page.evaluate(() => {
        const element = document.activeElement;
        if (element?.closest('.public')) return 'public';
        if (element === null || element.getBoundingClientRect().width === 0) return 'unseen';
        // The composer's card shows the focus of its fields.
        const marked = getComputedStyle(element.closest('.composer form') ?? element);
        if (marked.outlineStyle === 'none' && marked.boxShadow === 'none') return 'unmarked';
        return element.id || element.className || element.localName;
      }));
      await ann.page.keyboard.press('Tab');
    }
    assert.deepEqual(stops.filter((stop) => stop !== 'public'), [
      'skip', 'notify-open', 'search-open', 'tool', 'tool icon', 'share-open', 'a', 'room-name', 'button', 'room-private',
      'log', 'name', 'message', 'send', 'emoji-open', 'tool icon', 'tool icon', 'ul',
    ]);

    await ann.page.locator('.skip').focus();
    await ann.page.keyboard.press('Enter');
    assert.equal(await focused(ann), 'message');
  });

  test('the link can be copied, and the dialog gives the focus back', async () => {
    const room = newRoom();
    const ann = await open(room, { permissions: ['clipboard-read', 'clipboard-write'] });
    await ann.page.locator('#share-open').focus();
    await ann.page.keyboard.press('Enter');
    const dialog = ann.page.getByRole('dialog', { name: 'Partager le salon' });
    await dialog.waitFor();
    assert.equal(await dialog.locator('input').inputValue(), room);
    await dialog.getByRole('button', { name: 'Copier le lien' }).click();
    await dialog.getByText('Lien copié').waitFor();
    assert.equal(await ann.page.evaluate(() => navigator.clipboard.readText()), room);
    await ann.page.keyboard.press('Escape');
    assert.equal(await dialog.isVisible(), false);
    assert.equal(await focused(ann), 'share-open');
  });

  test('an address that names no room says so, and leads to one', async () => {
    const page = await (await stage.browser.newContext({ locale: 'fr-FR', viewport: narrow })).newPage();
    const answer = await page.goto(new URL('rooms/a%20b', stage.server.url).href);
    assert.equal(answer?.status(), 400);
    await page.getByText('Ce nom de salon n’est pas possible').waitFor();
    assert.equal(await page.locator('#message').isDisabled(), true);
    await page.getByRole('button', { name: 'English' }).waitFor();
    await page.getByRole('link', { name: 'Aller au salon général' }).click();
    await page.locator('.presence[data-phase="open"]').waitFor();
  });

  test('the page that explains is there in both languages', async () => {
    const page = await (await stage.browser.newContext({ locale: 'fr-FR', viewport: narrow })).newPage();
    await page.goto(new URL('about', stage.server.url).href);
    await page.getByRole('heading', { name: 'Comment ça marche' }).waitFor();
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'How it works' }).waitFor();
    assert.equal(await page.getByRole('heading', { name: 'Comment ça marche' }).isVisible(), false);
    await page.getByRole('link', { name: 'Go and talk' }).click();
    await page.locator('.presence[data-phase="open"]').waitFor();
    assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  });
});

/** The id of what has the focus. @param {Person} person */
function focused(person) {
  return person.page.evaluate(() => document.activeElement?.id || document.activeElement?.className || '');
}

/** @param {Person} person */
function isTooWide(person) {
  return person.page.evaluate(() => {
    const log = document.querySelector('chat-log');
    return document.documentElement.scrollWidth > innerWidth || (log !== null && log.scrollWidth > log.clientWidth);
  });
}

/** As when one looks at another tab. @param {Person} person @param {boolean} hidden */
function setHidden(person, hidden) {
  return person.page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { value, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
}
