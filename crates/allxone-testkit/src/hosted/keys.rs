//! What signs a project's tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

use super::word;

pub(super) enum Keys {
    Shared(String),
    /// The one that signs stands first.
    Pairs(Vec<Pair>),
}

pub(super) struct Pair {
    kid: String,
    pkcs8: Vec<u8>,
    x: String,
    y: String,
}

impl Pair {
    fn new() -> Self {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap();
        let point = pair.public_key().as_ref();
        let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..65]));
        Self { kid: word(12), pkcs8: pkcs8.as_ref().to_vec(), x, y }
    }
}

impl Keys {
    pub(super) fn new(asymmetric: bool) -> Self {
        if asymmetric { Self::Pairs(vec![Pair::new()]) } else { Self::Shared(word(40)) }
    }

    pub(super) fn secret(&self) -> Option<String> {
        match self {
            Self::Shared(secret) => Some(secret.clone()),
            Self::Pairs(_) => None,
        }
    }

    pub(super) fn rotate(&mut self, overlap: bool) {
        match self {
            Self::Shared(secret) => *secret = word(40),
            Self::Pairs(pairs) => {
                if !overlap {
                    pairs.clear();
                }
                pairs.insert(0, Pair::new());
            }
        }
    }

    pub(super) fn sign(&self, claims: &Value) -> String {
        match self {
            Self::Shared(secret) => {
                let key = EncodingKey::from_secret(secret.as_bytes());
                jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &key).unwrap()
            }
            Self::Pairs(pairs) => {
                let mut header = Header::new(Algorithm::ES256);
                header.kid = Some(pairs[0].kid.clone());
                jsonwebtoken::encode(&header, claims, &EncodingKey::from_ec_der(&pairs[0].pkcs8)).unwrap()
            }
        }
    }

    pub(super) fn verify(&self, token: &str) -> Option<Value> {
        let (algorithm, key) = match self {
            Self::Shared(secret) => (Algorithm::HS256, DecodingKey::from_secret(secret.as_bytes())),
            Self::Pairs(pairs) => {
                let kid = jsonwebtoken::decode_header(token).ok()?.kid?;
                let pair = pairs.iter().find(|pair| pair.kid == kid)?;
                (Algorithm::ES256, DecodingKey::from_ec_components(&pair.x, &pair.y).unwrap())
            }
        };
        let mut rules = Validation::new(algorithm);
        rules.validate_exp = false;
        rules.validate_aud = false;
        rules.required_spec_claims.clear();
        jsonwebtoken::decode::<Value>(token, &key, &rules).ok().map(|read| read.claims)
    }

    /// What is published: nothing of a shared secret.
    pub(super) fn published(&self) -> Value {
        let pairs = match self {
            Self::Shared(_) => &[],
            Self::Pairs(pairs) => pairs.as_slice(),
        };
        let keys: Vec<Value> = pairs
            .iter()
            .map(|pair| {
                json!({ "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "key_ops": ["verify"], "ext": true, "kid": pair.kid, "x": pair.x, "y": pair.y })
            })
            .collect();
        json!({ "keys": keys })
    }
}
