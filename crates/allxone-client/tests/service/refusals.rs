//! Answers that say no, and answers that make no sense.

use allxone_client::ClientError;
use allxone_contract::{ApiRange, Health, Problem, ProblemCode};

use crate::far_end::{Act, FarEnd, http, json};
use crate::samples::{self, page, problem};
use crate::stage::stage;

async fn models(acts: impl Fn() -> Vec<Act> + Send + Sync + 'static) -> (ClientError, usize) {
    let far = FarEnd::answering(move |_, _| acts()).await;
    let error = stage(&far).client.models().await.unwrap_err();
    (error, far.connections())
}

#[tokio::test]
async fn a_problem_keeps_its_code_and_its_words() {
    for code in
        [ProblemCode::Unauthorized, ProblemCode::NotFound, ProblemCode::ContentBlocked, ProblemCode::Internal]
    {
        let said = Problem::new(code, "In the contract's own words.").about(samples::job_id());
        let answer = said.clone();
        let (error, tries) = models(move || problem(&answer, &[])).await;
        assert_eq!(error, ClientError::Problem(Box::new(said)));
        assert_eq!(error.to_string(), "In the contract's own words.");
        assert!(error.is_problem(code) && !error.never_sent());
        assert_eq!(tries, 1, "{code:?} does not pass by itself");
    }
}

#[tokio::test]
async fn a_code_of_tomorrow_is_a_problem_all_the_same() {
    let text = r#"{"type":"urn:x","title":"t","status":418,"detail":"Made of cheese.","code":"made_of_cheese","retryable":false,"new":1}"#;
    let answer = http(418, &[("content-type", "application/problem+json; charset=utf-8")], text);
    let (error, _) = models(move || vec![Act::Send(answer.clone())]).await;
    assert!(error.is_problem(ProblemCode::Unknown), "{error:?}");
    assert_eq!(error.to_string(), "Made of cheese.");
}

#[tokio::test]
async fn pages_and_garbage_are_known_by_their_status_alone() {
    let typed =
        |status, kind: &str, body: &str| vec![Act::Send(http(status, &[("content-type", kind)], body))];
    let cases = [
        (page(200), 200),
        (page(404), 404),
        (typed(200, "application/json", "{\"models\": secret-of-the-gateway"), 200),
        (typed(200, "application/json", ""), 200),
        (typed(200, "application/json", "{\"secret-of-the-gateway\":[]}"), 200),
        (typed(200, "application/json", "\u{0}\u{1}"), 200),
        (typed(400, "application/problem+json", "secret-of-the-gateway"), 400),
        (typed(400, "application/json", "{\"error\":\"secret-of-the-gateway\"}"), 400),
        (typed(204, "text/plain", ""), 204),
        (
            vec![Act::Send(http(302, &[("location", "https://studio.invalid/secret-of-the-gateway")], ""))],
            302,
        ),
    ];
    for (acts, status) in cases {
        let shown = format!("{acts:?}");
        let (error, tries) = models(move || acts.clone()).await;
        assert_eq!(error, ClientError::UnexpectedAnswer { status, retry_after: None }, "{shown}");
        assert!(!format!("{error} {error:?}").contains("secret-of-the-gateway"));
        assert_eq!((tries, error.code()), (1, "unexpected_answer"));
    }
}

#[tokio::test]
async fn a_client_too_old_is_told_so() {
    let said = Problem::new(ProblemCode::UpgradeRequired, "This service speaks version 2.");
    let (error, tries) = models(move || problem(&said, &[])).await;
    assert_eq!((error.code(), tries), ("upgrade_required", 1));
    assert!(error.to_string().contains("This service speaks version 2."));
    let (error, _) = models(|| page(426)).await;
    assert_eq!(error.code(), "upgrade_required");
}

#[tokio::test]
async fn health_takes_no_other_server_for_a_service() {
    let good = samples::health();
    let cases = [
        (json(200, &Health { service: "apache".to_owned(), ..good.clone() }), "not_allxone"),
        (json(200, &serde_json::json!({"status": "UP"})), "not_allxone"),
        (page(200), "not_allxone"),
        (page(404), "not_allxone"),
        (json(200, &Health { api: ApiRange { min: 2, max: 3 }, ..good.clone() }), "upgrade_required"),
        (problem(&Problem::new(ProblemCode::Unauthorized, "x"), &[]), "problem"),
    ];
    for (acts, code) in cases {
        let far = FarEnd::answering(move |_, _| acts.clone()).await;
        assert_eq!(stage(&far).client.health().await.unwrap_err().code(), code);
    }
}
