//! Accounts in a folder of their own, asked through their router, with a clock that is moved by hand.
#![allow(clippy::unwrap_used, dead_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use allxone_contract::UtcMillis;
use allxone_egress::{Door, EgressOutcome, EgressRow, Ledger, LedgerError, RowId};
use allxone_identity::{BASE, Identity, IdentityConfig};
use allxone_vault::SecretKey;
use axum::Router;
use axum::body::Body;
use http::{Request, StatusCode, header};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;
use zeroize::Zeroizing;

pub struct Accounts {
    pub dir: TempDir,
    pub identity: Identity,
    pub router: Router,
    pub ahead: Arc<AtomicI64>,
}

impl Accounts {
    pub async fn open() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(adjust: impl FnOnce(&mut IdentityConfig)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let ahead = Arc::new(AtomicI64::new(0));
        let clock = Arc::clone(&ahead);
        let key = SecretKey::from_bytes(Zeroizing::new([3; 32]));
        let mut config = IdentityConfig::new(
            dir.path().join("identity.db"),
            key,
            "http://127.0.0.1:4000".parse().unwrap(),
        );
        config.now = Arc::new(move || UtcMillis(1_900_000_000_000).plus(clock.load(Ordering::Relaxed)));
        adjust(&mut config);
        let identity = Identity::open(config).await.unwrap();
        let router = Router::new().nest(BASE, identity.router());
        Self { dir, identity, router, ahead }
    }

    /// Accounts that were opened elsewhere.
    pub fn of(identity: Identity) -> Self {
        let router = Router::new().nest(BASE, identity.router());
        Self { dir: tempfile::tempdir().unwrap(), identity, router, ahead: Arc::default() }
    }

    pub async fn ask(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Value,
    ) -> (StatusCode, Value) {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{BASE}{path}"))
            .header(header::HOST, "127.0.0.1:4000");
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let answer =
            self.router.clone().oneshot(request.body(Body::from(body.to_string())).unwrap()).await.unwrap();
        let status = answer.status();
        let text = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (status, serde_json::from_slice(&text).unwrap_or(Value::Null))
    }

    pub async fn sign_up(&self, email: &str) -> Value {
        let body = json!({ "email": email, "password": "a long enough phrase", "data": { "name": "Umbrella Canary" } });
        let (status, session) = self.ask("POST", "/signup", None, body).await;
        assert_eq!(status, StatusCode::OK, "{session}");
        session
    }
}

/// A ledger for as long as a test takes; it counts.
#[derive(Default)]
pub struct Counting(pub AtomicI64);

impl Ledger for Counting {
    fn append(&self, _: &EgressRow) -> Result<RowId, LedgerError> {
        Ok(RowId(self.0.fetch_add(1, Ordering::Relaxed)))
    }

    fn close(&self, _: RowId, _: &EgressOutcome) {}
}

pub fn door() -> Door {
    Door::builder().ledger(Arc::new(Counting::default())).build().unwrap()
}

/// What a browser gets.
pub struct Page {
    pub status: StatusCode,
    pub location: String,
    pub cookie: Option<String>,
    pub text: String,
    pub headers: http::HeaderMap,
}

pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const BACK: &str = "http://127.0.0.1:9/auth/callback?sb_flow_id=7";

/// The address a program opens in the browser.
pub fn begin(provider: &str, redirect_to: &str, challenge: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("provider", provider).append_pair("redirect_to", redirect_to);
    if !challenge.is_empty() {
        query.append_pair("code_challenge", challenge).append_pair("code_challenge_method", "s256");
    }
    format!("/authorize?{}", query.finish())
}

impl Accounts {
    /// A request as a browser makes it.
    pub async fn browse(&self, path: &str, headers: &[(&str, &str)], form: Option<&[(&str, &str)]>) -> Page {
        let path = path.strip_prefix("http://127.0.0.1:4000").unwrap_or(path);
        let path = if path.starts_with(BASE) { path.to_owned() } else { format!("{BASE}{path}") };
        let mut request = Request::builder().uri(path).method(if form.is_some() { "POST" } else { "GET" });
        let named = |name: &str| headers.iter().any(|(one, _)| *one == name);
        if !named("host") {
            request = request.header("host", "127.0.0.1:4000");
        }
        request = request.header("accept", "text/html");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = form
            .map(|fields| url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish());
        if body.is_some() {
            request = request.header("content-type", "application/x-www-form-urlencoded");
            if !named("origin") {
                request = request.header("origin", "http://127.0.0.1:4000");
            }
        }
        let answer = self
            .router
            .clone()
            .oneshot(request.body(Body::from(body.unwrap_or_default())).unwrap())
            .await
            .unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (location, cookie) = (header("location").unwrap_or_default(), header("set-cookie"));
        let cookie = cookie.map(|line| line.split(';').next().unwrap().to_owned());
        let text = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        Page { status, location, cookie, text: String::from_utf8(text.to_vec()).unwrap(), headers }
    }

    /// Opens the sign-in page; answers with flow, cookie and the word of its form.
    pub async fn open_page(&self, redirect_to: &str) -> (String, String, String) {
        let begun = self.browse(&begin("custom:local", redirect_to, CHALLENGE), &[], None).await;
        let cookie = begun.cookie.expect("a cookie");
        let flow = begun.location.rsplit("flow=").next().unwrap().to_owned();
        let page = self.browse(&begun.location, &[("cookie", &cookie)], None).await;
        let word = page
            .text
            .split("name=\"word\" value=\"")
            .nth(1)
            .expect("a form")
            .split('"')
            .next()
            .unwrap()
            .to_owned();
        (flow, cookie, word)
    }

    /// Signs in on the page; answers with the code.
    pub async fn code_of(&self, email: &str) -> String {
        let (flow, cookie, word) = self.open_page(BACK).await;
        let form = [
            ("flow", flow.as_str()),
            ("word", &word),
            ("step", "sign_in"),
            ("email", email),
            ("password", "a long enough phrase"),
        ];
        let page = self.browse("/local", &[("cookie", &cookie)], Some(&form)).await;
        let onward = page
            .text
            .split("class=\"button\" href=\"")
            .nth(1)
            .expect("the way back")
            .split('"')
            .next()
            .unwrap()
            .replace("&amp;", "&");
        onward.split("code=").nth(1).unwrap().to_owned()
    }

    pub async fn exchange(&self, code: &str, verifier: &str) -> (StatusCode, Value) {
        self.ask(
            "POST",
            "/token?grant_type=pkce",
            None,
            json!({ "auth_code": code, "code_verifier": verifier }),
        )
        .await
    }
}

pub fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}
