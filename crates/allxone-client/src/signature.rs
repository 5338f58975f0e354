//! The signature a service puts under an archive: who signed which one. Of a type and audience of its own, so it opens nothing.

use allxone_contract::{Export, ExportId, Sha256};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;

/// What a signature is, as its head says.
const KIND: &str = "export+jwt";
/// Whom it is made for.
const AUDIENCE: &str = "export";
/// The longest signature that is looked at.
const LONGEST: usize = 8 * 1024;

#[derive(Deserialize)]
struct Claims {
    jti: ExportId,
    sha256: Sha256,
}

/// Whether `signature` was made with one of `keys` and names this archive by number and hash. The algorithm is pinned.
pub(crate) fn holds(signature: &str, export: &Export, keys: &JwkSet) -> bool {
    if signature.len() > LONGEST {
        return false;
    }
    let Ok(header) = jsonwebtoken::decode_header(signature) else { return false };
    if header.typ.as_deref() != Some(KIND) || header.alg != Algorithm::ES256 {
        return false;
    }
    let key =
        header.kid.as_deref().and_then(|kid| keys.find(kid)).and_then(|jwk| DecodingKey::from_jwk(jwk).ok());
    let Some(key) = key else { return false };
    let mut rules = Validation::new(Algorithm::ES256);
    rules.set_audience(&[AUDIENCE]);
    // It does not go out of date: the archive stays what it is.
    rules.validate_exp = false;
    rules.required_spec_claims = ["aud".to_owned()].into();
    let read = jsonwebtoken::decode::<Claims>(signature, &key, &rules);
    read.is_ok_and(|read| read.claims.jti == export.id && Some(read.claims.sha256) == export.sha256)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use allxone_contract::{ExportState, UtcMillis};
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use jsonwebtoken::{EncodingKey, Header};
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
    use serde_json::{Value, json};

    use super::*;

    struct Signer {
        signs: EncodingKey,
        keys: JwkSet,
    }

    impl Signer {
        fn new() -> Self {
            let random = SystemRandom::new();
            let pair = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
            let public = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pair.as_ref(), &random);
            let point = public.unwrap().public_key().as_ref().to_vec();
            let half = |from: usize| URL_SAFE_NO_PAD.encode(&point[from..from + 32]);
            let key = json!({ "kty": "EC", "crv": "P-256", "kid": "k", "alg": "ES256", "use": "sig", "x": half(1), "y": half(33) });
            let keys = serde_json::from_value(json!({ "keys": [key] })).unwrap();
            Self { signs: EncodingKey::from_ec_der(pair.as_ref()), keys }
        }

        fn sign(&self, kind: &str, claims: &Value) -> String {
            let mut header = Header::new(Algorithm::ES256);
            (header.typ, header.kid) = (Some(kind.to_owned()), Some("k".to_owned()));
            jsonwebtoken::encode(&header, claims, &self.signs).unwrap()
        }
    }

    #[test]
    fn only_the_service_s_own_signature_under_this_very_archive_holds() {
        let (signer, stranger) = (Signer::new(), Signer::new());
        let export = Export {
            id: ExportId::new(),
            state: ExportState::Ready,
            created: UtcMillis(0),
            expires: None,
            bytes: Some(1),
            sha256: Some(Sha256::of(b"archive")),
            signature: None,
        };
        let claims =
            json!({ "sub": "ann", "aud": "export", "iat": 1, "jti": export.id, "sha256": export.sha256 });
        let genuine = signer.sign(KIND, &claims);
        assert!(holds(&genuine, &export, &signer.keys));
        let other = |name: &str, value: Value| {
            let mut claims = claims.clone();
            claims[name] = value;
            signer.sign(KIND, &claims)
        };
        let refused = [
            ("another's", stranger.sign(KIND, &claims)),
            ("another kind", signer.sign("JWT", &claims)),
            ("another audience", other("aud", json!("authenticated"))),
            ("another number", other("jti", json!(ExportId::new()))),
            ("another archive", other("sha256", json!(Sha256::of(b"else")))),
            ("a shared secret", {
                let mut header = Header::new(Algorithm::HS256);
                (header.typ, header.kid) = (Some(KIND.to_owned()), Some("k".to_owned()));
                jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(b"secret")).unwrap()
            }),
            ("nothing", String::new()),
            ("too long", "x".repeat(LONGEST + 1)),
        ];
        for (what, signature) in refused {
            assert!(!holds(&signature, &export, &signer.keys), "{what}");
        }
        assert!(!holds(&genuine, &export, &stranger.keys), "keys that are not its own");
    }
}
