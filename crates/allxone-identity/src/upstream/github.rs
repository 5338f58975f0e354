//! GitHub: OAuth 2 with an API of its own. A fault at the exchange comes with status 200; the confirmed address stands at a place of its own.

use allxone_egress::{BearerToken, Door, EgressError, Question, Server};
use async_trait::async_trait;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;
use zeroize::Zeroizing;

use super::{ClientSecret, Leg, Person, Provider, Upstream, UpstreamFault, endpoint, picture, said};
use crate::IdentityError;
use crate::secrets::{SecretText, challenge_of};

pub(super) struct GitHub {
    door: Door,
    hosts: Vec<String>,
    page: Url,
    exchange: Server,
    user: String,
    emails: String,
    client_id: String,
    client_secret: ClientSecret,
}

#[derive(Deserialize)]
struct Exchanged {
    access_token: Option<SecretText>,
}

#[derive(Deserialize)]
struct User {
    id: u64,
    login: String,
    name: Option<String>,
    avatar_url: Option<String>,
}

#[derive(Deserialize)]
struct Email {
    email: String,
    primary: bool,
    verified: bool,
}

impl GitHub {
    pub(super) fn open(provider: &Provider, door: Door) -> Result<Self, IdentityError> {
        let unusable = |_| IdentityError::Provider(provider.label.clone());
        let below = |base: &Url, path: &str| format!("{}{path}", base.as_str().trim_end_matches('/'));
        let page = below(&provider.issuer, "/login/oauth/authorize");
        let exchange = below(&provider.issuer, "/login/oauth/access_token");
        Ok(Self {
            door,
            page: Url::parse(&page).map_err(|_| IdentityError::Provider(provider.label.clone()))?,
            exchange: endpoint(&exchange, &provider.hosts).map_err(unusable)?,
            user: below(&provider.api, "/user"),
            emails: below(&provider.api, "/user/emails"),
            hosts: provider.hosts.clone(),
            client_id: provider.client_id.clone(),
            client_secret: provider.client_secret.clone(),
        })
    }

    async fn ask<T: DeserializeOwned>(&self, address: &str, token: &str) -> Result<T, UpstreamFault> {
        let server = Server::listed(address, Some(BearerToken::new(token)?), &self.hosts)?;
        let answer = self.door.ask_provider(&server, Question::get()).await?;
        match answer.status() {
            200 => {}
            401 | 403 => return Err(UpstreamFault::Refused),
            _ => return Err(EgressError::Broken { host: server.host() }.into()),
        }
        serde_json::from_slice(&answer.bytes().await?).map_err(|_| UpstreamFault::Untrue("answer"))
    }
}

#[async_trait]
impl Upstream for GitHub {
    async fn page(&self, leg: &Leg) -> Result<Url, UpstreamFault> {
        let mut page = self.page.clone();
        page.query_pairs_mut()
            .append_pair("client_id", &self.client_id)
            .append_pair("redirect_uri", &leg.redirect_uri)
            .append_pair("scope", "read:user user:email")
            .append_pair("state", &leg.state)
            .append_pair("code_challenge", &challenge_of(&leg.verifier))
            .append_pair("code_challenge_method", "S256");
        Ok(page)
    }

    async fn person(&self, leg: &Leg, code: &str) -> Result<Person, UpstreamFault> {
        let text = |text: &str| Zeroizing::new(text.to_owned());
        let form = Question::form(vec![
            ("client_id", text(&self.client_id)),
            ("client_secret", self.client_secret.expose().clone()),
            ("code", text(code)),
            ("redirect_uri", text(&leg.redirect_uri)),
            ("code_verifier", leg.verifier.clone()),
        ]);
        let answer = self.door.ask_provider(&self.exchange, form).await?;
        if answer.status() != 200 {
            return Err(UpstreamFault::Refused);
        }
        let exchanged: Exchanged =
            serde_json::from_slice(&answer.bytes().await?).map_err(|_| UpstreamFault::Refused)?;
        let token = exchanged.access_token.ok_or(UpstreamFault::Refused)?;
        let user: User = self.ask(&self.user, &token.0).await?;
        let emails: Vec<Email> = self.ask(&self.emails, &token.0).await?;
        // The main address alone: one of the others may belong to somebody else by now.
        let main = emails.into_iter().find(|one| one.primary);
        Ok(Person {
            subject: user.id.to_string(),
            email_verified: main.as_ref().is_some_and(|one| one.verified),
            email: main.map(|one| one.email),
            name: said(user.name.as_deref()).or_else(|| said(Some(&user.login))),
            picture: picture(user.avatar_url.as_deref()),
        })
    }
}
