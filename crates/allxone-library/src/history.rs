//! What this library knows of the history of the service where its owner has an account: whether it may be brought here, how far it was
//! read, and which results were removed here and are to go there as well.
//!
//! How far it was read is written only when everything up to there is kept, and keeping twice keeps once, so a break anywhere costs a
//! repetition and nothing else.

use rusqlite::OptionalExtension;

use crate::item::{signed, unsigned};
use crate::{Library, LibraryError};

/// How the history of a service stands here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HistoryState {
    /// Whether it may be brought here; `None` while the owner was not asked.
    pub allowed: Option<bool>,
    /// Up to which place it was read.
    pub read_to: u64,
    /// When it was last read to its end, UTC milliseconds.
    pub read_ms: Option<i64>,
    /// What came of it so far.
    pub figures: HistoryFigures,
    /// Results removed here that the service still holds.
    pub removals: u64,
}

/// What came of reading a history.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HistoryFigures {
    /// Pictures that were brought.
    pub brought: u64,
    /// Pictures put into the trash because they were erased on another device.
    pub put_away: u64,
    /// Pictures that were not kept: stopped by the check, or not what the service had announced.
    pub refused: u64,
}

/// A result that was removed here for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// The job at the service.
    pub job: String,
    /// Which picture of the job.
    pub index: u8,
}

impl Library {
    /// Notes that the owner of this library has an account at `service`. From now on what was made there and is removed here is
    /// remembered as a [`Removal`].
    ///
    /// # Errors
    /// [`LibraryError::ReadOnly`].
    pub fn follow_history(&self, service: &str) -> Result<(), LibraryError> {
        self.write(|transaction| {
            transaction
                .prepare_cached("INSERT OR IGNORE INTO histories (service) VALUES (?1)")?
                .execute([service])?;
            Ok(())
        })
    }

    /// How the history of `service` stands.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn history(&self, service: &str) -> Result<HistoryState, LibraryError> {
        self.read(|connection| {
            let found = connection
                .prepare_cached(
                    "SELECT allowed, read_to, read_ms, brought, put_away, refused,
                        (SELECT count(*) FROM removals r WHERE r.service = h.service)
                     FROM histories h WHERE service = ?1",
                )?
                .query_row([service], |row| {
                    Ok(HistoryState {
                        allowed: row.get(0)?,
                        read_to: unsigned(row.get(1)?),
                        read_ms: row.get(2)?,
                        figures: HistoryFigures {
                            brought: unsigned(row.get(3)?),
                            put_away: unsigned(row.get(4)?),
                            refused: unsigned(row.get(5)?),
                        },
                        removals: unsigned(row.get(6)?),
                    })
                })
                .optional()?;
            Ok(found.unwrap_or_default())
        })
    }

    /// Writes down whether the history of `service` may be brought here. What was brought stays. Allowed anew, it is read anew from its
    /// beginning, so that what was refused gets another chance.
    ///
    /// # Errors
    /// [`LibraryError::ReadOnly`].
    pub fn allow_history(&self, service: &str, allowed: bool) -> Result<(), LibraryError> {
        self.follow_history(service)?;
        self.write(|transaction| {
            transaction
                .prepare_cached(
                    "UPDATE histories SET allowed = ?2, read_to = iif(?2 > coalesce(allowed, 0), 0, read_to),
                        refused = iif(?2 > coalesce(allowed, 0), 0, refused)
                     WHERE service = ?1",
                )?
                .execute((service, allowed))?;
            Ok(())
        })
    }

    /// Adds to what came of it so far.
    ///
    /// # Errors
    /// [`LibraryError::ReadOnly`].
    pub fn history_came(&self, service: &str, came: HistoryFigures) -> Result<(), LibraryError> {
        self.write(|transaction| {
            transaction
                .prepare_cached(
                    "UPDATE histories SET brought = brought + ?2, put_away = put_away + ?3, refused = refused + ?4
                     WHERE service = ?1",
                )?
                .execute((service, signed(came.brought), signed(came.put_away), signed(came.refused)))?;
            Ok(())
        })
    }

    /// Writes down that everything up to `read_to` was read and kept. `end` says that there is no more at this moment.
    ///
    /// # Errors
    /// [`LibraryError::ReadOnly`].
    pub fn history_read(&self, service: &str, read_to: u64, end: bool) -> Result<(), LibraryError> {
        let now = self.now();
        self.write(|transaction| {
            transaction
                .prepare_cached(
                    "UPDATE histories SET read_to = ?2, read_ms = iif(?3, ?4, read_ms) WHERE service = ?1",
                )?
                .execute((service, signed(read_to), end, now))?;
            Ok(())
        })
    }

    /// Whether a result was removed here for good, and the service does not know yet.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn is_removed(&self, service: &str, job: &str, index: u8) -> Result<bool, LibraryError> {
        self.read(|connection| {
            let sql = "SELECT 1 FROM removals WHERE service = ?1 AND job_id = ?2 AND output_index = ?3";
            Ok(connection.prepare_cached(sql)?.exists((service, job, index))?)
        })
    }

    /// At most `limit` results that were removed here and that `service` is still to erase.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn removals(&self, service: &str, limit: u32) -> Result<Vec<Removal>, LibraryError> {
        self.read(|connection| {
            let sql = "SELECT job_id, output_index FROM removals WHERE service = ?1 ORDER BY rowid LIMIT ?2";
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement
                .query_map((service, limit), |row| Ok(Removal { job: row.get(0)?, index: row.get(1)? }))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Forgets a removal: the service has erased it, too.
    ///
    /// # Errors
    /// [`LibraryError::ReadOnly`].
    pub fn removal_told(&self, service: &str, removal: &Removal) -> Result<(), LibraryError> {
        self.write(|transaction| {
            transaction
                .prepare_cached(
                    "DELETE FROM removals WHERE service = ?1 AND job_id = ?2 AND output_index = ?3",
                )?
                .execute((service, &removal.job, removal.index))?;
            Ok(())
        })
    }

    /// Puts results of a job, or with `None` all of them, into the trash because their owner erased them on another device. Favourites as
    /// well: in the trash they can be taken back. Returns how many were not there before.
    ///
    /// # Errors
    /// [`LibraryError::ReadOnly`].
    pub fn put_away(&self, service: &str, job: &str, indexes: Option<&[u8]>) -> Result<u64, LibraryError> {
        let now = self.now();
        self.write(|transaction| {
            let mut rows = transaction.prepare_cached(
                "SELECT id, output_index, trashed_ms IS NULL FROM items
                     WHERE service = ?1 AND job_id = ?2 AND erased_elsewhere = 0",
            )?;
            let held = rows
                .query_map((service, job), |row| {
                    Ok((row.get::<_, String>(0)?, row.get::<_, u8>(1)?, row.get::<_, bool>(2)?))
                })?
                .collect::<Result<Vec<_>, _>>()?;
            let mut update = transaction.prepare_cached(
                "UPDATE items SET trashed_ms = coalesce(trashed_ms, ?2), erased_elsewhere = 1 WHERE id = ?1",
            )?;
            let mut fresh = 0;
            for (id, index, out) in held {
                if indexes.is_none_or(|indexes| indexes.contains(&index)) {
                    update.execute((&id, now))?;
                    fresh += u64::from(out);
                }
            }
            Ok(fresh)
        })
    }
}
