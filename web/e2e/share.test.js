/** The link to a room: as a code that a phone reads, and by way of another program. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import jsQR from 'jsqr';
import { isFine, Person, Stage } from './harness.js';

/** @type {typeof import('jsqr').default} */
const decode = /** @type {any} */ (jsQR).default ?? jsQR;

describe('sharing', () => {
  const stage = new Stage('one server');


  /** What a phone reads off the screen. @param {Person} person */
  async function scan({ page }) {
    await page.locator('.share-code path[d]').waitFor();
    const shot = await page.locator('.share-code').screenshot();
    const [side, pixels] = await page.evaluate(async (png) => {
      const image = new Image();
      image.src = `data:image/png;base64,${png}`;
      await image.decode();
      const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
      context?.drawImage(image, 0, 0);
      return /** @type {const} */ ([image.width, [...context?.getImageData(0, 0, image.width, image.height).data ?? []]]);
    }, shot.toString('base64'));
    return decode(new Uint8ClampedArray(pixels), side, pixels.length / 4 / side)?.data;
  }

  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    test(`the code leads into the room, ${colorScheme}`, async () => {
      const room = encodeURIComponent('fête-au-café');
      const ann = await stage.open(stage.room(room), { name: 'Ann', colorScheme, viewport: { width: 390, height: 780 }, hasTouch: true });
      await ann.page.locator('#share-open').click();
      assert.equal(await scan(ann), stage.room(room));
      assert.equal(await ann.page.locator('.share .send').isVisible(), false, 'no such thing in this browser');
      await isFine(ann, 'share');
      ann.isWell();
    });
  }

  test('a private room says what its link is', async () => {
    const ann = await stage.open(stage.room('.k3f9'));
    await ann.page.locator('#share-open').click();
    // A link to this machine leads nobody here, which is the first thing to know.
    assert.match(await ann.page.locator('.share-hint').textContent() ?? '', /localhost|machine/);
    await ann.page.locator('share-dialog').evaluate((dialog) => { /** @type {any} */ (dialog).link = 'https://chat.example.org/rooms/.k3f9'; });
    assert.match(await ann.page.locator('.share-hint').textContent() ?? '', /Un salon privé/);
  });

  test('where the device can share, it is asked', async () => {
    const context = await stage.browser.newContext({ locale: 'en-GB' });
    const ann = new Person(await context.newPage());
    await ann.page.addInitScript(() => {
      navigator.share = async (data) => { /** @type {any} */ (window).shared = data; };
    });
    await ann.page.goto(stage.room('tea'));
    await ann.page.locator('#share-open').click();
    await ann.page.locator('.share .send').click();
    assert.deepEqual(await ann.page.evaluate(() => /** @type {any} */ (window).shared), { title: 'Palabre', url: stage.room('tea') });
    await isFine(ann, 'share with apps');
  });
});
