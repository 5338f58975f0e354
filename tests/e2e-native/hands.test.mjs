// What comes from outside the page: files dropped by another program, the system's dialogs, the clipboard. On the real window.
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { firstPicture } from './first-picture.mjs';
import { Key, until } from './webdriver.mjs';

const TOOL = join(import.meta.dirname, 'x11.py');
const x11 = async (...words) => (await promisify(execFile)('python3', [TOOL, ...words])).stdout.trim();
const here = (title) => until(`the window “${title}”`, async () => (await x11('look', title)).startsWith('shown'));
const folder = mkdtempSync(join(tmpdir(), 'allxone-hands-'));
const photo = join(folder, 'a photo.png');

let window;
before(async () => {
  ({ window } = await firstPicture({ ALLXONE_DATA_DIR: join(folder, 'data') }));
  // A picture of a person's own.
  const data = await window.run(`
    const sheet = Object.assign(document.createElement('canvas'), { width: 320, height: 240 });
    const pen = sheet.getContext('2d');
    pen.fillStyle = '#3a7d5a';
    pen.fillRect(0, 0, 320, 240);
    pen.fillStyle = '#fd4';
    pen.arc(160, 120, 60, 0, 7);
    pen.fill();
    return sheet.toDataURL('image/png');`);
  writeFileSync(photo, Buffer.from(data.split(',')[1], 'base64'));
});
after(async () => {
  await window?.close();
  rmSync(folder, { recursive: true, force: true });
});

const go = (place) => window.run(`location.hash = '${place}'`);
const offered = (name) => until(`the question what ${name || 'the picture'} is for`, () => window.run(`const box = document.querySelector('.dialog'); return box && box.innerText.includes(arguments[0]) && [...box.querySelectorAll('img')].some((one) => one.naturalWidth > 0)`, name));
const away = async () => {
  await window.type('.dialog', Key.escape);
  await until('the closed dialog', () => window.run(`return !document.querySelector('.dialog')`));
};

/** Writes a path into a dialog of the system: opened with Control and L, so that no letter is lost while its field appears. */
async function choose(title, path) {
  await x11('type', title, '^l');
  await x11('type', title, '^a');
  await x11('type', title, path);
  // While the field looks for what fits, Enter is not heard.
  await until(`the end of “${title}”`, async () => {
    if (!(await x11('look', title)).startsWith('shown')) return true;
    await x11('type', title, '\\n').catch(() => {});
    return false;
  });
}

test('a file that another program lets go over the window is taken', { timeout: 120_000 }, async () => {
  await go('#/library');
  await x11('drop', 'AllXOne', photo);
  await offered('a photo.png');
  await away();
});

test('the system’s dialog opens a picture', { timeout: 120_000 }, async () => {
  await go('#/library');
  await x11('type', 'AllXOne', '^o');
  await here('Open File');
  await choose('Open File', photo);
  await offered('a photo.png');
  await away();
});

test('a picture that was copied elsewhere is pasted', { timeout: 120_000 }, async () => {
  const other = spawn('python3', [TOOL, 'offer', photo], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await new Promise((ready) => other.stdout.once('data', ready));
    await go('#/library');
    await x11('type', 'AllXOne', '^v');
    await offered('');
    await away();
  } finally {
    other.kill();
  }
});

test('a picture is copied for another program, and saved where the system’s dialog says', { timeout: 120_000 }, async () => {
  await go('#/library');
  const { items } = (await window.call('library_list', { words: '', filter: { favourites: false, trash: false }, after: null, limit: 1 })).ok;
  await go(`#/library?item=${items[0].id}`);
  await until('the viewer', () => window.run(`return [...document.querySelectorAll('.viewer img')].some((one) => one.naturalWidth >= 512)`));
  await x11('type', 'AllXOne', '^c');
  await until('the copy', async () => (await x11('asked')).split('\n').includes('image/png'));

  const copy = join(folder, 'kept', 'copy.png');
  mkdirSync(join(folder, 'kept'));
  await window.run(`[...document.querySelectorAll('.viewer aside button')].find((one) => one.innerText.includes('Save a copy')).click()`);
  await here('Save File');
  await choose('Save File', copy);
  await until('the saved copy', () => existsSync(copy));
  assert.deepEqual([...readFileSync(copy).subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
});
