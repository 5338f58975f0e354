//! What every stored column is to the person it is about, and what removes it. One table, read by export and deletion alike; a test
//! compares it with the database, so that no column can be added without an answer.

/// What a column is to the person it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// Theirs: part of an export.
    Export,
    /// Needed only to run: not exported.
    Derived,
    /// Must never be exported.
    Secret,
}

/// One column. All of them go with their account, except those of a table that is about no account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its table.
    pub table: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub tag: Tag,
}

const fn column(table: &'static str, name: &'static str, tag: Tag) -> Column {
    Column { table, name, tag }
}

/// Every column of the accounts.
pub const COLUMNS: &[Column] = &{
    use Tag::{Derived, Export, Secret};
    [
        column("auth_schema_version", "version", Derived),
        column("auth_users", "id", Export),
        column("auth_users", "email", Export),
        column("auth_users", "email_confirmed", Export),
        column("auth_users", "email_proven", Export),
        column("auth_users", "password", Secret),
        column("auth_users", "new_email", Export),
        column("auth_users", "user_metadata", Export),
        column("auth_users", "app_metadata", Export),
        column("auth_users", "banned_until", Export),
        column("auth_users", "last_sign_in", Export),
        column("auth_users", "created", Export),
        column("auth_users", "updated", Export),
        column("auth_identities", "id", Export),
        column("auth_identities", "user_id", Export),
        column("auth_identities", "provider", Export),
        column("auth_identities", "provider_id", Export),
        column("auth_identities", "email", Export),
        column("auth_identities", "data", Export),
        column("auth_identities", "last_sign_in", Export),
        column("auth_identities", "created", Export),
        column("auth_identities", "updated", Export),
        column("auth_sessions", "id", Export),
        column("auth_sessions", "user_id", Export),
        column("auth_sessions", "method", Export),
        column("auth_sessions", "device", Export),
        column("auth_sessions", "counter", Derived),
        column("auth_sessions", "created", Export),
        column("auth_sessions", "refreshed", Export),
        column("auth_sessions", "proven", Export),
        column("auth_sessions", "proof", Export),
        column("auth_flows", "id", Secret),
        column("auth_flows", "provider", Derived),
        column("auth_flows", "challenge", Secret),
        column("auth_flows", "redirect_to", Derived),
        column("auth_flows", "user_id", Derived),
        column("auth_flows", "method", Derived),
        column("auth_flows", "code_hash", Secret),
        column("auth_flows", "created", Derived),
        column("auth_flows", "browser", Secret),
        column("auth_flows", "called", Derived),
        column("auth_codes", "user_id", Derived),
        column("auth_codes", "kind", Derived),
        column("auth_codes", "email", Derived),
        column("auth_codes", "hash", Secret),
        column("auth_codes", "tries", Derived),
        column("auth_codes", "created", Derived),
        column("auth_keys", "kid", Derived),
        column("auth_keys", "sealed", Secret),
        column("auth_keys", "created", Derived),
        column("auth_keys", "retired", Derived),
        column("auth_changes", "id", Derived),
        column("auth_changes", "user_id", Export),
        column("auth_changes", "field", Export),
        column("auth_changes", "changed_by", Export),
        column("auth_changes", "changed", Export),
        column("auth_letters", "id", Export),
        column("auth_letters", "user_id", Export),
        column("auth_letters", "kind", Export),
        column("auth_letters", "recipient", Export),
        column("auth_letters", "code", Secret),
        column("auth_letters", "created", Export),
        column("auth_letters", "language", Export),
        column("auth_letters", "sent", Export),
        column("auth_letters", "tries", Derived),
        column("auth_letters", "due", Derived),
    ]
};
