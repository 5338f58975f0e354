//! The pictures on disk: sealed, under random names, so that a folder listing tells nothing about what is in it.
//!
//! A file is complete and durable before the row that names it is committed, and its row is gone before the file is removed. What a crash
//! in between leaves behind is a file without a row, which the sweep at the next start removes.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use allxone_vault::{
    SecretKey,
    files::{AtomicFile, create_private_dir},
    sealed,
};
use rand::TryRngCore;

use crate::ServiceError;

/// The folder of sealed files. Cheap to clone; its methods block.
#[derive(Clone)]
pub(crate) struct Files {
    dir: Arc<Path>,
    key: Arc<SecretKey>,
}

impl Files {
    /// Opens the folder, making it when it is missing.
    pub(crate) fn open(dir: PathBuf, key: SecretKey) -> Result<Self, ServiceError> {
        create_private_dir(&dir)?;
        Ok(Self { dir: dir.into(), key: Arc::new(key) })
    }

    /// Seals `content` into a new file and returns its name. It is on disk when this returns.
    pub(crate) fn store(&self, content: &[u8]) -> Result<String, ServiceError> {
        let mut raw = [0_u8; 16];
        rand::rngs::OsRng.try_fill_bytes(&mut raw).map_err(|_| ServiceError::Randomness)?;
        let name = hex::encode(raw);
        sealed::write_atomic(&self.dir.join(&name), &self.key, content)?;
        Ok(name)
    }

    /// Seals what `fill` writes into a new file and returns its name. It is on disk when this returns; where `fill` fails, there is none.
    pub(crate) fn write<T>(
        &self,
        fill: impl FnOnce(sealed::Writer<AtomicFile>) -> Result<(sealed::Writer<AtomicFile>, T), ServiceError>,
    ) -> Result<(String, T), ServiceError> {
        let mut raw = [0_u8; 16];
        rand::rngs::OsRng.try_fill_bytes(&mut raw).map_err(|_| ServiceError::Randomness)?;
        let name = hex::encode(raw);
        let path = self.dir.join(&name);
        let (writer, made) = fill(sealed::Writer::new(&self.key, AtomicFile::create(&path)?)?)?;
        writer.finish().map_err(|source| ServiceError::Disk { path, source })?.commit()?;
        Ok((name, made))
    }

    /// The whole content of a file.
    pub(crate) fn read(&self, name: &str) -> Result<Vec<u8>, ServiceError> {
        Ok(sealed::read(&self.dir.join(name), &self.key)?)
    }

    /// Opens a file to be read piece by piece. Each piece is verified before it is handed out.
    pub(crate) fn reader(&self, name: &str) -> Result<sealed::Reader<fs::File>, ServiceError> {
        Ok(sealed::reader(&self.dir.join(name), &self.key)?)
    }

    /// Removes files that no row names any more. One that is gone already is no fault; one that stays is removed by the next sweep.
    pub(crate) fn remove(&self, names: &[String]) {
        for name in names {
            match fs::remove_file(self.dir.join(name)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    tracing::warn!(kind = %error.kind(), "a sealed file could not be removed now");
                }
                _ => {}
            }
        }
    }

    /// Removes everything in the folder that is not in `named`: unfinished files, and files whose row was never committed or is gone.
    /// Returns how many. Only for the one who holds the folder's lock, before work begins.
    pub(crate) fn sweep(&self, named: &HashSet<String>) -> Result<usize, ServiceError> {
        let disk = |source| ServiceError::Disk { path: self.dir.to_path_buf(), source };
        let mut removed = 0;
        for entry in fs::read_dir(&self.dir).map_err(disk)? {
            let entry = entry.map_err(disk)?;
            if entry.file_name().to_str().is_none_or(|name| !named.contains(name)) {
                fs::remove_file(entry.path()).map_err(disk)?;
                removed += 1;
            }
        }
        Ok(removed)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::io::Read;

    use super::*;

    #[test]
    fn keeps_content_sealed_and_sweeps_what_has_no_row() {
        let dir = tempfile::tempdir().unwrap();
        let files = Files::open(dir.path().join("files"), SecretKey::random().unwrap()).unwrap();
        let content = vec![7_u8; 200_000];
        let (kept, orphan) = (files.store(&content).unwrap(), files.store(b"orphan").unwrap());
        fs::write(dir.path().join("files/abc.1234.tmp"), b"half").unwrap();

        assert_eq!(files.read(&kept).unwrap(), content);
        let mut piecewise = Vec::new();
        files.reader(&kept).unwrap().read_to_end(&mut piecewise).unwrap();
        assert_eq!(piecewise, content);
        let raw = fs::read(dir.path().join("files").join(&kept)).unwrap();
        assert!(!raw.windows(32).any(|window| window == &content[..32]));

        assert_eq!(files.sweep(&HashSet::from([kept.clone()])).unwrap(), 2);
        assert!(files.read(&orphan).is_err());
        assert_eq!(files.read(&kept).unwrap(), content);
        files.remove(&[kept.clone(), "never".to_owned()]);
        assert!(files.read(&kept).is_err());
    }
}
