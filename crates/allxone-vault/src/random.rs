//! The one place that asks the operating system for randomness.

use rand::TryRngCore;
use rand::rngs::OsRng;
use zeroize::Zeroizing;

use crate::VaultError;

/// Random bytes that may be seen: nonces, salts, ids, file names.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], VaultError> {
    let mut out = [0u8; N];
    OsRng.try_fill_bytes(&mut out).map_err(|_| VaultError::Randomness)?;
    Ok(out)
}

/// 32 random bytes for a key; wiped when dropped.
pub(crate) fn key() -> Result<Zeroizing<[u8; 32]>, VaultError> {
    let mut out = Zeroizing::new([0u8; 32]);
    OsRng.try_fill_bytes(out.as_mut()).map_err(|_| VaultError::Randomness)?;
    Ok(out)
}
