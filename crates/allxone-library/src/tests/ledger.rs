use super::*;
use crate::{EgressEnd, EgressFilter, NewEgress};

const DAY: i64 = 86_400_000;

fn row(started_ms: i64, host: &str, purpose: &str, bytes_out: u64) -> NewEgress {
    NewEgress {
        started_ms,
        host: host.into(),
        purpose: purpose.into(),
        method: "POST".into(),
        resource: "/api/v1/jobs/{id}".into(),
        fields: vec!["prompt".into(), "seed".into()],
        headers: vec![],
        bytes_out,
    }
}

fn end(bytes_in: u64) -> EgressEnd {
    EgressEnd { ended_ms: 9, status: Some(200), bytes_in, error: None, never_sent: false }
}

#[test]
fn rows_are_appended_completed_once_and_listed() {
    let dir = tempfile::tempdir().unwrap();
    let library = open(dir.path());
    let a = library.egress_append(&row(DAY, "one.example:443", "submit_job", 100)).unwrap();
    let b = library.egress_append(&row(2 * DAY, "two.example:443", "upload", 50)).unwrap();
    let c = library.egress_append(&row(2 * DAY + 5, "one.example:443", "upload", 7)).unwrap();
    library.egress_close(a, &end(40)).unwrap();
    library.egress_close(a, &end(99)).unwrap();
    library.egress_close(c, &EgressEnd { error: Some("timeout".into()), status: None, ..end(0) }).unwrap();
    let ids = |filter: EgressFilter, limit| -> Vec<i64> {
        library.egress_list(&filter, limit).unwrap().iter().map(|e| e.id).collect()
    };
    assert_eq!(ids(EgressFilter::default(), 10), [c, b, a]);
    assert_eq!(ids(EgressFilter::default(), 2), [c, b]);
    assert_eq!(ids(EgressFilter { before: Some(b), ..Default::default() }, 2), [a]);
    assert_eq!(ids(EgressFilter { host: Some("one.example:443".into()), ..Default::default() }, 9), [c, a]);
    assert_eq!(ids(EgressFilter { purpose: Some("upload".into()), ..Default::default() }, 9), [c, b]);
    assert_eq!(
        ids(EgressFilter { from_ms: Some(2 * DAY), to_ms: Some(2 * DAY + 5), ..Default::default() }, 9),
        [b]
    );
    let all = library.egress_list(&EgressFilter::default(), 9).unwrap();
    assert_eq!(all[2].end.as_ref().unwrap().bytes_in, 40, "the first end counts");
    assert_eq!(all[1].end, None);
    assert_eq!(all[0].end.as_ref().unwrap().error.as_deref(), Some("timeout"));
    assert_eq!(all[2].sent, row(DAY, "one.example:443", "submit_job", 100));
    let totals = library.egress_totals(&EgressFilter::default()).unwrap();
    let figures: Vec<_> = totals
        .iter()
        .map(|t| (t.day.as_str(), t.host.as_str(), t.requests, t.bytes_out, t.bytes_in))
        .collect();
    assert_eq!(
        figures,
        [
            ("1970-01-03", "one.example:443", 1, 7, 0),
            ("1970-01-03", "two.example:443", 1, 50, 0),
            ("1970-01-02", "one.example:443", 1, 100, 40),
        ]
    );
    assert_eq!(library.clear_egress(2 * DAY).unwrap(), 1);
    // Ids are never used again.
    library.clear_egress(i64::MAX).unwrap();
    assert!(library.egress_append(&row(1, "h", "p", 0)).unwrap() > c);
}

#[test]
fn a_row_is_there_after_a_restart_and_settings_too() {
    let dir = tempfile::tempdir().unwrap();
    let library = open(dir.path());
    library.egress_append(&row(1, "h", "p", 0)).unwrap();
    library.set_setting("a", Some("1")).unwrap();
    library.set_setting("a", Some("2")).unwrap();
    library.set_setting("b", Some("3")).unwrap();
    library.set_setting("b", None).unwrap();
    drop(library);
    let library = open(dir.path());
    assert_eq!(library.egress_list(&EgressFilter::default(), 9).unwrap().len(), 1);
    assert_eq!(library.setting("a").unwrap().as_deref(), Some("2"));
    assert_eq!(library.setting("b").unwrap(), None);
}
