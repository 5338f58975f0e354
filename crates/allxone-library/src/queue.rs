//! Drafts on their way, so that a crash neither loses nor doubles one.
//!
//! The idempotency key is written before anything is sent and is used for every attempt. An entry
//! found in `sending` after a restart may or may not have arrived: sending it again with the same key
//! is right in both cases. Every change compares the state first, so two who act on one entry cannot
//! both succeed. At the end, whatever it is, draft, receipts and input pictures are emptied at once.

use std::fmt;

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, Row, named_params};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::item::{json, signed, unsigned};
use crate::{Library, LibraryError, QueueId};

/// Where an entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum QueueState {
    /// Written down, not sent.
    Queued,
    /// Being sent; the answer is not known.
    Sending,
    /// Accepted by the service, which named a job.
    Submitted,
    /// Its results are kept.
    Done,
    /// Ended without results.
    Failed,
    /// Stopped by the person.
    Cancelled,
}

impl QueueState {
    pub(crate) const ALL: [Self; 6] =
        [Self::Queued, Self::Sending, Self::Submitted, Self::Done, Self::Failed, Self::Cancelled];

    /// The word in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Submitted => "submitted",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing follows.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }

    /// Whether `next` may follow.
    pub fn leads_to(self, next: Self) -> bool {
        match self {
            Self::Queued => next != Self::Queued,
            // Back to queued: it is certain that nothing was sent.
            Self::Sending => next != Self::Sending,
            Self::Submitted => next.is_final(),
            Self::Done | Self::Failed | Self::Cancelled => false,
        }
    }
}

impl fmt::Display for QueueState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A draft to be queued.
#[derive(Debug, Clone, PartialEq)]
pub struct NewQueued {
    /// The draft; names its input pictures by their SHA-256.
    pub draft: Value,
    /// The key every attempt is sent with.
    pub key: String,
    /// The input pictures, exactly as they will be sent. They are kept sealed until the end.
    pub inputs: Vec<Bytes>,
}

/// An input picture of a queued draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QueuedInput {
    /// SHA-256 of its bytes, hex.
    pub sha256: String,
    /// Size of its bytes.
    pub bytes: u64,
}

/// An entry of the queue.
#[derive(Debug, Clone, PartialEq)]
pub struct Queued {
    /// Its id.
    pub id: QueueId,
    /// When it was written down, UTC milliseconds.
    pub created_ms: i64,
    /// When it last changed, UTC milliseconds.
    pub updated_ms: i64,
    /// Where it stands.
    pub state: QueueState,
    /// The draft; `null` once the entry has ended.
    pub draft: Value,
    /// The key every attempt is sent with.
    pub key: String,
    /// The job at the service.
    pub job: Option<String>,
    /// The receipts it was sent with; empty once the entry has ended.
    pub receipts: Value,
    /// How often sending was begun.
    pub attempts: u32,
    /// Why it failed.
    pub error_code: Option<String>,
    /// Its input pictures; none once the entry has ended.
    pub inputs: Vec<QueuedInput>,
}

const COLUMNS: &str =
    "id, created_ms, updated_ms, state, draft, idempotency_key, job_id, receipts, attempts, error_code";

impl Library {
    /// Writes a draft and its input pictures down. The same key gives the entry made before.
    ///
    /// # Errors
    /// [`LibraryError::ReadOnly`], [`LibraryError::DiskFull`]. Then nothing is queued.
    pub fn enqueue(&self, new: NewQueued) -> Result<QueueId, LibraryError> {
        self.must_write()?;
        let by_key = "SELECT id FROM queue WHERE idempotency_key = ?1";
        let before = |connection: &Connection| -> Result<Option<QueueId>, LibraryError> {
            Ok(connection.prepare_cached(by_key)?.query_row([&new.key], |row| row.get(0)).optional()?)
        };
        if let Some(id) = self.read(before)? {
            return Ok(id);
        }
        let blobs = &self.inner.blobs;
        let mut inputs: Vec<(String, &Bytes, String)> = Vec::new();
        for bytes in &new.inputs {
            let sha256 = hex::encode(Sha256::digest(bytes));
            if inputs.iter().all(|(known, ..)| *known != sha256) {
                inputs.push((sha256, bytes, blobs.put(bytes)?));
            }
        }
        let (id, now) = (QueueId(self.new_id()), self.now());
        let entered = self.write(|transaction| {
            if let Some(id) = before(transaction)? {
                return Ok(id);
            }
            transaction
                .prepare_cached(
                    "INSERT INTO queue (id, created_ms, updated_ms, state, draft, idempotency_key, place)
                     VALUES (?1, ?2, ?2, 'queued', ?3, ?4,
                        (SELECT coalesce(max(place), 0) + 1 FROM queue WHERE state IN ('queued', 'sending', 'submitted')))",
                )?
                .execute((id, now, new.draft.to_string(), &new.key))?;
            for (sha256, bytes, blob) in &inputs {
                transaction
                    .prepare_cached("INSERT INTO inputs (id, queue_id, sha256, bytes, blob) VALUES (?1, ?2, ?3, ?4, ?5)")?
                    .execute((self.new_id().to_string(), id, sha256, signed(bytes.len() as u64), blob))?;
            }
            Ok(id)
        });
        // Of a failed commit it is not certain that it is not on disk; only a full disk or another
        // entry of the same key make the files surely useless.
        if matches!(&entered, Err(LibraryError::DiskFull))
            || entered.as_ref().is_ok_and(|entered| *entered != id)
        {
            for (.., blob) in &inputs {
                let _ = blobs.remove(blob);
            }
        }
        entered
    }

    /// One entry.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn queued(&self, id: QueueId) -> Result<Option<Queued>, LibraryError> {
        self.read(|connection| {
            let sql = format!("SELECT {COLUMNS} FROM queue WHERE id = ?1");
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query([id])?;
            rows.next()?.map(|row| entry(connection, row)).transpose()
        })
    }

    /// Everything that has not ended, in the order it is to be taken: what a restart takes up again. What was sent stands before
    /// what waits.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn open_queue(&self) -> Result<Vec<Queued>, LibraryError> {
        self.read(|connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM queue WHERE state IN ('queued', 'sending', 'submitted')
                 ORDER BY state = 'queued', place, created_ms, id"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query([])?;
            let mut open = Vec::new();
            while let Some(row) = rows.next()? {
                open.push(entry(connection, row)?);
            }
            Ok(open)
        })
    }

    /// Puts waiting drafts into this order, behind which those that are not named follow as they stood. Names of drafts that do not
    /// wait (any more) are passed over, so that an order made a moment too late does no harm.
    ///
    /// # Errors
    /// [`LibraryError::ReadOnly`].
    pub fn order_queue(&self, order: &[QueueId]) -> Result<(), LibraryError> {
        self.write(|transaction| {
            let waiting: Vec<QueueId> = transaction
                .prepare_cached("SELECT id FROM queue WHERE state = 'queued' ORDER BY place, created_ms, id")?
                .query_map([], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            let named = order.iter().filter(|id| waiting.contains(id));
            let rest = waiting.iter().filter(|id| !order.contains(id));
            let mut set = transaction.prepare_cached("UPDATE queue SET place = ?2 WHERE id = ?1")?;
            for (place, id) in (1_i64..).zip(named.chain(rest)) {
                set.execute((id, place))?;
            }
            Ok(())
        })
    }

    /// The bytes of an entry's input picture, verified against their hash.
    ///
    /// # Errors
    /// [`LibraryError::NotFound`] when the entry has no such input or its file is gone;
    /// [`LibraryError::Vault`] when the file is damaged.
    pub fn queued_input(&self, id: QueueId, sha256: &str) -> Result<Bytes, LibraryError> {
        let blob: Option<String> = self.read(|connection| {
            let sql = "SELECT blob FROM inputs WHERE queue_id = ?1 AND sha256 = ?2";
            Ok(connection.prepare_cached(sql)?.query_row((id, sha256), |row| row.get(0)).optional()?)
        })?;
        let bytes = match blob {
            Some(blob) => self.inner.blobs.get(&blob)?.ok_or(LibraryError::NotFound)?,
            None => return Err(LibraryError::NotFound),
        };
        if hex::encode(Sha256::digest(&bytes)) != sha256 {
            return Err(LibraryError::Vault(allxone_vault::VaultError::SealBroken));
        }
        Ok(bytes.into())
    }

    /// Claims an entry for sending: `queued` becomes `sending`, for exactly one caller.
    ///
    /// # Errors
    /// [`LibraryError::StateChanged`], [`LibraryError::NotFound`], [`LibraryError::ReadOnly`].
    pub fn claim(&self, id: QueueId) -> Result<(), LibraryError> {
        self.advance(id, QueueState::Queued, QueueState::Sending)
    }

    /// Changes the state from `from` to `to`, if `from` is what it is and `to` may follow.
    ///
    /// # Errors
    /// [`LibraryError::StateChanged`] with the state it is in; [`LibraryError::NotFound`];
    /// [`LibraryError::ReadOnly`].
    pub fn advance(&self, id: QueueId, from: QueueState, to: QueueState) -> Result<(), LibraryError> {
        self.change(id, |now| now == from && from.leads_to(to), to, None, None, None)
    }

    /// Gives an entry another draft, back in `queued`. Only for one of which it is certain that the service took nothing of it yet; it
    /// keeps its key and its input pictures.
    ///
    /// # Errors
    /// [`LibraryError::StateChanged`] when a job was named or it has ended; [`LibraryError::NotFound`]; [`LibraryError::ReadOnly`].
    pub fn redraft(&self, id: QueueId, draft: &Value) -> Result<(), LibraryError> {
        let now = self.now();
        self.write(|transaction| {
            let is: Option<String> = transaction
                .prepare_cached("SELECT state FROM queue WHERE id = ?1")?
                .query_row([id], |row| row.get(0))
                .optional()?;
            let is = state(&is.ok_or(LibraryError::NotFound)?)?;
            if !matches!(is, QueueState::Queued | QueueState::Sending) {
                return Err(LibraryError::StateChanged(is));
            }
            transaction
                .prepare_cached(
                    "UPDATE queue SET state = 'queued', updated_ms = ?2, draft = ?3 WHERE id = ?1",
                )?
                .execute((id, now, draft.to_string()))?;
            Ok(())
        })
    }

    /// Notes the job the service named, and the receipts the draft was sent with. Noting the same job
    /// again is fine.
    ///
    /// # Errors
    /// [`LibraryError::StateChanged`] when the entry has ended or has another job;
    /// [`LibraryError::NotFound`]; [`LibraryError::ReadOnly`].
    pub fn submitted(&self, id: QueueId, job: &str, receipts: &Value) -> Result<(), LibraryError> {
        let open = |now: QueueState| now.leads_to(QueueState::Submitted);
        match self.change(id, open, QueueState::Submitted, Some(job), Some(receipts), None) {
            Err(LibraryError::StateChanged(QueueState::Submitted))
                if self.queued(id)?.is_some_and(|entry| entry.job.as_deref() == Some(job)) =>
            {
                Ok(())
            }
            other => other,
        }
    }

    /// Ends an entry and removes its draft, receipts and input pictures. Ending it the same way again
    /// is fine.
    ///
    /// # Errors
    /// [`LibraryError::StateChanged`] when it ended in another way; [`LibraryError::BadValue`] when
    /// `state` is no end; [`LibraryError::NotFound`]; [`LibraryError::ReadOnly`].
    pub fn finish(
        &self,
        id: QueueId,
        state: QueueState,
        error_code: Option<&str>,
    ) -> Result<(), LibraryError> {
        if !state.is_final() {
            return Err(LibraryError::BadValue("An end that is none"));
        }
        match self.change(id, |now| now.leads_to(state), state, None, None, error_code) {
            Err(LibraryError::StateChanged(now)) if now == state => Ok(()),
            other => other,
        }
    }

    /// Removes ended entries last changed before `before_ms` (UTC milliseconds). Returns how many.
    ///
    /// # Errors
    /// [`LibraryError::ReadOnly`].
    pub fn clear_queue(&self, before_ms: i64) -> Result<u64, LibraryError> {
        self.write(|transaction| {
            let sql = "DELETE FROM queue WHERE updated_ms < ?1 AND state IN ('done', 'failed', 'cancelled')";
            Ok(transaction.execute(sql, [before_ms])? as u64)
        })
    }

    fn change(
        &self,
        id: QueueId,
        may: impl Fn(QueueState) -> bool,
        to: QueueState,
        job: Option<&str>,
        receipts: Option<&Value>,
        error_code: Option<&str>,
    ) -> Result<(), LibraryError> {
        let now = self.now();
        let unused: Vec<String> = self.write(|transaction| {
            let is: Option<String> = transaction
                .prepare_cached("SELECT state FROM queue WHERE id = ?1")?
                .query_row([id], |row| row.get(0))
                .optional()?;
            let is = state(&is.ok_or(LibraryError::NotFound)?)?;
            if !may(is) {
                return Err(LibraryError::StateChanged(is));
            }
            transaction
                .prepare_cached(
                    "UPDATE queue SET state = :to, updated_ms = :now, job_id = coalesce(:job, job_id),
                        error_code = coalesce(:code, error_code), attempts = attempts + (:to = 'sending'),
                        draft = CASE WHEN :end THEN 'null' ELSE draft END,
                        receipts = CASE WHEN :end THEN '[]' ELSE coalesce(:receipts, receipts) END
                     WHERE id = :id",
                )?
                .execute(named_params! {
                    ":id": id, ":to": to.name(), ":now": now, ":job": job, ":code": error_code,
                    ":end": to.is_final(), ":receipts": receipts.map(Value::to_string),
                })?;
            if !to.is_final() {
                return Ok(Vec::new());
            }
            let mut statement =
                transaction.prepare_cached("DELETE FROM inputs WHERE queue_id = ?1 RETURNING blob")?;
            let blobs = statement.query_map([id], |row| row.get(0))?.collect::<Result<_, _>>()?;
            Ok(blobs)
        })?;
        unused.iter().try_for_each(|blob| self.inner.blobs.remove(blob))
    }
}

fn entry(connection: &Connection, row: &Row<'_>) -> Result<Queued, LibraryError> {
    let id: QueueId = row.get(0)?;
    let inputs = connection
        .prepare_cached("SELECT sha256, bytes FROM inputs WHERE queue_id = ?1 ORDER BY id")?
        .query_map([id], |row| Ok(QueuedInput { sha256: row.get(0)?, bytes: unsigned(row.get(1)?) }))?
        .collect::<Result<_, _>>()?;
    Ok(Queued {
        id,
        created_ms: row.get(1)?,
        updated_ms: row.get(2)?,
        state: state(&row.get::<_, String>(3)?)?,
        draft: json(row.get(4)?)?,
        key: row.get(5)?,
        job: row.get(6)?,
        receipts: json(row.get(7)?)?,
        attempts: row.get(8)?,
        error_code: row.get(9)?,
        inputs,
    })
}

fn state(word: &str) -> Result<QueueState, LibraryError> {
    QueueState::ALL
        .into_iter()
        .find(|state| state.name() == word)
        .ok_or_else(|| LibraryError::Damaged("a value is not what was written".to_owned()))
}
