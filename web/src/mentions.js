/**
 * `@Name` in a text. Whoever is here or has spoken can be named so; names may
 * have blanks in them, so only known ones are found.
 *
 * Pure.
 */

/** Of a text so long, the rest is not looked at. */
const CHARS_MAX = 16_000;

/**
 * Where names are mentioned, from left to right. The longest name counts:
 * "@Ann Lee" is not Ann.
 * @param {string} text
 * @param {string[]} names
 * @returns {{ start: number, end: number, name: string }[]}
 */
export function mentionsIn(text, names) {
  const searched = text.slice(0, CHARS_MAX);
  const known = names.map((name) => ({ name, key: name.toLowerCase() }))
    .filter(({ key }) => key.trim() !== '')
    .sort((a, b) => b.key.length - a.key.length);
  /** @type {{ start: number, end: number, name: string }[]} */
  const found = [];
  for (let at = searched.indexOf('@'); at !== -1; at = searched.indexOf('@', at + 1)) {
    if (/[\p{L}\p{N}_.]/u.test(searched[at - 1] ?? ' ')) continue; // An address.
    for (const { name, key } of known) {
      const end = at + 1 + name.length;
      if (searched.slice(at + 1, end).toLowerCase() !== key || /[\p{L}\p{N}_]/u.test(searched[end] ?? ' ')) continue;
      found.push({ start: at, end, name });
      at = end - 1;
      break;
    }
  }
  return found;
}

/**
 * What is being typed before the caret that can be completed: a mention, or
 * the name of an emoji.
 * @param {string} text
 * @param {number} caret
 * @returns {{ sign: '@' | ':', query: string, start: number } | null}
 */
export function beingTyped(text, caret) {
  const before = text.slice(Math.max(0, caret - 80), caret);
  const match = /(?<![\p{L}\p{N}_:@])(?:(@)([^\n@:]{0,64})|(:)([\p{L}\p{N}_+-]{2,40}))$/u.exec(before);
  if (match === null) return null;
  const sign = match[1] === '@' ? '@' : ':';
  return { sign, query: match[2] ?? match[4] ?? '', start: caret - match[0].length };
}

/** The names that begin as typed, then those with a later word that does. @param {string} query @param {string[]} names */
export function namesLike(query, names) {
  const key = query.toLowerCase();
  const begin = names.filter((name) => name.toLowerCase().startsWith(key));
  const within = names.filter((name) => !begin.includes(name) && name.toLowerCase().split(/[\s._-]+/).some((word) => word.startsWith(key)));
  return [...begin, ...within];
}
