//! MySQL's own server in a temporary folder: Debian sid's, which `./x` unpacks into
//! `target/test-tools/mysql` and which runs under the loader and libraries that come with it.
//!
//! The superuser is `root` with the password [`PASSWORD`], from anywhere. The server speaks TLS with the
//! good certificate.

use std::io::Read;
use std::net::TcpStream;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

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

/// A running MySQL.
#[derive(Debug)]
pub struct MysqlServer {
    server: Server,
}

struct MysqlRecipe {
    folder: PathBuf,
    settings: Vec<String>,
    /// Whether tables can be encrypted, by the component that keeps keys in a file.
    has_keyring: bool,
}

impl Recipe for MysqlRecipe {
    const KIND: &'static str = "mysql";
    const KILL_SIGNAL: &'static str = "KILL";

    fn prepare(&self, folder: &Path, port: u16) -> Command {
        let data = folder.join("data");
        let program = || if self.has_keyring { self.with_keyring(folder) } else { self.program() };
        run(program().arg("--initialize-insecure").arg(format!("--datadir={}", data.display())));
        let start = folder.join("start.sql");
        fs_err::write(&start, START_STATEMENTS).expect("the start statements can be written");
        give_to_account(&start);
        let certificates = Certificates::make(&folder.join("certificates"));
        let mut command = program();
        command.arg(format!("--datadir={}", data.display()));
        // When it starts it removes what looks like its own there, MariaDB's too.
        command.arg(format!("--tmpdir={}", folder.display()));
        command.arg(format!("--port={port}"));
        command.arg(format!("--socket={}", folder.join("socket").display()));
        command.arg(format!("--pid-file={}", folder.join("mysqld.pid").display()));
        command.arg(format!("--init-file={}", start.display()));
        command.arg(format!("--ssl-cert={}", certificates.certificate(Certificate::Good).display()));
        command.arg(format!("--ssl-key={}", certificates.key(Certificate::Good).display()));
        command.args(["--bind-address=127.0.0.1", "--skip-name-resolve", "--mysqlx=OFF", "--max-connections=200"]);
        command.args(&self.settings);
        command
    }

    /// The greeting of protocol 10, which comes once the start statements have run.
    fn is_ready(&self, _folder: &Path, port: u16) -> bool {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
        let mut head = [0; 5];
        stream.set_read_timeout(Some(Duration::from_secs(5))).is_ok()
            && stream.read_exact(&mut head).is_ok()
            && head[4] == 10
    }
}

impl MysqlRecipe {
    fn program(&self) -> Command {
        self.program_at(&self.folder.join("usr/sbin/mysqld"))
    }

    /// The program as one that finds beside itself, and beside its plugins, that it has a keyring.
    fn with_keyring(&self, folder: &Path) -> Command {
        const COMPONENT: &str = "component_keyring_file";
        let (programs, plugins, keys) = (folder.join("sbin"), folder.join("plugin"), folder.join("keys"));
        for made in [&programs, &plugins, &keys] {
            fs_err::create_dir_all(made).expect("a folder");
            give_to_account(made);
        }
        let (program, usr) = (programs.join("mysqld"), self.folder.join("usr"));
        if !program.exists() {
            let link = |from: PathBuf, to: &Path| fs_err::os::unix::fs::symlink(from, to).expect("a link can be made");
            link(usr.join("sbin/mysqld"), &program);
            let library = format!("{COMPONENT}.so");
            link(usr.join("lib/mysql/plugin").join(&library), &plugins.join(&library));
            let settings = format!("{{\"path\": \"{}\", \"read_only\": false}}", keys.join("ring").display());
            for (file, text) in [
                (programs.join("mysqld.my"), format!("{{\"components\": \"file://{COMPONENT}\"}}")),
                (plugins.join(format!("{COMPONENT}.cnf")), settings),
            ] {
                fs_err::write(&file, text).expect("it can be written");
                give_to_account(&file);
            }
        }
        let mut command = self.program_at(&program);
        command.arg(format!("--plugin-dir={}", plugins.display()));
        command
    }

    fn program_at(&self, program: &Path) -> Command {
        let usr = self.folder.join("usr");
        let libraries = usr.join("lib/x86_64-linux-gnu");
        let mut command = as_account(&libraries.join("ld-linux-x86-64.so.2"));
        command.arg("--library-path").arg(&libraries).arg(program).arg("--no-defaults");
        for (setting, path) in [
            ("basedir", usr.clone()),
            ("lc-messages-dir", usr.join("share/mysql")),
            ("character-sets-dir", usr.join("share/mysql/charsets")),
            ("plugin-dir", usr.join("lib/mysql/plugin")),
        ] {
            command.arg(format!("--{setting}={}", path.display()));
        }
        command.args(SETTINGS);
        command
    }
}

/// Run by the server before it listens.
const START_STATEMENTS: &str = "\
ALTER USER root@localhost IDENTIFIED BY 'correct horse';
CREATE USER root@'%' IDENTIFIED BY 'correct horse';
GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;
";

const SETTINGS: [&str; 6] = [
    "--secure-file-priv=NULL",
    "--innodb-buffer-pool-size=64M",
    "--innodb-redo-log-capacity=32M",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-flush-method=nosync",
    "--skip-log-bin",
];

/// Where `./x` has put it. A test that needs it fails where it is not: none is left out in silence.
fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/test-tools/mysql");
    assert!(folder.join("version").exists(), "MySQL's own server is not here: `./x test` fetches it");
    folder.canonicalize().expect("it is there")
}

impl MysqlServer {
    /// The server all tests share. Do not change settings.
    pub fn shared() -> Self {
        Self { server: Server::shared(&MysqlRecipe { folder: folder(), settings: Vec::new(), has_keyring: false }) }
    }

    /// A server of one's own with further `settings`, as `--mandatory-roles=r`.
    pub fn private(settings: &[&str]) -> Self {
        let settings = settings.iter().map(|&setting| setting.to_owned()).collect();
        Self { server: Server::private(&MysqlRecipe { folder: folder(), settings, has_keyring: false }) }
    }

    /// A server of one's own that can encrypt tables (`ENCRYPTION = 'Y'`), with keys in a file.
    pub fn private_with_keyring() -> Self {
        Self { server: Server::private(&MysqlRecipe { folder: folder(), settings: Vec::new(), has_keyring: true }) }
    }

    /// Folder, port, log and process.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// The certificates and their authority.
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
        let options = MySqlConnectOptions::new().socket(self.socket()).username("root").password(PASSWORD);
        // New passwords go over TLS only, even by the socket.
        let options = options.database(database).ssl_mode(MySqlSslMode::Required).disable_statement_logging();
        options.connect().await.expect("the superuser can connect")
    }

    /// Runs statements as superuser.
    pub async fn execute(&self, database: &str, statements: &str) {
        let mut connection = self.connect(database).await;
        sqlx::raw_sql(sqlx::AssertSqlSafe(statements.to_owned()))
            .execute(&mut connection)
            .await
            .unwrap_or_else(|error| panic!("{error}\nin: {statements}"));
        // Over TLS the server may be gone before the last word of the connection.
        let _ = connection.close().await;
    }
}
