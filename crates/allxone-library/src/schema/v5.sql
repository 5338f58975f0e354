-- What a person adds to a picture: tags (a JSON list) and a note; both are found by a search.
ALTER TABLE items ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
ALTER TABLE items ADD COLUMN note TEXT NOT NULL DEFAULT '';

DROP TRIGGER items_fts_insert;
DROP TRIGGER items_fts_delete;
DROP TRIGGER items_fts_update;
DROP TABLE items_fts;
CREATE VIRTUAL TABLE items_fts USING fts5 (
    prompt, negative, title, model, tags, note,
    content = 'items', content_rowid = 'n', tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);
-- Without this, removed words stay readable in the index.
INSERT INTO items_fts (items_fts, rank) VALUES ('secure-delete', 1);
INSERT INTO items_fts (items_fts) VALUES ('rebuild');
CREATE TRIGGER items_fts_insert AFTER INSERT ON items BEGIN
    INSERT INTO items_fts (rowid, prompt, negative, title, model, tags, note)
        VALUES (new.n, new.prompt, new.negative, new.title, new.model, new.tags, new.note);
END;
CREATE TRIGGER items_fts_delete AFTER DELETE ON items BEGIN
    INSERT INTO items_fts (items_fts, rowid, prompt, negative, title, model, tags, note)
        VALUES ('delete', old.n, old.prompt, old.negative, old.title, old.model, old.tags, old.note);
END;
CREATE TRIGGER items_fts_update AFTER UPDATE OF prompt, negative, title, model, tags, note ON items BEGIN
    INSERT INTO items_fts (items_fts, rowid, prompt, negative, title, model, tags, note)
        VALUES ('delete', old.n, old.prompt, old.negative, old.title, old.model, old.tags, old.note);
    INSERT INTO items_fts (rowid, prompt, negative, title, model, tags, note)
        VALUES (new.n, new.prompt, new.negative, new.title, new.model, new.tags, new.note);
END;
