/**
 * Without a network: the page opens all the same (`sw.js`), with the last
 * messages of the room. What is written or changed then waits as it always
 * does (`settings.js` keeps it, the connection sends it once).
 */

import { Kept } from '../kept.js';

/** So long after a change the messages are kept, with what else has changed. */
const REST_MS = 1_000;

/** @param {import('../main.js').Page} page */
export function beginOffline(page) {
  const kept = new Kept(() => localStorage);
  let is_due = false;

  const keep = () => {
    is_due = false;
    const { chat, room } = page;
    if (!chat.isCut && chat.older !== 'unknown') kept.keep(room, chat.published, Date.now());
  };
  page.on('show', () => {
    if (!is_due) setTimeout(keep, REST_MS);
    is_due = true;
  });
  window.addEventListener('pagehide', keep);
  page.on('rooms', () => kept.retain(page.visited.list.map(({ room }) => room)));
  page.on('state', () => {
    const { phase } = page.chat.state;
    if (phase === 'waiting' || phase === 'closed') page.chat.recall(kept.messages(page.room));
  });

  // In a frame of another page there is nothing to open without that page.
  if (window.top === window) void navigator.serviceWorker?.register('/sw.js').catch(() => null);
}
