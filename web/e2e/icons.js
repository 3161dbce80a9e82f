/**
 * Makes the icons of the installed page out of icons/favicon.svg:
 *
 *   npm run icons
 *
 * The same picture on a full square, as phones cut their own shapes; the tree
 * stays within the circle that all of them leave. Two colours and what lies
 * between them: so a palette of 16 does, and 512 pixels take 5 KiB.
 */

import { readFile, writeFile } from 'node:fs/promises';
import { crc32, deflateSync } from 'node:zlib';
import { openBrowser } from './harness.js';

const LEAF = [0x24, 0x63, 0x4a];
const PAPER = [0xfa, 0xf7, 0xf2];
const N_SHADES = 16;

const svg = (await readFile(new URL('../icons/favicon.svg', import.meta.url), 'utf8')).replace(' rx="8"', '');
const browser = await openBrowser();
const page = await browser.newPage();
for (const size of [192, 512]) {
  const shades = await page.evaluate(async ([source, side, n_shades, dark, light]) => {
    const image = new Image();
    image.src = `data:image/svg+xml,${encodeURIComponent(source)}`;
    await image.decode();
    const context = new OffscreenCanvas(side, side).getContext('2d');
    if (context === null) throw new Error('no canvas');
    context.drawImage(image, 0, 0, side, side);
    const red = [...context.getImageData(0, 0, side, side).data].filter((_, index) => index % 4 === 0);
    return red.map((value) => Math.round((value - dark) / (light - dark) * (n_shades - 1)));
  }, /** @type {const} */ ([svg, size, N_SHADES, LEAF[0] ?? 0, PAPER[0] ?? 0]));
  await writeFile(new URL(`../icons/icon-${size}.png`, import.meta.url), png(size, shades));
}
await browser.close();

/** @param {number} size @param {number[]} shades of all pixels, from leaf to paper */
function png(size, shades) {
  const rows = [];
  for (let y = 0; y < size; y += 1) {
    const row = shades.slice(y * size, (y + 1) * size);
    rows.push(0, ...Array.from({ length: size / 2 }, (_, x) => ((row[2 * x] ?? 0) << 4) | (row[2 * x + 1] ?? 0)));
  }
  const palette = Array.from({ length: N_SHADES }, (_, n) => (
    LEAF.map((from, index) => Math.round(from + ((PAPER[index] ?? 0) - from) * n / (N_SHADES - 1))))).flat();
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([4, 3], 8); // 4 bits, an index into the palette
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header), chunk('PLTE', Buffer.from(palette)),
    chunk('IDAT', deflateSync(Buffer.from(rows), { level: 9 })), chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** @param {string} type @param {Buffer} data */
function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
