//! Azure Blob Storage: Azurite, Microsoft's own emulator, installed once from npm.

use std::fs::File;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use super::Recipe;
use super::Server;
use super::run;

/// The account that Azurite has, and its published key.
pub const ACCOUNT: &str = "devstoreaccount1";
/// The key of [`ACCOUNT`], the same everywhere.
pub const KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// Sends one request as the account: `node -e SIGNED METHOD PORT PATH BODY [HEADER:VALUE…]`.
const SIGNED: &str = r#"
const [method, port, path, body, key, ...more] = process.argv.slice(1);
const headers = Object.fromEntries(more.map(one => one.split(/:(.*)/s)));
headers["x-ms-date"] = new Date().toUTCString();
headers["x-ms-version"] = "2021-08-06";
const url = new URL(`http://127.0.0.1:${port}/devstoreaccount1${path}`);
const ms = Object.keys(headers).filter(name => name.startsWith("x-ms-")).sort().map(name => `${name}:${headers[name]}\n`).join("");
const query = [...url.searchParams].sort().map(([name, value]) => `\n${name}:${value}`).join("");
const text = [method, "", "", body.length || "", "", "", "", "", "", "", "", ""].join("\n") + "\n" + ms +
  `/devstoreaccount1${url.pathname}${query}`;
const hmac = require("crypto").createHmac("sha256", Buffer.from(key, "base64")).update(text, "utf8").digest("base64");
headers["authorization"] = `SharedKey devstoreaccount1:${hmac}`;
headers["content-length"] = String(body.length);
const request = require("http").request(url, { method, headers }, answer => {
  answer.pipe(process.stdout);
  answer.on("end", () => process.exit(answer.statusCode < 300 ? 0 : 1));
});
request.end(body);
"#;

/// A running store.
#[derive(Debug)]
pub struct Azurite {
    server: Server,
}

struct AzuriteRecipe;

impl Recipe for AzuriteRecipe {
    const KIND: &'static str = "azurite";
    const KILL_SIGNAL: &'static str = "KILL";

    fn prepare(&self, folder: &Path, port: u16) -> Command {
        let mut command = Command::new("node");
        command.arg(installed()).args(["--blobHost", "127.0.0.1", "--blobPort", &port.to_string()]);
        command.args(["--skipApiVersionCheck", "--disableTelemetry", "--silent", "--location"]).arg(folder);
        command
    }

    fn is_ready(&self, _folder: &Path, port: u16) -> bool {
        super::moto::send(port, "GET", "/devstoreaccount1?comp=list", &[], b"").is_ok_and(|(status, _)| status > 0)
    }
}

impl Azurite {
    /// The store that all tests of this checkout share; containers need names of their own.
    pub fn shared() -> Self {
        Self { server: Server::shared(&AzuriteRecipe) }
    }

    /// The address of a container (and prefix) as dataward takes it.
    pub fn url(&self, place: &str) -> String {
        let port = self.server.port();
        format!("az://{place}?account={ACCOUNT}&endpoint=http://127.0.0.1:{port}/{ACCOUNT}&allow_http=true")
    }

    /// Makes a container.
    pub fn make_container(&self, name: &str) {
        self.request("PUT", &format!("/{name}?restype=container"), "", &[]);
    }

    /// Stores a blob. `key` as it stands in a URL, so with `%20` for a space.
    pub fn put(&self, container: &str, key: &str, body: &str) {
        self.request("PUT", &format!("/{container}/{key}"), body, &["x-ms-blob-type:BlockBlob"]);
    }

    /// Sends a request below the account; panics when it does not succeed.
    pub fn request(&self, method: &str, path: &str, body: &str, headers: &[&str]) {
        let mut command = Command::new("node");
        command.args(["-e", SIGNED, method, &self.server.port().to_string(), path, body, KEY]).args(headers);
        run(command.stdin(Stdio::null()));
    }
}

/// The program, installed if it is not there yet.
fn installed() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/test-tools/node");
    fs_err::create_dir_all(&folder).expect("the folder for packages of npm can be made");
    // One test process installs, the others wait.
    let lock = File::create(folder.join("dataward.lock")).expect("the lock can be made");
    lock.lock().expect("the lock can be taken");
    let program = folder.join("node_modules/azurite/dist/src/blob/main.js");
    if !program.exists() {
        let mut command = Command::new("npm");
        command.args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"]).arg(&folder).arg("azurite@3");
        run(&mut command);
    }
    program.canonicalize().expect("npm installed azurite")
}
