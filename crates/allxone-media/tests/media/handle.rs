//! The async handle gives what the plain functions give, to many callers at once.

use allxone_media::{Decoder, Limits, Picture};
use bytes::Bytes;

use crate::build;

#[tokio::test]
async fn many_callers_share_one_decoder() {
    let decoder = Decoder::in_process(Limits::default());
    let mut tasks = tokio::task::JoinSet::new();
    for seed in 0..24 {
        let decoder = decoder.clone();
        tasks.spawn(async move {
            let raw = Bytes::from(build::jpeg(&build::noise(64, 48, seed), 90));
            let prepared = decoder.prepare(raw.clone()).await.unwrap();
            let received = decoder.received(raw.clone()).await.unwrap();
            let plain = Picture::prepare(raw, &Limits::default()).unwrap();
            assert_eq!(prepared.bytes(), plain.bytes());
            assert_eq!(received.pixels(), plain.pixels());
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
}

#[tokio::test]
async fn its_limits_hold_and_errors_come_through() {
    let decoder = Decoder::in_process(Limits { max_side: 10, ..Limits::default() });
    let raw = Bytes::from(build::jpeg(&build::noise(64, 48, 1), 90));
    assert_eq!(decoder.prepare(raw.clone()).await.unwrap_err().code(), "picture_side_too_long");
    assert_eq!(decoder.received(Bytes::new()).await.unwrap_err().code(), "picture_empty");
    assert_eq!(decoder.limits().max_side, 10);
    // A caller that gives up does not take a place for ever.
    for _ in 0..20 {
        let given_up = decoder.prepare(raw.clone());
        drop(given_up);
    }
    assert!(decoder.prepare(raw).await.is_err());
}
