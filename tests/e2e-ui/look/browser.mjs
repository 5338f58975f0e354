// The screen built to be looked at (in-memory host, fixed clock, one set of fonts) in Chromium: the same picture on every run.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, extname, join, resolve, sep } from 'node:path';
import { chromium } from 'playwright-core';

const root = resolve(import.meta.dirname, '../../..');
const built = resolve(process.env.ALLXONE_LOOK_UI ?? join(root, 'ui/dist-look'));
export const screens = process.env.ALLXONE_SCREENS ?? join(root, 'target/screens');
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json', '.webp': 'image/webp', '.png': 'image/png' };
/** Half past two on a Thursday: "Today" and "Yesterday" are whole days around it. */
const NOW = new Date('2026-03-12T14:30:00Z');

const words = {};
for (const locale of ['en', 'de', 'ar']) {
  const folder = join(root, 'ui/messages', locale);
  words[locale] = Object.assign({}, ...readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8'))));
}

/** The words of a message that is told nothing. */
export function say(locale, key) {
  const found = words[locale][key];
  if (typeof found !== 'string') throw new Error(`${locale} has no plain message “${key}”`);
  return found;
}

/** A page of the screen, with the words of its language at hand. */
class View {
  constructor(page, origin, locale) {
    Object.assign(this, { page, origin, locale, faults: [] });
    page.on('pageerror', (error) => this.faults.push(error.stack ?? error.message));
    page.on('console', (message) => message.type() === 'error' && this.faults.push(message.text()));
    page.on('request', (request) => /^(data|blob):/.test(request.url()) || request.url().startsWith(origin) || this.faults.push(`asked ${request.url()}`));
  }

  say(key) {
    return say(this.locale, key);
  }

  /** Begins the program anew as `query` says, at a place. */
  async open(query = '', place = '') {
    await this.page.goto('about:blank');
    await this.page.goto(`${this.origin}/?locale=${this.locale}${query && `&${query}`}#/${place}`);
    await this.page.locator('main').first().waitFor();
    await this.page.addStyleTag({ content: ":root { --font: 'Noto Sans', 'Noto Sans Arabic', 'DejaVu Sans', sans-serif; --mono: 'DejaVu Sans Mono', monospace; } * { caret-color: transparent !important; }" });
  }

  button(key, options = {}) {
    return this.page.getByRole('button', { name: this.say(key), exact: true, ...options }).first();
  }

  /** Everything has arrived and is painted. */
  async settled() {
    await this.page.evaluate(async () => {
      await document.fonts.ready;
      // What is loaded only when it comes near has no reason to come while it is out of sight.
      const near = (one) => one.loading !== 'lazy' || (one.getBoundingClientRect().top < innerHeight && one.getBoundingClientRect().bottom > 0);
      await Promise.all([...document.images].filter(near).map((one) => one.decode().catch(() => {})));
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    });
  }

  /** What is seen now, as PNG. */
  async shot() {
    this.protocol ??= await this.page.context().newCDPSession(this.page);
    const { data } = await this.protocol.send('Page.captureScreenshot', { format: 'png', optimizeForSpeed: true });
    return Buffer.from(data, 'base64');
  }
}

export class Look {
  static async open() {
    if (!existsSync(join(built, 'index.html'))) throw new Error(`${built} is not built; \`cargo xtask screens\` builds it`);
    const look = new Look();
    look.server = createServer((request, response) => {
      const path = new URL(request.url, 'http://x').pathname;
      const file = join(built, path === '/' ? 'index.html' : path);
      if (!file.startsWith(built + sep) || !existsSync(file)) return response.writeHead(404).end();
      response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' }).end(readFileSync(file));
    });
    await new Promise((done) => look.server.listen(0, '127.0.0.1', done));
    look.origin = `http://127.0.0.1:${look.server.address().port}`;
    const args = ['--font-render-hinting=none', '--disable-lcd-text', '--force-color-profile=srgb', '--hide-scrollbars=false'];
    // Chromium's own sandbox does not work for the super-user, as whom containers run.
    if (process.getuid?.() === 0) args.push('--no-sandbox');
    look.browser = await chromium.launch({ executablePath: process.env.ALLXONE_CHROMIUM ?? '/usr/bin/chromium', args });
    return look;
  }

  async view({ locale = 'en', width = 1280, height = 800, dark = false, ratio = 1, ...more } = {}) {
    const context = await this.browser.newContext({
      viewport: { width, height }, colorScheme: dark ? 'dark' : 'light', locale: { en: 'en-GB', de: 'de-DE', ar: 'ar-EG' }[locale], timezoneId: 'UTC', reducedMotion: 'reduce', deviceScaleFactor: ratio, ...more
    });
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    await page.clock.setFixedTime(NOW);
    await page.addInitScript(() => {
      let seed = 7;
      Math.random = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    });
    return new View(page, this.origin, locale);
  }

  async close() {
    await this.browser?.close();
    await new Promise((done) => this.server.close(done));
  }
}

/** Leaves a picture where the test command says. */
export function leave(name, png) {
  const file = join(screens, `${name}.png`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, png);
  return file;
}
