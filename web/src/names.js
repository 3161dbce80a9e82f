/**
 * Who bears which name: of two who bear the same, each gets a mark from their
 * user id, so that nobody passes for another. Signs that nobody sees, and
 * letters that look the same to the computer, make no other name.
 *
 * Pure.
 */

/** Names that are remembered; the oldest go. */
export const NAMES_MAX = 1_000;
/** So much of the id tells one from another. */
const MARK_CHARS = 4;

export class Names {
  /** The users under each name, as it is read. @type {Map<string, Set<string>>} */
  #bearers = new Map();
  /** How names are read: they are asked for at every drawing. @type {Map<string, string>} */
  #folded = new Map();

  /** @param {string} name @param {string | null} [user] null: a plain WebSocket, of which nobody knows more @returns {boolean} whether the name has one bearer more */
  met(name, user = null) {
    const key = this.#fold(name);
    const bearers = this.#bearers.get(key) ?? new Set();
    const n_before = bearers.size;
    this.#bearers.set(key, bearers.add(user ?? ''));
    for (const oldest of this.#bearers.keys()) {
      if (this.#bearers.size <= NAMES_MAX) break;
      this.#bearers.delete(oldest);
    }
    return bearers.size > n_before && n_before > 0;
  }

  /** What to write beside the name of a user; nothing where they alone bear it. @param {string} name @param {string | null} [user] */
  mark(name, user = null) {
    const bearers = this.#bearers.get(this.#fold(name));
    if (bearers === undefined || bearers.size < 2) return '';
    return user === null ? '?' : `#${user.replace(/[^\p{L}\p{N}]/gu, '').slice(-MARK_CHARS)}`;
  }

  /** @param {string} name */
  #fold(name) {
    const known = this.#folded.get(name);
    if (known !== undefined) return known;
    if (this.#folded.size >= NAMES_MAX) this.#folded.clear();
    const key = fold(name);
    this.#folded.set(name, key);
    return key;
  }
}

/** A name as one reads it. @param {string} name */
export function fold(name) {
  return name.normalize('NFKC').replace(/[\p{Cf}\p{Zs}]+/gu, (signs) => (/\p{Zs}/u.test(signs) ? ' ' : '')).trim().toLowerCase();
}
