//! Types that hold secrets.
//!
//! None of them can be printed, serialised or copied, and all are wiped when dropped, so a secret
//! reaches a log or a message only through a call to `expose` that a reviewer can search for.

use hkdf::Hkdf;
use sha2::Sha256;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// What a sub-key is for. Two purposes never share a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyPurpose {
    /// The library's SQLCipher database (raw key).
    LibraryDatabase,
    /// The library's sealed pictures and thumbnails.
    LibraryBlobs,
    /// The service's embedded SQLCipher database (raw key).
    ServiceDatabase,
    /// The service's sealed files.
    ServiceFiles,
    /// The tokens of a signed-in account.
    AccountSession,
    /// A person's own keys at partners.
    PartnerKeys,
}

impl KeyPurpose {
    /// All purposes, for tests and audits.
    pub const ALL: [Self; 6] = [
        Self::LibraryDatabase,
        Self::LibraryBlobs,
        Self::ServiceDatabase,
        Self::ServiceFiles,
        Self::AccountSession,
        Self::PartnerKeys,
    ];

    /// The HKDF `info` string. Changing one makes everything under that key unreadable.
    fn info(self) -> &'static [u8] {
        match self {
            Self::LibraryDatabase => b"allxone/1/library-database",
            Self::LibraryBlobs => b"allxone/1/library-blobs",
            Self::ServiceDatabase => b"allxone/1/service-database",
            Self::ServiceFiles => b"allxone/1/service-files",
            Self::AccountSession => b"allxone/1/account-session",
            Self::PartnerKeys => b"allxone/1/partner-keys",
        }
    }
}

/// A 32-byte key, wiped when dropped.
///
/// It can be used:
/// ```
/// # use allxone_vault::SecretKey;
/// let key = SecretKey::random().unwrap();
/// println!("{}", key.expose().len());
/// ```
/// but not printed:
/// ```compile_fail,E0277
/// # use allxone_vault::SecretKey;
/// let key = SecretKey::random().unwrap();
/// println!("{:?}", key);
/// ```
/// nor copied:
/// ```compile_fail,E0599
/// # use allxone_vault::SecretKey;
/// let key = SecretKey::random().unwrap();
/// println!("{}", key.clone().expose().len());
/// ```
/// nor serialised:
/// ```compile_fail,E0277
/// # use allxone_vault::SecretKey;
/// let key = SecretKey::random().unwrap();
/// println!("{}", serde_json::to_string(&key).unwrap());
/// ```
pub struct SecretKey(Zeroizing<[u8; 32]>);

impl SecretKey {
    /// A fresh key from the operating system's randomness.
    ///
    /// # Errors
    /// [`crate::VaultError::Randomness`] when the system gives none.
    pub fn random() -> Result<Self, crate::VaultError> {
        crate::random::key().map(Self)
    }

    /// Takes over 32 bytes that are already secret.
    pub fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }

    /// The bytes themselves. Do not copy them anywhere that is not wiped.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// HKDF-SHA256 (RFC 5869) without salt: the input is already uniformly random.
    pub(crate) fn derive(&self, purpose: KeyPurpose) -> Self {
        Self(expand(self.expose(), purpose.info()))
    }
}

/// HKDF-SHA256 of a uniformly random secret to 32 bytes.
pub(crate) fn expand(secret: &[u8], info: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut out = Zeroizing::new([0u8; 32]);
    // Fails only above 255 * 32 bytes of output.
    let filled = Hkdf::<Sha256>::new(None, secret).expand(info, out.as_mut());
    debug_assert!(filled.is_ok());
    out
}

/// What a person types to open a folder.
///
/// It can be made and handed over, but not printed:
/// ```
/// # use allxone_vault::Passphrase;
/// let _p = Passphrase::new("correct horse battery staple".to_owned());
/// ```
/// ```compile_fail,E0277
/// # use allxone_vault::Passphrase;
/// let p = Passphrase::new("correct horse battery staple".to_owned());
/// println!("{:?}", p);
/// ```
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// The least number of characters of a new passphrase.
    pub const MIN_CHARS: usize = 8;

    /// Takes what was typed and brings it into Unicode form NFC, so that the same passphrase typed
    /// on another keyboard or system is the same bytes.
    pub fn new(typed: String) -> Self {
        let typed = Zeroizing::new(typed);
        Self(Zeroizing::new(typed.nfc().collect()))
    }

    pub(crate) fn expose(&self) -> &[u8] {
        self.0.as_bytes()
    }

    pub(crate) fn long_enough(&self) -> bool {
        self.0.chars().count() >= Self::MIN_CHARS
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_purpose_has_its_own_key_and_it_is_stable() {
        let master = SecretKey::from_bytes(Zeroizing::new([7u8; 32]));
        let keys: HashSet<[u8; 32]> = KeyPurpose::ALL.iter().map(|p| *master.derive(*p).expose()).collect();
        assert_eq!(keys.len(), KeyPurpose::ALL.len());
        assert!(!keys.contains(master.expose()));
        // Pinned: a change here would make every existing library unreadable.
        assert_eq!(
            hex::encode(master.derive(KeyPurpose::LibraryDatabase).expose()),
            "d85fa5f96ba415d21d2e621990da1575ca4513606403992ddf8486bd17a319a1"
        );
    }

    #[test]
    fn hkdf_agrees_with_the_rfc_construction() {
        // RFC 5869 written out with HMAC alone: PRK = HMAC(zeros, ikm), OKM = HMAC(PRK, info | 1).
        fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
            use sha2::Digest;
            let mut block = [0u8; 64];
            block[..key.len()].copy_from_slice(key);
            let mut inner = Sha256::new();
            inner.update(block.map(|b| b ^ 0x36));
            parts.iter().for_each(|p| inner.update(p));
            let mut outer = Sha256::new();
            outer.update(block.map(|b| b ^ 0x5c));
            outer.update(inner.finalize());
            outer.finalize().into()
        }
        let prk = hmac(&[0u8; 32], &[&[9u8; 32]]);
        let okm = hmac(&prk, &[b"some info", &[1]]);
        assert_eq!(expand(&[9u8; 32], b"some info").as_ref(), &okm);
    }

    #[test]
    fn a_passphrase_is_the_same_however_it_was_composed() {
        let composed = Passphrase::new("Z\u{fc}rich bei Nacht".to_owned());
        let decomposed = Passphrase::new("Zu\u{308}rich bei Nacht".to_owned());
        assert_eq!(composed.expose(), decomposed.expose());
        assert!(!Passphrase::new("\u{fc}\u{fc}\u{fc}\u{fc}".to_owned()).long_enough());
    }
}
