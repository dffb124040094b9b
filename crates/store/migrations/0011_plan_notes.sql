-- What somebody should know of how a plan was carried out, a JSON list of sentences: a table that was to be emptied
-- at once and went in batches, rows that VACUUM could not remove.
ALTER TABLE retain_plans ADD COLUMN notes TEXT NOT NULL DEFAULT '[]';
