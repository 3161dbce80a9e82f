/** What an empty room says: what this is, how to invite, and how a program joins. */

import { example } from '../example.js';
import { find } from './find.js';

export class ChatWelcome extends HTMLElement {
  /** The room's socket, for the example to be one that runs. @param {string} url */
  set url(url) {
    find(this, '#welcome-snippet', HTMLElement).textContent = example(url);
  }
}

customElements.define('chat-welcome', ChatWelcome);
