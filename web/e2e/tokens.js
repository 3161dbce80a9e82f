/** Tokens as an application's backend signs them, and the file that tells the server its key. */

import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const KEY = 'a key that the application and the server know';

/** The file, for `--token-key`, and a way to remove it. */
export async function keyFile() {
  const folder = await mkdtemp(join(tmpdir(), 'palabre-key-'));
  const path = join(folder, 'token.key');
  await writeFile(path, KEY);
  return { path, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** RFC 7519, HS256. @param {object} claims @param {string} [key] */
export function sign(claims, key = KEY) {
  const part = (/** @type {object} */ value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
}

/** The moment in so many seconds, as claims have it. @param {number} seconds */
export function inSeconds(seconds) {
  return Math.floor(Date.now() / 1_000) + seconds;
}
