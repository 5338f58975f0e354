//! Paddle and Razorpay: the same purchases, the same ends, in their dialects.

use std::sync::Arc;

use allxone_contract::*;
use allxone_service::{
    Accounts, Limits, OperatorConfig, Payments, RunningService, ServiceConfig, start_with,
};
use allxone_testkit::payments::{CANARIES, Event, paddle, razorpay};
use serde_json::Value;
use tempfile::TempDir;

use super::told;
use crate::accounts::sign_up;
use crate::http::{Http, Reply};
use crate::partner::{Control, TestPartner};
use crate::rig::{TestClock, ask, config, gate};

const CREDITS: i64 = 500_000;

/// A service that sells through two others.
struct Stall {
    dir: TempDir,
    clock: Arc<TestClock>,
    paddle: paddle::Paddle,
    razorpay: razorpay::Razorpay,
    service: RunningService,
    ada: Http,
}

impl Stall {
    async fn open() -> Self {
        let price = |amount, recurring| paddle::Price { amount, tax: 160, recurring };
        let paddle =
            paddle::Paddle::start(&[("pri_pack", price(999, false)), ("pri_month", price(1_500, true))])
                .await;
        let razorpay = razorpay::Razorpay::start(&[("plan_month", 119_900)]).await;
        let dir = TempDir::new().unwrap();
        let plan = |id: &str, kind: &str, amount: u32, currency: &str, prices: &str| {
            format!(
                "[[plan]]\nid = '{id}'\nkind = '{kind}'\nname = '500 credits'\ncredits = 500\namount = {amount}\ncurrency = '{currency}'\ntax = 'included'\n\
                 prices = {{ {prices} }}\n"
            )
        };
        let text = [
            "live = false\n".to_owned(),
            plan("pack", "pack", 999, "EUR", "paddle = 'pri_pack'"),
            plan("month", "monthly", 1_500, "EUR", "paddle = 'pri_month'"),
            plan("pack-inr", "pack", 79_900, "INR", "razorpay = 'pack'"),
            plan("month-inr", "monthly", 119_900, "INR", "razorpay = 'plan_month'"),
            format!(
                "[paddle]\naddress = '{}'\nkey_id = 'test_1'\nsecret = '{}'\nwebhook_secret = '{}'\n",
                paddle.url(),
                paddle::KEY,
                paddle::WEBHOOK_SECRET
            ),
            format!(
                "[razorpay]\naddress = '{}'\nkey_id = '{}'\nsecret = '{}'\nwebhook_secret = '{}'\n",
                razorpay.url(),
                razorpay::KEY_ID,
                razorpay::KEY,
                razorpay::WEBHOOK_SECRET
            ),
        ]
        .concat();
        let file = dir.path().join("payments.toml");
        std::fs::write(&file, text).unwrap();
        let entry = |id: &str| {
            format!("[[processor]]\nid = '{id}'\nregion = 'EU'\nretention = 'x'\ntrains_on_data = false\n")
        };
        let operator =
            format!("kind = 'self_hosted'\nname = 'Example Ltd'\n{}{}", entry("paddle"), entry("razorpay"));
        let clock = TestClock::at(UtcMillis::now().0);
        let mut accounts = Accounts::default();
        accounts.rules.access_seconds = super::YEARS;
        let config = ServiceConfig {
            accounts: Some(accounts),
            operator: OperatorConfig::read(&operator).unwrap(),
            payments: Some(Payments::read(&file).unwrap()),
            clock: Arc::<TestClock>::clone(&clock),
            warm: false,
            ..config(dir.path(), Limits::default())
        };
        let service =
            start_with(config, gate(), vec![Arc::new(TestPartner(Control::new(false)))]).await.unwrap();
        let ada = sign_up(&service, "ada@example.org").await;
        Self { dir, clock, paddle, razorpay, service, ada }
    }

    fn go_on(&self, seconds: i64) {
        self.clock.go_on(seconds * 1_000);
        self.paddle.advance(seconds);
        self.razorpay.advance(seconds);
    }

    async fn checkout(&self, plan: &str, key: &str) -> Reply {
        let provider = if plan.ends_with("-inr") { "razorpay" } else { "paddle" };
        let body = format!(r#"{{"plan":"{plan}","provider":"{provider}","language":"en"}}"#);
        self.ada.send("POST", "/billing/checkout", &[("idempotency-key", key)], body.as_bytes()).await
    }

    async fn ordered(&self, plan: &str, key: &str) -> Order {
        let reply = self.checkout(plan, key).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        reply.json()
    }

    async fn state(&self, id: OrderId) -> OrderState {
        self.ada.get(&format!("/billing/orders/{id}")).await.json::<Order>().state
    }

    async fn subscription(&self) -> Subscription {
        self.ada.get("/billing/subscription").await.json::<SubscriptionAnswer>().subscription.unwrap()
    }

    async fn cancel(&self) -> Subscription {
        let reply = self.ada.send("POST", "/billing/subscription/cancel", &[], b"").await;
        reply.json::<SubscriptionAnswer>().subscription.unwrap()
    }

    async fn tell(&self, provider: &str, events: &[Event]) {
        for event in events {
            let reply = told(&self.service, provider, &event.headers, event.body.as_bytes()).await;
            assert_eq!(reply.status, 204, "{}: {reply:?}", event.kind);
        }
    }

    async fn balance(&self) -> i64 {
        let sum =
            ask(self.dir.path(), "SELECT CAST(COALESCE(SUM(available), 0) AS TEXT) FROM credit_balances")
                .await;
        sum[0].parse().unwrap()
    }
}

fn object(event: &Event, path: &str) -> String {
    let body: Value = serde_json::from_str(&event.body).unwrap();
    body.pointer(path).and_then(Value::as_str).unwrap().to_owned()
}

#[tokio::test]
async fn paddle_sells_packs_and_subscriptions_and_gives_money_back() {
    let stall = Stall::open().await;
    let pack = stall.ordered("pack", "k1").await;
    let transaction = stall.paddle.transaction_of(&pack.id.to_string());
    assert!(pack.address.unwrap().ends_with(&format!("/billing/paddle?_ptxn={transaction}")));
    let events = stall.paddle.pay(&transaction);
    stall.tell("paddle", &events).await;
    stall.tell("paddle", &[stall.paddle.signed_again(&events[0])]).await;
    assert_eq!((stall.state(pack.id).await, stall.balance().await), (OrderState::Paid, CREDITS));

    let back = stall.paddle.adjust(&transaction, "refund", 333);
    stall.tell("paddle", &back[..1]).await;
    assert_eq!(stall.balance().await, CREDITS, "it is not approved yet");
    stall.tell("paddle", &back[1..]).await;
    assert_eq!(
        (stall.state(pack.id).await, stall.balance().await),
        (OrderState::PartlyRefunded, CREDITS - 166_666)
    );
    stall.tell("paddle", &stall.paddle.adjust(&transaction, "chargeback", 666)).await;
    assert_eq!((stall.state(pack.id).await, stall.balance().await), (OrderState::Refunded, 0));
    stall.tell("paddle", &stall.paddle.adjust(&transaction, "chargeback_reverse", 666)).await;
    assert_eq!(stall.balance().await, CREDITS - 166_666);

    let month = stall.ordered("month", "k2").await;
    let first = stall.paddle.pay(&stall.paddle.transaction_of(&month.id.to_string()));
    stall.tell("paddle", &first).await;
    let id = object(&first[0], "/data/id");
    stall.clock.go_on(30 * 86_400_000);
    stall.tell("paddle", &stall.paddle.renew(&id)).await;
    assert_eq!(stall.balance().await, 3 * CREDITS - 166_666);
    let portal: PortalLink = stall.ada.send("POST", "/billing/portal", &[], b"").await.json();
    assert!(portal.address.starts_with("https://customer-portal.paddle.com/"));
    assert!(stall.cancel().await.ends);
    stall.clock.go_on(60_000);
    stall.tell("paddle", &stall.paddle.end(&id)).await;
    assert_eq!(stall.subscription().await.state, SubscriptionState::Ended);
}

#[tokio::test]
async fn razorpay_sells_packs_and_subscriptions_and_gives_money_back() {
    let stall = Stall::open().await;
    let pack = stall.ordered("pack-inr", "k1").await;
    let events = stall.razorpay.pay(&stall.razorpay.made_for(&pack.id.to_string()));
    for _ in 0..3 {
        stall.tell("razorpay", &events).await;
    }
    assert_eq!((stall.state(pack.id).await, stall.balance().await), (OrderState::Paid, CREDITS));
    let payment = object(&events[0], "/payload/payment/entity/id");
    stall.tell("razorpay", &stall.razorpay.refund(&payment, 79_900)).await;
    assert_eq!((stall.state(pack.id).await, stall.balance().await), (OrderState::Refunded, 0));

    let month = stall.ordered("month-inr", "k2").await;
    let id = stall.razorpay.made_for(&month.id.to_string());
    stall.tell("razorpay", &stall.razorpay.charge(&id)).await;
    let standing = stall.subscription().await;
    assert_eq!((standing.state, standing.portal), (SubscriptionState::Active, false));
    assert!(standing.until.is_some());
    stall.go_on(30 * 86_400);
    stall.tell("razorpay", &stall.razorpay.charge(&id)).await;
    assert_eq!(stall.balance().await, 2 * CREDITS);
    assert_eq!(stall.ada.send("POST", "/billing/portal", &[], b"").await.refused().0, 400);
    assert!(stall.cancel().await.ends, "known here, though the provider does not tell");
    stall.clock.go_on(60_000);
    stall.tell("razorpay", &stall.razorpay.end(&id)).await;
    assert_eq!(stall.subscription().await.state, SubscriptionState::Ended);
}

#[tokio::test]
async fn forged_messages_of_either_leave_nothing_behind() {
    let stall = Stall::open().await;
    let pack = stall.ordered("pack", "k1").await;
    let event = stall.paddle.pay(&stall.paddle.transaction_of(&pack.id.to_string())).remove(0);
    let inr = stall.ordered("pack-inr", "k2").await;
    let message = stall.razorpay.pay(&stall.razorpay.made_for(&inr.id.to_string())).remove(2);
    for (provider, one, header) in
        [("paddle", &event, "paddle-signature"), ("razorpay", &message, "x-razorpay-signature")]
    {
        let good = &one.headers.iter().find(|(name, _)| name == header).unwrap().1;
        let changed = one.body.replacen("EUR", "USD", 1).replacen("INR", "USD", 1);
        for (value, body) in [
            (String::new(), one.body.clone()),
            (good.clone(), changed),
            (good.clone(), format!("{} ", one.body)),
            (good[..good.len() - 2].to_owned(), one.body.clone()),
        ] {
            let reply = told(&stall.service, provider, &[(header.to_owned(), value)], body.as_bytes()).await;
            assert_eq!(reply.refused().0, 400, "{provider}");
        }
        let other = if provider == "paddle" { "razorpay" } else { "paddle" };
        assert_eq!(told(&stall.service, other, &one.headers, one.body.as_bytes()).await.refused().0, 400);
    }
    let kept = ask(stall.dir.path(), "SELECT notice_id FROM payment_notices").await;
    assert!(kept.is_empty(), "{kept:?}");
    assert_eq!(stall.balance().await, 0);
}

#[tokio::test]
async fn a_lost_answer_makes_no_second_page_and_silence_is_asked_about() {
    let stall = Stall::open().await;
    for (plan, key) in [("pack", "k1"), ("pack-inr", "k2"), ("month-inr", "k3")] {
        stall.paddle.loses(usize::from(plan == "pack"));
        stall.razorpay.loses(usize::from(plan != "pack"));
        assert_eq!(stall.checkout(plan, key).await.status, 502, "{plan}");
        let order = stall.ordered(plan, key).await;
        let id = order.id.to_string();
        match plan {
            "pack" => drop(stall.paddle.pay(&stall.paddle.transaction_of(&id))),
            "pack-inr" => drop(stall.razorpay.pay(&stall.razorpay.made_for(&id))),
            _ => drop(stall.razorpay.charge(&stall.razorpay.made_for(&id))),
        }
    }
    assert_eq!(
        (stall.paddle.made(), stall.razorpay.count("plink_"), stall.razorpay.count("sub_")),
        (1, 1, 1)
    );
    stall.go_on(121);
    stall.service.look_after_payments().await.unwrap();
    assert_eq!(stall.balance().await, 3 * CREDITS);
}

#[tokio::test]
async fn nothing_of_a_card_or_an_address_is_kept_of_either() {
    let stall = Stall::open().await;
    let pack = stall.ordered("pack", "k1").await;
    let inr = stall.ordered("month-inr", "k2").await;
    let events = stall.paddle.pay(&stall.paddle.transaction_of(&pack.id.to_string()));
    let messages = stall.razorpay.charge(&stall.razorpay.made_for(&inr.id.to_string()));
    stall.tell("paddle", &events).await;
    stall.tell("razorpay", &messages).await;
    let kept = super::privacy::everything(stall.dir.path()).await;
    assert!(kept.contains(&pack.id.to_string()));
    for canary in CANARIES {
        assert!(!super::privacy::tells(&kept, canary), "kept: {canary}");
    }
}
