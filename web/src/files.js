/**
 * The files of a message, as they are sent and as they are read. Anyone may
 * send anything, so each field is looked at before it is shown.
 *
 * Pure: no request, no DOM.
 */

/**
 * What a message says of one of its files.
 * @typedef {object} SentFile
 * @property {string} url
 * @property {string} name
 * @property {string} type what the server found it to be
 * @property {number} size in bytes
 * @property {number} [width]
 * @property {number} [height]
 * @property {number} [duration] in seconds
 * @property {number[]} [peaks] how loud it is over time, from 0 to 100
 *
 * @typedef {'image' | 'voice' | 'audio' | 'video' | 'other'} Look how a file is shown
 */

/** So many bars a voice message has; more are not read. */
export const PEAKS = 48;

/** What a browser shows as an image, and the server as nothing else. */
const IMAGES = /^image\/(?:png|jpeg|gif|webp|avif)$/;

/** A file of this server: an id that nobody can guess, and a name. */
const URL_OF_FILE = /^\/files\/[a-z2-7]{26}(?:\/[^/?#\\\s]*)?$/;

/** What turns the order of letters, so that a name reads as another. */
const MISLEADING = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** The files that can be shown. @param {readonly unknown[] | undefined} files @returns {SentFile[]} */
export function readFiles(files = []) {
  return files.flatMap((each) => readFile(each) ?? []);
}

/** @param {unknown} file @returns {SentFile | null} */
function readFile(file) {
  const { url, name, type, size, width, height, duration, peaks } = Object(file);
  if (typeof url !== 'string' || !URL_OF_FILE.test(url)) return null;
  const shown = typeof name === 'string' ? name.replace(MISLEADING, '').trim() : '';
  const has_size = isLength(width) && isLength(height);
  return {
    url,
    name: shown === '' ? 'file' : shown.slice(0, 200),
    type: typeof type === 'string' ? type.slice(0, 100) : '',
    size: Number.isSafeInteger(size) && size >= 0 ? size : 0,
    ...(has_size && { width, height }),
    ...(isDuration(duration) && { duration }),
    ...(Array.isArray(peaks) && { peaks: peaks.slice(0, PEAKS).map(peak) }),
  };
}

/** @param {SentFile} file @returns {Look} */
export function lookOf({ type, duration, peaks }) {
  if (IMAGES.test(type)) return 'image';
  const is_audio = type.startsWith('audio/');
  if ((is_audio || type === 'video/mp4') && duration !== undefined && peaks?.length) return 'voice';
  if (is_audio) return 'audio';
  return /^video\/(?:mp4|webm)$/.test(type) ? 'video' : 'other';
}

/**
 * What a message without words says to those who know no files. It is not
 * shown where the files are.
 * @param {readonly SentFile[]} files
 */
export function wordsFor(files) {
  return files.map((file) => (lookOf(file) === 'voice' ? `🎤 ${clock(file.duration ?? 0)}` : `📎 ${file.name}`)).join('\n');
}

/** How large an image is shown: whole, and in a box. @param {{ width: number, height: number }} image @param {{ width: number, height: number }} box */
export function fit({ width, height }, box) {
  const scale = Math.min(1, box.width / width, box.height / height);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** Minutes and seconds. @param {number} seconds */
export function clock(seconds) {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/**
 * A size as one reads it, in the words of a language.
 * @param {number} bytes
 * @param {string} locale
 */
export function sizeText(bytes, locale) {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];
  const step = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return new Intl.NumberFormat(locale, {
    style: 'unit', unit: units[step] ?? 'byte', unitDisplay: step === 0 ? 'long' : 'short', maximumFractionDigits: step < 2 ? 0 : 1,
  }).format(bytes / 1024 ** step);
}

/**
 * How loud a sound is over time: the loudest of each part, against the loudest of all.
 * @param {Float32Array} samples from -1 to 1
 * @returns {number[]} from 0 to 100
 */
export function peaksOf(samples) {
  const part = Math.max(1, samples.length / PEAKS);
  const loudest = Array.from({ length: Math.min(PEAKS, samples.length) }, (_, n) => {
    let max = 0;
    for (let at = Math.floor(n * part); at < Math.floor((n + 1) * part); at += 1) max = Math.max(max, Math.abs(samples[at] ?? 0));
    return max;
  });
  const top = Math.max(...loudest, 0.01);
  return loudest.map((each) => Math.round((each / top) * 100));
}

/** @param {unknown} value @returns {value is number} */
function isLength(value) {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 100_000;
}

/** @param {unknown} value @returns {value is number} */
function isDuration(value) {
  return typeof value === 'number' && value > 0 && value < 24 * 60 * 60;
}

/** @param {unknown} value */
function peak(value) {
  return typeof value === 'number' ? Math.min(100, Math.max(0, value)) || 0 : 0;
}
