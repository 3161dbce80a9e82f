/**
 * Who is here: asked and followed for each room that is looked at; the list,
 * and the count in the title.
 *
 * Those by a plain WebSocket are asked for in the room that is looked at, on
 * arrival and at each return to it, and told whenever they change.
 */

import { readGuests } from '../guests.js';
import { People } from '../people.js';
import { roomChannel } from '../protocol.js';
import { ChatPeople, count } from '../ui/chat-people.js';
import { ChatRooms } from '../ui/chat-rooms.js';
import { find } from '../ui/find.js';

/** The server refuses what is asked too fast; a second later, and not all at once, it may be asked again. */
const AGAIN_MS = 1_000;

/** @typedef {import('../chat.js').Chat} Chat */

/** @param {import('../main.js').Page} page @param {ChatPeople['mark']} mark what tells the bearers of a name apart */
export function beginPeople(page, mark) {
  const element = find(document, 'chat-people', ChatPeople);
  const rooms = find(document, 'chat-rooms', ChatRooms);
  element.mark = mark;
  /** @type {WeakMap<Chat, People>} */
  const all = new WeakMap();

  /** @param {Chat} chat */
  function follow(chat) {
    const people = new People();
    all.set(chat, people);
    chat.link.listen({
      onpresence: (members) => {
        people.reset(members);
        tell(chat);
        void askGuests(chat);
      },
      onjoin: (member) => { people.join(member); tell(chat); },
      onleave: (member) => { people.leave(member); tell(chat); },
      onguests: (guests) => host(chat, guests),
      onpublication: ({ client, sender }) => {
        if (client !== null && people.named(client, sender)) tell(chat);
      },
    });
    return people;
  }

  /** @param {Chat} chat */
  function tell(chat) {
    if (chat === page.chat) page.tell('people');
  }

  /** @param {Chat} chat @param {unknown} answer */
  function host(chat, answer) {
    const guests = readGuests(answer);
    if (guests === null) return;
    all.get(chat)?.host(guests);
    tell(chat);
  }

  /**
   * Only where one looks: each question counts as a message.
   * @param {Chat} chat
   * @param {boolean} [is_last] whether it is not asked again
   */
  async function askGuests(chat, is_last = false) {
    if (chat !== page.chat || chat.state.phase !== 'open') return;
    try {
      host(chat, await page.connection.call('guests', { channel: roomChannel(page.room) }));
    } catch (error) {
      // Where it cannot be had, by a loss or of an older server, what one knew stays.
      if (!is_last && Object(error).temporary === true) setTimeout(() => askGuests(chat, true), AGAIN_MS * (1 + Math.random()));
    }
  }

  page.people = () => {
    const people = all.get(page.chat) ?? follow(page.chat);
    const client = page.connection.me?.client ?? '';
    return people.known ? people.list({ client, name: page.composer.name }) : null;
  };
  page.on('enter', () => {
    if (all.get(page.chat)?.known) void askGuests(page.chat); // Else it is asked for as soon as it is known who is here.
  });
  page.on('show', () => {
    if (all.get(page.chat)?.spoke(page.chat.messages)) page.tell('people');
  });
  page.on('people', () => {
    const client = page.connection.me?.client;
    const people = all.get(page.chat);
    if (client !== undefined && people?.known) page.composer.vouch(people.vouchedName(client));
    page.composer.user = page.chat.user;
    element.show(() => {
      const list = page.people();
      const here = list && { people: list, n_more: all.get(page.chat)?.n_more ?? 0 };
      page.top.n_people = rooms.n_here = here && count(here);
      return here;
    });
  });
}
