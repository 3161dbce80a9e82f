/**
 * What people write with: a small, safe subset of Markdown, as a tree of plain
 * objects. Pure: `ui/rich-text.js` makes elements of the tree.
 *
 * What is not closed, or not meant as a mark, stays as it was typed. Every
 * character is looked at a bounded number of times, so that no message, however
 * it is made, holds the page up.
 */

/**
 * @typedef {{ kind: 'strong' | 'emphasis' | 'strike', content: Inline[] }} Marked
 * @typedef {{ kind: 'code', text: string }} CodeSpan
 * @typedef {{ kind: 'link', href: string, text: string }} Link
 * @typedef {string | Marked | CodeSpan | Link} Inline
 *
 * @typedef {{ kind: 'text', content: Inline[] }} TextBlock
 * @typedef {{ kind: 'fence', text: string }} Fence
 * @typedef {{ kind: 'quote', blocks: Block[] }} Quote
 * @typedef {{ kind: 'list', start: number | null, items: Inline[][] }} List a numbered one has its first number
 * @typedef {TextBlock | Fence | Quote | List} Block
 */

/** Quotes within quotes; what is deeper stays as it was typed. */
export const QUOTE_DEPTH_MAX = 3;
/** No address that anybody means to follow is longer. */
export const LINK_LENGTH_MAX = 2_048;

const SCHEMES = Object.freeze(['http:', 'https:', 'mailto:']);
const FENCE = '```';
const LIST_ITEM = /^ {0,3}(?:[-*+•]|(\d{1,9})[.)]) +(?=\S)/;

/**
 * @param {string} text
 * @returns {Block[]}
 */
export function parse(text) {
  return blocks(text.split('\n'), QUOTE_DEPTH_MAX);
}

// Blocks: line by line

/** @param {string[]} lines @param {number} depth how many quotes may still begin @returns {Block[]} */
function blocks(lines, depth) {
  /** @type {Block[]} */
  const found = [];
  /** @type {string[]} */
  let plain = [];
  const last_fence = lines.findLastIndex((line) => line.trimEnd() === FENCE);

  const flush = () => {
    const content = inlines(between(plain, found.length > 0));
    if (content.length > 0) found.push({ kind: 'text', content });
    plain = [];
  };

  for (let at = 0; at < lines.length;) {
    const taken = fenceAt(lines, at, last_fence) ?? quoteAt(lines, at, depth) ?? listAt(lines, at);
    if (taken === null) {
      plain.push(lines[at] ?? '');
      at += 1;
      continue;
    }
    while (plain.at(-1)?.trim() === '') plain.pop();
    flush();
    found.push(taken.block);
    at = taken.end;
  }
  flush();
  return found;
}

/** The blank lines after a block are its distance, not text. @param {string[]} lines @param {boolean} after_block */
function between(lines, after_block) {
  if (!after_block) return lines.join('\n');
  const first = lines.findIndex((line) => line.trim() !== '');
  return first === -1 ? '' : lines.slice(first).join('\n');
}

/** @typedef {{ block: Block, end: number } | null} Taken a block, and the line after it */

/** @param {string[]} lines @param {number} at @param {number} last_fence @returns {Taken} */
function fenceAt(lines, at, last_fence) {
  const line = lines[at] ?? '';
  // What stands after the opening marks names a language, which nothing here colours.
  if (at >= last_fence || !line.startsWith(FENCE) || line.includes('`', FENCE.length)) return null;
  let end = at + 1;
  while (lines[end]?.trimEnd() !== FENCE) end += 1;
  return { block: { kind: 'fence', text: lines.slice(at + 1, end).join('\n') }, end: end + 1 };
}

/** @param {string[]} lines @param {number} at @param {number} depth @returns {Taken} */
function quoteAt(lines, at, depth) {
  if (depth === 0) return null;
  let end = at;
  while (/^>(?:[ >]|$)/.test(lines[end] ?? '')) end += 1;
  if (end === at) return null;
  const inner = lines.slice(at, end).map((line) => line.slice(line[1] === ' ' ? 2 : 1));
  return { block: { kind: 'quote', blocks: blocks(inner, depth - 1) }, end };
}

/** @param {string[]} lines @param {number} at @returns {Taken} */
function listAt(lines, at) {
  const first = LIST_ITEM.exec(lines[at] ?? '');
  if (first === null) return null;
  const numbered = first[1] !== undefined;
  /** @type {Inline[][]} */
  const items = [];
  let end = at;
  for (; end < lines.length; end += 1) {
    const line = lines[end] ?? '';
    const item = LIST_ITEM.exec(line);
    if (item === null || (item[1] !== undefined) !== numbered) break;
    items.push(inlines(line.slice(item[0].length)));
  }
  return { block: { kind: 'list', start: numbered ? Number(first[1]) : null, items }, end };
}

// Inlines: character by character

/** @typedef {{ kind: Marked['kind'] | null, mark: string, content: Inline[] }} Frame what is open, from its mark on */

/**
 * Marks do not reach over a blank line.
 * @param {string} text
 * @returns {Inline[]}
 */
function inlines(text) {
  /** @type {Inline[]} */
  const all = [];
  for (const part of text.split(/(\n[ \t]*\n)/)) for (const inline of new Inlines(part).parse()) add(all, inline);
  return all;
}

class Inlines {
  #text;
  #at = 0;
  /** The innermost last; a kind is open once at most, so there are four at most. @type {Frame[]} */
  #frames = [{ kind: null, mark: '', content: [] }];
  /** Where runs of so many backticks begin, to find the one that closes. @type {Map<number, number[]>} */
  #ticks = new Map();

  /** @param {string} text */
  constructor(text) {
    this.#text = text;
    for (const { 0: run, index } of text.matchAll(/`+/g)) {
      const starts = this.#ticks.get(run.length);
      if (starts === undefined) this.#ticks.set(run.length, [index]);
      else starts.push(index);
    }
    for (const starts of this.#ticks.values()) starts.reverse(); // The next one is popped.
  }

  parse() {
    const text = this.#text;
    const special = /[*~`[\\]|https?:\/\//gi;
    while (this.#at < text.length) {
      special.lastIndex = this.#at;
      const next = special.exec(text)?.index ?? text.length;
      this.#say(text.slice(this.#at, next));
      this.#at = next;
      if (next < text.length) this.#special(text[next] ?? '');
    }
    while (this.#frames.length > 1) this.#drop();
    return this.#top.content;
  }

  /** @param {string} sign */
  #special(sign) {
    switch (sign) {
      case '\\': return this.#escape();
      case '`': return this.#code();
      case '[': return this.#take(labelledLink(this.#text, this.#at));
      case '*': case '~': return this.#marks(sign);
      default: return this.#take(bareLink(this.#text, this.#at));
    }
  }

  /** Only before a sign that would mean something: a path on Windows stays what it is. */
  #escape() {
    const escaped = this.#text[this.#at + 1] ?? '';
    const means = escaped !== '' && '*~`['.includes(escaped);
    this.#say(means ? escaped : '\\');
    this.#at += means ? 2 : 1;
  }

  #code() {
    const length = runLength(this.#text, this.#at);
    const starts = this.#ticks.get(length) ?? [];
    while ((starts.at(-1) ?? Infinity) <= this.#at) starts.pop();
    const end = starts.at(-1);
    const inner = end === undefined ? '' : this.#text.slice(this.#at + length, end);
    if (end === undefined || inner.trim() === '') return this.#literal(length);
    add(this.#top.content, { kind: 'code', text: inner });
    this.#at = end + length;
  }

  /** @param {{ link: Link | string, end: number }} found */
  #take({ link, end }) {
    add(this.#top.content, link);
    this.#at = end;
  }

  /** @param {string} sign */
  #marks(sign) {
    const length = runLength(this.#text, this.#at);
    if (length > 3 || (sign === '~' && length !== 2)) return this.#literal(length);
    const [before, after] = [this.#text[this.#at - 1] ?? ' ', this.#text[this.#at + length] ?? ' '];
    // 2*3*4 is a product. Scripts that put no blanks between words can be marked within a line.
    const opens = !/\s/.test(after) && !/\w/.test(before);
    const closes = !/\s/.test(before) && !/\w/.test(after);
    const emphasis_first = closes && this.#top.kind === 'emphasis';
    const marks = sign === '~' ? ['~~'] : length < 3 ? [sign.repeat(length)] : emphasis_first ? ['*', '**'] : ['**', '*'];
    for (const mark of marks) this.#mark(mark, opens, closes);
    this.#at += length;
  }

  /** @param {string} mark @param {boolean} opens @param {boolean} closes */
  #mark(mark, opens, closes) {
    const kind = mark === '~~' ? 'strike' : mark === '**' ? 'strong' : 'emphasis';
    const is_open = this.#frames.some((frame) => frame.kind === kind);
    if (closes && is_open) {
      while (this.#top.kind !== kind) this.#drop();
      const { content } = this.#top;
      this.#frames.pop();
      add(this.#top.content, content.length > 0 ? { kind, content } : mark + mark);
      return;
    }
    if (is_open && opens && this.#top.kind === kind) this.#drop(); // The one before was none.
    else if (is_open || !opens) return this.#say(mark);
    this.#frames.push({ kind, mark, content: [] });
  }

  /** What was not closed is text. */
  #drop() {
    const { mark, content } = this.#frames.pop() ?? this.#top;
    this.#say(mark);
    for (const inline of content) add(this.#top.content, inline);
  }

  /** @param {number} length */
  #literal(length) {
    this.#say(this.#text.slice(this.#at, this.#at + length));
    this.#at += length;
  }

  /** @param {string} text */
  #say(text) {
    add(this.#top.content, text);
  }

  /** @returns {Frame} */
  get #top() {
    return /** @type {Frame} */ (this.#frames.at(-1));
  }
}

/** Neighbouring texts are one text. @param {Inline[]} content @param {Inline} inline */
function add(content, inline) {
  if (inline === '') return;
  const last = content.at(-1);
  if (typeof inline === 'string' && typeof last === 'string') content[content.length - 1] = last + inline;
  else content.push(inline);
}

/** @param {string} text @param {number} at */
function runLength(text, at) {
  let end = at;
  while (text[end] === text[at]) end += 1;
  return end - at;
}

// Links

/**
 * `[label](address)`. Both searches end at the next bracket, so however many
 * there are, each character is read once for them.
 * @param {string} text
 * @param {number} at
 * @returns {{ link: Link | string, end: number }}
 */
function labelledLink(text, at) {
  const typed = { link: '[', end: at + 1 };
  const middle = seek(text, at + 1, /[[\]\n]/g);
  if (!text.startsWith('](', middle)) return typed;
  const end = seek(text, middle + 2, /[)[\s]/g);
  const label = text.slice(at + 1, middle);
  const href = text[end] === ')' ? safeHref(text.slice(middle + 2, end)) : null;
  // A label that is an address itself could lead elsewhere than it says.
  if (href === null || label.trim() === '' || /:\/\/|www\.|@/i.test(label)) return typed;
  return { link: { kind: 'link', href, text: label }, end: end + 1 };
}

/**
 * @param {string} text
 * @param {number} at
 * @returns {{ link: Link | string, end: number }}
 */
function bareLink(text, at) {
  let end = seek(text, at, /[\s<>"`\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g);
  const address = text.slice(at, end);
  let n_open = address.split('(').length - address.split(')').length;
  // The sign after an address is the sentence's; so is a bracket that it did not open.
  for (; end > at; end -= 1) {
    const last = text[end - 1] ?? '';
    if (last === ')' && n_open < 0) n_open += 1;
    else if (!'.,;:!?\'*~]}»”’…'.includes(last)) break;
  }
  const shown = text.slice(at, end);
  const href = /\w/.test(text[at - 1] ?? '') ? null : safeHref(shown);
  return { link: href === null ? shown : { kind: 'link', href, text: shown }, end };
}

/** The first place from `at` that `pattern` finds, else the end. @param {string} text @param {number} at @param {RegExp} pattern */
function seek(text, at, pattern) {
  pattern.lastIndex = at;
  return pattern.exec(text)?.index ?? text.length;
}

/** The address as the browser reads it, if it is one that may be followed. @param {string} address */
function safeHref(address) {
  if (address.length > LINK_LENGTH_MAX || !URL.canParse(address)) return null;
  const url = new URL(address);
  return SCHEMES.includes(url.protocol) ? url.href : null;
}
