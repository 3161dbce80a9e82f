/** The list of rooms: those one has visited, and the public ones as the server tells. */

import { ChatRooms } from '../ui/chat-rooms.js';
import { find } from '../ui/find.js';
import { LanguageSwitch } from '../ui/language-switch.js';

/** How often the list of public rooms is asked for, while somebody looks. */
const PUBLIC_MS = 30_000;

/** @param {import('../main.js').Page} page */
export function beginRooms(page) {
  const rooms = find(document, 'chat-rooms', ChatRooms);
  const showPublic = async () => { rooms.public = await page.connection.publicRooms(); };
  rooms.onenter = page.go;
  rooms.onleave = page.leave;
  // Where the head has no room for the language it is chosen here, and remembered as there.
  const { onchoice } = find(document, '.top language-switch', LanguageSwitch);
  find(rooms, 'language-switch', LanguageSwitch).onchoice = onchoice;
  rooms.onopen = () => void showPublic();
  page.on('rooms', () => {
    rooms.show(page.visited.list, page.room);
    page.top.unread = page.visited.n_unread;
  });
  page.on('state', () => {
    if (page.chat.state.phase === 'open') void showPublic();
  });
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) void showPublic();
  });
  setInterval(() => {
    if (!document.hidden) void showPublic();
  }, PUBLIC_MS);
}
