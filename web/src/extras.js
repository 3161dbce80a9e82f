/**
 * What the page has beside the conversation, and loads after it: each concern
 * has a module in `extras/` with a function `begin…(page)`, called here once.
 * What is seldom needed, as a picker or a recorder, such a module loads itself
 * with `import()` at the first use. Its texts are in `i18n/later-fr.js` and
 * `later-en.js`, its elements in `later.html`, its styles in `styles/extras.css`
 * or beside it.
 *
 * How such a module joins in:
 *
 *   page.on('enter', …)     is told what happens (`Happening` in main.js), and once at the beginning
 *   page.chat, page.room    the room that is looked at, now
 *   addPart(part)           adds to every row of a message (`ui/message-row.js`)
 *   composer.addTool(…)     adds a button beside the field (`ui/chat-composer.js`)
 *   composer.addCompanion(…)  sends fields along with the next message, as files or a reply
 *   page.notice(text)       says something in passing
 *   page.reach(offset)      goes to a message of this room
 */

import { beginActions } from './extras/actions.js';
import { beginEmoji } from './extras/emoji.js';
import { beginFiles } from './extras/files.js';
import { beginKeys } from './extras/keys.js';
import { beginMentions } from './extras/mentions.js';
import { beginNames } from './extras/names.js';
import { beginNotice } from './extras/notice.js';
import { beginNotify } from './extras/notify.js';
import { beginOffline } from './extras/offline.js';
import { beginPeople } from './extras/people.js';
import { beginReactions } from './extras/reactions.js';
import { beginReplies } from './extras/replies.js';
import { beginRooms } from './extras/rooms.js';
import { beginSearch } from './extras/search.js';
import { beginShare } from './extras/share.js';
import { beginTyping } from './extras/typing.js';
import { later } from './i18n/later.js';
import { speakMore } from './ui/language.js';
import { loadHtml, loadStyle } from './ui/later.js';

/** @param {import('./main.js').Page} page */
export async function beginExtras(page) {
  await Promise.all([
    loadHtml('/assets/later.html'),
    loadStyle('/assets/styles/extras.css'),
    loadStyle('/assets/styles/rooms.css'),
  ]);
  speakMore(later);
  beginRooms(page);
  beginNotice(page);
  beginPeople(page, beginNames(page));
  beginShare(page);
  beginReplies(page);
  beginActions(page, beginReactions(page));
  beginMentions(page);
  beginEmoji(page);
  beginTyping(page);
  beginSearch(page);
  beginNotify(page);
  beginOffline(page);
  beginKeys();
  beginFiles(page);
}
