//! Taking payments: through whom, and what follows from what they tell.
//!
//! Cut here because three companies do the same thing in three dialects, and the books must not notice. A [`Till`] speaks one dialect and
//! reads every message into [`Fact`]s; facts are stored once and carried out once, in the transaction that grants the credits, and lead to
//! the same end in whatever order they come. Cards and addresses stay on the provider's own pages; nothing of them gets as far as a fact.

mod config;
mod facts;
mod letter;
mod paddle;
mod razorpay;
mod reading;
mod signature;
mod stripe;
mod work;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use allxone_contract::{BillingPlanKind, OrderId, PaymentProvider, UtcMillis};
use allxone_egress::{Answer, Door, EgressError, PaymentQuestion, Server};
use futures_util::future::BoxFuture;
use http::HeaderMap;
use serde_json::Value;
use tokio::sync::{Notify, Semaphore};
use url::Url;

pub(crate) use config::{Offer, ProviderConfig};
pub use config::{Payments, PaymentsError};
pub(crate) use facts::{Aside, Back, Fact, Link, Notice, Paid, Standing, Unpaid};
pub(crate) use letter::written;
pub(crate) use signature::Forged;
pub(crate) use work::{first_look, work};

use crate::{OperatorConfig, ServiceError};

/// One payment provider.
pub(crate) trait Till: Send + Sync {
    /// Which one.
    fn name(&self) -> PaymentProvider;

    /// Opens a page to pay at. The same order asked again is the same page.
    fn checkout<'a>(&'a self, purchase: &'a Purchase) -> Asked<'a, Page>;

    /// Opens a page where a customer changes or ends a subscription; `None` where there is no such page.
    fn portal<'a>(
        &'a self,
        customer: &'a str,
        subscription: &'a str,
        back: &'a Url,
    ) -> Asked<'a, Option<String>>;

    /// Ends a subscription: when what is paid is over, or at once.
    fn cancel<'a>(&'a self, subscription: &'a str, when: Cancel) -> Asked<'a, ()>;

    /// Whether the message is from the provider, and what it says; more than one thing, each by a number of its own, where it does. Looks at the very bytes that came.
    fn verify(&self, headers: &HeaderMap, raw: &[u8], now: UtcMillis) -> Result<Vec<Notice>, Forged>;

    /// How an order stands at the provider, asked instead of told.
    fn read_back<'a>(&'a self, asked: Standpoint<'a>) -> Asked<'a, Vec<Fact>>;

    /// Which bill a payment belongs to, where a refund names a payment that nobody has told of.
    fn bill_of<'a>(&'a self, payment: &'a str) -> Asked<'a, Option<Link>>;

    /// Whether there is a page for customers.
    fn has_portal(&self) -> bool;
}

/// An answer that is awaited.
pub(crate) type Asked<'a, T> = BoxFuture<'a, Result<T, TillError>>;

/// What is bought.
#[derive(Clone, Debug)]
pub(crate) struct Purchase {
    pub(crate) order: OrderId,
    pub(crate) kind: BillingPlanKind,
    /// The plan, by the provider's name.
    pub(crate) price: String,
    /// In the smallest unit.
    pub(crate) amount: i64,
    pub(crate) currency: String,
    /// What the provider knows the buyer by, from an earlier purchase.
    pub(crate) customer: Option<String>,
    pub(crate) automatic_tax: bool,
    /// Where the browser is sent afterwards. It proves nothing.
    pub(crate) back: Url,
    pub(crate) created: UtcMillis,
    /// Whether a page may have been opened for it before.
    pub(crate) again: bool,
}

/// What is known of an order that is asked about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standpoint<'a> {
    pub(crate) order: OrderId,
    /// The page to pay at.
    pub(crate) page: Option<&'a str>,
    /// The subscription it began.
    pub(crate) subscription: Option<&'a str>,
}

/// A page to pay at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    /// The provider's name of it.
    pub(crate) id: String,
    pub(crate) address: String,
    /// Until when it is open.
    pub(crate) expires: Option<UtcMillis>,
}

/// When a subscription is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cancel {
    /// When what is paid is over.
    AtPeriodEnd,
    /// At once: the account goes.
    Now,
}

/// Why a provider gave no answer that can be used. Its own words are not kept: they may quote what was sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TillError {
    /// It was not reached, or did not finish.
    #[error(transparent)]
    Door(#[from] EgressError),
    /// It said no.
    #[error("the payment provider answered with status {0}")]
    Status(u16),
    /// It said something else than was asked.
    #[error("the payment provider's answer lacks {0}")]
    Unread(&'static str),
}

/// The tills of a service.
#[derive(Default)]
pub(crate) struct Tills(Vec<Box<dyn Till>>);

impl Tills {
    /// A till for each provider of the file, each of which must stand in the registry of processors.
    pub(crate) fn open(
        payments: &Payments,
        operator: &OperatorConfig,
        door: &Door,
        here: &Url,
    ) -> Result<Self, ServiceError> {
        let mut tills: Vec<Box<dyn Till>> = Vec::new();
        for config in &payments.providers {
            operator.processor(config.name.as_str())?;
            tills.push(match config.name {
                PaymentProvider::Stripe => Box::new(stripe::Stripe::open(config, door.clone())?),
                PaymentProvider::Paddle => {
                    let page = page(here, PADDLE_PAGE);
                    Box::new(paddle::Paddle::open(config, payments.live, door.clone(), page)?)
                }
                PaymentProvider::Razorpay => Box::new(razorpay::Razorpay::open(config, door.clone())?),
            });
        }
        Ok(Self(tills))
    }

    /// The till of this name.
    pub(crate) fn find(&self, name: PaymentProvider) -> Option<&dyn Till> {
        self.0.iter().find(|till| till.name() == name).map(AsRef::as_ref)
    }
}

/// Where a provider's interface is and how it is asked.
pub(crate) struct Counter {
    door: Door,
    server: Server,
}

impl Counter {
    /// At its usual address, or where the operator says.
    fn open(config: &ProviderConfig, usual: &str, door: Door) -> Result<Self, ServiceError> {
        let address = config.address.as_ref().map_or(usual, Url::as_str);
        let host = Server::remote(address, None)?.host();
        // Its own host and no other, and none inside a private network.
        Ok(Self { door, server: Server::listed(address, None, &[host])? })
    }

    /// Asks, and reads the object that is answered.
    async fn ask(&self, question: PaymentQuestion) -> Result<Value, TillError> {
        let answer = self.door.ask_payment(&self.server, question).await?;
        read(answer).await
    }
}

async fn read(answer: Answer) -> Result<Value, TillError> {
    let (status, fine) = (answer.status(), answer.is_success());
    let body = answer.bytes().await?;
    if !fine {
        return Err(TillError::Status(status));
    }
    serde_json::from_slice(&body).map_err(|_| TillError::Unread("an object"))
}

/// Where the browser is sent when it is done at a provider.
pub(crate) const DONE_PAGE: &str = "/billing/done";
/// Where Paddle's checkout is loaded.
pub(crate) const PADDLE_PAGE: &str = "/billing/paddle";

/// A page of ours below the service's address.
fn page(address: &Url, path: &str) -> Url {
    let mut page = address.clone();
    page.set_path(&format!("{}{path}", address.path().trim_end_matches('/')));
    page
}

/// The address of a provider's page, fit to be handed to a browser.
fn safe_address(word: Option<&str>) -> Result<String, TillError> {
    let address = word.filter(|word| word.len() <= 4_096).and_then(|word| Url::parse(word).ok());
    let address = address.ok_or(TillError::Unread("the page's address"))?;
    let here = matches!(address.host_str(), Some("127.0.0.1" | "localhost"));
    if address.scheme() == "https" || here {
        Ok(address.into())
    } else {
        Err(TillError::Unread("an https address"))
    }
}

/// What the routes and the worker need to take payments.
pub(crate) struct Cashier {
    pub(crate) payments: Payments,
    pub(crate) tills: Tills,
    /// Where people get at the service's own pages.
    pub(crate) address: Url,
    /// Rung when a letter waits, or something that was told.
    pub(crate) bell: Notify,
    /// One round at a time.
    rounds: Semaphore,
    /// The orders a page is being opened for.
    opening: Mutex<HashSet<OrderId>>,
    /// The payments that were asked about, and when.
    asked: Mutex<HashMap<String, UtcMillis>>,
}

/// Shared by routes and worker.
pub(crate) type SharedCashier = Arc<Cashier>;

impl Cashier {
    /// Opens a till for each provider.
    pub(crate) fn open(
        payments: Payments,
        operator: &OperatorConfig,
        door: &Door,
        here: &Url,
    ) -> Result<SharedCashier, ServiceError> {
        let address = payments.address.clone().unwrap_or_else(|| here.clone());
        Ok(Arc::new(Self {
            tills: Tills::open(&payments, operator, door, &address)?,
            address,
            payments,
            bell: Notify::new(),
            rounds: Semaphore::new(1),
            opening: Mutex::default(),
            asked: Mutex::default(),
        }))
    }

    /// Where the browser is sent when it is done at a provider.
    pub(crate) fn back(&self) -> Url {
        page(&self.address, DONE_PAGE)
    }

    /// Begins to open a page for an order; `None` while somebody else does.
    pub(crate) fn begin_opening(&self, order: OrderId) -> Option<Opening<'_>> {
        let begun = self.lock_opening().insert(order);
        begun.then_some(Opening { cashier: self, order })
    }

    fn lock_opening(&self) -> MutexGuard<'_, HashSet<OrderId>> {
        // A set of numbers is whole after any panic.
        self.opening.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a payment was not asked about for an hour; notes that it is now.
    fn ask_about(&self, payment: &str, now: UtcMillis) -> bool {
        const HOUR: i64 = 3_600_000;
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.retain(|_, at| at.plus(HOUR) > now);
        match asked.contains_key(payment) {
            true => false,
            false => asked.insert(payment.to_owned(), now).is_none(),
        }
    }
}

/// That a page is being opened for an order, until it is dropped.
pub(crate) struct Opening<'a> {
    cashier: &'a Cashier,
    order: OrderId,
}

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        self.cashier.lock_opening().remove(&self.order);
    }
}
