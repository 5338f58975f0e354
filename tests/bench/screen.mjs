// What the screen costs a person's patience: Chromium against the development host with a large library. One line of JSON for each figure.
//
// node tests/bench/screen.mjs FOLDER LARGE-LIBRARY [COUNT]: FOLDER keeps the library from one run to the next; LARGE-LIBRARY fills it.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, resolve } from 'node:path';
import { Desk } from '../e2e-ui/devhost.mjs';

const [folder, fill, count = '10000'] = process.argv.slice(2);
const root = resolve(import.meta.dirname, '../..');
const [WIDTH, HEIGHT] = [4000, 3000];
const PHOTO = 'a photo of twelve megapixels';
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const round = (value) => Math.round(value * 10) / 10;
const row = (what, unit, value, runs, more = {}) => console.log(JSON.stringify({ what, unit, value: round(value), runs, ...more }));

/** A JPEG with the detail of a photo: noise in many sizes. */
async function photo(browser) {
  const page = await browser.newPage();
  const data = await page.evaluate(async ([width, height]) => {
    const canvas = new OffscreenCanvas(width, height);
    const pen = canvas.getContext('2d');
    let seed = 7;
    const random = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    for (const side of [width, 400, 80, 16, 4]) {
      const small = new OffscreenCanvas(Math.ceil(width / side), Math.ceil(height / side));
      const image = small.getContext('2d').createImageData(small.width, small.height);
      for (let n = 0; n < image.data.length; n += 4) image.data.set([random() * 255, random() * 255, random() * 255, 90], n);
      small.getContext('2d').putImageData(image, 0, 0);
      pen.drawImage(small, 0, 0, width, height);
    }
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.88 })).arrayBuffer());
    let text = '';
    for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
    return btoa(text);
  }, [WIDTH, HEIGHT]);
  await page.close();
  return Buffer.from(data, 'base64');
}

/** The longest piece of script, by the clock and in processor time, and the longest task of any kind, in milliseconds while `act` runs. */
async function longest(desk, page, act) {
  await desk.browser.startTracing(page, { categories: ['devtools.timeline', 'disabled-by-default-devtools.timeline', 'toplevel'] });
  await act();
  const { traceEvents } = JSON.parse((await desk.browser.stopTracing()).toString());
  const main = traceEvents.filter((one) => one.name === 'thread_name' && one.args.name === 'CrRendererMain').map((one) => `${one.pid}.${one.tid}`);
  const length = (names, time) => Math.max(0, ...traceEvents.filter((one) => one.ph === 'X' && names.has(one.name) && main.includes(`${one.pid}.${one.tid}`)).map((one) => (one[time] ?? 0) / 1000));
  const scripts = new Set(['FunctionCall', 'EventDispatch', 'TimerFire', 'FireAnimationFrame', 'RunMicrotasks', 'EvaluateScript', 'v8.callFunction']);
  // `tdur` is processor time: what is left when other programs of a busy machine are taken away.
  return { script: length(scripts, 'dur'), processor: length(scripts, 'tdur'), task: length(new Set(['RunTask', 'ThreadControllerImpl::RunTask']), 'dur') };
}

mkdirSync(folder, { recursive: true });
const library = join(folder, `library-${count}`);
const file = join(folder, PHOTO);
if (!existsSync(join(library, '.filled'))) {
  rmSync(library, { recursive: true, force: true });
  const desk = await Desk.open({ store: 'memory' });
  writeFileSync(file, await photo(desk.browser));
  await desk.close();
  execFileSync(fill, [library, count, PHOTO], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  writeFileSync(join(library, '.filled'), '');
}

const desk = await Desk.open({ folder: library });
try {
  const page = await desk.page();
  await page.locator('#prompt').waitFor();
  await page.waitForTimeout(3_000);

  const text = 'a fox and three owls under a full moon in a snowy forest beside a castle on a hill, with two cats on a car in the rain, '.repeat(2).slice(0, 200);
  await page.locator('#prompt').fill('');
  const typing = await longest(desk, page, () => page.keyboard.type(text, { delay: 35 }));
  row(`longest script while 200 characters are typed, with the live verdict`, 'ms', typing.script, 1, { limit: 50 });
  row('the same in processor time', 'ms', typing.processor, 1);
  row('longest task of the main thread meanwhile', 'ms', typing.task, 1);

  const places = ['#/library', '#/privacy', '#/settings', '#/'];
  const turns = [];
  const switching = await longest(desk, page, async () => {
    for (let turn = 0; turn < 50; turn++) {
      turns.push(
        await page.evaluate(async (href) => {
          const frame = () => new Promise((done) => requestAnimationFrame(done));
          const there = { '#/library': '[role=gridcell] img', '#/privacy': '.page table, .page .empty', '#/settings': '[role=tabpanel]', '#/': '#prompt' }[href];
          const old = document.querySelector('main > *');
          const begun = performance.now();
          document.querySelector(`nav a[href="${href}"]`).click();
          while (document.querySelector('main > *') === old || !document.querySelector(`main ${there}`)) await frame();
          // The frame that has it is painted when the next task after it begins.
          await frame();
          await new Promise((done) => {
            const channel = new MessageChannel();
            channel.port1.onmessage = done;
            channel.port2.postMessage(0);
          });
          return performance.now() - begun;
        }, places[turn % places.length])
      );
    }
  });
  row('from a click to the next place painted, median of 50', 'ms', median(turns), 50, { limit: 100 });
  row('the slowest of them', 'ms', Math.max(...turns), 50);
  row('longest script meanwhile', 'ms', switching.script, 1, { limit: 50 });
  row('the same in processor time', 'ms', switching.processor, 1);

  // The picture of twelve megapixels: in the viewer, and as a plain file of a plain server, in turn.
  const jpeg = readFileSync(file);
  const plain = createServer((request, response) => {
    if (request.url.startsWith('/photo')) response.writeHead(200, { 'content-type': 'image/jpeg', 'cache-control': 'no-store' }).end(jpeg);
    else response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>plain</title>');
  });
  await new Promise((done) => plain.listen(0, '127.0.0.1', done));
  const address = `http://127.0.0.1:${plain.address().port}`;
  const [ours, theirs, thumbnails, scripts] = [[], [], [], []];
  for (let run = 0; run < 7; run++) {
    const other = await (await desk.browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
    await other.goto(address);
    theirs.push(
      await other.evaluate(async () => {
        const begun = performance.now();
        const image = new Image();
        image.style.cssText = 'max-width: 900px';
        image.src = '/photo';
        document.body.append(image);
        await image.decode();
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
        return performance.now() - begun;
      })
    );
    await other.context().close();
    const fresh = await desk.page();
    await fresh.locator('nav a[href="#/library"]').click();
    await fresh.locator('[role=gridcell] img').first().waitFor();
    await fresh.waitForTimeout(1_000);
    let seen;
    const { script } = await longest(desk, fresh, async () => {
      seen = await fresh.evaluate(async () => {
        const frame = () => new Promise((done) => requestAnimationFrame(done));
        const until = async (find) => {
          for (;;) {
            const found = find();
            if (found) return found;
            await frame();
          }
        };
        const begun = performance.now();
        document.querySelector('[role=gridcell]').click();
        const quick = await until(() => [...document.querySelectorAll('.viewer img')].find((one) => one.src.includes('/thumbnail/') && one.complete && one.naturalWidth));
        const thumbnail = performance.now() - begun;
        const image = await until(() => [...document.querySelectorAll('.viewer img')].find((one) => one !== quick && one.src.includes('/picture/picture/')));
        await image.decode();
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
        return { thumbnail, original: performance.now() - begun, width: image.naturalWidth };
      });
    });
    if (seen.width !== WIDTH) throw new Error(`the first picture is ${seen.width} pixels wide`);
    ours.push(seen.original);
    thumbnails.push(seen.thumbnail);
    scripts.push(script);
    await fresh.context().close();
  }
  plain.close();
  row('from a click to the thumbnail in the viewer', 'ms', median(thumbnails), thumbnails.length, { limit: 100 });
  row('longest script while the viewer opens', 'ms', Math.max(...scripts), scripts.length, { limit: 50 });
  row('12-megapixel original in the viewer', 'ms', median(ours), ours.length, { against: { whom: 'plain', value: round(median(theirs)), runs: theirs.length }, times: 1.3 });
  if (page.faults.length) throw new Error(page.faults.join('\n'));
} finally {
  await desk.close();
}

const [, start] = /^(\d+) bytes at the start/.exec(execFileSync(process.execPath, [join(root, 'ui/scripts/budget.mjs')], { encoding: 'utf8' })) ?? [];
row('JavaScript at the start, packed', 'kB', Number(start) / 1000, 1, { limit: 120 });
