/** How one asks for an action on a message: by mouse, by touch, or by the keys of the sheet (`keys.js`). */

/**
 * @typedef {import('../main.js').Page} Page
 * @typedef {import('./actions.js').Actions} Actions
 * @typedef {import('../ui/message-tools.js').MessageTools} MessageTools
 * @typedef {import('../ui/message-tools.js').Act} Act
 */

/** What a key does with the message that has the focus. @type {Record<string, Act | 'tools'>} */
const KEYS = Object.freeze({ 'r': 'reply', 'e': 'edit', 'c': 'copy', '+': 'react', 'Delete': 'delete', 'Enter': 'tools' });

/** @param {Page} page @param {Actions} actions @param {MessageTools} tools */
export function listen(page, actions, tools) {
  listenToPointer(page, tools);
  listenToKeys(page, actions, tools);
  listenToField(page, actions);
}

/** @param {Page} page @param {MessageTools} tools */
function listenToPointer({ log }, tools) {
  log.addEventListener('pointerover', ({ target, pointerType }) => {
    const row = rowOf(target);
    if (pointerType === 'mouse' && row !== null && !tools.hasFocus) tools.showIn(row);
  });
  log.addEventListener('pointerleave', ({ pointerType }) => {
    // A finger "leaves" when it is lifted, before its click comes.
    if (pointerType === 'mouse' && !tools.hasFocus) tools.hide();
  });
  // A tap, where there is no pointing; not on what has a meaning of its own, nor to select text.
  log.addEventListener('click', ({ target }) => {
    if (!matchMedia('(hover: none)').matches || !(target instanceof Element)) return;
    const row = rowOf(target);
    if (row === null || target.closest('a, button, audio, summary, img') !== null || String(getSelection()) !== '') return;
    tools.showIn(row);
  });
}

/** @param {Page} page @param {Actions} actions @param {MessageTools} tools */
function listenToKeys(page, actions, tools) {
  const { log, composer } = page;
  log.addEventListener('focusin', ({ target }) => {
    if (target instanceof HTMLLIElement) tools.showIn(target);
    else if (target === log) tools.hide();
  });
  log.addEventListener('focusout', ({ relatedTarget }) => {
    if (relatedTarget instanceof Node && !log.contains(relatedTarget)) tools.hide();
  });
  log.addEventListener('keydown', (event) => {
    const { activeElement } = document;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    // What plays or is written in has its own keys.
    const { target } = event;
    if (!(target instanceof Element) || target.closest('audio, video, input, textarea') !== null) return;
    if (target === log || rowOf(target) !== null) {
      if (event.key === 'ArrowUp' || event.key === 'ArrowDown') return step(page, event);
    }
    if (event.key === 'Escape') return composer.message.focus();
    const message = activeElement instanceof HTMLLIElement ? actions.messageOf(activeElement) : null;
    const act = KEYS[event.key];
    if (message === null || act === undefined) return;
    event.preventDefault();
    if (act === 'tools') tools.focus();
    else if (act !== 'delete') actions.perform(act, message, /** @type {HTMLElement} */ (activeElement));
    else if (actions.allowed(message).includes('delete')) tools.askToDelete();
  });
}

/** From the empty field: to the messages, or to one's last one. @param {Page} page @param {Actions} actions */
function listenToField({ composer, log }, actions) {
  composer.message.addEventListener('keydown', (event) => {
    if (composer.text !== '' || event.isComposing || actions.isAbout) return;
    if (event.key === 'Escape') log.focusNewest();
    else if (event.key === 'ArrowUp') {
      const last = actions.lastOwn;
      if (last === undefined) return;
      event.preventDefault();
      actions.perform('edit', last, composer.message);
    }
  });
}

/** From message to message, and from the last one to the field. @param {Page} page @param {KeyboardEvent} event */
function step({ log, composer }, event) {
  event.preventDefault();
  const row = rowOf(event.target);
  if (row === null) return log.focusNewest();
  const sibling = event.key === 'ArrowUp' ? 'previousElementSibling' : 'nextElementSibling';
  let next = row[sibling];
  while (next !== null && !next.matches('.message')) next = next[sibling];
  if (next instanceof HTMLElement) next.focus();
  else if (event.key === 'ArrowDown') composer.message.focus();
}

/** The row of a message, of what is in it: a list in its text has rows as well. @param {EventTarget | null} target */
function rowOf(target) {
  return target instanceof Element ? /** @type {HTMLLIElement | null} */ (target.closest('li.message')) : null;
}
