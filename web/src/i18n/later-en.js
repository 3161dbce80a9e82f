/**
 * The same in English: the same keys as in French, which the types check.
 * @type {Readonly<{ [key in import('../i18n.js').LaterKey]: import('../i18n.js').Phrase }>}
 */
export const en = Object.freeze({
  'rooms.public': 'Public rooms',
  'room.open': 'Open or create a room',
  'room.open.example': 'name-of-the-room',
  'room.go': 'Go there',
  'room.leave': 'Leave {room}',
  'room.private.new': 'New private room',
  'room.private.hint': 'In no list: whoever has its link is in.',
  'room.unread': {
    one: '{n} unread message',
    other: '{n} unread messages',
  },
  'people.title': 'Here ({n})',
  'people.you': 'you',
  'people.more': {
    one: 'and {n} more',
    other: 'and {n} more',
  },
  'share': 'Share the room',
  'share.link': 'Link to the room',
  'share.hint': 'Whoever opens this link is in this room, without an account.',
  'share.local':
    'This link leads to this computer only. To invite others, first open this page by the machine’s address on your network.',
  'share.copy': 'Copy the link',
  'share.copied': 'Link copied',
  'close': 'Close',
  'welcome.title': 'Welcome under the tree',
  'welcome.lead':
    'Give your name, write a message: everyone who has this page open reads it at once. No account, nothing to install.',
  'welcome.invite':
    'To invite someone, send them the link to this room. To try it alone, open it in a second window.',
  'welcome.kept': 'What is said here is kept: whoever opens this room later can read it.',
  'welcome.developers': 'A developer? Ten lines will do',
  'welcome.code':
    'A WebSocket and two fields, from any page or the browser’s console, and your program talks in this room.',
  'message.marks': '**bold**, *italic*, `code`, > quote, - list',
  'name.too-long': 'This name is too long: 64 characters at most.',
  'message.too-long': 'This message is too long: 16,000 characters at most. Send it in parts.',
  'error.sender-too-long': 'the name is longer than 64 characters. Shorten it, then try again.',
  'error.sender-invalid': 'this name is not accepted. Choose another, then try again.',
  'error.message-too-long': 'the message is too long, 16,000 characters at most.',
  'error.rate-limited': 'too many messages at once. Wait a moment, then try again.',
  'error.queue-full': 'too many messages already wait for the network. Try again when it is back.',
  'error.internal': 'the server could not keep it. Try again in a moment.',
  'error.denied': 'you cannot write here.',
  'error.other': 'the server refused it. {reason}',
});
