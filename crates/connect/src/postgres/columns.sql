-- The columns of the relation with the object id $1 (as text), in their order.
WITH RECURSIVE base (attnum, oid, typmod) AS (
    SELECT a.attnum, a.atttypid, a.atttypmod
    FROM pg_catalog.pg_attribute a
    WHERE a.attrelid = $1::pg_catalog.oid AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
    SELECT base.attnum, t.typbasetype, CASE WHEN base.typmod = -1 THEN t.typtypmod ELSE base.typmod END
    FROM base JOIN pg_catalog.pg_type t ON t.oid = base.oid
    WHERE t.typtype = 'd'
),
keys AS (
    SELECT k.contype, k.conkey, k.confkey, k.confrelid
    FROM pg_catalog.pg_constraint k
    WHERE k.conrelid = $1::pg_catalog.oid AND k.contype IN ('p', 'u', 'f')
)
SELECT a.attname::text AS name,
       pg_catalog.format_type(a.atttypid, a.atttypmod) AS declared_type,
       t.oid::int8 AS type_oid,
       base.typmod AS typmod,
       t.typtype::text AS type_kind,
       t.typname::text AS type_name,
       t.typlen = -1 AS has_any_length,
       COALESCE(element.typtype, '') ::text AS element_kind,
       pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT') AS may_read,
       pg_catalog.col_description(a.attrelid, a.attnum) AS comment,
       EXISTS (SELECT FROM keys WHERE contype = 'p' AND a.attnum = ANY (conkey)) AS is_primary,
       EXISTS (SELECT FROM keys WHERE contype = 'u' AND conkey = ARRAY[a.attnum])
         OR EXISTS (
           SELECT FROM pg_catalog.pg_index x
           WHERE x.indrelid = a.attrelid AND x.indisunique AND x.indisvalid AND x.indnkeyatts = 1
             AND x.indpred IS NULL AND x.indkey[0] = a.attnum) AS is_unique,
       pointed.schema AS foreign_schema,
       pointed.name AS foreign_table,
       pointed.attname AS foreign_column
FROM pg_catalog.pg_attribute a
JOIN base ON base.attnum = a.attnum
JOIN pg_catalog.pg_type t ON t.oid = base.oid AND t.typtype <> 'd'
LEFT JOIN pg_catalog.pg_type element ON element.oid = t.typelem AND t.typcategory = 'A'
LEFT JOIN LATERAL (
    SELECT n.nspname::text AS schema, c.relname::text AS name, there.attname::text AS attname
    FROM keys
    JOIN pg_catalog.pg_class c ON c.oid = keys.confrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute there
      ON there.attrelid = c.oid
     AND there.attnum = keys.confkey[pg_catalog.array_position(keys.conkey, a.attnum)]
    WHERE keys.contype = 'f' AND a.attnum = ANY (keys.conkey)
    LIMIT 1
) pointed ON true
WHERE a.attrelid = $1::pg_catalog.oid AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
