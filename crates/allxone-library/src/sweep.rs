//! What a crash left behind.
//!
//! Files without a row are leftovers of saves that were never acknowledged, or of removals that had
//! already removed the row. Rows without a file are a loss: they are reported, never dropped. When
//! there are more leftovers than crashes make, the database is probably older than the files (restored
//! from a backup), so they are kept until somebody says otherwise.

use std::collections::HashSet;

use rusqlite::Connection;
use serde::Serialize;

use crate::blobs::{self, Blobs};
use crate::{ItemId, LibraryError, QueueId};

/// From this many leftovers on, none is removed unasked.
pub(crate) const WITHHOLD: usize = 512;

/// What a sweep found and did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SweepReport {
    /// Files of saves or removals that a crash cut short; removed.
    pub orphans: u64,
    /// Half-written files; removed.
    pub unfinished: u64,
    /// Files without a row that were left alone because they are suspiciously many. They may belong to
    /// a newer `library.db` than this one.
    pub withheld: u64,
    /// Pictures whose picture or thumbnail file is gone. Their rows are still there.
    pub missing: Vec<ItemId>,
    /// Queue entries with an input picture whose file is gone.
    pub missing_inputs: Vec<QueueId>,
    /// Files in the folder that are not this program's; left alone.
    pub foreign: u64,
}

impl SweepReport {
    /// Whether something is lost or doubtful, which a person should be told.
    pub fn needs_attention(&self) -> bool {
        self.withheld > 0 || !self.missing.is_empty() || !self.missing_inputs.is_empty()
    }
}

/// Only for the holder of the library's lock.
pub(crate) fn sweep(
    connection: &Connection,
    blobs: &Blobs,
    limit: usize,
) -> Result<SweepReport, LibraryError> {
    let found = blobs.walk()?;
    let mut report = SweepReport { foreign: found.foreign, ..SweepReport::default() };
    for path in &found.unfinished {
        blobs::remove(path)?;
        report.unfinished += 1;
    }
    let mut leftovers: HashSet<String> = found.names.into_iter().collect();
    let mut statement = connection.prepare("SELECT id, blob, thumb FROM items ORDER BY n")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (picture, thumb): (String, String) = (row.get(1)?, row.get(2)?);
        if !(leftovers.remove(&picture) & leftovers.remove(&thumb)) {
            report.missing.push(row.get(0)?);
        }
    }
    let mut statement = connection.prepare("SELECT queue_id, blob FROM inputs ORDER BY queue_id, id")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if !leftovers.remove(&row.get::<_, String>(1)?) {
            report.missing_inputs.push(row.get(0)?);
        }
    }
    if leftovers.len() >= limit {
        report.withheld = leftovers.len() as u64;
    } else {
        for name in &leftovers {
            blobs.remove(name)?;
            report.orphans += 1;
        }
    }
    if report != SweepReport::default() {
        tracing::info!(
            orphans = report.orphans,
            unfinished = report.unfinished,
            withheld = report.withheld,
            missing = report.missing.len(),
            "swept the library"
        );
    }
    Ok(report)
}
