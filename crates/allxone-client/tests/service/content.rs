//! Content on its way out: cleared by the real gate, sent as the very bytes that were judged.

use std::path::Path;
use std::sync::OnceLock;

use allxone_contract::{
    Asset, IdempotencyKey, Job, JobRequest, JobState, ModelId, Operation, ProblemCode, Receipt, Sha256,
};
use allxone_egress::{HeaderMap, Purpose, Route};
use allxone_inference::{Inference, ModelPaths};
use allxone_media::{Picture, Pixels};
use allxone_safety::{Clearance, Cleared, Gate};

use crate::far_end::{Act, FarEnd, Plan, Seen, json};
use crate::samples::{self, problem};
use crate::stage::stage;

fn gate() -> &'static Gate {
    static GATE: OnceLock<Gate> = OnceLock::new();
    GATE.get_or_init(|| {
        let models = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../models"));
        Gate::new(Inference::new(ModelPaths::under(models)))
    })
}

fn request() -> Cleared<JobRequest> {
    let mut request = JobRequest::new(Operation::Generate, ModelId::from("local/scene"));
    request.prompt = "a quiet harbour with two boats at dawn, “müde Möwen”".to_owned();
    match gate().clear(request).unwrap() {
        Clearance::Allow(cleared) => cleared,
        other => panic!("a harmless request is allowed: {other:?}"),
    }
}

fn picture() -> Cleared<Picture> {
    let (width, height) = (96, 96);
    let pixels = (0..width * height).flat_map(|i| {
        let (x, y) = (i % width, i / width);
        [(x * 2) as u8, 120, (y * 2) as u8, 255]
    });
    let picture = Picture::encode_png(&Pixels::from_rgba(width, height, pixels.collect()).unwrap()).unwrap();
    match gate().clear(picture).unwrap() {
        Clearance::Allow(cleared) => cleared,
        Clearance::Review(held) => held.confirm(),
        Clearance::Block(finding) => panic!("a plain gradient is not blocked: {finding:?}"),
    }
}

fn accepted(seen: &Seen) -> Vec<Act> {
    json(202, &Job { request_sha256: Sha256::of(&seen.body), ..samples::job(JobState::Queued) })
}

#[tokio::test]
async fn a_request_goes_out_as_it_was_judged() {
    let far = FarEnd::answering(|_, seen| accepted(seen)).await;
    let (stage, request, key) = (stage(&far), request(), IdempotencyKey::new());
    stage.client.submit(&request, &key).await.unwrap();

    let seen = &far.seen()[0];
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/api/v1/jobs"));
    assert_eq!(seen.body, **request.bytes());
    assert_eq!(seen.header("content-type"), Some("application/json"));
    assert_eq!(seen.header("idempotency-key"), Some(key.as_str()));
    let receipt: Receipt = serde_json::from_str(seen.header("allxone-receipt").unwrap()).unwrap();
    assert_eq!(&receipt, request.receipt());

    let rows = stage.rows.all();
    let (row, outcome) = &rows[0];
    assert_eq!(row.purpose, Purpose::SubmitJob);
    assert_eq!(row.fields, ["operation", "model", "prompt", "count", "on_unsupported", "max_cost"]);
    assert_eq!(row.headers, ["allxone-receipt", "idempotency-key"]);
    assert_eq!(row.bytes, request.bytes().len() as u64);
    assert!(!format!("{row:?} {outcome:?}").contains("harbour"));
}

#[tokio::test]
async fn a_picture_goes_out_as_it_was_judged() {
    let asset =
        |bytes: &[u8]| Asset { sha256: Sha256::of(bytes), bytes: bytes.len() as u64, ..samples::asset(b"") };
    let far = FarEnd::answering(move |_, seen| json(201, &asset(&seen.body))).await;
    let (stage, picture) = (stage(&far), picture());
    let uploaded = stage.client.upload(&picture).await.unwrap();
    assert_eq!(uploaded.sha256, *picture.sha256());

    let seen = &far.seen()[0];
    assert_eq!((seen.target.as_str(), seen.header("content-type")), ("/api/v1/uploads", Some("image/png")));
    assert_eq!(seen.body, **picture.bytes());
    assert_eq!(
        serde_json::from_str::<Receipt>(seen.header("allxone-receipt").unwrap()).unwrap(),
        *picture.receipt()
    );
    let (row, _) = &stage.rows.all()[0];
    assert_eq!((row.purpose, row.fields.as_slice()), (Purpose::Upload, ["picture".to_owned()].as_slice()));
}

#[tokio::test]
async fn one_key_is_one_intention_however_often_it_is_tried() {
    let key = IdempotencyKey::new();
    let far = FarEnd::listen(|n| match n {
        0 => Plan::CutAfter(100),
        1 => Plan::Answer(Box::new(|_| vec![Act::Reset])),
        2 => Plan::Answer(Box::new(|_| {
            let mut busy = allxone_contract::Problem::new(ProblemCode::KeyBusy, "Still being answered.");
            busy.retry_after = Some(1);
            problem(&busy, &[])
        })),
        _ => Plan::Answer(Box::new(accepted)),
    })
    .await;
    let (stage, request) = (stage(&far), request());
    stage.client.submit(&request, &key).await.unwrap();
    assert_eq!(far.connections(), 4);
    for seen in far.seen() {
        assert_eq!(seen.header("idempotency-key"), Some(key.as_str()));
        assert_eq!(seen.body, **request.bytes());
    }
}

#[tokio::test]
async fn what_the_service_refuses_is_not_pressed_on_it() {
    for code in [
        ProblemCode::KeyReused,
        ProblemCode::ContentBlocked,
        ProblemCode::OutcomeUnknown,
        ProblemCode::FilterUnavailable,
    ] {
        let far =
            FarEnd::answering(move |_, _| problem(&allxone_contract::Problem::new(code, "No."), &[])).await;
        let error = stage(&far).client.submit(&request(), &IdempotencyKey::new()).await.unwrap_err();
        assert!(error.is_problem(code), "{error:?}");
        assert_eq!(far.connections(), 1, "{code:?}");
    }
}

#[tokio::test]
async fn a_service_that_names_other_content_is_not_believed() {
    let far = FarEnd::answering(|_, seen| match seen.target.as_str() {
        "/api/v1/jobs" => json(202, &samples::job(JobState::Queued)),
        _ => json(201, &samples::asset(b"something else")),
    })
    .await;
    let client = stage(&far).client;
    assert_eq!(client.submit(&request(), &IdempotencyKey::new()).await.unwrap_err().code(), "mismatch");
    assert_eq!(client.upload(&picture()).await.unwrap_err().code(), "mismatch");
}

#[tokio::test]
async fn content_goes_by_its_own_purpose_only() {
    let far = FarEnd::answering(|_, seen| accepted(seen)).await;
    let stage = stage(&far);
    assert_eq!(stage.client.upload(&request()).await.unwrap_err().code(), "wrong_purpose");

    let door = allxone_egress::Door::builder().ledger(stage.rows.clone()).build().unwrap();
    let (server, request, picture) = (stage.client.server(), request(), picture());
    for purpose in Purpose::ALL {
        let (jobs, none) = (|| Route::post("/api/v1/jobs"), HeaderMap::new);
        let words = door.send_content(server, purpose, jobs(), none(), &request).await;
        assert_eq!(words.is_ok(), purpose == Purpose::SubmitJob, "{purpose:?}");
        let pixels = door.send_content(server, purpose, jobs(), none(), &picture).await;
        assert_eq!(pixels.is_ok(), purpose == Purpose::Upload, "{purpose:?}");
    }
    assert_eq!(far.connections(), 2);
}

#[tokio::test]
async fn what_a_model_would_make_is_asked_of_the_service_of_this_process_only() {
    let plan = allxone_contract::Plan { left_out: vec!["dawn".to_owned()], ..Default::default() };
    let answer = plan.clone();
    let far = FarEnd::answering(move |_, _| json(200, &answer)).await;
    let stage = stage(&far);
    assert_eq!(stage.client.plan(&request()).await.unwrap_err().code(), "wrong_purpose");
    assert_eq!((far.connections(), far.bytes()), (0, 0));

    let server = allxone_egress::Server::this_process(
        far.addr(),
        allxone_egress::BearerToken::new("t".repeat(43)).unwrap(),
    )
    .unwrap();
    let door = allxone_egress::Door::builder().ledger(stage.rows.clone()).build().unwrap();
    let own = allxone_client::ServiceClient::new(door, server);
    assert_eq!(own.plan(&request()).await.unwrap(), plan);
    assert_eq!((far.seen()[0].target.as_str(), stage.rows.all().len()), ("/api/v1/plans", 0));
}

#[tokio::test]
async fn a_closed_lock_or_a_full_ledger_keeps_every_byte_in() {
    struct Full;
    impl allxone_egress::Ledger for Full {
        fn append(
            &self,
            _: &allxone_egress::EgressRow,
        ) -> Result<allxone_egress::RowId, allxone_egress::LedgerError> {
            Err(allxone_egress::LedgerError("The disk is full.".to_owned()))
        }
        fn close(&self, _: allxone_egress::RowId, _: &allxone_egress::EgressOutcome) {}
    }
    let far = FarEnd::answering(|_, seen| accepted(seen)).await;
    let stage = stage(&far);
    stage.lock.close();
    let full = allxone_egress::Door::builder().ledger(std::sync::Arc::new(Full)).build().unwrap();
    let unwritten = allxone_client::ServiceClient::new(full, stage.client.server().clone());
    for (client, code) in [(&stage.client, "offline_locked"), (&unwritten, "ledger_refused")] {
        let refused = [
            client.submit(&request(), &IdempotencyKey::new()).await.map(drop).unwrap_err(),
            client.upload(&picture()).await.map(drop).unwrap_err(),
        ];
        for error in refused {
            assert!(error.never_sent());
            assert_eq!(error.code(), code);
        }
    }
    assert_eq!((far.connections(), far.bytes()), (0, 0));
}
