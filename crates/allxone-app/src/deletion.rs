//! Having an account deleted at its service, and the receipts of it on this computer.
//!
//! Cut here because a receipt outlives what it is about: the account is signed out, its library may be erased, and still a person can look
//! how far the deletion is, or keep the account as long as that is possible. So the receipts lie beside the list of accounts. They hold a
//! shortened e-mail address, a server and what the server said; wiping this device removes them.

use std::path::{Path, PathBuf};

use allxone_studio::account::{AccountKey, Accounts, Scope};
use allxone_studio::contract::{DeletionId, DeletionState, DeletionTime};
use allxone_studio::{DeletionSeen, StudioError};
use allxone_vault::files;

use crate::Folders;
use crate::profile::{Line, off_thread};

const FILE: &str = "deletions.json";
/// So many receipts are kept; the oldest go first.
const MOST: usize = 100;

/// The receipts on this computer.
#[derive(Clone)]
pub struct Receipts(PathBuf);

impl Receipts {
    /// Those of a data folder.
    pub fn of(folders: &Folders) -> Self {
        Self(folders.accounts().join(FILE))
    }

    /// All of them, newest first. A file that is missing or damaged counts as empty: the service still knows them.
    pub fn all(&self) -> Vec<DeletionSeen> {
        std::fs::read(&self.0).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
    }

    /// Keeps a receipt in the place of what was known of the same deletion. Blocking.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, receipt: &DeletionSeen) -> Result<(), StudioError> {
        let mut all = self.all();
        match all.iter_mut().find(|one| one.deletion.id == receipt.deletion.id) {
            Some(one) => one.clone_from(receipt),
            None => all.insert(0, receipt.clone()),
        }
        all.truncate(MOST);
        self.write(&all)
    }

    /// Forgets a receipt. Blocking.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn forget(&self, id: DeletionId) -> Result<(), StudioError> {
        let mut all = self.all();
        all.retain(|one| one.deletion.id != id);
        self.write(&all)
    }

    fn write(&self, all: &[DeletionSeen]) -> Result<(), StudioError> {
        let text = serde_json::to_vec_pretty(all)
            .map_err(|_| StudioError::Internal("a list could not be written"))?;
        let folder = self.0.parent().unwrap_or_else(|| Path::new("."));
        let written = files::create_private_dir(folder).and_then(|()| files::write_atomic(&self.0, &text));
        written.map_err(|error| StudioError::Machine(error.to_string()))
    }

    async fn kept(&self, receipt: DeletionSeen) -> Result<DeletionSeen, StudioError> {
        let receipts = self.clone();
        off_thread(move || receipts.keep(&receipt).map(|()| receipt)).await
    }
}

/// The accounts, the way to their services, and where receipts are kept.
pub struct AtService<'a> {
    /// The accounts.
    pub accounts: &'a Accounts,
    /// The library and door everything is done through.
    pub line: Line,
    /// The receipts.
    pub receipts: Receipts,
}

impl AtService<'_> {
    /// Has an account deleted: the service is asked, the receipt kept, and this computer signed out. The library here is not touched.
    ///
    /// # Errors
    /// [`Code::ProofNeeded`](allxone_studio::Code::ProofNeeded) when the person has not proved lately that it is them; when the service
    /// cannot be asked. Nothing is deleted then.
    pub async fn delete(&self, key: &AccountKey, when: DeletionTime) -> Result<DeletionSeen, StudioError> {
        let session = self.accounts.session(key)?;
        let deletion = self.line.at(session)?.delete_account(when).await?;
        let receipt = self.receipt(key, deletion)?;
        // Should it not be written, the service still gives it to whoever signs in again.
        let kept = self.receipts.kept(receipt.clone()).await;
        // The service has ended its own sessions; where a project keeps the accounts, its sessions are ended from here.
        if let Err(error) = self.accounts.sign_out(key, Scope::Global).await {
            tracing::warn!(code = error.code(), "a deleted account could not be signed out in order");
        }
        kept?;
        Ok(receipt)
    }

    /// Keeps an account that was to be deleted. Needs a sign-in, since that is what was ended.
    ///
    /// # Errors
    /// When the account is signed out, its time has come, or the service cannot be asked.
    pub async fn retain(&self, key: &AccountKey) -> Result<DeletionSeen, StudioError> {
        let session = self.accounts.session(key)?;
        let deletion = self.line.at(session)?.keep_account().await?;
        self.receipts.kept(self.receipt(key, deletion)?).await
    }

    /// Asks how far the deletion of an account is that another device asked for, and keeps the receipt here too.
    ///
    /// # Errors
    /// When there is none, or the service cannot be asked.
    pub async fn learn(&self, key: &AccountKey) -> Result<DeletionSeen, StudioError> {
        let session = self.accounts.session(key)?;
        let deletion = self.line.at(session)?.account_deletion().await?;
        self.receipts.kept(self.receipt(key, deletion)?).await
    }

    /// Asks how far each deletion is that has not ended, by the number of its receipt. What could be heard is kept.
    ///
    /// # Errors
    /// The last service that could not be asked.
    pub async fn look(&self) -> Result<(), StudioError> {
        let mut failed = None;
        for mut receipt in self.receipts.all() {
            if matches!(receipt.deletion.state, DeletionState::Done | DeletionState::Cancelled) {
                continue;
            }
            let heard = match self.line.at_address(&receipt.server) {
                Ok(studio) => studio.deletion(receipt.deletion.id).await,
                Err(error) => Err(error),
            };
            match heard {
                Ok(deletion) => {
                    receipt.deletion = deletion;
                    self.receipts.kept(receipt).await?;
                }
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(()), Err)
    }

    fn receipt(
        &self,
        key: &AccountKey,
        deletion: allxone_studio::contract::Deletion,
    ) -> Result<DeletionSeen, StudioError> {
        let view = self.accounts.view_of(key).ok_or(StudioError::NotFound)?;
        Ok(DeletionSeen {
            account: key.clone(),
            label: view.label,
            server: view.server,
            host: view.host,
            deletion,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use allxone_studio::account::AuthServer;
    use allxone_studio::contract::{Deletion, UtcMillis};

    use super::*;

    fn receipt(state: DeletionState) -> DeletionSeen {
        let server = AuthServer::at("https://studio.example").unwrap();
        DeletionSeen {
            account: AccountKey::of(&server, "ann"),
            label: "an…@studio.example".to_owned(),
            server: server.service.clone(),
            host: server.host(),
            deletion: Deletion {
                id: DeletionId::new(),
                state,
                requested: UtcMillis(1),
                due: UtcMillis(2),
                finished: None,
                erased: Vec::new(),
                remains: Vec::new(),
            },
        }
    }

    #[test]
    fn a_receipt_is_kept_once_as_it_was_last_heard_and_forgotten_when_asked() {
        let dir = tempfile::tempdir().unwrap();
        let receipts = Receipts::of(&Folders::under(dir.path()));
        assert!(receipts.all().is_empty());
        let (mut first, second) = (receipt(DeletionState::Grace), receipt(DeletionState::Erasing));
        receipts.keep(&first).unwrap();
        receipts.keep(&second).unwrap();
        first.deletion.state = DeletionState::Cancelled;
        receipts.keep(&first).unwrap();
        assert_eq!(receipts.all(), [second.clone(), first.clone()], "newest first, each once");
        receipts.forget(second.deletion.id).unwrap();
        assert_eq!(receipts.all(), [first]);
        std::fs::write(&receipts.0, "not a list").unwrap();
        assert!(receipts.all().is_empty());
    }
}
