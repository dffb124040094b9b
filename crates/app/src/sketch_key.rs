//! The project's key for sketches of people: made with the first scan, beside the state, readable by
//! its owner alone. Without it a sketch in the state tells nothing; a new key makes new sketches with the
//! next full reading.

use std::io::Write as _;
use std::path::Path;

use dataward_seal::SecretKey;
use fs_err::os::unix::fs::OpenOptionsExt as _;

use crate::AppError;

/// The name of the file in the folder of the state.
const FILE: &str = "sketch.key";
const BYTES: usize = 16;

/// The key, made when there is none.
///
/// # Errors
/// When it cannot be read or written, or is damaged.
pub(crate) fn sketch_key(state: &Path) -> Result<[u8; BYTES], AppError> {
    let path = state.join(FILE);
    match fs_err::read_to_string(&path) {
        Ok(text) => parse(text.trim()).ok_or_else(|| {
            AppError::usage_hint(
                format!("`{}` is damaged", path.display()),
                "delete it and run `dataward scan --full`: a new key is made, and sketches of people anew",
            )
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => create(&path),
        Err(error) => Err(AppError::unreachable(format!("cannot read the key for sketches: {error}"))),
    }
}

fn create(path: &Path) -> Result<[u8; BYTES], AppError> {
    let failed = |error: std::io::Error| AppError::unreachable(format!("cannot write the key for sketches: {error}"));
    let random = SecretKey::random().map_err(|error| AppError::Internal(error.to_string()))?;
    let mut key = [0; BYTES];
    key.copy_from_slice(&random.bytes()[..BYTES]);
    let text: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    // Written aside and linked: never half a key, and never in the place of one that another process made.
    let aside = path.with_extension(format!("{}.new", std::process::id()));
    let written = (|| {
        if let Some(folder) = path.parent() {
            fs_err::create_dir_all(folder)?;
        }
        let mut file = fs_err::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&aside)?;
        file.write_all(format!("{text}\n").as_bytes())?;
        file.sync_all()?;
        fs_err::hard_link(&aside, path)
    })();
    let removed = fs_err::remove_file(&aside);
    match written {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let text = fs_err::read_to_string(path).map_err(failed)?;
            parse(text.trim()).ok_or_else(|| AppError::unreachable("the key for sketches is damaged"))
        }
        written => written.and(removed).map(|()| key).map_err(failed),
    }
}

fn parse(text: &str) -> Option<[u8; BYTES]> {
    let mut key = [0; BYTES];
    for (byte, index) in key.iter_mut().zip(0..) {
        *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    (text.len() == 2 * BYTES).then_some(key)
}
