/** What the next message is about, above the field: which message it answers, or which one is being edited. */

import { plainText } from '../plain.js';
import { find, fromTemplate } from './find.js';
import { translate } from './language.js';

/** So much of a message is quoted. */
const EXCERPT_CHARS = 140;

export class ComposerContext {
  /** It is given up. */
  oncancel = () => {};

  #form;
  #field;
  /** @type {HTMLElement | null} */
  #element = null;

  /** @param {import('./chat-composer.js').ChatComposer} composer */
  constructor(composer) {
    this.#form = composer.form;
    this.#field = composer.message;
    this.#field.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || this.#element === null || event.isComposing) return;
      event.stopImmediatePropagation();
      this.oncancel();
    });
  }

  get isShown() {
    return this.#element !== null;
  }

  /** @param {string} what @param {string} text a message that it is about */
  show(what, text) {
    this.hide();
    const element = find(fromTemplate('composer-context'), '.composer-context', HTMLElement);
    find(element, 'strong', HTMLElement).textContent = what;
    find(element, 'bdi', HTMLElement).textContent = excerpt(text);
    find(element, 'button', HTMLButtonElement).addEventListener('click', () => {
      this.oncancel();
      this.#field.focus();
    });
    translate(element);
    this.#form.prepend(element);
    this.#element = element;
  }

  hide() {
    this.#element?.remove();
    this.#element = null;
  }
}

/** The beginning of a text, in one line. @param {string} text */
export function excerpt(text) {
  const line = plainText(text).replace(/\s+/g, ' ').trim();
  const signs = [...line.slice(0, 4 * EXCERPT_CHARS)];
  return signs.length > EXCERPT_CHARS ? `${signs.slice(0, EXCERPT_CHARS).join('')}…` : line;
}
