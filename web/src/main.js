/**
 * The page put together: which room, what is remembered, and who tells whom.
 * Everything it joins knows nothing of the rest.
 */

import { Chat } from './chat.js';
import { Connection } from './connection.js';
import { pickLanguage } from './i18n.js';
import { newId } from './id.js';
import { connectionUrl, roomChannel, roomFromPath, roomPath, socketUrl } from './protocol.js';
import { Settings } from './settings.js';
import { ChatBar } from './ui/chat-bar.js';
import { ChatComposer } from './ui/chat-composer.js';
import { ChatLog } from './ui/chat-log.js';
import { ChatPeople } from './ui/chat-people.js';
import { ChatTop } from './ui/chat-top.js';
import { ChatWelcome } from './ui/chat-welcome.js';
import { find } from './ui/find.js';
import { keepAboveKeyboard } from './ui/keyboard.js';
import { LanguageSwitch } from './ui/language-switch.js';
import { speak } from './ui/language.js';
import { ShareDialog } from './ui/share-dialog.js';

const settings = new Settings(() => localStorage, () => sessionStorage);
const top = find(document, 'chat-top', ChatTop);
const bar = find(document, 'chat-bar', ChatBar);
const log = find(document, 'chat-log', ChatLog);
const people = find(document, 'chat-people', ChatPeople);
const welcome = find(document, 'chat-welcome', ChatWelcome);
const composer = find(document, 'chat-composer', ChatComposer);
const share = find(document, 'share-dialog', ShareDialog);
const languageSwitch = find(document, 'language-switch', LanguageSwitch);

keepAboveKeyboard();
speak(pickLanguage(settings.language, navigator.languages));
languageSwitch.onchoice = (language) => { settings.language = language; };

const room = roomFromPath(location.pathname);
if (room === null) refuse();
else enter(room);

/** @param {string} room */
function enter(room) {
  let n_unread = 0;
  const now = () => Date.now();

  const chat = new Chat({
    connect: (handlers) => new Connection(connectionUrl(location), roomChannel(room), settings, handlers),
    ownIds: settings.ownIds(),
    drafts: settings.drafts(room, now),
    name: () => composer.name,
    now,
    newId,
    onchange: show,
    onpeople: showPeople,
    onstate: (state) => {
      top.phase = state.phase;
      bar.state = state;
      show();
    },
    onarrival: () => {
      log.arrived();
      if (document.hidden) top.unread = ++n_unread;
    },
  });

  function show() {
    chat.trim(log.farEnd);
    welcome.hidden = !chat.isEmpty;
    log.show(() => ({
      rows: chat.rows, online: chat.state.phase === 'open', older: chat.older, isCut: chat.isCut,
    }));
  }

  function showPeople() {
    people.show(() => {
      const list = chat.people;
      top.n_people = list?.length ?? null;
      return list;
    });
  }

  top.room = room;
  welcome.url = socketUrl(location, room);
  share.link = new URL(roomPath(room), location.href).href;
  for (const id of ['share-open', 'welcome-share']) {
    find(document, `#${id}`, HTMLButtonElement).addEventListener('click', () => share.open());
  }

  composer.name = settings.name;
  composer.onname = (name) => {
    settings.name = name;
    showPeople();
  };
  composer.onsay = (name, message) => {
    const result = chat.say(name, message);
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

  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) top.unread = n_unread = 0;
  });
  // Leaves cleanly, so the page may rest in the browser's cache and be there at "back".
  window.addEventListener('pagehide', () => chat.stop());
  window.addEventListener('pageshow', () => chat.start());

  show();
  chat.start();
  // On a touch screen the focus would open the keyboard over half of the page.
  if (matchMedia('(pointer: fine)').matches) composer.begin();
}

/** The address names a room that cannot be. */
function refuse() {
  composer.disable();
  top.phase = 'stopped';
  find(document, '#wrong-room', HTMLElement).hidden = false;
  find(document, '#share-open', HTMLButtonElement).hidden = true;
}
