/**
 * A message's text with its marks, as elements. They are made one by one and
 * filled with text: nothing that people say is ever read as markup.
 */

import { parse } from '../markdown.js';

/**
 * @typedef {import('../markdown.js').Block} Block
 * @typedef {import('../markdown.js').Inline} Inline
 */

const TAGS = Object.freeze({ strong: 'strong', emphasis: 'em', strike: 's' });

/** @param {HTMLElement} element @param {string} text */
export function showRichText(element, text) {
  element.replaceChildren(...blocks(parse(text)));
}

/** A text alone needs no element of its own. @param {Block[]} all @returns {Node[]} */
function blocks(all) {
  const only = all.length === 1 ? all[0] : undefined;
  return only?.kind === 'text' ? inlines(only.content) : all.map(block);
}

/** @param {Block} found @returns {Node} */
function block(found) {
  switch (found.kind) {
    case 'text': return isolated('p', ...inlines(found.content));
    case 'quote': return isolated('blockquote', ...blocks(found.blocks));
    case 'fence': return isolated('pre', isolated('code', found.text));
    case 'list': return list(found);
  }
}

/** @param {import('../markdown.js').List} found */
function list({ start, items }) {
  const element = document.createElement(start === null ? 'ul' : 'ol');
  if (element instanceof HTMLOListElement && start !== null) element.start = start;
  element.append(...items.map((item) => isolated('li', ...inlines(item))));
  return element;
}

/** @param {Inline[]} all @returns {Node[]} */
function inlines(all) {
  return all.map(inline);
}

/** @param {Inline} found @returns {Node} */
function inline(found) {
  if (typeof found === 'string') return document.createTextNode(found);
  if (found.kind === 'code') return isolated('code', found.text);
  if (found.kind === 'link') return link(found);
  const element = document.createElement(TAGS[found.kind]);
  element.append(...inlines(found.content));
  return element;
}

/** @param {import('../markdown.js').Link} found */
function link({ href, text }) {
  const element = document.createElement('a');
  element.href = href;
  element.target = '_blank';
  element.rel = 'noopener noreferrer nofollow';
  element.dir = 'auto';
  element.textContent = text;
  // Where it leads, if that is not what it shows.
  if (href !== text) element.title = href;
  return element;
}

/** Whatever direction its text has, what stands around it keeps its own. @param {string} tag @param {(Node | string)[]} children */
function isolated(tag, ...children) {
  const element = document.createElement(tag);
  element.dir = 'auto';
  element.append(...children);
  return element;
}
