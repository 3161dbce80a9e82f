/** A click on what the service worker has shown, with the browser's windows in the test's hand. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { placeOf } from '../src/notify.js';

const source = await readFile(new URL('../sw.js', import.meta.url), 'utf8');

/** @typedef {{ path: string, frameType?: string, deaf?: boolean }} Tab */

/**
 * What a click does while these are open, the one looked at last first.
 * @param {import('../src/notify.js').Place} place
 * @param {Tab[]} tabs
 */
async function click(place, ...tabs) {
  /** @type {string[]} */
  const done = [];
  /** @type {Record<string, (event: any) => void>} */
  const listeners = {};
  const clients = {
    /** @param {object} options */
    matchAll: async (options) => {
      assert.deepEqual({ ...options }, { type: 'window', includeUncontrolled: true });
      return tabs.map(({ path, frameType = 'top-level', deaf = false }) => ({
        url: `https://chat.example${path}`,
        frameType,
        focus: async () => { done.push(`focus ${path}`); },
        /** @param {any} data @param {any[]} ports */
        postMessage: ({ room, offset }, [port]) => {
          done.push(`go ${room} ${offset}`);
          if (!deaf) port.answer();
        },
        navigate: async (/** @type {string} */ to) => { done.push(`load ${to}`); },
      }));
    },
    openWindow: async (/** @type {string} */ path) => { done.push(`open ${path}`); },
  };
  /** Its second port is answered when the first hears. */
  class Channel {
    port1 = { onmessage: () => {} };
    port2 = { answer: () => this.port1.onmessage() };
  }
  runInNewContext(source, {
    addEventListener: (/** @type {string} */ type, /** @type {any} */ listener) => { listeners[type] = listener; },
    location: { origin: 'https://chat.example' },
    /** Time that is over at once; what was answered before stays answered. */
    setTimeout: (/** @type {any} */ act, /** @type {number} */ _, /** @type {any[]} */ ...args) => setImmediate(act, ...args),
    clients, URL, MessageChannel: Channel,
  });
  /** @type {Promise<unknown> | undefined} */
  let work;
  listeners.notificationclick?.({
    notification: { data: structuredClone(place), close: () => done.push('close') },
    waitUntil: (/** @type {Promise<unknown>} */ promise) => { work = promise; },
  });
  assert.ok(work, 'the browser is asked to wait');
  await work;
  assert.equal(done.shift(), 'close');
  return done;
}

const tea = placeOf('tea', 7);

test('a click leads to the tab that has the room open, whichever was looked at last', async () => {
  assert.deepEqual(await click(tea, { path: '/rooms/chess' }, { path: '/rooms/tea#3' }), ['focus /rooms/tea#3', 'go tea 7']);
  assert.deepEqual(await click(placeOf('fête', 1), { path: '/' }, { path: '/rooms/f%C3%AAte' }), ['focus /rooms/f%C3%AAte', 'go fête 1']);
  assert.deepEqual(await click(placeOf('general', 2), { path: '/rooms/tea' }, { path: '/' }), ['focus /', 'go general 2']);
});

test('where no tab has it, the one that was looked at last goes there', async () => {
  assert.deepEqual(await click(tea, { path: '/rooms/chess' }, { path: '/' }), ['focus /rooms/chess', 'go tea 7']);
});

test('a tab with nobody to hear is loaded anew, at the message', async () => {
  assert.deepEqual(await click(tea, { path: '/rooms/tea', deaf: true }), ['focus /rooms/tea', 'go tea 7', 'load /rooms/tea#7']);
});

test('without a page of ours the message opens in a new tab', async () => {
  const others = [{ path: '/about' }, { path: '/files/x' }, { path: '/rooms/tea', frameType: 'nested' }];
  for (const tabs of [[], others]) assert.deepEqual(await click(tea, ...tabs), ['open /rooms/tea#7']);
});
