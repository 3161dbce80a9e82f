/**
 * The conversation as this page knows it; `timeline-rows` says how it shows.
 *
 *   settled: what has a place: received, or refused          pending: said here,
 *   ┌──────┬──────┬─────┬──────┬────────┬──────┐             not come back yet
 *   │ sent │ sent │ gap │ sent │ failed │ sent │ ─────────── ┌─────────┬─────────┐
 *   └──────┴──────┴─────┴──────┴────────┴──────┘             │ pending │ pending │
 *    ▲ prepend                        ▲     ▲                └─────────┴─────────┘
 *                                     │     └── receive, accept (its own id) ─┤  ▲
 *                                     └──────── refuse ───────────────────────┘  └ say
 *                                     └──────── retry ──────────────────────┘
 *
 * What others say goes before what is pending, for the order of the room is
 * the server's. A message is known by its id and shown once, however often it
 * arrives.
 *
 * It is a window on the room, and bounded. Who reads far up has the newest
 * messages cut off at the other end; until they are fetched again, what
 * arrives waits `ahead`.
 *
 *   the room   ░░░░░░░░▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓░░░░░░░░░░░░▒▒▒
 *                      └ settled: a window ┘ cut off    └ ahead
 *
 * Edits, deletions and reactions take a place in the room as messages do, and
 * are applied to the message they are about, if it is here. What is fetched
 * has them applied already, but for those that came while it was on its way;
 * so the latest are kept.
 *
 * Pure: no clock, no DOM.
 */

import { amend } from './amend.js';
import { extraOf } from './protocol.js';
import { rowsOf } from './timeline-rows.js';

/**
 * @typedef {import('./protocol.js').Publication} Publication
 * @typedef {import('./protocol.js').Draft} Draft
 *
 * @typedef {object} Message
 * @property {'message'} kind
 * @property {string} id
 * @property {string} sender
 * @property {string} message
 * @property {number} time_ms
 * @property {boolean} own
 * @property {number | null} offset its place in the room, where that is known and still holds
 * @property {'pending' | 'sent' | 'failed'} state
 * @property {string | null} [user] who said it, as the server knows them
 * @property {string | null} [client] over which connection
 * @property {true} [verified] the server vouches for the sender
 * @property {number} [reply] the place of the message that it answers
 * @property {string} [reply_id] its id
 * @property {unknown[]} [files]
 * @property {number} [edited_ms]
 * @property {number} [deleted_ms]
 * @property {import('./protocol.js').Reactions} [reactions]
 * @property {import('./amendments.js').Unsettled[]} [unsettled] changes of it that the room has not told
 * @property {string} [code] why it failed
 * @property {string} [reason] the same in the server's words
 *
 * @typedef {object} Gap messages that this page did not get
 * @property {'gap'} kind
 * @property {number} n_gap the how-manieth
 * @property {number | null} n_missing null where nobody can tell
 */

/** The page, and with it the DOM, holds no more messages than this. */
export const MESSAGES_MAX = 500;

/** So many amendments are kept for what is on its way: more do not come meanwhile. */
const LATE_MAX = 100;

export class Timeline {
  /** @type {(Message | Gap)[]} */
  #settled = [];
  /** @type {Map<string, Message>} */
  #pending = new Map();
  /** The ids in #settled. @type {Set<string>} */
  #known = new Set();
  /** What came since the end was cut off; null while it is there. @type {Publication[] | null} */
  #ahead = null;
  /** The latest amendments, in their order. @type {Publication[]} */
  #late = [];
  /** What was fetched reaches from here to there, which may be amendments alone. @type {number | null} */
  #from = null;
  /** @type {number | null} */
  #to = null;
  #n_gaps = 0;
  #gap_ahead = false;
  /** Up to where one had read before an absence: what others said after it is marked. @type {number | null} */
  #read = null;
  /** The ids of what an earlier visit knew. @type {string[]} */
  #recalled = [];
  #isOwn;

  /** @param {(publication: Publication) => boolean} [isOwn] whether it is one's own, said elsewhere or before a reload */
  constructor(isOwn = () => false) {
    this.#isOwn = isOwn;
  }

  get isEmpty() {
    return this.#settled.length === 0 && this.#pending.size === 0;
  }

  /** Whether the newest messages are cut off. */
  get isCut() {
    return this.#ahead !== null;
  }

  /** Whether a message is here. @param {string} id */
  has(id) {
    return this.#pending.has(id) || this.#known.has(id);
  }

  /** The message at a place, if it is here. @param {number} offset @returns {Message | null} */
  at(offset) {
    for (const item of this.#settled) {
      if (item.kind === 'message' && item.offset === offset) return item;
    }
    return null;
  }

  /** The messages that are here and have a place, in their order. */
  get messages() {
    return this.#settled.flatMap((item) => (item.kind === 'message' && item.offset !== null ? [item] : []));
  }

  /** The first place and the last that this window reaches to, or null where it is none. */
  get offset_first() {
    return this.#from ?? this.#places()[0] ?? null;
  }

  get offset_last() {
    return this.#to ?? this.#places().at(-1) ?? null;
  }

  /**
   * What is published now.
   * @param {Publication} publication
   * @returns {'new' | 'confirmed' | 'repeated' | 'amended'}
   */
  receive(publication) {
    const { id } = publication;
    if (publication.amends !== undefined) return this.#amended(publication);
    const pending = this.#pending.delete(id);
    const settled = this.#find(id);
    // Accepted before it came; or refused, then taken after all: a message that was sent twice.
    const waited = settled !== null && settled.offset === null && settled.own;
    if (settled !== null && !waited) return 'repeated';
    if (settled !== null) this.#remove(id);

    const own = pending || waited || this.#isOwn(publication);
    if (this.#ahead !== null) {
      this.#wait(publication);
      return pending || waited ? 'confirmed' : 'new';
    }
    this.#settle(sent(publication, own));
    return pending || waited ? 'confirmed' : 'new';
  }

  /** What an earlier visit knew, oldest first: it stands here until the room itself tells. @param {Publication[]} publications */
  recall(publications) {
    const messages = publications.filter((each) => this.#admits(each)).map((each) => this.#sent(each));
    this.#settled.unshift(...messages);
    for (const { id } of messages) this.#known.add(id);
    this.#recalled.push(...messages.map(({ id }) => id));
  }

  /** What was published before all that is here, oldest first. @param {Publication[]} publications */
  prepend(publications) {
    this.#forgetRecalled();
    const offset_first = this.offset_first ?? Infinity;
    const older = publications.filter((each) => each.offset < offset_first && this.#admits(each));
    this.#from = Math.min(offset_first, publications[0]?.offset ?? Infinity);
    const first = this.#settled.findIndex((item) => item.kind === 'message' && item.offset !== null);
    this.#settled.splice(first < 0 ? this.#placed() : first, 0, ...older.map((each) => this.#sent(each)));
    for (const { id } of older) this.#known.add(id);
  }

  /**
   * What follows where the end was cut off, oldest first.
   * @param {Publication[]} publications
   * @param {boolean} is_last nothing lies beyond, but for what waits ahead
   */
  append(publications, is_last) {
    if (this.#ahead === null) return;
    const offset_last = this.offset_last ?? 0;
    for (const publication of publications) {
      if (publication.offset > offset_last && this.#admits(publication)) this.#settle(this.#sent(publication));
    }
    const reached = publications.at(-1)?.offset ?? 0;
    this.#to = Math.max(offset_last, reached);
    const [next] = this.#ahead;
    if (is_last || (next !== undefined && reached >= next.offset - 1)) this.#catchUp();
  }

  /** The window is about to move: what comes meanwhile waits. */
  hold() {
    this.#ahead ??= [];
  }

  /** It did not move after all, and was not cut before. */
  release() {
    this.#catchUp();
  }

  /**
   * The window moves elsewhere: to these, oldest first.
   * @param {Publication[]} publications
   * @param {boolean} is_last nothing lies beyond, but for what waits ahead
   */
  jump(publications, is_last) {
    if (this.#ahead === null) return;
    this.#forgetRecalled();
    const kept = this.#settled.filter((item) => item.kind === 'gap' ? this.#gap_ahead && item.n_gap === this.#n_gaps : isFailed(item));
    this.#settled = [];
    this.#known.clear();
    this.#from = publications[0]?.offset ?? null;
    this.#to = publications.at(-1)?.offset ?? null;
    for (const publication of publications) {
      if (this.#admits(publication)) this.#settle(this.#sent(publication));
    }
    if (is_last) this.#catchUp();
    for (const item of kept) {
      if (item.kind === 'message') this.#settle(item);
      else this.#settled.unshift(item); // A gap that nobody has seen.
    }
  }

  /**
   * @param {Draft} draft
   * @param {number} now_ms
   * @param {string | null} [user] oneself
   */
  say({ id, sender, message, ...more }, now_ms, user = null) {
    this.#pending.set(id, {
      kind: 'message', id, sender, message, time_ms: now_ms, user, own: true, offset: null, state: 'pending',
      ...extraOf(more),
    });
  }

  /** The server has it. Mostly it was received before; else its place will be told. @param {string} id */
  accept(id) {
    const message = this.#pending.get(id);
    if (message === undefined) return;
    this.#pending.delete(id);
    if (this.#ahead === null) this.#settle({ ...message, state: 'sent' });
  }

  /**
   * @param {string} id
   * @param {string} code
   * @param {string} reason
   */
  refuse(id, code, reason) {
    const message = this.#pending.get(id);
    if (message === undefined) return;
    this.#pending.delete(id);
    this.#settle({ ...message, state: 'failed', code, reason });
  }

  /**
   * Takes out a failed message, to say it again or to let it go.
   * @param {string} id
   * @returns {Message | null}
   */
  take(id) {
    const message = this.#find(id);
    if (message?.state !== 'failed') return null;
    this.#remove(id);
    return message;
  }

  /**
   * One is back after an absence: what others said meanwhile is marked where it
   * begins, once that is here. An earlier mark has done its service.
   * @param {number | null} [offset] up to where one had read; else all that is here
   */
  returned(offset = this.#ahead?.at(-1)?.offset ?? this.offset_last) {
    this.#read = offset;
  }

  /**
   * What came meanwhile cannot be had.
   * @param {number | null} n_missing null where nobody can tell: the room may count anew, so no place holds
   */
  gap(n_missing) {
    this.#n_gaps += 1;
    this.#gap_ahead = this.#ahead !== null;
    this.#settled.push({ kind: 'gap', n_gap: this.#n_gaps, n_missing });
    if (n_missing !== null) return;
    this.#from = this.#to = this.#read = null;
    this.#late = [];
    this.#settled = this.#settled.map((item) => (item.kind === 'message' ? { ...item, offset: null } : item));
    if (this.#ahead !== null) this.#ahead = [];
  }

  /**
   * Keeps so many at most, and lets go of the rest at the end that nobody
   * looks at. What failed stays, as nobody else has it. Says whether any went.
   * @param {'oldest' | 'newest'} end
   * @param {number} [n_max]
   */
  trim(end, n_max = MESSAGES_MAX) {
    let n_over = this.#settled.length - n_max;
    if (n_over <= 0) return false;
    const goes = (/** @type {Message | Gap} */ item) => !isFailed(item) && (n_over -= 1) >= 0;
    if (end === 'oldest') {
      this.#from = null;
      this.#settled = this.#settled.filter((item) => !goes(item));
    } else {
      this.#to = null;
      this.#settled = this.#settled.reverse().filter((item) => !goes(item)).reverse();
      this.#ahead ??= [];
    }
    this.#known = new Set(this.#settled.flatMap((item) => (item.kind === 'message' ? [item.id] : [])));
    return true;
  }

  /** What to show, from top to bottom. */
  rows() {
    return rowsOf([...this.#settled, ...this.#pending.values()], this.#read);
  }

  /** The end is there again, with what came meanwhile. */
  #catchUp() {
    const ahead = this.#ahead ?? [];
    const offset_last = this.offset_last ?? 0;
    this.#ahead = this.#to = null;
    this.#gap_ahead = false;
    for (const publication of ahead) {
      if (publication.offset > offset_last && this.#admits(publication)) this.#settle(this.#sent(publication));
    }
  }

  /** @param {Publication} publication */
  #wait(publication) {
    this.#ahead?.push(publication);
    if (this.#ahead !== null && this.#ahead.length > MESSAGES_MAX) this.#ahead.shift();
  }

  /** @param {Publication} amendment @returns {'amended'} */
  #amended(amendment) {
    this.#late.push(amendment);
    if (this.#late.length > LATE_MAX) this.#late.shift();
    const target = amendment.amends?.target;
    this.#settled = this.#settled.map((item) => (
      item.kind === 'message' && item.offset === target ? amend(item, amendment) : item));
    return 'amended';
  }

  /** The places of the messages that have one. */
  #places() {
    return this.#settled.flatMap((item) => (item.kind === 'message' && item.offset !== null ? [item.offset] : []));
  }

  /** Where what was accepted begins, at the end, while nobody has told its place. */
  #placed() {
    let n = this.#settled.length;
    for (let item = this.#settled[n - 1]; item?.kind === 'message' && isPlaceless(item); item = this.#settled[n - 1]) n -= 1;
    return n;
  }

  #forgetRecalled() {
    for (const id of this.#recalled.splice(0)) this.#remove(id);
  }

  /** @param {Publication} publication */
  #sent(publication) {
    let message = sent(publication, this.#isOwn(publication));
    for (const amendment of this.#late) {
      if (amendment.amends?.target === publication.offset) message = amend(message, amendment);
    }
    return message;
  }

  /** @param {Message} message */
  #settle(message) {
    this.#settled.push(message);
    this.#known.add(message.id);
  }

  /** Whether what the history has is to be shown: a message is unless it is here, and settles what waited for it. @param {Publication} publication */
  #admits({ id, amends }) {
    if (amends !== undefined) return false;
    this.#pending.delete(id);
    const here = this.#find(id);
    if (here !== null && (here.state === 'failed' || isPlaceless(here))) this.#remove(id);
    return !this.#known.has(id);
  }

  /** @param {string} id */
  #find(id) {
    if (!this.#known.has(id)) return null;
    for (const item of this.#settled) {
      if (item.kind === 'message' && item.id === id) return item;
    }
    return null;
  }

  /** @param {string} id */
  #remove(id) {
    this.#settled = this.#settled.filter((item) => item.kind !== 'message' || item.id !== id);
    this.#known.delete(id);
  }
}

/**
 * @param {Publication} publication
 * @param {boolean} own
 * @returns {Message}
 */
function sent({ amends: _, time, ...rest }, own) {
  return { kind: 'message', ...rest, time_ms: time, own, state: 'sent' };
}

/** Whether it is in the room, and nobody has told where. @param {Message} message */
function isPlaceless({ state, offset }) {
  return state === 'sent' && offset === null;
}

/** @param {Message | Gap} item */
function isFailed(item) {
  return item.kind === 'message' && item.state === 'failed';
}
