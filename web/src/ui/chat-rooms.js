/**
 * The rooms: those one has visited, with what is unread in each, the public
 * ones with how many are there, and the way into another. Beside the
 * conversation on a wide screen; on a narrow one a drawer, as a popover of the
 * browser's own.
 */

import { isRoomName, roomPath } from '../protocol.js';
import { privateName } from '../rooms.js';
import { find, fromTemplate } from './find.js';
import { onLanguage, t, translate } from './language.js';
import { roomTitle } from './room-title.js';

/**
 * @typedef {import('../rooms.js').Visited} Visited
 * @typedef {import('../connection.js').PublicRoom} PublicRoom
 */

/** More than this is "99+": how many exactly, nobody wants to know. */
const UNREAD_SHOWN_MAX = 99;

export class ChatRooms extends HTMLElement {
  /** A room is wanted. @type {(room: string) => void} */
  onenter = () => {};
  /** @type {(room: string) => void} */
  onleave = () => {};
  /** The list is looked at: what it says should be of now. */
  onopen = () => {};

  /** @type {Visited[]} */
  #visited = [];
  /** Null where the server does not tell. @type {PublicRoom[] | null} */
  #public = null;
  #room = '';
  /** How many are where one is; null while nobody has told. @type {number | null} */
  #n_here = null;
  /** How many are in each public room. @type {Map<string, number>} */
  #present = new Map();
  /** What the lists show now, to leave the DOM, and the focus in it, alone where nothing changed. */
  #shown = '';

  // Lifecycle

  connectedCallback() {
    this.addEventListener('click', (event) => this.#clicked(event));
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#field.addEventListener('input', () => this.#say(false));
    this.#nav.addEventListener('toggle', (event) => {
      if (/** @type {ToggleEvent} */ (event).newState === 'open') this.onopen();
    });
    find(this, '#room-private', HTMLButtonElement).addEventListener('click', () => {
      this.#enter(privateName((n) => crypto.getRandomValues(new Uint8Array(n))));
    });
    // What is a popover on a narrow screen must not lie over a wide one.
    matchMedia('(min-width: 1020px)').addEventListener('change', () => this.#nav.hidePopover?.());
    onLanguage(() => {
      this.#shown = '';
      this.#render();
    });
  }

  // Actions

  /** @param {Visited[]} visited @param {string} room where one is */
  show(visited, room) {
    this.#visited = visited;
    if (room !== this.#room) this.#n_here = null;
    this.#room = room;
    this.#render();
  }

  /** As it stands at the room's title: the list of the public rooms is older. @param {number | null} n_here */
  set n_here(n_here) {
    this.#n_here = n_here;
    // The row stays: somebody comes or goes while one presses a button of the mouse, or has the focus there.
    const row = this.#rowOf(this.#room);
    if (row !== null) fillPresent(row, this.#n_present(this.#room));
  }

  /** @param {PublicRoom[] | null} rooms */
  set public(rooms) {
    this.#public = rooms;
    this.#present = new Map(rooms?.map(({ room, n_present }) => [room, n_present]));
    this.#render();
  }

  // Callbacks

  /** @param {MouseEvent} event */
  #clicked(event) {
    if (!(event.target instanceof Element)) return;
    const row = event.target.closest('li');
    const room = row?.dataset.room;
    if (room === undefined) return;
    if (event.target.closest('.leave') !== null) {
      // The row goes; the focus stays near it.
      const next = row?.nextElementSibling ?? row?.previousElementSibling;
      /** @type {HTMLElement} */ (next?.querySelector('a') ?? this.#field).focus();
      this.onleave(room);
    } else if (event.target.closest('a') !== null && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)) {
      // With a key held, the browser opens the link where it was asked to.
      event.preventDefault();
      this.#enter(room);
    }
  }

  #submit() {
    const name = this.#field.value.trim().replace(/^#\s*/, '').replace(/\s+/g, '-').normalize('NFC');
    if (name === '') return;
    if (isRoomName(name)) this.#enter(name);
    else this.#say(true);
  }

  /** @param {string} room */
  #enter(room) {
    this.#field.value = '';
    this.#say(false);
    this.#nav.hidePopover?.();
    this.onenter(room);
  }

  // Internal

  /** Whether the name that is written cannot be one. @param {boolean} wrong */
  #say(wrong) {
    const problem = find(this, '#room-problem', HTMLElement);
    problem.hidden = !wrong;
    problem.textContent = wrong ? t('room.wrong') : '';
    this.#field.ariaInvalid = wrong ? 'true' : null;
  }

  #render() {
    const visited = new Set(this.#visited.map(({ room }) => room));
    const others = (this.#public ?? []).filter(({ room }) => !visited.has(room));
    const shown = JSON.stringify([this.#room, this.#visited, this.#public]);
    if (shown === this.#shown) return;
    this.#shown = shown;

    const focused = this.#focused();
    find(this, '.visited', HTMLUListElement).replaceChildren(...this.#visited.map(({ room, n_unread }) => (
      this.#row(room, { n_unread, can_leave: this.#visited.length > 1 }))));
    find(this, '.public', HTMLUListElement).replaceChildren(...others.map(({ room }) => (
      this.#row(room, { n_unread: 0, can_leave: false }))));
    find(this, '#rooms-public', HTMLElement).hidden = others.length === 0;
    if (focused !== null) this.#focus(focused);

    const n_elsewhere = this.#visited.reduce((sum, { room, n_unread }) => sum + (room === this.#room ? 0 : n_unread), 0);
    const badge = find(document, '#rooms-open .badge', HTMLElement);
    badge.hidden = n_elsewhere === 0;
    fillBadge(badge, n_elsewhere);
  }

  /**
   * @param {string} room
   * @param {{ n_unread: number, can_leave: boolean }} about
   */
  #row(room, { n_unread, can_leave }) {
    const fragment = fromTemplate('room-row');
    translate(fragment);
    const row = find(fragment, 'li', HTMLLIElement);
    const link = find(row, 'a', HTMLAnchorElement);
    row.dataset.room = room;
    link.href = roomPath(room);
    if (room === this.#room) link.ariaCurrent = 'page';
    find(row, 'bdi', HTMLElement).textContent = roomTitle(room);
    fillPresent(row, this.#n_present(room));
    const badge = find(row, '.badge', HTMLElement);
    if (n_unread === 0) badge.remove();
    else fillBadge(badge, n_unread);
    const leave = find(row, '.leave', HTMLButtonElement);
    leave.ariaLabel = leave.title = t('room.leave', { room: roomTitle(room) });
    if (!can_leave) leave.remove();
    return row;
  }

  /** How many are in a room; null where nobody has told. @param {string} room */
  #n_present(room) {
    return (room === this.#room ? this.#n_here : null) ?? this.#present.get(room) ?? null;
  }

  /** @param {string} room */
  #rowOf(room) {
    return this.querySelector(`li[data-room="${CSS.escape(room)}"]`);
  }

  /** Which row has the focus, and where in it: a row that is made anew must not lose it. */
  #focused() {
    const { activeElement } = document;
    const room = this.contains(activeElement) ? activeElement?.closest('li')?.dataset.room : undefined;
    return room === undefined ? null : { room, leave: activeElement?.matches('.leave') === true };
  }

  /** @param {{ room: string, leave: boolean }} focused */
  #focus({ room, leave }) {
    const row = this.#rowOf(room);
    const element = row?.querySelector(leave ? '.leave' : 'a') ?? row?.querySelector('a') ?? this.#field;
    /** @type {HTMLElement} */ (element).focus();
  }

  get #nav() {
    return find(this, 'nav', HTMLElement);
  }

  get #form() {
    return find(this, 'form', HTMLFormElement);
  }

  get #field() {
    return find(this, '#room-name', HTMLInputElement);
  }
}

/** @param {Element} row @param {number | null} n_present */
function fillPresent(row, n_present) {
  const count = find(row, '.present', HTMLElement);
  count.hidden = n_present === null || n_present === 0;
  count.textContent = count.hidden ? '' : String(n_present);
  find(row, '.present-text', HTMLElement).textContent = count.hidden ? '' : t('people.here', { n: n_present ?? 0 });
}

/** @param {HTMLElement} badge @param {number} n_unread */
function fillBadge(badge, n_unread) {
  const text = n_unread > UNREAD_SHOWN_MAX ? `${UNREAD_SHOWN_MAX}+` : String(n_unread);
  find(badge, '[aria-hidden]', HTMLElement).textContent = text;
  find(badge, '.visually-hidden', HTMLElement).textContent = n_unread === 0 ? '' : t('room.unread', { n: n_unread });
}

customElements.define('chat-rooms', ChatRooms);
