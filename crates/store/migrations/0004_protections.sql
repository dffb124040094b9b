-- What was proven to encrypt stored data, how, and from when to when. An empty unit stands for all of a
-- source, an empty column for all of a unit.
CREATE TABLE protections (
    source      TEXT NOT NULL,
    unit        TEXT NOT NULL,
    column_name TEXT NOT NULL,
    by_what     TEXT NOT NULL,
    proof       TEXT NOT NULL,
    first_seen  TEXT NOT NULL,
    last_seen   TEXT NOT NULL,
    gone_since  TEXT,
    PRIMARY KEY (source, unit, column_name, by_what, first_seen)
) STRICT, WITHOUT ROWID;
