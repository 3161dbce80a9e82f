/**
 * What this page remembers: the language, the name, who one is to the server,
 * which messages are its own, and what is still to be sent. A browser may refuse to keep anything; then the page works all the
 * same, and forgets.
 */

/** As many as the log shows, with room to spare. */
export const OWN_IDS_MAX = 1_000;

/** More drafts are not kept over a reload, nor older ones: who would still want to say them? */
export const DRAFTS_MAX = 100;
export const DRAFTS_CHARS_MAX = 500_000;
export const DRAFT_MS_MAX = 24 * 60 * 60_000;

/** So many rooms are remembered and followed; the server takes 128 channels on a connection. */
export const ROOMS_MAX = 100;

/** Two lines of the picker. */
export const RECENT_EMOJI_MAX = 16;

/** Named for who listens to other windows. */
export const ROOMS_KEY = 'palabre.rooms';

/** @typedef {Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>} Store */

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
   * What proves to the server who one is. Its windows share it, as they share
   * the browser.
   */
  get token() {
    return read(this.#device, 'palabre.token');
  }

  set token(token) {
    if (token === null) forget(this.#device, 'palabre.token');
    else write(this.#device, 'palabre.token', token);
  }

  /** Who one is to the server, as it said last: for a visit without a network. */
  get user() {
    return read(this.#device, 'palabre.user') || null;
  }

  set user(user) {
    write(this.#device, 'palabre.user', user ?? '');
  }

  /**
   * What was said in a room, or changed there, and is not accepted yet. All windows share it: a
   * message that two of them send is stored once, by its id.
   * @param {string} room
   * @param {() => number} now
   * @returns {import('./chat.js').Drafts}
   */
  drafts(room, now) {
    const key = `palabre.drafts.${room}`;
    /** @returns {(import('./protocol.js').Draft & { time_ms: number })[]} */
    const all = () => {
      const drafts = parseList(read(this.#device, key));
      return drafts.filter(({ id, sender, message, time_ms }) => typeof id === 'string'
        && typeof sender === 'string' && typeof message === 'string' && now() - time_ms < DRAFT_MS_MAX);
    };
    return {
      all: () => all().map(({ time_ms: _, ...draft }) => draft),
      add: (draft) => {
        const drafts = [...all().filter(({ id }) => id !== draft.id), { ...draft, time_ms: now() }];
        const text = JSON.stringify(drafts);
        if (drafts.length <= DRAFTS_MAX && text.length <= DRAFTS_CHARS_MAX) write(this.#device, key, text);
      },
      remove: (removed) => {
        const drafts = all();
        const left = drafts.filter(({ id }) => id !== removed);
        if (left.length === drafts.length) return;
        if (left.length > 0) write(this.#device, key, JSON.stringify(left));
        else forget(this.#device, key);
      },
    };
  }

  /**
   * The visited rooms and up to where they were read, the latest last. All
   * windows share them; of too many, those go that nothing was read in for longest.
   * @returns {import('./rooms.js').Marks}
   */
  rooms() {
    const key = ROOMS_KEY;
    /** @returns {import('./rooms.js').Mark[]} */
    const all = () => parseList(read(this.#device, key))
      .filter(({ room, offset, epoch }) => typeof room === 'string'
        && Number.isSafeInteger(offset) && typeof epoch === 'string')
      .map(({ room, offset, epoch }) => ({ room, offset, epoch }));
    return {
      all,
      put: (mark) => {
        const marks = [...all().filter(({ room }) => room !== mark.room), mark];
        write(this.#device, key, JSON.stringify(marks.slice(-ROOMS_MAX)));
      },
      remove: (removed) => write(this.#device, key, JSON.stringify(all().filter(({ room }) => room !== removed))),
    };
  }

  /** The emoji one used last, the latest first. @returns {{ all: () => string[], add: (emoji: string) => void }} */
  recentEmoji() {
    const key = 'palabre.emoji';
    const all = () => (read(this.#device, key) ?? '').split(' ').filter(Boolean);
    return {
      all,
      add: (emoji) => write(this.#device, key, [...new Set([emoji, ...all()])].slice(0, RECENT_EMOJI_MAX).join(' ')),
    };
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

/** @param {string | null} text @returns {any[]} */
export function parseList(text) {
  try {
    const list = JSON.parse(text || '[]');
    return Array.isArray(list) ? list.filter((item) => typeof item === 'object' && item !== null) : [];
  } catch {
    return [];
  }
}

/**
 * Even to name the storage may throw, where cookies are blocked.
 * @param {() => Store} store
 * @param {string} key
 */
export function read(store, key) {
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
export function write(store, key, value) {
  try {
    store().setItem(key, value);
  } catch {
    // Full, or not allowed: remembered until the page closes, no longer.
  }
}

/**
 * @param {() => Store} store
 * @param {string} key
 */
function forget(store, key) {
  try {
    store().removeItem(key);
  } catch {
    // It was not kept in the first place.
  }
}
