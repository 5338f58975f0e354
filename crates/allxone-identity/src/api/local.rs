//! The service's own sign-in page: what the system browser shows for the accounts of this service. Works without script.

use axum::Form;
use axum::extract::{Query, State};
use axum::response::Response;
use http::{HeaderMap, header};
use serde::Deserialize;
use url::Url;

use super::discovery::LOCAL;
use super::mails::ask_for_code;
use super::sign_up::enroll;
use super::verify::try_code;
use crate::fault::{Answer, Fault};
use crate::guard::From;
use crate::language::Language;
use crate::pages::{self, Step};
use crate::secrets::random;
use crate::store::{CodeKind, Flow};
use crate::user::{Metadata, User, address};
use crate::{Identity, browser};

#[derive(Deserialize)]
pub(crate) struct Which {
    flow: Option<String>,
    step: Option<Step>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Filled {
    flow: String,
    word: String,
    step: Step,
    email: String,
    password: String,
    code: String,
}

/// Shows the page of a sign-in that was begun.
pub(crate) async fn page(
    State(identity): State<Identity>,
    Query(which): Query<Which>,
    headers: HeaderMap,
) -> Response {
    match waiting(&identity, which.flow.as_deref().unwrap_or_default(), &headers).await {
        Ok((flow, mark)) => {
            pages::sign_in(&view(&identity, &flow, &mark, which.step.unwrap_or_default(), "", None), &headers)
        }
        Err(fault) => pages::refused(&fault, &headers),
    }
}

/// Takes what was filled in.
pub(crate) async fn answer(
    State(identity): State<Identity>,
    From(from): From,
    headers: HeaderMap,
    Form(filled): Form<Filled>,
) -> Response {
    // A form of another page would sign somebody in as somebody else; browsers name the page a form comes from.
    let own_page = headers.contains_key(header::ORIGIN)
        && headers.get("sec-fetch-site").is_none_or(|site| site == "same-origin" || site == "none");
    let (flow, mark) = match waiting(&identity, &filled.flow, &headers).await {
        Ok((flow, mark)) if own_page && identity.form_is_ours(&flow.id, &mark, &filled.word) => (flow, mark),
        Ok(_) => {
            return pages::refused(
                &Fault::new(403, "bad_origin", "This form did not come from the sign-in page."),
                &headers,
            );
        }
        Err(fault) => return pages::refused(&fault, &headers),
    };
    match signed_in(&identity, from, Language::wanted(&headers), &filled).await {
        Ok(Some((user, method))) => match finish(&identity, &flow, &user, method).await {
            Ok(to) => pages::signed_in(&to, user.email.as_deref().unwrap_or_default(), &headers),
            Err(fault) => pages::refused(&fault, &headers),
        },
        // A letter is on its way: ask for its code next.
        Ok(None) => {
            pages::sign_in(&view(&identity, &flow, &mark, Step::UseCode, &filled.email, None), &headers)
        }
        Err(fault) => {
            pages::sign_in(&view(&identity, &flow, &mark, filled.step, &filled.email, Some(&fault)), &headers)
        }
    }
}

/// Who signed in and how; `None` when a code was sent instead.
async fn signed_in(
    identity: &Identity,
    from: std::net::IpAddr,
    language: Language,
    filled: &Filled,
) -> Answer<Option<(User, &'static str)>> {
    let email = address(&filled.email).ok_or_else(|| Fault::invalid("This is not an e-mail address."))?;
    match filled.step {
        Step::SignIn => {
            identity.limits().token(from)?;
            identity.limits().account(&email)?;
            let user = identity.store().user_by_email(&email).await?;
            let hash = user.as_ref().and_then(|user| user.password.clone());
            let right = identity.passwords().is(filled.password.clone(), hash).await?;
            let user = user.filter(|_| right).ok_or_else(Fault::invalid_credentials)?;
            if user.email_confirmed.is_none() {
                identity.send_code(&user, CodeKind::SignUp, &email, language).await?;
                return Ok(None);
            }
            admit(identity, user, "password").map(Some)
        }
        Step::SignUp => {
            identity.limits().mail(from)?;
            let taken = || {
                Fault::new(
                    422,
                    "user_already_exists",
                    "There is an account with this e-mail address. Sign in.",
                )
            };
            let user = enroll(identity, &email, filled.password.clone(), Metadata::new())
                .await?
                .ok_or_else(taken)?;
            if user.email_confirmed.is_some() {
                return admit(identity, user, "password").map(Some);
            }
            identity.send_code(&user, CodeKind::SignUp, &email, language).await?;
            Ok(None)
        }
        Step::SendCode => {
            identity.limits().mail(from)?;
            ask_for_code(identity, &email, true, Metadata::new(), language).await?;
            Ok(None)
        }
        Step::UseCode => {
            identity.limits().verify(from)?;
            let (user, _) = try_code(identity, &email, CodeKind::asked("email"), &filled.code).await?;
            admit(identity, user, "otp").map(Some)
        }
    }
}

fn admit(identity: &Identity, user: User, method: &'static str) -> Answer<(User, &'static str)> {
    if user.is_banned(identity.now()) {
        return Err(Fault::new(
            400,
            "user_banned",
            "This account is closed for now. Ask the operator of the service.",
        ));
    }
    Ok((user, method))
}

/// The flow, if it still waits for somebody to sign in, and the mark of the browser it was begun in, which is this one.
async fn waiting(identity: &Identity, id: &str, headers: &HeaderMap) -> Answer<(Flow, String)> {
    let gone = || {
        Fault::new(
            404,
            "flow_state_not_found",
            "This sign-in is not known or was already used. Start again in AllXOne.",
        )
    };
    let flow = identity
        .store()
        .flow(id)
        .await?
        .filter(|flow| !flow.done && flow.provider == LOCAL)
        .ok_or_else(gone)?;
    let mark =
        browser::mark(headers).filter(|mark| flow.browser.as_ref() == Some(&identity.browser_hash(mark)));
    let mark = mark.ok_or_else(|| {
        let message = "This sign-in was begun in another browser, or this browser keeps no cookies. Start again in AllXOne.";
        Fault::new(400, "bad_oauth_state", message)
    })?;
    if flow.created.plus(identity.rules().flow_seconds.saturating_mul(1_000)) <= identity.now() {
        return Err(Fault::new(
            422,
            "flow_state_expired",
            "This sign-in took too long. Start again in AllXOne.",
        ));
    }
    Ok((flow, mark))
}

/// Gives the flow its code and says where the browser goes with it.
pub(super) async fn finish(identity: &Identity, flow: &Flow, user: &User, method: &str) -> Answer<Url> {
    let code = uuid::Builder::from_random_bytes(*random::<16>()?).into_uuid().to_string();
    let hash = identity.secrets().hash("flow", &[&code]);
    if !identity.store().complete_flow(&flow.id, &user.id, method, &hash).await? {
        return Err(Fault::new(
            404,
            "flow_state_not_found",
            "This sign-in was already used. Start again in AllXOne.",
        ));
    }
    with(&flow.redirect_to, &[("code", &code)])
}

fn view<'a>(
    identity: &Identity,
    flow: &'a Flow,
    mark: &str,
    step: Step,
    email: &'a str,
    fault: Option<&'a Fault>,
) -> pages::View<'a> {
    let message = "The person went back without signing in";
    let refusal =
        [("error", "access_denied"), ("error_code", "access_denied"), ("error_description", message)];
    pages::View {
        flow: &flow.id,
        word: identity.form_word(&flow.id, mark),
        host: identity.address().host_str().unwrap_or_default().to_owned(),
        step,
        email,
        fault,
        back: with(&flow.redirect_to, &refusal).ok(),
        sign_up: identity.rules().sign_up,
    }
}

/// The return address with more in its query. What stood there stays.
pub(super) fn with(to: &str, pairs: &[(&str, &str)]) -> Answer<Url> {
    let mut url = Url::parse(to).map_err(|_| Fault::unexpected())?;
    url.query_pairs_mut().extend_pairs(pairs);
    Ok(url)
}
