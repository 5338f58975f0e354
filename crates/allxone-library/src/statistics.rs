//! Counters of a week, and what waits to be sent or was sent under a consent.
//!
//! Nothing is counted without a consent, so there is nothing to send the moment one is given, and nothing is left the moment it is taken
//! back. What was sent stays here word for word, so that a person can look at it.

use rusqlite::{OptionalExtension, Row};
use serde::Serialize;
use serde_json::Value;

use crate::consents::newest;
use crate::item::json;
use crate::{Consented, ItemId, Library, LibraryError};

/// The random id statistics are sent under: `<month> <32 hex digits>`, a new one each month.
pub(crate) const IDENTITY: &str = "statistics_identity";

/// Something that waits to be sent or was sent.
#[derive(Clone, Debug, PartialEq, Serialize, ts_rs::TS)]
pub struct Report {
    /// Its id.
    pub id: String,
    /// When it was made, UTC milliseconds.
    pub made_ms: i64,
    /// `usage_statistics` or `ai_training`.
    pub purpose: String,
    /// The consent it is sent under.
    pub consent_id: String,
    /// The picture it is about, if it is about one.
    pub item_id: Option<ItemId>,
    /// Exactly what is sent.
    #[ts(type = "unknown")]
    pub body: Value,
    /// To whom it went.
    pub host: Option<String>,
    /// When it was sent; absent while it waits.
    pub sent_ms: Option<i64>,
}

/// Counters of one week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Week {
    /// The week in ISO 8601, `2026-W18`.
    pub week: String,
    /// Name and count of each.
    pub counters: Vec<(String, u64)>,
}

const COLUMNS: &str = "id, made_ms, purpose, consent_id, item_id, body, host, sent_ms";

impl Library {
    /// Counts one, if statistics are allowed; otherwise nothing is written.
    ///
    /// # Errors
    /// [`LibraryError::ReadOnly`].
    pub fn count_one(&self, name: &str) -> Result<(), LibraryError> {
        if self.granted(Consented::UsageStatistics)?.is_none() {
            return Ok(());
        }
        let now = self.now();
        self.write(|transaction| {
            // Asked again in the step that writes: it may have been taken back in between.
            if newest(transaction, Consented::UsageStatistics, "")?.is_some_and(|consent| consent.what.granted) {
                transaction
                    .prepare_cached(
                        "INSERT INTO statistics (week, name, n) VALUES (strftime('%G-W%V', ?1 / 1000, 'unixepoch'), ?2, 1)
                         ON CONFLICT (week, name) DO UPDATE SET n = n + 1",
                    )?
                    .execute((now, name))?;
            }
            Ok(())
        })
    }

    /// Takes the counters of every week that is over out of the book: once taken, they are in the hands of the caller alone.
    ///
    /// # Errors
    /// [`LibraryError::ReadOnly`].
    pub fn take_ended_weeks(&self) -> Result<Vec<Week>, LibraryError> {
        let now = self.now();
        self.write(|transaction| {
            let over = "week < strftime('%G-W%V', ?1 / 1000, 'unixepoch')";
            let mut weeks: Vec<Week> = Vec::new();
            let mut statement = transaction
                .prepare(&format!("SELECT week, name, n FROM statistics WHERE {over} ORDER BY week, name"))?;
            let mut rows = statement.query([now])?;
            while let Some(row) = rows.next()? {
                let (week, name, n): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
                let counter = (name, u64::try_from(n).unwrap_or(0));
                match weeks.last_mut() {
                    Some(last) if last.week == week => last.counters.push(counter),
                    _ => weeks.push(Week { week, counters: vec![counter] }),
                }
            }
            transaction.execute(&format!("DELETE FROM statistics WHERE {over}"), [now])?;
            Ok(weeks)
        })
    }

    /// The random id statistics are sent under this month; a new one when the month has changed.
    ///
    /// # Errors
    /// [`LibraryError::ReadOnly`].
    pub fn statistics_identity(&self) -> Result<String, LibraryError> {
        let now = self.now();
        let month: String = self.read(|c| {
            Ok(c.query_row("SELECT strftime('%Y-%m', ?1 / 1000, 'unixepoch')", [now], |row| row.get(0))?)
        })?;
        if let Some((of, id)) = self.setting(IDENTITY)?.as_deref().and_then(|both| both.split_once(' '))
            && of == month
        {
            return Ok(id.to_owned());
        }
        let id = hex::encode(rand::random::<[u8; 16]>());
        self.set_setting(IDENTITY, Some(&format!("{month} {id}")))?;
        Ok(id)
    }

    /// Puts something into the line of what is sent under a consent, if that consent still holds. Answers whether it was put there.
    ///
    /// # Errors
    /// [`LibraryError::ReadOnly`].
    pub fn queue_report(
        &self,
        purpose: Consented,
        item: Option<ItemId>,
        body: &Value,
    ) -> Result<bool, LibraryError> {
        let (id, now) = (self.new_id().to_string(), self.now());
        self.write(|transaction| {
            let Some(consent) = newest(transaction, purpose, "")?.filter(|consent| consent.what.granted) else { return Ok(false) };
            transaction
                .prepare_cached("INSERT INTO reports (id, made_ms, purpose, consent_id, item_id, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
                .execute((id, now, purpose.name(), consent.id, item, body.to_string()))?;
            Ok(true)
        })
    }

    /// What waits to be sent for a purpose, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn waiting_reports(&self, purpose: Consented) -> Result<Vec<Report>, LibraryError> {
        self.reports_where("purpose = ?1 AND sent_ms IS NULL ORDER BY rowid", purpose)
    }

    /// What was sent for a purpose, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn sent_reports(&self, purpose: Consented) -> Result<Vec<Report>, LibraryError> {
        self.reports_where("purpose = ?1 AND sent_ms IS NOT NULL ORDER BY rowid DESC", purpose)
    }

    fn reports_where(&self, fits: &str, purpose: Consented) -> Result<Vec<Report>, LibraryError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached(&format!("SELECT {COLUMNS} FROM reports WHERE {fits}"))?;
            let mut rows = statement.query([purpose.name()])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(report(row)?);
            }
            Ok(found)
        })
    }

    /// Notes that something was sent, and to whom.
    ///
    /// # Errors
    /// [`LibraryError::ReadOnly`].
    pub fn report_sent(&self, id: &str, host: &str) -> Result<(), LibraryError> {
        let now = self.now();
        self.write(|transaction| {
            transaction.execute(
                "UPDATE reports SET host = ?2, sent_ms = ?3 WHERE id = ?1 AND sent_ms IS NULL",
                (id, host, now),
            )?;
            Ok(())
        })
    }

    /// Forgets something that waits and will never be sent.
    ///
    /// # Errors
    /// [`LibraryError::ReadOnly`].
    pub fn drop_report(&self, id: &str) -> Result<(), LibraryError> {
        self.write(|transaction| {
            transaction.execute("DELETE FROM reports WHERE id = ?1 AND sent_ms IS NULL", [id])?;
            Ok(())
        })
    }

    /// Forgets what was sent for a purpose, once the receiver has forgotten it. Returns how much there was.
    ///
    /// # Errors
    /// [`LibraryError::ReadOnly`].
    pub fn forget_sent(&self, purpose: Consented) -> Result<u64, LibraryError> {
        let gone = self.write(|transaction| {
            Ok(transaction
                .execute("DELETE FROM reports WHERE purpose = ?1 AND sent_ms IS NOT NULL", [purpose.name()])?
                as u64)
        })?;
        self.checkpoint()?;
        Ok(gone)
    }

    /// Removes copies of what was sent before `before_ms` (UTC milliseconds). Returns how many.
    ///
    /// # Errors
    /// [`LibraryError::ReadOnly`].
    pub fn clear_reports(&self, before_ms: i64) -> Result<u64, LibraryError> {
        self.write(|transaction| {
            Ok(transaction.execute("DELETE FROM reports WHERE sent_ms < ?1", [before_ms])? as u64)
        })
    }

    /// Gives pictures for training or keeps them from it; `None` takes the mark away. Ids that are not there are passed over. Returns how
    /// many there were.
    ///
    /// # Errors
    /// [`LibraryError::ReadOnly`].
    pub fn mark_for_training(&self, items: &[ItemId], allowed: Option<bool>) -> Result<u64, LibraryError> {
        let now = self.now();
        self.write(|transaction| {
            let mut changed = 0;
            for item in items {
                changed += match allowed {
                    Some(allowed) => transaction
                        .prepare_cached(
                            "INSERT INTO training (item_id, allowed, time_ms) SELECT id, ?2, ?3 FROM items WHERE id = ?1
                             ON CONFLICT (item_id) DO UPDATE SET allowed = excluded.allowed, time_ms = excluded.time_ms",
                        )?
                        .execute((item, allowed, now))?,
                    None => transaction.prepare_cached("DELETE FROM training WHERE item_id = ?1")?.execute([item])?,
                } as u64;
                if allowed != Some(true) {
                    transaction
                        .prepare_cached("DELETE FROM reports WHERE item_id = ?1 AND purpose = 'ai_training' AND sent_ms IS NULL")?
                        .execute([item])?;
                }
            }
            Ok(changed)
        })
    }

    /// Whether a picture is given for training (`Some(true)`), kept from it, or neither.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn training_mark(&self, item: ItemId) -> Result<Option<bool>, LibraryError> {
        self.read(|connection| {
            let sql = "SELECT allowed FROM training WHERE item_id = ?1";
            Ok(connection.prepare_cached(sql)?.query_row([item], |row| row.get(0)).optional()?)
        })
    }
}

fn report(row: &Row<'_>) -> Result<Report, LibraryError> {
    Ok(Report {
        id: row.get(0)?,
        made_ms: row.get(1)?,
        purpose: row.get(2)?,
        consent_id: row.get(3)?,
        item_id: row.get(4)?,
        body: json(row.get(5)?)?,
        host: row.get(6)?,
        sent_ms: row.get(7)?,
    })
}
