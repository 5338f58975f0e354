//! One-time codes: at most one of each kind for an account, void after a few wrong tries.

use allxone_contract::UtcMillis;
use sqlx::Row;

use super::Store;
use crate::IdentityError;

/// What a code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CodeKind {
    SignUp,
    SignIn,
    Recovery,
    EmailChange,
    Reauthentication,
}

impl CodeKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::SignUp => "signup",
            Self::SignIn => "email",
            Self::Recovery => "recovery",
            Self::EmailChange => "email_change",
            Self::Reauthentication => "reauthentication",
        }
    }

    /// The kinds a caller may mean by the name it gave.
    pub(crate) fn asked(name: &str) -> &'static [Self] {
        match name {
            // One name for both in newer clients: a first code confirms the account, a later one signs in.
            "email" | "magiclink" => &[Self::SignIn, Self::SignUp],
            "signup" | "invite" => &[Self::SignUp, Self::SignIn],
            "recovery" => &[Self::Recovery],
            "email_change" => &[Self::EmailChange],
            _ => &[],
        }
    }
}

/// A code as it is stored.
pub(crate) struct Code<'a> {
    pub(crate) user: &'a str,
    pub(crate) kind: CodeKind,
    pub(crate) email: &'a str,
    pub(crate) hash: &'a str,
}

/// What became of a tried code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tried {
    /// It was right, and is used up.
    Right,
    /// It was wrong, too late or too often.
    Wrong,
}

impl Store {
    /// Keeps a code in place of an older one of its kind.
    pub(crate) async fn add_code(&self, code: Code<'_>, now: UtcMillis) -> Result<(), IdentityError> {
        sqlx::query(
            "INSERT INTO auth_codes (user_id, kind, email, hash, tries, created) VALUES ($1, $2, $3, $4, 0, $5)
             ON CONFLICT (user_id, kind) DO UPDATE SET email = excluded.email, hash = excluded.hash, tries = 0, created = excluded.created",
        )
        .bind(code.user)
        .bind(code.kind.name())
        .bind(code.email)
        .bind(code.hash)
        .bind(now.0)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// Tries a code. A right one is used up; a wrong one counts.
    pub(crate) async fn try_code(
        &self,
        code: Code<'_>,
        made_since: UtcMillis,
        tries: i64,
    ) -> Result<Tried, IdentityError> {
        let kind = code.kind.name();
        let mut tx = self.begin().await?;
        let row = sqlx::query("SELECT hash, email FROM auth_codes WHERE user_id = $1 AND kind = $2 AND created >= $3 AND tries < $4")
            .bind(code.user)
            .bind(kind)
            .bind(made_since.0)
            .bind(tries)
            .fetch_optional(&mut *tx)
            .await?;
        let Some(row) = row else { return Ok(Tried::Wrong) };
        let (hash, email): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        // Keyed hashes of equal length: how far they agree tells nothing about the code.
        let right = hash == code.hash && email == code.email;
        if right {
            sqlx::query("DELETE FROM auth_codes WHERE user_id = $1 AND kind = $2")
                .bind(code.user)
                .bind(kind)
                .execute(&mut *tx)
                .await?;
        } else {
            sqlx::query("UPDATE auth_codes SET tries = tries + 1 WHERE user_id = $1 AND kind = $2")
                .bind(code.user)
                .bind(kind)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(if right { Tried::Right } else { Tried::Wrong })
    }
}
