// Signing in from the real window: the browser is a program this test puts in its place. Restarted without a network it is still signed in;
// the sign-in is renewed; signing out everywhere ends it here and at the service.
import assert from 'node:assert/strict';
import { get } from 'node:http';
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Host } from '../conformance/auth-js/host.mjs';
import { Accounts } from '../e2e-ui/accounts.mjs';
import { Window, until } from './webdriver.mjs';

const EMAIL = 'ann@studio.example';
const PASSWORD = 'marmalade on the roof';
const folder = mkdtempSync(join(tmpdir(), 'allxone-account-'));
const data = join(folder, 'data');
const opened = join(folder, 'opened');
const browser = join(folder, 'browser');
let service;
/** The same accounts, with a clock this test can move. */
let clocked;

before(async () => {
  [service, clocked] = await Promise.all([Accounts.open(), Host.open()]);
  await service.enroll(EMAIL, PASSWORD);
  // What the system's browser gets is an address, as its only argument.
  writeFileSync(browser, `#!/bin/sh\nprintf '%s\\n' "$1" > '${opened}.new' && mv '${opened}.new' '${opened}'\n`);
  chmodSync(browser, 0o755);
});
after(async () => {
  await service?.close();
  await clocked?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Goes where a browser is led. `fetch` would say that a script asks, and the listener takes nothing from scripts. */
const led = (address, headers) => new Promise((answered, failed) => get(address, { headers }, (answer) => answered(answer.resume())).on('error', failed));

/** A browser that keeps the cookie of the sign-in, and a person who types: follows the sign-in to where it leads. */
async function signInAsAPerson(address) {
  const html = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
  const begun = await fetch(address, { headers: html, redirect: 'manual' });
  const page = new URL(begun.headers.get('location'), service.address);
  const flow = page.searchParams.get('flow');
  const cookie = begun.headers.get('set-cookie').split(';')[0];
  const shown = await (await fetch(page, { headers: { ...html, cookie } })).text();
  const [, word] = /name="word" value="([^"]+)"/.exec(shown) ?? [];
  const form = new URLSearchParams({ flow, word, step: 'sign_in', email: EMAIL, password: PASSWORD });
  const answer = await fetch(new URL('/auth/v1/local', service.address), { method: 'POST', headers: { ...html, cookie, origin: service.address, 'content-type': 'application/x-www-form-urlencoded' }, body: form });
  const text = await answer.text();
  const [, back] = /url=([^"]+)"/.exec(text) ?? [];
  assert.ok(back, `the service led nowhere: ${answer.status} ${text.slice(0, 200)}`);
  const done = await led(back.replaceAll('&amp;', '&'), html);
  assert.equal(done.statusCode, 303);
  assert.equal(done.headers.location, '/done');
}

async function withWindow(work) {
  const window = await Window.open({ ALLXONE_DATA_DIR: data, BROWSER: browser });
  try {
    await until('the open library', async () => (await window.call('session')).ok?.state.is === 'open');
    return await work(window);
  } finally {
    await window.close();
  }
}
const accounts = async (window) => (await window.call('accounts')).ok;

test('sign in through the browser, restart without a network, renew, sign out everywhere', async () => {
  await withWindow(async (window) => {
    const begun = (await window.call('account_begin', { at: { server: service.address }, provider: 'custom:local', open: true })).ok;
    assert.ok(begun.opened && begun.returns);
    const address = await until('the browser', () => existsSync(opened) && readFileSync(opened, 'utf8').trim());
    assert.equal(address, begun.address);
    await signInAsAPerson(address);
    const state = await until('the signed-in account', async () => {
      const state = (await window.call('account_flow', begun.flow)).ok;
      return state.is !== 'waiting' && state.is !== 'exchanging' && state;
    });
    assert.equal(state.is, 'done');
    const session = (await window.call('account_open', state.account)).ok;
    assert.equal(session.account, state.account);
    await until('the account’s server', async () => (await window.call('session')).ok.service.is === 'server');
    const [one] = (await accounts(window)).accounts;
    assert.deepEqual([one.standing.is, one.kept.is, one.profile.email], ['signed_in', 'keyring', EMAIL]);
  });

  await withWindow(async (window) => {
    await window.call('offline_lock', { closed: true });
    const seen = await until('what is kept of the account', async () => {
      const seen = await accounts(window);
      return seen.looked && seen;
    });
    const [one] = seen.accounts;
    assert.ok(one.open, 'the library that was open is open');
    assert.deepEqual([one.standing.is, one.profile.email], ['signed_in', EMAIL]);
    await window.call('offline_lock', { closed: false });
    // Two hours later, by the clock of the server, a token is refused once and had anew.
    const at = { server: clocked.address };
    const other = (await window.call('account_sign_up', { at, email: EMAIL, password: PASSWORD, name: 'Ann' })).ok.account;
    await clocked.advance(7_200);
    assert.equal((await window.call('account_profile', other)).ok.name, 'Ann');
    const rows = (await window.call('egress_list', { filter: { from_ms: null, to_ms: null, host: null, purpose: 'refresh_session', before: null }, limit: 10 })).ok;
    assert.equal(rows.length, 1, 'it was renewed, and that is written down');
    await window.call('account_sign_out', { account: other, scope: 'local', library: { is: 'remove' } });
    // A fresh proof takes the place of the sign-in.
    assert.deepEqual(await window.call('account_prove', { account: one.key, proof: { by: 'password', password: PASSWORD } }), { ok: null });
    assert.equal((await window.call('account_profile', one.key)).ok.email, EMAIL);
    const devices = (await window.call('account_devices', one.key)).ok;
    assert.ok(devices.some((device) => device.current));
    const ended = await window.call('account_sign_out', { account: one.key, scope: 'global', library: { is: 'keep' } });
    assert.deepEqual(ended, { ok: { told: true } });
    assert.deepEqual((await accounts(window)).accounts.map((account) => account.standing), [{ is: 'signed_out', because: 'here' }]);
    assert.equal((await window.call('account_profile', one.key)).error.code, 'signed_out');
  });

  const files = (at) => readdirSync(at, { withFileTypes: true }).flatMap((one) => (one.isDirectory() ? files(join(at, one.name)) : [join(at, one.name)]));
  for (const file of files(data)) {
    const text = readFileSync(file, 'latin1');
    for (const secret of [EMAIL, PASSWORD, 'eyJhbGciOi']) assert.ok(!text.includes(secret), `${secret} in ${file}`);
  }
});
