//! From stored rows to the contract's words and back. Enumerations are stored under the very names they have on the wire.

use std::collections::BTreeMap;

use allxone_contract::{
    AccountId, Charge, Job, JobId, JobState, MilliCredits, ModelId, Output, Progress, UtcMillis,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::seal::Seal;
use crate::ServiceError;

/// The columns [`assemble`] reads, as a literal for `concat!`.
macro_rules! job_columns {
    () => {
        "id, state, version, operation, model, request_sha256, created, updated, progress_step, progress_steps, warnings, blocked, error, \
         erased"
    };
}
pub(super) use job_columns;

/// The wire name of a plain enumeration value.
pub(crate) fn name<T: Serialize>(value: &T) -> Result<String, ServiceError> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => Ok(name),
        _ => Err(ServiceError::Record("name")),
    }
}

/// A plain enumeration value, or anything that is written as one text, by its wire name.
pub(crate) fn named<T: DeserializeOwned>(name: String, what: &'static str) -> Result<T, ServiceError> {
    serde_json::from_value(serde_json::Value::String(name)).map_err(|_| ServiceError::Record(what))
}

/// A value as stored JSON.
pub(crate) fn to_json<T: Serialize>(value: &T) -> Result<String, ServiceError> {
    serde_json::to_string(value).map_err(|_| ServiceError::Record("json"))
}

/// A value out of stored JSON.
pub(crate) fn from_json<T: DeserializeOwned>(text: &str, what: &'static str) -> Result<T, ServiceError> {
    serde_json::from_str(text).map_err(|_| ServiceError::Record(what))
}

/// A text column as a typed value.
pub(super) fn read<T: DeserializeOwned>(row: &AnyRow, column: &'static str) -> Result<T, ServiceError> {
    named(row.try_get(column)?, column)
}

/// A whole number column as an unsigned number.
pub(super) fn count<T: TryFrom<i64>>(row: &AnyRow, column: &'static str) -> Result<T, ServiceError> {
    T::try_from(row.try_get::<i64, _>(column)?).map_err(|_| ServiceError::Record(column))
}

/// A truth value.
pub(super) fn flag(row: &AnyRow, column: &'static str) -> Result<bool, ServiceError> {
    Ok(row.try_get::<i64, _>(column)? != 0)
}

fn optional_json<T: DeserializeOwned>(
    seal: &Seal,
    row: &AnyRow,
    column: &'static str,
) -> Result<Option<T>, ServiceError> {
    let stored = row.try_get::<Option<String>, _>(column)?;
    stored.map(|text| from_json(&seal.open_text(text)?, column)).transpose()
}

/// The jobs of `rows` (of one account, in any order), with their outputs and charges, in the order of `rows`.
pub(super) async fn assemble(
    seal: &Seal,
    connection: &mut AnyConnection,
    account: &AccountId,
    rows: &[AnyRow],
) -> Result<Vec<Job>, ServiceError> {
    let ids = rows.iter().map(|row| row.try_get::<String, _>("id")).collect::<Result<Vec<_>, _>>()?;
    let (Some(first), Some(last)) = (ids.iter().min().cloned(), ids.iter().max().cloned()) else {
        return Ok(Vec::new());
    };
    let mut outputs = outputs_between(seal, connection, account, &first, &last).await?;
    let mut charges = charges_between(connection, account, &first, &last).await?;
    rows.iter()
        .map(|row| {
            let id: JobId = read(row, "id")?;
            Ok(Job {
                id,
                state: read(row, "state")?,
                version: count(row, "version")?,
                operation: read(row, "operation")?,
                model: ModelId(row.try_get("model")?),
                request_sha256: read(row, "request_sha256")?,
                created: UtcMillis(row.try_get("created")?),
                updated: UtcMillis(row.try_get("updated")?),
                progress: Progress {
                    step: count(row, "progress_step")?,
                    steps: count(row, "progress_steps")?,
                },
                outputs: outputs.remove(&id).unwrap_or_default(),
                blocked: optional_json(seal, row, "blocked")?.unwrap_or_default(),
                warnings: optional_json(seal, row, "warnings")?.unwrap_or_default(),
                charge: charges.remove(&id).unwrap_or_default(),
                error: optional_json(seal, row, "error")?,
                erased: flag(row, "erased")?,
            })
        })
        .collect()
}

async fn outputs_between(
    seal: &Seal,
    connection: &mut AnyConnection,
    account: &AccountId,
    first: &str,
    last: &str,
) -> Result<BTreeMap<JobId, Vec<Output>>, ServiceError> {
    let rows = sqlx::query(
        "SELECT o.job_id, o.position, o.asset_id, o.seed, o.source, o.report, o.receipt, a.sha256, a.bytes, a.format, a.width, a.height
         FROM outputs o JOIN assets a ON a.id = o.asset_id
         WHERE o.account_id = $1 AND o.job_id >= $2 AND o.job_id <= $3 ORDER BY o.job_id, o.position",
    )
    .bind(account.as_str())
    .bind(first)
    .bind(last)
    .fetch_all(connection)
    .await?;
    let mut outputs = BTreeMap::<JobId, Vec<Output>>::new();
    for row in &rows {
        let seed: Option<String> = row.try_get("seed")?;
        outputs.entry(read(row, "job_id")?).or_default().push(Output {
            index: count(row, "position")?,
            asset: read(row, "asset_id")?,
            sha256: read(row, "sha256")?,
            bytes: count(row, "bytes")?,
            format: read(row, "format")?,
            width: count(row, "width")?,
            height: count(row, "height")?,
            seed: seed.map(|text| named(text, "seed")).transpose()?,
            source: read(row, "source")?,
            report: optional_json(seal, row, "report")?,
            receipt: from_json(&row.try_get::<String, _>("receipt")?, "receipt")?,
        });
    }
    Ok(outputs)
}

async fn charges_between(
    connection: &mut AnyConnection,
    account: &AccountId,
    first: &str,
    last: &str,
) -> Result<BTreeMap<JobId, Charge>, ServiceError> {
    let rows = sqlx::query(
        "SELECT job_id, metered, held, settled FROM holds WHERE account_id = $1 AND job_id >= $2 AND job_id <= $3",
    )
    .bind(account.as_str())
    .bind(first)
    .bind(last)
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            let charge = Charge {
                metered: flag(row, "metered")?,
                held: MilliCredits(row.try_get("held")?),
                settled: MilliCredits(row.try_get("settled")?),
            };
            Ok((read(row, "job_id")?, charge))
        })
        .collect()
}

/// Notes in a job's stored sequence that something happened.
pub(super) async fn append_event(
    connection: &mut AnyConnection,
    job: JobId,
    kind: &str,
    output: Option<u8>,
    now: UtcMillis,
) -> Result<(), ServiceError> {
    sqlx::query(
        "INSERT INTO job_events (job_id, sequence, kind, output_position, time)
         SELECT $1, COALESCE(MAX(sequence), 0) + 1, $2, $3, $4 FROM job_events WHERE job_id = $5",
    )
    .bind(job.to_string())
    .bind(kind)
    .bind(output.map(i64::from))
    .bind(now.0)
    .bind(job.to_string())
    .execute(connection)
    .await?;
    Ok(())
}

/// The state column of a final state and of every other one, for the hold's own state.
pub(super) fn hold_state(state: JobState) -> &'static str {
    match state {
        JobState::Succeeded => "settled",
        // What was not delivered is not paid for, be its outcome known or not.
        JobState::Failed | JobState::Canceled | JobState::OutcomeUnknown => "released",
        _ => "placed",
    }
}
