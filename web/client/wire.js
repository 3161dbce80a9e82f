/**
 * The Centrifuge client protocol as it is on the wire: commands out, replies
 * and pushes in, one JSON value per line, several lines per frame.
 *
 *   client ──{"id":1,"connect":{…}}\n{"id":2,"subscribe":{…}}──▶ server
 *   client ◀─{"id":1,"connect":{…}}\n{"id":2,"subscribe":{…}}─── server   replies, by id
 *   client ◀─{"push":{"channel":"…","pub":{…}}}───────────────── server   pushes, without
 *   client ◀─{}──────────── ping, pong ───────────{}──────────▶ server
 *
 * Pure: text in, values out. The codes and limits that both ends must agree
 * on stand here, and nowhere else.
 */

/** Close codes, and those of our own that take their place where no close frame came. */
export const CLOSE = Object.freeze({ DONE: 1000, TOO_BIG: 1009, TRY_LATER: 1013, TOO_MANY: 3013 });

/**
 * Error codes: from 100 on the server's, below it our own, of what never got
 * an answer.
 */
export const ERROR = Object.freeze({
  TIMEOUT: 1,
  CONNECTION_LOST: 2,
  DISCONNECTED: 3,
  QUEUE_FULL: 4,
  MESSAGE_TOO_BIG: 5,
  INTERNAL: 100,
  UNAUTHORIZED: 101,
  UNKNOWN_CHANNEL: 102,
  PERMISSION_DENIED: 103,
  ALREADY_SUBSCRIBED: 105,
  LIMIT_EXCEEDED: 106,
  BAD_REQUEST: 107,
  NOT_AVAILABLE: 108,
  TOKEN_EXPIRED: 109,
  TOO_MANY_REQUESTS: 111,
});

/** From here on an unsubscribe push means: subscribe again. */
export const RESUBSCRIBE_CODE_MIN = 2500;
/** The subscription's token has ended. */
export const EXPIRED = 2501;
/** The server has forgotten the channel's state, and so must we. */
export const STATE_INVALIDATED = 2502;

/** The server closes what is larger with 1009. In UTF-16 units, of which each is three bytes at most. */
const FRAME_UNITS_MAX = Math.floor((64 * 1024) / 3);

/**
 * @typedef {{ offset: number, epoch: string }} Position where in a channel one is
 *
 * Who is behind a connection.
 * @typedef {object} Member
 * @property {string} user the same over all connections of one user
 * @property {string} client this connection alone
 * @property {any} [connInfo] what the connection said of itself, or its token
 * @property {any} [chanInfo] what its subscription's token said
 *
 * @typedef {object} Publication
 * @property {any} data
 * @property {number} [offset] its place in the channel, counted without holes; none where nothing is kept
 * @property {Member} [info] who published, where it was a client
 * @property {Record<string, string>} [tags]
 *
 * What went wrong. `temporary`: the same again may well succeed.
 * @typedef {{ code: number, message: string, temporary: boolean }} Problem
 *
 * @typedef {{ kind: 'reply', id: number, error: Problem | null, result: any }
 *         | { kind: 'push', channel: string, push: any }
 *         | { kind: 'ping' }} Incoming
 */

/**
 * Commands as frames, as few as their size allows.
 * @param {object[]} commands
 * @returns {string[]}
 */
export function encode(commands) {
  /** @type {string[]} */
  const frames = [];
  for (const line of commands.map((command) => JSON.stringify(command))) {
    const last = frames.at(-1);
    if (last !== undefined && last.length + line.length < FRAME_UNITS_MAX) {
      frames[frames.length - 1] = `${last}\n${line}`;
    } else {
      frames.push(line);
    }
  }
  return frames;
}

/**
 * What a frame says, line by line; throws where it is not of this protocol.
 * @param {unknown} data
 * @returns {Incoming[]}
 */
export function decode(data) {
  if (typeof data !== 'string') throw new TypeError('a frame that is not text');
  return data.split('\n').filter(Boolean).map((line) => {
    const { id, error, push, ...results } = JSON.parse(line);
    if (id > 0) {
      return { kind: 'reply', id, error: error ? problem(error) : null, result: Object.values(results)[0] ?? {} };
    }
    return push ? { kind: 'push', channel: push.channel ?? '', push } : { kind: 'ping' };
  });
}

/** What a promise is rejected with. */
export class ClientError extends Error {
  code;
  /** The same again may well succeed. */
  temporary;

  /** @param {Problem} problem */
  constructor({ code, message, temporary }) {
    super(message);
    this.name = 'ClientError';
    this.code = code;
    this.temporary = temporary;
  }
}

/** @param {any} info @returns {Member} */
export function member({ user = '', client = '', conn_info: connInfo, chan_info: chanInfo }) {
  return { user, client, connInfo, chanInfo };
}

/** @param {any} pub @returns {Publication} */
export function publication({ data, offset, info, tags }) {
  return { data, ...(offset && { offset }), ...(info && { info: member(info) }), ...(tags && { tags }) };
}

/**
 * Whether coming back makes sense after a close with this code. Those that
 * say no are of the kind that the next try would meet again.
 * @param {number} code
 */
export function isTerminal(code) {
  return (code >= 3500 && code < 4000) || (code >= 4500 && code < 5000) || code === CLOSE.TOO_BIG;
}

/** @param {any} error @returns {Problem} */
function problem({ code = 0, message = '', temporary = false }) {
  return { code, message, temporary };
}
