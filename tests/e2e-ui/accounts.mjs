// A service that keeps accounts, as somebody would run it for themselves; the letters it writes are read from its terminal.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const root = resolve(import.meta.dirname, '../..');
const program = process.env.ALLXONE_CLI ?? join(root, 'target/debug/allxone');

export class Accounts {
  static async open(...more) {
    const service = new Accounts();
    service.folder = mkdtempSync(join(tmpdir(), 'allxone-e2e-accounts-'));
    const args = ['serve', '--accounts', ...more, '--listen', '127.0.0.1:0', '--data-dir', service.folder, '--models-dir', join(root, 'models'), '--secret-store', 'file'];
    service.child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    service.letters = [];
    createInterface({ input: service.child.stderr }).on('line', (line) => {
      const [, to, code] = /^Code for (\S+): (\d+) /.exec(line) ?? [];
      if (code) service.letters.push({ to, code });
    });
    service.address = await new Promise((found, failed) => {
      createInterface({ input: service.child.stdout }).on('line', (line) => { const seen = /Accounts at (http:\/\/[\d.]+:\d+)/.exec(line); if (seen) found(seen[1]); });
      service.child.once('exit', (code) => failed(new Error(`the service ended with ${code}`)));
      service.child.once('error', failed);
    });
    service.host = new URL(service.address).host;
    return service;
  }

  /** Makes an account, as another device would. */
  async enroll(email, password) {
    const answer = await fetch(`${this.address}/auth/v1/signup`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-client-info': 'another device' }, body: JSON.stringify({ email, password }) });
    if (!answer.ok) throw new Error(`the account was not made: ${answer.status}`);
    return answer.json();
  }

  async close() {
    const ended = new Promise((done) => this.child.once('exit', done));
    this.child.kill('SIGINT');
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
