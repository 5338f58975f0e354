-- The order in which waiting drafts are taken; the person may change it.
ALTER TABLE queue ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
