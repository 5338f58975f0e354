//! What of a person's card and address is kept: nothing. What of a purchase stays when the account goes: what the books need.

use allxone_contract::*;
use allxone_testkit::payments::CANARIES;
use serde_json::json;
use sqlx::{Column, Connection, Row};

use super::buying::payment;
use super::{PACK_CREDITS, Shop};
use crate::logs;
use crate::rig::{ask, database};

/// Every value of every table, as its reader with the key finds it.
pub async fn everything(dir: &std::path::Path) -> String {
    let mut connection = database(dir).await;
    let tables = sqlx::query("SELECT name FROM sqlite_master WHERE type = 'table'")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    let mut all = String::new();
    for table in tables {
        let name: String = table.get(0);
        let columns =
            sqlx::query(sqlx::AssertSqlSafe(format!("SELECT name FROM pragma_table_info('{name}')")))
                .fetch_all(&mut connection)
                .await
                .unwrap();
        for column in columns {
            let column: String = column.get(0);
            let sql = format!("SELECT CAST({column} AS TEXT) AS value FROM {name}");
            for row in sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&mut connection).await.unwrap() {
                assert_eq!(row.columns()[0].name(), "value");
                if let Some(value) = row.try_get::<Option<String>, _>(0).unwrap() {
                    all.push_str(&value);
                    all.push('\n');
                }
            }
        }
    }
    connection.close().await.unwrap();
    all
}

/// Whether a text tells a canary. One of four digits has to stand for itself: within a hash or a number they come by chance.
pub fn tells(text: &str, canary: &str) -> bool {
    let for_itself = |at: usize| {
        let (before, after) = (&text[..at], &text[at + canary.len()..]);
        !before.ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric)
    };
    text.match_indices(canary).any(|(at, _)| canary.len() > 4 || for_itself(at))
}

#[test]
fn four_digits_are_found_where_they_stand_for_themselves() {
    for text in ["5556", "\"last4\":\"5556\"", "•••• 5556, paid"] {
        assert!(tells(text, "5556"), "{text}");
    }
    assert!(!tells("ab5556cd 45556 55567", "5556") && tells("x4000000000005556y", "4000000000005556"));
}

#[tokio::test]
async fn nothing_of_a_card_or_an_address_is_kept_or_logged() {
    logs::listen();
    let mut shop = Shop::open().await;
    let (pack, month) = (shop.ordered("pack", "k1").await, shop.ordered("month", "k2").await);
    let mut events: Vec<_> = [shop.pays(pack.id), shop.pays(month.id)].concat();
    let intent = payment(&events);
    events.extend(shop.stripe.refund(&intent, 100));
    events.extend(shop.stripe.dispute(&intent));
    let told: String = events.iter().map(|event| event.body.as_str()).collect();
    for canary in CANARIES {
        assert!(told.contains(canary), "the provider tells {canary}, so that this test can fail");
    }
    shop.delivered(&events).await;
    shop.go_on(121);
    shop.look_after().await;
    let page = shop.receipts().await;
    let kept = everything(shop.dir.path()).await;
    assert!(kept.contains(&pack.id.to_string()), "what is looked through is there");
    shop.shutdown().await;
    let log = String::from_utf8_lossy(&logs::written()).into_owned();
    for canary in CANARIES {
        assert!(!tells(&kept, canary), "kept: {canary}");
        assert!(!tells(&log, canary), "logged: {canary}");
        assert!(!tells(&serde_json::to_string(&page).unwrap(), canary), "shown: {canary}");
    }
}

#[tokio::test]
async fn an_account_that_goes_ends_its_subscription_and_leaves_the_books_without_a_name() {
    let mut shop = Shop::open().await;
    let (pack, month) = (shop.ordered("pack", "k1").await, shop.ordered("month", "k2").await);
    shop.ordered("pack", "k3").await;
    let events: Vec<_> = [shop.pays(pack.id), shop.pays(month.id)].concat();
    let id = super::buying::subscription(&events);
    shop.delivered(&events).await;
    let account = ask(shop.dir.path(), "SELECT account_id FROM orders LIMIT 1").await.remove(0);
    let customer = shop.stripe.object(&id)["customer"].as_str().unwrap().to_owned();
    assert!(everything(shop.dir.path()).await.contains(&customer));

    let asked = json!({ "when": "now" }).to_string();
    let reply = shop.ada.send("POST", "/account/deletion", &[], asked.as_bytes()).await;
    assert_eq!(reply.status, 202, "{reply:?}");
    let deletion: Deletion = reply.json();
    let nobody = crate::http::Http { addr: shop.ada.addr, token: String::new() };
    loop {
        let found: Deletion = nobody.get(&format!("/deletions/{}", deletion.id)).await.json();
        if found.state == DeletionState::Done {
            assert!(found.remains.iter().any(|one| one.class == "payments"), "{found:?}");
            break;
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(shop.stripe.object(&id)["status"], "canceled");
    let kept = everything(shop.dir.path()).await;
    assert!(!kept.contains(&account) && !kept.contains(&customer));
    let orders = ask(shop.dir.path(), "SELECT account_id FROM orders").await;
    assert_eq!(orders.len(), 2, "what was never paid is gone");
    assert!(orders.iter().all(|owner| owner.starts_with("nobody-")));
    // What comes later reaches nobody, and nobody is found by it.
    shop.delivered(&shop.stripe.end(&id)).await;
    shop.delivered(&shop.stripe.refund(&payment(&events), 999)).await;
    assert!(!everything(shop.dir.path()).await.contains(&customer));
    assert_eq!(shop.balance().await, super::MONTH_CREDITS, "{PACK_CREDITS} went back");
    shop.shutdown().await;
}
