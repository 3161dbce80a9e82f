/** How others find this room: the link to it, and what an empty room says of it. */

import { roomPath, socketUrl } from '../protocol.js';
import { ChatWelcome } from '../ui/chat-welcome.js';
import { find } from '../ui/find.js';
import { ShareDialog } from '../ui/share-dialog.js';

/** @param {import('../main.js').Page} page */
export function beginShare(page) {
  const share = find(document, 'share-dialog', ShareDialog);
  const welcome = find(document, 'chat-welcome', ChatWelcome);
  for (const id of ['share-open', 'welcome-share']) {
    find(document, `#${id}`, HTMLButtonElement).addEventListener('click', () => share.open());
  }
  page.on('enter', () => {
    share.link = new URL(roomPath(page.room), location.href).href;
    welcome.url = socketUrl(location, page.room);
  });
  page.on('show', () => { welcome.hidden = !page.chat.isEmpty; });
}
