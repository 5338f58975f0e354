//! Letters to be sent, or on one computer to be read by its owner.

use allxone_contract::UtcMillis;
use sqlx::Row;

use super::{Store, new_id};
use crate::IdentityError;
use crate::mail::Letter;

/// How long a letter is kept, in milliseconds: no longer than its code can be of use.
const KEPT: i64 = 24 * 3_600_000;

/// A letter to be put into the outbox.
pub(crate) struct NewLetter<'a> {
    pub(crate) user: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) recipient: &'a str,
    pub(crate) code: &'a str,
    pub(crate) language: &'a str,
}

/// A letter to be brought to the mail server.
pub(crate) struct DueLetter {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) recipient: String,
    pub(crate) code: String,
    pub(crate) language: String,
    pub(crate) tries: i64,
    pub(crate) due: i64,
    pub(crate) created: UtcMillis,
}

impl Store {
    /// Puts a letter into the outbox; an older one of its kind to the same account is of no use any more and goes.
    pub(crate) async fn add_letter(&self, new: NewLetter<'_>, now: UtcMillis) -> Result<(), IdentityError> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM auth_letters WHERE created < $1")
            .bind(now.plus(-KEPT).0)
            .execute(&mut *tx)
            .await?;
        sqlx::query("DELETE FROM auth_letters WHERE user_id = $1 AND kind = $2 AND sent IS NULL")
            .bind(new.user)
            .bind(new.kind)
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "INSERT INTO auth_letters (id, user_id, kind, recipient, code, language, tries, due, created)
             VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $7)",
        )
        .bind(new_id())
        .bind(new.user)
        .bind(new.kind)
        .bind(new.recipient)
        .bind(new.code)
        .bind(new.language)
        .bind(now.0)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// The outbox, newest first.
    pub(crate) async fn letters(&self) -> Result<Vec<Letter>, IdentityError> {
        let rows = sqlx::query(
            "SELECT kind, recipient, code, created FROM auth_letters ORDER BY created DESC, id LIMIT 100",
        )
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Letter {
                    kind: row.try_get(0)?,
                    recipient: row.try_get(1)?,
                    code: row.try_get(2)?,
                    created: UtcMillis(row.try_get(3)?),
                })
            })
            .collect()
    }

    /// Letters that are to be brought now, the oldest first. What was written before `since` is of no use any more.
    pub(crate) async fn due_letters(
        &self,
        since: UtcMillis,
        now: UtcMillis,
        most: i64,
    ) -> Result<Vec<DueLetter>, IdentityError> {
        let rows = sqlx::query(
            "SELECT id, kind, recipient, code, language, tries, created, due FROM auth_letters
             WHERE sent IS NULL AND due IS NOT NULL AND due <= $1 AND created > $2 ORDER BY due, id LIMIT $3",
        )
        .bind(now.0)
        .bind(since.0)
        .bind(most)
        .fetch_all(&self.writer)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(DueLetter {
                    id: row.try_get(0)?,
                    kind: row.try_get(1)?,
                    recipient: row.try_get(2)?,
                    code: row.try_get(3)?,
                    language: row.try_get::<Option<String>, _>(4)?.unwrap_or_default(),
                    tries: row.try_get(5)?,
                    created: UtcMillis(row.try_get(6)?),
                    due: row.try_get(7)?,
                })
            })
            .collect()
    }

    /// Puts a letter off until `until` while it is on its way; `false` when somebody else did since it was read.
    pub(crate) async fn claim_letter(
        &self,
        letter: &DueLetter,
        until: UtcMillis,
    ) -> Result<bool, IdentityError> {
        let statement =
            sqlx::query("UPDATE auth_letters SET due = $1 WHERE id = $2 AND due = $3 AND sent IS NULL");
        let claimed = statement.bind(until.0).bind(letter.id.as_str()).bind(letter.due);
        Ok(claimed.execute(&self.writer).await?.rows_affected() == 1)
    }

    /// When the next letter is to be tried.
    pub(crate) async fn next_due(&self, since: UtcMillis) -> Result<Option<UtcMillis>, IdentityError> {
        let row = sqlx::query("SELECT due FROM auth_letters WHERE sent IS NULL AND due IS NOT NULL AND created > $1 ORDER BY due LIMIT 1")
            .bind(since.0)
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?.map(UtcMillis))
    }

    /// The mail server has the letter; its code is forgotten here.
    pub(crate) async fn letter_brought(&self, id: &str, now: UtcMillis) -> Result<(), IdentityError> {
        let statement = sqlx::query("UPDATE auth_letters SET sent = $1, due = NULL, code = '' WHERE id = $2");
        statement.bind(now.0).bind(id).execute(&self.writer).await?;
        Ok(())
    }

    /// The mail server will never take it.
    pub(crate) async fn letter_refused(&self, id: &str) -> Result<(), IdentityError> {
        let statement =
            sqlx::query("UPDATE auth_letters SET due = NULL, tries = tries + 1, code = '' WHERE id = $1");
        statement.bind(id).execute(&self.writer).await?;
        Ok(())
    }

    /// It is to be tried again.
    pub(crate) async fn letter_put_off(&self, id: &str, due: UtcMillis) -> Result<(), IdentityError> {
        let statement = sqlx::query("UPDATE auth_letters SET due = $1, tries = tries + 1 WHERE id = $2");
        statement.bind(due.0).bind(id).execute(&self.writer).await?;
        Ok(())
    }
}
