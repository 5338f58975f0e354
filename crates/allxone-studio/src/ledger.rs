//! The door's ledger, kept in the library.

use allxone_egress::{EgressOutcome, EgressRow, Ledger, LedgerError, RowId};
use allxone_library::{EgressEnd, Library, NewEgress};

/// Writes the door's rows into the library.
pub struct LibraryLedger(Library);

impl LibraryLedger {
    /// A ledger in `library`.
    pub fn new(library: Library) -> Self {
        Self(library)
    }
}

impl Ledger for LibraryLedger {
    fn append(&self, row: &EgressRow) -> Result<RowId, LedgerError> {
        let new = NewEgress {
            started_ms: row.time.0,
            host: row.host.clone(),
            purpose: word(&row.purpose),
            method: row.method.clone(),
            resource: row.resource.clone(),
            fields: row.fields.clone(),
            headers: row.headers.clone(),
            bytes_out: row.bytes,
        };
        self.0.egress_append(&new).map(RowId).map_err(|error| LedgerError(error.to_string()))
    }

    fn close(&self, id: RowId, outcome: &EgressOutcome) {
        let end = EgressEnd {
            ended_ms: outcome.time.0,
            status: outcome.status,
            bytes_in: outcome.bytes_in,
            error: outcome.error.clone(),
            never_sent: outcome.never_sent,
        };
        if let Err(error) = self.0.egress_close(id.0, &end) {
            tracing::warn!(code = error.code(), "the end of a connection could not be noted");
        }
    }
}

/// The word a plain enum is written as.
pub(crate) fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
