//! Answers that lie, stall, flood or break: each ends in a typed error, and no more is taken than allowed.

use std::time::Duration;

use allxone_egress::{Answer, EgressError, HeaderMap, Purpose, Route, Timeouts, Wait};
use bytes::Bytes;
use futures_util::TryStreamExt as _;

use crate::far_end::{Act, FarEnd, http};
use crate::notebook::{Setting, impatient, other, setting, setting_with};

const CAP: u64 = 1_000;

async fn fetch(setting: &Setting, acts: Vec<Act>) -> Result<Answer, EgressError> {
    let far = FarEnd::answering(move |_, _| acts.clone()).await;
    let answer =
        setting.door.fetch(&other(&far), Purpose::Models, Route::get("/x"), HeaderMap::new(), CAP).await;
    if let Ok(answer) = answer { rest_of(answer, far).await } else { answer }
}

/// Keeps the far end alive for as long as the answer is read elsewhere.
async fn rest_of(answer: Answer, far: FarEnd) -> Result<Answer, EgressError> {
    tokio::spawn(async move {
        let _far = far;
        std::future::pending::<()>().await;
    });
    Ok(answer)
}

async fn body(setting: &Setting, acts: Vec<Act>) -> Result<Bytes, EgressError> {
    fetch(setting, acts).await?.bytes().await
}

fn head(text: &str) -> Act {
    Act::Send(format!("HTTP/1.1 200 OK\r\n{text}\r\n\r\n").into_bytes())
}

fn outcome(setting: &Setting) -> (Option<String>, u64) {
    let (_, outcome) = setting.notebook.only();
    (outcome.error, outcome.bytes_in)
}

#[tokio::test]
async fn a_whole_answer_is_whole() {
    let setting = setting();
    let whole = vec![b'x'; CAP as usize];
    assert_eq!(body(&setting, vec![Act::Send(http(200, &[], &whole))]).await.unwrap(), whole);
    assert_eq!(outcome(&setting), (None, CAP));
}

#[tokio::test]
async fn an_announced_giant_is_refused_unread() {
    let setting = setting();
    let error = fetch(&setting, vec![head("content-length: 10000000000"), Act::Flood(vec![0; 65_536])])
        .await
        .unwrap_err();
    assert_eq!(error.code(), "answer_too_large");
    assert_eq!(outcome(&setting), (Some("answer_too_large".to_owned()), 0));
}

#[tokio::test]
async fn an_endless_answer_is_cut_at_the_cap() {
    let setting = setting();
    let flood = [b"10000\r\n".as_slice(), &vec![b'x'; 65_536], b"\r\n"].concat();
    let error =
        body(&setting, vec![head("transfer-encoding: chunked"), Act::Flood(flood)]).await.unwrap_err();
    assert!(matches!(error, EgressError::AnswerTooLarge { cap: CAP, .. }), "{error:?}");
    let (_, bytes_in) = outcome(&setting);
    assert!(bytes_in < 1_000_000, "{bytes_in}");
}

#[tokio::test]
async fn a_short_answer_is_broken_not_complete() {
    for acts in [
        vec![head("content-length: 10"), Act::Send(b"123".to_vec())],
        vec![head("content-length: 10"), Act::Send(b"123".to_vec()), Act::Reset],
        vec![head("transfer-encoding: chunked"), Act::Send(b"5\r\n123".to_vec())],
        vec![head("transfer-encoding: chunked"), Act::Send(b"3\r\n123\r\n".to_vec())],
        vec![head("transfer-encoding: chunked"), Act::Send(b"zz\r\n".to_vec())],
    ] {
        let setting = setting();
        let error = body(&setting, acts).await.unwrap_err();
        assert!(
            matches!(error, EgressError::Broken { .. }) && !error.never_sent() && error.is_passing(),
            "{error:?}"
        );
        assert_eq!(outcome(&setting).0.as_deref(), Some("connection_broken"));
    }
}

#[tokio::test]
async fn no_answer_at_all_is_broken() {
    for acts in [
        vec![],
        vec![Act::Reset],
        vec![Act::Send(b"HTTP/1.1 200".to_vec())],
        vec![Act::Send(b"SSH-2.0-elsewhere\r\n\r\n".to_vec())],
        vec![Act::Send(format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(2_000_000)).into_bytes())],
    ] {
        let setting = setting();
        let error = fetch(&setting, acts).await.unwrap_err();
        assert!(matches!(error, EgressError::Broken { .. }) && !error.never_sent(), "{error:?}");
    }
}

#[tokio::test]
async fn every_wait_ends() {
    let in_body = setting_with(impatient());
    let error = body(
        &in_body,
        vec![Act::Send(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n123".to_vec()), Act::Stall],
    )
    .await
    .unwrap_err();
    assert!(
        matches!(error, EgressError::Timeout { wait: Wait::NextPiece, .. }) && error.is_timeout(),
        "{error:?}"
    );
    assert_eq!(outcome(&in_body), (Some("timeout".to_owned()), 3));

    let exchange = Duration::from_millis(150);
    let before = setting_with(Timeouts { exchange, ..Timeouts::default() });
    let error = fetch(&before, vec![Act::Stall]).await.unwrap_err();
    assert!(
        matches!(error, EgressError::Timeout { wait: Wait::Answer, .. }) && !error.never_sent(),
        "{error:?}"
    );

    // A byte now and then satisfies the wait for the next piece, but not the wait for the whole.
    let dripping = setting_with(Timeouts { exchange, ..Timeouts::default() });
    let drip = Act::Drip(b'x', Duration::from_millis(10));
    let error = body(&dripping, vec![head("content-length: 999"), drip]).await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
}

#[tokio::test]
async fn an_event_stream_may_last_as_long_as_it_speaks() {
    let exchange = Duration::from_millis(500);
    let setting = setting_with(Timeouts { exchange, ..Timeouts::default() });
    let drip = Act::Drip(b':', Duration::from_millis(60));
    let far =
        FarEnd::answering(move |_, _| vec![head("content-type: text/event-stream"), drip.clone()]).await;
    let mut answer = setting
        .door
        .events(&other(&far), Purpose::FollowJob, Route::get("/e"), HeaderMap::new())
        .await
        .unwrap();
    let mut heard = 0;
    while heard < 10 {
        heard += answer.chunk().await.unwrap().unwrap().len();
    }
    assert_eq!(far.seen()[0].header("accept"), Some("text/event-stream"));
}

#[tokio::test]
async fn redirects_are_answers_not_directions() {
    let elsewhere = FarEnd::answering(|_, _| vec![Act::Send(http(200, &[], "gotcha"))]).await;
    for status in [301, 302, 303, 307, 308] {
        let setting = setting();
        let there = format!("{}/x", elsewhere.url());
        let answer =
            fetch(&setting, vec![Act::Send(http(status, &[("location", &there)], ""))]).await.unwrap();
        assert_eq!(answer.status(), status);
        assert!(!answer.is_success());
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn compression_that_was_not_asked_for_is_not_read() {
    let setting = setting();
    let error =
        fetch(&setting, vec![Act::Send(http(200, &[("content-encoding", "gzip")], "x"))]).await.unwrap_err();
    assert!(matches!(error, EgressError::AnswerEncoded { .. }), "{error:?}");
}

#[tokio::test]
async fn a_body_can_be_taken_piece_by_piece() {
    let setting = setting();
    let answer = fetch(
        &setting,
        vec![head("content-length: 6"), Act::Send(b"abc".to_vec()), Act::Send(b"def".to_vec())],
    );
    let pieces: Vec<Bytes> = answer.await.unwrap().into_stream().try_collect().await.unwrap();
    assert_eq!(pieces.concat(), b"abcdef");
    assert_eq!(outcome(&setting), (None, 6));
}

#[tokio::test]
async fn names_its_media_type_plainly() {
    let setting = setting();
    let typed = http(200, &[("content-type", "Application/Problem+JSON; charset=utf-8")], "");
    let answer = fetch(&setting, vec![Act::Send(typed)]).await.unwrap();
    assert_eq!(answer.media_type().as_deref(), Some("application/problem+json"));
    assert_eq!(answer.header("x-none"), None);
}
