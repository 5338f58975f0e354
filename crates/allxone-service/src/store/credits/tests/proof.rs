//! Nobody spends twice, and no sequence of movements breaks a rule.

use std::sync::Arc;

use allxone_contract::{
    Finding, GateVersions, JobRequest, Operation, PriceRule, Receipt, Scores, Sha256, Workload,
};
use proptest::prelude::*;

use super::*;
use crate::store::{Hold, NewJob, Placed, Price};

crate::store::tests::on_both!(nobody_spends_twice, one_payment_is_one_grant);

/// Tasks that want the same credits at the same time.
const TASKS: usize = 64;

/// How often a proof is repeated: few times in the tests, as often as the variable says elsewhere.
fn rounds(variable: &str, few: usize) -> usize {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(few)
}

async fn place(store: &Store, key: String, cost: i64) -> (JobId, Placed) {
    let id = JobId::new();
    let receipt = Receipt {
        content: Sha256::of(b"x"),
        finding: Finding::allow(Scores::default()),
        confirmed: false,
        time: UtcMillis(5),
        versions: GateVersions { policy: "p".to_owned(), models: Vec::new() },
    };
    let (held, work) = (MilliCredits(cost), Workload { count: 1, pixels: 1, input_pixels: 0 });
    let price = Price { rule: PriceRule::PerImage(held), work };
    let job = NewJob {
        id,
        request: &JobRequest::new(Operation::Generate, "test/quick".into()),
        body: b"{}",
        body_sha256: Sha256::of(b"{}"),
        key: &key.parse().unwrap(),
        confirmed: false,
        receipt: &receipt,
        sender_receipt: None,
        warnings: &[],
        inputs: &[],
        hold: &Hold { metered: true, held, price },
        now: UtcMillis(10),
    };
    (id, store.place(&me(), job, 1_000).await.unwrap())
}

/// A balance for one job, and many who want it: one gets it, and the next round another one.
async fn nobody_spends_twice(store: Store) {
    const COST: i64 = 700;
    give(&store, "all there is", COST + 99, None).await.unwrap();
    let store = Arc::new(store);
    for round in 0..rounds("ALLXONE_DOUBLE_SPEND_ROUNDS", 5) {
        let together = Arc::new(tokio::sync::Barrier::new(TASKS));
        let tasks: Vec<_> = (0..TASKS)
            .map(|task| {
                let (store, together) = (Arc::clone(&store), Arc::clone(&together));
                tokio::spawn(async move {
                    together.wait().await;
                    place(&store, format!("{round}-{task}"), COST).await
                })
            })
            .collect();
        let mut won = Vec::new();
        for task in tasks {
            match task.await.unwrap() {
                (id, Placed::Queued) => won.push(id),
                (_, Placed::Insufficient { available }) => {
                    assert!(available == MilliCredits(99) || available == MilliCredits(COST + 99));
                }
                _ => panic!("neither placed nor refused for its price"),
            }
        }
        assert_eq!(won.len(), 1, "round {round}");
        let credits = store.credits(&me(), true, UtcMillis(3)).await.unwrap();
        assert_eq!((credits.available.0, credits.held.0), (99, COST), "round {round}");
        store.cancel(&me(), won[0], false, UtcMillis(20)).await.unwrap();
    }
    assert_eq!(standing(&store).await, (COST + 99, 0, vec![COST + 99]));
}

/// One payment, told of by many at once: one is believed.
async fn one_payment_is_one_grant(store: Store) {
    let store = Arc::new(store);
    let told: Vec<_> = (0..32)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { give(&store, "stripe:invoice:in_1", 500, None).await.unwrap() })
        })
        .collect();
    let mut new = 0;
    for task in told {
        new += usize::from(matches!(task.await.unwrap(), Granted::Now(_)));
    }
    assert_eq!(new, 1);
    assert_eq!(standing(&store).await, (500, 0, vec![500]));
}

/// One movement of the books.
#[derive(Clone, Debug)]
enum Move {
    Grant {
        key: u8,
        amount: i64,
        lasts: Option<i64>,
    },
    Reverse {
        key: u8,
        of: u8,
        amount: i64,
    },
    Hold {
        amount: i64,
    },
    /// Ends the hold that is this far from the oldest, for this part of it in hundredths.
    End {
        which: usize,
        part: i64,
    },
    Wait {
        millis: i64,
    },
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let amount = 1_i64..500;
    let one = prop_oneof![
        3 => (0_u8..12, amount.clone(), proptest::option::of(1_i64..50)).prop_map(|(key, amount, lasts)| Move::Grant { key, amount, lasts }),
        2 => (0_u8..6, 0_u8..12, amount.clone()).prop_map(|(key, of, amount)| Move::Reverse { key, of, amount }),
        4 => amount.prop_map(|amount| Move::Hold { amount }),
        4 => (any::<usize>(), 0_i64..=100).prop_map(|(which, part)| Move::End { which, part }),
        2 => (1_i64..30).prop_map(|millis| Move::Wait { millis }),
    ];
    proptest::collection::vec(one, 1..30)
}

/// What the books must say, counted in the plainest way.
#[derive(Default)]
struct Expected {
    available: i64,
    held: i64,
    now: i64,
    keys: Vec<String>,
    holds: Vec<(JobId, i64)>,
}

async fn carry_out(store: &Store, expected: &mut Expected, one: Move) {
    match one {
        Move::Grant { key, amount, lasts } => {
            // A key says the same when it is told again.
            let (key, amount) = (format!("g{key}"), amount.min(1) + i64::from(key) * 37);
            give(store, &key, amount, lasts.map(|lasts| expected.now + lasts)).await.unwrap();
            if !expected.keys.contains(&key) {
                expected.keys.push(key);
                expected.available += amount;
            }
        }
        Move::Reverse { key, of, amount } => {
            let (key, amount) = (format!("r{key}"), amount.min(1) + i64::from(key) * 53);
            take_back(store, &key, &format!("g{of}"), amount).await.unwrap();
            if !expected.keys.contains(&key) {
                expected.keys.push(key);
                expected.available -= amount;
            }
        }
        Move::Hold { amount } => {
            let job = JobId::new();
            let held = set_aside(store, job, amount, expected.now).await;
            if amount <= expected.available {
                assert_eq!(held, Held::Yes);
                (expected.available, expected.held) = (expected.available - amount, expected.held + amount);
                expected.holds.push((job, amount));
            } else {
                assert_eq!(held, Held::Insufficient { available: MilliCredits(expected.available) });
            }
        }
        Move::End { which, part } if !expected.holds.is_empty() => {
            let (job, held) = expected.holds.remove(which % expected.holds.len());
            let charged = held * part / 100;
            charge(store, job, held, charged).await.unwrap();
            (expected.available, expected.held) = (expected.available + held - charged, expected.held - held);
        }
        Move::End { .. } => {}
        Move::Wait { millis } => expected.now += millis,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: u32::try_from(rounds("ALLXONE_BOOKS_CASES", 24)).unwrap(), ..ProptestConfig::default() })]

    #[test]
    fn every_sequence_of_movements_keeps_every_rule(moves in moves()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let dir = TempDir::new().unwrap();
            let store = open(&dir).await;
            let mut expected = Expected { now: 100, ..Expected::default() };
            for one in moves {
                carry_out(&store, &mut expected, one).await;
                // What expires is the one thing the plain count does not know; it takes from what is free alone, and nothing else.
                let before = standing(&store).await;
                assert_eq!((before.0, before.1), (expected.available, expected.held));
                expire_at(&store, expected.now).await;
                let after = standing(&store).await;
                assert_eq!(after.1, before.1);
                assert!(after.0 == before.0 || (0..before.0).contains(&after.0), "{before:?} {after:?}");
                expected.available = after.0;
            }
        });
    }
}
