//! What a person may ask about their account: to see everything of it, to have it put right, to be signed out everywhere, to be forgotten.
//!
//! Cut here because the service asks these things of several stores, one after the other, and may be killed between them: each function can
//! be asked again until it has nothing left to do.

use allxone_contract::{AccountId, UtcMillis};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::api::fits;
use crate::store::{By, UserChange, Which};
use crate::user::{Metadata, address};
use crate::{Identity, IdentityError, Verified};

/// What one table holds of an account: its exported columns by name. Points in time are UTC milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportedTable {
    /// The table's name.
    pub table: &'static str,
    /// Its rows.
    pub rows: Vec<Map<String, Value>>,
}

/// What the operator puts right about an account, at the person's request.
#[derive(Clone, Debug, Default)]
pub struct Correction {
    /// The e-mail address; counts as confirmed then.
    pub email: Option<String>,
    /// What the person says about themselves, as `name` or `avatar_url`; `null` takes a thing away, what is not named stays.
    pub user_metadata: Map<String, Value>,
}

/// What became of a correction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Corrected {
    /// It was made, and noted in the account's change log.
    Done,
    /// There is no such account.
    NoAccount,
    /// Another account has this address; nothing was changed.
    AddressTaken,
    /// This is no e-mail address; nothing was changed.
    NotAnAddress,
    /// There would be too much about this account; nothing was changed.
    TooMuch,
}

impl Identity {
    /// The account with this e-mail address.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_account(&self, email: &str) -> Result<Option<AccountId>, IdentityError> {
        let Some(email) = address(email) else { return Ok(None) };
        let user = self.store().user_by_email(&email).await?;
        Ok(user.and_then(|user| user.id.parse().ok()).map(AccountId::of))
    }

    /// Whether there is such an account.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_account(&self, account: &AccountId) -> Result<bool, IdentityError> {
        Ok(self.store().user(account.as_str()).await?.is_some())
    }

    /// Every account there is, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn accounts(&self) -> Result<Vec<AccountId>, IdentityError> {
        let ids = self.store().user_ids().await?;
        Ok(ids.iter().filter_map(|id| id.parse().ok()).map(AccountId::of).collect())
    }

    /// A statement of this service's, signed with the key whose public half is at the JWKS address. `kind` is the type in its head, which
    /// keeps it from passing for an access token; `None` when there is no key, which the start rules out.
    pub fn sign_statement(&self, kind: &str, claims: impl Serialize) -> Option<String> {
        self.keys().sign_as(kind, &claims)
    }

    /// Everything that is kept of an account, by table, at one moment. Secrets and what is only needed to run are left out
    /// ([`crate::columns::COLUMNS`] says which).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn export_account(&self, account: &AccountId) -> Result<Vec<ExportedTable>, IdentityError> {
        self.store().export(account.as_str()).await
    }

    /// Ends every session of an account and everything that could become one: sign-ins under way, codes, letters with codes. Says how many
    /// sessions there were.
    ///
    /// # Errors
    /// When the database fails; nothing was changed then.
    pub async fn revoke_sessions(&self, account: &AccountId) -> Result<u64, IdentityError> {
        self.store().end_everything(account.as_str()).await
    }

    /// Erases an account: its sessions first, the account itself last, all in one step. `false` when nothing was left of it, so it may be
    /// asked again after a crash.
    ///
    /// # Errors
    /// When the database fails; nothing was erased then.
    pub async fn erase_account(&self, account: &AccountId) -> Result<bool, IdentityError> {
        self.store().remove_user(account.as_str()).await
    }

    /// Puts an account right at the person's request.
    ///
    /// # Errors
    /// When the database fails; nothing was changed then.
    pub async fn correct_account(
        &self,
        account: &AccountId,
        correction: Correction,
    ) -> Result<Corrected, IdentityError> {
        let Some(user) = self.store().user(account.as_str()).await? else { return Ok(Corrected::NoAccount) };
        let now = self.now();
        let mut change = UserChange { by: By::Operator, ..UserChange::default() };
        if let Some(email) = correction.email {
            let Some(email) = address(&email) else { return Ok(Corrected::NotAnAddress) };
            change.email = Some(email);
            change.email_confirmed = Some(Some(now));
            change.email_proven = Some(Some(now));
            change.new_email = Some(None);
        }
        let mut data: Metadata = user.user_metadata;
        for (name, value) in correction.user_metadata {
            match value {
                Value::Null => drop(data.remove(&name)),
                value => drop(data.insert(name, value)),
            }
        }
        if fits(&data).is_err() {
            return Ok(Corrected::TooMuch);
        }
        change.user_metadata = Some(data);
        let changed = self.store().change_user(account.as_str(), change, now).await?;
        Ok(if changed { Corrected::Done } else { Corrected::AddressTaken })
    }

    /// Whether the person behind a request proved lately who they are: what deletes, exports or changes an address asks for this. Where it
    /// is `false`, `POST /reauthenticate` with a password or a code refreshes it.
    pub fn is_fresh(&self, verified: &Verified) -> bool {
        self.proven_lately(verified.proven)
    }

    pub(crate) fn proven_lately(&self, proven: UtcMillis) -> bool {
        proven.plus(self.rules().step_up_seconds.saturating_mul(1_000)) > self.now()
    }

    /// Ends every session of an account but one.
    ///
    /// # Errors
    /// When the database fails; nothing was changed then.
    pub async fn revoke_other_sessions(
        &self,
        account: &AccountId,
        session: &str,
    ) -> Result<u64, IdentityError> {
        self.store().end_sessions(account.as_str(), Which::AllBut(session)).await
    }
}
