/**
 * A room of Palabre in any page that the server welcomes (`--allow-origin`):
 *
 *   <script type="module" src="https://chat.example.org/embed.js"></script>
 *   <palabre-chat room="support" name="Léa" lang="fr" theme="dark"></palabre-chat>
 *
 * All attributes may be left out. The element is as large as the page's styles
 * make it. What is in it is a frame: neither the page's scripts and styles nor
 * those of the chat reach the other. `docs/embed.md` is for those who use it.
 */

const styles = new CSSStyleSheet();
styles.replaceSync(`
  :host { display: block; block-size: 32rem; max-block-size: 100vh; }
  :host([hidden]) { display: none; }
  iframe { display: block; inline-size: 100%; block-size: 100%; border: 0; border-radius: inherit; }
  p { margin: 0; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; color: #221d18; background: #fbeecb; }
  [hidden] { display: none; }
`);

/** What the frame may do: nothing to the page around it, and not leave it. */
const SANDBOX = 'allow-scripts allow-same-origin allow-forms allow-downloads allow-popups allow-popups-to-escape-sandbox';

/** @type {Record<string, { refused: string, away: string }>} */
const phrases = {
  fr: { refused: 'Le serveur de discussion n’admet pas cette page.', away: 'Le serveur de discussion est injoignable.' },
  en: { refused: 'The chat server does not admit this page.', away: 'The chat server cannot be reached.' },
};

export class PalabreChat extends HTMLElement {
  static observedAttributes = ['room', 'name', 'lang', 'theme'];

  #frame = document.createElement('iframe');
  #problem = document.createElement('p');

  constructor() {
    super();
    this.#frame.setAttribute('sandbox', SANDBOX);
    this.#frame.allow = 'clipboard-write; microphone; web-share';
    this.#problem.setAttribute('role', 'alert');
    this.#problem.hidden = true;
    const root = this.attachShadow({ mode: 'open', delegatesFocus: true });
    root.adoptedStyleSheets = [styles];
    root.append(this.#frame, this.#problem);
  }

  connectedCallback() {
    this.#show();
    void this.#check();
    addEventListener('online', this.#back);
  }

  disconnectedCallback() {
    removeEventListener('online', this.#back);
  }

  attributeChangedCallback() {
    if (this.isConnected) this.#show();
  }

  /** What is given to the frame stands behind the `#`, which no server sees. */
  #show() {
    const room = this.getAttribute('room') ?? 'general';
    const url = new URL(`embed/${encodeURIComponent(room)}`, import.meta.url);
    const given = new URLSearchParams();
    for (const attribute of ['name', 'lang', 'theme']) {
      const value = this.getAttribute(attribute);
      if (value !== null) given.set(attribute, value);
    }
    url.hash = given.toString();
    this.#frame.title = `Palabre: ${room}`;
    if (this.#frame.src === url.href) return;
    // Another hash alone would not load the frame anew.
    const frame = /** @type {HTMLIFrameElement} */ (this.#frame.cloneNode());
    frame.src = url.href;
    this.#frame.replaceWith(frame);
    this.#frame = frame;
  }

  /** A page cannot see why a frame stays empty: so it asks. */
  async #check() {
    /** @type {Response | null} */
    const answer = await fetch(new URL('embed', import.meta.url)).catch(() => null);
    const is_welcome = answer?.ok ?? false;
    if (answer !== null && !is_welcome) console.error(`palabre-chat: ${(await answer.text()).trim()}`);
    const language = this.getAttribute('lang') ?? (document.documentElement.lang || navigator.language);
    const words = phrases[language.slice(0, 2)] ?? phrases.en;
    this.#problem.textContent = is_welcome ? '' : words?.[answer === null ? 'away' : 'refused'] ?? '';
    this.#problem.hidden = is_welcome;
    this.#frame.hidden = !is_welcome;
  }

  #back = () => {
    if (!this.#problem.hidden) void this.#check();
  };
}

customElements.define('palabre-chat', PalabreChat);
