/** Who is here: the list, and the count in the title. */

import { ChatPeople } from '../ui/chat-people.js';
import { find } from '../ui/find.js';

/** @param {import('../main.js').Page} page */
export function beginPeople(page) {
  const people = find(document, 'chat-people', ChatPeople);
  page.on('people', () => people.show(() => {
    const list = page.chat.people;
    page.top.n_people = list?.length ?? null;
    return list;
  }));
}
