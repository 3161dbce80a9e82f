/**
 * Which language to speak, and how to say a phrase in it. Pure: where the
 * choice is kept is not known here. The tables are in `i18n/`, two for each
 * language: what the first messages need, and what `learn` adds later.
 */

import { en } from './i18n/en.js';
import { fr } from './i18n/fr.js';

/**
 * @typedef {keyof typeof tables} Language
 * @typedef {keyof typeof fr} FirstKey
 * @typedef {keyof typeof import('./i18n/later-fr.js').fr} LaterKey
 * @typedef {FirstKey | LaterKey} Key
 * @typedef {string | { one: string, other: string }} Phrase a string, or one for each number
 * @typedef {Record<string, string | number>} Values
 */

/** @type {{ fr: Readonly<Record<string, Phrase>>, en: Readonly<Record<string, Phrase>> }} */
export const tables = { fr, en };

/** @type {readonly Language[]} */
export const languages = Object.freeze(/** @type {Language[]} */ (Object.keys(tables)));

/** More to say, in each language. @param {Record<Language, Readonly<Record<string, Phrase>>>} more */
export function learn(more) {
  for (const language of languages) tables[language] = { ...tables[language], ...more[language] };
}

/**
 * What was chosen before, else the first of the reader's languages that we
 * speak, else English, which most readers of other languages read.
 * @param {string | null} chosen
 * @param {readonly string[]} preferred as in navigator.languages
 * @returns {Language}
 */
export function pickLanguage(chosen, preferred) {
  for (const tag of [chosen ?? '', ...preferred]) {
    const language = languages.find((candidate) => candidate === base(tag));
    if (language !== undefined) return language;
  }
  return 'en';
}

/**
 * The reader's own variety of a language (en-GB, fr-CA), for dates and times.
 * @param {Language} language
 * @param {readonly string[]} preferred
 */
export function pickLocale(language, preferred) {
  return preferred.find((tag) => base(tag) === language) ?? language;
}

/**
 * The phrase under `key`, with `{name}` replaced by the value of that name.
 * A phrase in several numbers is chosen by the value `n`. What is not learned
 * yet says nothing.
 * @param {Language} language
 * @param {Key} key
 * @param {Values} [values]
 */
export function say(language, key, values = {}) {
  const phrase = tables[language][key] ?? '';
  const text = typeof phrase === 'string' ? phrase : phrase[plural(language, Number(values.n))];
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''));
}

/**
 * @param {Language} language
 * @param {number} n
 * @returns {'one' | 'other'}
 */
function plural(language, n) {
  return new Intl.PluralRules(language).select(n) === 'one' ? 'one' : 'other';
}

/** @param {string} tag */
function base(tag) {
  return tag.toLowerCase().split('-')[0];
}
