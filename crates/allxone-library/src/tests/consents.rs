use super::*;
use crate::{
    Annotation, Consented, EgressFilter, Filter, NewConsent, NewDecision, NewEgress, NewQueued, QueueState,
};

fn consent(purpose: Consented, granted: bool) -> NewConsent {
    NewConsent {
        purpose,
        granted,
        version: "1".into(),
        sha256: "00".repeat(32),
        locale: "de".into(),
        surface: "privacy".into(),
        app_version: "0.1.0".into(),
        server: String::new(),
    }
}

#[test]
fn nothing_is_allowed_until_it_is_and_the_list_only_grows() {
    let dir = tempfile::tempdir().unwrap();
    let (library, _) = with_clock(dir.path());
    for purpose in Consented::SWITCHES {
        assert_eq!(library.granted(purpose).unwrap(), None);
    }
    let given = library.record_consent(&consent(Consented::AiTraining, true)).unwrap();
    assert_eq!(library.granted(Consented::AiTraining).unwrap(), Some(given));
    assert_eq!(library.granted(Consented::UsageStatistics).unwrap(), None, "one is not the other");
    library.record_consent(&consent(Consented::AiTraining, false)).unwrap();
    assert_eq!(library.granted(Consented::AiTraining).unwrap(), None);
    let history: Vec<bool> = library.consents().unwrap().iter().map(|one| one.what.granted).collect();
    assert_eq!(history, [false, true]);
    for sql in ["UPDATE consents SET granted = 1", "DELETE FROM consents"] {
        assert!(library.write(|t| Ok(t.execute(sql, [])?)).is_err(), "{sql}");
    }
    assert_eq!(library.consents().unwrap().len(), 2);
}

#[test]
fn nothing_is_counted_or_queued_without_a_consent_and_nothing_stays_after_it() {
    let dir = tempfile::tempdir().unwrap();
    let (library, time) = with_clock(dir.path());
    let week = 7 * 24 * 60 * 60 * 1000;
    time.store(1_767_225_600_000, Ordering::SeqCst);
    let item = keep(&library, 1, "a");
    library.count_one("pictures_made").unwrap();
    assert!(!library.queue_report(Consented::AiTraining, Some(item), &json!({ "a": 1 })).unwrap());
    time.fetch_add(week, Ordering::SeqCst);
    assert_eq!(library.take_ended_weeks().unwrap(), []);
    library.record_consent(&consent(Consented::UsageStatistics, true)).unwrap();
    library.record_consent(&consent(Consented::AiTraining, true)).unwrap();
    library.count_one("pictures_made").unwrap();
    library.count_one("pictures_made").unwrap();
    let identity = library.statistics_identity().unwrap();
    assert_eq!(library.statistics_identity().unwrap(), identity);
    assert_eq!(library.take_ended_weeks().unwrap(), [], "this week is not over");
    assert!(library.queue_report(Consented::AiTraining, Some(item), &json!({ "a": 1 })).unwrap());
    library.mark_for_training(&[item], Some(true)).unwrap();
    assert_eq!(library.training_mark(item).unwrap(), Some(true));
    // Taken back in the middle of the week: counters, id and what waits go at once.
    for purpose in Consented::SWITCHES {
        library.record_consent(&consent(purpose, false)).unwrap();
        assert_eq!(library.waiting_reports(purpose).unwrap(), []);
    }
    time.fetch_add(week, Ordering::SeqCst);
    assert_eq!(library.take_ended_weeks().unwrap(), []);
    assert_ne!(library.statistics_identity().unwrap(), identity);
    // The id changes with the month as well.
    let identity = library.statistics_identity().unwrap();
    time.fetch_add(5 * week, Ordering::SeqCst);
    assert_ne!(library.statistics_identity().unwrap(), identity);
}

#[test]
fn what_was_sent_can_be_looked_at_and_forgotten() {
    let dir = tempfile::tempdir().unwrap();
    let (library, _) = with_clock(dir.path());
    let purpose = Consented::UsageStatistics;
    let given = library.record_consent(&consent(purpose, true)).unwrap();
    library.queue_report(purpose, None, &json!({ "week": "2026-01-26" })).unwrap();
    let waiting = library.waiting_reports(purpose).unwrap();
    assert_eq!(
        (waiting[0].consent_id.as_str(), &waiting[0].body),
        (given.id.as_str(), &json!({ "week": "2026-01-26" }))
    );
    library.report_sent(&waiting[0].id, "server.example").unwrap();
    assert_eq!(library.waiting_reports(purpose).unwrap(), []);
    library.record_consent(&consent(purpose, false)).unwrap();
    assert_eq!(
        library.sent_reports(purpose).unwrap()[0].host.as_deref(),
        Some("server.example"),
        "what left is not denied"
    );
    assert_eq!(library.forget_sent(purpose).unwrap(), 1);
    assert_eq!(library.sent_reports(purpose).unwrap(), []);
}

#[test]
fn a_correction_is_logged_and_goes_with_the_picture() {
    let dir = tempfile::tempdir().unwrap();
    let (library, _) = with_clock(dir.path());
    let item = keep(&library, 1, "a");
    library.set_title(item, "first").unwrap();
    library.set_title(item, "first").unwrap();
    library.set_title(item, "second").unwrap();
    let mut edits = Vec::new();
    library
        .export_table("edits", &mut |row| {
            edits.push((row["before"].clone(), row["after"].clone()));
            Ok(())
        })
        .unwrap();
    assert_eq!(edits, [(json!(""), json!("first")), (json!("first"), json!("second"))]);
    library.mark_for_training(&[item], Some(false)).unwrap();
    library.purge(&[item]).unwrap();
    for table in ["edits", "training"] {
        library.export_table(table, &mut |row| panic!("{table} kept {row:?}")).unwrap();
    }
}

/// The clock jumps to when everything is overdue: nothing that has a time limit is left, and nothing else is gone.
#[test]
fn what_was_kept_for_its_time_goes() {
    let dir = tempfile::tempdir().unwrap();
    let (library, time) = with_clock(dir.path());
    let day = 24 * 60 * 60 * 1000;
    let (kept, trashed) = (keep(&library, 1, "kept"), keep(&library, 2, "trashed"));
    library.delete(trashed).unwrap();
    library.record_consent(&consent(Consented::UsageStatistics, true)).unwrap();
    library.queue_report(Consented::UsageStatistics, None, &json!({})).unwrap();
    let report = library.waiting_reports(Consented::UsageStatistics).unwrap().remove(0);
    library.report_sent(&report.id, "h").unwrap();
    let ended = library.enqueue(NewQueued { draft: json!({}), key: "1".into(), inputs: vec![] }).unwrap();
    library.finish(ended, QueueState::Cancelled, None).unwrap();
    let waiting = library.enqueue(NewQueued { draft: json!({}), key: "2".into(), inputs: vec![] }).unwrap();
    library
        .record_decision(&NewDecision {
            stage: "prompt".into(),
            verdict: "block".into(),
            category: "sexual".into(),
            layer: "lexicon".into(),
            section: "1".into(),
            policy: "p".into(),
            models: vec![],
        })
        .unwrap();
    library
        .egress_append(&NewEgress {
            started_ms: 1_000,
            host: "h".into(),
            purpose: "p".into(),
            method: "GET".into(),
            resource: "/".into(),
            fields: vec![],
            headers: vec![],
            bytes_out: 0,
        })
        .unwrap();
    assert_eq!(
        library.remove_overdue().unwrap(),
        crate::Overdue::default(),
        "nothing is overdue on the first day"
    );
    time.store(1_000 + 29 * day, Ordering::SeqCst);
    assert_eq!(library.remove_overdue().unwrap(), crate::Overdue::default());
    time.store(1_001 + 366 * day, Ordering::SeqCst);
    let removed = library.remove_overdue().unwrap();
    assert_eq!(
        (removed.connections, removed.decisions, removed.ended_drafts, removed.trash, removed.reports),
        (1, 1, 1, 1, 1)
    );
    assert_eq!(library.egress_list(&EgressFilter::default(), 9).unwrap(), []);
    assert_eq!(library.decisions(9).unwrap(), []);
    assert_eq!(library.queued(ended).unwrap(), None);
    assert!(library.queued(waiting).unwrap().is_some() && library.get(kept).is_ok());
    assert_eq!(library.consents().unwrap().len(), 1);
    assert_eq!(library.remove_overdue().unwrap(), crate::Overdue::default());
}

#[test]
fn tags_and_notes_are_logged_found_and_restored_by_nothing_but_their_owner() {
    let dir = tempfile::tempdir().unwrap();
    let library = open(dir.path());
    let item = keep(&library, 1, "an owl");
    let change = Annotation {
        title: None,
        tags: Some(vec![" winter ".to_owned(), "winter".to_owned(), String::new(), "Tiere".to_owned()]),
        note: Some("for the kitchen\n".to_owned()),
    };
    library.annotate(item, &change).unwrap();
    let known = library.get(item).unwrap().details;
    assert_eq!((known.title.as_str(), known.note.as_str()), ("", "for the kitchen"));
    assert_eq!(known.tags, ["winter", "Tiere"]);
    for words in ["wint", "tiere", "kitchen"] {
        assert_eq!(library.search(words, &Filter::default(), None, 10).unwrap().items.len(), 1, "{words}");
    }
    let logged = |library: &Library| -> i64 {
        library.read(|c| Ok(c.query_row("SELECT count(*) FROM edits", [], |row| row.get(0))?)).unwrap()
    };
    assert_eq!(logged(&library), 2);
    library.annotate(item, &change).unwrap();
    assert_eq!(logged(&library), 2, "what is the same is no change");
    let none = Annotation { tags: Some(Vec::new()), note: Some(String::new()), title: None };
    library.annotate(item, &none).unwrap();
    assert!(library.search("kitchen", &Filter::default(), None, 10).unwrap().items.is_empty());
    for too_much in [
        Annotation { title: Some("x".repeat(201)), ..Annotation::default() },
        Annotation { tags: Some(vec!["x".repeat(65)]), ..Annotation::default() },
        Annotation { tags: Some((0..33).map(|n| n.to_string()).collect()), ..Annotation::default() },
        Annotation { note: Some("x".repeat(10_001)), ..Annotation::default() },
    ] {
        let before = library.get(item).unwrap();
        assert_eq!(library.annotate(item, &too_much).unwrap_err().code(), "bad_value");
        assert_eq!(library.get(item).unwrap(), before);
    }
}
