//! What a person has done at the service of an account: who runs it, everything it holds, being forgotten; and the receipts of it.

use std::path::{Path, PathBuf};

use allxone_studio::account::AccountKey;
use allxone_studio::accounts::{AccountsSeen, SignInAt};
use allxone_studio::contract::{About, DeletionId, ExportId};
use allxone_studio::{AccountDeletion, DeletionSeen, ServicePart, Studio, StudioError, StudioEvent};
use tokio_util::sync::CancellationToken;

use super::{Desk, Stage, accounts};
use crate::deletion::{AtService, Receipts};
use crate::profile::{Line, off_thread};

impl Desk {
    /// The library that is open and the door it goes out by.
    async fn line(&self) -> Result<Line, StudioError> {
        self.studio().await?;
        let slot = self.inner.profile.lock().await;
        let open = slot.as_ref().map(crate::Profile::line);
        open.ok_or_else(|| StudioError::NotOpen("The library is not open.".to_owned()))
    }

    fn at_service(&self, line: Line) -> AtService<'_> {
        AtService { accounts: &self.inner.accounts, line, receipts: self.receipts() }
    }

    pub(super) fn receipts(&self) -> Receipts {
        Receipts::of(&self.inner.folders)
    }

    pub(super) async fn about_server(&self, at: SignInAt) -> Result<About, StudioError> {
        let server = accounts::at(&at)?;
        self.line().await?.at_address(&server.service)?.about().await
    }

    pub(super) async fn delete_account(&self, asked: AccountDeletion) -> Result<DeletionSeen, StudioError> {
        let open = self.account().as_ref() == Some(&asked.account);
        if open && matches!(&*self.inner.stage.borrow(), Stage::Open { .. }) {
            self.idle_studio().await?;
        }
        let line = self.line().await?;
        let receipt = self.at_service(line).delete(&asked.account, asked.when).await?;
        if asked.erase_library {
            self.leave(open).await?;
            self.erase(&asked.account).await?;
        } else if open {
            drop(self.join(None).await);
        }
        self.tell(StudioEvent::Accounts { accounts: self.accounts_seen() });
        Ok(receipt)
    }

    pub(super) async fn retain_account(&self, key: AccountKey) -> Result<DeletionSeen, StudioError> {
        let line = self.line().await?;
        let receipt = self.at_service(line).retain(&key).await?;
        self.join_later();
        self.tell(StudioEvent::Accounts { accounts: self.accounts_seen() });
        Ok(receipt)
    }

    /// Another device had the account deleted: that is to be seen here, too.
    pub(super) async fn learn_of_deletion(&self, key: &AccountKey, line: Line) {
        match self.at_service(line).learn(key).await {
            Ok(_) => self.tell(StudioEvent::Accounts { accounts: self.accounts_seen() }),
            Err(error) => tracing::info!(code = ?error.code(), "how far a deletion is could not be asked"),
        }
    }

    pub(super) async fn look_at_deletions(&self) -> Result<AccountsSeen, StudioError> {
        let line = self.line().await?;
        let looked = self.at_service(line).look().await;
        self.tell(StudioEvent::Accounts { accounts: self.accounts_seen() });
        looked.map(|()| self.accounts_seen())
    }

    pub(super) async fn forget_deletion(&self, id: DeletionId) -> Result<AccountsSeen, StudioError> {
        let receipts = self.receipts();
        off_thread(move || receipts.forget(id)).await?;
        Ok(self.accounts_seen())
    }

    /// A studio that works at the service of an account, in its name.
    pub(super) async fn at_account(&self, key: &AccountKey) -> Result<Studio, StudioError> {
        let session = self.signed_in(key)?;
        self.line().await?.at(session)
    }

    /// Has the service make its part of an archive of everything, and saves it beside `target`. Tells how far it is.
    pub(super) async fn save_service_part(
        &self,
        key: &AccountKey,
        target: &Path,
        stop: &CancellationToken,
    ) -> Result<ServicePart, StudioError> {
        let there = self.at_account(key).await?;
        let known = self.known_export(key);
        let export = there.ask_for_export(known).await?;
        // Should it break off, the next try fetches the same one.
        *self.inner.export.lock().unwrap_or_else(std::sync::PoisonError::into_inner) =
            Some((key.clone(), export.id));
        self.tell(StudioEvent::ServicePart { done: 0, total: 0 });
        let export = there.made_export(export, stop).await?;
        let total = export.bytes.unwrap_or_default();
        let told = |done| self.tell(StudioEvent::ServicePart { done, total });
        let part = crate::service_part::save(&there, &export, beside(target), told, stop).await?;
        self.inner.export.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        Ok(part)
    }

    fn known_export(&self, key: &AccountKey) -> Option<ExportId> {
        let known = self.inner.export.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        known.as_ref().filter(|(of, _)| of == key).map(|(_, id)| *id)
    }
}

/// `everything.zip` → `everything-service.zip`.
fn beside(target: &Path) -> PathBuf {
    let name = target.file_stem().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!("{name}-service.zip"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_part_lies_beside_the_rest() {
        assert_eq!(beside(Path::new("/a/mine.zip")), Path::new("/a/mine-service.zip"));
        assert_eq!(beside(Path::new("mine")), Path::new("mine-service.zip"));
    }
}
