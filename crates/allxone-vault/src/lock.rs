//! One holder per data folder.
//!
//! Only the holder sweeps, recovers jobs or writes. The lock is the operating system's, so it ends
//! with the process however that ends, and a stale one cannot exist. Who holds it is written into a
//! second file, because on Windows a locked file cannot be read by others.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::{VaultError, files};

const LOCK_FILE: &str = "folder.lock";
const HOLDER_FILE: &str = "folder.holder";
/// Between two attempts; small beside any wait a person notices.
const RETRY: Duration = Duration::from_millis(20);

/// Who holds a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Process id.
    pub pid: u32,
    /// The program's name as it gave it, e.g. `allxone serve`.
    pub program: String,
}

/// The exclusive right to a data folder, given back on drop or when the process ends.
#[derive(Debug)]
pub struct FolderLock {
    file: File,
    holder_path: PathBuf,
}

impl FolderLock {
    /// How long programs wait for another one to finish.
    pub const WAIT: Duration = Duration::from_secs(2);

    /// Makes the folder if needed (0700) and takes its lock, waiting up to `wait`.
    /// Blocking: at most `wait` plus a moment.
    ///
    /// # Errors
    /// [`VaultError::FolderInUse`] naming the holder, or [`VaultError::Io`].
    pub fn acquire(dir: &Path, program: &str, wait: Duration) -> Result<Self, VaultError> {
        files::create_private_dir(dir)?;
        let path = dir.join(LOCK_FILE);
        let deadline = Instant::now() + wait;
        let file = take(&path, deadline)?.ok_or_else(|| VaultError::FolderInUse(read_holder(dir)))?;
        let holder_path = dir.join(HOLDER_FILE);
        let holder = Holder { pid: std::process::id(), program: program.to_owned() };
        // Only a courtesy to whoever waits: a full disk must not keep the owner out of the folder.
        if let Ok(text) = serde_json::to_vec(&holder) {
            let _ = files::write_atomic(&holder_path, &text);
        }
        Ok(Self { file, holder_path })
    }

    /// Who holds the folder just now, if anybody. Never waits and never takes the lock for longer
    /// than the question.
    ///
    /// # Errors
    /// [`VaultError::Io`] for anything but a missing folder.
    pub fn holder(dir: &Path) -> Result<Option<Holder>, VaultError> {
        let path = dir.join(LOCK_FILE);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(VaultError::io("Could not open", &path)(e)),
        };
        // Shared, so that two who ask do not see each other.
        match file.try_lock_shared() {
            Ok(()) => Ok(None),
            Err(TryLockError::WouldBlock) => {
                Ok(Some(read_holder(dir).unwrap_or(Holder { pid: 0, program: "another program".to_owned() })))
            }
            Err(TryLockError::Error(e)) => Err(VaultError::io("Could not lock", &path)(e)),
        }
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.holder_path);
        let _ = self.file.unlock();
    }
}

/// The exclusive right to one step across processes, such as changing a file after reading it. Given back on drop.
#[derive(Debug)]
pub struct FileLock(File);

impl FileLock {
    /// Takes the lock file at `path`, waiting up to `wait`; `None` when somebody else still has it. Blocking.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn acquire(path: &Path, wait: Duration) -> Result<Option<Self>, VaultError> {
        Ok(take(path, Instant::now() + wait)?.map(Self))
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

/// Takes an exclusive lock on a file of its own until `deadline`; `None` when somebody else has it.
pub(crate) fn take(path: &Path, deadline: Instant) -> Result<Option<File>, VaultError> {
    let file = files::open_private(OpenOptions::new().write(true).create(true).truncate(false), path)
        .map_err(VaultError::io("Could not open", path))?;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::Error(e)) => return Err(VaultError::io("Could not lock", path)(e)),
            Err(TryLockError::WouldBlock) => {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return Ok(None);
                }
                std::thread::sleep(RETRY.min(left));
            }
        }
    }
}

fn read_holder(dir: &Path) -> Option<Holder> {
    serde_json::from_slice(&fs::read(dir.join(HOLDER_FILE)).ok()?).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn the_second_is_told_who_the_first_is_and_gets_it_afterwards() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(FolderLock::holder(dir.path()).unwrap(), None);
        let first = FolderLock::acquire(dir.path(), "first program", Duration::ZERO).unwrap();
        let refused = FolderLock::acquire(dir.path(), "second", Duration::from_millis(50)).unwrap_err();
        assert_eq!(refused.code(), "folder_in_use");
        let text = refused.to_string();
        assert!(text.contains("first program") && text.contains(&std::process::id().to_string()), "{text}");
        assert_eq!(FolderLock::holder(dir.path()).unwrap().unwrap().program, "first program");
        drop(first);
        assert_eq!(FolderLock::holder(dir.path()).unwrap(), None);
        FolderLock::acquire(dir.path(), "second", Duration::ZERO).unwrap();
    }

    #[test]
    fn whoever_waits_gets_it_when_it_is_given_back() {
        let dir = tempfile::tempdir().unwrap();
        let first = FolderLock::acquire(dir.path(), "first", Duration::ZERO).unwrap();
        let path = dir.path().to_path_buf();
        let (tx, rx) = std::sync::mpsc::channel();
        let waiter = std::thread::spawn(move || {
            tx.send(()).unwrap();
            FolderLock::acquire(&path, "second", Duration::from_secs(20)).is_ok()
        });
        rx.recv().unwrap();
        drop(first);
        assert!(waiter.join().unwrap());
    }
}
