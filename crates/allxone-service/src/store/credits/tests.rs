//! The books on their own: what moves, what cannot, and that every rule holds after any sequence of movements.

mod proof;

use allxone_contract::{JobId, UtcMillis};
use allxone_vault::SecretKey;
use tempfile::TempDir;
use zeroize::Zeroizing;

use super::*;
use crate::store::Store;

crate::store::tests::on_both!(
    what_is_told_twice_moves_credits_once,
    a_grant_that_is_not_committed_never_was,
    a_job_holds_what_is_there_and_pays_for_what_it_brought,
    what_expires_soonest_is_spent_first_and_what_is_held_does_not_expire,
    what_was_spent_and_taken_back_is_owed,
    a_book_that_was_changed_is_found_out,
);

pub(super) async fn open(dir: &TempDir) -> Store {
    let key = SecretKey::from_bytes(Zeroizing::new([1; 32]));
    Store::open(&allxone_database::Place::File(dir.path().join("service.db")), &key).await.unwrap()
}

pub(super) fn me() -> AccountId {
    serde_json::from_str("\"me\"").unwrap()
}

async fn give(store: &Store, key: &str, amount: i64, expires: Option<i64>) -> Result<Granted, ServiceError> {
    let mut tx = store.begin().await?;
    let given = grant(
        &mut tx,
        Grant {
            account: &me(),
            amount: MilliCredits(amount),
            source: Source::Provider("stripe"),
            key,
            expires: expires.map(UtcMillis),
            note: None,
            now: UtcMillis(1),
        },
    )
    .await?;
    tx.commit().await?;
    Ok(given)
}

async fn take_back(store: &Store, key: &str, of: &str, amount: i64) -> Result<Granted, ServiceError> {
    let mut tx = store.begin().await?;
    let taken = reverse(
        &mut tx,
        Reversal {
            account: &me(),
            amount: MilliCredits(amount),
            source: Source::Provider("stripe"),
            key,
            of,
            note: None,
            now: UtcMillis(2),
        },
    )
    .await?;
    tx.commit().await?;
    Ok(taken)
}

/// Holds for a job, with the row that says so.
async fn set_aside(store: &Store, job: JobId, amount: i64, now: i64) -> Held {
    let mut tx = store.begin().await.unwrap();
    let held = hold(&mut tx, &me(), job, MilliCredits(amount), UtcMillis(now)).await.unwrap();
    if held == Held::Yes {
        sqlx::query("INSERT INTO holds (job_id, account_id, metered, held, settled, state, created) VALUES ($1, 'me', 1, $2, 0, 'placed', 1)")
            .bind(job.to_string())
            .bind(amount)
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
    held
}

async fn charge(store: &Store, job: JobId, held: i64, charged: i64) -> Result<(), ServiceError> {
    let mut tx = store.begin().await?;
    end_hold(&mut tx, &me(), job, MilliCredits(held), MilliCredits(charged), UtcMillis(3)).await?;
    sqlx::query("UPDATE holds SET state = 'settled', settled = $1, closed = 3 WHERE job_id = $2")
        .bind(charged)
        .bind(job.to_string())
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

async fn expire_at(store: &Store, now: i64) {
    store.expire_credits(UtcMillis(now)).await.unwrap();
}

/// What can be spent, what is held, and what is left of each lot. Every rule of the books holds.
async fn standing(store: &Store) -> (i64, i64, Vec<i64>) {
    assert_eq!(store.check_books().await.unwrap(), []);
    let credits = store.credits(&me(), true, UtcMillis(3)).await.unwrap();
    let lots = credits.lots.iter().map(|lot| lot.remaining.0).collect();
    (credits.available.0, credits.held.0, lots)
}

async fn what_is_told_twice_moves_credits_once(store: Store) {
    let Granted::Now(id) = give(&store, "stripe:invoice:1", 500, None).await.unwrap() else { panic!() };
    for _ in 0..3 {
        assert_eq!(give(&store, "stripe:invoice:1", 500, None).await.unwrap(), Granted::Already(id));
    }
    let Granted::Now(back) = take_back(&store, "stripe:refund:1", "stripe:invoice:1", 200).await.unwrap()
    else {
        panic!()
    };
    let again = take_back(&store, "stripe:refund:1", "stripe:invoice:1", 200).await.unwrap();
    assert_eq!(again, Granted::Already(back));
    assert_eq!(standing(&store).await, (300, 0, vec![300]));
    // A key that says something else is a fault of the caller, not another grant.
    for refused in [
        give(&store, "stripe:invoice:1", 501, None).await,
        take_back(&store, "stripe:invoice:1", "x", 500).await,
        give(&store, "none", 0, None).await,
        give(&store, "less", -1, None).await,
    ] {
        assert_eq!(refused.unwrap_err().code(), "record_unreadable");
    }
    assert_eq!(give(&store, "too much", i64::MAX, None).await.unwrap_err().code(), "record_unreadable");
    assert_eq!(standing(&store).await, (300, 0, vec![300]));
}

async fn a_grant_that_is_not_committed_never_was(store: Store) {
    let given = Grant {
        account: &me(),
        amount: MilliCredits(5),
        source: Source::Operator,
        key: "k",
        expires: None,
        note: Some("welcome"),
        now: UtcMillis(1),
    };
    let mut tx = store.begin().await.unwrap();
    grant(&mut tx, given).await.unwrap();
    drop(tx);
    assert_eq!(standing(&store).await, (0, 0, vec![]));
    let mut tx = store.begin().await.unwrap();
    assert!(matches!(grant(&mut tx, given).await.unwrap(), Granted::Now(_)));
    tx.commit().await.unwrap();
    assert_eq!(standing(&store).await, (5, 0, vec![5]));
    let entries = store.credit_entries(&me(), None, 9).await.unwrap();
    assert_eq!((entries.len(), entries[0].sequence, entries[0].note.as_deref()), (1, 1, Some("welcome")));
}

async fn a_job_holds_what_is_there_and_pays_for_what_it_brought(store: Store) {
    let (first, second, third) = (JobId::new(), JobId::new(), JobId::new());
    let nothing = Held::Insufficient { available: MilliCredits(0) };
    assert_eq!(set_aside(&store, first, 40, 1).await, nothing);
    give(&store, "a", 100, None).await.unwrap();
    assert_eq!(set_aside(&store, first, 60, 1).await, Held::Yes);
    assert_eq!(set_aside(&store, second, 60, 1).await, Held::Insufficient { available: MilliCredits(40) });
    assert_eq!(set_aside(&store, second, 40, 1).await, Held::Yes);
    assert_eq!(standing(&store).await, (0, 100, vec![100]));
    charge(&store, first, 60, 45).await.unwrap();
    assert_eq!(standing(&store).await, (15, 40, vec![55]));
    charge(&store, second, 40, 0).await.unwrap();
    assert_eq!(standing(&store).await, (55, 0, vec![55]));
    // A hold ends once, and for no more than it was.
    assert!(charge(&store, first, 60, 45).await.is_err());
    assert_eq!(set_aside(&store, third, 10, 1).await, Held::Yes);
    assert!(charge(&store, third, 10, 11).await.is_err());
    assert!(charge(&store, third, 10, -1).await.is_err());
    assert_eq!(standing(&store).await, (45, 10, vec![55]));
    let told: Vec<_> = store.credit_entries(&me(), None, 99).await.unwrap();
    let said: Vec<_> =
        told.iter().map(|e| (e.sequence, e.kind, e.amount.0, e.available.0, e.charged)).collect();
    let charged = |amount| Some(MilliCredits(amount));
    assert_eq!(
        said,
        [
            (6, EntryKind::Hold, -10, 45, None),
            (5, EntryKind::Release, 40, 55, charged(0)),
            (4, EntryKind::Charge, 15, 15, charged(45)),
            (3, EntryKind::Hold, -40, 0, charged(0)),
            (2, EntryKind::Hold, -60, 40, charged(45)),
            (1, EntryKind::Grant, 100, 100, None),
        ]
    );
    let page = store.credit_entries(&me(), Some(3), 1).await.unwrap();
    assert_eq!(page.iter().map(|e| e.sequence).collect::<Vec<_>>(), [2]);
}

async fn what_expires_soonest_is_spent_first_and_what_is_held_does_not_expire(store: Store) {
    give(&store, "bought", 100, None).await.unwrap();
    give(&store, "late", 100, Some(200)).await.unwrap();
    give(&store, "soon", 100, Some(100)).await.unwrap();
    let (job, other) = (JobId::new(), JobId::new());
    set_aside(&store, job, 30, 1).await;
    charge(&store, job, 30, 30).await.unwrap();
    assert_eq!(standing(&store).await, (270, 0, vec![70, 100, 100]));
    // Held before the first lot expires, so this much of it stays.
    set_aside(&store, other, 50, 99).await;
    expire_at(&store, 100).await;
    assert_eq!(standing(&store).await, (200, 50, vec![50, 100, 100]));
    expire_at(&store, 101).await;
    assert_eq!(standing(&store).await, (200, 50, vec![50, 100, 100]));
    charge(&store, other, 50, 20).await.unwrap();
    assert_eq!(standing(&store).await, (230, 0, vec![30, 100, 100]));
    // What came back of it is expired, and cannot be spent before the sweep either.
    assert_eq!(
        set_aside(&store, JobId::new(), 201, 102).await,
        Held::Insufficient { available: MilliCredits(200) }
    );
    expire_at(&store, 102).await;
    assert_eq!(standing(&store).await, (200, 0, vec![100, 100]));
    expire_at(&store, i64::MAX).await;
    assert_eq!(standing(&store).await, (100, 0, vec![100]));
}

async fn what_was_spent_and_taken_back_is_owed(store: Store) {
    give(&store, "a", 100, None).await.unwrap();
    give(&store, "b", 100, Some(500)).await.unwrap();
    let (job, other) = (JobId::new(), JobId::new());
    set_aside(&store, job, 150, 1).await;
    // The lot of the refunded payment goes first, then the others; what is held stays with its job.
    take_back(&store, "r", "a", 100).await.unwrap();
    assert_eq!(standing(&store).await, (-50, 150, vec![100, 50]));
    assert_eq!(set_aside(&store, other, 1, 1).await, Held::Insufficient { available: MilliCredits(-50) });
    charge(&store, job, 150, 120).await.unwrap();
    assert_eq!(standing(&store).await, (-20, 0, vec![]));
    give(&store, "c", 30, None).await.unwrap();
    assert_eq!(standing(&store).await, (10, 0, vec![10]));
    // A refund may be told before the payment it is of.
    take_back(&store, "r2", "d", 70).await.unwrap();
    give(&store, "d", 70, None).await.unwrap();
    assert_eq!(standing(&store).await, (10, 0, vec![10]));
}

async fn a_book_that_was_changed_is_found_out(store: Store) {
    give(&store, "a", 100, None).await.unwrap();
    let job = JobId::new();
    set_aside(&store, job, 30, 1).await;
    for forged in [
        "UPDATE credit_postings SET amount = amount + 1 WHERE book = 'account'",
        "UPDATE credit_balances SET available = available + 1",
        "UPDATE credit_balances SET held = held - 1",
        "UPDATE credit_balances SET reversed = 1",
        "UPDATE credit_lots SET remaining = remaining - 1",
        "UPDATE credit_entries SET amount = amount + 1 WHERE kind = 'grant'",
        "UPDATE credit_entries SET sequence = 7 WHERE kind = 'hold'",
        "DELETE FROM credit_entries WHERE kind = 'hold'",
        "DELETE FROM credit_postings WHERE book = 'held'",
        "DELETE FROM credit_balances",
        "UPDATE holds SET settled = 5",
        "UPDATE holds SET state = 'settled'",
    ] {
        let mut tx = store.begin().await.unwrap();
        let changed = sqlx::query(forged).execute(&mut *tx).await.unwrap();
        assert!(changed.rows_affected() > 0, "{forged}");
        assert!(!check::faults(&mut tx).await.unwrap().is_empty(), "{forged}");
    }
    // And what the database itself does not let through.
    for forged in [
        "UPDATE credit_balances SET available = -1",
        "UPDATE credit_balances SET held = -1",
        "UPDATE credit_lots SET remaining = 101",
        "UPDATE credit_lots SET remaining = -1",
        "INSERT INTO credit_entries (id, account_id, sequence, kind, business_key, amount, available, held, time)
         VALUES ('x', 'me', 3, 'grant', 'a', 1, 1, 1, 1)",
    ] {
        let mut tx = store.begin().await.unwrap();
        assert!(sqlx::query(forged).execute(&mut *tx).await.is_err(), "{forged}");
    }
    assert_eq!(store.check_books().await.unwrap(), []);
}
