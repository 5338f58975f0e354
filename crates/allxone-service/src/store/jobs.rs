//! Jobs as their owner sees them: placing, looking up, listing, following, cancelling. Every statement names the account.

use allxone_contract::{
    AccountId, AssetId, IdempotencyKey, InputRole, Job, JobId, JobRequest, JobState, MilliCredits, Receipt,
    Sha256, UtcMillis, Warning,
};
use sqlx::{AnyConnection, Row};

use super::Store;
use super::chain::{About, append, append_text};
use super::credits::{self, Held};
use super::quotes::Price;
use super::rows::{append_event, assemble, count, flag, hold_state, job_columns, name, named, read, to_json};
use super::seal::Seal;
use crate::{ServiceError, halt};

/// A job about to be placed. Its content has passed the check.
pub(crate) struct NewJob<'a> {
    pub(crate) id: JobId,
    pub(crate) request: &'a JobRequest,
    /// The exact body, and its hash.
    pub(crate) body: &'a [u8],
    pub(crate) body_sha256: Sha256,
    pub(crate) key: &'a IdempotencyKey,
    /// Whether the sender says a person confirmed a `review`.
    pub(crate) confirmed: bool,
    pub(crate) receipt: &'a Receipt,
    pub(crate) sender_receipt: Option<&'a Receipt>,
    pub(crate) warnings: &'a [Warning],
    pub(crate) inputs: &'a [(AssetId, InputRole)],
    pub(crate) hold: &'a Hold,
    pub(crate) now: UtcMillis,
}

/// What is held for a job from the moment it is placed. Every job has a hold; on this computer it is unmetered.
pub(crate) struct Hold {
    /// Whether credits are counted; else it only says what is asked for.
    pub(crate) metered: bool,
    pub(crate) held: MilliCredits,
    /// What the job costs is found by this at its end, whatever prices are then.
    pub(crate) price: Price,
}

/// How placing a job went.
pub(crate) enum Placed {
    /// It is queued.
    Queued,
    /// The key was used before, for the same body: that job.
    Same(JobId),
    /// The key was used before, for another body.
    KeyReused,
    /// The queue is full.
    QueueFull,
    /// An input was erased in the meantime.
    InputGone,
    /// The account wants to spend no more this month.
    Capped {
        /// What it would still spend.
        left: MilliCredits,
    },
    /// There are not as many credits.
    Insufficient {
        /// What there is.
        available: MilliCredits,
    },
}

/// A stored event, before it is told to a follower.
pub(crate) struct StoredEvent {
    pub(crate) sequence: u64,
    pub(crate) kind: String,
    pub(crate) output: Option<u8>,
}

/// A decision of the safety check: never what it was about.
pub(crate) struct Decision<'a> {
    /// `request`, `input` or `output`.
    pub(crate) stage: &'a str,
    /// Section of the Acceptable Use Policy.
    pub(crate) section: &'a str,
    pub(crate) policy: &'a str,
    pub(crate) models: &'a [(String, String)],
    pub(crate) finding: &'a allxone_contract::Finding,
    pub(crate) now: UtcMillis,
}

impl Store {
    /// How often the safety check stopped something of an account since then.
    pub(crate) async fn strikes(&self, account: &AccountId, since: UtcMillis) -> Result<i64, ServiceError> {
        let row = sqlx::query(
            "SELECT COUNT(*) FROM decisions WHERE account_id = $1 AND time >= $2 AND verdict = 'block'",
        )
        .bind(account.as_str())
        .bind(since.0)
        .fetch_one(&self.readers)
        .await?;
        Ok(row.try_get(0)?)
    }

    /// What `key` was used for, if it was.
    pub(crate) async fn keyed(
        &self,
        account: &AccountId,
        key: &IdempotencyKey,
    ) -> Result<Option<(Sha256, JobId)>, ServiceError> {
        let mut connection = self.readers.acquire().await?;
        keyed(&mut connection, account, key).await
    }

    /// The newest job of exactly this request since then.
    pub(crate) async fn newest_of(
        &self,
        account: &AccountId,
        request: Sha256,
        since: UtcMillis,
    ) -> Result<Option<JobId>, ServiceError> {
        let row = sqlx::query(
            "SELECT id FROM jobs WHERE account_id = $1 AND request_sha256 = $2 AND created >= $3 ORDER BY id DESC LIMIT 1",
        )
        .bind(account.as_str())
        .bind(request.to_string())
        .bind(since.0)
        .fetch_optional(&self.readers)
        .await?;
        row.map(|row| named(row.try_get(0)?, "id")).transpose()
    }

    /// Places a job: key, job, inputs and hold in one transaction, or none of them.
    pub(crate) async fn place(
        &self,
        account: &AccountId,
        job: NewJob<'_>,
        queue: u32,
    ) -> Result<Placed, ServiceError> {
        let mut tx = self.begin_shared().await?;
        let placed = self.place_in(&mut tx, account, job, queue).await?;
        match &placed {
            Placed::Queued => {
                halt::here("placing");
                tx.commit().await?;
            }
            _ => tx.rollback().await?,
        }
        Ok(placed)
    }

    async fn place_in(
        &self,
        tx: &mut AnyConnection,
        account: &AccountId,
        job: NewJob<'_>,
        queue: u32,
    ) -> Result<Placed, ServiceError> {
        let key = sqlx::query(
            "INSERT INTO idempotency (account_id, idempotency_key, body_sha256, job_id, created) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT DO NOTHING",
        )
        .bind(account.as_str())
        .bind(job.key.as_str())
        .bind(job.body_sha256.to_string())
        .bind(job.id.to_string())
        .bind(job.now.0)
        .execute(&mut *tx)
        .await?;
        if key.rows_affected() == 0 {
            let before = keyed(tx, account, job.key).await?;
            let Some((body, id)) = before else { return Err(ServiceError::Record("idempotency")) };
            return Ok(if body == job.body_sha256 { Placed::Same(id) } else { Placed::KeyReused });
        }
        let waiting: i64 = sqlx::query("SELECT COUNT(*) FROM jobs WHERE state = $1")
            .bind(name(&JobState::Queued)?)
            .fetch_one(&mut *tx)
            .await?
            .try_get(0)?;
        if waiting >= i64::from(queue) {
            return Ok(Placed::QueueFull);
        }
        for (position, (asset, role)) in job.inputs.iter().enumerate() {
            let linked = sqlx::query(
                "INSERT INTO job_inputs (job_id, position, asset_id, role)
                 SELECT $1, $2, id, $3 FROM assets WHERE id = $4 AND account_id = $5 AND erased = 0",
            )
            .bind(job.id.to_string())
            .bind(i64::try_from(position).unwrap_or(i64::MAX))
            .bind(name(role)?)
            .bind(asset.to_string())
            .bind(account.as_str())
            .execute(&mut *tx)
            .await?;
            if linked.rows_affected() != 1 {
                return Ok(Placed::InputGone);
            }
        }
        insert(&self.seal, tx, account, &job).await?;
        if job.hold.metered {
            let held = credits::hold(tx, account, job.id, job.hold.held, job.now).await?;
            match held {
                Held::Yes => {}
                Held::Insufficient { available } => return Ok(Placed::Insufficient { available }),
                Held::Capped { left } => return Ok(Placed::Capped { left }),
            }
        }
        append(tx, About::Job, &job.id.to_string(), job.receipt, job.sender_receipt, job.now).await?;
        Ok(Placed::Queued)
    }

    /// One job.
    pub(crate) async fn job(&self, account: &AccountId, id: JobId) -> Result<Option<Job>, ServiceError> {
        let mut tx = self.look().await?;
        job(&self.seal, &mut tx, account, id).await
    }

    /// At most `limit` jobs, newest first, older than `before`.
    pub(crate) async fn jobs(
        &self,
        account: &AccountId,
        before: Option<JobId>,
        limit: u32,
    ) -> Result<Vec<Job>, ServiceError> {
        let mut tx = self.look().await?;
        // Every id sorts before this: none begins with a letter.
        let before = before.map_or_else(|| "z".to_owned(), |id| id.to_string());
        let rows = sqlx::query(concat!(
            "SELECT ",
            job_columns!(),
            " FROM jobs WHERE account_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3"
        ))
        .bind(account.as_str())
        .bind(before)
        .bind(i64::from(limit))
        .fetch_all(&mut *tx)
        .await?;
        assemble(&self.seal, &mut tx, account, &rows).await
    }

    /// The job and its stored events after `after`, both as of one moment. Without `after`, the latest event's number counts as read.
    pub(crate) async fn events(
        &self,
        account: &AccountId,
        id: JobId,
        after: u64,
    ) -> Result<Option<(Job, Vec<StoredEvent>)>, ServiceError> {
        let mut tx = self.look().await?;
        let Some(job) = job(&self.seal, &mut tx, account, id).await? else { return Ok(None) };
        let rows = sqlx::query(
            "SELECT sequence, kind, output_position FROM job_events WHERE job_id = $1 AND sequence > $2 ORDER BY sequence",
        )
        .bind(id.to_string())
        .bind(i64::try_from(after).unwrap_or(i64::MAX))
        .fetch_all(&mut *tx)
        .await?;
        let events = rows
            .iter()
            .map(|row| {
                let output: Option<i64> = row.try_get("output_position")?;
                let output = output.and_then(|position| u8::try_from(position).ok());
                Ok(StoredEvent { sequence: count(row, "sequence")?, kind: row.try_get("kind")?, output })
            })
            .collect::<Result<_, ServiceError>>()?;
        Ok(Some((job, events)))
    }

    /// Asks a job to stop: one that waits is cancelled at once, one that is worked on is marked, one that ended stays as it is. With
    /// `erase`, it is erased when it has ended. `None` when there is no such job.
    pub(crate) async fn cancel(
        &self,
        account: &AccountId,
        id: JobId,
        erase: bool,
        now: UtcMillis,
    ) -> Result<Option<JobState>, ServiceError> {
        let mut tx = self.begin().await?;
        let row = sqlx::query(
            "UPDATE jobs SET version = version WHERE account_id = $1 AND id = $2
             RETURNING state, version, cancel_requested, erase_requested",
        )
        .bind(account.as_str())
        .bind(id.to_string())
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let (state, version): (JobState, i64) = (read(&row, "state")?, row.try_get("version")?);
        let (cancelled, erasing) = (flag(&row, "cancel_requested")?, flag(&row, "erase_requested")?);
        if state.is_final() || (cancelled && (erasing || !erase)) {
            return Ok(Some(state));
        }
        let next = if state == JobState::Queued { JobState::Canceled } else { JobState::Canceling };
        let set = sqlx::query(
            "UPDATE jobs SET state = $1, version = version + 1, cancel_requested = 1, erase_requested = $2, updated = $3
             WHERE id = $4 AND state = $5 AND version = $6",
        )
        .bind(name(&next)?)
        .bind(i64::from(erase || erasing))
        .bind(now.0)
        .bind(id.to_string())
        .bind(name(&state)?)
        .bind(version)
        .execute(&mut *tx)
        .await?;
        if set.rows_affected() != 1 {
            return Err(ServiceError::Record("version"));
        }
        if next.is_final() {
            // One that was given back may have a name at its partner.
            sqlx::query("UPDATE jobs SET partner_ref = NULL WHERE id = $1")
                .bind(id.to_string())
                .execute(&mut *tx)
                .await?;
            close(&mut tx, id, next, now).await?;
        }
        tx.commit().await?;
        Ok(Some(next))
    }

    /// Keeps what the check decided, without what it was about.
    pub(crate) async fn note_decision(
        &self,
        account: &AccountId,
        decision: Decision<'_>,
    ) -> Result<(), ServiceError> {
        let category = match decision.finding.reasons.first() {
            Some(reason) => name(&reason.category)?,
            None => "none".to_owned(),
        };
        let (id, verdict, models) =
            (JobId::new().to_string(), name(&decision.finding.verdict)?, to_json(&decision.models)?);
        let Decision { stage, section, policy, .. } = decision;
        let mut tx = self.begin().await?;
        sqlx::query(
            "INSERT INTO decisions (id, account_id, time, stage, verdict, category, section, policy, models)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(id.as_str())
        .bind(account.as_str())
        .bind(decision.now.0)
        .bind(stage)
        .bind(verdict.as_str())
        .bind(category.as_str())
        .bind(section)
        .bind(policy)
        .bind(models.as_str())
        .execute(&mut *tx)
        .await?;
        let line = [stage, &verdict, &category, section, policy, &models].join("|");
        append_text(&mut tx, About::Decision, &id, &line, None, decision.now).await?;
        tx.commit().await?;
        Ok(())
    }
}

async fn insert(
    seal: &Seal,
    tx: &mut AnyConnection,
    account: &AccountId,
    job: &NewJob<'_>,
) -> Result<(), ServiceError> {
    sqlx::query(
        "INSERT INTO jobs (id, account_id, state, version, operation, model, request, request_sha256, receipt, sender_receipt, confirmed,
            warnings, progress_step, progress_steps, cancel_requested, erase_requested, erased, attempt, created, updated)
         VALUES ($1, $2, $3, 1, $4, $5, $6, $7, $8, $9, $10, $11, 0, 0, 0, 0, 0, 0, $12, $13)",
    )
    .bind(job.id.to_string())
    .bind(account.as_str())
    .bind(name(&JobState::Queued)?)
    .bind(name(&job.request.operation)?)
    .bind(job.request.model.as_str())
    .bind(seal.bytes(job.body)?)
    .bind(job.body_sha256.to_string())
    .bind(to_json(job.receipt)?)
    .bind(job.sender_receipt.map(to_json).transpose()?)
    .bind(i64::from(job.confirmed))
    .bind(seal.text(&to_json(&job.warnings)?)?)
    .bind(job.now.0)
    .bind(job.now.0)
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "INSERT INTO holds (job_id, account_id, metered, held, settled, state, price, quote_id, created)
         VALUES ($1, $2, $3, $4, 0, $5, $6, $7, $8)",
    )
    .bind(job.id.to_string())
    .bind(account.as_str())
    .bind(i64::from(job.hold.metered))
    .bind(job.hold.held.0)
    .bind(hold_state(JobState::Queued))
    .bind(to_json(&job.hold.price)?)
    .bind(job.request.quote.map(|quote| quote.to_string()))
    .bind(job.now.0)
    .execute(&mut *tx)
    .await?;
    Ok(())
}

/// Closes the hold of a job that ended and says so in its sequence. Part of the transaction that ends it.
pub(super) async fn close(
    tx: &mut AnyConnection,
    id: JobId,
    state: JobState,
    now: UtcMillis,
) -> Result<(), ServiceError> {
    credits::resolve(tx, id, state, now).await?;
    append_event(tx, id, "ended", None, now).await
}

async fn job(
    seal: &Seal,
    connection: &mut AnyConnection,
    account: &AccountId,
    id: JobId,
) -> Result<Option<Job>, ServiceError> {
    let row = sqlx::query(concat!("SELECT ", job_columns!(), " FROM jobs WHERE account_id = $1 AND id = $2"))
        .bind(account.as_str())
        .bind(id.to_string())
        .fetch_optional(&mut *connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(assemble(seal, connection, account, &[row]).await?.pop())
}

async fn keyed(
    connection: &mut AnyConnection,
    account: &AccountId,
    key: &IdempotencyKey,
) -> Result<Option<(Sha256, JobId)>, ServiceError> {
    let row = sqlx::query(
        "SELECT body_sha256, job_id FROM idempotency WHERE account_id = $1 AND idempotency_key = $2",
    )
    .bind(account.as_str())
    .bind(key.as_str())
    .fetch_optional(connection)
    .await?;
    row.map(|row| Ok((named(row.try_get(0)?, "body_sha256")?, named(row.try_get(1)?, "job_id")?))).transpose()
}
