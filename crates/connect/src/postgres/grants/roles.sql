-- Every role of the server. Needs nothing.
SELECT r.oid::int8 AS oid, r.rolname::text AS name, r.rolsuper AS superuser, r.rolinherit AS inherits,
       r.rolcreaterole AS create_role, r.rolcanlogin AS login, r.rolreplication AS replication,
       r.rolbypassrls AS bypass_rls, r.rolconnlimit AS connection_limit,
       CASE WHEN pg_catalog.isfinite(r.rolvaliduntil)
            THEN pg_catalog.date_part('epoch', r.rolvaliduntil)::int8 END AS valid_until,
       COALESCE(r.rolvaliduntil <= pg_catalog.now(), false) AS expired
FROM pg_catalog.pg_roles r
ORDER BY r.rolname
