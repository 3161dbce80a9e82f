/** The page that explains: its language, and examples with the address one is at. */

import { clientExample, example } from './example.js';
import { pickLanguage } from './i18n.js';
import { connectionUrl, DEFAULT_ROOM, roomChannel, roomPath, socketUrl } from './protocol.js';
import { Settings } from './settings.js';
import { find } from './ui/find.js';
import { LanguageSwitch } from './ui/language-switch.js';
import { onLanguage, speak, t } from './ui/language.js';

const settings = new Settings(() => localStorage, () => sessionStorage);
const url = socketUrl(location, DEFAULT_ROOM);

// The key and its answer are those of RFC 6455, section 1.3, so they can be checked.
fill('.request', `GET ${roomPath(DEFAULT_ROOM)} HTTP/1.1
Host: ${location.host}
Connection: Upgrade
Upgrade: websocket
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==`);

fill('.response', `HTTP/1.1 101 Switching Protocols
Connection: Upgrade
Upgrade: websocket
Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=`);

fill('.example', example(url));
fill('.client', clientExample(location.origin, connectionUrl(location), roomChannel(DEFAULT_ROOM)));

find(document, 'language-switch', LanguageSwitch).onchoice = (language) => {
  settings.language = language;
};
onLanguage(() => { document.title = `${t('about.title')} · Palabre`; });
speak(pickLanguage(settings.language, navigator.languages));

/** @param {string} selector @param {string} text */
function fill(selector, text) {
  for (const element of document.querySelectorAll(selector)) element.textContent = text;
}
