//! What an account made on its other devices, and erasing a result for all of them.

use allxone_contract::{HistoryPage, HistoryPosition, Job, JobId, Output};
use allxone_egress::{Purpose, Route};
use bytes::Bytes;

use crate::{ClientError, ServiceClient};

impl ServiceClient {
    /// Has one result of a job erased at the service; with the last one goes the job.
    ///
    /// # Errors
    /// Any [`ClientError`].
    pub async fn erase_output(&self, id: JobId, index: u8) -> Result<Job, ClientError> {
        let route = Route::delete("/api/v1/jobs/{id}/outputs/{index}").id(id).id(index);
        self.command(Purpose::EraseJob, route, id).await
    }

    /// What became of the account's jobs after a place in its history, oldest first; at most `limit`.
    ///
    /// # Errors
    /// Any [`ClientError`].
    pub async fn history(&self, after: HistoryPosition, limit: u32) -> Result<HistoryPage, ClientError> {
        let route = Route::get("/api/v1/history").query("after", after.0).query("limit", limit);
        self.get(Purpose::History, route).await
    }

    /// The content of a result that [`history`](Self::history) named, checked as by [`content`](Self::content).
    ///
    /// # Errors
    /// As for [`content`](Self::content).
    pub async fn history_content(&self, output: &Output, cap: u64) -> Result<Bytes, ClientError> {
        self.checked_content(Purpose::History, output.asset, output.sha256, output.bytes, cap).await
    }
}
