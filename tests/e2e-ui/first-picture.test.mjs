// The main job, as a stranger does it: open, one key, the picture, the library.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { Desk } from './devhost.mjs';

/** Pictures in the page that have really arrived. */
const SHOWN = () => [...document.images].filter((one) => /\/picture\/(thumbnail|picture)\//.test(one.src) && one.complete && one.naturalWidth > 0).length;

let desk;
before(async () => (desk = await Desk.open()));
after(() => desk?.close());

async function serious(page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const bad = violations.filter((one) => one.impact === 'serious' || one.impact === 'critical');
  return bad.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(' ')).join(', ')}`);
}

test('one key makes the first picture, and the library has it', async () => {
  const page = await desk.page();
  const prompt = page.locator('textarea').first();
  await prompt.waitFor();
  assert.ok((await prompt.inputValue()).trim(), 'an example stands in the box');
  await Desk.look(page, 'create-first');
  await prompt.press('Enter');
  await page.waitForFunction(SHOWN, undefined, { timeout: 60_000 });
  await Desk.look(page, 'create-made');
  assert.deepEqual(await serious(page), []);

  await page.goto(`${new URL(desk.address).origin}/#/library`);
  await page.waitForFunction(SHOWN, undefined, { timeout: 20_000 });
  await Desk.look(page, 'library-one');
  assert.deepEqual(await serious(page), []);
  assert.deepEqual(page.faults, []);
});

test('what was made is there after a new start of the page', async () => {
  const page = await desk.page({ dark: true, width: 900, height: 600 });
  await page.goto(`${new URL(desk.address).origin}/#/library`);
  await page.waitForFunction(SHOWN, undefined, { timeout: 20_000 });
  await Desk.look(page, 'library-dark-small');
  assert.deepEqual(page.faults, []);
});
