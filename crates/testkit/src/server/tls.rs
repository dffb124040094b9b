//! `openssl s_server` with any flaw a TLS server can have: old versions, weak ciphers, wrong certificates. What no
//! OpenSSL of Debian speaks any more, SSL 2.0 and 3.0, is spoken by an old Node.js with OpenSSL 1.0.1i in it.

use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;

use tempfile::TempDir;

use super::certificates::Certificate;
use super::certificates::Certificates;
use super::free_port;
use super::listening;
use super::run;

/// A running `openssl s_server`, ended when dropped.
#[derive(Debug)]
pub struct TlsServer {
    child: Child,
    port: u16,
    certificates: Certificates,
    _folder: TempDir,
}

/// Lets Debian's OpenSSL speak what it otherwise refuses: TLS 1.0, SHA-1, short keys.
pub const ANYTHING_GOES: [&str; 2] = ["-cipher", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"];

/// What a server of old is told to speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OldMethod {
    /// All it knows: SSL 2.0 to TLS 1.2.
    All,
    /// SSL 2.0 alone.
    Ssl2,
    /// SSL 3.0 alone.
    Ssl3,
}

/// Arguments: method, port, key, certificate. It shakes hands and closes.
const OLD_SERVER: &str = "
var fs = require('fs'), given = process.argv;
var settings = { secureProtocol: given[2], ciphers: 'ALL', key: fs.readFileSync(given[4]), cert: fs.readFileSync(given[5]) };
var server = require('tls').createServer(settings, function (stream) { stream.end(); });
server.on('clientError', function () {});
server.listen(+given[3], '127.0.0.1');
";

impl TlsServer {
    /// A server of 2014 with a self-signed certificate over SHA-1 for `localhost`.
    pub fn of_old(method: OldMethod) -> Self {
        let node = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/test-tools/old-node/node");
        assert!(node.exists(), "an old Node.js is missing: `./x test` fetches it from npm");
        let folder = TempDir::with_prefix("dataward-tls-").expect("a folder can be made");
        let certificates = Certificates::make(&folder.path().join("certificates"));
        let (shown, key) = self_signed(folder.path(), "-newkey rsa:2048 -sha1 -days 30");
        let script = folder.path().join("server.js");
        fs_err::write(&script, OLD_SERVER).expect("the script can be written");
        let port = free_port();
        let method = match method {
            OldMethod::All => "SSLv23_method",
            OldMethod::Ssl2 => "SSLv2_method",
            OldMethod::Ssl3 => "SSLv3_method",
        };
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]).arg(node).arg(script).args([method, &port.to_string()]);
        Self::of_command(folder, certificates, port, command.arg(key).arg(shown))
    }

    /// A server with this certificate and these arguments of `openssl s_server`.
    pub fn start(certificate: Certificate, arguments: &[&str]) -> Self {
        let folder = TempDir::with_prefix("dataward-tls-").expect("a folder can be made");
        let certificates = Certificates::make(&folder.path().join("certificates"));
        let (shown, key) = (certificates.certificate(certificate), certificates.key(certificate));
        Self::with_files(folder, certificates, &shown, &key, arguments)
    }

    /// A server with this certificate that staples an OCSP answer which `answer` makes.
    pub fn stapling(
        certificate: Certificate,
        answer: impl FnOnce(&Certificates) -> PathBuf,
        arguments: &[&str],
    ) -> Self {
        let folder = TempDir::with_prefix("dataward-tls-").expect("a folder can be made");
        let certificates = Certificates::make(&folder.path().join("certificates"));
        let (shown, key) = (certificates.certificate(certificate), certificates.key(certificate));
        let answer = answer(&certificates);
        let answer = answer.to_str().expect("the folder's name is text").to_owned();
        let arguments = [&["-status_file", answer.as_str()], arguments].concat();
        Self::with_files(folder, certificates, &shown, &key, &arguments)
    }

    /// A server whose certificate is made by `openssl req -x509` with these arguments: a short key
    /// (`-newkey rsa:1024`), an old signature (`-sha1`).
    pub fn with_request(request: &str, arguments: &[&str]) -> Self {
        let folder = TempDir::with_prefix("dataward-tls-").expect("a folder can be made");
        let certificates = Certificates::make(&folder.path().join("certificates"));
        let (shown, key) = self_signed(folder.path(), request);
        Self::with_files(folder, certificates, &shown, &key, arguments)
    }

    fn with_files(folder: TempDir, certificates: Certificates, shown: &Path, key: &Path, arguments: &[&str]) -> Self {
        let port = free_port();
        // The server ends with the thread that started it, even when that is killed.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "openssl", "s_server", "-quiet", "-accept"]);
        command.arg(format!("127.0.0.1:{port}")).arg("-cert").arg(shown).arg("-key").arg(key);
        Self::of_command(folder, certificates, port, command.arg("-www").args(arguments))
    }

    fn of_command(folder: TempDir, certificates: Certificates, port: u16, command: &mut Command) -> Self {
        Self { child: listening(command, port), port, certificates, _folder: folder }
    }

    /// The port it listens on, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `127.0.0.1:port`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The authority that signed the good, expired and wrong-name certificates.
    pub fn authority(&self) -> PathBuf {
        self.certificates.authority()
    }
}

/// A certificate and its key, made by `openssl req -x509` with these arguments.
fn self_signed(folder: &Path, request: &str) -> (PathBuf, PathBuf) {
    let (shown, key) = (folder.join("own.pem"), folder.join("own.key"));
    let mut command = Command::new("openssl");
    command.args(["req", "-x509", "-nodes", "-subj", "/CN=test"]);
    command.args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]);
    command.args(request.split_whitespace());
    run(command.arg("-out").arg(&shown).arg("-keyout").arg(&key));
    (shown, key)
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
