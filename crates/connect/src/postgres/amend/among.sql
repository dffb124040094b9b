-- The foreign keys among the tables of $1 (as they stand in SQL): how they are taken off and put on again.
WITH ours AS (
    SELECT pg_catalog.to_regclass(given.name)::oid AS oid, given.name FROM pg_catalog.unnest($1::text[]) AS given (name)
)
SELECT child.name, pg_catalog.quote_ident(f.conname), pg_catalog.pg_get_constraintdef(f.oid),
       pg_catalog.quote_literal(pg_catalog.obj_description(f.oid, 'pg_constraint')), parent.name,
       (SELECT pg_catalog.string_agg('c.' || pg_catalog.quote_ident(a.attname) || ' = p.' || pg_catalog.quote_ident(b.attname),
                                     ' AND ' ORDER BY k.at)
        FROM ROWS FROM (pg_catalog.unnest(f.conkey), pg_catalog.unnest(f.confkey)) WITH ORDINALITY AS k (child, parent, at)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.child
        JOIN pg_catalog.pg_attribute b ON b.attrelid = f.confrelid AND b.attnum = k.parent)
FROM pg_catalog.pg_constraint f
JOIN ours child ON child.oid = f.conrelid
JOIN ours parent ON parent.oid = f.confrelid
WHERE f.contype = 'f'
ORDER BY 1, 2
