// The pictures of the program that are shown in public (docs/screens): the real screen, the real engine, nothing retouched.
//
// node tests/e2e-ui/look/public.mjs [FOLDER]: FOLDER keeps the library, so that it is filled once.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Desk } from '../devhost.mjs';
import { say } from './browser.mjs';

const root = resolve(import.meta.dirname, '../../..');
const out = join(root, 'docs/screens');
const [folder = join(root, 'target/public')] = process.argv.slice(2);

const SCENES = [
  'a panda in a bamboo forest in the morning',
  'three sheep on a green meadow',
  'a whale and two fish under the sea',
  'a castle on a snowy hill under the northern lights',
  'a red car on a road in the desert at sunset',
  'two penguins on the ice at night',
  'a parrot on the beach at sunset',
  'a robot watering flowers in a garden',
  'a cat on a car in the rain',
  'a sailing boat on a stormy sea at sunset',
  'a dragon above a castle at night under a full moon',
  'four mushrooms in a misty forest in the morning',
  'a giraffe and an elephant in the savanna at sunset',
  'a camel in the desert under the stars',
  'a fox in a snowy forest at night under a full moon'
];
const STYLED = [
  ['a castle on a snowy hill', 'starry-strokes'],
  ['a red car on a road', 'crimson-gold'],
  ['a sailing boat on a stormy sea', 'golden-hour']
];
const PICTURE = '/picture/picture/';

const shown = (page, part, least = 1) =>
  page.waitForFunction(([want, count]) => [...document.images].filter((one) => one.src.includes(want) && one.complete && one.naturalWidth).length >= count, [part, least], { timeout: 180_000 });
/** Asks the host as the screen does. */
const call = (page, name, request) =>
  page.evaluate(async ([path, body]) => {
    const answer = await fetch(`/call/${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
    return answer.json();
  }, [name, request]);
const list = async (page) => (await call(page, 'library_list', { words: '', filter: { favourites: false, trash: false }, after: null, limit: 100 })).items;

async function fill(desk) {
  const page = await desk.page();
  await page.locator('#prompt').waitFor();
  const common = { count: 1, on_unsupported: 'refuse', max_cost: 0 };
  const made = async (request, parents = []) => {
    const before = (await list(page)).length;
    await call(page, 'draft_submit', { request: { ...common, ...request }, parents });
    for (let wait = 0; wait < 600 && (await list(page)).length === before; wait++) await page.waitForTimeout(250);
  };
  for (const [index, prompt] of SCENES.entries()) await made({ operation: 'generate', model: 'local/scene', prompt, seed: String(41 + index), size: { width: 1024, height: 1024 } });
  for (const [prompt, style] of STYLED) {
    const item = (await list(page)).find((one) => one.operation === 'generate' && one.prompt.startsWith(prompt));
    const staged = await call(page, 'library_stage', item.id);
    await made({ operation: 'stylise', model: 'local/style-26', style, strength: 100, inputs: [{ sha256: staged.sha256, role: 'init' }] }, [item.id]);
  }
  await call(page, 'library_favourite', { items: (await list(page)).filter((_, index) => index % 5 === 1).map((one) => one.id), on: true });
  await page.context().close();
}

async function take(page, name) {
  await page.evaluate(async () => {
    await Promise.all([...document.images].map((one) => one.decode().catch(() => {})));
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  });
  const png = await page.screenshot({ animations: 'disabled' });
  const data = await page.evaluate(async (source) => {
    const picture = await createImageBitmap(new Blob([Uint8Array.from(atob(source), (one) => one.charCodeAt(0))]));
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    canvas.getContext('2d').drawImage(picture, 0, 0);
    for (let quality = 0.92; ; quality -= 0.06) {
      const blob = await canvas.convertToBlob({ type: 'image/webp', quality });
      if (blob.size > 240_000 && quality > 0.5) continue;
      const bytes = new Uint8Array(await blob.arrayBuffer());
      let text = '';
      for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
      return btoa(text);
    }
  }, png.toString('base64'));
  const bytes = Buffer.from(data, 'base64');
  writeFileSync(join(out, `${name}.webp`), bytes);
  console.log(`${name}.webp: ${bytes.length} bytes`);
}

mkdirSync(out, { recursive: true });
const library = join(folder, 'library-of-scenes');
const desk = await Desk.open({ folder: library });
try {
  if (!existsSync(join(library, '.filled'))) {
    await fill(desk);
    writeFileSync(join(library, '.filled'), '');
  }
  const at = { ratio: 1.5 };

  let page = await desk.page({ ...at });
  await page.locator('#prompt').fill('a castle on a hill at night under the northern lights');
  await page.waitForTimeout(1_500);
  await page.locator('#prompt').press('Enter');
  await shown(page, PICTURE);
  await page.waitForTimeout(500);
  await take(page, 'create');
  await page.context().close();

  page = await desk.page({ ...at, dark: true });
  await page.locator('nav a[href="#/library"]').click();
  await shown(page, '/thumbnail/', 12);
  await page.mouse.move(640, 2);
  await take(page, 'library-dark');
  await page.context().close();

  page = await desk.page({ ...at });
  const styled = (await list(page)).filter((one) => one.operation === 'stylise');
  await page.evaluate((id) => (location.hash = `#/library?item=${id}`), styled.at(-1).id);
  await shown(page, PICTURE);
  await page.keyboard.press('c');
  await shown(page, PICTURE, 2);
  await take(page, 'compare');
  await page.context().close();

  page = await desk.page({ ...at, dark: true });
  const source = (await list(page)).find((one) => one.prompt.startsWith('a castle'));
  await page.evaluate((id) => (location.hash = `#/library?item=${id}`), source.id);
  await page.locator('.viewer aside').waitFor();
  await page.getByRole('button', { name: say('en', 'verb_stylise'), exact: true }).first().click();
  await page.locator('.composer img').first().waitFor();
  await page.waitForTimeout(1_500);
  await take(page, 'styles-dark');
  await page.context().close();

  page = await desk.page({ ...at });
  await page.locator('nav a[href="#/privacy"]').first().click();
  await page.locator('h1').first().waitFor();
  await page.waitForTimeout(800);
  await page.mouse.move(640, 2);
  await take(page, 'privacy');
  await page.context().close();
} finally {
  await desk.close();
}
