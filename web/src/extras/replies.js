/** A reply: what the next message answers, and the quote above one that does, which leads back. */

import { Quotes } from '../quotes.js';
import { excerpt } from '../ui/composer-context.js';
import { t } from '../ui/language.js';
import { addPart, place } from '../ui/message-row.js';
import { hue } from '../sender.js';

/** @typedef {import('../quotes.js').Quoted} Quoted */

/** @param {import('../main.js').Page} page */
export function beginReplies(page) {
  /** By the room that is looked at. @type {WeakMap<import('../chat.js').Chat, Quotes>} */
  const all = new WeakMap();
  const quotes = () => all.get(page.chat) ?? quotesOf(page.chat);

  /** @param {import('../chat.js').Chat} chat */
  function quotesOf(chat) {
    const made = new Quotes({ at: (offset) => chat.at(offset), ask: (offset) => chat.link.at(offset), onchange: () => page.log.refresh() });
    chat.link.listen({
      onpublication: (publication) => made.amended(publication),
      onarrived: () => made.again(),
      ongap: ({ n_missing }) => { if (n_missing === null) made.forget(); },
    });
    all.set(chat, made);
    return made;
  }

  addPart({
    look: ({ reply, reply_id }) => {
      if (reply === undefined) return '';
      const quoted = quotes().of({ reply, reply_id });
      return quoted ? [quoted.sender, quoted.user, quoted.message, quoted.deleted_ms, reply].join('\n') : String(quoted);
    },
    show: (row, { reply, reply_id }) => {
      place(row, 'quote', reply === undefined ? null : quoteElement(reply, quotes().of({ reply, reply_id })));
    },
  });

  page.log.addEventListener('click', (event) => {
    const quote = event.target instanceof Element ? event.target.closest('a.quote') : null;
    if (quote === null || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    void page.reach(Number(quote.getAttribute('href')?.slice(1)));
  });
}

/** @param {number} offset @param {Quoted | null | undefined} quoted */
function quoteElement(offset, quoted) {
  const element = document.createElement(quoted === null ? 'p' : 'a');
  if (element instanceof HTMLAnchorElement) element.href = `#${offset}`;
  const text = document.createElement('bdi');
  text.textContent = quotedText(quoted);
  if (quoted) {
    const who = document.createElement('bdi');
    who.className = 'quote-who';
    who.textContent = quoted.sender;
    element.style.setProperty('--hue', String(hue(quoted.sender, quoted.user)));
    element.title = t('quote.of', { name: quoted.sender });
    element.append(who, ' ');
  }
  element.append(text);
  return element;
}

/** @param {Quoted | null | undefined} quoted */
function quotedText(quoted) {
  if (quoted === undefined) return '…';
  if (quoted === null) return t('quote.gone');
  return quoted.deleted_ms === undefined ? excerpt(quoted.message) : t('deleted');
}
