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

    /// A column of each further type that the engine has: its declaration, a value (`#` stands for a number) and the
    /// smallest change that a value of the type can take.
    pub(crate) fn types(&self) -> &'static [(&'static str, &'static str, &'static str)] {
        match self {
            Self::Postgres(_) => &[
                ("small SMALLINT", "# % 30000", "small + 1"),
                ("big BIGINT", "9000000000000000 + #", "big + 1"),
                ("half REAL", "# / 7.0", "half * 1.000001 + 0.001"),
                ("exact NUMERIC", "# * 1.000000000000000000001", "exact + 0.000000000000000000001"),
                ("flag BOOLEAN", "# % 2 = 0", "NOT flag"),
                ("clock TIME", "time '10:00' + # * interval '1 second'", "clock + interval '1 microsecond'"),
                (
                    "moment TIMESTAMPTZ",
                    "timestamptz '2026-01-01 10:00+00' + # * interval '1 hour'",
                    "moment + interval '1 microsecond'",
                ),
                (
                    "ending DATE",
                    "CASE # % 2 WHEN 0 THEN date 'infinity' ELSE date '294276-12-31' END",
                    "CASE ending WHEN 'infinity' THEN date '-infinity' ELSE ending - 1 END",
                ),
                ("span INTERVAL", "# * interval '1 minute'", "span + interval '1 second'"),
                ("bytes BYTEA", "decode(md5(#::text), 'hex')", "set_bit(bytes, 3, 1 - get_bit(bytes, 3))"),
                (
                    "document JSONB",
                    "jsonb_build_object('a', jsonb_build_array(#, 'x'))",
                    "jsonb_set(document, '{a,1}', '\"y\"')",
                ),
                ("plain JSON", "'{\"a\":#}'", "(plain::text || ' ')::json"),
                ("number UUID", "md5(#::text)::uuid", "md5(number::text)::uuid"),
                ("list TEXT[]", "ARRAY['a', #::text]", "list || 'b'::text"),
                ("host INET", "inet '10.0.0.0' + #", "host + 1"),
                ("code CHAR(9)", "'C' || #", "'D' || substr(code, 2)"),
            ],
            Self::MariaDb(_) => &[
                ("small TINYINT", "# % 100", "small + 1"),
                ("big BIGINT UNSIGNED", "18446744073709400000 + #", "big + 1"),
                ("half FLOAT", "# / 7", "half * 1.00001 + 0.01"),
                ("exact DECIMAL(40,20)", "# * 1.5", "exact + 0.00000000000000000001"),
                ("flag BOOLEAN", "# % 2", "1 - flag"),
                ("clock TIME(6)", "SEC_TO_TIME(#)", "ADDTIME(clock, '00:00:00.000001')"),
                ("moment DATETIME(6)", "'2026-01-01 10:00:00' + INTERVAL # HOUR", "moment + INTERVAL 1 MICROSECOND"),
                ("since YEAR", "1970 + # % 100", "since + 1"),
                ("bytes VARBINARY(40)", "UNHEX(MD5(#))", "CONCAT(bytes, 0x00)"),
                ("picture BLOB", "UNHEX(MD5(#))", "CONCAT(0x00, picture)"),
                ("document JSON", "JSON_ARRAY(#, 'x')", "JSON_SET(document, '$[1]', 'y')"),
                ("kind ENUM('a','b','c')", "1 + # % 2", "kind + 1"),
                ("kinds SET('a','b','c')", "# % 4", "kinds + 4"),
                ("bits BIT(8)", "# % 100", "bits + 1"),
                ("code CHAR(9)", "CONCAT('C', #)", "CONCAT('D', SUBSTR(code, 2))"),
            ],
            Self::Sqlite(_) => &[
                ("big INTEGER", "9000000000000000 + #", "big + 1"),
                // Eighths, and bytes as bytes: a dump does not bring back every last bit, nor text behind a NUL.
                ("half REAL", "# / 8.0", "half + 0.125"),
                // Whole numbers, one of which is none any more; texts, one of which is bytes.
                ("exact NUMERIC", "#", "exact + 0.5"),
                ("bytes BLOB", "randomblob(20)", "CAST(bytes || x'00' AS BLOB)"),
                ("anything", "'text #'", "CAST(anything || x'ff' AS BLOB)"),
                ("code CHAR(9)", "'C' || #", "'D' || substr(code, 2)"),
            ],
        }
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
                "ALTER TABLE people ALTER COLUMN name TYPE varchar(70), ALTER COLUMN town SET STORAGE EXTERNAL",
                "ALTER TABLE people ADD COLUMN later text",
                "ANALYZE people",
                REORDER,
                DUMP,
            ],
            Self::MariaDb(_) => &[
                "OPTIMIZE TABLE people, visits",
                "ALTER TABLE people ENGINE = InnoDB, FORCE",
                "CREATE INDEX people_town ON people (town)",
                "ALTER TABLE people MODIFY name VARCHAR(70)",
                "ALTER TABLE people ADD COLUMN later TEXT",
                "ALTER TABLE people ROW_FORMAT = COMPRESSED",
                "ANALYZE TABLE people",
                REORDER,
                DUMP,
            ],
            Self::Sqlite(_) => &[
                "VACUUM",
                "CREATE INDEX people_town ON people (town)",
                "REINDEX",
                "ALTER TABLE people ADD COLUMN later TEXT",
                REORDER,
                DUMP,
            ],
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
