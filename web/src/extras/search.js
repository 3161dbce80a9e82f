/**
 * The way to the search: its button, `Ctrl` + `K` from anywhere, and `/` where
 * one is not writing. The search itself is loaded when it is first wanted.
 */

import { find } from '../ui/find.js';
import { t } from '../ui/language.js';

/** @param {import('../main.js').Page} page */
export function beginSearch(page) {
  const dialog = find(document, '#search', HTMLDialogElement);
  const open = async () => {
    // At once: what is typed while it is loaded is for its field. It shows when it is there.
    dialog.showModal();
    find(dialog, '#search-field', HTMLInputElement).select();
    try {
      const { beginSearching } = await import('../ui/search-dialog.js');
      await beginSearching(page);
    } catch {
      dialog.close();
      page.notice(t('search.failed'));
    }
  };
  find(document, '#search-open', HTMLButtonElement).addEventListener('click', () => void open());
  document.addEventListener('keydown', (event) => {
    if (event.isComposing || event.altKey || document.querySelector('dialog[open]') !== null) return;
    const has_command = event.ctrlKey || event.metaKey;
    const is_wanted = has_command ? event.key.toLowerCase() === 'k' : event.key === '/' && !isWriting(event.target);
    if (!is_wanted) return;
    event.preventDefault();
    void open();
  });
}

/** @param {EventTarget | null} target */
function isWriting(target) {
  return target instanceof Element && target.closest('input, textarea, select, [contenteditable]') !== null;
}
