/**
 * The last messages of the rooms one has looked at, for a visit without a
 * network. They are kept as they came over the wire, and read as if they came
 * anew. Bounded in every direction; a room that one leaves is forgotten.
 */

import { read } from './protocol.js';

export const KEPT_MESSAGES_MAX = 50;
export const KEPT_CHARS_MAX = 64 * 1024;
export const KEPT_ROOMS_MAX = 20;

const PREFIX = 'palabre.last.';

/**
 * @typedef {import('./timeline.js').Message} Message
 * @typedef {import('./protocol.js').Publication} Publication
 */

export class Kept {
  #store;

  /** @param {() => Storage} store as localStorage is; it may throw, and then nothing is kept */
  constructor(store) {
    this.#store = store;
  }

  /** @param {string} room @returns {Publication[]} oldest first */
  messages(room) {
    return this.#read(PREFIX + room).messages.flatMap((message) => read(Object(message)) ?? []);
  }

  /** @param {string} room @param {readonly Message[]} messages oldest first @param {number} now_ms */
  keep(room, messages, now_ms) {
    const last = messages.slice(-KEPT_MESSAGES_MAX).map(asPublished);
    let text = JSON.stringify({ now_ms, messages: last });
    while (text.length > KEPT_CHARS_MAX) {
      last.shift();
      text = JSON.stringify({ now_ms, messages: last });
    }
    this.#try((store) => {
      store.setItem(PREFIX + room, text);
      const byAge = this.#rooms(store).map((each) => ({ each, age: this.#read(PREFIX + each).now_ms }));
      for (const { each } of byAge.sort((a, b) => b.age - a.age).slice(KEPT_ROOMS_MAX)) store.removeItem(PREFIX + each);
    });
  }

  /** Forgets all rooms but these. @param {readonly string[]} rooms */
  retain(rooms) {
    this.#try((store) => {
      for (const room of this.#rooms(store)) if (!rooms.includes(room)) store.removeItem(PREFIX + room);
    });
  }

  /** @param {Storage} store */
  #rooms(store) {
    return Object.keys(store).filter((key) => key.startsWith(PREFIX)).map((key) => key.slice(PREFIX.length));
  }

  /** @param {string} key @returns {{ now_ms: number, messages: any[] }} */
  #read(key) {
    const kept = this.#try((store) => JSON.parse(store.getItem(key) ?? 'null'));
    return { now_ms: Number(kept?.now_ms) || 0, messages: Array.isArray(kept?.messages) ? kept.messages : [] };
  }

  /** @template T @param {(store: Storage) => T} act */
  #try(act) {
    try {
      return act(this.#store());
    } catch {
      return null; // Full, not allowed, or not ours.
    }
  }
}

/** A message as it is published. @param {Message} message */
function asPublished({ id, sender, message, time_ms, offset, user, client, verified, reply, reply_id, files, edited_ms, deleted_ms, reactions }) {
  const names = [...reactions ?? []].map(([emoji, users]) => [emoji, Object.fromEntries(users)]);
  return {
    offset: offset ?? undefined,
    info: { user, client },
    data: {
      id, sender, message, time: time_ms, verified, reply, reply_id, files, edited: edited_ms, deleted: deleted_ms,
      reactions: names.length > 0 ? Object.fromEntries(names) : undefined,
    },
  };
}
