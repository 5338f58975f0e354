//! The outbox of a service without a mail server, shown to the owner of this computer and to nobody else.
//!
//! The key of this start comes in an address, which stays in a browser's history; it is exchanged for a cookie at once, and is worth
//! nothing after the service stopped.

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, HeaderValue, header};
use serde::Deserialize;
use subtle::ConstantTimeEq;

use crate::fault::{Answer, Fault};
use crate::guard::From;
use crate::{BASE, Identity, pages};

const COOKIE: &str = "allxone_owner";

#[derive(Deserialize)]
pub(crate) struct Asked {
    key: Option<String>,
}

pub(crate) async fn outbox(
    State(identity): State<Identity>,
    From(from): From,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Response {
    // To anybody else there is no such page.
    let nothing = || Fault::new(404, "not_found", "There is nothing at this address.");
    if !identity.has_outbox_page() || !from.is_loopback() {
        return pages::refused(&nothing(), &headers);
    }
    let answer = match asked.key {
        Some(key) if is_owner(&identity, &key) => let_in(&identity),
        None if cookie(&headers).is_some_and(|key| is_owner(&identity, key)) => {
            letters(&identity, &headers).await
        }
        _ => Err(nothing()),
    };
    answer.unwrap_or_else(|fault| pages::refused(&fault, &headers))
}

fn is_owner(identity: &Identity, key: &str) -> bool {
    identity.owner().as_bytes().ct_eq(key.as_bytes()).into()
}

fn let_in(identity: &Identity) -> Answer<Response> {
    let mut answer = Redirect::to(&format!("{BASE}/outbox")).into_response();
    let cookie = format!("{COOKIE}={}; Path={BASE}/outbox; HttpOnly; SameSite=Strict", identity.owner());
    answer
        .headers_mut()
        .insert(header::SET_COOKIE, HeaderValue::from_str(&cookie).map_err(|_| Fault::unexpected())?);
    Ok(answer)
}

async fn letters(identity: &Identity, headers: &HeaderMap) -> Answer<Response> {
    let since = identity.now().plus(identity.rules().code_seconds.saturating_mul(-1_000));
    let letters: Vec<_> =
        identity.store().letters().await?.into_iter().filter(|letter| letter.created > since).collect();
    Ok(pages::outbox(&letters, headers))
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| value)
}
