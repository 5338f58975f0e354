//! What leaves because a person allowed it: nothing before, what the public schema says while it holds, nothing after; and all of it can be
//! had back.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::Ordering;

use allxone_app::studio::{Code, ConsentChoice, ConsentText, TrainingMark};
use allxone_contract::{ConsentPurpose, ConsentRequest, ConsentState, ConsentSurface, Counter, Sha256, Wait};
use allxone_library::{Consented, EgressFilter, Filter};
use serde_json::{Value, json};

use crate::line::{Line, scene};

const HOUR: i64 = 60 * 60 * 1_000;
const WEEK: i64 = 7 * 24 * HOUR;

/// The public schema of the statistics.
struct Schema {
    schemas: boon::Schemas,
    index: boon::SchemaIndex,
    text: Value,
}

impl Schema {
    fn read() -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("docs/analytics.schema.json");
        let text: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
        compiler.add_resource("urn:statistics", text.clone()).unwrap();
        let index = compiler.compile("urn:statistics", &mut schemas).unwrap();
        Self { schemas, index, text }
    }

    fn takes(&self, report: &Value) -> bool {
        self.schemas.validate(report, self.index).is_ok()
    }
}

async fn decide(line: &Line, purpose: Consented, granted: bool) {
    let text = ConsentText::of(purpose, "en").unwrap();
    let choice = ConsentChoice {
        purpose,
        granted,
        sha256: text.sha256,
        language: text.language,
        surface: "privacy".to_owned(),
    };
    line.studio.decide(choice).await.unwrap();
}

async fn make(line: &Line, prompt: &str) -> allxone_library::ItemId {
    let queue = line.studio.submit(scene(prompt)).await.unwrap();
    line.studio.wait(queue).await.unwrap().kept[0].item
}

/// Nobody allowed anything: a day of work reaches the service it is for, and neither the wire nor the library knows of a counter.
#[tokio::test(flavor = "multi_thread")]
async fn a_day_of_use_without_a_consent_counts_nothing_and_tells_nobody() {
    let line = Line::to_another().await;
    let library = line.studio.library();
    for hour in 0..24 {
        line.ahead.fetch_add(HOUR, Ordering::SeqCst);
        if hour % 8 == 0 {
            let item = make(&line, &format!("an owl, hour {hour}")).await;
            let mark = TrainingMark { items: vec![item], allowed: Some(true) };
            assert_eq!(line.studio.mark_for_training(mark).await.unwrap_err().code(), Code::NotAllowed);
        }
        line.studio.check(&scene("a fox in the snow")).await.unwrap();
        library.search("owl", &Filter::default(), None, 10).unwrap();
        line.studio.send_allowed().await.unwrap();
        library.remove_overdue().unwrap();
    }
    line.studio.stop().await;
    let rows = library.egress_list(&EgressFilter::default(), 10_000).unwrap();
    let hosts: BTreeSet<&str> = rows.iter().map(|row| row.sent.host.as_str()).collect();
    assert_eq!(hosts.len(), 1, "the service at work and nobody else: {hosts:?}");
    let known = [
        "health",
        "models",
        "quote",
        "upload",
        "submit_job",
        "follow_job",
        "fetch_result",
        "cancel_job",
        "erase_job",
    ];
    for row in &rows {
        assert!(known.contains(&row.sent.purpose.as_str()), "{}", row.sent.purpose);
    }
    for words in ["/statistics", "/training", "/consents", "installation"] {
        assert_eq!(line.saw(words), 0, "{words}");
    }
    line.ahead.fetch_add(8 * 24 * HOUR, Ordering::SeqCst);
    assert_eq!(library.take_ended_weeks().unwrap(), []);
    for purpose in Consented::SWITCHES {
        assert_eq!(library.waiting_reports(purpose).unwrap(), []);
        assert_eq!(library.sent_reports(purpose).unwrap(), []);
    }
    line.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn counters_go_once_a_week_as_the_public_schema_says_and_stop_when_it_is_taken_back() {
    let (line, schema) = (Line::to_another().await, Schema::read());
    let library = line.studio.library();
    decide(&line, Consented::UsageStatistics, true).await;
    assert_eq!(line.saw("POST /api/v1/consents"), 1, "the service knows of it");
    line.studio.submit(scene("explicit nude woman having sex, pornographic photo")).await.unwrap_err();
    make(&line, "an owl, statisticscanary").await;
    // The week is not over: nothing goes.
    line.studio.send_allowed().await.unwrap();
    assert_eq!(line.saw("POST /api/v1/statistics"), 0);

    make(&line, "a fox").await;
    // What was counted on the side is in the library once nothing is under way any more.
    line.studio.stop().await;
    line.ahead.fetch_add(WEEK, Ordering::SeqCst);
    line.studio.send_allowed().await.unwrap();
    line.studio.send_allowed().await.unwrap();
    let sent = library.sent_reports(Consented::UsageStatistics).unwrap();
    assert_eq!(line.saw("POST /api/v1/statistics"), sent.len(), "each once");
    let sum =
        |name: &str| -> u64 { sent.iter().filter_map(|report| report.body["counters"][name].as_u64()).sum() };
    assert_eq!((sum("generated"), sum("blocked")), (2, 1), "{sent:?}");
    for report in &sent {
        assert!(schema.takes(&report.body), "{}", report.body);
        assert!(!report.body.to_string().contains("canary"));
        assert_eq!(report.host.as_deref(), Some(line.client.server().host().as_str()));
    }

    decide(&line, Consented::UsageStatistics, false).await;
    assert_eq!(line.saw("\"withdrawn\""), 1, "the service knows of that, too");
    library.count_one("searches").unwrap();
    line.ahead.fetch_add(2 * WEEK, Ordering::SeqCst);
    assert_eq!(library.take_ended_weeks().unwrap(), []);
    line.studio.send_allowed().await.unwrap();
    assert_eq!(line.saw("POST /api/v1/statistics"), sent.len(), "and nothing goes any more");
    assert_eq!(library.waiting_reports(Consented::UsageStatistics).unwrap(), []);

    let gone = line.studio.forget_sent(Consented::UsageStatistics).await.unwrap();
    assert_eq!(gone, sent.len() as u64);
    assert_eq!(line.saw("DELETE /api/v1/statistics"), 1);
    assert_eq!(library.sent_reports(Consented::UsageStatistics).unwrap(), []);
    line.service.shutdown().await;
}

#[test]
fn the_public_schema_takes_what_the_program_can_count_and_nothing_else() {
    let schema = Schema::read();
    let report = |change: &dyn Fn(&mut Value)| {
        let mut report = json!({
            "schema": 1, "grant": "01J9ZK3X5T8Q4V6W7Y0A1B2C3D", "installation": "3f9c0a5e71d84b62a1c7e8d90b5f2a64", "week": "2026-W18",
            "app": "0.1.0", "os": "linux", "counters": { "starts": 6 }, "waits": {}, "errors": [{ "code": "busy", "count": 1 }],
        });
        change(&mut report);
        report
    };
    assert!(schema.takes(&report(&|_| {})));
    let strange: [&dyn Fn(&mut Value); 9] = [
        &|report| report["prompt"] = json!("an owl"),
        &|report| report["counters"]["owls"] = json!(1),
        &|report| report["waits"]["exactly"] = json!(1),
        &|report| report["errors"][0]["text"] = json!("no room"),
        &|report| report["errors"][0]["code"] = json!("No room on /home/ann"),
        &|report| report["os"] = json!("linux on ann's laptop"),
        &|report| report["week"] = json!("2026-05-01T10:00:00Z"),
        &|report| report["counters"]["starts"] = json!("six"),
        &|report| drop(report.as_object_mut().unwrap().remove("grant")),
    ];
    for (at, change) in strange.iter().enumerate() {
        assert!(!schema.takes(&report(change)), "strange report {at}");
    }
    // The contract's own words, one by one.
    let words = |list: &str| -> Vec<Value> {
        let named = schema.text["properties"][list]["properties"].as_object().unwrap();
        named.keys().map(|name| json!(name)).collect()
    };
    for name in words("counters") {
        serde_json::from_value::<Counter>(name).unwrap();
    }
    for name in words("waits") {
        serde_json::from_value::<Wait>(name).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_that_was_taken_back_elsewhere_ends_here_too() {
    let line = Line::to_another().await;
    decide(&line, Consented::UsageStatistics, true).await;
    line.studio.library().count_one("starts").unwrap();
    let elsewhere = ConsentRequest {
        purpose: ConsentPurpose::UsageStatistics,
        state: ConsentState::Withdrawn,
        text_version: "1".to_owned(),
        text_sha256: Sha256::of(b"x"),
        locale: "en".to_owned(),
        surface: ConsentSurface::Privacy,
        app_version: "0.1.0".to_owned(),
    };
    line.client.record_consent(&elsewhere).await.unwrap();
    line.studio.send_allowed().await.unwrap();
    assert!(line.studio.library().granted(Consented::UsageStatistics).unwrap().is_none());
    assert_eq!(line.saw("POST /api/v1/statistics"), 0);
    line.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_given_for_training_only_where_that_was_allowed_and_can_be_had_back() {
    let line = Line::to_another().await;
    let library = line.studio.library();
    let mark = |items: &[allxone_library::ItemId], allowed| TrainingMark { items: items.to_vec(), allowed };
    let before = make(&line, "an owl").await;
    decide(&line, Consented::AiTraining, true).await;
    let error = line.studio.mark_for_training(mark(&[before], Some(true))).await.unwrap_err();
    assert_eq!(error.code(), Code::NotGiven, "it was made before it was allowed");
    assert_eq!(library.training_mark(before).unwrap(), None);

    let after = make(&line, "a fox").await;
    assert_eq!(line.studio.mark_for_training(mark(&[after], Some(true))).await.unwrap(), 1);
    assert_eq!(library.training_mark(after).unwrap(), Some(true));
    let sent = library.sent_reports(Consented::AiTraining).unwrap();
    assert_eq!((sent.len(), sent[0].item_id), (1, Some(after)));
    assert!(sent[0].body["subject"]["job"].is_string() && sent[0].body.as_object().unwrap().len() == 2);

    line.studio.mark_for_training(mark(&[after], Some(false))).await.unwrap();
    assert_eq!(line.saw("DELETE /api/v1/training/"), 1, "taken back at the service");
    decide(&line, Consented::AiTraining, false).await;
    let error = line.studio.mark_for_training(mark(&[after], Some(true))).await.unwrap_err();
    assert_eq!(error.code(), Code::NotAllowed);
    line.service.shutdown().await;
}
