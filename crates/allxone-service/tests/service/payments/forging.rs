//! Messages that are not from whom they say, or about something else than was ordered: nothing follows from them.

use allxone_contract::*;
use allxone_testkit::payments::Event;
use allxone_testkit::payments::stripe::WEBHOOK_SECRET;

use super::{PACK_CREDITS, Shop, told};

fn with_header(event: &Event, value: &str) -> Event {
    Event { headers: vec![("stripe-signature".to_owned(), value.to_owned())], ..event.clone() }
}

#[tokio::test]
async fn without_a_signature_that_holds_nothing_is_kept() {
    let shop = Shop::open().await;
    let order = shop.ordered("pack", "k1").await;
    let event = shop.pays(order.id).pop().unwrap();
    let good = event.headers[0].1.clone();

    let mut forged = vec![
        Event { headers: Vec::new(), ..event.clone() },
        with_header(&event, ""),
        with_header(&event, &good.replace("v1=", "v0=")),
        with_header(&event, &good[..good.len() - 2]),
        Event { body: event.body.replacen("999", "998", 1), ..event.clone() },
        // Read and written anew: the same to a program, other bytes.
        Event {
            body: serde_json::from_str::<serde_json::Value>(&event.body).unwrap().to_string(),
            ..event.clone()
        },
        Event { body: format!("{} ", event.body), ..event.clone() },
    ];
    let mut twice = event.clone();
    twice.headers.push(twice.headers[0].clone());
    forged.push(twice);
    shop.stripe.sign_with(&["whsec_of_somebody_else_entirely"]);
    forged.push(shop.stripe.signed_again(&event));
    shop.stripe.sign_with(&[WEBHOOK_SECRET]);
    shop.stripe.advance(-400);
    forged.push(shop.stripe.signed_again(&event));
    shop.stripe.advance(800);
    forged.push(shop.stripe.signed_again(&event));
    shop.stripe.advance(-400);
    for one in &forged {
        let reply = shop.deliver(one).await;
        assert_eq!(reply.refused().0, 400, "{:?}", one.headers);
    }
    for provider in ["paddle", "razorpay", "nobody", "Stripe"] {
        assert_eq!(
            told(shop.service(), provider, &event.headers, event.body.as_bytes()).await.status,
            404,
            "{provider}"
        );
    }
    let large = format!("{}{}", event.body, " ".repeat(600_000));
    assert_eq!(told(shop.service(), "stripe", &event.headers, large.as_bytes()).await.status, 413);
    assert_eq!((shop.notices().await, shop.balance().await), (0, 0));
    assert_eq!(shop.state(order.id).await, OrderState::Pending);

    // Both secrets hold while one replaces the other, alone and together.
    shop.stripe.sign_with(&["whsec_the_next_one_in_line"]);
    shop.delivered(&[shop.stripe.signed_again(&event)]).await;
    shop.stripe.sign_with(&["whsec_gone_for_long_now", WEBHOOK_SECRET]);
    shop.delivered(&[shop.stripe.signed_again(&event)]).await;
    assert_eq!((shop.notices().await, shop.balance().await), (1, PACK_CREDITS));
}

#[tokio::test]
async fn what_does_not_fit_the_order_brings_nothing() {
    let shop = Shop::open().await;
    let (order, month) = (shop.ordered("pack", "k1").await, shop.ordered("month", "k2").await);
    let session = shop.stripe.session_of(&order.id.to_string());
    shop.pays(order.id);
    let paid = shop.stripe.object(&session);
    let changed = |path: &str, value: serde_json::Value| {
        let mut object = paid.clone();
        *object.pointer_mut(path).unwrap() = value;
        shop.stripe.event("checkout.session.completed", &object)
    };
    let mut events = vec![
        changed("/currency", "usd".into()),
        changed("/metadata/order_id", OrderId::new().to_string().into()),
        changed("/metadata/order_id", month.id.to_string().into()),
        changed("/payment_status", "unpaid".into()),
        changed("/mode", "setup".into()),
    ];
    let mut cheap = paid.clone();
    (cheap["amount_subtotal"], cheap["amount_total"]) = (1.into(), 1.into());
    events.push(shop.stripe.event("checkout.session.completed", &cheap));
    let mut foreign = paid.clone();
    foreign["metadata"] = serde_json::json!({});
    foreign["client_reference_id"] = "somebody else's".into();
    events.push(shop.stripe.event("checkout.session.completed", &foreign));
    shop.stripe.is_live(true);
    events.push(shop.stripe.event("checkout.session.completed", &paid));
    shop.stripe.is_live(false);
    events.push(shop.stripe.event("checkout.session.made_of_cheese", &paid));
    // They are genuine, so the provider need not tell them again.
    shop.delivered(&events).await;
    assert_eq!((shop.balance().await, shop.entries().await), (0, 0));
    assert_eq!(
        (shop.state(order.id).await, shop.state(month.id).await),
        (OrderState::Pending, OrderState::Pending)
    );
    shop.delivered(&[shop.stripe.event("checkout.session.completed", &paid)]).await;
    assert_eq!(shop.balance().await, PACK_CREDITS);
}
