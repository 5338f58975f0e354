use super::*;
use crate::{NewQueued, QueueId, QueueState};

fn draft(key: &str, inputs: &[u64]) -> NewQueued {
    NewQueued {
        draft: json!({ "prompt": "a canal in winter" }),
        key: key.into(),
        inputs: inputs.iter().map(|seed| noise(*seed, 2_000).into()).collect(),
    }
}

fn hash(seed: u64) -> String {
    hex::encode(Sha256::digest(noise(seed, 2_000)))
}

fn state(library: &Library, id: QueueId) -> QueueState {
    library.queued(id).unwrap().unwrap().state
}

#[test]
fn a_draft_survives_a_restart_at_every_stage() {
    let dir = tempfile::tempdir().unwrap();
    let library = open(dir.path());
    let waiting = library.enqueue(draft("k1", &[1, 2, 1])).unwrap();
    let sending = library.enqueue(draft("k2", &[])).unwrap();
    let submitted = library.enqueue(draft("k3", &[3])).unwrap();
    let done = library.enqueue(draft("k4", &[4])).unwrap();
    library.claim(sending).unwrap();
    library.claim(submitted).unwrap();
    library.submitted(submitted, "JOB3", &json!(["receipt"])).unwrap();
    library.finish(done, QueueState::Done, None).unwrap();
    drop(library);
    let library = open(dir.path());
    assert_eq!(library.sweep_report(), &crate::SweepReport::default());
    let open = library.open_queue().unwrap();
    assert_eq!(
        open.iter().map(|e| e.id).collect::<Vec<_>>(),
        [sending, submitted, waiting],
        "what was sent is first"
    );
    let open = [open[2].clone(), open[0].clone(), open[1].clone()];
    assert_eq!(open[0].inputs.iter().map(|i| i.sha256.clone()).collect::<Vec<_>>(), [hash(1), hash(2)]);
    assert_eq!((open[0].key.as_str(), open[0].attempts), ("k1", 0));
    assert_eq!((open[1].state, open[1].attempts), (QueueState::Sending, 1));
    assert_eq!((open[2].state, open[2].job.as_deref()), (QueueState::Submitted, Some("JOB3")));
    assert_eq!(open[2].receipts, json!(["receipt"]));
    assert_eq!(open[2].draft["prompt"], "a canal in winter");
    assert_eq!(library.queued_input(waiting, &hash(2)).unwrap(), noise(2, 2_000));
    assert_eq!(library.queued_input(waiting, &hash(3)).unwrap_err().code(), "not_found");
}

#[test]
fn the_order_of_what_waits_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let library = open(dir.path());
    let [a, b, c, d] = ["a", "b", "c", "d"].map(|key| library.enqueue(draft(key, &[])).unwrap());
    let ids = |library: &Library| library.open_queue().unwrap().iter().map(|e| e.id).collect::<Vec<_>>();
    assert_eq!(ids(&library), [a, b, c, d], "as they came");
    library.order_queue(&[c, a]).unwrap();
    assert_eq!(ids(&library), [c, a, b, d], "those that are not named follow as they stood");
    library.claim(c).unwrap();
    library.order_queue(&[d, c, b]).unwrap();
    assert_eq!(ids(&library), [c, d, b, a], "what is on its way is no longer moved");
    let e = library.enqueue(draft("e", &[])).unwrap();
    drop(library);
    assert_eq!(ids(&open(dir.path())), [c, d, b, a, e], "after a restart, and what is new comes last");
}

#[test]
fn the_same_key_is_queued_once() {
    let dir = tempfile::tempdir().unwrap();
    let library = open(dir.path());
    let first = library.enqueue(draft("k", &[1])).unwrap();
    assert_eq!(library.enqueue(draft("k", &[1])).unwrap(), first);
    let ids: std::collections::HashSet<QueueId> = std::thread::scope(|scope| {
        let all: Vec<_> =
            (0..8).map(|_| scope.spawn(|| library.enqueue(draft("race", &[5])).unwrap())).collect();
        all.into_iter().map(|t| t.join().unwrap()).collect()
    });
    assert_eq!(ids.len(), 1);
    drop(library);
    assert_eq!(open(dir.path()).sweep_report().orphans, 0);
}

#[test]
fn only_one_can_claim() {
    let dir = tempfile::tempdir().unwrap();
    let library = open(dir.path());
    let id = library.enqueue(draft("k", &[])).unwrap();
    let won = std::thread::scope(|scope| {
        let all: Vec<_> = (0..8).map(|_| scope.spawn(|| library.claim(id).is_ok())).collect();
        all.into_iter().filter_map(|t| t.join().unwrap().then_some(())).count()
    });
    assert_eq!(won, 1);
    assert_eq!(library.claim(id).unwrap_err().code(), "queue_state_changed");
}

#[test]
fn states_change_only_as_they_may() {
    use QueueState::*;
    let dir = tempfile::tempdir().unwrap();
    let library = open(dir.path());
    let allowed = [
        (Queued, Sending),
        (Queued, Submitted),
        (Queued, Done),
        (Queued, Failed),
        (Queued, Cancelled),
        (Sending, Queued),
        (Sending, Submitted),
        (Sending, Done),
        (Sending, Failed),
        (Sending, Cancelled),
        (Submitted, Done),
        (Submitted, Failed),
        (Submitted, Cancelled),
    ];
    for from in QueueState::ALL {
        for to in QueueState::ALL {
            let id = library.enqueue(draft(&format!("{from}-{to}"), &[])).unwrap();
            match from {
                Queued => {}
                other => library.advance(id, Queued, other).unwrap(),
            }
            let result = library.advance(id, from, to);
            assert_eq!(result.is_ok(), allowed.contains(&(from, to)), "{from} to {to}");
            assert_eq!(state(&library, id), if result.is_ok() { to } else { from });
        }
    }
    let stranger: QueueId = "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
    assert_eq!(library.claim(stranger).unwrap_err().code(), "not_found");
    assert!(library.queued(stranger).unwrap().is_none());
}

#[test]
fn the_end_can_be_told_twice_and_empties_the_entry() {
    let dir = tempfile::tempdir().unwrap();
    let library = open(dir.path());
    let id = library.enqueue(draft("k", &[1, 2])).unwrap();
    library.claim(id).unwrap();
    library.submitted(id, "JOB", &json!(["r"])).unwrap();
    library.submitted(id, "JOB", &json!(["r"])).unwrap();
    assert_eq!(library.submitted(id, "OTHER", &json!([])).unwrap_err().code(), "queue_state_changed");
    assert_eq!(library.finish(id, QueueState::Queued, None).unwrap_err().code(), "bad_value");
    library.finish(id, QueueState::Failed, Some("too_much")).unwrap();
    library.finish(id, QueueState::Failed, Some("too_much")).unwrap();
    assert_eq!(library.finish(id, QueueState::Done, None).unwrap_err().code(), "queue_state_changed");
    let entry = library.queued(id).unwrap().unwrap();
    assert_eq!((entry.state, entry.error_code.as_deref()), (QueueState::Failed, Some("too_much")));
    assert_eq!((entry.draft, entry.receipts, entry.inputs.len()), (json!(null), json!([]), 0));
    assert!(files(&dir.path().join("blobs")).is_empty(), "input pictures are removed");
    assert!(library.open_queue().unwrap().is_empty());
    assert_eq!(library.clear_queue(i64::MAX).unwrap(), 1);
    assert!(library.queued(id).unwrap().is_none());
}
