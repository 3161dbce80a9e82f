/**
 * The page as it begins: which room, what is remembered, and the conversation.
 * All that the first messages do not need is in `extras.js`, which comes after
 * them. Everything this joins knows nothing of the rest.
 */

import { Chat } from './chat.js';
import { Connection } from './connection.js';
import { pickLanguage } from './i18n.js';
import { newId } from './id.js';
import { connectionUrl, DEFAULT_ROOM, messagePath, placeFromHash, roomChannel, roomFromPath, roomPath } from './protocol.js';
import { Rooms } from './rooms.js';
import { ROOMS_KEY, Settings } from './settings.js';
import { ChatBar } from './ui/chat-bar.js';
import { ChatComposer } from './ui/chat-composer.js';
import { ChatLog } from './ui/chat-log.js';
import { ChatTop } from './ui/chat-top.js';
import { find } from './ui/find.js';
import { keepAboveKeyboard } from './ui/keyboard.js';
import { LanguageSwitch } from './ui/language-switch.js';
import { speak, t } from './ui/language.js';

/**
 * What may happen on the page: another room is entered, the conversation has
 * changed, so has who is here, which rooms there are, how the connection is.
 * @typedef {'enter' | 'show' | 'people' | 'rooms' | 'state'} Happening
 *
 * The page, as `extras.js` and what it loads work with it.
 * @typedef {typeof page} Page
 */

const settings = new Settings(() => localStorage, () => sessionStorage);
const top = find(document, 'chat-top', ChatTop);
const bar = find(document, 'chat-bar', ChatBar);
const log = find(document, 'chat-log', ChatLog);
const composer = find(document, 'chat-composer', ChatComposer);
const languageSwitch = find(document, 'language-switch', LanguageSwitch);

/** What the page around this one says, where it is a frame. */
const given = location.pathname.startsWith('/embed/') ? (await import('./embedded.js')).beginEmbedded() : null;
keepAboveKeyboard();
speak(pickLanguage(given?.language ?? settings.language, navigator.languages));
languageSwitch.onchoice = (language) => { settings.language = language; };

const now = () => Date.now();
const ownIds = settings.ownIds();
const connection = new Connection(connectionUrl(location), settings);
const visited = new Rooms({
  marks: settings.rooms(),
  follow: (name) => connection.enter(roomChannel(name)),
  isLookedAt: (name) => name === room && !document.hidden,
  onchange: () => tell('rooms'),
});
/** Those that were looked at since the page opened. @type {Map<string, Chat>} */
const chats = new Map();
/** What is written in each and not said. @type {Map<string, string>} */
const written = new Map();
/** The one that is looked at. @type {Chat} */
let chat;
let room = '';
/** What `extras.js` brings, once it is on its way. @type {Promise<void> | null} */
let extras = null;
/** The button that was pressed before there was anything behind it. @type {HTMLElement | null} */
let early = null;

/** @type {Map<Happening, (() => void)[]>} */
const listeners = new Map();
const page = {
  settings, connection, visited, top, log, composer, go, leave, reach, tell,
  /** Says something in passing. @type {(text: string) => void} */
  notice: () => {},
  /** Who is here; null while nobody has told. @type {() => import('./people.js').Person[] | null} */
  people: () => null,
  get chat() { return chat; },
  get room() { return room; },

  /** Calls `listener` now, and whenever it happens. @param {Happening} happening @param {() => void} listener */
  on(happening, listener) {
    listeners.set(happening, [...listeners.get(happening) ?? [], listener]);
    listener();
  },
};

const first = roomFromPath(location.pathname);
if (first === null) refuse();
else begin(first);

/** @param {string} name the room at the address */
function begin(name) {
  composer.name = given?.name ?? settings.name;
  composer.onname = (own) => {
    settings.name = own;
    tell('people');
  };
  composer.onsay = (own, message, extra) => {
    const result = chat.say(own, message, extra);
    if (result === 'said') log.toLatest();
    return result;
  };
  log.onretry = (id) => {
    chat.retry(id, composer.name);
    log.toLatest();
  };
  log.ondiscard = (id) => chat.discard(id);
  log.onolder = () => void chat.fetchOlder();
  log.onnewer = () => void chat.fetchNewer();
  log.onlatest = () => void chat.fetchLatest();
  bar.onretry = () => chat.retryNow();

  document.addEventListener('click', pressedEarly);
  enter(name);
  visited.followAll();
  sendWhatWaits();
  // On a touch screen the focus would open the keyboard over half of the page; in a frame it is the page's around it.
  if (given === null && matchMedia('(pointer: fine)').matches) composer.begin();

  window.addEventListener('popstate', () => {
    const wanted = roomFromPath(location.pathname);
    if (wanted === null) location.reload();
    else if (wanted !== room) enter(wanted);
    else reachAddress();
  });
  window.addEventListener('storage', ({ key }) => {
    if (key === ROOMS_KEY) visited.recall();
  });
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) return;
    const mark = visited.unreadAfter(room);
    if (mark !== null) chat.returned(mark);
    show();
  });
  // Leaves cleanly, so the page may rest in the browser's cache and be there at "back".
  window.addEventListener('pagehide', () => connection.stop());
  window.addEventListener('pageshow', () => {
    for (const each of chats.values()) each.start();
  });
}

/**
 * Moves to a room, or to a message in one, and writes that into the address.
 * @param {string} name
 * @param {number | null} [offset]
 */
function go(name, offset = null) {
  if (name !== room || offset !== null) {
    history.pushState(null, '', offset === null ? roomPath(name) : messagePath(name, offset));
    if (name !== room) enter(name);
    else reachAddress();
  }
  if (offset !== null) return;
  // Somewhere the next key makes sense; on a touch screen without opening the keyboard.
  if (matchMedia('(pointer: fine)').matches) composer.begin();
  else log.focus();
}

/**
 * Goes to the message at a place of this room.
 * @param {number} offset
 * @returns {Promise<boolean>} whether there is one
 */
async function reach(offset) {
  const here = chat;
  log.reveal(offset);
  const is_there = await here.reach(offset);
  if (!is_there && here === chat) {
    log.toLatest();
    await extras; // It has the words.
    page.notice(t('reach.gone'));
  }
  return is_there;
}

/** As a link to a message asks. */
function reachAddress() {
  const offset = placeFromHash(location.hash);
  if (offset !== null) void reach(offset);
}

/** @param {string} name */
function enter(name) {
  written.set(room, composer.text);
  room = name;
  const mark = visited.unreadAfter(name);
  const link = visited.visit(name);
  const known = chats.get(name);
  chat = known ?? open(name, link);
  composer.text = written.get(name) ?? '';
  top.room = name;
  showState(chat.state);
  if (mark !== null) chat.returned(mark);
  log.clear();
  reachAddress();
  show();
  for (const happening of /** @type {const} */ (['enter', 'people', 'rooms'])) tell(happening);
  if (known === undefined) chat.start();
}

/** What was said or changed in other rooms before a reload goes out too. */
function sendWhatWaits() {
  for (const { room: name } of visited.list) {
    if (!chats.has(name) && settings.drafts(name, now).all().length > 0) open(name, visited.visit(name)).start();
  }
}

/** @param {string} name @param {import('./connection.js').Room} link */
function open(name, link) {
  /** @param {() => void} act only for the room that is looked at */
  const here = (act) => {
    if (name === room) act();
  };
  const opened = new Chat({
    connect: (handlers) => {
      link.listen(handlers);
      return link;
    },
    ownIds,
    drafts: settings.drafts(name, now),
    name: () => composer.name,
    user: settings.user,
    at: placeFromHash(location.hash),
    now,
    newId,
    onchange: () => {
      if (name === room) show();
      else opened.trim('oldest');
    },
    onstate: (state) => here(() => {
      showState(state);
      show();
    }),
    onarrival: () => here(() => log.arrived()),
  });
  chats.set(name, opened);
  return opened;
}

/** A room that one leaves is forgotten; one goes on in another. @param {string} name */
function leave(name) {
  if (name === room) go(visited.list.find((each) => each.room !== name)?.room ?? DEFAULT_ROOM);
  visited.leave(name);
  chats.delete(name);
  written.delete(name);
}

/** @param {import('./connection.js').State} state */
function showState(state) {
  top.phase = state.phase;
  bar.state = state;
  tell('state');
}

function show() {
  const is_reached = chat.older !== 'unknown' || chat.state.phase === 'waiting' || chat.state.phase === 'closed';
  if (is_reached) extras ??= loadExtras();
  chat.trim(log.farEnd);
  tell('show');
  log.show(() => {
    if (!document.hidden) visited.read(room);
    return { rows: chat.rows, online: chat.state.phase === 'open', older: chat.older, isCut: chat.isCut };
  });
}

/** @param {Happening} happening */
function tell(happening) {
  for (const listener of listeners.get(happening) ?? []) listener();
}

/** @param {MouseEvent} event */
function pressedEarly({ target }) {
  if (target instanceof Element) early = target.closest('#share-open, #rooms-open, #people-open') ?? early;
}

/** The rest comes after the conversation, which one came for. */
async function loadExtras() {
  try {
    const { beginExtras } = await import('./extras.js');
    await beginExtras(page);
    document.removeEventListener('click', pressedEarly);
    early?.click();
  } catch {
    extras = null; // Without a network; the next change tries again.
  }
}

/** The address names a room that cannot be. */
function refuse() {
  composer.disable();
  top.phase = 'stopped';
  find(document, '#wrong-room', HTMLElement).hidden = false;
  for (const id of ['share-open', 'rooms-open']) find(document, `#${id}`, HTMLButtonElement).hidden = true;
}
