//! The fault matrix: every way to break a connection, at many points of request and answer, for reads, commands and streams.
//! Each case must end in the right value or a typed error, with the far end never asked more often than patience allows.

use allxone_client::ClientError;
use allxone_contract::{Job, JobState};

use crate::far_end::{Act, FarEnd, Plan, http};
use crate::samples::{job, job_id, output};
use crate::stage::{Stage, impatient, stage};

const CONTENT: &[u8] = b"exactly these bytes and no others, please";

/// What is asked of the client in a case.
#[derive(Clone, Copy, Debug)]
enum Asked {
    Job,
    Erase,
    Content,
}

fn good(asked: Asked) -> Vec<u8> {
    match asked {
        Asked::Job | Asked::Erase => {
            let body = serde_json::to_vec(&job(JobState::Running)).unwrap();
            http(200, &[("content-type", "application/json")], body)
        }
        Asked::Content => http(200, &[("content-type", "image/png")], CONTENT),
    }
}

/// Asks; an answer, if any, is the right one.
async fn ask(stage: Stage, asked: Asked) -> Result<(), ClientError> {
    let client = stage.client;
    let right = |found: Job| assert_eq!(found, job(JobState::Running));
    match asked {
        Asked::Job => client.job(job_id()).await.map(right),
        Asked::Erase => client.erase(job_id()).await.map(right),
        Asked::Content => {
            client.content(&output(0, CONTENT), 1_000).await.map(|bytes| assert_eq!(bytes, CONTENT))
        }
    }
}

/// Runs a case twice: with the fault in the first two tries only, and in all of them.
async fn case(asked: Asked, name: &str, fault: impl Fn() -> Plan + Clone + Send + 'static) {
    case_on(stage, asked, name, fault).await;
}

async fn case_on(
    stage: fn(&FarEnd) -> Stage,
    asked: Asked,
    name: &str,
    fault: impl Fn() -> Plan + Clone + Send + 'static,
) {
    let whole = move || Plan::Answer(Box::new(move |_| vec![Act::Send(good(asked))]));
    let passing = fault.clone();
    let far = FarEnd::listen(move |n| if n < 2 { passing() } else { whole() }).await;
    let result = ask(stage(&far), asked).await;
    assert!(result.is_ok(), "{asked:?} {name}: {result:?}");
    assert!(far.connections() <= 3, "{asked:?} {name}");

    let far = FarEnd::listen(move |_| fault()).await;
    let error = ask(stage(&far), asked).await.expect_err(name);
    assert!(error.is_passing() && !error.never_sent(), "{asked:?} {name}: {error:?}");
    assert!(far.connections() <= 4, "{asked:?} {name}");
}

fn answering(acts: Vec<Act>) -> impl Fn() -> Plan + Clone + Send + 'static {
    move || {
        let acts = acts.clone();
        Plan::Answer(Box::new(move |_| acts))
    }
}

const ALL: [Asked; 3] = [Asked::Job, Asked::Erase, Asked::Content];

#[tokio::test]
async fn a_request_cut_at_every_sixteenth() {
    for asked in ALL {
        for sixteenth in 1..16 {
            let at = 200 * sixteenth / 16;
            case(asked, &format!("request cut after {at} bytes"), move || Plan::CutAfter(at)).await;
        }
    }
}

#[tokio::test]
async fn an_answer_cut_at_every_sixteenth() {
    for asked in ALL {
        let whole = good(asked);
        for sixteenth in 0..16 {
            let part = whole[..whole.len() * sixteenth / 16].to_vec();
            case(
                asked,
                &format!("answer ends after {}", part.len()),
                answering(vec![Act::Send(part.clone())]),
            )
            .await;
            let reset = vec![Act::Send(part.clone()), Act::Reset];
            case(asked, &format!("answer reset after {}", part.len()), answering(reset)).await;
        }
    }
}

#[tokio::test]
async fn a_stall_in_every_part_of_an_answer() {
    for asked in ALL {
        let whole = good(asked);
        let parts = [whole.len() / 2, whole.len() - 1];
        let cases = parts.map(|part| {
            let stalled = vec![Act::Send(whole[..part].to_vec()), Act::Stall];
            async move { case_on(impatient, asked, &format!("stall after {part}"), answering(stalled)).await }
        });
        futures_util::future::join_all(cases).await;
    }
}

#[tokio::test]
async fn statuses_that_pass() {
    for asked in ALL {
        for status in [408, 425, 429, 500, 502, 503, 504] {
            case(asked, &format!("status {status}"), answering(vec![Act::Send(http(status, &[], "<html>"))]))
                .await;
        }
    }
}
