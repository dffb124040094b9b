//! The three engines, and what their keepers do that leaves rows as they are.

use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use dataward_connect::Read;
use dataward_connect::mysql::Mysql;
use dataward_connect::postgres::Postgres;
use dataward_connect::sqlite::Sqlite;
use dataward_testkit::server::mariadb;
use dataward_testkit::server::mariadb::MariaDbDatabase;
use dataward_testkit::server::mariadb::MariaDbServer;
use dataward_testkit::server::postgres;
use dataward_testkit::server::postgres::PostgresServer;
use dataward_testkit::server::postgres::TestDatabase;
use dataward_testkit::server::run;
use dataward_testkit::sqlite;
use tempfile::TempDir;

/// Dumps the database and restores it.
pub(crate) const DUMP: &str = "dump and restore";
/// Stores the table without a key anew, in another order.
const REORDER: &str = "CREATE TABLE again AS SELECT * FROM visits ORDER BY what DESC; DROP TABLE visits; \
                       ALTER TABLE again RENAME TO visits";

/// A database with the two tables.
pub(crate) enum Engine {
    Postgres(TestDatabase),
    MariaDb(MariaDbDatabase),
    Sqlite(TempDir),
}

impl Engine {
    pub(crate) async fn postgres() -> Self {
        Self::Postgres(PostgresServer::shared().database().await)
    }

    pub(crate) async fn mariadb() -> Self {
        Self::MariaDb(MariaDbServer::shared().database().await)
    }

    pub(crate) fn sqlite() -> Self {
        Self::Sqlite(TempDir::new().expect("a folder"))
    }

    pub(crate) fn table_options(&self) -> &'static str {
        if matches!(self, Self::MariaDb(_)) { "CHARACTER SET utf8mb4" } else { "" }
    }

    pub(crate) fn connector(&self) -> Box<dyn Read> {
        match self {
            Self::Postgres(database) => Box::new(Postgres::new(&database.url(), None).expect("an address")),
            Self::MariaDb(database) => Box::new(Mysql::new(&database.url(), None).expect("an address")),
            Self::Sqlite(folder) => Box::new(Sqlite::new(file(folder))),
        }
    }

    pub(crate) async fn execute(&self, statements: &str) {
        match self {
            Self::Postgres(database) => database.execute(statements).await,
            Self::MariaDb(database) => database.execute(statements).await,
            Self::Sqlite(folder) => {
                let (file, statements) = (file(folder), statements.to_owned());
                let run = move || sqlite::make(&file, &statements);
                tokio::task::spawn_blocking(run).await.expect("the statements run");
            }
        }
    }

    /// Puts what two rows hold in a column into each other's place.
    pub(crate) async fn swap(&self, column: &str, one: u64, other: u64) {
        self.execute(&format!(
            "CREATE TABLE held AS SELECT id, {column} AS held FROM people WHERE id IN ({one}, {other});
             UPDATE people SET {column} = (SELECT held FROM held WHERE held.id = {one}) WHERE id = {other};
             UPDATE people SET {column} = (SELECT held FROM held WHERE held.id = {other}) WHERE id = {one};
             DROP TABLE held"
        ))
        .await;
    }

    /// What changes no row.
    pub(crate) fn upkeep(&self) -> &'static [&'static str] {
        match self {
            Self::Postgres(_) => &[
                "VACUUM",
                "VACUUM FULL",
                "REINDEX TABLE people",
                "CLUSTER people USING people_pkey",
                "CREATE INDEX people_town ON people (town)",
                REORDER,
                DUMP,
            ],
            Self::MariaDb(_) => &[
                "OPTIMIZE TABLE people, visits",
                "ALTER TABLE people ENGINE = InnoDB, FORCE",
                "CREATE INDEX people_town ON people (town)",
                REORDER,
                DUMP,
            ],
            Self::Sqlite(_) => &["VACUUM", "CREATE INDEX people_town ON people (town)", "REINDEX", REORDER, DUMP],
        }
    }

    pub(crate) async fn keep(&self, action: &str) {
        if action != DUMP {
            return self.execute(action).await;
        }
        match self {
            Self::Postgres(database) => {
                let server = database.server();
                let program = |name: &str| {
                    let mut command = Command::new(postgres::programs().join(name));
                    command.arg("--host").arg(server.socket_folder()).arg(format!("--port={}", server.server().port()));
                    command.args(["--username=postgres", &format!("--dbname={}", database.name())]);
                    command
                };
                let folder = TempDir::new().expect("a folder");
                let dump = folder.path().join("dump.sql");
                run(program("pg_dump").args(["--clean", "--if-exists"]).arg("--file").arg(&dump));
                run(program("psql").args(["--quiet", "--set=ON_ERROR_STOP=1", "--file"]).arg(&dump));
            }
            Self::MariaDb(database) => {
                let program = |name: &str| {
                    let mut command = Command::new(name);
                    command.arg("--no-defaults").arg(format!("--socket={}", database.server().socket().display()));
                    command.args(["--user=root", &format!("--password={}", mariadb::PASSWORD), database.name()]);
                    command
                };
                let dump = program("mariadb-dump").output().expect("mariadb-dump runs");
                assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
                pipe(program("mariadb").arg("--default-character-set=utf8mb4"), &dump.stdout);
            }
            Self::Sqlite(folder) => {
                let dump = Command::new("sqlite3").arg(file(folder)).arg(".dump").output().expect("sqlite3 runs");
                assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
                std::fs::remove_file(file(folder)).expect("the database goes");
                pipe(Command::new("sqlite3").arg(file(folder)), &dump.stdout);
            }
        }
    }
}

fn file(folder: &TempDir) -> PathBuf {
    folder.path().join("shop.db")
}

/// Runs a command that reads `input`.
fn pipe(command: &mut Command, input: &[u8]) {
    use std::io::Write;
    let mut child = command.stdin(Stdio::piped()).spawn().expect("the command starts");
    child.stdin.take().expect("its input").write_all(input).expect("it reads");
    assert!(child.wait().expect("it ends").success());
}
