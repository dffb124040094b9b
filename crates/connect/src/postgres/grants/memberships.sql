-- Who belongs to which role. INHERIT and SET of a grant came with version 16.
SELECT m.roleid::int8 AS role, m.member::int8 AS member, m.grantor::int8 AS grantor, m.admin_option AS admin,
       (pg_catalog.to_jsonb(m) ->> 'inherit_option')::bool AS inherits,
       (pg_catalog.to_jsonb(m) ->> 'set_option')::bool AS set
FROM pg_catalog.pg_auth_members m
ORDER BY m.roleid, m.member, m.grantor
