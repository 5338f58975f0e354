// Settings hold at once and after a new start; keys can be changed, never to what is taken; the palette knows every place.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Desk } from './devhost.mjs';
import { ask, serious } from './made.mjs';

let desk;
before(async () => (desk = await Desk.open({ store: 'memory' })));
after(() => desk?.close());

async function settings(part, options) {
  const page = await desk.page(options);
  await page.locator('nav.rail').waitFor();
  await page.goto(`${new URL(desk.address).origin}/#/settings?part=${part}`);
  await page.getByRole('tabpanel').waitFor();
  return page;
}
const root = (page, name) => page.evaluate((name) => document.documentElement.dataset[name] ?? document.documentElement.getAttribute(name), name);

test('how it looks holds at once and after a new start', async () => {
  const page = await settings('appearance');
  for (const [label, theme] of [['Dark', 'dark'], ['High contrast', 'contrast'], ['Light', 'light']]) {
    await page.getByText(label, { exact: true }).click();
    await page.waitForFunction((theme) => document.documentElement.dataset.theme === theme, theme);
    assert.deepEqual(await serious(page), [], label);
  }
  await page.getByRole('slider').first().press('ArrowRight');
  await page.waitForFunction(() => document.documentElement.style.getPropertyValue('--scale') === '1.1');
  await page.reload();
  await page.getByRole('tabpanel').waitFor();
  assert.equal(await root(page, 'theme'), 'light');
  await ask(page, 'settings_set', { appearance: 'system' });
  assert.deepEqual(page.faults, []);
});

test('another language is spoken at once, and read in its direction', async () => {
  const page = await settings('language');
  await page.getByRole('combobox', { name: /^Language/ }).click();
  await page.getByRole('option', { name: 'العربية' }).click();
  await page.waitForFunction(() => document.documentElement.dir === 'rtl' && document.documentElement.lang === 'ar');
  await page.getByRole('link', { name: 'الخصوصية' }).first().waitFor();
  assert.deepEqual(await serious(page), []);
  await ask(page, 'settings_set', { language: 'en' });
  assert.deepEqual(page.faults, []);
});

test('a key that lies in a file is no reassurance, and gets a better place', async () => {
  const bare = await Desk.open({ store: 'file' });
  try {
    const page = await bare.page();
    await page.locator('nav.rail').waitFor();
    await page.goto(`${new URL(bare.address).origin}/#/settings?part=storage`);
    await page.getByText('encrypted, its key lies beside it').first().waitFor();
    assert.equal(await page.getByText('encrypted', { exact: true }).count(), 0);
    await page.getByRole('button', { name: 'Protect the key' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Nowhere: a passphrase').click();
    assert.equal(await dialog.getByRole('radio').count(), 2);
    await dialog.getByLabel('Passphrase', { exact: true }).fill('three owls at night');
    await dialog.getByLabel('Passphrase again').fill('three owls at night');
    assert.deepEqual(await serious(page), []);
    await dialog.getByRole('button', { name: 'Move the key' }).click();
    await page.getByText('A passphrase opens it; the key is kept nowhere.').waitFor();
    await page.getByText('encrypted', { exact: true }).first().waitFor();
    assert.deepEqual(page.faults, []);
  } finally {
    await bare.close();
  }
});

test('a shortcut is changed, taken keys are refused, the usual ones come back', async () => {
  const page = await settings('shortcuts');
  const change = (name) => page.getByRole('button', { name: `Change the shortcut: ${name}` });
  await change('Go to Library').click();
  await page.keyboard.press('Control+3');
  await page.getByText('Already used for: Go to Privacy').waitFor();
  await page.keyboard.press('Control+z');
  await page.getByText('Already used for: Take back the last deletion').waitFor();
  await page.keyboard.press('Control+j');
  await page.waitForFunction(() => document.querySelector('[aria-label="Change the shortcut: Go to Library"]').textContent.includes('J'));
  await page.keyboard.press('Control+j');
  await page.waitForFunction(() => location.hash.startsWith('#/library'));
  await page.keyboard.press('Control+4');
  await page.getByRole('button', { name: 'Back to the usual keys: Go to Library' }).click();
  await page.keyboard.press('Control+2');
  await page.waitForFunction(() => location.hash.startsWith('#/library'));
  await page.keyboard.press('F1');
  await page.getByRole('dialog', { name: 'Shortcuts' }).waitFor();
  assert.deepEqual(await serious(page), []);
  await page.keyboard.press('Escape');
  assert.deepEqual(page.faults, []);
});

test('the palette finds every place by a few letters and remembers what was used', async () => {
  const page = await settings('about');
  const open = async (letters) => {
    await page.keyboard.press('Control+k');
    await page.locator('.dialog [role=combobox]').waitFor();
    await page.keyboard.type(letters);
    await page.keyboard.press('Enter');
    await page.locator('.dialog [role=combobox]').waitFor({ state: 'detached' });
  };
  for (const [letters, at] of [['priv', '#/privacy'], ['libr', '#/library'], ['creat', '#/'], ['licen', '#/settings?part=models']]) {
    await open(letters);
    await page.waitForFunction((at) => location.hash === at || (at === '#/' && ['', '#/'].includes(location.hash)), at);
  }
  await page.keyboard.press('Control+k');
  assert.match(await page.getByRole('option').first().innerText(), /Models and licences/);
  assert.deepEqual(await serious(page), []);
  assert.deepEqual(page.faults, []);
});

test('models, licences and places are told as they are', async () => {
  const page = await settings('models', { dark: true });
  await page.getByText('ONNX Runtime').waitFor();
  assert.ok((await page.getByRole('row').count()) > 10);
  await page.getByRole('tab', { name: 'Storage' }).click();
  await page.getByText('Nothing is kept: what you make is forgotten when the program ends.').waitFor();
  await page.getByRole('button', { name: 'Keep pictures' }).click();
  await page.getByRole('dialog').waitFor();
  assert.deepEqual(await serious(page), []);
  assert.deepEqual(page.faults, []);
});
