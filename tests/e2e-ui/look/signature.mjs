// What a screen looks like, in few bytes: how light every square of 10 pixels is, and how red and blue every square of 40. Enough to find a
// word that changed, a line that moved by four pixels, a colour that turned; small enough to be kept in the repository for every screen.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** Pixels a side of a square: of lightness, of tint. */
const CELL = 10;
const WIDE = 40;
/** Means are kept in 64 steps. */
const STEP = 4;
/** A square has changed when its mean is off by more than so many steps: letters drawn by another version of the browser are not. */
const STEPS = 2;
/** A lesser change counts where it is of more than this share of the screen: another ground, another tint. */
const MANY = 0.05;
const FILE = join(import.meta.dirname, 'screens.json');

/** Runs in a page: the means of a PNG, row by row; first lightness, then blue and red against it. */
async function means([png, cell, wide, step]) {
  const bytes = Uint8Array.from(atob(png), (one) => one.charCodeAt(0));
  const picture = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
  const { width, height } = picture;
  const pen = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  pen.drawImage(picture, 0, 0);
  const { data } = pen.getImageData(0, 0, width, height);
  const mean = (side, value) => {
    const across = Math.ceil(width / side);
    const sums = new Float64Array(across * Math.ceil(height / side));
    const counts = new Uint32Array(sums.length);
    for (let y = 0, at = 0; y < height; y++) {
      const row = Math.floor(y / side) * across;
      for (let x = 0; x < width; x++, at += 4) {
        const into = row + Math.floor(x / side);
        sums[into] += value(at);
        counts[into] += 1;
      }
    }
    return Array.from(sums, (sum, n) => Math.floor(sum / counts[n] / step));
  };
  const light = (at) => 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
  return { width, cells: [...mean(cell, light), ...mean(wide, (at) => 128 + 0.564 * (data[at + 2] - light(at))), ...mean(wide, (at) => 128 + 0.713 * (data[at] - light(at)))], lights: Math.ceil(width / cell) * Math.ceil(height / cell) };
}

/** The signature of a PNG, drawn in `page`. */
export async function sign(page, png) {
  const { width, lights, cells } = await page.evaluate(means, [png.toString('base64'), CELL, WIDE, STEP]);
  return { width, lights, cells: Uint8Array.from(cells) };
}

/** Where two signatures differ: nothing, or a rectangle in pixels and how many squares of it. */
export function differs(one, two) {
  if (one.width !== two.width || one.cells.length !== two.cells.length) return { squares: one.lights, left: 0, top: 0, width: one.width, height: (one.lights / Math.ceil(one.width / CELL)) * CELL };
  const tints = (one.cells.length - one.lights) / 2;
  let changed = [];
  const slight = [];
  for (let n = 0; n < one.cells.length; n++) {
    const off = Math.abs(one.cells[n] - two.cells[n]);
    if (off < 2) continue;
    const [side, at] = n < one.lights ? [CELL, n] : [WIDE, (n - one.lights) % tints];
    const across = Math.ceil(one.width / side);
    (off > STEPS ? changed : slight).push({ left: (at % across) * side, top: Math.floor(at / across) * side, side });
  }
  if (slight.length > one.cells.length * MANY) changed = [...changed, ...slight];
  if (!changed.length) return null;
  const left = Math.min(...changed.map((square) => square.left));
  const top = Math.min(...changed.map((square) => square.top));
  const right = Math.max(...changed.map((square) => square.left + square.side));
  const bottom = Math.max(...changed.map((square) => square.top + square.side));
  return { squares: changed.length, left, top, width: right - left, height: bottom - top };
}

/** The accepted signatures, by the name of the screen. */
export class Accepted {
  constructor() {
    try {
      this.known = JSON.parse(readFileSync(FILE, 'utf8'));
    } catch {
      this.known = {};
    }
    this.seen = {};
  }

  get(name) {
    const found = this.known[name];
    if (!found) return null;
    const [width, lights, packed] = found.split(':');
    return { width: Number(width), lights: Number(lights), cells: new Uint8Array(inflateRawSync(Buffer.from(packed, 'base64'))) };
  }

  /** What was accepted stays as it is written where nothing changed, so that a change of one screen is a change of one line. */
  put(name, signature) {
    const before = this.get(name);
    this.seen[name] = before && !differs(before, signature) ? this.known[name] : `${signature.width}:${signature.lights}:${deflateRawSync(signature.cells, { level: 9 }).toString('base64')}`;
  }

  save() {
    writeFileSync(FILE, `${JSON.stringify(this.seen, Object.keys(this.seen).sort(), 0).replaceAll('","', '",\n"').replace('{', '{\n').replace(/\}$/, '\n}')}\n`);
  }
}

/** The PNG with a frame around what changed. */
export async function framed(page, png, { left, top, width, height }) {
  const data = await page.evaluate(async ([source, box]) => {
    const picture = await createImageBitmap(await (await fetch(`data:image/png;base64,${source}`)).blob());
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    const pen = canvas.getContext('2d');
    pen.drawImage(picture, 0, 0);
    pen.strokeStyle = '#ff00aa';
    pen.lineWidth = 4;
    pen.strokeRect(box.left, box.top, box.width, box.height);
    const bytes = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
    return btoa([...bytes].map((one) => String.fromCharCode(one)).join(''));
  }, [png.toString('base64'), { left, top, width, height }]);
  return Buffer.from(data, 'base64');
}
