/**
 * One connection to the server and the rooms that share it, in the page's
 * words: over the client module of this server, which any other page may use
 * as well. A room has the connection's state, and is `open` once it is subscribed.
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
 * what had no answer. This adds who one is, from visit to visit, and each
 * room's messages as the page reads them.
 */

import { Client, ERROR } from '../client.js';
import { isRoomName, read } from './protocol.js';

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
 * @property {(guests: unknown) => void} onguests who is here by a plain WebSocket, whenever that changes
 *
 * @typedef {object} Identity who one is, kept from visit to visit
 * @property {string | null} token
 * @property {string | null} user as the server said last
 * @property {string} name what others see in presence, before one says anything
 *
 * A public room with somebody in it.
 * @typedef {{ room: string, n_present: number }} PublicRoom
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
  #identity;
  /** @type {Set<Room>} */
  #rooms = new Set();
  /** @type {State} */
  #state = { phase: 'stopped' };
  /** Who one is, while connected. @type {{ user: string | null, client: string } | null} */
  #me = null;

  /**
   * @param {string} url
   * @param {Identity} identity
   * @param {import('../client.js').Environment} [environment] for tests
   */
  constructor(url, identity, environment) {
    this.#identity = identity;
    this.#client = new Client(url, { ...(identity.token !== null && { token: identity.token }) }, environment);
    this.#listen();
  }

  get state() {
    return this.#state;
  }

  get me() {
    return this.#me;
  }

  /** Whether nothing leaves before the next start. */
  get isDisconnected() {
    return this.#client.state === 'disconnected';
  }

  // Actions

  start() {
    this.#client.data = { name: this.#identity.name };
    this.#client.connect();
    for (const room of this.#rooms) room.release();
  }

  /** Closes cleanly. What had no answer goes out after the next start. */
  stop() {
    this.#client.disconnect();
    this.#enter({ phase: 'stopped' });
  }

  /** Cuts the wait short, for there is reason to hope. */
  retryNow() {
    if (this.#state.phase === 'waiting') this.#client.connect();
    else if (this.#state.phase !== 'stopped') this.start();
  }

  /** Follows a room, from now on. @param {string} channel */
  enter(channel) {
    const subscription = this.#client.subscribe(channel, { joinLeave: true });
    const room = new Room(this, subscription, () => this.#rooms.delete(room));
    this.#rooms.add(room);
    return room;
  }

  /**
   * Follows what is told in passing, and kept nowhere, such as who is typing.
   * @param {string} channel
   * @param {(data: any, info: import('../client.js').Publication['info']) => void} onheard and who says it
   */
  overhear(channel, onheard) {
    const subscription = this.#client.subscribe(channel);
    subscription.on('publication', ({ data, info }) => onheard(data, info));
    return {
      /** Lost where there is no connection: later it is not true any more. @param {object} data */
      say: (data) => {
        if (this.#me !== null) subscription.publish(data).catch(() => {});
      },
      leave: () => subscription.unsubscribe(),
    };
  }

  /** The public rooms with somebody in them; null where the server does not tell. @returns {Promise<PublicRoom[] | null>} */
  async publicRooms() {
    try {
      const { rooms } = Object(await this.#client.rpc('rooms', {}));
      return Array.isArray(rooms) ? rooms.flatMap(publicRoom) : null;
    } catch {
      return null; // An older server, or no connection: the page does without.
    }
  }

  /** Asks the server something else. @param {string} method @param {object} data @returns {Promise<unknown>} */
  call(method, data) {
    return this.#client.rpc(method, data);
  }

  // Callbacks of the client

  #listen() {
    this.#client.on('connecting', ({ retry_at_ms }) => {
      this.#me = null;
      this.#enter(retry_at_ms === null ? { phase: 'connecting' } : { phase: 'waiting', retry_at_ms });
    });
    this.#client.on('connected', ({ client, data, token }) => {
      this.#identity.token = token;
      this.#me = { user: typeof data?.user === 'string' ? data.user : null, client };
      this.#identity.user = this.#me.user;
      for (const room of this.#rooms) room.welcomed(this.#me);
    });
    this.#client.on('disconnected', ({ code, reason }) => this.#disconnected(code, reason));
  }

  /** @param {number} code @param {string} reason */
  #disconnected(code, reason) {
    this.#me = null;
    if (code === ERROR.DISCONNECTED) return; // By ourselves.
    if (FORGET.has(code) && this.#identity.token !== null) {
      this.#identity.token = this.#client.token = null;
      this.start();
      return;
    }
    this.#enter({ phase: 'closed', reason });
  }

  /** @param {State} state */
  #enter(state) {
    this.#state = state;
    for (const room of this.#rooms) room.enter(state);
  }
}

/** A room on a connection. Made by `Connection.enter`. */
export class Room {
  #connection;
  #subscription;
  #onleave;
  /** @type {State} */
  #state;
  #left = false;
  /** @type {Partial<Handlers>[]} */
  #handlers = [];
  /** What was said while stopped. @type {Draft[]} */
  #held = [];

  /**
   * @param {Connection} connection
   * @param {import('../client.js').Subscription} subscription
   * @param {() => void} onleave
   */
  constructor(connection, subscription, onleave) {
    this.#connection = connection;
    this.#subscription = subscription;
    this.#onleave = onleave;
    this.#state = connection.state.phase === 'open' ? { phase: 'connecting' } : connection.state;
    this.#follow();
  }

  get state() {
    return this.#state;
  }

  /** Up to where one has heard; null before one is in. */
  get position() {
    return this.#subscription.position;
  }

  // Actions

  /** Who listens late is told, in a moment, where one is already. @param {Partial<Handlers>} handlers */
  listen(handlers) {
    this.#handlers.push(handlers);
    const { me } = this.#connection;
    if (me === null) return;
    const is_open = this.#state.phase === 'open';
    queueMicrotask(() => {
      handlers.onwelcome?.(me);
      if (!is_open) return;
      handlers.onarrived?.();
      if (handlers.onpresence !== undefined) void this.#askPresence();
    });
  }

  start() {
    this.#connection.start();
  }

  stop() {
    this.#connection.stop();
  }

  retryNow() {
    this.#connection.retryNow();
  }

  /** For good; the connection stays. */
  leave() {
    this.#left = true;
    this.#subscription.unsubscribe();
    this.#onleave();
  }

  /** @param {Draft} draft */
  publish(draft) {
    this.#subscription.publish(draft).then(
      () => this.#tell('onaccepted', draft.id),
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

  /** What stands at a place; null where there is nothing, or no more. @param {number} offset */
  async at(offset) {
    const { publications } = await this.#page({ offset: offset - 1, reverse: false, limit: 1 });
    return publications.find((publication) => publication.offset === offset) ?? null;
  }

  // Callbacks of the connection

  /** @param {State} state */
  enter(state) {
    this.#state = state;
    this.#tell('onstate', state);
  }

  /** @param {{ user: string | null, client: string }} me */
  welcomed(me) {
    this.#tell('onwelcome', me);
  }

  /** Sends what was said while stopped. */
  release() {
    for (const draft of this.#held.splice(0)) this.publish(draft);
  }

  #follow() {
    const room = this.#subscription;
    room.on('subscribed', () => {
      this.enter({ phase: 'open' });
      this.#tell('onarrived');
      if (this.#handlers.some(({ onpresence }) => onpresence !== undefined)) void this.#askPresence();
    });
    room.on('recovered', ({ n_publications }) => this.#tell('onreturn', n_publications));
    room.on('gap', (gap) => this.#tell('ongap', gap));
    room.on('publication', (published) => {
      const publication = read(published);
      if (publication !== null) this.#tell('onpublication', publication);
    });
    room.on('join', (member) => this.#tell('onjoin', member));
    room.on('leave', (member) => this.#tell('onleave', member));
    room.on('message', (guests) => this.#tell('onguests', guests));
    room.on('unsubscribed', ({ reason }) => {
      if (!this.#left) this.enter({ phase: 'closed', reason });
    });
  }

  /** @param {Draft} draft @param {import('../client.js').ClientError} error */
  #refused(draft, { code, message }) {
    if (code !== ERROR.DISCONNECTED) {
      this.#tell('onrefusal', draft.id, { code: NAMES[code] ?? 'other', reason: message });
    } else if (this.#connection.isDisconnected) {
      this.#held.push(draft);
    } else {
      this.publish(draft); // Started again meanwhile.
    }
  }

  // Internal

  async #askPresence() {
    try {
      this.#tell('onpresence', await this.#subscription.presence());
    } catch {
      // Lost, and asked again at the return; or not for us to know, and the page does without.
    }
  }

  /** @param {{ offset?: number, reverse: boolean, limit?: number }} where */
  async #page({ offset, reverse, limit = PAGE_MESSAGES }) {
    const epoch = this.#subscription.position?.epoch ?? '';
    const { publications } = await this.#subscription.history({
      limit, reverse, ...(offset !== undefined && { since: { offset, epoch } }),
    });
    const read_ = publications.map(read).filter((publication) => publication !== null);
    return {
      publications: reverse ? read_.reverse() : read_,
      is_last: publications.length < limit,
    };
  }

  /**
   * @template {keyof Handlers} K
   * @param {K} what
   * @param {Parameters<Handlers[K]>} details
   */
  #tell(what, ...details) {
    for (const handlers of this.#handlers) {
      /** @type {((...details: any[]) => void) | undefined} */ (handlers[what])?.(...details);
    }
  }
}

/** @param {any} item @returns {PublicRoom[]} */
function publicRoom(item) {
  const { room, present } = Object(item);
  return typeof room === 'string' && isRoomName(room) && Number.isInteger(present) ? [{ room, n_present: present }] : [];
}

/** Why the server, or the client, did not take a message; 107 is for who knows the message to say. @type {Record<number, string>} */
const NAMES = Object.freeze({
  [ERROR.INTERNAL]: 'internal',
  [ERROR.PERMISSION_DENIED]: 'denied',
  [ERROR.TOO_MANY_REQUESTS]: 'rate-limited',
  [ERROR.MESSAGE_TOO_BIG]: 'message-too-long',
  [ERROR.QUEUE_FULL]: 'queue-full',
  // This server's own, in docs/chat.md.
  404: 'target-missing',
  410: 'target-deleted',
  429: 'too-many-reactions',
});
