//! Tokens: for a code, for a password, for a refresh token.

use axum::Json as Shown;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::Value;
use subtle::ConstantTimeEq;

use crate::Identity;
use crate::answer::Json;
use crate::fault::{Answer, Fault};
use crate::guard::{Device, From};
use crate::refresh::RefreshToken;
use crate::secrets::challenge_of;
use crate::store::Rotation;
use crate::user::address;

#[derive(Deserialize)]
pub(crate) struct Grant {
    grant_type: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    auth_code: Option<String>,
    code_verifier: Option<String>,
    refresh_token: Option<String>,
    email: Option<String>,
    password: Option<String>,
}

pub(crate) async fn token(
    State(identity): State<Identity>,
    From(from): From,
    Device(device): Device,
    Query(grant): Query<Grant>,
    Json(asked): Json<Asked>,
) -> Answer<Shown<Value>> {
    identity.limits().token(from)?;
    let session = match grant.grant_type.as_deref() {
        Some("pkce") => exchange(&identity, asked, &device).await,
        Some("password") => password(&identity, asked, &device).await,
        Some("refresh_token") => refresh(&identity, asked).await,
        _ => Err(Fault::invalid("unsupported_grant_type")),
    };
    session.map(Shown)
}

async fn exchange(identity: &Identity, asked: Asked, device: &str) -> Answer<Value> {
    let (code, verifier) = (asked.auth_code.unwrap_or_default(), asked.code_verifier.unwrap_or_default());
    if code.is_empty() || verifier.is_empty() {
        return Err(Fault::invalid("Both auth_code and code_verifier are required."));
    }
    let gone = || {
        Fault::new(404, "flow_state_not_found", "This sign-in is not known or was already used. Start again.")
    };
    let redeemed =
        identity.store().redeem(&identity.secrets().hash("flow", &[&code])).await?.ok_or_else(gone)?;
    if redeemed.created.plus(identity.rules().flow_seconds.saturating_mul(1_000)) <= identity.now() {
        return Err(Fault::new(422, "flow_state_expired", "This sign-in took too long. Start again."));
    }
    let proven: bool = challenge_of(&verifier).as_bytes().ct_eq(redeemed.challenge.as_bytes()).into();
    if !proven {
        return Err(Fault::new(
            400,
            "bad_code_verifier",
            "This sign-in was begun by another program. Start again.",
        ));
    }
    let user = identity.store().user(&redeemed.user).await?.ok_or_else(gone)?;
    identity.sign_in(&user, &redeemed.method, device).await
}

async fn password(identity: &Identity, asked: Asked, device: &str) -> Answer<Value> {
    let given = asked.email.as_deref().unwrap_or_default();
    let password = asked.password.unwrap_or_default();
    if given.is_empty() || password.is_empty() {
        return Err(Fault::new(400, "validation_failed", "An e-mail address and a password are required."));
    }
    let email = address(given).ok_or_else(Fault::invalid_credentials)?;
    identity.limits().account(&email)?;
    let user = identity.store().user_by_email(&email).await?;
    let hash = user.as_ref().and_then(|user| user.password.clone());
    let right = identity.passwords().is(password, hash).await?;
    let user = user.filter(|_| right).ok_or_else(Fault::invalid_credentials)?;
    if user.email_confirmed.is_none() {
        return Err(Fault::new(
            400,
            "email_not_confirmed",
            "The e-mail address is not confirmed yet. Use the code in the letter.",
        ));
    }
    identity.sign_in(&user, "password", device).await
}

async fn refresh(identity: &Identity, asked: Asked) -> Answer<Value> {
    let text = asked.refresh_token.unwrap_or_default();
    if text.is_empty() {
        return Err(Fault::invalid("A refresh_token is required."));
    }
    let unknown =
        || Fault::new(400, "refresh_token_not_found", "This refresh token is not known. Sign in again.");
    let token = RefreshToken::read(&text, identity.secrets()).ok_or_else(unknown)?;
    let now = identity.now();
    let since = now.plus(identity.rules().reuse_seconds.saturating_mul(-1_000));
    let turned = identity.turnstile().pass(token.session.clone(), token.counter, since, now).await;
    let turned = turned.map_err(|_| {
        Fault::new(409, "conflict", "Too many tokens are being turned. Nothing was changed. Try again.")
    })?;
    let counter = match turned {
        Rotation::Turned(counter) | Rotation::Current(counter) => counter,
        Rotation::Gone => return Err(unknown()),
        Rotation::Reused => {
            tracing::warn!("a refresh token was presented again long after; its session was ended");
            let message = "This refresh token was used before, so the session was ended. Sign in again.";
            return Err(Fault::new(400, "refresh_token_already_used", message));
        }
    };
    let Some(mut session) = identity.store().session(&token.session).await? else { return Err(unknown()) };
    // The generation that is durable, whatever came since.
    session.counter = session.counter.max(counter);
    let user = identity.store().user(&session.user).await?.ok_or_else(unknown)?;
    if user.is_banned(now) {
        return Err(Fault::new(
            400,
            "user_banned",
            "This account is closed for now. Ask the operator of the service.",
        ));
    }
    identity.shown_session(&user, &session)
}
