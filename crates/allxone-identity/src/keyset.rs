//! Public keys of somebody else, and the tokens they sign: fetched when they are needed, kept for a while, asked for again when a token
//! names one that is not known.
//!
//! Algorithms are pinned: a token is read with one of those that were expected from its signer and with a key made for it, whatever its
//! head says. A shared secret is never taken from a list of public keys.

use std::sync::{PoisonError, RwLock};

use allxone_contract::UtcMillis;
use allxone_egress::{Door, EgressError, Question, Server};
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;

/// How long fetched keys are believed without asking again, in milliseconds.
const FRESH: i64 = 10 * 60_000;
/// How long they still serve when nobody answers.
const STALE: i64 = 60 * 60_000;
/// How soon after one fetch an unknown key may cause another.
const AGAIN: i64 = 30_000;
/// How much a clock may differ, in seconds.
pub(crate) const LEEWAY: i64 = 30;
/// The longest token that is looked at.
const LONGEST: usize = 16 * 1024;

/// Where the keys are, and those that were there.
pub(crate) struct Keyset {
    door: Door,
    place: Server,
    kept: RwLock<Kept>,
    /// One fetch at a time; the others wait and look again.
    turn: Semaphore,
}

#[derive(Default)]
struct Kept {
    keys: Vec<Jwk>,
    fetched: Option<UtcMillis>,
    /// When it was last tried, whatever came of it.
    tried: Option<UtcMillis>,
}

/// What a token must be.
pub(crate) struct Expected<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) audience: &'a str,
    pub(crate) algorithms: &'a [Algorithm],
}

/// What became of a token.
pub(crate) enum Read<T> {
    /// It is genuine and in time.
    Genuine(T),
    /// It is not.
    Refused,
    /// There are no public keys at all: it must be shown to its signer.
    NoKeys,
}

impl Keyset {
    pub(crate) fn new(door: Door, place: Server) -> Self {
        Self { door, place, kept: RwLock::default(), turn: Semaphore::new(1) }
    }

    /// Reads a token.
    ///
    /// # Errors
    /// When the keys cannot be had.
    pub(crate) async fn read<T: DeserializeOwned>(
        &self,
        token: &str,
        expected: &Expected<'_>,
        now: UtcMillis,
    ) -> Result<Read<T>, EgressError> {
        if token.len() > LONGEST {
            return Ok(Read::Refused);
        }
        let Ok(header) = jsonwebtoken::decode_header(token) else { return Ok(Read::Refused) };
        if !expected.algorithms.contains(&header.alg) {
            // Without public keys a shared secret may be in use; whether it is believed is for the caller to say.
            return Ok(if self.is_empty(now).await? { Read::NoKeys } else { Read::Refused });
        }
        let key = match self.key(header.kid.as_deref(), header.alg, now).await? {
            Some(key) => key,
            None if self.known().is_empty() => return Ok(Read::NoKeys),
            None => return Ok(Read::Refused),
        };
        let Ok(key) = DecodingKey::from_jwk(&key) else { return Ok(Read::Refused) };
        Ok(read_with(token, &key, header.alg, expected, now).map_or(Read::Refused, Read::Genuine))
    }

    fn known(&self) -> Vec<Jwk> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner).keys.clone()
    }

    async fn is_empty(&self, now: UtcMillis) -> Result<bool, EgressError> {
        self.refresh(now, FRESH).await?;
        Ok(self.known().is_empty())
    }

    /// The key of this name that fits the algorithm.
    async fn key(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
        now: UtcMillis,
    ) -> Result<Option<Jwk>, EgressError> {
        let find = || {
            let known = self.known();
            let mut fitting = known.into_iter().filter(|key| fits(key, algorithm));
            match kid {
                Some(kid) => fitting.find(|key| key.common.key_id.as_deref() == Some(kid)),
                // Without a name only a single key can be meant.
                None => fitting.next().filter(|_| fitting.next().is_none()),
            }
        };
        self.refresh(now, FRESH).await?;
        if let Some(key) = find() {
            return Ok(Some(key));
        }
        self.refresh(now, AGAIN).await?;
        Ok(find())
    }

    /// Fetches the keys when they were last asked for longer ago than `after`.
    async fn refresh(&self, now: UtcMillis, after: i64) -> Result<(), EgressError> {
        let due = || {
            let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
            // A failed attempt counts against the shorter of the two, so that a dead signer is not asked for each request.
            let rested =
                |since: Option<UtcMillis>, pause: i64| since.is_none_or(|since| since.plus(pause) <= now);
            rested(kept.fetched, after) && rested(kept.tried, AGAIN.min(after))
        };
        if !due() {
            return self.usable(now);
        }
        let _turn = self.turn.acquire().await;
        if !due() {
            return self.usable(now);
        }
        let fetched = self.fetch().await;
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        kept.tried = Some(now);
        match fetched {
            Ok(keys) => {
                kept.keys = keys;
                kept.fetched = Some(now);
                Ok(())
            }
            Err(error) => {
                tracing::warn!(code = error.code(), "public keys could not be fetched");
                if kept.fetched.is_some_and(|since| since.plus(STALE) > now) { Ok(()) } else { Err(error) }
            }
        }
    }

    fn usable(&self, now: UtcMillis) -> Result<(), EgressError> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let usable = kept.fetched.is_some_and(|since| since.plus(STALE) > now);
        if usable { Ok(()) } else { Err(EgressError::Broken { host: self.place.host() }) }
    }

    async fn fetch(&self) -> Result<Vec<Jwk>, EgressError> {
        let broken = || EgressError::Broken { host: self.place.host() };
        let answer = self.door.ask_provider(&self.place, Question::get()).await?;
        if answer.status() != 200 {
            return Err(broken());
        }
        let whole: serde_json::Value =
            serde_json::from_slice(&answer.bytes().await?).map_err(|_| broken())?;
        let keys = whole["keys"].as_array().ok_or_else(broken)?;
        // A key of a kind that is not known here is no reason to believe none of the others.
        let known = keys
            .iter()
            .filter_map(|key| serde_json::from_value::<JwkSet>(serde_json::json!({ "keys": [key] })).ok());
        Ok(known.flat_map(|set| set.keys).take(64).collect())
    }
}

/// Whether a key was made for this algorithm.
fn fits(key: &Jwk, algorithm: Algorithm) -> bool {
    let for_signing = key.common.public_key_use.as_ref().is_none_or(|used| *used == PublicKeyUse::Signature);
    let named = key.common.key_algorithm.is_none_or(|named| named.to_string() == format!("{algorithm:?}"));
    let kind = match (&key.algorithm, algorithm) {
        (AlgorithmParameters::RSA(_), Algorithm::RS256) => true,
        (AlgorithmParameters::EllipticCurve(curve), Algorithm::ES256) => curve.curve == EllipticCurve::P256,
        _ => false,
    };
    for_signing && named && kind
}

/// The claims of a token that this key signed with this algorithm for whom it is expected.
pub(crate) fn read_with<T: DeserializeOwned>(
    token: &str,
    key: &DecodingKey,
    algorithm: Algorithm,
    expected: &Expected<'_>,
    now: UtcMillis,
) -> Option<T> {
    let mut rules = Validation::new(algorithm);
    rules.set_audience(&[expected.audience]);
    rules.set_issuer(&[expected.issuer]);
    rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    // Against our own clock, below.
    rules.validate_exp = false;
    let claims = jsonwebtoken::decode::<serde_json::Value>(token, key, &rules).ok()?.claims;
    let seconds = now.0.div_euclid(1_000);
    let in_time = claims["exp"].as_i64()?.saturating_add(LEEWAY) > seconds
        && claims["iat"].as_i64().is_none_or(|iat| iat.saturating_sub(LEEWAY) <= seconds)
        && claims["nbf"].as_i64().is_none_or(|nbf| nbf.saturating_sub(LEEWAY) <= seconds);
    if in_time { serde_json::from_value(claims).ok() } else { None }
}
