/**
 * A message's text. What makes elements of its marks is loaded with the first
 * text that has any; until then that text shows as it was typed.
 */

/** Where a text has none of these, it is only text. */
const ANY_MARK = /[*~`[\\]|https?:\/\/|^[ >\-+•\d]/im;

/** @type {typeof import('./rich-text.js').showRichText | null} */
let showRich = null;
let is_loading = false;
/** @type {(() => void)[]} */
const listeners = [];

/** Calls `listener` once texts can show their marks. @param {() => void} listener */
export function onMarks(listener) {
  listeners.push(listener);
}

/** How a text is shown now: other than before, once its marks can be. @param {string} text */
export function look(text) {
  return showRich !== null && ANY_MARK.test(text) ? 'rich' : 'plain';
}

/** @param {HTMLElement} element @param {string} text */
export function showText(element, text) {
  if (!ANY_MARK.test(text)) {
    element.textContent = text;
  } else if (showRich !== null) {
    showRich(element, text);
  } else {
    element.textContent = text;
    if (!is_loading) void load();
  }
}

async function load() {
  is_loading = true;
  try {
    ({ showRichText: showRich } = await import('./rich-text.js'));
    for (const listener of listeners) listener();
  } catch {
    is_loading = false; // Without a network; the next text tries again.
  }
}
