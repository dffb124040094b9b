-- What reading one relation needs to know of it. $1 is its schema, $2 its name.
WITH RECURSIVE wanted AS (
    SELECT c.*, n.nspname
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
),
below (oid) AS (
    SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN wanted ON i.inhparent = wanted.oid
  UNION
    SELECT i.inhrelid FROM below JOIN pg_catalog.pg_inherits i ON i.inhparent = below.oid
),
is_apart AS (
    SELECT EXISTS (SELECT FROM pg_catalog.pg_inherits i, wanted WHERE i.inhrelid = wanted.oid)
        OR EXISTS (
            SELECT FROM below
            JOIN pg_catalog.pg_attribute a ON a.attrelid = below.oid
            WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attinhcount = 0)
        OR EXISTS (
            SELECT FROM below
            JOIN pg_catalog.pg_inherits up ON up.inhrelid = below.oid
            GROUP BY below.oid HAVING pg_catalog.count(*) > 1) AS yes
),
part AS (
    SELECT c.*
    FROM (
        SELECT oid FROM wanted
      UNION
        SELECT below.oid FROM below CROSS JOIN is_apart
        WHERE (SELECT relkind FROM wanted) = 'p' OR NOT is_apart.yes
    ) member
    -- One index look-up each; a join would read the whole catalogue.
    CROSS JOIN LATERAL (SELECT * FROM pg_catalog.pg_class WHERE oid = member.oid OFFSET 0) c
),
-- The views a view is made of, and the functions in them.
views (oid) AS (
    SELECT oid FROM wanted WHERE relkind = 'v'
  UNION
    SELECT inner_view.oid
    FROM views
    JOIN pg_catalog.pg_rewrite rule ON rule.ev_class = views.oid
    JOIN pg_catalog.pg_depend uses ON uses.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
                                  AND uses.objid = rule.oid
                                  AND uses.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
    JOIN pg_catalog.pg_class inner_view ON inner_view.oid = uses.refobjid AND inner_view.relkind = 'v'
),
code_owner (oid) AS (
    SELECT c.relowner FROM views JOIN pg_catalog.pg_class c ON c.oid = views.oid
  UNION
    SELECT p.proowner
    FROM views
    JOIN pg_catalog.pg_rewrite rule ON rule.ev_class = views.oid
    JOIN pg_catalog.pg_depend uses ON uses.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
                                  AND uses.objid = rule.oid
                                  AND uses.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
    JOIN pg_catalog.pg_proc p ON p.oid = uses.refobjid
),
stored AS (
    SELECT pg_catalog.sum(pg_catalog.pg_relation_size(part.oid))::int8 AS bytes,
           pg_catalog.sum(CASE WHEN part.reltoastrelid <> 0
                               THEN pg_catalog.pg_relation_size(part.reltoastrelid) ELSE 0 END)::int8 AS toast_bytes,
           CASE WHEN pg_catalog.bool_and(part.reltuples > 0 AND part.relpages > 0)
                THEN pg_catalog.sum(part.reltuples) / pg_catalog.sum(part.relpages) END::float8 AS rows_per_page
    FROM part WHERE part.relkind IN ('r', 'm')
)
SELECT wanted.oid::int8 AS oid,
       wanted.relkind::text AS kind,
       wanted.relispopulated AS is_filled,
       wanted.relkind = 'r' AND is_apart.yes AND wanted.relhassubclass AS is_apart,
       pg_catalog.row_security_active(wanted.oid) AS hides_rows,
       pg_catalog.has_schema_privilege(wanted.relnamespace, 'USAGE') AS may_use_schema,
       NOT EXISTS (
           SELECT FROM code_owner JOIN pg_catalog.pg_roles r ON r.oid = code_owner.oid
           WHERE NOT r.rolsuper) AS is_trusted,
       wanted.relkind IN ('r', 'p', 'm') AND NOT EXISTS (
           SELECT FROM part LEFT JOIN pg_catalog.pg_am am ON am.oid = part.relam
           WHERE part.relkind <> 'p' AND am.amname IS DISTINCT FROM 'heap') AS can_sample,
       COALESCE(stored.bytes, 0) AS bytes,
       COALESCE(stored.toast_bytes, 0) AS toast_bytes,
       stored.rows_per_page,
       pg_catalog.current_setting('block_size')::int8 AS block_size
FROM wanted CROSS JOIN is_apart CROSS JOIN stored
