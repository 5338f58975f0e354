//! Accounts and the identities linked to them.

use allxone_contract::UtcMillis;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::changes::{corrections, log};
use super::{By, Store, new_id};
use crate::IdentityError;
use crate::user::{LinkedIdentity, Metadata, User};

/// An account to be made.
pub(crate) struct NewUser<'a> {
    pub(crate) email: &'a str,
    pub(crate) confirmed: bool,
    /// Whether somebody vouches for it: a code that was sent there, or the operator.
    pub(crate) proven: bool,
    pub(crate) password: Option<&'a str>,
    pub(crate) user_metadata: Metadata,
    pub(crate) app_metadata: Metadata,
}

/// What is to change of an account; `None` leaves a thing as it is.
#[derive(Default)]
pub(crate) struct UserChange {
    /// Who changes it.
    pub(crate) by: By,
    pub(crate) email: Option<String>,
    pub(crate) email_confirmed: Option<Option<UtcMillis>>,
    pub(crate) new_email: Option<Option<String>>,
    /// When somebody proved that the address is theirs. It may count as confirmed without that, where the operator says so.
    pub(crate) email_proven: Option<Option<UtcMillis>>,
    /// A new one, or none any more.
    pub(crate) password: Option<Option<String>>,
    pub(crate) user_metadata: Option<Metadata>,
    pub(crate) app_metadata: Option<Metadata>,
    pub(crate) banned_until: Option<Option<UtcMillis>>,
    pub(crate) last_sign_in: Option<UtcMillis>,
}

const COLUMNS: &str = "id, email, email_confirmed, password, new_email, user_metadata, app_metadata, banned_until, last_sign_in, created, updated";

impl Store {
    /// Makes an account. `None` when the address is taken.
    pub(crate) async fn add_user(
        &self,
        new: NewUser<'_>,
        now: UtcMillis,
    ) -> Result<Option<User>, IdentityError> {
        let id = new_id();
        let mut tx = self.begin().await?;
        let added = sqlx::query(
            "INSERT INTO auth_users (id, email, email_confirmed, email_proven, password, user_metadata, app_metadata, created, updated)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) ON CONFLICT DO NOTHING",
        )
        .bind(&id)
        .bind(new.email)
        .bind(new.confirmed.then_some(now.0))
        .bind(new.proven.then_some(now.0))
        .bind(new.password)
        .bind(text(&new.user_metadata))
        .bind(text(&new.app_metadata))
        .bind(now.0)
        .execute(&mut *tx)
        .await?;
        if added.rows_affected() == 0 {
            return Ok(None);
        }
        let mut data = new.user_metadata.clone();
        data.insert("sub".to_owned(), id.as_str().into());
        data.insert("email".to_owned(), new.email.into());
        data.insert("email_verified".to_owned(), new.confirmed.into());
        link(&mut tx, &id, "email", &id, Some(new.email), &data, now).await?;
        tx.commit().await?;
        self.user(&id).await
    }

    /// The account with this id.
    pub(crate) async fn user(&self, id: &str) -> Result<Option<User>, IdentityError> {
        self.find("id", id).await
    }

    /// The account with this e-mail address.
    pub(crate) async fn user_by_email(&self, email: &str) -> Result<Option<User>, IdentityError> {
        self.find("email", email).await
    }

    /// The account that is about to get this e-mail address.
    pub(crate) async fn user_by_new_email(&self, email: &str) -> Result<Option<User>, IdentityError> {
        self.find("new_email", email).await
    }

    async fn find(&self, column: &str, value: &str) -> Result<Option<User>, IdentityError> {
        let statement = format!("SELECT {COLUMNS} FROM auth_users WHERE {column} = $1");
        let row =
            sqlx::query(sqlx::AssertSqlSafe(statement)).bind(value).fetch_optional(&self.readers).await?;
        let Some(row) = row else { return Ok(None) };
        let mut user = read_user(&row)?;
        user.identities = self.identities(&user.id).await?;
        Ok(Some(user))
    }

    /// The ids of all accounts, oldest first.
    pub(crate) async fn user_ids(&self) -> Result<Vec<String>, IdentityError> {
        let rows =
            sqlx::query("SELECT id FROM auth_users ORDER BY created, id").fetch_all(&self.readers).await?;
        Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
    }

    /// A page of all accounts, oldest first.
    pub(crate) async fn users(&self, page: i64, per_page: i64) -> Result<Vec<User>, IdentityError> {
        let statement = format!("SELECT {COLUMNS} FROM auth_users ORDER BY created, id LIMIT $1 OFFSET $2");
        let rows = sqlx::query(sqlx::AssertSqlSafe(statement))
            .bind(per_page)
            .bind(page.saturating_mul(per_page))
            .fetch_all(&self.readers)
            .await?;
        let mut users = rows.iter().map(read_user).collect::<Result<Vec<_>, _>>()?;
        for user in &mut users {
            user.identities = self.identities(&user.id).await?;
        }
        Ok(users)
    }

    async fn identities(&self, user: &str) -> Result<Vec<LinkedIdentity>, IdentityError> {
        let rows = sqlx::query(
            "SELECT id, provider, provider_id, email, data, last_sign_in, created, updated FROM auth_identities
             WHERE user_id = $1 ORDER BY created, id",
        )
        .bind(user)
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(LinkedIdentity {
                    id: row.try_get(0)?,
                    provider: row.try_get(1)?,
                    provider_id: row.try_get(2)?,
                    email: row.try_get(3)?,
                    data: metadata(row.try_get(4)?)?,
                    last_sign_in: UtcMillis(row.try_get(5)?),
                    created: UtcMillis(row.try_get(6)?),
                    updated: UtcMillis(row.try_get(7)?),
                })
            })
            .collect()
    }

    /// Changes an account. `false` when the new address belongs to somebody else; nothing is changed then.
    pub(crate) async fn change_user(
        &self,
        id: &str,
        change: UserChange,
        now: UtcMillis,
    ) -> Result<bool, IdentityError> {
        let mut tx = self.begin().await?;
        let fields = corrections(&mut tx, id, &change).await?;
        if let Some(email) = &change.email {
            let taken =
                sqlx::query("SELECT 1 FROM auth_users WHERE email = $1 AND id <> $2").bind(email).bind(id);
            if taken.fetch_optional(&mut *tx).await?.is_some() {
                return Ok(false);
            }
            sqlx::query("UPDATE auth_users SET email = $1 WHERE id = $2")
                .bind(email)
                .bind(id)
                .execute(&mut *tx)
                .await?;
            sqlx::query("UPDATE auth_identities SET email = $1, updated = $2 WHERE user_id = $3 AND provider = 'email'")
                .bind(email)
                .bind(now.0)
                .bind(id)
                .execute(&mut *tx)
                .await?;
        }
        if let Some(password) = &change.password {
            sqlx::query("UPDATE auth_users SET password = $1 WHERE id = $2")
                .bind(password)
                .bind(id)
                .execute(&mut *tx)
                .await?;
        }
        if let Some(new_email) = &change.new_email {
            sqlx::query("UPDATE auth_users SET new_email = $1 WHERE id = $2")
                .bind(new_email)
                .bind(id)
                .execute(&mut *tx)
                .await?;
        }
        for (column, data) in
            [("user_metadata", &change.user_metadata), ("app_metadata", &change.app_metadata)]
        {
            if let Some(data) = data {
                let statement = format!("UPDATE auth_users SET {column} = $1 WHERE id = $2");
                sqlx::query(sqlx::AssertSqlSafe(statement))
                    .bind(text(data))
                    .bind(id)
                    .execute(&mut *tx)
                    .await?;
            }
        }
        let times = [
            ("email_confirmed", change.email_confirmed),
            ("email_proven", change.email_proven),
            ("banned_until", change.banned_until),
            ("last_sign_in", change.last_sign_in.map(Some)),
        ];
        for (column, time) in times {
            if let Some(time) = time {
                let statement = format!("UPDATE auth_users SET {column} = $1 WHERE id = $2");
                sqlx::query(sqlx::AssertSqlSafe(statement))
                    .bind(time.map(|at| at.0))
                    .bind(id)
                    .execute(&mut *tx)
                    .await?;
            }
        }
        sqlx::query("UPDATE auth_users SET updated = $1 WHERE id = $2")
            .bind(now.0)
            .bind(id)
            .execute(&mut *tx)
            .await?;
        log(&mut tx, id, &fields, change.by, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Removes an account with everything that is kept of it here. `false` when there is none.
    pub(crate) async fn remove_user(&self, id: &str) -> Result<bool, IdentityError> {
        let mut tx = self.begin().await?;
        for table in
            ["auth_sessions", "auth_flows", "auth_codes", "auth_letters", "auth_changes", "auth_identities"]
        {
            let statement = format!("DELETE FROM {table} WHERE user_id = $1");
            sqlx::query(sqlx::AssertSqlSafe(statement)).bind(id).execute(&mut *tx).await?;
        }
        let removed = sqlx::query("DELETE FROM auth_users WHERE id = $1").bind(id).execute(&mut *tx).await?;
        tx.commit().await?;
        self.fold_log().await;
        Ok(removed.rows_affected() > 0)
    }
}

pub(super) async fn link(
    tx: &mut AnyConnection,
    user: &str,
    provider: &str,
    subject: &str,
    email: Option<&str>,
    data: &Metadata,
    now: UtcMillis,
) -> Result<(), IdentityError> {
    sqlx::query(
        "INSERT INTO auth_identities (id, user_id, provider, provider_id, email, data, last_sign_in, created, updated)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $7)
         ON CONFLICT (provider, provider_id) DO UPDATE SET email = excluded.email, data = excluded.data,
             last_sign_in = excluded.last_sign_in, updated = excluded.updated",
    )
    .bind(new_id())
    .bind(user)
    .bind(provider)
    .bind(subject)
    .bind(email)
    .bind(text(data))
    .bind(now.0)
    .execute(tx)
    .await?;
    Ok(())
}

fn read_user(row: &AnyRow) -> Result<User, IdentityError> {
    let time = |index: usize| -> Result<Option<UtcMillis>, IdentityError> {
        Ok(row.try_get::<Option<i64>, _>(index)?.map(UtcMillis))
    };
    Ok(User {
        id: row.try_get(0)?,
        email: row.try_get(1)?,
        email_confirmed: time(2)?,
        password: row.try_get(3)?,
        new_email: row.try_get(4)?,
        user_metadata: metadata(row.try_get(5)?)?,
        app_metadata: metadata(row.try_get(6)?)?,
        banned_until: time(7)?,
        last_sign_in: time(8)?,
        created: UtcMillis(row.try_get(9)?),
        updated: UtcMillis(row.try_get(10)?),
        identities: Vec::new(),
    })
}

pub(super) fn metadata(text: String) -> Result<Metadata, IdentityError> {
    serde_json::from_str(&text).map_err(|_| IdentityError::Record("metadata"))
}

fn text(data: &Metadata) -> String {
    serde_json::Value::Object(data.clone()).to_string()
}
