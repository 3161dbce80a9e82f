/** How the HTML and the styles of what comes later come into the page. */

/**
 * Adds a stylesheet to the page, for elements that come later than the first
 * ones. It resolves when it is there, or cannot be had: then things look plain.
 * @param {string} href
 * @returns {Promise<void>}
 */
export function loadStyle(href) {
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = href;
  return new Promise((resolve) => {
    link.addEventListener('load', () => resolve());
    link.addEventListener('error', () => resolve());
    document.head.append(link);
  });
}

/**
 * Puts the elements of an HTML file of ours into the page, each before what its
 * `data-before` names, else at the end.
 * @param {string} href
 */
export async function loadHtml(href) {
  const response = await fetch(href);
  if (!response.ok) throw new Error(`${href}: ${response.status}`);
  const { body } = new DOMParser().parseFromString(await response.text(), 'text/html');
  for (const element of [...body.children]) {
    const before = element.getAttribute('data-before');
    const next = before === null ? null : document.querySelector(before);
    if (next === null) document.body.append(element);
    else next.before(element);
  }
}
