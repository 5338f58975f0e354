-- Schema 1. Every column has its line in src/columns.rs. Times are UTC milliseconds, ids ULIDs as text, hashes lower-case hex,
-- flags 0 or 1, 64-bit seeds decimal text.

CREATE TABLE items (
    n            INTEGER PRIMARY KEY,
    id           TEXT    NOT NULL UNIQUE,
    created_ms   INTEGER NOT NULL,
    operation    TEXT    NOT NULL,
    model        TEXT    NOT NULL,
    title        TEXT    NOT NULL,
    prompt       TEXT    NOT NULL,
    negative     TEXT    NOT NULL,
    params       TEXT    NOT NULL,
    seed         TEXT,
    width        INTEGER NOT NULL,
    height       INTEGER NOT NULL,
    sha256       TEXT    NOT NULL,
    bytes        INTEGER NOT NULL,
    format       TEXT    NOT NULL,
    blob         TEXT    NOT NULL UNIQUE,
    thumb        TEXT    NOT NULL UNIQUE,
    thumb_bytes  INTEGER NOT NULL,
    favourite    INTEGER NOT NULL DEFAULT 0,
    trashed_ms   INTEGER,
    service      TEXT,
    job_id       TEXT,
    output_index INTEGER,
    receipts     TEXT    NOT NULL,
    parents      TEXT    NOT NULL,
    report       TEXT,
    ai_made      INTEGER NOT NULL
) STRICT;
CREATE INDEX items_by_time ON items (created_ms DESC, id DESC) WHERE trashed_ms IS NULL;
CREATE INDEX items_in_trash ON items (created_ms DESC, id DESC) WHERE trashed_ms IS NOT NULL;
-- A result is kept once, however often its job is followed.
CREATE UNIQUE INDEX items_by_job ON items (job_id, output_index) WHERE job_id IS NOT NULL;

CREATE VIRTUAL TABLE items_fts USING fts5 (
    prompt, negative, title, model,
    content = 'items', content_rowid = 'n', tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);
-- Without this, removed words stay readable in the index.
INSERT INTO items_fts (items_fts, rank) VALUES ('secure-delete', 1);
CREATE TRIGGER items_fts_insert AFTER INSERT ON items BEGIN
    INSERT INTO items_fts (rowid, prompt, negative, title, model) VALUES (new.n, new.prompt, new.negative, new.title, new.model);
END;
CREATE TRIGGER items_fts_delete AFTER DELETE ON items BEGIN
    INSERT INTO items_fts (items_fts, rowid, prompt, negative, title, model)
        VALUES ('delete', old.n, old.prompt, old.negative, old.title, old.model);
END;
CREATE TRIGGER items_fts_update AFTER UPDATE OF prompt, negative, title, model ON items BEGIN
    INSERT INTO items_fts (items_fts, rowid, prompt, negative, title, model)
        VALUES ('delete', old.n, old.prompt, old.negative, old.title, old.model);
    INSERT INTO items_fts (rowid, prompt, negative, title, model) VALUES (new.n, new.prompt, new.negative, new.title, new.model);
END;

CREATE TABLE queue (
    id              TEXT    PRIMARY KEY NOT NULL,
    created_ms      INTEGER NOT NULL,
    updated_ms      INTEGER NOT NULL,
    state           TEXT    NOT NULL,
    draft           TEXT    NOT NULL,
    idempotency_key TEXT    NOT NULL UNIQUE,
    job_id          TEXT,
    receipts        TEXT    NOT NULL DEFAULT '[]',
    attempts        INTEGER NOT NULL DEFAULT 0,
    error_code      TEXT
) STRICT;
CREATE INDEX queue_open ON queue (created_ms) WHERE state IN ('queued', 'sending', 'submitted');

CREATE TABLE inputs (
    id       TEXT    PRIMARY KEY NOT NULL,
    queue_id TEXT    NOT NULL REFERENCES queue (id) ON DELETE CASCADE,
    sha256   TEXT    NOT NULL,
    bytes    INTEGER NOT NULL,
    blob     TEXT    NOT NULL UNIQUE,
    UNIQUE (queue_id, sha256)
) STRICT;

CREATE TABLE egress (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    started_ms INTEGER NOT NULL,
    host       TEXT    NOT NULL,
    purpose    TEXT    NOT NULL,
    method     TEXT    NOT NULL,
    resource   TEXT    NOT NULL,
    fields     TEXT    NOT NULL,
    headers    TEXT    NOT NULL,
    bytes_out  INTEGER NOT NULL,
    ended_ms   INTEGER,
    status     INTEGER,
    bytes_in   INTEGER,
    error      TEXT,
    never_sent INTEGER
) STRICT;
CREATE INDEX egress_by_time ON egress (started_ms);

CREATE TABLE decisions (
    id       TEXT    PRIMARY KEY NOT NULL,
    time_ms  INTEGER NOT NULL,
    stage    TEXT    NOT NULL,
    verdict  TEXT    NOT NULL,
    category TEXT    NOT NULL,
    layer    TEXT    NOT NULL,
    policy   TEXT    NOT NULL,
    models   TEXT    NOT NULL
) STRICT;

CREATE TABLE settings (
    key   TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT;
