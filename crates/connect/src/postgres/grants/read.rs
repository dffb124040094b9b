//! Reads the facts: a fixed number of statements in one snapshot.

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;
use sqlx::Decode;
use sqlx::Postgres;
use sqlx::Type;
use sqlx::postgres::PgRow;

use super::super::names::quote_identifier;
use super::super::session::Pool;
use super::super::session::Session;
use super::acl::Acls;
use super::body;
use super::facts::*;
use super::query_tree;
use super::search_path::search_path;
use crate::ConnectError;

/// What we look at, and whether entries are right without it.
const CATALOGUE: &[(&str, bool, &str)] = &[
    ("pg_roles", true, "the roles"),
    ("pg_auth_members", true, "which role belongs to which"),
    ("pg_database", true, "who may connect"),
    ("pg_namespace", true, "the schemas"),
    ("pg_class", true, "the tables and their rights"),
    ("pg_attribute", true, "the columns and their rights"),
    ("pg_inherits", true, "which table is part of which"),
    ("pg_policy", true, "the policies of row security"),
    ("pg_rewrite", true, "what views read"),
    ("pg_proc", true, "the functions"),
    ("pg_language", true, "the languages of functions"),
    ("pg_default_acl", false, "who may read new tables"),
    ("pg_hba_file_rules", false, "whom pg_hba.conf lets in: that an account can log in is taken from its roles alone"),
    ("pg_authid", false, "which accounts have no password, or one that is kept badly"),
    ("pg_trigger", false, "triggers"),
    ("pg_event_trigger", false, "triggers of the whole database"),
    ("pg_foreign_server", false, "other servers that this one reads"),
    ("pg_user_mappings", false, "log-ins at other servers"),
    ("pg_publication", false, "publications"),
    ("pg_replication_slots", false, "replication slots"),
    ("pg_largeobject_metadata", false, "large objects"),
    ("pg_stat_activity", false, "who is at work"),
];

const MAY_READ: &str = "\
SELECT c.relname::text AS name,
       pg_catalog.has_table_privilege(c.oid, 'SELECT')
       AND (c.relname <> 'pg_hba_file_rules'
            OR pg_catalog.has_function_privilege('pg_catalog.pg_hba_file_rules()', 'EXECUTE')) AS may
FROM pg_catalog.pg_class c
WHERE c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace AND c.relname = ANY (pg_catalog.string_to_array($1, ' '))";

const DATABASE: &str = "\
SELECT d.datname::text AS name, d.datdba::int8 AS owner, d.datacl::text[] AS acl
FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()";

const SCHEMAS: &str = "\
SELECT n.oid::int8 AS oid, n.nspname::text AS name, n.nspowner::int8 AS owner, n.nspacl::text[] AS acl
FROM pg_catalog.pg_namespace n
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
ORDER BY n.nspname";

const COLUMN_ACLS: &str = "\
SELECT a.attrelid::int8 AS relation, a.attnum AS number, a.attacl::text[] AS acl
FROM pg_catalog.pg_attribute a WHERE a.attacl IS NOT NULL AND a.attnum > 0 AND NOT a.attisdropped";

const PARENTS: &str = "\
SELECT i.inhrelid::int8 AS child, i.inhparent::int8 AS parent FROM pg_catalog.pg_inherits i ORDER BY 1, i.inhseqno";

const POLICIES: &str = "\
SELECT p.polrelid::int8 AS relation, p.polname::text AS name, p.polcmd::text AS command,
       p.polpermissive AS permissive, p.polroles::int8[] AS roles,
       pg_catalog.pg_get_expr(p.polqual, p.polrelid) AS condition
FROM pg_catalog.pg_policy p ORDER BY p.polrelid, p.polname";

const VIEWS: &str = "\
SELECT r.ev_class::int8 AS relation, r.ev_action::text AS tree
FROM pg_catalog.pg_rewrite r
JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE r.ev_type = '1' AND n.nspname NOT IN ('pg_catalog', 'information_schema')";

const DEFAULT_ACLS: &str = "\
SELECT d.defaclrole::int8 AS owner, d.defaclnamespace::int8 AS schema, d.defaclobjtype::text AS kind,
       d.defaclacl::text[] AS acl
FROM pg_catalog.pg_default_acl d ORDER BY 1, 2, 3";

const HBA: &str = "\
SELECT h.line_number AS line, h.type AS kind, h.database AS databases, h.user_name AS users, h.address, h.netmask AS mask,
       h.auth_method AS method, h.error IS NOT NULL AS broken
FROM pg_catalog.pg_hba_file_rules h ORDER BY h.line_number";

const PASSWORDS: &str = "\
SELECT a.oid::int8 AS oid,
       CASE WHEN a.rolpassword IS NULL THEN 'none' WHEN a.rolpassword LIKE 'md5%' THEN 'md5' ELSE 'scram' END AS state
FROM pg_catalog.pg_authid a";

// When a session of another account began is hidden from most; that it is there now is not.
const AT_WORK: &str = "\
SELECT s.usesysid::int8 AS oid, pg_catalog.date_part('epoch', COALESCE(pg_catalog.max(s.backend_start),
       pg_catalog.now()))::int8 AS at,
       pg_catalog.count(DISTINCT s.client_addr)
           FILTER (WHERE s.application_name ~* '^(psql|pgadmin|pgcli|dbeaver|datagrip|navicat|tableplus)') AS people,
       pg_catalog.min(s.application_name) FILTER (WHERE s.client_addr IS NOT NULL AND s.application_name <> ''
           AND s.application_name !~* '^(psql|pgadmin|pgcli|dbeaver|datagrip|navicat|tableplus|pg_dump|dataward)') AS program
FROM pg_catalog.pg_stat_activity s
WHERE s.usesysid IS NOT NULL AND s.pid <> pg_catalog.pg_backend_pid() GROUP BY s.usesysid";

/// The facts of the database.
pub(super) async fn facts(pool: &Pool) -> Result<PostgresGrants, ConnectError> {
    let mut session = pool.begin(pool.limits().catalogue).await?;
    let facts = Reader::begin(&mut session).await?.read().await?;
    pool.end(session).await;
    Ok(facts)
}

struct Reader<'a> {
    session: &'a mut Session,
    allowed: HashSet<String>,
    acls: Acls,
    facts: PostgresGrants,
}

impl<'a> Reader<'a> {
    async fn begin(session: &'a mut Session) -> Result<Self, ConnectError> {
        let names: Vec<&str> = CATALOGUE.iter().map(|(name, ..)| *name).collect();
        let rows = session.rows(MAY_READ, &[&names.join(" ")]).await?;
        let mut allowed = HashSet::new();
        for row in &rows {
            if session.get(row, "may")? {
                allowed.insert(session.get::<String>(row, "name")?);
            }
        }
        let mut facts = PostgresGrants {
            version: session.server.version_number,
            account: session.server.account.clone(),
            ..PostgresGrants::default()
        };
        facts.unseen.extend(unknown_version(facts.version));
        let account = quote_identifier(&facts.account);
        for (name, decides, what) in CATALOGUE.iter().filter(|(name, ..)| !allowed.contains(*name)) {
            let mut grant = format!("GRANT SELECT ON pg_catalog.{name} TO {account};");
            if *name == "pg_hba_file_rules" {
                grant += &format!(" GRANT EXECUTE ON FUNCTION pg_catalog.pg_hba_file_rules() TO {account};");
            }
            facts.unseen.push(Unseen { what: format!("{what} ({name})"), grant: Some(grant), decides: *decides });
        }
        Ok(Self { session, allowed, acls: Acls::default(), facts })
    }

    async fn read(mut self) -> Result<PostgresGrants, ConnectError> {
        self.roles().await?;
        self.database_and_schemas().await?;
        self.relations().await?;
        self.views_and_policies().await?;
        self.functions().await?;
        self.future().await?;
        self.ways_in().await?;
        self.doors().await?;
        Ok(self.facts)
    }

    /// The rows of a statement over `tables`; none when we may not look at one of them.
    async fn rows(&mut self, tables: &[&str], statement: &'static str) -> Result<Vec<PgRow>, ConnectError> {
        if tables.iter().all(|table| self.allowed.contains(*table)) {
            self.session.rows(statement, &[]).await
        } else {
            Ok(Vec::new())
        }
    }

    fn get<'r, T: Decode<'r, Postgres> + Type<Postgres>>(
        &self,
        row: &'r PgRow,
        column: &'static str,
    ) -> Result<T, ConnectError> {
        self.session.get(row, column)
    }

    fn oid(&self, row: &PgRow, column: &'static str) -> Result<Oid, ConnectError> {
        // Numbers of the catalogue are unsigned and have 32 bits.
        Ok(u32::try_from(self.get::<i64>(row, column)?).unwrap_or_default())
    }

    fn acl(&mut self, row: &PgRow) -> Result<Option<Acl>, ConnectError> {
        let items: Option<Vec<String>> = self.get(row, "acl")?;
        Ok(items.map(|items| self.acls.read(items)))
    }

    async fn roles(&mut self) -> Result<(), ConnectError> {
        for row in &self.rows(&["pg_roles"], include_str!("roles.sql")).await? {
            let valid_until: Option<i64> = self.get(row, "valid_until")?;
            self.facts.roles.push(Role {
                oid: self.oid(row, "oid")?,
                name: self.get(row, "name")?,
                superuser: self.get(row, "superuser")?,
                inherit: self.get(row, "inherits")?,
                create_role: self.get(row, "create_role")?,
                login: self.get(row, "login")?,
                replication: self.get(row, "replication")?,
                bypass_rls: self.get(row, "bypass_rls")?,
                connection_limit: self.get(row, "connection_limit")?,
                valid_until: valid_until.and_then(|seconds| Timestamp::from_second(seconds).ok()),
                expired: self.get(row, "expired")?,
                password: None,
                last_used: None,
                people: 0,
                program: None,
            });
        }
        self.acls = Acls::new(self.facts.roles.iter().map(|role| (role.name.clone(), role.oid)));
        for row in &self.rows(&["pg_auth_members"], include_str!("memberships.sql")).await? {
            self.facts.memberships.push(Membership {
                role: self.oid(row, "role")?,
                member: self.oid(row, "member")?,
                grantor: self.oid(row, "grantor")?,
                admin: self.get(row, "admin")?,
                inherit: self.get(row, "inherits")?,
                set: self.get(row, "set")?,
            });
        }
        Ok(())
    }

    async fn database_and_schemas(&mut self) -> Result<(), ConnectError> {
        for row in &self.rows(&["pg_database"], DATABASE).await? {
            self.facts.database = self.get(row, "name")?;
            self.facts.database_owner = self.oid(row, "owner")?;
            self.facts.database_acl = self.acl(row)?;
        }
        for row in &self.rows(&["pg_namespace"], SCHEMAS).await? {
            let schema = Schema {
                oid: self.oid(row, "oid")?,
                name: self.get(row, "name")?,
                owner: self.oid(row, "owner")?,
                acl: self.acl(row)?,
            };
            self.facts.schemas.push(schema);
        }
        Ok(())
    }

    fn schema(&self, row: &PgRow) -> Result<Option<usize>, ConnectError> {
        let oid = self.oid(row, "schema")?;
        Ok(self.facts.schemas.iter().position(|schema| schema.oid == oid))
    }

    async fn relations(&mut self) -> Result<(), ConnectError> {
        let mut own: HashMap<(Oid, i16), Acl> = HashMap::new();
        for row in &self.rows(&["pg_attribute"], COLUMN_ACLS).await? {
            if let Some(acl) = self.acl(row)? {
                own.insert((self.oid(row, "relation")?, self.get(row, "number")?), acl);
            }
        }
        let mut parents: HashMap<Oid, Vec<Oid>> = HashMap::new();
        for row in &self.rows(&["pg_inherits"], PARENTS).await? {
            parents.entry(self.oid(row, "child")?).or_default().push(self.oid(row, "parent")?);
        }
        let mut known: HashSet<Arc<[Column]>> = HashSet::new();
        for row in &self.rows(&["pg_class", "pg_namespace", "pg_attribute"], include_str!("relations.sql")).await? {
            let Some(schema) = self.schema(row)? else { continue };
            let oid = self.oid(row, "oid")?;
            let numbers: Vec<i16> = self.get(row, "numbers")?;
            let names: Vec<String> = self.get(row, "names")?;
            let kind: String = self.get(row, "kind")?;
            let columns: Arc<[Column]> = numbers
                .into_iter()
                .zip(names)
                .map(|(number, name)| Column { number, name, acl: own.get(&(oid, number)).cloned() })
                .collect();
            let columns = known.get(&columns).map(Arc::clone).unwrap_or(columns);
            known.insert(Arc::clone(&columns));
            let relation = Relation {
                oid,
                schema,
                name: self.get(row, "name")?,
                kind: match kind.as_str() {
                    "v" => RelationKind::View,
                    "m" => RelationKind::Materialised,
                    "f" => RelationKind::Foreign,
                    "p" => RelationKind::Partitioned,
                    _ => RelationKind::Table,
                },
                owner: self.oid(row, "owner")?,
                acl: self.acl(row)?,
                columns,
                parents: parents.remove(&oid).unwrap_or_default(),
                row_security: self.get(row, "row_security")?,
                force_row_security: self.get(row, "force_row_security")?,
                security_invoker: self.get(row, "security_invoker")?,
                populated: self.get(row, "populated")?,
                holds_rows: self.get(row, "holds_rows")?,
                query: None,
            };
            self.facts.relations.push(relation);
        }
        Ok(())
    }

    async fn views_and_policies(&mut self) -> Result<(), ConnectError> {
        let places: HashMap<Oid, usize> =
            self.facts.relations.iter().enumerate().map(|(index, relation)| (relation.oid, index)).collect();
        for row in &self.rows(&["pg_rewrite", "pg_class", "pg_namespace"], VIEWS).await? {
            let tree: &str = self.get(row, "tree")?;
            let query = query_tree::of_rule(tree);
            if let Some(index) = places.get(&self.oid(row, "relation")?) {
                self.facts.relations[*index].query = query;
            }
        }
        for row in &self.rows(&["pg_policy"], POLICIES).await? {
            let roles: Vec<i64> = self.get(row, "roles")?;
            let command: String = self.get(row, "command")?;
            self.facts.policies.push(Policy {
                relation: self.oid(row, "relation")?,
                name: self.get(row, "name")?,
                command: command.chars().next().unwrap_or('*'),
                permissive: self.get(row, "permissive")?,
                roles: roles.into_iter().filter_map(|oid| u32::try_from(oid).ok()).collect(),
                using: self.get(row, "condition")?,
            });
        }
        Ok(())
    }

    async fn functions(&mut self) -> Result<(), ConnectError> {
        let tables = ["pg_proc", "pg_namespace", "pg_language"];
        for row in &self.rows(&tables, include_str!("functions.sql")).await? {
            let Some(schema) = self.schema(row)? else { continue };
            let language: String = self.get(row, "language")?;
            let text: Option<&str> = self.get(row, "text")?;
            let parsed: Option<&str> = self.get(row, "parsed")?;
            let path: Option<String> = self.get(row, "path")?;
            let body = match (parsed, text) {
                (Some(tree), _) => query_tree::of_body(tree).map_or(Body::Unknown, Body::Parsed),
                (None, Some(text)) => body::of_text(&language, text),
                (None, None) => Body::Unknown,
            };
            let function = Function {
                oid: self.oid(row, "oid")?,
                schema,
                name: self.get(row, "name")?,
                arguments: self.get(row, "arguments")?,
                is_procedure: self.get(row, "is_procedure")?,
                owner: self.oid(row, "owner")?,
                acl: self.acl(row)?,
                definer: self.get(row, "definer")?,
                language,
                untrusted_language: self.get(row, "untrusted")?,
                search_path: path.map(|path| search_path(&path)),
                shows_nothing: self.get(row, "shows_nothing")?,
                is_trigger: self.get(row, "is_trigger")?,
                body,
            };
            self.facts.functions.push(function);
        }
        Ok(())
    }

    async fn future(&mut self) -> Result<(), ConnectError> {
        for row in &self.rows(&["pg_default_acl"], DEFAULT_ACLS).await? {
            let kind: String = self.get(row, "kind")?;
            let Some(acl) = self.acl(row)? else { continue };
            let (owner, schema) = (self.oid(row, "owner")?, self.schema(row)?);
            let kind = kind.chars().next().unwrap_or_default();
            self.facts.default_acls.push(DefaultAcl { owner, schema, kind, acl });
        }
        Ok(())
    }

    /// Who comes in how, and who was seen.
    async fn ways_in(&mut self) -> Result<(), ConnectError> {
        if self.allowed.contains("pg_hba_file_rules") {
            let mut lines = Vec::new();
            for row in &self.rows(&["pg_hba_file_rules"], HBA).await? {
                lines.push(HbaLine {
                    line: self.get::<Option<i32>>(row, "line")?.unwrap_or_default(),
                    kind: self.get::<Option<String>>(row, "kind")?.unwrap_or_default(),
                    databases: self.get::<Option<Vec<String>>>(row, "databases")?.unwrap_or_default(),
                    users: self.get::<Option<Vec<String>>>(row, "users")?.unwrap_or_default(),
                    address: self.get(row, "address")?,
                    mask: self.get(row, "mask")?,
                    method: self.get::<Option<String>>(row, "method")?.unwrap_or_default(),
                    broken: self.get(row, "broken")?,
                });
            }
            self.facts.hba = Some(lines);
        }
        let places: HashMap<Oid, usize> =
            self.facts.roles.iter().enumerate().map(|(index, role)| (role.oid, index)).collect();
        for row in &self.rows(&["pg_authid"], PASSWORDS).await? {
            let state: String = self.get(row, "state")?;
            if let Some(index) = places.get(&self.oid(row, "oid")?) {
                self.facts.roles[*index].password = Some(match state.as_str() {
                    "none" => PasswordState::None,
                    "md5" => PasswordState::Md5,
                    _ => PasswordState::Scram,
                });
            }
        }
        for row in &self.rows(&["pg_stat_activity"], AT_WORK).await? {
            let at: i64 = self.get(row, "at")?;
            if let Some(index) = places.get(&self.oid(row, "oid")?) {
                let role = &mut self.facts.roles[*index];
                role.last_used = Timestamp::from_second(at).ok();
                role.people = self.session.get(row, "people")?;
                role.program = self.session.get(row, "program")?;
            }
        }
        Ok(())
    }

    async fn doors(&mut self) -> Result<(), ConnectError> {
        let tables = [
            "pg_trigger",
            "pg_proc",
            "pg_class",
            "pg_namespace",
            "pg_event_trigger",
            "pg_foreign_server",
            "pg_user_mappings",
            "pg_language",
            "pg_publication",
            "pg_replication_slots",
            "pg_largeobject_metadata",
        ];
        for row in &self.rows(&tables, include_str!("doors.sql")).await? {
            let kind: String = self.get(row, "kind")?;
            let role: Option<i64> = self.get(row, "role")?;
            let door = Door {
                kind: match kind.as_str() {
                    "event-trigger" => DoorKind::EventTrigger,
                    "foreign-server" => DoorKind::ForeignServer,
                    "language" => DoorKind::Language,
                    "large-objects" => DoorKind::LargeObjects,
                    "publication" => DoorKind::Publication,
                    "replication-slot" => DoorKind::ReplicationSlot,
                    "trigger" => DoorKind::Trigger,
                    _ => DoorKind::UserMapping,
                },
                name: self.get(row, "name")?,
                owner: self.oid(row, "owner")?,
                role: role.and_then(|oid| u32::try_from(oid).ok()),
                acl: self.acl(row)?,
            };
            self.facts.doors.push(door);
        }
        Ok(())
    }
}

/// The versions whose rules are known: what was tried on servers (15 to 18) and what their release notes
/// say has not changed since (13, 14).
const KNOWN_VERSIONS: std::ops::RangeInclusive<i32> = 13..=18;

/// That a server is of a version whose rules nobody has looked at, if so: `150018` is 15.18.
fn unknown_version(version: i32) -> Option<Unseen> {
    let major = version / 10_000;
    (!KNOWN_VERSIONS.contains(&major)).then(|| Unseen {
        what: format!(
            "version {major} of PostgreSQL is not one whose rules dataward knows ({} to {}); worked out as for the nearest \
             of them",
            KNOWN_VERSIONS.start(),
            KNOWN_VERSIONS.end()
        ),
        grant: None,
        decides: true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_version_is_said_and_not_guessed() {
        assert_eq!([130_005, 150_018, 180_004].map(|version| unknown_version(version).is_some()), [false; 3]);
        for version in [120_022, 190_001] {
            let unseen = unknown_version(version).unwrap();
            assert!(
                unseen.decides && unseen.what.contains("is not one whose rules dataward knows (13 to 18)"),
                "{unseen:?}"
            );
        }
    }
}
