//! Forgetting an account. At once: nothing but this is processed for it any more. Then, when its time has come, one store after the other,
//! the account itself last. Every step may be repeated, so a service that was killed goes on at its next start.

use std::collections::HashSet;

use allxone_contract::{
    AccountId, Deletion, DeletionId, DeletionState, DeletionTime, ErasedClass, Remainder, UtcMillis,
};

use crate::ServiceError;
use crate::backend::Backend;
use crate::columns::IDENTITY_CLASSES;
use crate::store::ReceiptOf;

/// How long an account that is to be deleted can be kept after all.
const GRACE_MILLIS: i64 = 7 * 24 * 60 * 60 * 1_000;

impl Backend {
    /// Has an account deleted: closes it at once, and erases it now or in seven days.
    pub(crate) async fn delete_account(
        &self,
        account: &AccountId,
        when: DeletionTime,
    ) -> Result<Deletion, ServiceError> {
        let now = self.clock.now();
        let due = match when {
            DeletionTime::Now => now,
            DeletionTime::InSevenDays => now.plus(GRACE_MILLIS),
        };
        let hash = self.tombstones.hash(account.as_str())?;
        let deletion = self.store.ask_for_deletion(account, &hash, due, now).await?;
        self.closing().insert(account.clone());
        self.quiet(deletion.id, account).await?;
        self.rights.notify_one();
        Ok(self.store.deletion(deletion.id).await?.unwrap_or(deletion))
    }

    /// Keeps an account after all. `false` when its time has come or nothing was asked.
    pub(crate) async fn keep_account(&self, account: &AccountId) -> Result<bool, ServiceError> {
        let kept = self.store.cancel_deletion(account).await?;
        if kept {
            self.closing().remove(account);
        }
        Ok(kept)
    }

    /// Ends everything that is under way for an account: sessions, jobs, grants, archives.
    async fn quiet(&self, id: DeletionId, account: &AccountId) -> Result<(), ServiceError> {
        if let Some(identity) = &self.identity {
            let ended = u32::try_from(identity.revoke_sessions(account).await?).unwrap_or(u32::MAX);
            let sessions = ErasedClass { class: "sessions".to_owned(), count: ended };
            self.store.note_erased(id, &[sessions], Vec::new()).await?;
        }
        for job in self.store.unfinished(account).await? {
            self.cancel(account, job, true).await?;
        }
        self.store.withdraw_all(account, self.clock.now()).await?;
        let files = self.store.drop_exports(account).await?;
        self.remove(files).await;
        Ok(())
    }

    /// Closes the accounts whose deletion was asked for before the last service ended, as it may not have come to that.
    pub(crate) async fn close_accounts(&self) -> Result<(), ServiceError> {
        for stored in self.store.open_deletions().await? {
            if let Some(account) = stored.account {
                self.closing().insert(account.clone());
                self.quiet(stored.deletion.id, &account).await?;
            }
        }
        Ok(())
    }

    /// Carries out what is due. `true` when something waits for a job to end.
    pub(crate) async fn carry_out_deletions(&self) -> Result<bool, ServiceError> {
        let mut waits = false;
        for stored in self.store.open_deletions().await? {
            let Some(account) = stored.account else { continue };
            self.closing().insert(account.clone());
            let Deletion { id, state, due, .. } = stored.deletion;
            if state == DeletionState::Erasing || due <= self.clock.now() {
                waits |= !self.erase_account(id, &account, &stored.hash).await?;
            }
        }
        Ok(waits)
    }

    /// Learns what was asked of and done by the other nodes: which accounts are closed, and which are gone.
    pub(crate) async fn learn_deletions(&self) -> Result<(), ServiceError> {
        // What is asked here while the others are read stays.
        let before = self.closing().clone();
        let open = self.store.open_deletions().await?;
        let open: HashSet<AccountId> = open.into_iter().filter_map(|stored| stored.account).collect();
        let ended = self.store.ended_deletions().await?;
        self.forgotten().extend(ended.into_iter().map(|stored| stored.hash));
        let mut closing = self.closing();
        closing.retain(|account| open.contains(account) || !before.contains(account));
        closing.extend(open);
        Ok(())
    }

    /// Erases an account, store by store. `false` when a job of it has not ended yet.
    async fn erase_account(
        &self,
        id: DeletionId,
        account: &AccountId,
        hash: &str,
    ) -> Result<bool, ServiceError> {
        if !self.store.begin_erasing(id).await? {
            return Ok(true);
        }
        self.quiet(id, account).await?;
        if !self.alone && !self.store.unfinished(account).await?.is_empty() {
            return Ok(false);
        }
        if !self.end_subscriptions(account).await? {
            // Nobody may be charged for an account that is gone. It is tried again in a while.
            return if self.alone { Err(ServiceError::Subscription) } else { Ok(true) };
        }
        // Before the first row goes: a copy of the databases that is older than this line comes back without the account.
        self.tombstones.add(id, hash).await?;
        self.forgotten().insert(hash.to_owned());
        let receipt = ReceiptOf { id, retention: &self.retention };
        let files = self.store.purge(account, Some(receipt)).await?;
        self.remove(files).await;
        self.erase_identity(id, account).await?;
        // A request that was under way when the account was closed may have left something since.
        if self.store.rows_left(account).await? > 0 {
            return Ok(false);
        }
        let proof = Remainder {
            class: "requests".to_owned(),
            what: "This receipt: its number, times and a keyed hash that leads to nobody".to_owned(),
            place: "The service's database, and the list of the forgotten beside it".to_owned(),
            until: self.retention.end_of("requests"),
            count: 1,
        };
        self.store.note_erased(id, &[], vec![proof]).await?;
        self.store.close_deletion(id, account, self.clock.now()).await?;
        self.closing().remove(account);
        tracing::info!(receipt = %id, "an account was deleted");
        Ok(true)
    }

    /// Erases what the accounts hold, the account itself last.
    async fn erase_identity(&self, id: DeletionId, account: &AccountId) -> Result<(), ServiceError> {
        match &self.project {
            Some(project) if project.can_delete() => {
                let deleted = project.delete_account(account).await?;
                if deleted {
                    let gone = ErasedClass { class: "accounts".to_owned(), count: 1 };
                    self.store.note_erased(id, &[gone], Vec::new()).await?;
                }
            }
            Some(_) => {
                let kept = Remainder {
                    class: "accounts".to_owned(),
                    what: "Name, e-mail address and sign-in, which this service has no key to delete"
                        .to_owned(),
                    place: "The project that keeps the accounts".to_owned(),
                    until: "its operator deletes them; write to the contact of the service".to_owned(),
                    count: 1,
                };
                self.store.note_erased(id, &[], vec![kept]).await?;
            }
            None => {}
        }
        let Some(identity) = &self.identity else { return Ok(()) };
        let mut counts: Vec<ErasedClass> = Vec::new();
        for table in identity.export_account(account).await? {
            let class = IDENTITY_CLASSES
                .iter()
                .find(|(name, _)| *name == table.table)
                .map_or("accounts", |(_, class)| class);
            crate::store::add(&mut counts, class, u32::try_from(table.rows.len()).unwrap_or(u32::MAX));
        }
        if identity.erase_account(account).await? {
            self.store.note_erased(id, &counts, Vec::new()).await?;
        }
        Ok(())
    }

    /// Forgets again whoever was forgotten before and came back with an older copy of the databases. Before anything is served.
    pub(crate) async fn replay_tombstones(&self) -> Result<(), ServiceError> {
        let mut gone = self.tombstones.all().await?;
        gone.extend(self.store.ended_deletions().await?.into_iter().map(|stored| stored.hash));
        if gone.is_empty() {
            return Ok(());
        }
        self.forgotten().clone_from(&gone);
        let mut there = self.store.accounts().await?;
        if let Some(identity) = &self.identity {
            there.extend(identity.accounts().await?.into_iter().map(|account| account.as_str().to_owned()));
        }
        there.sort_unstable();
        there.dedup();
        let open = self.store.open_deletions().await?;
        for name in there {
            if !gone.contains(&self.tombstones.hash(&name)?) {
                continue;
            }
            let account: AccountId = crate::store::named(name, "account_id")?;
            // A deletion that was cut short, or came back undone: it goes on by itself, with its receipt.
            if let Some(stored) = open.iter().find(|stored| stored.account.as_ref() == Some(&account)) {
                self.store.begin_erasing(stored.deletion.id).await?;
                continue;
            }
            let files = self.store.purge(&account, None).await?;
            self.remove(files).await;
            if let Some(identity) = &self.identity {
                identity.erase_account(&account).await?;
            }
            self.store.forget_proofs(&account, self.clock.now()).await?;
            tracing::info!(
                "somebody who had been forgotten came back with an older copy of the data, and was forgotten again"
            );
        }
        Ok(())
    }
}

/// The time by which a request has to be answered: a month.
pub(super) fn deadline(received: UtcMillis) -> UtcMillis {
    received.plus(30 * 24 * 60 * 60 * 1_000)
}
