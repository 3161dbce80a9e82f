/**
 * What the page costs, and how fast it is:
 *
 *   npm run figures
 *
 * Bytes and requests as a browser sees them, the time to the first message on
 * a slow mobile network and from Enter to another's screen, and how long the
 * page is held up on the way through a long room. Where a bar is missed it
 * ends with 1. Run it while nothing else does: a busy machine counts as ours.
 */

import { openBrowser, Person, Server } from './harness.js';
import { fill, scrollToFirst } from './long.js';

/** As browsers' own tools have it: 1.6 Mbit/s down, 750 kbit/s up, 150 ms there and back. */
const SLOW_4G = { offline: false, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8, latency: 150 };
const N_LOADS = 5;
const N_MESSAGES = 200;
const FIRST_BYTES_MAX = 60 * 1024;
const FIRST_MESSAGE_MS_MAX = 1_000;
const ENTER_MS_MAX = 20;
/** How many a long room has, and for how long the page may be held up in it. */
const N_LONG_MESSAGES = 50_000;
const HELD_MS_MAX = 100;

const server = await Server.start({ args: ['--message-rate', '0'] });
const browser = await openBrowser();
try {
  const ann = await Person.open(browser, `${server.url}rooms/tea`, { name: 'Ann' });
  const bob = await Person.open(browser, `${server.url}rooms/tea`, { name: 'Bob' });
  const latency_ms = await conversation(ann, bob);
  /** @type {Awaited<ReturnType<typeof load>>[]} */
  const loads = [];
  for (let n = 0; n < N_LOADS; n += 1) loads.push(await load());
  const first = loads[0] ?? { bytes: NaN, n_requests: NaN };

  report('bytes before the first message', first.bytes, FIRST_BYTES_MAX);
  report('requests before it', first.n_requests, Infinity);
  report('first message on slow 4G, ms, median of loads', median(loads.map(({ shown_ms }) => shown_ms)), FIRST_MESSAGE_MS_MAX);
  report('Enter to the other’s screen, ms, median of messages', latency_ms, ENTER_MS_MAX);
  report(`longest task in a room of ${N_LONG_MESSAGES}, ms`, await longestTask(), HELD_MS_MAX);
} finally {
  await browser.close();
  await server.stop();
}

/** From the key to the frame in which the other one's browser has the message. @param {Person} ann @param {Person} bob */
async function conversation(ann, bob) {
  const latencies = [];
  for (let n = 1; n <= N_MESSAGES; n += 1) {
    const text = `message ${n} of ${N_MESSAGES}`;
    await ann.field.fill(text);
    // Both read the clock of the same machine.
    const seen = bob.page.evaluate((wanted) => new Promise((resolve) => {
      new MutationObserver((_, observer) => {
        const last = [...document.querySelectorAll('.message .text')].at(-1);
        if (last?.textContent !== wanted) return;
        observer.disconnect();
        resolve(performance.timeOrigin + performance.now());
      }).observe(document.body, { childList: true, subtree: true, characterData: true });
    }), text);
    // Asked after `seen`, so that its observer is there before the key is pressed.
    await bob.page.evaluate(() => null);
    const pressed = await ann.page.evaluate(() => {
      const field = document.querySelector('#message');
      const at = performance.timeOrigin + performance.now();
      field?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
      return at;
    });
    latencies.push(/** @type {number} */ (await seen) - pressed);
  }
  return median(latencies);
}

/** One load by somebody who was never here. */
async function load() {
  const context = await browser.newContext();
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send('Network.enable');
  await devtools.send('Network.emulateNetworkConditions', SLOW_4G);
  let [bytes, n_requests] = [0, 0];
  devtools.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength;
    n_requests += 1;
  });
  await page.addInitScript(() => {
    new MutationObserver((_, observer) => {
      if (document.querySelector('.message') === null) return;
      observer.disconnect();
      requestAnimationFrame(() => { /** @type {any} */ (window).shown_ms = performance.now(); });
    }).observe(document, { childList: true, subtree: true });
  });
  await page.goto(`${server.url}rooms/tea`, { waitUntil: 'commit' });
  await page.waitForFunction(() => 'shown_ms' in window);
  const figures = { bytes, n_requests };
  const shown_ms = await page.evaluate(() => /** @type {any} */ (window).shown_ms);
  await context.close();
  return { ...figures, shown_ms };
}

/** The longest that the page was held up while a long room was opened and scrolled to its first message. */
async function longestTask() {
  const room = `${server.url}rooms/long`;
  await fill(room, N_LONG_MESSAGES);
  const page = await browser.newPage();
  await page.addInitScript(() => {
    const held = /** @type {any} */ (window);
    held.longest_ms = 0;
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) held.longest_ms = Math.max(held.longest_ms, duration);
    }).observe({ type: 'longtask', buffered: true });
  });
  await page.goto(room);
  await page.getByText(`m${N_LONG_MESSAGES}`, { exact: true }).waitFor();
  await scrollToFirst(page);
  // The observer is told of a task after it.
  return page.evaluate(() => new Promise((resolve) => {
    requestAnimationFrame(() => requestAnimationFrame(() => resolve(/** @type {any} */ (window).longest_ms)));
  }));
}

/** @param {string} what @param {number} figure @param {number} max */
function report(what, figure, max) {
  const is_fine = figure <= max;
  const bar = max === Infinity ? '' : ` (bar ${max}${is_fine ? '' : ', MISSED'})`;
  console.log(`${what}: ${Math.round(figure * 10) / 10}${bar}`);
  if (!is_fine) process.exitCode = 1;
}

/** @param {number[]} values */
function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
