/**
 * What is otherwise where the page is a frame in another one: `/embed.js` has
 * put it there. The page around it gives a name, a language and a theme behind
 * the `#`; what belongs to a whole window, as the list of rooms, is not shown.
 *
 * `main.js` waits for this module, so it may import nothing that waits for `main.js`.
 */

/** What is given. It is not kept: the next page may give something else, and browsers may keep nothing in a frame. */
export function beginEmbedded() {
  document.documentElement.classList.add('is-embedded');
  document.head.append(Object.assign(document.createElement('link'), { rel: 'stylesheet', href: '/assets/styles/embedded.css' }));
  const given = new URLSearchParams(location.hash.slice(1));
  useTheme(given.get('theme'));
  return { name: given.get('name'), language: given.get('lang') };
}

/** Lets what the styles say for the dark count always, or never. @param {string | null} theme */
function useTheme(theme) {
  if (theme !== 'dark' && theme !== 'light') return;
  document.documentElement.style.colorScheme = theme;
  for (const { cssRules } of document.styleSheets) {
    for (const rule of cssRules) {
      if (rule instanceof CSSMediaRule && rule.media.mediaText.includes('prefers-color-scheme')) {
        rule.media.mediaText = theme === 'dark' ? 'all' : 'not all';
      }
    }
  }
}
