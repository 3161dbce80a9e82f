/**
 * Palabre's client: a small module for any page, without dependencies.
 *
 *   import { Client } from 'https://chat.example/client.js';
 *
 *   const client = new Client('wss://chat.example/connection/websocket');
 *   const tea = client.subscribe('room:tea');
 *   tea.on('publication', ({ data }) => console.log(`${data.sender}: ${data.message}`));
 *   client.connect();
 *   await tea.publish({ id: crypto.randomUUID(), sender: 'Léa', message: 'Bonjour' });
 *
 * It speaks the Centrifuge client protocol (JSON over WebSocket), so it talks
 * with any server that does. What it promises:
 *
 * - It comes back by itself, after a wait that grows and that chance spreads,
 *   or at once when the network returns or the page is looked at again.
 * - A subscription hands on each publication once, in order, over any number
 *   of lost connections; where the server cannot fill a gap, it says `gap`.
 * - What is published leaves in order, also what was published offline. The
 *   promise resolves when the server has it. Data with an `id` of its own is
 *   sent again after a lost answer, and stored once; data without one is not,
 *   and its promise is rejected, as nobody can tell whether it arrived.
 * - Nothing waits without a limit: 1,000 publications, 128 questions, each
 *   answer for 10 seconds.
 *
 * What it leaves out: protobuf, transports other than WebSocket, server-side
 * subscriptions, deltas.
 */

import { Session } from './client/session.js';
import { member, publication } from './client/wire.js';

export { ClientError, ERROR } from './client/wire.js';

/**
 * @typedef {import('./client/wire.js').Member} Member
 * @typedef {import('./client/wire.js').Position} Position
 * @typedef {import('./client/wire.js').Publication} Publication
 * @typedef {import('./client/link.js').Environment} Environment
 * @typedef {import('./client/session.js').Options} Options
 * @typedef {import('./client/session.js').Events} ClientEvents
 * @typedef {import('./client/channel.js').Options} SubscriptionOptions
 * @typedef {import('./client/channel.js').Events} SubscriptionEvents
 */

/** What a browser has, and Node from version 22 on. @type {Environment} */
const browser = {
  open: (url) => new WebSocket(url),
  now: () => Date.now(),
  random: () => Math.random(),
  setTimeout: (callback, delay_ms) => setTimeout(callback, delay_ms),
  clearTimeout: (timer) => clearTimeout(timer),
  onHope: (callback) => {
    const seen = () => {
      if (document.visibilityState === 'visible') callback();
    };
    globalThis.addEventListener?.('online', callback);
    globalThis.document?.addEventListener('visibilitychange', seen);
    return () => {
      globalThis.removeEventListener?.('online', callback);
      globalThis.document?.removeEventListener('visibilitychange', seen);
    };
  },
};

/** A connection to a server, and all that goes over it. */
export class Client {
  /** @type {Emitter<ClientEvents>} */
  #events = new Emitter();
  #session;

  /**
   * Does not connect yet, so that nothing is missed by who listens first.
   * @param {string} url `ws://…` or `wss://…`
   * @param {Options} [options]
   * @param {Environment} [environment] for tests
   */
  constructor(url, options = {}, environment = browser) {
    this.#session = new Session(url, options, environment, (type, detail) => this.#events.emit(type, detail));
  }

  /** `disconnected`, `connecting` (or waiting to) or `connected`. */
  get state() {
    return this.#session.state;
  }

  /** Who one is, from the next connection on. @param {string | null} token */
  set token(token) {
    this.#session.token = token;
  }

  /** What the server is told of this client, from the next connection on. @param {any} data */
  set data(data) {
    this.#session.data = data;
  }

  /**
   * Listens: to `connecting`, `connected`, `disconnected`, `error`.
   * @template {keyof ClientEvents} K
   * @param {K} type
   * @param {(detail: ClientEvents[K]) => void} listener
   * @returns {() => void} to listen no more
   */
  on(type, listener) {
    return this.#events.on(type, listener);
  }

  /** Connects, and stays so. While it waits for its next try: tries now. */
  connect() {
    this.#session.connect();
  }

  /** Leaves. What still waits to be published is rejected; subscriptions go on after the next `connect`. */
  disconnect() {
    this.#session.disconnect();
  }

  /**
   * Asks the server itself; rejected with code 108 where it knows no such method.
   * @param {string} method
   * @param {any} data
   * @returns {Promise<any>}
   */
  async rpc(method, data) {
    return (await this.#session.request('rpc', { method, data })).data;
  }

  /**
   * Follows a channel: from now on, or from `since` where that is given. A
   * channel for some wants a `token`, or better `getToken`, which is asked
   * again before it ends. There is one subscription to a channel; a second
   * throws.
   * @param {string} channel
   * @param {SubscriptionOptions} [options]
   */
  subscribe(channel, options = {}) {
    /** @type {Emitter<SubscriptionEvents>} */
    const events = new Emitter();
    const followed = this.#session.subscribe(channel, options, (type, detail) => events.emit(type, detail));
    return new Subscription(this.#session, followed, events);
  }
}

/** A channel that a client follows. Made by `Client.subscribe`. */
export class Subscription {
  #session;
  #channel;
  #events;

  /**
   * @param {Session} session
   * @param {import('./client/channel.js').Channel} channel
   * @param {Emitter<SubscriptionEvents>} events
   */
  constructor(session, channel, events) {
    this.#session = session;
    this.#channel = channel;
    this.#events = events;
  }

  get channel() {
    return this.#channel.name;
  }

  /** `subscribing`, `subscribed` or `unsubscribed`. */
  get state() {
    return this.#channel.state;
  }

  /** Where in the channel one is, to go on from another time; null where nothing is kept. */
  get position() {
    return this.#channel.position;
  }

  /**
   * Listens: to `publication`, `join`, `leave`, `subscribing`, `subscribed`,
   * `recovered`, `gap`, `unsubscribed`.
   * @template {keyof SubscriptionEvents} K
   * @param {K} type
   * @param {(detail: SubscriptionEvents[K]) => void} listener
   * @returns {() => void} to listen no more
   */
  on(type, listener) {
    return this.#events.on(type, listener);
  }

  /**
   * Resolves when the server has it: in a channel that is kept, on its disk.
   * @param {any} data
   * @returns {Promise<void>}
   */
  publish(data) {
    return this.#session.publish(this.channel, data);
  }

  /**
   * What was published: the oldest first, or with `reverse` the newest; with
   * `since`, what came after it, or with `reverse` before it.
   * @param {{ limit?: number, since?: Position, reverse?: boolean }} [options]
   * @returns {Promise<{ publications: Publication[] } & Position>} and where the channel ends
   */
  async history({ limit = 0, since, reverse = false } = {}) {
    const { publications = [], offset = 0, epoch = '' } = await this.#session.request('history', {
      channel: this.channel, limit, reverse, ...(since && { since }),
    });
    return { publications: publications.map(publication), offset, epoch };
  }

  /** Who follows the channel, by connection. @returns {Promise<Member[]>} */
  async presence() {
    const { presence = {} } = await this.#session.request('presence', { channel: this.channel });
    return Object.values(presence).map(member);
  }

  /** How many do. @returns {Promise<{ n_clients: number, n_users: number }>} */
  async presenceStats() {
    const { num_clients = 0, num_users = 0 } = await this.#session.request('presence_stats', { channel: this.channel });
    return { n_clients: num_clients, n_users: num_users };
  }

  /** Follows no more, for good. */
  unsubscribe() {
    this.#channel.unsubscribe();
  }
}

/**
 * Who listens to what. A listener that throws is reported as any other error
 * of the page is, and keeps no other from hearing.
 * @template {object} Events
 */
class Emitter {
  /** @type {Map<keyof Events, Set<(detail: any) => void>>} */
  #listeners = new Map();

  /**
   * @template {keyof Events} K
   * @param {K} type
   * @param {(detail: Events[K]) => void} listener
   */
  on(type, listener) {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(listener));
    return () => { listeners.delete(listener); };
  }

  /**
   * @template {keyof Events} K
   * @param {K} type
   * @param {Events[K]} detail
   */
  emit(type, detail) {
    for (const listener of [...this.#listeners.get(type) ?? []]) {
      try {
        listener(detail);
      } catch (error) {
        queueMicrotask(() => { throw error; });
      }
    }
  }
}
