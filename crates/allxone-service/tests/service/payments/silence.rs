//! What is not told is asked about, and what is told too late changes nothing more.

use allxone_contract::*;

use super::buying::{payment, subscription};
use super::{MONTH_CREDITS, PACK_CREDITS, Shop};

#[tokio::test]
async fn a_payment_that_nobody_told_of_is_found_by_asking() {
    let mut shop = Shop::open().await;
    let (pack, month) = (shop.ordered("pack", "k1").await, shop.ordered("month", "k2").await);
    let late: Vec<_> = [shop.pays(pack.id), shop.pays(month.id)].concat();
    shop.look_after().await;
    assert_eq!(shop.balance().await, 0, "it is not asked about at once");
    shop.go_on(121);
    shop.stripe.fails(1);
    shop.look_after().await;
    shop.crash().await;
    shop.go_on(601);
    shop.look_after().await;
    assert_eq!(shop.balance().await, PACK_CREDITS + MONTH_CREDITS);
    assert_eq!((shop.state(pack.id).await, shop.state(month.id).await), (OrderState::Paid, OrderState::Paid));
    for event in &late {
        shop.delivered(&[shop.stripe.signed_again(event)]).await;
    }
    assert_eq!((shop.balance().await, shop.receipts().await.len()), (PACK_CREDITS + MONTH_CREDITS, 2));

    // A month later nobody tells of the renewal either, and of the end later still.
    let id = subscription(&late);
    shop.clock.go_on(30 * 24 * 3_600_000);
    shop.stripe.renew(&id);
    shop.go_on(2 * 24 * 3_600);
    shop.look_after().await;
    assert_eq!(shop.balance().await, PACK_CREDITS + 2 * MONTH_CREDITS);
    shop.stripe.end(&id);
    shop.go_on(40 * 24 * 3_600);
    shop.look_after().await;
    assert_eq!(shop.subscription().await.state, SubscriptionState::Ended);
}

#[tokio::test]
async fn an_order_nobody_pays_is_closed() {
    let shop = Shop::open().await;
    let order = shop.ordered("pack", "k1").await;
    shop.stripe.loses(1);
    shop.checkout("pack", "k2").await;
    for _ in 0..8 {
        shop.go_on(2 * 24 * 3_600);
        shop.look_after().await;
    }
    let orders = shop.ada.get("/billing/orders").await.json::<OrderList>().orders;
    assert_eq!(orders.len(), 2);
    assert!(orders.iter().all(|order| order.state == OrderState::Expired), "{orders:?}");
    // Paid after all: what counts is the money.
    let events = shop.pays(order.id);
    let events: Vec<_> = events.iter().map(|event| shop.stripe.signed_again(event)).collect();
    shop.delivered(&events).await;
    assert_eq!((shop.state(order.id).await, shop.balance().await), (OrderState::Paid, PACK_CREDITS));
}

#[tokio::test]
async fn a_refund_of_a_payment_nobody_told_of_finds_its_invoice() {
    let shop = Shop::open().await;
    let order = shop.ordered("month", "k1").await;
    let events = shop.pays(order.id);
    let linking = "invoice_payment.paid";
    let without: Vec<_> = events.iter().filter(|event| event.kind != linking).cloned().collect();
    shop.delivered(&without).await;
    let back = shop.stripe.refund(&payment(&events), 1_500);
    shop.delivered(&back).await;
    shop.look_after().await;
    assert_eq!(shop.balance().await, 0);
    let asked = shop.stripe.asked().len();
    shop.look_after().await;
    assert_eq!(shop.stripe.asked().len(), asked, "what is known is not asked again");
}
