/**
 * A room with 50,000 messages: opened, scrolled to the first, and never is the
 * page held up for long. What the browser measured is printed, beside how late
 * this machine makes a program that does nothing: a busy one counts that as
 * ours.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { openBrowser, Person, Server } from './harness.js';

const N_MESSAGES = 50_000;
/** So many are on their way at once: more would be more than the socket may hold back. */
const N_AHEAD = 500;
/** What we promise, on a machine that is never late itself. */
const HELD_MS_MAX = 100;
/** How long the machine is watched for its own lateness, before and after. */
const WATCH_MS = 5_000;

test('50,000 messages are opened and scrolled through, and the page is never held up', { timeout: 300_000 }, async (t) => {
  const server = await Server.start({ args: ['--message-rate', '0'] });
  const browser = await openBrowser();
  t.after(async () => {
    await browser.close();
    await server.stop();
  });
  const room = new URL('rooms/long', server.url).href;
  await fill(room);

  const context = await browser.newContext({ locale: 'fr-FR', viewport: { width: 1100, height: 800 } });
  const ann = new Person(await context.newPage());
  await ann.page.addInitScript(() => {
    /** @type {any} */ (window).held = [];
    new PerformanceObserver((list) => {
      for (const { duration, startTime } of list.getEntries()) /** @type {any} */ (window).held.push([Math.round(duration), Math.round(startTime)]);
    }).observe({ type: 'longtask', buffered: true });
  });
  await ann.page.goto(room);
  await ann.page.getByText(`m${N_MESSAGES}`, { exact: true }).waitFor();
  await ann.page.locator('#typing').waitFor({ state: 'attached' });
  const opened_ms = await ann.page.evaluate(() => Math.round(performance.now()));

  const late_before_ms = await lateness(ann);
  const way = await ann.page.evaluate(async () => {
    const log = /** @type {HTMLElement} */ (document.querySelector('chat-log'));
    const frame = () => new Promise((resolve) => { requestAnimationFrame(resolve); });
    const started_ms = performance.now();
    let n_rows = 0;
    let moved_px = 0;
    let n_pages = 0;
    while (document.querySelector('.separator.start') === null) {
      // The row that one reads, marked: the pages that come in above it must not move it.
      log.scrollTop = 60;
      const { top } = log.getBoundingClientRect();
      const rows = [...document.querySelectorAll('.message')];
      n_rows = Math.max(n_rows, rows.length);
      const read = rows.find((row) => row.getBoundingClientRect().top > top);
      const first = rows[0];
      const before_px = read?.getBoundingClientRect().top ?? 0;
      while (document.querySelector('.message') === first && document.querySelector('.separator.start') === null) await frame();
      n_pages += 1;
      if (read?.isConnected) moved_px = Math.max(moved_px, Math.abs(read.getBoundingClientRect().top - before_px));
    }
    return { took_ms: Math.round(performance.now() - started_ms), n_rows, moved_px, n_pages, first: document.querySelector('.message .text')?.textContent };
  });
  const held = await ann.page.evaluate(() => /** @type {[number, number][]} */ (/** @type {any} */ (window).held));
  const longest_ms = Math.max(0, ...held.map(([duration_ms]) => duration_ms));
  const late_ms = Math.max(late_before_ms, await lateness(ann));
  const median_ms = held.map(([duration_ms]) => duration_ms).sort((a, b) => a - b)[held.length >> 1] ?? 0;
  console.log(`long: opened in ${opened_ms} ms; ${way.n_pages} pages up in ${way.took_ms} ms, at most ${way.n_rows} rows, moved by ${way.moved_px.toFixed(2)} px; `
    + `${held.length} tasks over 50 ms, their median ${median_ms} ms, the longest ${longest_ms} ms; the machine itself was late by ${late_ms} ms`);
  assert.equal(way.first, 'm1');
  assert.ok(way.n_rows <= 551, `${way.n_rows} rows`);
  assert.ok(way.moved_px < 1.5, `moved by ${way.moved_px} px`);
  assert.ok(longest_ms <= HELD_MS_MAX + 2 * late_ms, `held up for ${longest_ms} ms`);

  await ann.jump.click();
  await ann.page.getByText(`m${N_MESSAGES}`, { exact: true }).waitFor();
  ann.isWell();
});

/**
 * The longest time for which a thread that only looks at the clock did not
 * come to look at it.
 * @param {Person} person
 */
function lateness({ page }) {
  return page.evaluate((watch_ms) => {
    const started_ms = performance.now();
    let last_ms = started_ms;
    let late_ms = 0;
    return new Promise((resolve) => {
      // In slices, so that this is no long task itself.
      const look = () => {
        const slice_ms = performance.now();
        last_ms = slice_ms;
        while (last_ms - slice_ms < 10) {
          const now_ms = performance.now();
          late_ms = Math.max(late_ms, now_ms - last_ms);
          last_ms = now_ms;
        }
        if (last_ms - started_ms < watch_ms) setTimeout(look);
        else resolve(Math.round(late_ms));
      };
      look();
    });
  }, WATCH_MS);
}

/** @param {string} room */
async function fill(room) {
  const socket = new WebSocket(room.replace('http', 'ws'));
  await new Promise((resolve) => { socket.once('open', resolve); });
  let n_sent = 0;
  let n_heard = 0;
  const send = () => {
    for (; n_sent < N_MESSAGES && n_sent - n_heard < N_AHEAD; n_sent += 1) {
      // Every eighth with marks, every third of another, as people write.
      const marks = n_sent % 8 === 3 ? ' **gras** et `code`' : '';
      socket.send(JSON.stringify({ sender: n_sent % 3 === 0 ? 'Ann' : 'Bob', message: `m${n_sent + 1}${marks}` }));
    }
  };
  const done = new Promise((resolve, reject) => {
    socket.on('close', () => reject(new Error(`closed after ${n_heard}`)));
    socket.on('message', () => {
      n_heard += 1;
      send();
      if (n_heard === N_MESSAGES) resolve(null);
    });
  });
  send();
  await done;
  socket.removeAllListeners('close');
  socket.close();
}
