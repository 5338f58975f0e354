// The fakes of the providers, and a service that works with them: two programs on loopback.
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const root = resolve(import.meta.dirname, '../../..');
const target = process.env.ALLXONE_TARGET ?? join(root, 'target/debug');

/** A program that says a line of JSON first and answers each order with one. */
class Program {
  constructor(path, args, env = {}) {
    this.waiting = [];
    this.child = spawn(path, args, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env } });
    createInterface({ input: this.child.stdout }).on('line', (line) => this.waiting.shift()?.(JSON.parse(line)));
    this.hello = new Promise((done, failed) => {
      this.waiting.push(done);
      this.child.once('error', failed);
      this.child.once('exit', (code) => failed(new Error(`${path} ended with ${code}`)));
    });
  }

  order(order) {
    const answer = new Promise((done) => this.waiting.push(done));
    this.child.stdin.write(`${JSON.stringify(order)}\n`);
    return answer;
  }

  async close(signal) {
    const ended = new Promise((done) => this.child.once('exit', done));
    this.hello.catch(() => {});
    if (signal) this.child.kill(signal);
    else this.child.stdin.end();
    await ended;
  }
}

/** The providers' fakes. */
export async function partners() {
  const program = new Program(join(target, 'examples/partners-host'), []);
  return Object.assign(program, await program.hello);
}

/** `allxone serve`, which works with these providers. */
export async function service(far) {
  const folder = await mkdtemp(join(tmpdir(), 'allxone-openai-'));
  await writeFile(join(folder, 'key'), far.key);
  await writeFile(join(folder, 'partners.toml'), `[[partner]]\nkind = "openai"\nkey_file = "key"\naddress = "${far.openai}"\n`);
  await writeFile(join(folder, 'operator.toml'), `kind = "self_hosted"\nname = "Tests"\n[[processor]]\nid = "openai"\nregion = "here"\nretention = "none"\ntrains_on_data = false\n`);
  const place = ['--data-dir', join(folder, 'data'), '--secret-store', 'file'];
  const program = new Program(join(target, 'allxone'), [...place, 'serve', '--listen', '127.0.0.1:0', '--json', '--operator', join(folder, 'operator.toml'), '--partners', join(folder, 'partners.toml')]);
  const { address, token } = await program.hello;
  const made = await fetch(`${address}/api/v1/keys`, {
    method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: JSON.stringify({ name: 'tests', scope: 'pictures' })
  });
  const { key, secret } = await made.json();
  const owner = (method, path) => fetch(`${address}/api/v1${path}`, { method, headers: { authorization: `Bearer ${token}` } });
  const close = async () => {
    await program.close('SIGINT');
    await rm(folder, { recursive: true });
  };
  return { address, token, key: secret, keyId: key.id, owner, close };
}
