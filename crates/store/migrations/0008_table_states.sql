-- What tables held when they were last read whole, as keyed hashes: the next audit compares. No value, and
-- nothing that can be found out without the project's key.
CREATE TABLE table_states (
    source      TEXT NOT NULL,
    table_name  TEXT NOT NULL,
    at          TEXT NOT NULL,
    key_columns TEXT NOT NULL,
    filled      TEXT NOT NULL,
    digest      BLOB NOT NULL,
    PRIMARY KEY (source, table_name)
) STRICT, WITHOUT ROWID;
