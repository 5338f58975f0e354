-- What a person allowed or took back, and which texts they accepted. Append-only: the newest row of a purpose holds.
CREATE TABLE consents (
    id          TEXT    PRIMARY KEY NOT NULL,
    time_ms     INTEGER NOT NULL,
    purpose     TEXT    NOT NULL,
    granted     INTEGER NOT NULL,
    version     TEXT    NOT NULL,
    sha256      TEXT    NOT NULL,
    locale      TEXT    NOT NULL,
    surface     TEXT    NOT NULL,
    app_version TEXT    NOT NULL,
    server      TEXT    NOT NULL
) STRICT;
CREATE TRIGGER consents_never_change BEFORE UPDATE ON consents BEGIN SELECT RAISE(ABORT, 'a consent is never rewritten'); END;
CREATE TRIGGER consents_never_go BEFORE DELETE ON consents BEGIN SELECT RAISE(ABORT, 'a consent is never removed'); END;

-- What a person corrected about a picture.
CREATE TABLE edits (
    id       TEXT    PRIMARY KEY NOT NULL,
    time_ms  INTEGER NOT NULL,
    item_id  TEXT    NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    field    TEXT    NOT NULL,
    before   TEXT    NOT NULL,
    after    TEXT    NOT NULL
) STRICT;
CREATE INDEX edits_of_item ON edits (item_id);

-- Pictures a person gave for training, or kept from it.
CREATE TABLE training (
    item_id TEXT    PRIMARY KEY NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    allowed INTEGER NOT NULL,
    time_ms INTEGER NOT NULL
) STRICT;

-- Counters of a week, kept only while statistics are allowed.
CREATE TABLE statistics (
    week TEXT    NOT NULL,
    name TEXT    NOT NULL,
    n    INTEGER NOT NULL,
    PRIMARY KEY (week, name)
) STRICT;

-- What waits to be sent, or was sent, under a consent.
CREATE TABLE reports (
    id         TEXT    PRIMARY KEY NOT NULL,
    made_ms    INTEGER NOT NULL,
    purpose    TEXT    NOT NULL,
    consent_id TEXT    NOT NULL,
    item_id    TEXT,
    body       TEXT    NOT NULL,
    host       TEXT,
    sent_ms    INTEGER
) STRICT;
