//! What a person allowed or took back, and which texts they accepted: a list that only grows.
//!
//! Each row names the very text that was shown, by version and hash. The newest row of a purpose holds; without a row nothing is allowed.
//! What is collected or waits to be sent under a consent goes in the same step in which it is taken back.

use rusqlite::{Connection, OptionalExtension, Row};
use serde::{Deserialize, Serialize};

use crate::{Library, LibraryError};

/// What is allowed, or which text is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum Consented {
    /// Pictures a person marks may be used to improve models.
    AiTraining,
    /// Counters of a week may be sent.
    UsageStatistics,
    /// The privacy policy.
    PrivacyPolicy,
    /// The Acceptable Use Policy.
    AcceptableUse,
}

impl Consented {
    /// What can be switched on and off. Both are off until they are switched on.
    pub const SWITCHES: [Self; 2] = [Self::AiTraining, Self::UsageStatistics];

    /// The word in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::AiTraining => "ai_training",
            Self::UsageStatistics => "usage_statistics",
            Self::PrivacyPolicy => "privacy_policy",
            Self::AcceptableUse => "acceptable_use",
        }
    }

    fn read(name: &str) -> Option<Self> {
        [Self::AiTraining, Self::UsageStatistics, Self::PrivacyPolicy, Self::AcceptableUse]
            .into_iter()
            .find(|one| one.name() == name)
    }
}

/// A decision to be written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct NewConsent {
    /// For what.
    pub purpose: Consented,
    /// Allowed or accepted; `false` takes it back.
    pub granted: bool,
    /// Version of the text that was shown.
    pub version: String,
    /// SHA-256 of that text, hex.
    pub sha256: String,
    /// Language it was shown in.
    pub locale: String,
    /// Where it was asked: `privacy`, `first_picture`, `command_line`, `import`.
    pub surface: String,
    /// Version of the program.
    pub app_version: String,
    /// Whose text it is: a server's host; empty for the program's own.
    pub server: String,
}

/// A decision that was written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct ConsentRecord {
    /// Its id; what is sent under it names it.
    pub id: String,
    /// When, UTC milliseconds.
    pub time_ms: i64,
    /// What.
    #[serde(flatten)]
    pub what: NewConsent,
}

const COLUMNS: &str = "id, time_ms, purpose, granted, version, sha256, locale, surface, app_version, server";

impl Library {
    /// Writes a decision down and returns it once it is on disk. Taking a consent back empties, in the same step, what was counted or waits
    /// to be sent under it.
    ///
    /// # Errors
    /// [`LibraryError::ReadOnly`].
    pub fn record_consent(&self, new: &NewConsent) -> Result<ConsentRecord, LibraryError> {
        let consent = ConsentRecord { id: self.new_id().to_string(), time_ms: self.now(), what: new.clone() };
        self.write(|transaction| append(transaction, &consent))?;
        if !new.granted {
            self.checkpoint()?;
        }
        Ok(consent)
    }

    /// Every decision, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn consents(&self) -> Result<Vec<ConsentRecord>, LibraryError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached(&format!("SELECT {COLUMNS} FROM consents ORDER BY rowid DESC"))?;
            let mut rows = statement.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                // A purpose of a later program is nothing this one can act on.
                found.extend(read(row)?);
            }
            Ok(found)
        })
    }

    /// The consent that holds; `None` when there is none, or it was taken back.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn granted(&self, purpose: Consented) -> Result<Option<ConsentRecord>, LibraryError> {
        self.read(|connection| Ok(newest(connection, purpose, "")?.filter(|consent| consent.what.granted)))
    }

    /// The text of `server` (empty for the program's own) that was accepted last.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn accepted(&self, purpose: Consented, server: &str) -> Result<Option<ConsentRecord>, LibraryError> {
        self.read(
            |connection| Ok(newest(connection, purpose, server)?.filter(|consent| consent.what.granted)),
        )
    }
}

pub(crate) fn newest(
    connection: &Connection,
    purpose: Consented,
    server: &str,
) -> Result<Option<ConsentRecord>, LibraryError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM consents WHERE purpose = ?1 AND server = ?2 ORDER BY rowid DESC LIMIT 1"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    Ok(statement.query_row([purpose.name(), server], read).optional()?.flatten())
}

pub(crate) fn append(connection: &Connection, consent: &ConsentRecord) -> Result<(), LibraryError> {
    let ConsentRecord { id, time_ms, what } = consent;
    let sql = format!("INSERT INTO consents ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
    connection.prepare_cached(&sql)?.execute((
        id,
        time_ms,
        what.purpose.name(),
        what.granted,
        &what.version,
        &what.sha256,
        &what.locale,
        &what.surface,
        &what.app_version,
        &what.server,
    ))?;
    if !what.granted {
        let waiting = "DELETE FROM reports WHERE purpose = ?1 AND sent_ms IS NULL";
        connection.prepare_cached(waiting)?.execute([what.purpose.name()])?;
        if what.purpose == Consented::UsageStatistics {
            connection.execute("DELETE FROM statistics", [])?;
            connection.execute("DELETE FROM settings WHERE key = ?1", [crate::statistics::IDENTITY])?;
        }
    }
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Option<ConsentRecord>> {
    let Some(purpose) = Consented::read(&row.get::<_, String>(2)?) else { return Ok(None) };
    Ok(Some(ConsentRecord {
        id: row.get(0)?,
        time_ms: row.get(1)?,
        what: NewConsent {
            purpose,
            granted: row.get(3)?,
            version: row.get(4)?,
            sha256: row.get(5)?,
            locale: row.get(6)?,
            surface: row.get(7)?,
            app_version: row.get(8)?,
            server: row.get(9)?,
        },
    }))
}
