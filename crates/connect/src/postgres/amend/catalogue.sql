-- What a plan of retention must know. Needs no right beyond CONNECT: the catalogue is open to all.
WITH shown AS (
    SELECT c.*, n.nspname
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
      AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
)
SELECT pg_catalog.jsonb_build_object(
    'tables', (SELECT COALESCE(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
        'schema', t.nspname,
        'name', t.relname,
        'rows', (SELECT COALESCE(pg_catalog.sum(GREATEST(part.reltuples, 0)), 0)::int8
                 FROM pg_catalog.pg_partition_tree(t.oid) tree JOIN pg_catalog.pg_class part ON part.oid = tree.relid
                 WHERE part.relkind = 'r')
                + CASE WHEN t.relkind = 'r' THEN GREATEST(t.reltuples, 0)::int8 ELSE 0 END,
        'bytes', CASE WHEN t.relkind = 'r' THEN pg_catalog.pg_total_relation_size(t.oid)
                      ELSE (SELECT COALESCE(pg_catalog.sum(pg_catalog.pg_total_relation_size(tree.relid)), 0)::int8
                            FROM pg_catalog.pg_partition_tree(t.oid) tree) END,
        'row_security', pg_catalog.row_security_active(t.oid),
        -- A policy for reading that lets all through, and none that takes back what it gives.
        'sees_all', EXISTS (SELECT FROM pg_catalog.pg_policy p WHERE p.polrelid = t.oid AND p.polcmd IN ('*', 'r')
                            AND p.polpermissive AND pg_catalog.pg_get_expr(p.polqual, p.polrelid) = 'true'
                            AND EXISTS (SELECT FROM pg_catalog.unnest(p.polroles) AS r (id)
                                        WHERE r.id = 0 OR pg_catalog.pg_has_role(r.id, 'USAGE')))
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_policy p WHERE p.polrelid = t.oid AND p.polcmd IN ('*', 'r')
                            AND NOT p.polpermissive),
        'inherits', (SELECT COALESCE(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(above.nspname, above.relname)
                                                          ORDER BY i.inhseqno), '[]')
            FROM pg_catalog.pg_inherits i JOIN shown above ON above.oid = i.inhparent
            WHERE i.inhrelid = t.oid AND above.relkind = 'r'),
        'has_heirs', t.relkind = 'r' AND EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhparent = t.oid),
        'columns', (SELECT COALESCE(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                'name', a.attname,
                'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
                'nullable', NOT a.attnotnull AND NOT (SELECT y.typnotnull FROM pg_catalog.pg_type y WHERE y.oid = a.atttypid),
                'generated', a.attgenerated <> '' OR a.attidentity = 'a',
                'max_chars', CASE WHEN a.atttypid IN (1042, 1043) AND a.atttypmod > 4 THEN a.atttypmod - 4 END)
                ORDER BY a.attnum), '[]')
            FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped),
        'unique', (SELECT COALESCE(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                'primary', i.indisprimary,
                'strict', NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a
                                      WHERE a.attrelid = t.oid AND a.attnum = ANY (i.indkey) AND NOT a.attnotnull),
                'columns', (SELECT pg_catalog.jsonb_agg(a.attname ORDER BY k.at)
                            FROM pg_catalog.unnest(i.indkey) WITH ORDINALITY AS k (attnum, at)
                            JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum
                            WHERE k.at <= i.indnkeyatts))
                ORDER BY NOT i.indisprimary, i.indnkeyatts, i.indexrelid), '[]')
            FROM pg_catalog.pg_index i
            WHERE i.indrelid = t.oid AND i.indisunique AND i.indisvalid AND i.indimmediate
              AND i.indpred IS NULL AND NOT 0 = ANY (i.indkey)),
        'triggers', (SELECT COALESCE(pg_catalog.jsonb_agg(g.tgname ORDER BY g.tgname), '[]') FROM pg_catalog.pg_trigger g
            WHERE g.tgrelid = t.oid AND NOT g.tgisinternal AND g.tgenabled <> 'D' AND (g.tgtype & 24) <> 0),
        'keepers', (SELECT COALESCE(pg_catalog.jsonb_agg(k.name ORDER BY k.name), '[]') FROM (
            SELECT g.tgname AS name FROM pg_catalog.pg_trigger g
            WHERE g.tgrelid = t.oid AND NOT g.tgisinternal AND g.tgenabled <> 'D' AND (g.tgtype & 11) = 11
            UNION SELECT r.rulename FROM pg_catalog.pg_rewrite r
            WHERE r.ev_class = t.oid AND r.ev_type = '4' AND r.is_instead AND r.ev_enabled <> 'D') k),
        'rules', (SELECT COALESCE(pg_catalog.jsonb_agg(r.rulename ORDER BY r.rulename), '[]') FROM pg_catalog.pg_rewrite r
            WHERE r.ev_class = t.oid AND r.ev_type IN ('2', '4') AND r.ev_enabled <> 'D'),
        'partitioning', (SELECT pg_catalog.jsonb_build_object(
                'by_range', p.partstrat = 'r',
                'columns', (SELECT COALESCE(pg_catalog.jsonb_agg(a.attname), '[]') FROM pg_catalog.pg_attribute a
                            WHERE a.attrelid = t.oid AND a.attnum = ANY (p.partattrs)),
                'partitions', (SELECT COALESCE(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                        'schema', leaf_schema.nspname,
                        'name', leaf.relname,
                        'end', pg_catalog.substring(pg_catalog.pg_get_expr(leaf.relpartbound, leaf.oid), 'TO \((.*)\)$'),
                        'alone', pg_catalog.pg_has_role(leaf.relowner, 'USAGE')
                            AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g
                                            WHERE g.tgrelid = leaf.oid AND NOT g.tgisinternal AND g.tgparentid = 0)
                            AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint f
                                            WHERE f.contype = 'f' AND f.confrelid = leaf.oid AND f.conparentid = 0)
                            AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                                            WHERE d.refobjid = leaf.oid AND d.classid = 'pg_catalog.pg_rewrite'::regclass))
                        ORDER BY leaf_schema.nspname, leaf.relname), '[]')
                    FROM pg_catalog.pg_partition_tree(t.oid) tree
                    JOIN pg_catalog.pg_class leaf ON leaf.oid = tree.relid
                    JOIN pg_catalog.pg_namespace leaf_schema ON leaf_schema.oid = leaf.relnamespace
                    WHERE tree.isleaf AND tree.level = 1))
            FROM pg_catalog.pg_partitioned_table p WHERE p.partrelid = t.oid)
        ) ORDER BY t.nspname, t.relname), '[]') FROM shown t),
    'references', (SELECT COALESCE(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
        'name', f.conname,
        'child_schema', child.nspname, 'child', child.relname,
        'parent_schema', parent.nspname, 'parent', parent.relname,
        'action', f.confdeltype,
        'deferrable', f.condeferrable,
        'child_columns', (SELECT pg_catalog.jsonb_agg(a.attname ORDER BY k.at)
            FROM pg_catalog.unnest(f.conkey) WITH ORDINALITY AS k (attnum, at)
            JOIN pg_catalog.pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.attnum),
        'parent_columns', (SELECT pg_catalog.jsonb_agg(a.attname ORDER BY k.at)
            FROM pg_catalog.unnest(f.confkey) WITH ORDINALITY AS k (attnum, at)
            JOIN pg_catalog.pg_attribute a ON a.attrelid = f.confrelid AND a.attnum = k.attnum),
        'nullable', NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a
            WHERE a.attrelid = f.conrelid AND a.attnum = ANY (f.emptied) AND a.attnotnull)
            AND pg_catalog.cardinality(f.emptied) > 0,
        'emptied', (SELECT COALESCE(pg_catalog.jsonb_agg(a.attname ORDER BY a.attnum), '[]')
            FROM pg_catalog.pg_attribute a WHERE a.attrelid = f.conrelid AND a.attnum = ANY (f.emptied)),
        'indexed', EXISTS (SELECT FROM pg_catalog.pg_index i
            WHERE i.indrelid = f.conrelid AND i.indisvalid AND i.indpred IS NULL
              AND (i.indkey::int2[])[0:pg_catalog.array_length(f.conkey, 1) - 1] @> f.conkey)
        ) ORDER BY child.nspname, child.relname, f.conname), '[]')
        FROM (
            SELECT c.*,
                -- SET NULL (columns) of PostgreSQL 15 and later; else those that may be NULL: one is enough (MATCH SIMPLE),
                -- of MATCH FULL it takes all.
                CASE
                    WHEN pg_catalog.jsonb_typeof(pg_catalog.to_jsonb(c) -> 'confdelsetcols') = 'array'
                    THEN ARRAY(SELECT pg_catalog.jsonb_array_elements_text(pg_catalog.to_jsonb(c) -> 'confdelsetcols')::int2)
                    WHEN c.confmatchtype = 'f' THEN c.conkey
                    ELSE ARRAY(SELECT a.attnum FROM pg_catalog.pg_attribute a
                               WHERE a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey) AND NOT a.attnotnull)
                END AS emptied
            FROM pg_catalog.pg_constraint c WHERE c.contype = 'f' AND c.conparentid = 0
        ) f
        -- A reference of one partition alone, or to one, counts as one of the whole table.
        JOIN shown child ON child.oid = COALESCE(pg_catalog.pg_partition_root(f.conrelid), f.conrelid)
        JOIN shown parent ON parent.oid = COALESCE(pg_catalog.pg_partition_root(f.confrelid), f.confrelid))
)::text AS facts
