//! What a person may ask about their account: to see everything of it, to have it put right, to be signed out everywhere, to be forgotten.

use allxone_contract::AccountId;
use serde::Serialize;
use serde_json::{Map, Value};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row, ValueRef};

use crate::columns::{COLUMNS, Tag};
use crate::store::{UserChange, Which};
use crate::user::address;
use crate::{Identity, IdentityError, Verified};

/// For how long a proof of who somebody is counts as fresh, in seconds.
const FRESH_SECONDS: i64 = 300;

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
    /// What the person says about themselves; `null` takes a thing away, what is not named stays.
    pub user_metadata: Map<String, Value>,
}

/// What became of a correction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Corrected {
    /// It was made.
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

    /// Every account there is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn accounts(&self) -> Result<Vec<AccountId>, IdentityError> {
        let rows = sqlx::query("SELECT id FROM auth_users ORDER BY created, id").fetch_all(&self.store().readers).await?;
        let ids = rows.iter().map(|row| row.try_get::<String, _>(0)).collect::<Result<Vec<_>, _>>()?;
        Ok(ids.iter().filter_map(|id| id.parse().ok()).map(AccountId::of).collect())
    }

    /// A statement of this service's, signed with the key whose public half is at the JWKS address. `kind` is the type in its head, which
    /// keeps it from passing for an access token.
    pub fn sign_statement(&self, kind: &str, claims: impl Serialize) -> Option<String> {
        self.keys().sign_as(kind, &claims)
    }

    /// Everything that is kept of an account, by table, at one moment. Secrets and what is only needed to run are left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn export_account(&self, account: &AccountId) -> Result<Vec<ExportedTable>, IdentityError> {
        let mut tx = self.store().readers.begin().await?;
        let mut tables: Vec<ExportedTable> = Vec::new();
        for table in COLUMNS.iter().filter(|column| column.tag == Tag::Export).map(|column| column.table) {
            if tables.iter().any(|before| before.table == table) {
                continue;
            }
            let theirs = COLUMNS.iter().filter(|column| column.table == table && column.tag == Tag::Export);
            let columns: Vec<&'static str> = theirs.map(|column| column.name).collect();
            let owner = if table == "auth_users" { "id" } else { "user_id" };
            let sql = format!("SELECT {} FROM {table} WHERE {owner} = $1", columns.join(", "));
            let rows = sqlx::query(AssertSqlSafe(sql)).bind(account.as_str()).fetch_all(&mut *tx).await?;
            let rows = rows.iter().map(|row| shown(row, &columns)).collect::<Result<_, _>>()?;
            tables.push(ExportedTable { table, rows });
        }
        Ok(tables)
    }

    /// Ends every session of an account and everything that could become one. Says how many sessions there were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_sessions(&self, account: &AccountId) -> Result<u64, IdentityError> {
        for sql in [
            "DELETE FROM auth_flows WHERE user_id = $1",
            "DELETE FROM auth_codes WHERE user_id = $1",
            "DELETE FROM auth_letters WHERE user_id = $1",
        ] {
            sqlx::query(sql).bind(account.as_str()).execute(&self.store().writer).await?;
        }
        self.store().end_sessions(account.as_str(), Which::All).await
    }

    /// Erases an account. `false` when nothing was left of it, so it may be asked again after a crash.
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
        let mut change = UserChange::default();
        if let Some(email) = correction.email {
            let Some(email) = address(&email) else { return Ok(Corrected::NotAnAddress) };
            change.email = Some(email);
            change.email_confirmed = Some(Some(self.now()));
            change.new_email = Some(None);
        }
        let mut data = user.user_metadata;
        for (name, value) in correction.user_metadata {
            match value {
                Value::Null => drop(data.remove(&name)),
                value => drop(data.insert(name, value)),
            }
        }
        change.user_metadata = Some(data);
        let changed = self.store().change_user(account.as_str(), change, self.now()).await?;
        Ok(if changed { Corrected::Done } else { Corrected::AddressTaken })
    }

    /// Whether the person behind a request proved lately who they are: what deletes or exports asks for this.
    pub fn is_fresh(&self, verified: &Verified) -> bool {
        let proofs = verified.claims.amr.iter().filter_map(|proof| proof.get("timestamp")?.as_i64());
        proofs.max().is_some_and(|newest| newest.saturating_add(FRESH_SECONDS) > self.seconds())
    }
}

/// A row by the names of its columns. Every exported column holds a whole number or text.
fn shown(row: &AnyRow, columns: &[&'static str]) -> Result<Map<String, Value>, IdentityError> {
    let mut shown = Map::new();
    for (index, name) in columns.iter().enumerate() {
        let value = if row.try_get_raw(index)?.is_null() {
            Value::Null
        } else if let Ok(number) = row.try_get::<i64, _>(index) {
            number.into()
        } else {
            row.try_get::<String, _>(index)?.into()
        };
        shown.insert((*name).to_owned(), value);
    }
    Ok(shown)
}
