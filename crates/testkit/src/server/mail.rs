//! A mail server: `smtp-server` of npm, with TLS behind STARTTLS or without.

use std::path::Path;
use std::process::Child;
use std::process::Command;

use tempfile::TempDir;

use super::certificates::Certificate;
use super::certificates::Certificates;
use super::free_port;
use super::listening;

/// A running mail server, ended when dropped.
#[derive(Debug)]
pub struct MailServer {
    child: Child,
    port: u16,
    certificates: Certificates,
    _folder: TempDir,
}

/// How a mail server treats those who come without TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailTls {
    /// It offers none.
    None,
    /// It offers STARTTLS and lets log in without.
    Optional,
    /// It offers STARTTLS and lets nobody log in before.
    Required,
}

/// Arguments: folder of packages, port, key, certificate, how TLS is treated.
const SCRIPT: &str = "
const [packages, port, key, cert, tls] = process.argv.slice(1);
const { SMTPServer } = require(packages + '/smtp-server');
const { readFileSync } = require('fs');
const files = tls === 'None' ? {} : { key: readFileSync(key), cert: readFileSync(cert) };
new SMTPServer({
  ...files, secure: false, name: 'mail.example', disableReverseLookup: true, logger: false,
  disabledCommands: tls === 'None' ? ['STARTTLS'] : [], allowInsecureAuth: tls !== 'Required',
}).on('error', () => {}).listen(+port, '127.0.0.1');
";

impl MailServer {
    /// A server with this certificate.
    pub fn start(certificate: Certificate, tls: MailTls) -> Self {
        let packages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/test-tools/node/node_modules");
        assert!(packages.join("smtp-server").exists(), "smtp-server is missing: `./x test` fetches it from npm");
        let folder = TempDir::with_prefix("dataward-mail-").expect("a folder can be made");
        let certificates = Certificates::make(&folder.path().join("certificates"));
        let port = free_port();
        // The server ends with the thread that started it, even when that is killed.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "node", "-e", SCRIPT]).arg(packages).arg(port.to_string());
        command.arg(certificates.key(certificate)).arg(certificates.certificate(certificate)).arg(format!("{tls:?}"));
        Self { child: listening(&mut command, port), port, certificates, _folder: folder }
    }

    /// `127.0.0.1:port`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The authority that signed its certificate.
    pub fn authority(&self) -> std::path::PathBuf {
        self.certificates.authority()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
