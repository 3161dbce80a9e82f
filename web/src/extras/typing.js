/** "Léa is writing…", under the conversation. Screen readers find it there and are not told of it. */

import { ANONYMOUS, SENDER_CHARS_MAX } from '../protocol.js';
import { Typing } from '../typing.js';
import { find } from '../ui/find.js';
import { onLanguage, t } from '../ui/language.js';

/** So many are named; the rest are "several". */
const NAMED_MAX = 2;

/** @param {import('../main.js').Page} page */
export function beginTyping(page) {
  const { composer, connection } = page;
  const element = find(document, '#typing', HTMLElement);
  let typing = new Typing();
  let room = '';
  let timer = 0;
  /** @type {ReturnType<typeof connection.overhear> | null} */
  let live = null;
  /** @type {WeakSet<import('../chat.js').Chat>} */
  const listened = new WeakSet();

  page.on('enter', () => {
    if (page.room === room) return;
    room = page.room;
    live?.leave();
    typing = new Typing();
    live = connection.overhear(`live:${room}`, heard);
    follow(page.chat);
    show();
  });
  composer.message.addEventListener('input', () => {
    if (composer.text === '') return typing.sent();
    if (composer.instead !== null || !typing.written(Date.now())) return;
    live?.say({ type: 'typing', sender: composer.name.trim() || ANONYMOUS, message: '…' });
  });
  composer.addCompanion({ fields: () => null, sent: () => typing.sent() });
  onLanguage(show);

  /** @param {any} data @param {import('../../client.js').Publication['info']} info */
  function heard(data, info) {
    const { type, sender } = Object(data);
    if (type !== 'typing' || typeof sender !== 'string' || !info?.client || info.client === connection.me?.client) return;
    const name = [...sender.trim()].slice(0, SENDER_CHARS_MAX).join('') || ANONYMOUS;
    typing.heard({ client: info.client, user: info.user || null, name }, Date.now());
    show();
  }

  /** @param {import('../chat.js').Chat} chat */
  function follow(chat) {
    if (listened.has(chat)) return;
    listened.add(chat);
    /** @param {() => void} act only for the room that is looked at: who writes is known of no other */
    const here = (act) => {
      if (chat !== page.chat) return;
      act();
      show();
    };
    chat.link.listen({
      onpublication: (publication) => here(() => typing.arrived(publication)),
      onleave: ({ client }) => here(() => typing.left(client)),
    });
  }

  function show() {
    clearTimeout(timer);
    const { names, change_ms } = typing.now(Date.now());
    const [one, two] = names.map((name) => `\u2068${name}\u2069`); // Isolated: a name in another direction turns nothing round.
    const text = names.length === 0 ? '' : names.length > NAMED_MAX ? t('typing.many') : two === undefined ? t('typing', { name: one ?? '' }) : t('typing.two', { one: one ?? '', two });
    if (element.textContent !== text) element.textContent = text;
    if (names.length > 0) timer = window.setTimeout(show, change_ms);
  }
}
