/**
 * What a conversation shows, from top to bottom: its messages, in runs by one
 * sender, with the lines between them.
 *
 *   start · day · first, next, next · since · first · gap · day · first …
 *
 * Pure: no clock, no DOM.
 */

/**
 * @typedef {import('./timeline.js').Message} Message
 * @typedef {import('./timeline.js').Gap} Gap
 *
 * @typedef {{ kind: 'day', key: string, time_ms: number }
 *         | { kind: 'gap', key: string, n_missing: number | null }
 *         | { kind: 'since' | 'start', key: string }
 *         | { kind: 'message', key: string, first: boolean, message: Message }} Row
 */

/** A run by one sender is broken after this, so that its time stays near. */
export const RUN_MS = 5 * 60_000;

/** The first place in a room: nothing was ever said before it. */
const FIRST_OFFSET = 1;

/**
 * Keys are stable: a row keeps its key through all its states. Anyone may
 * choose any id, hence the prefixes.
 * @param {readonly (Message | Gap)[]} items
 * @param {number | null} read up to where one had read before an absence
 * @returns {Row[]}
 */
export function rowsOf(items, read) {
  /** @type {Row[]} */
  const rows = [];
  /** @type {Message | null} */
  let previous = null;
  let day = '';
  // The mark stands between what was read and what was not; where only one of them is here, it is elsewhere.
  let passed_read = false;
  let marked = read === null;
  const [oldest] = items;
  if (oldest?.kind === 'message' && oldest.offset === FIRST_OFFSET) rows.push({ kind: 'start', key: 'start' });
  for (const item of items) {
    if (item.kind !== 'message') {
      rows.push({ kind: 'gap', key: `gap ${item.n_gap}`, n_missing: item.n_missing });
      previous = null;
      continue;
    }
    if (!marked && item.offset !== null && item.offset > (read ?? 0)) {
      if (passed_read && !item.own) {
        rows.push({ kind: 'since', key: 'since' });
        previous = null;
        marked = true;
      } else marked = !passed_read;
    } else passed_read ||= item.offset !== null;
    const item_day = new Date(item.time_ms).toDateString();
    if (item_day !== day) {
      // With the message's id, as clocks may go back and a day come twice.
      rows.push({ kind: 'day', key: `day ${item_day} ${item.id}`, time_ms: item.time_ms });
      day = item_day;
      previous = null;
    }
    const first = previous === null || !continues(previous, item);
    rows.push({ kind: 'message', key: `message ${item.id}`, first, message: item });
    previous = item;
  }
  return rows;
}

/**
 * @param {Message} previous
 * @param {Message} message
 */
function continues(previous, message) {
  return previous.sender === message.sender
    && previous.own === message.own
    && (previous.user === message.user || previous.offset === null || message.offset === null)
    && Math.abs(message.time_ms - previous.time_ms) < RUN_MS;
}
