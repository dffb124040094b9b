//! Keys of the project's own: each made on first use, in a file of its own beside the state, as hexadecimal digits,
//! readable by those alone who may write to that folder.

use std::io::Write as _;
use std::path::Path;

use dataward_seal::SecretBytes;
use dataward_seal::SecretKey;
use zeroize::Zeroizing;

use crate::AppError;

/// A key of `BYTES` bytes and what is said when it can't be had.
pub(crate) struct KeyFile {
    /// The name of the file in the folder of the state.
    pub(crate) name: &'static str,
    /// What it is, after "the".
    pub(crate) what: &'static str,
    /// What to do when it is damaged.
    pub(crate) damaged: &'static str,
}

impl KeyFile {
    /// The key, made when there is none.
    ///
    /// # Errors
    /// When it cannot be read or written, or is damaged.
    pub(crate) fn read_or_make<const BYTES: usize>(&self, state: &Path) -> Result<Zeroizing<[u8; BYTES]>, AppError> {
        let path = state.join(self.name);
        if !path.exists() {
            self.make::<BYTES>(&path)?;
        }
        let failed = |error: std::io::Error| AppError::unreachable(format!("cannot read the {}: {error}", self.what));
        let text = SecretBytes::new(fs_err::read(&path).map_err(failed)?);
        let mut key = Zeroizing::new([0; BYTES]);
        hex::decode_to_slice(text.trim_ascii(), key.as_mut_slice()).map_err(|_| AppError::Refused {
            message: format!("`{}` is damaged: it is not the {}", path.display(), self.what),
            hint: Some(self.damaged.to_owned()),
        })?;
        Ok(key)
    }

    /// Written aside and put there as a whole: never half a key, and never in the place of one that another process
    /// made.
    fn make<const BYTES: usize>(&self, path: &Path) -> Result<(), AppError> {
        let failed = |error: std::io::Error| AppError::unreachable(format!("cannot write the {}: {error}", self.what));
        let random = SecretKey::random().map_err(|error| AppError::Internal(error.to_string()))?;
        const { assert!(BYTES <= 32, "no longer than a secret key") };
        let mut text = SecretBytes::new(vec![b'\n'; 2 * BYTES + 1]);
        hex::encode_to_slice(&random.bytes()[..BYTES], &mut text[..2 * BYTES])
            .map_err(|error| AppError::Internal(error.to_string()))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        dataward_owner::folder(folder).map_err(failed)?;
        let mut aside = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        dataward_owner::settle(aside.as_file(), path).map_err(failed)?;
        aside.write_all(&text).and_then(|()| aside.as_file().sync_all()).map_err(failed)?;
        match aside.persist_noclobber(path) {
            Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
            put => put.map(drop).map_err(|error| failed(error.error)),
        }?;
        fs_err::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const KEY: KeyFile = KeyFile { name: "some.key", what: "key of the tests", damaged: "put it back" };

    #[test]
    fn a_key_is_made_once_whoever_asks_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let ask = || KEY.read_or_make::<32>(folder.path()).unwrap();
        let keys: Vec<_> = std::thread::scope(|scope| {
            let asked: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
            asked.into_iter().map(|asked| asked.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|key| *key == keys[0]));
        let file = fs_err::metadata(folder.path().join("some.key")).unwrap();
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_key_is_refused_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        for text in ["", "00ff", "no key at all", &"0".repeat(66)] {
            fs_err::write(folder.path().join("some.key"), text).unwrap();
            let error = KEY.read_or_make::<32>(folder.path()).unwrap_err().to_string();
            assert!(error.contains("some.key") && error.contains("key of the tests"), "{error}");
            assert_eq!(fs_err::read_to_string(folder.path().join("some.key")).unwrap(), text);
        }
    }
}
