/** The link to the room: to be copied, scanned, or handed to another program of the device. */

import { t, onLanguage } from './language.js';
import { find } from './find.js';

export class ShareDialog extends HTMLElement {
  #link = '';

  connectedCallback() {
    find(this, '.close', HTMLButtonElement).addEventListener('click', () => this.#dialog.close());
    find(this, '.copy', HTMLButtonElement).addEventListener('click', () => this.#copy());
    const send = find(this, '.send', HTMLButtonElement);
    send.hidden = !('share' in navigator);
    // Who changes their mind has shared nothing, and knows it.
    send.addEventListener('click', () => void navigator.share({ title: 'Palabre', url: this.#link }).catch(() => null));
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
    void this.#showCode();
  }

  #show() {
    this.#input.value = this.#link;
    this.#done.textContent = '';
    find(this, '.share-hint', HTMLElement).textContent = t(hint(this.#link));
  }

  async #showCode() {
    const link = this.#link;
    const { qr } = await import('../qr.js');
    const modules = qr(link);
    const picture = find(this, '.share-code', SVGElement);
    picture.toggleAttribute('hidden', modules === null);
    if (modules === null || link !== this.#link) return;
    const zone = 4; // So much around it stays light.
    const side = modules.length + 2 * zone;
    picture.setAttribute('viewBox', `0 0 ${side} ${side}`);
    const dark = modules.flatMap((row, y) => row.flatMap((is_dark, x) => (is_dark ? `M${x + zone} ${y + zone}h1v1h-1z` : [])));
    find(this, '.share-code path', SVGPathElement).setAttribute('d', dark.join(''));
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

/** What is to be known of a link. @param {string} link */
function hint(link) {
  if (link === '') return 'share.hint';
  const { hostname, pathname } = new URL(link);
  if (isLoopback(hostname)) return 'share.local';
  return pathname.startsWith('/rooms/.') ? 'share.private' : 'share.hint';
}

/** @param {string} host */
function isLoopback(host) {
  return host === 'localhost' || host === '[::1]' || host.startsWith('127.') || host.endsWith('.localhost');
}

customElements.define('share-dialog', ShareDialog);
