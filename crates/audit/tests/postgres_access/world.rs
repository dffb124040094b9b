//! A world of grants on a server, what is worked out of it and what is really seen.

#![expect(clippy::disallowed_methods, reason = "a test is told by the environment where its tools are")]

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use dataward_audit::access::AccessModel;
use dataward_audit::access::Entry;
use dataward_audit::access::Reach;
use dataward_audit::access::Scope;
use dataward_audit::access::postgres::PostgresModel;
use dataward_connect::GrantFacts;
use dataward_connect::Grants;
use dataward_connect::postgres::Postgres;
use dataward_testkit::grant_graph::GrantGraph;
use dataward_testkit::grant_graph::quoted;
use dataward_testkit::server::postgres::PostgresServer;
use sqlx::AssertSqlSafe;
use sqlx::PgConnection;
use sqlx::Row;

/// Which cells somebody saw: table, column, row.
pub(crate) type Seen = BTreeSet<(usize, usize, usize)>;

/// What somebody saw, by the easiest way to each cell.
#[derive(Debug, Default)]
pub(crate) struct Observed {
    pub(crate) by_reach: BTreeMap<Reach, Seen>,
}

/// A server and a database on it.
pub(crate) struct World {
    pub(crate) server: PostgresServer,
    pub(crate) database: String,
    pub(crate) graph: GrantGraph,
    pub(crate) version: u32,
}

impl World {
    /// Makes the world of `graph` in a database of its own.
    pub(crate) async fn make(server: PostgresServer, version: u32, database: &str, graph: GrantGraph) -> Self {
        server.execute("postgres", &format!("CREATE DATABASE {database}")).await;
        let mut connection = server.connect(database).await;
        for statement in &graph.statements {
            // What a server refuses is no part of the world.
            let result = run(&mut connection, statement).await;
            if std::env::var_os("DATAWARD_GRANT_SEED").is_some() {
                eprintln!("{}{statement};", if result.is_ok() { "" } else { "-- " });
            }
        }
        Self { server, database: database.to_owned(), graph, version }
    }

    /// Takes it away again, roles and all.
    pub(crate) async fn end(self) -> PostgresServer {
        let mut connection = self.server.connect("postgres").await;
        run(&mut connection, &format!("DROP DATABASE {} WITH (FORCE)", self.database)).await.unwrap();
        for role in &self.graph.roles {
            // Who gave what keeps a role from being dropped: in any order, all are gone after a while.
            let _ = run(&mut connection, &format!("DROP OWNED BY {} CASCADE", quoted(role))).await;
        }
        for _ in &self.graph.roles {
            for role in &self.graph.roles {
                let _ = run(&mut connection, &format!("DROP ROLE IF EXISTS {}", quoted(role))).await;
            }
        }
        self.server
    }

    /// The model of the database as it is.
    pub(crate) async fn model(&self) -> PostgresModel {
        let connector = Postgres::new(&self.server.url(&self.database), None).unwrap();
        let facts = connector.grants().await.unwrap();
        match facts {
            GrantFacts::Postgres(facts) => PostgresModel::new(*facts),
            #[allow(unreachable_patterns)]
            _ => panic!("not PostgreSQL"),
        }
    }

    /// Its tables and columns as numbers, by object and column.
    pub(crate) fn cells(&self) -> BTreeMap<(String, String), (usize, usize)> {
        let mut found = BTreeMap::new();
        for (table, (schema, name, columns)) in self.graph.tables.iter().enumerate() {
            for (column, name_of_column) in columns.iter().enumerate() {
                found.insert((unit_name(schema, name), name_of_column.clone()), (table, column));
            }
        }
        found
    }

    /// What `principal` really sees, in each way. In a transaction when `in_transaction`, which stays
    /// open.
    pub(crate) async fn observe(
        &self,
        connection: &mut PgConnection,
        principal: &str,
        in_transaction: bool,
    ) -> Observed {
        let mut seen: BTreeMap<Reach, Seen> = BTreeMap::new();
        let mut looking = Looking { connection, in_transaction };
        looking.run(&format!("SET SESSION AUTHORIZATION {}", quoted(principal))).await.unwrap();
        let views: BTreeSet<usize> =
            (0..self.graph.relations.len()).filter(|index| self.graph.relations[*index].1.starts_with('v')).collect();
        let predefined = ["pg_read_all_data", "pg_write_all_data", "pg_database_owner"];
        let others = self.graph.roles.iter().map(String::as_str).chain(predefined);
        for role in std::iter::once(None).chain(others.filter(|role| *role != principal).map(Some)) {
            if let Some(role) = role
                && looking.run(&format!("SET ROLE {}", quoted(role))).await.is_err()
            {
                continue;
            }
            // A function that another role called before in this session has looked its tables up already, without the
            // schema's USAGE being asked again: what two roles together come to is noted, and tried in `known`.
            looking.run("DISCARD PLANS").await.unwrap();
            for (index, (schema, name, columns)) in self.graph.relations.iter().enumerate() {
                let reach = match (views.contains(&index), role) {
                    (true, _) => Reach::Definer,
                    (false, None) => Reach::Direct,
                    (false, Some(_)) => Reach::SetRole,
                };
                let place = format!("{}.{}", quoted(schema), quoted(name));
                let found = seen.entry(reach).or_default();
                if let Ok(cells) = looking.read(&format!("SELECT * FROM {place}")).await {
                    found.extend(cells);
                    continue;
                }
                for column in columns {
                    let select = format!("SELECT {}::text FROM {place}", quoted(column));
                    found.extend(looking.read(&select).await.unwrap_or_default());
                }
            }
            for call in &self.graph.calls {
                let cells = looking.read(call).await.unwrap_or_default();
                seen.entry(Reach::Definer).or_default().extend(cells);
            }
            if role.is_some() {
                looking.run("RESET ROLE").await.unwrap();
            }
        }
        looking.run("RESET SESSION AUTHORIZATION").await.unwrap();
        Observed { by_reach: seen }
    }
}

struct Looking<'a> {
    connection: &'a mut PgConnection,
    in_transaction: bool,
}

impl Looking<'_> {
    async fn run(&mut self, statement: &str) -> Result<(), sqlx::Error> {
        if !self.in_transaction {
            return run(self.connection, statement).await;
        }
        run(self.connection, "SAVEPOINT look").await?;
        let result = run(self.connection, statement).await;
        if result.is_err() {
            run(self.connection, "ROLLBACK TO look").await?;
        }
        result
    }

    async fn read(&mut self, select: &str) -> Result<Seen, sqlx::Error> {
        if self.in_transaction {
            run(self.connection, "SAVEPOINT look").await?;
        }
        let rows = sqlx::raw_sql(AssertSqlSafe(select.to_owned())).fetch_all(&mut *self.connection).await;
        if rows.is_err() && self.in_transaction {
            run(self.connection, "ROLLBACK TO look").await?;
        }
        let mut seen = Seen::new();
        for row in rows? {
            for index in 0..row.len() {
                let text = row.try_get::<Option<String>, _>(index).ok().flatten().unwrap_or_default();
                seen.extend(parse(&text));
            }
        }
        Ok(seen)
    }
}

/// Table, column and row of a value of [`dataward_testkit::grant_graph::canary`].
fn parse(text: &str) -> Option<(usize, usize, usize)> {
    let mut parts = text.strip_prefix("canary-")?.split('-');
    let mut number = |prefix: &str| parts.next()?.strip_prefix(prefix)?.parse().ok();
    Some((number("")?, number("")?, number("r")?))
}

pub(crate) async fn run(connection: &mut PgConnection, statement: &str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(connection).await.map(drop)
}

/// All entries for every column.
pub(crate) fn entries(model: &dyn AccessModel) -> Vec<Entry> {
    let mut found = Vec::new();
    model.visit(&Scope::everything(), &mut |group| found.extend(group.entries()));
    found
}

/// `schema.name` as the inventory calls it.
pub(crate) fn unit_name(schema: &str, name: &str) -> String {
    dataward_connect::postgres::grants::unit_name(schema, name)
}
