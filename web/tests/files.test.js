/** What is served, as files: layers, the list of modules, the policy, the size. */

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { fr } from '../src/i18n/fr.js';
import { fr as later } from '../src/i18n/later-fr.js';

const web = fileURLToPath(new URL('..', import.meta.url));
/** All of it, and what comes before the first message shows. */
const PAGE_BYTES_MAX = 120 * 1024;
const FIRST_BYTES_MAX = 60 * 1024;
const EMBED_BYTES_MAX = 2 * 1024;
/** The client module as a program; it is served with its comments, as the rest of the page is. */
const CLIENT_BYTES_MAX = 8 * 1024;

/** @param {string} path */
function read(path) {
  return readFile(join(web, path), 'utf8');
}

async function modules() {
  const [page, client] = [await readdir(join(web, 'src'), { recursive: true }), await readdir(join(web, 'client'))];
  const paths = ['client.js', ...client.map((path) => `client/${path}`), ...page.map((path) => `src/${path}`)];
  return paths.filter((path) => path.endsWith('.js'));
}

/** What a module imports, as paths in web. @param {string} path */
async function imports(path) {
  const source = await read(path);
  return Array.from(source.matchAll(/^(?:import|export) [^'"]*?from '([^']+)'|^import '([^']+)'/gm), (match) => {
    const target = match[1] ?? match[2] ?? '';
    assert.match(target, /^\.\.?\/.*\.js$/, `${path} imports ${target}`);
    return posix.join(dirname(path), target);
  });
}

/** What a module loads later, when it is first needed. @param {string} path */
async function laterImports(path) {
  const source = await read(path);
  return Array.from(source.matchAll(/await import\('([^']+)'\)/g), (match) => posix.join(dirname(path), match[1] ?? ''));
}

/** Everything a page may come to need. @param {string} main */
async function whole(main) {
  const found = await graph(main);
  for (const path of found) {
    for (const later of await laterImports(path)) await graph(later, found);
  }
  return found;
}

/** Everything a module needs at once. @param {string} path @param {Set<string>} [found] @returns {Promise<Set<string>>} */
async function graph(path, found = new Set()) {
  if (found.has(path)) return found;
  found.add(path);
  for (const target of await imports(path)) await graph(target, found);
  return found;
}

test('imports go one way: client and pure ← connection ← elements ← main', async () => {
  /** @param {string} path */
  const layer = (path) => {
    if (/^src\/(?:main|about|extras|embedded)\.js$|^src\/extras\//.test(path)) return 3;
    if (path.startsWith('src/ui/')) return 2;
    return path === 'src/connection.js' || path === 'src/chat.js' ? 1 : 0;
  };
  for (const path of await modules()) {
    for (const target of [...await imports(path), ...await laterImports(path)]) {
      assert.ok(layer(target) <= layer(path), `${path} imports ${target}`);
    }
    const source = (await read(path)).replace(/\/\*[\s\S]*?\*\/|\/\/.*|'.*?'|`[\s\S]*?`/g, '');
    // Its world is given to the client, by client.js alone.
    if (layer(path) === 0 && path !== 'client.js') assert.doesNotMatch(source, /\b(?:document|window|localStorage|WebSocket|Date\.now|Math\.random)\b/, path);
    assert.doesNotMatch(source, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b/, path);
  }
});

test('a page names all modules that it needs at once, and no other, so that they load at once', async () => {
  for (const [page, main] of /** @type {const} */ ([['index.html', 'src/main.js'], ['about.html', 'src/about.js']])) {
    const html = await read(page);
    const listed = Array.from(html.matchAll(/rel="modulepreload" href="\/assets\/([^"]+)"/g), (match) => match[1]);
    assert.deepEqual(listed.sort(), [...await graph(main)].sort(), page);
  }
});

test('the element for pages of others stands alone, and is small', async () => {
  assert.deepEqual(await imports('embed.js'), []);
  const n_bytes = brotliCompressSync(await read('embed.js')).length;
  assert.ok(n_bytes <= EMBED_BYTES_MAX, `${n_bytes} bytes`);
});

test('nothing lies about that no page uses', async () => {
  const used = new Set([...await whole('src/main.js'), ...await whole('src/about.js')]);
  assert.deepEqual((await modules()).filter((path) => !used.has(path)), []);
  const users = [read('index.html'), read('about.html'), ...[...used].map(read)];
  const all = (await Promise.all(users)).join('\n');
  for (const style of await readdir(join(web, 'styles'))) assert.ok(all.includes(`/assets/styles/${style}`), style);
});

test('the HTML holds what the policy allows: no script, style or handler of its own', async () => {
  for (const page of ['index.html', 'later.html', 'about.html']) {
    const html = await read(page);
    assert.doesNotMatch(html, /<style|<script(?![^>]*\ssrc=)|\sstyle=|\son\w+=|javascript:/, page);
    for (const [, url] of html.matchAll(/(?:src|href)="([^"]*)"/g)) assert.match(url ?? '', /^[/#]/, page);
  }
});

test('every text of the HTML is in the tables, and every phrase is used', async () => {
  const html = await read('index.html') + await read('later.html') + await read('about.html');
  const keys = Array.from(html.matchAll(/\sdata-t(?:-[a-z-]+)?="([^"]+)"/g), (match) => match[1] ?? '');
  for (const key of keys) assert.ok(key in fr || key in later, key);
  const source = (await Promise.all((await modules()).filter((path) => !path.includes('i18n')).map(read))).join('\n');
  for (const key of Object.keys({ ...fr, ...later })) assert.ok(keys.includes(key) || source.includes(`'${key}'`), `${key} is not used`);
});

test('the client stands alone, so that any page may import it', async () => {
  const paths = [...await graph('client.js')];
  for (const path of paths) assert.match(path, /^client(?:\.js$|\/)/);
  const strip = (/** @type {string} */ source) => source.replace(/^\s*\/\*\*[\s\S]*?\*\/|\/\*\* .*? \*\/|^\s*\/\/.*$|^\s+/gm, '');
  let n_bytes = 0;
  let n_bytes_served = 0;
  for (const path of paths) {
    n_bytes += brotliCompressSync(strip(await read(path))).length;
    n_bytes_served += brotliCompressSync(await read(path)).length;
  }
  console.log(`client: ${paths.length} files, ${n_bytes} bytes compressed, ${n_bytes_served} with comments`);
  assert.ok(n_bytes <= CLIENT_BYTES_MAX, `${n_bytes} bytes`);
});

test('the page is small, and what comes before the first message smaller', async () => {
  const html = await read('index.html');
  const styles = Array.from(html.matchAll(/rel="stylesheet" href="\/assets\/([^"]+)"/g), (match) => match[1] ?? '');
  // As the server joins them: what begins the page is one file, what comes after the first messages another.
  const begins = await graph('src/main.js');
  const comesAfter = new Set([...await graph('src/extras.js')].filter((path) => !begins.has(path)));
  const comesSingly = [...await whole('src/main.js')].filter((path) => !begins.has(path) && !comesAfter.has(path));
  const n_first = await size(['index.html', 'icons/favicon.svg']) + await joinedSize(styles) + await joinedSize([...begins]);
  const n_all = n_first + await joinedSize([...comesAfter])
    + await size(['embed.js', 'sw.js', 'manifest.webmanifest', 'later.html', 'icons/unread.svg', ...comesSingly, ...await laterStyles()]);
  console.log(`page: 4 requests, ${n_first} bytes compressed; in all ${n_all}`);
  assert.ok(n_first <= FIRST_BYTES_MAX, `${n_first} bytes`);
  assert.ok(n_all <= PAGE_BYTES_MAX, `${n_all} bytes`);
});

/** The styles that modules load. */
async function laterStyles() {
  const source = (await Promise.all([...await whole('src/main.js')].map(read))).join('\n');
  return Array.from(source.matchAll(/'\/assets\/(styles\/[^']+)'/g), (match) => match[1] ?? '');
}

/** @param {string[]} paths */
async function size(paths) {
  let n_bytes = 0;
  for (const path of paths) n_bytes += brotliCompressSync(await read(path)).length;
  return n_bytes;
}

/** Without the comments that have lines of their own, as `assets/join.rs` leaves them out. @param {string[]} paths */
async function joinedSize(paths) {
  const sources = await Promise.all(paths.map(read));
  const code = sources.map((source) => source.replace(/^\s*\/\*\*(?:.*\*\/$|\s*\n[\s\S]*?\*\/$)\n?|^\s*\/\/.*\n/gm, ''));
  return brotliCompressSync(code.join('\n')).length;
}
