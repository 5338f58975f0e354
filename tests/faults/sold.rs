//! kill -9 of a service that sells pictures which a partner makes, between every two steps of a job and at random moments.

#![cfg(unix)]

use std::collections::HashMap;
use std::time::{Duration, Instant};

use allxone_testkit::partners::png;
use allxone_testkit::quick::{Ask, QuickOpenAi, answer_with, try_ask};
use allxone_tests::files;
use rand::{Rng, SeedableRng};
use serde_json::Value;

use crate::gateway::{Gateway, PRICE};

/// Where it is ended: at each place between two steps, and in between at no place in particular.
const PLACES: [Option<&str>; 18] = [
    Some("checked_request"),
    Some("placing"),
    Some("placed"),
    Some("taking"),
    Some("taken"),
    Some("ready"),
    Some("begun"),
    None,
    Some("handing_over"),
    Some("answered"),
    Some("read"),
    Some("checked_result"),
    Some("stored"),
    None,
    Some("made"),
    Some("ending"),
    Some("ended"),
    Some("answering"),
];
/// People who ask at the same time.
const PEOPLE: usize = 3;
const CREDITS: i64 = 100_000;

/// How many times; `ALLXONE_KILLS` raises it.
fn kills() -> usize {
    std::env::var("ALLXONE_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(PLACES.len())
}

/// What one person asked for, so that it can be asked for again.
struct Asked {
    person: usize,
    prompt: String,
    key: String,
}

impl Asked {
    fn again(&self, gateway: &Gateway) -> Ask {
        gateway.picture(&gateway.people[self.person], &self.prompt).with("idempotency-key", &self.key)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sold_is_made_once_and_paid_once_wherever_the_service_dies() {
    let far = QuickOpenAi::start((0..=255).map(|kind| answer_with(&png(32, 32, kind))).collect()).await;
    let mut gateway = Gateway::open(far.url(), None, true);
    gateway.settle(PEOPLE, u32::try_from(CREDITS).unwrap()).await;
    gateway.kill();

    let mut random = rand::rngs::StdRng::seed_from_u64(500);
    let (began, mut asked, mut halted) = (Instant::now(), Vec::new(), 0);
    for round in 0..kills() {
        let place = PLACES[round % PLACES.len()];
        match place {
            Some(place) => gateway.start_to_halt(place),
            None => gateway.start(),
        }
        let mut asking = tokio::task::JoinSet::new();
        for person in 0..PEOPLE {
            let one = Asked {
                person,
                prompt: format!("a lighthouse, picture {round} of {person}"),
                key: format!("{round}-{person}"),
            };
            let ask = one.again(&gateway);
            asking.spawn(async move { try_ask(&ask).await });
            asked.push(one);
        }
        match place {
            Some(place) => {
                let stands = tokio::task::block_in_place(|| gateway.halts_within(Duration::from_secs(60)));
                assert!(stands, "no job came to “{place}”");
                halted += 1;
            }
            None => tokio::time::sleep(Duration::from_millis(random.random_range(1..120))).await,
        }
        gateway.kill();
    }
    let took = began.elapsed();

    // Whoever asked asks once more, as a client does that got no answer.
    gateway.start();
    let mut answers: HashMap<u16, usize> = HashMap::new();
    for one in &asked {
        let (status, _) = try_ask(&one.again(&gateway)).await.expect("it runs now");
        *answers.entry(status).or_default() += 1;
    }
    let made = far.prompts();
    let mut states: HashMap<String, usize> = HashMap::new();
    let (mut jobs, mut outputs) = (0, 0);
    for person in 0..PEOPLE {
        let mut paid = 0;
        for job in all_jobs(&gateway, person).await {
            let (state, settled) = (job["state"].as_str().unwrap(), credits(&job["charge"]["settled"]));
            assert_eq!(settled, if state == "succeeded" { PRICE * 1_000 } else { 0 }, "{job}");
            *states.entry(state.to_owned()).or_default() += 1;
            outputs += job["outputs"].as_array().unwrap().len();
            (paid, jobs) = (paid + settled, jobs + 1);
        }
        let has = gateway.credits(person).await;
        assert_eq!(credits(&has["available"]), CREDITS * 1_000 - paid, "{has}");
        assert_eq!(credits(&has["held"]), 0, "{has}");
    }
    assert_eq!(jobs, asked.len(), "each was placed once, at the first or at the second time");
    assert!(
        states.keys().all(|state| ["succeeded", "failed", "outcome_unknown"].contains(&state.as_str())),
        "{states:?}"
    );
    let succeeded = states.get("succeeded").copied().unwrap_or_default();
    assert_eq!(
        (outputs, answers.get(&200).copied().unwrap_or_default()),
        (succeeded, succeeded),
        "{answers:?}"
    );
    for one in &asked {
        let times = made.get(&one.prompt).copied().unwrap_or_default();
        assert!(times <= 1, "the partner was asked {times} times for “{}”", one.prompt);
    }
    assert!(made.len() >= succeeded);
    gateway.kill();
    gateway.admin(&["credits", "check"]);
    gateway.start();
    gateway.kill();
    let kept = files(&gateway.machine.data().join("service/files")).len();
    assert_eq!(kept, outputs, "a file for each picture, and nothing else");
    eprintln!(
        "{} kills ({halted} between two named steps) in {:.0} s, {jobs} jobs: {states:?}; the partner was asked {} times, never twice for one; \
         {} paid for, all holds resolved",
        kills(),
        took.as_secs_f64(),
        made.values().sum::<usize>(),
        succeeded,
    );
}

/// Credits in thousandths, as the contract writes them.
fn credits(value: &Value) -> i64 {
    value.as_i64().or_else(|| value.as_str()?.parse().ok()).unwrap_or_else(|| panic!("{value}"))
}

async fn all_jobs(gateway: &Gateway, person: usize) -> Vec<Value> {
    let (mut jobs, mut before) = (Vec::new(), None::<String>);
    loop {
        let page = before.map_or_else(String::new, |id| format!("&before={id}"));
        let found = gateway.get(person, &format!("/jobs?limit=100{page}")).await;
        jobs.extend(found["jobs"].as_array().unwrap().iter().cloned());
        before = found["next"].as_str().map(str::to_owned);
        if before.is_none() {
            return jobs;
        }
    }
}
