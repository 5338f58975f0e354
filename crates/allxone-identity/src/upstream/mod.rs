//! Signing in through another provider: GitHub, Google, or any that speaks OpenID Connect.
//!
//! Cut behind one trait, because what differs between providers is small and dangerous: where the browser goes, how a code is exchanged,
//! who says that an address was confirmed. What is the same for all (the flow, its single use, linking) is in `api/callback.rs` and
//! `store/linking.rs`. A provider's tokens are used once and kept nowhere.

mod config;
mod github;
mod oidc;

use std::sync::Arc;

use allxone_egress::{Door, EgressError, Server};
use async_trait::async_trait;
use url::Url;
use zeroize::Zeroizing;

pub(crate) use config::Entry;
pub use config::{ClientSecret, Provider, ProviderKind};

use crate::{IdentityError, Now};

/// One sign-in on its way through a provider.
pub(crate) struct Leg {
    /// What the provider gives back unchanged.
    pub(crate) state: String,
    /// What the provider puts into its token.
    pub(crate) nonce: String,
    /// What proves at the exchange that we began it.
    pub(crate) verifier: Zeroizing<String>,
    /// Where the provider sends the browser back to.
    pub(crate) redirect_uri: String,
}

/// Who signed in, as the provider says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    /// The provider's own id of the person; never changes.
    pub(crate) subject: String,
    pub(crate) email: Option<String>,
    /// Whether the provider had the address confirmed.
    pub(crate) email_verified: bool,
    pub(crate) name: Option<String>,
    pub(crate) picture: Option<String>,
}

/// Why a provider could not tell.
#[derive(Debug)]
pub(crate) enum UpstreamFault {
    /// It could not be asked.
    Unreachable(EgressError),
    /// It did not take the code.
    Refused,
    /// What it said does not hold: a wrong signature, issuer, audience, nonce or time.
    Untrue(&'static str),
}

impl From<EgressError> for UpstreamFault {
    fn from(error: EgressError) -> Self {
        Self::Unreachable(error)
    }
}

/// A provider people may sign in through.
#[async_trait]
pub(crate) trait Upstream: Send + Sync {
    /// Where the browser is sent.
    async fn page(&self, leg: &Leg) -> Result<Url, UpstreamFault>;

    /// Who came back with this code.
    async fn person(&self, leg: &Leg, code: &str) -> Result<Person, UpstreamFault>;
}

/// The providers of a service, by the name the dialect gives them.
#[derive(Clone, Default)]
pub(crate) struct Upstreams(Arc<Vec<(Provider, Arc<dyn Upstream>)>>);

impl Upstreams {
    pub(crate) fn open(
        providers: Vec<Provider>,
        door: Option<Door>,
        now: &Now,
    ) -> Result<Self, IdentityError> {
        if providers.is_empty() {
            return Ok(Self::default());
        }
        let door = door.ok_or(IdentityError::NoDoor)?;
        let open = |provider: Provider| -> Result<(Provider, Arc<dyn Upstream>), IdentityError> {
            let upstream: Arc<dyn Upstream> = match provider.kind {
                ProviderKind::GitHub => Arc::new(github::GitHub::open(&provider, door.clone())?),
                ProviderKind::Google | ProviderKind::OpenId => {
                    Arc::new(oidc::OpenId::open(&provider, door.clone(), Arc::clone(now))?)
                }
            };
            Ok((provider, upstream))
        };
        let upstreams = providers.into_iter().map(open).collect::<Result<Vec<_>, _>>()?;
        Ok(Self(Arc::new(upstreams)))
    }

    pub(crate) fn named(&self, name: &str) -> Option<Arc<dyn Upstream>> {
        self.0.iter().find(|(provider, _)| provider.name() == name).map(|(_, upstream)| Arc::clone(upstream))
    }

    /// Each provider's name in the dialect and the name people read.
    pub(crate) fn all(&self) -> impl Iterator<Item = (String, String)> + '_ {
        self.0.iter().map(|(provider, _)| (provider.name(), provider.label.clone()))
    }
}

/// An endpoint that a provider or the operator named, if it is one of the allowed hosts.
fn endpoint(address: &str, hosts: &[String]) -> Result<Server, EgressError> {
    Server::listed(address, None, hosts)
}

/// A text a provider said, cut to what is fit to be kept; `None` when nothing is left.
fn said(text: Option<&str>) -> Option<String> {
    let text: String = text?.chars().filter(|c| !c.is_control()).take(256).collect();
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// The address of a picture a provider named; only one a browser may load safely.
fn picture(text: Option<&str>) -> Option<String> {
    said(text).filter(|address| Url::parse(address).is_ok_and(|url| url.scheme() == "https"))
}
