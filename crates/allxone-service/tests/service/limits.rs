//! Too large, too many, too slow: told, not suffered.

use std::time::Duration;

use allxone_contract::*;
use allxone_service::Limits;
use tokio::io::AsyncReadExt;

use crate::rig::{PROMPT, Rig, fixture, quick};

#[tokio::test]
async fn bodies_are_cut_off_whether_announced_or_not() {
    let rig = Rig::with(Limits { picture_bytes: 1000, request_bytes: 500, ..Limits::default() }).await;
    let too_large = (413, "too_large".to_owned());
    for (path, size) in [("/uploads", 1001), ("/uploads", 1_000_000), ("/jobs", 501), ("/quotes", 501)] {
        let body = vec![b'x'; size];
        let announced = rig.http.send("POST", path, &[("idempotency-key", "k")], &body).await;
        assert_eq!(announced.refused(), too_large, "{path}");
        let mut chunked = rig
            .http
            .head("POST", path, &[("idempotency-key", "k"), ("transfer-encoding", "chunked")])
            .into_bytes();
        chunked.extend(format!("\r\n{size:x}\r\n").as_bytes());
        chunked.extend(&body);
        chunked.extend(b"\r\n0\r\n\r\n");
        assert_eq!(rig.http.raw(&chunked).await.refused(), too_large, "{path} in chunks");
    }
    assert_eq!(
        rig.http.send("POST", "/uploads", &[], &[b'x'; 1000]).await.refused(),
        (415, "unreadable_picture".to_owned())
    );
    assert_eq!(rig.sealed_files(), 0);
}

#[tokio::test]
async fn what_is_no_picture_is_named_as_such() {
    let rig = Rig::start().await;
    let mut cut = fixture("safe_coffee.png").bytes().to_vec();
    cut.truncate(cut.len() / 2);
    for body in [&b""[..], b"hello", b"\x89PNG\r\n\x1a\n", &cut] {
        assert_eq!(
            rig.http.send("POST", "/uploads", &[], body).await.refused(),
            (415, "unreadable_picture".to_owned())
        );
    }
}

#[tokio::test]
async fn too_many_at_once_are_told_when_to_come_back() {
    let crowded = Rig::with(Limits { requests_at_once: 0, ..Limits::default() }).await;
    let reply = crowded.http.get("/models").await;
    assert_eq!((reply.refused(), reply.headers["retry-after"].as_str()), ((429, "busy".to_owned()), "1"));
    assert!(reply.problem().retryable);

    let rig = Rig::with(Limits { queue: 1, followers_at_once: 0, ..Limits::default() }).await;
    rig.control.hold();
    rig.accepted("a", &quick(PROMPT)).await;
    rig.control.one_begun().await;
    let waiting = rig.accepted("b", &quick(PROMPT)).await;
    let full = rig.submit("c", &quick(PROMPT)).await;
    assert_eq!((full.refused(), full.headers["retry-after"].as_str()), ((429, "busy".to_owned()), "10"));
    let follow = rig.http.get(&format!("/jobs/{waiting}/events")).await;
    assert_eq!(follow.refused(), (429, "busy".to_owned()));
    assert_eq!(rig.jobs().await.len(), 2);
    rig.control.release();
}

#[tokio::test]
async fn a_full_store_takes_no_more() {
    let size = fixture("safe_coffee.png").bytes().len() as u64;
    let rig = Rig::with(Limits { stored_bytes: size, ..Limits::default() }).await;
    assert_eq!(rig.upload("safe_coffee.png").await.status, 201);
    assert_eq!(rig.upload("safe_brick.png").await.refused(), (413, "too_large".to_owned()));
    assert_eq!(rig.submit("k", &quick(PROMPT)).await.refused(), (413, "too_large".to_owned()));
    assert_eq!(rig.sealed_files(), 1);
}

#[tokio::test]
async fn a_body_that_never_comes_is_given_up() {
    let rig = Rig::with(Limits { request_time: Duration::from_millis(100), ..Limits::default() }).await;
    let head = rig.http.head("POST", "/uploads", &[("content-length", "1000")]) + "\r\nhalf";
    let mut stream = rig.http.begin(head.as_bytes()).await;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert!(
        String::from_utf8_lossy(&answer).starts_with("HTTP/1.1 504"),
        "{}",
        String::from_utf8_lossy(&answer)
    );
    assert_eq!(rig.http.get("/health").await.json::<Health>().service, "allxone");
}

#[tokio::test]
async fn headers_without_end_are_refused() {
    let rig = Rig::start().await;
    let many: Vec<(String, String)> = (0..100).map(|n| (format!("x-{n}"), "y".to_owned())).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert_eq!(rig.http.send("GET", "/models", &many, b"").await.status, 431);
    let long = "y".repeat(200_000);
    assert_eq!(rig.http.send("GET", "/models", &[("x", &long)], b"").await.status, 431);
    assert_eq!(rig.http.get("/models").await.status, 200);
}
