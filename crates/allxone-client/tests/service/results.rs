//! Results are whole and what was announced, or they are not there.

use crate::far_end::{Act, FarEnd, http};
use crate::samples::{asset, output, problem};
use crate::stage::{impatient, stage};
use allxone_contract::{Problem, ProblemCode};

const CONTENT: &[u8] = b"not really a picture, but exactly these bytes";

fn sending(content: &[u8]) -> Vec<Act> {
    vec![Act::Send(http(200, &[("content-type", "image/png")], content))]
}

#[tokio::test]
async fn the_exact_bytes_come_through() {
    let far = FarEnd::answering(|_, seen| {
        assert_eq!(seen.target, "/api/v1/assets/01BX5ZZKBKACTAV9WEVGEMMVRZ/content");
        sending(CONTENT)
    })
    .await;
    let client = stage(&far).client;
    assert_eq!(client.content(&output(0, CONTENT), 1_000).await.unwrap(), CONTENT);
    assert_eq!(client.history_content(&output(0, CONTENT), 1_000).await.unwrap(), CONTENT);
    assert_eq!(client.asset_content(&asset(CONTENT), 1_000).await.unwrap(), CONTENT);
}

#[tokio::test]
async fn other_bytes_shorter_ones_and_longer_ones_do_not() {
    let mut flipped = CONTENT.to_vec();
    flipped[7] ^= 1;
    let longer = [CONTENT, b"!"].concat();
    for wrong in [flipped.as_slice(), &CONTENT[1..], b"", &longer] {
        let wrong = wrong.to_vec();
        let far = FarEnd::answering(move |_, _| sending(&wrong)).await;
        let error = stage(&far).client.content(&output(0, CONTENT), 1_000).await.unwrap_err();
        assert_eq!(error.code(), "mismatch");
    }
}

#[tokio::test]
async fn a_result_too_large_is_not_even_asked_for() {
    let far = FarEnd::answering(|_, _| sending(CONTENT)).await;
    let error = stage(&far).client.content(&output(0, CONTENT), 10).await.unwrap_err();
    assert_eq!((error.code(), error.never_sent(), far.connections()), ("result_too_large", true, 0));
}

#[tokio::test]
async fn a_flood_is_stopped_at_the_announced_length() {
    let far = FarEnd::answering(|_, _| {
        let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
        vec![Act::Send(head), Act::Flood([b"10000\r\n".as_slice(), &[b'x'; 65_536], b"\r\n"].concat())]
    })
    .await;
    let stage = stage(&far);
    let error = stage.client.content(&output(0, CONTENT), 1_000).await.unwrap_err();
    assert_eq!(error.code(), "mismatch");
    let taken = stage.rows.all()[0].1.clone().unwrap().bytes_in;
    assert!(taken < 1_000_000, "{taken}");
}

#[tokio::test]
async fn a_transfer_that_breaks_is_begun_anew() {
    let far = FarEnd::answering(|n, _| match n {
        0 => vec![Act::Send(http(200, &[], CONTENT)[..60].to_vec())],
        1 => vec![Act::Send(http(200, &[], CONTENT)[..70].to_vec()), Act::Reset],
        2 => vec![Act::Send(http(200, &[], CONTENT)[..80].to_vec()), Act::Stall],
        _ => sending(CONTENT),
    })
    .await;
    let stage = impatient(&far);
    assert_eq!(stage.client.content(&output(0, CONTENT), 1_000).await.unwrap(), CONTENT);
    assert_eq!((far.connections(), stage.waits.all().len()), (4, 3));
}

#[tokio::test]
async fn what_was_erased_is_said_to_be() {
    let far =
        FarEnd::answering(|_, _| problem(&Problem::new(ProblemCode::Erased, "It was erased."), &[])).await;
    let error = stage(&far).client.content(&output(0, CONTENT), 1_000).await.unwrap_err();
    assert!(error.is_problem(ProblemCode::Erased), "{error:?}");
}
