//! The sealed file: how every picture, thumbnail and stored asset lies on disk.
//!
//! ```text
//! offset  bytes  meaning
//!      0      8  magic "AXSEALED"
//!      8      1  format version, 1
//!      9      1  chunk size as a power of two, 16 (64 KiB)
//!     10      2  reserved, zero
//!     12     24  nonce of the wrapped file key
//!     36     48  random file key wrapped by the purpose key (XChaCha20-Poly1305)
//!     84     19  nonce prefix of the stream
//!    103      …  chunks of 64 KiB + 16 byte tag; the last may be shorter
//! ```
//!
//! Each chunk is XChaCha20-Poly1305 in the STREAM construction (32-bit big-endian counter, last-chunk
//! flag), with the whole header as associated data: a changed header, a swapped, missing, repeated or
//! added chunk, or a file cut at any place does not open. A key per file means a file can be destroyed
//! by destroying its header, and two equal pictures look different.
//!
//! Reading and writing keep one chunk in memory, whatever the file's size.

mod header;
mod reader;
mod writer;

#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;

pub use reader::Reader;
pub use writer::Writer;

use crate::files::AtomicFile;
use crate::{SecretKey, VaultError};

/// Plain bytes per chunk.
pub const CHUNK: usize = 64 * 1024;
/// Bytes of the Poly1305 tag after each chunk.
const TAG: usize = 16;

/// Seals bytes in memory.
///
/// # Errors
/// [`VaultError::Randomness`].
pub fn seal(key: &SecretKey, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
    let out = Vec::with_capacity(usize::try_from(sealed_len(plain.len() as u64)).unwrap_or(0));
    let mut writer = Writer::new(key, out)?;
    let in_memory = VaultError::io("Could not seal", Path::new("(memory)"));
    writer.write_all(plain).and_then(|()| writer.finish()).map_err(in_memory)
}

/// Opens sealed bytes in memory.
///
/// # Errors
/// [`VaultError::SealBroken`] for anything but exactly what was sealed with this key;
/// [`VaultError::SealTooNew`] for a later format.
pub fn open(key: &SecretKey, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
    read_all(Reader::new(key, sealed)?, sealed.len() as u64, Path::new("(memory)"))
}

/// Seals `plain` into a file: temporary file, fsync, rename, fsync of the folder.
///
/// # Errors
/// [`VaultError::Io`]; a former file under the name is then unchanged.
pub fn write_atomic(path: &Path, key: &SecretKey, plain: &[u8]) -> Result<(), VaultError> {
    write_atomic_from(path, key, &mut &*plain).map(|_| ())
}

/// Like [`write_atomic`], from a stream of any length. Returns the number of plain bytes.
///
/// # Errors
/// [`VaultError::Io`] from either side; nothing appears under the name then.
pub fn write_atomic_from(path: &Path, key: &SecretKey, plain: &mut dyn Read) -> Result<u64, VaultError> {
    let mut writer = Writer::new(key, AtomicFile::create(path)?)?;
    let failed = VaultError::io("Could not write", path);
    let (bytes, file) = std::io::copy(plain, &mut writer)
        .and_then(|bytes| writer.finish().map(|file| (bytes, file)))
        .map_err(failed)?;
    file.commit()?;
    Ok(bytes)
}

/// Reads a sealed file whole.
///
/// # Errors
/// As [`open`], and [`VaultError::Io`].
pub fn read(path: &Path, key: &SecretKey) -> Result<Vec<u8>, VaultError> {
    let len = fs::metadata(path).map_err(VaultError::io("Could not read", path))?.len();
    read_all(reader(path, key)?, len, path)
}

/// Opens a sealed file for streaming. See [`Reader`] for what may be trusted when.
///
/// # Errors
/// As [`open`], and [`VaultError::Io`].
pub fn reader(path: &Path, key: &SecretKey) -> Result<Reader<File>, VaultError> {
    Reader::new(key, File::open(path).map_err(VaultError::io("Could not read", path))?)
}

/// The size of a sealed file with `plain_len` plain bytes.
pub fn sealed_len(plain_len: u64) -> u64 {
    let chunks = plain_len.div_ceil(CHUNK as u64).max(1);
    plain_len.saturating_add(chunks.saturating_mul(TAG as u64)).saturating_add(header::LEN as u64)
}

fn read_all<R: Read>(mut reader: Reader<R>, sealed_len: u64, path: &Path) -> Result<Vec<u8>, VaultError> {
    let mut plain = Vec::with_capacity(usize::try_from(sealed_len).unwrap_or(0));
    match reader.read_to_end(&mut plain) {
        Ok(_) => Ok(plain),
        Err(_) if reader.broken() => Err(VaultError::SealBroken),
        Err(source) => Err(VaultError::io("Could not read", path)(source)),
    }
}
