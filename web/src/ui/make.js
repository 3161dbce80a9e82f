/** Elements that no HTML of ours waits with. What they hold is text, never markup. */

const SVG = 'http://www.w3.org/2000/svg';

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {object} [properties]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/**
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string>} attributes
 * @param {...Node} children
 */
export function draw(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** A symbol of the HTML, which says nothing that its neighbour does not. @param {string} id */
export function icon(id) {
  return draw('svg', { 'aria-hidden': 'true' }, draw('use', { href: `#${id}` }));
}

/** A button that is an icon. @param {string} id @param {string} label @param {() => void} act */
export function iconButton(id, label, act) {
  const button = make('button', { type: 'button', className: 'tool icon', ariaLabel: label, title: label }, icon(id));
  button.addEventListener('click', act);
  return button;
}
