/** QR codes, read by a reader that is not ours. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import jsQR from 'jsqr';
import { qr } from '../src/qr.js';

/** @type {typeof import('jsqr').default} */
const decode = /** @type {any} */ (jsQR).default ?? jsQR;

/** What a camera would see. @param {import('../src/qr.js').Modules} modules */
function read(modules) {
  const [zone, scale] = [4, 4];
  const side = (modules.length + 2 * zone) * scale;
  const pixels = new Uint8ClampedArray(side * side * 4).fill(255);
  for (let y = 0; y < side; y += 1) {
    for (let x = 0; x < side; x += 1) {
      const dark = modules[Math.floor(y / scale) - zone]?.[Math.floor(x / scale) - zone] ?? false;
      if (dark) pixels.fill(0, (y * side + x) * 4, (y * side + x) * 4 + 3);
    }
  }
  return decode(pixels, side, side);
}

test('what is written is read, in every version up to 24', () => {
  const versions = new Set();
  for (let length = 1; length <= 911; length += length < 20 ? 1 : 13) {
    const text = `https://chat.example.org/rooms/${'th%C3%A9-'.repeat(130)}`.slice(0, length);
    const modules = qr(text);
    assert.ok(modules !== null, `${length}`);
    const found = read(modules);
    assert.equal(found?.data, text);
    versions.add(found?.version);
  }
  assert.deepEqual([...versions], Array.from({ length: 24 }, (_, n) => n + 1));
});

test('any script is read', () => {
  const modules = qr('salon fête 部屋 🌳');
  assert.equal(read(modules ?? [])?.data, 'salon fête 部屋 🌳');
});

test('it reads with some of it covered', () => {
  const text = 'http://192.168.1.20:8080/rooms/tea';
  const modules = qr(text) ?? [];
  for (let y = 12; y < 15; y += 1) for (let x = 12; x < 16; x += 1) (modules[y] ?? [])[x] = true;
  assert.equal(read(modules)?.data, text);
});

test('what is too long is none', () => {
  assert.equal(qr('a'.repeat(911))?.length, 24 * 4 + 17);
  assert.equal(qr('a'.repeat(912)), null);
});
