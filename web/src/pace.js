/**
 * A token bucket: how fast this page sends.
 *
 * The server takes 30 messages a second from a connection. Someone who types
 * never gets there, but what was written offline leaves in one go; the bucket
 * spreads it, so that no message is refused for coming too fast.
 */

export const RATE_PER_SECOND = 20;
export const BURST = 20;

export class Pace {
  #tokens = BURST;
  #filled_ms;

  /** @param {number} now_ms */
  constructor(now_ms) {
    this.#filled_ms = now_ms;
  }

  /**
   * Takes a token where there is one. Returns 0 when it did, else how long to
   * wait for the next.
   * @param {number} now_ms
   */
  take(now_ms) {
    const gained = ((now_ms - this.#filled_ms) / 1000) * RATE_PER_SECOND;
    this.#tokens = Math.min(BURST, this.#tokens + Math.max(0, gained));
    this.#filled_ms = now_ms;
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return 0;
    }
    return Math.ceil(((1 - this.#tokens) / RATE_PER_SECOND) * 1000);
  }
}
