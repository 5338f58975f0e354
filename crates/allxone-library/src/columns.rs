//! What each column is: whether it belongs to the person's export, and what makes it go away.
//!
//! The list is data, not a comment: exports are written from it, and a test fails when a table has a
//! column that is not listed here or the other way round.

/// Whose a value is, and whether an export shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// The person's: part of every export.
    Export,
    /// Computed from other values, or only of use to this program.
    Derived,
    /// Must not leave this computer.
    Secret,
    /// Of somebody else.
    ThirdParty,
}

/// What removes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purge {
    /// Purging the item.
    WithItem,
    /// The end of the draft, whatever the end is: emptied at once.
    WithDraft,
    /// Clearing ended entries of the queue.
    WithQueueEntry,
    /// Clearing the ledger of connections up to a time.
    WithLedger,
    /// Clearing the list of decisions up to a time.
    WithDecisions,
    /// Removing the setting, or the whole library.
    WithSetting,
    /// Removing the whole library: it proves what was allowed.
    WithLibrary,
    /// Taking the consent back, or deleting what was sent.
    WithConsent,
    /// The service's having erased it as well.
    WithErasure,
}

/// How a value is written into an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As it is.
    Plain,
    /// As the JSON it holds.
    Json,
    /// 0 and 1 as false and true.
    Flag,
}

/// One column of one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub name: &'static str,
    /// Whose it is.
    pub tag: Tag,
    /// What removes it.
    pub purge: Purge,
    /// How it is exported.
    pub form: Form,
}

const fn column(table: &'static str, name: &'static str, tag: Tag, purge: Purge, form: Form) -> Column {
    Column { table, name, tag, purge, form }
}

use Form::{Flag, Json, Plain};
use Purge::{
    WithConsent, WithDecisions, WithDraft, WithErasure, WithItem, WithLedger, WithLibrary, WithQueueEntry,
    WithSetting,
};
use Tag::{Derived, Export, Secret};

/// Every column of every table. `items_fts` stands for the search index with its shadow tables: its
/// columns repeat those of `items` and go with them.
pub const COLUMNS: &[Column] = &[
    column("items", "n", Derived, WithItem, Plain),
    column("items", "id", Export, WithItem, Plain),
    column("items", "created_ms", Export, WithItem, Plain),
    column("items", "operation", Export, WithItem, Plain),
    column("items", "model", Export, WithItem, Plain),
    column("items", "title", Export, WithItem, Plain),
    column("items", "prompt", Export, WithItem, Plain),
    column("items", "negative", Export, WithItem, Plain),
    column("items", "params", Export, WithItem, Json),
    column("items", "seed", Export, WithItem, Plain),
    column("items", "width", Export, WithItem, Plain),
    column("items", "height", Export, WithItem, Plain),
    column("items", "sha256", Export, WithItem, Plain),
    column("items", "bytes", Export, WithItem, Plain),
    column("items", "format", Export, WithItem, Plain),
    column("items", "blob", Derived, WithItem, Plain),
    column("items", "thumb", Derived, WithItem, Plain),
    column("items", "thumb_bytes", Derived, WithItem, Plain),
    column("items", "favourite", Export, WithItem, Flag),
    column("items", "trashed_ms", Export, WithItem, Plain),
    column("items", "service", Export, WithItem, Plain),
    column("items", "job_id", Export, WithItem, Plain),
    column("items", "output_index", Export, WithItem, Plain),
    column("items", "receipts", Export, WithItem, Json),
    column("items", "parents", Export, WithItem, Json),
    column("items", "report", Export, WithItem, Json),
    column("items", "ai_made", Export, WithItem, Flag),
    column("items", "tags", Export, WithItem, Json),
    column("items", "note", Export, WithItem, Plain),
    column("items", "erased_elsewhere", Derived, WithItem, Plain),
    column("items_fts", "prompt", Derived, WithItem, Plain),
    column("items_fts", "negative", Derived, WithItem, Plain),
    column("items_fts", "title", Derived, WithItem, Plain),
    column("items_fts", "model", Derived, WithItem, Plain),
    column("items_fts", "tags", Derived, WithItem, Plain),
    column("items_fts", "note", Derived, WithItem, Plain),
    column("queue", "id", Export, WithQueueEntry, Plain),
    column("queue", "created_ms", Export, WithQueueEntry, Plain),
    column("queue", "updated_ms", Export, WithQueueEntry, Plain),
    column("queue", "state", Export, WithQueueEntry, Plain),
    column("queue", "draft", Export, WithDraft, Json),
    column("queue", "idempotency_key", Secret, WithQueueEntry, Plain),
    column("queue", "job_id", Export, WithQueueEntry, Plain),
    column("queue", "receipts", Export, WithDraft, Json),
    column("queue", "attempts", Derived, WithQueueEntry, Plain),
    column("queue", "error_code", Export, WithQueueEntry, Plain),
    column("queue", "place", Derived, WithQueueEntry, Plain),
    column("inputs", "id", Derived, WithDraft, Plain),
    column("inputs", "queue_id", Export, WithDraft, Plain),
    column("inputs", "sha256", Export, WithDraft, Plain),
    column("inputs", "bytes", Export, WithDraft, Plain),
    column("inputs", "blob", Derived, WithDraft, Plain),
    column("egress", "id", Derived, WithLedger, Plain),
    column("egress", "started_ms", Export, WithLedger, Plain),
    column("egress", "host", Export, WithLedger, Plain),
    column("egress", "purpose", Export, WithLedger, Plain),
    column("egress", "method", Export, WithLedger, Plain),
    column("egress", "resource", Export, WithLedger, Plain),
    column("egress", "fields", Export, WithLedger, Json),
    column("egress", "headers", Export, WithLedger, Json),
    column("egress", "bytes_out", Export, WithLedger, Plain),
    column("egress", "ended_ms", Export, WithLedger, Plain),
    column("egress", "status", Export, WithLedger, Plain),
    column("egress", "bytes_in", Export, WithLedger, Plain),
    column("egress", "error", Export, WithLedger, Plain),
    column("egress", "never_sent", Export, WithLedger, Flag),
    column("decisions", "id", Export, WithDecisions, Plain),
    column("decisions", "time_ms", Export, WithDecisions, Plain),
    column("decisions", "stage", Export, WithDecisions, Plain),
    column("decisions", "verdict", Export, WithDecisions, Plain),
    column("decisions", "category", Export, WithDecisions, Plain),
    column("decisions", "layer", Export, WithDecisions, Plain),
    column("decisions", "policy", Export, WithDecisions, Plain),
    column("decisions", "models", Export, WithDecisions, Json),
    column("decisions", "section", Export, WithDecisions, Plain),
    column("settings", "key", Export, WithSetting, Plain),
    column("settings", "value", Export, WithSetting, Plain),
    column("consents", "id", Export, WithLibrary, Plain),
    column("consents", "time_ms", Export, WithLibrary, Plain),
    column("consents", "purpose", Export, WithLibrary, Plain),
    column("consents", "granted", Export, WithLibrary, Flag),
    column("consents", "version", Export, WithLibrary, Plain),
    column("consents", "sha256", Export, WithLibrary, Plain),
    column("consents", "locale", Export, WithLibrary, Plain),
    column("consents", "surface", Export, WithLibrary, Plain),
    column("consents", "app_version", Export, WithLibrary, Plain),
    column("consents", "server", Export, WithLibrary, Plain),
    column("edits", "id", Export, WithItem, Plain),
    column("edits", "time_ms", Export, WithItem, Plain),
    column("edits", "item_id", Export, WithItem, Plain),
    column("edits", "field", Export, WithItem, Plain),
    column("edits", "before", Export, WithItem, Plain),
    column("edits", "after", Export, WithItem, Plain),
    column("training", "item_id", Export, WithItem, Plain),
    column("training", "allowed", Export, WithItem, Flag),
    column("training", "time_ms", Export, WithItem, Plain),
    column("statistics", "week", Export, WithConsent, Plain),
    column("statistics", "name", Export, WithConsent, Plain),
    column("statistics", "n", Export, WithConsent, Plain),
    column("reports", "id", Export, WithConsent, Plain),
    column("reports", "made_ms", Export, WithConsent, Plain),
    column("reports", "purpose", Export, WithConsent, Plain),
    column("reports", "consent_id", Export, WithConsent, Plain),
    column("reports", "item_id", Export, WithConsent, Plain),
    column("reports", "body", Export, WithConsent, Json),
    column("reports", "host", Export, WithConsent, Plain),
    column("reports", "sent_ms", Export, WithConsent, Plain),
    column("histories", "service", Derived, WithSetting, Plain),
    column("histories", "allowed", Derived, WithSetting, Flag),
    column("histories", "read_to", Derived, WithSetting, Plain),
    column("histories", "read_ms", Derived, WithSetting, Plain),
    column("histories", "brought", Derived, WithSetting, Plain),
    column("histories", "put_away", Derived, WithSetting, Plain),
    column("histories", "refused", Derived, WithSetting, Plain),
    column("removals", "service", Derived, WithErasure, Plain),
    column("removals", "job_id", Derived, WithErasure, Plain),
    column("removals", "output_index", Derived, WithErasure, Plain),
];
