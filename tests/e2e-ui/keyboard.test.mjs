// The keyboard alone: the whole main job on the real engine, and a walk through every place that finds no trap and nothing unseen.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Desk } from './devhost.mjs';
import { Look, say } from './look/browser.mjs';
import { focused } from './look/focus.mjs';
import { PLACES, go } from './look/places.mjs';

const en = (key) => say('en', key);

describe('the main job', () => {
  let desk;
  before(async () => (desk = await Desk.open()));
  after(() => desk?.close());

  test('without a mouse', { timeout: 120_000 }, async () => {
    const page = await desk.page();
    const press = (...keys) => keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());
    const at = () => page.evaluate(focused);
    /** Goes on by Tab until something is called so. */
    const tabTo = async (name, key = 'Tab', most = 60) => {
      for (let step = 0; step < most; step++) {
        await press(key);
        const now = await at();
        if (now && (name instanceof RegExp ? name.test(now.name) : now.name.startsWith(name))) {
          assert.ok(now.shown, `the focus on “${now.name}” can be seen`);
          return now;
        }
      }
      assert.fail(`“${name}” cannot be reached by ${key}; the focus ends at “${(await at())?.name}”`);
    };
    /** What is spoken next by a screen reader. */
    const spoken = (words) => page.waitForFunction((text) => [...document.querySelectorAll('[aria-live], [role=status], [role=alert]')].some((one) => one.textContent.includes(text)), words);

    await page.locator('#prompt').waitFor();
    assert.equal((await at())?.name, en('prompt'), 'one can write at once');
    await press('Control+a');
    await page.keyboard.type('two owls on a branch in an autumn forest');
    await spoken(en('verdict_allow_prompt'));
    await press('Enter');
    await page.waitForFunction(() => [...document.images].some((one) => one.src.includes('/picture/picture/') && one.complete && one.naturalWidth), undefined, { timeout: 60_000 });
    await spoken('1 picture');
    assert.equal((await at())?.name, en('prompt'), 'and write on while it is made');

    // Another model, and back, by the choice of what to do.
    await tabTo(en('operation_generate'), 'Shift+Tab');
    await press('ArrowRight');
    assert.equal((await at())?.name, en('operation_stylise'));
    await press('ArrowLeft');

    // The library: to the grid, into the viewer, a favourite, out again to where one was.
    await press('Control+2');
    await page.locator('[role=gridcell] img').first().waitFor();
    await tabTo(/two owls/);
    await press('Enter');
    await page.locator('.viewer aside').waitFor();
    await press('f');
    await page.locator(`.viewer button[aria-label="${en('favourite')}"][aria-pressed=true]`).waitFor();
    await press('Escape');
    await page.locator('.viewer').waitFor({ state: 'detached' });
    await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'gridcell');

    // A style for it: from the viewer to Create, a style by arrows, made, and compared with what it was.
    await press('Enter');
    await page.locator('.viewer aside').waitFor();
    await tabTo(en('verb_stylise'));
    await press('Enter');
    await page.locator('.composer img').first().waitFor();
    await tabTo(/(Old engraving|Porcelain|Golden hour|Starry strokes)/);
    await press('ArrowRight');
    await spoken(en('verdict_allow_picture'));
    await tabTo(en('verb_stylise'));
    await press('Enter');
    await page.waitForFunction(() => document.querySelectorAll('aside li img').length === 2, undefined, { timeout: 60_000 });
    await tabTo(/./);
    await press('Control+2');
    await page.waitForFunction(() => document.querySelectorAll('[role=gridcell] img').length === 2);
    for (let step = 0; step < 20 && (await at())?.role !== 'gridcell'; step++) await press('Tab');
    await press('Home', 'Enter');
    await page.locator('.viewer aside').waitFor();
    await press('c');
    await page.locator(`.viewer button[aria-label="${en('compare')}"][aria-pressed=true]`).waitFor();
    await Desk.look(page, 'keyboard-compare');
    await press('Escape');
    await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'gridcell');

    // Deleted, told, and undone.
    await press('Delete');
    await spoken('trash');
    await page.waitForFunction(() => document.querySelectorAll('[role=gridcell] img').length === 1);
    await tabTo(en('undo'));
    await press('Enter');
    await page.waitForFunction(() => document.querySelectorAll('[role=gridcell] img').length === 2);

    // Privacy: another span of time. Settings: another look. The palette: and back.
    await press('Control+3');
    await page.locator('h1', { hasText: en('place_privacy') }).waitFor();
    await tabTo(new RegExp(`^${en('span')}`));
    await press('Enter');
    await page.locator('.layer').waitFor();
    await press('ArrowDown', 'Enter');
    await page.waitForFunction((name) => document.activeElement?.ariaLabel === name, `${en('span')}: ${en('span_all')}`);
    await press('Control+4');
    await tabTo(en('appearance'));
    await tabTo(en('as_system'));
    await press('ArrowRight', 'ArrowRight');
    await page.waitForFunction(() => document.documentElement.dataset.theme === 'dark');
    await press('Control+k');
    await page.locator('.dialog input').waitFor();
    assert.equal((await at())?.shown !== '', true);
    await page.keyboard.type(en('appearance_light').slice(0, 5));
    await press('Enter');
    await page.waitForFunction(() => document.documentElement.dataset.theme === 'light');
    await page.waitForFunction((name) => document.activeElement?.closest('label')?.textContent.includes(name), en('appearance_dark'));
    assert.deepEqual(page.faults, []);
  });
});

describe('walks', { concurrency: 2 }, () => {
  let look;
  before(async () => (look = await Look.open()));
  after(() => look?.close());

  const PLACED = ['create-first', 'create', 'create-made', 'create-queue', 'create-stylise', 'library', 'library-selected', 'viewer', 'compare', 'privacy-server', 'settings-appearance', 'settings-storage', 'settings-shortcuts', 'locked', 'failed'];
  const MODAL = ['palette', 'review', 'sending', 'keeping', 'offered', 'connect'];
  for (const name of [...PLACED, ...MODAL]) {
    test(name, async () => {
      const place = PLACES.find((one) => one.name === name);
      const view = await look.view();
      await go(view, place);
      const stops = new Map();
      let round = false;
      for (let step = 0; step < 150 && !round; step++) {
        await view.page.keyboard.press('Tab');
        const now = await view.page.evaluate(focused);
        if (!now) continue;
        round = stops.has(now.stop);
        stops.set(now.stop, now);
      }
      assert.ok(round, 'Tab comes round again');
      const faults = [...stops.values()].flatMap(({ name, tag, place, shown, seen }) => [!name && `<${tag}> has no name`, !shown && !place && `nobody sees the focus on “${name}” <${tag}>`, !seen && `“${name}” <${tag}> is not there to be seen`].filter(Boolean));
      assert.deepEqual(faults, []);
      // Whatever can be pressed has been passed: a group of radios, a grid, tabs and a toolbar are one stop each.
      const missed = await view.page.evaluate(() => {
        const top = [...document.querySelectorAll('.dialog, .viewer')].at(-1) ?? document.body;
        const one = (element) => element.matches('[type=radio]') ? `radio ${element.name}` : null;
        const passed = new Set([...document.querySelectorAll('[data-tour]')].map(one).filter(Boolean));
        return [...top.querySelectorAll('button, a[href], input, textarea, select, [tabindex="0"]')]
          .filter((element) => !element.disabled && element.tabIndex >= 0 && element.checkVisibility() && !element.closest('.toasts, [aria-hidden=true], [inert]'))
          .filter((element) => !element.dataset.tour && !passed.has(one(element)))
          .map((element) => element.ariaLabel || element.textContent.trim() || element.outerHTML.slice(0, 80));
      });
      assert.deepEqual(missed, []);
      if (MODAL.includes(name)) {
        await view.page.keyboard.press('Escape');
        await view.page.locator('.dialog').waitFor({ state: 'detached' });
        // What was opened by a key while nothing had the focus has nothing to give it back to.
        if (name !== 'offered') await view.page.waitForFunction(() => document.activeElement && document.activeElement !== document.body);
      }
      await view.page.context().close();
    });
  }
});
