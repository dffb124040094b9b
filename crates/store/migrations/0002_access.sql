-- Who could do what at the last audit of access: one answer a source, without values of customers.
CREATE TABLE access_answers (
    source   TEXT NOT NULL PRIMARY KEY,
    at       TEXT NOT NULL,
    answer   TEXT NOT NULL
) STRICT, WITHOUT ROWID;
