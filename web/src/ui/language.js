/**
 * The language the page speaks now, for all elements: one value, and who
 * wants to know when it changes. Nothing else in the page is shared like this.
 */

import { Dates } from '../dates.js';
import { languages, learn, pickLanguage, pickLocale, say } from '../i18n.js';

/**
 * @typedef {import('../i18n.js').Language} Language
 * @typedef {import('../i18n.js').Key} Key
 * @typedef {import('../i18n.js').Values} Values
 */

/** @type {Language} */
let current = pickLanguage(null, navigator.languages);
/** @type {Dates} */
let dates = datesOf(current);
/** @type {Set<() => void>} */
const listeners = new Set();

/** @param {Key} key @param {Values} [values] */
export function t(key, values) {
  return say(current, key, values);
}

export function currentDates() {
  return dates;
}

/** The language one may switch to; with a third this becomes a list. */
export function otherLanguage() {
  return languages.find((language) => language !== current) ?? current;
}

/** @param {Language} language */
export function speak(language) {
  current = language;
  dates = datesOf(language);
  document.documentElement.lang = language;
  translate(document);
  for (const listener of listeners) listener();
}

/** Has more to say, and fills it in where the HTML waits for it. @param {Parameters<typeof learn>[0]} more */
export function speakMore(more) {
  learn(more);
  speak(current);
}

/** Calls at every change. Elements live as long as the page, so none leaves. @param {() => void} listener */
export function onLanguage(listener) {
  listeners.add(listener);
}

/**
 * Fills in the texts that the HTML names by their key: `data-t` is an
 * element's text, `data-t-aria-label` and the like are attributes.
 * @param {Document | DocumentFragment | Element} root
 */
export function translate(root) {
  for (const element of root.querySelectorAll('*')) {
    for (const { name, value } of element.attributes) {
      if (name === 'data-t') element.textContent = t(/** @type {Key} */ (value));
      else if (name.startsWith('data-t-')) {
        element.setAttribute(name.slice('data-t-'.length), t(/** @type {Key} */ (value)));
      }
    }
  }
}

/** @param {Language} language */
function datesOf(language) {
  return new Dates(pickLocale(language, navigator.languages));
}
