-- Which section of the Acceptable Use Policy a decision cites.
ALTER TABLE decisions ADD COLUMN section TEXT NOT NULL DEFAULT '';
