// The providers' own packages in three directions: they verify what is signed here, what they sign is taken here, and they drive the
// providers that are played here, so that those speak as the real ones do.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { Environment, Paddle } from '@paddle/paddle-node-sdk';
import Razorpay from 'razorpay';
import Stripe from 'stripe';
import { Host } from './host.mjs';

let host;
let stripe;
let paddle;
let razorpay;
before(async () => {
  host = await Host.open();
  const at = new URL(host.stripe.address);
  stripe = new Stripe(host.stripe.key, { host: at.hostname, port: at.port, protocol: 'http', maxNetworkRetries: 0, telemetry: false });
  paddle = new Paddle(host.paddle.key, { environment: host.paddle.address });
  razorpay = new Razorpay({ key_id: host.razorpay.key_id, key_secret: host.razorpay.key });
  razorpay.api.rq.defaults.baseURL = host.razorpay.address;
});
after(() => host?.close());

const bought = async (plan, provider) => {
  const order = await host.order(plan, provider);
  return { order, events: await host.pay(provider, order.id) };
};

test('stripe: the package takes every event that is signed here, and none that was changed', async () => {
  for (const plan of ['pack', 'month']) {
    const { events } = await bought(plan, 'stripe');
    assert.ok(events.length >= 3);
    for (const { kind, body, headers } of events) {
      const event = stripe.webhooks.constructEvent(body, headers['stripe-signature'], host.stripe.webhook_secret);
      assert.equal(event.type, kind);
      assert.throws(() => stripe.webhooks.constructEvent(`${body} `, headers['stripe-signature'], host.stripe.webhook_secret));
    }
  }
});

test('stripe: what the package signs is taken here, and what it signs for somebody else is not', async () => {
  const { order, events } = await bought('pack', 'stripe');
  const { body } = events.at(-1);
  const sign = (secret, timestamp) => stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp });
  const now = Math.floor(Date.now() / 1000);
  for (const header of [sign('whsec_of_somebody_else'), sign(host.stripe.webhook_secret, now - 301), sign(host.stripe.webhook_secret, now + 310)]) {
    assert.equal(await host.tell('stripe', body, { 'stripe-signature': header }), 400);
  }
  assert.equal(await host.state(order.id), 'pending');
  assert.equal(await host.tell('stripe', body, { 'stripe-signature': sign(host.stripe.webhook_secret) }), 204);
  assert.equal(await host.state(order.id), 'paid');
});

test('stripe: the package drives the provider that is played here', async () => {
  const form = {
    mode: 'payment', line_items: [{ price: 'price_pack', quantity: 1 }], success_url: 'https://studio.example/done', cancel_url: 'https://studio.example/done',
    client_reference_id: 'ours', metadata: { order_id: 'ours' }
  };
  const session = await stripe.checkout.sessions.create(form, { idempotencyKey: 'one' });
  assert.match(session.url, /^https:\/\/checkout\.stripe\.com\//);
  assert.deepEqual([session.object, session.status, session.payment_status, session.amount_total], ['checkout.session', 'open', 'unpaid', 999]);
  assert.equal((await stripe.checkout.sessions.create(form, { idempotencyKey: 'one' })).id, session.id);
  await assert.rejects(stripe.checkout.sessions.create({ ...form, mode: 'subscription' }, { idempotencyKey: 'one' }), { type: 'StripeIdempotencyError' });
  await assert.rejects(stripe.checkout.sessions.create({ ...form, line_items: [{ price: 'none', quantity: 1 }] }), { type: 'StripeInvalidRequestError' });
  assert.equal((await stripe.checkout.sessions.retrieve(session.id)).id, session.id);
  assert.equal((await stripe.checkout.sessions.expire(session.id)).status, 'expired');
  await assert.rejects(stripe.checkout.sessions.retrieve('cs_none'), { statusCode: 404 });
  const stranger = new Stripe('sk_test_of_somebody_else', { host: new URL(host.stripe.address).hostname, port: new URL(host.stripe.address).port, protocol: 'http', maxNetworkRetries: 0, telemetry: false });
  await assert.rejects(stranger.checkout.sessions.retrieve(session.id), { type: 'StripeAuthenticationError' });

  const { events } = await bought('month', 'stripe');
  const object = (kind) => JSON.parse(events.find((one) => one.kind === kind).body).data.object;
  const { id, customer } = object('customer.subscription.created');
  assert.match((await stripe.billingPortal.sessions.create({ customer, return_url: 'https://studio.example/' })).url, /^https:\/\/billing\.stripe\.com\//);
  const invoice = await stripe.invoices.retrieve(object('invoice.paid').id, { expand: ['payments'] });
  const intent = invoice.payments.data[0].payment.payment_intent;
  const linked = await stripe.invoicePayments.list({ payment: { type: 'payment_intent', payment_intent: intent } });
  assert.equal(linked.data[0].invoice, invoice.id);
  assert.equal((await stripe.subscriptions.update(id, { cancel_at_period_end: true })).cancel_at_period_end, true);
  assert.equal((await stripe.subscriptions.cancel(id)).status, 'canceled');
});

test('paddle: the package takes every event that is signed here, and none that was changed', async () => {
  for (const plan of ['pack', 'month']) {
    const { events } = await bought(plan, 'paddle');
    for (const { kind, body, headers } of events) {
      assert.equal(await paddle.webhooks.isSignatureValid(body, host.paddle.webhook_secret, headers['paddle-signature']), true);
      assert.equal(await paddle.webhooks.isSignatureValid(`${body} `, host.paddle.webhook_secret, headers['paddle-signature']), false);
      const event = await paddle.webhooks.unmarshal(body, host.paddle.webhook_secret, headers['paddle-signature']);
      assert.equal(event.eventType, kind);
    }
  }
});

test('paddle: what is signed as its documentation says is taken here, and its messages bring what was bought', async () => {
  for (const plan of ['pack', 'month']) {
    const { order, events } = await bought(plan, 'paddle');
    assert.match(order.address, /\/billing\/paddle\?_ptxn=txn_/);
    for (const { body } of events) {
      const ts = Math.floor(Date.now() / 1000);
      const sign = (secret) => `ts=${ts};h1=${createHmac('sha256', secret).update(`${ts}:${body}`).digest('hex')}`;
      assert.equal(await host.tell('paddle', body, { 'paddle-signature': sign('pdl_ntfset_of_somebody_else') }), 400);
      assert.equal(await host.tell('paddle', body, { 'paddle-signature': sign(host.paddle.webhook_secret) }), 204);
    }
    assert.equal(await host.state(order.id), 'paid');
  }
});

test('paddle: the package drives the provider that is played here', async () => {
  assert.ok(Environment);
  const made = await paddle.transactions.create({ items: [{ priceId: 'pri_pack', quantity: 1 }], customData: { order_id: 'ours' }, checkout: { url: 'https://studio.example/pay' } });
  assert.match(made.id, /^txn_/);
  assert.match(made.checkout.url, /^https:\/\/studio\.example\/pay\?_ptxn=txn_/);
  assert.equal((await paddle.transactions.get(made.id)).customData.order_id, 'ours');
  const first = await paddle.transactions.list({ perPage: 50 }).next();
  assert.equal(first[0].id, made.id);
  await assert.rejects(paddle.transactions.get('txn_none'));
  const { events } = await bought('month', 'paddle');
  const { id, customer_id } = JSON.parse(events[0].body).data;
  const portal = await paddle.customerPortalSessions.create(customer_id, [id]);
  assert.match(portal.urls.general.overview, /^https:\/\/customer-portal\.paddle\.com\//);
  assert.equal((await paddle.subscriptions.get(id)).status, 'active');
  assert.equal((await paddle.subscriptions.cancel(id, { effectiveFrom: 'next_billing_period' })).scheduledChange.action, 'cancel');
});

test('razorpay: the package takes every message that is signed here, and none that was changed', async () => {
  for (const plan of ['pack-inr', 'month-inr']) {
    const { events } = await bought(plan, 'razorpay');
    for (const { body, headers } of events) {
      assert.equal(Razorpay.validateWebhookSignature(body, headers['x-razorpay-signature'], host.razorpay.webhook_secret), true);
      assert.equal(Razorpay.validateWebhookSignature(`${body} `, headers['x-razorpay-signature'], host.razorpay.webhook_secret), false);
    }
  }
});

test('razorpay: three messages about one payment bring it once, whatever number stands in their head', async () => {
  for (const plan of ['pack-inr', 'month-inr']) {
    const { order, events } = await bought(plan, 'razorpay');
    assert.match(order.address, /^https:\/\/rzp\.io\//);
    for (const { body } of [...events, ...events]) {
      const signature = createHmac('sha256', host.razorpay.webhook_secret).update(body).digest('hex');
      const headers = { 'x-razorpay-event-id': String(Math.random()), 'x-razorpay-signature': signature };
      assert.equal(await host.tell('razorpay', `${body} `, headers), 400);
      assert.equal(await host.tell('razorpay', body, headers), 204);
    }
    assert.equal(await host.state(order.id), 'paid');
    const { receipts } = await host.ask('GET', '/billing/receipts');
    assert.equal(receipts.filter((one) => one.order === order.id).length, 1);
  }
});

test('razorpay: the package drives the provider that is played here', async () => {
  const reference_id = `ours-${Date.now()}`;
  const link = { amount: 79900, currency: 'INR', reference_id, notes: { order_id: 'ours' }, callback_url: 'https://studio.example/', callback_method: 'get' };
  const made = await razorpay.paymentLink.create(link);
  assert.deepEqual([made.status, made.reference_id], ['created', reference_id]);
  await assert.rejects(razorpay.paymentLink.create(link));
  assert.equal((await razorpay.paymentLink.fetch(made.id)).id, made.id);
  assert.equal((await razorpay.paymentLink.all({ reference_id })).payment_links.length, 1);
  const subscription = await razorpay.subscriptions.create({ plan_id: 'plan_month', total_count: 12, notes: { order_id: 'ours' } });
  assert.match(subscription.short_url, /^https:\/\/rzp\.io\//);
  assert.equal((await razorpay.subscriptions.fetch(subscription.id)).status, 'created');
  assert.equal((await razorpay.subscriptions.cancel(subscription.id, false)).status, 'cancelled');
});
