//! What an account makes elsewhere comes into its library here: when it was asked for, when its server is joined, and now and then while
//! somebody is there. Only into the library of that very account, and only while that is the open one.

use allxone_studio::account::AccountKey;
use allxone_studio::session::ServiceAt;
use allxone_studio::{HistoryChoice, HistorySeen, Studio, StudioError, StudioEvent};

use super::{Desk, Stage};

impl Desk {
    /// A studio over the open library at the service of the account whose library it is.
    async fn of_account(&self, key: &AccountKey) -> Result<Studio, StudioError> {
        let there = self.at_account(key).await?;
        if self.account().as_ref() == Some(key) {
            return Ok(there);
        }
        Err(StudioError::NotOpen(
            "The library of another account is open. Open the library of this account first; nothing was asked."
                .to_owned(),
        ))
    }

    pub(super) async fn history_seen(&self, key: AccountKey) -> Result<HistorySeen, StudioError> {
        self.of_account(&key).await?.history().await
    }

    pub(super) async fn allow_history(&self, choice: HistoryChoice) -> Result<HistorySeen, StudioError> {
        let seen = self.of_account(&choice.account).await?.allow_history(choice.allowed).await?;
        self.tell(StudioEvent::History { account: choice.account, history: seen });
        Ok(seen)
    }

    pub(super) async fn bring_history(&self, key: AccountKey) -> Result<HistorySeen, StudioError> {
        let there = self.of_account(&key).await?;
        there.bring_history(|history| self.tell(StudioEvent::History { account: key.clone(), history })).await
    }

    /// The library of an account was joined to its service: what was removed here goes there, too, and what was made elsewhere comes.
    pub(super) async fn history_joined(&self, studio: &Studio, key: &AccountKey) -> Result<(), StudioError> {
        studio.follow_history().await?;
        studio.tell_removals_soon();
        self.bring_soon(key.clone());
        Ok(())
    }

    /// [`history_joined`](Self::history_joined) once more, while the account's service is joined and the program is used.
    pub(super) fn history_now_and_then(&self) {
        let joined = match &*self.inner.stage.borrow() {
            Stage::Open { studio, service: ServiceAt::Server { .. }, .. } => Some(studio.clone()),
            _ => None,
        };
        if let (Some(studio), Some(key), false) = (joined, self.account(), self.inner.idle.is_resting()) {
            studio.tell_removals_soon();
            self.bring_soon(key);
        }
    }

    fn bring_soon(&self, key: AccountKey) {
        let desk = self.clone();
        tokio::spawn(async move {
            match desk.history_seen(key.clone()).await {
                Ok(seen) if seen.allowed == Some(true) => {}
                _ => return,
            }
            if let Err(error) = desk.bring_history(key).await {
                tracing::info!(code = ?error.code(), "what the account made is brought another time");
            }
        });
    }

    /// Whether it is being brought at this moment.
    pub(super) fn brings_history(&self) -> bool {
        matches!(&*self.inner.stage.borrow(), Stage::Open { studio, .. } if studio.brings_history())
    }
}
