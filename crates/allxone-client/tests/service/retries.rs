//! What is tried again, when, and how often.

use std::time::Duration;

use allxone_client::{ClientError, Patience};
use allxone_contract::{JobState, ModelList, Problem, ProblemCode};

use crate::far_end::{Act, FarEnd, Plan, http, json};
use crate::samples::{self, page, problem};
use crate::stage::stage;

fn no_models() -> Vec<Act> {
    json(200, &ModelList { models: Vec::new() })
}

fn ms(waits: &[u64]) -> Vec<Duration> {
    waits.iter().map(|ms| Duration::from_millis(*ms)).collect()
}

#[tokio::test]
async fn what_passes_is_waited_for() {
    for bad in [vec![], vec![Act::Reset], page(500), page(502), page(503), page(504), page(429)] {
        let shown = format!("{bad:?}");
        let far = FarEnd::answering(move |n, _| if n < 3 { bad.clone() } else { no_models() }).await;
        let stage = stage(&far);
        stage.client.models().await.unwrap();
        assert_eq!(far.connections(), 4, "{shown}");
        assert_eq!(stage.waits.all(), ms(&[250, 500, 1_000]), "{shown}");
        assert_eq!(stage.rows.all().len(), 4, "every try is written down");
    }
}

#[tokio::test]
async fn four_tries_and_no_more() {
    let far = FarEnd::answering(|_, _| page(503)).await;
    let stage = stage(&far);
    let error = stage.client.models().await.unwrap_err();
    assert_eq!(error, ClientError::UnexpectedAnswer { status: 503, retry_after: None });
    assert_eq!(far.connections(), 4);
}

#[tokio::test]
async fn the_service_says_when() {
    let busy = Problem::new(ProblemCode::Busy, "Busy.");
    let mut named = busy.clone();
    named.retry_after = Some(3);
    let far = FarEnd::answering(move |n, _| match n {
        0 => problem(&busy, &[("retry-after", "7")]),
        1 => problem(&named, &[("retry-after", "99")]),
        2 => vec![Act::Send(http(429, &[("retry-after", "2")], ""))],
        _ => no_models(),
    })
    .await;
    let stage = stage(&far);
    stage.client.models().await.unwrap();
    assert_eq!(stage.waits.all(), ms(&[7_250, 3_250, 2_250]));
}

#[tokio::test]
async fn a_wait_too_long_is_handed_to_the_caller() {
    let far =
        FarEnd::answering(|_, _| problem(&Problem::new(ProblemCode::Busy, "x"), &[("retry-after", "3600")]))
            .await;
    let stage = stage(&far);
    let error = stage.client.models().await.unwrap_err();
    assert_eq!((error.retry_after(), far.connections()), (Some(3_600), 1));
    assert!(error.is_passing());
}

#[tokio::test]
async fn an_unreadable_date_is_no_reason_to_hurry() {
    let far = FarEnd::answering(|n, _| match n {
        0 => vec![Act::Send(http(503, &[("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT")], ""))],
        _ => no_models(),
    })
    .await;
    let stage = stage(&far);
    stage.client.models().await.unwrap();
    assert_eq!(stage.waits.all(), ms(&[250]));
}

#[tokio::test]
async fn the_deadline_counts_the_waits() {
    let far = FarEnd::answering(|_, _| vec![Act::Send(http(503, &[("retry-after", "20")], ""))]).await;
    let stage = stage(&far);
    let patience = Patience { deadline: Duration::from_secs(45), ..Patience::default() };
    stage.client.clone().with_patience(patience).models().await.unwrap_err();
    assert_eq!(far.connections(), 3, "a third wait of 20 s would end after 45 s");
}

#[tokio::test]
async fn retries_never_become_the_traffic() {
    let far = FarEnd::answering(|_, _| page(503)).await;
    let stage = stage(&far);
    for _ in 0..100 {
        stage.client.models().await.unwrap_err();
    }
    let extra = far.connections() - 100;
    assert!((10..=20).contains(&extra), "{extra} retries for 100 requests");
}

#[tokio::test]
async fn commands_are_tried_again_because_twice_does_no_harm() {
    let far = FarEnd::answering(|n, _| match n % 2 {
        0 => vec![Act::Reset],
        _ => json(200, &samples::job(JobState::Canceled)),
    })
    .await;
    let stage = stage(&far);
    stage.client.cancel(samples::job_id()).await.unwrap();
    stage.client.erase(samples::job_id()).await.unwrap();
    let methods: Vec<_> = far.seen().into_iter().map(|seen| seen.method).collect();
    assert_eq!(methods, ["POST", "POST", "DELETE", "DELETE"]);
}

#[tokio::test]
async fn an_offline_lock_is_not_argued_with() {
    let far = FarEnd::answering(|_, _| no_models()).await;
    let stage = stage(&far);
    stage.lock.close();
    let error = stage.client.models().await.unwrap_err();
    assert!(error.is_offline() && error.never_sent() && !error.is_passing());
    assert_eq!((far.connections(), stage.waits.all().len()), (0, 0));
}

#[tokio::test]
async fn a_last_try_that_found_nobody_does_not_hide_one_that_may_have_arrived() {
    let (closed, listening) = std::sync::mpsc::channel::<()>();
    let far = FarEnd::listen(move |_| {
        let _ = closed.send(());
        Plan::CutAfter(40)
    })
    .await;
    let stage = stage(&far);
    let client = stage.client.clone();
    let asking = tokio::spawn(async move { client.models().await });
    // After the first cut nobody listens any more, so every later try is refused.
    while listening.try_recv().is_err() {
        tokio::task::yield_now().await;
    }
    while stage.waits.all().is_empty() {
        tokio::task::yield_now().await;
    }
    drop(far);
    let error = asking.await.unwrap().unwrap_err();
    assert!(!error.never_sent(), "{error:?}");
}
