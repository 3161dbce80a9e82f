/** A room's messages and addresses: what is understood, and what is not believed. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  connectionUrl, fault, fits, isSenderTooLong, MESSAGE_CHARS_MAX, read, roomChannel, roomFromPath, roomPath, socketUrl,
} from '../src/protocol.js';

const data = { id: 'a', sender: 'Ann', message: 'hi', time: 1_700_000_000_000 };

test('a publication is its fields and who sent it, whatever travels along', () => {
  const info = { user: 'u', client: 'c', connInfo: { name: 'Ann' } };
  assert.deepEqual(read({ data: { ...data, colour: 'red', offset: 9, user: 'forged' }, offset: 7, info }),
    { ...data, offset: 7, user: 'u', client: 'c' });
  assert.deepEqual(read({ data, offset: 7 }), { ...data, offset: 7, user: null, client: null });
});

test('what is no message of a chat is left alone', () => {
  const wrong = [
    'hello', [], null, 7, {}, { ...data, message: 7 }, { ...data, time: 'now' }, { ...data, time: 1e300 },
    { ...data, id: 7 }, { ...data, sender: {} },
  ];
  for (const each of wrong) assert.equal(read({ data: each, offset: 7 }), null, JSON.stringify(each));
  assert.equal(read({ data }), null, 'without a place');
});

test('what the server would refuse is known here', () => {
  const draft = { id: 'a', sender: 'Ann', message: 'hi' };
  assert.equal(fault(draft), null);
  assert.equal(fault({ ...draft, sender: 'x'.repeat(65) }), 'sender-too-long');
  assert.equal(fault({ ...draft, sender: 'A\u0007n' }), 'sender-invalid');
  assert.equal(fault({ ...draft, message: 'x'.repeat(MESSAGE_CHARS_MAX + 1) }), 'message-too-long');
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
  assert.equal(connectionUrl({ protocol: 'https:', host: 'chat.test' }), 'wss://chat.test/connection/websocket');
  assert.equal(roomChannel('thé'), 'room:thé');
});
