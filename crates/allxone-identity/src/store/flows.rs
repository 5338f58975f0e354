//! Sign-ins that were begun and not yet exchanged for a session.

use allxone_contract::UtcMillis;
use sqlx::Row;

use super::{Store, new_id};
use crate::IdentityError;

/// A sign-in on its way.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    pub(crate) id: String,
    pub(crate) provider: String,
    pub(crate) redirect_to: String,
    pub(crate) created: UtcMillis,
    /// What is stored of the mark of the browser it was begun in.
    pub(crate) browser: Option<String>,
    /// Whether it was completed already.
    pub(crate) done: bool,
}

/// A sign-in to be begun.
pub(crate) struct NewFlow<'a> {
    pub(crate) provider: &'a str,
    pub(crate) challenge: &'a str,
    pub(crate) redirect_to: &'a str,
    pub(crate) browser: &'a str,
}

/// A code that was presented, with what it stands for. It is used up by this.
pub(crate) struct Redeemed {
    pub(crate) challenge: String,
    pub(crate) user: String,
    pub(crate) method: String,
    pub(crate) created: UtcMillis,
}

const COLUMNS: &str = "id, provider, redirect_to, created, browser, code_hash";

impl Store {
    /// Begins a sign-in; the answer is its unguessable id.
    pub(crate) async fn begin_flow(&self, new: NewFlow<'_>, now: UtcMillis) -> Result<String, IdentityError> {
        let id = new_id();
        let mut tx = self.begin().await?;
        sqlx::query("INSERT INTO auth_flows (id, provider, challenge, redirect_to, browser, created) VALUES ($1, $2, $3, $4, $5, $6)")
            .bind(&id)
            .bind(new.provider)
            .bind(new.challenge)
            .bind(new.redirect_to)
            .bind(new.browser)
            .bind(now.0)
            .execute(&mut *tx)
            .await?;
        // What nobody came back for in an hour is forgotten on the way.
        sqlx::query("DELETE FROM auth_flows WHERE created < $1")
            .bind(now.plus(-3_600_000).0)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(id)
    }

    /// The sign-in with this id.
    pub(crate) async fn flow(&self, id: &str) -> Result<Option<Flow>, IdentityError> {
        let statement = format!("SELECT {COLUMNS} FROM auth_flows WHERE id = $1");
        let row = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(id).fetch_optional(&self.readers).await?;
        row.map(|row| read(&row)).transpose()
    }

    /// Takes the sign-in that came back from its provider, in the browser it was begun in. It can be taken once.
    pub(crate) async fn call_flow(
        &self,
        id: &str,
        browser: &str,
        now: UtcMillis,
    ) -> Result<Option<Flow>, IdentityError> {
        let mut tx = self.begin().await?;
        let called = sqlx::query("UPDATE auth_flows SET called = $1 WHERE id = $2 AND browser = $3 AND called IS NULL AND code_hash IS NULL")
            .bind(now.0)
            .bind(id)
            .bind(browser)
            .execute(&mut *tx)
            .await?;
        let statement = format!("SELECT {COLUMNS} FROM auth_flows WHERE id = $1");
        let row = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(id).fetch_optional(&mut *tx).await?;
        tx.commit().await?;
        row.filter(|_| called.rows_affected() == 1).map(|row| read(&row)).transpose()
    }

    /// Says who signed in, and by what code that is exchanged. `false` when the sign-in was completed before or is not there.
    pub(crate) async fn complete_flow(
        &self,
        id: &str,
        user: &str,
        method: &str,
        code_hash: &str,
    ) -> Result<bool, IdentityError> {
        let done = sqlx::query("UPDATE auth_flows SET user_id = $1, method = $2, code_hash = $3 WHERE id = $4 AND code_hash IS NULL")
            .bind(user)
            .bind(method)
            .bind(code_hash)
            .bind(id)
            .execute(&self.writer)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Takes a code; from then on there is none.
    pub(crate) async fn redeem(&self, code_hash: &str) -> Result<Option<Redeemed>, IdentityError> {
        let mut tx = self.begin().await?;
        let row =
            sqlx::query("SELECT challenge, user_id, method, created FROM auth_flows WHERE code_hash = $1")
                .bind(code_hash)
                .fetch_optional(&mut *tx)
                .await?;
        let Some(row) = row else { return Ok(None) };
        let taken = sqlx::query("DELETE FROM auth_flows WHERE code_hash = $1")
            .bind(code_hash)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        if taken.rows_affected() != 1 {
            return Ok(None);
        }
        Ok(Some(Redeemed {
            challenge: row.try_get(0)?,
            user: row.try_get(1)?,
            method: row.try_get(2)?,
            created: UtcMillis(row.try_get(3)?),
        }))
    }
}

fn read(row: &sqlx::any::AnyRow) -> Result<Flow, IdentityError> {
    Ok(Flow {
        id: row.try_get(0)?,
        provider: row.try_get(1)?,
        redirect_to: row.try_get(2)?,
        created: UtcMillis(row.try_get(3)?),
        browser: row.try_get(4)?,
        done: row.try_get::<Option<String>, _>(5)?.is_some(),
    })
}
