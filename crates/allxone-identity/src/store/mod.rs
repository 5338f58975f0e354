//! The accounts' database: its schema over [`Database`], and one file for each thing that is kept.

mod changes;
mod codes;
mod export;
mod flows;
mod keys;
mod letters;
mod linking;
mod sessions;
mod users;

use std::ops::Deref;

use allxone_database::{Database, DatabaseError, Place, Steps};
use allxone_vault::SecretKey;

pub(crate) use changes::By;
pub(crate) use codes::{Code, CodeKind, Tried};
pub(crate) use flows::{Flow, NewFlow};
pub(crate) use letters::NewLetter;
pub(crate) use linking::{Linked, Seen};
pub(crate) use sessions::{Rotation, StoredSession, Which, rotate};
pub(crate) use users::{NewUser, UserChange};

const SCHEMA: Steps = Steps {
    version_table: "auth_schema_version",
    steps: &[
        &[
            "CREATE TABLE auth_users (
            id TEXT NOT NULL PRIMARY KEY,
            email TEXT,
            email_confirmed BIGINT,
            password TEXT,
            new_email TEXT,
            user_metadata TEXT NOT NULL,
            app_metadata TEXT NOT NULL,
            banned_until BIGINT,
            last_sign_in BIGINT,
            created BIGINT NOT NULL,
            updated BIGINT NOT NULL
        )",
            "CREATE UNIQUE INDEX auth_users_by_email ON auth_users (email)",
            "CREATE TABLE auth_identities (
            id TEXT NOT NULL PRIMARY KEY,
            user_id TEXT NOT NULL,
            provider TEXT NOT NULL,
            provider_id TEXT NOT NULL,
            email TEXT,
            data TEXT NOT NULL,
            last_sign_in BIGINT NOT NULL,
            created BIGINT NOT NULL,
            updated BIGINT NOT NULL
        )",
            "CREATE UNIQUE INDEX auth_identities_by_subject ON auth_identities (provider, provider_id)",
            "CREATE INDEX auth_identities_by_user ON auth_identities (user_id)",
            "CREATE TABLE auth_sessions (
            id TEXT NOT NULL PRIMARY KEY,
            user_id TEXT NOT NULL,
            method TEXT NOT NULL,
            device TEXT NOT NULL,
            counter BIGINT NOT NULL,
            created BIGINT NOT NULL,
            refreshed BIGINT NOT NULL
        )",
            "CREATE INDEX auth_sessions_by_user ON auth_sessions (user_id)",
            "CREATE TABLE auth_flows (
            id TEXT NOT NULL PRIMARY KEY,
            provider TEXT NOT NULL,
            challenge TEXT NOT NULL,
            redirect_to TEXT NOT NULL,
            user_id TEXT,
            method TEXT,
            code_hash TEXT,
            created BIGINT NOT NULL
        )",
            "CREATE UNIQUE INDEX auth_flows_by_code ON auth_flows (code_hash)",
            "CREATE TABLE auth_codes (
            user_id TEXT NOT NULL,
            kind TEXT NOT NULL,
            email TEXT NOT NULL,
            hash TEXT NOT NULL,
            tries BIGINT NOT NULL,
            created BIGINT NOT NULL,
            PRIMARY KEY (user_id, kind)
        )",
            "CREATE TABLE auth_keys (
            kid TEXT NOT NULL PRIMARY KEY,
            sealed BLOB NOT NULL,
            created BIGINT NOT NULL,
            retired BIGINT
        )",
            "CREATE TABLE auth_letters (
            id TEXT NOT NULL PRIMARY KEY,
            user_id TEXT NOT NULL,
            kind TEXT NOT NULL,
            recipient TEXT NOT NULL,
            code TEXT NOT NULL,
            created BIGINT NOT NULL
        )",
            "CREATE INDEX auth_letters_by_time ON auth_letters (created)",
        ],
        &[
            "ALTER TABLE auth_sessions ADD COLUMN proven BIGINT NOT NULL DEFAULT 0",
            "UPDATE auth_sessions SET proven = created",
            "ALTER TABLE auth_sessions ADD COLUMN proof TEXT",
            "CREATE TABLE auth_changes (
            id TEXT NOT NULL PRIMARY KEY,
            user_id TEXT NOT NULL,
            field TEXT NOT NULL,
            changed_by TEXT NOT NULL,
            changed BIGINT NOT NULL
        )",
            "CREATE INDEX auth_changes_by_user ON auth_changes (user_id)",
            "ALTER TABLE auth_users ADD COLUMN email_proven BIGINT",
            "ALTER TABLE auth_flows ADD COLUMN browser TEXT",
            "ALTER TABLE auth_flows ADD COLUMN called BIGINT",
            "ALTER TABLE auth_letters ADD COLUMN language TEXT",
            "ALTER TABLE auth_letters ADD COLUMN sent BIGINT",
            "ALTER TABLE auth_letters ADD COLUMN tries BIGINT NOT NULL DEFAULT 0",
            "ALTER TABLE auth_letters ADD COLUMN due BIGINT",
        ],
    ],
};

/// The open database of the accounts.
#[derive(Clone)]
pub(crate) struct Store(Database);

impl Store {
    pub(crate) async fn open(place: &Place, key: &SecretKey) -> Result<Self, DatabaseError> {
        Ok(Self(Database::open_at(place, key, SCHEMA).await?))
    }
}

impl Deref for Store {
    type Target = Database;

    fn deref(&self) -> &Database {
        &self.0
    }
}

/// A new id, a UUID as everywhere in this dialect.
pub(crate) fn new_id() -> String {
    uuid::Uuid::new_v4().to_string()
}
