//! The beginning of a sign-in in the system browser.

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, header};
use serde::Deserialize;

use super::callback::leg;
use super::discovery::LOCAL;
use crate::fault::{Answer, Fault};
use crate::store::NewFlow;
use crate::{BASE, Identity, browser, pages, redirect};

#[derive(Deserialize)]
pub(crate) struct Asked {
    provider: Option<String>,
    redirect_to: Option<String>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
}

pub(crate) async fn authorize(
    State(identity): State<Identity>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    match begin(&identity, asked, &headers).await {
        Ok((location, mark)) => {
            let mut answer = Redirect::to(&location).into_response();
            if let Some(cookie) = identity.cookie(&mark) {
                answer.headers_mut().insert(header::SET_COOKIE, cookie);
            }
            answer
        }
        // A person sits before this answer when a browser asked.
        Err(fault) if pages::wanted(&headers) => pages::refused(&fault, &headers),
        Err(fault) => fault.into_response(),
    }
}

/// Where the browser goes, and the mark it gets.
async fn begin(identity: &Identity, asked: Asked, headers: &HeaderMap) -> Answer<(String, String)> {
    let provider = asked.provider.unwrap_or_default();
    let upstream = identity.upstreams().named(&provider);
    if provider != LOCAL && upstream.is_none() {
        return Err(Fault::invalid(
            "Unsupported provider: this way to sign in is not offered by this service.",
        ));
    }
    let challenge = challenge(asked.code_challenge.as_deref(), asked.code_challenge_method.as_deref())?;
    let challenge = challenge.ok_or_else(|| {
        Fault::invalid("A code_challenge is required: tokens are never put into an address.")
    })?;
    let to = asked.redirect_to.unwrap_or_default();
    let Some(to) = redirect::allowed(&to, identity.redirects()) else {
        return Err(Fault::invalid(
            "The sign-in was to return to an address that this service does not allow. Nothing was sent there.",
        ));
    };
    let mark = browser::mark_or_new(headers)?;
    let browser = identity.browser_hash(&mark);
    let new = NewFlow { provider: &provider, challenge, redirect_to: to.as_str(), browser: &browser };
    let flow = identity.store().begin_flow(new, identity.now()).await?;
    let Some(upstream) = upstream else { return Ok((format!("{BASE}/local?flow={flow}"), mark)) };
    let page = upstream.page(&leg(identity, &flow)).await.map_err(|_| {
        Fault::new(
            502,
            "provider_unreachable",
            "The provider could not be reached. Nobody was signed in. Try again in a while.",
        )
    })?;
    Ok((page.into(), mark))
}

/// The challenge of a request: both fields or neither, S256 alone, of the form RFC 7636 asks for.
pub(crate) fn challenge<'a>(challenge: Option<&'a str>, method: Option<&str>) -> Answer<Option<&'a str>> {
    let set = |text: Option<&'a str>| text.filter(|text| !text.is_empty());
    let Some(challenge) = set(challenge) else {
        return match method.filter(|method| !method.is_empty()) {
            None => Ok(None),
            Some(_) => Err(Fault::invalid("code_challenge_method without a code_challenge.")),
        };
    };
    if !method.is_some_and(|method| method.eq_ignore_ascii_case("s256")) {
        return Err(Fault::invalid("The code_challenge_method must be S256."));
    }
    let plain = challenge.bytes().all(|b| b.is_ascii_alphanumeric() || b"._~-".contains(&b));
    if !plain || !(43..=128).contains(&challenge.len()) {
        return Err(Fault::invalid(
            "The code_challenge must be 43 to 128 characters of A-Z, a-z, 0-9, '.', '_', '~', '-'.",
        ));
    }
    Ok(Some(challenge))
}
