//! Who may ask at all: programs and pages that reach the service under its own name, and a page only from the service itself.
//!
//! A web page in the same browser could reach a service on this computer under a name it rebound, or send it a form; each is stopped by
//! the name it must give or by the origin the browser adds.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, HeaderValue, header};
use url::Url;

use crate::fault::{Answer, Fault, shape};
use crate::store::StoredSession;
use crate::user::User;
use crate::{Claims, Identity, Role};

/// Lets a request through, or answers why not; every answer is private to who asked.
pub(crate) async fn guard(State(identity): State<Identity>, request: Request, next: Next) -> Response {
    let asked = request.headers().clone();
    let response = if came_under_our_name(identity.address(), request.headers()) {
        next.run(request).await
    } else {
        Fault::new(403, "bad_origin", "This service is not asked under this name or from another page.")
            .into_response()
    };
    let mut response = shape(response, &asked);
    let headers = response.headers_mut();
    let mut set = |name: header::HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::CACHE_CONTROL, "no-store");
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    response
}

fn came_under_our_name(address: &Url, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let named = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok());
    if !named.is_some_and(|named| is_ours(address, named.host(), named.port_u16())) {
        return false;
    }
    match headers.get(header::ORIGIN) {
        None => true,
        Some(origin) => {
            let origin = origin.to_str().ok().and_then(|origin| Url::parse(origin).ok());
            origin.is_some_and(|origin| {
                origin.scheme() == address.scheme()
                    && is_ours(address, origin.host_str().unwrap_or_default(), origin.port())
            })
        }
    }
}

/// Whether a host and port are ours: the address itself, and where that is on this computer the other names of this computer.
fn is_ours(address: &Url, host: &str, port: Option<u16>) -> bool {
    const HERE: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];
    let ours = address.host_str().unwrap_or_default();
    let same = host.eq_ignore_ascii_case(ours);
    let here = |name: &str| HERE.iter().any(|one| one.eq_ignore_ascii_case(name));
    let default = if address.scheme() == "https" { 443 } else { 80 };
    (same || (here(ours) && here(host)))
        && port.unwrap_or(default) == address.port_or_known_default().unwrap_or(default)
}

/// Where a request came from; on this computer where nobody says.
pub(crate) struct From(pub(crate) IpAddr);

impl<S: Sync> FromRequestParts<S> for From {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Answer<Self> {
        let known = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(from)| from.ip());
        Ok(Self(known.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))))
    }
}

/// What a device calls itself, cut to a length fit for a list.
pub(crate) struct Device(pub(crate) String);

impl<S: Sync> FromRequestParts<S> for Device {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Answer<Self> {
        let name = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let said = name("x-client-info").or_else(|| name("user-agent")).unwrap_or_default();
        Ok(Self(said.chars().filter(|c| !c.is_control()).take(120).collect()))
    }
}

/// The person a request acts for: token, session and account checked against the rows, each time.
pub(crate) struct Caller {
    pub(crate) user: User,
    pub(crate) session: StoredSession,
}

impl FromRequestParts<Identity> for Caller {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, identity: &Identity) -> Answer<Self> {
        let claims = claims(parts, identity)?;
        if claims.role != Role::Authenticated {
            return Err(Fault::bad_jwt());
        }
        let session = identity.store().session(&claims.session_id).await?;
        let session = session.filter(|session| session.user == claims.sub);
        let Some(user) = identity.store().user(&claims.sub).await? else {
            return Err(Fault::new(403, "user_not_found", "This account does not exist any more."));
        };
        let session = session.ok_or_else(Fault::session_not_found)?;
        if user.is_banned(identity.now()) {
            return Err(Fault::new(
                403,
                "user_banned",
                "This account is closed for now. Ask the operator of the service.",
            ));
        }
        Ok(Self { user, session })
    }
}

/// The operator.
pub(crate) struct Operator;

impl FromRequestParts<Identity> for Operator {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, identity: &Identity) -> Answer<Self> {
        match claims(parts, identity)?.role {
            Role::ServiceRole => Ok(Self),
            Role::Authenticated => {
                Err(Fault::new(403, "not_admin", "Only the operator of the service may do this."))
            }
        }
    }
}

fn claims(parts: &Parts, identity: &Identity) -> Answer<Claims> {
    let mut offered = parts.headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (offered.next(), offered.next()) else { return Err(Fault::no_authorization()) };
    let value = value.to_str().unwrap_or_default();
    let token = value
        .strip_prefix("Bearer ")
        .or_else(|| value.strip_prefix("bearer "))
        .ok_or_else(Fault::no_authorization)?;
    identity.claims(token.trim()).ok_or_else(Fault::bad_jwt)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn asked(host: &str, origin: Option<&str>) -> bool {
        let address = Url::parse("http://127.0.0.1:4000").unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        came_under_our_name(&address, &headers)
    }

    #[test]
    fn only_our_own_name_and_our_own_pages() {
        assert!(asked("127.0.0.1:4000", None));
        assert!(asked("localhost:4000", Some("http://localhost:4000")));
        assert!(!asked("127.0.0.1:4001", None));
        assert!(!asked("127.0.0.1", None));
        assert!(!asked("rebound.example:4000", None));
        assert!(!asked("127.0.0.1:4000", Some("https://evil.example")));
        assert!(!asked("127.0.0.1:4000", Some("null")));
        assert!(!asked("127.0.0.1:4000", Some("http://127.0.0.1:9999")));
    }
}
