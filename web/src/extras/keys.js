/** The sheet of keys, on `?`. */

import { find } from '../ui/find.js';

export function beginKeys() {
  const dialog = find(document, '#keys', HTMLDialogElement);
  document.addEventListener('keydown', (event) => {
    if (event.key !== '?' || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof Element && event.target.closest('input, textarea, dialog') !== null) return;
    event.preventDefault();
    dialog.showModal();
  });
  dialog.addEventListener('click', ({ target }) => {
    // The backdrop is the dialog itself, outside its box.
    if (target === dialog || (target instanceof Element && target.closest('.close') !== null)) dialog.close();
  });
}
