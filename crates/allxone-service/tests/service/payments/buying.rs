//! The straight way: order, pay, credits, receipt; a subscription from its first month to its end; money that goes back.

use allxone_contract::*;
use allxone_service::identity::{MailSecurity, Outside, Smtp};
use allxone_testkit::payments::Event;
use allxone_testkit::smtp::{Mood, Sink};

use super::{MONTH_CREDITS, PACK_CREDITS, Shop};

fn kinds(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.kind.as_str()).collect()
}

/// The payment behind the events of a purchase.
pub(super) fn payment(events: &[Event]) -> String {
    let found = events.iter().find_map(|event| {
        let body: serde_json::Value = serde_json::from_str(&event.body).unwrap();
        let object = &body["data"]["object"];
        object["payment_intent"].as_str().or(object["payment"]["payment_intent"].as_str()).map(str::to_owned)
    });
    found.unwrap()
}

#[tokio::test]
async fn a_pack_is_paid_on_the_providers_page_and_brings_its_credits_once() {
    let shop = Shop::open().await;
    let plans: BillingPlans = shop.ada.get("/billing/plans").await.json();
    assert_eq!((plans.plans.len(), plans.test), (3, true));
    assert_eq!(plans.plans[0].price.to_string(), "9.99 EUR");

    let order = shop.ordered("pack", "k1").await;
    assert_eq!(
        (order.state, order.credits, order.test),
        (OrderState::Pending, MilliCredits(PACK_CREDITS), true)
    );
    assert!(order.address.as_deref().unwrap().starts_with("https://checkout.stripe.com/"));
    let events = shop.pays(order.id);
    assert_eq!(kinds(&events).last(), Some(&"checkout.session.completed"));
    // Coming back from the page proves nothing.
    assert_eq!((shop.state(order.id).await, shop.balance().await), (OrderState::Pending, 0));
    shop.delivered(&events).await;
    let paid = shop.order(order.id).await;
    assert_eq!((paid.state, paid.address), (OrderState::Paid, None));
    assert_eq!(shop.balance().await, PACK_CREDITS);
    let receipts = shop.receipts().await;
    assert_eq!(receipts.len(), 1);
    assert_eq!(
        (receipts[0].order, receipts[0].total.amount, receipts[0].seller.as_str()),
        (order.id, 999, "Example Ltd")
    );
    let path = format!("/billing/receipts/{}", receipts[0].id);
    assert_eq!(shop.ada.get(&path).await.json::<BillingReceipt>(), receipts[0]);
    let page = shop.ada.send("GET", &path, &[("accept", "text/html")], b"").await;
    let page_text = String::from_utf8(page.body.clone()).unwrap();
    assert!(page_text.contains("Zahlungsbeleg") && page_text.contains("9.99 EUR"), "{page_text}");
    assert!(page.headers["content-security-policy"].starts_with("default-src 'none'"));

    // Told again, signed anew: nothing more.
    for event in &events {
        shop.delivered(&[shop.stripe.signed_again(event)]).await;
    }
    assert_eq!(
        (shop.balance().await, shop.entries().await, shop.receipts().await.len()),
        (PACK_CREDITS, 1, 1)
    );
}

#[tokio::test]
async fn one_key_is_one_order_and_one_page() {
    let shop = Shop::open().await;
    let order = shop.ordered("pack", "k1").await;
    let again = shop.checkout("pack", "k1").await;
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert_eq!(again.json::<Order>(), order);
    assert_eq!(shop.checkout("month", "k1").await.refused(), (422, "key_reused".to_owned()));
    let body = br#"{"plan":"pack","provider":"stripe","language":"de"}"#;
    assert_eq!(
        shop.ada.send("POST", "/billing/checkout", &[], body).await.refused(),
        (400, "key_missing".to_owned())
    );
    for body in [
        r#"{"plan":"none","provider":"stripe","language":"de"}"#,
        r#"{"plan":"pack","provider":"paddle","language":"de"}"#,
        r#"{"plan":"pack","provider":"stripe","language":"de","amount":1}"#,
    ] {
        let reply =
            shop.ada.send("POST", "/billing/checkout", &[("idempotency-key", "k2")], body.as_bytes()).await;
        assert_eq!(reply.refused().0, 400, "{body}");
    }
    assert_eq!(shop.stripe.count("cs_"), 1);
    // The owner of the computer has no account to buy for, and nobody sees another's order.
    let owner = crate::http::Http { addr: shop.ada.addr, token: shop.service().token().expose().to_owned() };
    let reply = owner.send("POST", "/billing/checkout", &[("idempotency-key", "k")], body).await;
    assert_eq!(reply.refused().0, 400);
    assert_eq!(owner.get(&format!("/billing/orders/{}", order.id)).await.status, 404);
}

#[tokio::test]
async fn an_answer_that_is_lost_makes_no_second_order() {
    let mut shop = Shop::open().await;
    shop.stripe.loses(1);
    assert_eq!(shop.checkout("pack", "k1").await.refused(), (502, "payment_unavailable".to_owned()));
    assert_eq!(shop.stripe.count("cs_"), 1, "it arrived all the same");
    shop.crash().await;
    shop.stripe.fails(1);
    assert_eq!(shop.checkout("pack", "k1").await.refused().0, 502);
    let order = shop.ordered("pack", "k1").await;
    assert_eq!((shop.stripe.count("cs_"), order.address.is_some()), (1, true));
    let events = shop.pays(order.id);
    shop.delivered(&events).await;
    assert_eq!(shop.balance().await, PACK_CREDITS);
}

#[tokio::test]
async fn a_subscription_brings_credits_with_each_invoice_and_never_twice() {
    let shop = Shop::open().await;
    shop.stripe.adds_tax(285);
    let order = shop.ordered("month", "k1").await;
    let first = shop.pays(order.id);
    assert!(kinds(&first).contains(&"checkout.session.completed"));
    shop.delivered(&first).await;
    assert_eq!((shop.state(order.id).await, shop.balance().await), (OrderState::Paid, MONTH_CREDITS));
    let standing = shop.subscription().await;
    assert_eq!((standing.state, standing.ends, standing.portal), (SubscriptionState::Active, false, true));
    assert_eq!(standing.plan.unwrap().as_str(), "month");
    let receipt = shop.receipts().await.remove(0);
    assert_eq!((receipt.total.amount, receipt.tax), (1_785, Some(285)));

    let id = subscription(&first);
    shop.clock.go_on(30 * 24 * 3_600_000);
    shop.delivered(&shop.stripe.renew(&id)).await;
    assert_eq!((shop.balance().await, shop.receipts().await.len()), (2 * MONTH_CREDITS, 2));

    // Half a month of the larger plan brings half of its difference.
    shop.go_on(1_296_000);
    shop.delivered(&shop.stripe.change_plan(&id, super::LARGE, 750)).await;
    assert_eq!(shop.balance().await, 2 * MONTH_CREDITS + 500_000);
    assert_eq!(shop.subscription().await.plan.unwrap().as_str(), "large");

    let portal: PortalLink = shop.ada.send("POST", "/billing/portal", &[], b"").await.json();
    assert!(portal.address.starts_with("https://billing.stripe.com/"));
    let cancelled: SubscriptionAnswer =
        shop.ada.send("POST", "/billing/subscription/cancel", &[], b"").await.json();
    assert!(cancelled.subscription.unwrap().ends);
    shop.clock.go_on(120_000);
    shop.delivered(&shop.stripe.miss(&id)).await;
    assert_eq!(shop.subscription().await.state, SubscriptionState::PastDue);
    shop.delivered(&shop.stripe.end(&id)).await;
    assert_eq!(shop.subscription().await.state, SubscriptionState::Ended);
    assert_eq!(shop.ada.send("POST", "/billing/subscription/cancel", &[], b"").await.refused().0, 400);
    assert_eq!(shop.balance().await, 2 * MONTH_CREDITS + 500_000);
}

/// The subscription behind the events of a purchase.
pub(super) fn subscription(events: &[Event]) -> String {
    let event = events.iter().find(|event| event.kind == "customer.subscription.created").unwrap();
    let body: serde_json::Value = serde_json::from_str(&event.body).unwrap();
    body["data"]["object"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn money_that_goes_back_takes_its_credits_along_and_brings_them_again() {
    let shop = Shop::open().await;
    let order = shop.ordered("pack", "k1").await;
    let events = shop.pays(order.id);
    let payment = payment(&events);
    shop.delivered(&events).await;

    let part = shop.stripe.refund(&payment, 333);
    shop.delivered(&part).await;
    assert_eq!(
        (shop.state(order.id).await, shop.balance().await),
        (OrderState::PartlyRefunded, PACK_CREDITS - 166_666)
    );
    assert_eq!(shop.receipts().await[0].taken_back, MilliCredits(166_666));
    let rest = shop.stripe.refund(&payment, 666);
    shop.delivered(&rest).await;
    assert_eq!((shop.state(order.id).await, shop.balance().await), (OrderState::Refunded, 0));
    // The bank sends the second one back.
    let body: serde_json::Value = serde_json::from_str(&rest[0].body).unwrap();
    shop.delivered(&shop.stripe.refund_fails(body["data"]["object"]["id"].as_str().unwrap())).await;
    assert_eq!(
        (shop.state(order.id).await, shop.balance().await),
        (OrderState::PartlyRefunded, PACK_CREDITS - 166_666)
    );

    let opened = shop.stripe.dispute(&payment);
    shop.delivered(&opened).await;
    assert_eq!((shop.state(order.id).await, shop.balance().await), (OrderState::Refunded, 0));
    let body: serde_json::Value = serde_json::from_str(&opened[0].body).unwrap();
    let dispute = body["data"]["object"]["id"].as_str().unwrap();
    shop.delivered(&shop.stripe.close_dispute(dispute, true)).await;
    assert_eq!(shop.balance().await, PACK_CREDITS - 166_666);
}

#[tokio::test]
async fn what_is_paid_days_later_counts_when_it_comes_and_not_before() {
    let shop = Shop::open().await;
    let (slow, never) = (shop.ordered("pack", "k1").await, shop.ordered("pack", "k2").await);
    let session = |order: &Order| shop.stripe.session_of(&order.id.to_string());
    shop.delivered(&shop.stripe.pay_later(&session(&slow))).await;
    shop.delivered(&shop.stripe.pay_later(&session(&never))).await;
    assert_eq!((shop.state(slow.id).await, shop.balance().await), (OrderState::Pending, 0));
    shop.delivered(&shop.stripe.later(&session(&slow), true)).await;
    shop.delivered(&shop.stripe.later(&session(&never), false)).await;
    assert_eq!(
        (shop.state(slow.id).await, shop.state(never.id).await),
        (OrderState::Paid, OrderState::Failed)
    );
    assert_eq!(shop.balance().await, PACK_CREDITS);
}

#[tokio::test]
async fn every_payment_has_one_letter_that_is_tried_until_it_is_there() {
    let sink = Sink::start().await;
    let smtp = Smtp {
        host: "127.0.0.1".to_owned(),
        port: sink.port(),
        security: MailSecurity::None,
        login: None,
        from: "AllXOne <no-reply@studio.example>".to_owned(),
    };
    let outside = Outside { mail: Some(smtp), ..Outside::default() };
    let shop = Shop::with(allxone_service::Accounts { outside, ..Default::default() }).await;
    sink.mood(Mood::Later);
    let order = shop.ordered("pack", "k1").await;
    let events = shop.pays(order.id);
    shop.delivered(&events).await;
    shop.look_after().await;
    let receipts =
        |sink: &Sink| sink.mails().into_iter().filter(|mail| mail.text.contains("multipart")).count();
    assert_eq!(receipts(&sink), 0);
    sink.mood(Mood::Takes);
    shop.go_on(61);
    shop.look_after().await;
    shop.delivered(&[shop.stripe.signed_again(&events[2])]).await;
    shop.go_on(3_600);
    shop.look_after().await;
    assert_eq!(receipts(&sink), 1);
    let mail = sink.mails().pop().unwrap();
    assert_eq!(mail.to, ["ada@example.org"]);
    assert!(mail.text.contains(&format!("<{}@", shop.receipts().await[0].id)), "{}", mail.text);
}
