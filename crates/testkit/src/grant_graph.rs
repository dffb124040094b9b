//! Random worlds of roles, grants, views and functions in PostgreSQL, in which every cell holds a
//! value of its own: what somebody reads tells exactly which cells they came to.
//!
//! A world is made from its seed alone. Statements that a server refuses (a role granted in a ring) are
//! part of the game: what it took is what counts.

use rand::Rng as _;
use rand::SeedableRng as _;
use rand::seq::IndexedRandom as _;
use rand_chacha::ChaCha8Rng;

/// A world: statements to make it, and what there is to look at.
#[derive(Clone, Debug)]
pub struct GrantGraph {
    /// Makes it, run one by one by the superuser in an empty database.
    pub statements: Vec<String>,
    /// Roles, without those built in.
    pub roles: Vec<String>,
    /// Tables, views and materialised views: schema, name, columns.
    pub relations: Vec<(String, String, Vec<String>)>,
    /// Calls of its functions, as SELECT.
    pub calls: Vec<String>,
    /// Base tables with rows: schema, name, columns; in each cell a text of [`canary`].
    pub tables: Vec<(String, String, Vec<String>)>,
}

/// Rows of each table with rows.
pub const ROWS: usize = 2;

/// What stands in a cell of the table with the number `table`.
pub fn canary(table: usize, column: usize, row: usize) -> String {
    format!("canary-{table}-{column}-r{row}-")
}

/// A name as SQL.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl GrantGraph {
    /// The world of `seed`, for a server of `version` (15, 16, …). Roles belong to the whole server, so
    /// their names begin with `prefix`. `database` is the one that it will be made in.
    pub fn new(seed: u64, version: u32, prefix: &str, database: &str) -> Self {
        let graph = Self { statements: vec![], roles: vec![], relations: vec![], calls: vec![], tables: vec![] };
        let mut maker = Maker { dice: ChaCha8Rng::seed_from_u64(seed), version, graph, schemas: vec![] };
        maker.roles(prefix);
        maker.database(database);
        maker.schemas();
        maker.tables();
        maker.table_grants();
        maker.row_security();
        maker.views();
        maker.functions();
        maker.foreign(database);
        maker.later_grants();
        maker.graph
    }
}

struct Maker {
    dice: ChaCha8Rng,
    version: u32,
    graph: GrantGraph,
    schemas: Vec<String>,
}

const ODD: &[&str] = &["", "Two Words", "dot.ted", "quo\"te", "ümlaut", "select", "tick'ed", "(x)", "back\\slash"];

impl Maker {
    fn chance(&mut self, percent: u32) -> bool {
        self.dice.random_range(0..100) < percent
    }

    fn odd(&mut self) -> &'static str {
        if self.chance(60) { "" } else { ODD.choose(&mut self.dice).expect("there are odd names") }
    }

    fn run(&mut self, statement: String) {
        self.graph.statements.push(statement);
    }

    fn role(&mut self) -> String {
        quoted(self.graph.roles.clone().choose(&mut self.dice).expect("roles come first"))
    }

    fn grantee(&mut self) -> String {
        if self.chance(15) { "PUBLIC".to_owned() } else { self.role() }
    }

    fn schema(&mut self) -> String {
        self.schemas.choose(&mut self.dice).expect("schemas come first").clone()
    }

    fn roles(&mut self, prefix: &str) {
        for number in 0..7 {
            let name = format!("{prefix}{number}{}", self.odd());
            let mut options = String::new();
            for (option, percent) in [
                ("LOGIN", 70),
                ("NOINHERIT", 25),
                ("SUPERUSER", 7),
                ("BYPASSRLS", 8),
                ("CREATEROLE", 10),
                ("CONNECTION LIMIT 0", 5),
                ("VALID UNTIL '2001-01-01'", 5),
            ] {
                if self.chance(percent) {
                    options += &format!(" {option}");
                }
            }
            self.run(format!("CREATE ROLE {}{options}", quoted(&name)));
            self.graph.roles.push(name);
        }
        for _ in 0..9 {
            let (role, member) = (self.role(), self.role());
            let mut options = String::new();
            if self.version >= 16 {
                let words = ["INHERIT TRUE", "INHERIT FALSE", "SET TRUE", "SET FALSE", "INHERIT FALSE, SET TRUE"];
                if self.chance(60) {
                    options = format!(" WITH {}", words.choose(&mut self.dice).expect("there are options"));
                }
            } else if self.chance(20) {
                options = " WITH ADMIN OPTION".to_owned();
            }
            self.run(format!("GRANT {role} TO {member}{options}"));
            if self.chance(15) {
                let third = self.role();
                self.run(format!("GRANT {role} TO {member} WITH ADMIN OPTION"));
                self.run(format!("SET ROLE {member}"));
                self.run(format!("GRANT {role} TO {third}"));
                self.run("RESET ROLE".to_owned());
            }
        }
        for (role, percent) in [("pg_read_all_data", 20), ("pg_write_all_data", 15), ("pg_monitor", 10)] {
            if self.chance(percent) {
                let member = self.role();
                self.run(format!("GRANT {role} TO {member}"));
            }
        }
    }

    fn database(&mut self, database: &str) {
        if self.chance(30) {
            let owner = self.role();
            self.run(format!("ALTER DATABASE {} OWNER TO {owner}", quoted(database)));
        }
        if self.chance(25) {
            let role = self.role();
            self.run(format!("REVOKE CONNECT ON DATABASE {} FROM PUBLIC", quoted(database)));
            self.run(format!("GRANT CONNECT ON DATABASE {} TO {role}", quoted(database)));
        }
    }

    fn schemas(&mut self) {
        self.schemas.push("public".to_owned());
        for number in 0..2 {
            let name = format!("s{number}{}", self.odd());
            let owner = self.role();
            self.run(format!("CREATE SCHEMA {} AUTHORIZATION {owner}", quoted(&name)));
            for _ in 0..self.dice.random_range(0..3) {
                let grantee = self.grantee();
                self.run(format!("GRANT USAGE ON SCHEMA {} TO {grantee}", quoted(&name)));
            }
            self.schemas.push(name);
        }
        if self.chance(20) {
            self.run("REVOKE USAGE ON SCHEMA public FROM PUBLIC".to_owned());
        }
        for _ in 0..self.dice.random_range(0..4) {
            let owner = if self.chance(50) { format!(" FOR ROLE {}", self.role()) } else { String::new() };
            let schema = if self.chance(60) { format!(" IN SCHEMA {}", quoted(&self.schema())) } else { String::new() };
            let grantee = self.grantee();
            let what = if self.chance(15) { "REVOKE SELECT ON TABLES FROM" } else { "GRANT SELECT ON TABLES TO" };
            self.run(format!("ALTER DEFAULT PRIVILEGES{owner}{schema} {what} {grantee}"));
        }
    }

    fn place(&self, schema: &str, name: &str) -> String {
        format!("{}.{}", quoted(schema), quoted(name))
    }

    fn tables(&mut self) {
        for number in 0..4 {
            let (schema, name) = (self.schema(), format!("t{number}{}", self.odd()));
            let columns: Vec<String> = (0..3).map(|column| format!("c{column}{}", self.odd())).collect();
            let list: Vec<String> = columns.iter().map(|column| format!("{} text", quoted(column))).collect();
            let place = self.place(&schema, &name);
            self.run(format!("CREATE TABLE {place} (gone int, {})", list.join(", ")));
            self.run(format!("ALTER TABLE {place} DROP COLUMN gone"));
            self.table_with_rows(schema, name, columns);
        }
        // A table that another one is part of, and a table in partitions.
        let (schema, name, columns) = self.graph.tables[0].clone();
        let (below, child) = (self.schema(), "child".to_owned());
        self.run(format!("CREATE TABLE {} () INHERITS ({})", self.place(&below, &child), self.place(&schema, &name)));
        self.table_with_rows(below, child, columns);
        let (schema, columns) = (self.schema(), vec!["c0".to_owned(), "c1".to_owned()]);
        let whole = self.place(&schema, "whole");
        self.run(format!("CREATE TABLE {whole} (c0 text, c1 text) PARTITION BY LIST (c0)"));
        self.graph.relations.push((schema, "whole".to_owned(), columns.clone()));
        let first = self.graph.tables.len();
        let values: Vec<String> = (0..ROWS).map(|row| format!("'{}'", canary(first, 0, row))).collect();
        for (name, bound) in
            [("part0", format!("FOR VALUES IN ({})", values.join(", "))), ("part1", "DEFAULT".to_owned())]
        {
            let below = self.schema();
            self.run(format!("CREATE TABLE {} PARTITION OF {whole} {bound}", self.place(&below, name)));
            self.table_with_rows(below, name.to_owned(), columns.clone());
        }
        for (schema, name, _) in self.graph.relations.clone() {
            if self.chance(70) {
                let owner = self.role();
                self.run(format!("ALTER TABLE {} OWNER TO {owner}", self.place(&schema, &name)));
            }
        }
    }

    fn table_with_rows(&mut self, schema: String, name: String, columns: Vec<String>) {
        let table = self.graph.tables.len();
        for row in 0..ROWS {
            let cells: Vec<String> =
                (0..columns.len()).map(|column| format!("'{}'", canary(table, column, row))).collect();
            self.run(format!("INSERT INTO {} VALUES ({})", self.place(&schema, &name), cells.join(", ")));
        }
        self.graph.tables.push((schema.clone(), name.clone(), columns.clone()));
        self.graph.relations.push((schema, name, columns));
    }

    fn table_grants(&mut self) {
        for _ in 0..14 {
            self.grant();
        }
        for (schema, name, _) in self.graph.relations.clone() {
            if self.chance(8) {
                let role = self.role();
                self.run(format!("REVOKE ALL ON {} FROM {role}", self.place(&schema, &name)));
            }
        }
    }

    fn grant(&mut self) {
        let relations = self.graph.relations.clone();
        let (schema, name, columns) = relations.choose(&mut self.dice).expect("there are relations").clone();
        let column = columns.choose(&mut self.dice).expect("there are columns").clone();
        let of_column = if self.chance(35) { format!(" ({})", quoted(&column)) } else { String::new() };
        let rights: Vec<String> = ["SELECT", "INSERT", "UPDATE", "REFERENCES"]
            .into_iter()
            .filter(|right| *right == "SELECT" || self.dice.random_range(0..100) < 25)
            .map(|right| format!("{right}{of_column}"))
            .collect();
        let (rights, place, grantee) = (rights.join(", "), self.place(&schema, &name), self.grantee());
        if grantee != "PUBLIC" && self.chance(25) {
            let next = self.grantee();
            self.run(format!("GRANT {rights} ON {place} TO {grantee} WITH GRANT OPTION"));
            self.run(format!("SET ROLE {grantee}"));
            self.run(format!("GRANT {rights} ON {place} TO {next}"));
            self.run("RESET ROLE".to_owned());
        } else {
            self.run(format!("GRANT {rights} ON {place} TO {grantee}"));
        }
    }

    fn row_security(&mut self) {
        for (schema, name, columns) in self.graph.relations.clone() {
            if !self.chance(35) {
                continue;
            }
            let place = self.place(&schema, &name);
            self.run(format!("ALTER TABLE {place} ENABLE ROW LEVEL SECURITY"));
            if self.chance(30) {
                self.run(format!("ALTER TABLE {place} FORCE ROW LEVEL SECURITY"));
            }
            for number in 0..self.dice.random_range(0..4) {
                let kind = if self.chance(25) { "RESTRICTIVE" } else { "PERMISSIVE" };
                let command =
                    *["ALL", "SELECT", "SELECT", "UPDATE"].choose(&mut self.dice).expect("there are commands");
                let grantee = self.grantee();
                let rows = format!("{} LIKE '%-r0-'", quoted(&columns[0]));
                let condition =
                    [rows.as_str(), "true", rows.as_str(), "false"].choose(&mut self.dice).expect("some").to_string();
                self.run(format!(
                    "CREATE POLICY p{number} ON {place} AS {kind} FOR {command} TO {grantee} USING ({condition})"
                ));
            }
        }
    }

    fn views(&mut self) {
        for number in 0..7 {
            let sources = self.graph.relations.clone();
            let (from_schema, from, columns) = sources.choose(&mut self.dice).expect("there are relations").clone();
            let from = self.place(&from_schema, &from);
            let (first, last) = (quoted(&columns[0]), quoted(&columns[columns.len() - 1]));
            let forms = [
                format!("SELECT {first} AS a FROM {from}"),
                format!("SELECT {last} AS a, {first} || '' AS b FROM {from} x"),
                format!("SELECT {first} AS a FROM {from} WHERE {last} LIKE '%-r0-'"),
                format!("SELECT * FROM {from}"),
                format!("SELECT a FROM (SELECT {last} AS a FROM {from}) x"),
                format!("WITH w AS (SELECT {first} AS a FROM {from}) SELECT a, 1 AS b FROM w"),
                format!("SELECT {first} AS a FROM {from} UNION ALL SELECT {last} FROM {from}"),
                format!("SELECT md5({first}) AS a, count(*) AS b FROM {from} GROUP BY 1"),
                format!("SELECT max({first}) AS a FROM {from} GROUP BY {first}"),
                format!("SELECT CASE WHEN {last} IS NULL THEN '' ELSE {first} END AS a FROM {from} x"),
                format!(
                    "SELECT (SELECT y.{first} FROM {from} y WHERE y.{first} = x.{first} LIMIT 1) AS a FROM {from} x"
                ),
                format!("SELECT x.{first} AS a FROM {from} x JOIN {from} y USING ({last})"),
                format!("SELECT {first} AS a, {last} IS NULL AS b FROM {from}"),
            ];
            let query = forms.choose(&mut self.dice).expect("there are forms").clone();
            let outputs = if query.starts_with("SELECT * ") {
                columns
            } else if query.contains(" AS b") {
                vec!["a".to_owned(), "b".to_owned()]
            } else {
                vec!["a".to_owned()]
            };
            let (schema, name, owner) = (self.schema(), format!("v{number}{}", self.odd()), self.role());
            let place = self.place(&schema, &name);
            if self.chance(20) {
                self.run(format!("CREATE MATERIALIZED VIEW {place} AS {query} WITH NO DATA"));
                self.run(format!("ALTER MATERIALIZED VIEW {place} OWNER TO {owner}"));
            } else {
                let invoker = self.version >= 15 && self.chance(25);
                let options = if invoker { " WITH (security_invoker = on)" } else { "" };
                self.run(format!("CREATE VIEW {place}{options} AS {query}"));
                self.run(format!("ALTER VIEW {place} OWNER TO {owner}"));
            }
            self.graph.relations.push((schema, name, outputs));
        }
    }

    fn functions(&mut self) {
        for number in 0..5 {
            let sources = self.graph.relations.clone();
            let (from_schema, from, columns) = sources.choose(&mut self.dice).expect("there are relations").clone();
            let column = quoted(columns.choose(&mut self.dice).expect("there are columns"));
            let narrowed = if self.chance(30) { " WHERE true" } else { "" };
            let full = self.place(&from_schema, &from);
            let select = format!("SELECT {column}::text FROM {full}{narrowed}");
            let schema = self.schema();
            let name = format!("f{number}{}", self.odd());
            let place = self.place(&schema, &name);
            let definer = if self.chance(75) { "SECURITY DEFINER" } else { "" };
            let body = match self.dice.random_range(0..5) {
                0 => format!("LANGUAGE sql {definer} AS $body$ {select} $body$"),
                1 => format!("LANGUAGE plpgsql {definer} AS $body$ BEGIN RETURN QUERY {select}; END $body$"),
                2 if self.version >= 14 => format!("LANGUAGE sql {definer} BEGIN ATOMIC {select}; END"),
                3 => {
                    let path = quoted(&from_schema);
                    let select = format!("SELECT {column}::text FROM {}", quoted(&from));
                    format!("LANGUAGE sql {definer} SET search_path = {path} AS $body$ {select} $body$")
                }
                _ => format!(
                    "LANGUAGE plpgsql {definer} AS $body$ DECLARE x text; BEGIN \
                     FOR x IN {select} LOOP RETURN NEXT x; END LOOP; END $body$"
                ),
            };
            self.run("SET check_function_bodies = off".to_owned());
            self.run(format!("CREATE FUNCTION {place}() RETURNS SETOF text {body}"));
            let owner = self.role();
            self.run(format!("ALTER FUNCTION {place}() OWNER TO {owner}"));
            if self.chance(60) {
                let grantee = self.role();
                self.run(format!("REVOKE EXECUTE ON FUNCTION {place}() FROM PUBLIC"));
                self.run(format!("GRANT EXECUTE ON FUNCTION {place}() TO {grantee}"));
            }
            self.graph.calls.push(format!("SELECT * FROM {place}()"));
        }
    }

    /// Another server that nobody can reach: its table gives nothing, and has rights all the same.
    fn foreign(&mut self, database: &str) {
        if self.chance(60) {
            return;
        }
        let (wrapper, server) = (quoted(&format!("w {database}")), quoted("other's"));
        self.run(format!("CREATE FOREIGN DATA WRAPPER {wrapper}"));
        self.run(format!("CREATE SERVER {server} FOREIGN DATA WRAPPER {wrapper}"));
        let (schema, columns) = (self.schema(), vec!["c0".to_owned(), "c1".to_owned()]);
        self.run(format!("CREATE FOREIGN TABLE {} (c0 text, c1 text) SERVER {server}", self.place(&schema, "far")));
        self.graph.relations.push((schema, "far".to_owned(), columns));
        let role = self.role();
        self.run(format!("GRANT USAGE ON FOREIGN SERVER {server} TO {role}"));
        let whom = if self.chance(30) { "PUBLIC".to_owned() } else { self.role() };
        self.run(format!("CREATE USER MAPPING FOR {whom} SERVER {server}"));
    }

    fn later_grants(&mut self) {
        for _ in 0..10 {
            self.grant();
        }
        for (schema, name, _) in self.graph.relations.clone() {
            // Refused for what is no materialised view, and where the owner may not read.
            self.run(format!("REFRESH MATERIALIZED VIEW {}", self.place(&schema, &name)));
        }
    }
}
