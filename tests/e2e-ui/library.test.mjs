// The library as a person uses it: finding, selecting, deleting and taking back, looking closely, comparing, going on from a picture.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Desk } from './devhost.mjs';
import { arrived, ask, kept, make, serious } from './made.mjs';

let desk;
before(async () => {
  desk = await Desk.open();
  const page = await desk.page();
  await make(page, 'three owls in an autumn forest', 4);
  await make(page, 'a red fox in the snow', 2);
});
after(() => desk?.close());

async function library(options) {
  const page = await desk.page(options);
  await page.locator('nav.rail').waitFor();
  await page.goto(`${new URL(desk.address).origin}/#/library`);
  await page.getByRole('gridcell').first().waitFor();
  await arrived(page, '.cell img');
  return page;
}
const cells = (page) => page.getByRole('gridcell');
const chosen = (page) => page.locator('[role=gridcell][aria-selected=true]').count();
const viewer = (page) => page.getByRole('dialog');

test('words find pictures, and what is typed last counts', async () => {
  const page = await library();
  assert.equal(await cells(page).count(), 6);
  await page.keyboard.press('Control+f');
  await page.keyboard.type('owl');
  await page.getByText('4 found').waitFor();
  assert.equal(await cells(page).count(), 4);
  await page.keyboard.press('Control+a');
  await page.keyboard.type('zeppelin');
  await page.getByText('Nothing found').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Go to date' }).count(), 1, 'it stays where it is looked for');
  assert.deepEqual(await serious(page), []);
  await page.getByRole('button', { name: 'Clear search' }).last().click();
  await cells(page).nth(5).waitFor();
  assert.deepEqual(page.faults, []);
});

test('pictures are selected by keys and by mouse, and keep their selection while one is elsewhere', async () => {
  const page = await library();
  await cells(page).nth(0).focus();
  await page.keyboard.press('Space');
  assert.equal(await chosen(page), 1);
  await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Shift+ArrowRight');
  await page.getByText('3 selected').waitFor();
  await cells(page).nth(5).click({ modifiers: ['Shift'] });
  await page.getByText('6 selected').waitFor();
  await cells(page).nth(1).click({ modifiers: ['Control'] });
  await page.getByText('5 selected').waitFor();
  await Desk.look(page, 'library-selected');
  assert.deepEqual(await serious(page), []);
  await page.keyboard.press('Control+3');
  await page.getByRole('heading', { name: 'Privacy' }).waitFor();
  await page.keyboard.press('Control+2');
  await page.getByText('5 selected').waitFor();
  await page.keyboard.press('Control+a');
  await page.getByText('6 selected').waitFor();
  await page.keyboard.press('Escape');
  assert.equal(await chosen(page), 0);
  assert.deepEqual(page.faults, []);
});

test('what is deleted comes back: by keys, by the message, out of the trash', async () => {
  const page = await library();
  await cells(page).nth(1).focus();
  await page.keyboard.press('Delete');
  await page.getByText('Picture moved to the trash').first().waitFor();
  assert.equal(await cells(page).count(), 5);
  await page.keyboard.press('Control+z');
  await cells(page).nth(5).waitFor();

  await page.keyboard.press('Control+a');
  await page.getByRole('toolbar').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('Your pictures will be here').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await cells(page).nth(5).waitFor();

  await cells(page).nth(0).focus();
  await page.keyboard.press('Delete');
  await page.getByText(/^Trash 1$/).click();
  await cells(page).first().waitFor();
  await Desk.look(page, 'library-trash');
  assert.deepEqual(await serious(page), []);
  await cells(page).first().press('Enter');
  await viewer(page).getByText('This picture is in the trash').waitFor();
  await Desk.look(page, 'viewer-trash');
  assert.deepEqual(await serious(page), []);
  await viewer(page).getByRole('button', { name: 'Restore' }).click();
  await page.getByText('The trash is empty').waitFor();
  await page.getByText(/^All 6$/).waitFor();
  await page.getByRole('button', { name: 'Show all pictures' }).click();
  await cells(page).nth(5).waitFor();

  await cells(page).nth(0).focus();
  await page.keyboard.press('Delete');
  await page.getByText(/^Trash 1$/).click();
  await cells(page).first().press('Space');
  await page.getByRole('toolbar').getByRole('button', { name: 'Restore' }).click();
  await page.getByText('The trash is empty').waitFor();
  await page.keyboard.press('Control+3');
  await page.getByRole('heading', { name: 'Privacy' }).waitFor();
  await page.keyboard.press('Control+2');
  await cells(page).nth(5).waitFor();
  assert.deepEqual(page.faults, []);
});

test('favourites are marked, counted and shown alone', async () => {
  const page = await library();
  await cells(page).nth(2).focus();
  await page.keyboard.press('f');
  await page.getByText(/^Favourites 1$/).click();
  await page.waitForFunction(() => document.querySelectorAll('[role=gridcell]').length === 1);
  assert.match(await cells(page).first().getAttribute('aria-label'), /Favourite/);
  await cells(page).first().focus();
  await page.keyboard.press('f');
  await page.getByText('No favourites yet').waitFor();
  assert.deepEqual(page.faults, []);
});

test('a picture opens at once, is looked at closely, and the focus goes back to it', async () => {
  const page = await library();
  await cells(page).nth(1).focus();
  await page.keyboard.press('Enter');
  await viewer(page).waitFor();
  await arrived(page, '.viewer .sheet img[alt]');
  const zoom = page.getByRole('group', { name: 'Zoom' }).locator('.numbers');
  assert.equal(await zoom.textContent(), '100%', 'a small picture is not blown up');
  await page.keyboard.press('+');
  assert.equal(await zoom.textContent(), '125%');
  await page.mouse.move(400, 400);
  for (let turn = 0; turn < 8; turn++) await page.mouse.wheel(0, -300);
  await page.waitForFunction(() => document.querySelector('.tools .numbers').textContent === '800%');
  const place = () => page.locator('.viewer .sheet').evaluate((one) => one.style.transform);
  const before = await place();
  await page.mouse.down();
  await page.mouse.move(440, 420);
  await page.mouse.up();
  assert.notEqual(await place(), before, 'it is moved about');
  await page.keyboard.press('0');
  assert.equal(await zoom.textContent(), '100%');
  const first = await page.evaluate(() => location.hash);
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction((first) => location.hash !== first, first);
  await page.getByText('Seed').first().waitFor();
  await Desk.look(page, 'viewer');
  assert.deepEqual(await serious(page), []);
  await page.keyboard.press('Escape');
  await viewer(page).waitFor({ state: 'detached' });
  await page.waitForFunction(() => document.activeElement?.getAttribute('data-index') === '2');
  assert.deepEqual(page.faults, []);
});

test('an edit knows what it came from, and is compared with it', async () => {
  const page = await library();
  await cells(page).nth(0).press('Enter');
  await viewer(page).getByRole('button', { name: 'Enlarge' }).click();
  await page.locator('.composer li img').first().waitFor();
  const count = (await ask(page, 'library_usage')).items;
  await page.getByRole('button', { name: /^Enlarge/ }).last().click();
  await kept(page, count + 1);
  await page.keyboard.press('Control+2');
  await page.getByText(`All ${count + 1}`).waitFor();
  await cells(page).nth(0).press('Enter');
  await viewer(page).getByText('Made from').waitFor();
  await page.keyboard.press('c');
  const slider = viewer(page).getByRole('slider');
  await slider.waitFor();
  const split = () => page.locator('.sheet .other').evaluate((one) => one.style.clipPath);
  const before = await split();
  await slider.press('ArrowRight');
  assert.notEqual(await split(), before);
  await arrived(page, '.viewer .sheet img');
  await Desk.look(page, 'viewer-compare');
  assert.deepEqual(await serious(page), []);
  await viewer(page).locator('section button').first().click();
  await viewer(page).getByText('Made of it').waitFor();
  await page.keyboard.press('Escape');

  await cells(page).nth(1).click({ modifiers: ['Control'] });
  await cells(page).nth(2).click({ modifiers: ['Control'] });
  await page.getByRole('button', { name: 'Compare these two' }).click();
  await viewer(page).getByRole('slider').waitFor();
  assert.deepEqual(page.faults, []);
});

test('copies are saved: one kind keeps what a picture was made from, the other nothing of it', async () => {
  const page = await library();
  await cells(page).nth(1).click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Save a copy' }).click();
  await page.locator('.toast', { hasText: 'Saved as “a red fox in the snow.png”' }).getByRole('button', { name: 'Show folder' }).waitFor();
  await cells(page).nth(1).click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Save for sharing' }).click();
  const saved = join(desk.folder, 'saved');
  await page.locator('.toast', { hasText: 'Saved as “picture-' }).waitFor();
  await cells(page).nth(1).click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Save a copy' }).click();
  await page.locator('.toast', { hasText: 'Saved as “a red fox in the snow-2.png”' }).waitFor();
  const files = readdirSync(saved);
  const record = files.find((name) => name.endsWith('.json'));
  assert.match(readFileSync(join(saved, record), 'utf8'), /"prompt"/);
  const share = files.find((name) => name.startsWith('picture-'));
  assert.ok(share && existsSync(join(saved, share)));
  assert.ok(!readFileSync(join(saved, share)).includes('owl') && !readFileSync(join(saved, share)).includes('fox'));
  assert.deepEqual(page.faults, []);
});

test('what a picture was made with is taken over', async () => {
  const page = await library();
  await cells(page).last().press('Enter');
  await viewer(page).getByRole('button', { name: 'Remix' }).click();
  await page.getByRole('menuitem', { name: 'With everything' }).click();
  await page.waitForFunction(() => /owls|fox/.test(document.getElementById('prompt')?.value ?? ''));

  await page.keyboard.press('Control+2');
  await cells(page).nth(1).press('Enter');
  const id = await page.evaluate(() => new URLSearchParams(location.hash.split('?')[1]).get('item'));
  await viewer(page).getByRole('button', { name: 'Remix' }).click();
  await page.getByRole('menuitem', { name: 'Only the seed' }).click();
  await page.getByText('You are remixing this picture').waitFor();
  await arrived(page, `.stage img[src*="${id}"]`);
  await page.getByRole('button', { name: /^Seed stays \d+$/ }).waitFor();
  assert.deepEqual(await serious(page), []);
  assert.deepEqual(page.faults, []);
});
