//! The ledger of connections: every request that left this computer, in rows that hold no content.
//!
//! A row is on disk before the first byte is sent; it is completed when the answer has ended. A row
//! that was never completed tells of a request whose end nobody saw.

use rusqlite::{Row, named_params};
use serde::{Deserialize, Serialize};

use crate::item::{json, signed, unsigned};
use crate::{Library, LibraryError};

/// A request about to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct NewEgress {
    /// When, UTC milliseconds.
    pub started_ms: i64,
    /// To whom: host and port.
    pub host: String,
    /// Why, in a word of a closed list.
    pub purpose: String,
    /// The HTTP method.
    pub method: String,
    /// The kind of resource, with placeholders in place of ids.
    pub resource: String,
    /// Names of the fields in the body; never their values.
    pub fields: Vec<String>,
    /// Names of the headers beyond the usual ones.
    pub headers: Vec<String>,
    /// Size of the body in bytes.
    pub bytes_out: u64,
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct EgressEnd {
    /// When, UTC milliseconds.
    pub ended_ms: i64,
    /// HTTP status of the answer, if one came.
    pub status: Option<u16>,
    /// Bytes of the answer's body that arrived.
    pub bytes_in: u64,
    /// Code of the error that ended it.
    pub error: Option<String>,
    /// Whether it is certain that nothing reached the host.
    pub never_sent: bool,
}

/// A row of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct EgressEntry {
    /// Rises with every request.
    pub id: i64,
    /// What was sent.
    #[serde(flatten)]
    pub sent: NewEgress,
    /// How it ended; `None` while it runs, or when nobody saw the end.
    pub end: Option<EgressEnd>,
}

/// Which rows to look at. The default is all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(default)]
pub struct EgressFilter {
    /// From this time on, UTC milliseconds.
    pub from_ms: Option<i64>,
    /// Before this time, UTC milliseconds.
    pub to_ms: Option<i64>,
    /// Only to this host.
    pub host: Option<String>,
    /// Only for this purpose.
    pub purpose: Option<String>,
    /// Only rows older than this id: where the last page ended.
    pub before: Option<i64>,
}

/// What went to one host on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct EgressTotal {
    /// The day in UTC, `2026-01-31`.
    pub day: String,
    /// The host.
    pub host: String,
    /// How many requests.
    pub requests: u64,
    /// Bytes sent.
    pub bytes_out: u64,
    /// Bytes received.
    pub bytes_in: u64,
}

const FITS: &str = "(:from IS NULL OR started_ms >= :from) AND (:to IS NULL OR started_ms < :to)
    AND (:host IS NULL OR host = :host) AND (:purpose IS NULL OR purpose = :purpose) AND (:before IS NULL OR id < :before)";

impl Library {
    /// Writes a row and returns its id when it is on disk. When this fails, nothing may be sent.
    ///
    /// # Errors
    /// [`LibraryError::ReadOnly`], [`LibraryError::DiskFull`].
    pub fn egress_append(&self, row: &NewEgress) -> Result<i64, LibraryError> {
        let names = |list: &[String]| {
            serde_json::to_string(list).map_err(|_| LibraryError::BadValue("A list of names"))
        };
        let (fields, headers) = (names(&row.fields)?, names(&row.headers)?);
        self.write(|transaction| {
            transaction
                .prepare_cached(
                    "INSERT INTO egress (started_ms, host, purpose, method, resource, fields, headers, bytes_out)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                )?
                .execute((
                    row.started_ms,
                    &row.host,
                    &row.purpose,
                    &row.method,
                    &row.resource,
                    fields,
                    headers,
                    signed(row.bytes_out),
                ))?;
            Ok(transaction.last_insert_rowid())
        })
    }

    /// Completes a row. A row that is complete stays as it is.
    ///
    /// # Errors
    /// [`LibraryError::ReadOnly`].
    pub fn egress_close(&self, id: i64, end: &EgressEnd) -> Result<(), LibraryError> {
        self.write(|transaction| {
            transaction
                .prepare_cached(
                    "UPDATE egress SET ended_ms = ?2, status = ?3, bytes_in = ?4, error = ?5, never_sent = ?6
                     WHERE id = ?1 AND ended_ms IS NULL",
                )?
                .execute((id, end.ended_ms, end.status, signed(end.bytes_in), &end.error, end.never_sent))?;
            Ok(())
        })
    }

    /// Rows, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn egress_list(&self, filter: &EgressFilter, limit: u32) -> Result<Vec<EgressEntry>, LibraryError> {
        let sql = format!(
            "SELECT id, started_ms, host, purpose, method, resource, fields, headers, bytes_out, ended_ms, status, bytes_in, error,
                never_sent FROM egress WHERE {FITS} ORDER BY id DESC LIMIT :limit"
        );
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query(named_params! {
                ":from": filter.from_ms, ":to": filter.to_ms, ":host": filter.host, ":purpose": filter.purpose,
                ":before": filter.before, ":limit": limit,
            })?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(entry(row)?);
            }
            Ok(found)
        })
    }

    /// Sums by day and host, newest day first. `before` of the filter is not looked at.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn egress_totals(&self, filter: &EgressFilter) -> Result<Vec<EgressTotal>, LibraryError> {
        let sql = format!(
            "SELECT date(started_ms / 1000, 'unixepoch') AS day, host, count(*), sum(bytes_out), coalesce(sum(bytes_in), 0)
             FROM egress WHERE {FITS} GROUP BY day, host ORDER BY day DESC, host"
        );
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let found = statement
                .query_map(
                    named_params! {
                        ":from": filter.from_ms, ":to": filter.to_ms, ":host": filter.host, ":purpose": filter.purpose,
                        ":before": None::<i64>,
                    },
                    |row| {
                        Ok(EgressTotal {
                            day: row.get(0)?,
                            host: row.get(1)?,
                            requests: unsigned(row.get(2)?),
                            bytes_out: unsigned(row.get(3)?),
                            bytes_in: unsigned(row.get(4)?),
                        })
                    },
                )?
                .collect::<Result<_, _>>()?;
            Ok(found)
        })
    }

    /// Removes rows of before `before_ms` (UTC milliseconds). Returns how many.
    ///
    /// # Errors
    /// [`LibraryError::ReadOnly`].
    pub fn clear_egress(&self, before_ms: i64) -> Result<u64, LibraryError> {
        self.write(|transaction| {
            Ok(transaction.execute("DELETE FROM egress WHERE started_ms < ?1", [before_ms])? as u64)
        })
    }
}

fn entry(row: &Row<'_>) -> Result<EgressEntry, LibraryError> {
    let names = |at: usize| -> Result<Vec<String>, LibraryError> {
        serde_json::from_value(json(row.get(at)?)?)
            .map_err(|_| LibraryError::Damaged("a value is not what was written".to_owned()))
    };
    let end = match row.get::<_, Option<i64>>(9)? {
        Some(ended_ms) => Some(EgressEnd {
            ended_ms,
            status: row.get(10)?,
            bytes_in: unsigned(row.get(11)?),
            error: row.get(12)?,
            never_sent: row.get(13)?,
        }),
        None => None,
    };
    Ok(EgressEntry {
        id: row.get(0)?,
        sent: NewEgress {
            started_ms: row.get(1)?,
            host: row.get(2)?,
            purpose: row.get(3)?,
            method: row.get(4)?,
            resource: row.get(5)?,
            fields: names(6)?,
            headers: names(7)?,
            bytes_out: unsigned(row.get(8)?),
        },
        end,
    })
}
