//! Who was forgotten, written so that it tells nobody who that was: a random number and a keyed hash of the account's id, no name, no address.
//!
//! The list stands beside the databases and not in them, because it is needed exactly when an older copy of them comes back: at every start the
//! accounts that are there are compared with it, and whoever was forgotten before is forgotten again. Several nodes keep it in their
//! bucket, an empty file for each line.

use std::collections::HashSet;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use allxone_contract::{DeletionId, UtcMillis};
use allxone_egress::Bucket;
use allxone_vault::SecretKey;
use bytes::Bytes;
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::ServiceError;

/// The folder of the bucket that holds the list.
const FOLDER: &str = "tombstones";

/// The list of the forgotten.
pub(crate) struct Tombstones {
    place: Place,
    key: Zeroizing<[u8; 32]>,
}

/// Where the list is.
enum Place {
    File(PathBuf),
    Bucket(Bucket),
}

impl Tombstones {
    /// The list in the file `path`, whose hashes are keyed with a key drawn from `key`.
    pub(crate) fn new(path: PathBuf, key: &SecretKey) -> Result<Self, ServiceError> {
        Self::at(Place::File(path), key)
    }

    /// The list that several nodes keep in a bucket.
    pub(crate) fn in_bucket(bucket: Bucket, key: &SecretKey) -> Result<Self, ServiceError> {
        Self::at(Place::Bucket(bucket), key)
    }

    fn at(place: Place, key: &SecretKey) -> Result<Self, ServiceError> {
        let mut drawn = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(None, key.expose())
            .expand(b"allxone/service/1/tombstones", drawn.as_mut())
            .map_err(|_| ServiceError::Record("tombstones"))?;
        Ok(Self { place, key: drawn })
    }

    /// What stands on the list for an account.
    pub(crate) fn hash(&self, account: &str) -> Result<String, ServiceError> {
        let mut out = [0; 32];
        let drawn = Hkdf::<Sha256>::new(None, self.key.as_ref()).expand(account.as_bytes(), &mut out);
        drawn.map_err(|_| ServiceError::Record("account"))?;
        Ok(hex::encode(out))
    }

    /// Adds somebody; durable when this returns. Twice does no harm.
    pub(crate) async fn add(&self, id: DeletionId, hash: &str) -> Result<(), ServiceError> {
        match &self.place {
            Place::Bucket(bucket) => Ok(bucket.put(&format!("{FOLDER}/{id}-{hash}"), Bytes::new()).await?),
            Place::File(path) => {
                let (path, line) = (path.clone(), format!("\n{id} {hash}\n"));
                let added = tokio::task::spawn_blocking(move || append(&path, &line)).await;
                added.unwrap_or(Err(ServiceError::Record("tombstones")))
            }
        }
    }

    /// All hashes on the list.
    pub(crate) async fn all(&self) -> Result<HashSet<String>, ServiceError> {
        let lines = match &self.place {
            Place::Bucket(bucket) => bucket.names(FOLDER, UtcMillis(i64::MAX)).await?,
            Place::File(path) => match tokio::fs::read_to_string(path).await {
                Ok(text) => text.lines().map(str::to_owned).collect(),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
                Err(source) => return Err(ServiceError::Disk { path: path.clone(), source }),
            },
        };
        Ok(lines
            .iter()
            .filter_map(|line| line.split_once([' ', '-']))
            .map(|(_, hash)| hash.to_owned())
            .collect())
    }
}

/// Adds a line, which begins with the end of the one before: one that a crash cut short must not swallow it.
fn append(path: &Path, line: &str) -> Result<(), ServiceError> {
    let disk = |source| ServiceError::Disk { path: path.to_path_buf(), source };
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(disk)?;
    file.write_all(line.as_bytes()).map_err(disk)?;
    file.sync_all().map_err(disk)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn knows_whom_it_lists_and_tells_nobody_who_that_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tombstones");
        let list = Tombstones::new(path.clone(), &SecretKey::random().unwrap()).unwrap();
        assert!(list.all().await.unwrap().is_empty());
        let (ada, bob) = (list.hash("ada").unwrap(), list.hash("bob").unwrap());
        std::fs::write(&path, "cut sho").unwrap();
        for _ in 0..2 {
            list.add(DeletionId::new(), &ada).await.unwrap();
        }
        let all = list.all().await.unwrap();
        assert!(all.contains(&ada) && !all.contains(&bob));
        assert!(!std::fs::read_to_string(&path).unwrap().contains("ada"));
        // Another key hashes otherwise.
        assert_ne!(Tombstones::new(path, &SecretKey::random().unwrap()).unwrap().hash("ada").unwrap(), ada);
    }
}
