/**
 * What a search asks the server, and what it answers, as the page reads it.
 * Pure.
 */

import { isPlace, isRoomName } from './protocol.js';

/** What the server takes at most. */
export const QUERY_CHARS_MAX = 200;

/**
 * A message that was found. Every second part of its text, from the second on,
 * is what was looked for; all of them are plain text.
 * @typedef {{ room: string, offset: number, time_ms: number, sender: string, parts: string[] }} Result
 *
 * @typedef {object} Found
 * @property {Result[]} results newest first
 * @property {string | null} more where the next page begins; null where all was seen
 * @property {number} n_behind so much was said that the server has not read for this yet
 */

/** @param {string} query */
export function isTooLong(query) {
  return [...query].length > QUERY_CHARS_MAX;
}

/** Whether there is anything to look for. @param {string} query */
export function hasWord(query) {
  return /[\p{Alphabetic}\p{N}\p{Extended_Pictographic}\p{Regional_Indicator}]/u.test(query);
}

/** @param {unknown} answer @returns {Found} */
export function readFound(answer) {
  const { results, more, behind } = Object(answer);
  return {
    results: Array.isArray(results) ? results.flatMap(readResult) : [],
    more: typeof more === 'string' ? more : null,
    n_behind: Number.isSafeInteger(behind) ? behind : 0,
  };
}

/** @param {unknown} result @returns {Result[]} */
function readResult(result) {
  const { room, offset, time, sender, parts } = Object(result);
  const is_good = typeof room === 'string' && isRoomName(room) && isPlace(offset) && Number.isSafeInteger(time)
    && typeof sender === 'string' && Array.isArray(parts) && parts.every((part) => typeof part === 'string');
  return is_good ? [{ room, offset, time_ms: time, sender, parts }] : [];
}
