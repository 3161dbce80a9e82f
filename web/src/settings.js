/**
 * What this page remembers: the language, the name, and which messages are
 * its own. A browser may refuse to keep anything; then the page works all the
 * same, and forgets.
 */

/** As many as the log shows, with room to spare. */
export const OWN_IDS_MAX = 1_000;

/** @typedef {Pick<Storage, 'getItem' | 'setItem'>} Store */

export class Settings {
  #device;
  #tab;

  /**
   * @param {() => Store} device kept for the next visit, as localStorage is
   * @param {() => Store} tab kept over a reload of this tab, as sessionStorage is
   */
  constructor(device, tab) {
    this.#device = device;
    this.#tab = tab;
  }

  get language() {
    return read(this.#device, 'palabre.language');
  }

  set language(language) {
    write(this.#device, 'palabre.language', language ?? '');
  }

  /**
   * The tab's own name first: two people may share a browser, each in a
   * window. The last one given is where a new window starts.
   */
  get name() {
    return read(this.#tab, 'palabre.name') ?? read(this.#device, 'palabre.name') ?? '';
  }

  set name(name) {
    write(this.#tab, 'palabre.name', name);
    write(this.#device, 'palabre.name', name);
  }

  /**
   * The ids this tab sent: per tab, for the same reason.
   * @returns {import('./chat.js').OwnIds}
   */
  ownIds() {
    const ids = new Set((read(this.#tab, 'palabre.own') ?? '').split(' ').filter(Boolean));
    return {
      has: (id) => ids.has(id),
      add: (id) => {
        ids.add(id);
        for (const oldest of ids) {
          if (ids.size <= OWN_IDS_MAX) break;
          ids.delete(oldest);
        }
        write(this.#tab, 'palabre.own', [...ids].join(' '));
      },
    };
  }
}

/**
 * Even to name the storage may throw, where cookies are blocked.
 * @param {() => Store} store
 * @param {string} key
 */
function read(store, key) {
  try {
    return store().getItem(key);
  } catch {
    return null;
  }
}

/**
 * @param {() => Store} store
 * @param {string} key
 * @param {string} value
 */
function write(store, key, value) {
  try {
    store().setItem(key, value);
  } catch {
    // Full, or not allowed: remembered until the page closes, no longer.
  }
}
