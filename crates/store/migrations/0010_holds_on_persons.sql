-- A hold on a person covers every source, also one that is declared later.
CREATE TABLE retain_holds_2 (
    id          TEXT NOT NULL PRIMARY KEY,
    kind        TEXT NOT NULL CHECK (kind IN ('hold', 'tolling')),
    matter      TEXT NOT NULL,
    -- NULL: all sources.
    source      TEXT,
    table_name  TEXT,
    -- Which rows, or which person: sealed.
    rows        BLOB,
    placed_at   TEXT NOT NULL,
    placed_by   TEXT NOT NULL,
    released_at TEXT,
    released_by TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO retain_holds_2
    SELECT id, kind, matter, source, table_name, rows, placed_at, placed_by, released_at, released_by
    FROM retain_holds;
DROP TABLE retain_holds;
ALTER TABLE retain_holds_2 RENAME TO retain_holds;
