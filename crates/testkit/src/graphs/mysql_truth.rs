//! The truth about a grant graph: each account really logs in, sets each role, reads every column of
//! every table and view, writes (to no row) and calls every routine.

use std::collections::BTreeSet;
use std::path::PathBuf;

use sqlx::AssertSqlSafe;
use sqlx::ConnectOptions;
use sqlx::Connection;
use sqlx::Row;
use sqlx::ValueRef;
use sqlx::mysql::MySqlConnectOptions;
use sqlx::mysql::MySqlConnection;
use sqlx::mysql::MySqlRow;
use sqlx::mysql::MySqlSslMode;

use super::mysql::Flavour;
use super::mysql::Graph;
use super::mysql::PASSWORD;
use super::mysql::identifier;
use super::mysql::literal;
use super::mysql::mark;

/// A server that graphs are tried on.
#[derive(Clone, Debug)]
pub struct Arena {
    /// Its Unix socket.
    pub socket: PathBuf,
    /// Its port on 127.0.0.1.
    pub port: u16,
    /// The superuser `root@localhost`'s password.
    pub root_password: String,
    /// Which of the two servers it is.
    pub flavour: Flavour,
}

/// Something that an account could do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Done {
    /// The account, as CURRENT_USER() names it.
    pub principal: String,
    /// `database.table`.
    pub object: String,
    /// The column.
    pub column: String,
    /// How.
    pub how: How,
    /// What.
    pub what: What,
}

/// In which way something was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// Right after the log-in.
    Direct,
    /// After SET ROLE.
    SetRole,
    /// Its canary came out of a view or routine.
    Through,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// SELECT.
    Read,
    /// INSERT.
    Insert,
    /// UPDATE.
    Update,
}

/// What came out.
#[derive(Clone, Debug, Default)]
pub struct Truth {
    /// Everything that was done.
    pub done: BTreeSet<Done>,
    /// The accounts that somebody was logged in as.
    pub principals: BTreeSet<String>,
    /// How many log-ins were tried, and how many reads.
    pub log_ins: usize,
    /// Reads, writes and calls.
    pub tries: usize,
}

impl Arena {
    /// The superuser.
    pub async fn root(&self) -> MySqlConnection {
        let options = MySqlConnectOptions::new().socket(&self.socket).username("root").password(&self.root_password);
        options.ssl_mode(self.by_socket()).disable_statement_logging().connect().await.expect("root can connect")
    }

    /// MySQL takes new passwords over TLS only, even by the socket; MariaDB needs none.
    fn by_socket(&self) -> MySqlSslMode {
        match self.flavour {
            Flavour::MariaDb => MySqlSslMode::Disabled,
            Flavour::Mysql => MySqlSslMode::Required,
        }
    }

    /// Removes every account and role of an older graph and makes this one.
    pub async fn apply(&self, graph: &Graph) {
        let mut root = self.root().await;
        self.clean(&mut root).await;
        for statement in &graph.statements {
            // A refused statement is part of the graph.
            let _ = run(&mut root, statement).await;
        }
        // Over TLS the server may be gone before the last word of the connection.
        let _ = root.close().await;
    }

    async fn clean(&self, root: &mut MySqlConnection) {
        if self.flavour == Flavour::Mysql {
            // Roles that everybody holds cannot be dropped.
            run(root, "SET GLOBAL mandatory_roles = '', GLOBAL activate_all_roles_on_login = OFF")
                .await
                .expect("root sets what holds for all");
            // MySQL 9 has it.
            let _ = run(root, "SET GLOBAL activate_mandatory_roles = ON").await;
        }
        let list = match self.flavour {
            Flavour::MariaDb => {
                "SELECT User, Host, is_role FROM mysql.user WHERE User NOT IN ('root', 'mariadb.sys', 'PUBLIC')"
            }
            Flavour::Mysql => {
                "SELECT User, Host, 'N' FROM mysql.user WHERE User NOT IN \
                 ('root', 'mysql.sys', 'mysql.session', 'mysql.infoschema')"
            }
        };
        for row in rows(root, list).await.expect("root reads accounts") {
            let (user, host) = (text(&row, 0), text(&row, 1));
            let drop = match text(&row, 2).as_str() {
                "Y" => format!("DROP ROLE {}", literal(&user)),
                _ => format!("DROP USER {}@{}", literal(&user), literal(&host)),
            };
            run(root, &drop).await.expect("root drops accounts");
        }
        if self.flavour == Flavour::Mysql {
            // Which cannot be while something is taken out of anybody's rights.
            run(root, "SET GLOBAL partial_revokes = OFF").await.expect("root sets what holds for all");
        }
        if self.flavour == Flavour::MariaDb {
            for table in ["db", "tables_priv", "columns_priv", "procs_priv", "roles_mapping"] {
                run(root, &format!("DELETE FROM mysql.{table} WHERE User NOT IN ('root', 'mariadb.sys')"))
                    .await
                    .expect("root cleans up");
            }
            run(root, "FLUSH PRIVILEGES").await.expect("root flushes");
        }
    }

    /// Tries everything.
    pub async fn look(&self, graph: &Graph) -> Truth {
        let mut truth = Truth::default();
        for user in &graph.users {
            for by_socket in [true, false] {
                truth.log_ins += 1;
                let Some(mut connection) = self.log_in(user, by_socket).await else { continue };
                let current =
                    rows(&mut connection, "SELECT CURRENT_USER()").await.expect("anybody may ask who they are");
                let principal = text(&current[0], 0);
                truth.principals.insert(principal.clone());
                try_all(&mut connection, graph, &principal, How::Direct, &mut truth).await;
                let roles: Vec<String> = match graph.flavour {
                    Flavour::MariaDb => graph.roles.iter().map(|role| literal(role)).collect(),
                    Flavour::Mysql => sets_of(&graph.roles),
                };
                for role in roles {
                    if run(&mut connection, &format!("SET ROLE {role}")).await.is_ok() {
                        try_all(&mut connection, graph, &principal, How::SetRole, &mut truth).await;
                    }
                }
                let _ = connection.close().await;
            }
        }
        truth
    }

    async fn log_in(&self, user: &str, by_socket: bool) -> Option<MySqlConnection> {
        let options = MySqlConnectOptions::new().username(user).password(PASSWORD).disable_statement_logging();
        let options = match by_socket {
            true => options.socket(&self.socket).ssl_mode(self.by_socket()),
            false => options.host("127.0.0.1").port(self.port).ssl_mode(MySqlSslMode::Preferred),
        };
        options.connect().await.ok()
    }
}

/// Every set of roles as SET ROLE takes it: more of them may be less, where the lines of one hide another's.
fn sets_of(roles: &[String]) -> Vec<String> {
    (0..1_usize << roles.len())
        .map(|set| {
            let chosen = roles.iter().enumerate().filter(|(at, _)| set & (1 << at) != 0);
            let chosen: Vec<String> = chosen.map(|(_, role)| literal(role)).collect();
            if chosen.is_empty() { "NONE".to_owned() } else { chosen.join(", ") }
        })
        .collect()
}

async fn try_all(connection: &mut MySqlConnection, graph: &Graph, principal: &str, how: How, truth: &mut Truth) {
    let marks: Vec<(String, String, String)> = (graph.relations.iter())
        .filter(|relation| !relation.is_view)
        .flat_map(|relation| {
            relation.columns.iter().map(|column| (relation.shown(), column.clone(), mark(&relation.shown(), column)))
        })
        .collect();
    let done = |object: &str, column: &str, how, what| Done {
        principal: principal.to_owned(),
        object: object.to_owned(),
        column: column.to_owned(),
        how,
        what,
    };
    let seen = |cells: &[String], truth: &mut Truth| {
        for (object, column, mark) in &marks {
            if cells.iter().any(|cell| cell.contains(mark.as_str())) {
                truth.done.insert(done(object, column, How::Through, What::Read));
            }
        }
    };
    for relation in &graph.relations {
        for column in &relation.columns {
            let quoted = (identifier(column), relation.quoted());
            let read = rows(connection, &format!("SELECT {} FROM {}", quoted.0, quoted.1)).await;
            let insert = format!("INSERT INTO {} ({}) SELECT 'z' FROM DUAL WHERE 1 = 0", quoted.1, quoted.0);
            let update = format!("UPDATE {} SET {} = 'z' WHERE 1 = 0", quoted.1, quoted.0);
            truth.tries += 3;
            if let Ok(found) = read {
                truth.done.insert(done(&relation.shown(), column, how, What::Read));
                if relation.is_view {
                    seen(&cells(&found), truth);
                }
            }
            if run(connection, &insert).await.is_ok() {
                truth.done.insert(done(&relation.shown(), column, how, What::Insert));
            }
            if run(connection, &update).await.is_ok() {
                truth.done.insert(done(&relation.shown(), column, how, What::Update));
            }
        }
    }
    for routine in &graph.routines {
        let name = format!("{}.{}", identifier(&routine.database), identifier(&routine.name));
        let call = if routine.is_function { format!("SELECT {name}()") } else { format!("CALL {name}()") };
        truth.tries += 1;
        if let Ok(found) = rows(connection, &call).await {
            seen(&cells(&found), truth);
        }
    }
}

async fn run(connection: &mut MySqlConnection, statement: &str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(connection).await.map(|_| ())
}

async fn rows(connection: &mut MySqlConnection, statement: &str) -> Result<Vec<MySqlRow>, sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).fetch_all(connection).await
}

fn text(row: &MySqlRow, at: usize) -> String {
    row.try_get_raw(at)
        .ok()
        .filter(|value| !value.is_null())
        .and_then(|value| <&[u8] as sqlx::Decode<'_, sqlx::MySql>>::decode(value).ok())
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        .unwrap_or_default()
}

fn cells(rows: &[MySqlRow]) -> Vec<String> {
    rows.iter().flat_map(|row| (0..row.len()).map(|at| text(row, at))).collect()
}
