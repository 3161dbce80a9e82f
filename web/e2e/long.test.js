/**
 * A room with 50,000 messages: opened, and scrolled to the first. What keeps
 * the page from being held up is that the rows there are stay few, and this is
 * what is asked here; how long it is held up `npm run figures` measures.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fill, scrollToFirst } from './long.js';
import { openBrowser, Person, Server } from './harness.js';

const N_MESSAGES = 50_000;
/** As many as the page keeps, and the page of history that comes in before others go. */
const N_ROWS_MAX = 551;

test('50,000 messages are opened and scrolled through, few of them rows at a time', { timeout: 300_000 }, async (t) => {
  const server = await Server.start({ args: ['--message-rate', '0'] });
  const browser = await openBrowser();
  t.after(async () => {
    await browser.close();
    await server.stop();
  });
  const room = new URL('rooms/long', server.url).href;
  await fill(room, N_MESSAGES);

  const context = await browser.newContext({ locale: 'fr-FR', viewport: { width: 1100, height: 800 } });
  const ann = new Person(await context.newPage());
  await ann.page.goto(room);
  await ann.page.getByText(`m${N_MESSAGES}`, { exact: true }).waitFor();
  const { first, n_rows, moved_px } = await scrollToFirst(ann.page);
  assert.equal(first, 'm1');
  assert.ok(n_rows <= N_ROWS_MAX, `${n_rows} rows`);
  assert.ok(moved_px < 1.5, `moved by ${moved_px} px`);

  await ann.jump.click();
  await ann.page.getByText(`m${N_MESSAGES}`, { exact: true }).waitFor();
  ann.isWell();
});
