//! How far the erasure ledger was written: lines that were cut off its end since are missed, and not taken for those of
//! a crash, which nobody was told of.

use std::path::Path;
use std::path::PathBuf;

use serde::Deserialize;
use serde::Serialize;
use sha2::Digest;
use sha2::Sha256;

use crate::ledger::file_error;
use crate::proof_error::ProofError;

/// What of the ledger is on the disk for good, beside it in `ledger.end`.
#[derive(Serialize, Deserialize)]
struct LedgerEnd {
    bytes: u64,
    sha256: String,
}

fn path(ledger: &Path) -> PathBuf {
    ledger.with_extension("end")
}

/// Refuses a ledger that lacks what was written: `text` is all of it. One of an older version says nothing of its end.
pub(crate) fn check(ledger: &Path, text: &[u8]) -> Result<(), ProofError> {
    let path = path(ledger);
    let end = match fs_err::read(&path) {
        Ok(end) => end,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(file_error("read", &path, &error)),
    };
    let cut = || ProofError::Cut { what: ledger.display().to_string() };
    let end: LedgerEnd = serde_json::from_slice(&end).map_err(|_| cut())?;
    let known = text.get(..end.bytes as usize).ok_or_else(cut)?;
    if hex::encode(Sha256::digest(known)) == end.sha256 { Ok(()) } else { Err(cut()) }
}

/// Notes how far it is written; what was there before is noted no more.
pub(crate) fn write(ledger: &Path, bytes: u64, digest: Sha256) -> Result<(), ProofError> {
    let path = path(ledger);
    let failed = |error: std::io::Error| file_error("write", &path, &error);
    let end = LedgerEnd { bytes, sha256: hex::encode(digest.finalize()) };
    let text = serde_json::to_vec(&end).expect("a number and a text");
    let mut file = tempfile::NamedTempFile::new_in(ledger.parent().unwrap_or(Path::new("."))).map_err(failed)?;
    dataward_owner::settle(file.as_file(), &path).map_err(failed)?;
    std::io::Write::write_all(&mut file, &text).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(&path).map_err(|error| failed(error.error)).map(drop)
}

/// Says nothing of its end for the moment: the ledger is about to be replaced.
pub(crate) fn forget(ledger: &Path) -> Result<(), ProofError> {
    let path = path(ledger);
    match fs_err::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(file_error("write", &path, &error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use dataward_model::SourceId;

    use crate::ErasureKey;
    use crate::ledger::LedgerFile;
    use crate::ledger::LedgerHead;
    use crate::ledger::LedgerWriter;

    fn write(file: &LedgerFile, key: &ErasureKey, rows: u32) {
        let head = LedgerHead {
            plan: "f00d".into(),
            source: SourceId::new("shop").unwrap(),
            table: "customers".into(),
            rule: "E-mail addresses".into(),
            action: "erase".into(),
            rewrite: None,
            at: "2026-11-29T12:00:00Z".parse().unwrap(),
            until: "2028-11-29T12:00:00Z".parse().unwrap(),
            columns: Vec::new(),
        };
        let mut writer = LedgerWriter::new(key, head);
        (0..rows).for_each(|number| writer.row(&number.to_be_bytes(), &[]).unwrap());
        file.append(&writer.finish().unwrap()).unwrap();
    }

    #[test]
    fn lines_that_were_cut_off_are_missed() {
        let (key, shop) = (ErasureKey::of(&[7; 32]), SourceId::new("shop").unwrap());
        let now = "2026-12-01T12:00:00Z".parse().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        let file = LedgerFile::new(&path);
        write(&file, &key, 1500);
        let whole = fs_err::read(&path).unwrap();
        let first = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        for end in [0, first - 1, first, whole.len() - 1] {
            fs_err::write(&path, &whole[..end]).unwrap();
            let told = file.read(&key, &shop, now).unwrap_err().to_string();
            assert!(told.contains("lacks lines that were written"), "{end}: {told}");
            assert!(file.open().is_err() && file.check(&key).is_err(), "{end}");
            assert_eq!(fs_err::read(&path).unwrap().len(), end, "it is left as it is");
        }
        fs_err::remove_file(&path).unwrap();
        assert!(file.check(&key).is_err(), "all of it");
        // What a crash left behind the end was never told of: it goes.
        fs_err::write(&path, [&whole[..], b"{\"sch"].concat()).unwrap();
        assert_eq!(file.read(&key, &shop, now).unwrap().rows("customers"), 1500);
        write(&file, &key, 2);
        assert_eq!(file.read(&key, &shop, now).unwrap().rows("customers"), 1500);
        assert_eq!(file.prune("2029-01-01T00:00:00Z".parse().unwrap()).unwrap(), 3);
        write(&file, &key, 3);
        assert_eq!(file.read(&key, &shop, now).unwrap().rows("customers"), 3);
    }
}
