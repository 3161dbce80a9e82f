/**
 * A voice message: play and pause, and a waveform that is a slider. The shape
 * came with the message, so nothing is loaded before one listens.
 */

import { clock } from '../files.js';
import { t } from './language.js';
import { draw, icon, iconButton, make } from './make.js';

/** Height of the waveform, and from bar to bar, in its own units. */
const HEIGHT = 32;
const STEP = 4;
/** So far the arrow keys go, in seconds. */
const KEY_S = 1;
/** Beyond the end of any. */
const BEYOND_S = 1e7;

/** The one that speaks; another silences it. @type {HTMLAudioElement | null} */
let speaking = null;

export class VoicePlayer {
  element;
  #audio;
  #button = iconButton('play', '', () => this.#toggle());
  #slider;
  #time = make('span', { className: 'soft' });
  #wave;
  #duration;
  #frame = 0;
  /** Where to, once the browser knows how long it is. @type {number | null} */
  #wanted = null;
  /** It spoke, and goes on there. */
  #resumes = false;

  /** @param {{ url: string, duration?: number, peaks?: number[] }} file */
  constructor({ url, duration = 0, peaks = [] }) {
    this.#duration = duration;
    this.#audio = make('audio', { preload: 'none', src: url });
    this.#slider = make('input', { type: 'range', min: '0', max: String(duration), step: '0.1', value: '0', ariaLabel: t('voice.place') });
    this.#slider.addEventListener('input', () => this.#seek(Number(this.#slider.value)));
    this.#slider.addEventListener('keydown', (event) => this.#pressed(event));
    this.#wave = make('div', { className: 'wave' }, waveform(peaks), waveform(peaks), this.#slider);
    this.element = make('div', { className: 'voice', dir: 'ltr', role: 'group', ariaLabel: t('voice') }, this.#button, this.#wave, this.#time);
    for (const event of ['play', 'pause', 'ended']) this.#audio.addEventListener(event, () => this.#changed());
    for (const event of ['loadedmetadata', 'durationchange']) this.#audio.addEventListener(event, () => this.#find(event));
    this.#audio.addEventListener('error', () => this.#failed());
    this.#changed();
  }

  #toggle() {
    if (!this.#audio.paused) {
      this.#audio.pause();
      return;
    }
    if (speaking !== this.#audio) speaking?.pause();
    speaking = this.#audio;
    this.#audio.play().catch(() => this.#failed());
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.key === ' ' || event.key === 'Enter') this.#toggle();
    else if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
      this.#seek(this.#place + (event.key === 'ArrowLeft' ? -KEY_S : KEY_S));
    } else return;
    event.preventDefault();
  }

  get #place() {
    return this.#wanted ?? Math.min(this.#audio.currentTime, this.#duration);
  }

  /** @param {number} seconds */
  #seek(seconds) {
    this.#wanted = Math.min(Math.max(0, seconds), this.#duration);
    if (this.#audio.readyState > 0) this.#find();
    else if (this.#audio.preload === 'none') {
      this.#audio.preload = 'auto';
      this.#audio.load();
    }
    this.#show();
  }

  /**
   * A recording that was made on the fly does not say how long it is, and a
   * browser that does not know cannot look for a place: it is sent to the end
   * first, and tells the duration then.
   * @param {string} [event]
   */
  #find(event) {
    if (this.#wanted === null || this.#audio.readyState === 0) return;
    if (this.#audio.duration !== Infinity) {
      this.#audio.currentTime = this.#wanted;
      this.#wanted = null;
      if (this.#resumes) this.#toggle();
      this.#resumes = false;
    } else if (event !== 'durationchange') {
      this.#resumes ||= !this.#audio.paused;
      this.#audio.pause();
      this.#audio.currentTime = BEYOND_S;
    }
  }

  #changed() {
    const { paused } = this.#audio;
    this.#button.replaceChildren(icon(paused ? 'play' : 'pause'));
    this.#button.ariaLabel = this.#button.title = t(paused ? 'voice.play' : 'voice.pause');
    if (this.#audio.ended && this.#wanted === null) this.#audio.currentTime = 0;
    this.#show();
  }

  #show() {
    cancelAnimationFrame(this.#frame);
    const place = this.#place;
    this.#slider.value = String(place);
    this.#slider.setAttribute('aria-valuetext', t('voice.at', { at: clock(place), of: clock(this.#duration) }));
    this.#wave.style.setProperty('--played', `${(100 * place) / Math.max(this.#duration, 0.1)}%`);
    this.#time.textContent = clock(place > 0 ? place : this.#duration);
    if (!this.#audio.paused) this.#frame = requestAnimationFrame(() => this.#show());
  }

  #failed() {
    this.#button.disabled = true;
    this.#slider.disabled = true;
    this.#time.textContent = t('file.gone');
  }
}

/** @param {number[]} peaks */
function waveform(peaks) {
  const bars = peaks.map((peak, n) => {
    const length = Math.max(2, (peak / 100) * (HEIGHT - 4));
    return `M${n * STEP + STEP / 2} ${(HEIGHT - length) / 2}v${length}`;
  });
  const viewBox = `0 0 ${Math.max(1, peaks.length) * STEP} ${HEIGHT}`;
  return draw('svg', { viewBox, preserveAspectRatio: 'none', 'aria-hidden': 'true' }, draw('path', { d: bars.join('') }));
}
