// The real window, driven over the WebDriver protocol. No packages: WebKitWebDriver speaks plain HTTP.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';
/** Slow machines under load take long to start a web view. */
const PATIENCE_MS = 120_000;

export const Key = { enter: '\uE007', escape: '\uE00C', tab: '\uE004' };

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

/** Asks until the answer is truthy. Never sleeps longer than it must. */
export async function until(what, ask) {
  const end = Date.now() + PATIENCE_MS;
  let last;
  while (Date.now() < end) {
    try {
      const answer = await ask();
      if (answer) return answer;
    } catch (error) {
      last = error;
    }
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`waited in vain for ${what}${last ? ` (${last.message})` : ''}`);
}

export class Window {
  #base;
  #driver;
  #session;

  /** Starts the program under the driver, with more in its environment. Its log is in `log`. */
  static async open(more = {}, program = process.env.ALLXONE_WINDOW) {
    const window = new Window();
    const port = await freePort();
    window.#base = `http://127.0.0.1:${port}`;
    // The driver's output goes to a file: the program inherits it and may outlive the driver, and a pipe would then never end.
    window.log = join(tmpdir(), `allxone-webdriver-${port}.log`);
    const log = openSync(window.log, 'w');
    window.#driver = spawn('WebKitWebDriver', [`--port=${port}`], {
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, TAURI_WEBVIEW_AUTOMATION: 'true', ...more }
    });
    closeSync(log);
    await until('the driver', async () => (await fetch(`${window.#base}/status`)).ok);
    const capabilities = { alwaysMatch: { 'webkitgtk:browserOptions': { binary: program, args: [] } } };
    const { sessionId } = await window.#ask('POST', '/session', { capabilities });
    window.#session = `/session/${sessionId}`;
    return window;
  }

  async #ask(method, path, body) {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const init = body === undefined ? { method, signal } : { method, signal, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const response = await fetch(this.#base + path, init);
    const { value } = await response.json();
    if (!response.ok) throw new Error(value?.message ?? `the driver answered ${response.status}`);
    return value;
  }

  /** Runs the body of a function in the page. */
  run(script, ...args) {
    return this.#ask('POST', `${this.#session}/execute/sync`, { script, args });
  }

  /** Runs the body of an asynchronous function in the page; its last argument is the function to call with the result. */
  later(script, ...args) {
    return this.#ask('POST', `${this.#session}/execute/async`, { script, args });
  }

  /** Gives scripts more time than the usual half minute. */
  patience(milliseconds) {
    return this.#ask('POST', `${this.#session}/timeouts`, { script: milliseconds });
  }

  /** Asks for a command as the screen does. */
  call(name, request = null) {
    return this.run(
      `return window.__TAURI_INTERNALS__.invoke(arguments[0], { request: arguments[1] }).then((ok) => ({ ok }), (error) => ({ error }))`,
      name,
      request
    );
  }

  /** The processes of the program: itself first, then those of its web view. */
  processes() {
    const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return [{ pid: Number(pid), parent: Number(parent), name: stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')')) }];
      } catch {
        return []; // It has ended meanwhile.
      }
    });
    const found = all.filter((one) => one.parent === this.#driver.pid);
    for (const one of found) found.push(...all.filter((other) => other.parent === one.pid));
    return found;
  }

  async #find(selector) {
    const found = await this.#ask('POST', `${this.#session}/element`, { using: 'css selector', value: selector });
    return `${this.#session}/element/${found[ELEMENT]}`;
  }

  /** Types into the first element that fits. */
  async type(selector, text) {
    const element = await until(selector, () => this.#find(selector));
    await this.#ask('POST', `${element}/value`, { text });
  }

  async click(selector) {
    const element = await until(selector, () => this.#find(selector));
    await this.#ask('POST', `${element}/click`, {});
  }

  /** The text of the whole page. */
  text() {
    return this.run('return document.body.innerText');
  }

  /** Waits until every picture that has come is decoded, and painted some frames ago. */
  painted() {
    return this.later(`
      const done = arguments[0];
      const frame = () => new Promise((next) => requestAnimationFrame(next));
      Promise.allSettled([...document.images].filter((one) => one.complete).map((one) => one.decode())).then(frame).then(frame).then(frame).then(() => done(true));`);
  }

  /** Saves what the page looks like. The driver answers with the next frame, and a page at rest draws none: one is asked for until it has answered. */
  async screenshot(file) {
    await this.run(`
      const mark = document.createElement('i');
      mark.style.cssText = 'position: fixed; inset: 0 auto auto 0; width: 1px; height: 1px; background: currentColor';
      document.body.append(mark);
      mark.animate([{ opacity: 0 }, { opacity: 0.01 }], { duration: 500, iterations: Infinity });
      window.driverMark = mark;`);
    const base64 = await this.#ask('GET', `${this.#session}/screenshot`);
    await this.run('window.driverMark.remove(); delete window.driverMark;');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, Buffer.from(base64, 'base64'));
  }

  async close() {
    await this.#ask('DELETE', this.#session).catch(() => {});
    try {
      process.kill(-this.#driver.pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}
