/**
 * What a room's messages are made of, how long they may be, and where a room
 * is found: its page, its channel, its sockets.
 *
 * Pure: values in, values out. It opens no socket.
 */

/** Counted in Unicode scalar values, as the server counts: as many as always fit into a frame. */
export const MESSAGE_CHARS_MAX = 16_000;
/** A frame larger than 64 KiB is closed with 1009. Control characters, escaped, can get there. Some room is for the envelope. */
export const DRAFT_BYTES_MAX = 64 * 1024 - 512;
export const SENDER_CHARS_MAX = 64;
export const ROOM_CHARS_MAX = 64;

/** The room at `/`. */
export const DEFAULT_ROOM = 'general';

/** What changes an earlier message instead of being one. @type {readonly unknown[]} */
const AMENDMENTS = Object.freeze(['edit', 'delete', 'reaction']);

/** The name the server gives to those who give none. It is the same in every language. */
export const ANONYMOUS = 'Anonyme';

/**
 * What the page sends.
 * @typedef {object} Draft
 * @property {string} id chosen by the page, so that it knows its message again
 * @property {string} sender
 * @property {string} message
 * @property {number} [reply] the place of the message that it answers
 * @property {string} [reply_id] its id, as another may be at that place by the time it arrives
 * @property {unknown[]} [files]
 * @property {Amends['type']} [type] a message has none
 * @property {number} [target] the place of the message that it changes
 * @property {string} [target_id] its id, as with `reply_id`
 * @property {true} [removed]
 *
 * What goes along with a message, beside who says it and what.
 * @typedef {Pick<Draft, 'reply' | 'reply_id' | 'files'>} Extra
 *
 * What everyone receives.
 * @typedef {object} Publication
 * @property {string} id
 * @property {string} sender
 * @property {string} message
 * @property {number} offset the message's place in the room, counted without holes
 * @property {number} time Unix milliseconds, by the server's clock
 * @property {string | null} user who sent it, as the server knows them; null for a plain WebSocket
 * @property {string | null} client over which connection
 * @property {true} [verified] the server vouches for the name
 * @property {Amends} [amends] it is no message, but changes an earlier one
 * @property {number} [reply] the place of the message that it answers
 * @property {string} [reply_id] its id; another may be at that place
 * @property {unknown[]} [files] as they were sent: whoever shows them looks at each
 * @property {number} [edited_ms]
 * @property {number} [deleted_ms]
 * @property {Reactions} [reactions]
 *
 * What an amendment does, and to the message at which place.
 * @typedef {{ type: 'edit' | 'delete' | 'reaction', target: number, removed: boolean }} Amends
 *
 * By emoji: the users, with the name of each.
 * @typedef {Map<string, Map<string, string>>} Reactions
 *
 * Why a message of one's own was not taken.
 * @typedef {object} Refusal
 * @property {string} code for programs
 * @property {string} reason for people, in the server's words
 */

/**
 * A room's publication, or null for what is no message of a chat. Whoever
 * publishes may add any field to it, so each is looked at.
 * @param {import('../client.js').Publication} publication
 * @returns {Publication | null}
 */
export function read({ data, offset, info }) {
  const { id, sender, message, time, type, target, removed, reply, reply_id, files, edited, deleted, reactions, verified } = Object(data);
  if (typeof id !== 'string' || typeof sender !== 'string' || typeof message !== 'string') return null;
  if (!isDateTime(time) || offset === undefined) return null;
  const is_amendment = AMENDMENTS.includes(type);
  if (is_amendment && !isPlace(target)) return null;
  return {
    id, sender, message, offset, time, user: info?.user || null, client: info?.client || null,
    ...(verified === true && { verified }),
    ...(is_amendment && { amends: { type, target, removed: removed === true } }),
    ...(isPlace(reply) && { reply, ...(typeof reply_id === 'string' && { reply_id }) }),
    ...(Array.isArray(files) && { files }),
    ...(isDateTime(edited) && { edited_ms: edited }),
    ...(isDateTime(deleted) && { deleted_ms: deleted }),
    ...(reactions && { reactions: readReactions(reactions) }),
  };
}

/** What goes along with a message, of all that is known of it. @param {Extra} of @returns {Extra} */
export function extraOf({ reply, reply_id, files }) {
  return { ...(reply !== undefined && { reply }), ...(reply_id !== undefined && { reply_id }), ...(files && { files }) };
}

/** @param {unknown} reactions @returns {Reactions} */
function readReactions(reactions) {
  const all = entries(reactions).map(([emoji, names]) => (
    /** @type {const} */ ([emoji, new Map(entries(names).filter(([, name]) => typeof name === 'string'))])));
  return new Map(all.filter(([, names]) => names.size > 0));
}

/** @param {unknown} value @returns {[string, any][]} */
function entries(value) {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

/** @param {Draft} draft */
export function fits(draft) {
  return scalars(draft.message) <= MESSAGE_CHARS_MAX
    && new TextEncoder().encode(JSON.stringify(draft)).length <= DRAFT_BYTES_MAX;
}

/**
 * What is wrong with a draft that the server would not take; null where only
 * the server knows.
 * @param {Draft} draft
 */
export function fault(draft) {
  if (isSenderTooLong(draft.sender)) return 'sender-too-long';
  if (/\p{Cc}/u.test(draft.sender)) return 'sender-invalid';
  return fits(draft) ? null : 'message-too-long';
}

/**
 * The room that a page's path names, or null where the name is not allowed.
 * @param {string} pathname
 */
export function roomFromPath(pathname) {
  const match = /^\/(?:rooms|embed)\/([^/]+)\/?$/.exec(pathname);
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

/** Where a message is found. @param {string} room @param {number} offset */
export function messagePath(room, offset) {
  return `${roomPath(room)}#${offset}`;
}

/** The place that an address names in its room, or null. @param {string} hash */
export function placeFromHash(hash) {
  const offset = /^#[1-9]\d*$/.test(hash) ? Number(hash.slice(1)) : null;
  return isPlace(offset) ? offset : null;
}

/** @param {string} room */
export function roomChannel(room) {
  return `room:${room}`;
}

/**
 * Where a plain WebSocket finds the room.
 * @param {{ protocol: string, host: string }} location
 * @param {string} room
 */
export function socketUrl(location, room) {
  return `${origin(location)}${roomPath(room)}`;
}

/** Where a client of the Centrifuge dialect, as this page is one, finds all rooms. @param {{ protocol: string, host: string }} location */
export function connectionUrl(location) {
  return `${origin(location)}/connection/websocket`;
}

/** @param {string} sender */
export function isSenderTooLong(sender) {
  return scalars(sender.trim()) > SENDER_CHARS_MAX;
}

/** @param {string} text */
function scalars(text) {
  return [...text].length;
}

/** The range a Date can hold. @param {unknown} time */
function isDateTime(time) {
  return typeof time === 'number' && Math.abs(time) <= 8.64e15;
}

/** @param {unknown} offset */
export function isPlace(offset) {
  return Number.isSafeInteger(offset) && Number(offset) >= 1;
}

/** @param {string} part */
function decodePath(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return '/'; // Not UTF-8, so not a name: a slash is refused like any other wrong sign.
  }
}

/** As safe as the page. @param {{ protocol: string, host: string }} location */
function origin({ protocol, host }) {
  return `${protocol === 'https:' ? 'wss' : 'ws'}://${host}`;
}
