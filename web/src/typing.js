/**
 * Who is writing: what one says of it oneself, and what one hears. It goes
 * through the room's `live:` channel, so nothing of it is kept, and at most
 * once in three seconds, however fast one types.
 *
 * Pure: `now_ms` comes in.
 */

/** How often one says that one is writing. */
export const SAY_MS = 3_000;
/** How long that holds. */
export const HOLDS_MS = 5_000;
/** More writers are not told apart. */
export const TYPING_MAX = 50;

/** @typedef {{ client: string, user: string | null, name: string }} Writer over which connection, and who */

export class Typing {
  #said_ms = -Infinity;
  /** By connection. @type {Map<string, Omit<Writer, 'client'> & { until_ms: number }>} */
  #writers = new Map();

  /** Something was typed: whether it is time to say so. @param {number} now_ms */
  written(now_ms) {
    if (now_ms - this.#said_ms < SAY_MS) return false;
    this.#said_ms = now_ms;
    return true;
  }

  /** The message is out: what is typed next is another. */
  sent() {
    this.#said_ms = -Infinity;
  }

  /** @param {Writer} writer @param {number} now_ms */
  heard({ client, user, name }, now_ms) {
    if (this.#writers.size < TYPING_MAX || this.#writers.has(client)) this.#writers.set(client, { user, name, until_ms: now_ms + HOLDS_MS });
  }

  /**
   * What they wrote is here, be it over a connection that they have renewed. A name alone says nothing: two may bear it.
   * @param {Pick<import('./protocol.js').Publication, 'client' | 'user' | 'sender' | 'amends'>} publication
   */
  arrived({ client, user, sender, amends }) {
    if (amends !== undefined) return;
    for (const [known, writer] of this.#writers) {
      if (known === client || (user !== null && user === writer.user && sender === writer.name)) this.#writers.delete(known);
    }
  }

  /** They are gone. @param {string} client */
  left(client) {
    this.#writers.delete(client);
  }

  /** The names of who is writing now, and when that may change. @param {number} now_ms */
  now(now_ms) {
    for (const [client, { until_ms }] of this.#writers) {
      if (until_ms <= now_ms) this.#writers.delete(client);
    }
    const writers = [...this.#writers.values()];
    return {
      names: [...new Set(writers.map(({ name }) => name))],
      change_ms: Math.min(...writers.map(({ until_ms }) => until_ms)) - now_ms,
    };
  }
}
