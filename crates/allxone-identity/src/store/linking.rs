//! Whose account a person of another provider has.
//!
//! The provider's own id of the person decides; an address only where the provider had it confirmed. Where an account has that address
//! without anybody having proven it, whoever made the account may not be who owns the address: all they could sign in with is dropped.

use allxone_contract::UtcMillis;
use sqlx::Row;

use super::changes::log;
use super::users::link;
use super::{By, Store, new_id};
use crate::IdentityError;
use crate::user::Metadata;

/// A person as a provider shows them.
pub(crate) struct Seen<'a> {
    pub(crate) provider: &'a str,
    pub(crate) subject: &'a str,
    /// An address the provider had confirmed.
    pub(crate) email: Option<&'a str>,
    pub(crate) data: &'a Metadata,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Linked {
    /// This is their account.
    Account(String),
    /// There is no confirmed address to find or make one by.
    Unverified,
    /// They have none, and none is made.
    Closed,
}

impl Store {
    /// Finds or makes the account of a person, and notes the sign-in at the link.
    pub(crate) async fn account_of(
        &self,
        seen: Seen<'_>,
        sign_up: bool,
        now: UtcMillis,
    ) -> Result<Linked, IdentityError> {
        let Seen { provider, subject, email, data } = seen;
        let mut tx = self.begin().await?;
        let known =
            sqlx::query("SELECT user_id FROM auth_identities WHERE provider = $1 AND provider_id = $2")
                .bind(provider)
                .bind(subject)
                .fetch_optional(&mut *tx)
                .await?;
        if let Some(row) = known {
            let user: String = row.try_get(0)?;
            link(&mut tx, &user, provider, subject, email, data, now).await?;
            tx.commit().await?;
            return Ok(Linked::Account(user));
        }
        let Some(email) = email else { return Ok(Linked::Unverified) };
        let same = sqlx::query("SELECT id, email_proven, password FROM auth_users WHERE email = $1")
            .bind(email)
            .fetch_optional(&mut *tx)
            .await?;
        let user = match same {
            Some(row) => {
                let user: String = row.try_get(0)?;
                if row.try_get::<Option<i64>, _>(1)?.is_none() {
                    let had_password = row.try_get::<Option<String>, _>(2)?.is_some();
                    sqlx::query("UPDATE auth_users SET password = NULL, email_confirmed = $1, email_proven = $1, updated = $1 WHERE id = $2")
                        .bind(now.0)
                        .bind(&user)
                        .execute(&mut *tx)
                        .await?;
                    for statement in [
                        "DELETE FROM auth_sessions WHERE user_id = $1",
                        "DELETE FROM auth_codes WHERE user_id = $1",
                        "DELETE FROM auth_flows WHERE user_id = $1",
                        "DELETE FROM auth_letters WHERE user_id = $1",
                        "DELETE FROM auth_identities WHERE user_id = $1 AND provider <> 'email'",
                    ] {
                        sqlx::query(statement).bind(&user).execute(&mut *tx).await?;
                    }
                    if had_password {
                        log(&mut tx, &user, &["password".to_owned()], By::Provider, now).await?;
                    }
                }
                user
            }
            None if !sign_up => return Ok(Linked::Closed),
            None => {
                let id = new_id();
                let mut about = Metadata::new();
                for name in ["name", "avatar_url"] {
                    if let Some(value) = data.get(name) {
                        about.insert(name.to_owned(), value.clone());
                    }
                }
                sqlx::query(
                    "INSERT INTO auth_users (id, email, email_confirmed, email_proven, user_metadata, app_metadata, created, updated)
                     VALUES ($1, $2, $3, $3, $4, '{}', $3, $3)",
                )
                .bind(&id)
                .bind(email)
                .bind(now.0)
                .bind(serde_json::Value::Object(about).to_string())
                .execute(&mut *tx)
                .await?;
                id
            }
        };
        link(&mut tx, &user, provider, subject, Some(email), data, now).await?;
        tx.commit().await?;
        Ok(Linked::Account(user))
    }
}
