/** Records a voice: a clock, and two ways out. What the browser likes to record, WebM or MP4, is what is sent. */

import { clock, peaksOf } from '../files.js';
import { t } from './language.js';
import { icon, make } from './make.js';

/** Nobody listens to more, and the file stays under the usual limit. */
const VOICE_S_MAX = 10 * 60;
/** Enough for a voice, and small. */
const BITS_PER_SECOND = 48_000;

/**
 * Asks for the microphone, and records; where it cannot be had, says why not
 * in the reader's words.
 * @param {(element: HTMLElement) => void} show it has begun
 * @returns {Promise<{ blob: Blob, duration: number, peaks: number[] } | null>} null where it was given up
 */
export async function recordVoice(show) {
  const stream = await microphone();
  const recorder = new MediaRecorder(stream, { audioBitsPerSecond: BITS_PER_SECOND });
  const began_ms = performance.now();
  const lasted_s = () => (performance.now() - began_ms) / 1_000;
  /** @type {Blob[]} */
  const pieces = [];
  let kept = true;
  const stop = () => {
    if (recorder.state !== 'inactive') recorder.stop();
  };
  const cancel = () => {
    kept = false;
    stop();
  };
  const time = make('span', { className: 'time', role: 'timer' });
  const end = button('check', t('voice.stop'), stop);
  const what = t('voice.recording');
  const element = make(
    'div', { className: 'recorder', role: 'group', ariaLabel: what },
    make('span', { className: 'dot' }), time, make('span', { className: 'soft' }, what),
    make('span', { className: 'ends' }, button('close', t('voice.cancel'), cancel), end),
  );
  element.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    cancel();
  });
  const tick = () => {
    time.textContent = clock(Math.floor(lasted_s()));
    if (lasted_s() >= VOICE_S_MAX) stop();
  };
  const stopped = new Promise((resolve) => recorder.addEventListener('stop', resolve));
  recorder.addEventListener('dataavailable', ({ data }) => pieces.push(data));
  recorder.start(1_000);
  tick();
  const timer = setInterval(tick, 200);
  show(element);
  end.focus();

  await stopped;
  clearInterval(timer);
  for (const track of stream.getTracks()) track.stop();
  element.remove();
  // Without the parameters: the server looks for itself.
  const [type] = recorder.mimeType.split(';');
  const blob = new Blob(pieces, { type: type ?? '' });
  return kept && blob.size > 0 ? { blob, ...await measure(blob, lasted_s()) } : null;
}

async function microphone() {
  if (!navigator.mediaDevices || !window.MediaRecorder) throw new Error(t('voice.unsupported'));
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch (error) {
    const is_denied = error instanceof DOMException && error.name === 'NotAllowedError';
    throw new Error(t(is_denied ? 'voice.denied' : 'voice.missing'));
  }
}

/** How long and how loud it is; where it cannot be read, it is as long as it took. @param {Blob} blob @param {number} lasted_s */
async function measure(blob, lasted_s) {
  try {
    const context = new OfflineAudioContext(1, 1, 16_000);
    const sound = await context.decodeAudioData(await blob.arrayBuffer());
    return { duration: round(sound.duration), peaks: peaksOf(sound.getChannelData(0)) };
  } catch {
    return { duration: round(lasted_s), peaks: peaksOf(new Float32Array(1)) };
  }
}

/** @param {number} seconds */
function round(seconds) {
  return Math.max(0.1, Math.round(seconds * 10) / 10);
}

/** @param {string} id @param {string} label @param {() => void} act */
function button(id, label, act) {
  const element = make('button', { type: 'button', className: 'button' }, icon(id), label);
  element.addEventListener('click', act);
  return element;
}
