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
    /// Stays as the record that the job existed (ids, states, hashes, times, figures of the check) until that goes.
    Kept,
    /// Goes with the grant it was given under.
    Withdrawal,
    /// Stays until the account is deleted.
    Account,
    /// Goes with its row when the time of its table's class is up.
    Aged,
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

/// Whose the rows of a table are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Of the account in `account_id`.
    Account,
    /// Of the account of the job in `job_id`.
    Job,
    /// Nobody's.
    Nobody,
}

/// What the deletion of an account does to its rows in a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// They are deleted.
    Rows,
    /// Those under this condition, which are about money, stay under a random name that leads to nobody, without what goes with the account;
    /// the others are deleted.
    Pseudonym(&'static str),
    /// They stay; the deletion itself takes out what leads to the person.
    Proof,
    /// There are none.
    Nothing,
}

/// One table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its class in the retention table.
    pub class: &'static str,
    /// Whose its rows are.
    pub owner: Owner,
    /// What the deletion of an account does to them.
    pub deletion: Deletion,
}

const fn table(name: &'static str, class: &'static str, owner: Owner, deletion: Deletion) -> Table {
    Table { name, class, owner, deletion }
}

/// Every row of a table, as a condition.
const ALL: &str = "1 = 1";

/// Every table, those that name rows of another one before it.
pub const TABLES: &[Table] = &{
    use Deletion::{Nothing, Proof, Pseudonym, Rows};
    use Owner::{Account, Job, Nobody};
    [
        table("job_inputs", "jobs", Job, Rows),
        table("job_events", "jobs", Job, Rows),
        table("outputs", "jobs", Account, Rows),
        table("uploads", "uploads", Account, Rows),
        table("training_items", "training", Account, Rows),
        table("assets", "content", Account, Rows),
        table("jobs", "jobs", Account, Rows),
        table("histories", "jobs", Account, Rows),
        table("holds", "credits", Account, Pseudonym("metered <> 0 OR settled <> 0")),
        table("credit_postings", "ledger", Account, Pseudonym(ALL)),
        table("credit_lots", "ledger", Account, Pseudonym(ALL)),
        table("credit_balances", "ledger", Account, Pseudonym(ALL)),
        table("credit_entries", "ledger", Account, Pseudonym(ALL)),
        table("quotes", "quotes", Account, Rows),
        table("subscriptions", "payments", Account, Pseudonym(ALL)),
        table("payments", "payments", Account, Pseudonym(ALL)),
        table("orders", "payments", Account, Pseudonym("state NOT IN ('pending', 'failed', 'expired')")),
        // What was told names no account; what in it leads to a person is emptied as soon as it is carried out.
        table("payment_notices", "payments", Nobody, Nothing),
        table("idempotency", "repeats", Account, Rows),
        table("decisions", "decisions", Account, Rows),
        table("statistics", "statistics", Account, Rows),
        table("consents", "consents", Account, Rows),
        table("acceptances", "consents", Account, Rows),
        table("api_keys", "keys", Account, Rows),
        table("exports", "exports", Account, Rows),
        table("deletions", "requests", Account, Proof),
        table("requests", "requests", Account, Proof),
        table("receipts", "book", Nobody, Nothing),
        table("turns", "service", Nobody, Nothing),
        table("schema_version", "service", Nobody, Nothing),
    ]
};

const fn column(table: &'static str, name: &'static str, tag: Tag, purge: Purge) -> Column {
    Column { table, name, tag, purge }
}

/// The classes of the accounts' tables. All of them go with the account.
pub const IDENTITY_CLASSES: &[(&str, &str)] = &[
    ("auth_users", "accounts"),
    ("auth_identities", "accounts"),
    ("auth_changes", "accounts"),
    ("auth_sessions", "sessions"),
    ("auth_flows", "codes"),
    ("auth_codes", "codes"),
    ("auth_letters", "codes"),
    ("auth_keys", "service"),
    ("auth_schema_version", "service"),
];

/// Every column of the service's database.
pub const COLUMNS: &[Column] = &{
    use Purge::{Account, Aged, Erase, Kept, Nobody, Withdrawal};
    use Tag::{Derived, Export, Secret, ThirdParty};
    [
        column("schema_version", "version", Derived, Nobody),
        column("turns", "name", Derived, Nobody),
        column("turns", "holder", Derived, Nobody),
        column("turns", "until", Derived, Nobody),
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
        column("jobs", "history", Derived, Kept),
        column("jobs", "partner_ref", ThirdParty, Erase),
        column("histories", "account_id", Derived, Account),
        column("histories", "latest", Derived, Account),
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
        column("outputs", "erased", Export, Kept),
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
        column("holds", "price", Export, Kept),
        column("holds", "quote_id", Export, Kept),
        column("quotes", "id", Export, Aged),
        column("quotes", "account_id", Export, Aged),
        column("quotes", "operation", Export, Aged),
        column("quotes", "model", Export, Aged),
        column("quotes", "price", Export, Aged),
        column("quotes", "created", Export, Aged),
        column("quotes", "expires", Export, Aged),
        column("credit_balances", "account_id", Export, Aged),
        column("credit_balances", "available", Export, Aged),
        column("credit_balances", "held", Export, Aged),
        column("credit_balances", "reversed", Export, Aged),
        column("credit_balances", "entries", Derived, Aged),
        column("credit_balances", "month_cap", Export, Account),
        column("credit_entries", "id", Export, Aged),
        column("credit_entries", "account_id", Export, Aged),
        column("credit_entries", "sequence", Export, Aged),
        column("credit_entries", "kind", Export, Aged),
        column("credit_entries", "business_key", Export, Aged),
        column("credit_entries", "job_id", Export, Aged),
        column("credit_entries", "amount", Export, Aged),
        column("credit_entries", "available", Export, Aged),
        column("credit_entries", "held", Export, Aged),
        column("credit_entries", "expires", Export, Aged),
        column("credit_entries", "note", Export, Account),
        column("credit_entries", "time", Export, Aged),
        column("credit_postings", "entry_id", Export, Aged),
        column("credit_postings", "position", Derived, Aged),
        column("credit_postings", "account_id", Export, Aged),
        column("credit_postings", "book", Export, Aged),
        column("credit_postings", "amount", Export, Aged),
        column("credit_lots", "entry_id", Export, Aged),
        column("credit_lots", "account_id", Export, Aged),
        column("credit_lots", "granted", Export, Aged),
        column("credit_lots", "remaining", Export, Aged),
        column("credit_lots", "expires", Export, Aged),
        column("idempotency", "account_id", Derived, Aged),
        column("idempotency", "idempotency_key", Derived, Aged),
        column("idempotency", "body_sha256", Derived, Aged),
        column("idempotency", "job_id", Derived, Aged),
        column("idempotency", "created", Derived, Aged),
        column("decisions", "id", Export, Aged),
        column("decisions", "account_id", Export, Aged),
        column("decisions", "time", Export, Aged),
        column("decisions", "stage", Export, Aged),
        column("decisions", "verdict", Export, Aged),
        column("decisions", "category", Export, Aged),
        column("decisions", "policy", Export, Aged),
        column("decisions", "models", Export, Aged),
        column("decisions", "section", Export, Aged),
        column("consents", "id", Export, Account),
        column("consents", "account_id", Export, Account),
        column("consents", "purpose", Export, Account),
        column("consents", "version", Export, Account),
        column("consents", "state", Export, Account),
        column("consents", "text_version", Export, Account),
        column("consents", "text_sha256", Export, Account),
        column("consents", "locale", Export, Account),
        column("consents", "surface", Export, Account),
        column("consents", "app_version", Export, Account),
        column("consents", "time", Export, Account),
        column("acceptances", "account_id", Export, Account),
        column("acceptances", "policy", Export, Account),
        column("acceptances", "version", Export, Account),
        column("acceptances", "sha256", Export, Account),
        column("acceptances", "locale", Export, Account),
        column("acceptances", "app_version", Export, Account),
        column("acceptances", "time", Export, Account),
        column("statistics", "account_id", Export, Withdrawal),
        column("statistics", "installation", Export, Withdrawal),
        column("statistics", "week", Export, Withdrawal),
        column("statistics", "grant_id", Export, Withdrawal),
        column("statistics", "report", Export, Withdrawal),
        column("statistics", "received", Export, Withdrawal),
        column("training_items", "account_id", Export, Withdrawal),
        column("training_items", "subject", Export, Withdrawal),
        column("training_items", "grant_id", Export, Withdrawal),
        column("training_items", "job_id", Export, Withdrawal),
        column("training_items", "asset_id", Export, Withdrawal),
        column("training_items", "offered", Export, Withdrawal),
        column("api_keys", "id", Export, Account),
        column("api_keys", "account_id", Export, Account),
        column("api_keys", "name", Export, Account),
        column("api_keys", "scope", Export, Account),
        column("api_keys", "key_sha256", Secret, Account),
        column("api_keys", "created", Export, Account),
        column("api_keys", "last_used", Export, Account),
        column("exports", "id", Export, Aged),
        column("exports", "account_id", Export, Aged),
        column("exports", "state", Export, Aged),
        column("exports", "created", Export, Aged),
        column("exports", "expires", Export, Aged),
        column("exports", "file", Derived, Aged),
        column("exports", "bytes", Export, Aged),
        column("exports", "sha256", Export, Aged),
        column("exports", "signature", Export, Aged),
        column("deletions", "id", Export, Aged),
        column("deletions", "account_id", Export, Account),
        column("deletions", "account_hash", Secret, Aged),
        column("deletions", "state", Export, Aged),
        column("deletions", "requested", Export, Aged),
        column("deletions", "due", Export, Aged),
        column("deletions", "finished", Export, Aged),
        column("deletions", "erased", Export, Aged),
        column("deletions", "remains", Export, Aged),
        column("requests", "id", Export, Aged),
        column("requests", "account_id", Export, Account),
        column("requests", "kind", Export, Aged),
        column("requests", "contact", Export, Account),
        column("requests", "state", Export, Aged),
        column("requests", "received", Export, Aged),
        column("requests", "due", Export, Aged),
        column("requests", "closed", Export, Aged),
        column("requests", "outcome", Export, Aged),
        column("orders", "id", Export, Aged),
        column("orders", "account_id", Export, Aged),
        column("orders", "idempotency_key", Derived, Aged),
        column("orders", "body_sha256", Derived, Aged),
        column("orders", "plan", Export, Aged),
        column("orders", "name", Export, Aged),
        column("orders", "kind", Export, Aged),
        column("orders", "provider", Export, Aged),
        column("orders", "price_id", Derived, Aged),
        column("orders", "credits", Export, Aged),
        column("orders", "amount", Export, Aged),
        column("orders", "currency", Export, Aged),
        column("orders", "valid_days", Export, Aged),
        column("orders", "language", Export, Aged),
        column("orders", "test", Export, Aged),
        column("orders", "state", Export, Aged),
        column("orders", "page_id", ThirdParty, Account),
        column("orders", "page_address", Export, Account),
        column("orders", "customer", ThirdParty, Account),
        column("orders", "looks", Derived, Aged),
        column("orders", "next_look", Derived, Aged),
        column("orders", "created", Export, Aged),
        column("orders", "updated", Export, Aged),
        column("payment_notices", "provider", Derived, Aged),
        column("payment_notices", "notice_id", Derived, Aged),
        column("payment_notices", "kind", Derived, Aged),
        column("payment_notices", "live", Derived, Aged),
        column("payment_notices", "occurred", Derived, Aged),
        column("payment_notices", "received", Derived, Aged),
        column("payment_notices", "sha256", Derived, Aged),
        column("payment_notices", "fact", Derived, Aged),
        column("payment_notices", "aside", Derived, Aged),
        column("payment_notices", "bill", Derived, Aged),
        column("payment_notices", "payment", Derived, Aged),
        column("payment_notices", "order_id", Derived, Aged),
        column("payment_notices", "state", Derived, Aged),
        column("payments", "provider", Export, Aged),
        column("payments", "bill", Export, Aged),
        column("payments", "receipt_id", Export, Aged),
        column("payments", "order_id", Export, Aged),
        column("payments", "account_id", Export, Aged),
        column("payments", "name", Export, Aged),
        column("payments", "credits", Export, Aged),
        column("payments", "subtotal", Export, Aged),
        column("payments", "total", Export, Aged),
        column("payments", "tax", Export, Aged),
        column("payments", "currency", Export, Aged),
        column("payments", "reference", ThirdParty, Aged),
        column("payments", "link", ThirdParty, Account),
        column("payments", "test", Export, Aged),
        column("payments", "language", Export, Aged),
        column("payments", "paid", Export, Aged),
        column("payments", "taken", Export, Aged),
        column("payments", "adjustments", Derived, Aged),
        column("payments", "mail_state", Derived, Aged),
        column("payments", "mail_due", Derived, Aged),
        column("payments", "mail_tries", Derived, Aged),
        column("subscriptions", "provider", Export, Aged),
        column("subscriptions", "id", ThirdParty, Aged),
        column("subscriptions", "account_id", Export, Aged),
        column("subscriptions", "order_id", Export, Aged),
        column("subscriptions", "customer", ThirdParty, Account),
        column("subscriptions", "price_id", ThirdParty, Aged),
        column("subscriptions", "state", ThirdParty, Aged),
        column("subscriptions", "until", ThirdParty, Aged),
        column("subscriptions", "ends", ThirdParty, Aged),
        column("subscriptions", "weight", Derived, Aged),
        column("subscriptions", "test", Export, Aged),
        column("subscriptions", "looked", Derived, Aged),
        column("subscriptions", "updated", Export, Aged),
        column("receipts", "sequence", Derived, Nobody),
        column("receipts", "time", Derived, Nobody),
        column("receipts", "kind", Derived, Nobody),
        column("receipts", "subject", Derived, Nobody),
        column("receipts", "receipt", Derived, Nobody),
        column("receipts", "sender", Derived, Nobody),
        column("receipts", "hash", Derived, Nobody),
    ]
};
