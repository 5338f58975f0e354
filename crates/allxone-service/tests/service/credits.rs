//! Paying for jobs: what is held, what is charged, what comes back, whatever happens in between.

use std::sync::atomic::Ordering::SeqCst;

use allxone_contract::*;
use allxone_service::{Gift, Given};

use crate::http::Reply;
use crate::partner::QUICK;
use crate::rig::{BLOCKED, PROMPT, quick};
use crate::rights::town::{BEGINNING, DAY, Person, Town, decide, done, export, post, unpacked};

/// What a picture costs in these tests.
const PRICE: i64 = 500;

async fn give(town: &mut Town, account: &str, milli: i64, name: &str, expires: Option<i64>) -> Given {
    town.stop().await;
    let desk = town.desk().await;
    let gift = Gift {
        account,
        amount: MilliCredits(milli),
        reason: "a welcome",
        name: Some(name),
        expires: expires.map(UtcMillis),
    };
    let given = desk.give_credits(gift).await.unwrap();
    desk.close().await;
    town.start().await;
    given
}

/// Looks through the books of a town, which goes on afterwards.
async fn books_hold(town: &mut Town) {
    town.stop().await;
    let desk = town.desk().await;
    assert_eq!(desk.check_books().await.unwrap(), []);
    desk.close().await;
    town.start().await;
}

async fn ada(town: &mut Town, milli: i64) -> Person {
    let ada = town.sign_up("ada-umbrella").await;
    assert!(matches!(give(town, &ada.account, milli, "welcome", None).await, Given::Now(_)));
    town.sign_in("ada-umbrella").await
}

fn paid(count: u8) -> JobRequest {
    JobRequest { count, max_cost: MilliCredits(100_000), ..quick(PROMPT) }
}

async fn submit(person: &Person, key: &str, request: &JobRequest) -> Reply {
    let body = serde_json::to_vec(request).unwrap();
    person.http.send("POST", "/jobs", &[("idempotency-key", key)], &body).await
}

async fn accepted(person: &Person, key: &str, request: &JobRequest) -> JobId {
    let reply = submit(person, key, request).await;
    assert_eq!(reply.status, 202, "{reply:?}");
    reply.json::<Job>().id
}

async fn ended(person: &Person, id: JobId) -> Job {
    let frame = person.http.follow(&id.to_string(), None).await.until("ended").await;
    serde_json::from_value(frame.data["job"].clone()).unwrap()
}

async fn has(person: &Person) -> (i64, i64) {
    let credits: Credits = person.http.get("/credits").await.json();
    assert!(credits.metered);
    assert_eq!(credits.posted.0, credits.available.0 + credits.held.0);
    (credits.available.0, credits.held.0)
}

async fn entries(person: &Person) -> Vec<CreditEntry> {
    person.http.get("/credits/entries").await.json::<CreditEntryList>().entries
}

#[tokio::test]
async fn a_job_holds_its_price_and_pays_for_what_it_brought() {
    let mut town = Town::paid(PRICE).await;
    let ada = ada(&mut town, 4 * PRICE).await;
    *town.control.outputs.lock().unwrap() = vec!["safe_coffee.png", "unsafe_both_512.png", "safe_coffee.png"];
    town.control.hold();
    let id = accepted(&ada, "one", &paid(3)).await;
    town.control.one_begun().await;
    assert_eq!(has(&ada).await, (PRICE, 3 * PRICE));
    let refused = submit(&ada, "two", &paid(2)).await;
    let problem: Problem = refused.json();
    assert_eq!((refused.status, problem.code), (402, ProblemCode::InsufficientCredits));
    assert_eq!(
        (problem.needed, problem.available),
        (Some(MilliCredits(2 * PRICE)), Some(MilliCredits(PRICE)))
    );
    town.control.release();
    // One of three was stopped by the check, and costs nothing.
    let job = ended(&ada, id).await;
    assert_eq!((job.outputs.len(), job.blocked.len()), (2, 1));
    let charge = Charge { metered: true, held: MilliCredits(3 * PRICE), settled: MilliCredits(2 * PRICE) };
    assert_eq!(job.charge, charge);
    assert_eq!(has(&ada).await, (2 * PRICE, 0));
    // A refused job left nothing, so its key is free.
    town.control.outputs.lock().unwrap().clear();
    let id = accepted(&ada, "two", &paid(2)).await;
    ended(&ada, id).await;
    assert_eq!(has(&ada).await, (0, 0));
    let said: Vec<_> = entries(&ada)
        .await
        .iter()
        .map(|e| (e.kind, e.amount.0, e.at_most.map(|m| m.0), e.charged.map(|m| m.0)))
        .collect();
    assert_eq!(
        said,
        [
            (EntryKind::Charge, 0, Some(2 * PRICE), Some(2 * PRICE)),
            (EntryKind::Hold, -2 * PRICE, Some(2 * PRICE), Some(2 * PRICE)),
            (EntryKind::Charge, PRICE, Some(3 * PRICE), Some(2 * PRICE)),
            (EntryKind::Hold, -3 * PRICE, Some(3 * PRICE), Some(2 * PRICE)),
            (EntryKind::Grant, 4 * PRICE, None, None),
        ]
    );
    let page: CreditEntryList = ada.http.get("/credits/entries?limit=2&before=4").await.json();
    assert_eq!(
        (page.entries.iter().map(|e| e.sequence).collect::<Vec<_>>(), page.next),
        (vec![3, 2], Some(2))
    );
    for wrong in ["?limit=0", "?limit=101", "?before=x", "?page=1"] {
        assert_eq!(ada.http.get(&format!("/credits/entries{wrong}")).await.status, 400, "{wrong}");
    }
    books_hold(&mut town).await;
}

#[tokio::test]
async fn what_failed_was_stopped_or_was_blocked_costs_nothing() {
    let mut town = Town::paid(PRICE).await;
    let ada = ada(&mut town, 2 * PRICE).await;
    // Stopped before it was anything.
    assert_eq!(
        submit(&ada, "blocked", &JobRequest { prompt: BLOCKED.to_owned(), ..paid(1) }).await.status,
        422
    );
    // Every result stopped.
    *town.control.outputs.lock().unwrap() = vec!["unsafe_both_512.png"];
    let id = accepted(&ada, "none", &paid(1)).await;
    assert_eq!(ended(&ada, id).await.state, JobState::Failed);
    town.control.outputs.lock().unwrap().clear();
    // Failed after a picture.
    *town.control.fails.lock().unwrap() = Some("out of paint");
    let id = accepted(&ada, "fails", &paid(1)).await;
    assert_eq!(ended(&ada, id).await.state, JobState::Failed);
    *town.control.fails.lock().unwrap() = None;
    // Panicked.
    town.control.panics.store(true, SeqCst);
    let id = accepted(&ada, "panics", &paid(1)).await;
    assert_eq!(ended(&ada, id).await.state, JobState::Failed);
    town.control.panics.store(false, SeqCst);
    // Cancelled while it ran, and while it waited.
    town.control.hold();
    let running = accepted(&ada, "running", &paid(1)).await;
    for _ in 0..4 {
        town.control.one_begun().await;
    }
    let waiting = accepted(&ada, "waiting", &paid(1)).await;
    assert_eq!(has(&ada).await, (0, 2 * PRICE));
    for id in [waiting, running] {
        ada.http.send("POST", &format!("/jobs/{id}/cancel"), &[], b"").await;
        assert_eq!(ended(&ada, id).await.state, JobState::Canceled);
    }
    town.control.release();
    assert_eq!(has(&ada).await, (2 * PRICE, 0));
    assert!(entries(&ada).await.iter().all(|entry| entry.kind != EntryKind::Charge));
    books_hold(&mut town).await;
}

#[tokio::test]
async fn a_job_costs_what_its_quote_said_as_long_as_that_holds() {
    let mut town = Town::paid(PRICE).await;
    let ada = ada(&mut town, 100 * PRICE).await;
    let bob = town.sign_up("bob-xylophone").await;
    let question = |count| QuoteRequest {
        operation: Operation::Generate,
        model: QUICK.into(),
        size: None,
        count,
        factor: None,
        inputs: Vec::new(),
        fields: Vec::new(),
    };
    let quote: Quote = post(&ada.http, "/quotes", &question(2)).await.json();
    assert_eq!(quote.at_most, MilliCredits(2 * PRICE));
    let foreign: Quote = post(&bob.http, "/quotes", &question(2)).await.json();
    // The price rises; what was told before holds, for as much as was asked or less.
    town.price(9 * PRICE);
    for (key, count, held) in [("whole", 2, 2 * PRICE), ("less", 1, PRICE)] {
        let id = accepted(&ada, key, &JobRequest { quote: Some(quote.id), ..paid(count) }).await;
        assert_eq!(ended(&ada, id).await.charge.settled, MilliCredits(held));
    }
    let unknown = QuoteId::new();
    for (key, quote, count) in [("more", quote.id, 3), ("foreign", foreign.id, 2), ("unknown", unknown, 1)] {
        let refused = submit(&ada, key, &JobRequest { quote: Some(quote), ..paid(count) }).await;
        assert_eq!(
            (refused.status, refused.json::<Problem>().code),
            (409, ProblemCode::QuoteExpired),
            "{key}"
        );
    }
    // Dearer than was agreed to: nothing is held, be there as much as there is.
    let dear = JobRequest { max_cost: MilliCredits(PRICE), ..paid(1) };
    let problem: Problem = submit(&ada, "dear", &dear).await.json();
    assert_eq!((problem.status, problem.needed), (402, Some(MilliCredits(9 * PRICE))));
    assert_eq!(has(&ada).await, (97 * PRICE, 0));
    town.clock.go_on(11 * 60 * 1_000);
    let ada = town.sign_in("ada-umbrella").await;
    let late = submit(&ada, "late", &JobRequest { quote: Some(quote.id), ..paid(1) }).await;
    assert_eq!(late.json::<Problem>().code, ProblemCode::QuoteExpired);
    // What costs nothing needs no quote, and keeps none.
    *town.control.price.lock().unwrap() = PriceRule::Free;
    let free = JobRequest { quote: Some(unknown), max_cost: MilliCredits::FREE, ..quick(PROMPT) };
    let id = accepted(&ada, "free", &free).await;
    assert_eq!(ended(&ada, id).await.charge.held, MilliCredits::FREE);
    books_hold(&mut town).await;
}

#[tokio::test]
async fn a_month_costs_no_more_than_its_owner_wants() {
    let mut town = Town::paid(PRICE).await;
    let ada = ada(&mut town, 100 * PRICE).await;
    let cap = |milli: i64| CreditCap { per_month: Some(MilliCredits(milli)) };
    assert_eq!(post(&ada.http, "/credits/cap", &cap(-1)).await.status, 400);
    let set: Credits = post(&ada.http, "/credits/cap", &cap(3 * PRICE)).await.json();
    assert_eq!((set.month_cap, set.this_month), (Some(MilliCredits(3 * PRICE)), MilliCredits(0)));
    let id = accepted(&ada, "one", &paid(2)).await;
    ended(&ada, id).await;
    let problem: Problem = submit(&ada, "two", &paid(2)).await.json();
    assert_eq!((problem.status, problem.code), (402, ProblemCode::SpendingCap));
    assert_eq!(
        (problem.needed, problem.available),
        (Some(MilliCredits(2 * PRICE)), Some(MilliCredits(PRICE)))
    );
    assert_eq!(has(&ada).await, (98 * PRICE, 0));
    let id = accepted(&ada, "two", &paid(1)).await;
    ended(&ada, id).await;
    assert_eq!(submit(&ada, "three", &paid(1)).await.json::<Problem>().code, ProblemCode::SpendingCap);
    // Lifted, or in another month, it goes on.
    let lifted: Credits = post(&ada.http, "/credits/cap", &CreditCap { per_month: None }).await.json();
    assert_eq!((lifted.month_cap, lifted.this_month), (None, MilliCredits(3 * PRICE)));
    let id = accepted(&ada, "three", &paid(1)).await;
    ended(&ada, id).await;
    post(&ada.http, "/credits/cap", &cap(PRICE)).await;
    assert_eq!(submit(&ada, "four", &paid(1)).await.status, 402);
    town.clock.go_on(31 * DAY);
    let ada = town.sign_in("ada-umbrella").await;
    let id = accepted(&ada, "four", &paid(1)).await;
    ended(&ada, id).await;
    books_hold(&mut town).await;
}

#[tokio::test]
async fn the_owner_of_the_service_is_not_metered() {
    let town = Town::paid(PRICE).await;
    let service = town.service.as_ref().unwrap();
    let http = crate::http::Http { addr: service.addr(), token: service.token().expose().to_owned() };
    let owner = Person { http, account: "local".to_owned(), canary: "owner" };
    let credits: Credits = owner.http.get("/credits").await.json();
    assert!(!credits.metered);
    let id = accepted(&owner, "one", &paid(2)).await;
    let charge = Charge { metered: false, held: MilliCredits(2 * PRICE), settled: MilliCredits::FREE };
    assert_eq!(ended(&owner, id).await.charge, charge);
    assert_eq!(entries(&owner).await, []);
}

#[tokio::test]
async fn a_gift_is_given_once_by_its_name_and_lasts_as_long_as_was_said() {
    let mut town = Town::paid(PRICE).await;
    let ada = ada(&mut town, PRICE).await;
    let again = give(&mut town, "ada-umbrella@example.org", PRICE, "welcome", None).await;
    assert!(matches!(again, Given::Before(credits) if credits.available == MilliCredits(PRICE)));
    assert_eq!(give(&mut town, "nobody@example.org", PRICE, "other", None).await, Given::NoAccount);
    give(&mut town, &ada.account, 2 * PRICE, "monthly", Some(BEGINNING + DAY)).await;
    let ada = town.sign_in("ada-umbrella").await;
    let credits: Credits = ada.http.get("/credits").await.json();
    let lots: Vec<_> =
        credits.lots.iter().map(|lot| (lot.remaining.0, lot.expires.map(|time| time.0))).collect();
    assert_eq!(lots, [(2 * PRICE, Some(BEGINNING + DAY)), (PRICE, None)]);
    let id = accepted(&ada, "one", &paid(1)).await;
    ended(&ada, id).await;
    town.clock.go_on(DAY);
    let ada = town.sign_in("ada-umbrella").await;
    // Whether or not the sweep came by: what has expired buys nothing.
    assert_eq!(submit(&ada, "two", &paid(2)).await.status, 402);
    books_hold(&mut town).await;
    let ada = town.sign_in("ada-umbrella").await;
    let id = accepted(&ada, "three", &paid(1)).await;
    ended(&ada, id).await;
    assert_eq!(has(&ada).await, (0, 0));
    let kinds: Vec<_> = entries(&ada).await.iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == EntryKind::Expiry).count(), 1);
}

/// Ends the service at a moment of a job, as a crash would, and lets the next one go on.
async fn killed_at(outside: bool, step: usize) {
    let mut town = Town::paid(PRICE).await;
    town.outside = outside;
    let ada = ada(&mut town, 2 * PRICE).await;
    town.control.hold();
    town.control.hold_at.store(step.saturating_sub(1), SeqCst);
    let body = serde_json::to_vec(&paid(2)).unwrap();
    let placing = ada.http.send("POST", "/jobs", &[("idempotency-key", "one")], &body);
    let placed = if step == 0 {
        // Cut off on the way: it was placed, or it was not.
        tokio::select! {
            reply = placing => reply.status == 202,
            () = tokio::task::yield_now() => false,
        }
    } else {
        placing.await.status == 202
    };
    if step > 0 {
        town.control.one_begun().await;
    }
    town.crash().await;
    let ada = town.sign_in("ada-umbrella").await;
    // The same intention again: the job that was made, or a new one.
    let id = accepted(&ada, "one", &paid(2)).await;
    let job = ended(&ada, id).await;
    assert!(placed || step == 0);
    let charged = match job.state {
        JobState::Succeeded => 2 * PRICE,
        JobState::OutcomeUnknown if outside => 0,
        other => panic!("step {step}: {other:?}"),
    };
    assert_eq!(job.charge.settled.0, charged, "step {step}");
    assert_eq!(has(&ada).await, (2 * PRICE - charged, 0), "step {step}");
    books_hold(&mut town).await;
}

#[tokio::test]
async fn a_service_that_is_killed_charges_once_or_not_at_all() {
    for outside in [false, true] {
        for step in 0..=2 {
            Box::pin(killed_at(outside, step)).await;
        }
    }
}

#[tokio::test]
async fn the_books_outlive_a_deleted_account_and_lead_to_nobody() {
    let mut town = Town::paid(PRICE).await;
    let ada = ada(&mut town, 3 * PRICE).await;
    let id = accepted(&ada, "one", &paid(1)).await;
    ended(&ada, id).await;
    decide(&ada.http, ConsentPurpose::UsageStatistics, ConsentState::Granted).await;
    // An archive holds them all.
    let made = export(&ada).await;
    let files = unpacked(&ada.http.get(&format!("/exports/{}/content", made.id)).await.body);
    let lines = |table: &str| {
        String::from_utf8(files[&format!("ledger/{table}.jsonl")].clone()).unwrap().lines().count()
    };
    assert_eq!((lines("credit_entries"), lines("credit_postings"), lines("credit_lots")), (3, 6, 1));
    let asked = post(&ada.http, "/account/deletion", &DeletionRequest { when: DeletionTime::Now }).await;
    let receipt = done(&ada.http, asked.json::<Deletion>().id).await;
    let remains = receipt.remains.iter().find(|one| one.class == "ledger").unwrap();
    assert_eq!(remains.count, 3 + 6 + 1 + 1);
    books_hold(&mut town).await;
    town.stop().await;
    for needle in [ada.account.as_str(), "a welcome"] {
        assert_eq!(town.where_is(needle).await, Vec::<String>::new(), "{needle}");
    }
    // In ten years they go, whole.
    town.clock.go_on(3_652 * DAY);
    town.start().await;
    town.stop().await;
    let left: Vec<_> =
        town.every_value().await.into_iter().filter(|(table, _)| table.starts_with("credit_")).collect();
    assert_eq!(left, []);
}
