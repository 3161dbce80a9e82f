/**
 * Who is in a room by a plain WebSocket: the server tells who asks, and those
 * who are there within a second of a change, by name:
 *
 *   {"guests":[{"name":"Mo","present":2}],"nameless":1,"more":0}
 *
 * Pure.
 */

/**
 * @typedef {object} Guests
 * @property {{ name: string, n: number }[]} named
 * @property {number} n_nameless
 * @property {number} n_more those whose names the server's list has no room for
 */

/** @type {Readonly<Guests>} */
export const NO_GUESTS = Object.freeze({ named: [], n_nameless: 0, n_more: 0 });

/** The server's answer; null where it is none. @param {unknown} answer @returns {Guests | null} */
export function readGuests(answer) {
  const { guests, nameless, more } = Object(answer);
  if (!Array.isArray(guests) || !isCount(nameless) || !isCount(more)) return null;
  const named = guests.flatMap((guest) => {
    const { name, present } = Object(guest);
    return typeof name === 'string' && isCount(present) ? [{ name, n: present }] : [];
  });
  return { named, n_nameless: nameless, n_more: more };
}

/** @param {unknown} n @returns {n is number} */
function isCount(n) {
  return Number.isSafeInteger(n) && Number(n) >= 0;
}
