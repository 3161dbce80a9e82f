/** The conversation: each test says what happens, then what is on the screen. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Timeline } from '../src/timeline.js';
import { RUN_MS } from '../src/timeline-rows.js';

const NOON = new Date(2026, 10, 21, 12).getTime();

/**
 * @param {number} offset
 * @param {string} message whose id is the message itself
 * @param {Partial<import('../src/protocol.js').Publication>} [more]
 * @returns {import('../src/protocol.js').Publication}
 */
function published(offset, message, more = {}) {
  return { id: message, sender: 'Ann', message, offset, time: NOON, user: null, client: null, ...more };
}

/** @param {string} message */
function draft(message) {
  return { id: message, sender: 'Me', message };
}

/** The rows as text, without that the room begins: `·` within a run, `…` pending, `✗` failed, `*` own. @param {Timeline} timeline */
function screen(timeline) {
  return timeline.rows().filter(({ kind }) => kind !== 'start').map((row) => {
    if (row.kind === 'day') return `-- ${new Date(row.time_ms).getDate()}`;
    if (row.kind === 'gap') return `?? ${row.n_missing}`;
    if (row.kind !== 'message') return row.kind;
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

test('a gap is named where it is', () => {
  const timeline = new Timeline();
  timeline.receive(published(5, 'a'));
  timeline.gap(3);
  timeline.receive(published(9, 'b'));
  timeline.gap(null);
  timeline.receive(published(2, 'c'));
  assert.deepEqual(screen(timeline), ['-- 21', 'Ann: a', '?? 3', 'Ann: b', '?? null', 'Ann: c']);
});

test('a room that counts anew has its own past, between the gap and what follows', () => {
  const timeline = new Timeline();
  timeline.receive(published(5, 'a'));
  timeline.gap(null);
  timeline.receive(published(3, 'c'));
  assert.equal(timeline.offset_first, 3);
  timeline.prepend([published(1, 'x'), published(2, 'y')]);
  assert.deepEqual(screen(timeline), ['-- 21', 'Ann: a', '?? null', 'Ann: x', '· y', '· c']);
});

test('history goes before what is there, each message once', () => {
  const timeline = new Timeline();
  timeline.receive(published(5, 'e'));
  timeline.say(draft('f'), NOON);
  timeline.prepend([published(3, 'c'), published(4, 'd'), published(5, 'e'), published(6, 'f')]);
  timeline.prepend([published(2, 'b')]);
  timeline.prepend([published(2, 'b')]);
  assert.deepEqual(screen(timeline), ['-- 21', 'Ann: b', '· c', '· d', '· e', 'Me*: f…']);
  assert.notEqual(timeline.rows()[0]?.kind, 'start');
  timeline.prepend([published(1, 'a')]);
  assert.equal(timeline.rows()[0]?.kind, 'start', 'nothing was ever said before');
});

test('what was pending and is in the history has arrived', () => {
  const timeline = new Timeline(() => true);
  timeline.say(draft('x'), NOON);
  timeline.prepend([published(2, 'x', { sender: 'Me' })]);
  assert.deepEqual(screen(timeline), ['-- 21', 'Me*: x']);
});

for (const knows of [true, false]) {
  test(`what was accepted before the history came stands after it, ${knows ? 'and the history tells its place' : 'which was older'}`, () => {
    const timeline = new Timeline(({ sender }) => sender === 'Me');
    timeline.say(draft('mine'), NOON);
    timeline.accept('mine');
    timeline.prepend([published(1, 'a'), published(2, 'b'), ...(knows ? [published(3, 'mine', { sender: 'Me' })] : [])]);
    assert.deepEqual(screen(timeline), ['-- 21', 'Ann: a', '· b', 'Me*: mine']);
    assert.equal(timeline.at(3)?.id, knows ? 'mine' : undefined);
  });
}

test('accepted is sent, and takes its place when it is told', () => {
  const timeline = new Timeline();
  timeline.say(draft('x'), NOON);
  timeline.accept('x');
  timeline.accept('x');
  assert.deepEqual(screen(timeline), ['-- 21', 'Me*: x']);
  timeline.receive(published(1, 'a'));
  assert.equal(timeline.receive(published(2, 'x', { sender: 'Me' })), 'confirmed');
  assert.equal(timeline.receive(published(2, 'x', { sender: 'Me' })), 'repeated');
  assert.deepEqual(screen(timeline), ['-- 21', 'Ann: a', 'Me*: x']);
});

test('what others said during an absence is marked where it begins, the last time only', () => {
  const timeline = new Timeline(({ sender }) => sender === 'Me');
  timeline.receive(published(2, 'a'));
  timeline.returned();
  timeline.receive(published(3, 'b', { sender: 'Me' }));
  timeline.receive(published(4, 'c'));
  timeline.receive(published(5, 'd'));
  assert.deepEqual(screen(timeline), ['-- 21', 'Ann: a', 'Me*: b', 'since', 'Ann: c', '· d']);
  timeline.returned();
  timeline.receive(published(6, 'e'));
  assert.deepEqual(screen(timeline), ['-- 21', 'Ann: a', 'Me*: b', 'Ann: c', '· d', 'since', 'Ann: e']);
});

describe('a window on a long room', () => {
  /** Messages 11 to 20, of which 11 to 15 are left, as one reads far up. */
  function cut() {
    const timeline = new Timeline();
    for (let offset = 11; offset <= 20; offset += 1) timeline.receive(published(offset, `m${offset}`));
    timeline.trim('newest', 5);
    assert.equal(timeline.isCut, true);
    return timeline;
  }

  /** @param {number} from @param {number} to */
  function page(from, to) {
    return Array.from({ length: to - from + 1 }, (_, n) => published(from + n, `m${from + n}`));
  }

  /** @param {Timeline} timeline @returns {(number | string | null)[]} */
  function offsets(timeline) {
    return timeline.rows().filter(({ kind }) => kind !== 'day' && kind !== 'start')
      .map((row) => (row.kind === 'message' ? row.message.offset : row.kind));
  }

  test('the newest are let go, and come back page by page, with what came meanwhile', () => {
    const timeline = cut();
    assert.equal(timeline.receive(published(21, 'm21')), 'new');
    timeline.append(page(16, 18), false);
    assert.equal(timeline.isCut, true);
    timeline.receive(published(22, 'm22'));
    timeline.append(page(19, 20), false);
    assert.equal(timeline.isCut, false);
    timeline.receive(published(23, 'm23'));
    assert.deepEqual(offsets(timeline), [11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]);
  });

  test('a jump to the end leaves out what lies between', () => {
    const timeline = cut();
    timeline.receive(published(21, 'm21'));
    timeline.receive(published(22, 'm22'));
    timeline.jump(page(19, 21), true);
    assert.equal(timeline.isCut, false);
    assert.deepEqual(offsets(timeline), [19, 20, 21, 22]);
  });

  test('one’s own arrives while cut, and is at the end', () => {
    const timeline = cut();
    timeline.say(draft('x'), NOON);
    assert.equal(timeline.receive(published(21, 'x', { sender: 'Me' })), 'confirmed');
    timeline.say(draft('y'), NOON);
    timeline.accept('y');
    timeline.jump(page(19, 20), true);
    assert.deepEqual(offsets(timeline), [19, 20, 21]);
  });

  test('a gap that nobody has seen is named after the jump', () => {
    const timeline = cut();
    timeline.gap(null);
    assert.equal(timeline.offset_last, null);
    timeline.receive(published(2, 'n2'));
    timeline.jump([published(1, 'n1'), published(2, 'n2')], true);
    assert.deepEqual(offsets(timeline), ['gap', 1, 2]);
  });

  test('what failed is not let go, at either end', () => {
    const timeline = cut();
    timeline.say(draft('x'), NOON);
    timeline.refuse('x', 'internal', '');
    timeline.trim('oldest', 2);
    timeline.trim('newest', 1);
    timeline.jump(page(19, 20), true);
    assert.deepEqual(offsets(timeline), [19, 20, null]);
  });
});

test('one’s own messages are known again after a reload', () => {
  const timeline = new Timeline(({ id }) => id === 'x');
  timeline.receive(published(1, 'x', { sender: 'Me' }));
  timeline.receive(published(2, 'y', { sender: 'Me' }));
  assert.deepEqual(screen(timeline), ['-- 21', 'Me*: x', 'Me: y']);
});

test('only the newest are kept', () => {
  const timeline = new Timeline();
  for (let offset = 1; offset <= 20; offset += 1) timeline.receive(published(offset, `m${offset}`));
  timeline.trim('oldest', 3);
  assert.deepEqual(screen(timeline), ['-- 21', 'Ann: m18', '· m19', '· m20']);
});

test('no id that somebody chooses can stand for another row', () => {
  const timeline = new Timeline();
  timeline.receive(published(1, 'gap 1'));
  timeline.gap(1);
  timeline.receive(published(9, 'start'));
  const keys = timeline.rows().map((row) => row.key);
  assert.equal(new Set(keys).size, keys.length);
});

test('where one had read is marked when that place comes into the window', () => {
  const timeline = new Timeline(({ id }) => id.startsWith('mine'));
  timeline.returned(5);
  timeline.prepend([published(7, 'a'), published(8, 'b')]);
  assert.equal(timeline.rows().some(({ kind }) => kind === 'since'), false, 'it is further up');
  timeline.prepend([published(4, 'c'), published(5, 'd'), published(6, 'mine1')]);
  const kinds = timeline.rows().filter(({ kind }) => kind !== 'day').map((row) => (row.kind === 'message' ? row.message.id : row.kind));
  assert.deepEqual(kinds, ['c', 'd', 'mine1', 'since', 'a', 'b']);
  timeline.returned(8);
  assert.equal(timeline.rows().some(({ kind }) => kind === 'since'), false);
});
