/**
 * A message's text as it reads, without the marks that it is written with: for
 * a line about it (quotes, notifications), and for what a search has found,
 * which is a piece of a text, with what was looked for told apart.
 *
 *   "…fin** du `th", "é", "…"  ──close what was cut──▶  "**…fin** du `thé…`"
 *      "…fin du th", "é", "…"  ◀──tell apart again───  "…fin du thé…"
 *
 * Pure.
 */

import { parse } from './markdown.js';

/**
 * @typedef {import('./markdown.js').Block} Block
 * @typedef {import('./markdown.js').Inline} Inline
 * @typedef {{ text: string, is_typed: boolean }} Piece what was typed, or what stands for a mark
 */

/** What shows that a text is cut. */
const CUT = '…';
/** What may have been cut off at the beginning. In a block of code nothing else is a mark, so that comes first. */
const OPENING = Object.freeze(['```\n', '`', '[', '**', '*', '~~']);
/** At the end, before or after the sign of the cut: an address is left out with its end. @type {readonly [string, string][]} */
const CLOSING = Object.freeze([['', '\n```'], ['', '`'], [')', ''], ['', '](http://x)'], ['', '**'], ['', '*'], ['', '~~']]);
/** Words are found again as a whole, so that none is taken for the end of another. */
const WORD = /[\p{L}\p{M}\p{N}]+|[^]/gu;

/** Where nothing would show, as of an empty quote, it stays as it was typed. @param {string} text */
export function plainText(text) {
  const plain = withoutMarks(text);
  return plain.trim() === '' ? text : plain;
}

/**
 * The parts of a text, of which every second is told apart, as they read. Where
 * nothing of those would show, as in the address behind a label, they stay as
 * they were typed.
 * @param {string[]} parts
 * @returns {string[]}
 */
export function plainParts(parts) {
  const typed = parts.join('');
  const is_told = parts.flatMap((part, index) => Array(part.length).fill(index % 2 === 1));
  const plain = tellApart(piecesOf(closed(typed)), typed, is_told);
  return parts.length > 1 && plain.length === 1 ? parts : plain;
}

/** A piece of a text with the marks that were cut off, if they make marks of others. @param {string} typed */
function closed(typed) {
  let text = typed;
  if (typed.startsWith(CUT)) {
    for (const mark of OPENING) text = better(text, mark + text, (plain) => plain.startsWith(CUT));
  }
  if (typed.endsWith(CUT)) {
    for (const [before, after] of CLOSING) {
      const longer = text.replace(/…([^…]*)$/, `${before}${CUT}$1${after}`);
      text = better(text, longer, (plain) => plain.endsWith(CUT));
    }
  }
  return text;
}

/** @param {string} text @param {string} longer @param {(plain: string) => boolean} isCut whether it still reads as cut there */
function better(text, longer, isCut) {
  const plain = withoutMarks(longer);
  return plain.length < withoutMarks(text).length && isCut(plain) ? longer : text;
}

/**
 * What reads is what was typed, in its order, without some of it. So each word
 * is looked for behind the one before.
 * @param {Piece[]} pieces
 * @param {string} typed
 * @param {boolean[]} is_told by its place in what was typed
 */
function tellApart(pieces, typed, is_told) {
  const parts = [''];
  let at = 0;
  for (const { text, is_typed } of pieces) {
    for (const [word] of text.matchAll(WORD)) {
      const found = is_typed ? typed.indexOf(word, at) : -1;
      if (found !== -1) at = found + word.length;
      for (const [index, unit] of word.split('').entries()) {
        const is_odd = found !== -1 && is_told[found + index] === true;
        if (is_odd !== (parts.length % 2 === 0)) parts.push('');
        parts[parts.length - 1] += unit;
      }
    }
  }
  return parts;
}

/** @param {string} text */
function withoutMarks(text) {
  return piecesOf(text).map((piece) => piece.text).join('');
}

/** @param {string} text @returns {Piece[]} */
function piecesOf(text) {
  return ofBlocks(parse(text));
}

/** Each on lines of its own. @param {Block[]} blocks @returns {Piece[]} */
function ofBlocks(blocks) {
  return lines(blocks.map(ofBlock));
}

/** @param {Block} block @returns {Piece[]} */
function ofBlock(block) {
  switch (block.kind) {
    case 'text': return ofInlines(block.content);
    case 'quote': return ofBlocks(block.blocks);
    case 'fence': return [typed(block.text)];
    case 'list': return lines(block.items.map((item, index) => {
      const sign = block.start === null ? '•' : `${block.start + index}.`;
      return [added(`${sign} `), ...ofInlines(item)];
    }));
  }
}

/** @param {Inline[]} inlines @returns {Piece[]} */
function ofInlines(inlines) {
  return inlines.flatMap((inline) => {
    if (typeof inline === 'string') return typed(inline);
    return 'content' in inline ? ofInlines(inline.content) : typed(inline.text);
  });
}

/** @param {Piece[][]} all @returns {Piece[]} */
function lines(all) {
  return all.flatMap((pieces, index) => (index === 0 ? pieces : [added('\n'), ...pieces]));
}

/** @param {string} text @returns {Piece} */
function typed(text) {
  return { text, is_typed: true };
}

/** @param {string} text @returns {Piece} */
function added(text) {
  return { text, is_typed: false };
}
