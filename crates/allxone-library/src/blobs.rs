//! The folder of sealed files.
//!
//! Names are random and say nothing: a hash as a name would tell whether a known picture is kept. The
//! two levels (`blobs/ab/ab…`) keep folders small.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use allxone_vault::files::{self, TMP_SUFFIX};
use allxone_vault::{SecretKey, VaultError, sealed};

use crate::LibraryError;

/// Name of the folder in a library.
pub(crate) const FOLDER: &str = "blobs";
/// 16 random bytes in hex.
const NAME_LEN: usize = 32;

pub(crate) struct Blobs {
    root: PathBuf,
    key: SecretKey,
}

/// What lies in the folder.
#[derive(Default)]
pub(crate) struct Found {
    /// Names of finished files.
    pub(crate) names: Vec<String>,
    /// Paths of unfinished ones.
    pub(crate) unfinished: Vec<PathBuf>,
    /// How many files are not ours.
    pub(crate) foreign: u64,
}

impl Blobs {
    pub(crate) fn new(library: &Path, key: SecretKey) -> Self {
        Self { root: library.join(FOLDER), key }
    }

    /// Makes the folder if needed.
    pub(crate) fn create(&self) -> Result<(), LibraryError> {
        Ok(files::create_private_dir(&self.root)?)
    }

    /// Seals bytes under a fresh name; on disk when it returns.
    pub(crate) fn put(&self, plain: &[u8]) -> Result<String, LibraryError> {
        let name = hex::encode(rand::random::<[u8; NAME_LEN / 2]>());
        let path = self.path(&name);
        if let Some(folder) = path.parent()
            && !folder.is_dir()
        {
            files::create_private_dir(folder)?;
            files::sync_dir(&self.root)?;
        }
        sealed::write_atomic(&path, &self.key, plain).map_err(full)?;
        Ok(name)
    }

    /// `Ok(None)` when the file is not there.
    pub(crate) fn get(&self, name: &str) -> Result<Option<Vec<u8>>, LibraryError> {
        match sealed::read(&self.path(name), &self.key) {
            Ok(plain) => Ok(Some(plain)),
            Err(VaultError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// A file that is not there is as good as removed.
    pub(crate) fn remove(&self, name: &str) -> Result<(), LibraryError> {
        remove(&self.path(name))
    }

    /// Everything in the folder. An empty or absent folder is no error.
    pub(crate) fn walk(&self) -> Result<Found, LibraryError> {
        let mut found = Found::default();
        for folder in entries(&self.root)? {
            if !folder.is_dir() {
                found.foreign += 1;
                continue;
            }
            let two = file_name(&folder);
            for path in entries(&folder)? {
                let name = file_name(&path);
                let stem = name.get(..NAME_LEN).filter(|stem| ours(stem) && stem.starts_with(&two));
                match stem.map(|_| &name[NAME_LEN..]) {
                    Some("") => found.names.push(name),
                    Some(rest) if rest.ends_with(TMP_SUFFIX) => found.unfinished.push(path),
                    _ => found.foreign += 1,
                }
            }
        }
        Ok(found)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.join(name.get(..2).unwrap_or("xx")).join(name)
    }
}

/// Removes a file; one that is not there is fine.
pub(crate) fn remove(path: &Path) -> Result<(), LibraryError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(io_error(path, source)),
        _ => Ok(()),
    }
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, LibraryError> {
    match fs::read_dir(folder) {
        Ok(list) => list
            .map(|entry| entry.map(|e| e.path()))
            .collect::<io::Result<_>>()
            .map_err(|source| io_error(folder, source)),
        Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(io_error(folder, source)),
    }
}

fn ours(stem: &str) -> bool {
    stem.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn full(error: VaultError) -> LibraryError {
    match &error {
        VaultError::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
            LibraryError::DiskFull
        }
        _ => error.into(),
    }
}

pub(crate) fn io_error(path: &Path, source: io::Error) -> LibraryError {
    LibraryError::Io { path: path.to_path_buf(), source }
}
