//! The accounts at work: what the routes share, and what the service around them asks.

use std::sync::Arc;

use allxone_contract::{AccountId, UtcMillis};
use axum::Router;
use serde_json::{Value, json};
use url::Url;

use crate::fault::{Answer, Fault};
use crate::limit::Limits;
use crate::mail::{Line, Postman};
use crate::password::Passwords;
use crate::refresh::RefreshToken;
use crate::rotation::Turnstile;
use crate::secrets::{Secrets, random};
use crate::signing::SigningKeys;
use crate::store::{Store, StoredSession};
use crate::upstream::Upstreams;
use crate::user::User;
use crate::{BASE, Claims, IdentityConfig, IdentityError, Letter, Now, OnLetter, Rules, api};

/// The accounts of one service. Clones share them.
#[derive(Clone)]
pub struct Identity(Arc<Inner>);

struct Inner {
    store: Store,
    secrets: Secrets,
    keys: SigningKeys,
    passwords: Passwords,
    turnstile: Turnstile,
    limits: Limits,
    upstreams: Upstreams,
    postman: Option<Postman>,
    /// The way to the mail server.
    line: Option<Arc<Line>>,
    /// What the owner of this computer opens the outbox with; made for this start.
    owner: String,
    rules: Rules,
    redirects: Vec<String>,
    address: Url,
    issuer: String,
    now: Now,
    on_letter: Option<OnLetter>,
}

/// Whom an access token speaks for, its signature, its time and its session checked.
#[derive(Clone, Debug)]
pub struct Verified {
    /// The account.
    pub account: AccountId,
    /// The session, a UUID.
    pub session: String,
    /// When the person last proved who they are: by signing in, or by proving it again.
    pub proven: UtcMillis,
    /// Everything else the token says.
    pub claims: Claims,
}

impl Identity {
    /// Opens or makes the accounts. Must be called inside a Tokio runtime.
    ///
    /// # Errors
    /// [`IdentityError`] says what is in the way; nothing runs then.
    pub async fn open(config: IdentityConfig) -> Result<Self, IdentityError> {
        let IdentityConfig {
            database,
            key,
            address,
            redirects,
            providers,
            door,
            mail,
            rules,
            rates,
            now,
            on_letter,
        } = config;
        if !matches!(address.scheme(), "http" | "https") || address.host().is_none() {
            return Err(IdentityError::Address(address.to_string()));
        }
        let store = Store::open(&database, &key).await?;
        let secrets = Secrets::new(&key);
        let keys = SigningKeys::open(&store, secrets.signing(), now()).await?;
        let host = address.host_str().unwrap_or_default().to_owned();
        let line = mail.map(|smtp| Line::open(&smtp)).transpose()?.map(Arc::new);
        let postman = line
            .clone()
            .map(|line| Postman::start(line, store.clone(), Arc::clone(&now), rules.code_seconds, host));
        let issuer = format!("{}{BASE}", address.as_str().trim_end_matches('/'));
        Ok(Self(Arc::new(Inner {
            turnstile: Turnstile::open(store.clone()),
            passwords: Passwords::open().await?,
            limits: Limits::new(&rates),
            upstreams: Upstreams::open(providers, door, &now)?,
            owner: hex::encode(random::<16>()?),
            postman,
            line,
            store,
            secrets,
            keys,
            rules,
            redirects,
            address,
            issuer,
            now,
            on_letter,
        })))
    }

    /// The routes, to be nested at [`BASE`]. Their guard is part of them.
    pub fn router(&self) -> Router {
        api::router(self.clone())
    }

    /// Whom an access token speaks for. Signature, issuer, time and the session's row are checked each time; `None` for everything that
    /// does not hold, and for the operator, who is no account.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn verify(&self, access_token: &str) -> Result<Option<Verified>, IdentityError> {
        let Some(claims) =
            self.claims(access_token).filter(|claims| claims.role == crate::Role::Authenticated)
        else {
            return Ok(None);
        };
        let session = self.store().session(&claims.session_id).await?;
        let session = session.filter(|session| session.user == claims.sub);
        Ok(session.and_then(|session| {
            let account = AccountId::of(session.user.parse().ok()?);
            Some(Verified { account, session: session.id, proven: session.proven, claims })
        }))
    }

    /// A token for the operator's own tools, valid for `seconds`. It can do everything to accounts: show it nowhere.
    pub fn operator_token(&self, seconds: i64) -> Option<String> {
        self.0.keys.sign(&Claims::of_the_operator(&self.0.issuer, self.seconds(), seconds))
    }

    /// The letters in the outbox, newest first, at most 100.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn letters(&self) -> Result<Vec<Letter>, IdentityError> {
        self.store().letters().await
    }

    /// Makes a new key that signs from now on. Tokens signed before stay valid until they expire.
    ///
    /// # Errors
    /// When the key cannot be made or kept; the old one signs on then.
    pub async fn renew_signing_key(&self) -> Result<(), IdentityError> {
        self.0.keys.renew(self.store(), self.secrets().signing(), self.now()).await
    }

    /// Ends all connections to the database, after what they are doing.
    pub async fn close(&self) {
        if let Some(postman) = self.postman() {
            postman.stop();
        }
        self.store().close().await;
    }

    /// Every table with its columns, for tests.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn stored_columns(&self) -> Result<Vec<(String, String)>, IdentityError> {
        Ok(self.store().columns().await?)
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn secrets(&self) -> &Secrets {
        &self.0.secrets
    }

    pub(crate) fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    pub(crate) fn turnstile(&self) -> &Turnstile {
        &self.0.turnstile
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Tries the letters that wait for the mail server now.
    pub fn send_waiting_letters(&self) {
        if let Some(postman) = self.postman() {
            postman.ring();
        }
    }

    /// Where the owner of this computer reads the letters, with the key of this start; `None` where a mail server sends them or the
    /// service is not on this computer. Show it to the owner alone.
    pub fn outbox_address(&self) -> Option<Url> {
        if !self.has_outbox_page() {
            return None;
        }
        let mut page = Url::parse(&format!("{}/outbox", self.0.issuer)).ok()?;
        page.query_pairs_mut().append_pair("key", &self.0.owner);
        Some(page)
    }

    pub(crate) fn has_outbox_page(&self) -> bool {
        let here = matches!(self.address().host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
        here && self.0.postman.is_none()
    }

    pub(crate) fn owner(&self) -> &str {
        &self.0.owner
    }

    pub(crate) fn line(&self) -> Option<&Line> {
        self.0.line.as_deref()
    }

    pub(crate) fn postman(&self) -> Option<&Postman> {
        self.0.postman.as_ref()
    }

    pub(crate) fn upstreams(&self) -> &Upstreams {
        &self.0.upstreams
    }

    pub(crate) fn rules(&self) -> &Rules {
        &self.0.rules
    }

    pub(crate) fn redirects(&self) -> &[String] {
        &self.0.redirects
    }

    pub(crate) fn address(&self) -> &Url {
        &self.0.address
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.0.issuer
    }

    pub(crate) fn tell(&self, letter: &Letter) {
        if let Some(on_letter) = &self.0.on_letter {
            on_letter(letter);
        }
    }

    pub(crate) fn keys(&self) -> &SigningKeys {
        &self.0.keys
    }

    pub(crate) fn public_keys(&self) -> Value {
        self.0.keys.public()
    }

    pub(crate) fn now(&self) -> UtcMillis {
        (self.0.now)()
    }

    /// Now, in seconds since 1970.
    pub(crate) fn seconds(&self) -> i64 {
        self.now().0.div_euclid(1_000)
    }

    /// The claims of a genuine, unexpired token.
    pub(crate) fn claims(&self, access_token: &str) -> Option<Claims> {
        self.0.keys.verify(access_token, &self.0.issuer, self.now())
    }

    /// A new session of an account, as its device gets it.
    pub(crate) async fn sign_in(&self, user: &User, method: &str, device: &str) -> Answer<Value> {
        if user.is_banned(self.now()) {
            return Err(Fault::new(
                400,
                "user_banned",
                "This account is closed for now. Ask the operator of the service.",
            ));
        }
        let session = self.store().add_session(&user.id, method, device, self.now()).await?;
        let user = self.store().user(&user.id).await?.ok_or_else(Fault::unexpected)?;
        self.shown_session(&user, &session)
    }

    /// A session with fresh tokens, as its device gets it.
    pub(crate) fn shown_session(&self, user: &User, session: &StoredSession) -> Answer<Value> {
        let (now, life) = (self.seconds(), self.rules().access_seconds);
        let claims = Claims::of(self.issuer(), user, session, now, life);
        let access = self.0.keys.sign(&claims).ok_or_else(Fault::unexpected)?;
        let refresh = RefreshToken { session: session.id.clone(), counter: session.counter };
        let refresh = refresh.written(self.secrets()).ok_or_else(Fault::unexpected)?;
        Ok(json!({
            "access_token": access,
            "token_type": "bearer",
            "expires_in": life,
            "expires_at": claims.exp,
            "refresh_token": refresh,
            "user": user.shown(),
        }))
    }
}
