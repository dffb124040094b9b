-- Who is in a column, as a keyed sketch (the key lies beside this file): no value can be read from it
-- or tried out without the key. `column_name` is empty for the text of a document.
CREATE TABLE sketches (
    source          TEXT NOT NULL,
    table_name      TEXT NOT NULL,
    column_name     TEXT NOT NULL,
    category        TEXT NOT NULL,
    distinct_count  INTEGER NOT NULL,
    hashes          BLOB NOT NULL,
    PRIMARY KEY (source, table_name, column_name, category)
) STRICT, WITHOUT ROWID;

-- How large each table was each time it was read; the newest two dozen are kept.
CREATE TABLE table_sizes (
    source      TEXT NOT NULL,
    table_name  TEXT NOT NULL,
    at          TEXT NOT NULL,
    row_count   INTEGER,
    people      INTEGER,
    PRIMARY KEY (source, table_name, at)
) STRICT, WITHOUT ROWID;

-- What servers counted of the use of tables at the last review, and since when that has not changed.
CREATE TABLE table_uses (
    source      TEXT NOT NULL,
    table_name  TEXT NOT NULL,
    lookups     INTEGER NOT NULL,
    writes      INTEGER NOT NULL,
    since       TEXT NOT NULL,
    PRIMARY KEY (source, table_name)
) STRICT, WITHOUT ROWID;
