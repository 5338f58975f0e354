//! What every stored column is to the person it is about, and what removes it. One table, read by export and erasure alike; a test
//! compares it with the database, so that no column can be added without an answer.

/// What a column is to the person it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// Theirs: part of an export.
    Export,
    /// Worked out from other columns or needed only to run: not exported.
    Derived,
    /// Must never be exported.
    Secret,
    /// Came from another party.
    ThirdParty,
}

/// What removes a column's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purge {
    /// `DELETE /jobs/{id}` (for assets: of the last job that uses it) empties it.
    Erase,
    /// Stays as the record that the job existed: ids, states, hashes, times, figures of the check.
    Kept,
    /// Removed so many days after it was written.
    Days(u32),
    /// About the database, not about a person.
    Nobody,
}

/// One column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its table.
    pub table: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub tag: Tag,
    /// What removes it.
    pub purge: Purge,
}

/// Days after which an idempotency key is forgotten.
pub const KEY_DAYS: u32 = 7;
/// Days after which a decision of the safety check is forgotten.
pub const DECISION_DAYS: u32 = 180;

const fn column(table: &'static str, name: &'static str, tag: Tag, purge: Purge) -> Column {
    Column { table, name, tag, purge }
}

/// Every column of the service's database.
pub const COLUMNS: &[Column] = &{
    use Purge::{Days, Erase, Kept, Nobody};
    use Tag::{Derived, Export};
    [
        column("schema_version", "version", Derived, Nobody),
        column("jobs", "id", Export, Kept),
        column("jobs", "account_id", Export, Kept),
        column("jobs", "state", Export, Kept),
        column("jobs", "version", Derived, Kept),
        column("jobs", "operation", Export, Kept),
        column("jobs", "model", Export, Kept),
        column("jobs", "request", Export, Erase),
        column("jobs", "request_sha256", Export, Kept),
        column("jobs", "receipt", Export, Kept),
        column("jobs", "sender_receipt", Export, Erase),
        column("jobs", "confirmed", Export, Kept),
        column("jobs", "warnings", Export, Erase),
        column("jobs", "blocked", Export, Kept),
        column("jobs", "error", Export, Kept),
        column("jobs", "progress_step", Derived, Kept),
        column("jobs", "progress_steps", Derived, Kept),
        column("jobs", "cancel_requested", Derived, Kept),
        column("jobs", "erase_requested", Derived, Kept),
        column("jobs", "erased", Export, Kept),
        column("jobs", "lease_owner", Derived, Kept),
        column("jobs", "lease_until", Derived, Kept),
        column("jobs", "attempt", Derived, Kept),
        column("jobs", "created", Export, Kept),
        column("jobs", "updated", Export, Kept),
        column("job_inputs", "job_id", Export, Kept),
        column("job_inputs", "position", Export, Kept),
        column("job_inputs", "asset_id", Export, Kept),
        column("job_inputs", "role", Export, Kept),
        column("job_events", "job_id", Derived, Kept),
        column("job_events", "sequence", Derived, Kept),
        column("job_events", "kind", Derived, Kept),
        column("job_events", "output_position", Derived, Kept),
        column("job_events", "time", Derived, Kept),
        column("outputs", "job_id", Export, Kept),
        column("outputs", "position", Export, Kept),
        column("outputs", "account_id", Export, Kept),
        column("outputs", "asset_id", Export, Kept),
        column("outputs", "seed", Export, Erase),
        column("outputs", "source", Export, Kept),
        column("outputs", "report", Export, Erase),
        column("outputs", "receipt", Export, Kept),
        column("assets", "id", Export, Kept),
        column("assets", "account_id", Export, Kept),
        column("assets", "sha256", Export, Kept),
        column("assets", "bytes", Export, Kept),
        column("assets", "format", Export, Kept),
        column("assets", "width", Export, Kept),
        column("assets", "height", Export, Kept),
        column("assets", "file", Derived, Erase),
        column("assets", "erased", Export, Kept),
        column("assets", "confirmed", Export, Kept),
        column("assets", "receipt", Export, Kept),
        column("assets", "sender_receipt", Export, Erase),
        column("assets", "created", Export, Kept),
        column("uploads", "account_id", Derived, Erase),
        column("uploads", "sha256", Derived, Erase),
        column("uploads", "asset_id", Derived, Erase),
        column("uploads", "touched", Derived, Erase),
        column("holds", "job_id", Export, Kept),
        column("holds", "account_id", Export, Kept),
        column("holds", "metered", Export, Kept),
        column("holds", "held", Export, Kept),
        column("holds", "settled", Export, Kept),
        column("holds", "state", Export, Kept),
        column("holds", "created", Export, Kept),
        column("holds", "closed", Export, Kept),
        column("idempotency", "account_id", Derived, Days(KEY_DAYS)),
        column("idempotency", "idempotency_key", Derived, Days(KEY_DAYS)),
        column("idempotency", "body_sha256", Derived, Days(KEY_DAYS)),
        column("idempotency", "job_id", Derived, Days(KEY_DAYS)),
        column("idempotency", "created", Derived, Days(KEY_DAYS)),
        column("decisions", "id", Export, Days(DECISION_DAYS)),
        column("decisions", "account_id", Export, Days(DECISION_DAYS)),
        column("decisions", "time", Export, Days(DECISION_DAYS)),
        column("decisions", "stage", Export, Days(DECISION_DAYS)),
        column("decisions", "verdict", Export, Days(DECISION_DAYS)),
        column("decisions", "category", Export, Days(DECISION_DAYS)),
        column("decisions", "policy", Export, Days(DECISION_DAYS)),
        column("decisions", "models", Export, Days(DECISION_DAYS)),
        column("decisions", "section", Export, Days(DECISION_DAYS)),
        column("receipts", "sequence", Derived, Nobody),
        column("receipts", "time", Derived, Nobody),
        column("receipts", "kind", Derived, Nobody),
        column("receipts", "subject", Derived, Nobody),
        column("receipts", "receipt", Derived, Nobody),
        column("receipts", "sender", Derived, Nobody),
        column("receipts", "hash", Derived, Nobody),
    ]
};
