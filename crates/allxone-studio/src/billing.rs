//! What passes between a screen and the till of an account's service. Nothing of a card is in any of it: one pays on the provider's page.

use allxone_account::AccountKey;
use allxone_contract::{
    BillingPlanId, BillingPlans, BillingReceipt, Order, OrderId, PaymentProvider, Subscription, UtcMillis,
};
use serde::{Deserialize, Serialize};

/// What can be bought for an account, and what was.
#[derive(Clone, Debug, PartialEq, Serialize, ts_rs::TS)]
pub struct BillingSeen {
    /// What is offered; `None` where the service could not be asked.
    pub plans: Option<BillingPlans>,
    /// How the subscription stands.
    pub subscription: Option<Subscription>,
    /// The newest orders.
    pub orders: Vec<Order>,
    /// The receipts, also those of before when the service cannot be asked.
    pub receipts: Vec<BillingReceipt>,
    /// When the receipts were fetched; `None` when they never were.
    pub receipts_of: Option<UtcMillis>,
}

/// Something is bought.
#[derive(Clone, Debug, Deserialize, ts_rs::TS)]
pub struct Buying {
    /// For whom.
    pub account: AccountKey,
    /// What.
    pub plan: BillingPlanId,
    /// Through whom.
    pub provider: PaymentProvider,
    /// The language of the receipt.
    pub language: String,
    /// Names this one intention, so that trying again after an error orders nothing twice.
    pub key: String,
}

/// One order of an account.
#[derive(Clone, Debug, Deserialize, ts_rs::TS)]
pub struct OrderOf {
    /// Whose.
    pub account: AccountKey,
    /// Which.
    pub order: OrderId,
}

/// A provider's page that was opened, or could not be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct PageOpened {
    /// Its address, to be copied where no browser opens.
    pub address: String,
    /// Its host, as it stands in the list of connections.
    pub host: String,
    /// Whether the browser opened it.
    pub opened: bool,
}

/// What came of buying.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct Bought {
    /// The order.
    pub order: Order,
    /// The page to pay at; `None` when the order is paid or over.
    pub page: Option<PageOpened>,
}
