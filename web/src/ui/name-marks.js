/** Beside a name: that the server vouches for it, or which of its bearers this is. */

import { t } from './language.js';

/** @param {HTMLElement} parent of the name, which is a `bdi` @param {{ mark: string, verified: boolean }} what */
export function showNameMarks(parent, { mark, verified }) {
  parent.querySelector('.name-mark')?.remove();
  if (mark === '' && !verified) return;
  const element = document.createElement('span');
  element.className = 'name-mark';
  element.classList.toggle('verified', verified);
  element.title = t(verified ? 'name.verified' : 'name.shared');
  element.textContent = verified ? '✓' : mark;
  if (verified) {
    element.setAttribute('role', 'img');
    element.ariaLabel = element.title;
  }
  parent.querySelector('bdi')?.after(' ', element);
}
