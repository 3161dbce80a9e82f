/**
 * The element that must be there: the HTML and its module belong together, and
 * where they disagree, better say so at the start than at the first click.
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} type
 * @returns {T}
 */
export function find(root, selector, type) {
  const element = root.querySelector(selector);
  if (element instanceof type) return element;
  throw new Error(`the HTML has no ${type.name} at "${selector}"`);
}

/** A fresh copy of a template of the HTML. @param {string} id */
export function fromTemplate(id) {
  const template = find(document, `template#${id}`, HTMLTemplateElement);
  return /** @type {DocumentFragment} */ (template.content.cloneNode(true));
}
