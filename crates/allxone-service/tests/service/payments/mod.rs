//! Buying credits from outside: a shop with a payment provider on loopback, a person who signs in and pays, and everything that can go wrong
//! between the two.

mod buying;
mod forging;
mod others;
mod privacy;
mod silence;
mod storm;

use std::sync::{Arc, Mutex};
use std::time::Instant;

use allxone_contract::*;
use allxone_service::{
    Accounts, Limits, OperatorConfig, Payments, RunningService, ServiceConfig, ServiceError, start_with,
};
use allxone_testkit::payments::Event;
use allxone_testkit::payments::stripe::{KEY, Price, Stripe, WEBHOOK_SECRET};
use tempfile::TempDir;

use crate::accounts::sign_up_under;
use crate::http::{Http, Reply};
use crate::partner::{Control, TestPartner};
use crate::rig::{TestClock, ask, config, gate};

pub const PACK: &str = "price_pack";
pub const MONTH: &str = "price_month";
pub const LARGE: &str = "price_large";
/// The name the service is reached by, whichever port it has.
pub const NAME: &str = "localhost:1";
/// What a pack brings.
pub const PACK_CREDITS: i64 = 500_000;
/// Ten of them, in seconds.
pub const YEARS: i64 = 10 * 365 * 86_400;
/// What a month brings.
pub const MONTH_CREDITS: i64 = 1_000_000;

/// A service that sells, and the world around it.
pub struct Shop {
    pub dir: TempDir,
    pub clock: Arc<TestClock>,
    pub stripe: Stripe,
    service: Option<RunningService>,
    pub accounts: Accounts,
    pub ada: Http,
    since: Mutex<Instant>,
}

fn payments(dir: &TempDir, stripe: &Stripe, live: bool) -> Payments {
    let text = format!(
        r#"
        live = {live}
        [[plan]]
        id = "pack"
        kind = "pack"
        name = "500 credits"
        credits = 500
        amount = 999
        currency = "EUR"
        tax = "included"
        prices = {{ stripe = "{PACK}" }}
        [[plan]]
        id = "month"
        kind = "monthly"
        name = "1000 credits a month"
        credits = 1000
        amount = 1500
        currency = "EUR"
        tax = "added"
        valid_days = 31
        prices = {{ stripe = "{MONTH}" }}
        [[plan]]
        id = "large"
        kind = "monthly"
        name = "2000 credits a month"
        credits = 2000
        amount = 3000
        currency = "EUR"
        tax = "added"
        valid_days = 31
        prices = {{ stripe = "{LARGE}" }}
        [stripe]
        address = "{}"
        secret = "{KEY}"
        webhook_secret = "whsec_the_next_one_in_line {WEBHOOK_SECRET}"
        "#,
        stripe.url()
    );
    let file = dir.path().join("payments.toml");
    std::fs::write(&file, text).unwrap();
    Payments::read(&file).unwrap()
}

fn operator() -> OperatorConfig {
    let text = "kind = 'self_hosted'\nname = 'Example Ltd'\n[[processor]]\nid = 'stripe'\nregion = 'EU'\nretention = 'x'\ntrains_on_data = false\n";
    OperatorConfig::read(text).unwrap()
}

impl Shop {
    pub async fn open() -> Self {
        Self::with(Accounts::default()).await
    }

    pub async fn with(mut accounts: Accounts) -> Self {
        // Time goes on by years here, and nobody signs in again.
        accounts.rules.access_seconds = YEARS;
        // Another start listens on another port; who gave a token out stays the same.
        accounts.address = Some(format!("http://{NAME}").parse().unwrap());
        let price = |amount, recurring| Price { amount, currency: "eur", recurring };
        let prices = [(PACK, price(999, false)), (MONTH, price(1_500, true)), (LARGE, price(3_000, true))];
        let stripe = Stripe::start(&prices).await;
        let dir = TempDir::new().unwrap();
        let clock = TestClock::at(UtcMillis::now().0);
        let service = try_start(&dir, &stripe, &clock, &accounts).await.unwrap();
        let ada = sign_up_under(&service, NAME, "ada@example.org").await;
        Self { dir, clock, stripe, service: Some(service), accounts, ada, since: Mutex::new(Instant::now()) }
    }

    pub fn service(&self) -> &RunningService {
        self.service.as_ref().unwrap()
    }

    /// Ends the service as a crash would and starts another in its folder.
    pub async fn crash(&mut self) {
        self.service = None;
        // Unlike one that crashed with its process, this one may still be letting go of its database.
        let mut tries = 0;
        let service = loop {
            match try_start(&self.dir, &self.stripe, &self.clock, &self.accounts).await {
                Err(ServiceError::Database(_)) if tries < 1_000 => tries += 1,
                other => break other.unwrap(),
            }
        };
        self.ada.addr = service.addr();
        self.service = Some(service);
    }

    pub async fn shutdown(&mut self) {
        self.service.take().unwrap().shutdown().await;
    }

    /// Lets time go on everywhere. The provider's clock goes on by itself as well; what that came to since the last time is made up for, or
    /// after some minutes its signatures would be from the future.
    pub fn go_on(&self, seconds: i64) {
        let since = std::mem::replace(&mut *self.since.lock().unwrap(), Instant::now());
        let passed = i64::try_from(since.elapsed().as_millis()).unwrap();
        self.clock.go_on(seconds * 1_000 + passed);
        self.stripe.advance(seconds);
    }

    pub async fn look_after(&self) {
        self.service().look_after_payments().await.unwrap();
    }

    pub async fn checkout(&self, plan: &str, key: &str) -> Reply {
        let body = format!(r#"{{"plan":"{plan}","provider":"stripe","language":"de"}}"#);
        self.ada.send("POST", "/billing/checkout", &[("idempotency-key", key)], body.as_bytes()).await
    }

    /// An order that must be taken.
    pub async fn ordered(&self, plan: &str, key: &str) -> Order {
        let reply = self.checkout(plan, key).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        reply.json()
    }

    pub async fn order(&self, id: OrderId) -> Order {
        self.ada.get(&format!("/billing/orders/{id}")).await.json()
    }

    pub async fn state(&self, id: OrderId) -> OrderState {
        self.order(id).await.state
    }

    pub async fn subscription(&self) -> Subscription {
        self.ada.get("/billing/subscription").await.json::<SubscriptionAnswer>().subscription.unwrap()
    }

    pub async fn receipts(&self) -> Vec<BillingReceipt> {
        self.ada.get("/billing/receipts").await.json::<BillingReceiptList>().receipts
    }

    /// The person pays for an order; the events that follow are not delivered yet.
    pub fn pays(&self, order: OrderId) -> Vec<Event> {
        self.stripe.pay(&self.stripe.session_of(&order.to_string()))
    }

    pub async fn deliver(&self, event: &Event) -> Reply {
        told(self.service(), "stripe", &event.headers, event.body.as_bytes()).await
    }

    /// Delivers events that must be taken.
    pub async fn delivered(&self, events: &[Event]) {
        for event in events {
            let reply = self.deliver(event).await;
            assert_eq!(reply.status, 204, "{}: {reply:?}", event.kind);
        }
    }

    /// What the account has, in thousandths of a credit.
    pub async fn balance(&self) -> i64 {
        let sum =
            ask(self.dir.path(), "SELECT CAST(COALESCE(SUM(available), 0) AS TEXT) FROM credit_balances")
                .await;
        sum[0].parse().unwrap()
    }

    /// How many entries the books have.
    pub async fn entries(&self) -> i64 {
        let count = ask(self.dir.path(), "SELECT CAST(COUNT(*) AS TEXT) FROM credit_entries").await;
        count[0].parse().unwrap()
    }

    /// How many messages were kept.
    pub async fn notices(&self) -> i64 {
        let count = ask(self.dir.path(), "SELECT CAST(COUNT(*) AS TEXT) FROM payment_notices").await;
        count[0].parse().unwrap()
    }
}

/// Tells the service something, as a provider does: from the internet, without a token.
pub async fn told(at: &RunningService, provider: &str, headers: &[(String, String)], body: &[u8]) -> Reply {
    let http = Http { addr: at.addr(), token: String::new() };
    let mut head = format!(
        "POST /api/v1/webhooks/{provider} HTTP/1.1\r\nhost: pay.studio.example\r\nconnection: close\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let mut bytes = format!("{head}\r\n").into_bytes();
    bytes.extend_from_slice(body);
    http.raw(&bytes).await
}

async fn try_start(
    dir: &TempDir,
    stripe: &Stripe,
    clock: &Arc<TestClock>,
    accounts: &Accounts,
) -> Result<RunningService, ServiceError> {
    let config = ServiceConfig {
        accounts: Some(accounts.clone()),
        operator: operator(),
        payments: Some(payments(dir, stripe, false)),
        clock: Arc::<TestClock>::clone(clock),
        warm: false,
        ..config(dir.path(), Limits::default())
    };
    start_with(config, gate(), vec![Arc::new(TestPartner(Control::new(false)))]).await
}
