/**
 * Calls who looks elsewhere: for mentions or for all, as one chose for each
 * room, and never for what one is looking at.
 *
 *   heard ──a moment──▶ has a window of this browser shown or called it? ──no──▶ call
 *
 * Windows share what was called, in the settings and under a lock, so that a
 * message calls once. What is said in one go calls once too, with the last of it.
 */

import { glance, isWanted, keptWishes, placeOf } from '../notify.js';
import { plainText } from '../plain.js';
import { isPrivate } from '../rooms.js';
import { t } from '../ui/language.js';
import { find } from '../ui/find.js';
import { NotifyMenu } from '../ui/notify-menu.js';
import { roomTitle } from '../ui/room-title.js';

/** @typedef {import('../protocol.js').Publication} Publication */

/** So long another window has to say that its reader sees the message. */
const MOMENT_MS = 400;
/** What is older, as after a night without a network, is unread and calls nobody. */
const OLD_MS = 10 * 60_000;

/** @param {import('../main.js').Page} page */
export function beginNotify(page) {
  const menu = find(document, 'notify-menu', NotifyMenu);
  if (!('Notification' in window)) return;
  const wishes = keptWishes(() => localStorage);
  /** @type {Map<string, { publication: Publication, timer: number }>} */
  const waiting = new Map();

  menu.begin(wishes);
  page.on('enter', () => { menu.room = page.room; });
  page.on('people', () => { menu.name = page.composer.name; });
  // One was clicked that the service worker has shown.
  navigator.serviceWorker?.addEventListener('message', ({ data: { room, offset }, ports: [port] }) => {
    port?.postMessage(null);
    page.go(room, offset);
  });

  /** @param {string} room */
  const isSeen = (room) => room === page.room && !document.hidden && document.hasFocus();

  page.visited.onpublication = (room, publication) => {
    const me = { user: page.connection.me?.user ?? null, name: page.composer.name };
    if (Notification.permission !== 'granted' || !isWanted(wishes.choice(room), publication, me)) return;
    if (Date.now() - publication.time > OLD_MS) return;
    if (isSeen(room)) return void once(wishes, room, publication.time);
    window.clearTimeout(waiting.get(room)?.timer);
    const timer = window.setTimeout(async () => {
      waiting.delete(room);
      if (!isSeen(room) && await once(wishes, room, publication.time)) call(page, room, publication, wishes.sound);
    }, MOMENT_MS);
    waiting.set(room, { publication, timer });
  };
}

/**
 * Whether no window was here before for this message, or a later one of its room.
 * @param {import('../notify.js').Wishes} wishes
 * @param {string} room
 * @param {number} time_ms
 */
async function once(wishes, room, time_ms) {
  const note = () => {
    const is_new = wishes.called(room) < time_ms;
    if (is_new) wishes.note(room, time_ms);
    return is_new;
  };
  // Without a lock, as on plain http, two windows may call; the tag makes one of it.
  return navigator.locks ? navigator.locks.request('palabre.notify', note) : note();
}

/**
 * @param {import('../main.js').Page} page
 * @param {string} room
 * @param {Publication} publication
 * @param {boolean} sound
 */
function call(page, room, { sender, message, offset, time }, sound) {
  // The name of a private room is its key, and a screen is seen by others.
  const title = `${glance(sender)} · ${isPrivate(room) ? t('notify.private') : roomTitle(room)}`;
  const options = {
    body: glance(plainText(message)), tag: `palabre ${room}`, renotify: true, silent: !sound, timestamp: time, data: placeOf(room, offset),
  };
  try {
    const notice = new Notification(title, options);
    notice.addEventListener('click', () => {
      notice.close();
      window.focus();
      page.go(room, offset);
    });
  } catch {
    // A browser that takes them from a service worker alone, as on phones. A click comes to `sw.js`.
    void navigator.serviceWorker?.getRegistration().then((worker) => worker?.showNotification(title, options)).catch(() => null);
  }
}
