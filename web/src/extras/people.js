/**
 * Who is here: asked and followed for each room that is looked at; the list,
 * and the count in the title.
 *
 * Those by a plain WebSocket are asked for on arrival, and told whenever they
 * change.
 */

import { readGuests } from '../guests.js';
import { People } from '../people.js';
import { roomChannel } from '../protocol.js';
import { ChatPeople, count } from '../ui/chat-people.js';
import { ChatRooms } from '../ui/chat-rooms.js';
import { find } from '../ui/find.js';

/** @param {import('../main.js').Page} page @param {ChatPeople['mark']} mark what tells the bearers of a name apart */
export function beginPeople(page, mark) {
  const element = find(document, 'chat-people', ChatPeople);
  const rooms = find(document, 'chat-rooms', ChatRooms);
  element.mark = mark;
  /** @type {WeakMap<import('../chat.js').Chat, People>} */
  const all = new WeakMap();

  /** @param {import('../chat.js').Chat} chat */
  function follow(chat) {
    const people = new People();
    const { room } = page;
    all.set(chat, people);
    const tell = () => {
      if (chat === page.chat) page.tell('people');
    };
    /** @param {unknown} answer */
    const host = (answer) => {
      const guests = readGuests(answer);
      if (guests === null) return;
      people.host(guests);
      tell();
    };
    chat.link.listen({
      onpresence: (members) => {
        people.reset(members);
        tell();
        // Where it cannot be had, by a loss or of an older server, what one knew stays.
        page.connection.call('guests', { channel: roomChannel(room) }).then(host, () => {});
      },
      onjoin: (member) => { people.join(member); tell(); },
      onleave: (member) => { people.leave(member); tell(); },
      onguests: host,
      onpublication: ({ client, sender }) => {
        if (client !== null && people.named(client, sender)) tell();
      },
    });
    return people;
  }

  page.people = () => {
    const people = all.get(page.chat) ?? follow(page.chat);
    const client = page.connection.me?.client ?? '';
    return people.known ? people.list({ client, name: page.composer.name }) : null;
  };
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
