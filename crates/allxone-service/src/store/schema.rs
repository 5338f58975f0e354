//! The tables of the service: jobs, pictures, holds, decisions, credits. Hashes are hexadecimal text, ids are ULIDs.

use allxone_database::Steps;

/// The schema of jobs, pictures and decisions.
pub(crate) const SCHEMA: Steps = Steps { version_table: "schema_version", steps: STEPS };

/// Step `i` brings version `i` to version `i + 1`.
const STEPS: &[&[&str]] =
    &[BEGINNING, BOOK_OF_RECEIPTS, RIGHTS, KEYS, CREDITS, QUOTES, PAYMENTS, TURNS, HISTORY, FOLLOWED];

const BEGINNING: &[&str] = &[
    "CREATE TABLE jobs (
        id TEXT NOT NULL PRIMARY KEY,
        account_id TEXT NOT NULL,
        state TEXT NOT NULL,
        version BIGINT NOT NULL,
        operation TEXT NOT NULL,
        model TEXT NOT NULL,
        request BLOB,
        request_sha256 TEXT NOT NULL,
        receipt TEXT,
        sender_receipt TEXT,
        confirmed BIGINT NOT NULL,
        warnings TEXT,
        blocked TEXT,
        error TEXT,
        progress_step BIGINT NOT NULL,
        progress_steps BIGINT NOT NULL,
        cancel_requested BIGINT NOT NULL,
        erase_requested BIGINT NOT NULL,
        erased BIGINT NOT NULL,
        lease_owner TEXT,
        lease_until BIGINT,
        attempt BIGINT NOT NULL,
        created BIGINT NOT NULL,
        updated BIGINT NOT NULL
    )",
    "CREATE INDEX jobs_by_account ON jobs (account_id, id)",
    "CREATE INDEX jobs_by_state ON jobs (state, id)",
    "CREATE TABLE job_inputs (
        job_id TEXT NOT NULL,
        position BIGINT NOT NULL,
        asset_id TEXT NOT NULL,
        role TEXT NOT NULL,
        PRIMARY KEY (job_id, position)
    )",
    "CREATE INDEX job_inputs_by_asset ON job_inputs (asset_id)",
    "CREATE TABLE job_events (
        job_id TEXT NOT NULL,
        sequence BIGINT NOT NULL,
        kind TEXT NOT NULL,
        output_position BIGINT,
        time BIGINT NOT NULL,
        PRIMARY KEY (job_id, sequence)
    )",
    "CREATE TABLE outputs (
        job_id TEXT NOT NULL,
        position BIGINT NOT NULL,
        account_id TEXT NOT NULL,
        asset_id TEXT NOT NULL,
        seed TEXT,
        source TEXT NOT NULL,
        report TEXT,
        receipt TEXT NOT NULL,
        PRIMARY KEY (job_id, position)
    )",
    "CREATE TABLE assets (
        id TEXT NOT NULL PRIMARY KEY,
        account_id TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        bytes BIGINT NOT NULL,
        format TEXT NOT NULL,
        width BIGINT NOT NULL,
        height BIGINT NOT NULL,
        file TEXT,
        erased BIGINT NOT NULL,
        confirmed BIGINT NOT NULL,
        receipt TEXT,
        sender_receipt TEXT,
        created BIGINT NOT NULL
    )",
    "CREATE INDEX assets_live ON assets (erased, bytes)",
    "CREATE TABLE uploads (
        account_id TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        asset_id TEXT NOT NULL,
        touched BIGINT NOT NULL,
        PRIMARY KEY (account_id, sha256)
    )",
    "CREATE TABLE holds (
        job_id TEXT NOT NULL PRIMARY KEY,
        account_id TEXT NOT NULL,
        metered BIGINT NOT NULL,
        held BIGINT NOT NULL,
        settled BIGINT NOT NULL,
        state TEXT NOT NULL,
        created BIGINT NOT NULL,
        closed BIGINT
    )",
    "CREATE TABLE idempotency (
        account_id TEXT NOT NULL,
        idempotency_key TEXT NOT NULL,
        body_sha256 TEXT NOT NULL,
        job_id TEXT NOT NULL,
        created BIGINT NOT NULL,
        PRIMARY KEY (account_id, idempotency_key)
    )",
    "CREATE TABLE decisions (
        id TEXT NOT NULL PRIMARY KEY,
        account_id TEXT NOT NULL,
        time BIGINT NOT NULL,
        stage TEXT NOT NULL,
        verdict TEXT NOT NULL,
        category TEXT NOT NULL,
        policy TEXT NOT NULL,
        models TEXT NOT NULL
    )",
];

/// Receipts are written down in a chain of hashes, and decisions cite the section of the policy.
const BOOK_OF_RECEIPTS: &[&str] = &[
    "CREATE TABLE receipts (
        sequence BIGINT NOT NULL PRIMARY KEY,
        time BIGINT NOT NULL,
        kind TEXT NOT NULL,
        subject TEXT NOT NULL,
        receipt TEXT NOT NULL,
        sender TEXT,
        hash TEXT NOT NULL
    )",
    "CREATE INDEX receipts_by_subject ON receipts (kind, subject)",
    "ALTER TABLE decisions ADD COLUMN section TEXT NOT NULL DEFAULT ''",
];

/// What people allowed and accepted, what they gave under it, and what they asked for by right.
const RIGHTS: &[&str] = &[
    "CREATE INDEX decisions_by_account ON decisions (account_id, time)",
    "CREATE TABLE consents (
        id TEXT NOT NULL PRIMARY KEY,
        account_id TEXT NOT NULL,
        purpose TEXT NOT NULL,
        version BIGINT NOT NULL,
        state TEXT NOT NULL,
        text_version TEXT NOT NULL,
        text_sha256 TEXT NOT NULL,
        locale TEXT NOT NULL,
        surface TEXT NOT NULL,
        app_version TEXT NOT NULL,
        time BIGINT NOT NULL
    )",
    "CREATE UNIQUE INDEX consents_by_version ON consents (account_id, purpose, version)",
    "CREATE TABLE acceptances (
        account_id TEXT NOT NULL,
        policy TEXT NOT NULL,
        version TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        locale TEXT NOT NULL,
        app_version TEXT NOT NULL,
        time BIGINT NOT NULL,
        PRIMARY KEY (account_id, policy, version, sha256)
    )",
    "CREATE TABLE statistics (
        account_id TEXT NOT NULL,
        installation TEXT NOT NULL,
        week TEXT NOT NULL,
        grant_id TEXT NOT NULL,
        report TEXT NOT NULL,
        received BIGINT NOT NULL,
        PRIMARY KEY (account_id, installation, week)
    )",
    "CREATE INDEX statistics_by_grant ON statistics (grant_id)",
    "CREATE TABLE training_items (
        account_id TEXT NOT NULL,
        subject TEXT NOT NULL,
        grant_id TEXT NOT NULL,
        job_id TEXT,
        asset_id TEXT,
        offered BIGINT NOT NULL,
        PRIMARY KEY (account_id, subject)
    )",
    "CREATE INDEX training_items_by_grant ON training_items (grant_id)",
    "CREATE INDEX training_items_by_job ON training_items (job_id)",
    "CREATE INDEX training_items_by_asset ON training_items (asset_id)",
    "CREATE TABLE exports (
        id TEXT NOT NULL PRIMARY KEY,
        account_id TEXT NOT NULL,
        state TEXT NOT NULL,
        created BIGINT NOT NULL,
        expires BIGINT,
        file TEXT,
        bytes BIGINT,
        sha256 TEXT,
        signature TEXT
    )",
    "CREATE INDEX exports_by_account ON exports (account_id, state)",
    "CREATE TABLE deletions (
        id TEXT NOT NULL PRIMARY KEY,
        account_id TEXT,
        account_hash TEXT NOT NULL,
        state TEXT NOT NULL,
        requested BIGINT NOT NULL,
        due BIGINT NOT NULL,
        finished BIGINT,
        erased TEXT NOT NULL,
        remains TEXT NOT NULL
    )",
    "CREATE INDEX deletions_by_account ON deletions (account_id)",
    "CREATE TABLE requests (
        id TEXT NOT NULL PRIMARY KEY,
        account_id TEXT,
        kind TEXT NOT NULL,
        contact TEXT,
        state TEXT NOT NULL,
        received BIGINT NOT NULL,
        due BIGINT NOT NULL,
        closed BIGINT,
        outcome TEXT
    )",
];

/// Personal keys, as hashes.
const KEYS: &[&str] = &[
    "CREATE TABLE api_keys (
        id TEXT NOT NULL PRIMARY KEY,
        account_id TEXT NOT NULL,
        name TEXT NOT NULL,
        scope TEXT NOT NULL,
        key_sha256 TEXT NOT NULL UNIQUE,
        created BIGINT NOT NULL,
        last_used BIGINT
    )",
    "CREATE INDEX api_keys_by_account ON api_keys (account_id, id)",
];

/// The books of credits.
const CREDITS: &[&str] = &[
    "CREATE TABLE credit_balances (
        account_id TEXT NOT NULL PRIMARY KEY,
        available BIGINT NOT NULL,
        held BIGINT NOT NULL CHECK (held >= 0),
        reversed BIGINT NOT NULL CHECK (reversed >= 0),
        entries BIGINT NOT NULL,
        CHECK (available + reversed >= 0)
    )",
    "CREATE TABLE credit_entries (
        id TEXT NOT NULL PRIMARY KEY,
        account_id TEXT NOT NULL,
        sequence BIGINT NOT NULL,
        kind TEXT NOT NULL,
        business_key TEXT NOT NULL,
        job_id TEXT,
        amount BIGINT NOT NULL,
        available BIGINT NOT NULL,
        held BIGINT NOT NULL,
        expires BIGINT,
        note TEXT,
        time BIGINT NOT NULL
    )",
    "CREATE UNIQUE INDEX credit_entries_by_key ON credit_entries (business_key)",
    "CREATE UNIQUE INDEX credit_entries_by_account ON credit_entries (account_id, sequence)",
    "CREATE INDEX credit_entries_by_job ON credit_entries (job_id)",
    "CREATE TABLE credit_postings (
        entry_id TEXT NOT NULL,
        position BIGINT NOT NULL,
        account_id TEXT NOT NULL,
        book TEXT NOT NULL,
        amount BIGINT NOT NULL,
        PRIMARY KEY (entry_id, position)
    )",
    "CREATE INDEX credit_postings_by_account ON credit_postings (account_id, book)",
    "CREATE TABLE credit_lots (
        entry_id TEXT NOT NULL PRIMARY KEY,
        account_id TEXT NOT NULL,
        granted BIGINT NOT NULL,
        remaining BIGINT NOT NULL,
        expires BIGINT,
        CHECK (remaining >= 0 AND remaining <= granted)
    )",
    "CREATE INDEX credit_lots_by_account ON credit_lots (account_id, expires)",
];

/// Prices that were told, the price each job was placed at, and what an account wants to spend at most.
const QUOTES: &[&str] = &[
    "CREATE TABLE quotes (
        id TEXT NOT NULL PRIMARY KEY,
        account_id TEXT NOT NULL,
        operation TEXT NOT NULL,
        model TEXT NOT NULL,
        price TEXT NOT NULL,
        created BIGINT NOT NULL,
        expires BIGINT NOT NULL
    )",
    "CREATE INDEX quotes_by_account ON quotes (account_id)",
    "ALTER TABLE credit_balances ADD COLUMN month_cap BIGINT",
    "ALTER TABLE holds ADD COLUMN price TEXT",
    "ALTER TABLE holds ADD COLUMN quote_id TEXT",
];

/// Orders, what payment providers told, what was paid, subscriptions.
const PAYMENTS: &[&str] = &[
    "CREATE TABLE orders (
        id TEXT NOT NULL PRIMARY KEY,
        account_id TEXT NOT NULL,
        idempotency_key TEXT NOT NULL,
        body_sha256 TEXT NOT NULL,
        plan TEXT NOT NULL,
        name TEXT NOT NULL,
        kind TEXT NOT NULL,
        provider TEXT NOT NULL,
        price_id TEXT NOT NULL,
        credits BIGINT NOT NULL,
        amount BIGINT NOT NULL,
        currency TEXT NOT NULL,
        valid_days BIGINT,
        language TEXT NOT NULL,
        test BIGINT NOT NULL,
        state TEXT NOT NULL,
        page_id TEXT,
        page_address TEXT,
        customer TEXT,
        looks BIGINT NOT NULL,
        next_look BIGINT,
        created BIGINT NOT NULL,
        updated BIGINT NOT NULL
    )",
    "CREATE UNIQUE INDEX orders_by_key ON orders (account_id, idempotency_key)",
    "CREATE INDEX orders_by_state ON orders (state, next_look)",
    "CREATE TABLE payment_notices (
        provider TEXT NOT NULL,
        notice_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        live BIGINT NOT NULL,
        occurred BIGINT NOT NULL,
        received BIGINT NOT NULL,
        sha256 TEXT NOT NULL,
        fact TEXT,
        aside TEXT,
        bill TEXT,
        payment TEXT,
        order_id TEXT,
        state TEXT NOT NULL,
        PRIMARY KEY (provider, notice_id)
    )",
    "CREATE INDEX payment_notices_by_state ON payment_notices (state, received)",
    "CREATE INDEX payment_notices_by_bill ON payment_notices (provider, bill)",
    "CREATE INDEX payment_notices_by_payment ON payment_notices (provider, payment)",
    "CREATE TABLE payments (
        provider TEXT NOT NULL,
        bill TEXT NOT NULL,
        receipt_id TEXT NOT NULL,
        order_id TEXT NOT NULL,
        account_id TEXT NOT NULL,
        name TEXT NOT NULL,
        credits BIGINT NOT NULL,
        subtotal BIGINT NOT NULL,
        total BIGINT NOT NULL,
        tax BIGINT,
        currency TEXT NOT NULL,
        reference TEXT NOT NULL,
        link TEXT,
        test BIGINT NOT NULL,
        language TEXT NOT NULL,
        paid BIGINT NOT NULL,
        taken BIGINT NOT NULL,
        adjustments BIGINT NOT NULL,
        mail_state TEXT NOT NULL,
        mail_due BIGINT,
        mail_tries BIGINT NOT NULL,
        PRIMARY KEY (provider, bill)
    )",
    "CREATE UNIQUE INDEX payments_by_receipt ON payments (receipt_id)",
    "CREATE INDEX payments_by_account ON payments (account_id, paid)",
    "CREATE INDEX payments_by_letter ON payments (mail_state, mail_due)",
    "CREATE TABLE subscriptions (
        provider TEXT NOT NULL,
        id TEXT NOT NULL,
        account_id TEXT NOT NULL,
        order_id TEXT NOT NULL,
        customer TEXT,
        price_id TEXT,
        state TEXT NOT NULL,
        until BIGINT,
        ends BIGINT NOT NULL,
        weight TEXT NOT NULL,
        test BIGINT NOT NULL,
        looked BIGINT NOT NULL,
        updated BIGINT NOT NULL,
        PRIMARY KEY (provider, id)
    )",
    "CREATE INDEX subscriptions_by_account ON subscriptions (account_id, state)",
];

/// Whose turn it is, where several nodes could do something that one does for all.
const TURNS: &[&str] = &["CREATE TABLE turns (
        name TEXT NOT NULL PRIMARY KEY,
        holder TEXT NOT NULL,
        until BIGINT NOT NULL
    )"];

/// In which order results came and went, account by account.
pub(super) const HISTORY: &[&str] = &[
    "CREATE TABLE histories (
        account_id TEXT NOT NULL PRIMARY KEY,
        latest BIGINT NOT NULL
    )",
    "ALTER TABLE jobs ADD COLUMN history BIGINT",
    "ALTER TABLE outputs ADD COLUMN erased BIGINT NOT NULL DEFAULT 0",
    "CREATE INDEX jobs_by_history ON jobs (account_id, history)",
    "UPDATE jobs SET history = ranked.place FROM (
        SELECT id, ROW_NUMBER() OVER (PARTITION BY account_id ORDER BY id) AS place FROM jobs WHERE state = 'succeeded'
     ) AS ranked WHERE ranked.id = jobs.id",
    "INSERT INTO histories (account_id, latest)
     SELECT account_id, MAX(history) FROM jobs WHERE history IS NOT NULL GROUP BY account_id",
];

/// What a partner calls the request of a job it has taken, sealed.
const FOLLOWED: &[&str] = &["ALTER TABLE jobs ADD COLUMN partner_ref TEXT"];
