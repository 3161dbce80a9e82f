/**
 * How long to wait before the next try.
 *
 * The ceiling doubles with each failure, and the wait is drawn anywhere below
 * it ("full jitter"): after a server's restart its thousand pages come back
 * spread over time, not all in the same instant.
 */

export const DELAY_FIRST_MS = 500;
export const DELAY_MAX_MS = 20_000;
/** A server that asks to come back later is given at least this long. */
export const DELAY_BUSY_MS = 5_000;

/**
 * @param {number} n_failures in a row, 1 or more
 * @param {() => number} random from 0 up to 1
 * @param {number} [delay_min_ms]
 */
export function backoff(n_failures, random, delay_min_ms = 0) {
  const ceiling_ms = Math.min(DELAY_MAX_MS, DELAY_FIRST_MS * 2 ** (n_failures - 1));
  return delay_min_ms + random() * ceiling_ms;
}
