//! How the Door introduces itself, and what it never says.

use std::collections::BTreeSet;

use allxone_egress::{Door, Empty, HeaderMap, ProxySetting, Purpose, Route, Server};

use crate::far_end::{Act, FarEnd, http, json};
use crate::notebook::{Notebook, TOKEN, other, own, setting};

#[tokio::test]
async fn says_who_it_is_and_nothing_else() {
    let far =
        FarEnd::answering(|_, _| vec![Act::Send(http(200, &[("set-cookie", "id=1; path=/")], ""))]).await;
    let setting = setting();
    for _ in 0..2 {
        let asked =
            setting.door.fetch(&other(&far), Purpose::Models, Route::get("/m"), HeaderMap::new(), 10).await;
        asked.unwrap().bytes().await.unwrap();
    }
    let route = Route::post("/jobs/{id}/cancel").id("7");
    setting
        .door
        .send_control(&other(&far), Purpose::CancelJob, route, HeaderMap::new(), &Empty)
        .await
        .unwrap();

    for seen in far.seen() {
        assert_eq!(seen.header("user-agent"), Some(concat!("AllXOne/", env!("CARGO_PKG_VERSION"))));
        assert_eq!(seen.header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
        assert_eq!(seen.header("accept-encoding"), Some("identity"));
        let names: BTreeSet<_> = seen.headers.iter().map(|(name, _)| name.as_str()).collect();
        let known = BTreeSet::from([
            "accept",
            "accept-encoding",
            "authorization",
            "content-length",
            "host",
            "user-agent",
        ]);
        assert!(names.is_subset(&known), "{names:?}");
        assert!(!seen.target.contains(TOKEN));
    }
}

#[tokio::test]
async fn a_proxy_is_never_used_within_this_computer() {
    let proxy = FarEnd::answering(|_, _| vec![Act::Send(http(502, &[], ""))]).await;
    let far = FarEnd::answering(|_, _| json(200, &1)).await;
    let notebook = std::sync::Arc::new(Notebook::default());
    let door =
        Door::builder().ledger(notebook).proxy(ProxySetting::manual(&proxy.url()).unwrap()).build().unwrap();
    for server in [own(&far), other(&far)] {
        let answer =
            door.fetch(&server, Purpose::Models, Route::get("/m"), HeaderMap::new(), 10).await.unwrap();
        assert_eq!(answer.status(), 200);
    }
    assert_eq!((proxy.connections(), far.connections()), (0, 2));
}

#[tokio::test]
async fn a_proxy_is_asked_for_a_tunnel_and_told_nothing_more() {
    let proxy = FarEnd::answering(|_, _| vec![Act::Send(http(403, &[], ""))]).await;
    let notebook = std::sync::Arc::new(Notebook::default());
    let door = Door::builder()
        .ledger(notebook.clone())
        .proxy(ProxySetting::manual(&proxy.url()).unwrap())
        .build()
        .unwrap();
    let token = allxone_egress::BearerToken::new(TOKEN).unwrap();
    let server = Server::remote("https://studio.invalid", Some(token)).unwrap();
    let error =
        door.fetch(&server, Purpose::Models, Route::get("/models"), HeaderMap::new(), 10).await.unwrap_err();
    assert!(error.never_sent(), "{error:?}");

    let seen = proxy.seen();
    assert_eq!((seen[0].method.as_str(), seen[0].target.as_str()), ("CONNECT", "studio.invalid:443"));
    assert_eq!(seen[0].header("authorization"), None);
    assert!(!format!("{seen:?}").contains(TOKEN));
    assert_eq!(notebook.only().0.host, "studio.invalid");
}

#[tokio::test]
async fn localhost_is_this_computer() {
    let far = FarEnd::answering(|_, _| json(200, &1)).await;
    let setting = setting();
    let server = Server::remote(&format!("http://localhost:{}", far.addr().port()), None).unwrap();
    let answer =
        setting.door.fetch(&server, Purpose::Health, Route::get("/h"), HeaderMap::new(), 10).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(far.seen()[0].header("authorization"), None);
}
