//! Event streams: first how it stands, then each stored event once, progress as the latest figure only.

use std::sync::atomic::Ordering::SeqCst;

use allxone_contract::*;

use crate::http::Frame;
use crate::rig::{PROMPT, Rig, quick};

fn said(frames: &[Frame]) -> Vec<(u64, &str)> {
    frames
        .iter()
        .filter(|frame| frame.event != "progress")
        .map(|frame| (frame.id, frame.event.as_str()))
        .collect()
}

#[tokio::test]
async fn a_follower_hears_everything_in_order() {
    let rig = Rig::start().await;
    rig.control.hold();
    rig.control.figures.store(500, SeqCst);
    let id = rig.accepted("k", &JobRequest { count: 2, ..quick(PROMPT) }).await;
    rig.control.one_begun().await;
    let mut stream = rig.http.follow(&id, None).await;
    let first = stream.next().await.unwrap();
    assert_eq!((first.event.as_str(), first.data["job"]["state"].as_str()), ("snapshot", Some("running")));
    rig.control.release();
    let frames = stream.rest().await;
    assert_eq!(said(&frames), [(2, "output"), (3, "output"), (4, "ended")]);
    let figures: Vec<u64> = frames.iter().filter_map(|f| f.data["progress"]["step"].as_u64()).collect();
    assert!(figures.len() < 50, "{} figures for 500 steps", figures.len());
    assert!(figures.is_sorted());
    assert_eq!(frames.last().unwrap().data["job"]["progress"]["step"], 500);
}

#[tokio::test]
async fn a_follower_that_comes_back_goes_on_where_it_was() {
    let rig = Rig::start().await;
    let id = rig.accepted("k", &quick(PROMPT)).await;
    rig.ended(&id).await;
    for (last, expected) in [
        (Some(0), vec![(0, "snapshot"), (1, "started"), (2, "output"), (3, "ended")]),
        (Some(1), vec![(1, "snapshot"), (2, "output"), (3, "ended")]),
        (Some(2), vec![(2, "snapshot"), (3, "ended")]),
        (Some(3), vec![(2, "snapshot"), (3, "ended")]),
        (Some(u64::MAX), vec![(2, "snapshot"), (3, "ended")]),
        (None, vec![(2, "snapshot"), (3, "ended")]),
    ] {
        let frames = rig.http.follow(&id, last).await.rest().await;
        assert_eq!(said(&frames), expected, "{last:?}");
        assert_eq!(frames[0].data["job"]["state"], "succeeded");
    }
}

/// A job of two pictures that waits before its second, with the first one told.
async fn half_done(rig: &Rig) -> (String, Output) {
    rig.control.hold_at.store(1, SeqCst);
    rig.control.hold();
    let id = rig.accepted("k", &JobRequest { count: 2, ..quick(PROMPT) }).await;
    let frame = rig.http.follow(&id, Some(0)).await.until("output").await;
    (id, serde_json::from_value(frame.data["output"].clone()).unwrap())
}

#[tokio::test]
async fn a_result_is_there_as_soon_as_it_is_told_and_gone_when_its_job_is_stopped() {
    let rig = Rig::start().await;
    let (id, output) = half_done(&rig).await;
    let job = rig.job(&id).await;
    assert_eq!((job.state, job.outputs.len(), output.index), (JobState::Running, 1, 0));
    let content = format!("/assets/{}/content", output.asset);
    assert_eq!(Sha256::of(&rig.http.get(&content).await.body), output.sha256);
    rig.http.send("POST", &format!("/jobs/{id}/cancel"), &[], b"").await;
    let job = rig.ended(&id).await;
    assert_eq!((job.state, job.outputs.len()), (JobState::Canceled, 0));
    assert_eq!(rig.http.get(&content).await.status, 404);
    assert_eq!(rig.sealed_files(), 0);
}

#[tokio::test]
async fn a_job_that_is_begun_again_after_a_crash_has_each_result_once() {
    let rig = Rig::start().await;
    let (id, _) = half_done(&rig).await;
    let rig = rig.crash(crate::partner::Control::new(false)).await;
    let job = rig.ended(&id).await;
    let indices: Vec<u8> = job.outputs.iter().map(|output| output.index).collect();
    assert_eq!((job.state, indices), (JobState::Succeeded, vec![0, 1]));
    assert_eq!(rig.sealed_files(), 2, "nothing is left of the first attempt");
}

#[tokio::test]
async fn going_away_does_not_stop_the_work() {
    let rig = Rig::start().await;
    rig.control.hold();
    let id = rig.accepted("k", &quick(PROMPT)).await;
    for _ in 0..5 {
        let mut stream = rig.http.follow(&id, None).await;
        stream.next().await.unwrap();
        drop(stream);
    }
    rig.control.release();
    assert_eq!(rig.ended(&id).await.state, JobState::Succeeded);
    assert_eq!(rig.control.runs(), 1);
}

#[tokio::test]
async fn a_waiting_job_that_is_cancelled_tells_its_followers() {
    let rig = Rig::start().await;
    rig.control.hold();
    rig.accepted("a", &quick(PROMPT)).await;
    let waiting = rig.accepted("b", &quick(PROMPT)).await;
    let mut stream = rig.http.follow(&waiting, None).await;
    assert_eq!(stream.next().await.unwrap().data["job"]["state"], "queued");
    rig.http.send("POST", &format!("/jobs/{waiting}/cancel"), &[], b"").await;
    let rest = stream.rest().await;
    assert_eq!(said(&rest), [(1, "ended")]);
    assert_eq!(rest[0].data["job"]["state"], "canceled");
    rig.control.release();
}
