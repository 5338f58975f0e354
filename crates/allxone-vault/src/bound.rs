//! A short secret sealed in one piece and bound to what it is for: opened under another name, it is nothing.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::{SecretKey, VaultError, random};

/// What every such text begins with; the last byte is the version.
const MAGIC: &[u8; 8] = b"AXBOUND\x01";
const NONCE: usize = 24;

/// Seals `plain` (XChaCha20-Poly1305, a random nonce) with `purpose` as associated data.
///
/// # Errors
/// [`VaultError::Randomness`].
pub fn seal(key: &SecretKey, purpose: &str, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
    let nonce = random::bytes::<NONCE>()?;
    let aad = associated(purpose);
    let sealed = XChaCha20Poly1305::new(key.expose().into())
        .encrypt(XNonce::from_slice(&nonce), Payload { msg: plain, aad: &aad })
        .map_err(|_| VaultError::Randomness)?;
    Ok([MAGIC.as_slice(), &nonce, &sealed].concat())
}

/// Opens what [`seal`] made with the same key for the same purpose.
///
/// # Errors
/// [`VaultError::SealBroken`] for anything else.
pub fn open(key: &SecretKey, purpose: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let rest = sealed.strip_prefix(MAGIC.as_slice()).ok_or(VaultError::SealBroken)?;
    let (nonce, sealed) = rest.split_at_checked(NONCE).ok_or(VaultError::SealBroken)?;
    let aad = associated(purpose);
    XChaCha20Poly1305::new(key.expose().into())
        .decrypt(XNonce::from_slice(nonce), Payload { msg: sealed, aad: &aad })
        .map(Zeroizing::new)
        .map_err(|_| VaultError::SealBroken)
}

fn associated(purpose: &str) -> Vec<u8> {
    [MAGIC.as_slice(), purpose.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn opens_only_whole_with_its_key_for_its_purpose() {
        let (key, other) = (SecretKey::random().unwrap(), SecretKey::random().unwrap());
        let sealed = seal(&key, "session of ann", b"secret").unwrap();
        assert_eq!(open(&key, "session of ann", &sealed).unwrap().as_slice(), b"secret");
        assert!(open(&other, "session of ann", &sealed).is_err());
        assert!(open(&key, "session of ben", &sealed).is_err());
        for cut in 0..sealed.len() {
            assert!(open(&key, "session of ann", &sealed[..cut]).is_err(), "cut at {cut}");
        }
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert!(open(&key, "session of ann", &altered).is_err(), "altered at {at}");
        }
    }
}
