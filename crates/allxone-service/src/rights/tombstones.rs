//! Who was forgotten, written so that it tells nobody who that was: a random number and a keyed hash of the account's id, no name, no address.
//!
//! The file stands beside the databases and not in them, because it is needed exactly when an older copy of them comes back: at every start the
//! accounts that are there are compared with it, and whoever was forgotten before is forgotten again.

use std::collections::HashSet;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

use allxone_contract::DeletionId;
use allxone_vault::SecretKey;
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::ServiceError;

/// The list of the forgotten.
pub(crate) struct Tombstones {
    path: PathBuf,
    key: Zeroizing<[u8; 32]>,
}

impl Tombstones {
    /// The list at `path`, whose hashes are keyed with a key drawn from `key`.
    pub(crate) fn new(path: PathBuf, key: &SecretKey) -> Result<Self, ServiceError> {
        let mut drawn = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(None, key.expose())
            .expand(b"allxone/service/1/tombstones", drawn.as_mut())
            .map_err(|_| ServiceError::Record("tombstones"))?;
        Ok(Self { path, key: drawn })
    }

    /// What stands on the list for an account.
    pub(crate) fn hash(&self, account: &str) -> Result<String, ServiceError> {
        let mut out = [0; 32];
        let drawn = Hkdf::<Sha256>::new(None, self.key.as_ref()).expand(account.as_bytes(), &mut out);
        drawn.map_err(|_| ServiceError::Record("account"))?;
        Ok(hex::encode(out))
    }

    /// Adds somebody; durable when this returns. Twice does no harm.
    pub(crate) fn add(&self, id: DeletionId, hash: &str) -> Result<(), ServiceError> {
        let disk = |source| ServiceError::Disk { path: self.path.clone(), source };
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&self.path).map_err(disk)?;
        // A line that a crash cut short must not swallow this one.
        file.write_all(format!("\n{id} {hash}\n").as_bytes()).map_err(disk)?;
        file.sync_all().map_err(disk)
    }

    /// All hashes on the list.
    pub(crate) fn all(&self) -> Result<HashSet<String>, ServiceError> {
        let text = match std::fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(HashSet::new()),
            Err(source) => return Err(ServiceError::Disk { path: self.path.clone(), source }),
        };
        Ok(text.lines().filter_map(|line| line.split_once(' ')).map(|(_, hash)| hash.to_owned()).collect())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn knows_whom_it_lists_and_tells_nobody_who_that_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tombstones");
        let list = Tombstones::new(path.clone(), &SecretKey::random().unwrap()).unwrap();
        assert!(list.all().unwrap().is_empty());
        let (ada, bob) = (list.hash("ada").unwrap(), list.hash("bob").unwrap());
        std::fs::write(&path, "cut sho").unwrap();
        for _ in 0..2 {
            list.add(DeletionId::new(), &ada).unwrap();
        }
        let all = list.all().unwrap();
        assert!(all.contains(&ada) && !all.contains(&bob));
        assert!(!std::fs::read_to_string(&path).unwrap().contains("ada"));
        // Another key hashes otherwise.
        assert_ne!(Tombstones::new(path, &SecretKey::random().unwrap()).unwrap().hash("ada").unwrap(), ada);
    }
}
