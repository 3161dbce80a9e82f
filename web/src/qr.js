/**
 * QR codes (ISO/IEC 18004): a text as bytes, at error correction level M, which
 * reads with 15 % of it covered. It is here, and small, so that showing a link
 * asks nobody else for a picture.
 *
 *   text ─▶ codewords ─▶ blocks, each with its correction, interleaved ─▶ modules, masked
 */

/** For each version from 1 on: correction codewords of a block, and blocks. Version 24 holds 911 bytes. */
const CORRECTION = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28, 28, 28];
const BLOCKS = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20];

/** @type {((x: number, y: number) => boolean)[]} */
const MASKS = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => x * y % 2 + x * y % 3 === 0,
  (x, y) => (x * y % 2 + x * y % 3) % 2 === 0,
  (x, y) => ((x + y) % 2 + x * y % 3) % 2 === 0,
];

/** @typedef {boolean[][]} Modules rows of what is dark */

/**
 * The modules of a text, without the quiet zone around them; null where it is too long.
 * @param {string} text
 * @returns {Modules | null}
 */
export function qr(text) {
  const bytes = [...new TextEncoder().encode(text)];
  const version = BLOCKS.findIndex((_, index) => bytes.length <= capacity(index + 1)) + 1;
  if (version === 0) return null;
  const codewords = interleaved(version, dataCodewords(version, bytes));
  const drawn = MASKS.map((_, mask) => draw(version, codewords, mask));
  return drawn.reduce((best, each) => (penalty(each) < penalty(best) ? each : best));
}

// Codewords

/** @param {number} version */
function nCodewords(version) {
  const n_marks = version > 1 ? Math.floor(version / 7) + 2 : 0;
  const marks = version > 1 ? (25 * n_marks - 10) * n_marks - 55 : 0;
  return Math.floor(((16 * version + 128) * version + 64 - marks - (version >= 7 ? 36 : 0)) / 8);
}

/** @param {number} version */
function nData(version) {
  return nCodewords(version) - (CORRECTION[version - 1] ?? 0) * (BLOCKS[version - 1] ?? 0);
}

/** How many bytes of text: mode and length take 12 bits, from version 10 on 20. @param {number} version */
function capacity(version) {
  return nData(version) - (version < 10 ? 2 : 3);
}

/** @param {number} version @param {number[]} bytes */
function dataCodewords(version, bytes) {
  const length = bytes.length.toString(2).padStart(version < 10 ? 8 : 16, '0');
  const text = bytes.map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const bits = `0100${length}${text}0000`; // Byte mode, and the end.
  const data = (bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2));
  for (let pad = 0xec; data.length < nData(version); pad ^= 0xec ^ 0x11) data.push(pad);
  return data;
}

/** @param {number} version @param {number[]} data */
function interleaved(version, data) {
  const n_blocks = BLOCKS[version - 1] ?? 1;
  const n_correction = CORRECTION[version - 1] ?? 0;
  const len = Math.floor(nData(version) / n_blocks);
  const n_short = n_blocks - nData(version) % n_blocks;
  let at = 0;
  const blocks = Array.from({ length: n_blocks }, (_, n) => data.slice(at, at += n < n_short ? len : len + 1));
  const corrections = blocks.map((block) => remainder(block, n_correction));
  const column = (/** @type {number[][]} */ rows, /** @type {number} */ n) => rows.flatMap((row) => row[n] ?? []);
  return [
    ...Array.from({ length: len + 1 }, (_, n) => column(blocks, n)).flat(),
    ...Array.from({ length: n_correction }, (_, n) => column(corrections, n)).flat(),
  ];
}

/** The product in the field of 256 elements. @param {number} a @param {number} b */
function times(a, b) {
  let product = 0;
  for (let bit = 7; bit >= 0; bit -= 1) product = product << 1 ^ (product >> 7) * 0x11d ^ (b >> bit & 1) * a;
  return product;
}

/** Reed and Solomon's: what is left of the data, divided by the generator. @param {number[]} data @param {number} n */
function remainder(data, n) {
  /** @type {number[]} */
  const generator = Array.from({ length: n }, (_, index) => (index === n - 1 ? 1 : 0));
  for (let root = 1, step = 0; step < n; step += 1, root = times(root, 2)) {
    for (let i = 0; i < n; i += 1) generator[i] = times(generator[i] ?? 0, root) ^ (generator[i + 1] ?? 0);
  }
  const rest = Array.from({ length: n }, () => 0);
  for (const byte of data) {
    const factor = byte ^ (rest.shift() ?? 0);
    rest.push(0);
    for (let i = 0; i < n; i += 1) rest[i] = (rest[i] ?? 0) ^ times(generator[i] ?? 0, factor);
  }
  return rest;
}

// Modules

/** @param {number} version @param {number[]} codewords @param {number} mask */
function draw(version, codewords, mask) {
  const size = version * 4 + 17;
  /** What is no place for data yet is undefined. @type {(boolean | undefined)[][]} */
  const grid = Array.from({ length: size }, () => Array(size).fill(undefined));
  const set = (/** @type {number} */ x, /** @type {number} */ y, /** @type {boolean} */ dark) => {
    const row = grid[y];
    if (row !== undefined && x >= 0 && x < size) row[x] = dark;
  };
  /** A square of rings around a middle: in these it is light. */
  const square = (/** @type {number} */ cx, /** @type {number} */ cy, /** @type {number} */ radius, /** @type {number[]} */ light) => {
    for (let dy = -radius; dy <= radius; dy += 1) {
      for (let dx = -radius; dx <= radius; dx += 1) set(cx + dx, cy + dy, !light.includes(Math.max(Math.abs(dx), Math.abs(dy))));
    }
  };

  for (let n = 0; n < size; n += 1) {
    set(6, n, n % 2 === 0);
    set(n, 6, n % 2 === 0);
  }
  for (const [x, y] of /** @type {const} */ ([[3, 3], [size - 4, 3], [3, size - 4]])) square(x, y, 4, [2, 4]);
  const marks = alignment(version);
  for (const x of marks) {
    for (const y of marks) {
      const is_corner = (x === 6 && y === 6) || (x === 6 && y === size - 7) || (x === size - 7 && y === 6);
      if (!is_corner) square(x, y, 2, [1]);
    }
  }
  drawFormat(size, mask, set);
  if (version >= 7) drawVersion(size, version, set);
  fill(grid, codewords, mask);
  return /** @type {Modules} */ (grid);
}

/** Where the small squares are, in both directions. @param {number} version */
function alignment(version) {
  if (version === 1) return [];
  const n = Math.floor(version / 7) + 2;
  const step = Math.ceil((version * 4 + 4) / (n * 2 - 2)) * 2;
  return [6, ...Array.from({ length: n - 1 }, (_, index) => version * 4 + 10 - (n - 2 - index) * step)];
}

/** @typedef {(x: number, y: number, dark: boolean) => void} Set */

/** @param {number} value @param {number} generator @param {number} n bits of correction */
function corrected(value, generator, n) {
  let rest = value;
  for (let i = 0; i < n; i += 1) rest = rest << 1 ^ (rest >> (n - 1)) * generator;
  return value << n | rest;
}

/** The level, whose bits are 00, and the mask, twice. @param {number} size @param {number} mask @param {Set} set */
function drawFormat(size, mask, set) {
  const bits = corrected(mask, 0x537, 10) ^ 0x5412;
  for (let n = 0; n < 15; n += 1) {
    const dark = (bits >> n & 1) === 1;
    if (n < 8) set(8, n < 6 ? n : n + 1, dark);
    else set(n < 9 ? 7 : 14 - n, 8, dark);
    if (n < 8) set(size - 1 - n, 8, dark);
    else set(8, size - 15 + n, dark);
  }
  set(8, size - 8, true);
}

/** @param {number} size @param {number} version @param {Set} set */
function drawVersion(size, version, set) {
  const bits = corrected(version, 0x1f25, 12);
  for (let n = 0; n < 18; n += 1) {
    const [a, b] = [size - 11 + n % 3, Math.floor(n / 3)];
    set(a, b, (bits >> n & 1) === 1);
    set(b, a, (bits >> n & 1) === 1);
  }
}

/** In pairs of columns from the right, up and down in turn. @param {(boolean | undefined)[][]} grid @param {number[]} codewords @param {number} mask */
function fill(grid, codewords, mask) {
  const size = grid.length;
  const is_masked = MASKS[mask];
  let n = 0;
  for (let right = size - 1; right > 0; right -= right === 8 ? 3 : 2) {
    const is_up = (right + (right < 6 ? 1 : 0)) / 2 % 2 === (size - 1) / 2 % 2;
    for (let step = 0; step < size; step += 1) {
      const y = is_up ? size - 1 - step : step;
      for (const x of [right, right - 1]) {
        const row = grid[y];
        if (row === undefined || row[x] !== undefined) continue;
        const bit = ((codewords[n >> 3] ?? 0) >> (7 - (n & 7)) & 1) === 1;
        row[x] = bit !== is_masked?.(x, y);
        n += 1;
      }
    }
  }
}

/** How hard it is to read: long runs, blocks, what looks like a corner, more of one colour. @param {Modules} modules */
function penalty(modules) {
  const rows = modules.map((row) => row.map(Number).join(''));
  const columns = modules.map((_, x) => modules.map((row) => Number(row[x])).join(''));
  let points = 0;
  for (const line of [...rows, ...columns]) {
    for (const [run] of line.matchAll(/0{5,}|1{5,}/g)) points += run.length - 2;
    points += 40 * [...line.matchAll(/(?=10111010000|00001011101)/g)].length;
  }
  for (let y = 1; y < rows.length; y += 1) {
    for (let x = 1; x < rows.length; x += 1) {
      const four = `${rows[y - 1]?.slice(x - 1, x + 1)}${rows[y]?.slice(x - 1, x + 1)}`;
      if (four === '0000' || four === '1111') points += 3;
    }
  }
  const n_dark = rows.join('').replaceAll('0', '').length;
  return points + 10 * Math.floor(Math.abs(n_dark / rows.length ** 2 - 0.5) * 20);
}
