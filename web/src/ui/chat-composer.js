/**
 * Where one writes: the name and the message. Enter sends, Shift + Enter is a
 * new line, and Enter that ends a composition (Japanese, Chinese, accents…) is
 * the input method's.
 *
 * What else one may do here is added by others: tools beside the field, and
 * companions, which are sent along with the message.
 */

import { ANONYMOUS, isSenderTooLong } from '../protocol.js';
import { hue, initials } from '../sender.js';
import { t, onLanguage } from './language.js';
import { find } from './find.js';

/**
 * @typedef {import('../i18n.js').Key} Key
 * @typedef {import('../protocol.js').Extra} Extra
 * @typedef {'said' | 'empty' | 'too-long'} Said
 *
 * What is sent along with the next message, such as files or what it answers.
 * @typedef {object} Companion
 * @property {() => Extra | null} fields null where there is nothing to add
 * @property {() => void} sent the message is on its way: what went along is done
 * @property {() => string} [words] what the message says where nothing is written
 * @property {() => boolean} [holds] whether the message has to wait for it; it submits the form once it need not
 */

export class ChatComposer extends HTMLElement {
  /** Says a message, and whether it was one. @type {(name: string, message: string, extra: Extra) => Said} */
  onsay = () => 'empty';
  /** Called at every change of the name, to remember it. @type {(name: string) => void} */
  onname = () => {};

  /** What becomes of the text before it is said. @type {(text: string) => string} */
  polish = (text) => text;
  /** Where the text goes instead, while one edits a message. @type {((text: string) => Said) | null} */
  instead = null;

  /** Who one is to the server: one's disc has the colour that others see. @type {string | null} */
  #user = null;
  /** @type {Companion[]} */
  #companions = [];
  /** @type {Key | null} */
  #problem = null;

  // Lifecycle

  connectedCallback() {
    const { form, message, nameField } = this;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    message.addEventListener('keydown', (event) => this.#pressed(event));
    message.addEventListener('input', () => this.#written());
    nameField.addEventListener('input', () => this.#named());
    nameField.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || isComposing(event)) return;
      event.preventDefault(); // The name is done; on to the message.
      message.focus();
    });
    // So a phone's keyboard stays open between two messages.
    this.#send.addEventListener('pointerdown', (event) => event.preventDefault());
    onLanguage(() => this.#showProblem());
  }

  // Actions

  /** @returns {string} */
  get name() {
    return this.nameField.value;
  }

  set name(name) {
    this.nameField.value = name;
    this.#named();
  }

  /** The server vouches for a name: one has no other. @param {string | null} name null: one may choose */
  vouch(name) {
    const { nameField } = this;
    nameField.readOnly = name !== null;
    nameField.title = name === null ? '' : t('name.verified');
    if (name !== null && name !== this.name) this.name = name;
  }

  /** @param {string | null} user */
  set user(user) {
    this.#user = user;
    this.#showDisc();
  }

  /** What is written and not said. */
  get text() {
    return this.message.value;
  }

  set text(text) {
    this.message.value = text;
    this.#written();
  }

  /** To where a newcomer begins: the name, then the message. */
  begin() {
    (this.name === '' ? this.nameField : this.message).focus();
  }

  /** A button beside the field. @param {HTMLButtonElement} button */
  addTool(button) {
    find(this, '.composer-tools', HTMLElement).append(button);
  }

  /** @param {Companion} companion */
  addCompanion(companion) {
    this.#companions.push(companion);
  }

  /** Puts text where the caret is, as if it were typed. @param {string} text */
  insert(text) {
    const { message } = this;
    message.focus();
    message.setRangeText(text, message.selectionStart, message.selectionEnd, 'end');
    message.dispatchEvent(new InputEvent('input', { bubbles: true }));
  }

  disable() {
    for (const element of [this.nameField, this.message, this.#send]) element.disabled = true;
  }

  // Callbacks

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.key !== 'Enter' || event.shiftKey || isComposing(event)) return;
    event.preventDefault();
    this.#submit();
  }

  #submit() {
    const text = this.polish(this.message.value);
    const { instead } = this;
    const result = instead !== null ? instead(text) : this.#say(text);
    if (result === 'said') {
      if (instead === null) this.text = '';
    } else if (result === 'too-long') {
      this.#setProblem('message.too-long');
    }
    this.message.focus();
  }

  /** @param {string} text */
  #say(text) {
    if (this.#companions.some((each) => each.holds?.())) return 'empty';
    const extra = Object.assign({}, ...this.#companions.map((each) => each.fields()));
    const words = () => this.#companions.map((each) => each.words?.() ?? '').join('');
    const result = this.onsay(this.name, text.trim() === '' ? words() : text, extra);
    if (result === 'said') for (const each of this.#companions) each.sent();
    return result;
  }

  #written() {
    if (this.#problem === 'message.too-long') this.#setProblem(null);
    fitHeight(this.message);
  }

  #named() {
    this.#showDisc();
    const tooLong = isSenderTooLong(this.name);
    if (tooLong) this.#setProblem('name.too-long');
    else if (this.#problem === 'name.too-long') this.#setProblem(null);
    this.onname(this.name);
  }

  // Internal

  #showDisc() {
    const name = this.name.trim() === '' ? ANONYMOUS : this.name;
    const avatar = find(this, '.avatar', HTMLElement);
    avatar.textContent = initials(name);
    avatar.style.setProperty('--hue', String(hue(name, this.#user)));
  }

  /** @param {Key | null} problem */
  #setProblem(problem) {
    this.#problem = problem;
    this.#showProblem();
  }

  #showProblem() {
    const element = find(this, '#problem', HTMLElement);
    element.hidden = this.#problem === null;
    element.textContent = this.#problem === null ? '' : t(this.#problem);
    mark(this.nameField, this.#problem === 'name.too-long');
    mark(this.message, this.#problem === 'message.too-long', 'message-hint');
  }

  get form() {
    return find(this, 'form', HTMLFormElement);
  }

  get message() {
    return find(this, 'textarea', HTMLTextAreaElement);
  }

  get nameField() {
    return find(this, '#name', HTMLInputElement);
  }

  get #send() {
    return find(this, '.send', HTMLButtonElement);
  }
}

/** Safari ends the composition before the key comes; there 229 tells. @param {KeyboardEvent} event */
function isComposing(event) {
  return event.isComposing || event.keyCode === 229;
}

/**
 * Ties a field to what is wrong with it.
 * @param {HTMLElement} field
 * @param {boolean} wrong
 * @param {string} [description] what describes it anyway
 */
function mark(field, wrong, description = '') {
  field.ariaInvalid = wrong ? 'true' : null;
  const ids = [wrong ? 'problem' : '', description].filter(Boolean).join(' ');
  if (ids === '') field.removeAttribute('aria-describedby');
  else field.setAttribute('aria-describedby', ids);
}

/** The field grows with its text; browsers that do it by themselves are left to it. @param {HTMLTextAreaElement} field */
function fitHeight(field) {
  if (CSS.supports('field-sizing', 'content')) return;
  field.style.setProperty('block-size', 'auto');
  field.style.setProperty('block-size', `${field.scrollHeight}px`);
}

customElements.define('chat-composer', ChatComposer);
