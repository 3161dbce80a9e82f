/**
 * What one may do with a message: answer it, react to it, copy its link, and
 * with one's own, edit and delete it. How one asks for it, by mouse, touch or
 * keys, is in `action-input.js`; how it shows in the rows, in `amended.js`.
 * Without a network all of it waits, as what one says does.
 */

import { DELETED } from '../amend.js';
import { fits, roomPath } from '../protocol.js';
import { ComposerContext } from '../ui/composer-context.js';
import { t } from '../ui/language.js';
import { MessageTools } from '../ui/message-tools.js';
import { listen } from './action-input.js';
import { beginAmended } from './amended.js';

/**
 * @typedef {import('../timeline.js').Message} Message
 * @typedef {import('../ui/message-tools.js').Act} Act
 * @typedef {(message: Message, anchor: HTMLElement, emoji?: string) => void} React
 */

/** @param {import('../main.js').Page} page @param {React} react */
export function beginActions(page, react) {
  beginAmended(page);
  const actions = new Actions(page, react);
  const tools = new MessageTools(
    (row) => actions.allowed(actions.messageOf(row)),
    (act, row, button) => {
      const message = actions.messageOf(row);
      if (message !== null) actions.perform(act, message, button);
    },
  );
  listen(page, actions, tools);
}

export class Actions {
  #page;
  #react;
  #context;
  /** What the next message answers. @type {import('../protocol.js').Extra | null} */
  #reply = null;
  /** What was written before one began to edit. @type {string | null} */
  #set_aside = null;

  /** @param {import('../main.js').Page} page @param {React} react */
  constructor(page, react) {
    const end = () => this.#endContext();
    this.#page = page;
    this.#react = react;
    this.#context = new ComposerContext(page.composer);
    this.#context.oncancel = end;
    page.composer.addCompanion({ fields: () => this.#reply, sent: end });
    page.on('enter', end);
  }

  /** Whether the next message is about another. */
  get isAbout() {
    return this.#context.isShown;
  }

  /** The message of a row, or of what is in it. @param {Element | null} element @returns {Message | null} */
  messageOf(element) {
    const offset = Number(/** @type {HTMLElement | null | undefined} */ (element?.closest('li.message'))?.dataset.offset);
    return offset > 0 ? this.#page.chat.at(offset) : null;
  }

  /** One's last message that may be edited. */
  get lastOwn() {
    return this.#page.chat.messages.findLast((message) => this.allowed(message).includes('edit'));
  }

  /** @param {Message | null} message @returns {Act[]} */
  allowed(message) {
    if (message === null) return [];
    if (message.deleted_ms !== undefined) return ['copy'];
    return this.isMine(message) ? ['quick', 'react', 'reply', 'edit', 'copy', 'delete'] : ['quick', 'react', 'reply', 'copy'];
  }

  /** The server asks who one is, not what one is called. @param {Message} message */
  isMine({ user }) {
    return typeof user === 'string' && user === this.#page.chat.user;
  }

  /** @param {Act} act @param {Message} message @param {HTMLElement} anchor */
  perform(act, message, anchor) {
    if (!this.allowed(message).includes(act)) return;
    if (act === 'copy') return void this.#copyLink(message);
    if (act === 'reply') return this.#answer(message);
    if (act === 'edit') this.#edit(message);
    else if (act === 'delete') this.#page.chat.amend(message, { type: 'delete', message: DELETED });
    else this.#react(message, anchor, act === 'quick' ? anchor.dataset.emoji : undefined);
  }

  /** @param {Message} message */
  #answer(message) {
    this.#endContext();
    this.#reply = message.offset === null ? null : { reply: message.offset, reply_id: message.id };
    this.#context.show(t('replying', { name: message.sender }), message.message);
    this.#page.composer.message.focus();
  }

  /** @param {Message} message */
  #edit(message) {
    const { composer, chat } = this.#page;
    this.#endContext();
    this.#set_aside = composer.text;
    this.#context.show(t('editing'), message.message);
    composer.text = message.message;
    composer.instead = (text) => {
      if (text.trim() === '') return 'empty';
      if (!fits({ id: message.id, sender: composer.name, message: text })) return 'too-long';
      this.#endContext();
      if (text !== message.message) chat.amend(message, { type: 'edit', message: text });
      return 'said';
    };
    composer.message.focus();
    composer.message.setSelectionRange(-1, -1);
  }

  #endContext() {
    const { composer } = this.#page;
    this.#reply = null;
    composer.instead = null;
    this.#context.hide();
    if (this.#set_aside !== null) composer.text = this.#set_aside;
    this.#set_aside = null;
  }

  /** @param {Message} message */
  async #copyLink({ offset }) {
    const link = new URL(`${roomPath(this.#page.room)}#${offset}`, location.href).href;
    this.#page.notice(await copy(link) ? t('share.copied') : link);
  }
}

/** The clipboard of a page on plain http is out of reach, but for the old command. @param {string} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement('textarea');
    field.value = text;
    field.className = 'visually-hidden';
    document.body.append(field);
    field.select();
    const copied = document.execCommand('copy');
    field.remove();
    return copied;
  }
}
