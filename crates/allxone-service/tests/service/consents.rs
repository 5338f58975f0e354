//! Who runs the service, what people accepted and allowed, and that nothing is taken without a grant.

use allxone_contract::*;
use allxone_service::{Limits, OperatorConfig, ServiceError, start_with};
use serde_json::{Value, json};
use std::sync::Arc;
use tempfile::TempDir;

use crate::http::Http;
use crate::partner::{Control, TestPartner};
use crate::rig::{PROMPT, Rig, ask, config, gate, quick};

const HOSTED: &str = "kind = 'hosted'\nname = 'Example'\ncontact = 'privacy@example.org'\n";

fn decision(purpose: ConsentPurpose, state: ConsentState) -> ConsentRequest {
    ConsentRequest {
        purpose,
        state,
        text_version: "1".to_owned(),
        text_sha256: Sha256::of(b"the text"),
        locale: "en".to_owned(),
        surface: ConsentSurface::Privacy,
        app_version: "0.1.0".to_owned(),
    }
}

async fn post(http: &Http, path: &str, body: &impl serde::Serialize) -> crate::http::Reply {
    http.send("POST", path, &[], &serde_json::to_vec(body).unwrap()).await
}

async fn decide(http: &Http, purpose: ConsentPurpose, state: ConsentState) -> Consent {
    let reply = post(http, "/consents", &decision(purpose, state)).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    reply.json()
}

fn report(grant: ConsentId) -> UsageStatistics {
    UsageStatistics {
        schema: UsageStatistics::SCHEMA,
        grant,
        installation: "0123456789abcdef0123456789abcdef".to_owned(),
        week: "2026-W18".to_owned(),
        app: "0.1.0".to_owned(),
        os: System::Linux,
        counters: [(Counter::Generated, 12)].into(),
        waits: [(Wait::ToFiveSeconds, 12)].into(),
        errors: vec![ErrorCount { code: ProblemCode::Timeout, count: 1 }],
    }
}

#[tokio::test]
async fn who_runs_it_is_told_before_anybody_signs_in() {
    let rig = Rig::start().await;
    let stranger = Http { addr: rig.http.addr, token: "nobody".to_owned() };
    let about: About = stranger.get("/about").await.json();
    assert_eq!((about.operator.kind, about.accounts), (OperatorKind::ThisComputer, false));
    assert!(about.processors.is_empty());
    for policy in [Policy::privacy_policy(), Policy::acceptable_use()] {
        assert!(about.policies.contains(&policy));
    }
    let decisions = about.retention.iter().find(|class| class.class == "decisions").unwrap();
    assert_eq!(decisions.days, Some(180));
    // The library of this computer has to have taken pictures before they go.
    assert_eq!(about.retention.iter().find(|class| class.class == "content").unwrap().days, None);
}

#[tokio::test]
async fn nobody_who_is_not_in_the_registry_makes_a_picture() {
    let stranger = |operator: OperatorConfig| {
        let dir = TempDir::new().unwrap();
        let mut control = Control::new(true);
        Arc::get_mut(&mut control).unwrap().processor = Some("pictures");
        let mut config = config(dir.path(), Limits::default());
        config.operator = operator;
        async move {
            start_with(config, gate(), vec![Arc::new(TestPartner(control))])
                .await
                .map(|service| (service, dir))
        }
    };
    let refused = stranger(OperatorConfig::this_computer()).await.err().unwrap();
    assert!(matches!(refused, ServiceError::UnknownProcessor(id) if id == "pictures"));

    let entry = "[[processor]]\nid = 'pictures'\nname = 'P'\nrole = 'ai_partner'\nsees = 'Prompts'\nregion = 'EU'\nretention = 'none'\n\
                 trains_on_data = false\nagreement = { link = 'https://example.org/a', date = '2026-04-01' }\n";
    let known = OperatorConfig::read(&format!("{HOSTED}{entry}")).unwrap();
    let (service, _dir) = stranger(known.clone()).await.unwrap();
    let about: About = Http { addr: service.addr(), token: String::new() }.get("/about").await.json();
    assert_eq!(about.processors, known.processors);
    assert_eq!(about.operator.contact.as_deref(), Some("privacy@example.org"));

    // Whoever builds the registry in code is held to the same.
    let mut unsigned = known;
    unsigned.processors[0].agreement = None;
    assert!(matches!(stranger(unsigned).await.err(), Some(ServiceError::NoAgreement(_))));
}

#[tokio::test]
async fn a_hosted_service_takes_no_content_before_its_texts_are_accepted() {
    let dir = TempDir::new().unwrap();
    let mut config = config(dir.path(), Limits::default());
    config.operator = OperatorConfig::read(HOSTED).unwrap();
    let control = Control::new(false);
    let service =
        start_with(config, gate(), vec![Arc::new(TestPartner(Arc::clone(&control)))]).await.unwrap();
    let http = Http { addr: service.addr(), token: service.token().expose().to_owned() };
    let body = serde_json::to_vec(&quick(PROMPT)).unwrap();
    let submit = || http.send("POST", "/jobs", &[("idempotency-key", "k")], &body);
    let refused = (403, "acceptance_needed".to_owned());
    let about: About = http.get("/about").await.json();

    for (n, policy) in about.policies.iter().enumerate() {
        assert_eq!(submit().await.refused(), refused);
        assert_eq!(http.send("POST", "/uploads", &[], b"x").await.refused(), refused);
        let accepted = AcceptanceRequest {
            policy: policy.kind,
            version: policy.version.clone(),
            sha256: policy.sha256,
            locale: "en".to_owned(),
            app_version: "0.1.0".to_owned(),
        };
        let other = AcceptanceRequest { sha256: Sha256::of(b"another text"), ..accepted.clone() };
        assert_eq!(post(&http, "/acceptances", &other).await.refused(), (400, "invalid".to_owned()));
        for _ in 0..2 {
            assert_eq!(post(&http, "/acceptances", &accepted).await.status, 204);
        }
        assert_eq!(http.get("/consents").await.json::<ConsentList>().acceptances.len(), n + 1);
    }
    assert_eq!(submit().await.status, 202);
    service.shutdown().await;
}

#[tokio::test]
async fn decisions_are_only_ever_added_and_the_newest_holds() {
    let rig = Rig::start().await;
    let empty: ConsentList = rig.http.get("/consents").await.json();
    assert!(ConsentPurpose::ALL.iter().all(|purpose| empty.live(*purpose).is_none()));
    let granted = decide(&rig.http, ConsentPurpose::AiTraining, ConsentState::Granted).await;
    let again = decide(&rig.http, ConsentPurpose::AiTraining, ConsentState::Granted).await;
    assert_eq!((again, granted.version), (granted.clone(), 1));
    let withdrawn = decide(&rig.http, ConsentPurpose::AiTraining, ConsentState::Withdrawn).await;
    let statistics = decide(&rig.http, ConsentPurpose::UsageStatistics, ConsentState::Granted).await;
    let all: ConsentList = rig.http.get("/consents").await.json();
    assert_eq!(all.consents, [granted, withdrawn, statistics.clone()]);
    assert_eq!(all.live(ConsentPurpose::UsageStatistics), Some(&statistics));
    assert!(all.live(ConsentPurpose::AiTraining).is_none());

    let mut wrong =
        serde_json::to_value(decision(ConsentPurpose::AiTraining, ConsentState::Granted)).unwrap();
    wrong["because"] = json!("I like it");
    assert_eq!(post(&rig.http, "/consents", &wrong).await.refused(), (400, "invalid".to_owned()));
    let wordy = ConsentRequest {
        text_version: "a sentence".to_owned(),
        ..decision(ConsentPurpose::AiTraining, ConsentState::Granted)
    };
    assert_eq!(post(&rig.http, "/consents", &wordy).await.refused(), (400, "invalid".to_owned()));
}

#[tokio::test]
async fn statistics_come_in_under_a_live_grant_alone_and_leave_with_it() {
    let mut rig = Rig::start().await;
    let refused = (403, "no_grant".to_owned());
    let send = |value: Value| {
        let http = rig.http.clone();
        async move { post(&http, "/statistics", &value).await }
    };
    let made_up = serde_json::to_value(report(ConsentId::new())).unwrap();
    assert_eq!(send(made_up).await.refused(), refused);
    // A grant for something else is none for this.
    let other = decide(&rig.http, ConsentPurpose::AiTraining, ConsentState::Granted).await;
    assert_eq!(send(serde_json::to_value(report(other.id)).unwrap()).await.refused(), refused);

    let grant = decide(&rig.http, ConsentPurpose::UsageStatistics, ConsentState::Granted).await;
    let good = serde_json::to_value(report(grant.id)).unwrap();
    for _ in 0..2 {
        assert_eq!(send(good.clone()).await.status, 204);
    }
    for (pointer, value) in [
        ("/prompt", json!("a lighthouse")),
        ("/counters/secrets", json!(1)),
        ("/waits/exactly", json!(1)),
        ("/week", json!("yesterday")),
        ("/week", json!("2026-W99")),
        ("/installation", json!("ada@example.org")),
        ("/app", json!("0.1.0 of Ada")),
        ("/os", json!("linux of Ada")),
        ("/schema", json!(2)),
        ("/errors", json!([{ "code": "a made-up one", "count": 1 }])),
    ] {
        let mut wrong = good.clone();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        wrong.pointer_mut(parent).unwrap()[name] = value;
        assert_eq!(send(wrong).await.refused(), (400, "invalid".to_owned()), "{pointer}");
    }

    let old = serde_json::to_value(report(grant.id)).unwrap();
    decide(&rig.http, ConsentPurpose::UsageStatistics, ConsentState::Withdrawn).await;
    assert_eq!(send(old.clone()).await.refused(), refused);
    // A new grant does not make the old one good again.
    decide(&rig.http, ConsentPurpose::UsageStatistics, ConsentState::Granted).await;
    assert_eq!(send(old).await.refused(), refused);
    rig.shutdown().await;
    assert_eq!(ask(rig.dir.path(), "SELECT CAST(COUNT(*) AS TEXT) FROM statistics").await, ["0"]);
}

#[tokio::test]
async fn training_takes_what_was_made_or_marked_under_a_live_grant_and_forgets_it_with_it() {
    let mut rig = Rig::start().await;
    let before = rig.accepted("k0", &quick(PROMPT)).await;
    rig.ended(&before).await;
    let offer = |grant, subject| TrainingOffer { grant, subject };
    let job = |id: &str| TrainingSubject::Job(id.parse().unwrap());
    let refused = (403, "no_grant".to_owned());
    assert_eq!(post(&rig.http, "/training", &offer(ConsentId::new(), job(&before))).await.refused(), refused);

    let grant = decide(&rig.http, ConsentPurpose::AiTraining, ConsentState::Granted).await;
    // What was made before is not taken, nor what is not there.
    for subject in
        [job(&before), TrainingSubject::Job(JobId::new()), TrainingSubject::Upload(Sha256::of(b"x"))]
    {
        assert_eq!(
            post(&rig.http, "/training", &offer(grant.id, subject)).await.refused(),
            (404, "not_found".to_owned())
        );
    }
    let after = rig.accepted("k1", &quick(PROMPT)).await;
    rig.ended(&after).await;
    let input: Asset = rig.upload("safe_coffee.png").await.json();
    for subject in [job(&after), TrainingSubject::Upload(input.sha256), job(&after)] {
        assert_eq!(post(&rig.http, "/training", &offer(grant.id, subject)).await.status, 204);
    }
    // Erasing the job takes it out of the training set too; taking the grant back, everything.
    rig.http.send("DELETE", &format!("/jobs/{after}"), &[], b"").await;
    rig.shutdown().await;
    let kept = "SELECT grant_id FROM training_items";
    assert_eq!(ask(rig.dir.path(), kept).await, [grant.id.to_string()]);
    let mut rig = rig.crash(Control::new(false)).await;
    decide(&rig.http, ConsentPurpose::AiTraining, ConsentState::Withdrawn).await;
    assert_eq!(
        post(&rig.http, "/training", &offer(grant.id, TrainingSubject::Upload(input.sha256))).await.refused(),
        refused
    );
    // Generation depends on no grant.
    let free = rig.accepted("k2", &quick(PROMPT)).await;
    assert_eq!(rig.ended(&free).await.state, JobState::Succeeded);
    rig.shutdown().await;
    assert!(ask(rig.dir.path(), kept).await.is_empty());
}
