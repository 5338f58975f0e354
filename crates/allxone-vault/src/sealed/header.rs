//! The header of a sealed file and the file key inside it.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::{SecretKey, VaultError, random};

const MAGIC: &[u8; 8] = b"AXSEALED";
const VERSION: u8 = 1;
const CHUNK_LOG2: u8 = 16;
const FIXED: usize = 12;
const WRAP_NONCE: usize = 24;
const WRAPPED_KEY: usize = 48;
/// XChaCha20's 24 bytes less the counter (4) and the last-chunk flag (1).
pub(super) const PREFIX: usize = 19;
/// Bytes before the first chunk.
pub(super) const LEN: usize = FIXED + WRAP_NONCE + WRAPPED_KEY + PREFIX;

/// A parsed or freshly made header.
pub(super) struct Header {
    /// The very bytes at the start of the file; associated data of every chunk.
    pub(super) bytes: [u8; LEN],
    pub(super) file_key: Zeroizing<[u8; 32]>,
}

impl Header {
    /// A new header with a random file key, wrapped by `key`.
    pub(super) fn new(key: &SecretKey) -> Result<Self, VaultError> {
        let file_key = random::key()?;
        let nonce = random::bytes::<WRAP_NONCE>()?;
        let prefix = random::bytes::<PREFIX>()?;
        let fixed = fixed();
        let wrapped = XChaCha20Poly1305::new(key.expose().into())
            .encrypt(
                XNonce::from_slice(&nonce),
                Payload { msg: file_key.as_ref(), aad: &aad(&fixed, &prefix) },
            )
            .map_err(|_| VaultError::SealBroken)?;
        let mut bytes = [0u8; LEN];
        bytes[..FIXED].copy_from_slice(&fixed);
        bytes[FIXED..FIXED + WRAP_NONCE].copy_from_slice(&nonce);
        bytes[FIXED + WRAP_NONCE..LEN - PREFIX].copy_from_slice(&wrapped);
        bytes[LEN - PREFIX..].copy_from_slice(&prefix);
        Ok(Self { bytes, file_key })
    }

    /// Checks a header and unwraps its file key.
    pub(super) fn parse(bytes: [u8; LEN], key: &SecretKey) -> Result<Self, VaultError> {
        if &bytes[..8] != MAGIC {
            return Err(VaultError::SealBroken);
        }
        if bytes[8] > VERSION {
            return Err(VaultError::SealTooNew(bytes[8]));
        }
        if bytes[..FIXED] != fixed() {
            return Err(VaultError::SealBroken);
        }
        let nonce = XNonce::from_slice(&bytes[FIXED..FIXED + WRAP_NONCE]);
        let msg = &bytes[FIXED + WRAP_NONCE..LEN - PREFIX];
        let aad = aad(&bytes[..FIXED], &bytes[LEN - PREFIX..]);
        let plain = XChaCha20Poly1305::new(key.expose().into())
            .decrypt(nonce, Payload { msg, aad: &aad })
            .map(Zeroizing::new)
            .map_err(|_| VaultError::SealBroken)?;
        let mut file_key = Zeroizing::new([0u8; 32]);
        if plain.len() != file_key.len() {
            return Err(VaultError::SealBroken);
        }
        file_key.copy_from_slice(&plain);
        Ok(Self { bytes, file_key })
    }

    /// The nonce prefix of the stream.
    pub(super) fn prefix(&self) -> &[u8] {
        &self.bytes[LEN - PREFIX..]
    }
}

fn fixed() -> [u8; FIXED] {
    let mut out = [0u8; FIXED];
    out[..8].copy_from_slice(MAGIC);
    out[8] = VERSION;
    out[9] = CHUNK_LOG2;
    out
}

fn aad(fixed: &[u8], prefix: &[u8]) -> Vec<u8> {
    [fixed, prefix].concat()
}
