/**
 * Times and days as the reader's locale writes them. Pure: `now` comes in.
 */

const DAY_MS = 24 * 60 * 60_000;

export class Dates {
  #clock;
  #full;
  #day;
  #dayOfYear;
  #relative;

  /** @param {string} locale */
  constructor(locale) {
    // 09:12, but 9:12 AM: digits in line where there is nothing else to tell hours apart.
    const { hour12 } = new Intl.DateTimeFormat(locale, { hour: 'numeric' }).resolvedOptions();
    this.#clock = new Intl.DateTimeFormat(locale, { hour: hour12 ? 'numeric' : '2-digit', minute: '2-digit' });
    this.#full = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'medium' });
    this.#day = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' });
    this.#dayOfYear = new Intl.DateTimeFormat(locale, { dateStyle: 'full' });
    this.#relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  }

  /** "18:42" @param {number} time_ms */
  clock(time_ms) {
    return this.#clock.format(time_ms);
  }

  /** "samedi 21 novembre 2026 à 18:42:07" @param {number} time_ms */
  full(time_ms) {
    return this.#full.format(time_ms);
  }

  /**
   * "Aujourd’hui", "Hier", "Samedi 21 novembre", and with the year where it is another.
   * @param {number} time_ms
   * @param {number} now_ms
   */
  day(time_ms, now_ms) {
    // Noon to noon, as a day with a change of clocks has 23 hours or 25.
    const n_days = Math.round((noon(time_ms) - noon(now_ms)) / DAY_MS);
    if (n_days === 0 || n_days === -1) return capital(this.#relative.format(n_days, 'day'));
    const sameYear = new Date(time_ms).getFullYear() === new Date(now_ms).getFullYear();
    return capital((sameYear ? this.#day : this.#dayOfYear).format(time_ms));
  }
}

/** @param {number} now_ms how long until the next day begins */
export function untilMidnight(now_ms) {
  return new Date(now_ms).setHours(24, 0, 0, 0) - now_ms;
}

/** @param {number} time_ms */
function noon(time_ms) {
  return new Date(time_ms).setHours(12, 0, 0, 0);
}

/** @param {string} text */
function capital(text) {
  const [first = '', ...rest] = text;
  return first.toUpperCase() + rest.join('').replaceAll("'", '’');
}
