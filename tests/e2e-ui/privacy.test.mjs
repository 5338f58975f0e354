// Privacy: what left this computer, the lock, what is stored, what was stopped. Nothing here is counted but what the records hold.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Desk } from './devhost.mjs';
import { ask, make, serious } from './made.mjs';

let desk;
before(async () => (desk = await Desk.open()));
after(() => desk?.close());

async function privacy(options) {
  const page = await desk.page(options);
  await page.locator('nav.rail').waitFor();
  await page.goto(`${new URL(desk.address).origin}/#/privacy`);
  await page.getByRole('heading', { name: 'Privacy' }).waitFor();
  return page;
}

test('what is made on this computer sends nothing, and the rail says so', async () => {
  const page = await privacy();
  await make(page, 'a whale under the sea');
  await page.getByRole('link', { name: '0 bytes sent today' }).waitFor();
  await page.getByText('No connections').waitFor();
  for (const name of ['Training AI', 'Usage statistics']) assert.equal(await page.getByRole('switch', { name }).getAttribute('aria-checked'), 'false');
  await Desk.look(page, 'privacy');
  assert.deepEqual(await serious(page), []);
  assert.deepEqual(page.faults, []);
});

test('the lock is one, wherever it is closed', async () => {
  const page = await privacy();
  const lock = page.getByRole('switch', { name: 'Offline lock' });
  await lock.click();
  await page.getByRole('button', { name: 'Offline lock: Offline' }).waitFor();
  assert.deepEqual(await ask(page, 'offline_lock', { closed: null }), { closed: true });
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Commands' }).waitFor();
  await page.keyboard.type('offline');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Offline lock: Online' }).waitFor();
  assert.equal(await lock.getAttribute('aria-checked'), 'false');
  await page.keyboard.press('Control+Shift+L');
  await page.getByRole('button', { name: 'Offline lock: Offline' }).click();
  assert.deepEqual(await ask(page, 'offline_lock', { closed: null }), { closed: false });
  assert.deepEqual(page.faults, []);
});

test('what was stopped stands there by rule and time, never by its words', async () => {
  const page = await privacy();
  const request = { operation: 'generate', model: 'local/scene', prompt: 'explicit nude woman having sex, pornographic photo', count: 1, on_unsupported: 'refuse', max_cost: 0 };
  assert.equal((await ask(page, 'draft_submit', { request })).code, 'blocked');
  await page.reload();
  const row = page.getByRole('row', { name: /Your words/ });
  await row.waitFor();
  assert.ok(!(await page.locator('main').innerText()).includes('pornographic'));
  assert.match(await row.innerText(), /sexual content/i);
});

test('every place that holds something is named, with its size', async () => {
  const page = await privacy({ dark: true });
  for (const name of ['Library', 'Work in progress', 'Settings', 'Logs', 'Models']) await page.locator('li', { has: page.getByText(name, { exact: true }) }).first().waitFor();
  assert.ok(await page.getByText(desk.folder).count());
  assert.deepEqual(await serious(page), []);
});
