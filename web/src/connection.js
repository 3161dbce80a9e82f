/**
 * A connection to one room, in the page's words: over the client module of
 * this server, which any other page may use as well.
 *
 *              start                    subscribed
 *   stopped ───────────▶ connecting ───────────────▶ open
 *      ▲                  ▲      │                    │
 *      │          in time │      │ failed             │ lost
 *      │     or retryNow  │      ▼                    │
 *      └──── stop ────── waiting ◀────────────────────┘
 *      │                  ▲
 *      └──── retryNow ── closed     the server wants no return
 *
 * The client comes back by itself, recovers what was missed, and sends again
 * what had no answer. This adds who one is, from visit to visit, and the
 * room's messages as the page reads them.
 */

import { Client, ERROR } from '../client.js';
import { read } from './protocol.js';

/**
 * @typedef {import('./protocol.js').Draft} Draft
 * @typedef {import('./protocol.js').Publication} Publication
 * @typedef {import('./protocol.js').Refusal} Refusal
 * @typedef {import('../client.js').Member} Member
 *
 * @typedef {{ phase: 'stopped' } | { phase: 'connecting' } | { phase: 'open' }
 *         | { phase: 'waiting', retry_at_ms: number } | { phase: 'closed', reason: string }} State
 *
 * @typedef {object} Handlers
 * @property {(state: State) => void} onstate
 * @property {(me: { user: string | null, client: string }) => void} onwelcome who one is to the server
 * @property {() => void} onarrived in the room: what is published from now on is heard
 * @property {(n_publications: number) => void} onreturn and nothing is missing: so much follows
 * @property {(gap: { n_missing: number | null }) => void} ongap null where nobody can tell; then places count anew
 * @property {(publication: Publication) => void} onpublication
 * @property {(id: string) => void} onaccepted
 * @property {(id: string, refusal: Refusal) => void} onrefusal
 * @property {(members: Member[]) => void} onpresence
 * @property {(member: Member) => void} onjoin
 * @property {(member: Member) => void} onleave
 *
 * @typedef {object} Identity who one is, kept from visit to visit
 * @property {string | null} token
 * @property {string} name what others see in presence, before one says anything
 *
 * A part of the room's history, oldest first.
 * @typedef {{ publications: Publication[], is_last: boolean }} Page `is_last`: nothing lies beyond
 */

/** How many messages a page of history has. */
export const PAGE_MESSAGES = 50;

/** What our own token may meet: it was signed by a server that has forgotten its key, or too long ago. */
const FORGET = new Set([ERROR.UNAUTHORIZED, ERROR.TOKEN_EXPIRED, 3500]);

export class Connection {
  #client;
  #room;
  #handlers;
  #identity;
  /** @type {State} */
  #state = { phase: 'stopped' };
  /** What was said while stopped. @type {Draft[]} */
  #held = [];

  /**
   * @param {string} url
   * @param {string} channel
   * @param {Identity} identity
   * @param {Handlers} handlers
   * @param {import('../client.js').Environment} [environment] for tests
   */
  constructor(url, channel, identity, handlers, environment) {
    this.#identity = identity;
    this.#handlers = handlers;
    this.#client = new Client(url, { ...(identity.token !== null && { token: identity.token }) }, environment);
    this.#room = this.#client.subscribe(channel, { joinLeave: true });
    this.#listen();
  }

  get state() {
    return this.#state;
  }

  // Actions

  start() {
    this.#client.data = { name: this.#identity.name };
    this.#client.connect();
    for (const draft of this.#held.splice(0)) this.publish(draft);
  }

  /** Closes cleanly. What had no answer goes out after the next start. */
  stop() {
    this.#client.disconnect();
    this.#enter({ phase: 'stopped' });
  }

  /** Cuts the wait short, for there is reason to hope. */
  retryNow() {
    if (this.#state.phase === 'waiting') this.#client.connect();
    else if (this.#state.phase === 'closed') this.start();
  }

  /** @param {Draft} draft */
  publish(draft) {
    this.#room.publish(draft).then(
      () => this.#handlers.onaccepted(draft.id),
      (error) => this.#refused(draft, error),
    );
  }

  /** The newest page of the room. @returns {Promise<Page>} */
  latest() {
    return this.#page({ reverse: true });
  }

  /** The page before a place. @param {number} offset @returns {Promise<Page>} */
  before(offset) {
    return this.#page({ offset, reverse: true });
  }

  /** The page after a place. @param {number} offset @returns {Promise<Page>} */
  after(offset) {
    return this.#page({ offset, reverse: false });
  }

  // Callbacks of the client

  #listen() {
    const client = this.#client;
    const room = this.#room;
    const handlers = this.#handlers;
    client.on('connecting', ({ retry_at_ms }) => {
      this.#enter(retry_at_ms === null ? { phase: 'connecting' } : { phase: 'waiting', retry_at_ms });
    });
    client.on('connected', ({ client: id, data, token }) => {
      this.#identity.token = token;
      handlers.onwelcome({ user: typeof data?.user === 'string' ? data.user : null, client: id });
    });
    client.on('disconnected', ({ code, reason }) => this.#disconnected(code, reason));
    room.on('subscribed', () => {
      this.#enter({ phase: 'open' });
      handlers.onarrived();
      void this.#askPresence();
    });
    room.on('recovered', ({ n_publications }) => handlers.onreturn(n_publications));
    room.on('gap', (gap) => handlers.ongap(gap));
    room.on('publication', (published) => {
      const publication = read(published);
      if (publication !== null) handlers.onpublication(publication);
    });
    room.on('join', (member) => handlers.onjoin(member));
    room.on('leave', (member) => handlers.onleave(member));
    room.on('unsubscribed', ({ reason }) => this.#enter({ phase: 'closed', reason }));
  }

  /** @param {number} code @param {string} reason */
  #disconnected(code, reason) {
    if (code === ERROR.DISCONNECTED) return; // By ourselves.
    if (FORGET.has(code) && this.#identity.token !== null) {
      this.#identity.token = this.#client.token = null;
      this.start();
      return;
    }
    this.#enter({ phase: 'closed', reason });
  }

  /** @param {Draft} draft @param {import('../client.js').ClientError} error */
  #refused(draft, { code, message }) {
    if (code !== ERROR.DISCONNECTED) {
      this.#handlers.onrefusal(draft.id, { code: NAMES[code] ?? 'other', reason: message });
    } else if (this.#client.state === 'disconnected') {
      this.#held.push(draft);
    } else {
      this.publish(draft); // Started again meanwhile.
    }
  }

  // Internal

  async #askPresence() {
    try {
      this.#handlers.onpresence(await this.#room.presence());
    } catch {
      // Lost, and asked again at the return; or not for us to know, and the page does without.
    }
  }

  /** @param {{ offset?: number, reverse: boolean }} where */
  async #page({ offset, reverse }) {
    const epoch = this.#room.position?.epoch ?? '';
    const { publications } = await this.#room.history({
      limit: PAGE_MESSAGES, reverse, ...(offset !== undefined && { since: { offset, epoch } }),
    });
    const read_ = publications.map(read).filter((publication) => publication !== null);
    return {
      publications: reverse ? read_.reverse() : read_,
      is_last: publications.length < PAGE_MESSAGES,
    };
  }

  /** @param {State} state */
  #enter(state) {
    this.#state = state;
    this.#handlers.onstate(state);
  }
}

/** Why the server, or the client, did not take a message; 107 is for who knows the message to say. @type {Record<number, string>} */
const NAMES = Object.freeze({
  [ERROR.INTERNAL]: 'internal',
  [ERROR.PERMISSION_DENIED]: 'denied',
  [ERROR.TOO_MANY_REQUESTS]: 'rate-limited',
  [ERROR.MESSAGE_TOO_BIG]: 'message-too-long',
  [ERROR.QUEUE_FULL]: 'queue-full',
});
