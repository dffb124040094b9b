-- What dataward knows. No table here may hold a value of a customer: masked examples at most.
-- Times are RFC 3339 in UTC with six decimals, so that they sort as text.

CREATE TABLE sources (
    source      TEXT NOT NULL PRIMARY KEY,
    kind        TEXT NOT NULL,
    product     TEXT NOT NULL,
    transport   TEXT NOT NULL,
    first_seen  TEXT NOT NULL,
    last_seen   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE scans (
    id        TEXT NOT NULL PRIMARY KEY,
    started   TEXT NOT NULL,
    finished  TEXT,
    state     TEXT NOT NULL CHECK (state IN ('running', 'finished', 'interrupted')),
    request   TEXT NOT NULL,
    totals    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Units that a scan is done with: a scan that was cut off goes on with the others.
CREATE TABLE scan_units (
    scan    TEXT NOT NULL REFERENCES scans (id),
    source  TEXT NOT NULL,
    unit    TEXT NOT NULL,
    PRIMARY KEY (scan, source, unit)
) STRICT, WITHOUT ROWID;

-- What a scan did not read; `unit` is empty for a whole source.
CREATE TABLE skipped (
    scan    TEXT NOT NULL REFERENCES scans (id),
    source  TEXT NOT NULL,
    unit    TEXT NOT NULL,
    place   TEXT NOT NULL,
    reason  TEXT NOT NULL,
    cause   TEXT NOT NULL,
    PRIMARY KEY (scan, source, unit, place, reason)
) STRICT, WITHOUT ROWID;

CREATE TABLE units (
    source       TEXT NOT NULL,
    name         TEXT NOT NULL,
    kind         TEXT NOT NULL,
    bytes        INTEGER,
    exposure     TEXT,
    fingerprint  TEXT,
    coverage     TEXT NOT NULL,
    first_seen   TEXT NOT NULL,
    last_seen    TEXT NOT NULL,
    gone_since   TEXT,
    PRIMARY KEY (source, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE tables (
    source      TEXT NOT NULL,
    name        TEXT NOT NULL,
    unit        TEXT NOT NULL,
    shape       TEXT NOT NULL,
    row_count   INTEGER,
    rows_read   INTEGER NOT NULL,
    people      INTEGER,
    spans       TEXT NOT NULL,
    first_seen  TEXT NOT NULL,
    last_seen   TEXT NOT NULL,
    gone_since  TEXT,
    PRIMARY KEY (source, name),
    FOREIGN KEY (source, unit) REFERENCES units (source, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX tables_of_unit ON tables (source, unit);

CREATE TABLE columns (
    source         TEXT NOT NULL,
    table_name     TEXT NOT NULL,
    name           TEXT NOT NULL,
    position       INTEGER NOT NULL,
    declared_type  TEXT NOT NULL,
    category       TEXT,
    also           TEXT NOT NULL,
    confidence     REAL NOT NULL,
    why            TEXT NOT NULL,
    masked         TEXT NOT NULL,
    row_count      INTEGER NOT NULL,
    filled         INTEGER NOT NULL,
    distinct_count INTEGER NOT NULL,
    last_scan      TEXT NOT NULL REFERENCES scans (id),
    first_seen     TEXT NOT NULL,
    last_seen      TEXT NOT NULL,
    gone_since     TEXT,
    PRIMARY KEY (source, table_name, name),
    FOREIGN KEY (source, table_name) REFERENCES tables (source, name)
) STRICT, WITHOUT ROWID;

-- One row each time the answer for a column became another one.
CREATE TABLE verdicts (
    source      TEXT NOT NULL,
    table_name  TEXT NOT NULL,
    column_name TEXT NOT NULL,
    scan        TEXT NOT NULL REFERENCES scans (id),
    at          TEXT NOT NULL,
    category    TEXT,
    confidence  REAL NOT NULL,
    PRIMARY KEY (source, table_name, column_name, scan)
) STRICT, WITHOUT ROWID;

-- What a person said; never changed, the newest counts. Stands apart from `columns` so that it
-- lasts when a column goes away and comes back.
CREATE TABLE decisions (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    source      TEXT NOT NULL,
    table_name  TEXT NOT NULL,
    column_name TEXT NOT NULL,
    ruling      TEXT NOT NULL CHECK (ruling IN ('confirmed', 'overruled', 'withdrawn')),
    category    TEXT,
    person      TEXT NOT NULL,
    at          TEXT NOT NULL,
    reason      TEXT NOT NULL,
    UNIQUE (source, table_name, column_name, at, ruling, person)
) STRICT;

-- Who answers for a place; empty table or column name: for all below.
CREATE TABLE ownership (
    source        TEXT NOT NULL,
    table_name    TEXT NOT NULL,
    column_name   TEXT NOT NULL,
    owner         TEXT,
    purpose       TEXT,
    lawful_basis  TEXT,
    PRIMARY KEY (source, table_name, column_name)
) STRICT, WITHOUT ROWID;

-- `table_name` and `column_name` are empty where the finding is about all of it.
CREATE TABLE findings (
    id          TEXT NOT NULL PRIMARY KEY,
    check_name  TEXT NOT NULL,
    source      TEXT NOT NULL,
    table_name  TEXT NOT NULL,
    column_name TEXT NOT NULL,
    severity    TEXT NOT NULL,
    title       TEXT NOT NULL,
    reason      TEXT NOT NULL,
    remedy      TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('open', 'fixed')),
    first_seen  TEXT NOT NULL,
    last_seen   TEXT NOT NULL,
    fixed_at    TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX findings_of_check ON findings (check_name, source);

CREATE TABLE stage_runs (
    stage     TEXT NOT NULL,
    started   TEXT NOT NULL,
    finished  TEXT,
    outcome   TEXT NOT NULL,
    PRIMARY KEY (stage, started)
) STRICT, WITHOUT ROWID;

-- Which leaf of the evidence log stands for what.
CREATE TABLE receipts (
    log_index  INTEGER NOT NULL PRIMARY KEY,
    kind       TEXT NOT NULL,
    object     TEXT NOT NULL,
    tree_size  INTEGER NOT NULL,
    root_hash  TEXT NOT NULL
) STRICT;
CREATE INDEX receipts_of_object ON receipts (kind, object);

-- Every column with what a person decided about it: `effective` is what counts.
CREATE VIEW inventory AS
SELECT
    c.source, c.table_name, c.name AS column_name, c.position, c.declared_type,
    c.category AS detected, c.also, c.confidence, c.why, c.masked,
    c.row_count AS column_rows, c.filled, c.distinct_count, c.last_scan,
    c.first_seen, c.last_seen, c.gone_since,
    t.shape, t.row_count AS table_rows, t.rows_read, t.people, t.spans,
    u.name AS unit, u.kind AS unit_kind, u.bytes, u.exposure,
    s.kind AS source_kind,
    d.ruling, d.category AS decided, d.person, d.at AS decided_at, d.reason AS decided_why,
    CASE WHEN d.id IS NULL THEN c.category ELSE d.category END AS effective
FROM columns c
JOIN tables t ON t.source = c.source AND t.name = c.table_name
JOIN units u ON u.source = t.source AND u.name = t.unit
JOIN sources s ON s.source = c.source
LEFT JOIN decisions d
    ON d.id = (
        SELECT max(l.id) FROM decisions l
        WHERE l.source = c.source AND l.table_name = c.table_name AND l.column_name = c.name
    )
    AND d.ruling <> 'withdrawn';
