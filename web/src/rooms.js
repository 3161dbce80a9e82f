/**
 * The rooms one has visited, and how much was said in each since one looked.
 * All are followed over the one connection; only the one that is looked at
 * has its messages fetched.
 *
 * What counts as read is a place in the room, kept over a reload. At the
 * first arrival what lies beyond it is counted; from then on each message
 * counts as it comes. Edits, deletions and reactions do not.
 *
 * Pure: no clock, no DOM.
 */

import { isRoomName } from './protocol.js';
import { ROOMS_MAX } from './settings.js';

/**
 * What a room's connection is to this list.
 * @typedef {object} Link
 * @property {(handlers: Partial<import('./connection.js').Handlers>) => void} listen
 * @property {() => void} leave
 * @property {(offset: number) => Promise<import('./connection.js').Page>} after
 * @property {import('../client.js').Position | null} position
 *
 * Up to where a room was read; epoch `''` before one was in.
 * @typedef {{ room: string, offset: number, epoch: string }} Mark
 *
 * @typedef {object} Marks the visited rooms as they are kept, shared by all windows
 * @property {() => Mark[]} all
 * @property {(mark: Mark) => void} put
 * @property {(room: string) => void} remove
 *
 * @typedef {{ room: string, n_unread: number }} Visited
 */

/**
 * @template {Link} L
 * @typedef {object} Options
 * @property {Marks} marks
 * @property {(room: string) => L} follow
 * @property {(room: string) => boolean} isLookedAt
 * @property {() => void} onchange
 */

/** @template {Link} L */
export class Rooms {
  /** Something was published in one of them. @type {(room: string, publication: import('./protocol.js').Publication) => void} */
  onpublication = () => {};
  #options;
  /** @type {Map<string, { link: L, n_unread: number, counted: boolean, user: string | null }>} */
  #followed = new Map();

  /** @param {Options<L>} options */
  constructor(options) {
    this.#options = options;
  }

  /** By name, private ones last: a list that stands still is found without reading. @returns {Visited[]} */
  get list() {
    return [...this.#followed]
      .map(([room, { n_unread }]) => ({ room, n_unread }))
      .sort((a, b) => Number(isPrivate(a.room)) - Number(isPrivate(b.room)) || a.room.localeCompare(b.room));
  }

  get n_unread() {
    return this.list.reduce((sum, { n_unread }) => sum + n_unread, 0);
  }

  /** Enters a room, or comes back to it. @param {string} room @returns {L} */
  visit(room) {
    const { marks } = this.#options;
    if (!marks.all().some((mark) => mark.room === room)) marks.put({ room, offset: 0, epoch: '' });
    const { link } = this.#follow(room);
    this.#forgetMost(room);
    return link;
  }

  /** Follows what was visited before, now or in another window. */
  followAll() {
    for (const { room } of this.#options.marks.all().slice(-ROOMS_MAX)) {
      if (isRoomName(room)) this.#follow(room);
    }
    this.#options.onchange();
  }

  /** Another window has read on, visited or left. */
  recall() {
    const marks = new Map(this.#options.marks.all().map((mark) => [mark.room, mark]));
    for (const [room, followed] of this.#followed) {
      const { position } = followed.link;
      const mark = marks.get(room);
      if (mark && position && mark.epoch === position.epoch && mark.offset >= position.offset) followed.n_unread = 0;
    }
    this.#options.onchange();
  }

  /** Up to where a room was read, if anything may have been said since. @param {string} room @returns {Mark | null} */
  unreadAfter(room) {
    const mark = this.#mark(room);
    const position = this.#followed.get(room)?.link.position;
    return mark === undefined || mark.epoch === '' || (position && mark.offset >= position.offset) ? null : mark;
  }

  /** All that was heard in a room is read. @param {string} room */
  read(room) {
    const followed = this.#followed.get(room);
    const position = followed?.link.position;
    if (followed === undefined || !position) return;
    const mark = this.#mark(room);
    if (mark?.offset !== position.offset || mark.epoch !== position.epoch) this.#options.marks.put({ room, ...position });
    if (followed.n_unread === 0) return;
    followed.n_unread = 0;
    this.#options.onchange();
  }

  /** @param {string} room */
  leave(room) {
    this.#options.marks.remove(room);
    this.#unfollow(room);
    this.#options.onchange();
  }

  // Internal

  /** @param {string} room */
  #follow(room) {
    const known = this.#followed.get(room);
    if (known !== undefined) return known;
    const link = this.#options.follow(room);
    const followed = { link, n_unread: 0, counted: false, user: /** @type {string | null} */ (null) };
    this.#followed.set(room, followed);
    link.listen({
      onwelcome: ({ user }) => { followed.user = user; },
      onarrived: () => void this.#arrived(room),
      ongap: ({ n_missing }) => this.#count(room, n_missing ?? 0),
      onpublication: (publication) => {
        this.#count(room, this.#counts(followed.user, [publication]));
        this.onpublication(room, publication);
      },
    });
    return followed;
  }

  /** How much was said since the last visit: the first arrival tells, later ones bring it along. @param {string} room */
  async #arrived(room) {
    const followed = this.#followed.get(room);
    const position = followed?.link.position;
    if (followed === undefined || followed.counted || !position) return;
    followed.counted = true;
    const mark = this.#mark(room);
    if (mark === undefined || mark.epoch === '' || this.#options.isLookedAt(room)) return;
    // A room that counts anew is new, all of it.
    const read = mark.epoch === position.epoch ? mark.offset : 0;
    const n = await this.#beyond(followed, read, position.offset);
    if (this.#mark(room)?.offset === mark.offset) this.#count(room, n);
  }

  /**
   * How many messages lie beyond a place. The first page of them is looked at;
   * what is more is counted by its places.
   * @param {{ link: L, user: string | null }} followed
   * @param {number} read
   * @param {number} end
   */
  async #beyond({ link, user }, read, end) {
    if (end <= read) return 0;
    try {
      const { publications } = await link.after(read);
      const seen = publications.filter(({ offset }) => offset <= end);
      return this.#counts(user, seen) + Math.max(0, end - (seen.at(-1)?.offset ?? end));
    } catch {
      return end - read; // Lost on the way: better too many than none.
    }
  }

  /** How many of them are messages of others. @param {string | null} own @param {import('./protocol.js').Publication[]} publications */
  #counts(own, publications) {
    return publications.filter(({ user, amends }) => amends === undefined && (user === null || user !== own)).length;
  }

  /** @param {string} room */
  #mark(room) {
    return this.#options.marks.all().find((each) => each.room === room);
  }

  /** @param {string} room @param {number} n */
  #count(room, n) {
    const followed = this.#followed.get(room);
    if (followed === undefined || n === 0 || this.#options.isLookedAt(room)) return;
    followed.n_unread += n;
    this.#options.onchange();
  }

  /** @param {string} room */
  #unfollow(room) {
    this.#followed.get(room)?.link.leave();
    this.#followed.delete(room);
  }

  /** What was let go by the bound of the list, but for the room one is in. @param {string} here */
  #forgetMost(here) {
    const kept = new Set(this.#options.marks.all().map(({ room }) => room));
    for (const room of [...this.#followed.keys()]) {
      if (this.#followed.size <= ROOMS_MAX) break;
      if (room !== here && !kept.has(room)) this.#unfollow(room);
    }
  }
}

/** A room in no list, which only its link leads to. @param {string} room */
export function isPrivate(room) {
  return room.startsWith('.');
}

/**
 * A name that nobody guesses: 22 letters and digits are 131 bits.
 * @param {(n: number) => Uint8Array} randomBytes
 */
export function privateName(randomBytes) {
  const signs = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  let name = '.';
  while (name.length < 23) {
    for (const byte of randomBytes(22)) {
      // 248 is 4 × 62: above it, some signs would come more often.
      if (byte < 248 && name.length < 23) name += signs[byte % 62];
    }
  }
  return name;
}
