/** The plain dialect: what is understood, and what is not believed. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decode, fits, isSenderTooLong, MESSAGE_CHARS_MAX, roomFromPath, roomPath, socketUrl,
} from '../src/protocol.js';

const publication = { id: 'a', sender: 'Ann', message: 'hi', offset: 7, time: 1_700_000_000_000 };

test('a publication is its five fields, whatever travels along', () => {
  const incoming = decode(JSON.stringify({ ...publication, colour: 'red' }));
  assert.deepEqual(incoming, { kind: 'publication', publication });
});

test('an error is for its sender', () => {
  assert.deepEqual(
    decode('{"type":"error","code":"rate-limited","sender":"palabre","message":"slow","id":"a"}'),
    { kind: 'refusal', refusal: { id: 'a', code: 'rate-limited', reason: 'slow' } },
  );
  assert.deepEqual(
    decode('{"type":"error","code":"not-json","sender":"palabre","message":"what?"}'),
    { kind: 'refusal', refusal: { id: null, code: 'not-json', reason: 'what?' } },
  );
});

test('what somebody says about errors is no error', () => {
  const forged = { ...publication, type: 'error', code: 'rate-limited' };
  assert.equal(decode(JSON.stringify(forged)).kind, 'publication');
});

test('what is not understood is left alone', () => {
  const wrong = [
    'hello', '[]', 'null', '7', '{}', '{"message":7}', '{"message":"hi"}',
    JSON.stringify({ ...publication, time: 'now' }),
    JSON.stringify({ ...publication, time: 1e300 }),
    JSON.stringify({ ...publication, id: 7 }),
    JSON.stringify({ ...publication, sender: {} }),
    new ArrayBuffer(3),
  ];
  for (const data of wrong) assert.deepEqual(decode(data), { kind: 'other' }, String(data));
});

test('a message has a length, in scalar values, and a frame has one in bytes', () => {
  const draft = { id: 'a', sender: 'é', message: '' };
  assert.equal(fits({ ...draft, message: '🌳'.repeat(MESSAGE_CHARS_MAX) }), true);
  assert.equal(fits({ ...draft, message: 'x'.repeat(MESSAGE_CHARS_MAX + 1) }), false);
  assert.equal(fits({ ...draft, message: '\u0001'.repeat(MESSAGE_CHARS_MAX) }), false, 'six bytes each, once escaped');
});

test('a name is measured in scalar values, without the blanks around it', () => {
  assert.equal(isSenderTooLong('🌳'.repeat(64)), false);
  assert.equal(isSenderTooLong(`  ${'é'.repeat(64)}  `), false);
  assert.equal(isSenderTooLong('é'.repeat(65)), true);
});

test('the path names the room', () => {
  const rooms = {
    '/': 'general',
    '/rooms/tea': 'tea',
    '/rooms/tea/': 'tea',
    '/rooms/f%C3%AAte_du-quartier.2': 'fête_du-quartier.2',
    '/rooms/fe%CC%82te': 'fête',
    '/rooms/%E8%8C%B6': '茶',
    [`/rooms/${'x'.repeat(64)}`]: 'x'.repeat(64),
    [`/rooms/${'x'.repeat(65)}`]: null,
    '/rooms/a%20b': null,
    '/rooms/a%2Fb': null,
    '/rooms/%FF': null,
    '/rooms/%F0%9F%8C%B3': null,
  };
  for (const [path, room] of Object.entries(rooms)) assert.equal(roomFromPath(path), room, path);
});

test('the socket is where the page is, as safe as the page', () => {
  assert.equal(roomPath('fête'), '/rooms/f%C3%AAte');
  assert.equal(socketUrl({ protocol: 'http:', host: 'localhost:8080' }, 'general'), 'ws://localhost:8080/rooms/general');
  assert.equal(socketUrl({ protocol: 'https:', host: 'chat.test' }, 'thé'), 'wss://chat.test/rooms/th%C3%A9');
});
