-- What a run of an audit stage could not look at.
ALTER TABLE stage_runs ADD COLUMN gaps TEXT NOT NULL DEFAULT '[]';

-- The rows that a finding is about, where no later audit can tell them: their keys where these are numbers or UUIDs,
-- else their places or keyed hashes.
CREATE TABLE finding_rows (
    finding  TEXT NOT NULL PRIMARY KEY,
    rows     TEXT NOT NULL
) STRICT, WITHOUT ROWID;
