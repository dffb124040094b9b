//! The machine around us: clock, environment variables, secret files. The only place that asks it.

use std::path::Path;

use dataward_model::Clock;
use dataward_model::Redacted;
use dataward_policy::SecretRef;
use jiff::Timestamp;

use crate::AppError;

/// The machine's clock.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the wall clock")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// An environment variable, if it is set and is text.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// All environment variables that are text.
pub fn variables() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// The account that runs us, for the evidence log: the name of our user id, whatever the environment
/// says; the number where it has no name.
pub fn actor() -> String {
    let id = rustix::process::getuid().as_raw().to_string();
    let accounts = fs_err::read_to_string("/etc/passwd").unwrap_or_default();
    let mut lines = accounts.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let account = lines.find(|fields| fields.get(2) == Some(&id.as_str()));
    account.and_then(|fields| fields.first().map(|name| (*name).to_owned())).unwrap_or(format!("uid {id}"))
}

/// Fetches a password from where the policy says it is kept; files are relative to `base`.
///
/// # Errors
/// When the variable is not set or the file cannot be read.
pub fn secret(secret: &SecretRef, base: &Path) -> Result<Redacted<String>, AppError> {
    match secret {
        SecretRef::Env(name) => variable(name).map(Redacted::new).ok_or_else(|| AppError::Usage {
            message: format!("the environment variable `{name}` with the password is not set"),
            hint: Some(format!("set it in the shell that runs dataward: read -rs {name} && export {name}")),
        }),
        SecretRef::File(path) => {
            let path = base.join(path);
            let text = fs_err::read_to_string(&path)
                .map_err(|error| AppError::unreachable(format!("cannot read the password file: {error}")))?;
            Ok(Redacted::new(text.trim_end_matches(['\r', '\n']).to_owned()))
        }
    }
}

/// Reads a secret from a file, or from a file descriptor that the caller has opened for us. One line end
/// is taken away.
///
/// # Errors
/// When it cannot be read or is empty.
pub fn secret_bytes(file: &Path) -> Result<dataward_seal::SecretBytes, AppError> {
    let bytes = fs_err::read(file).map(dataward_seal::SecretBytes::new);
    let mut bytes = bytes.map_err(|error| AppError::unreachable(format!("cannot read the secret: {error}")))?;
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
    }
    if bytes.is_empty() {
        return Err(AppError::usage(format!("`{}` holds no secret", file.display())));
    }
    Ok(bytes)
}

/// Sees to it that a crash writes no keys: no core dump, and no other process of ours may look.
pub fn forbid_core_dumps() {
    use rustix::process::DumpableBehavior;
    use rustix::process::Resource;
    use rustix::process::Rlimit;
    // Either may be forbidden to us; the other one then still holds.
    let _ = rustix::process::setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    let _ = rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

/// Waits until no other process holds the lock at `path`, and holds it; it goes with the process, or when dropped.
pub(crate) fn wait_for_turn(path: &Path) -> Result<std::fs::File, AppError> {
    let cannot = |error: std::io::Error| AppError::unreachable(format!("cannot lock `{}`: {error}", path.display()));
    let file = dataward_owner::append(path).map_err(cannot)?.into_parts().0;
    file.lock().map_err(cannot)?;
    Ok(file)
}

/// Writes a file whole or not at all: into a file beside it, synced, then renamed over. It has the owner and the rights
/// of the one that was there, else those that follow from its folder ([`dataward_owner`]).
///
/// # Errors
/// When it cannot be written; then what was there before is still there.
pub fn write_file(path: &Path, content: impl AsRef<[u8]>) -> Result<(), AppError> {
    write_aside(path, content.as_ref(), dataward_owner::settle_in_place_of)
}

/// As [`write_file`], of a secret that is one person's: its owner alone may read it.
///
/// # Errors
/// As [`write_file`].
pub fn write_secret(path: &Path, content: impl AsRef<[u8]>) -> Result<(), AppError> {
    write_aside(path, content.as_ref(), dataward_owner::settle_secret)
}

fn write_aside(
    path: &Path,
    content: &[u8],
    settle: fn(&std::fs::File, &Path) -> std::io::Result<()>,
) -> Result<(), AppError> {
    use std::io::Write as _;
    let unwritable =
        |error: std::io::Error| AppError::unreachable(format!("cannot write `{}`: {error}", path.display()));
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(unwritable)?;
    settle(file.as_file(), path).map_err(unwritable)?;
    file.write_all(content).map_err(unwritable)?;
    file.as_file().sync_all().map_err(unwritable)?;
    file.persist(path).map_err(|error| unwritable(error.error))?;
    Ok(())
}
