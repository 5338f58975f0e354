//! The words on the wire: they survive the journey there and back, and a request's faults are found on either end.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use allxone_contract::*;
use proptest::prelude::*;

fn card() -> ModelCard {
    ModelCard {
        id: "local/scene".into(),
        name: "Scene".to_owned(),
        summary: String::new(),
        operation: Operation::Generate,
        runs_at: RunsAt::Service,
        fields: vec![Field::Prompt, Field::Size, Field::Seed, Field::Count],
        size: Some(SizeRule {
            min_side: 64,
            max_side: 2048,
            multiple_of: 8,
            default: Size { width: 1024, height: 1024 },
        }),
        count: CountRange { min: 1, max: 4 },
        inputs: CountRange { min: 0, max: 0 },
        max_input_pixels: 0,
        factors: Vec::new(),
        styles: Vec::new(),
        plans: false,
        price: PriceRule::PerImage(MilliCredits(1_500)),
        licence: "MIT".to_owned(),
    }
}

fn request() -> JobRequest {
    JobRequest { prompt: "a fox".to_owned(), ..JobRequest::new(Operation::Generate, "local/scene".into()) }
}

#[test]
fn a_plain_request_has_no_faults() {
    assert_eq!(card().faults(&request()), []);
}

#[test]
fn every_fault_is_named_with_its_field() {
    let too_long = "x".repeat(MAX_PROMPT_CHARS + 1);
    let cases: Vec<(&str, JobRequest)> = vec![
        ("/prompt", JobRequest { prompt: String::new(), ..request() }),
        ("/prompt", JobRequest { prompt: too_long, ..request() }),
        ("/count", JobRequest { count: 5, ..request() }),
        ("/count", JobRequest { count: 0, ..request() }),
        ("/size", JobRequest { size: Some(Size { width: 63, height: 64 }), ..request() }),
        ("/size", JobRequest { size: Some(Size { width: 68, height: 64 }), ..request() }),
        ("/size", JobRequest { size: Some(Size { width: u32::MAX, height: 64 }), ..request() }),
        ("/style", JobRequest { style: Some("mosaic".to_owned()), ..request() }),
        ("/negative_prompt", JobRequest { negative_prompt: Some("rain".to_owned()), ..request() }),
        (
            "/inputs",
            JobRequest {
                inputs: vec![InputRef { sha256: Sha256::of(b"x"), role: InputRole::Init }],
                ..request()
            },
        ),
    ];
    for (pointer, request) in cases {
        let faults = card().faults(&request);
        assert!(faults.len() == 1 && faults[0].pointer == pointer, "{pointer}: {faults:?}");
        assert!(faults[0].message.ends_with('.'));
    }
}

#[test]
fn a_field_the_model_does_not_know_may_be_dropped_but_a_wrong_value_may_not() {
    let dropped =
        JobRequest { style: Some("mosaic".to_owned()), on_unsupported: OnUnsupported::Drop, ..request() };
    assert_eq!(card().faults(&dropped), []);
    assert_eq!(card().faults(&JobRequest { count: 9, ..dropped }).len(), 1);
}

#[test]
fn a_field_nobody_knows_is_refused() {
    let text = r#"{"operation":"generate","model":"local/scene","count":1,"prompt":"x","callback":"http://elsewhere"}"#;
    assert!(serde_json::from_str::<JobRequest>(text).is_err());
}

#[test]
fn ids_and_keys_are_strict() {
    assert!("../../etc/passwd".parse::<AssetId>().is_err());
    assert!("".parse::<JobId>().is_err());
    assert!("7ZZZZZZZZZZZZZZZZZZZZZZZZZ".parse::<JobId>().is_ok());
    assert!("a key with spaces".parse::<IdempotencyKey>().is_err());
    assert!("k".repeat(129).parse::<IdempotencyKey>().is_err());
    assert!("K-1".parse::<IdempotencyKey>().is_ok());
    assert!("ab".parse::<Sha256>().is_err());
}

proptest! {
    #[test]
    fn requests_survive_the_journey(
        prompt in ".{0,80}", negative in proptest::option::of(".{0,40}"), seed in proptest::option::of(any::<u64>()),
        count in any::<u8>(), side in any::<(u32, u32)>(), strength in proptest::option::of(any::<u8>()), bytes in any::<[u8; 8]>(),
    ) {
        let request = JobRequest {
            prompt, negative_prompt: negative, seed: seed.map(Seed), count, strength,
            size: Some(Size { width: side.0, height: side.1 }),
            inputs: vec![InputRef { sha256: Sha256::of(&bytes), role: InputRole::Reference }],
            ..JobRequest::new(Operation::Stylise, "a/b".into())
        };
        let text = serde_json::to_string(&request).unwrap();
        prop_assert_eq!(serde_json::from_str::<JobRequest>(&text).unwrap(), request);
    }

    #[test]
    fn faults_never_panic(prompt in ".{0,40}", count in any::<u8>(), w in any::<u32>(), h in any::<u32>(), factor in any::<Option<u8>>()) {
        let request = JobRequest { prompt, count, factor, size: Some(Size { width: w, height: h }), ..request() };
        card().faults(&request);
    }
}

#[test]
fn scores_are_written_with_three_decimals() {
    let scores = Scores { explicit: Some(0.012), second: Some(0.999_6), ..Scores::default() };
    assert_eq!(serde_json::to_value(scores).unwrap().to_string(), r#"{"explicit":0.012,"second":1.0}"#);
}
