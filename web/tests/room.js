/** A room as one page lives it, over a link that a test holds: the vocabulary of the chat's tests. */

import assert from 'node:assert/strict';
import { Chat } from '../src/chat.js';
import { settled } from './world.js';

/**
 * @typedef {import('../src/protocol.js').Draft} Draft
 * @typedef {import('../src/protocol.js').Publication} Publication
 */

/** @param {{ drafts?: Draft[], at?: number | null }} [kept] from before a reload, and where one begins */
export function talk({ drafts = [], at = null } = {}) {
  /** @type {Draft[]} */
  const sent = [];
  /** @type {import('../src/chat.js').Told | undefined} */
  let handlers;
  let n_ids = 0;
  let n_arrivals = 0;
  const own = new Set();
  const stored = new Map(drafts.map((draft) => [draft.id, draft]));
  /** What was asked of the history, and how to answer it. @type {{ what: string, answer: (...publications: Publication[]) => Promise<void>, fail: () => Promise<void> }[]} */
  const asked = [];
  /** @param {string} what @returns {Promise<import('../src/connection.js').Page>} */
  const ask = (what) => new Promise((resolve, reject) => {
    asked.push({
      what,
      answer: (...publications) => {
        resolve({ publications, is_last: publications.length < 2 });
        return settled();
      },
      fail: () => {
        reject(new Error('lost'));
        return settled();
      },
    });
  });
  const chat = new Chat({
    connect: (given) => {
      handlers = given;
      return {
        state: { phase: 'open' },
        position: { offset: 0, epoch: 'e' },
        start() {}, stop() {}, retryNow() {},
        publish: (draft) => { sent.push(draft); },
        latest: () => ask('latest'),
        before: (offset) => ask(`before ${offset}`),
        after: (offset) => ask(`after ${offset}`),
        at: async () => null,
        listen() {},
      };
    },
    ownIds: own,
    drafts: {
      all: () => [...stored.values()],
      add: (draft) => { stored.set(draft.id, draft); },
      remove: (id) => { stored.delete(id); },
    },
    name: () => 'Ann',
    at,
    now: () => 0,
    newId: () => `id${n_ids += 1}`,
    onchange() {},
    onstate() {},
    onarrival: () => { n_arrivals += 1; },
  });
  assert.ok(handlers);
  return { chat, sent, own, handlers, asked, stored, arrivals: () => n_arrivals };
}

/**
 * @param {number} offset
 * @param {Partial<Publication>} [more]
 * @returns {Publication}
 */
export function published(offset, more = {}) {
  return { id: `m${offset}`, sender: 'Bob', message: `m${offset}`, offset, time: 0, user: 'bob', client: 'c2', ...more };
}

/** An edit of the message at an offset, as it was published. @param {number} offset @param {number} target */
export function edited(offset, target) {
  return { ...published(offset), message: 'new', amends: { type: /** @type {const} */ ('edit'), target, removed: false } };
}

/** @param {Chat} chat */
export function messages(chat) {
  return chat.rows.flatMap((row) => (row.kind === 'message' ? [`${row.message.message}${row.message.own ? '*' : ''}`] : []));
}

/** @param {Chat} chat */
export function states(chat) {
  return chat.rows.flatMap((row) => row.kind === 'message' ? [`${row.message.sender}: ${row.message.state}`] : []);
}
