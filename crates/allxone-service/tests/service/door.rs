//! Who is let in: token, host, origin, version; and what strangers learn.

use allxone_contract::*;
use allxone_service::{AccessToken, Limits, ServiceConfig, start_with};

use crate::http::Http;
use crate::rig::{Rig, config, gate};

const ROUTES: &[(&str, &str)] = &[
    ("GET", "/models"),
    ("POST", "/quotes"),
    ("POST", "/uploads"),
    ("GET", "/assets/01ARZ3NDEKTSV4RRFFQ69G5FAV"),
    ("GET", "/assets/01ARZ3NDEKTSV4RRFFQ69G5FAV/content"),
    ("GET", "/jobs"),
    ("POST", "/jobs"),
    ("GET", "/jobs/01ARZ3NDEKTSV4RRFFQ69G5FAV"),
    ("DELETE", "/jobs/01ARZ3NDEKTSV4RRFFQ69G5FAV"),
    ("DELETE", "/jobs/01ARZ3NDEKTSV4RRFFQ69G5FAV/outputs/0"),
    ("GET", "/history"),
    ("POST", "/jobs/01ARZ3NDEKTSV4RRFFQ69G5FAV/cancel"),
    ("GET", "/jobs/01ARZ3NDEKTSV4RRFFQ69G5FAV/events"),
    ("GET", "/no/such/route"),
    ("POST", "/health"),
];

fn request(method: &str, path: &str, headers: &[String]) -> Vec<u8> {
    format!(
        "{method} /api/v1{path} HTTP/1.1\r\n{}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
        headers.join("\r\n")
    )
    .into_bytes()
}

#[tokio::test]
async fn every_route_wants_the_token_and_tells_nothing_without() {
    let rig = Rig::start().await;
    let Http { addr, token } = rig.http.clone();
    let host = format!("host: {addr}");
    let wrong = AccessToken::random().unwrap().expose().to_owned();
    let attempts = [
        vec![],
        vec![format!("authorization: Bearer {wrong}")],
        vec![format!("authorization: Bearer {}", &token[..63])],
        vec![format!("authorization: bearer{token}")],
        vec![format!("authorization: Basic {token}")],
        vec!["authorization: Bearer ".to_owned()],
        vec![format!("authorization: Bearer {token}"), format!("authorization: Bearer {wrong}")],
        vec![format!("x-authorization: Bearer {token}")],
    ];
    for (method, path) in ROUTES {
        for attempt in &attempts {
            let headers = [vec![host.clone()], attempt.clone()].concat();
            let reply = rig.http.raw(&request(method, path, &headers)).await;
            assert_eq!(reply.refused(), (401, "unauthorized".to_owned()), "{method} {path} {attempt:?}");
            assert!(!String::from_utf8_lossy(&reply.body).contains(&token));
        }
    }
    let health = rig.http.raw(&request("GET", "/health", &[host])).await;
    let health_says: Health = health.json();
    assert_eq!(
        (health.status, health_says.service.as_str(), health_says.api.serves(API_VERSION)),
        (200, "allxone", true)
    );
    assert_eq!(
        (health.headers["cache-control"].as_str(), health.headers["x-content-type-options"].as_str()),
        ("no-store", "nosniff")
    );
}

#[tokio::test]
async fn web_pages_and_rebound_names_are_turned_away_even_with_the_token() {
    let rig = Rig::start().await;
    let Http { addr, token } = rig.http.clone();
    let port = addr.port();
    let bearer = format!("authorization: Bearer {token}");
    let hosts = [
        "host: evil.example".to_owned(),
        format!("host: evil.example:{port}"),
        format!("host: 127.0.0.1.evil.example:{port}"),
        format!("host: user@127.0.0.1:{port}"),
        "host: 127.0.0.1:x".to_owned(),
        "host: 127.0.0.1:99999".to_owned(),
        "host: 0.0.0.0".to_owned(),
        "host: ".to_owned(),
        "x: y".to_owned(),
        format!("host: {addr}\r\nhost: evil.example"),
        format!("host: {addr}\r\norigin: null"),
        format!("host: {addr}\r\norigin: http://{addr}"),
    ];
    for path in ["/health", "/models"] {
        for host in &hosts {
            let reply = rig.http.raw(&request("GET", path, &[host.clone(), bearer.clone()])).await;
            // Two hosts, or none, are refused by the HTTP reader itself.
            if reply.status != 400 || !reply.body.is_empty() {
                assert_eq!(reply.refused(), (401, "unauthorized".to_owned()), "{path} {host}");
            }
        }
        for host in [
            format!("127.0.0.1:{port}"),
            format!("localhost:{port}"),
            "LOCALHOST".to_owned(),
            format!("[::1]:{port}"),
        ] {
            let reply = rig.http.raw(&request("GET", path, &[format!("host: {host}"), bearer.clone()])).await;
            assert_eq!(reply.status, 200, "{path} {host}");
        }
        let absolute = format!(
            "GET http://evil.example/api/v1{path} HTTP/1.1\r\nhost: {addr}\r\n{bearer}\r\nconnection: close\r\n\r\n"
        );
        assert_eq!(rig.http.raw(absolute.as_bytes()).await.refused().0, 401);
    }
}

#[tokio::test]
async fn another_version_of_the_contract_is_told_to_update() {
    let rig = Rig::start().await;
    let Http { addr, token } = rig.http.clone();
    let ask = async |version: Option<&str>, path: &str| {
        let mut headers = vec![format!("host: {addr}"), format!("authorization: Bearer {token}")];
        headers.extend(version.map(|v| format!("allxone-api: {v}")));
        rig.http.raw(&request("GET", path, &headers)).await
    };
    for version in ["0", "2", "4294967295"] {
        assert_eq!(ask(Some(version), "/models").await.refused(), (426, "upgrade_required".to_owned()));
        assert_eq!(ask(Some(version), "/health").await.status, 200);
    }
    for version in ["", "one", "-1", "99999999999"] {
        assert_eq!(ask(Some(version), "/models").await.refused(), (400, "invalid".to_owned()));
    }
    for version in [Some("1"), None] {
        assert_eq!(ask(version, "/models").await.status, 200);
    }
}

#[tokio::test]
async fn hostile_paths_and_ids_name_nothing() {
    let rig = Rig::start().await;
    let ids = [
        "x",
        "..",
        "%2e%2e",
        "..%2f..%2fservice.db",
        "%00",
        "%ff%fe",
        "01arz3ndektsv4rrffq69g5fav",
        "01ARZ3NDEKTSV4RRFFQ69G5FA",
        "01ARZ3NDEKTSV4RRFFQ69G5FAVV",
        "81ARZ3NDEKTSV4RRFFQ69G5FAV",
        "01ARZ3NDEKTSV4RRFFQ69G5FA'",
        "1%27%20OR%201=1--",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV",
    ];
    for id in ids {
        for path in ["/jobs/{}", "/jobs/{}/events", "/assets/{}", "/assets/{}/content"] {
            let path = path.replace("{}", id);
            assert_eq!(rig.http.get(&path).await.refused(), (404, "not_found".to_owned()), "{path}");
        }
        assert_eq!(rig.http.send("POST", &format!("/jobs/{id}/cancel"), &[], b"").await.refused().0, 404);
        assert_eq!(rig.http.send("DELETE", &format!("/jobs/{id}"), &[], b"").await.refused().0, 404);
    }
    for (method, path) in [
        ("GET", "/nothing"),
        ("PUT", "/jobs"),
        ("GET", "/uploads"),
        ("TRACE", "/models"),
        ("GET", "/../../etc/passwd"),
    ] {
        assert_eq!(
            rig.http.send(method, path, &[], b"").await.refused(),
            (404, "not_found".to_owned()),
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn a_panic_is_told_as_a_fault_of_ours_without_its_text() {
    let rig = Rig::start().await;
    rig.control.cards_panic.store(true, std::sync::atomic::Ordering::SeqCst);
    let reply = rig.http.get("/models").await;
    assert_eq!(reply.refused(), (500, "internal".to_owned()));
    assert!(!String::from_utf8_lossy(&reply.body).contains("deliberate"));
    rig.control.cards_panic.store(false, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(rig.http.get("/models").await.json::<ModelList>().models.len(), 2);
}

#[tokio::test]
async fn listens_on_loopback_alone_and_holds_its_folder_alone() {
    let rig = Rig::start().await;
    let other = tempfile::TempDir::new().unwrap();
    for addr in ["0.0.0.0:0", "192.0.2.1:0", "[::]:0"] {
        let config =
            ServiceConfig { listen: addr.parse().unwrap(), ..config(other.path(), Limits::default()) };
        let refused = start_with(config, gate(), Vec::new()).await.err().unwrap();
        assert_eq!(refused.code(), "not_loopback");
    }
    assert!(!other.path().join("service").exists());
    let refused =
        start_with(config(rig.dir.path(), Limits::default()), gate(), Vec::new()).await.err().unwrap();
    assert_eq!(refused.code(), "folder_in_use", "{refused}");
    assert_eq!(rig.http.get("/models").await.status, 200);
}

#[tokio::test]
async fn quotes_need_no_content_and_cost_nothing_here() {
    let rig = Rig::start().await;
    let ask = async |body: &str| rig.http.send("POST", "/quotes", &[], body.as_bytes()).await;
    let reply = ask(r#"{"operation":"generate","model":"test/quick","count":3,"factor":2,"fields":["seed","style","style"]}"#).await;
    let quote: Quote = reply.json();
    assert_eq!(
        (reply.status, quote.at_most, quote.dropped),
        (200, MilliCredits::FREE, vec![Field::Style, Field::Factor])
    );
    assert!(quote.expires > UtcMillis::now());
    assert_eq!(
        ask(r#"{"operation":"generate","model":"no/such","count":1}"#).await.refused().1,
        "unknown_model"
    );
    assert_eq!(ask(r#"{"operation":"upscale","model":"test/quick","count":1}"#).await.refused().1, "invalid");
    let with_content =
        ask(r#"{"operation":"generate","model":"test/quick","count":1,"prompt":"a cat"}"#).await;
    assert_eq!(with_content.refused(), (400, "invalid".to_owned()));
}
