//! Following a job through streams that break, repeat, garble, never come or never end.

use allxone_client::ClientError;
use allxone_contract::{Job, JobEvent, JobId, JobState, Problem, ProblemCode, Progress};
use futures_util::StreamExt as _;

use crate::far_end::{Act, FarEnd, Seen, json};
use crate::samples::{self, event_stream, frame, job, output, page, problem};
use crate::stage::{Stage, impatient, stage};

const LAST: JobState = JobState::Succeeded;

fn snapshot(state: JobState) -> JobEvent {
    JobEvent::Snapshot { job: job(state) }
}

fn ended() -> JobEvent {
    JobEvent::Ended { job: job(LAST) }
}

fn step(step: u32) -> JobEvent {
    JobEvent::Progress { progress: Progress { step, steps: 4 } }
}

fn made(index: u8) -> JobEvent {
    JobEvent::Output { output: output(index, b"x") }
}

/// The stored story of a job: sequence numbers and events, progress without a number of its own.
fn story() -> Vec<(u64, JobEvent)> {
    vec![
        (1, JobEvent::Started),
        (1, step(1)),
        (1, step(2)),
        (2, made(0)),
        (2, step(3)),
        (3, made(1)),
        (4, ended()),
    ]
}

/// What a service sends to a follower who knows everything up to `after`.
fn told(after: u64) -> String {
    let first = frame(after, &snapshot(JobState::Running));
    let rest = story().into_iter().filter(|(n, _)| *n > after).map(|(n, event)| frame(n, &event));
    std::iter::once(first).chain(rest).collect()
}

fn known(seen: &Seen) -> u64 {
    seen.header("last-event-id").map_or(0, |id| id.parse().unwrap())
}

async fn heard(stage: &Stage, after: Option<u64>) -> (Vec<(u64, JobEvent)>, Option<ClientError>) {
    let mut events = Vec::new();
    let mut stream = stage.client.follow(samples::job_id(), after);
    while let Some(next) = stream.next().await {
        match next {
            Ok(sequenced) => events.push((sequenced.sequence, sequenced.event)),
            Err(error) => {
                assert!(stream.next().await.is_none(), "an error ends the stream");
                return (events, Some(error));
            }
        }
    }
    (events, None)
}

/// The events with a number of their own, which must come exactly once and in order.
fn stored(events: &[(u64, JobEvent)]) -> Vec<u64> {
    let own = |event: &JobEvent| {
        matches!(event, JobEvent::Started | JobEvent::Output { .. } | JobEvent::Ended { .. })
    };
    events.iter().filter(|(_, event)| own(event)).map(|(n, _)| *n).collect()
}

#[tokio::test]
async fn the_whole_story_is_told_once() {
    let far = FarEnd::answering(|_, seen| vec![event_stream(&told(known(seen)))]).await;
    let stage = stage(&far);
    let (events, error) = heard(&stage, None).await;
    let mut expected = vec![(0, snapshot(JobState::Running))];
    expected.extend(story());
    assert_eq!((events, error), (expected, None));
    assert_eq!(far.connections(), 1);
    let seen = &far.seen()[0];
    assert_eq!(seen.target, format!("/api/v1/jobs/{}/events", samples::job_id()));
    assert_eq!((seen.header("accept"), seen.header("last-event-id")), (Some("text/event-stream"), None));
}

#[tokio::test]
async fn a_follower_can_begin_where_another_stopped() {
    let far = FarEnd::answering(|_, seen| vec![event_stream(&told(known(seen)))]).await;
    let (events, _) = heard(&stage(&far), Some(2)).await;
    assert_eq!(far.seen()[0].header("last-event-id"), Some("2"));
    assert_eq!(stored(&events), [3, 4]);
}

#[tokio::test]
async fn a_cut_at_any_byte_loses_nothing_and_repeats_nothing() {
    let whole = told(0);
    for at in (0..whole.len()).step_by(11) {
        let cut = whole[..at].to_owned();
        let reset = at % 2 == 0;
        let far = FarEnd::answering(move |n, seen| match n {
            0 if reset => vec![event_stream(&cut), Act::Reset],
            0 => vec![event_stream(&cut)],
            _ => vec![event_stream(&told(known(seen)))],
        })
        .await;
        let (events, error) = heard(&stage(&far), None).await;
        assert_eq!((stored(&events), error), (vec![1, 2, 3, 4], None), "cut at {at}");
        assert!(far.connections() <= 2, "cut at {at}");
    }
}

#[tokio::test]
async fn what_happens_between_the_snapshot_and_the_next_connection_is_told() {
    let far = FarEnd::answering(|n, seen| match n {
        0 => vec![event_stream(&frame(2, &snapshot(JobState::Running))), Act::Reset],
        _ => vec![event_stream(&told(known(seen)))],
    })
    .await;
    let (events, error) = heard(&stage(&far), None).await;
    assert_eq!(far.seen()[1].header("last-event-id"), Some("2"));
    assert_eq!((stored(&events), error), (vec![3, 4], None));
}

#[tokio::test]
async fn frames_that_come_again_are_heard_once() {
    let far = FarEnd::answering(|_, _| {
        let all = told(0);
        vec![event_stream(&all[..all.len() - frame(4, &ended()).len()]), event_stream_more(&all)]
    })
    .await;
    let (events, error) = heard(&stage(&far), None).await;
    assert_eq!((stored(&events), error), (vec![1, 2, 3, 4], None));
    let snapshots = events.iter().filter(|(_, event)| matches!(event, JobEvent::Snapshot { .. })).count();
    assert_eq!(snapshots, 1);
}

fn event_stream_more(text: &str) -> Act {
    Act::Send(text.as_bytes().to_vec())
}

#[tokio::test]
async fn pings_and_events_of_tomorrow_are_passed_over() {
    let text = format!(
        ": ping\n\nid: 1\nevent: started\ndata: {{\"type\":\"started\"}}\n\n: ping\n\nid: 2\ndata: {{\"type\":\"preview\",\"x\":1}}\n\n{}",
        frame(3, &ended())
    );
    let far = FarEnd::answering(move |_, _| vec![event_stream(&text)]).await;
    let (events, error) = heard(&stage(&far), None).await;
    assert_eq!((stored(&events), error), (vec![1, 3], None));
}

#[tokio::test]
async fn garbled_streams_are_begun_anew_and_then_given_up() {
    for garbage in [
        "data: {\n\n",
        "data: []\n\n",
        "data: {\"type\":\"started\"}\nid: x\n\n",
        "data: {\"type\":\"output\"}\n\n",
    ] {
        let far = FarEnd::answering(move |n, seen| match seen.target.ends_with("/events") {
            true if n < 2 => vec![event_stream(garbage)],
            true => vec![event_stream(&told(known(seen)))],
            false => panic!("the third stream is fine"),
        })
        .await;
        let (events, error) = heard(&stage(&far), None).await;
        assert_eq!((stored(&events), error), (vec![1, 2, 3, 4], None), "{garbage}");

        let far = FarEnd::answering(move |_, seen| match seen.target.ends_with("/events") {
            true => vec![event_stream(garbage)],
            false => json(200, &job(LAST)),
        })
        .await;
        let (events, error) = heard(&stage(&far), None).await;
        assert_eq!((events, error), (vec![(0, snapshot(LAST)), (0, ended())], None), "{garbage}");
        assert_eq!(far.connections(), 4, "{garbage}");
    }
}

#[tokio::test]
async fn where_no_stream_can_be_had_the_job_is_asked() {
    let answers = || {
        vec![
            page(404),
            page(200),
            page(405),
            json(200, &1),
            vec![Act::Stall],
            vec![event_stream(": nothing ever comes"), Act::Stall],
            problem(&Problem::new(ProblemCode::NotFound, "No such route."), &[]),
        ]
    };
    for events_answer in answers() {
        let shown = format!("{events_answer:?}");
        let states = [JobState::Queued, JobState::Running, JobState::Running, JobState::Storing, LAST];
        let asked = std::sync::atomic::AtomicUsize::new(0);
        let far = FarEnd::answering(move |_, seen| {
            if seen.target.ends_with("/events") {
                return events_answer.clone();
            }
            let n = asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            json(200, &job(states[n]))
        })
        .await;
        let stage = impatient(&far);
        let (events, error) = heard(&stage, None).await;
        let states: Vec<_> =
            [JobState::Queued, JobState::Running, JobState::Storing, LAST].map(snapshot).into();
        let expected: Vec<_> = states.into_iter().chain([ended()]).map(|event| (0, event)).collect();
        assert_eq!((events, error), (expected, None), "{shown}");
        let pauses = stage.waits.all();
        assert!(pauses.iter().all(|pause| pause.as_millis() >= 250), "{shown} {pauses:?}");
    }
}

#[tokio::test]
async fn a_stream_that_ends_with_a_finished_job_is_an_end() {
    let far = FarEnd::answering(|_, _| vec![event_stream(&frame(4, &snapshot(LAST)))]).await;
    let (events, error) = heard(&stage(&far), Some(4)).await;
    assert_eq!((events, error), (vec![(4, snapshot(LAST)), (4, ended())], None));
    assert_eq!(far.connections(), 1);
}

#[tokio::test]
async fn nothing_is_heard_after_the_end() {
    let text = [told(0), frame(5, &made(2)), frame(6, &ended())].concat();
    let far = FarEnd::answering(move |_, _| vec![event_stream(&text)]).await;
    let (events, _) = heard(&stage(&far), None).await;
    assert_eq!(events.last(), Some(&(4, ended())));
}

#[tokio::test]
async fn a_busy_service_is_asked_again_when_it_said() {
    let mut busy = Problem::new(ProblemCode::Busy, "x");
    busy.retry_after = Some(5);
    let far = FarEnd::answering(move |n, seen| match n {
        0 => problem(&busy, &[]),
        _ => vec![event_stream(&told(known(seen)))],
    })
    .await;
    let stage = stage(&far);
    let (events, error) = heard(&stage, None).await;
    assert_eq!((stored(&events), error), (vec![1, 2, 3, 4], None));
    assert_eq!(stage.waits.all(), [std::time::Duration::from_millis(5_250)]);
}

#[tokio::test]
async fn some_refusals_end_it_with_their_reason() {
    for (code, ends_as) in [
        (ProblemCode::Unauthorized, "problem"),
        (ProblemCode::UpgradeRequired, "upgrade_required"),
        (ProblemCode::NotFound, "problem"),
        (ProblemCode::Erased, "problem"),
    ] {
        let far = FarEnd::answering(move |_, _| problem(&Problem::new(code, "x"), &[])).await;
        let (events, error) = heard(&stage(&far), None).await;
        assert_eq!((events.len(), error.unwrap().code()), (0, ends_as), "{code:?}");
    }
    let other = Job { id: JobId::new(), ..job(LAST) };
    let far =
        FarEnd::answering(move |_, _| vec![event_stream(&frame(1, &JobEvent::Ended { job: other.clone() }))])
            .await;
    let (events, error) = heard(&stage(&far), None).await;
    assert_eq!((events.len(), error.unwrap().code()), (0, "mismatch"));
}

#[tokio::test]
async fn the_offline_lock_ends_it() {
    let far = FarEnd::answering(|_, _| vec![event_stream(&frame(1, &JobEvent::Started)), Act::Stall]).await;
    let stage = stage(&far);
    let mut stream = stage.client.follow(samples::job_id(), None);
    assert_eq!(stream.next().await.unwrap().unwrap().event, JobEvent::Started);
    stage.lock.close();
    assert_eq!(stream.next().await.unwrap().unwrap_err().code(), "offline_cut");
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn a_stream_that_always_breaks_does_not_go_on_forever() {
    // Each connection brings one new step, so none is silent; still their number is limited.
    let far = FarEnd::answering(|n, seen| match seen.target.ends_with("/events") {
        true => vec![event_stream(&frame(0, &step(n as u32))), Act::Reset],
        false => json(200, &job(LAST)),
    })
    .await;
    let (events, error) = heard(&stage(&far), None).await;
    assert_eq!(error, None);
    assert_eq!(events.last(), Some(&(0, ended())));
    assert_eq!(far.connections(), 101);
}
