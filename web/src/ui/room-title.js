/** How a room is called on the screen. */

import { DEFAULT_ROOM } from '../protocol.js';
import { isPrivate } from '../rooms.js';
import { t } from './language.js';

/**
 * The sign # stands for a name as it is in the address, so that the general
 * room, named in the reader's language, is never taken for another. Of a
 * private room's name, a few signs tell it from the next.
 * @param {string} room
 */
export function roomTitle(room) {
  if (room === DEFAULT_ROOM) return t('room.general');
  return isPrivate(room) ? t('room.private', { name: [...room].slice(1, 6).join('') }) : `# ${room}`;
}
