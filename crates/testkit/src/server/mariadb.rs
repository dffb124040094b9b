//! Debian's MariaDB in a temporary folder.
//!
//! The superuser is `root` with the password [`PASSWORD`], from anywhere. The server speaks TLS with
//! the good certificate; [`MariaDbServer::private_without_tls`] gives one that does not.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;

use sqlx::ConnectOptions;
use sqlx::Connection;
use sqlx::MySqlConnection;
use sqlx::mysql::MySqlConnectOptions;
use sqlx::mysql::MySqlSslMode;

use super::Recipe;
use super::Server;
use super::as_account;
use super::certificates::Certificate;
use super::certificates::Certificates;
use super::give_to_account;
use super::run;

/// The superuser's password.
pub const PASSWORD: &str = "correct horse";

/// A running MariaDB.
#[derive(Debug)]
pub struct MariaDbServer {
    server: Server,
}

/// A database of its own on a test server. The server stays up, and with it the database.
#[derive(Debug)]
pub struct MariaDbDatabase {
    server: MariaDbServer,
    name: String,
}

struct MariaDbRecipe {
    certificate: Option<Certificate>,
    /// Whether tables can be encrypted, with a key in a file.
    has_key: bool,
    /// Options beside ours, also given when the data folder is made.
    options: Vec<String>,
}

impl Recipe for MariaDbRecipe {
    const KIND: &'static str = "mariadb";
    const KILL_SIGNAL: &'static str = "KILL";

    fn prepare(&self, folder: &Path, port: u16) -> Command {
        let data = folder.join("data");
        run(as_account(&program("mariadb-install-db"))
            .arg("--no-defaults")
            .arg(format!("--datadir={}", data.display()))
            // A server that starts removes what looks like its own there: in a shared one, others' tables too.
            .arg(format!("--tmpdir={}", folder.display()))
            .args(["--auth-root-authentication-method=normal", "--skip-test-db"])
            .args(self.options.iter().filter(|option| option.starts_with("--innodb"))));
        let start = folder.join("start.sql");
        fs_err::write(&start, START_STATEMENTS).expect("the start statements can be written");
        give_to_account(&start);
        let mut command = as_account(&program("mariadbd"));
        command.arg("--no-defaults").args(SETTINGS).args(&self.options);
        command.arg(format!("--datadir={}", data.display()));
        command.arg(format!("--tmpdir={}", folder.display()));
        command.arg(format!("--port={port}"));
        command.arg(format!("--socket={}", folder.join("socket").display()));
        command.arg(format!("--pid-file={}", folder.join("mariadbd.pid").display()));
        command.arg(format!("--init-file={}", start.display()));
        if self.has_key {
            let keys = folder.join("keys");
            fs_err::write(&keys, format!("1;{}\n", "0f".repeat(32))).expect("the key file can be written");
            give_to_account(&keys);
            command.arg("--plugin-load-add=file_key_management");
            command.arg(format!("--file-key-management-filename={}", keys.display()));
        }
        if let Some(certificate) = self.certificate {
            let certificates = Certificates::make(&folder.join("certificates"));
            command.arg(format!("--ssl-cert={}", certificates.certificate(certificate).display()));
            command.arg(format!("--ssl-key={}", certificates.key(certificate).display()));
        }
        command
    }

    fn is_ready(&self, _folder: &Path, port: u16) -> bool {
        let mut command = Command::new(program("mariadb-admin"));
        command.args(["--no-defaults", "--protocol=tcp", "--host=127.0.0.1", "--user=root"]);
        command.args([&format!("--port={port}"), &format!("--password={PASSWORD}"), "ping"]);
        command.output().is_ok_and(|output| output.status.success())
    }
}

/// Run by the server before it listens.
const START_STATEMENTS: &str = "\
ALTER USER root@localhost IDENTIFIED BY 'correct horse';
DROP USER IF EXISTS root@127.0.0.1, root@'::1';
CREATE OR REPLACE USER root@'%' IDENTIFIED BY 'correct horse';
GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;
";

const SETTINGS: [&str; 9] = [
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--innodb-buffer-pool-size=64M",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-flush-method=nosync",
    "--innodb-fast-shutdown=2",
    "--max-connections=200",
    "--skip-log-bin",
    "--character-set-server=utf8mb4",
];

/// Where a program of MariaDB is.
fn program(name: &str) -> PathBuf {
    ["/usr/sbin", "/usr/bin", "/usr/local/bin", "/usr/local/sbin"]
        .into_iter()
        .map(|folder| Path::new(folder).join(name))
        .find(|path| path.exists())
        .unwrap_or_else(|| panic!("{name} is not installed: run `apt-get install mariadb-server`"))
}

impl MariaDbServer {
    /// The server all tests share. Take a [`MariaDbServer::database`] of it; do not change settings.
    pub fn shared() -> Self {
        Self {
            server: Server::shared(&MariaDbRecipe {
                certificate: Some(Certificate::Good),
                has_key: false,
                options: Vec::new(),
            }),
        }
    }

    /// A server of one's own, for tests that change its settings or kill it.
    pub fn private(certificate: Certificate) -> Self {
        Self {
            server: Server::private(&MariaDbRecipe {
                certificate: Some(certificate),
                has_key: false,
                options: Vec::new(),
            }),
        }
    }

    /// A server of one's own that does not speak TLS.
    pub fn private_without_tls() -> Self {
        Self { server: Server::private(&MariaDbRecipe { certificate: None, has_key: false, options: Vec::new() }) }
    }

    /// A server of one's own with further options, as `--log-bin`. Does not speak TLS.
    pub fn private_with(options: &[&str]) -> Self {
        let options = options.iter().map(|option| (*option).to_owned()).collect();
        Self { server: Server::private(&MariaDbRecipe { certificate: None, has_key: false, options }) }
    }

    /// A server of one's own that can encrypt tables (`ENCRYPTED=YES`) and does not speak TLS.
    pub fn private_with_key() -> Self {
        Self { server: Server::private(&MariaDbRecipe { certificate: None, has_key: true, options: Vec::new() }) }
    }

    /// Folder, port, log and process.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// The certificates and their authority. Not for a server without TLS.
    pub fn certificates(&self) -> Certificates {
        Certificates::in_folder(&self.server.inside().join("certificates"))
    }

    /// Its Unix socket.
    pub fn socket(&self) -> PathBuf {
        self.server.inside().join("socket")
    }

    /// The address of a database, without user: `127.0.0.1:3307/shop`.
    pub fn place(&self, database: &str) -> String {
        format!("127.0.0.1:{}/{database}", self.server.port())
    }

    /// The superuser's address of a database, password included.
    pub fn url(&self, database: &str) -> String {
        format!("mysql://root:{}@{}", PASSWORD.replace(' ', "%20"), self.place(database))
    }

    /// Connects as superuser by the Unix socket.
    pub async fn connect(&self, database: &str) -> MySqlConnection {
        let options = MySqlConnectOptions::new()
            .socket(self.socket())
            .username("root")
            .password(PASSWORD)
            .database(database)
            .ssl_mode(MySqlSslMode::Disabled);
        options.connect().await.expect("the superuser can connect")
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
    pub async fn database(self) -> MariaDbDatabase {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("t{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        self.execute("mysql", &format!("CREATE OR REPLACE DATABASE {name}")).await;
        MariaDbDatabase { server: self, name }
    }
}

impl MariaDbDatabase {
    /// The server.
    pub fn server(&self) -> &MariaDbServer {
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
    pub async fn connect(&self) -> MySqlConnection {
        self.server.connect(&self.name).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_shared_server_gives_each_test_an_empty_database() {
        let first = MariaDbServer::shared().database().await;
        let second = MariaDbServer::shared().database().await;
        first.execute("CREATE TABLE t (a int)").await;
        second.execute("CREATE TABLE t (a int)").await;
        assert_eq!(first.server().server().port(), second.server().server().port());
    }
}
