// A service that is offered to others: its texts before anything goes there, and what a person may give it of their own accord.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Accounts } from './accounts.mjs';
import { Desk } from './devhost.mjs';
import { ask, kept, serious, until } from './made.mjs';

const EMAIL = 'ann@studio.example';
const PASSWORD = 'marmalade on the roof';

let desk;
let service;
let folder;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'allxone-e2e-operator-'));
  const operator = join(folder, 'operator.toml');
  writeFileSync(operator, "kind = 'hosted'\nname = 'Example Studio'\ncontact = 'privacy@studio.example'\n");
  [desk, service] = await Promise.all([Desk.open(), Accounts.open('--operator', operator)]);
  await service.enroll(EMAIL, PASSWORD);
});
after(async () => {
  await desk?.close();
  await service?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function draw(page, prompt) {
  await page.keyboard.press('Control+1');
  await page.locator('#prompt').fill(prompt);
  await page.locator('#prompt').press('Enter');
}

test('nothing is taken before the texts are accepted, and then the very same goes on', async () => {
  const page = await desk.page();
  await page.locator('nav.rail').waitFor();
  const key = await ask(page, 'account_password', { at: { server: service.address }, email: EMAIL, password: PASSWORD });
  await ask(page, 'account_open', key);
  await until(page, 'session', null, (session) => session.service.is === 'server');
  await draw(page, 'a lighthouse on a rocky coast');
  const dialog = page.getByRole('dialog', { name: 'Before the first picture from this server' });
  await dialog.getByText('Example Studio').waitFor();
  await dialog.getByText('privacy@studio.example').waitFor();
  assert.deepEqual(await serious(page), []);
  await Desk.look(page, 'terms');
  await dialog.getByRole('button', { name: 'Acceptable use, version 1' }).click();
  const text = page.getByRole('dialog', { name: 'Acceptable use' });
  await text.getByText('What may not be made or sent with AllXOne').waitFor();
  await text.getByRole('button', { name: 'Close' }).last().click();
  assert.deepEqual(await ask(page, 'consents'), []);
  assert.equal((await ask(page, 'library_usage')).items, 0);
  await dialog.getByRole('button', { name: 'Accept and go on' }).click();
  await kept(page, 1);
  const accepted = await ask(page, 'consents');
  assert.deepEqual(accepted.map((one) => [one.purpose, one.server]).sort(), [['acceptable_use', service.host], ['privacy_policy', service.host]]);
  // What was there before the card about statistics came up.
  await page.getByRole('button', { name: 'Not now' }).click();

  await page.keyboard.press('Control+3');
  await page.getByRole('heading', { name: 'Who processes what' }).waitFor();
  await page.getByText('Example Studio').waitFor();
  await Desk.look(page, 'privacy-who');
  assert.deepEqual(await serious(page), []);
  await page.context().close();
});

test('a picture has a title, tags and a note, and is given for training only where that was allowed', async () => {
  const page = await desk.page();
  await page.locator('nav.rail').waitFor();
  const texts = await ask(page, 'consent_texts', 'en');
  const text = texts.find((one) => one.purpose === 'ai_training');
  await ask(page, 'consent_set', { purpose: 'ai_training', granted: true, sha256: text.sha256, language: text.language, surface: 'privacy' });
  await draw(page, 'three owls on a branch');
  await kept(page, 2);
  await page.keyboard.press('Control+2');
  await page.getByRole('gridcell').first().press('Enter');
  const viewer = page.locator('.viewer');
  await viewer.getByRole('button', { name: 'Title, tags, note…' }).click();
  await viewer.getByLabel('Title').fill('The owls');
  await viewer.getByLabel('Tags').fill('birds, night');
  await viewer.getByLabel('Note').fill('For the hall.');
  assert.deepEqual(await serious(page), []);
  await viewer.getByRole('button', { name: 'Save', exact: true }).click();
  await viewer.locator('h2', { hasText: 'The owls' }).waitFor();
  await viewer.getByText('night').waitFor();
  const training = viewer.getByRole('switch', { name: 'Use for training' });
  await training.click();
  const { ids } = await ask(page, 'library_index', { words: 'owls', filter: { favourites: false, trash: false } });
  await until(page, 'training_of', ids[0], (mark) => mark === true);
  assert.equal((await ask(page, 'reports_sent', 'ai_training')).length, 1);
  await viewer.locator('[role=switch][aria-checked=true]').waitFor();
  await Desk.look(page, 'viewer-training');
  assert.deepEqual(await serious(page), []);
  await viewer.getByRole('switch', { name: 'Use for training' }).click();
  await until(page, 'training_of', ids[0], (mark) => mark === false);
  await page.context().close();
});
