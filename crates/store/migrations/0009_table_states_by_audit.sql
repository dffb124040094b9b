-- What a table held is kept for each audit until the next one is in the evidence log: an audit that is cut off
-- counts for nothing, and leaves what the one before it kept.
ALTER TABLE table_states RENAME TO table_states_before;
CREATE TABLE table_states (
    source      TEXT NOT NULL,
    table_name  TEXT NOT NULL,
    at          TEXT NOT NULL,
    key_columns TEXT NOT NULL,
    filled      TEXT NOT NULL,
    digest      BLOB NOT NULL,
    PRIMARY KEY (source, table_name, at)
) STRICT, WITHOUT ROWID;
INSERT INTO table_states SELECT source, table_name, at, key_columns, filled, digest FROM table_states_before;
DROP TABLE table_states_before;
