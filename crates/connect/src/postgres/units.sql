-- Every table, view, materialised view and foreign table outside the system's schemas.
-- Needs no right beyond connecting. $1 is 'yes' to ask for sizes too, which takes a reader's lock.
WITH RECURSIVE tree (root, child) AS (
    SELECT i.inhparent, i.inhrelid
    FROM pg_catalog.pg_inherits i
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_inherits above WHERE above.inhrelid = i.inhparent)
  UNION
    SELECT tree.root, i.inhrelid
    FROM tree JOIN pg_catalog.pg_inherits i ON i.inhparent = tree.child
),
-- Trees with a table that has columns of its own or two parents: read table by table.
apart AS (
    SELECT DISTINCT tree.root
    FROM tree
    WHERE EXISTS (
            SELECT FROM pg_catalog.pg_attribute a
            WHERE a.attrelid = tree.child AND a.attnum > 0 AND NOT a.attisdropped AND a.attinhcount = 0)
       OR (SELECT pg_catalog.count(*) FROM pg_catalog.pg_inherits up WHERE up.inhrelid = tree.child) > 1
),
-- All other trees (partitions among them) are read through their root.
merged AS (
    SELECT root, child FROM tree WHERE root NOT IN (SELECT root FROM apart)
),
part (unit, oid) AS (
    SELECT c.oid, c.oid FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', 'p', 'm')
  UNION ALL
    SELECT root, child FROM merged
),
server AS (
    SELECT pg_catalog.current_setting('block_size')::float8 AS block_size,
           -- Older servers may keep the counts of an idle session back for ever; a standby has none.
           pg_catalog.current_setting('server_version_num')::int4 >= 150000
             AND pg_catalog.current_setting('track_counts') = 'on'
             AND NOT pg_catalog.pg_is_in_recovery() AS counts_changes,
           pg_catalog.concat_ws(' ',
               (SELECT stats_reset FROM pg_catalog.pg_stat_bgwriter),
               (SELECT stats_reset FROM pg_catalog.pg_stat_database
                WHERE datname = pg_catalog.current_database())) AS counted_since
),
stored AS (
    SELECT part.unit,
           pg_catalog.sum(
               CASE WHEN c.relkind = 'p' THEN 0
                    WHEN c.reltuples > 0 AND c.relpages > 0
                    THEN c.reltuples / c.relpages
                         * COALESCE(size.main / server.block_size, c.relpages)
                    WHEN size.main = 0 THEN 0
                    ELSE NULLIF(pg_catalog.pg_stat_get_live_tuples(c.oid), 0) END) AS rows,
           pg_catalog.sum(COALESCE(size.whole, c.relpages * server.block_size)) AS bytes,
           pg_catalog.bool_and(c.relkind IN ('r', 'p', 'm')) AS is_local,
           pg_catalog.md5(pg_catalog.string_agg(
               pg_catalog.concat_ws(' ', c.oid, c.relfilenode, c.xmin, size.main,
                   pg_catalog.pg_stat_get_tuples_inserted(c.oid),
                   pg_catalog.pg_stat_get_tuples_updated(c.oid),
                   pg_catalog.pg_stat_get_tuples_deleted(c.oid),
                   server.counted_since,
                   (SELECT pg_catalog.md5(pg_catalog.string_agg(pg_catalog.concat_ws(' ', a.xmin, a.attname), ','
                                                                ORDER BY a.attnum))
                    FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0)),
               ',' ORDER BY c.oid)) AS mark
    FROM part
    JOIN pg_catalog.pg_class c ON c.oid = part.oid
    CROSS JOIN server
    CROSS JOIN LATERAL (
        SELECT CASE WHEN $1 = 'yes' AND c.relkind IN ('r', 'm') THEN pg_catalog.pg_relation_size(c.oid) END AS main,
               CASE WHEN $1 = 'yes' AND c.relkind IN ('r', 'm') THEN pg_catalog.pg_table_size(c.oid) END AS whole
    ) size
    GROUP BY part.unit
)
SELECT n.nspname::text AS schema,
       c.relname::text AS name,
       c.relkind::text AS kind,
       GREATEST(stored.rows, 0)::int8 AS rows,
       stored.bytes::int8 AS bytes,
       CASE WHEN server.counts_changes AND stored.is_local AND $1 = 'yes' THEN stored.mark END AS mark
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN server
LEFT JOIN stored ON stored.unit = c.oid
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND c.relpersistence <> 't'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname !~ '^pg_(toast|temp)'
  AND c.oid NOT IN (SELECT child FROM merged)
ORDER BY n.nspname, c.relname
