/**
 * Keeps the page above a phone's keyboard. Most browsers shrink the page for
 * it, as the viewport of index.html asks; iOS lays the keyboard over the page
 * instead, and only the visual viewport tells.
 */

/** Less than any keyboard, more than what a zoom rounds away. */
const KEYBOARD_PX_MIN = 60;

export function keepAboveKeyboard() {
  const viewport = window.visualViewport;
  if (viewport === null) return;
  const { style } = document.documentElement;
  viewport.addEventListener('resize', () => {
    // Times the scale, or a pinch would count as a keyboard.
    const height = viewport.height * viewport.scale;
    if (window.innerHeight - height < KEYBOARD_PX_MIN) {
      style.removeProperty('--visible-height');
    } else {
      style.setProperty('--visible-height', `${height}px`);
      window.scrollTo(0, 0);
    }
  });
}
