// Create, as a person works in it: what Scene understands, the queue, styles, choices in braces, the check, what will be sent, without a mouse.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { join } from 'node:path';
import { Desk } from './devhost.mjs';
import { ask, serious, until } from './made.mjs';

const FIXTURES = join(import.meta.dirname, '../fixtures/safety');
const PASSED = /check passed/;

let desk;
before(async () => (desk = await Desk.open()));
after(() => desk?.close());

/** A page in Create with its box ready. */
async function create(options) {
  const page = await desk.page(options);
  const prompt = page.locator('#prompt');
  await page.locator('.top label').first().waitFor();
  // The model that was used last is there again; it may be one without words.
  if (!(await prompt.isVisible())) await page.getByText('From words', { exact: true }).first().click();
  await prompt.waitFor();
  await page.locator('.options button').first().waitFor();
  return { page, prompt, queue: page.getByRole('complementary'), stage: page.getByRole('region', { name: 'Results' }) };
}

const said = (page, text) => page.locator('#verdict').filter({ hasText: text }).waitFor({ timeout: 60_000 });
const shown = (image) => image.evaluate((one) => (one.complete && one.naturalWidth > 0 ? true : new Promise((done) => { one.onload = () => done(true); one.onerror = () => done(false); })));
const rows = (queue) => queue.locator('li').evaluateAll((all) => all.map((one) => one.querySelector('.title').textContent));

async function choose(page, label, option) {
  await page.locator(`[aria-label^="${label}"]`).first().click();
  await page.getByRole('option', { name: option }).click();
}

async function bring(page, file) {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: /Choose a picture|Another picture/ }).first().click();
  await (await chooser).setFiles(join(FIXTURES, file));
}

test('while one writes, Scene tells what it will draw, and marks the words it leaves out', async () => {
  const { page, prompt } = await create();
  await prompt.fill('three owls and a zeitgeist in a snowy forest at night');
  const planned = page.locator('#planned');
  await planned.getByText('3 × owl').waitFor();
  await planned.getByText('night').waitFor();
  await planned.getByText('zeitgeist').waitFor();
  assert.equal(await page.locator('.under mark').textContent(), 'zeitgeist');
  await Desk.look(page, 'create-chips');
  assert.deepEqual(await serious(page), []);
  await prompt.fill('');
  await planned.getByText('3 × owl').waitFor({ state: 'detached' });
  assert.deepEqual(page.faults, []);
});

test('choices in braces show what they came to, and exactly that is made', async () => {
  const { page, prompt, queue, stage } = await create();
  await prompt.fill('a {red|blue} {fox|owl} on a hill');
  await choose(page, 'How many', '2 pictures');
  const texts = page.locator('.choices li');
  await texts.nth(1).waitFor();
  const chosen = await texts.allTextContents();
  for (const text of chosen) assert.match(text, /^a (red|blue) (fox|owl) on a hill$/);
  assert.notEqual(chosen[0], chosen[1]);
  await said(page, PASSED);
  await prompt.press('Enter');
  for (const text of chosen) await queue.locator('li').filter({ hasText: text }).getByText('1 picture').waitFor({ timeout: 60_000 });
  const { items } = await ask(page, 'library_list', { words: '', filter: {}, after: null, limit: 10 });
  assert.deepEqual(items.map((one) => one.prompt).sort(), [...chosen].sort());
  await stage.locator('img').first().waitFor();
  assert.deepEqual(page.faults, []);
});

test('a queue can be put in order, stopped and tried again, and shows each picture as it comes', async () => {
  const { page, prompt, queue, stage } = await create();
  await page.locator('button[aria-label^="Size"]').click();
  await page.getByText('Large', { exact: true }).click();
  await page.keyboard.press('Escape');
  await choose(page, 'How many', '4 pictures');
  for (const text of ['a castle in the mountains', 'a whale under the sea', 'two cats in a room', 'a robot in a city']) {
    await prompt.fill(text);
    await said(page, PASSED);
    await prompt.press('Enter');
    await queue.locator('li').filter({ hasText: text }).waitFor();
  }
  assert.deepEqual(await rows(queue), ['a castle in the mountains', 'a whale under the sea', 'two cats in a room', 'a robot in a city']);

  // By the keyboard: the last to the front of what waits.
  const grip = queue.getByRole('button', { name: 'Move “a robot in a city”' });
  await grip.focus();
  await grip.press('ArrowUp');
  await grip.press('ArrowUp');
  await page.waitForFunction(() => document.querySelectorAll('aside li .title')[1]?.textContent === 'a robot in a city');
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('aria-label')), 'Move “a robot in a city”', 'the focus goes with it');
  const waiting = (entries) => entries.filter((one) => one.waiting).map((one) => one.draft.request.prompt).join();
  await until(page, 'queue_list', null, (entries) => waiting(entries) === 'a robot in a city,a whale under the sea,two cats in a room');

  // By pointer: the last over the one before it.
  const handle = await queue.getByRole('button', { name: 'Move “two cats in a room”' }).boundingBox();
  const over = await queue.locator('li').filter({ hasText: 'a whale' }).boundingBox();
  await page.mouse.move(handle.x + 5, handle.y + 5);
  await page.mouse.down();
  await page.mouse.move(handle.x + 5, over.y + over.height / 2, { steps: 4 });
  await page.mouse.move(handle.x + 5, over.y + 6, { steps: 4 });
  await page.mouse.up();
  await page.waitForFunction(() => document.querySelectorAll('aside li .title')[2]?.textContent === 'two cats in a room');
  await Desk.look(page, 'create-queue');

  // The first picture of the batch is there before the last one is.
  await queue.locator('li').first().locator('img').first().waitFor({ timeout: 60_000 });
  assert.match(await queue.locator('li').first().locator('.text .small').textContent(), /Picture [2-4] of 4/);
  await stage.locator('img').first().waitFor();
  await Desk.look(page, 'create-partial');

  // What runs is stopped first, so nothing ends by itself meanwhile, however slow the looking is.
  for (const text of ['a castle in the mountains', 'two cats in a room', 'a whale under the sea', 'a robot in a city']) {
    await queue.getByRole('button', { name: `Stop “${text}”` }).click();
  }
  await page.waitForFunction(() => [...document.querySelectorAll('aside li')].every((one) => /Stopped/.test(one.textContent)), undefined, { timeout: 30_000 });
  assert.deepEqual(await ask(page, 'queue_list'), []);
  assert.deepEqual(await serious(page), []);
  const again = queue.locator('li').filter({ hasText: 'two cats in a room' });
  await again.getByRole('button', { name: 'Try again' }).click();
  await queue.locator('li').filter({ hasText: 'two cats in a room' }).locator('img').first().waitFor({ timeout: 60_000 });
  await queue.getByRole('button', { name: 'Stop “two cats in a room”' }).click();
  await queue.locator('li').filter({ hasText: 'two cats in a room' }).getByText(/Stopped; \d picture/).waitFor({ timeout: 30_000 });
  assert.deepEqual(page.faults, []);
});

test('without a mouse: write, make, take an old prompt back, change the model', async () => {
  const { page, prompt, stage } = await create();
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'prompt', 'one can write at once');
  await page.keyboard.press('Control+A');
  await page.keyboard.type('a fox on a hill');
  await said(page, PASSED);

  // Enter while an input method composes chooses a word, nothing more.
  await prompt.dispatchEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true });
  assert.deepEqual(await ask(page, 'queue_list'), []);

  await page.keyboard.press('Enter');
  await stage.locator('.cell img').waitFor({ timeout: 60_000 });
  await page.keyboard.press('Control+A');
  await page.keyboard.type('x');
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowUp');
  assert.equal(await prompt.inputValue(), 'a fox on a hill');
  await page.keyboard.press('ArrowDown');
  assert.equal(await prompt.inputValue(), 'x');

  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('ArrowRight');
  await page.getByRole('button', { name: /Choose a picture/ }).waitFor();
  assert.deepEqual(page.faults, []);
});

test('styles show what they look like, and one is chosen by the arrow keys', async () => {
  const { page, stage } = await create();
  await page.getByText('Stylise', { exact: true }).first().click();
  const styles = page.locator('input[name="style"]');
  await styles.first().waitFor({ state: 'attached' });
  assert.ok((await styles.count()) >= 17);
  assert.ok(await shown(page.locator('label:has(input[name="style"]) img').first()), 'a real preview');
  await bring(page, 'safe_chelsea.png');
  await said(page, PASSED);
  await styles.first().focus();
  await page.keyboard.press('ArrowRight');
  assert.ok(await styles.nth(1).isChecked());
  await Desk.look(page, 'create-style');
  assert.deepEqual(await serious(page), []);
  await page.getByRole('button', { name: /^Stylise free/ }).click();
  const image = stage.locator('.cell img');
  await image.waitFor({ timeout: 60_000 });
  assert.ok(await shown(image));
  assert.deepEqual(page.faults, []);
});

test('what the check is not sure of is veiled, and made only after a deliberate confirmation', async () => {
  const { page, stage } = await create();
  await page.getByText('Cut out', { exact: true }).first().click();
  await bring(page, 'borderline_sexy_256.png');
  await said(page, /confirm/i);
  assert.equal(await page.locator('.frame img.veiled').count(), 1);
  await page.getByRole('button', { name: /Review/ }).click();
  const dialog = page.getByRole('dialog');
  const confirm = dialog.getByRole('button', { name: /Confirm/ });
  await confirm.waitFor();
  assert.ok(await confirm.isDisabled());
  assert.equal(await dialog.locator('img.veiled').count(), 1);
  assert.deepEqual(await serious(page), []);
  await Desk.look(page, 'create-review');
  await dialog.getByRole('checkbox').check();
  await confirm.click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('complementary').locator('li').first().waitFor();
  await stage.locator('img, .note').first().waitFor({ timeout: 60_000 });
  assert.deepEqual(page.faults, []);
});

test('what is blocked cannot be handed in, and the line says why', async () => {
  const { page, prompt, queue } = await create();
  await prompt.fill('nsfw');
  await said(page, /sexual content/);
  await said(page, /Nothing was sent/);
  assert.ok(await page.getByRole('button', { name: /^Generate/ }).isDisabled());
  await prompt.press('Enter');
  assert.deepEqual((await ask(page, 'queue_list')), []);
  assert.equal(await page.locator('#planned').textContent().then((text) => text.trim()), '', 'nothing is told of stopped words');
  assert.equal(await queue.locator('li').filter({ hasText: 'nsfw' }).count(), 0);
  await Desk.look(page, 'create-blocked');
});

test('what will be sent is shown to the byte', async () => {
  const { page, prompt } = await create();
  await prompt.fill('a lighthouse on a rocky coast');
  await said(page, PASSED);
  await page.getByRole('button', { name: 'What will be sent' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Nothing leaves this computer.').waitFor();
  await dialog.getByText('The exact text').click();
  const body = JSON.parse(await dialog.locator('pre').textContent());
  assert.equal(body.prompt, 'a lighthouse on a rocky coast');
  await Desk.look(page, 'create-sending');
  assert.deepEqual(await serious(page), []);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  assert.deepEqual(page.faults, []);
});
