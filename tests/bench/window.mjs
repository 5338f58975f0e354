// What the window costs beside an empty one with the same plugins: time to the first paint, memory, scrolling, pictures. Prints JSON.
//
//   node window.mjs PRODUCT EMPTY DATA JPEG PAIRS
//
// Both take turns on one display. The first paint is read off the display's own memory (Xvfb -fbdir), so neither is changed to be measured.
import { spawn } from 'node:child_process';
import { closeSync, cpSync, mkdtempSync, openSync, readFileSync, readSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Window, until } from '../e2e-native/webdriver.mjs';

const [product, empty, given, jpeg, pairs] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'allxone-bench-'));
const median = (all) => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)];
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const log = (what) => process.stderr.write(`  ${what}\n`);

// ── a display whose memory is a file ──
const display = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x800x24', '-fbdir', folder, '-nolisten', 'tcp'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
process.env.DISPLAY = `:${await new Promise((told) => display.stdio[3].once('data', (text) => told(String(text).trim())))}`;
delete process.env.WAYLAND_DISPLAY;
const screen = openSync(join(folder, 'Xvfb_screen0'), 'r');
const head = Buffer.alloc(100);
readSync(screen, head, 0, 100, 0);
const word = (n) => head.readUInt32BE(n * 4);
const [start, line, height] = [word(0) + word(19) * 12, word(12), word(5)];
const row = Buffer.alloc(line);

/** The colours of a grid of points of the display. */
function colours() {
  const seen = new Map();
  for (let y = 20; y < height; y += 26) {
    readSync(screen, row, 0, line, start + y * line);
    for (let x = 12; x < line / 4; x += 24) {
      const colour = row.readUInt32LE(x * 4) & 0xffffff;
      seen.set(colour, (seen.get(colour) ?? 0) + 1);
    }
  }
  return seen;
}

/** Something is drawn on the window's ground. While there is no window, the display is black. */
const painted = () => {
  const seen = colours();
  return seen.size > 1 && !seen.has(0) && [...seen.values()].toSorted((a, b) => b - a)[1] >= 2;
};

/** What can be pressed is drawn: the accent of the button, and of the empty window's only block. */
const stands = () => (colours().get(0x2a45b5) ?? 0) >= 4;

/** A process and all below it. */
function tree(pid) {
  const parents = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      return [[Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])]];
    } catch {
      return [];
    }
  });
  const all = [pid];
  for (const one of all) all.push(...parents.filter(([, parent]) => parent === one).map(([child]) => child));
  return all;
}

/** Its proportional share of memory in MiB, of all its processes; and of each kind. */
function pss(pid) {
  let whole = 0;
  for (const one of tree(pid)) {
    try {
      whole += Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${one}/smaps_rollup`, 'utf8'))[1]) / 1024;
    } catch {
      // It has ended meanwhile.
    }
  }
  return whole;
}

const data = join(folder, 'data');
cpSync(given, data, { recursive: true });
const environment = { ALLXONE_DATA_DIR: data, EMPTY_WINDOW_FILE: jpeg };

/** Starts a program, waits for its first paint, for what can be used and for quiet; then ends it. */
async function started(program) {
  while (painted()) await pause(50);
  const begun = performance.now();
  const child = spawn(program, { stdio: 'ignore', detached: true, env: { ...process.env, ...environment } });
  while (!painted()) {
    await pause(4);
    if (performance.now() - begun > 120_000 || child.exitCode !== null) throw new Error(`${program} painted nothing`);
  }
  const paint = performance.now() - begun;
  while (!stands() && performance.now() - begun < 120_000) await pause(4);
  const use = performance.now() - begun;
  await pause(6000);
  const memory = pss(child.pid);
  process.kill(-child.pid, 'SIGKILL');
  await new Promise((ended) => (child.exitCode === null && child.signalCode === null ? child.once('exit', ended) : ended()));
  return { paint, use, memory };
}

const found = { paint: { product: [], empty: [] }, use: { product: [], empty: [] }, memory: { product: [], empty: [] } };
try {
  for (let pair = 0; pair <= Number(pairs); pair += 1) {
    for (const [name, program] of pair % 2 ? [['empty', empty], ['product', product]] : [['product', product], ['empty', empty]]) {
      const { paint, use, memory } = await started(program);
      log(`pair ${pair}, ${name}: first paint ${paint.toFixed(0)} ms, usable ${use.toFixed(0)} ms, ${memory.toFixed(0)} MiB`);
      // The first pair fills the caches of the system.
      if (pair) found.paint[name].push(paint), found.use[name].push(use), found.memory[name].push(memory);
    }
  }

  // ── the networks: memory before the first check, with it, and after a while without ──
  const rest = 20;
  const warm = await Window.open({ ...environment, ALLXONE_REST_AFTER: String(rest) }, product);
  try {
    await until('the open library', async () => (await warm.call('session')).ok.state.is === 'open');
    await pause(5000);
    const [{ pid }] = warm.processes();
    const before = pss(pid);
    const { ok: models } = await warm.call('models');
    const model = models.find((one) => one.operation === 'generate');
    const request = { operation: 'generate', model: model.id, prompt: 'a lighthouse in a storm', count: 1, max_cost: 0, on_unsupported: 'refuse' };
    const checked = await warm.call('draft_check', { request, confirmed: false });
    if (!checked.ok) throw new Error(JSON.stringify(checked));
    const with_gate = pss(pid);
    await pause((rest + 5) * 1000);
    found.gate = { before, warm: with_gate, rested: pss(pid) };
    log(`gate: ${JSON.stringify(found.gate)}`);
  } finally {
    await warm.close();
  }

  // ── scrolling the library, with its pictures and with empty cells, in turn ──
  const window = await Window.open(environment, product);
  try {
    await until('the open library', async () => (await window.call('session')).ok.state.is === 'open');
    await window.patience(180_000);
    await window.run(`location.hash = '#/library'`);
    await until('the grid', () => window.run(`return [...document.querySelectorAll('[role=grid] img')].some((one) => one.naturalWidth > 0)`));
    const scroll = (bare) => window.later(`
      const [bare, done] = arguments;
      const style = document.createElement('style');
      if (bare) { style.textContent = '[role=gridcell] > * { display: none !important }'; document.head.append(style); }
      const box = document.querySelector('[role=grid]');
      const gaps = [];
      let last = 0, step = 0;
      box.scrollTop = 0;
      const frame = (now) => {
        if (last) gaps.push(now - last);
        last = now;
        box.scrollTop += box.clientHeight * 0.4;
        if ((step += 1) < 120) requestAnimationFrame(frame); else { style.remove(); box.scrollTop = 0; done(gaps); }
      };
      requestAnimationFrame(frame);`, bare);
    found.scroll = { full: [], bare: [] };
    for (let turn = 0; turn <= 5; turn += 1) {
      for (const bare of turn % 2 ? [true, false] : [false, true]) {
        const gaps = await scroll(bare);
        if (turn) found.scroll[bare ? 'bare' : 'full'].push(Math.max(...gaps.slice(5)));
      }
    }
    log(`scrolling, worst gaps: ${JSON.stringify(found.scroll)}`);

    // ── pictures: the original of 12 megapixels and a thumbnail, beside the same file served plain ──
    const plain = await Window.open(environment, empty);
    try {
      await plain.patience(120_000);
      const list = { words: '', filter: { favourites: false, trash: false }, after: null, limit: 40 };
      const { items } = (await window.call('library_list', list)).ok;
      const large = items.find((one) => one.width * one.height > 10e6);
      if (!large) throw new Error('the library has no picture of 12 megapixels');
      const show = (where, address) => where.later(`
        const [address, done] = arguments;
        const one = new Image();
        one.src = address;
        const begun = performance.now();
        one.decode().then(() => done(performance.now() - begun), (error) => done(String(error)));`, address);
      found.picture = { ours: [], plain: [], thumbnail: [] };
      for (let turn = 0; turn <= 10; turn += 1) {
        const times = {
          ours: await show(window, `allxone-picture://localhost/picture/${large.id}?${turn}`),
          plain: await show(plain, `plain://localhost/file?${turn}`),
          thumbnail: await show(window, `allxone-picture://localhost/thumbnail/${items[turn + 1].id}?${turn}`)
        };
        for (const [name, time] of Object.entries(times)) {
          if (typeof time !== 'number') throw new Error(`${name}: ${time}`);
          if (turn) found.picture[name].push(time);
        }
      }
      log(`pictures: ${JSON.stringify(found.picture)}`);
    } finally {
      await plain.close();
    }
  } finally {
    await window.close();
  }
} finally {
  closeSync(screen);
  display.kill();
  rmSync(folder, { recursive: true, force: true });
}
const out = { pairs: Number(pairs), gate: found.gate };
for (const part of ['paint', 'use', 'memory', 'scroll', 'picture']) {
  out[part] = Object.fromEntries(Object.entries(found[part] ?? {}).map(([name, all]) => [name, median(all)]));
}
console.log(JSON.stringify(out));
