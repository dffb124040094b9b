-- Functions and procedures outside the system's schemas. Parsed bodies came with version 14.
SELECT p.oid::int8 AS oid, p.pronamespace::int8 AS schema, p.proname::text AS name,
       pg_catalog.pg_get_function_identity_arguments(p.oid) AS arguments,
       p.prokind = 'p' AS is_procedure, p.proowner::int8 AS owner, p.proacl::text[] AS acl, p.prosecdef AS definer,
       l.lanname::text AS language, NOT l.lanpltrusted AND l.lanname NOT IN ('internal', 'c', 'sql') AS untrusted,
       (p.prorettype = 'pg_catalog.bool'::pg_catalog.regtype OR p.prorettype = 'pg_catalog.void'::pg_catalog.regtype)
           AND p.proallargtypes IS NULL AND NOT p.proretset AS shows_nothing,
       p.prorettype IN ('pg_catalog.trigger'::pg_catalog.regtype,
                        'pg_catalog.event_trigger'::pg_catalog.regtype) AS is_trigger,
       CASE WHEN l.lanname IN ('sql', 'plpgsql') THEN p.prosrc END AS text,
       CASE WHEN l.lanname = 'sql' THEN pg_catalog.to_jsonb(p) ->> 'prosqlbody' END AS parsed,
       (SELECT pg_catalog.substr(s, 13) FROM pg_catalog.unnest(p.proconfig) s WHERE s LIKE 'search\_path=%') AS path
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE p.prokind IN ('f', 'p')
  AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname !~ '^pg_(toast|temp)'
ORDER BY n.nspname, p.proname, arguments
