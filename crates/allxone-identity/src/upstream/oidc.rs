//! OpenID Connect: discovery, PKCE, and an id token that is believed only after its signature, issuer, audience, time and nonce were.

use std::sync::{Arc, PoisonError, RwLock};

use allxone_contract::UtcMillis;
use allxone_egress::{BearerToken, Door, EgressError, Question, Server};
use async_trait::async_trait;
use jsonwebtoken::Algorithm;
use serde::{Deserialize, Deserializer};
use url::Url;
use zeroize::Zeroizing;

use super::{ClientSecret, Leg, Person, Provider, Upstream, UpstreamFault, endpoint, picture, said};
use crate::keyset::{Expected, Keyset, Read};
use crate::secrets::{SecretText, challenge_of};
use crate::{IdentityError, Now};

/// Algorithms an id token may be signed with.
const ALGORITHMS: [Algorithm; 2] = [Algorithm::RS256, Algorithm::ES256];
/// How long what a provider says about itself is believed, in milliseconds.
const FRESH: i64 = 10 * 60_000;

pub(super) struct OpenId {
    door: Door,
    now: Now,
    issuer: String,
    discovery: Server,
    hosts: Vec<String>,
    client_id: String,
    client_secret: ClientSecret,
    known: RwLock<Option<(UtcMillis, Arc<Known>)>>,
}

/// What a provider says about itself, checked.
struct Known {
    page: Url,
    exchange: Server,
    userinfo: Option<String>,
    keys: Keyset,
    /// Whether the secret is shown in the head of the request instead of its form.
    basic: bool,
}

#[derive(Deserialize)]
struct Discovered {
    issuer: String,
    authorization_endpoint: Url,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Exchanged {
    id_token: SecretText,
    access_token: Option<SecretText>,
}

#[derive(Deserialize)]
struct Said {
    sub: String,
    nonce: Option<String>,
    aud: Audience,
    azp: Option<String>,
    email: Option<String>,
    #[serde(default, deserialize_with = "truth")]
    email_verified: bool,
    name: Option<String>,
    picture: Option<String>,
}

#[derive(Deserialize)]
struct UserInfo {
    sub: String,
    email: Option<String>,
    #[serde(default, deserialize_with = "truth")]
    email_verified: bool,
    name: Option<String>,
    picture: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// A truth value; some providers write it as text.
fn truth<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    let value = serde_json::Value::deserialize(from)?;
    Ok(value == true || value == "true")
}

impl OpenId {
    pub(super) fn open(provider: &Provider, door: Door, now: Now) -> Result<Self, IdentityError> {
        let issuer = provider.issuer.as_str();
        // An issuer is compared letter by letter; a bare host is written without the slash that an address has.
        let issuer =
            if provider.issuer.path() == "/" { issuer.trim_end_matches('/') } else { issuer }.to_owned();
        let discovery = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let discovery = endpoint(&discovery, &provider.hosts)
            .map_err(|_| IdentityError::Provider(provider.label.clone()))?;
        Ok(Self {
            door,
            now,
            issuer,
            discovery,
            hosts: provider.hosts.clone(),
            client_id: provider.client_id.clone(),
            client_secret: provider.client_secret.clone(),
            known: RwLock::default(),
        })
    }

    /// What the provider says about itself.
    async fn known(&self) -> Result<Arc<Known>, UpstreamFault> {
        let now = (self.now)();
        let kept = self.known.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, known)) = kept.filter(|(since, _)| since.plus(FRESH) > now) {
            return Ok(known);
        }
        let answer = self.door.ask_provider(&self.discovery, Question::get()).await?;
        if answer.status() != 200 {
            return Err(EgressError::Broken { host: self.discovery.host() }.into());
        }
        let said: Discovered =
            serde_json::from_slice(&answer.bytes().await?).map_err(|_| UpstreamFault::Untrue("discovery"))?;
        if said.issuer != self.issuer {
            return Err(UpstreamFault::Untrue("issuer"));
        }
        // The browser, too, is sent only where the operator expects it.
        endpoint(bare(&said.authorization_endpoint).as_str(), &self.hosts)?;
        let methods = said
            .token_endpoint_auth_methods_supported
            .unwrap_or_else(|| vec!["client_secret_basic".to_owned()]);
        let known = Arc::new(Known {
            page: said.authorization_endpoint,
            exchange: endpoint(&said.token_endpoint, &self.hosts)?,
            keys: Keyset::new(self.door.clone(), endpoint(&said.jwks_uri, &self.hosts)?),
            userinfo: said.userinfo_endpoint,
            basic: methods.iter().any(|method| method == "client_secret_basic"),
        });
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(&known)));
        Ok(known)
    }

    async fn exchange(&self, known: &Known, leg: &Leg, code: &str) -> Result<Exchanged, UpstreamFault> {
        let text = |text: &str| Zeroizing::new(text.to_owned());
        let mut fields = vec![
            ("grant_type", text("authorization_code")),
            ("code", text(code)),
            ("redirect_uri", text(&leg.redirect_uri)),
            ("code_verifier", leg.verifier.clone()),
        ];
        let question = if known.basic {
            Question::form(fields).basic(&self.client_id, self.client_secret.expose())?
        } else {
            fields.push(("client_id", text(&self.client_id)));
            fields.push(("client_secret", self.client_secret.expose().clone()));
            Question::form(fields)
        };
        let answer = self.door.ask_provider(&known.exchange, question).await?;
        if answer.status() != 200 {
            return Err(UpstreamFault::Refused);
        }
        serde_json::from_slice(&answer.bytes().await?).map_err(|_| UpstreamFault::Untrue("answer"))
    }

    async fn ask(&self, address: &str, token: &str) -> Result<UserInfo, UpstreamFault> {
        let server = Server::listed(address, Some(BearerToken::new(token)?), &self.hosts)?;
        let answer = self.door.ask_provider(&server, Question::get()).await?;
        if answer.status() != 200 {
            return Err(UpstreamFault::Refused);
        }
        serde_json::from_slice(&answer.bytes().await?).map_err(|_| UpstreamFault::Untrue("userinfo"))
    }
}

#[async_trait]
impl Upstream for OpenId {
    async fn page(&self, leg: &Leg) -> Result<Url, UpstreamFault> {
        let mut page = self.known().await?.page.clone();
        page.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.client_id)
            .append_pair("redirect_uri", &leg.redirect_uri)
            .append_pair("scope", "openid email profile")
            .append_pair("state", &leg.state)
            .append_pair("nonce", &leg.nonce)
            .append_pair("code_challenge", &challenge_of(&leg.verifier))
            .append_pair("code_challenge_method", "S256");
        Ok(page)
    }

    async fn person(&self, leg: &Leg, code: &str) -> Result<Person, UpstreamFault> {
        let known = self.known().await?;
        let exchanged = self.exchange(&known, leg, code).await?;
        let expected = Expected { issuer: &self.issuer, audience: &self.client_id, algorithms: &ALGORITHMS };
        let Read::Genuine(token) =
            known.keys.read::<Said>(&exchanged.id_token.0, &expected, (self.now)()).await?
        else {
            return Err(UpstreamFault::Untrue("id token"));
        };
        if token.nonce.as_ref() != Some(&leg.nonce) {
            return Err(UpstreamFault::Untrue("nonce"));
        }
        // Made for several, it must say that it was made at our asking.
        let several = matches!(&token.aud, Audience::Many(all) if all.len() > 1);
        let ours = token.azp.as_ref().map_or(!several, |party| *party == self.client_id);
        let single = matches!(&token.aud, Audience::One(one) if *one == self.client_id)
            || matches!(&token.aud, Audience::Many(_));
        if !ours || !single {
            return Err(UpstreamFault::Untrue("audience"));
        }
        if token.sub.is_empty() || token.sub.len() > 255 {
            return Err(UpstreamFault::Untrue("subject"));
        }
        let mut person = Person {
            subject: token.sub,
            email_verified: token.email_verified && token.email.is_some(),
            email: token.email,
            name: said(token.name.as_deref()),
            picture: picture(token.picture.as_deref()),
        };
        // Many providers tell the address only here.
        if let (None, Some(address), Some(access)) = (&person.email, &known.userinfo, &exchanged.access_token)
        {
            let info = self.ask(address, &access.0).await?;
            if info.sub != person.subject {
                return Err(UpstreamFault::Untrue("userinfo"));
            }
            person.email_verified = info.email_verified && info.email.is_some();
            person.email = info.email;
            person.name = person.name.or_else(|| said(info.name.as_deref()));
            person.picture = person.picture.or_else(|| picture(info.picture.as_deref()));
        }
        Ok(person)
    }
}

/// An address without its query.
fn bare(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_query(None);
    url
}
