/**
 * A room as one page lives it: the timeline, the connection under it, and
 * which messages are one's own. It has no DOM; the elements show what it says.
 */

import { ANONYMOUS, fits } from './protocol.js';
import { MESSAGES_MAX, Timeline } from './timeline.js';

/**
 * @typedef {import('./connection.js').Connection} Connection
 * @typedef {import('./connection.js').Handlers} Handlers
 * @typedef {import('./connection.js').State} State
 * @typedef {Pick<Connection, 'start' | 'stop' | 'retryNow' | 'publish' | 'state'>} Link
 *
 * The ids of what this page sent, also before a reload.
 * @typedef {object} OwnIds
 * @property {(id: string) => boolean} has
 * @property {(id: string) => void} add
 *
 * @typedef {object} Options
 * @property {(handlers: Handlers) => Link} connect
 * @property {OwnIds} ownIds
 * @property {() => number} now
 * @property {() => string} newId
 * @property {() => void} onchange the conversation has changed
 * @property {(state: State) => void} onstate the connection has
 * @property {() => void} onarrival somebody else said something
 */

export class Chat {
  #timeline;
  #link;
  #options;

  /** @param {Options} options */
  constructor(options) {
    this.#options = options;
    this.#timeline = new Timeline((id) => options.ownIds.has(id));
    this.#link = options.connect({
      onstate: (state) => this.#moved(state),
      onpublication: (publication) => this.#heard(publication),
      onrefusal: (id, { code, reason }) => {
        this.#timeline.refuse(id, code, reason);
        options.onchange();
      },
    });
  }

  get state() {
    return this.#link.state;
  }

  get isEmpty() {
    return this.#timeline.isEmpty;
  }

  get rows() {
    return this.#timeline.rows();
  }

  // Actions

  start() {
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
   * @returns {'said' | 'empty' | 'too-long'}
   */
  say(sender, message) {
    if (message.trim() === '') return 'empty';
    return this.#send({ id: this.#options.newId(), sender: sender.trim(), message });
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
    const draft = { id, sender: sender.trim(), message: failed.message };
    if (this.#send(draft) === 'too-long') {
      this.#timeline.say(draft, failed.time_ms);
      this.#timeline.refuse(id, 'message-too-long', '');
      this.#options.onchange();
    }
  }

  /** @param {string} id */
  discard(id) {
    if (this.#timeline.take(id) !== null) this.#options.onchange();
  }

  /** Keeps the newest only. @param {number} [n_max] */
  trim(n_max = MESSAGES_MAX) {
    this.#timeline.trim(n_max);
  }

  // Callbacks of the connection

  /** @param {State} state */
  #moved(state) {
    if (state.phase === 'waiting' || state.phase === 'stopped') this.#timeline.interrupt();
    this.#options.onstate(state);
  }

  /** @param {import('./protocol.js').Publication} publication */
  #heard(publication) {
    const result = this.#timeline.receive(publication);
    this.#options.onchange();
    if (result === 'new') this.#options.onarrival();
  }

  // Internal

  /**
   * @param {import('./protocol.js').Draft} draft
   * @returns {'said' | 'too-long'}
   */
  #send(draft) {
    if (!fits(draft)) return 'too-long';
    this.#options.ownIds.add(draft.id);
    this.#timeline.say({ ...draft, sender: draft.sender || ANONYMOUS }, this.#options.now());
    this.#link.publish(draft);
    this.#options.onchange();
    return 'said';
  }
}
