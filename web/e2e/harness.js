/**
 * What the browser tests stand on: a real server as a child process, a real
 * browser, and people who sit before it. Nothing here sleeps; everything waits
 * for what it needs to see.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, afterEach, before, beforeEach } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

/**
 * @typedef {import('playwright-core').Browser} Browser
 * @typedef {import('playwright-core').Page} Page
 * @typedef {import('playwright-core').BrowserContextOptions} ContextOptions
 * @typedef {{ after: (fn: () => unknown) => void }} Test where a test or a suite cleans up
 */

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const web = fileURLToPath(new URL('..', import.meta.url));
const binary = process.env.PALABRE ?? join(web, '../target/debug/palabre');

/** So long anything may take to be seen. */
const PATIENCE_MS = 15_000;

export class Server {
  #child;
  #data;
  #args;
  url;

  /**
   * @param {import('node:child_process').ChildProcess} child
   * @param {string} data
   * @param {string} url
   * @param {string[]} args
   */
  constructor(child, data, url, args) {
    this.#child = child;
    this.#data = data;
    this.#args = args;
    this.url = url;
  }

  /**
   * Starts the binary and waits for the address it prints.
   * @param {{ args?: string[], port?: number, data?: string }} [options]
   */
  static async start({ args = [], port = 0, data } = {}) {
    const directory = data ?? await mkdtemp(join(tmpdir(), 'palabre-e2e-'));
    const child = spawn(
      binary,
      ['--listen', `127.0.0.1:${port}`, '--data', directory, '--log', 'error', ...args],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const url = await new Promise((resolve, reject) => {
      child.once('error', (error) => reject(new Error(`cannot start ${binary}`, { cause: error })));
      child.once('exit', (code) => reject(new Error(`${binary} ended with ${code}, before its address`)));
      // Read to the end, as a full pipe would stop the server.
      createInterface({ input: child.stdout }).on('line', (line) => {
        const match = /https?:\/\/[^\s/]+/.exec(line);
        if (match !== null) resolve(`${match[0]}/`);
      });
    });
    return new Server(child, directory, url, args);
  }

  get port() {
    return Number(new URL(this.url).port);
  }

  /** As when the cable is pulled: no goodbye. */
  async kill() {
    await this.#end('SIGKILL');
  }

  /** As an operator does it: with a goodbye. */
  async end() {
    await this.#end('SIGTERM');
  }

  /** The same server again: port, data and options as before, or other options. @param {string[]} [args] */
  async restart(args = this.#args) {
    const again = await Server.start({ args, port: this.port, data: this.#data });
    this.#child = again.#child;
    this.#args = args;
  }

  /** For good: what it kept goes too. */
  async stop() {
    await this.end();
    await rm(this.#data, { recursive: true, force: true });
  }

  /** @param {NodeJS.Signals} signal */
  async #end(signal) {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill(signal);
    await gone;
  }
}

/** @param {string[]} [args] @returns {Promise<Browser>} */
export function openBrowser(args = []) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync', ...args,
    ],
  });
}

/**
 * A server and a browser for the tests of a suite or a file: there before them,
 * gone after them. Whoever came in a test leaves at its end.
 */
export class Stage {
  /** @type {Server} */ server = /** @type {any} */ (null);
  /** @type {Browser} */ browser = /** @type {any} */ (null);

  /**
   * @param {'one server' | 'a server each'} kind one for all tests, or one for each
   * @param {string[]} [args]
   */
  constructor(kind, args = []) {
    const [begin, end] = kind === 'one server' ? [before, after] : [beforeEach, afterEach];
    before(async () => { this.browser = await openBrowser(); });
    begin(async () => { this.server = await Server.start({ args }); });
    afterEach(async () => {
      for (const context of this.browser.contexts()) await context.close();
    });
    after(() => this.browser.close());
    end(() => this.server.stop());
  }

  /** Somebody before a page of ours. @param {string} url @param {ContextOptions & { name?: string }} [options] */
  open(url, options) {
    return Person.open(this.browser, url, options);
  }

  /** The address of a room. @param {string} name */
  room(name) {
    return new URL(`rooms/${name}`, this.server.url).href;
  }
}

/** Somebody with a browser of their own, before our page. */
export class Person {
  page;
  /** What went wrong in the page, as its console says. @type {string[]} */
  errors = [];

  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('pageerror', (error) => this.errors.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') this.errors.push(message.text());
    });
  }

  /**
   * @param {Browser} browser
   * @param {string} url
   * @param {ContextOptions & { name?: string }} [options]
   */
  static async open(browser, url, { name, ...options } = {}) {
    const context = await browser.newContext({ locale: 'fr-FR', timezoneId: 'Europe/Paris', ...options });
    const person = new Person(await context.newPage());
    await person.page.goto(url);
    await person.isOnline();
    if (name !== undefined) await person.nameField.fill(name);
    return person;
  }

  get nameField() {
    return this.page.locator('#name');
  }

  get field() {
    return this.page.locator('#message');
  }

  get messages() {
    return this.page.locator('.message');
  }

  get bar() {
    return this.page.locator('chat-bar');
  }

  get jump() {
    return this.page.locator('#jump');
  }

  /** @param {string} text */
  async say(text) {
    await this.field.fill(text);
    await this.field.press('Enter');
  }

  /** Waits until this message is on the screen, come back from the server. @param {string} sender @param {string} text */
  async sees(sender, text) {
    await this.page.waitForFunction(([who, what]) => (
      [...document.querySelectorAll('.message[data-state="sent"]')].some((row) => (
        row.querySelector('.who')?.textContent === who && row.querySelector('.text')?.textContent === what))
    ), [sender, text]);
  }

  async isOnline() {
    await this.page.locator('.presence[data-phase="open"]').waitFor();
  }

  async isOffline() {
    await this.page.locator('chat-bar.is-lost').waitFor();
  }

  /** All that is said on the screen at this moment, from top to bottom. */
  texts() {
    return this.page.locator('.message .text').allTextContents();
  }

  /** Waits until this is all that is said on the screen, from top to bottom. @param {string[]} texts */
  async reads(texts) {
    await this.page.waitForFunction((expected) => {
      const shown = [...document.querySelectorAll('.message .text')].map((element) => element.textContent);
      return JSON.stringify(shown) === expected;
    }, JSON.stringify(texts)).catch(async () => assert.deepEqual(await this.texts(), texts));
  }

  /** Waits until these are who is here, as the list names them. @param {string[]} names */
  async isWith(...names) {
    await this.page.waitForFunction((expected) => {
      const shown = [...document.querySelectorAll('#people bdi')].map((element) => element.textContent);
      return JSON.stringify(shown) === expected;
    }, JSON.stringify(names));
  }

  /**
   * Waits until the page answers with more than nothing, and gives the answer.
   * For what the page has to ask for itself: `waitForFunction` takes any promise for a yes.
   * @template A, R
   * @param {(arg: A) => Promise<R>} ask
   * @param {A} arg
   */
  async waitsFor(ask, arg) {
    const end_ms = Date.now() + PATIENCE_MS;
    for (;;) {
      const answer = await this.page.evaluate(/** @type {any} */ (ask), arg);
      if (answer) return /** @type {NonNullable<R>} */ (answer);
      assert.ok(Date.now() < end_ms, `the page never answered as it should: ${ask}`);
      await this.page.evaluate(() => new Promise((resolve) => { setTimeout(resolve, 20); }));
    }
  }

  /** How often a text is on the screen. @param {string} text */
  count(text) {
    return this.page.locator('.message .text', { hasText: text }).count();
  }

  /** Nothing went wrong in the page: no error in its console, the policy's refusals included. */
  isWell() {
    assert.deepEqual(this.errors, []);
  }

  async close() {
    await this.page.context().close();
  }
}

/**
 * Axe finds nothing, nothing is wider than the window, and what one touches is
 * large enough to be touched.
 * @param {Person} person
 * @param {string} state
 */
export async function isFine({ page }, state) {
  await page.evaluate(axe);
  const violations = await page.evaluate(async () => {
    const { violations: found } = await /** @type {any} */ (window).axe.run();
    return found.map((/** @type {any} */ violation) => [
      violation.id, ...violation.nodes.map((/** @type {any} */ node) => `${node.html} ${node.failureSummary}`),
    ]);
  });
  assert.deepEqual(violations, [], state);

  const wide = await page.evaluate(() => [...document.querySelectorAll('html, body, chat-log')]
    .filter((element) => element.scrollWidth > element.clientWidth).map((element) => element.localName));
  assert.deepEqual(wide, [], `${state}: nothing scrolls sideways`);

  const small = await page.evaluate(() => [...document.querySelectorAll('button, input, textarea, summary, .tool')]
    .filter((element) => element.checkVisibility({ visibilityProperty: true }))
    .filter((element) => {
      const { width, height } = element.getBoundingClientRect();
      return width < 44 || height < 44;
    })
    .map((element) => element.outerHTML));
  assert.deepEqual(small, [], `${state}: targets of 44 px`);
}
