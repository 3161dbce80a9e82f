/**
 * Who is in the room: one person for each name of a user, however many
 * windows they have open. A browser is one user; two people may share it under
 * a name each, and are two.
 *
 * A name is what a connection said when it began, until it says something
 * under another. Those who are here by a plain WebSocket have nothing but a
 * name, so all of one name are one line, with how many they are.
 *
 * Pure: no clock, no DOM.
 */

import { NO_GUESTS } from './guests.js';
import { ANONYMOUS } from './protocol.js';

/**
 * @typedef {import('../client.js').Member} Member
 * @typedef {import('./guests.js').Guests} Guests
 * @typedef {{ name: string, own: boolean, user: string | null, verified: boolean, n_guests: number }} Person
 *   `n_guests`: so many plain WebSockets, instead of one with an identity
 */

/** Names that were heard of, at most; those of who is not here are let go first. */
export const NAMES_MAX = 1_000;

export class People {
  /** By connection. Null: nobody has told yet. @type {Map<string, Member> | null} */
  #members = null;
  /** Under which name a connection spoke last. @type {Map<string, string>} */
  #names = new Map();
  /** @type {Readonly<Guests>} */
  #guests = NO_GUESTS;

  /** Whether it is known who is here. */
  get known() {
    return this.#members !== null;
  }

  /** The name that the server vouches for on a connection; null where it does for none. @param {string} client @returns {string | null} */
  vouchedName(client) {
    const { name, verified } = Object(this.#members?.get(client)?.connInfo);
    return verified === true && typeof name === 'string' ? name : null;
  }

  /** How many are here whom nobody can name. */
  get n_more() {
    return this.#guests.n_more;
  }

  /** Exactly these are here by a plain WebSocket. @param {Guests} guests */
  host(guests) {
    this.#guests = guests;
  }

  /** Exactly these are here. @param {Member[]} members */
  reset(members) {
    this.#members = new Map(members.map((member) => [member.client, member]));
  }

  /** @param {Member} member */
  join(member) {
    this.#members?.set(member.client, member);
  }

  /** @param {Member} member */
  leave({ client }) {
    this.#members?.delete(client);
    this.#names.delete(client);
  }

  /** A connection spoke under a name. @param {string} client @param {string} name @returns {boolean} whether that is news */
  named(client, name) {
    if (this.#names.get(client) === name) return false;
    this.#names.set(client, name);
    for (const known of this.#names.keys()) {
      if (this.#names.size <= NAMES_MAX) break;
      if (!this.#members?.has(known)) this.#names.delete(known);
    }
    return this.#members?.has(client) ?? false;
  }

  /** How those are called who spoke here, the latest name last. @param {import('./timeline.js').Message[]} messages */
  spoke(messages) {
    const latest = new Map(messages.map(({ client, sender }) => [client ?? '', sender]));
    latest.delete('');
    let is_news = false;
    for (const [client, name] of latest) is_news = this.named(client, name) || is_news;
    return is_news;
  }

  /**
   * Oneself first, then by name.
   * @param {{ client: string, name: string }} me
   * @returns {Person[]}
   */
  list(me) {
    /** @type {Map<string, Person>} */
    const people = new Map();
    for (const { client, user, connInfo } of this.#members?.values() ?? []) {
      const own = client === me.client;
      const vouched = this.vouchedName(client);
      const said = vouched ?? (own ? me.name : this.#names.get(client) ?? connInfo?.name);
      const name = (typeof said === 'string' ? said.trim() : '') || ANONYMOUS;
      const key = `${user || client} ${name}`;
      people.set(key, { name, user: user || null, verified: vouched !== null, own: own || people.get(key)?.own === true, n_guests: 0 });
    }
    return [...people.values(), ...this.#guestList()].sort((a, b) => Number(b.own) - Number(a.own) || a.name.localeCompare(b.name));
  }

  /** @returns {Person[]} */
  #guestList() {
    const { named, n_nameless } = this.#guests;
    const all = n_nameless > 0 ? [...named, { name: ANONYMOUS, n: n_nameless }] : named;
    return all.map(({ name, n }) => ({ name, user: null, verified: false, own: false, n_guests: n }));
  }
}
