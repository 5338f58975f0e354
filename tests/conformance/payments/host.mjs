// A service that sells, with the payment providers beside it, on loopback.
import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const root = resolve(import.meta.dirname, '../../..');
const program = process.env.ALLXONE_PAYMENTS_HOST ?? join(root, 'target/debug/examples/payments-host');
let count = 0;

export class Host {
  static async open() {
    const host = new Host();
    host.child = spawn(program, [], { stdio: ['pipe', 'pipe', 'inherit'] });
    host.waiting = [];
    createInterface({ input: host.child.stdout }).on('line', (line) => host.waiting.shift()?.(JSON.parse(line)));
    const hello = await new Promise((done, failed) => {
      host.waiting.push(done);
      host.child.once('error', failed);
      host.child.once('exit', (code) => failed(new Error(`the service ended with ${code}`)));
    });
    Object.assign(host, hello);
    const body = JSON.stringify({ email: `ada${++count}@example.org`, password: 'a long enough phrase' });
    const signed = await fetch(`${host.service}/auth/v1/signup`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    host.token = (await signed.json()).access_token;
    return host;
  }

  async ask(method, path, body, headers = {}) {
    const answer = await fetch(`${this.service}/api/v1${path}`, {
      method, headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json', ...headers }, body: body && JSON.stringify(body)
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  order(plan, provider) {
    return this.ask('POST', '/billing/checkout', { plan, provider, language: 'en' }, { 'idempotency-key': `k${++count}` });
  }

  /** The person pays; the events that follow are delivered to nobody. */
  pay(provider, order) {
    const answer = new Promise((done) => this.waiting.push(done));
    this.child.stdin.write(`${JSON.stringify({ pay: provider, order })}\n`);
    return answer;
  }

  /** Tells the service something from outside; answers with the status. */
  async tell(provider, body, headers) {
    const answer = await fetch(`${this.service}/api/v1/webhooks/${provider}`, { method: 'POST', body, headers });
    return answer.status;
  }

  async state(order) {
    return (await this.ask('GET', `/billing/orders/${order}`)).state;
  }

  async close() {
    const ended = new Promise((done) => this.child.once('exit', done));
    this.child.stdin.end();
    await ended;
  }
}
