/**
 * The page without a network. Whoever is online gets every file from the
 * server, as without this; so a new version of the server is a new page at
 * once. Who is not gets the page as it was whole, from one snapshot:
 *
 *   online    page, files ──▶ network
 *   offline   page        ──▶ snapshot, and from then on this page's files too
 *
 * A snapshot is taken when this file changes: the build writes into it which
 * files there are, and a mark of what is in them. It is kept when all of them
 * have come, so it never mixes two versions. Nothing else is kept here: no
 * API, no files that people have sent, no messages.
 *
 * A notification that only a service worker can show, as on phones, comes here
 * when it is clicked, and leads to its message (`extras/notify.js` shows it).
 *
 * Served as it is written, with `--web`, it has no files and keeps nothing.
 */

const VERSION = 'as written';
/** @type {string[]} */
const FILES = [];

const SNAPSHOT = `palabre-${VERSION}`;
/** A network that takes longer to begin a page is as good as none. */
const NETWORK_MS_MAX = 5_000;
/** A tab that says nothing for so long has nobody to hear: it still loads, or is a page of before. */
const ANSWER_MS_MAX = 2_000;

/** The worker's own world, as far as it is used here. @type {any} */
const worker = globalThis;
/** Pages that came from the snapshot. @type {Set<string>} */
const snapshotPages = new Set();

worker.addEventListener('install', (/** @type {any} */ event) => {
  // At once: pages take nothing from a snapshot while there is a network.
  worker.skipWaiting();
  if (FILES.length > 0) event.waitUntil(takeSnapshot());
});

worker.addEventListener('activate', (/** @type {any} */ event) => {
  event.waitUntil(forgetOthers());
});

worker.addEventListener('fetch', (/** @type {any} */ event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (FILES.length === 0 || request.method !== 'GET' || origin !== worker.location.origin) return;
  if (request.mode === 'navigate' && isPage(pathname)) event.respondWith(page(event));
  else if (pathname.startsWith('/assets/') || pathname === '/favicon.ico') event.respondWith(file(event));
});

worker.addEventListener('notificationclick', (/** @type {any} */ event) => {
  event.notification.close();
  event.waitUntil(lead(event.notification.data));
});

async function takeSnapshot() {
  const snapshot = await caches.open(SNAPSHOT);
  try {
    await snapshot.addAll(FILES.map((path) => new Request(path, { cache: 'no-cache' })));
  } catch (error) {
    await caches.delete(SNAPSHOT);
    throw error;
  }
}

async function forgetOthers() {
  for (const name of await caches.keys()) {
    if (name.startsWith('palabre-') && name !== SNAPSHOT) await caches.delete(name);
  }
  await worker.clients.claim();
}

/** @param {any} event */
async function page(event) {
  const late = new Promise((_, reject) => { setTimeout(reject, NETWORK_MS_MAX); });
  /** @type {Response | null} */
  const response = await Promise.race([fetch(event.request), late]).catch(() => null);
  // A proxy whose server is away answers in its place.
  if (response !== null && response.status < 500) return response;
  const kept = await inSnapshot('/');
  if (kept !== undefined) snapshotPages.add(event.resultingClientId);
  return kept ?? response ?? Response.error();
}

/** @param {any} event */
async function file({ request, clientId }) {
  const path = new URL(request.url).pathname;
  if (snapshotPages.has(clientId)) return await inSnapshot(path) ?? fetch(request);
  try {
    return await fetch(request);
  } catch {
    return await inSnapshot(path) ?? Response.error();
  }
}

/** @param {string} path */
async function inSnapshot(path) {
  return (await caches.open(SNAPSHOT)).match(path, { ignoreVary: true });
}

/** @param {string} pathname */
function isPage(pathname) {
  return pathname === '/' || pathname.startsWith('/rooms/');
}

/**
 * To a message: in the tab that has its room open, else in the one of ours that
 * was looked at last, else in a new one.
 * @param {import('./src/notify.js').Place} place
 */
async function lead(place) {
  /** The last one looked at comes first. @type {any[]} */
  const all = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const path = (/** @type {any} */ tab) => new URL(tab.url).pathname;
  const tabs = all.filter((tab) => tab.frameType !== 'nested' && isPage(path(tab)));
  const tab = tabs.find((each) => place.rooms.includes(path(each))) ?? tabs[0];
  if (tab === undefined) return worker.clients.openWindow(place.path);
  // The focus comes first: a click allows it for a moment only.
  await tab.focus();
  if (!await hears(tab, place)) await tab.navigate(place.path);
}

/** Asks a tab to go there, without loading it anew: what one writes in it stays. @param {any} tab @param {object} place */
function hears(tab, place) {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve(true);
    setTimeout(resolve, ANSWER_MS_MAX, false);
    tab.postMessage(place, [port2]);
  });
}
