//! The service's own check: whatever a sender claims, what the gate stops reaches no partner and no disk.

use allxone_contract::*;
use allxone_inference::{Inference, ModelPaths};
use allxone_safety::Gate;
use allxone_service::Limits;
use tempfile::TempDir;

use crate::partner::Control;
use crate::rig::{BLOCKED, PROMPT, Rig, contains, fixture, quick, touch};

/// A receipt that claims everything is fine.
fn forged(content: &[u8]) -> String {
    let receipt = Receipt {
        content: Sha256::of(content),
        finding: Finding::allow(Scores::default()),
        confirmed: true,
        time: UtcMillis::now(),
        versions: GateVersions { policy: "mine".to_owned(), models: Vec::new() },
    };
    serde_json::to_string(&receipt).unwrap()
}

#[tokio::test]
async fn a_blocked_prompt_reaches_nobody_and_nothing() {
    let rig = Rig::start().await;
    let body = serde_json::to_vec(&quick(BLOCKED)).unwrap();
    let receipt = forged(&body);
    for headers in [
        vec![("idempotency-key", "k")],
        vec![("idempotency-key", "k"), ("allxone-confirmed", "1")],
        vec![("idempotency-key", "k"), ("allxone-confirmed", "1"), ("allxone-receipt", &receipt)],
    ] {
        let reply = rig.post_job(&headers, &body).await;
        assert_eq!(reply.refused(), (422, "content_blocked".to_owned()), "{headers:?}");
        let finding = reply.problem().finding.unwrap();
        assert_eq!((finding.verdict, finding.reasons.is_empty()), (Verdict::Block, false));
        assert!(!contains(&reply.body, BLOCKED.as_bytes()));
    }
    assert_eq!((rig.control.runs(), rig.jobs().await.len()), (0, 0));
    assert!(!contains(&rig.everything_on_disk(), b"hardcore"));
    // The key is free for a better request.
    rig.accepted("k", &quick(PROMPT)).await;
}

#[tokio::test]
async fn a_blocked_picture_is_not_stored_and_cannot_be_worked_on() {
    let rig = Rig::start().await;
    for name in ["unsafe_porn_224.png", "unsafe_both_512.png"] {
        let picture = fixture(name);
        let receipt = forged(picture.bytes());
        for headers in [vec![], vec![("allxone-confirmed", "1"), ("allxone-receipt", receipt.as_str())]] {
            let reply = rig.http.send("POST", "/uploads", &headers, picture.bytes()).await;
            assert_eq!(reply.refused(), (422, "content_blocked".to_owned()), "{name}");
            assert_eq!(reply.problem().finding.unwrap().verdict, Verdict::Block);
        }
        let job = rig.submit("k", &touch(Sha256::from(*picture.sha256()))).await;
        assert_eq!(job.refused(), (404, "not_found".to_owned()));
    }
    assert_eq!((rig.control.runs(), rig.sealed_files()), (0, 0));
}

#[tokio::test]
async fn what_needs_a_person_passes_once_a_person_confirmed() {
    let rig = Rig::start().await;
    let picture = fixture("borderline_sexy_256.png");
    let send =
        async |headers: &[(&str, &str)]| rig.http.send("POST", "/uploads", headers, picture.bytes()).await;
    let refused = send(&[]).await;
    assert_eq!(refused.refused(), (422, "content_blocked".to_owned()));
    assert_eq!(refused.problem().finding.unwrap().verdict, Verdict::Review);
    assert!(refused.problem().detail.contains(CONFIRMED_HEADER));
    let asset: Asset = send(&[("allxone-confirmed", "1")]).await.json();
    // The confirmation of the picture holds for the job that uses it, also when it is checked again.
    let id = rig.accepted("k", &touch(asset.sha256)).await;
    let job = rig.ended(&id).await;
    assert_eq!(job.state, JobState::Succeeded, "{:?}", job.error);
    let receipt = &job.outputs[0].receipt;
    assert_eq!((receipt.finding.verdict, receipt.confirmed), (Verdict::Review, false));
}

#[tokio::test]
async fn a_blocked_result_is_dropped_and_the_others_delivered() {
    let rig = Rig::start().await;
    *rig.control.outputs.lock().unwrap() = vec!["safe_coffee.png", "unsafe_both_512.png", "safe_brick.png"];
    let id = rig.accepted("k", &JobRequest { count: 3, ..quick(PROMPT) }).await;
    let job = rig.ended(&id).await;
    assert_eq!(job.state, JobState::Succeeded);
    assert_eq!(job.outputs.iter().map(|o| o.index).collect::<Vec<_>>(), [0, 2]);
    assert_eq!(
        job.blocked.iter().map(|b| (b.index, b.finding.verdict)).collect::<Vec<_>>(),
        [(1, Verdict::Block)]
    );
    assert_eq!(rig.sealed_files(), 2);

    *rig.control.outputs.lock().unwrap() = vec!["unsafe_both_512.png"];
    let id = rig.accepted("k2", &quick(PROMPT)).await;
    let job = rig.ended(&id).await;
    assert_eq!((job.state, job.error.unwrap().code), (JobState::Failed, ProblemCode::ContentBlocked));
    assert_eq!((job.outputs.len(), job.blocked.len(), rig.sealed_files()), (0, 1, 2));
}

#[tokio::test]
async fn without_its_models_the_service_takes_nothing() {
    let empty = TempDir::new().unwrap();
    let gate = Gate::new(Inference::new(ModelPaths::under(empty.path())));
    let rig = Rig::build(TempDir::new().unwrap(), Limits::default(), Control::new(false), gate).await;
    let refused = rig.submit("k", &quick(PROMPT)).await.refused();
    assert_eq!(refused, (503, "filter_unavailable".to_owned()));
    assert_eq!(rig.upload("safe_coffee.png").await.refused(), (503, "filter_unavailable".to_owned()));
    assert!(!rig.http.get("/health").await.json::<Health>().ready);
    assert_eq!((rig.control.runs(), rig.jobs().await.len(), rig.sealed_files()), (0, 0, 0));
}
