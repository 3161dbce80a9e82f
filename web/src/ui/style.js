/** Adds a stylesheet to the page, for elements that come later than the first ones. @param {string} href */
export function loadStyle(href) {
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = href;
  document.head.append(link);
}
