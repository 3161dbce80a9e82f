/**
 * What an edit, a deletion or a reaction makes of a message, as docs/chat.md
 * says it. The server has checked whether it may be; here nothing is refused.
 *
 * Applied twice, an amendment changes nothing the second time: one may meet it
 * in the message, as the history has it, and again as a publication.
 *
 * Pure.
 */

/**
 * @typedef {import('./protocol.js').Publication} Publication
 * @typedef {import('./protocol.js').Reactions} Reactions
 *
 * What an amendment needs to know of a message.
 * @typedef {object} Amendable
 * @property {string} message
 * @property {number} [edited_ms]
 * @property {number} [deleted_ms]
 * @property {number} [reply]
 * @property {string} [reply_id]
 * @property {unknown[]} [files]
 * @property {Reactions} [reactions]
 */

/** After a deletion a message shows this, to who knows nothing of deletions. */
export const DELETED = '🗑';

/**
 * The message as it is from now on: the same object where nothing changes.
 * @template {Amendable} M
 * @param {M} message
 * @param {Publication} amendment
 * @returns {M}
 */
export function amend(message, amendment) {
  const { amends, time } = amendment;
  if (amends === undefined || message.deleted_ms !== undefined) return message;
  if (amends.type === 'reaction') return react(message, amendment, amends.removed);
  if (amends.type === 'delete') {
    const { reply: _, reply_id: __, files: ___, reactions: ____, edited_ms: _____, ...kept } = message;
    return /** @type {M} */ (/** @type {unknown} */ ({ ...kept, message: DELETED, deleted_ms: time }));
  }
  // Two edits may have one time, as those that waited for a network: then the one that comes last counts.
  const edited_ms = message.edited_ms ?? 0;
  if (edited_ms > time || (edited_ms === time && message.message === amendment.message)) return message;
  return { ...message, message: amendment.message, edited_ms: time };
}

/**
 * @template {Amendable} M
 * @param {M} message
 * @param {Publication} reaction
 * @param {boolean} removed
 * @returns {M}
 */
function react(message, { message: emoji, user, sender }, removed) {
  const names = message.reactions?.get(emoji);
  if (user === null || (removed ? !names?.has(user) : names?.get(user) === sender)) return message;
  const others = new Map(names);
  if (removed) others.delete(user);
  else others.set(user, sender);
  const reactions = new Map(message.reactions);
  if (others.size > 0) reactions.set(emoji, others);
  else reactions.delete(emoji);
  return { ...message, reactions };
}
