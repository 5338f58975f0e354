//! What every request passes before a route sees it: where it came from, which contract it speaks, who sends it, and whether there is room.
//!
//! The service listens on loopback, where any web page in a browser of this computer can send requests too. A page cannot leave out
//! `Origin` on a request to another site, cannot choose `Host` when it reaches us under a name it rebound, and does not know the token;
//! each of the three alone stops it.

use std::sync::Arc;

use allxone_contract::{API_BASE, API_HEADER, AccountId, ProblemCode};
use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, HeaderValue, Method, header};
use tokio::time::timeout;

use super::openai;
use super::refusal::{Answer, Refusal};
use crate::ServiceError;
use crate::backend::Backend;
use crate::keys;

/// The contract versions this build serves.
pub(crate) const SERVED: allxone_contract::ApiRange =
    allxone_contract::ApiRange { min: 1, max: allxone_contract::API_VERSION };

/// What is answered without a token, below the base: which service this is, and who runs it.
pub(crate) const HEALTH: &str = "/health";
pub(crate) const ABOUT: &str = "/about";
const RECEIPTS: &str = "/deletions/";
/// What an account that is being deleted may still ask for.
const DELETION: &str = "/account/deletion";

/// Lets a request through, or answers why not.
pub(crate) async fn guard(State(backend): State<Arc<Backend>>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let mut response = match admit(&backend, request, next).await {
        Ok(response) => response,
        Err(refusal) => refused(&path, refusal),
    };
    backend.figures.answered(response.status());
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// A refusal in the form that whoever asks for such a path reads.
pub(crate) fn refused(path: &str, refusal: Refusal) -> Response {
    match path.strip_prefix(openai::BASE).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
        true => openai::Fault::from(refusal).into_response(),
        false => refusal.into_response(),
    }
}

async fn admit(backend: &Backend, mut request: Request, next: Next) -> Answer<Response> {
    came_from_here(&request)?;
    // Health is open, so that a client of any version can ask which versions are served; and who runs a service is read before signing in.
    let path = request.uri().path().strip_prefix(API_BASE).unwrap_or_default();
    // The number of a receipt is its own key: when the account is gone, nobody can sign in to ask.
    let open =
        request.method() == Method::GET && (matches!(path, HEALTH | ABOUT) || path.starts_with(RECEIPTS));
    if !open {
        speaks(request.headers())?;
        let (caller, fresh) =
            authorised(backend, request.headers(), request.method(), request.uri().path()).await?;
        if backend.closing().contains(&caller.0) && !path.starts_with(DELETION) {
            return Err(Refusal::account_closing());
        }
        request.extensions_mut().insert(caller);
        request.extensions_mut().insert(Fresh(fresh));
    }
    if request.method() == Method::POST && backend.stop.is_cancelled() {
        return Err(Refusal::shutting_down());
    }
    // A call of OpenAI's interface waits for its pictures, as somebody who follows a job does.
    let follows = request.uri().path().starts_with(openai::IMAGES);
    let (places, time) = match follows {
        true => (&*backend.follows, backend.limits.job_time + backend.limits.request_time),
        false => (&backend.requests, backend.limits.request_time),
    };
    let Ok(_room) = places.try_acquire() else {
        return Err(Refusal::busy(
            "The service is answering as many requests as it can. Try again in a moment.",
            1,
        ));
    };
    match timeout(time, next.run(request)).await {
        Ok(response) => Ok(response),
        Err(_) => Err(Refusal::new(
            ProblemCode::Timeout,
            "The service took too long over this request and stopped it.",
        )),
    }
}

fn came_from_here(request: &Request) -> Answer<()> {
    let foreign = || {
        Refusal::new(
            ProblemCode::Unauthorized,
            "This service answers programs on this computer, not web pages or other names.",
        )
    };
    if request.headers().contains_key(header::ORIGIN) {
        return Err(foreign());
    }
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return Err(foreign()) };
    let named = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok()).ok_or_else(foreign)?;
    let written_out = request.uri().authority().cloned();
    if std::iter::once(named).chain(written_out).all(|authority| is_own(&authority)) {
        Ok(())
    } else {
        Err(foreign())
    }
}

/// Whether an authority names this computer, and nothing but a port besides.
fn is_own(authority: &Authority) -> bool {
    let own_host =
        ["127.0.0.1", "localhost", "[::1]"].iter().any(|own| authority.host().eq_ignore_ascii_case(own));
    let rest = authority.as_str().strip_prefix(authority.host());
    own_host && rest.is_some_and(|rest| rest.is_empty() || authority.port_u16().is_some())
}

fn speaks(headers: &HeaderMap) -> Answer<()> {
    let Some(offered) = headers.get(API_HEADER) else { return Ok(()) };
    let version = offered.to_str().ok().and_then(|text| text.parse::<u32>().ok());
    let version =
        version.ok_or_else(|| Refusal::invalid(format!("The header {API_HEADER} must be a number.")))?;
    if SERVED.serves(version) {
        return Ok(());
    }
    let detail = format!(
        "This service speaks versions {} to {} of the interface, not {version}. Update the older of the two programs.",
        SERVED.min, SERVED.max
    );
    Err(Refusal::new(ProblemCode::UpgradeRequired, detail))
}

/// How long a proof given to a project that keeps the accounts counts as fresh, in seconds; as long as one given here.
const FRESH_SECONDS: i64 = 300;

/// Who sends a request, and whether they proved lately who they are. The token of the service's owner is made anew at each start.
async fn authorised(
    backend: &Backend,
    headers: &HeaderMap,
    method: &Method,
    path: &str,
) -> Answer<(Caller, bool)> {
    let mut offered = headers.get_all(header::AUTHORIZATION).iter();
    let token = match (offered.next(), offered.next()) {
        (Some(value), None) => value.as_bytes().strip_prefix(b"Bearer "),
        _ => None,
    };
    let refused = || Refusal::new(ProblemCode::Unauthorized, "The token is missing or wrong.");
    let token = token.ok_or_else(refused)?;
    if backend.token.admits(token) {
        return Ok((Caller(AccountId::local()), true));
    }
    let Ok(token) = std::str::from_utf8(token) else { return Err(refused()) };
    if let Some(key) = token.strip_prefix(keys::PREFIX) {
        let (account, scope) = backend.store.key(key, backend.clock.now()).await?.ok_or_else(refused)?;
        return match keys::opens(scope, method, path) {
            true => Ok((Caller(account), false)),
            false => {
                Err(Refusal::new(ProblemCode::NoGrant, "This key does not open that. Nothing was done."))
            }
        };
    }
    let (verified, fresh) = match (&backend.identity, &backend.project) {
        (Some(identity), _) => {
            let verified = identity.verify(token).await.map_err(ServiceError::from)?.ok_or_else(refused)?;
            let fresh = identity.is_fresh(&verified);
            (verified, fresh)
        }
        (None, Some(project)) => {
            let verified = project.verify(token).await.map_err(ServiceError::from)?.ok_or_else(refused)?;
            // Its tokens live on for a while, and perhaps the account does; what was deleted here stays deleted.
            if backend.forgotten().contains(&backend.tombstones.hash(verified.account.as_str())?) {
                return Err(refused());
            }
            let fresh = project.is_fresh(&verified, FRESH_SECONDS);
            (verified, fresh)
        }
        (None, None) => return Err(refused()),
    };
    Ok((Caller(verified.account), fresh))
}

/// The account a request acts for. Only the guard makes one.
#[derive(Clone)]
pub(crate) struct Caller(pub(crate) AccountId);

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Answer<Self> {
        let unknown = || Refusal::new(ProblemCode::Unauthorized, "The token is missing or wrong.");
        parts.extensions.get::<Self>().cloned().ok_or_else(unknown)
    }
}

#[derive(Clone, Copy)]
struct Fresh(bool);

/// The account of somebody who proved lately who they are.
pub(crate) struct Proven(pub(crate) AccountId);

impl FromRequestParts<Arc<Backend>> for Proven {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, backend: &Arc<Backend>) -> Answer<Self> {
        let Caller(account) = Caller::from_request_parts(parts, backend).await?;
        let Some(Fresh(true)) = parts.extensions.get::<Fresh>() else {
            return Err(Refusal::step_up_needed());
        };
        // Where a project keeps the accounts, only it knows whether the session was ended since the token was made.
        if let Some(project) = &backend.project {
            let token = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
            let token = token.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
            let local = backend.token.admits(token.as_bytes());
            if !local && !project.is_alive(token).await.map_err(ServiceError::from)? {
                return Err(Refusal::new(ProblemCode::Unauthorized, "The token is missing or wrong."));
            }
        }
        Ok(Self(account))
    }
}
