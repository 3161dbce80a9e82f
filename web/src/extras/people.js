/** Who is here: asked and followed for each room that is looked at; the list, and the count in the title. */

import { People } from '../people.js';
import { ChatPeople } from '../ui/chat-people.js';
import { find } from '../ui/find.js';

/** @param {import('../main.js').Page} page @param {ChatPeople['mark']} mark what tells the bearers of a name apart */
export function beginPeople(page, mark) {
  const element = find(document, 'chat-people', ChatPeople);
  element.mark = mark;
  /** @type {WeakMap<import('../chat.js').Chat, People>} */
  const all = new WeakMap();

  /** @param {import('../chat.js').Chat} chat */
  function follow(chat) {
    const people = new People();
    all.set(chat, people);
    const tell = () => {
      if (chat === page.chat) page.tell('people');
    };
    chat.link.listen({
      onpresence: (members) => { people.reset(members); tell(); },
      onjoin: (member) => { people.join(member); tell(); },
      onleave: (member) => { people.leave(member); tell(); },
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
    page.composer.user = page.chat.user;
    element.show(() => {
      const list = page.people();
      page.top.n_people = list?.length ?? null;
      return list;
    });
  });
}
