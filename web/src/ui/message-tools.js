/**
 * What one may do with a message: one toolbar for all of them, in the row that
 * one points at, touches or has gone to by keyboard.
 */

import { find, fromTemplate } from './find.js';
import { onLanguage, t, translate } from './language.js';

/** @typedef {'quick' | 'react' | 'reply' | 'edit' | 'copy' | 'delete'} Act */

export class MessageTools {
  element = find(fromTemplate('message-tools'), '.message-tools', HTMLElement);
  /** Which of them a message allows. @type {(row: HTMLLIElement) => Act[]} */
  #allowed;
  #onact;

  /**
   * @param {(row: HTMLLIElement) => Act[]} allowed
   * @param {(act: Act, row: HTMLLIElement, button: HTMLButtonElement) => void} onact
   */
  constructor(allowed, onact) {
    this.#allowed = allowed;
    this.#onact = onact;
    this.element.addEventListener('click', (event) => this.#clicked(event));
    this.element.addEventListener('keydown', (event) => this.#pressed(event));
    onLanguage(() => this.#translate());
    this.#translate();
  }

  /** The row they are in, if any. */
  get row() {
    return /** @type {HTMLLIElement | null} */ (this.element.closest('li.message'));
  }

  /** Whether somebody is in them by keyboard: then no mouse takes them away. */
  get hasFocus() {
    return this.element.querySelector(':focus-visible') !== null;
  }

  /** @param {HTMLLIElement} row */
  showIn(row) {
    const allowed = this.#allowed(row);
    if (allowed.length === 0) return this.hide();
    for (const button of this.#acts.querySelectorAll('button')) button.hidden = !allowed.includes(/** @type {Act} */ (button.dataset.act));
    if (this.row === row) return;
    this.hide();
    this.#ask(false);
    row.classList.add('active');
    row.append(this.element);
  }

  hide() {
    this.row?.classList.remove('active');
    this.element.remove();
  }

  focus() {
    this.#buttons[0]?.focus();
  }

  /** Deleting is for good, so it is asked once more. @param {boolean} asked */
  #ask(asked) {
    this.#acts.hidden = asked;
    this.#sure.hidden = !asked;
  }

  askToDelete() {
    this.#ask(true);
    this.focus();
  }

  /** @param {Event} event */
  #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest('button') : null;
    const { row } = this;
    if (button === null || row === null) return;
    const { act } = button.dataset;
    if (act === 'delete') return this.askToDelete();
    if (act === 'sure' || act === 'cancel') {
      this.#ask(false);
      row.focus();
    }
    if (act === 'cancel') return;
    this.#onact(act === 'sure' ? 'delete' : /** @type {Act} */ (act), row, button);
  }

  /** As in any toolbar, arrows go from one to the next. @param {KeyboardEvent} event */
  #pressed(event) {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (event.key === 'Escape') {
      event.stopPropagation();
      this.#ask(false);
      this.row?.focus();
    } else if (step !== 0) {
      event.preventDefault();
      const buttons = this.#buttons;
      const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
      buttons.at((at + step) % buttons.length)?.focus();
    }
  }

  #translate() {
    translate(this.element);
    this.element.ariaLabel = t('acts');
    for (const button of this.element.querySelectorAll('button')) {
      const { emoji } = button.dataset;
      if (emoji !== undefined) button.ariaLabel = button.title = t('act.quick', { emoji });
    }
  }

  get #buttons() {
    return [...this.element.querySelectorAll('button')].filter((button) => button.checkVisibility());
  }

  get #acts() {
    return find(this.element, '.acts', HTMLElement);
  }

  get #sure() {
    return find(this.element, '.sure', HTMLElement);
  }
}
