// The screen in Chromium against the development host: one of each for a test file, with an empty data folder.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const root = resolve(import.meta.dirname, '../..');
const program = process.env.ALLXONE_DEVHOST ?? join(root, 'target/debug/allxone-devhost');
const screens = process.env.ALLXONE_SCREENS ?? join(root, 'target/screens');
/** Debian's Chromium, or the one that is named. */
const browserProgram = process.env.ALLXONE_CHROMIUM ?? '/usr/bin/chromium';

export class Desk {
  /** Starts a host with an empty data folder, or with a `folder` that stays. `store` is where its key is kept. */
  static async open({ store = 'file', folder = null } = {}) {
    const desk = new Desk();
    desk.stays = Boolean(folder);
    desk.folder = folder ?? mkdtempSync(join(tmpdir(), 'allxone-e2e-'));
    const args = ['--data-dir', desk.folder, '--models-dir', join(root, 'models'), '--ui', process.env.ALLXONE_UI ?? join(root, 'ui/dist'), '--secret-store', store];
    desk.host = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    desk.address = await new Promise((found, failed) => {
      createInterface({ input: desk.host.stdout }).once('line', found);
      desk.host.once('exit', (code) => failed(new Error(`the development host ended with ${code}`)));
      desk.host.once('error', failed);
    });
    // Chromium's own sandbox does not work for the super-user, as whom containers run.
    desk.browser = await chromium.launch({ executablePath: browserProgram, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
    return desk;
  }

  /** A page as a person would have it; whatever goes wrong in it is in `page.faults`. */
  async page({ width = 1280, height = 800, dark = false, locale = 'en-GB', ratio = 1 } = {}) {
    const context = await this.browser.newContext({
      viewport: { width, height },
      colorScheme: dark ? 'dark' : 'light',
      locale,
      deviceScaleFactor: ratio,
      reducedMotion: 'reduce'
    });
    const page = await context.newPage();
    page.faults = [];
    page.on('pageerror', (error) => page.faults.push(error.message));
    page.on('console', (message) => message.type() === 'error' && page.faults.push(`${message.text()} ${message.location().url}`));
    page.on('request', (request) => request.url().startsWith(new URL(this.address).origin) || page.faults.push(`asked ${request.url()}`));
    await page.goto(this.address);
    return page;
  }

  /** Leaves what a page looks like where the test command says. */
  static async look(page, name) {
    const file = join(screens, `${name}.png`);
    mkdirSync(dirname(file), { recursive: true });
    await page.screenshot({ path: file });
  }

  async close() {
    await this.browser?.close();
    const ended = new Promise((done) => this.host.once('exit', done));
    this.host.kill('SIGINT');
    await ended;
    if (!this.stays) rmSync(this.folder, { recursive: true, force: true });
  }
}
