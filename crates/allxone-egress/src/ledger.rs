//! The egress ledger: what left this computer, when, to whom and why. Content is never in it.

use std::sync::Arc;

use allxone_contract::UtcMillis;
use serde::{Deserialize, Serialize};

use crate::Purpose;

/// Names a row that was appended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RowId(pub i64);

/// What is written down before the first byte of a request.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct EgressRow {
    /// When.
    pub time: UtcMillis,
    /// To whom: host and port.
    pub host: String,
    /// Why.
    pub purpose: Purpose,
    /// The HTTP method.
    pub method: String,
    /// The kind of resource, with placeholders in place of ids: `/api/v1/jobs/{id}`.
    pub resource: String,
    /// Names of the fields in the body; `picture` for picture bytes. Never their values.
    pub fields: Vec<String>,
    /// Names of the headers that go beyond what every request carries.
    pub headers: Vec<String>,
    /// Size of the body in bytes.
    pub bytes: u64,
}

/// How a request ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct EgressOutcome {
    /// When.
    pub time: UtcMillis,
    /// HTTP status of the answer, if one came.
    pub status: Option<u16>,
    /// Bytes of the answer's body that arrived.
    pub bytes_in: u64,
    /// Code of the error that ended it ([`EgressError::code`](crate::EgressError::code)), or `abandoned` when the rest of the answer was
    /// not wanted.
    pub error: Option<String>,
    /// Whether it is certain that nothing of the request reached the host.
    pub never_sent: bool,
}

/// The ledger could not take a row, so nothing was sent.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct LedgerError(pub String);

/// Where rows are kept. Both methods may block: the Door calls them where that does no harm.
pub trait Ledger: Send + Sync + 'static {
    /// Keeps `row` durably before it returns.
    ///
    /// # Errors
    /// When the row is not kept; the request is then not made.
    fn append(&self, row: &EgressRow) -> Result<RowId, LedgerError>;

    /// Adds how the request ended. Called exactly once for an appended row, unless the program dies first.
    fn close(&self, id: RowId, outcome: &EgressOutcome);
}

/// An appended row that is not closed yet. Dropping it closes it as `abandoned`.
pub(crate) struct OpenRow {
    /// `None` for a request to our own service, which has no rows.
    kept: Option<(Arc<dyn Ledger>, RowId)>,
    /// Whether the request was begun.
    pub(crate) sending: bool,
    pub(crate) status: Option<u16>,
    pub(crate) bytes_in: u64,
}

impl OpenRow {
    pub(crate) fn unkept() -> Self {
        Self { kept: None, sending: false, status: None, bytes_in: 0 }
    }

    pub(crate) fn kept(ledger: Arc<dyn Ledger>, id: RowId) -> Self {
        Self { kept: Some((ledger, id)), sending: false, status: None, bytes_in: 0 }
    }

    /// Closes the row and waits until that is kept.
    pub(crate) async fn close(&mut self, error: Option<&crate::EgressError>) {
        let Some((ledger, id)) = self.kept.take() else { return };
        let outcome = self
            .outcome(error.map(crate::EgressError::code), error.is_some_and(crate::EgressError::never_sent));
        let closing = tokio::task::spawn_blocking(move || ledger.close(id, &outcome));
        if closing.await.is_err() {
            tracing::warn!("the egress ledger could not close a row");
        }
    }

    fn outcome(&self, error: Option<&str>, never_sent: bool) -> EgressOutcome {
        EgressOutcome {
            time: UtcMillis::now(),
            status: self.status,
            bytes_in: self.bytes_in,
            error: error.map(str::to_owned),
            never_sent,
        }
    }
}

impl Drop for OpenRow {
    fn drop(&mut self) {
        if let Some((ledger, id)) = self.kept.take() {
            ledger.close(id, &self.outcome(Some("abandoned"), !self.sending));
        }
    }
}
