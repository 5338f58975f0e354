// A second service, as somebody else would run it: looked at, joined, worked with, left; every byte of it in the ledger.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { Desk } from './devhost.mjs';
import { ask, kept, serious, until } from './made.mjs';

const root = resolve(import.meta.dirname, '../..');
const program = process.env.ALLXONE_CLI ?? join(root, 'target/debug/allxone');
const TOKEN = 'a-token-for-this-test-alone-0123456789';

let desk;
let server;
let stranger;
before(async () => {
  desk = await Desk.open();
  const folder = mkdtempSync(join(tmpdir(), 'allxone-e2e-server-'));
  const args = ['serve', '--listen', '127.0.0.1:0', '--data-dir', folder, '--models-dir', join(root, 'models'), '--secret-store', 'file'];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ALLXONE_SERVE_TOKEN: TOKEN } });
  const address = await new Promise((found, failed) => {
    createInterface({ input: child.stdout }).on('line', (line) => { const seen = /http:\/\/[\d.]+:\d+/.exec(line); if (seen) found(seen[0]); });
    child.once('exit', (code) => failed(new Error(`the service ended with ${code}`)));
    child.once('error', failed);
  });
  server = { child, folder, address, host: new URL(address).host };
  stranger = createServer((_, answer) => answer.end('hello'));
  await new Promise((ready) => stranger.listen(0, '127.0.0.1', ready));
});
after(async () => {
  await desk?.close();
  stranger?.close();
  if (server) {
    const ended = new Promise((done) => server.child.once('exit', done));
    server.child.kill('SIGINT');
    await ended;
    rmSync(server.folder, { recursive: true, force: true });
  }
});

test('wrong addresses and tokens are refused in words, before anything is sent', async () => {
  const page = await desk.page();
  await page.locator('nav.rail').waitFor();
  await page.goto(`${new URL(desk.address).origin}/#/settings?part=where&connect=1`);
  const dialog = page.getByRole('dialog');
  const attempt = async (address, token, words) => {
    await dialog.getByLabel('Address').fill(address);
    await dialog.getByLabel('Token').fill(token);
    await dialog.getByRole('button', { name: 'See what it offers' }).click();
    await dialog.getByText(words).waitFor();
  };
  await attempt('not an address', '', 'That is not a server’s address.');
  await attempt('http://studio.example', '', 'The address must begin with https://.');
  await attempt('http://127.0.0.1:9', '', 'The server cannot be reached.');
  await attempt(`http://127.0.0.1:${stranger.address().port}`, '', 'There is no AllXOne server at that address.');
  await attempt(server.address, 'another-token-that-is-not-the-one-000', 'The server does not take this token.');
  await Desk.look(page, 'server-refused');
  assert.deepEqual(await serious(page), []);
  assert.equal((await ask(page, 'session')).service.is, 'this_computer');
  const fields = (await ask(page, 'egress_list', { limit: 100 })).flatMap((row) => row.fields);
  assert.deepEqual(fields, [], 'looking carries nothing of the person’s');
});

test('the offline lock is seen before anything is asked, and each way to a server says what the other is for', async () => {
  const page = await desk.page();
  await page.locator('nav.rail').waitFor();
  await ask(page, 'offline_lock', { closed: true });
  await page.reload();
  await page.goto(`${new URL(desk.address).origin}/#/account`);
  await page.getByText('The offline lock is closed.').waitFor();
  await page.getByRole('button', { name: 'Connect to a server' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('The offline lock is closed.').waitFor();
  assert.deepEqual(await serious(page), []);
  await dialog.getByRole('button', { name: 'Open the offline lock' }).click();
  await dialog.getByText('The offline lock is closed.').waitFor({ state: 'detached' });
  assert.equal((await ask(page, 'offline_lock', { closed: null })).closed, false);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Sign in with an account' }).click();
  await page.getByRole('heading', { name: 'Account', exact: true }).waitFor();
  assert.deepEqual(page.faults, []);
});

test('a picture is made there, and every connection is listed', async () => {
  const page = await desk.page();
  await page.locator('nav.rail').waitFor();
  await page.goto(`${new URL(desk.address).origin}/#/settings?part=where`);
  await page.getByRole('button', { name: 'Connect to a server' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Address').fill(server.address);
  await dialog.getByLabel('Token').fill(TOKEN);
  await page.keyboard.press('Enter');
  await dialog.getByText('It runs on this computer.').waitFor();
  await dialog.getByText('made by the server itself').first().waitFor();
  await Desk.look(page, 'server-found');
  await dialog.getByRole('button', { name: 'Connect', exact: true }).click();
  await page.getByRole('heading', { name: 'A server', exact: true }).waitFor();
  await dialog.waitFor({ state: 'detached' });

  await page.keyboard.press('Control+1');
  const prompt = page.locator('#prompt');
  await prompt.fill('a lighthouse on a rocky coast');
  await prompt.press('Enter');
  await kept(page, 1);

  await page.keyboard.press('Control+3');
  await page.getByRole('row', { name: /ask for pictures/ }).first().waitFor();
  const rows = await ask(page, 'egress_list', { limit: 100 });
  assert.ok(rows.every((row) => row.host === server.host || row.host.startsWith('127.0.0.1:')));
  const asked = rows.find((row) => row.purpose === 'submit_job');
  assert.ok(asked.bytes_out > 0 && asked.fields.includes('prompt'));
  await page.getByRole('combobox', { name: /^To/ }).click();
  await page.getByRole('option', { name: server.host }).click();
  await page.waitForFunction((host) => [...document.querySelectorAll('td.host')].every((one) => one.textContent.includes(host)), server.host);
  await Desk.look(page, 'privacy-connections');
  assert.deepEqual(await serious(page), []);
  const sent = rows.filter((row) => row.host === server.host).reduce((sum, row) => sum + row.bytes_out, 0);
  assert.ok(sent > 0);
});

test('what is composed while the lock is closed waits, and goes by itself when it opens', async () => {
  const page = await desk.page();
  const lock = page.getByRole('button', { name: /offline lock/i });
  await lock.click();
  await until(page, 'offline_lock', { closed: null }, ({ closed }) => closed);
  await page.keyboard.press('Control+1');
  const prompt = page.locator('#prompt');
  await prompt.fill('two foxes in a snowy forest');
  await page.getByText('It waits here and goes by itself').waitFor();
  await Desk.look(page, 'composed-offline');
  await page.getByRole('button', { name: 'Line up' }).click();
  await page.getByText('Waits until you are online').first().waitFor();
  await Desk.look(page, 'lined-up');
  assert.deepEqual(await serious(page), []);
  assert.equal((await ask(page, 'library_usage')).items, 1);

  await lock.click();
  await kept(page, 2);
  await page.getByText('Waits until you are online').first().waitFor({ state: 'detached' });
});

test('one goes back to this computer, and has one library', async () => {
  const page = await desk.page();
  await page.locator('nav.rail').waitFor();
  await page.goto(`${new URL(desk.address).origin}/#/settings?part=where`);
  await page.getByRole('button', { name: 'Back to this computer' }).click();
  await until(page, 'session', null, (session) => session.service.is === 'this_computer');
  await page.keyboard.press('Control+2');
  await page.getByRole('gridcell').first().waitFor();
  assert.equal(await page.getByRole('gridcell').count(), 2, 'one library, wherever a picture was made');
});
