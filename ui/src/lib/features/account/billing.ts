//! Orders, plans and subscriptions, in words.

import type { BillingPlanKind, OrderState, PaymentProvider, Subscription, TaxWording } from '../../host';
import { m } from '../../i18n';

const NAMES: Record<PaymentProvider, string> = { stripe: 'Stripe', paddle: 'Paddle', razorpay: 'Razorpay' };

export const providerName = (provider: PaymentProvider): string => NAMES[provider];

export const orderWords = (state: OrderState): string =>
  ({
    pending: m.order_pending,
    paid: m.order_paid,
    failed: m.order_failed,
    expired: m.order_expired,
    partly_refunded: m.order_partly_refunded,
    refunded: m.order_refunded
  })[state]();

export const kindWords = (kind: BillingPlanKind): string => ({ pack: m.plan_once, monthly: m.plan_monthly, yearly: m.plan_yearly })[kind]();

export const taxWords = (tax: TaxWording): string => ({ included: m.tax_included, added: m.tax_added })[tax]();

export const subscriptionWords = (one: Subscription): string =>
  one.state === 'active' && one.ends
    ? m.subscription_ends()
    : ({
        starting: m.subscription_starting,
        active: m.subscription_active,
        past_due: m.subscription_past_due,
        paused: m.subscription_paused,
        ended: m.subscription_ended
      })[one.state]();
