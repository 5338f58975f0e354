//! Sessions: one row for each signed-in device, with the counter of its refresh tokens.

use allxone_contract::UtcMillis;
use sqlx::{AnyConnection, Row};

use super::{Store, new_id};
use crate::IdentityError;

/// A signed-in device.
#[derive(Clone, Debug)]
pub(crate) struct StoredSession {
    pub(crate) id: String,
    pub(crate) user: String,
    /// How it was signed in.
    pub(crate) method: String,
    /// What the device called itself.
    pub(crate) device: String,
    /// The generation of its current refresh token.
    pub(crate) counter: i64,
    pub(crate) created: UtcMillis,
    pub(crate) refreshed: UtcMillis,
    /// When its owner last proved to be who they are.
    pub(crate) proven: UtcMillis,
    /// How they did, where that was after the sign-in.
    pub(crate) proof: Option<String>,
}

/// What became of a presented refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rotation {
    /// It was the current one; this is the new generation.
    Turned(i64),
    /// It was one that may be presented again; this is the current generation.
    Current(i64),
    /// It was used before; the session was ended.
    Reused,
    /// There is no such session.
    Gone,
}

/// Which sessions of an account.
#[derive(Clone, Copy)]
pub(crate) enum Which<'a> {
    All,
    Only(&'a str),
    AllBut(&'a str),
}

const COLUMNS: &str = "id, user_id, method, device, counter, created, refreshed, proven, proof";

impl Store {
    /// Opens a session and notes the sign-in at its account.
    pub(crate) async fn add_session(
        &self,
        user: &str,
        method: &str,
        device: &str,
        now: UtcMillis,
    ) -> Result<StoredSession, IdentityError> {
        let session = StoredSession {
            id: new_id(),
            user: user.to_owned(),
            method: method.to_owned(),
            device: device.to_owned(),
            counter: 0,
            created: now,
            refreshed: now,
            proven: now,
            proof: None,
        };
        let mut tx = self.begin().await?;
        sqlx::query(
            "INSERT INTO auth_sessions (id, user_id, method, device, counter, created, refreshed, proven)
             VALUES ($1, $2, $3, $4, 0, $5, $5, $5)",
        )
        .bind(&session.id)
        .bind(user)
        .bind(method)
        .bind(device)
        .bind(now.0)
        .execute(&mut *tx)
        .await?;
        sqlx::query("UPDATE auth_users SET last_sign_in = $1 WHERE id = $2")
            .bind(now.0)
            .bind(user)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(session)
    }

    /// The session with this id.
    pub(crate) async fn session(&self, id: &str) -> Result<Option<StoredSession>, IdentityError> {
        let statement = format!("SELECT {COLUMNS} FROM auth_sessions WHERE id = $1");
        let row = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(id).fetch_optional(&self.readers).await?;
        row.map(|row| read(&row)).transpose()
    }

    /// The sessions of an account, the last used first.
    pub(crate) async fn sessions(&self, user: &str) -> Result<Vec<StoredSession>, IdentityError> {
        let statement =
            format!("SELECT {COLUMNS} FROM auth_sessions WHERE user_id = $1 ORDER BY refreshed DESC, id");
        let rows = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(user).fetch_all(&self.readers).await?;
        rows.iter().map(read).collect()
    }

    /// Notes that the owner of a session proved again who they are.
    pub(crate) async fn prove_session(
        &self,
        id: &str,
        proof: &str,
        now: UtcMillis,
    ) -> Result<(), IdentityError> {
        let statement = sqlx::query("UPDATE auth_sessions SET proven = $1, proof = $2 WHERE id = $3");
        statement.bind(now.0).bind(proof).bind(id).execute(&self.writer).await?;
        Ok(())
    }

    /// Ends everything by which an account could be used: sessions, sign-ins under way, codes and the letters with them.
    pub(crate) async fn end_everything(&self, user: &str) -> Result<u64, IdentityError> {
        let mut tx = self.begin().await?;
        let ended =
            sqlx::query("DELETE FROM auth_sessions WHERE user_id = $1").bind(user).execute(&mut *tx).await?;
        for table in ["auth_flows", "auth_codes", "auth_letters"] {
            let statement = format!("DELETE FROM {table} WHERE user_id = $1");
            sqlx::query(sqlx::AssertSqlSafe(statement)).bind(user).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(ended.rows_affected())
    }

    /// Ends sessions of an account; says how many.
    pub(crate) async fn end_sessions(&self, user: &str, which: Which<'_>) -> Result<u64, IdentityError> {
        let ended = match which {
            Which::All => sqlx::query("DELETE FROM auth_sessions WHERE user_id = $1").bind(user),
            Which::Only(id) => {
                sqlx::query("DELETE FROM auth_sessions WHERE user_id = $1 AND id = $2").bind(user).bind(id)
            }
            Which::AllBut(id) => {
                sqlx::query("DELETE FROM auth_sessions WHERE user_id = $1 AND id <> $2").bind(user).bind(id)
            }
        };
        Ok(ended.execute(&self.writer).await?.rows_affected())
    }
}

/// Turns a session's refresh token: `presented` becomes the next generation when it is the current one. One generation behind is what a
/// client has that could not save the answer, so it gets the current one at any time; older ones within the time of `reuse_since`.
pub(crate) async fn rotate(
    tx: &mut AnyConnection,
    id: &str,
    presented: i64,
    reuse_since: UtcMillis,
    now: UtcMillis,
) -> Result<Rotation, IdentityError> {
    let row = sqlx::query("SELECT counter, refreshed FROM auth_sessions WHERE id = $1")
        .bind(id)
        .fetch_optional(&mut *tx)
        .await?;
    let Some(row) = row else { return Ok(Rotation::Gone) };
    let (counter, refreshed): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    if presented == counter {
        let turned = sqlx::query(
            "UPDATE auth_sessions SET counter = counter + 1, refreshed = $1 WHERE id = $2 AND counter = $3",
        )
        .bind(now.0)
        .bind(id)
        .bind(counter)
        .execute(&mut *tx)
        .await?;
        let next = counter.saturating_add(1);
        return Ok(if turned.rows_affected() == 1 {
            Rotation::Turned(next)
        } else {
            Rotation::Current(next)
        });
    }
    if presented == counter.saturating_sub(1) || (presented < counter && refreshed >= reuse_since.0) {
        return Ok(Rotation::Current(counter));
    }
    sqlx::query("DELETE FROM auth_sessions WHERE id = $1").bind(id).execute(&mut *tx).await?;
    Ok(Rotation::Reused)
}

fn read(row: &sqlx::any::AnyRow) -> Result<StoredSession, IdentityError> {
    Ok(StoredSession {
        id: row.try_get(0)?,
        user: row.try_get(1)?,
        method: row.try_get(2)?,
        device: row.try_get(3)?,
        counter: row.try_get(4)?,
        created: UtcMillis(row.try_get(5)?),
        refreshed: UtcMillis(row.try_get(6)?),
        proven: UtcMillis(row.try_get(7)?),
        proof: row.try_get(8)?,
    })
}
