/**
 * A long room, and the way up through it: what `long.test.js` holds the page
 * to, and what `figures.js` times.
 */

import { WebSocket } from 'ws';

/** @import { Page } from 'playwright-core' */

/** So many are on their way at once: more would be more than the socket may hold back. */
const N_AHEAD = 500;

/**
 * Says `n_messages` into a room, `m1` first, and waits until all came back.
 * @param {string} room its address
 * @param {number} n_messages
 */
export async function fill(room, n_messages) {
  const socket = new WebSocket(room.replace('http', 'ws'));
  await new Promise((resolve) => { socket.once('open', resolve); });
  let n_sent = 0;
  let n_heard = 0;
  const send = () => {
    for (; n_sent < n_messages && n_sent - n_heard < N_AHEAD; n_sent += 1) {
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
      if (n_heard === n_messages) resolve(null);
    });
  });
  send();
  await done;
  socket.removeAllListeners('close');
  socket.close();
}

/**
 * Scrolls from the latest message to the first, a page of history at a time.
 * @param {Page} page
 * @returns what was seen on the way: the pages that came, the most rows there
 *   were at once, how far a row that one reads was ever moved, and the text of
 *   the first message
 */
export function scrollToFirst(page) {
  return page.evaluate(async () => {
    const log = /** @type {HTMLElement} */ (document.querySelector('chat-log'));
    const isAtStart = () => document.querySelector('.separator.start') !== null;
    const frame = () => new Promise((resolve) => { requestAnimationFrame(resolve); });
    const seen = { n_pages: 0, n_rows: 0, moved_px: 0 };
    while (!isAtStart()) {
      const first = document.querySelector('.message');
      let read;
      let before_px = 0;
      // As one does who keeps at it: a message that comes meanwhile leads back to the end.
      do {
        log.scrollTop = 60;
        // The row that one reads, marked: the pages that come in above it must not move it.
        const { top } = log.getBoundingClientRect();
        const rows = [...document.querySelectorAll('.message')];
        read = rows.find((row) => row.getBoundingClientRect().top > top);
        before_px = read?.getBoundingClientRect().top ?? 0;
        seen.n_rows = Math.max(seen.n_rows, rows.length);
        await frame();
      } while (document.querySelector('.message') === first && !isAtStart());
      seen.n_pages += 1;
      if (read?.isConnected) seen.moved_px = Math.max(seen.moved_px, Math.abs(read.getBoundingClientRect().top - before_px));
    }
    return { ...seen, first: document.querySelector('.message .text')?.textContent };
  });
}
