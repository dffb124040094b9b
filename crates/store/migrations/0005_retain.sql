-- Retention: saved plans and how far they are applied, holds, what was anonymised. No key of a row and no
-- value of a customer stands here in clear; keys of rows are sealed beside the plan, with `row_key`,
-- which is overwritten when the plan has come to its end.
CREATE TABLE retain_plans (
    hash        TEXT NOT NULL PRIMARY KEY,
    made_at     TEXT NOT NULL,
    made_by     TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('planned', 'approved', 'applying', 'done', 'dropped')),
    rows        INTEGER NOT NULL,
    row_key     BLOB,
    approved_at TEXT,
    approved_by TEXT,
    log_index   INTEGER,
    tree_size   INTEGER,
    root_hash   TEXT,
    started_at  TEXT,
    finished_at TEXT
) STRICT, WITHOUT ROWID;

-- One transaction of an apply. `intent`: it may or may not have reached the source.
CREATE TABLE retain_batches (
    plan    TEXT NOT NULL REFERENCES retain_plans (hash),
    chunk   INTEGER NOT NULL,
    first   INTEGER NOT NULL,
    count   INTEGER NOT NULL,
    state   TEXT NOT NULL CHECK (state IN ('intent', 'done')),
    step    INTEGER NOT NULL,
    changed INTEGER NOT NULL DEFAULT 0,
    skipped TEXT NOT NULL DEFAULT '{}',
    PRIMARY KEY (plan, chunk, first)
) STRICT, WITHOUT ROWID;

CREATE TABLE retain_holds (
    id          TEXT NOT NULL PRIMARY KEY,
    kind        TEXT NOT NULL CHECK (kind IN ('hold', 'tolling')),
    matter      TEXT NOT NULL,
    source      TEXT NOT NULL,
    table_name  TEXT,
    -- Which rows: sealed, as it names a person.
    rows        BLOB,
    placed_at   TEXT NOT NULL,
    placed_by   TEXT NOT NULL,
    released_at TEXT,
    released_by TEXT
) STRICT, WITHOUT ROWID;
