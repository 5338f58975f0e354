// The screen as different people need it: larger letters, fractional pixels, a small window, colours the system forces, nothing that moves,
// and numbers and dates as they are written where the person is.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { serious } from './look/axe.mjs';
import { Look, leave } from './look/browser.mjs';
import { clipped } from './look/clipped.mjs';
import { PLACES, go } from './look/places.mjs';

const MAIN = ['create-first', 'create-made', 'create-stylise', 'library-selected', 'viewer', 'privacy-server', 'settings-appearance', 'settings-storage', 'palette', 'review', 'keeping', 'connect', 'locked'];
const places = (names) => PLACES.filter((one) => names.includes(one.name));

let look;
before(async () => (look = await Look.open()));
after(() => look?.close());

/** Goes to places in one view, and gathers what `ask` finds there. */
async function gather(view, names, query, ask) {
  const faults = [];
  for (const place of places(names)) {
    await go(view, { ...place, query: [place.query, query].filter(Boolean).join('&') });
    faults.push(...(await ask(place)).map((one) => `${place.name}: ${one}`));
  }
  faults.push(...view.faults);
  await view.page.context().close();
  return faults;
}

describe('comfort', { concurrency: 2 }, () => {
  for (const [locale, text, width, height] of [['en', 200, 1280, 800], ['de', 200, 1280, 800], ['ar', 150, 900, 600], ['de', 130, 900, 600], ['en', 80, 1280, 800]]) {
    test(`letters of ${text} % at ${width} × ${height} (${locale})`, async () => {
      const view = await look.view({ locale, width, height });
      const faults = await gather(view, MAIN, `text=${text}`, async (place) => {
        leave(`comfort/${place.name}-${locale}-${width}-text-${text}`, await view.shot());
        return view.page.evaluate(clipped);
      });
      assert.deepEqual(faults, []);
    });
  }

  for (const ratio of [1.25, 1.5, 2]) {
    test(`${ratio} device pixels for one`, async () => {
      const view = await look.view({ ratio, width: Math.round(1600 / ratio), height: Math.round(1000 / ratio) });
      const faults = await gather(view, ['create-made', 'library', 'viewer', 'settings-appearance'], '', async (place) => {
        leave(`comfort/${place.name}-ratio-${ratio}`, await view.shot());
        // A line of one pixel is drawn as at least one of the device's.
        const thin = await view.page.evaluate(() => [...document.querySelectorAll('*')].flatMap((one) => ['Top', 'Bottom', 'Left', 'Right'].map((side) => Number.parseFloat(getComputedStyle(one)[`border${side}Width`])).filter((wide) => wide > 0 && wide * devicePixelRatio < 0.99)).length);
        return [...(await view.page.evaluate(clipped)), ...(thin ? [`${thin} lines are thinner than a pixel`] : [])];
      });
      assert.deepEqual(faults, []);
    });
  }

  test('the smallest window', async () => {
    const view = await look.view({ locale: 'de', width: 760, height: 520 });
    const faults = await gather(view, MAIN, '', async (place) => {
      leave(`comfort/${place.name}-smallest`, await view.shot());
      return view.page.evaluate(clipped);
    });
    assert.deepEqual(faults, []);
  });

  for (const dark of [false, true]) {
    test(`forced colours, ${dark ? 'dark' : 'light'}`, async () => {
      const view = await look.view({ dark, forcedColors: 'active' });
      const faults = await gather(view, ['create-made', 'create-stylise', 'library-selected', 'settings-appearance', 'palette', 'gallery'], '', async (place) => {
        leave(`comfort/${place.name}-forced-${dark ? 'dark' : 'light'}`, await view.shot());
        // What is chosen, pressed or on is told from what is not, with the system's colours alone.
        const alike = await view.page.evaluate(() => {
          const look = (one) => ['backgroundColor', 'color', 'borderTopColor', 'borderTopWidth', 'outlineStyle', 'boxShadow'].map((name) => getComputedStyle(one)[name]).join();
          const pairs = [['[aria-current=page]', 'nav a:not([aria-current])'], ['[role=tab][data-state=active]', '[role=tab]:not([data-state=active])'], ['fieldset label.on', 'fieldset label:not(.on)'], ['.gallery button.plain[aria-pressed=true]', '.gallery button.plain:not([aria-pressed])'], ['[role=option][aria-selected=true]', '[role=option][aria-selected=false]'], ['[role=switch][data-state=checked]', '[role=switch][data-state=unchecked]']];
          return pairs.filter(([on, off]) => document.querySelector(on) && document.querySelector(off) && look(document.querySelector(on)) === look(document.querySelector(off))).map(([on]) => `${on} looks like the others`);
        });
        return [...alike, ...(await serious(view.page))];
      });
      assert.deepEqual(faults, []);
    });
  }

  test('nothing moves where nothing shall, and elsewhere for 150 ms at most', async () => {
    const moves = () => {
      const ms = (list) => Math.max(...list.split(',').map((one) => Number.parseFloat(one) * (one.trim().endsWith('ms') ? 1 : 1000)));
      return [...document.querySelectorAll('*')].flatMap((one) => ['', '::before', '::after'].map((part) => getComputedStyle(one, part || undefined)).map((style) => (style.animationName !== 'none' ? Infinity : ms(style.transitionDuration)))).reduce((most, one) => Math.max(most, one), 0);
    };
    for (const [reducedMotion, most] of [['reduce', 0], ['no-preference', 150]]) {
      const view = await look.view({ reducedMotion });
      const faults = await gather(view, ['create-queue', 'library', 'settings-appearance', 'palette', 'gallery'], '', async () => {
        const longest = await view.page.evaluate(moves);
        return longest <= most ? [] : [`something moves for ${longest} ms`];
      });
      assert.deepEqual(faults, []);
    }
  });

  test('controls have one of few heights, on a grid of four pixels', async () => {
    const view = await look.view();
    const faults = await gather(view, ['create-first', 'create-made', 'create-stylise', 'library-selected', 'viewer', 'privacy-server', 'settings-appearance', 'settings-storage', 'keeping', 'gallery'], '', () =>
      view.page.evaluate(() => {
        const off = new Set();
        for (const control of document.querySelectorAll('button, input:not([type=radio], [type=checkbox], [type=range]), .chip, fieldset > label, .select-trigger')) {
          const box = control.getBoundingClientRect();
          // Cards, cells and links in a text are as high as what is in them.
          if (!box.height || control.matches('.face, .cell, .empty, .layer-item, [role=switch], [class*=style], .hidden, .lift') || getComputedStyle(control).textDecorationLine === 'underline' || control.closest('.search, .rail, .stage .pictures, .styles, [role=listbox], .recent')) continue;
          const lines = Math.round(box.height / 20);
          if (lines <= 2 && box.height % 4 !== 0) off.add(`<${control.tagName.toLowerCase()} class="${control.className}"> “${(control.ariaLabel ?? control.textContent).trim().slice(0, 30)}” is ${box.height} px high`);
        }
        return [...off];
      })
    );
    assert.deepEqual(faults, []);
  });

  test('numbers and dates are written as where the person is', async () => {
    const now = Date.parse('2026-03-12T14:30:00Z');
    for (const [locale, tag] of [['en', 'en-GB'], ['de', 'de-DE'], ['ar', 'ar-EG-u-nu-latn']]) {
      const view = await look.view({ locale });
      await go(view, PLACES.find((one) => one.name === 'viewer'));
      const facts = await view.page.locator('.viewer aside').innerText();
      const plain = (text) => text.replace(/[\u200e\u200f\u2066-\u2069\u202f\u00a0]/g, ' ');
      for (const wanted of [new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' }).format(now), new Intl.NumberFormat(tag).format(1024)]) {
        assert.ok(plain(facts).includes(plain(wanted)), `${locale}: “${wanted}” is among what the viewer tells`);
      }
      await view.page.context().close();
    }
  });
});
