//! Keys drawn from the one key of the accounts, and what is made with them: keyed hashes of codes, random words.

use allxone_vault::SecretKey;
use hkdf::Hkdf;
use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use rand::{Rng, TryRngCore};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::IdentityError;

/// The keys in use. Neither printable nor writable.
pub(crate) struct Secrets {
    codes: Zeroizing<[u8; 32]>,
    refresh: Zeroizing<[u8; 32]>,
    signing: SecretKey,
}

impl Secrets {
    pub(crate) fn new(key: &SecretKey) -> Self {
        Self {
            codes: drawn(key, b"allxone/identity/1/codes"),
            refresh: drawn(key, b"allxone/identity/1/refresh"),
            signing: SecretKey::from_bytes(drawn(key, b"allxone/identity/1/signing")),
        }
    }

    /// Under which the signing keys are sealed.
    pub(crate) fn signing(&self) -> &SecretKey {
        &self.signing
    }

    /// What is stored of a secret that was given out: it can be compared, not turned back, and not tried out without the key.
    pub(crate) fn hash(&self, kind: &str, parts: &[&str]) -> String {
        let mut mac = keyed(&self.codes);
        for part in std::iter::once(&kind).chain(parts) {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part.as_bytes());
        }
        hex::encode(mac.finalize().into_bytes())
    }

    /// The 16-byte proof inside a refresh token.
    pub(crate) fn prove(&self, token: &[u8]) -> [u8; 16] {
        let mut mac = keyed(&self.refresh);
        mac.update(token);
        let whole = mac.finalize().into_bytes();
        let mut proof = [0; 16];
        proof.copy_from_slice(&whole[..16]);
        proof
    }
}

/// A secret that was read from somewhere; wiped when it is let go. Neither printable nor writable.
pub struct SecretText(pub(crate) Zeroizing<String>);

impl<'de> serde::Deserialize<'de> for SecretText {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(|text| Self(Zeroizing::new(text)))
    }
}

/// HMAC-SHA256 under a key, which RFC 2104 fills up to a block with zeros.
fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    let mut block = Zeroizing::new([0_u8; 64]);
    block[..32].copy_from_slice(key);
    <Hmac<Sha256> as KeyInit>::new((&*block).into())
}

fn drawn(key: &SecretKey, purpose: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut out = Zeroizing::new([0; 32]);
    if Hkdf::<Sha256>::new(None, key.expose()).expand(purpose, out.as_mut()).is_err() {
        // 32 bytes are far below HKDF-SHA256's 8,160; hashing is an equal draw.
        out.copy_from_slice(&Sha256::new().chain_update(key.expose()).chain_update(purpose).finalize());
    }
    out
}

/// `N` random bytes.
///
/// # Errors
/// When the system gives none.
pub(crate) fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>, IdentityError> {
    let mut bytes = Zeroizing::new([0; N]);
    rand::rngs::OsRng.try_fill_bytes(bytes.as_mut()).map_err(|_| IdentityError::Randomness)?;
    Ok(bytes)
}

/// Six digits, each number equally likely.
pub(crate) fn six_digits() -> String {
    format!("{:06}", rand::rng().random_range(0..1_000_000_u32))
}

/// S256 of RFC 7636: the challenge of a verifier.
pub(crate) fn challenge_of(verifier: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}
