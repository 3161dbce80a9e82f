/** The files of a message: what is read of them, and how they are told. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clock, fit, lookOf, PEAKS, peaksOf, readFiles, sizeText, wordsFor } from '../src/files.js';

const url = `/files/${'a'.repeat(26)}/x.png`;

test('a file is read field by field, and one that leads elsewhere not at all', () => {
  const good = { url, name: 'x.png', type: 'image/png', size: 7, width: 3, height: 4 };
  assert.deepEqual(readFiles([good]), [good]);
  assert.deepEqual(readFiles([{ url }]), [{ url, name: 'file', type: '', size: 0 }]);
  assert.deepEqual(readFiles([{ ...good, width: '3', size: -1, duration: Infinity, peaks: 'x' }]), [
    { url, name: 'x.png', type: 'image/png', size: 0 },
  ]);
  assert.equal(readFiles([{ url, name: 'photo\u202egnp.exe' }])[0]?.name, 'photognp.exe');
  for (const wrong of [
    null, 7, 'x', {}, { url: 'https://evil.example/x' }, { url: '//evil.example/x' }, { url: 'javascript:alert(1)' },
    { url: '/files/../x' }, { url: `${url}/../../x` }, { url: `${url}?x` }, { url: '/files/short' },
  ]) assert.deepEqual(readFiles([wrong]), [], JSON.stringify(wrong));
  assert.deepEqual(readFiles(undefined), []);
});

test('peaks are few, and between silent and loud', () => {
  const [file] = readFiles([{ url, peaks: [-1, 0, 50, 101, NaN, 'x', ...Array(100).fill(7)] }]);
  assert.deepEqual(file?.peaks?.slice(0, 7), [0, 0, 50, 100, 0, 0, 7]);
  assert.equal(file?.peaks?.length, PEAKS);
  const samples = Float32Array.from({ length: 4_800 }, (_, n) => (n < 2_400 ? 0.25 : -0.5));
  assert.deepEqual(peaksOf(samples), [...Array(24).fill(50), ...Array(24).fill(100)]);
  assert.deepEqual(peaksOf(new Float32Array(1)), [0]);
});

test('what it is decides how it is shown: nothing that could run', () => {
  const look = (/** @type {Partial<import('../src/files.js').SentFile>} */ file) => lookOf({ url, name: 'x', type: '', size: 0, ...file });
  assert.equal(look({ type: 'image/png' }), 'image');
  for (const type of ['image/svg+xml', 'text/html', 'application/pdf', '']) assert.equal(look({ type }), 'other', type);
  assert.equal(look({ type: 'audio/webm', duration: 2, peaks: [1] }), 'voice');
  assert.equal(look({ type: 'video/mp4', duration: 2, peaks: [1] }), 'voice', 'as Safari records');
  assert.equal(look({ type: 'audio/webm' }), 'audio');
  assert.equal(look({ type: 'video/mp4' }), 'video');
});

test('a message without words says what it brings', () => {
  const files = readFiles([{ url, name: 'x.png', type: 'image/png' }, { url, type: 'audio/webm', duration: 61.4, peaks: [1] }]);
  assert.equal(wordsFor(files), '📎 x.png\n🎤 1:01');
  assert.equal(clock(59.6), '1:00');
});

test('an image keeps its shape in its place', () => {
  const box = { width: 360, height: 300 };
  assert.deepEqual(fit({ width: 3600, height: 1000 }, box), { width: 360, height: 100 });
  assert.deepEqual(fit({ width: 100, height: 6000 }, box), { width: 5, height: 300 });
  assert.deepEqual(fit({ width: 10, height: 20 }, box), { width: 10, height: 20 });
  assert.deepEqual(fit({ width: 99_999, height: 1 }, box), { width: 360, height: 1 });
});

test('a size is told in the words of the reader', () => {
  assert.equal(sizeText(0, 'en'), '0 bytes');
  assert.equal(sizeText(1_500, 'en'), '1 kB');
  assert.equal(sizeText(10 * 1024 * 1024, 'en'), '10 MB');
  assert.match(sizeText(1.5 * 1024 * 1024, 'fr'), /^1,5\sMo$/);
});
