// One person, two devices: what the first makes comes to the second where they allow it, and what goes on one goes on the other.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Accounts } from './accounts.mjs';
import { Desk } from './devhost.mjs';
import { ask, make, serious, until } from './made.mjs';

const EMAIL = 'ann@studio.example';
const PASSWORD = 'marmalade on the roof';

let first;
let second;
let service;
before(async () => {
  [first, second, service] = await Promise.all([Desk.open(), Desk.open(), Accounts.open()]);
  await service.enroll(EMAIL, PASSWORD);
});
after(async () => {
  await first?.close();
  await second?.close();
  await service?.close();
});

/** A device whose library of the account is open and works at the account's server. */
async function signedIn(desk) {
  const page = await desk.page();
  await page.locator('nav.rail').waitFor();
  const key = await ask(page, 'account_password', { at: { server: service.address }, email: EMAIL, password: PASSWORD });
  await ask(page, 'account_open', key);
  await until(page, 'session', null, (session) => session.service.is === 'server');
  return page;
}

const hashes = async (page) => (await ask(page, 'library_list', { limit: 100 })).items.map((one) => one.sha256).sort();

test('they are asked once, and then their pictures are here', async () => {
  const [there, here] = await Promise.all([signedIn(first), signedIn(second)]);
  await make(there, 'a teapot on a table');
  await make(there, 'three owls on a branch', 2);
  assert.deepEqual(await hashes(here), []);

  await here.getByRole('link', { name: 'Account' }).click();
  const card = here.getByRole('region', { name: 'Pictures from your other devices' });
  await card.getByText(`What this account makes at ${service.host} can come to this device`).waitFor();
  const asked = (rows) => rows.filter((row) => row.purpose === 'history').length;
  assert.equal(asked(await ask(here, 'egress_list', { limit: 100 })), 0, 'nothing is asked before it is allowed');
  const [no, yes] = await Promise.all(['Not now', 'Bring what this account makes to this device'].map((name) => card.getByRole('button', { name, exact: true }).boundingBox()));
  assert.equal(no.height, yes.height);
  assert.deepEqual(await serious(here), []);
  await card.getByRole('button', { name: 'Bring what this account makes to this device' }).click();
  await card.getByText('Brought so far: 3').waitFor();
  await card.getByRole('switch', { name: 'Bring what this account makes to this device' }).waitFor();
  assert.deepEqual(await hashes(here), await hashes(there));
  assert.deepEqual(await serious(here), []);
  await Desk.look(here, 'account-history');

  // One of them is erased there for good; here it lies in the trash and says why.
  const [gone] = (await ask(there, 'library_list', { limit: 1 })).items;
  await ask(there, 'library_erase', [gone.id]);
  const [{ key }] = (await ask(there, 'accounts')).accounts;
  await until(there, 'account_history', key, (seen) => seen.waiting === 0);
  await card.getByRole('button', { name: 'Bring now' }).click();
  await card.getByText('Put into the trash here, because erased on another device: 1').waitFor();
  assert.deepEqual(await hashes(here), await hashes(there));
  await here.getByRole('link', { name: 'Library' }).click();
  await here.getByText(/^Trash 1$/).click();
  await here.getByRole('gridcell').first().press('Enter');
  await here.getByText('Erased on another device of yours').waitFor();

  // Switched off, what was brought stays.
  await here.keyboard.press('Escape');
  await here.getByRole('link', { name: 'Account' }).click();
  await card.getByRole('switch').click();
  await until(here, 'account_history', key, (seen) => seen.allowed === false);
  assert.equal((await ask(here, 'library_usage')).items, 2);
  assert.deepEqual([...there.faults, ...here.faults], []);
});
