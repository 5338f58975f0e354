//! Wrapping the master key: key encryption keys and what binds them to their slot.

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{Passphrase, SecretKey, VaultError, random};

/// A 32-byte key that wraps the master key; wiped when dropped.
pub(crate) type WrappingKey = Zeroizing<[u8; 32]>;

/// The Argon2id work (RFC 9106) of a new passphrase slot. An existing slot keeps its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PassphraseCost {
    /// Memory in KiB, 8 to [`PassphraseCost::MAX_MEMORY_KIB`].
    pub memory_kib: u32,
    /// Passes over the memory, 1 to [`PassphraseCost::MAX_PASSES`].
    pub passes: u32,
}

impl PassphraseCost {
    /// 1 GiB. A slot that asks for more was not written by this program.
    pub const MAX_MEMORY_KIB: u32 = 1024 * 1024;
    /// Upper bound of passes for the same reason.
    pub const MAX_PASSES: u32 = 64;
}

impl Default for PassphraseCost {
    /// RFC 9106, second recommended option, on one lane: 64 MiB, 3 passes.
    fn default() -> Self {
        Self { memory_kib: 64 * 1024, passes: 3 }
    }
}

/// The stored parameters of a passphrase slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kdf {
    pub(crate) algorithm: KdfAlgorithm,
    pub(crate) memory_kib: u32,
    pub(crate) passes: u32,
    pub(crate) lanes: u32,
    /// 16 bytes, base64.
    pub(crate) salt: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum KdfAlgorithm {
    #[serde(rename = "argon2id-19")]
    Argon2id,
}

impl Kdf {
    pub(crate) fn new(cost: PassphraseCost) -> Result<Self, VaultError> {
        Ok(Self {
            algorithm: KdfAlgorithm::Argon2id,
            memory_kib: cost.memory_kib.clamp(8, PassphraseCost::MAX_MEMORY_KIB),
            passes: cost.passes.clamp(1, PassphraseCost::MAX_PASSES),
            lanes: 1,
            salt: BASE64.encode(random::bytes::<16>()?),
        })
    }

    /// Blocking and meant to be slow: about a tenth of a second to a second.
    pub(crate) fn wrapping_key(&self, passphrase: &Passphrase) -> Result<WrappingKey, VaultError> {
        let damaged = |what: &str| VaultError::KeysFileDamaged(what.to_owned());
        if self.memory_kib > PassphraseCost::MAX_MEMORY_KIB
            || self.passes > PassphraseCost::MAX_PASSES
            || self.lanes > 16
        {
            return Err(damaged("unreasonable passphrase parameters"));
        }
        let salt = BASE64.decode(&self.salt).map_err(|_| damaged("the salt is not base64"))?;
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(32))
            .map_err(|_| damaged("unreasonable passphrase parameters"))?;
        let mut out = Zeroizing::new([0u8; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.expose(), &salt, out.as_mut())
            .map_err(|_| damaged("unreasonable passphrase parameters"))?;
        Ok(out)
    }

    /// What the wrapped key is bound to: changed parameters do not open.
    pub(crate) fn binding(&self) -> String {
        format!("argon2id-19/{}/{}/{}/{}", self.memory_kib, self.passes, self.lanes, self.salt)
    }
}

/// The master key under a wrapping key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wrapped {
    /// 24 bytes, base64.
    nonce: String,
    /// 48 bytes, base64: the key and its tag.
    key: String,
}

impl Wrapped {
    pub(crate) fn new(master: &SecretKey, under: &WrappingKey, aad: &[u8]) -> Result<Self, VaultError> {
        let nonce = random::bytes::<24>()?;
        let key = XChaCha20Poly1305::new(under.as_ref().into())
            .encrypt(XNonce::from_slice(&nonce), Payload { msg: master.expose(), aad })
            .map_err(|_| VaultError::Randomness)?;
        Ok(Self { nonce: BASE64.encode(nonce), key: BASE64.encode(key) })
    }

    /// `Ok(None)` when the wrapping key is not the right one (or the slot was altered).
    pub(crate) fn open(&self, under: &WrappingKey, aad: &[u8]) -> Result<Option<SecretKey>, VaultError> {
        let damaged = || VaultError::KeysFileDamaged("a wrapped key is not what it should be".to_owned());
        let nonce = BASE64.decode(&self.nonce).map_err(|_| damaged())?;
        let sealed = BASE64.decode(&self.key).map_err(|_| damaged())?;
        if nonce.len() != 24 || sealed.len() != 48 {
            return Err(damaged());
        }
        let opened = XChaCha20Poly1305::new(under.as_ref().into())
            .decrypt(XNonce::from_slice(&nonce), Payload { msg: &sealed, aad })
            .map(Zeroizing::new);
        let Ok(plain) = opened else { return Ok(None) };
        let mut master = Zeroizing::new([0u8; 32]);
        if plain.len() != master.len() {
            return Err(damaged());
        }
        master.copy_from_slice(&plain);
        Ok(Some(SecretKey::from_bytes(master)))
    }
}

/// A wrapping key as text, for stores that take text only.
pub(crate) fn to_text(key: &WrappingKey) -> Zeroizing<String> {
    Zeroizing::new(BASE64.encode(key.as_ref()))
}

/// The reverse of [`to_text`]; `None` when it is not such a text.
pub(crate) fn from_text(text: &str) -> Option<WrappingKey> {
    let bytes = Zeroizing::new(BASE64.decode(text.trim()).ok()?);
    let mut key = Zeroizing::new([0u8; 32]);
    if bytes.len() != key.len() {
        return None;
    }
    key.copy_from_slice(&bytes);
    Some(key)
}
