/**
 * A list of what one may mean, above the field, while one types: arrows choose,
 * Enter or Tab takes, Escape closes. The field keeps the focus.
 */

import { find } from './find.js';
import { t } from './language.js';

/**
 * @typedef {{ insert: string, label: string, sign: string }} Option
 * @typedef {(text: string, caret: number) => Promise<{ start: number, options: Option[] } | null>} Ask
 */

const OPTIONS_MAX = 6;

export class Completion {
  #field;
  #list;
  #said;
  #ask;
  /** @type {{ start: number, options: Option[] } | null} */
  #open = null;
  #at = 0;
  #n_asked = 0;

  /** @param {import('./chat-composer.js').ChatComposer} composer @param {Ask} ask */
  constructor(composer, ask) {
    this.#field = composer.message;
    this.#ask = ask;
    this.#list = find(document, '#completion', HTMLElement);
    this.#said = find(document, '#completion-said', HTMLElement);
    composer.append(this.#list);
    this.#field.setAttribute('aria-autocomplete', 'list');
    this.#field.setAttribute('aria-controls', 'completion');
    this.#field.addEventListener('input', () => void this.#typed());
    this.#field.addEventListener('blur', () => this.close());
    // Before the composer takes Enter for itself.
    this.#field.addEventListener('keydown', (event) => this.#pressed(event), { capture: true });
    this.#list.addEventListener('pointerdown', (event) => event.preventDefault());
    this.#list.addEventListener('click', ({ target }) => {
      const option = target instanceof Element ? target.closest('li') : null;
      if (option !== null) this.#take(Number(option.dataset.at));
    });
  }

  close() {
    this.#n_asked += 1;
    this.#open = null;
    this.#show();
  }

  async #typed() {
    this.#n_asked += 1;
    const n_asked = this.#n_asked;
    const found = await this.#ask(this.#field.value, this.#field.selectionStart).catch(() => null);
    if (n_asked !== this.#n_asked) return; // Typed on meanwhile.
    this.#open = found === null || found.options.length === 0 ? null : { ...found, options: found.options.slice(0, OPTIONS_MAX) };
    this.#at = 0;
    this.#show();
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (this.#open === null || event.isComposing || event.shiftKey) return;
    const n_options = this.#open.options.length;
    if (event.key === 'ArrowDown') this.#at = (this.#at + 1) % n_options;
    else if (event.key === 'ArrowUp') this.#at = (this.#at + n_options - 1) % n_options;
    else if (event.key === 'Escape') this.#open = null;
    else if (event.key === 'Enter' || event.key === 'Tab') this.#take(this.#at);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.#show();
  }

  /** @param {number} at */
  #take(at) {
    const option = this.#open?.options[at];
    if (this.#open === null || option === undefined) return;
    this.#field.setRangeText(option.insert, this.#open.start, this.#field.selectionStart, 'end');
    this.close();
    this.#field.dispatchEvent(new InputEvent('input', { bubbles: true }));
  }

  #show() {
    const options = this.#open?.options ?? [];
    this.#list.hidden = options.length === 0;
    this.#list.replaceChildren(...options.map((option, at) => this.#option(option, at)));
    const said = options.length > 0 ? t('completion', { n: options.length }) : '';
    if (this.#said.textContent !== said) this.#said.textContent = said;
    if (options.length > 0) this.#field.setAttribute('aria-activedescendant', `completion-${this.#at}`);
    else this.#field.removeAttribute('aria-activedescendant');
  }

  /** @param {Option} option @param {number} at */
  #option({ label, sign }, at) {
    const element = document.createElement('li');
    const text = document.createElement('bdi');
    element.id = `completion-${at}`;
    element.role = 'option';
    element.dataset.at = String(at);
    element.ariaSelected = String(at === this.#at);
    text.textContent = label;
    const mark = document.createElement('span');
    mark.textContent = sign;
    mark.ariaHidden = 'true';
    element.append(mark, ' ', text);
    return element;
  }
}
