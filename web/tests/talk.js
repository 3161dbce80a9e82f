/** A client in its world, and what it is told: the vocabulary of the client's tests. */

import { Client } from '../client.js';
import { DELAY_MAX_MS } from '../client/backoff.js';
import { World } from './world.js';

/** A client in its world; `heard` is all it told, one line each. */
export class Talk extends World {
  /** @type {string[]} */ heard = [];
  client;

  /** @param {import('../client/session.js').Options} [options] */
  constructor(options = {}) {
    super();
    this.client = new Client('ws://test/connection/websocket', options, this.environment);
    this.client.on('connecting', ({ code, retry_at_ms }) => {
      this.heard.push(retry_at_ms === null ? 'connecting' : `waiting ${retry_at_ms - this.now_ms} after ${code}`);
    });
    this.client.on('connected', ({ client }) => this.heard.push(`connected ${client}`));
    this.client.on('disconnected', ({ code }) => this.heard.push(`disconnected ${code}`));
    this.client.on('error', ({ code }) => this.heard.push(`error ${code}`));
  }

  /** Up to the connected client. @param {object} [result] */
  connect(result = {}) {
    if (this.client.state === 'disconnected') this.client.connect();
    this.open();
    this.answer('connect', { client: 'me', version: '1', ping: 25, pong: true, ...result });
    this.heard = [];
    return this;
  }

  /** @param {string} name @param {import('../client.js').SubscriptionOptions} [options] */
  follow(name, options) {
    const subscription = this.client.subscribe(name, options);
    subscription.on('publication', ({ data, offset }) => this.heard.push(`${data}@${offset}`));
    subscription.on('message', (data) => this.heard.push(`message ${JSON.stringify(data)}`));
    subscription.on('join', ({ client }) => this.heard.push(`join ${client}`));
    subscription.on('leave', ({ client }) => this.heard.push(`leave ${client}`));
    subscription.on('subscribing', ({ code }) => this.heard.push(`subscribing ${code}`));
    subscription.on('subscribed', ({ position }) => this.heard.push(`subscribed ${position?.offset}`));
    subscription.on('recovered', ({ n_publications }) => this.heard.push(`recovered ${n_publications}`));
    subscription.on('gap', ({ n_missing }) => this.heard.push(`gap ${n_missing}`));
    subscription.on('unsubscribed', ({ code }) => this.heard.push(`unsubscribed ${code}`));
    return subscription;
  }

  /** Connected, in one channel at an offset. */
  inRoom(offset = 3) {
    this.connect();
    const room = this.follow('room:tea');
    this.subscribed(offset);
    this.heard = [];
    return room;
  }

  /** @param {number} offset @param {object} [more] */
  subscribed(offset, more = {}) {
    this.answer('subscribe', { recoverable: true, epoch: 'e', offset, ...more });
  }

  /** @param {number[]} offsets @param {string} [name] */
  publish(offsets, name = 'room:tea') {
    this.receive(...offsets.map((offset) => ({ push: { channel: name, pub: { data: `m${offset}`, offset } } })));
  }

  /** A second socket, up to the connect reply. */
  comeBack() {
    this.lose();
    this.pass(DELAY_MAX_MS);
    this.open();
    this.heard = [];
    this.answer('connect', { client: 'me', ping: 25, pong: true });
  }
}

/** Publications at these offsets. @param {...number} offsets */
export function pubs(...offsets) {
  return offsets.map((offset) => ({ data: `m${offset}`, offset }));
}
