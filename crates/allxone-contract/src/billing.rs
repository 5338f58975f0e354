//! Buying credits: what is offered, what was ordered, how a subscription stands, and the receipts.
//!
//! Nothing of a card and no billing address is in any of it: those stay on the payment provider's own pages.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{BillingReceiptId, IdError, MilliCredits, OrderId, UtcMillis};

/// A company that takes payments.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum PaymentProvider {
    /// Stripe.
    Stripe,
    /// Paddle, which is itself the seller.
    Paddle,
    /// Razorpay.
    Razorpay,
}

impl PaymentProvider {
    /// Every one there is.
    pub const ALL: [Self; 3] = [Self::Stripe, Self::Paddle, Self::Razorpay];

    /// Its name in addresses, files and the registry of processors.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stripe => "stripe",
            Self::Paddle => "paddle",
            Self::Razorpay => "razorpay",
        }
    }

    /// Its name for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Stripe => "Stripe",
            Self::Paddle => "Paddle",
            Self::Razorpay => "Razorpay",
        }
    }
}

impl fmt::Display for PaymentProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for PaymentProvider {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::ALL.into_iter().find(|one| one.as_str() == text).ok_or_else(|| IdError::of(text))
    }
}

/// A currency by its ISO 4217 code, three capital letters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(try_from = "String", into = "String")]
#[ts(type = "string")]
pub struct Currency(String);

impl Currency {
    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How many digits stand after the point.
    pub fn digits(&self) -> usize {
        match self.0.as_str() {
            "BIF" | "CLP" | "DJF" | "GNF" | "JPY" | "KMF" | "KRW" | "MGA" | "PYG" | "RWF" | "UGX" | "VND"
            | "VUV" | "XAF" | "XOF" | "XPF" => 0,
            "BHD" | "JOD" | "KWD" | "OMR" | "TND" => 3,
            _ => 2,
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        let text = text.to_ascii_uppercase();
        let fits = text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase());
        if fits { Ok(Self(text)) } else { Err(IdError::of(&text)) }
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.0
    }
}

impl FromStr for Currency {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        text.to_owned().try_into()
    }
}

/// Money of the world outside, counted in the smallest unit of its currency.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Money {
    /// How many of the smallest unit: 999 of `EUR` are 9.99 euros.
    #[ts(type = "number")]
    pub amount: i64,
    /// The currency.
    pub currency: Currency,
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.currency.digits();
        let unit = 10_u64.pow(u32::try_from(digits).unwrap_or(0));
        let (sign, amount) = (if self.amount < 0 { "-" } else { "" }, self.amount.unsigned_abs());
        if digits == 0 {
            return write!(f, "{sign}{amount} {}", self.currency.as_str());
        }
        write!(f, "{sign}{}.{:0digits$} {}", amount / unit, amount % unit, self.currency.as_str())
    }
}

/// The name of a plan: 1 to 40 small letters, digits and dashes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(try_from = "String", into = "String")]
#[ts(type = "string")]
pub struct BillingPlanId(String);

impl BillingPlanId {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for BillingPlanId {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        let fits = (1..=40).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if fits { Ok(Self(text)) } else { Err(IdError::of(&text)) }
    }
}

impl From<BillingPlanId> for String {
    fn from(id: BillingPlanId) -> String {
        id.0
    }
}

impl FromStr for BillingPlanId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        text.to_owned().try_into()
    }
}

impl fmt::Display for BillingPlanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a plan is paid.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum BillingPlanKind {
    /// Once.
    Pack,
    /// Every month, until it is cancelled.
    Monthly,
    /// Every year, until it is cancelled.
    Yearly,
}

impl BillingPlanKind {
    /// Whether it is paid again and again.
    pub fn is_subscription(self) -> bool {
        self != Self::Pack
    }
}

/// What a price says about tax.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum TaxWording {
    /// Tax is part of the price.
    Included,
    /// The price is an estimate before tax; the provider's page shows the sum.
    Added,
}

/// Something that can be bought.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct BillingPlan {
    /// Its name for programs.
    pub id: BillingPlanId,
    /// How it is paid.
    pub kind: BillingPlanKind,
    /// Its name for people.
    pub name: String,
    /// The credits each payment brings.
    pub credits: MilliCredits,
    /// What each payment costs.
    pub price: Money,
    /// What the price says about tax.
    pub tax: TaxWording,
    /// Days after which credits bought with it expire; `None` when they stay.
    pub valid_days: Option<u32>,
    /// Who can take the payment.
    pub providers: Vec<PaymentProvider>,
}

/// Answer of `GET /billing/plans`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ts_rs::TS)]
pub struct BillingPlans {
    /// What can be bought; empty where nothing is sold.
    pub plans: Vec<BillingPlan>,
    /// Whether this is a trial run in which no money moves.
    pub test: bool,
}

/// Body of `POST /billing/checkout`, which needs an idempotency key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct CheckoutRequest {
    /// What is bought.
    pub plan: BillingPlanId,
    /// Through whom.
    pub provider: PaymentProvider,
    /// The language of the receipt, such as `de`.
    pub language: String,
}

/// How an order stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// Not paid yet, as far as the provider has told.
    Pending,
    /// Paid; the credits are there.
    Paid,
    /// The payment failed. Nothing was paid and nothing was granted.
    Failed,
    /// The page for paying is closed. Nothing was paid and nothing was granted.
    Expired,
    /// Part of the money went back, and that part of the credits was taken back.
    PartlyRefunded,
    /// The money went back, and the credits were taken back.
    Refunded,
}

impl OrderState {
    /// Whether money is still awaited.
    pub fn is_open(self) -> bool {
        self == Self::Pending
    }
}

/// An order.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Order {
    /// Its number.
    pub id: OrderId,
    /// What was ordered.
    pub plan: BillingPlanId,
    /// Its name for people at that time.
    pub name: String,
    /// How it is paid.
    pub kind: BillingPlanKind,
    /// Who takes the payment.
    pub provider: PaymentProvider,
    /// How it stands.
    pub state: OrderState,
    /// The credits it brings.
    pub credits: MilliCredits,
    /// What it costs.
    pub price: Money,
    /// Whether no money moves.
    pub test: bool,
    /// The provider's page to pay at, while it is open.
    pub address: Option<String>,
    /// When it was made.
    pub created: UtcMillis,
    /// When it last changed.
    pub updated: UtcMillis,
}

/// Answer of `GET /billing/orders`: the newest first.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ts_rs::TS)]
pub struct OrderList {
    /// At most fifty.
    pub orders: Vec<Order>,
}

/// How a subscription stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionState {
    /// Begun, its first payment not made.
    Starting,
    /// Paid.
    Active,
    /// A payment failed; the provider tries again.
    PastDue,
    /// Paused.
    Paused,
    /// Over.
    Ended,
}

/// A subscription.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Subscription {
    /// The order it began with.
    pub order: OrderId,
    /// The plan it is for now; `None` when the provider names one that is no longer offered.
    pub plan: Option<BillingPlanId>,
    /// Who takes the payments.
    pub provider: PaymentProvider,
    /// How it stands.
    pub state: SubscriptionState,
    /// Until when it is paid, as far as that is known.
    pub until: Option<UtcMillis>,
    /// Whether it ends then instead of going on.
    pub ends: bool,
    /// Whether the provider has a page for changing it.
    pub portal: bool,
    /// Whether no money moves.
    pub test: bool,
}

/// Answer of `GET /billing/subscription`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ts_rs::TS)]
pub struct SubscriptionAnswer {
    /// The newest one that has not ended, else the last one; `None` when there never was one.
    pub subscription: Option<Subscription>,
}

/// Answer of `POST /billing/portal`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct PortalLink {
    /// The provider's page, good for some minutes and for this person alone.
    pub address: String,
}

/// The receipt of a payment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct BillingReceipt {
    /// Its number.
    pub id: BillingReceiptId,
    /// The order it belongs to.
    pub order: OrderId,
    /// What was bought, in its name for people at that time.
    pub name: String,
    /// Who sold it.
    pub seller: String,
    /// The credits that came in.
    pub credits: MilliCredits,
    /// What was paid in all, tax included.
    pub total: Money,
    /// The tax in it, in the same unit, as far as the provider told.
    #[ts(type = "number | null")]
    pub tax: Option<i64>,
    /// Who took the payment.
    pub provider: PaymentProvider,
    /// The provider's name for the payment.
    pub reference: String,
    /// The provider's own receipt or invoice, where it gave an address.
    pub link: Option<String>,
    /// When it was paid.
    pub paid: UtcMillis,
    /// Credits taken back because money went back.
    pub taken_back: MilliCredits,
    /// Whether no money moved.
    pub test: bool,
}

/// Answer of `GET /billing/receipts`: the newest first.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ts_rs::TS)]
pub struct BillingReceiptList {
    /// All of them.
    pub receipts: Vec<BillingReceipt>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn money_reads_with_the_digits_of_its_currency() {
        for (amount, currency, text) in [
            (999, "eur", "9.99 EUR"),
            (5, "USD", "0.05 USD"),
            (-120, "EUR", "-1.20 EUR"),
            (500, "JPY", "500 JPY"),
            (1_500, "KWD", "1.500 KWD"),
        ] {
            assert_eq!(Money { amount, currency: currency.parse().unwrap() }.to_string(), text);
        }
        for wrong in ["", "EU", "EURO", "E1R", "€€€"] {
            assert!(wrong.parse::<Currency>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_of_plans_and_providers_are_plain() {
        assert!("pack-500".parse::<BillingPlanId>().is_ok());
        for wrong in ["", "Pack", "a b", "a_b", &"x".repeat(41)] {
            assert!(wrong.parse::<BillingPlanId>().is_err(), "{wrong}");
        }
        for one in PaymentProvider::ALL {
            assert_eq!(one.as_str().parse::<PaymentProvider>().unwrap(), one);
            assert_eq!(serde_json::to_value(one).unwrap(), one.as_str());
        }
    }
}
