//! The keys that sign access tokens: ES256, the private half sealed in the database, the public half at the JWKS address.
//!
//! The newest key signs; older ones verify until every token they signed has expired.

use std::sync::{Arc, PoisonError, RwLock};

use allxone_contract::UtcMillis;
use allxone_vault::{SecretKey, sealed};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::store::Store;
use crate::{Claims, IdentityError};

/// How much a clock may differ, in seconds.
const LEEWAY: i64 = 30;
/// How long a retired key still verifies, in milliseconds: longer than any token lives.
const OVERLAP: i64 = 24 * 3_600_000;

struct Key {
    kid: String,
    signs: EncodingKey,
    verifies: DecodingKey,
    public: (String, String),
}

/// The keys in use. Clones share them.
#[derive(Clone)]
pub(crate) struct SigningKeys(Arc<RwLock<Vec<Arc<Key>>>>);

impl SigningKeys {
    /// Reads the keys, and makes the first one where there is none.
    pub(crate) async fn open(
        store: &Store,
        sealing: &SecretKey,
        now: UtcMillis,
    ) -> Result<Self, IdentityError> {
        let keys = Self(Arc::default());
        keys.read(store, sealing).await?;
        if keys.all().is_empty() {
            let (kid, sealed) = new_key(sealing)?;
            // Where another node was faster, its key is read like any other.
            store.add_first_key(&kid, &sealed, now).await?;
            keys.read(store, sealing).await?;
        }
        Ok(keys)
    }

    /// Makes a key that signs from now on.
    pub(crate) async fn renew(
        &self,
        store: &Store,
        sealing: &SecretKey,
        now: UtcMillis,
    ) -> Result<(), IdentityError> {
        let (kid, sealed) = new_key(sealing)?;
        store.add_key(&kid, &sealed, now, now.plus(-OVERLAP)).await?;
        self.read(store, sealing).await
    }

    async fn read(&self, store: &Store, sealing: &SecretKey) -> Result<(), IdentityError> {
        let mut stored = store.keys().await?;
        // The one that signs stands first.
        stored.sort_by_key(|key| key.retired.is_some());
        let mut keys = Vec::with_capacity(stored.len());
        for one in stored {
            let pkcs8 =
                sealed::open(sealing, &one.sealed).map_err(|_| IdentityError::Record("signing key"))?;
            let key = Key::of(&pkcs8)?;
            if key.kid != one.kid {
                return Err(IdentityError::Record("signing key"));
            }
            keys.push(Arc::new(key));
        }
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    fn all(&self) -> Vec<Arc<Key>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Signs claims. `None` when there is no key, which `open` rules out.
    pub(crate) fn sign(&self, claims: &Claims) -> Option<String> {
        self.sign_as("JWT", claims)
    }

    /// Signs something of this kind.
    pub(crate) fn sign_as(&self, kind: &str, claims: &impl Serialize) -> Option<String> {
        let key = self.all().into_iter().next()?;
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some(kind.to_owned());
        header.kid = Some(key.kid.clone());
        jsonwebtoken::encode(&header, claims, &key.signs).ok()
    }

    /// Reads a token that one of these keys signed for `issuer` and that is valid at `now`.
    pub(crate) fn verify(&self, token: &str, issuer: &str, now: UtcMillis) -> Option<Claims> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        // Other things are signed with these keys too, and none of them lets anybody in.
        if header.typ.as_deref() != Some("JWT") {
            return None;
        }
        let key = self.all().into_iter().find(|key| Some(&key.kid) == header.kid.as_ref())?;
        let mut rules = Validation::new(Algorithm::ES256);
        rules.set_audience(&["authenticated"]);
        rules.set_issuer(&[issuer]);
        // Against our own clock, below.
        rules.validate_exp = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &key.verifies, &rules).ok()?.claims;
        let seconds = now.0.div_euclid(1_000);
        (claims.exp.saturating_add(LEEWAY) > seconds && claims.iat.saturating_sub(LEEWAY) <= seconds)
            .then_some(claims)
    }

    /// The public halves, as RFC 7517 has them.
    pub(crate) fn public(&self) -> Value {
        let keys: Vec<Value> = self
            .all()
            .iter()
            .map(|key| {
                json!({
                    "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "key_ops": ["verify"], "ext": true,
                    "kid": key.kid, "x": key.public.0, "y": key.public.1,
                })
            })
            .collect();
        json!({ "keys": keys })
    }
}

/// The name of a new key, and the key sealed.
fn new_key(sealing: &SecretKey) -> Result<(String, Vec<u8>), IdentityError> {
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
        .map_err(|_| IdentityError::Randomness)?;
    let key = Key::of(pkcs8.as_ref())?;
    let sealed = sealed::seal(sealing, pkcs8.as_ref()).map_err(|_| IdentityError::Randomness)?;
    Ok((key.kid, sealed))
}

impl Key {
    fn of(pkcs8: &[u8]) -> Result<Self, IdentityError> {
        let broken = |_| IdentityError::Record("signing key");
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8, &SystemRandom::new())
            .map_err(broken)?;
        // An uncompressed point: 4, x, y.
        let point = pair.public_key().as_ref();
        let (Some(x), Some(y)) = (point.get(1..33), point.get(33..65)) else {
            return Err(IdentityError::Record("signing key"));
        };
        let public = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        let verifies = DecodingKey::from_ec_components(&public.0, &public.1)
            .map_err(|_| IdentityError::Record("signing key"))?;
        let kid = hex::encode(&Sha256::digest(point)[..12]);
        Ok(Self { kid, signs: EncodingKey::from_ec_der(pkcs8), verifies, public })
    }
}
