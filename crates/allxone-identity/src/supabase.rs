//! A service whose accounts are a project of Supabase: its tokens are checked here, its accounts are kept there.
//!
//! Cut beside [`Identity`](crate::Identity) because both answer the same question, whom a token speaks for, and no more: nothing of the
//! project is copied. Algorithms are pinned, and the old shared secret is believed only where the operator gave it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use allxone_contract::{AccountId, UtcMillis};
use allxone_egress::{BearerToken, Door, EgressError, Question, Route, Server};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;
use sha2::{Digest, Sha256};
use url::Url;
use uuid::Uuid;

use crate::keyset::{Expected, Keyset, LEEWAY, Read, read_with};
use crate::{BASE, Claims, ClientSecret, IdentityError, Now, Role, Verified};

/// What tokens may be signed with.
const ALGORITHMS: [Algorithm; 2] = [Algorithm::ES256, Algorithm::RS256];
/// How long a token that the project itself confirmed is believed without asking again, in milliseconds.
const CONFIRMED: i64 = 60_000;
/// Most tokens that are remembered as confirmed.
const REMEMBERED: usize = 4_096;

/// A project as the operator describes it.
pub struct SupabaseConfig {
    /// Its address.
    pub url: Url,
    /// Its publishable key, which its gateway wants to see.
    pub key: String,
    /// The secret its older tokens are signed with; only where it still has one.
    pub legacy_secret: Option<ClientSecret>,
    /// The key by which accounts are deleted there; without one they are not.
    pub service_key: Option<ClientSecret>,
    /// The way out.
    pub door: Door,
    /// The clock.
    pub now: Now,
}

/// A project of Supabase, asked about its tokens.
pub struct Supabase {
    project: Server,
    address: String,
    hosts: Vec<String>,
    issuer: String,
    key: String,
    keys: Keyset,
    legacy: Option<DecodingKey>,
    service_key: Option<ClientSecret>,
    door: Door,
    now: Now,
    confirmed: Mutex<HashMap<[u8; 32], UtcMillis>>,
}

/// Why a token could not be judged. Nobody is let in then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SupabaseError {
    /// The project could not be asked.
    #[error("The project that keeps the accounts could not be asked. {0}")]
    Unreachable(#[from] EgressError),
    /// It answered with something else than its dialect has.
    #[error(
        "The project that keeps the accounts answered with status {0}, which was not expected. Nothing was changed. Try again in a while."
    )]
    Unexpected(u16),
    /// There is no key to delete accounts by.
    #[error(
        "This service has no key by which the account could be deleted at its project. It was not deleted there."
    )]
    NoServiceKey,
}

impl SupabaseError {
    /// A stable name for this kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable(error) => error.code(),
            Self::Unexpected(_) => "project_unexpected",
            Self::NoServiceKey => "no_service_key",
        }
    }
}

impl Supabase {
    /// Nothing is asked yet.
    ///
    /// # Errors
    /// [`IdentityError::Address`] when the project's address cannot be one.
    pub fn open(config: SupabaseConfig) -> Result<Self, IdentityError> {
        let SupabaseConfig { url, key, legacy_secret, service_key, door, now } = config;
        let address = url.as_str().trim_end_matches('/').to_owned();
        let unusable = |_| IdentityError::Address(address.clone());
        let host = url.host_str().unwrap_or_default();
        let hosts = vec![url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))];
        let issuer = format!("{address}{BASE}");
        let published =
            Server::listed(&format!("{issuer}/.well-known/jwks.json"), None, &hosts).map_err(unusable)?;
        Ok(Self {
            project: Server::listed(&address, None, &hosts).map_err(unusable)?,
            keys: Keyset::new(door.clone(), published),
            legacy: legacy_secret.map(|secret| DecodingKey::from_secret(secret.expose().as_bytes())),
            address,
            hosts,
            issuer,
            key,
            service_key,
            door,
            now,
            confirmed: Mutex::default(),
        })
    }

    /// The project's host, for people.
    pub fn host(&self) -> String {
        self.project.host()
    }

    /// Whom an access token speaks for, by its signature, issuer, audience and time; `None` for everything that does not hold. Whether its
    /// session was ended since then only the project knows: see [`Supabase::is_alive`].
    ///
    /// # Errors
    /// When the project's keys cannot be had, or it must be asked and cannot be.
    pub async fn verify(&self, access_token: &str) -> Result<Option<Verified>, SupabaseError> {
        let now = (self.now)();
        let expected = Expected { issuer: &self.issuer, audience: "authenticated", algorithms: &ALGORITHMS };
        let claims = match self.by_secret(access_token, &expected, now) {
            Some(claims) => Some(claims),
            None => match self.keys.read::<Claims>(access_token, &expected, now).await? {
                Read::Genuine(claims) => Some(claims),
                Read::Refused => None,
                // An older project publishes nothing. What its token says is taken only once the project itself has said that it is good.
                Read::NoKeys => match unproven(access_token, &expected, now) {
                    Some(claims) if self.is_confirmed(access_token, &claims, now).await? => Some(claims),
                    _ => None,
                },
            },
        };
        Ok(claims.and_then(person))
    }

    /// Whether the session behind a token still lives and its account may act: asked at the project, for what cannot be undone.
    ///
    /// # Errors
    /// When the project cannot be asked.
    pub async fn is_alive(&self, access_token: &str) -> Result<bool, SupabaseError> {
        Ok(self.user(access_token).await?.is_some())
    }

    /// Whether the last proof of who the person is, is younger than `seconds`.
    pub fn is_fresh(&self, verified: &Verified, seconds: i64) -> bool {
        verified.proven.plus(seconds.saturating_mul(1_000)) > (self.now)()
    }

    /// Whether there is a key by which accounts can be deleted at the project.
    pub fn can_delete(&self) -> bool {
        self.service_key.is_some()
    }

    /// Deletes an account at the project. `false` when it was not there, so it may be asked again after a crash.
    ///
    /// # Errors
    /// When there is no key for it, or the project cannot be asked.
    pub async fn delete_account(&self, account: &AccountId) -> Result<bool, SupabaseError> {
        let key = self.service_key.as_ref().ok_or(SupabaseError::NoServiceKey)?;
        let server = self.server(key.expose())?;
        let route = Route::delete("/auth/v1/admin/users/{id}").id(account.as_str());
        let answer = self.door.ask_provider(&server, Question::at(route).apikey(key.expose())?).await?;
        match answer.status() {
            200 | 204 => Ok(true),
            404 => Ok(false),
            other => Err(SupabaseError::Unexpected(other)),
        }
    }

    /// The claims of a token that the old secret signed, where there is one.
    fn by_secret(&self, token: &str, expected: &Expected<'_>, now: UtcMillis) -> Option<Claims> {
        let legacy = self.legacy.as_ref()?;
        read_with(token, legacy, Algorithm::HS256, expected, now)
    }

    /// Whether the project said a moment ago, or says now, that the token is good and speaks for whom it names.
    async fn is_confirmed(
        &self,
        token: &str,
        claims: &Claims,
        now: UtcMillis,
    ) -> Result<bool, SupabaseError> {
        let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        if self.remembered().get(&hash).is_some_and(|until| *until > now) {
            return Ok(true);
        }
        let user = self.user(token).await?;
        let good = user.is_some_and(|user| user["id"].as_str() == Some(&claims.sub));
        if good {
            let mut remembered = self.remembered();
            if remembered.len() >= REMEMBERED {
                remembered.retain(|_, until| *until > now);
            }
            if remembered.len() < REMEMBERED {
                remembered.insert(hash, now.plus(CONFIRMED));
            }
        }
        Ok(good)
    }

    /// The account as the project shows it to its token; `None` when it does not take the token any more.
    async fn user(&self, token: &str) -> Result<Option<Value>, SupabaseError> {
        let Ok(server) = self.server(token) else { return Ok(None) };
        let answer = self
            .door
            .ask_provider(&server, Question::at(Route::get("/auth/v1/user")).apikey(&self.key)?)
            .await?;
        match answer.status() {
            200 => {
                let text = answer.bytes().await?;
                let user = serde_json::from_slice(&text).map_err(|_| SupabaseError::Unexpected(200))?;
                Ok(Some(user))
            }
            401 | 403 | 404 => Ok(None),
            other => Err(SupabaseError::Unexpected(other)),
        }
    }

    fn server(&self, token: &str) -> Result<Server, EgressError> {
        Server::listed(&self.address, Some(BearerToken::new(token)?), &self.hosts)
    }

    fn remembered(&self) -> MutexGuard<'_, HashMap<[u8; 32], UtcMillis>> {
        // A map of hashes and times is whole after any panic.
        self.confirmed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The person behind claims; nobody behind those of a project's own tools and of people without an account.
fn person(claims: Claims) -> Option<Verified> {
    let id: Uuid = claims.sub.parse().ok()?;
    if claims.role != Role::Authenticated || claims.is_anonymous || claims.session_id.is_empty() {
        return None;
    }
    let newest = claims.amr.iter().filter_map(|one| one["timestamp"].as_i64()).max().unwrap_or(0);
    let proven = UtcMillis(newest.saturating_mul(1_000));
    Some(Verified { account: AccountId::of(id), session: claims.session_id.clone(), proven, claims })
}

/// What a token says, nothing of it proven but that it is not too old and meant for this project.
fn unproven(token: &str, expected: &Expected<'_>, now: UtcMillis) -> Option<Claims> {
    use base64::Engine as _;
    let mut parts = token.split('.');
    let (_, Some(body), Some(_), None) = (parts.next()?, parts.next(), parts.next(), parts.next()) else {
        return None;
    };
    let body = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(body).ok()?;
    let claims: Claims = serde_json::from_slice(&body).ok()?;
    let meant = claims.iss == expected.issuer && claims.aud == expected.audience;
    (meant && claims.exp.saturating_add(LEEWAY) > now.0.div_euclid(1_000)).then_some(claims)
}
