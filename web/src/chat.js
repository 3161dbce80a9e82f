/**
 * A room as one page lives it: the timeline with the history behind it, the
 * connection under it, and which messages are one's own. It has no DOM; the
 * elements show what it says.
 */

import { Amendments, isOf } from './amendments.js';
import { ANONYMOUS, extraOf, fault, fits, isPlace } from './protocol.js';
import { Timeline } from './timeline.js';

/**
 * @typedef {import('./connection.js').Room} Room
 * @typedef {Omit<import('./connection.js').Handlers, 'onpresence' | 'onjoin' | 'onleave' | 'onguests'>} Told
 * @typedef {import('./connection.js').State} State
 * @typedef {import('./protocol.js').Draft} Draft
 * @typedef {import('./protocol.js').Publication} Publication
 * @typedef {import('./amendments.js').Amendment} Amendment
 * @typedef {import('./amendments.js').Change} Change
 * @typedef {Pick<Room, 'start' | 'stop' | 'retryNow' | 'publish' | 'latest' | 'before' | 'after' | 'at' | 'listen' | 'state' | 'position'>} Link
 *
 * The ids of what this page sent, also before a reload.
 * @typedef {object} OwnIds
 * @property {(id: string) => boolean} has
 * @property {(id: string) => void} add
 *
 * What was said and is not accepted yet, also before a reload.
 * @typedef {object} Drafts
 * @property {() => Draft[]} all
 * @property {(draft: Draft) => void} add
 * @property {(id: string) => void} remove
 *
 * @typedef {object} Options
 * @property {(handlers: Told) => Link} connect
 * @property {OwnIds} ownIds
 * @property {Drafts} drafts
 * @property {() => string} name under which one speaks
 * @property {string | null} [user] who one was to the server at an earlier visit
 * @property {number | null} [at] the place to begin at; else at the end
 * @property {() => number} now
 * @property {() => string} newId
 * @property {() => void} onchange the conversation has changed
 * @property {(state: State) => void} onstate the connection has
 * @property {() => void} onarrival somebody else said something
 *
 * What lies beyond an end of the window: unknown yet, nothing, something, and something on its way.
 * @typedef {'unknown' | 'none' | 'more' | 'loading'} Beyond
 *
 * Up to where one has read.
 * @typedef {import('../client.js').Position} Mark
 */

export class Chat {
  #timeline;
  #link;
  #options;
  /** @type {string | null} */
  #user = null;
  /** @type {Beyond} */
  #older = 'unknown';
  /** The page of history that is on its way. @type {Promise<void> | null} */
  #fetching = null;
  /** @type {Mark | null} */
  #mark = null;
  #begun;
  #tellBegun = () => {};
  #amendments = new Amendments();

  /** @param {Options} options */
  constructor(options) {
    this.#options = options;
    this.#user = options.user ?? null;
    this.#begun = new Promise((resolve) => { this.#tellBegun = () => resolve(null); });
    this.#timeline = new Timeline((publication) => this.#isOwn(publication));
    this.#link = options.connect({
      onstate: (state) => options.onstate(state),
      onwelcome: ({ user }) => { this.#user = user; },
      onarrived: () => this.#arrived(),
      onreturn: (n_publications) => {
        if (n_publications > 0) this.#timeline.returned();
      },
      ongap: ({ n_missing }) => this.#missed(n_missing),
      onpublication: (publication) => this.#heard(publication),
      onaccepted: (id) => this.#accepted(id),
      onrefusal: (id, { code, reason }) => this.#refused(id, code, reason),
    });
  }

  get state() {
    return this.#link.state;
  }

  /** Nobody ever said anything here: known only once the history is. */
  get isEmpty() {
    return this.#timeline.isEmpty && this.#older === 'none';
  }

  get rows() {
    return this.#timeline.rows().map((row) => (row.kind === 'message' ? { ...row, message: this.#seen(row.message) } : row));
  }

  /** What lies before the first row. */
  get older() {
    return this.#older;
  }

  /** Whether newer messages lie after the last row. */
  get isCut() {
    return this.#timeline.isCut;
  }

  /** The room itself, for who asks or listens for more than is shown. */
  get link() {
    return this.#link;
  }

  /** Who one is to the server; null before it has ever told. */
  get user() {
    return this.#user;
  }

  /** The messages that are here, in their order, as one sees them. */
  get messages() {
    return this.#timeline.messages.map((message) => this.#seen(message));
  }

  /** The same as the room has them, whatever of one's own is on its way. */
  get published() {
    return this.#timeline.messages;
  }

  /** The message at a place, if it is here, as one sees it. @param {number} offset */
  at(offset) {
    const message = this.#timeline.at(offset);
    return message === null ? null : this.#seen(message);
  }

  /** Whether a change of one's own is of a message that is not here, so that no row tells what becomes of it. @param {string} id */
  isOfNoneHere(id) {
    const amendment = this.#amendments.find(id);
    return amendment !== null && !this.#timeline.messages.some((message) => isOf(message, amendment));
  }

  // Actions

  start() {
    for (const draft of this.#options.drafts.all()) {
      if (isAmendment(draft)) {
        if (this.#amendments.find(draft.id) === null) this.#sendAmendment(draft);
      } else if (!this.#timeline.has(draft.id)) this.#send(draft);
    }
    this.#link.start();
  }

  stop() {
    this.#link.stop();
  }

  retryNow() {
    this.#link.retryNow();
  }

  /**
   * Says it at once on this screen, and to the room as soon as may be.
   * @param {string} sender
   * @param {string} message
   * @param {import('./protocol.js').Extra} [extra]
   * @returns {'said' | 'empty' | 'too-long'}
   */
  say(sender, message, extra = {}) {
    if (message.trim() === '') return 'empty';
    const draft = { id: this.#options.newId(), sender: sender.trim(), message, ...extra };
    if (!fits(draft)) return 'too-long';
    this.#send(draft);
    return 'said';
  }

  /**
   * Says a refused message again, under the name that one bears now: the old
   * one may be why it was refused. The id stays, for an earlier try may have
   * reached the room after all.
   * @param {string} id
   * @param {string} sender
   */
  retry(id, sender) {
    const failed = this.#timeline.take(id);
    if (failed === null) return;
    const draft = { id, sender: sender.trim(), message: failed.message, ...extraOf(failed) };
    if (fits(draft)) {
      this.#send(draft);
    } else {
      this.#timeline.say(draft, failed.time_ms);
      this.#refused(id, 'message-too-long', '');
    }
  }

  /**
   * Changes an earlier message: at once on this screen, and in the room as soon
   * as may be. Where that is refused the message says so, and is as it was.
   * @param {Pick<import('./timeline.js').Message, 'id' | 'offset'>} message
   * @param {Change} change
   */
  amend({ id, offset }, change) {
    const target = { target: offset ?? 0, target_id: id };
    this.#sendAmendment({ id: this.#options.newId(), sender: this.#options.name().trim(), ...change, ...target });
  }

  /** Makes a refused change again, under the name that one bears now. @param {string} id */
  amendAgain(id) {
    const draft = this.#amendments.take(id);
    if (draft !== null) this.#sendAmendment({ ...draft, sender: this.#options.name().trim() });
  }

  /** Lets a refused change go. @param {string} id */
  leaveAsItIs(id) {
    if (this.#amendments.take(id) === null) return;
    this.#options.drafts.remove(id);
    this.#options.onchange();
  }

  /** One comes back, having read up to here: what was said since is marked. @param {Mark} mark */
  returned(mark) {
    this.#mark = mark;
    this.#markRead();
  }

  /** @param {string} id */
  discard(id) {
    if (this.#timeline.take(id) === null) return;
    this.#options.drafts.remove(id);
    this.#options.onchange();
  }

  /** Keeps the window bounded, at the end that nobody looks at. @param {'oldest' | 'newest'} end */
  trim(end) {
    const some_went = this.#timeline.trim(end);
    if (some_went && end === 'oldest' && this.#older === 'none') this.#older = 'more';
  }

  /** Fetches what was said before the first row. */
  async fetchOlder() {
    const offset = this.#timeline.offset_first;
    if (this.#older !== 'more' || this.#fetching !== null || offset === null) return;
    this.#older = 'loading';
    this.#options.onchange();
    await this.#fetch(() => this.#link.before(offset), ({ publications, is_last }) => {
      this.#timeline.prepend(publications);
      this.#older = is_last || this.#beginsAtFirst() ? 'none' : 'more';
    });
    if (this.#older === 'loading') this.#older = 'more';
    this.#options.onchange();
  }

  /** Fetches what was said after the last row, where that was let go. */
  async fetchNewer() {
    const offset = this.#timeline.offset_last;
    if (!this.isCut) return;
    if (offset === null) return this.fetchLatest();
    await this.#fetch(() => this.#link.after(offset), ({ publications, is_last }) => {
      this.#timeline.append(publications, is_last);
    });
  }

  /** Moves the window to the end of the room. */
  async fetchLatest() {
    if (!this.isCut) return;
    await this.#fetch(() => this.#link.latest(), ({ publications, is_last }) => {
      this.#timeline.jump(publications, true);
      this.#older = is_last ? 'none' : 'more';
    });
  }

  /**
   * Moves the window to a place, unless that is in it, once it is anywhere.
   * @param {number} offset
   * @returns {Promise<boolean>} whether there is a message
   */
  async reach(offset) {
    await this.#begun;
    return this.#move(offset);
  }

  // Callbacks of the connection

  #arrived() {
    this.#markRead();
    if (this.#older === 'unknown') void this.#begin();
  }

  /** Shows what an earlier visit knew, while the room cannot be reached. @param {Publication[]} publications */
  recall(publications) {
    if (this.#older !== 'unknown') return;
    this.#timeline.recall(publications);
    this.#options.onchange();
  }

  /** Once only: from then on the connection hands on all there is. */
  async #begin() {
    const { at = null } = this.#options;
    const is_there = at !== null && await this.#move(at);
    if (!is_there) {
      await this.#fetch(() => this.#link.latest(), ({ publications, is_last }) => {
        this.#timeline.prepend(publications);
        this.#older = is_last ? 'none' : 'more';
      });
    }
    if (this.#older !== 'unknown') this.#tellBegun();
  }

  /** @param {number} offset */
  async #move(offset) {
    while (this.#fetching !== null) await this.#fetching;
    if (this.at(offset) !== null) return true;
    const was_cut = this.isCut;
    this.#timeline.hold();
    let moved = false;
    await this.#fetch(() => this.#around(offset), ({ publications, is_first, is_last }) => {
      if (!publications.some((each) => each.offset === offset && each.amends === undefined)) return;
      moved = true;
      this.#timeline.jump(publications, is_last);
      this.#older = is_first || this.#beginsAtFirst() ? 'none' : 'more';
    });
    if (!moved && !was_cut) this.#timeline.release();
    this.#options.onchange();
    return moved;
  }

  /** @param {number | null} n_missing */
  #missed(n_missing) {
    this.#timeline.gap(n_missing);
    this.#options.onchange();
  }

  /** @param {Publication} publication */
  #heard(publication) {
    const result = this.#timeline.receive(publication);
    const settled = this.#amendments.settle(publication.id);
    if (settled || this.#options.ownIds.has(publication.id)) this.#options.drafts.remove(publication.id);
    if (result === 'new' && publication.amends === undefined && !this.#isOwn(publication)) this.#options.onarrival();
    this.#options.onchange();
  }

  /** @param {string} id */
  #accepted(id) {
    this.#amendments.settle(id);
    this.#timeline.accept(id);
    this.#options.drafts.remove(id);
    this.#options.onchange();
  }

  /** @param {string} id @param {string} code @param {string} reason */
  #refused(id, code, reason) {
    const amendment = this.#amendments.refuse(id, { code, reason });
    // What one wrote is kept until one lets it go, unless it is for nothing; the rest is made again with one click.
    if (amendment !== null && (amendment.type !== 'edit' || code === 'target-missing')) this.#options.drafts.remove(id);
    this.#timeline.refuse(id, code, reason);
    this.#options.onchange();
  }

  // Internal

  /** @param {Draft} draft */
  #send(draft) {
    this.#options.ownIds.add(draft.id);
    this.#options.drafts.add(draft);
    this.#timeline.say({ ...draft, sender: draft.sender || ANONYMOUS }, this.#options.now(), this.#user);
    const code = fault(draft);
    // What the server would refuse need not go there to come back.
    if (code === null) this.#link.publish(draft);
    else this.#timeline.refuse(draft.id, code, '');
    this.#options.onchange();
  }

  /** @param {Amendment} draft */
  #sendAmendment(draft) {
    const { drafts, now, onchange } = this.#options;
    for (const id of this.#amendments.add(draft, now())) drafts.remove(id);
    drafts.add(draft);
    const code = fault(draft);
    if (code === null) this.#link.publish(draft);
    else this.#refused(draft.id, code, '');
    onchange();
  }

  /** @param {import('./timeline.js').Message} message */
  #seen(message) {
    return this.#amendments.applied(message, this.#user);
  }

  /** The page up to a place, and the one after it. @param {number} offset */
  async #around(offset) {
    const [older, newer] = await Promise.all([this.#link.before(offset + 1), this.#link.after(offset)]);
    return { publications: [...older.publications, ...newer.publications], is_first: older.is_last, is_last: newer.is_last };
  }

  /** What one has read counts only as long as the room counts on. */
  #markRead() {
    const { position } = this.#link;
    if (this.#mark === null || !position) return;
    if (this.#mark.epoch === position.epoch) this.#timeline.returned(this.#mark.offset);
    this.#mark = null;
  }

  /**
   * One page of history at a time.
   * @template {import('./connection.js').Page} P
   * @param {() => Promise<P>} ask
   * @param {(page: P) => void} show
   */
  async #fetch(ask, show) {
    if (this.#fetching !== null) return;
    this.#fetching = this.#fetchNow(ask, show);
    await this.#fetching;
  }

  /**
   * @template {import('./connection.js').Page} P
   * @param {() => Promise<P>} ask
   * @param {(page: P) => void} show
   */
  async #fetchNow(ask, show) {
    try {
      const page = await ask();
      show(page);
    } catch {
      // Lost on the way: asked again when one is back, or scrolls on.
    } finally {
      this.#fetching = null;
      this.#options.onchange();
    }
  }

  /**
   * Said by this page, or in another window or visit of this browser under the
   * name that one bears. Under another name it is somebody else, who shares it.
   * @param {Publication} publication
   */
  #isOwn({ id, user, sender }) {
    if (this.#options.ownIds.has(id)) return true;
    return user !== null && user === this.#user && sender === (this.#options.name().trim() || ANONYMOUS);
  }

  #beginsAtFirst() {
    return this.#timeline.offset_first === 1;
  }
}

/** @param {Draft} draft @returns {draft is Amendment} */
function isAmendment(draft) {
  return draft.type !== undefined && isPlace(draft.target);
}
