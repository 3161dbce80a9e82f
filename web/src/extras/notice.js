/** What the page says in passing, between the conversation and the field: it stays until one has read it. */

import { find } from '../ui/find.js';

/** Long enough to read a line twice. */
const NOTICE_MS = 6_000;

/** @param {import('../main.js').Page} page */
export function beginNotice(page) {
  const element = find(document, '#notice', HTMLElement);
  let timer = 0;
  page.notice = (text) => {
    element.textContent = text;
    clearTimeout(timer);
    timer = window.setTimeout(() => { element.textContent = ''; }, NOTICE_MS);
  };
}
