//! The history on its own: in which order things are told, that nothing is ever passed over, and what is told of what was erased.

use std::collections::BTreeSet;
use std::time::Duration;

use allxone_contract::*;
use sqlx::Executor;

use super::*;
use crate::lanes::Among;
use crate::retention::RetentionTable;
use crate::store::schema::HISTORY;
use crate::store::tests::{me, on_both, open, place_request, success};
use crate::store::{Erased, Finished};

on_both!(
    what_ends_first_is_told_first,
    nobody_who_reads_passes_what_is_committed_later,
    readers_beside_many_who_end_jobs_miss_none,
    what_the_owner_erased_is_told_again_and_what_aged_is_not,
    results_are_erased_one_by_one,
    one_account_knows_nothing_of_another,
    a_request_that_does_not_read_holds_up_nothing,
    what_ended_before_there_was_a_history_is_in_it,
);

const DAY: i64 = 24 * 60 * 60 * 1000;

/// Places a job and takes it, so that it can end.
async fn begun(store: &Store, key: &str) -> JobId {
    let id = place_request(store, key, "a lighthouse").await;
    let all = Among::AllBut(Vec::new());
    let (leased, _) = store.lease("one", &all, 1, UtcMillis(100), UtcMillis(11)).await.unwrap();
    assert_eq!(leased[0].id, id);
    id
}

async fn end(store: &Store, id: JobId) {
    let mut ending = success(0);
    ending.outputs.extend(success(1).outputs);
    let done = store.finish(id, "one", ending, UtcMillis(13)).await.unwrap();
    assert!(matches!(done, Finished::Recorded { state: JobState::Succeeded, .. }));
}

async fn made(store: &Store, key: &str) -> JobId {
    let id = begun(store, key).await;
    end(store, id).await;
    id
}

async fn page(store: &Store, after: u64, limit: u32) -> HistoryPage {
    store.history(&me(), HistoryPosition(after), limit).await.unwrap()
}

fn jobs(page: &HistoryPage) -> Vec<JobId> {
    page.entries.iter().map(|entry| entry.job).collect()
}

async fn what_ends_first_is_told_first(store: Store) {
    assert_eq!(
        page(&store, 0, 9).await,
        HistoryPage { entries: Vec::new(), read_to: HistoryPosition(0), more: false }
    );
    let (first, second) = (begun(&store, "a").await, begun(&store, "b").await);
    end(&store, second).await;
    let early = page(&store, 0, 9).await;
    assert_eq!((jobs(&early), early.more), (vec![second], false));
    end(&store, first).await;
    let late = page(&store, early.read_to.0, 9).await;
    assert_eq!(jobs(&late), [first]);
    let Became::Made { request, outputs } = &late.entries[0].became else { panic!("{late:?}") };
    assert_eq!((request.prompt.as_str(), outputs.len(), outputs[0].bytes), ("a lighthouse", 2, 6));
    assert_eq!(jobs(&page(&store, late.read_to.0, 9).await), []);

    // A page ends where its last entry stands.
    let one = page(&store, 0, 1).await;
    assert_eq!((jobs(&one), one.more, one.read_to), (vec![second], true, one.entries[0].position));
    let rest = page(&store, one.read_to.0, 1).await;
    assert_eq!((jobs(&rest), rest.more), (vec![first], false));
    // What has no result is no part of it.
    let cancelled = begun(&store, "c").await;
    store.cancel(&me(), cancelled, true, UtcMillis(20)).await.unwrap();
    store.finish(cancelled, "one", success(0), UtcMillis(21)).await.unwrap();
    store.erase(&me(), cancelled, UtcMillis(22)).await.unwrap();
    assert_eq!(jobs(&page(&store, rest.read_to.0, 9).await), []);
    // A place of other books.
    assert_eq!(jobs(&page(&store, 1_000, 9).await), [second, first]);
}

async fn a_request_that_does_not_read_holds_up_nothing(store: Store) {
    let (bad, good) = (made(&store, "a").await, made(&store, "b").await);
    let sealed = store.seal.bytes(b"of another time").unwrap();
    sqlx::query("UPDATE jobs SET request = $1 WHERE id = $2")
        .bind(sealed)
        .bind(bad.to_string())
        .execute(&store.writer)
        .await
        .unwrap();
    let page = page(&store, 0, 9).await;
    assert_eq!(jobs(&page), [bad, good]);
    assert_eq!(page.entries[0].became, Became::Aged);
    assert!(matches!(page.entries[1].became, Became::Made { .. }));
}

async fn nobody_who_reads_passes_what_is_committed_later(store: Store) {
    let (slow, quick) = (made(&store, "a").await, begun(&store, "b").await);
    let read_to = page(&store, 0, 9).await.read_to;
    // Somebody takes the next place and is not done yet; meanwhile another job ends.
    let mut tx = store.begin().await.unwrap();
    note(&mut tx, &me(), slow).await.unwrap();
    let other = tokio::spawn({
        let store = store.clone();
        async move { end(&store, quick).await }
    });
    for _ in 0..50 {
        assert_eq!(jobs(&page(&store, read_to.0, 9).await), []);
        tokio::task::yield_now().await;
    }
    tx.commit().await.unwrap();
    other.await.unwrap();
    assert_eq!(jobs(&page(&store, read_to.0, 9).await), [slow, quick]);
}

async fn readers_beside_many_who_end_jobs_miss_none(store: Store) {
    let mut ids = Vec::new();
    for n in 0..24 {
        ids.push(begun(&store, &format!("k{n}")).await);
    }
    let workers: Vec<_> = ids
        .chunks(6)
        .map(|mine| {
            let (store, mine) = (store.clone(), mine.to_vec());
            tokio::spawn(async move {
                for id in mine {
                    end(&store, id).await;
                }
            })
        })
        .collect();
    let (mut seen, mut read_to) = (Vec::new(), 0);
    loop {
        let over = workers.iter().all(tokio::task::JoinHandle::is_finished);
        let page = page(&store, read_to, 5).await;
        seen.extend(jobs(&page));
        read_to = page.read_to.0;
        if over && !page.more {
            break;
        }
    }
    for worker in workers {
        worker.await.unwrap();
    }
    assert_eq!(seen.len(), ids.len());
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), ids.into_iter().collect());
}

async fn what_the_owner_erased_is_told_again_and_what_aged_is_not(store: Store) {
    let (wanted, old) = (made(&store, "a").await, made(&store, "b").await);
    let read_to = page(&store, 0, 9).await.read_to;
    let Erased::Done(files) = store.erase(&me(), wanted, UtcMillis(30)).await.unwrap() else { panic!() };
    assert_eq!(files.len(), 2);
    let after = page(&store, read_to.0, 9).await;
    assert_eq!((jobs(&after), &after.entries[0].became), (vec![wanted], &Became::Erased));
    // Once more says nothing new.
    store.erase(&me(), wanted, UtcMillis(31)).await.unwrap();
    assert_eq!(jobs(&page(&store, after.read_to.0, 9).await), []);

    let table = RetentionTable::of(OperatorKind::Hosted, Duration::from_secs(60)).unwrap();
    store.forget(&table, UtcMillis(40 * DAY)).await.unwrap();
    assert_eq!(jobs(&page(&store, after.read_to.0, 9).await), []);
    let all = page(&store, 0, 9).await;
    assert_eq!((jobs(&all), &all.entries[0].became), (vec![old, wanted], &Became::Aged));
    // Its owner may still say that it is to go everywhere.
    store.erase(&me(), old, UtcMillis(41 * DAY)).await.unwrap();
    let last = page(&store, after.read_to.0, 9).await;
    assert_eq!((jobs(&last), &last.entries[0].became), (vec![old], &Became::Erased));
}

async fn results_are_erased_one_by_one(store: Store) {
    let id = made(&store, "a").await;
    let erase = async |index| store.erase_output(&me(), id, index, UtcMillis(30)).await.unwrap();
    assert!(matches!(erase(7).await, Erased::NoSuchJob));
    let Erased::Done(files) = erase(1).await else { panic!() };
    assert_eq!(files.len(), 1);
    let after = page(&store, 1, 9).await;
    assert_eq!((jobs(&after), after.entries[0].erased.as_slice()), (vec![id], [1_u8].as_slice()));
    let Became::Made { outputs, .. } = &after.entries[0].became else { panic!("{after:?}") };
    assert_eq!(outputs.iter().map(|output| output.index).collect::<Vec<_>>(), [0]);
    assert!(matches!(erase(1).await, Erased::Done(files) if files.is_empty()));
    assert_eq!(jobs(&page(&store, after.read_to.0, 9).await), []);
    // With the last one goes the job.
    let Erased::Done(files) = erase(0).await else { panic!() };
    assert_eq!(files.len(), 1);
    assert_eq!(page(&store, after.read_to.0, 9).await.entries[0].became, Became::Erased);
    assert!(store.job(&me(), id).await.unwrap().unwrap().erased);
    assert_eq!(store.files().await.unwrap(), Vec::<String>::new());
    let someone: AccountId = serde_json::from_str("\"someone\"").unwrap();
    assert!(matches!(store.erase_output(&someone, id, 0, UtcMillis(30)).await.unwrap(), Erased::NoSuchJob));
}

async fn one_account_knows_nothing_of_another(store: Store) {
    let id = made(&store, "a").await;
    let someone: AccountId = serde_json::from_str("\"someone\"").unwrap();
    let nothing = store.history(&someone, HistoryPosition(0), 9).await.unwrap();
    assert_eq!((nothing.entries, nothing.read_to), (Vec::new(), HistoryPosition(0)));
    assert_eq!(jobs(&page(&store, 0, 9).await), [id]);
}

async fn what_ended_before_there_was_a_history_is_in_it(store: Store) {
    let (first, second) = (made(&store, "a").await, made(&store, "b").await);
    begun(&store, "c").await;
    for sql in ["UPDATE jobs SET history = NULL", "DELETE FROM histories"]
        .iter()
        .chain(&HISTORY[HISTORY.len() - 2..])
    {
        store.writer.execute(sqlx::query(*sql)).await.unwrap();
    }
    let all = page(&store, 0, 9).await;
    assert_eq!((jobs(&all), all.read_to), (vec![first, second], HistoryPosition(2)));
    let third = made(&store, "d").await;
    assert_eq!(jobs(&page(&store, 2, 9).await), [third]);
}
