//! Everything at once, again and again, and in every order. `ALLXONE_STORM=full` runs all there is.

use std::sync::Arc;

use allxone_contract::*;
use allxone_testkit::payments::Event;

use super::buying::{payment, subscription};
use super::{MONTH_CREDITS, PACK_CREDITS, Shop};

fn full() -> bool {
    std::env::var("ALLXONE_STORM").is_ok_and(|how| how == "full")
}

/// Every order of `n` things.
fn orders(n: usize) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for one in 0..n {
        all = all
            .into_iter()
            .flat_map(|order: Vec<usize>| {
                (0..=order.len()).map(move |at| {
                    let mut longer = order.clone();
                    longer.insert(at, one);
                    longer
                })
            })
            .collect();
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_times_thirty_two_at_once_bring_what_one_brings() {
    let shop = Arc::new(Shop::open().await);
    let (pack, month) = (shop.ordered("pack", "k1").await, shop.ordered("month", "k2").await);
    let events: Vec<_> = [shop.pays(pack.id), shop.pays(month.id)].concat();
    for _ in 0..10 {
        let mut all = tokio::task::JoinSet::new();
        for at in 0..32 {
            let event = shop.stripe.signed_again(&events[at % events.len()]);
            let shop = Arc::clone(&shop);
            all.spawn(async move { shop.deliver(&event).await.status });
        }
        while let Some(status) = all.join_next().await {
            assert_eq!(status.unwrap(), 204);
        }
    }
    assert_eq!(shop.balance().await, PACK_CREDITS + MONTH_CREDITS);
    assert_eq!((shop.entries().await, shop.receipts().await.len()), (2, 2));
    assert_eq!(usize::try_from(shop.notices().await).unwrap(), events.len());
}

/// Six events of one purchase of a pack, the last words of which leave a third of it refunded.
fn pack_events(shop: &Shop, order: OrderId) -> Vec<Event> {
    let paid = shop.pays(order);
    let intent = payment(&paid);
    let object = |event: &Event| {
        let body: serde_json::Value = serde_json::from_str(&event.body).unwrap();
        body["data"]["object"]["id"].as_str().unwrap().to_owned()
    };
    let first = shop.stripe.refund(&intent, 333).remove(0);
    let second = shop.stripe.refund(&intent, 666).remove(0);
    let failed = shop.stripe.refund_fails(&object(&second)).remove(0);
    let opened = shop.stripe.dispute(&intent).remove(0);
    let won = shop.stripe.close_dispute(&object(&opened), true).remove(0);
    vec![paid.last().unwrap().clone(), first, second, failed, opened, won]
}

/// Six events of a subscription that is paid, refunded, missed and ended.
fn subscription_events(shop: &Shop, order: OrderId) -> Vec<Event> {
    let mut events = shop.pays(order);
    let (id, intent) = (subscription(&events), payment(&events));
    events.retain(|event| event.kind != "checkout.session.completed");
    events.push(shop.stripe.refund(&intent, 1_500).remove(0));
    events.extend(shop.stripe.miss(&id));
    events.extend(shop.stripe.end(&id));
    shop.stripe.advance(-120);
    events
}

#[tokio::test]
async fn every_order_of_six_events_leads_to_the_same_end() {
    let shop = Shop::open().await;
    let all = orders(6);
    assert_eq!(all.len(), 720);
    let step = if full() { 1 } else { 29 };
    let (mut expected_balance, mut tried) = (0, 0);
    for (at, order) in all.iter().enumerate().step_by(step) {
        // Open orders of one account are bounded within an hour.
        shop.go_on(3_601);
        let pack = shop.ordered("pack", &format!("p{at}")).await;
        let events = pack_events(&shop, pack.id);
        for event in order {
            shop.delivered(&[shop.stripe.signed_again(&events[*event])]).await;
        }
        expected_balance += PACK_CREDITS - 166_666;
        assert_eq!(shop.state(pack.id).await, OrderState::PartlyRefunded, "{order:?}");
        assert_eq!(shop.balance().await, expected_balance, "{order:?}");

        let month = shop.ordered("month", &format!("m{at}")).await;
        let events = subscription_events(&shop, month.id);
        for event in order {
            shop.delivered(&[shop.stripe.signed_again(&events[*event])]).await;
        }
        assert_eq!(shop.state(month.id).await, OrderState::Paid, "{order:?}");
        let standing = shop.subscription().await;
        assert_eq!((standing.order, standing.state), (month.id, SubscriptionState::Ended), "{order:?}");
        assert_eq!(shop.balance().await, expected_balance, "{order:?}");
        tried += 1;
    }
    println!("{tried} orders of six events, twice: the same end each time");
}

#[tokio::test]
async fn a_purchase_that_is_interrupted_between_any_two_steps_is_carried_on() {
    let rounds = if full() { 500 } else { 3 };
    let mut shop = Shop::open().await;
    for round in 0..rounds {
        shop.go_on(3_601);
        let key = format!("k{round}");
        shop.stripe.loses(1);
        assert_eq!(shop.checkout("pack", &key).await.status, 502);
        shop.crash().await;
        let order = shop.ordered("pack", &key).await;
        shop.crash().await;
        assert_eq!(shop.ordered("pack", &key).await.id, order.id);
        let events = shop.pays(order.id);
        shop.crash().await;
        for event in &events {
            shop.delivered(&[shop.stripe.signed_again(event)]).await;
            shop.crash().await;
        }
        for event in &events {
            shop.delivered(&[shop.stripe.signed_again(event)]).await;
        }
        shop.look_after().await;
        assert_eq!(shop.state(order.id).await, OrderState::Paid);
        assert_eq!(shop.balance().await, PACK_CREDITS * (round + 1));
    }
}
