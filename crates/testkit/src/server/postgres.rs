//! Debian's PostgreSQL in a temporary folder.
//!
//! The superuser is `postgres` with the password [`PASSWORD`]. Who connects by the Unix socket is
//! trusted; over TCP everybody authenticates with SCRAM, except that the account `tls_only` is
//! refused without TLS and `plain_only` with it (tests create these accounts when they need them).

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;

use sqlx::ConnectOptions;
use sqlx::Connection;
use sqlx::PgConnection;
use sqlx::postgres::PgConnectOptions;
use sqlx::postgres::PgSslMode;

use super::Recipe;
use super::Server;
use super::as_account;
use super::certificates::Certificate;
use super::certificates::Certificates;
use super::give_to_account;
use super::run;

/// The superuser's password.
pub const PASSWORD: &str = "correct horse";

/// A running PostgreSQL.
#[derive(Debug)]
pub struct PostgresServer {
    server: Server,
}

/// A database of its own on a test server.
#[derive(Debug)]
pub struct TestDatabase {
    server: PostgresServer,
    name: String,
}

#[derive(Default)]
struct PostgresRecipe {
    programs: PathBuf,
    /// `name=value` beside [`SETTINGS`].
    settings: Vec<String>,
}

impl Recipe for PostgresRecipe {
    const KIND: &'static str = "postgres";
    const KILL_SIGNAL: &'static str = "QUIT";

    fn prepare(&self, folder: &Path, port: u16) -> Command {
        let programs = &self.programs;
        let data = folder.join("data");
        let password_file = folder.join("password");
        fs_err::write(&password_file, PASSWORD).expect("the password file can be written");
        give_to_account(&password_file);
        run(as_account(&programs.join("initdb"))
            .arg("--pgdata")
            .arg(&data)
            .arg("--pwfile")
            .arg(&password_file)
            .args(["--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8"])
            // Version 13 keeps passwords as MD5 otherwise.
            .args(["--auth-local=trust", "--auth-host=scram-sha-256"])
            .arg("--no-sync"));
        fs_err::write(data.join("pg_hba.conf"), ACCESS_RULES).expect("the access rules can be written");
        let certificates = Certificates::make(&folder.join("certificates"));
        let mut settings = SETTINGS.to_owned();
        for (name, value) in [
            ("port", port.to_string()),
            ("unix_socket_directories", folder.display().to_string()),
            ("ssl_cert_file", certificates.certificate(Certificate::Good).display().to_string()),
            ("ssl_key_file", certificates.key(Certificate::Good).display().to_string()),
        ] {
            settings += &format!("{name} = '{value}'\n");
        }
        self.settings.iter().for_each(|more| settings += &format!("{more}\n"));
        fs_err::write(data.join("postgresql.conf"), settings).expect("the settings can be written");
        let mut command = as_account(&programs.join("postgres"));
        command.arg("-D").arg(&data);
        command
    }

    fn is_ready(&self, _folder: &Path, port: u16) -> bool {
        let mut command = Command::new(programs().join("pg_isready"));
        command.args(["--quiet", "--host=127.0.0.1", &format!("--port={port}")]);
        command.status().is_ok_and(|status| status.success())
    }
}

const SETTINGS: &str = "\
listen_addresses = '127.0.0.1'
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
shared_buffers = 64MB
max_connections = 100
max_prepared_transactions = 4
password_encryption = scram-sha-256
ssl = on
";

const ACCESS_RULES: &str = "\
local     all all                      trust
hostnossl all tls_only   127.0.0.1/32  reject
hostssl   all plain_only 127.0.0.1/32  reject
host      all all        127.0.0.1/32  scram-sha-256
";

/// Where `initdb` and `postgres` are, by version.
fn installed() -> BTreeMap<u32, PathBuf> {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/test-tools/postgres");
    let debian = programs();
    let number = |folder: &Path| -> Option<u32> { folder.file_name()?.to_str()?.parse().ok() };
    let mut found: BTreeMap<u32, PathBuf> = std::fs::read_dir(ours)
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let folder = entry.ok()?.path();
            let programs = folder.join("native/bin");
            Some((number(&folder)?, programs)).filter(|(_, programs)| programs.join("postgres").exists())
        })
        .collect();
    if let Some(version) = debian.parent().and_then(number) {
        found.insert(version, debian);
    }
    found
}

/// Where `initdb`, `postgres` and `psql` are: the newest version that Debian installed.
pub fn programs() -> PathBuf {
    let version = |path: &PathBuf| -> Option<u32> { path.file_name()?.to_str()?.parse().ok() };
    std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.join("bin/postgres").exists())
        .max_by_key(version)
        .expect("PostgreSQL's server is not installed: run `apt-get install postgresql`")
        .join("bin")
}

impl PostgresServer {
    /// The server all tests share. Take a [`PostgresServer::database`] of it; do not change settings.
    pub fn shared() -> Self {
        Self { server: Server::shared(&PostgresRecipe { programs: programs(), ..PostgresRecipe::default() }) }
    }

    /// A server of one's own, for tests that change its settings or kill it.
    pub fn private() -> Self {
        Self { server: Server::private(&PostgresRecipe { programs: programs(), ..PostgresRecipe::default() }) }
    }

    /// A server of one's own of one of the [`Self::versions`].
    pub fn private_of(version: u32) -> Self {
        Self::private_with(version, &[])
    }

    /// The same with settings, each as `name=value`.
    pub fn private_with(version: u32, settings: &[&str]) -> Self {
        let programs = installed().remove(&version).expect("the version is one of those installed");
        let settings = settings.iter().map(|&setting| setting.to_owned()).collect();
        Self { server: Server::private(&PostgresRecipe { programs, settings }) }
    }

    /// The versions that can be had: Debian's, and those that `./x` has put into target/test-tools.
    pub fn versions() -> Vec<u32> {
        installed().into_keys().collect()
    }

    /// Folder, port, log and process.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// The certificates it can show.
    pub fn certificates(&self) -> Certificates {
        Certificates::in_folder(&self.server.inside().join("certificates"))
    }

    /// The folder of its Unix socket.
    pub fn socket_folder(&self) -> PathBuf {
        self.server.inside()
    }

    /// The address of a database, without user: `127.0.0.1:5433/shop`.
    pub fn place(&self, database: &str) -> String {
        format!("127.0.0.1:{}/{database}", self.server.port())
    }

    /// The superuser's address of a database, password included.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres:{}@{}", PASSWORD.replace(' ', "%20"), self.place(database))
    }

    /// Connects as superuser by the Unix socket.
    pub async fn connect(&self, database: &str) -> PgConnection {
        self.try_connect(database, "postgres").await.expect("the superuser can connect")
    }

    /// Connects as `account` by the Unix socket, where everybody is trusted.
    ///
    /// # Errors
    /// When the server does not let it in.
    pub async fn try_connect(&self, database: &str, account: &str) -> Result<PgConnection, sqlx::Error> {
        let options = PgConnectOptions::new_without_pgpass()
            .socket(self.socket_folder())
            .port(self.server.port())
            .username(account)
            .database(database)
            .ssl_mode(PgSslMode::Disable)
            .disable_statement_logging();
        options.connect().await
    }

    /// Runs statements as superuser.
    pub async fn execute(&self, database: &str, statements: &str) {
        let mut connection = self.connect(database).await;
        sqlx::raw_sql(sqlx::AssertSqlSafe(statements.to_owned()))
            .execute(&mut connection)
            .await
            .unwrap_or_else(|error| panic!("{error}\nin: {statements}"));
        connection.close().await.expect("the connection closes");
    }

    /// Makes an empty database that no other test uses.
    pub async fn database(self) -> TestDatabase {
        self.database_with("").await
    }

    /// The same with options of `CREATE DATABASE`, as `ENCODING 'SQL_ASCII' LOCALE 'C'`.
    pub async fn database_with(self, options: &str) -> TestDatabase {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("t{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        self.execute("postgres", &format!("CREATE DATABASE {name} TEMPLATE template0 {options}")).await;
        TestDatabase { server: self, name }
    }

    /// Shows another certificate from now on. For a private server only.
    pub async fn show_certificate(&self, certificate: Certificate) {
        let data = self.server.inside().join("data");
        let certificates = self.certificates();
        for (from, to) in [
            (certificates.certificate(certificate), certificates.certificate(Certificate::Good)),
            (certificates.key(certificate), certificates.key(Certificate::Good)),
        ] {
            fs_err::copy(from, to).expect("certificates can be copied");
        }
        run(as_account(&programs().join("pg_ctl")).arg("--pgdata").arg(data).arg("reload"));
    }
}

impl TestDatabase {
    /// The server.
    pub fn server(&self) -> &PostgresServer {
        &self.server
    }

    /// The database's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The superuser's address of it, password included.
    pub fn url(&self) -> String {
        self.server.url(&self.name)
    }

    /// Runs statements in it as superuser.
    pub async fn execute(&self, statements: &str) {
        self.server.execute(&self.name, statements).await;
    }

    /// Connects to it as superuser.
    pub async fn connect(&self) -> PgConnection {
        self.server.connect(&self.name).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_shared_server_gives_each_test_an_empty_database() {
        let first = PostgresServer::shared().database().await;
        let second = PostgresServer::shared().database().await;
        first.execute("CREATE TABLE t (a int)").await;
        second.execute("CREATE TABLE t (a int)").await;
        assert_eq!(first.server().server().port(), second.server().server().port());
    }

    #[tokio::test]
    async fn a_private_server_is_gone_with_its_folder_once_dropped() {
        let server = PostgresServer::private();
        let folder = server.server().folder().to_owned();
        server.execute("postgres", "SELECT 1").await;
        drop(server);
        super::super::wait_until(std::time::Duration::from_secs(60), || !folder.exists())
            .expect("the watcher removes the folder");
    }
}
