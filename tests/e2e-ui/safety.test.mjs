// The gate's face: what is stopped is explained without being repeated, one's own file can be tried without a trace, and the card tells the figures.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { Desk } from './devhost.mjs';

const fixtures = resolve(import.meta.dirname, '../fixtures/safety');
const STOPPED = 'a quiet harbour at dawn, hentai, oil painting';

let desk;
before(async () => (desk = await Desk.open()));
after(() => desk?.close());

const at = (place) => `${new URL(desk.address).origin}/#${place}`;
const call = (page, name, request = null) =>
  page.evaluate(async ([name, request]) => (await fetch(`/call/${name}`, { method: 'POST', body: JSON.stringify(request) })).json(), [name, request]);

async function serious(page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const bad = violations.filter((one) => one.impact === 'serious' || one.impact === 'critical');
  return bad.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(' ')).join(', ')}`);
}

/** Everything that could be left behind. */
async function traces(page) {
  return {
    decisions: (await call(page, 'decisions_list', 1000)).length,
    connections: (await call(page, 'egress_list', { filter: { host: null, purpose: null, from_ms: null, before: null }, limit: 1000 })).length,
    kept: (await call(page, 'library_usage')).items,
    waiting: (await call(page, 'queue_list')).length
  };
}

/** Lets files fall onto the page, as a person would. */
async function drop(page, ...names) {
  const files = names.map((name) => ({ name, data: readFileSync(join(fixtures, name)).toString('base64') }));
  await page.evaluate((files) => {
    const carried = new DataTransfer();
    for (const { name, data } of files) carried.items.add(new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], name, { type: 'image/png' }));
    window.dispatchEvent(new DragEvent('drop', { dataTransfer: carried, bubbles: true, cancelable: true }));
  }, files);
}

/** Files below a folder, newest layout or not. */
const below = (folder) => readdirSync(folder).flatMap((name) => {
  const path = join(folder, name);
  return statSync(path).isDirectory() ? below(path) : [path];
});

test('what is stopped is explained, without its words, and the report says no more', async () => {
  const page = await desk.page();
  const prompt = page.locator('textarea').first();
  await prompt.fill(STOPPED);
  const why = page.getByRole('button', { name: 'Why?' });
  await why.click();
  const answer = page.locator('.dialog article[data-verdict=block]');
  await answer.waitFor({ timeout: 30_000 });
  const told = await page.locator('.dialog').innerText();
  assert.ok(!/hentai|harbour|oil painting/i.test(told), told);
  assert.match(told, /between commas|the whole text/);
  await Desk.look(page, 'safety-why');
  assert.deepEqual(await serious(page), []);

  await page.getByRole('button', { name: 'Save report…' }).click();
  await page.getByText('Saved: allxone-check-prompt.json').waitFor();
  const report = below(desk.folder).find((path) => path.endsWith('allxone-check-prompt.json'));
  const text = readFileSync(report, 'utf8');
  assert.ok(!/hentai|harbour|oil painting/i.test(text), text);
  const said = JSON.parse(text);
  assert.equal(said.finding.verdict, 'block');
  assert.equal(said.versions.policy.length, 64);
  assert.deepEqual(page.faults, []);
});

test('the verdict comes while one types, one question at a time, and only the last one counts', async () => {
  const page = await desk.page();
  let questions = 0;
  page.on('request', (request) => (questions += Number(request.url().endsWith('/call/draft_check'))));
  const prompt = page.locator('textarea').first();
  await prompt.fill('');
  questions = 0;
  const words = 'a lighthouse on a cliff above the sea at dusk';
  await prompt.pressSequentially(words, { delay: 15 });
  await page.locator('#verdict.ok').waitFor({ timeout: 20_000 });
  assert.ok(questions < words.length / 4, `${questions} questions for ${words.length} letters`);
  await prompt.fill(STOPPED);
  await prompt.fill(words);
  await page.locator('#verdict.ok').waitFor();
  await page.waitForLoadState('networkidle');
  assert.equal(await page.locator('#verdict.bad').count(), 0, 'an answer to earlier words is not shown');
});

test('one’s own text and pictures can be tried, and nothing is left of it', async () => {
  const page = await desk.page();
  await page.goto(at('/safety'));
  const words = page.getByLabel('A text to try');
  await words.waitFor();
  const before = await traces(page);

  await words.fill(STOPPED);
  await page.locator('article[data-verdict=block]').waitFor({ timeout: 20_000 });
  await words.fill('a lighthouse on a cliff');
  await page.locator('article[data-verdict=allow]').waitFor({ timeout: 20_000 });
  await words.fill('');
  await page.locator('article').waitFor({ state: 'detached' });

  await drop(page, 'unsafe_both_512.png', 'safe_coffee.png');
  await page.locator('article[data-verdict=block]', { hasText: 'unsafe_both_512.png' }).or(page.locator('article[data-verdict=block]')).first().waitFor({ timeout: 30_000 });
  await page.locator('article[data-verdict=allow]').waitFor({ timeout: 30_000 });
  await Desk.look(page, 'safety-sandbox');
  assert.deepEqual(await serious(page), []);
  assert.deepEqual(await traces(page), before, 'no decision, no connection, no picture, no job');

  // Elsewhere a dropped picture is an input again.
  await page.goto(at('/'));
  await page.locator('#verdict').waitFor();
  const staged = page.locator('img[src*="/staged/"]').first();
  // The page of the sandbox says that it is left in a message of its own; a hand is slower than that, a test is not.
  for (let left = 4; left && !(await staged.isVisible()); left--) {
    await drop(page, 'safe_coffee.png');
    await staged.waitFor({ timeout: 8_000 }).catch(() => {});
  }
  assert.ok(await staged.isVisible());
  assert.deepEqual(page.faults, []);
});

for (const [locale, title] of [['en-GB', 'Safety card'], ['de-DE', 'Sicherheitskarte'], ['ar-EG', 'بطاقة الأمان']]) {
  test(`the card tells its figures (${locale})`, async () => {
    const page = await desk.page({ locale, dark: locale === 'de-DE', width: locale === 'ar-EG' ? 900 : 1280 });
    await call(page, 'settings_set', { ...(await call(page, 'settings')), language: locale.slice(0, 2) });
    await page.goto(at('/safety'));
    await page.reload();
    await page.getByRole('heading', { name: title }).waitFor();
    await page.locator('#mistakes tbody tr').nth(4).waitFor();
    const card = await call(page, 'safety_card');
    assert.equal(card.current, true, 'the figures are about these rules and models');
    assert.equal(await page.locator('#languages tbody tr').count(), 11);
    assert.equal(await page.locator('#languages em').count(), card.languages.filter((one) => one.weak).length);
    await page.locator('#mistakes').scrollIntoViewIfNeeded();
    await Desk.look(page, `safety-card-${locale}`);
    assert.deepEqual(await serious(page), []);
    assert.deepEqual(page.faults, []);
  });
}

test('the palette leads to the card', async () => {
  const page = await desk.page();
  await call(page, 'settings_set', { ...(await call(page, 'settings')), language: 'en' });
  await page.reload();
  await page.locator('textarea').first().waitFor();
  await page.keyboard.press('Control+k');
  await page.locator('.dialog').getByRole('combobox').fill('safety card');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Safety card' }).waitFor();
});
