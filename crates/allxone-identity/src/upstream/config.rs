//! What a provider is described by.

use std::path::Path;

use serde::Deserialize;
use url::{Host, Url};
use zeroize::Zeroizing;

use crate::OutsideError;
use crate::outside::SecretPlace;
use crate::secrets::SecretText;

/// Which dialect a provider speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProviderKind {
    /// GitHub: OAuth 2 with an API of its own.
    GitHub,
    /// Google: OpenID Connect at its known address.
    Google,
    /// Any other that speaks OpenID Connect.
    OpenId,
}

/// The secret a provider knows this service by. Has no text form.
#[derive(Clone)]
pub struct ClientSecret(Zeroizing<String>);

impl ClientSecret {
    /// A secret as text.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    pub(crate) fn expose(&self) -> &Zeroizing<String> {
        &self.0
    }
}

/// A provider as the operator describes it.
#[derive(Clone)]
pub struct Provider {
    /// Its dialect.
    pub kind: ProviderKind,
    /// Its name for programs: `custom:<id>` in the dialect. Only of a provider of kind [`ProviderKind::OpenId`].
    pub id: String,
    /// Its name for people.
    pub label: String,
    /// The issuer of its tokens, or where GitHub is.
    pub issuer: Url,
    /// Where GitHub's API is.
    pub api: Url,
    /// What this service is registered as.
    pub client_id: String,
    /// And the secret for that.
    pub client_secret: ClientSecret,
    /// Hosts its endpoints may lie on, besides the issuer's own.
    pub hosts: Vec<String>,
}

/// A provider as the file has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    kind: ProviderKind,
    id: Option<String>,
    name: Option<String>,
    issuer: Option<Url>,
    api: Option<Url>,
    client_id: String,
    client_secret: Option<SecretText>,
    client_secret_file: Option<String>,
    client_secret_env: Option<String>,
    #[serde(default)]
    hosts: Vec<String>,
}

impl Provider {
    /// The provider of an entry of the file that lies in `folder`.
    pub(crate) fn of(entry: Entry, folder: &Path) -> Result<Self, OutsideError> {
        let place = SecretPlace {
            here: entry.client_secret,
            file: entry.client_secret_file,
            env: entry.client_secret_env,
        };
        let client_secret = ClientSecret(place.read("client_secret", folder)?);
        let wrong = |text: String| OutsideError::Wrong(text);
        let fixed =
            |address: &str| Url::parse(address).map_err(|_| wrong(format!("{address} is no address.")));
        let (id, label, issuer, api, mut hosts) = match entry.kind {
            ProviderKind::GitHub => {
                let issuer = entry.issuer.map_or_else(|| fixed("https://github.com"), Ok)?;
                let api = entry.api.map_or_else(|| fixed("https://api.github.com"), Ok)?;
                ("github".to_owned(), "GitHub", issuer, api, Vec::new())
            }
            ProviderKind::Google => {
                let issuer = fixed("https://accounts.google.com")?;
                let hosts = ["oauth2.googleapis.com", "openidconnect.googleapis.com", "www.googleapis.com"]
                    .map(str::to_owned);
                ("google".to_owned(), "Google", issuer.clone(), issuer, hosts.to_vec())
            }
            ProviderKind::OpenId => {
                let id =
                    entry.id.ok_or_else(|| wrong("a provider of kind \"openid\" needs an id.".to_owned()))?;
                let plain = (1..=40).contains(&id.len())
                    && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
                if !plain || id == "local" {
                    return Err(wrong(format!(
                        "the id {id:?} must be small letters, digits and '-', and not \"local\"."
                    )));
                }
                let issuer = entry
                    .issuer
                    .ok_or_else(|| wrong("a provider of kind \"openid\" needs an issuer.".to_owned()))?;
                (id, "", issuer.clone(), issuer, Vec::new())
            }
        };
        for url in [&issuer, &api] {
            if url.scheme() != "https" && !(url.scheme() == "http" && is_here(url)) {
                return Err(wrong(format!("{url} must begin with https://.")));
            }
            hosts.push(host_of(url));
        }
        hosts.extend(entry.hosts);
        let label =
            entry.name.unwrap_or_else(|| if label.is_empty() { id.clone() } else { label.to_owned() });
        Ok(Self {
            kind: entry.kind,
            id,
            label,
            issuer,
            api,
            client_id: entry.client_id,
            client_secret,
            hosts,
        })
    }

    /// Its name in the dialect.
    pub fn name(&self) -> String {
        match self.kind {
            ProviderKind::GitHub | ProviderKind::Google => self.id.clone(),
            ProviderKind::OpenId => format!("custom:{}", self.id),
        }
    }
}

/// Host and port, as [`allxone_egress::Server::listed`] compares them.
fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
