/** Files and voices, between two people. */

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { isFine, openBrowser, Person, Server } from './harness.js';

/** One red pixel, four by two of it when it is shown. */
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAQAAAACCAIAAADwyuo0AAAAEElEQVR4nGP4z8AARwzEcQCukw/x0F8jngAAAABJRU5ErkJggg==', 'base64');

/** @type {Server} */
let server;
/** @type {import('playwright-core').Browser} */
let browser;
let n_rooms = 0;
let room = '';
before(async () => {
  server = await Server.start({ args: ['--file-bytes-max', '100000', '--file-burst', '100'] });
  browser = await openBrowser(['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream']);
});
after(async () => {
  await browser.close();
  await server.stop();
});
beforeEach(() => {
  n_rooms += 1;
  room = `${server.url}rooms/f${n_rooms}`;
});

/** @param {import('./harness.js').ContextOptions & { name?: string }} [options] */
const open = (options) => Person.open(browser, room, options);

/** @param {Person} person @param {...{ name: string, mimeType: string, buffer: Buffer }} files */
async function attach({ page }, ...files) {
  await page.locator('chat-composer input[type=file]').setInputFiles(files);
}

const png = (name = 'chat.png') => ({ name, mimeType: 'image/png', buffer: PNG });

for (const [device, viewport] of /** @type {const} */ ([['phone', { width: 360, height: 640 }], ['desktop', { width: 1280, height: 800 }]])) {
  describe(device, () => {
    test('an image is previewed, sent, and seen by the other, whole on a click', async () => {
      const [lea, mo] = [await open({ name: 'Léa', viewport }), await open({ name: 'Mo', viewport })];
      await attach(lea, png(), png('other.png'));
      await lea.page.locator('.attachments li[data-state=done]').nth(1).waitFor();
      assert.match(await lea.page.locator('.pile > .soft').innerText(), /10 fichiers/);
      await isFine(lea, 'with attachments');
      await lea.page.locator('.attachments li', { hasText: 'other.png' }).locator('button').last().click();
      await lea.say('');
      await lea.page.locator('.message[data-state=sent] .files img').waitFor();
      assert.ok(await lea.page.locator('.pile').isHidden());

      const image = mo.page.locator('.files img');
      await image.waitFor();
      assert.equal(await image.getAttribute('alt'), 'chat.png');
      assert.deepEqual([await image.getAttribute('width'), await image.getAttribute('height')], ['4', '2']);
      await mo.page.waitForFunction(() => document.querySelector('.files img') instanceof HTMLImageElement
        && /** @type {HTMLImageElement} */ (document.querySelector('.files img')).naturalWidth === 4);
      assert.ok(await mo.page.locator('.only-files .text').isHidden(), 'its words stand for it elsewhere');
      await isFine(mo, 'an image');
      await mo.page.locator('.files a.image').press('Enter');
      const viewer = mo.page.locator('dialog.viewer');
      await viewer.locator('img').waitFor();
      await isFine(mo, 'an image, whole');
      await mo.page.keyboard.press('Escape');
      await viewer.waitFor({ state: 'detached' });
      assert.ok(await mo.page.locator('.files a.image').evaluate((link) => link === document.activeElement));
      for (const person of [lea, mo]) {
        person.isWell();
        await person.close();
      }
    });

    test('a voice is recorded, heard before it is sent, and played by the other', async () => {
      const [lea, mo] = [await open({ name: 'Léa', viewport }), await open({ name: 'Mo', viewport })];
      await lea.page.getByRole('button', { name: 'Enregistrer un message vocal' }).click();
      await lea.page.locator('.recorder .time', { hasText: '0:02' }).waitFor();
      await isFine(lea, 'recording');
      await lea.page.getByRole('button', { name: 'Terminer' }).click();
      await lea.page.locator('.attachments li[data-state=done]').waitFor();
      await isFine(lea, 'recorded');
      await lea.page.locator('.attachments').getByRole('button', { name: 'Écouter' }).click();
      await lea.page.locator('.attachments').getByRole('button', { name: 'Pause' }).waitFor();
      await lea.say('');

      const voice = mo.page.locator('.files .voice');
      await voice.waitFor();
      assert.match(await voice.locator('.soft').innerText(), /^0:0[2-9]$/);
      const bars = await voice.locator('path').first().getAttribute('d') ?? '';
      assert.equal(bars.match(/M/g)?.length, 48);
      const slider = voice.getByRole('slider');
      // The sound itself is in no document: it is known by being loaded.
      await mo.page.evaluate(() => {
        const { load } = HTMLMediaElement.prototype;
        HTMLMediaElement.prototype.load = function loaded() {
          Object.assign(window, { sound: this });
          load.call(this);
        };
      });
      await slider.focus();
      await slider.press('ArrowRight');
      await mo.page.waitForFunction(() => /^0:01 sur/.test(document.querySelector('.files input')?.getAttribute('aria-valuetext') ?? ''));
      await mo.page.waitForFunction(() => Math.abs(/** @type {any} */ (window).sound?.currentTime - 1) < 0.2);
      await voice.getByRole('button').click();
      await voice.getByRole('button', { name: 'Pause' }).waitFor();
      // It goes on from there, to its end, and is at its beginning again.
      await voice.getByRole('button', { name: 'Écouter' }).waitFor();
      assert.match(await slider.getAttribute('aria-valuetext') ?? '', /^0:00/);
      await isFine(mo, 'a voice');
      for (const person of [lea, mo]) {
        person.isWell();
        await person.close();
      }
    });
  });
}

test('what is hostile is a card to save, and runs nowhere', async () => {
  const lea = await open({ name: 'Léa' });
  const script = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
  await attach(
    lea,
    { name: '<img src=x onerror=alert(1)>.svg', mimeType: 'image/svg+xml', buffer: script },
    { name: 'page.html', mimeType: 'text/html', buffer: Buffer.from('<script>top.ran = true; alert(1)</script>') },
    { name: 'photo\u202egnp.exe', mimeType: 'image/png', buffer: Buffer.from('MZ\0\0') },
  );
  await lea.page.locator('.attachments li[data-state=done]').nth(2).waitFor();
  await lea.say('look');
  await lea.page.locator('.files .card').nth(2).waitFor();
  const names = await lea.page.locator('.files .card bdi').allTextContents();
  assert.deepEqual(names, ['img src=x onerror=alert(1).svg', 'page.html', 'photognp.exe']);
  const url = await lea.page.locator('.files .card').nth(1).getAttribute('href') ?? '';
  const response = await lea.page.request.get(new URL(url, server.url).href);
  assert.match(response.headers()['content-disposition'] ?? '', /^attachment/);
  // In a frame of the page itself it is saved or refused, but shown and run never.
  const ran = await lea.page.evaluate(async (src) => {
    const image = new Image();
    const failed = new Promise((resolve) => { image.onerror = resolve; });
    image.src = src;
    await failed;
    return 'ran' in window;
  }, url);
  assert.equal(ran, false);
  await isFine(lea, 'cards');
  lea.isWell();
  await lea.close();
});

test('a file that is too large is refused with the limit, before it is sent', async () => {
  const lea = await open({ name: 'Léa' });
  await attach(lea, { name: 'big.bin', mimeType: 'application/zip', buffer: Buffer.alloc(100_001) });
  await lea.page.getByText('big.bin est trop grand').waitFor();
  assert.match(await lea.page.locator('.pile-status').innerText(), /98\sko/);
  assert.equal(await lea.page.locator('.attachments li').count(), 0);
  lea.isWell();
  await lea.close();
});

/** Exif as a phone writes it: held upright, and where. */
const EXIF = Buffer.from('4d4d002a00000008000101120003000000010006000000000000' + Buffer.from('48.8584 N, 2.2945 E').toString('hex'), 'hex');

/** @param {string} type @param {Buffer} image as the browser has made it */
function photographed(type, image) {
  if (type === 'image/jpeg') {
    const length = Buffer.from([0xff, 0xe1, 0, EXIF.length + 8]);
    return Buffer.concat([image.subarray(0, 2), length, Buffer.from('Exif\0\0'), EXIF, image.subarray(2), Buffer.from('film 48.8584')]);
  }
  const head = Buffer.alloc(8);
  if (type === 'image/png') {
    const text = Buffer.from('....eXIf');
    const checksum = Buffer.alloc(4);
    text.writeUInt32BE(EXIF.length);
    checksum.writeUInt32BE(crc32(Buffer.concat([text.subarray(4), EXIF])));
    // Behind its head.
    return Buffer.concat([image.subarray(0, 33), text, EXIF, checksum, image.subarray(33)]);
  }
  head.write('EXIF');
  head.writeUInt32LE(EXIF.length, 4);
  const chunks = Buffer.concat([image.subarray(8), head, EXIF, Buffer.alloc(EXIF.length % 2)]);
  // Its first chunk, VP8X, says what there is.
  chunks.writeUInt8(chunks.readUInt8(12) | 0x08, 12);
  head.write('RIFF');
  head.writeUInt32LE(chunks.length, 4);
  return Buffer.concat([head, chunks]);
}

test('a photo is seen as it was taken, and does not tell where', async () => {
  const [lea, mo] = [await open({ name: 'Léa' }), await open({ name: 'Mo' })];
  for (const type of ['image/jpeg', 'image/png', 'image/webp']) {
    const made = await lea.page.evaluate(async (media_type) => {
      const canvas = Object.assign(document.createElement('canvas'), { width: 40, height: 20 });
      const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { alpha: false }));
      for (const [n, colour] of ['red', 'lime', 'blue', 'white'].entries()) {
        context.fillStyle = colour;
        context.fillRect(n * 10, 0, 10, 10 + n * 3);
      }
      return canvas.toDataURL(media_type);
    }, type);
    const buffer = photographed(type, Buffer.from(made.split(',')[1] ?? '', 'base64'));
    const name = type.replace('image/', 'photo.');
    await attach(lea, { name, mimeType: type, buffer });
    await lea.page.locator('.attachments li[data-state=done]').waitFor();
    await lea.say(name);
    const image = mo.page.locator(`.files img[alt="${name}"]`);
    await image.waitFor();
    const url = await image.getAttribute('src') ?? '';
    const kept = await (await mo.page.request.get(new URL(url, server.url).href)).body();
    assert.ok(!kept.includes('48.8584') && kept.length < buffer.length, type);

    const seen = await mo.page.evaluate((urls) => Promise.all(urls.map(async (src) => {
      const shown = Object.assign(new Image(), { src });
      await shown.decode();
      const canvas = Object.assign(document.createElement('canvas'), { width: shown.naturalWidth, height: shown.naturalHeight });
      const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
      context.drawImage(shown, 0, 0);
      return [canvas.width, canvas.height, ...context.getImageData(0, 0, canvas.width, canvas.height).data];
    })), [`data:${type};base64,${buffer.toString('base64')}`, url]);
    assert.deepEqual(seen[1], seen[0], `${type}: every pixel is where it was`);
    // Chromium does not look how a WebP is held.
    const [width, height] = type === 'image/webp' ? [40, 20] : [20, 40];
    assert.deepEqual(seen[1]?.slice(0, 2), [width, height], `${type}: upright`);
    assert.deepEqual([await image.getAttribute('width'), await image.getAttribute('height')], [`${width}`, `${height}`]);
  }
  await attach(lea, { name: 'cut.png', mimeType: 'image/png', buffer: PNG.subarray(0, 60) });
  await lea.page.getByText('Le fichier est abîmé').waitFor();
  for (const person of [lea, mo]) await person.close();
});

test('files come by paste and by drop', async () => {
  const lea = await open({ name: 'Léa' });
  await lea.page.locator('button', { has: lea.page.locator('use[href="#clip"]') }).waitFor();
  for (const type of ['paste', 'drop']) {
    await lea.page.evaluate(([kind, base64]) => {
      const bytes = Uint8Array.from(atob(base64 ?? ''), (letter) => letter.charCodeAt(0));
      const data = new DataTransfer();
      data.items.add(new File([bytes], `${kind}.png`, { type: 'image/png' }));
      const event = kind === 'paste' ? new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })
        : new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true });
      document.querySelector('#message')?.dispatchEvent(event);
    }, [type, PNG.toString('base64')]);
    await lea.page.locator('.attachments li[data-state=done]', { hasText: `${type}.png` }).waitFor();
  }
  await lea.say('both');
  await lea.page.locator('.message[data-state=sent] .files img').nth(1).waitFor();
  lea.isWell();
  await lea.close();
});

test('a message waits for its files over a lost network', async () => {
  const own = await Server.start();
  const mo = await Person.open(browser, `${own.url}rooms/away`, { name: 'Mo' });
  await attach(mo, png());
  await mo.page.locator('.attachments li[data-state=done]').waitFor();
  await own.kill();
  await mo.isOffline();
  await attach(mo, png('later.png'));
  await mo.page.getByText('Attend le réseau').waitFor();
  await mo.field.fill('at last');
  await mo.field.press('Enter');
  await mo.page.getByText('au retour du réseau').waitFor();
  await own.restart();
  await mo.page.getByRole('button', { name: /Réessayer maintenant/ }).click().catch(() => {});
  await mo.page.locator('.message[data-state=sent] .files img').nth(1).waitFor();
  await mo.close();
  await own.stop();
});

test('a message that is deleted takes its files with it', async () => {
  const [lea, mo] = [await open({ name: 'Léa' }), await open({ name: 'Mo' })];
  await attach(lea, png());
  await lea.page.locator('.attachments li[data-state=done]').waitFor();
  await lea.say('gone soon');
  const image = mo.page.locator('.files img');
  await image.waitFor();
  const url = new URL(await image.getAttribute('src') ?? '', server.url).href;
  await lea.page.evaluate(async ([channel, module]) => {
    const { Client } = await import(module ?? '');
    const client = new Client(`${location.origin.replace('http', 'ws')}/connection/websocket`, { token: localStorage.getItem('palabre.token') });
    const tea = client.subscribe(channel);
    client.connect();
    await tea.publish({ id: 'delete', sender: 'Léa', message: 'x', type: 'delete', target: 1 });
    client.disconnect();
  }, [`room:f${n_rooms}`, '/client.js']);
  await image.waitFor({ state: 'detached' });
  let status = 200;
  while (status === 200) status = (await mo.page.request.get(url)).status();
  assert.equal(status, 404);
  for (const person of [lea, mo]) {
    person.isWell();
    await person.close();
  }
});

test('without a microphone the page says so, and nothing else changes', async () => {
  const plain = await openBrowser();
  const lea = await Person.open(plain, room, { name: 'Léa' });
  await lea.page.getByRole('button', { name: 'Enregistrer un message vocal' }).click();
  await lea.page.locator('.pile-status', { hasText: /microphone/ }).waitFor();
  await lea.say('written instead');
  await lea.sees('Léa', 'written instead');
  lea.isWell();
  await plain.close();
});
