/**
 * How a message shows that it was edited or deleted, and why a change of it was
 * not taken: under the message itself, with a way to try again.
 */

import { currentDates, t } from '../ui/language.js';
import { addPart, place, why } from '../ui/message-row.js';
import { look } from '../ui/text.js';

/**
 * @typedef {import('../timeline.js').Message} Message
 * @typedef {{ refusal: import('../protocol.js').Refusal, again: () => void }} Trouble
 */

/** The changes that were not taken. */
export class Troubles {
  #page;
  /** By the id of their message. @type {Map<string, Trouble>} */
  #all = new Map();

  /** @param {import('../main.js').Page} page */
  constructor(page) {
    this.#page = page;
    addPart({
      look: ({ message, edited_ms, deleted_ms, id }) => (
        edited_ms || deleted_ms || this.#all.has(id) ? [look(message), edited_ms, deleted_ms, this.#all.has(id)].join() : ''),
      show: (row, message) => {
        showAmended(row, message);
        const trouble = this.#all.get(message.id);
        place(row, 'trouble', trouble === undefined ? null : troubleElement(trouble));
      },
    });
  }

  /** Changes a message, or says why not. @param {Message} message @param {{ type: 'edit' | 'delete', message: string }} what */
  async change(message, what) {
    this.#all.delete(message.id);
    const refusal = await this.#page.chat.amend({ ...what, target: message.offset ?? 0 });
    if (refusal === null) return;
    this.#all.set(message.id, { refusal, again: () => void this.change(message, what) });
    this.#page.log.refresh();
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

/** @param {Trouble} trouble */
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
