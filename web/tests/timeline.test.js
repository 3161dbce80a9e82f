/** The conversation: each test says what happens, then what is on the screen. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RUN_MS, Timeline } from '../src/timeline.js';

const NOON = new Date(2026, 10, 21, 12).getTime();

/**
 * @param {number} offset
 * @param {string} message whose id is the message itself
 * @param {Partial<import('../src/protocol.js').Publication>} [more]
 */
function published(offset, message, more = {}) {
  return { id: message, sender: 'Ann', message, offset, time: NOON, ...more };
}

/** @param {string} message */
function draft(message) {
  return { id: message, sender: 'Me', message };
}

/** The rows as text: `·` within a run, `…` pending, `✗` failed, `*` own. @param {Timeline} timeline */
function screen(timeline) {
  return timeline.rows().map((row) => {
    if (row.kind === 'day') return `-- ${new Date(row.time_ms).getDate()}`;
    if (row.kind === 'gap') return `?? ${row.n_missing}`;
    const { own, sender, message, state } = row.message;
    const mark = { pending: '…', failed: '✗', sent: '' }[state];
    return `${row.first ? `${sender}${own ? '*' : ''}:` : '·'} ${message}${mark}`;
  });
}

test('an empty room has nothing to show', () => {
  const timeline = new Timeline();
  assert.equal(timeline.isEmpty, true);
  assert.deepEqual(screen(timeline), []);
});

test('one sender’s messages are a run, until another speaks or time passes', () => {
  const timeline = new Timeline();
  timeline.receive(published(1, 'a'));
  timeline.receive(published(2, 'b', { time: NOON + RUN_MS - 1 }));
  timeline.receive(published(3, 'c', { time: NOON + 2 * RUN_MS }));
  timeline.receive(published(4, 'd', { sender: 'Bob', time: NOON + 2 * RUN_MS }));
  assert.deepEqual(screen(timeline), ['-- 21', 'Ann: a', '· b', 'Ann: c', 'Bob: d']);
});

test('days are separated, and begin a run', () => {
  const timeline = new Timeline();
  const late = new Date(2026, 10, 21, 23, 59).getTime();
  timeline.receive(published(1, 'a', { time: late }));
  timeline.receive(published(2, 'b', { time: late + 2 * 60_000 }));
  assert.deepEqual(screen(timeline), ['-- 21', 'Ann: a', '-- 22', 'Ann: b']);
});

test('a message is pending, then sent, and keeps its row', () => {
  const timeline = new Timeline();
  timeline.say(draft('x'), NOON);
  const pending = timeline.rows().at(-1);
  assert.deepEqual(screen(timeline), ['-- 21', 'Me*: x…']);
  assert.equal(timeline.receive(published(1, 'x', { sender: 'Me' })), 'confirmed');
  assert.deepEqual(screen(timeline), ['-- 21', 'Me*: x']);
  assert.equal(timeline.rows().at(-1)?.key, pending?.key);
});

test('what others say goes before what is pending: the order is the server’s', () => {
  const timeline = new Timeline();
  timeline.say(draft('x'), NOON);
  timeline.receive(published(1, 'a'));
  assert.deepEqual(screen(timeline), ['-- 21', 'Ann: a', 'Me*: x…']);
  timeline.receive(published(2, 'x', { sender: 'Me' }));
  timeline.receive(published(3, 'b'));
  assert.deepEqual(screen(timeline), ['-- 21', 'Ann: a', 'Me*: x', 'Ann: b']);
});

test('a message that arrives twice is shown once, and is no gap', () => {
  const timeline = new Timeline();
  timeline.receive(published(1, 'a'));
  assert.equal(timeline.receive(published(2, 'a')), 'repeated');
  timeline.receive(published(3, 'b'));
  assert.deepEqual(screen(timeline), ['-- 21', 'Ann: a', '· b']);
});

test('a refused message stays where it failed, with its text', () => {
  const timeline = new Timeline();
  timeline.say(draft('x'), NOON);
  timeline.refuse('x', 'rate-limited', 'slow down');
  timeline.receive(published(1, 'a'));
  assert.deepEqual(screen(timeline), ['-- 21', 'Me*: x✗', 'Ann: a']);
  const failed = timeline.rows().find((row) => row.kind === 'message' && row.message.code === 'rate-limited');
  assert.ok(failed);
});

test('a failed message can be taken out once, another cannot', () => {
  const timeline = new Timeline();
  timeline.receive(published(1, 'a'));
  timeline.say(draft('x'), NOON);
  assert.equal(timeline.take('x'), null, 'pending');
  timeline.refuse('x', 'rate-limited', '');
  assert.equal(timeline.take('x')?.message, 'x');
  assert.equal(timeline.take('x'), null);
  assert.equal(timeline.take('a'), null, 'somebody else’s');
  assert.deepEqual(screen(timeline), ['-- 21', 'Ann: a']);
});

test('a message sent twice, refused once and taken once, was taken', () => {
  const timeline = new Timeline();
  timeline.say(draft('x'), NOON);
  timeline.refuse('x', 'rate-limited', '');
  assert.equal(timeline.receive(published(1, 'x', { sender: 'Me' })), 'confirmed');
  assert.deepEqual(screen(timeline), ['-- 21', 'Me*: x']);
});

test('a refusal of what is not pending changes nothing', () => {
  const timeline = new Timeline();
  timeline.receive(published(1, 'a'));
  timeline.refuse('a', 'rate-limited', '');
  timeline.refuse('nobody', 'rate-limited', '');
  assert.deepEqual(screen(timeline), ['-- 21', 'Ann: a']);
});

test('a jump in the offsets is a gap, and is named', () => {
  const timeline = new Timeline();
  timeline.receive(published(5, 'a'));
  timeline.interrupt();
  timeline.receive(published(9, 'b'));
  assert.deepEqual(screen(timeline), ['-- 21', 'Ann: a', '?? 3', 'Ann: b']);
});

test('a return without a loss shows nothing', () => {
  const timeline = new Timeline();
  timeline.receive(published(5, 'a'));
  timeline.interrupt();
  timeline.receive(published(6, 'b'));
  assert.deepEqual(screen(timeline), ['-- 21', 'Ann: a', '· b']);
});

test('a room that counts anew may have said more than we heard', () => {
  const timeline = new Timeline();
  timeline.receive(published(5, 'a'));
  timeline.interrupt();
  timeline.receive(published(1, 'b'));
  timeline.receive(published(2, 'c'));
  assert.deepEqual(screen(timeline), ['-- 21', 'Ann: a', '?? null', 'Ann: b', '· c']);
});

test('one’s own messages are known again after a reload', () => {
  const timeline = new Timeline((id) => id === 'x');
  timeline.receive(published(1, 'x', { sender: 'Me' }));
  timeline.receive(published(2, 'y', { sender: 'Me' }));
  assert.deepEqual(screen(timeline), ['-- 21', 'Me*: x', 'Me: y']);
});

test('only the newest are kept', () => {
  const timeline = new Timeline();
  for (let offset = 1; offset <= 20; offset += 1) timeline.receive(published(offset, `m${offset}`));
  timeline.trim(3);
  assert.deepEqual(screen(timeline), ['-- 21', 'Ann: m18', '· m19', '· m20']);
});

test('no id that somebody chooses can stand for another row', () => {
  const timeline = new Timeline();
  timeline.receive(published(1, 'gap 1'));
  timeline.receive(published(9, 'day'));
  const keys = timeline.rows().map((row) => row.key);
  assert.equal(new Set(keys).size, keys.length);
});
