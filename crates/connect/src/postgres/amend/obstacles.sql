-- Why the tables of $1 (as they stand in SQL) can't be emptied and filled again as they were: `kind: what`.
WITH ours AS (
    SELECT c.*, given.name AS given
    FROM pg_catalog.unnest($1::text[]) AS given (name)
    JOIN pg_catalog.pg_class c ON c.oid = pg_catalog.to_regclass(given.name)
)
SELECT 'gone: ' || given.name FROM pg_catalog.unnest($1::text[]) AS given (name)
WHERE pg_catalog.to_regclass(given.name) IS NULL
UNION ALL SELECT 'version: PostgreSQL ' || pg_catalog.current_setting('server_version')
WHERE pg_catalog.current_setting('server_version_num')::int < 140000
UNION ALL SELECT 'owner: ' || given FROM ours WHERE NOT pg_catalog.pg_has_role(relowner, 'USAGE')
UNION ALL SELECT 'temporary: ' || pg_catalog.current_database()
WHERE NOT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMP')
UNION ALL SELECT 'partition: ' || given FROM ours
WHERE relkind <> 'r' OR relispartition
   OR EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE ours.oid IN (i.inhrelid, i.inhparent))
UNION ALL SELECT 'storage: ' || given FROM ours
JOIN pg_catalog.pg_am a ON a.oid = ours.relam WHERE a.amname <> 'heap'
UNION ALL SELECT 'row-security: ' || given FROM ours WHERE pg_catalog.row_security_active(ours.oid)
UNION ALL SELECT 'trigger: ' || g.tgname FROM ours JOIN pg_catalog.pg_trigger g ON g.tgrelid = ours.oid
WHERE CASE WHEN g.tgisinternal THEN g.tgenabled <> 'O' ELSE g.tgenabled <> 'D' END
UNION ALL SELECT 'event-trigger: ' || evtname FROM pg_catalog.pg_event_trigger WHERE evtenabled <> 'D'
UNION ALL SELECT 'rule: ' || r.rulename FROM ours JOIN pg_catalog.pg_rewrite r ON r.ev_class = ours.oid
UNION ALL SELECT 'generated: ' || given || '.' || a.attname FROM ours
JOIN pg_catalog.pg_attribute a ON a.attrelid = ours.oid WHERE a.attgenerated = 's' AND NOT a.attisdropped
UNION ALL SELECT 'type: ' || given || '.' || a.attname FROM ours
JOIN pg_catalog.pg_attribute a ON a.attrelid = ours.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid WHERE t.typsend = 0 OR t.typreceive = 0
UNION ALL SELECT 'published: ' || p.pubname FROM ours
JOIN pg_catalog.pg_namespace n ON n.oid = ours.relnamespace
JOIN pg_catalog.pg_publication_tables p ON p.schemaname = n.nspname AND p.tablename = ours.relname
UNION ALL SELECT 'replicated: ' || slot_name FROM pg_catalog.pg_replication_slots
WHERE slot_type = 'logical' AND database = pg_catalog.current_database()
UNION ALL SELECT 'unproven: ' || f.conname FROM ours JOIN pg_catalog.pg_constraint f ON f.conrelid = ours.oid
WHERE NOT f.convalidated
UNION ALL SELECT 'referenced: ' || f.conrelid::pg_catalog.regclass::text FROM ours
JOIN pg_catalog.pg_constraint f ON f.contype = 'f' AND f.confrelid = ours.oid
WHERE f.conrelid NOT IN (SELECT oid FROM ours)
UNION ALL SELECT 'foreign-key: ' || f.conname FROM ours
JOIN pg_catalog.pg_constraint f ON f.contype = 'f' AND f.conrelid = ours.oid AND f.confrelid IN (SELECT oid FROM ours)
WHERE EXISTS (SELECT FROM pg_catalog.pg_trigger g WHERE g.tgconstraint = f.oid AND g.tgenabled <> 'O')
   OR EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.deptype NOT IN ('i', 'a', 'P', 'S')
              AND d.refclassid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.refobjid = f.oid)
   OR EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.deptype IN ('e', 'x')
              AND d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objid = f.oid)
ORDER BY 1
