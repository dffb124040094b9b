//! Real database servers for tests, in temporary folders.
//!
//! A server is watched by a small shell script in a session of its own. Whoever uses the server
//! holds a shared lock on the file `lease` in the server's folder; the script waits until nobody
//! does, kills the server and removes the folder. So nothing is left running, whether a test
//! passes, panics or is killed, and test processes (nextest starts one for each test) share one
//! server: the first starts it, the others find it, and it ends seconds after the last.
//!
//! A kind of server brings a [`Recipe`]; see [`postgres`] for an example.

pub mod azurite;
pub mod certificates;
pub mod google;
pub mod mail;
pub mod mariadb;
pub mod moto;
pub mod mysql;
pub mod openbao;
pub mod postgres;
pub mod tls;

use std::fs::File;
use std::hash::DefaultHasher;
use std::hash::Hash;
use std::hash::Hasher;
use std::net::TcpListener;
use std::net::TcpStream;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::chown;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

/// How a kind of server is made and started.
pub trait Recipe {
    /// A short word for folder names: `postgres`.
    const KIND: &'static str;
    /// The signal that ends it at once, without leaving children: `QUIT`, `KILL`.
    const KILL_SIGNAL: &'static str;

    /// Makes the data folder inside `folder` (which exists, belongs to [`account`] and is empty)
    /// and returns the command that runs the server in the foreground on `port`.
    fn prepare(&self, folder: &Path, port: u16) -> Command;

    /// Whether it answers by now.
    fn is_ready(&self, folder: &Path, port: u16) -> bool;
}

/// A running server. It lives until the last process that holds one lets it go.
#[derive(Debug)]
pub struct Server {
    folder: PathBuf,
    port: u16,
    _lease: File,
}

/// Long enough for two cores with nine compilers on them.
const START_LIMIT: Duration = Duration::from_secs(120);

impl Server {
    /// The server that all tests of this checkout share, started when it does not run yet.
    pub fn shared<R: Recipe>(recipe: &R) -> Self {
        let mut hasher = DefaultHasher::new();
        env!("CARGO_MANIFEST_DIR").hash(&mut hasher);
        let name = format!("dataward-{}-{:08x}", R::KIND, hasher.finish() as u32);
        Self::obtain(recipe, &std::env::temp_dir().join(name), 4)
    }

    /// A server of one's own, gone when the value is dropped.
    pub fn private<R: Recipe>(recipe: &R) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("dataward-{}-{}-{}", R::KIND, std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        Self::obtain(recipe, &std::env::temp_dir().join(name), 0)
    }

    /// The server's folder, with `server.log` in it.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The port it listens on, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What the server wrote to its log.
    pub fn log(&self) -> String {
        let bytes = fs_err::read(self.folder.join("server.log")).expect("the server's log can be read");
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The server's process.
    pub fn process_id(&self) -> u32 {
        let text = fs_err::read_to_string(self.folder.join("pid")).expect("the watcher wrote the process id");
        text.trim().parse().expect("a process id is a number")
    }

    fn obtain<R: Recipe>(recipe: &R, folder: &Path, grace_seconds: u32) -> Self {
        let lease = take_lease(folder);
        let starting = File::options().create(true).append(true).open(folder.join("starting"));
        let starting = starting.expect("the start lock can be made");
        starting.lock().expect("the start lock can be taken");
        let ready = folder.join("ready");
        if let Ok(text) = fs_err::read_to_string(&ready) {
            let port = text.parse().expect("the file `ready` holds a port");
            if recipe.is_ready(folder, port) {
                return Self { folder: folder.to_owned(), port, _lease: lease };
            }
        }
        let inside = folder.join("server");
        let _ = fs_err::remove_dir_all(&inside);
        fs_err::create_dir(&inside).expect("the server's folder can be made");
        give_to_account(&inside);
        let unfinished = Unfinished(&inside);
        let port = free_port();
        let command = recipe.prepare(&inside, port);
        watch(command, folder, R::KILL_SIGNAL, grace_seconds);
        std::mem::forget(unfinished);
        let server = Self { folder: folder.to_owned(), port, _lease: lease };
        wait_until(START_LIMIT, || recipe.is_ready(folder, port))
            .unwrap_or_else(|()| panic!("the {} test server did not start:\n{}", R::KIND, server.log()));
        fs_err::write(&ready, port.to_string()).expect("the file `ready` can be written");
        server
    }

    /// The folder that belongs to the server's account: data, sockets, certificates.
    pub fn inside(&self) -> PathBuf {
        self.folder.join("server")
    }
}

/// Removes what was prepared when the recipe fails.
struct Unfinished<'a>(&'a Path);

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.0);
    }
}

/// Takes a shared lock on `folder/lease`, in a folder that no watcher is about to remove.
fn take_lease(folder: &Path) -> File {
    loop {
        fs_err::create_dir_all(folder).expect("the test folder can be made");
        let path = folder.join("lease");
        let Ok(lease) = File::options().create(true).append(true).open(&path) else { continue };
        lease.lock_shared().expect("the lease can be locked");
        let held = lease.metadata().expect("the lease has metadata").ino();
        if std::fs::metadata(&path).is_ok_and(|on_disk| on_disk.ino() == held) {
            return lease;
        }
    }
}

/// Runs `command` until nobody holds the lease for `grace_seconds`, then kills it and removes the folder, if it is still
/// the one that it was: a second server may have been started in it, and a third one since in its place.
fn watch(command: Command, folder: &Path, signal: &str, grace_seconds: u32) {
    const SCRIPT: &str = r#"
        folder=$1 signal=$2 grace=$3; shift 3; cd /
        exec 9<"$folder/lease"
        "$@" >"$folder/server.log" 2>&1 </dev/null 9<&- & server=$!
        echo $server >"$folder/pid"
        until flock -x 9; [ "$grace" = 0 ] || { flock -u 9; sleep "$grace"; flock -n -x 9; }; do :; done
        kill -"$signal" $server; wait $server
        [ "$folder/lease" -ef "/proc/$$/fd/9" ] || exit 0
        mv "$folder" "$folder.gone.$$"; rm -rf "$folder.gone.$$"
    "#;
    #[expect(clippy::zombie_processes, reason = "the watcher outlives us on purpose, in a session of its own")]
    Command::new("setsid")
        .args(["sh", "-c", SCRIPT, "watch"])
        .arg(folder)
        .args([signal, &grace_seconds.to_string()])
        .arg(command.get_program())
        .args(command.get_args())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("setsid and sh are part of every Debian");
    let log = folder.join("server.log");
    wait_until(START_LIMIT, || log.exists()).expect("the watcher starts");
}

/// A port of 127.0.0.1 that nobody listens on.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("there is a free port");
    listener.local_addr().expect("a bound socket has an address").port()
}

/// The account servers run as when the tests run as root, as database servers refuse to be root:
/// name, user id and group id. None when the tests run as somebody else.
pub fn account() -> Option<(String, u32, u32)> {
    let own = std::fs::metadata("/proc/self").expect("there is /proc").uid();
    if own != 0 {
        return None;
    }
    let users = fs_err::read_to_string("/etc/passwd").expect("there is a list of users");
    let find = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2).map(|id| id.parse().ok());
        Some((name.to_owned(), fields.next()??, fields.next()??))
    };
    ["postgres", "mysql", "nobody"].into_iter().find_map(find)
}

/// A command that runs `program` as [`account`].
pub fn as_account(program: &Path) -> Command {
    match account() {
        None => Command::new(program),
        Some((_, user, group)) => {
            let mut command = Command::new("setpriv");
            command.args([format!("--reuid={user}"), format!("--regid={group}"), "--clear-groups".into()]);
            command.arg(program);
            command
        }
    }
}

/// Gives a file or folder to [`account`].
pub fn give_to_account(path: &Path) {
    if let Some((_, user, group)) = account() {
        chown(path, Some(user), Some(group)).expect("root may give files away");
    }
}

/// Runs a command to its end; panics with what it wrote when it fails.
pub fn run(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{command:?} failed:\n{}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// Starts a server that says nothing of ours, and waits until it takes connections on this port.
fn listening(command: &mut Command, port: u16) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let child = command.spawn().expect("setpriv is part of every Debian");
    wait_until(Duration::from_secs(30), || TcpStream::connect(("127.0.0.1", port)).is_ok())
        .unwrap_or_else(|()| panic!("it did not start: {command:?}"));
    child
}

/// Asks again every few milliseconds until `condition` holds or the time is over.
#[expect(clippy::result_unit_err, reason = "there is one way to fail: the time is over")]
pub fn wait_until(limit: Duration, mut condition: impl FnMut() -> bool) -> Result<(), ()> {
    let start = Instant::now();
    while !condition() {
        if start.elapsed() > limit {
            return Err(());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
