//! Jobs as the one who works on them sees them: taking, keeping, ending, giving back, and picking up what a dead service left.
//!
//! A job is worked on by whoever holds its lease. Every step compares state and version first, and the end of a job is one transaction
//! with its results, so a job ends once, whoever else believes to hold it.

use allxone_contract::{
    AccountId, Asset, AssetId, BlockedOutput, GateVersions, InputRole, JobId, JobState, Problem, ProblemCode,
    Progress, Receipt, Seed, Source, UtcMillis, Warning,
};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::assets::{NewAsset, insert_asset};
use super::chain::{About, append};
use super::jobs::close;
use super::rows::{append_event, count, flag, from_json, name, read, to_json};
use super::seal::Seal;
use super::{Store, history};
use crate::lanes::Among;
use crate::partner::PartnerRef;
use crate::{ServiceError, halt};

/// A job that is ours to work on.
pub(crate) struct Leased {
    pub(crate) id: JobId,
    pub(crate) account: AccountId,
    /// When it was placed.
    pub(crate) created: UtcMillis,
    pub(crate) request: Vec<u8>,
    pub(crate) confirmed: bool,
    /// By what the request was judged when it came in.
    pub(crate) judged_by: Option<GateVersions>,
    pub(crate) attempt: u32,
    pub(crate) inputs: Vec<(AssetId, InputRole)>,
    /// What the partner calls it, where an earlier run handed it over.
    pub(crate) taken: Option<PartnerRef>,
}

/// A result to be recorded with the end of its job. Its file is on disk already.
pub(crate) struct NewOutput {
    pub(crate) index: u8,
    pub(crate) asset: NewAsset,
    pub(crate) seed: Option<Seed>,
    pub(crate) source: Source,
    pub(crate) report: Option<serde_json::Value>,
    pub(crate) receipt: Receipt,
}

/// How a job ends.
pub(crate) struct Ending {
    pub(crate) state: JobState,
    pub(crate) outputs: Vec<NewOutput>,
    pub(crate) blocked: Vec<BlockedOutput>,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) error: Option<Problem>,
    pub(crate) progress: Progress,
}

impl Ending {
    /// An end without a result.
    pub(crate) fn without_result(state: JobState, error: Option<Problem>) -> Self {
        Self {
            state,
            outputs: Vec::new(),
            blocked: Vec::new(),
            warnings: Vec::new(),
            error,
            progress: Progress::default(),
        }
    }
}

/// What a sign of life found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// The job is ours for another while.
    Ours,
    /// It is, and its owner wants it stopped.
    AskedToStop,
    /// Somebody else took it, because no sign came in time.
    Lost,
}

/// What became of an ending.
pub(crate) enum Finished {
    /// Recorded, in this state; `erase` when the owner asked for erasure meanwhile.
    Recorded { state: JobState, erase: bool },
    /// The job is no longer ours; nothing was recorded.
    Lost,
}

/// What a service does with jobs a dead one left unfinished.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rerun {
    /// Nothing outside knows of them, so they are begun again.
    Safe,
    /// A partner may have carried out those that were handed over, so they are not.
    Unsafe,
}

/// Jobs that were picked up.
#[derive(Default)]
pub(crate) struct Recovered {
    /// Back in the queue.
    pub(crate) requeued: u32,
    /// Ended, with their owners and whether they are to be erased.
    pub(crate) ended: Vec<(AccountId, JobId, bool)>,
}

impl Store {
    /// Takes the oldest waiting jobs among `jobs`, at most `most`, until `until`, and says whether more wait.
    pub(crate) async fn lease(
        &self,
        owner: &str,
        jobs: &Among,
        most: usize,
        until: UtcMillis,
        now: UtcMillis,
    ) -> Result<(Vec<Leased>, bool), ServiceError> {
        let (these, models) = match jobs {
            Among::These(models) => (1_i64, models),
            Among::AllBut(models) => (0, models),
        };
        let models: String = models.iter().map(|model| format!("|{model}|")).collect();
        let mut tx = self.begin_shared().await?;
        let (taken, more) = loop {
            let rows = sqlx::query(
                "SELECT id, account_id, version, request, receipt, confirmed, attempt, created, partner_ref FROM jobs
                 WHERE state = $1 AND CASE WHEN REPLACE($2, '|' || model || '|', '') <> $3 THEN 1 ELSE 0 END = $4 ORDER BY id LIMIT $5",
            )
            .bind(name(&JobState::Queued)?)
            .bind(models.as_str())
            .bind(models.as_str())
            .bind(these)
            .bind(i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1))
            .fetch_all(&mut *tx)
            .await?;
            if rows.is_empty() {
                return Ok((Vec::new(), false));
            }
            let mut taken = Vec::new();
            for row in rows.iter().take(most) {
                if take(&mut tx, row, owner, until, now).await? {
                    taken.push(self.leased(row)?);
                }
            }
            if !taken.is_empty() {
                break (taken, rows.len() > most);
            }
            // Another service was faster; there may be more.
        };
        let taken = with_inputs(&mut tx, taken).await?;
        halt::here("taking");
        tx.commit().await?;
        Ok((taken, more))
    }

    /// A waiting job as its worker gets it, but for its inputs.
    fn leased(&self, row: &AnyRow) -> Result<Leased, ServiceError> {
        let receipt: Option<String> = row.try_get("receipt")?;
        Ok(Leased {
            id: read(row, "id")?,
            account: read(row, "account_id")?,
            created: UtcMillis(row.try_get("created")?),
            // One that is missing fails its job, not the queue.
            request: self
                .seal
                .open_bytes(row.try_get::<Option<Vec<u8>>, _>("request")?.unwrap_or_default())?,
            confirmed: flag(row, "confirmed")?,
            judged_by: receipt
                .and_then(|text| serde_json::from_str::<Receipt>(&text).ok())
                .map(|receipt| receipt.versions),
            attempt: count::<u32>(row, "attempt")?.saturating_add(1),
            inputs: Vec::new(),
            taken: taken(&self.seal, row)?,
        })
    }

    /// Keeps what the partner calls a job of ours. `false` when it is no longer ours.
    pub(crate) async fn accepted(
        &self,
        id: JobId,
        owner: &str,
        reference: &PartnerRef,
    ) -> Result<bool, ServiceError> {
        let kept = sqlx::query("UPDATE jobs SET partner_ref = $1 WHERE id = $2 AND lease_owner = $3")
            .bind(self.seal.text(reference.as_str())?)
            .bind(id.to_string())
            .bind(owner);
        Ok(self.execute(kept).await?.rows_affected() == 1)
    }

    /// Moves a job of ours from `from` to `to`. `false` when it was cancelled meanwhile or is no longer ours.
    pub(crate) async fn advance(
        &self,
        id: JobId,
        owner: &str,
        from: JobState,
        to: JobState,
        now: UtcMillis,
    ) -> Result<bool, ServiceError> {
        let moved = sqlx::query(
            "UPDATE jobs SET state = $1, version = version + 1, updated = $2 WHERE id = $3 AND state = $4 AND lease_owner = $5",
        )
        .bind(name(&to)?)
        .bind(now.0)
        .bind(id.to_string())
        .bind(name(&from)?)
        .bind(owner);
        let moved = self.execute(moved).await?;
        Ok(moved.rows_affected() == 1)
    }

    /// Keeps a job of ours until `until`, and says how far it is to those who follow it elsewhere.
    pub(crate) async fn renew(
        &self,
        id: JobId,
        owner: &str,
        until: UtcMillis,
        progress: Progress,
    ) -> Result<Kept, ServiceError> {
        let mut tx = self.begin_shared().await?;
        let row = sqlx::query(
            "UPDATE jobs SET lease_until = $1, progress_step = $2, progress_steps = $3
             WHERE id = $4 AND lease_owner = $5 AND state IN ($6, $7, $8, $9) RETURNING cancel_requested",
        )
        .bind(until.0)
        .bind(i64::from(progress.step))
        .bind(i64::from(progress.steps))
        .bind(id.to_string())
        .bind(owner)
        .bind(name(&JobState::Submitting)?)
        .bind(name(&JobState::Running)?)
        .bind(name(&JobState::Storing)?)
        .bind(name(&JobState::Canceling)?)
        .fetch_optional(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(match row {
            Some(row) if flag(&row, "cancel_requested")? => Kept::AskedToStop,
            Some(_) => Kept::Ours,
            None => Kept::Lost,
        })
    }

    /// Records a result of a job of ours before the job ends, so that whoever follows it gets it now. `false` when the job was asked
    /// to stop, or is no longer ours; the result then goes with the job's end.
    pub(crate) async fn add_output(
        &self,
        id: JobId,
        owner: &str,
        output: &NewOutput,
        now: UtcMillis,
    ) -> Result<bool, ServiceError> {
        let mut tx = self.begin().await?;
        let row = sqlx::query(
            "UPDATE jobs SET version = version WHERE id = $1 AND lease_owner = $2 AND state = $3 AND cancel_requested = 0
             RETURNING account_id",
        )
        .bind(id.to_string())
        .bind(owner)
        .bind(name(&JobState::Running)?)
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else { return Ok(false) };
        insert_output(&self.seal, &mut tx, &read(&row, "account_id")?, id, output).await?;
        append_event(&mut tx, id, "output", Some(output.index), now).await?;
        append_receipt(&mut tx, output).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Ends a job of ours: state, results, hold and events in one transaction. A job whose owner asked to stop it ends as cancelled.
    pub(crate) async fn finish(
        &self,
        id: JobId,
        owner: &str,
        ending: Ending,
        now: UtcMillis,
    ) -> Result<Finished, ServiceError> {
        let mut tx = self.begin_shared().await?;
        let row = sqlx::query(
            "UPDATE jobs SET version = version WHERE id = $1 AND lease_owner = $2
             RETURNING state, version, account_id, cancel_requested, erase_requested, warnings",
        )
        .bind(id.to_string())
        .bind(owner)
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else {
            tx.rollback().await?;
            return Ok(Finished::Lost);
        };
        let before: JobState = read(&row, "state")?;
        if before.is_final() || before == JobState::Queued {
            tx.rollback().await?;
            return Ok(Finished::Lost);
        }
        let account: AccountId = read(&row, "account_id")?;
        let ending = match flag(&row, "cancel_requested")? && ending.state != JobState::OutcomeUnknown {
            true => Ending { progress: ending.progress, ..Ending::without_result(JobState::Canceled, None) },
            false => ending,
        };
        let told = match ending.state {
            JobState::Succeeded => recorded_outputs(&mut tx, id).await?,
            _ => {
                drop_outputs(&mut tx, id).await?;
                Vec::new()
            }
        };
        let new = || ending.outputs.iter().filter(|output| !told.contains(&output.index));
        for output in new() {
            insert_output(&self.seal, &mut tx, &account, id, output).await?;
            append_event(&mut tx, id, "output", Some(output.index), now).await?;
        }
        end(&self.seal, &mut tx, id, &row, &ending, now).await?;
        if ending.state == JobState::Succeeded {
            history::note(&mut tx, &account, id).await?;
        }
        for output in new() {
            append_receipt(&mut tx, output).await?;
        }
        halt::here("ending");
        tx.commit().await?;
        Ok(Finished::Recorded { state: ending.state, erase: flag(&row, "erase_requested")? })
    }

    /// Puts a job of ours back into the queue, as if it had never been begun.
    pub(crate) async fn give_back(
        &self,
        id: JobId,
        owner: &str,
        now: UtcMillis,
    ) -> Result<bool, ServiceError> {
        let mut tx = self.begin().await?;
        let back = sqlx::query(
            "UPDATE jobs SET state = $1, version = version + 1, lease_owner = NULL, lease_until = NULL, progress_step = 0, progress_steps = 0,
                attempt = attempt - 1, updated = $2
             WHERE id = $3 AND lease_owner = $4 AND cancel_requested = 0 AND state IN ($5, $6, $7)",
        )
        .bind(name(&JobState::Queued)?)
        .bind(now.0)
        .bind(id.to_string())
        .bind(owner)
        .bind(name(&JobState::Submitting)?)
        .bind(name(&JobState::Running)?)
        .bind(name(&JobState::Storing)?)
        .execute(&mut *tx)
        .await?;
        let back = back.rows_affected() == 1;
        if back {
            drop_outputs(&mut tx, id).await?;
        }
        tx.commit().await?;
        Ok(back)
    }

    /// Picks up jobs whose service died: all when this service alone holds the folder and has begun none (`everyone`), else those whose
    /// lease ran out and that are not `at_work` here, where only the sign of life could not be given.
    pub(crate) async fn recover(
        &self,
        everyone: bool,
        at_work: impl Fn(JobId) -> bool,
        attempts: u32,
        rerun: impl Fn(&str) -> Rerun,
        now: UtcMillis,
    ) -> Result<Recovered, ServiceError> {
        let mut tx = self.begin().await?;
        let rows = sqlx::query(
            "UPDATE jobs SET version = version WHERE state IN ($1, $2, $3, $4) AND lease_until < $5
             RETURNING id, account_id, state, version, model, attempt, cancel_requested, erase_requested, warnings, partner_ref",
        )
        .bind(name(&JobState::Submitting)?)
        .bind(name(&JobState::Running)?)
        .bind(name(&JobState::Storing)?)
        .bind(name(&JobState::Canceling)?)
        .bind(if everyone { i64::MAX } else { now.0 })
        .fetch_all(&mut *tx)
        .await?;
        let mut recovered = Recovered::default();
        for row in &rows {
            let id: JobId = read(row, "id")?;
            if at_work(id) {
                continue;
            }
            let spent = count::<u32>(row, "attempt")? >= attempts;
            let stopped = flag(row, "cancel_requested")?;
            // What the partner has by a name is asked after.
            let named = row.try_get::<Option<String>, _>("partner_ref")?.is_some();
            let followed = named && !spent && !stopped;
            let ending = match rerun(&row.try_get::<String, _>("model")?) {
                // What is being made ready was not handed over yet, unless an earlier run did.
                Rerun::Unsafe
                    if !followed && (named || read::<JobState>(row, "state")? != JobState::Submitting) =>
                {
                    let detail = "The service stopped while a partner was working on this; whether it was made is not known. It is not \
                                  repeated by itself.";
                    Ending::without_result(
                        JobState::OutcomeUnknown,
                        Some(Problem::new(ProblemCode::OutcomeUnknown, detail).about(id)),
                    )
                }
                _ if stopped => Ending::without_result(JobState::Canceled, None),
                _ if spent => {
                    let detail = "The service stopped every time it worked on this, so it was given up. Try a smaller picture.";
                    Ending::without_result(
                        JobState::Failed,
                        Some(Problem::new(ProblemCode::EngineFailed, detail).about(id)),
                    )
                }
                _ => {
                    drop_outputs(&mut tx, id).await?;
                    requeue(&mut tx, id, row, now).await?;
                    recovered.requeued += 1;
                    continue;
                }
            };
            drop_outputs(&mut tx, id).await?;
            end(&self.seal, &mut tx, id, row, &ending, now).await?;
            recovered.ended.push((read(row, "account_id")?, id, flag(row, "erase_requested")?));
        }
        tx.commit().await?;
        Ok(recovered)
    }
}

/// Takes the waiting job that `row` showed. `false` when another service was faster.
async fn take(
    tx: &mut AnyConnection,
    row: &AnyRow,
    owner: &str,
    until: UtcMillis,
    now: UtcMillis,
) -> Result<bool, ServiceError> {
    let id: JobId = read(row, "id")?;
    let taken = sqlx::query(
        "UPDATE jobs SET state = $1, version = version + 1, lease_owner = $2, lease_until = $3, attempt = attempt + 1, updated = $4
         WHERE id = $5 AND state = $6 AND version = $7",
    )
    .bind(name(&JobState::Submitting)?)
    .bind(owner)
    .bind(until.0)
    .bind(now.0)
    .bind(id.to_string())
    .bind(name(&JobState::Queued)?)
    .bind(row.try_get::<i64, _>("version")?)
    .execute(&mut *tx)
    .await?;
    if taken.rows_affected() != 1 {
        return Ok(false);
    }
    append_event(tx, id, "started", None, now).await?;
    Ok(true)
}

/// Jobs with their inputs.
async fn with_inputs(tx: &mut AnyConnection, mut jobs: Vec<Leased>) -> Result<Vec<Leased>, ServiceError> {
    let ids = || jobs.iter().map(|job| job.id);
    let (Some(first), Some(last)) = (ids().min(), ids().max()) else { return Ok(jobs) };
    let rows = sqlx::query(
        "SELECT job_id, asset_id, role FROM job_inputs WHERE job_id >= $1 AND job_id <= $2 ORDER BY job_id, position",
    )
    .bind(first.to_string())
    .bind(last.to_string())
    .fetch_all(tx)
    .await?;
    for row in &rows {
        let of: JobId = read(row, "job_id")?;
        if let Some(job) = jobs.iter_mut().find(|job| job.id == of) {
            job.inputs.push((read(row, "asset_id")?, read(row, "role")?));
        }
    }
    Ok(jobs)
}

async fn requeue(
    tx: &mut AnyConnection,
    id: JobId,
    row: &AnyRow,
    now: UtcMillis,
) -> Result<(), ServiceError> {
    sqlx::query(
        "UPDATE jobs SET state = $1, version = version + 1, lease_owner = NULL, lease_until = NULL, progress_step = 0, progress_steps = 0,
            updated = $2
         WHERE id = $3 AND version = $4",
    )
    .bind(name(&JobState::Queued)?)
    .bind(now.0)
    .bind(id.to_string())
    .bind(row.try_get::<i64, _>("version")?)
    .execute(tx)
    .await?;
    Ok(())
}

/// Writes the last state of the job that `row` showed. Part of a transaction.
async fn end(
    seal: &Seal,
    tx: &mut AnyConnection,
    id: JobId,
    row: &AnyRow,
    ending: &Ending,
    now: UtcMillis,
) -> Result<(), ServiceError> {
    let mut warnings: Vec<Warning> = match row.try_get::<Option<String>, _>("warnings")? {
        Some(text) => from_json(&seal.open_text(text)?, "warnings")?,
        None => Vec::new(),
    };
    warnings.extend(ending.warnings.iter().cloned());
    let set = sqlx::query(
        "UPDATE jobs SET state = $1, version = version + 1, warnings = $2, blocked = $3, error = $4, progress_step = $5,
            progress_steps = $6, lease_until = NULL, partner_ref = NULL, updated = $7
         WHERE id = $8 AND state = $9 AND version = $10",
    )
    .bind(name(&ending.state)?)
    .bind(seal.text(&to_json(&warnings)?)?)
    .bind(to_json(&ending.blocked)?)
    .bind(ending.error.as_ref().map(|error| seal.text(&to_json(error)?)).transpose()?)
    .bind(i64::from(ending.progress.step))
    .bind(i64::from(ending.progress.steps))
    .bind(now.0)
    .bind(id.to_string())
    .bind(row.try_get::<String, _>("state")?)
    .bind(row.try_get::<i64, _>("version")?)
    .execute(&mut *tx)
    .await?;
    if set.rows_affected() != 1 {
        return Err(ServiceError::Record("version"));
    }
    close(tx, id, ending.state, now).await
}

/// What the partner calls a job. One that no longer reads is none.
fn taken(seal: &Seal, row: &AnyRow) -> Result<Option<PartnerRef>, ServiceError> {
    let sealed = row.try_get::<Option<String>, _>("partner_ref")?;
    Ok(sealed.map(|text| seal.open_text(text)).transpose()?.map(PartnerRef::new))
}

/// Which results of a job are recorded already.
async fn recorded_outputs(tx: &mut AnyConnection, job: JobId) -> Result<Vec<u8>, ServiceError> {
    let rows = sqlx::query("SELECT position FROM outputs WHERE job_id = $1")
        .bind(job.to_string())
        .fetch_all(tx)
        .await?;
    rows.iter().map(|row| count(row, "position")).collect()
}

/// Forgets results that were recorded before their job ended, since it will not end with them: nobody is told of them any more. Their files
/// belong to nothing from then on: who made them removes them, or the sweep of the next start.
async fn drop_outputs(tx: &mut AnyConnection, job: JobId) -> Result<(), ServiceError> {
    for sql in [
        "DELETE FROM assets WHERE id IN (SELECT asset_id FROM outputs WHERE job_id = $1)",
        "DELETE FROM outputs WHERE job_id = $1",
        "UPDATE job_events SET output_position = NULL WHERE job_id = $1 AND kind = 'output'",
    ] {
        sqlx::query(sql).bind(job.to_string()).execute(&mut *tx).await?;
    }
    Ok(())
}

/// Writes a result's line into the book of receipts. The last step of a transaction.
async fn append_receipt(tx: &mut AnyConnection, output: &NewOutput) -> Result<(), ServiceError> {
    let Asset { id, created, .. } = output.asset.asset;
    append(tx, About::Output, &id.to_string(), &output.receipt, None, created).await
}

async fn insert_output(
    seal: &Seal,
    tx: &mut AnyConnection,
    account: &AccountId,
    job: JobId,
    output: &NewOutput,
) -> Result<(), ServiceError> {
    insert_asset(tx, account, &output.asset, None).await?;
    sqlx::query(
        "INSERT INTO outputs (job_id, position, account_id, asset_id, seed, source, report, receipt)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(job.to_string())
    .bind(i64::from(output.index))
    .bind(account.as_str())
    .bind(output.asset.asset.id.to_string())
    .bind(output.seed.map(|seed| seed.0.to_string()))
    .bind(name(&output.source)?)
    .bind(output.report.as_ref().map(|report| seal.text(&to_json(report)?)).transpose()?)
    .bind(to_json(&output.receipt)?)
    .execute(tx)
    .await?;
    Ok(())
}
