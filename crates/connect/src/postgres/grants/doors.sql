-- What leads around the rights on tables.
SELECT 'trigger' AS kind, pg_catalog.format('%I on %I.%I', t.tgname, n.nspname, c.relname) AS name,
       p.proowner::int8 AS owner, NULL::int8 AS role, NULL::text[] AS acl
FROM pg_catalog.pg_trigger t
JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid AND p.prosecdef
JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE NOT t.tgisinternal
UNION ALL
SELECT 'event-trigger', e.evtname::text, e.evtowner::int8, NULL, NULL FROM pg_catalog.pg_event_trigger e
UNION ALL
SELECT 'foreign-server', s.srvname::text, s.srvowner::int8, NULL, s.srvacl::text[] FROM pg_catalog.pg_foreign_server s
UNION ALL
SELECT 'user-mapping', u.srvname::text, s.srvowner::int8, u.umuser::int8, NULL
FROM pg_catalog.pg_user_mappings u JOIN pg_catalog.pg_foreign_server s ON s.oid = u.srvid
UNION ALL
SELECT 'language', l.lanname::text, l.lanowner::int8, NULL, l.lanacl::text[]
FROM pg_catalog.pg_language l WHERE l.lanispl AND NOT l.lanpltrusted
UNION ALL
SELECT 'publication', p.pubname::text, p.pubowner::int8, NULL, NULL FROM pg_catalog.pg_publication p
UNION ALL
SELECT 'replication-slot', s.slot_name::text, 0, NULL, NULL
FROM pg_catalog.pg_replication_slots s WHERE s.database IS NULL OR s.database = pg_catalog.current_database()
UNION ALL
SELECT 'large-objects', pg_catalog.count(*)::text, l.lomowner::int8, NULL, l.lomacl::text[]
FROM (SELECT lomowner, lomacl FROM pg_catalog.pg_largeobject_metadata LIMIT 100000) l GROUP BY l.lomowner, l.lomacl::text[]
ORDER BY 1, 2
