/**
 * When to call somebody who looks elsewhere, and what to say then.
 *
 * Pure: no clock, no DOM.
 */

import { mentionsIn } from './mentions.js';
import { DEFAULT_ROOM, messagePath, roomPath } from './protocol.js';
import { parseList, read, ROOMS_MAX, write } from './settings.js';

/**
 * What one wants to be called for in a room.
 * @typedef {'none' | 'mentions' | 'all'} Choice
 * @typedef {import('./protocol.js').Publication} Publication
 *
 * A message as the service worker finds it, which knows neither rooms nor their addresses.
 * @typedef {object} Place
 * @property {string} room
 * @property {number} offset
 * @property {string} path where a new tab finds it
 * @property {string[]} rooms where a tab has its room open
 *
 * What is kept about it, shared by all windows.
 * @typedef {object} Wishes
 * @property {(room: string) => Choice} choice mentions, unless one says otherwise
 * @property {(room: string, choice: Choice) => void} choose
 * @property {boolean} sound
 * @property {(room: string) => number} called up to which message of the room, by its time
 * @property {(room: string, time_ms: number) => void} note
 */

/** @type {readonly Choice[]} */
export const CHOICES = Object.freeze(['mentions', 'all', 'none']);

/** As much as is read at a glance, and others beside the screen need not read more. */
const CHARS_MAX = 160;

/**
 * Whether a message is worth a call: it is one, of somebody else, and of the
 * kind that is wanted.
 * @param {Choice} choice
 * @param {Publication} publication
 * @param {{ user: string | null, name: string }} me
 */
export function isWanted(choice, publication, { user, name }) {
  if (choice === 'none' || publication.amends !== undefined || publication.deleted_ms !== undefined) return false;
  if (user !== null && publication.user === user) return false;
  return choice === 'all' || isMentioned(publication.message, name);
}

/** Whether a text calls somebody by name. @param {string} text @param {string} name */
export function isMentioned(text, name) {
  return mentionsIn(text, [name]).length > 0;
}

/** @param {string} room @param {number} offset @returns {Place} */
export function placeOf(room, offset) {
  const rooms = [roomPath(room), ...(room === DEFAULT_ROOM ? ['/'] : [])];
  return { room, offset, path: messagePath(room, offset), rooms };
}

/** A text on one line and not long, in which nothing turns what stands around it about. @param {string} text */
export function glance(text) {
  const line = text.replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '').replace(/[\s\p{Cc}]+/gu, ' ').trim();
  const chars = [...line];
  return chars.length > CHARS_MAX ? `${chars.slice(0, CHARS_MAX).join('')}…` : line;
}

/** @param {() => import('./settings.js').Store} device @returns {Wishes} */
export function keptWishes(device) {
  /** By room, the latest last. @param {string} key @returns {Map<string, unknown>} */
  const all = (key) => new Map(parseList(read(device, key)).map(({ room, value }) => [String(room), value]));
  /** @param {string} key @param {string} room @param {string | number} value */
  const put = (key, room, value) => {
    const values = all(key);
    values.delete(room);
    const kept = [...values, [room, value]].slice(-ROOMS_MAX);
    write(device, key, JSON.stringify(kept.map(([room, value]) => ({ room, value }))));
  };
  return {
    choice: (room) => CHOICES.find((choice) => choice === all('palabre.notify').get(room)) ?? 'mentions',
    choose: (room, choice) => put('palabre.notify', room, choice),
    get sound() { return read(device, 'palabre.sound') === 'on'; },
    set sound(sound) { write(device, 'palabre.sound', sound ? 'on' : ''); },
    called: (room) => Number(all('palabre.called').get(room) ?? 0),
    note: (room, time_ms) => put('palabre.called', room, time_ms),
  };
}
