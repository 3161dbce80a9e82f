/**
 * What one may do with a message: answer it, react to it, copy its link, and
 * with one's own, edit and delete it. By mouse, touch or keys; the keys are
 * those of the sheet in `keys-dialog`.
 */

import { DELETED } from '../amend.js';
import { fits, roomPath } from '../protocol.js';
import { ComposerContext } from '../ui/composer-context.js';
import { currentDates, t } from '../ui/language.js';
import { addPart, place, why } from '../ui/message-row.js';
import { MessageTools } from '../ui/message-tools.js';
import { look } from '../ui/text.js';

/**
 * @typedef {import('../timeline.js').Message} Message
 * @typedef {import('../ui/message-tools.js').Act} Act
 * @typedef {import('../protocol.js').Refusal} Refusal
 * @typedef {(message: Message, anchor: HTMLElement, emoji?: string) => void} React
 */

/** What a key does with the message that has the focus. @type {Record<string, Act | 'tools'>} */
const KEYS = Object.freeze({ 'r': 'reply', 'e': 'edit', 'c': 'copy', '+': 'react', 'Delete': 'delete', 'Enter': 'tools' });

/** @param {import('../main.js').Page} page @param {React} react */
export function beginActions(page, react) {
  const { log, composer } = page;
  const context = new ComposerContext(composer);
  /** What the next message answers. @type {number | null} */
  let reply = null;
  /** What was written before one began to edit. @type {string | null} */
  let set_aside = null;
  /** Why a change was not taken, by the message it was for. @type {Map<string, { refusal: Refusal, again: () => void }>} */
  const troubles = new Map();

  const tools = new MessageTools(
    (row) => allowed(messageOf(row)),
    (act, row, button) => {
      const message = messageOf(row);
      if (message !== null) perform(act, message, button);
    },
  );

  composer.addCompanion({ fields: () => (reply === null ? null : { reply }), sent: endContext });
  context.oncancel = endContext;
  page.on('enter', endContext);

  /** @param {Element | null} row @returns {Message | null} */
  function messageOf(row) {
    const offset = Number(row?.closest('li')?.dataset.offset);
    return offset > 0 ? page.chat.at(offset) : null;
  }

  /** @param {Message | null} message @returns {Act[]} */
  function allowed(message) {
    if (message === null) return [];
    if (message.deleted_ms !== undefined) return ['copy'];
    return ['quick', 'react', 'reply', ...(isMine(message) ? /** @type {const} */ (['edit']) : []), 'copy', ...(isMine(message) ? /** @type {const} */ (['delete']) : [])];
  }

  /** The server asks who one is, not what one is called. @param {Message} message */
  function isMine({ user }) {
    return typeof user === 'string' && user === page.chat.user;
  }

  /** @param {Act} act @param {Message} message @param {HTMLElement} anchor */
  function perform(act, message, anchor) {
    if (!allowed(message).includes(act)) return;
    if (act === 'copy') return void copyLink(message);
    if (act === 'reply') return answer(message);
    if (page.chat.state.phase !== 'open') return page.notice(t('offline.not'));
    if (act === 'edit') edit(message);
    else if (act === 'delete') void change(message, { type: 'delete', message: DELETED });
    else react(message, anchor, act === 'quick' ? anchor.dataset.emoji : undefined);
  }

  /** @param {Message} message */
  function answer(message) {
    endContext();
    reply = message.offset;
    context.show(t('replying', { name: message.sender }), message.message);
    composer.message.focus();
  }

  /** @param {Message} message */
  function edit(message) {
    endContext();
    set_aside = composer.text;
    context.show(t('editing'), message.message);
    composer.text = message.message;
    composer.instead = (text) => {
      if (text.trim() === '') return 'empty';
      if (!fits({ id: message.id, sender: composer.name, message: text })) return 'too-long';
      endContext();
      if (text !== message.message) void change(message, { type: 'edit', message: text });
      return 'said';
    };
    composer.message.focus();
    composer.message.setSelectionRange(-1, -1);
  }

  function endContext() {
    reply = null;
    composer.instead = null;
    context.hide();
    if (set_aside !== null) composer.text = set_aside;
    set_aside = null;
  }

  /** @param {Message} message @param {{ type: 'edit' | 'delete', message: string }} what */
  async function change(message, what) {
    troubles.delete(message.id);
    const refusal = await page.chat.amend({ ...what, target: message.offset ?? 0 });
    if (refusal === null) return;
    troubles.set(message.id, { refusal, again: () => void change(message, what) });
    log.refresh();
  }

  /** @param {Message} message */
  async function copyLink({ offset }) {
    const link = new URL(`${roomPath(page.room)}#${offset}`, location.href).href;
    page.notice(await copy(link) ? t('share.copied') : link);
  }

  addPart({
    look: ({ message, edited_ms, deleted_ms, id }) => (
      edited_ms || deleted_ms || troubles.has(id) ? [look(message), edited_ms, deleted_ms, troubles.has(id)].join() : ''),
    show: (row, message) => {
      showAmended(row, message);
      const trouble = troubles.get(message.id);
      place(row, 'trouble', trouble === undefined ? null : troubleElement(trouble));
    },
  });

  // By mouse and touch

  log.addEventListener('pointerover', ({ target, pointerType }) => {
    const row = target instanceof Element ? target.closest('li') : null;
    if (pointerType === 'mouse' && row !== null && !tools.hasFocus) tools.showIn(row);
  });
  log.addEventListener('pointerleave', ({ pointerType }) => {
    // A finger "leaves" when it is lifted, before its click comes.
    if (pointerType === 'mouse' && !tools.hasFocus) tools.hide();
  });
  // A tap, where there is no pointing; not on what has a meaning of its own, nor to select text.
  log.addEventListener('click', ({ target }) => {
    if (!matchMedia('(hover: none)').matches || !(target instanceof Element)) return;
    const row = target.closest('li');
    if (row === null || target.closest('a, button, audio, summary, img') !== null || String(getSelection()) !== '') return;
    tools.showIn(row);
  });

  // By keyboard

  log.addEventListener('focusin', ({ target }) => {
    if (target instanceof HTMLLIElement) tools.showIn(target);
    else if (target === log) tools.hide();
  });
  log.addEventListener('focusout', ({ relatedTarget }) => {
    if (relatedTarget instanceof Node && !log.contains(relatedTarget)) tools.hide();
  });
  log.addEventListener('keydown', (event) => {
    const { activeElement } = document;
    if (event.ctrlKey || event.metaKey || event.altKey || activeElement === null) return;
    if (event.key === 'ArrowUp' || event.key === 'ArrowDown') return step(event);
    if (event.key === 'Escape') return composer.message.focus();
    const message = activeElement instanceof HTMLLIElement ? messageOf(activeElement) : null;
    const act = KEYS[event.key];
    if (message === null || act === undefined) return;
    event.preventDefault();
    if (act === 'tools') tools.focus();
    else if (act === 'delete') {
      if (isMine(message) && message.deleted_ms === undefined) tools.askToDelete();
    } else perform(act, message, /** @type {HTMLElement} */ (activeElement));
  });
  composer.message.addEventListener('keydown', (event) => {
    if (composer.text !== '' || event.isComposing || context.isShown) return;
    if (event.key === 'Escape') log.focusNewest();
    else if (event.key === 'ArrowUp') {
      const last = page.chat.messages.findLast((message) => isMine(message) && message.deleted_ms === undefined);
      if (last === undefined) return;
      event.preventDefault();
      perform('edit', last, composer.message);
    }
  });

  /** From message to message. @param {KeyboardEvent} event */
  function step(event) {
    const { target } = event;
    event.preventDefault();
    const row = target instanceof Element ? target.closest('li.message') : null;
    if (row === null) return log.focusNewest();
    const sibling = event.key === 'ArrowUp' ? 'previousElementSibling' : 'nextElementSibling';
    let next = row[sibling];
    while (next !== null && !next.matches('.message')) next = next[sibling];
    if (next instanceof HTMLElement) next.focus();
    else if (event.key === 'ArrowDown') composer.message.focus();
  }
}

/** @param {HTMLLIElement} row @param {Message} message */
function showAmended(row, { edited_ms, deleted_ms }) {
  const text = /** @type {HTMLElement} */ (row.querySelector('.text'));
  text.querySelector(':scope > .edited')?.remove();
  row.classList.toggle('deleted', deleted_ms !== undefined);
  text.title = deleted_ms === undefined ? '' : t('deleted.at', { time: currentDates().full(deleted_ms) });
  if (deleted_ms !== undefined) text.textContent = t('deleted');
  else if (edited_ms !== undefined) {
    const mark = document.createElement('span');
    mark.className = 'edited';
    mark.textContent = ` ${t('edited')}`;
    mark.title = t('edited.at', { time: currentDates().full(edited_ms) });
    text.append(mark);
  }
}

/** @param {{ refusal: Refusal, again: () => void }} trouble */
function troubleElement({ refusal, again }) {
  const element = document.createElement('p');
  element.setAttribute('role', 'alert');
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = t('failed.retry');
  button.addEventListener('click', again);
  element.append(t('amend.failed', { why: why(refusal) }), ' ', button);
  return element;
}

/** The clipboard of a page on plain http is out of reach, but for the old command. @param {string} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement('textarea');
    field.value = text;
    field.className = 'visually-hidden';
    document.body.append(field);
    field.select();
    const copied = document.execCommand('copy');
    field.remove();
    return copied;
  }
}
