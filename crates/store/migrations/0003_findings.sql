-- Findings get a life: accepted until a day, rejected, reopened, assigned; and a history.

CREATE TABLE findings_with_life (
    id             TEXT NOT NULL PRIMARY KEY,
    check_name     TEXT NOT NULL,
    source         TEXT NOT NULL,
    table_name     TEXT NOT NULL,
    column_name    TEXT NOT NULL,
    detail         TEXT NOT NULL,
    severity       TEXT NOT NULL,
    people         INTEGER,
    title          TEXT NOT NULL,
    reason         TEXT NOT NULL,
    law            TEXT NOT NULL,
    remedy         TEXT NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('accepted', 'fixed', 'open', 'rejected', 'reopened')),
    first_seen     TEXT NOT NULL,
    last_seen      TEXT NOT NULL,
    fixed_at       TEXT,
    assigned_to    TEXT,
    decided_by     TEXT,
    decided_at     TEXT,
    decided_why    TEXT,
    -- The severity that was decided about: an acceptance does not cover a graver one.
    decided_on     TEXT,
    accepted_until TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO findings_with_life (id, check_name, source, table_name, column_name, detail, severity, title, reason, law,
    remedy, state, first_seen, last_seen, fixed_at)
SELECT id, check_name, source, table_name, column_name, '', severity, title, reason, '[]', remedy, state, first_seen,
    last_seen, fixed_at
FROM findings;
DROP TABLE findings;
ALTER TABLE findings_with_life RENAME TO findings;
CREATE INDEX findings_of_check ON findings (check_name, source);

-- One row each time a finding changed its state or its person.
CREATE TABLE finding_changes (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    finding  TEXT NOT NULL,
    at       TEXT NOT NULL,
    change   TEXT NOT NULL,
    severity TEXT NOT NULL,
    person   TEXT,
    note     TEXT
) STRICT;
CREATE INDEX finding_changes_of ON finding_changes (finding, id);
