//! Reads a file only if it is, byte for byte, the pinned one.
//!
//! The length is compared before anything is read, so a wrong file of any size costs nothing, and at most the pinned length is read.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::InferenceError;

/// What a file must be.
#[derive(Clone, Copy)]
pub(crate) struct Pin<'a> {
    pub name: &'static str,
    pub bytes: u64,
    pub sha256: &'a str,
}

/// The file's bytes, if they are the pinned ones. Links and special files are refused: what a link points to can change unseen.
pub(crate) fn read(path: &Path, pin: Pin<'_>) -> Result<Vec<u8>, InferenceError> {
    let mut file = open(path, pin)?;
    let length = usize::try_from(pin.bytes).map_err(|_| damaged(path, pin))?;
    let mut content = Vec::new();
    content.try_reserve_exact(length).map_err(|_| unreadable(path, pin, ErrorKind::OutOfMemory))?;
    file.by_ref().take(pin.bytes).read_to_end(&mut content).map_err(|e| unreadable(path, pin, e.kind()))?;
    let hash = hex::encode(Sha256::digest(&content));
    if content.len() == length && hash == pin.sha256 { Ok(content) } else { Err(damaged(path, pin)) }
}

/// Checks the file without keeping it in memory.
pub(crate) fn check(path: &Path, pin: Pin<'_>) -> Result<(), InferenceError> {
    let mut file = open(path, pin)?.take(pin.bytes);
    let mut hasher = Sha256::new();
    let mut chunk = vec![0_u8; 1 << 20];
    loop {
        match file.read(&mut chunk) {
            Ok(0) => break,
            Ok(n) => hasher.update(chunk.get(..n).unwrap_or_default()),
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(unreadable(path, pin, e.kind())),
        }
    }
    if hex::encode(hasher.finalize()) == pin.sha256 { Ok(()) } else { Err(damaged(path, pin)) }
}

fn open(path: &Path, pin: Pin<'_>) -> Result<File, InferenceError> {
    let seen = path.symlink_metadata().map_err(|e| unreadable(path, pin, e.kind()))?;
    if !seen.is_file() {
        return Err(unreadable(path, pin, ErrorKind::InvalidInput));
    }
    if seen.len() != pin.bytes {
        return Err(damaged(path, pin));
    }
    File::open(path).map_err(|e| unreadable(path, pin, e.kind()))
}

fn damaged(path: &Path, pin: Pin<'_>) -> InferenceError {
    InferenceError::FileDamaged { name: pin.name, path: path.to_owned() }
}

fn unreadable(path: &Path, pin: Pin<'_>, kind: ErrorKind) -> InferenceError {
    let path = path.to_owned();
    match kind {
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            InferenceError::FileMissing { name: pin.name, path }
        }
        kind => InferenceError::FileUnreadable { name: pin.name, path, kind },
    }
}
