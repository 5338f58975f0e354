//! What a person has done at the service of an account: who runs it, everything it holds, being forgotten; and the receipts of it.

use std::path::{Path, PathBuf};
use std::sync::{MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use allxone_studio::account::AccountKey;
use allxone_studio::accounts::{AccountsSeen, SignInAt};
use allxone_studio::contract::{About, DeletionId, Export, ExportId};
use allxone_studio::{AccountDeletion, DeletionSeen, ServicePart, Studio, StudioError, StudioEvent};
use tokio_util::sync::CancellationToken;

use super::{Desk, Stage, accounts};
use crate::deletion::{AtService, Receipts};
use crate::profile::{Line, off_thread};

/// So long an archive that was asked for and not fetched is taken up; later it would leave out what came since.
const TAKEN_UP: Duration = Duration::from_secs(15 * 60);

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

    /// Asks the service of an account for its part of an archive of everything. It wants a proof for that, so this comes before anything else.
    pub(super) async fn ask_service_part(&self, key: &AccountKey) -> Result<ServiceAsked, StudioError> {
        let there = self.at_account(key).await?;
        let export = there.ask_for_export(self.known_export(key)).await?;
        // Should it break off, the next try fetches the same one.
        *self.export_asked() = Some((key.clone(), export.id, Instant::now()));
        Ok(ServiceAsked { there, export })
    }

    /// Waits until the service has made its part, and saves it beside `target`. Tells how far it is.
    pub(super) async fn save_service_part(
        &self,
        asked: ServiceAsked,
        target: &Path,
        stop: &CancellationToken,
    ) -> Result<ServicePart, StudioError> {
        let ServiceAsked { there, export } = asked;
        self.tell(StudioEvent::ServicePart { done: 0, total: 0 });
        let export = there.made_export(export, stop).await?;
        let total = export.bytes.unwrap_or_default();
        let told = |done| self.tell(StudioEvent::ServicePart { done, total });
        let part = crate::service_part::save(&there, &export, beside(target), told, stop).await?;
        self.export_asked().take();
        Ok(part)
    }

    fn known_export(&self, key: &AccountKey) -> Option<ExportId> {
        let asked = self.export_asked();
        asked.as_ref().filter(|(of, _, at)| of == key && at.elapsed() < TAKEN_UP).map(|(_, id, _)| *id)
    }

    fn export_asked(&self) -> MutexGuard<'_, Option<(AccountKey, ExportId, Instant)>> {
        self.inner.export.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An archive that a service was asked for.
pub(super) struct ServiceAsked {
    there: Studio,
    export: Export,
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
