//! An S3-like store: the server of PyPI's `moto`, installed once into a virtual environment.
//!
//! The environment is the folder in `DATAWARD_TEST_VENV`, else `target/test-tools/venv` of the
//! checkout; it is made when it is not there.

use std::fs::File;
use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use super::Recipe;
use super::Server;
use super::run;

/// A running object store. It believes every signature.
#[derive(Debug)]
pub struct MotoServer {
    server: Server,
}

struct MotoRecipe {
    /// How many requests are believed before signatures and rights are checked.
    trusting: Option<u32>,
}

impl Recipe for MotoRecipe {
    const KIND: &'static str = "moto";
    const KILL_SIGNAL: &'static str = "KILL";

    fn prepare(&self, _folder: &Path, port: u16) -> Command {
        // Through `env`: of a command only program and arguments reach the server.
        let mut command = Command::new("env");
        if let Some(count) = self.trusting {
            command.arg(format!("INITIAL_NO_AUTH_ACTION_COUNT={count}"));
        }
        command.arg(installed()).args(["-H", "127.0.0.1", "-p", &port.to_string()]);
        command
    }

    fn is_ready(&self, _folder: &Path, port: u16) -> bool {
        matches!(send(port, "GET", "/moto-api/data.json", &[], b""), Ok((200, _)))
    }
}

impl MotoServer {
    /// The store that all tests of this checkout share; buckets need names of their own.
    pub fn shared() -> Self {
        Self { server: Server::shared(&MotoRecipe { trusting: None }) }
    }

    /// A store that checks signatures and rights once it has answered `trusting` requests.
    pub fn checking(trusting: u32) -> Self {
        Self { server: Server::private(&MotoRecipe { trusting: Some(trusting) }) }
    }

    /// The port it listens on, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.server.port()
    }

    /// The address of a bucket (and prefix) as dataward takes it.
    pub fn url(&self, place: &str) -> String {
        format!("s3://{place}?endpoint=http://127.0.0.1:{}&allow_http=true", self.port())
    }

    /// The Python of the environment that moto lives in, boto3 with it.
    pub fn python() -> PathBuf {
        installed();
        venv().join("bin/python")
    }

    /// Makes a bucket; `versioned` ones keep what is overwritten and deleted.
    pub fn make_bucket(&self, name: &str, versioned: bool) {
        self.request("PUT", &format!("/{name}"), &[], b"");
        if versioned {
            let on = "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
                      <Status>Enabled</Status></VersioningConfiguration>";
            self.request("PUT", &format!("/{name}?versioning"), &[], on.as_bytes());
        }
    }

    /// Stores an object. `key` as it stands in a URL, so with `%20` for a space.
    pub fn put(&self, bucket: &str, key: &str, body: &[u8]) {
        self.request("PUT", &format!("/{bucket}/{key}"), &[], body);
    }

    /// Sends a request to S3; see [`MotoServer::request_to`].
    pub fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
        self.request_to("s3", method, path, headers, body)
    }

    /// Sends a request to the service `s3` or another one, with a signature that only a trusting
    /// server takes; panics when it does not succeed.
    pub fn request_to(
        &self,
        service: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Vec<u8> {
        let signature = format!(
            "AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
        );
        let mut headers = headers.to_vec();
        headers.push(("authorization", &signature));
        let (status, answer) = send(self.port(), method, path, &headers, body).expect("the moto server answers");
        let text = String::from_utf8_lossy(&answer);
        assert!((200..300).contains(&status), "{method} {path} gave {status}: {text}");
        answer
    }
}

/// One HTTP request over a connection of its own; status and body of the answer.
pub(super) fn send(
    port: u16,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> std::io::Result<(u16, Vec<u8>)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let mut request = format!("{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
    stream.write_all(request.as_bytes())?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let head_end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").map_or(answer.len(), |at| at + 4);
    let body = answer.split_off(head_end);
    let status = String::from_utf8_lossy(&answer).split(' ').nth(1).and_then(|status| status.parse().ok());
    Ok((status.unwrap_or(0), body))
}

/// The virtual environment of the test tools.
pub(super) fn venv() -> PathBuf {
    match std::env::var_os("DATAWARD_TEST_VENV") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/test-tools/venv"),
    }
}

/// A Python that has `module`, of the package of the same name, installed if it is not there yet: judges of our output
/// that are not ours.
pub fn python_with(module: &str) -> PathBuf {
    let folder = venv();
    fs_err::create_dir_all(&folder).expect("the folder for the virtual environment can be made");
    let lock = File::create(folder.join("dataward.lock")).expect("the lock can be made");
    lock.lock().expect("the lock can be taken");
    let python = folder.join("bin/python");
    if !python.exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder));
    }
    let known = Command::new(&python).args(["-c", &format!("import {module}")]).output();
    if !known.is_ok_and(|known| known.status.success()) {
        run(Command::new(&python).args(["-m", "pip", "install", "--quiet", module]));
    }
    python
}

/// The program `moto_server`, installed if it is not there yet.
fn installed() -> PathBuf {
    let folder = venv();
    fs_err::create_dir_all(&folder).expect("the folder for the virtual environment can be made");
    // One test process installs, the others wait.
    let lock = File::create(folder.join("dataward.lock")).expect("the lock can be made");
    lock.lock().expect("the lock can be taken");
    let program = folder.join("bin/moto_server");
    if !program.exists() {
        // Debian keeps `venv` in a package of its own: python3-venv.
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder));
        run(Command::new(folder.join("bin/pip")).args(["install", "--quiet", "moto[server]"]));
    }
    program.canonicalize().expect("pip installed moto_server")
}
