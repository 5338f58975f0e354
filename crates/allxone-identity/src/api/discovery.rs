//! What anybody may know: that the service is there, which ways to sign in it has, and its public keys.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use serde_json::{Value, json};

use crate::Identity;

/// The provider whose page is this service's own.
pub(crate) const LOCAL: &str = "custom:local";

pub(crate) async fn health() -> Json<Value> {
    Json(
        json!({ "version": env!("CARGO_PKG_VERSION"), "name": "AllXOne", "description": "Accounts and sign-in of an AllXOne service" }),
    )
}

pub(crate) async fn settings(State(identity): State<Identity>) -> Json<Value> {
    let rules = identity.rules();
    let mut external = json!({ "email": true, "phone": false, "anonymous_users": false, LOCAL: true });
    let mut labels = json!({});
    for (name, label) in identity.upstreams().all() {
        external[&name] = json!(true);
        labels[&name] = json!(label);
    }
    Json(json!({
        "external": external,
        // Not in the hosted dialect: what people read on the button of a provider that no program knows by name.
        "external_labels": labels,
        "disable_signup": !rules.sign_up,
        "mailer_autoconfirm": rules.autoconfirm,
        "phone_autoconfirm": false,
        "sms_provider": "",
        "saml_enabled": false,
    }))
}

pub(crate) async fn keys(State(identity): State<Identity>) -> Response {
    ([(header::CACHE_CONTROL, "public, max-age=600")], Json(identity.public_keys())).into_response()
}

pub(crate) async fn openid(State(identity): State<Identity>) -> Json<Value> {
    let issuer = identity.issuer();
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/user"),
        "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "code_challenge_methods_supported": ["S256"],
    }))
}
