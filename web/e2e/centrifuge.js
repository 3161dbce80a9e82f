/**
 * The library that others use, `centrifuge` from npm, which we have not
 * written, before the real server; and a bare socket, for what only the wire
 * shows. Each test has a server of its own.
 */

import assert from 'node:assert/strict';
import { afterEach, beforeEach } from 'node:test';
import { Centrifuge } from 'centrifuge';
import WebSocket from 'ws';
import { Server } from './harness.js';

/** @typedef {import('centrifuge').PublicationContext} Publication */

/** The server of this test. @type {Server} */
export let server;
/** @type {(() => void)[]} */
let ends = [];

/** To be called once in a file. */
export function aServerForEachTest() {
  beforeEach(async () => { server = await Server.start(); });
  afterEach(async () => {
    for (const end of ends) end();
    ends = [];
    await server.stop();
  });
}

/** Does something once the test is over. @param {() => void} end */
export function atTheEnd(end) {
  ends.push(end);
}

/** Where the dialect is spoken. */
export function url() {
  return `${server.url.replace('http', 'ws')}connection/websocket`;
}

/** @param {Partial<import('centrifuge').Options>} [options] */
export function newClient(options = {}) {
  const client = new Centrifuge(url(), {
    websocket: WebSocket, minReconnectDelay: 20, maxReconnectDelay: 200, timeout: 5_000, ...options,
  });
  atTheEnd(() => client.disconnect());
  return client;
}

/** A client that is connected. @param {Partial<import('centrifuge').Options>} [options] */
export async function connect(options) {
  const client = newClient(options);
  const connected = once(client, 'connected');
  client.connect();
  const { data } = await connected;
  return { client, data };
}

/**
 * Subscribed, with all that is published since.
 * @param {Centrifuge} client
 * @param {string} channel
 * @param {Partial<import('centrifuge').SubscriptionOptions>} [options]
 */
export async function follow(client, channel, options = {}) {
  const subscription = client.newSubscription(channel, { positioned: true, recoverable: true, joinLeave: true, ...options });
  /** @type {Publication[]} */
  const publications = [];
  subscription.on('publication', (publication) => publications.push(publication));
  const subscribed = once(subscription, 'subscribed');
  subscription.subscribe();
  return { subscription, publications, subscribed: await subscribed };
}

/**
 * The next event of a name.
 * @param {{ once: (type: any, listener: (context: any) => void) => any }} emitter
 * @param {string} type
 * @returns {Promise<any>}
 */
export function once(emitter, type) {
  return new Promise((resolve) => { emitter.once(type, resolve); });
}

/** Waits until something holds, and says what does not. @param {() => boolean} holds @param {string} what */
export async function until(holds, what) {
  const end_ms = Date.now() + 10_000;
  while (!holds()) {
    if (Date.now() > end_ms) assert.fail(`never: ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 5); });
  }
}

/** @param {string} id */
export function message(id, sender = 'Ann') {
  return { id, sender, message: id };
}

/** @param {Publication[]} publications */
export function ids(publications) {
  return publications.map(({ data }) => data.id);
}

/** @param {Publication[]} publications */
export function offsets(publications) {
  return publications.map(({ offset }) => offset);
}

/** Ids m1, m2, … @param {number} from @param {number} to */
export function numbered(from, to) {
  return Array.from({ length: to - from + 1 }, (_, n) => `m${from + n}`);
}

/** A bare socket, that says and hears lines. @returns {Promise<{ socket: WebSocket, say: (...commands: object[]) => void, hear: () => Promise<any>, closed: Promise<number> }>} */
export async function bare() {
  const socket = new WebSocket(url());
  atTheEnd(() => socket.terminate());
  /** @type {any[]} */
  const heard = [];
  /** @type {((value: any) => void)[]} */
  const waiting = [];
  socket.on('message', (data) => {
    for (const line of String(data).split('\n').filter(Boolean)) {
      const value = JSON.parse(line);
      const next = waiting.shift();
      if (next) next(value);
      else heard.push(value);
    }
  });
  /** @type {Promise<number>} */
  const closed = new Promise((resolve) => { socket.on('close', resolve); });
  await once(socket, 'open');
  return {
    socket,
    say: (...commands) => socket.send(commands.map((command) => JSON.stringify(command)).join('\n')),
    hear: async () => heard.shift() ?? new Promise((resolve) => { waiting.push(resolve); }),
    closed,
  };
}

/** A bare socket, connected. */
export async function bareConnected() {
  const socket = await bare();
  socket.say({ id: 1, connect: { name: 'js' } });
  await socket.hear();
  return socket;
}
