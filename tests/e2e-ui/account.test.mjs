// A person and their account: signing in by every way there is, seeing and correcting, other devices, signing out; and no picture is lost by it.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Accounts } from './accounts.mjs';
import { Desk } from './devhost.mjs';
import { ask, make, serious, until } from './made.mjs';

const EMAIL = 'ann@studio.example';
const PASSWORD = 'marmalade on the roof';

let desk;
let service;
before(async () => {
  [desk, service] = await Promise.all([Desk.open(), Accounts.open()]);
  await service.enroll(EMAIL, PASSWORD);
  await service.enroll('eve@studio.example', PASSWORD);
});
after(async () => {
  await desk?.close();
  await service?.close();
});

async function account(at = desk) {
  const page = await at.page();
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.locator('nav.rail').waitFor();
  await page.getByRole('link', { name: 'Account' }).click();
  await page.getByRole('heading', { name: 'Account', level: 1 }).waitFor();
  return page;
}

async function server(page) {
  await page.getByLabel('Server').fill(service.address);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText(`Signing in at ${service.host}`).waitFor();
}

const standing = async (page) => (await ask(page, 'accounts')).accounts.map((one) => one.standing.is);

test('nothing is asked of anybody before a server was chosen, and the page can be used by everybody', async () => {
  const page = await account();
  await page.getByText('Nobody has to sign in').waitFor();
  assert.deepEqual(await ask(page, 'egress_list', { limit: 10 }), []);
  assert.deepEqual(await serious(page), []);
  await Desk.look(page, 'account-sign-in');
  await page.getByLabel('Server').fill('http://studio.example');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('The address must begin with https://.').waitFor();
  await server(page);
  const rows = await ask(page, 'egress_list', { limit: 10 });
  assert.deepEqual(rows.map((row) => row.purpose), ['about', 'sign_in_ways']);
  await page.getByText('Operator', { exact: true }).waitFor();
  assert.deepEqual(rows.flatMap((row) => row.fields), []);
  assert.deepEqual(await serious(page), []);
  await page.context().close();
});

test('through the browser: wait, copy the link, come back, work at the server', async () => {
  const page = await account();
  await make(page, 'a teapot on a table');
  await server(page);
  await page.getByRole('button', { name: 'Sign in on the server’s page' }).click();
  await page.getByRole('heading', { name: 'Waiting for your browser' }).waitFor();
  await page.getByText(/Time left: [0-5]:\d\d/).waitFor();
  assert.deepEqual(await serious(page), []);
  await Desk.look(page, 'account-waiting');
  await page.getByRole('button', { name: 'Copy link' }).click();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  assert.ok(link.startsWith(`${service.address}/auth/v1/authorize?`));

  const browser = await (await desk.browser.newContext()).newPage();
  await browser.goto(link);
  await browser.getByLabel('E-mail').fill(EMAIL);
  await browser.getByLabel('Password').fill(PASSWORD);
  await browser.getByRole('button', { name: 'Sign in' }).click();
  await browser.getByText('Back to AllXOne').waitFor();
  assert.equal(new URL(browser.url()).search, '', 'the code is not in the address any more');

  await page.getByRole('heading', { name: 'Profile' }).waitFor();
  await until(page, 'session', null, (session) => session.service.is === 'server' && session.service.host === service.host);
  assert.deepEqual(await standing(page), ['signed_in']);
  assert.equal((await ask(page, 'library_usage')).items, 0, 'the account has a library of its own');
  assert.deepEqual(await serious(page), []);
  await Desk.look(page, 'account-place');
  await browser.context().close();
  await page.context().close();
});

test('the profile is corrected at the server, after proving who asks where that is grave', async () => {
  const page = await account();
  await page.getByLabel('Name to be shown').fill('Ann of the Studio');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await page.getByText('Saved at the server.').last().waitFor();
  const [{ key }] = (await ask(page, 'accounts')).accounts;
  assert.equal((await ask(page, 'account_profile', key)).name, 'Ann of the Studio');
  await page.getByLabel('New password').fill('marmalade in the cellar');
  await page.getByRole('button', { name: 'Change the password' }).click();
  const dialog = page.getByRole('dialog', { name: 'Is it you?' });
  await dialog.getByLabel('Password').last().fill('not the one');
  await dialog.getByRole('button', { name: 'Go on' }).click();
  await dialog.getByText('The e-mail address or the password is wrong.').waitFor();
  assert.deepEqual(await serious(page), []);
  await dialog.locator('input[type=password]').fill(PASSWORD);
  await dialog.getByRole('button', { name: 'Go on' }).click();
  await page.getByText('The password is changed.').last().waitFor();
  await page.context().close();
});

test('another device is told and can be signed out', async () => {
  const page = await account();
  await page.getByText('This device', { exact: true }).waitFor();
  const answer = await fetch(`${service.address}/auth/v1/token?grant_type=password`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-client-info': 'an unknown tablet' }, body: JSON.stringify({ email: EMAIL, password: 'marmalade in the cellar' }) });
  assert.equal(answer.status, 200);
  const stranger = await answer.json();
  await page.getByRole('link', { name: 'Create' }).click();
  await page.locator('#prompt').waitFor();
  await page.getByRole('link', { name: 'Account' }).click();
  await page.getByText('A new device signed in', { exact: true }).waitFor();
  await page.getByText('an unknown tablet').waitFor();
  assert.deepEqual(await serious(page), []);
  await Desk.look(page, 'account-new-device');
  await page.getByRole('button', { name: 'Sign out an unknown tablet' }).click();
  await page.getByText('The device is signed out.').last().waitFor();
  const refused = await fetch(`${service.address}/auth/v1/user`, { headers: { authorization: `Bearer ${stranger.access_token}` } });
  assert.equal(refused.status, 403);
  await page.context().close();
});

test('libraries are switched without losing anything, and signing out asks what becomes of them', async () => {
  const page = await account();
  const here = page.getByRole('listitem').filter({ hasText: 'This computer' });
  await here.getByRole('button', { name: 'Open this library' }).click();
  await until(page, 'session', null, (session) => session.account === null && session.state.is === 'open');
  assert.equal((await ask(page, 'library_usage')).items, 1, 'what was made before signing in is where it was');
  await page.getByRole('button', { name: 'Sign out…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Sign out' });
  await dialog.getByText('Every device').click();
  await dialog.getByRole('radio', { name: /Lock it/ }).check();
  await dialog.getByRole('textbox', { name: 'Passphrase' }).fill('a key of my own');
  assert.deepEqual(await serious(page), []);
  await Desk.look(page, 'account-sign-out');
  await dialog.getByRole('button', { name: 'Sign out' }).click();
  await page.getByText('Signed out.', { exact: true }).last().waitFor();
  assert.deepEqual(await standing(page), ['signed_out']);
  const [{ key }] = (await ask(page, 'accounts')).accounts;
  const session = await ask(page, 'account_open', key);
  assert.equal(session.state.is, 'locked', 'its library wants the passphrase now');
  assert.equal((await ask(page, 'session_unlock', 'a key of my own')).state.is, 'open');
  await ask(page, 'account_open', null);
  await page.context().close();
});

test('by a code, and by the address the browser ended up with', async () => {
  const page = await account();
  await server(page);
  await page.getByText('Code by e-mail', { exact: true }).click();
  await page.getByLabel('E-mail address').fill(EMAIL);
  await page.getByRole('button', { name: 'Send the code' }).click();
  await page.getByLabel('Code from the letter').waitFor();
  const letter = await (async () => { for (;;) { const found = service.letters.findLast((one) => one.to === EMAIL); if (found) return found; await page.waitForTimeout(50); } })();
  await page.getByLabel('Code from the letter').fill('000000');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('The code is wrong or has expired.').waitFor();
  await page.getByLabel('Code from the letter').fill(letter.code);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  // Its library was locked when it signed out, so the passphrase is asked for.
  await until(page, 'session', null, (session) => session.state.is === 'locked');
  assert.deepEqual(await standing(page), ['signed_in']);
  await ask(page, 'account_open', null);
  await until(page, 'session', null, (session) => session.state.is === 'open');
  await page.context().close();
});

test('an account is deleted after its service said what goes, kept again within its days, and the receipt stays', async (t) => {
  // A device of its own, where nobody else is signed in.
  const own = await Desk.open();
  t.after(() => own.close());
  const page = await account(own);
  await server(page);
  await page.getByText('Password', { exact: true }).click();
  await page.getByLabel('E-mail address').fill('eve@studio.example');
  await page.locator('input[type=password]').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { name: 'Delete the account' }).waitFor();
  await page.getByRole('button', { name: 'Delete the account…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete the account' });
  await dialog.getByText('Prompts, uploaded pictures and results').waitFor();
  await dialog.getByText('What stays there, separated from you').waitFor();
  assert.deepEqual(await serious(page), []);
  await Desk.look(page, 'account-delete');
  assert.ok(await dialog.getByRole('button', { name: 'Delete the account' }).isDisabled());
  await dialog.getByLabel('Type “delete” to go on').fill('delete');
  await dialog.getByRole('button', { name: 'Delete the account' }).click();
  const prove = page.getByRole('dialog', { name: 'Is it you?' });
  await prove.locator('input[type=password]').fill(PASSWORD);
  await prove.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('heading', { name: 'Deleted accounts' }).waitFor();
  await page.getByText('To keep the account, sign in to it again.').waitFor();
  assert.deepEqual(await serious(page), []);
  await Desk.look(page, 'account-deleting');

  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('Password', { exact: true }).click();
  await page.getByLabel('E-mail address').fill('eve@studio.example');
  await page.locator('input[type=password]').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('button', { name: 'Keep the account' }).click();
  await page.getByText('Kept', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Put the receipt away' }).click();
  await page.getByRole('heading', { name: 'Deleted accounts' }).waitFor({ state: 'detached' });
  await page.context().close();
});

test('nothing secret reached the page, the log or the disk in the clear', async () => {
  const page = await desk.page();
  await page.locator('nav.rail').waitFor();
  const seen = JSON.stringify([await ask(page, 'accounts'), await ask(page, 'session'), await ask(page, 'egress_list', { limit: 1000 })]);
  assert.ok(!/eyJ|refresh_token"\s*:|access_token/.test(seen), 'no token in what a page may ask');
  const rows = await ask(page, 'egress_list', { limit: 1000 });
  assert.ok(rows.some((row) => row.purpose === 'browser') && rows.every((row) => !JSON.stringify(row).includes('code-')));
  const files = (folder) => readdirSync(folder, { withFileTypes: true }).flatMap((one) => (one.isDirectory() ? files(join(folder, one.name)) : [join(folder, one.name)]));
  for (const file of files(desk.folder)) {
    const text = readFileSync(file, 'latin1');
    for (const secret of [EMAIL, PASSWORD, 'marmalade', 'eyJhbGciOi']) assert.ok(!text.includes(secret), `${secret} in ${file}`);
  }
  await page.context().close();
});
