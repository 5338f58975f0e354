// A window's life: put away while it works, called back, closed, killed, started again in another language, and started where it cannot.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { firstPicture } from './first-picture.mjs';
import { Key, Window, until } from './webdriver.mjs';

const program = process.env.ALLXONE_WINDOW;
const screens = process.env.ALLXONE_SCREENS ?? 'target/screens';
const folder = mkdtempSync(join(tmpdir(), 'allxone-life-'));
const data = join(folder, 'data');
const settings = (more) => {
  mkdirSync(data, { recursive: true });
  writeFileSync(join(data, 'settings.json'), JSON.stringify(more));
};
const x11 = (verb) => execFileSync('python3', [join(import.meta.dirname, 'x11.py'), verb, 'AllXOne'], { encoding: 'utf8' }).trim();
const everything = { words: '', filter: { favourites: false, trash: false }, after: null, limit: 50 };
const gone = (pid) => until(`the end of process ${pid}`, () => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
});

/** Opens the window on `data`, hands it to `work`, and closes it whatever happens. */
async function withWindow(more, work) {
  const window = await Window.open({ ALLXONE_DATA_DIR: data, ...more });
  try {
    return await work(window);
  } catch (error) {
    await window.screenshot(join(screens, 'window-failed.png')).catch(() => {});
    throw new Error(`${error.message}\nThe page said:\n${await window.text().catch(() => '')}`, { cause: error });
  } finally {
    await window.close();
  }
}
const prompt = (window) => until('the prompt', () => window.run(`return document.querySelector('textarea')?.value.trim()`));
after(() => rmSync(folder, { recursive: true, force: true }));

test('put away at work it goes on, says so when it is done, and a second start brings it back', async () => {
  settings({ language: 'en' });
  const bus = spawn('dbus-monitor', ["interface='org.freedesktop.Notifications',member='Notify'"], { stdio: ['ignore', 'pipe', 'ignore'] });
  let notified = '';
  bus.stdout.on('data', (bytes) => (notified += bytes));
  try {
    await withWindow({}, async (window) => {
      const [{ pid }] = window.processes();
      await prompt(window);
      await until('the open library', async () => (await window.call('session')).ok.state.is === 'open');
      const { ok: models } = await window.call('models');
      const scene = models.find((one) => one.operation === 'generate');
      const request = { operation: 'generate', model: scene.id, prompt: 'three owls on a branch', count: scene.count.max, max_cost: 0, on_unsupported: 'refuse' };
      const submitted = await window.call('draft_submit', { request, confirmed: false });
      assert.ok(submitted.ok, JSON.stringify(submitted));
      x11('close');
      await until('the window to be put away', () => x11('look') === 'hidden');
      // As if the computer had slept: everything stands still, then goes on.
      for (const one of window.processes()) process.kill(one.pid, 'SIGSTOP');
      await new Promise((done) => setTimeout(done, 1500));
      for (const one of window.processes().reverse()) process.kill(one.pid, 'SIGCONT');
      await until('the pictures', async () => (await window.call('library_list', everything)).ok.items.length === scene.count.max);
      await until('the notification', () => notified.includes('Your picture is ready.'));
      assert.ok(!notified.includes('owls'), 'a notification tells nothing of the content');
      const second = spawnSync(program, { env: { ...process.env, ALLXONE_DATA_DIR: data }, timeout: 60_000 });
      assert.equal(second.status, 0, String(second.stderr));
      await until('the window to be back', () => x11('look').startsWith('shown'));
      // With nothing under way its close button closes it, and everything is put in order.
      x11('close');
      await gone(pid);
    });
  } finally {
    bus.kill();
  }
});

test('started again, in German and dark, the pictures are there and the offline lock holds', async () => {
  settings({ language: 'de', appearance: 'dark', offline: true });
  await withWindow({}, async (window) => {
    await prompt(window);
    assert.equal(await window.run('return document.documentElement.lang'), 'de');
    assert.equal(await window.run('return document.documentElement.dataset.theme'), 'dark');
    assert.ok((await window.call('library_list', everything)).ok.items.length >= 1);
    assert.equal((await window.call('offline_lock', { closed: null })).ok.closed, true);
    const beyond = await window.call('server_connect', { address: 'https://studio.example', token: 'x' });
    assert.equal(beyond.error?.code, 'offline_locked');
    await window.run(`location.hash = '#/library'`);
    await until('thumbnails', () => window.run(`return [...document.images].some((one) => one.src.includes('/thumbnail/') && one.naturalWidth > 0)`));
    await window.painted();
    await window.screenshot(join(screens, 'window-german-dark.png'));
    // What draws the page ends: it is drawn anew.
    const drawing = window.processes().find((one) => one.name.startsWith('WebKitWebProces'));
    const [own] = window.processes();
    process.kill(drawing.pid, 'SIGKILL');
    await until('a new process that draws', () => window.processes().some((one) => one.name.startsWith('WebKitWebProces') && one.pid !== drawing.pid));
    assert.ok(window.processes().some((one) => one.pid === own.pid));
  });
});

test('in Arabic it reads from right to left, and settings that are damaged count as none', async () => {
  settings({ language: 'ar' });
  await withWindow({}, async (window) => {
    await prompt(window);
    assert.equal(await window.run('return document.documentElement.dir'), 'rtl');
    await window.painted();
    await window.screenshot(join(screens, 'window-arabic.png'));
    // Killed, not closed: nothing is lost.
    process.kill(window.processes()[0].pid, 'SIGKILL');
  });
  writeFileSync(join(data, 'settings.json'), '{"language": "ar", "app');
  await withWindow({}, async (window) => {
    assert.ok(await prompt(window));
    assert.ok((await window.call('library_list', everything)).ok.items.length >= 1);
  });
});

test('what keeps it from starting is said in the window, with a way on', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  settings({ language: 'en' });
  await withWindow({ ALLXONE_MODELS_DIR: join(folder, 'nothing') }, async (window) => {
    await prompt(window);
    await window.type('textarea', '!');
    await until('the words that nothing can be checked', async () => (await window.text()).includes('The safety check cannot run.'));
    assert.ok((await window.call('library_list', everything)).ok, 'the library works without them');
    await window.screenshot(join(screens, 'window-no-models.png'));
  });
  await withWindow({ ALLXONE_DATA_DIR: join(file, 'data') }, async (window) => {
    const state = await until('the failure', async () => {
      const { state } = (await window.call('session')).ok;
      return state.is === 'failed' && state;
    });
    assert.equal(state.code, 'folder_unusable');
    await until('the page that says so', async () => (await window.text()).includes(state.message));
    assert.ok(await window.run(`return document.querySelectorAll('button').length`) >= 1, 'there is something to do');
    await window.screenshot(join(screens, 'window-no-folder.png'));
  });
  const nowhere = spawnSync(program, { env: { ...process.env, DISPLAY: ':9999', WAYLAND_DISPLAY: '' }, encoding: 'utf8', timeout: 60_000 });
  assert.equal(nowhere.status, 1);
  assert.match(nowhere.stderr, /display does not answer/);
  const none = spawnSync(program, { env: { ...process.env, DISPLAY: '', WAYLAND_DISPLAY: '' }, encoding: 'utf8', timeout: 60_000 });
  assert.match(none.stderr, /There is no display here/);
});
