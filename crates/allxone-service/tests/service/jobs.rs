//! Jobs: made once, however often they are asked for; stopped, listed, erased.

use std::sync::atomic::Ordering::SeqCst;

use allxone_contract::*;
use allxone_media::{OriginMark, SourceType, has_ai_origin};
use allxone_service::Limits;

use crate::http::Reply;
use crate::partner::QUICK;
use crate::rig::{PROMPT, Rig, fixture, quick, touch};

#[tokio::test]
async fn a_job_is_made_checked_stored_and_fetched() {
    let rig = Rig::start().await;
    let mut request = quick(PROMPT);
    request.count = 2;
    request.seed = Some(Seed(u64::MAX));
    let body = serde_json::to_vec(&request).unwrap();
    let id = rig.accepted("k", &request).await;
    let job = rig.ended(&id).await;
    assert_eq!(
        (job.state, job.operation, job.model.as_str()),
        (JobState::Succeeded, Operation::Generate, QUICK)
    );
    assert_eq!((job.request_sha256, job.error, job.erased), (Sha256::of(&body), None, false));
    assert_eq!(job.charge, Charge { metered: false, held: MilliCredits::FREE, settled: MilliCredits::FREE });
    assert_eq!(job.outputs.iter().map(|o| o.index).collect::<Vec<_>>(), [0, 1]);
    for output in &job.outputs {
        assert_eq!((output.source, output.seed), (Source::Generated, Some(Seed(u64::MAX))));
        assert_eq!((output.receipt.content, output.receipt.finding.verdict), (output.sha256, Verdict::Allow));
        let asset: Asset = rig.http.get(&format!("/assets/{}", output.asset)).await.json();
        let content = rig.http.get(&format!("/assets/{}/content", output.asset)).await;
        assert_eq!((content.status, content.headers["content-type"].as_str()), (200, "image/png"));
        assert_eq!(content.headers["content-length"], content.body.len().to_string());
        assert_eq!((Sha256::of(&content.body), asset.bytes), (output.sha256, content.body.len() as u64));
        assert!(has_ai_origin(&content.body), "what a model made is marked");
    }
    assert_eq!(rig.job(&id).await.state, JobState::Succeeded);
    assert_eq!(rig.control.runs(), 1);
}

#[tokio::test]
async fn the_same_request_gives_the_same_bytes() {
    let rig = Rig::start().await;
    let mut hashes = Vec::new();
    for key in ["a", "b"] {
        let id = rig.accepted(key, &quick(PROMPT)).await;
        hashes.push(rig.ended(&id).await.outputs[0].sha256);
    }
    assert_eq!(hashes[0], hashes[1]);
}

#[tokio::test]
async fn one_key_sent_32_times_at_once_is_one_job_and_one_run() {
    let rig = Rig::start().await;
    let body = serde_json::to_vec(&quick(PROMPT)).unwrap();
    let post = || {
        let (http, body) = (rig.http.clone(), body.clone());
        tokio::spawn(async move { http.send("POST", "/jobs", &[("idempotency-key", "same")], &body).await })
    };
    let sent: Vec<_> = (0..32).map(|_| post()).collect();
    let mut replies: Vec<Reply> = Vec::new();
    for one in sent {
        replies.push(one.await.unwrap());
    }
    let ids: Vec<JobId> = replies.iter().map(|reply| reply.json::<Job>().id).collect();
    assert!(replies.iter().all(|reply| reply.status == 202) && ids.iter().all(|id| *id == ids[0]));
    let first = replies.iter().filter(|reply| !reply.headers.contains_key("idempotent-replayed")).count();
    assert_eq!(first, 1);
    rig.ended(&ids[0].to_string()).await;
    assert_eq!((rig.control.runs(), rig.jobs().await.len()), (1, 1));

    let again = rig.submit("same", &quick(PROMPT)).await;
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert_eq!((again.json::<Job>().id, again.json::<Job>().state), (ids[0], JobState::Succeeded));
    assert_eq!(rig.submit("same", &quick("a fox")).await.refused(), (422, "key_reused".to_owned()));
    assert_eq!(rig.control.runs(), 1);
}

#[tokio::test]
async fn a_request_that_does_not_fit_is_refused_and_leaves_nothing() {
    let rig = Rig::start().await;
    let key = [("idempotency-key", "k")];
    let post = async |body: &str| rig.post_job(&key, body.as_bytes()).await;
    for body in [
        "",
        "{",
        "null",
        "[]",
        "{\"operation\":\"generate\"}",
        "{\"operation\":\"generate\",\"model\":\"test/quick\",\"count\":1,\"prompt\":7}",
        "{\"operation\":\"generate\",\"model\":\"test/quick\",\"count\":1,\"prompt\":\"a\",\"surprise\":1}",
        "{\"operation\":\"generate\",\"model\":\"test/quick\",\"count\":999,\"prompt\":\"a\"}",
        "{\"operation\":\"generate\",\"model\":\"test/quick\",\"count\":1,\"prompt\":\"a\",\"seed\":\"x\"}",
        "{\"operation\":\"dance\",\"model\":\"test/quick\",\"count\":1}",
    ] {
        let reply = post(body).await;
        assert_eq!(reply.refused(), (400, "invalid".to_owned()), "{body}");
        assert!(!String::from_utf8_lossy(&reply.body).contains("surprise"));
    }
    assert_eq!(post(&format!("{}1{}", "[".repeat(4000), "]".repeat(4000))).await.refused().0, 400);
    let unknown = JobRequest { model: "no/such".into(), ..quick("a") };
    assert_eq!(rig.submit("k", &unknown).await.refused(), (422, "unknown_model".to_owned()));
    let other = JobRequest { operation: Operation::CutOut, ..quick("a") };
    assert_eq!(rig.submit("k", &other).await.refused(), (400, "invalid".to_owned()));
    let styled = JobRequest { style: Some("x".to_owned()), ..quick("a") };
    let refused = rig.submit("k", &styled).await;
    assert_eq!(refused.refused(), (422, "unsupported_field".to_owned()));
    assert_eq!(refused.problem().errors[0].pointer, "/style");
    let five = JobRequest { count: 5, ..quick("") };
    let refused = rig.submit("k", &five).await;
    assert_eq!(refused.refused(), (422, "invalid".to_owned()));
    assert_eq!(refused.problem().errors.len(), 2);
    let poor = JobRequest { max_cost: MilliCredits(-1), ..quick("a") };
    assert_eq!(rig.submit("k", &poor).await.refused(), (402, "insufficient_credits".to_owned()));

    let body = serde_json::to_vec(&quick("a")).unwrap();
    let long = "x".repeat(129);
    for headers in [
        vec![],
        vec![("idempotency-key", "")],
        vec![("idempotency-key", "a b")],
        vec![("idempotency-key", &long)],
    ] {
        assert_eq!(
            rig.post_job(&headers, &body).await.refused(),
            (400, "key_missing".to_owned()),
            "{headers:?}"
        );
    }
    let maybe = rig.post_job(&[("idempotency-key", "k"), ("allxone-confirmed", "yes")], &body).await;
    assert_eq!(maybe.refused(), (400, "invalid".to_owned()));
    assert_eq!((rig.jobs().await.len(), rig.control.runs()), (0, 0));
    // None of the refusals used up the key.
    rig.accepted("k", &quick("a small boat")).await;
}

#[tokio::test]
async fn fields_may_be_dropped_when_the_sender_agrees() {
    let rig = Rig::start().await;
    let mut request = quick(PROMPT);
    request.style = Some("x".to_owned());
    request.on_unsupported = OnUnsupported::Drop;
    let id = rig.accepted("k", &request).await;
    let job = rig.ended(&id).await;
    assert_eq!(job.state, JobState::Succeeded);
    assert_eq!(job.warnings.iter().map(|w| w.kind).collect::<Vec<_>>(), [WarningKind::FieldDropped]);
}

#[tokio::test]
async fn cancelling_stops_a_job_at_every_state_and_once() {
    let rig = Rig::start().await;
    rig.control.hold();
    let running = rig.accepted("a", &quick(PROMPT)).await;
    rig.control.one_begun().await;
    let waiting = rig.accepted("b", &quick(PROMPT)).await;
    let cancel = async |id: &str| {
        rig.http.send("POST", &format!("/jobs/{id}/cancel"), &[], b"").await.json::<Job>().state
    };
    for _ in 0..3 {
        assert_eq!(cancel(&waiting).await, JobState::Canceled);
    }
    assert!(matches!(cancel(&running).await, JobState::Canceling | JobState::Canceled));
    let job = rig.ended(&running).await;
    assert_eq!((job.state, job.outputs.len(), job.error), (JobState::Canceled, 0, None));
    assert_eq!(cancel(&running).await, JobState::Canceled);
    assert_eq!(rig.ended(&waiting).await.state, JobState::Canceled);

    rig.control.release();
    let done = rig.accepted("c", &quick(PROMPT)).await;
    rig.ended(&done).await;
    assert_eq!(cancel(&done).await, JobState::Succeeded);
    assert_eq!((rig.control.runs(), rig.sealed_files()), (2, 1));
}

#[tokio::test]
async fn a_partner_that_panics_fails_its_job_alone() {
    let rig = Rig::start().await;
    rig.control.panics.store(true, SeqCst);
    let id = rig.accepted("a", &quick(PROMPT)).await;
    let job = rig.ended(&id).await;
    assert_eq!((job.state, job.error.unwrap().code), (JobState::Failed, ProblemCode::EngineFailed));
    assert_eq!(rig.sealed_files(), 0, "what was made before the panic is not kept");
    rig.control.panics.store(false, SeqCst);
    let id = rig.accepted("b", &quick(PROMPT)).await;
    assert_eq!(rig.ended(&id).await.state, JobState::Succeeded);
}

#[tokio::test]
async fn a_partner_that_takes_too_long_is_stopped() {
    let rig = Rig::with(Limits { job_time: std::time::Duration::from_millis(50), ..Limits::default() }).await;
    rig.control.hold();
    let id = rig.accepted("b", &quick(PROMPT)).await;
    let job = rig.ended(&id).await;
    assert_eq!((job.state, job.error.unwrap().code), (JobState::Failed, ProblemCode::Timeout));
}

#[tokio::test]
async fn uploads_are_found_by_content_and_worked_on() {
    let rig = Rig::start().await;
    let (first, again) = (rig.upload("safe_coffee.png").await, rig.upload("safe_coffee.png").await);
    assert_eq!((first.status, again.status), (201, 200));
    let asset: Asset = first.json();
    assert_eq!(asset, again.json());
    assert_eq!(asset.sha256, Sha256::of(fixture("safe_coffee.png").bytes()));
    assert_eq!(rig.sealed_files(), 1);
    let missing = rig.submit("k", &touch(Sha256::of(b"never sent"))).await;
    assert_eq!(missing.refused(), (404, "not_found".to_owned()));
    assert_eq!(missing.problem().errors[0].pointer, "/inputs/0");
    let id = rig.accepted("k", &touch(asset.sha256)).await;
    let output = rig.ended(&id).await.outputs[0].clone();
    let made = rig.http.get(&format!("/assets/{}/content", output.asset)).await.body;
    assert_eq!(output.source, Source::Own);
    assert!(!has_ai_origin(&made), "a person's own picture is not marked");

    let mark = OriginMark {
        source: SourceType::TrainedAlgorithmicMedia,
        program: "another".to_owned(),
        version: "1".to_owned(),
    };
    let marked = fixture("safe_coffee.png").marked(&mark).unwrap();
    let other: Asset = rig.http.send("POST", "/uploads", &[], marked.bytes()).await.json();
    assert_ne!(other.id, asset.id);
    let id = rig.accepted("k2", &touch(other.sha256)).await;
    let output = rig.ended(&id).await.outputs[0].asset;
    let made = rig.http.get(&format!("/assets/{output}/content")).await.body;
    assert!(has_ai_origin(&made), "what was made with AI stays marked");
}

#[tokio::test]
async fn lists_go_page_by_page() {
    let rig = Rig::start().await;
    rig.control.hold();
    for key in ["a", "b", "c"] {
        rig.accepted(key, &quick(PROMPT)).await;
    }
    let page: JobList = rig.http.get("/jobs?limit=2").await.json();
    assert_eq!(page.jobs.len(), 2);
    let next = page.next.unwrap();
    assert_eq!(next, page.jobs[1].id);
    let rest: JobList = rig.http.get(&format!("/jobs?before={next}&limit=2")).await.json();
    assert_eq!((rest.jobs.len(), rest.next), (1, None));
    assert!(page.jobs[0].id > page.jobs[1].id && page.jobs[1].id > rest.jobs[0].id);
    for query in ["limit=0", "limit=101", "limit=x", "before=x", "after=1", "limit=-1"] {
        assert_eq!(
            rig.http.get(&format!("/jobs?{query}")).await.refused(),
            (400, "invalid".to_owned()),
            "{query}"
        );
    }
    rig.control.release();
}
