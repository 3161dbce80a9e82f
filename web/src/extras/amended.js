/**
 * How a message shows that it was edited or deleted, which changes of it wait
 * for the network, and why one was not taken: under the message itself, with a
 * way to make it again or to let it go.
 */

import { currentDates, t } from '../ui/language.js';
import { addPart, place, why } from '../ui/message-row.js';
import { look } from '../ui/text.js';

/**
 * @typedef {import('../timeline.js').Message} Message
 * @typedef {import('../amendments.js').Unsettled} Unsettled
 */

/** @param {import('../main.js').Page} page */
export function beginAmended(page) {
  /** Those that were listened to. @type {WeakSet<import('../chat.js').Chat>} */
  const all = new WeakSet();
  const isOnline = () => page.chat.state.phase === 'open';

  addPart({
    look: ({ message, edited_ms, deleted_ms, unsettled }) => (edited_ms || deleted_ms || unsettled
      ? JSON.stringify([look(message), edited_ms, deleted_ms, unsettled && [isOnline(), unsettled]]) : ''),
    show: (row, { edited_ms, deleted_ms, unsettled = [] }) => {
      const waiting = unsettled.filter(({ refusal }) => refusal === null).map(({ type }) => type);
      const refused = unsettled.filter(({ refusal }) => refusal !== null);
      row.classList.toggle('unsettled', waiting.includes('edit') || waiting.includes('delete'));
      showAmended(row, { edited_ms, deleted_ms });
      place(row, 'waits', waiting.length === 0 || isOnline() ? null : waitsElement(waiting));
      place(row, 'trouble', refused.length === 0 ? null : troubleElement(page, row, refused));
    },
  });

  page.on('enter', () => {
    const { chat } = page;
    if (all.has(chat)) return;
    all.add(chat);
    chat.link.listen({
      // Nothing is under a message that is not here.
      onrefusal: (id, refusal) => {
        if (chat.isOfNoneHere(id)) page.notice(t('amend.failed', { why: why(refusal) }));
      },
    });
  });
}

/** @param {HTMLLIElement} row @param {{ edited_ms: number | undefined, deleted_ms: number | undefined }} message */
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

/** @param {Unsettled['type'][]} types */
function waitsElement(types) {
  const element = document.createElement('p');
  const texts = { edit: t('waits.edit'), delete: t('waits.delete'), reaction: t('waits.reaction') };
  element.textContent = [...new Set(types)].map((type) => texts[type]).join(' ');
  return element;
}

/** @param {import('../main.js').Page} page @param {HTMLElement} row @param {Unsettled[]} refused */
function troubleElement({ chat }, row, refused) {
  const element = document.createElement('div');
  element.setAttribute('role', 'alert');
  for (const { id, refusal } of refused) {
    const line = document.createElement('p');
    line.append(
      t('amend.failed', { why: why(refusal ?? {}) }), ' ',
      button(t('failed.retry'), row, () => chat.amendAgain(id)),
      button(t('amend.leave'), row, () => chat.leaveAsItIs(id)),
    );
    element.append(line);
  }
  return element;
}

/** @param {string} text @param {HTMLElement} row @param {() => void} act */
function button(text, row, act) {
  const element = document.createElement('button');
  element.type = 'button';
  element.textContent = text;
  element.addEventListener('click', () => {
    row.focus(); // The button goes.
    act();
  });
  return element;
}
