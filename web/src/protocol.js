/**
 * The plain dialect: what this page says to the server, and hears from it.
 *
 *   page ──{"sender","message","id"}──────────────────────────▶ server
 *   page ◀─{"sender","message","id","offset","time",…}───────── server   to all, the sender included
 *   page ◀─{"type":"error","code","message","id"?}───────────── server   to the sender alone
 *
 * Pure: text in, values out. It opens no socket.
 */

/** Counted in Unicode scalar values, as the server counts: as many as always fit into a frame. */
export const MESSAGE_CHARS_MAX = 16_000;
/** A text frame larger than this is closed with 1009. Control characters, escaped, can get there. */
export const FRAME_BYTES_MAX = 64 * 1024;
export const SENDER_CHARS_MAX = 64;
export const ROOM_CHARS_MAX = 64;

/** The room at `/`. */
export const DEFAULT_ROOM = 'general';

/** The name the server gives to those who give none. It is the same in every language. */
export const ANONYMOUS = 'Anonyme';

/** The close codes that mean something to this page. */
export const CLOSE = Object.freeze({ DONE: 1000, TOO_BIG: 1009, TRY_LATER: 1013 });

/**
 * What the page sends.
 * @typedef {object} Draft
 * @property {string} id chosen by the page, so that it knows its message again
 * @property {string} sender
 * @property {string} message
 *
 * What everyone receives.
 * @typedef {object} Publication
 * @property {string} id
 * @property {string} sender
 * @property {string} message
 * @property {number} offset the message's place in the room, counted without holes
 * @property {number} time Unix milliseconds, by the server's clock
 *
 * What the sender of a message receives when it was not taken.
 * @typedef {object} Refusal
 * @property {string | null} id null where the server could not tell which message it was
 * @property {string} code for programs
 * @property {string} reason for people, in the server's words
 *
 * @typedef {{ kind: 'publication', publication: Publication }
 *         | { kind: 'refusal', refusal: Refusal }
 *         | { kind: 'other' }} Incoming
 */

/** @param {Draft} draft */
export function encode({ sender, message, id }) {
  return JSON.stringify({ sender, message, id });
}

/** @param {Draft} draft */
export function fits(draft) {
  return scalars(draft.message) <= MESSAGE_CHARS_MAX
    && new TextEncoder().encode(encode(draft)).length <= FRAME_BYTES_MAX;
}

/**
 * Whoever sends a message may add any field to it, `type` included. Only the
 * server gives an `offset`, so that is what tells a publication from an error:
 * nobody can make another's message look refused.
 * @param {unknown} data
 * @returns {Incoming}
 */
export function decode(data) {
  const object = parseObject(data);
  if (object === null || typeof object.message !== 'string') return { kind: 'other' };

  const { id, sender, message, offset, time, type, code } = object;
  if (typeof offset === 'number' && Number.isSafeInteger(offset)) {
    if (typeof id !== 'string' || typeof sender !== 'string') return { kind: 'other' };
    if (typeof time !== 'number' || !isDateTime(time)) return { kind: 'other' };
    return { kind: 'publication', publication: { id, sender, message, offset, time } };
  }
  if (type === 'error' && typeof code === 'string') {
    return {
      kind: 'refusal',
      refusal: { id: typeof id === 'string' ? id : null, code, reason: message },
    };
  }
  return { kind: 'other' };
}

/**
 * The room that a page's path names, or null where the name is not allowed.
 * @param {string} pathname
 */
export function roomFromPath(pathname) {
  const match = /^\/rooms\/([^/]+)\/?$/.exec(pathname);
  if (match === null) return DEFAULT_ROOM;
  const name = decodePath(match[1] ?? '').normalize('NFC');
  return isRoomName(name) ? name : null;
}

/** @param {string} name letters and digits of any script, `-`, `_` and `.` */
export function isRoomName(name) {
  return /^[\p{Alphabetic}\p{M}\p{N}_.-]+$/u.test(name) && scalars(name) <= ROOM_CHARS_MAX;
}

/** @param {string} room */
export function roomPath(room) {
  return `/rooms/${encodeURIComponent(room)}`;
}

/**
 * @param {{ protocol: string, host: string }} location
 * @param {string} room
 */
export function socketUrl({ protocol, host }, room) {
  return `${protocol === 'https:' ? 'wss' : 'ws'}://${host}${roomPath(room)}`;
}

/** @param {string} sender */
export function isSenderTooLong(sender) {
  return scalars(sender.trim()) > SENDER_CHARS_MAX;
}

/** @param {string} text */
function scalars(text) {
  return [...text].length;
}

/** The range a Date can hold. @param {number} time */
function isDateTime(time) {
  return Math.abs(time) <= 8.64e15;
}

/** @param {string} part */
function decodePath(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return '/'; // Not UTF-8, so not a name: a slash is refused like any other wrong sign.
  }
}

/**
 * @param {unknown} data
 * @returns {Record<string, unknown> | null}
 */
function parseObject(data) {
  if (typeof data !== 'string') return null; // Binary frames are for other kinds of client.
  try {
    const value = JSON.parse(data);
    return typeof value === 'object' && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
