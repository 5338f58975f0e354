//! What has been kept for as long as `docs/retention.toml` says goes here, whatever was running when its time came.

use serde::Serialize;

use crate::archive::kept_ms;
use crate::{Library, LibraryError};

/// What went because its time was over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Overdue {
    /// Rows of the list of connections.
    pub connections: u64,
    /// Decisions of the safety check.
    pub decisions: u64,
    /// Drafts that had ended.
    pub ended_drafts: u64,
    /// Pictures in the trash.
    pub trash: u64,
    /// Copies of what was sent under a consent.
    pub reports: u64,
}

impl Library {
    /// Removes everything that has been kept for as long as it may be.
    ///
    /// # Errors
    /// [`LibraryError::ReadOnly`]; what was removed until then stays removed.
    pub fn remove_overdue(&self) -> Result<Overdue, LibraryError> {
        let now = self.now();
        let before = |class: &str| kept_ms(class).map_or(i64::MIN, |kept| now.saturating_sub(kept));
        let removed = Overdue {
            connections: self.clear_egress(before("connections"))?,
            decisions: self.clear_decisions(before("decisions"))?,
            ended_drafts: self.clear_queue(before("ended_drafts"))?,
            trash: self.empty_trash(before("trash"))?,
            reports: self.clear_reports(before("reports"))?,
        };
        if removed != Overdue::default() {
            tracing::info!(?removed, "removed what had been kept for its time");
            self.checkpoint()?;
        }
        Ok(removed)
    }
}
