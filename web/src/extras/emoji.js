/**
 * Emoji: the picker, for reactions and for the field, and `:names:` that become
 * signs when a message is sent. Signs and picker are loaded at the first use.
 */

import { find, fromTemplate } from '../ui/find.js';
import { t, translate } from '../ui/language.js';

/**
 * Opens the picker beside `anchor`.
 * @param {import('../main.js').Page} page
 * @param {HTMLElement} anchor
 * @param {(emoji: string) => void} onpick
 */
export async function pickEmoji(page, anchor, onpick) {
  try {
    const { openPicker } = await import('../ui/emoji-picker.js');
    openPicker(anchor, { recent: page.settings.recentEmoji(), onpick });
  } catch {
    page.notice(t('offline.not')); // It could not be loaded.
  }
}

/** @param {import('../main.js').Page} page */
export function beginEmoji(page) {
  const { composer } = page;
  const tool = fromTemplate('emoji-tool');
  translate(tool);
  const button = find(tool, 'button', HTMLButtonElement);
  button.addEventListener('click', () => void pickEmoji(page, button, (emoji) => composer.insert(emoji)));
  composer.addTool(button);
}
