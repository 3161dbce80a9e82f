/** Names that can be trusted are marked, and of one name with two bearers each gets a mark of their own. */

import { Names } from '../names.js';
import { ANONYMOUS } from '../protocol.js';
import { addPart } from '../ui/message-row.js';
import { showNameMarks } from '../ui/name-marks.js';

/** @param {import('../main.js').Page} page @returns {(name: string, user: string | null) => string} the mark of a name's bearer */
export function beginNames(page) {
  /** By room: elsewhere somebody else may bear it. @type {Map<string, Names>} */
  const all = new Map();
  const names = () => all.get(page.room) ?? all.set(page.room, new Names()).get(page.room) ?? new Names();

  /** @param {string} name @param {string | null} [user] */
  function meet(name, user) {
    // Rows above may bear the same name.
    if (names().met(name, user)) page.log.refresh();
  }

  addPart({
    look: ({ sender, user, verified, state }) => {
      if (state !== 'sent') return '';
      meet(sender, user);
      const mark = verified ? '' : names().mark(sender, user);
      return mark === '' && !verified ? '' : `${mark} ${verified}`;
    },
    show: (row, { sender, user, verified = false }) => {
      const head = /** @type {HTMLElement} */ (row.querySelector('.head'));
      showNameMarks(head, { mark: verified ? '' : names().mark(sender, user), verified });
    },
  });
  page.on('people', () => {
    // Guests without a name bear none that could be another's.
    for (const { name, user } of page.people() ?? []) if (user !== null || name !== ANONYMOUS) meet(name, user);
  });
  return (name, user) => names().mark(name, user);
}
