// The rights of a person, as they would use them: take everything away, erase it, bring it back; allow something and take it back.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Desk } from './devhost.mjs';
import { ask, make, serious, until } from './made.mjs';

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

/** What the library holds, without what only this copy of it knows. */
async function held(page) {
  const { ids } = await ask(page, 'library_index', { words: '', filter: { favourites: false, trash: false } });
  const items = [];
  for (const id of ids) items.push(await ask(page, 'library_show', id));
  return items;
}

test('consents are off, are read before they are given, and are taken back as easily', async () => {
  const page = await privacy();
  const statistics = page.getByRole('switch', { name: 'Usage statistics' });
  assert.equal(await statistics.getAttribute('aria-checked'), 'false');
  assert.equal(await page.getByRole('switch', { name: 'Training AI' }).getAttribute('aria-checked'), 'false');

  await statistics.click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('They never hold words, pictures').waitFor();
  await dialog.getByText('"installation"').waitFor();
  assert.deepEqual(await serious(page), []);
  const [no, yes] = await Promise.all(['Not now', 'Allow'].map((name) => dialog.getByRole('button', { name, exact: true }).boundingBox()));
  assert.equal(no.height, yes.height);
  await dialog.getByRole('button', { name: 'Not now' }).click();
  assert.deepEqual(await ask(page, 'consents'), []);
  assert.equal(await statistics.getAttribute('aria-checked'), 'false', 'a switch shows what holds');

  await statistics.click();
  await dialog.getByRole('button', { name: 'Allow', exact: true }).click();
  await until(page, 'consents', null, (all) => all.length === 1 && all[0].granted && all[0].surface === 'privacy');
  await page.locator('[role=switch][aria-checked=true]').first().waitFor();
  await statistics.click();
  await until(page, 'consents', null, (all) => all.length === 2 && !all[0].granted);

  await page.getByRole('button', { name: 'History of consents' }).click();
  assert.equal(await page.getByRole('dialog').locator('tbody tr').count(), 2);
  assert.deepEqual(await serious(page), []);
  assert.deepEqual(page.faults, []);
});

test('a decision counts for the text that was shown and for nothing else', async () => {
  const page = await privacy();
  const before = await ask(page, 'consents');
  const other = { purpose: 'ai_training', granted: true, sha256: '00'.repeat(32), language: 'en', surface: 'privacy' };
  assert.equal((await ask(page, 'consent_set', other)).code, 'invalid');
  assert.deepEqual(await ask(page, 'consents'), before);
});

test('everything is taken away, erased, and brought back equal', async () => {
  const page = await privacy();
  await make(page, 'a whale under the sea');
  await make(page, 'three owls on a branch', 2);
  const whole = await held(page);
  assert.equal(whole.length, 3);
  whole[0] = await ask(page, 'library_annotate', { item: whole[0].id, change: { title: 'The whale', tags: ['sea', 'big'], note: 'seen from below' } });
  assert.deepEqual([whole[0].title, whole[0].tags, whole[0].note], ['The whale', ['sea', 'big'], 'seen from below']);

  await page.getByRole('button', { name: 'Export…' }).click();
  await page.getByText('3 pictures exported').waitFor();
  const archive = join(desk.folder, 'saved/allxone-export.zip');
  await page.getByText(archive).waitFor();
  assert.ok(existsSync(archive));
  assert.deepEqual(await serious(page), []);
  await Desk.look(page, 'privacy-exported');

  await page.getByRole('button', { name: 'Import…' }).click();
  await page.getByRole('button', { name: 'Choose the archive…' }).click();
  await page.getByText('an archive is read into an empty one').waitFor();

  await page.getByRole('button', { name: 'Wipe…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('3 pictures with everything known of them').waitFor();
  await dialog.getByText(archive).waitFor();
  assert.deepEqual(await serious(page), []);
  await dialog.getByRole('button', { name: 'Go on' }).click();
  const erase = dialog.getByRole('button', { name: 'Erase everything' });
  assert.ok(await erase.isDisabled(), 'not before the word is typed');
  await dialog.getByRole('textbox').fill('erase everything');
  await erase.click();

  await page.getByRole('heading', { name: 'This device is wiped' }).waitFor();
  const receipt = page.getByRole('dialog');
  await receipt.getByText('Keys destroyed').waitFor();
  await receipt.getByText(join(desk.folder, 'saved')).first().waitFor();
  await Desk.look(page, 'wiped');
  assert.deepEqual(await serious(page), []);
  await receipt.getByRole('button', { name: 'Understood' }).click();
  await until(page, 'wipe_receipt', null, (left) => left === null);
  assert.equal((await ask(page, 'library_usage')).items, 0);
  assert.deepEqual(await ask(page, 'consents'), []);

  await page.goto(`${new URL(desk.address).origin}/#/privacy`);
  await page.getByRole('button', { name: 'Import…' }).click();
  await page.getByRole('button', { name: 'Choose the archive…' }).click();
  await page.getByText('3 pictures are in the library').waitFor({ timeout: 60_000 });
  assert.deepEqual(await held(page), whole);
  assert.ok((await ask(page, 'consents')).every((one, at) => at > 0 || !one.granted), 'an archive allows nothing');
  // The import into a library that was not empty yet.
  assert.deepEqual(page.faults.filter((fault) => !fault.includes('422')), []);
});

test('how long what is kept stands there, in every language', async () => {
  const page = await privacy();
  const settings = await ask(page, 'settings');
  for (const [language, words] of [['de', '365 Tage'], ['ar', '365 يومًا'], ['', '365 days']]) {
    await ask(page, 'settings_set', { ...settings, language });
    await page.reload();
    await page.getByText(words).first().waitFor();
    assert.deepEqual(await serious(page), []);
  }
});
