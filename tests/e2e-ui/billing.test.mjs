// Buying credits: the plans, the provider's page, waiting until the provider tells, the receipt, also without a network; cancelling.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Host } from '../conformance/payments/host.mjs';
import { Desk } from './devhost.mjs';
import { ask, serious, until } from './made.mjs';

const EMAIL = 'ann@studio.example';
const PASSWORD = 'marmalade on the roof';
let desk;
let host;
before(async () => {
  [desk, host] = await Promise.all([Desk.open(), Host.open()]);
  const body = JSON.stringify({ email: EMAIL, password: PASSWORD });
  await fetch(`${host.service}/auth/v1/signup`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
});
after(async () => {
  await desk?.close();
  await host?.close().catch(() => {});
});

const delivered = async (provider, order) => {
  for (const { body, headers } of await host.pay(provider, order)) assert.equal(await host.tell(provider, body, headers), 204);
};

async function account(options) {
  const page = await desk.page(options);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.locator('nav.rail').waitFor();
  await page.getByRole('link', { name: 'Account' }).click();
  await page.getByRole('heading', { name: 'Account', level: 1 }).waitFor();
  return page;
}

test('a pack is bought on the provider’s page, and is there when the provider tells', async () => {
  const page = await account();
  const key = await ask(page, 'account_password', { at: { server: host.service }, email: EMAIL, password: PASSWORD });
  await page.getByRole('heading', { name: 'Credits and plan' }).waitFor();
  await page.getByText('Trial: no money moves').waitFor();
  await page.getByText('€9.99 once').waitFor();
  assert.deepEqual(await serious(page), []);
  await Desk.look(page, 'billing-plans');

  await page.getByRole('button', { name: 'Buy 500 credits with Stripe' }).first().click();
  await page.getByText('No browser could be opened').waitFor();
  await page.getByRole('button', { name: 'Copy the address' }).click();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^https:\/\/checkout\.stripe\.com\//);
  await page.getByText('Not paid yet').waitFor();
  const rows = await ask(page, 'egress_list', { limit: 50 });
  const opened = rows.filter((row) => row.purpose === 'payment_page');
  assert.deepEqual(opened.map((row) => [row.host, row.resource]), [['checkout.stripe.com', '/']]);
  assert.ok(rows.some((row) => row.purpose === 'billing' && row.fields.includes('plan')));
  await Desk.look(page, 'billing-pending');

  const { orders } = await ask(page, 'billing', key);
  await delivered('stripe', orders[0].id);
  await page.getByText('The payment arrived: 500 credits.').last().waitFor();
  await page.getByRole('heading', { name: 'Receipts' }).waitFor();
  await page.getByRole('button', { name: /^Receipt for 500 credits/ }).click();
  await page.getByText('Example Ltd').waitFor();
  assert.deepEqual(await serious(page), []);
  await Desk.look(page, 'billing-receipt');
  await page.context().close();
});

test('a subscription is shown, and cancelled here', async () => {
  const page = await account({ dark: true });
  await page.getByRole('button', { name: 'Buy 1000 credits a month with Stripe' }).click();
  await page.getByText('Not paid yet').waitFor();
  const [{ key }] = (await ask(page, 'accounts')).accounts;
  const { orders } = await ask(page, 'billing', key);
  await delivered('stripe', orders[0].id);
  await page.getByText('Active', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Change plan' }).click();
  await page.getByText('Copy the address of the page at billing.stripe.com').waitFor();
  await page.getByRole('button', { name: 'Cancel the subscription' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel the subscription' }).click();
  await page.getByText('Cancelled, still paid').waitFor();
  await Desk.look(page, 'billing-subscription-dark');
  await page.context().close();
});

test('without the service the receipts are still there', async () => {
  await host.close();
  const page = await account();
  await page.getByText('The receipts are those of the last time.').waitFor();
  await page.getByRole('button', { name: /^Receipt for 500 credits/ }).click();
  await page.getByText('Example Ltd').waitFor();
  const [{ key }] = (await ask(page, 'accounts')).accounts;
  await until(page, 'billing', key, (seen) => seen.plans === null && seen.receipts.length === 2);
  await page.context().close();
});
