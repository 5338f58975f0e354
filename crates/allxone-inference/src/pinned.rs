//! Reads a file only if it is, byte for byte, the pinned one.
//!
//! The length is compared before anything is read, so a wrong file of any size costs nothing, and at most the pinned length is read. What
//! is handed on are the bytes that were hashed, never the path they came from: a file that is exchanged afterwards changes nothing.

use std::fs::{File, Metadata};
use std::io::{ErrorKind, Read, Write};
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
    let mut content = Vec::new();
    let length = usize::try_from(pin.bytes).map_err(|_| damaged(path, pin))?;
    // Only for a file that has this length: otherwise nothing of it is needed.
    let file = open(path, pin)?;
    content.try_reserve_exact(length).map_err(|_| unreadable(path, pin, ErrorKind::OutOfMemory))?;
    copy_opened(file, path, pin, &mut content)?;
    Ok(content)
}

/// Checks the file without keeping it in memory.
pub(crate) fn check(path: &Path, pin: Pin<'_>) -> Result<(), InferenceError> {
    copy(path, pin, &mut std::io::sink())
}

/// Writes the file's bytes into `to` while they are hashed. Only after `Ok` are they known to be the pinned ones: on an error, what `to`
/// has received must not be used.
pub(crate) fn copy(path: &Path, pin: Pin<'_>, to: &mut impl Write) -> Result<(), InferenceError> {
    copy_opened(open(path, pin)?, path, pin, to)
}

fn copy_opened(file: File, path: &Path, pin: Pin<'_>, to: &mut impl Write) -> Result<(), InferenceError> {
    let mut file = file.take(pin.bytes);
    let mut hasher = Sha256::new();
    let mut chunk = vec![0_u8; usize::try_from(pin.bytes).unwrap_or(usize::MAX).clamp(1, 1 << 20)];
    let mut seen: u64 = 0;
    loop {
        match file.read(&mut chunk) {
            Ok(0) => break,
            Ok(n) => {
                let piece = chunk.get(..n).unwrap_or_default();
                hasher.update(piece);
                seen += n as u64;
                to.write_all(piece).map_err(|e| unreadable(path, pin, e.kind()))?;
            }
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(unreadable(path, pin, e.kind())),
        }
    }
    let whole = seen == pin.bytes && hex::encode(hasher.finalize()) == pin.sha256;
    if whole { Ok(()) } else { Err(damaged(path, pin)) }
}

/// Opens the file if it is an ordinary one of the pinned length. Asked twice, before and after opening: before, because opening a pipe
/// would wait for its writer; after, because another file may stand there by then.
fn open(path: &Path, pin: Pin<'_>) -> Result<File, InferenceError> {
    let fits = |seen: &Metadata| match (seen.is_file(), seen.len() == pin.bytes) {
        (false, _) => Err(unreadable(path, pin, ErrorKind::InvalidInput)),
        (true, false) => Err(damaged(path, pin)),
        (true, true) => Ok(()),
    };
    fits(&path.symlink_metadata().map_err(|e| unreadable(path, pin, e.kind()))?)?;
    let file = open_itself(path).map_err(|e| unreadable(path, pin, e.kind()))?;
    fits(&file.metadata().map_err(|e| unreadable(path, pin, e.kind()))?)?;
    Ok(file)
}

/// Opens the file itself: never what a link at its place points to, and without waiting.
#[cfg(unix)]
fn open_itself(path: &Path) -> std::io::Result<File> {
    use rustix::fs::{Mode, OFlags, open};
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(open(path, flags, Mode::empty())?.into())
}

/// Opens the file in a way that nobody can write, move or delete it while it is open.
#[cfg(windows)]
fn open_itself(path: &Path) -> std::io::Result<File> {
    use std::os::windows::fs::OpenOptionsExt;
    const FILE_SHARE_READ: u32 = 1;
    File::options().read(true).share_mode(FILE_SHARE_READ).open(path)
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
