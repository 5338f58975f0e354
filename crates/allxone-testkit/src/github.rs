//! GitHub's sign-in, in its own dialect: OAuth 2 without OpenID, faults with status 200, addresses at a place of their own.

use std::sync::{Arc, Mutex};

use axum::extract::{Form, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;
use uuid::Uuid;

use crate::served::Served;

/// What the application is registered as.
pub const CLIENT_ID: &str = "allxone-tests";
/// And its secret; of no use anywhere.
pub const CLIENT_SECRET: &str = "of-no-use-anywhere";

/// GitHub on loopback. Dropping it ends it.
pub struct GitHub {
    inner: Arc<Mutex<Inner>>,
    served: Served,
}

#[derive(Default)]
struct Inner {
    id: u64,
    login: String,
    emails: Vec<Value>,
    denies: bool,
    redirects: bool,
    /// Codes given out: the code, the challenge, the return address.
    codes: Vec<(String, String, String)>,
    tokens: Vec<String>,
    asked: Vec<String>,
}

impl GitHub {
    /// With one person, who has one confirmed address.
    pub async fn start(id: u64, login: &str, email: &str) -> Self {
        let emails = vec![json!({ "email": email, "primary": true, "verified": true, "visibility": null })];
        let inner = Arc::new(Mutex::new(Inner { id, login: login.to_owned(), emails, ..Inner::default() }));
        let state = Arc::clone(&inner);
        let served = Served::start(|_| {
            Router::new()
                .route("/login/oauth/authorize", get(authorize))
                .route("/login/oauth/access_token", post(token))
                .route("/user", get(user))
                .route("/user/emails", get(emails_of))
                .with_state(state)
        })
        .await;
        Self { inner, served }
    }

    /// Where it is, without a slash at the end; its API is there too.
    pub fn url(&self) -> &str {
        &self.served.url
    }

    /// Which addresses the person has there, each with whether it was confirmed; the first is the main one.
    pub fn has_emails(&self, emails: &[(&str, bool)]) {
        let list = emails.iter().enumerate();
        let list = list.map(|(at, (email, verified))| json!({ "email": email, "primary": at == 0, "verified": verified, "visibility": null }));
        self.inner.lock().unwrap().emails = list.collect();
    }

    /// The person says no, from now on.
    pub fn denies(&self, denies: bool) {
        self.inner.lock().unwrap().denies = denies;
    }

    /// Everything about a person is answered with a redirect, from now on.
    pub fn redirects(&self, redirects: bool) {
        self.inner.lock().unwrap().redirects = redirects;
    }

    /// The paths that were asked, in order.
    pub fn asked(&self) -> Vec<String> {
        self.inner.lock().unwrap().asked.clone()
    }
}

type Shared = State<Arc<Mutex<Inner>>>;

#[derive(Deserialize)]
struct Authorize {
    client_id: String,
    redirect_uri: String,
    state: String,
    code_challenge: String,
    code_challenge_method: String,
    scope: String,
}

async fn authorize(State(inner): Shared, Query(asked): Query<Authorize>) -> Response {
    let mut inner = inner.lock().unwrap();
    inner.asked.push("/login/oauth/authorize".to_owned());
    if asked.client_id != CLIENT_ID
        || asked.code_challenge_method != "S256"
        || !asked.scope.split(' ').any(|scope| scope == "user:email")
    {
        return (StatusCode::NOT_FOUND, "There is no such application.").into_response();
    }
    let mut to = Url::parse(&asked.redirect_uri).unwrap();
    if inner.denies {
        to.query_pairs_mut()
            .append_pair("error", "access_denied")
            .append_pair("error_description", "The user has denied your application access.")
            .append_pair("state", &asked.state);
    } else {
        let code = Uuid::new_v4().simple().to_string();
        to.query_pairs_mut().append_pair("code", &code).append_pair("state", &asked.state);
        inner.codes.push((code, asked.code_challenge, asked.redirect_uri));
    }
    Redirect::to(to.as_str()).into_response()
}

#[derive(Deserialize)]
struct Exchange {
    client_id: String,
    client_secret: String,
    code: String,
    redirect_uri: String,
    code_verifier: String,
}

async fn token(State(inner): Shared, headers: HeaderMap, Form(asked): Form<Exchange>) -> Response {
    let mut inner = inner.lock().unwrap();
    inner.asked.push("/login/oauth/access_token".to_owned());
    let fault = |code: &str| {
        Json(json!({ "error": code, "error_description": "The request was not right.", "error_uri": "https://docs.github.com" })).into_response()
    };
    // Without this it answers as a form, which nobody wants.
    if headers.get("accept").is_none_or(|accept| accept != "application/json") {
        return "error=not_json".into_response();
    }
    if asked.client_id != CLIENT_ID || asked.client_secret != CLIENT_SECRET {
        return fault("incorrect_client_credentials");
    }
    let Some(at) = inner.codes.iter().position(|(code, ..)| *code == asked.code) else {
        return fault("bad_verification_code");
    };
    let (_, challenge, redirect) = inner.codes.remove(at);
    let proof = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .encode(Sha256::digest(asked.code_verifier.as_bytes()));
    if proof != challenge {
        return fault("bad_verification_code");
    }
    if redirect != asked.redirect_uri {
        return fault("redirect_uri_mismatch");
    }
    let token = format!("gho_{}", Uuid::new_v4().simple());
    inner.tokens.push(token.clone());
    Json(json!({ "access_token": token, "token_type": "bearer", "scope": "read:user,user:email" }))
        .into_response()
}

fn known(inner: &Inner, headers: &HeaderMap) -> Result<(), Box<Response>> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if inner.redirects {
        return Err(Box::new(Redirect::temporary("http://127.0.0.1:9/elsewhere").into_response()));
    }
    if text("user-agent").is_empty() {
        return Err(Box::new(
            (StatusCode::FORBIDDEN, "Request forbidden by administrative rules.").into_response(),
        ));
    }
    let token = text("authorization").strip_prefix("Bearer ").unwrap_or_default();
    if !inner.tokens.iter().any(|one| one == token) {
        return Err(Box::new(
            (StatusCode::UNAUTHORIZED, Json(json!({ "message": "Bad credentials" }))).into_response(),
        ));
    }
    Ok(())
}

async fn user(State(inner): Shared, headers: HeaderMap) -> Response {
    let mut inner = inner.lock().unwrap();
    inner.asked.push("/user".to_owned());
    if let Err(refusal) = known(&inner, &headers) {
        return *refusal;
    }
    Json(json!({ "login": inner.login, "id": inner.id, "name": null, "avatar_url": "https://avatars.example/u/1", "email": null })).into_response()
}

async fn emails_of(State(inner): Shared, headers: HeaderMap) -> Response {
    let mut inner = inner.lock().unwrap();
    inner.asked.push("/user/emails".to_owned());
    if let Err(refusal) = known(&inner, &headers) {
        return *refusal;
    }
    Json(inner.emails.clone()).into_response()
}
