/**
 * How a sender looks, the same for everyone: a hue, from the name and from who
 * bears it, and one or two initials.
 */

/**
 * 20 degrees apart, so that they are told apart; the two between green and
 * yellow are left out, which go muddy when dark enough to be read on paper.
 */
export const HUES = Object.freeze([
  15, 35, 55, 75, 135, 155, 175, 195, 215, 235, 255, 275, 295, 315, 335, 355,
]);

const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' });

/** @param {string} name @param {string | null} [user] */
export function hue(name, user = null) {
  // FNV-1a, for it is short and spreads well. Not for secrets.
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode((user ?? '') + name.trim().normalize('NFC'))) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  // Its high bits are the better ones.
  return HUES[Math.floor((hash / 2 ** 32) * HUES.length)] ?? 0;
}

/**
 * "Aïcha Ba" → AB, "Léa" → LÉ, "محمد" → م, "🌳" → 🌳. A script without capitals
 * gets one sign: two of them would read as a word.
 * @param {string} name
 */
export function initials(name) {
  const words = name
    .normalize('NFC')
    .split(/[\s._-]+/u)
    .map((word) => graphemes(word.replace(/^[^\p{L}\p{N}\p{Extended_Pictographic}\p{RI}]+/u, '')))
    .filter((word) => word.length > 0);
  const first = words[0];
  if (first === undefined) return '·';

  const [one = '', two = ''] = first;
  if (!hasCase(one)) return one;
  const last = words.length > 1 ? words.at(-1)?.[0] ?? '' : two;
  return (one + (hasCase(last) || isDigit(last) ? last : '')).toUpperCase();
}

/** @param {string} text */
function graphemes(text) {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** @param {string} sign */
function hasCase(sign) {
  return sign.toLowerCase() !== sign.toUpperCase();
}

/** @param {string} sign */
function isDigit(sign) {
  return /^\p{N}/u.test(sign);
}
