//! The way back from another provider: what it says is checked, the person is found or made, and the browser goes on to the program with a
//! code. Whatever goes wrong after the sign-in is known goes back to the program too, as a word it understands.

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::HeaderMap;
use serde::Deserialize;

use super::local::{finish, with};
use crate::fault::{Answer, Fault};
use crate::store::{Flow, Linked, Seen};
use crate::upstream::{Leg, Person, UpstreamFault};
use crate::user::{Metadata, User, address};
use crate::{Identity, browser, pages};

#[derive(Deserialize)]
pub(crate) struct Asked {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
}

pub(crate) async fn callback(
    State(identity): State<Identity>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Response {
    // Taken first and for good: whatever comes of it, this state was used.
    let flow = match taken(&identity, asked.state.as_deref().unwrap_or_default(), &headers).await {
        Ok(flow) => flow,
        Err(fault) => return pages::refused(&fault, &headers),
    };
    let to = match signed_in(&identity, &flow, &asked).await {
        Ok(user) => finish(&identity, &flow, &user, "oauth").await,
        Err(fault) => {
            let error = if fault.code == "access_denied" { "access_denied" } else { "server_error" };
            with(
                &flow.redirect_to,
                &[("error", error), ("error_code", fault.code), ("error_description", &fault.message)],
            )
        }
    };
    match to {
        Ok(to) => Redirect::to(to.as_str()).into_response(),
        Err(fault) => pages::refused(&fault, &headers),
    }
}

/// The sign-in this state stands for, if it waits and was begun in this browser.
async fn taken(identity: &Identity, state: &str, headers: &HeaderMap) -> Answer<Flow> {
    let unknown = || {
        Fault::new(
            400,
            "bad_oauth_state",
            "This sign-in is not known, was already used or was begun in another browser. Start again in AllXOne.",
        )
    };
    let browser = browser::mark(headers).map(|mark| identity.browser_hash(&mark)).ok_or_else(unknown)?;
    identity.store().call_flow(state, &browser, identity.now()).await?.ok_or_else(unknown)
}

async fn signed_in(identity: &Identity, flow: &Flow, asked: &Asked) -> Answer<User> {
    if flow.created.plus(identity.rules().flow_seconds.saturating_mul(1_000)) <= identity.now() {
        return Err(Fault::new(
            422,
            "flow_state_expired",
            "This sign-in took too long. Start again in AllXOne.",
        ));
    }
    if asked.error.is_some() {
        return Err(Fault::new(403, "access_denied", "The provider did not let this sign-in through."));
    }
    let broken = || {
        Fault::new(
            500,
            "bad_oauth_callback",
            "The provider's answer could not be used. Nobody was signed in.",
        )
    };
    let code = asked.code.as_deref().filter(|code| (1..=4_096).contains(&code.len())).ok_or_else(broken)?;
    let upstream = identity.upstreams().named(&flow.provider).ok_or_else(broken)?;
    let person = upstream.person(&leg(identity, &flow.id), code).await.map_err(|fault| match fault {
        UpstreamFault::Unreachable(error) => {
            tracing::warn!(code = error.code(), "a sign-in provider could not be asked");
            Fault::new(
                502,
                "provider_unreachable",
                "The provider could not be reached. Nobody was signed in. Try again in a while.",
            )
        }
        UpstreamFault::Refused => broken(),
        UpstreamFault::Untrue(what) => {
            tracing::warn!(what, "what a sign-in provider said does not hold");
            broken()
        }
    })?;
    linked(identity, &flow.provider, person).await
}

/// What travels to the provider and back, drawn from the sign-in's id: nothing more has to be kept.
pub(super) fn leg(identity: &Identity, flow: &str) -> Leg {
    Leg {
        state: flow.to_owned(),
        nonce: identity.secrets().hash("nonce", &[flow]),
        verifier: identity.secrets().hash("verifier", &[flow]).into(),
        redirect_uri: format!("{}/callback", identity.issuer()),
    }
}

/// The account of a person: known by the provider's id, else by an address that the provider had confirmed, else a new one.
async fn linked(identity: &Identity, provider: &str, person: Person) -> Answer<User> {
    let email = person.email.as_deref().and_then(address);
    let mut data = Metadata::new();
    data.insert("sub".to_owned(), person.subject.as_str().into());
    data.insert("email".to_owned(), email.as_deref().into());
    data.insert("email_verified".to_owned(), person.email_verified.into());
    for (name, value) in [("name", person.name), ("avatar_url", person.picture)] {
        if let Some(value) = value {
            data.insert(name.to_owned(), value.into());
        }
    }
    let seen = Seen {
        provider,
        subject: &person.subject,
        email: email.as_deref().filter(|_| person.email_verified),
        data: &data,
    };
    let user = match identity.store().account_of(seen, identity.rules().sign_up, identity.now()).await? {
        Linked::Account(user) => user,
        Linked::Unverified => {
            let message =
                "The provider has no confirmed e-mail address of you. Confirm it there, then sign in again.";
            return Err(Fault::new(422, "provider_email_needs_verification", message));
        }
        Linked::Closed => {
            return Err(Fault::new(422, "signup_disabled", "This service takes no new accounts."));
        }
    };
    let user = identity.store().user(&user).await?.ok_or_else(Fault::unexpected)?;
    if user.is_banned(identity.now()) {
        return Err(Fault::new(
            400,
            "user_banned",
            "This account is closed for now. Ask the operator of the service.",
        ));
    }
    Ok(user)
}
