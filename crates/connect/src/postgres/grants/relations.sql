-- Tables, views and the like outside the system's schemas, with their columns.
SELECT c.oid::int8 AS oid, c.relnamespace::int8 AS schema, c.relname::text AS name, c.relkind::text AS kind,
       c.relowner::int8 AS owner, c.relacl::text[] AS acl,
       c.relrowsecurity AS row_security, c.relforcerowsecurity AS force_row_security, c.relispopulated AS populated,
       CASE c.relkind WHEN 'm' THEN COALESCE(pg_relation_size(c.oid) > 0, false) ELSE false END AS holds_rows,
       COALESCE((SELECT o.option_value::bool FROM pg_catalog.pg_options_to_table(c.reloptions) o
                 WHERE o.option_name = 'security_invoker'), false) AS security_invoker,
       a.numbers, a.names
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT COALESCE(pg_catalog.array_agg(a.attnum ORDER BY a.attnum), '{}') AS numbers,
           COALESCE(pg_catalog.array_agg(a.attname::text ORDER BY a.attnum), '{}') AS names
    FROM pg_catalog.pg_attribute a
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
) a
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname !~ '^pg_(toast|temp)'
ORDER BY n.nspname, c.relname
