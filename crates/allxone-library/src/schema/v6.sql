-- How far the history of a service was read where the owner of this library has an account; `allowed` is NULL until they were asked.
CREATE TABLE histories (
    service  TEXT    PRIMARY KEY NOT NULL,
    allowed  INTEGER,
    read_to  INTEGER NOT NULL DEFAULT 0,
    read_ms  INTEGER,
    brought  INTEGER NOT NULL DEFAULT 0,
    put_away INTEGER NOT NULL DEFAULT 0,
    refused  INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Results that were made there and removed here for good: they are not brought again, and the service is to erase them as well. A row goes
-- when the service has.
CREATE TABLE removals (
    service      TEXT    NOT NULL,
    job_id       TEXT    NOT NULL,
    output_index INTEGER NOT NULL,
    PRIMARY KEY (service, job_id, output_index)
) STRICT;

-- 1: in the trash because its owner erased it on another device; 2: taken back from there, and kept whatever the service says.
ALTER TABLE items ADD COLUMN erased_elsewhere INTEGER NOT NULL DEFAULT 0;

CREATE TRIGGER removals_of_items AFTER DELETE ON items
WHEN old.job_id IS NOT NULL AND old.erased_elsewhere = 0 AND old.service IN (SELECT service FROM histories) BEGIN
    INSERT OR IGNORE INTO removals (service, job_id, output_index) VALUES (old.service, old.job_id, old.output_index);
END;
