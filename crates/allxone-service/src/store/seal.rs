//! What people wrote, and what was said to them about it, sealed in its columns, so that a database whose files this program does not seal
//! itself shows none of it.
//!
//! Sealed values say so by how they begin; a value from before that is read as it is. The same on SQLite, which seals the file once more.

use std::sync::Arc;

use allxone_vault::{SecretKey, sealed};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::ServiceError;

/// How a sealed text begins; JSON never does.
const TEXT: &str = "sealed:";
/// How sealed bytes begin; JSON never does.
const BYTES: &[u8] = b"AXSEALED";

/// Seals and opens values of columns. Clones share the key.
#[derive(Clone)]
pub(crate) struct Seal(Arc<SecretKey>);

impl Seal {
    /// Draws the key of the columns from the service's `key` of its database.
    pub(crate) fn new(key: &SecretKey) -> Result<Self, ServiceError> {
        let mut drawn = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(None, key.expose())
            .expand(b"allxone/service/1/columns", drawn.as_mut())
            .map_err(|_| ServiceError::Record("columns"))?;
        Ok(Self(Arc::new(SecretKey::from_bytes(drawn))))
    }

    /// Bytes as they are stored.
    pub(super) fn bytes(&self, plain: &[u8]) -> Result<Vec<u8>, ServiceError> {
        Ok(sealed::seal(&self.0, plain)?)
    }

    /// A text as it is stored.
    pub(super) fn text(&self, plain: &str) -> Result<String, ServiceError> {
        Ok(format!("{TEXT}{}", BASE64.encode(self.bytes(plain.as_bytes())?)))
    }

    /// Stored bytes as they were.
    pub(super) fn open_bytes(&self, stored: Vec<u8>) -> Result<Vec<u8>, ServiceError> {
        if stored.starts_with(BYTES) { Ok(sealed::open(&self.0, &stored)?) } else { Ok(stored) }
    }

    /// A stored text as it was.
    pub(super) fn open_text(&self, stored: String) -> Result<String, ServiceError> {
        let Some(hidden) = stored.strip_prefix(TEXT) else { return Ok(stored) };
        let hidden = BASE64.decode(hidden).map_err(|_| ServiceError::Record("sealed"))?;
        String::from_utf8(sealed::open(&self.0, &hidden)?).map_err(|_| ServiceError::Record("sealed"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_its_key_alone_and_what_is_not_stays() {
        let (seal, other) = (
            Seal::new(&SecretKey::random().unwrap()).unwrap(),
            Seal::new(&SecretKey::random().unwrap()).unwrap(),
        );
        let (text, bytes) = (seal.text("{\"a\":1}").unwrap(), seal.bytes(b"{}").unwrap());
        assert!(!text.contains('{') && text != seal.text("{\"a\":1}").unwrap());
        assert_eq!(seal.open_text(text.clone()).unwrap(), "{\"a\":1}");
        assert_eq!(seal.open_bytes(bytes.clone()).unwrap(), b"{}");
        assert!(other.open_text(text).is_err() && other.open_bytes(bytes).is_err());
        for plain in ["[]", "{\"sealed:\":1}", ""] {
            assert_eq!(seal.open_text(plain.to_owned()).unwrap(), plain);
            assert_eq!(seal.open_bytes(plain.as_bytes().to_vec()).unwrap(), plain.as_bytes());
        }
    }
}
