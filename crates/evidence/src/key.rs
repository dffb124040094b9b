//! The signing key in its file.

use std::io::Write;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::EvidenceError;
use crate::RowKey;
use crate::Signer;

/// Loads the signing key from `path`; makes a new one named `name` when there is none.
///
/// The file holds one line as the Go team's `note` package writes signer keys
/// (`PRIVATE+KEY+name+hash+key`) and is readable by whoever may write to its folder only. `name` counts
/// for a new key only: the name of a log never changes.
pub fn load_or_create(path: &Path, name: &str) -> Result<Signer, EvidenceError> {
    load(path, |path| create(path, name, Whose::Project))
}

/// As [`load_or_create`], of a key that is one person's: readable by its owner only, wherever it lies.
pub fn load_or_create_own(path: &Path, name: &str) -> Result<Signer, EvidenceError> {
    load(path, |path| create(path, name, Whose::Person))
}

fn load(path: &Path, create: impl Fn(&Path) -> Result<Signer, EvidenceError>) -> Result<Signer, EvidenceError> {
    match fs_err::read_to_string(path) {
        Ok(text) => parse(path, &text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => create(path),
        Err(error) => Err(EvidenceError::io("read the evidence key", path, &error)),
    }
}

/// Whose a key is.
#[derive(Clone, Copy)]
enum Whose {
    /// All of those who work on the project.
    Project,
    /// One person's.
    Person,
}

fn create(path: &Path, name: &str, whose: Whose) -> Result<Signer, EvidenceError> {
    const DOING: &str = "write the evidence key";
    let secret: [u8; 32] = rand::random();
    let signer = Signer::new(name, &secret)?;
    let typed: Vec<u8> = [1].into_iter().chain(secret).collect();
    let id = signed_note::Signer::key_id(&signer);
    let line = format!("PRIVATE+KEY+{name}+{id:08x}+{}\n", STANDARD.encode(typed));
    match write_once(path, &line, whose).map_err(|error| EvidenceError::io(DOING, path, &error))? {
        Written::Here => Ok(signer),
        Written::Before => load_or_create(path, name),
    }
}

/// Loads the key of the project for keyed hashes of rows from `path`; makes one when there is none. The file
/// holds 32 bytes in base64 and is readable by whoever may write to its folder only.
pub fn load_or_create_row_key(path: &Path) -> Result<RowKey, EvidenceError> {
    const DOING: &str = "write the key for hashes of rows";
    match fs_err::read_to_string(path) {
        Ok(text) => {
            let bytes = STANDARD.decode(text.trim()).ok().and_then(|bytes| bytes.try_into().ok());
            let damaged = || EvidenceError::Key {
                path: path.to_owned(),
                reason: "it is damaged; restore it from a copy, or remove it: then the next audit begins anew"
                    .to_owned(),
            };
            bytes.map(RowKey::new).ok_or_else(damaged)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let secret: [u8; 32] = rand::random();
            let line = format!("{}\n", STANDARD.encode(secret));
            match write_once(path, &line, Whose::Project).map_err(|error| EvidenceError::io(DOING, path, &error))? {
                Written::Here => Ok(RowKey::new(secret)),
                Written::Before => load_or_create_row_key(path),
            }
        }
        Err(error) => Err(EvidenceError::io("read the key for hashes of rows", path, &error)),
    }
}

/// Who wrote a file.
enum Written {
    /// Another process, a moment ago.
    Before,
    /// This call.
    Here,
}

/// Writes a secret aside and links it: never half a key, and never in the place of one that another
/// process has just made.
fn write_once(path: &Path, line: &str, whose: Whose) -> std::io::Result<Written> {
    let aside = path.with_extension(format!("{}.new", std::process::id()));
    let written = (|| {
        let mut file = dataward_owner::overwrite(&aside)?;
        if matches!(whose, Whose::Person) {
            dataward_owner::settle_secret(file.file(), &aside)?;
        }
        file.write_all(line.as_bytes())?;
        file.sync_all()?;
        fs_err::hard_link(&aside, path)
    })();
    let removed = fs_err::remove_file(&aside);
    match written {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => return Ok(Written::Before),
        written => written.and(removed)?,
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs_err::File::open(folder).and_then(|folder| folder.sync_all())?;
    Ok(Written::Here)
}

fn parse(path: &Path, text: &str) -> Result<Signer, EvidenceError> {
    let wrong = |reason: &str| EvidenceError::Key { path: path.to_owned(), reason: reason.to_owned() };
    let line = text.strip_suffix('\n').unwrap_or(text);
    let parts: Vec<&str> = line.splitn(5, '+').collect();
    let ["PRIVATE", "KEY", name, id, key] = parts[..] else {
        return Err(wrong("it is no signer key; restore it from a copy"));
    };
    let damaged = || wrong("it is damaged; restore it from a copy");
    let key = STANDARD.decode(key).map_err(|_| damaged())?;
    let Some((1, secret)) = key.split_first() else {
        return Err(wrong("it is not an Ed25519 key"));
    };
    let signer = Signer::new(name, secret.try_into().map_err(|_| damaged())?)?;
    if format!("{:08x}", signed_note::Signer::key_id(&signer)) != id {
        return Err(damaged());
    }
    Ok(signer)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_new_key_is_kept_and_only_its_owner_can_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("evidence.key");
        let made = load_or_create(&path, "shop.example/evidence").unwrap();
        let loaded = load_or_create(&path, "another.name").unwrap();
        assert_eq!(loaded.verifier_key(), made.verifier_key());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        let text = fs_err::read_to_string(&path).unwrap();
        assert!(signed_note::StandardSigner::new(text.trim_end()).is_ok(), "others read it too");
    }

    #[test]
    fn every_changed_byte_of_a_key_file_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("evidence.key");
        load_or_create(&path, "shop.example/evidence").unwrap();
        let whole = fs_err::read(&path).unwrap();
        for position in 0..whole.len() - 1 {
            let mut bytes = whole.clone();
            bytes[position] ^= 1;
            fs_err::write(&path, bytes).unwrap();
            let error = load_or_create(&path, "x").unwrap_err().to_string();
            let seed = String::from_utf8_lossy(&whole[whole.len() - 20..whole.len() - 1]).into_owned();
            assert!(!error.contains(&seed), "the message shows the key");
        }
    }
}
