/** Reactions under a message: who reacted with what, and a click to join in or take one's own away. */

import { t } from '../ui/language.js';
import { addPart, place } from '../ui/message-row.js';
import { pickEmoji } from './emoji.js';

/** @typedef {import('../timeline.js').Message} Message */

/** A row of all emojis there are is no row; the rest are not shown. */
const CHIPS_MAX = 30;
/** So many are named; the rest are counted. */
const NAMES_MAX = 20;

/**
 * @param {import('../main.js').Page} page
 * @returns {import('./actions.js').React} reacts, or takes it back; without an emoji one is picked first
 */
export function beginReactions(page) {
  /** @type {import('./actions.js').React} */
  const react = (message, anchor, emoji) => {
    if (emoji === undefined) pickEmoji(page, anchor, (picked) => toggle(page, message, picked));
    else toggle(page, message, emoji);
  };

  addPart({
    look: ({ reactions }) => (reactions?.size ? JSON.stringify([page.chat.user, ...[...reactions].map(([emoji, names]) => [emoji, ...names])]) : ''),
    show: (row, { reactions }) => {
      const focused = row.querySelector('.chip:focus')?.getAttribute('data-emoji');
      place(row, 'reactions', reactions?.size ? chips(reactions, page.chat.user) : null);
      // A chip that is made anew must not lose the focus; of one that went, the message has it.
      if (focused) /** @type {HTMLElement} */ (row.querySelector(`.chip[data-emoji="${CSS.escape(focused)}"]`) ?? row).focus();
    },
  });

  page.log.addEventListener('click', ({ target }) => {
    const chip = target instanceof Element ? target.closest('.chip') : null;
    const message = page.chat.at(Number(chip?.closest('li')?.dataset.offset));
    const emoji = chip?.getAttribute('data-emoji');
    if (!emoji || message === null) return;
    toggle(page, message, emoji);
  });
  return react;
}

/** @param {import('../main.js').Page} page @param {Message} message @param {string} emoji */
function toggle({ chat }, message, emoji) {
  const now = chat.at(message.offset ?? 0)?.reactions?.get(emoji);
  const removed = chat.user !== null && now?.has(chat.user) === true;
  chat.amend(message, { type: 'reaction', message: emoji, ...(removed && { removed }) });
}

/** @param {import('../protocol.js').Reactions} reactions @param {string | null} user */
function chips(reactions, user) {
  const element = document.createElement('div');
  element.ariaLive = 'off'; // The message was read out; its reactions can be found.
  for (const [emoji, names] of [...reactions].slice(0, CHIPS_MAX)) element.append(chip(emoji, names, user));
  return element;
}

/** @param {string} emoji @param {Map<string, string>} names @param {string | null} user */
function chip(emoji, names, user) {
  const button = document.createElement('button');
  const sign = document.createElement('bdi');
  sign.textContent = emoji;
  button.type = 'button';
  button.className = 'chip';
  button.dataset.emoji = emoji;
  button.ariaPressed = String(user !== null && names.has(user));
  const n_more = names.size - NAMES_MAX;
  const shown = [...names.values()].slice(0, NAMES_MAX);
  if (n_more > 0) shown.push(t('people.more', { n: n_more }));
  button.title = shown.join(', ');
  button.ariaLabel = t('reaction', { emoji, n: names.size, names: button.title });
  button.append(sign, ` ${names.size}`);
  return button;
}
