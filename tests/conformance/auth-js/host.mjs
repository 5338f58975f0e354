// A service's accounts on loopback, and the little browser that signs in on their page.
import { spawn } from 'node:child_process';
import { resolve, join } from 'node:path';
import { createInterface } from 'node:readline';
import { faulty } from './faulty.mjs';

const root = resolve(import.meta.dirname, '../../..');
const program = process.env.ALLXONE_AUTH_HOST ?? join(root, 'target/debug/examples/auth-host');

export class Host {
  static async open(...args) {
    const host = new Host();
    host.child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    host.waiting = [];
    createInterface({ input: host.child.stdout }).on('line', (line) => host.waiting.shift()?.(JSON.parse(line)));
    const hello = await new Promise((done, failed) => {
      host.waiting.push(done);
      host.child.once('error', failed);
      host.child.once('exit', (code) => failed(new Error(`the accounts ended with ${code}`)));
    });
    // A fault is put between, where the cases themselves are to be tried.
    host.between = process.env.ALLXONE_AUTH_FAULT && (await faulty(hello.address, process.env.ALLXONE_AUTH_FAULT));
    const address = host.between?.address ?? hello.address;
    Object.assign(host, hello, { address, auth: `${address}/auth/v1` });
    return host;
  }

  /** Gives an order and waits for its answer. */
  order(order) {
    const answer = new Promise((done) => this.waiting.push(done));
    this.child.stdin.write(`${JSON.stringify(order)}\n`);
    return answer;
  }

  advance(seconds) {
    return this.order({ advance: seconds });
  }

  /** The newest code that was sent to an address. */
  async code(to, kind) {
    const letters = await this.order({ letters: true });
    return letters.find((one) => one.to === to && (!kind || one.kind === kind))?.code;
  }

  async close() {
    const ended = new Promise((done) => this.child.once('exit', done));
    this.between?.close();
    this.child.stdin.end();
    await ended;
  }
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** A browser without script: opens the page of a sign-in, fills its form, and reads where it leads. It keeps the service's cookie. */
export class Browser {
  constructor(host) {
    this.host = host;
  }

  async ask(url, options = {}) {
    const cookie = this.cookie ? { cookie: this.cookie } : {};
    const answer = await fetch(url, { redirect: 'manual', ...options, headers: { accept: 'text/html', ...cookie, ...options.headers } });
    const set = answer.headers.get('set-cookie');
    if (set) this.cookie = set.split(';')[0];
    return answer;
  }

  async open(url) {
    const first = await this.ask(url);
    if (first.status !== 303 && first.status !== 302) return { status: first.status, text: await first.text() };
    const page = new URL(first.headers.get('location'), url);
    const answer = await this.ask(page);
    const text = await answer.text();
    this.word = /name="word" value="([^"]+)"/.exec(text)?.[1];
    return { status: answer.status, text, flow: page.searchParams.get('flow'), page };
  }

  async fill(flow, fields, headers = {}) {
    const origin = this.host.address;
    const body = new URLSearchParams({ flow, word: this.word ?? '', ...fields });
    const answer = await this.ask(`${this.host.auth}/local`, { method: 'POST', body, headers: { ...FORM, origin, ...headers } });
    const text = await answer.text();
    const onward = /class="button" href="([^"]+)"/.exec(text)?.[1].replaceAll('&amp;', '&');
    return { status: answer.status, text, headers: answer.headers, onward: onward && new URL(onward) };
  }

  /** From the address a client gives to the address it is returned to. */
  async signIn(url, email, password, step = 'sign_in') {
    const { flow } = await this.open(url);
    return (await this.fill(flow, { step, email, password })).onward;
  }
}
