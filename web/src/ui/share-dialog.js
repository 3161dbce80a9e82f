/** The link to the room, to be copied. */

import { t, onLanguage } from './language.js';
import { find } from './find.js';

export class ShareDialog extends HTMLElement {
  #link = '';

  connectedCallback() {
    find(this, '.close', HTMLButtonElement).addEventListener('click', () => this.#dialog.close());
    find(this, '.copy', HTMLButtonElement).addEventListener('click', () => this.#copy());
    // A click on the backdrop is a click on the dialog itself, outside its box.
    this.#dialog.addEventListener('click', (event) => {
      if (event.target === this.#dialog) this.#dialog.close();
    });
    this.#input.addEventListener('focus', () => this.#input.select());
    onLanguage(() => this.#show());
  }

  /** @param {string} link */
  set link(link) {
    this.#link = link;
    this.#show();
  }

  /** The dialog element returns the focus to where it was. */
  open() {
    this.#done.textContent = '';
    this.#dialog.showModal();
  }

  #show() {
    this.#input.value = this.#link;
    this.#done.textContent = '';
    const local = this.#link !== '' && isLoopback(new URL(this.#link).hostname);
    find(this, '.share-hint', HTMLElement).textContent = t(local ? 'share.local' : 'share.hint');
  }

  async #copy() {
    // The clipboard of a page on plain http is out of reach, but for the old command.
    try {
      await navigator.clipboard.writeText(this.#link);
    } catch {
      this.#input.select();
      if (!document.execCommand('copy')) return; // Selected at least: Ctrl + C will do.
    }
    this.#done.textContent = t('share.copied');
  }

  get #dialog() {
    return find(this, 'dialog', HTMLDialogElement);
  }

  get #input() {
    return find(this, 'input', HTMLInputElement);
  }

  get #done() {
    return find(this, '.share-done', HTMLElement);
  }
}

/** @param {string} host */
function isLoopback(host) {
  return host === 'localhost' || host === '[::1]' || host.startsWith('127.') || host.endsWith('.localhost');
}

customElements.define('share-dialog', ShareDialog);
