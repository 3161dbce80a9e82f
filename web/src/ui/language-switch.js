/** The button that speaks the other language, named in that language. */

import { t, onLanguage, otherLanguage, speak } from './language.js';
import { find } from './find.js';

export class LanguageSwitch extends HTMLElement {
  /** Called with the reader's choice, to remember it. @type {(language: string) => void} */
  onchoice = () => {};

  connectedCallback() {
    find(this, 'button', HTMLButtonElement).addEventListener('click', () => {
      const language = otherLanguage();
      speak(language);
      this.onchoice(language);
    });
    onLanguage(() => this.#show());
  }

  #show() {
    find(this, 'button', HTMLButtonElement).lang = otherLanguage();
    find(this, '.short', HTMLElement).textContent = t('language.short');
    find(this, '.full', HTMLElement).textContent = t('language.other');
  }
}

customElements.define('language-switch', LanguageSwitch);
