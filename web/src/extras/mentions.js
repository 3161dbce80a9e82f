/** `@Name`: marked in messages, more so where it is oneself, and completed while one types, as `:emoji:` are. */

import { beingTyped, mentionsIn, namesLike } from '../mentions.js';
import { ANONYMOUS } from '../protocol.js';
import { Completion } from '../ui/completion.js';
import { addPart } from '../ui/message-row.js';
import { look } from '../ui/text.js';

/** @param {import('../main.js').Page} page */
export function beginMentions(page) {
  const { composer } = page;
  const me = () => composer.name.trim();

  /** @type {string[] | null} */
  let names_now = null;

  /** All who are here or spoke: asked by each row, so remembered while one draws. */
  function known() {
    if (names_now === null) queueMicrotask(() => { names_now = null; });
    names_now ??= listNames();
    return names_now;
  }

  /** Who is here, then who spoke, the latest first. */
  function listNames() {
    const here = page.people()?.map(({ name }) => name) ?? [];
    const spoke = page.chat.messages.map(({ sender }) => sender).reverse();
    return [...new Set([...here, ...spoke])].filter((name) => name !== ANONYMOUS);
  }

  addPart({
    look: ({ message, deleted_ms }) => {
      if (deleted_ms !== undefined || !message.includes('@')) return '';
      const found = mentionsIn(message, [...known(), me()]);
      return found.length === 0 ? '' : [look(message), message, me(), ...found.map(({ name }) => name)].join('\n');
    },
    show: (row, { message, own, deleted_ms }) => {
      const names = deleted_ms === undefined ? [...known(), me()] : [];
      const text = /** @type {HTMLElement} */ (row.querySelector('.text'));
      for (const mark of text.querySelectorAll('.mention')) mark.replaceWith(...mark.childNodes);
      text.normalize();
      for (const node of plainTexts(text)) markIn(node, names, me());
      row.classList.toggle('for-me', !own && mentionsIn(message, names).some(({ name }) => same(name, me())));
    },
  });

  /** @type {typeof import('../emoji.js') | null} */
  let emoji = null;
  const completion = new Completion(composer, async (text, caret) => {
    const typed = beingTyped(text, caret);
    // Pasted, or typed to its end: it will be wanted at the sending.
    if (/:[\p{L}\d_+-]{2,}/u.test(text)) emoji ??= await import('../emoji.js');
    if (typed === null) return null;
    if (typed.sign === '@') {
      const names = namesLike(typed.query, known().filter((name) => !same(name, me())));
      return { start: typed.start, options: names.map((name) => ({ insert: `@${name} `, label: name, sign: '@' })) };
    }
    if (emoji === null) return null;
    const options = emoji.searchEmoji(typed.query).map(({ sign, names }) => ({ insert: sign, label: names.join(', '), sign }));
    return { start: typed.start, options };
  });
  page.on('enter', () => completion.close());
  composer.polish = (text) => emoji?.replaceNames(text) ?? text;
}

/** @param {string} one @param {string} other */
function same(one, other) {
  return one.toLowerCase() === other.toLowerCase();
}

/** The texts of a message that are neither code nor link. @param {HTMLElement} root */
function plainTexts(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  /** @type {Text[]} */
  const found = [];
  while (walker.nextNode()) {
    const node = /** @type {Text} */ (walker.currentNode);
    if (node.data.includes('@') && node.parentElement?.closest('code, a, .edited') === null) found.push(node);
  }
  return found;
}

/** @param {Text} node @param {string[]} names @param {string} me */
function markIn(node, names, me) {
  for (const { start, end, name } of mentionsIn(node.data, names).reverse()) {
    const mark = document.createElement('span');
    mark.className = same(name, me) ? 'mention me' : 'mention';
    const named = node.splitText(start);
    named.splitText(end - start);
    named.replaceWith(mark);
    mark.append(named);
  }
}
