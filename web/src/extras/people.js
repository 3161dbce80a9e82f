/**
 * Who is here: asked and followed for each room that is looked at; the list,
 * and the count in the title.
 *
 * Those by a plain WebSocket are told to who asks, and to nobody else: asked on
 * arrival, soon after somebody unknown of them speaks, and now and then while
 * one looks.
 */

import { readGuests } from '../guests.js';
import { People } from '../people.js';
import { roomChannel } from '../protocol.js';
import { ChatPeople, count } from '../ui/chat-people.js';
import { find } from '../ui/find.js';

/** So often the guests are asked for: a small question, as cheap as a ping. */
const GUESTS_MS = 20_000;
/** So soon after one of them has spoken who is not in the list: a crowd that speaks is one question. */
const NEWS_MS = 1_000;

/** @param {import('../main.js').Page} page @param {ChatPeople['mark']} mark what tells the bearers of a name apart */
export function beginPeople(page, mark) {
  const element = find(document, 'chat-people', ChatPeople);
  element.mark = mark;
  /** @type {WeakMap<import('../chat.js').Chat, People>} */
  const all = new WeakMap();
  const guests = new Repeated(GUESTS_MS, () => void askGuests());

  async function askGuests() {
    const { chat, room } = page;
    if (document.hidden || chat.state.phase !== 'open') return;
    // Where it cannot be had, by a loss or of an older server, what one knew stays.
    const found = readGuests(await page.connection.call('guests', { channel: roomChannel(room) }).catch(() => null));
    if (found === null) return;
    all.get(chat)?.host(found);
    if (chat === page.chat) page.tell('people');
  }

  /** @param {import('../chat.js').Chat} chat */
  function follow(chat) {
    const people = new People();
    all.set(chat, people);
    const tell = () => {
      if (chat === page.chat) page.tell('people');
    };
    chat.link.listen({
      onpresence: (members) => {
        people.reset(members);
        tell();
        guests.within(0);
      },
      onjoin: (member) => { people.join(member); tell(); },
      onleave: (member) => { people.leave(member); tell(); },
      onpublication: ({ client, sender }) => {
        if (client === null && !people.isGuest(sender)) guests.within(NEWS_MS);
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
      page.top.n_people = here && count(here);
      return here;
    });
  });
  page.on('enter', () => guests.within(0));
  document.addEventListener('visibilitychange', () => guests.within(0));
}

/** Something to do again and again, or sooner. */
class Repeated {
  #every_ms;
  #act;
  #timer = 0;
  #due_ms = Infinity;

  /** @param {number} every_ms @param {() => void} act */
  constructor(every_ms, act) {
    this.#every_ms = every_ms;
    this.#act = act;
  }

  /** @param {number} ms */
  within(ms) {
    const due_ms = Date.now() + ms;
    if (due_ms >= this.#due_ms) return;
    clearTimeout(this.#timer);
    this.#due_ms = due_ms;
    this.#timer = window.setTimeout(() => {
      this.#due_ms = Infinity;
      this.#act();
      this.within(this.#every_ms);
    }, ms);
  }
}
