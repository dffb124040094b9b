//! The erasure ledger: which rows were erased, so that a restored backup does not bring them back.
//!
//! Written and on the disk before the first row goes. It holds no personal data for whoever lacks the
//! erasure key: of each row the HMAC of its key and of its identity values (e-mail, phone, name), under
//! keys of the table. One line of JSON holds up to [`ROWS_A_LINE`] rows and a MAC over itself; a line that
//! was torn by a crash was followed by no deletion and counts for nothing. Lines have an end of their own,
//! after which they are dropped: the ledger needs to live only as long as the oldest backup.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use dataward_model::SourceId;
use hmac::Mac;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;
use sha2::Digest as _;
use sha2::Sha256;

pub use crate::erased::Group;
pub use crate::erased::Ledger;
pub use crate::erased::Same;
use crate::erasure_key::ErasureKey;
use crate::ledger_end;
use crate::plan::Replacement;
use crate::proof_error::ProofError;

/// Rows in one line.
pub const ROWS_A_LINE: usize = 1000;

/// Bytes of an HMAC that are kept.
pub(crate) const MAC_BYTES: usize = 16;

/// Stands where a row has no value in an identity column.
pub(crate) const NOTHING: Digest = [0; MAC_BYTES];

/// The action of lines that take rows of earlier lines out again: they were planned, and stayed.
pub const KEPT: &str = "kept";

/// The name of the format.
const SCHEMA: &str = "dataward/erasure-ledger@1";

pub(crate) type Digest = [u8; MAC_BYTES];

/// What a line says beside its rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerHead {
    /// The plan that erased them.
    pub plan: String,
    /// The source.
    pub source: SourceId,
    /// The table.
    pub table: String,
    /// The rule.
    pub rule: String,
    /// erase, archive, clean-up, anonymise; [`KEPT`].
    pub action: String,
    /// What was rewritten, where the rows stayed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rewrite: Option<Vec<Replacement>>,
    /// When.
    pub at: Timestamp,
    /// When the line is dropped.
    pub until: Timestamp,
    /// The identity columns, in the order of the digests.
    pub columns: Vec<String>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Line {
    schema: String,
    pub(crate) head: LedgerHead,
    pub(crate) rows: String,
    mac: String,
}

/// Makes the lines of one table.
#[derive(Clone)]
pub struct LedgerWriter<'a> {
    key: &'a ErasureKey,
    head: LedgerHead,
    rows: Vec<u8>,
    count: usize,
    lines: Vec<String>,
}

impl<'a> LedgerWriter<'a> {
    /// Lines that begin with `head`.
    pub fn new(key: &'a ErasureKey, head: LedgerHead) -> Self {
        Self { key, head, rows: Vec::new(), count: 0, lines: Vec::new() }
    }

    /// Adds a row: the bytes of its key, and its identity values in the order of the head's columns.
    ///
    /// # Errors
    /// When the line can't be written.
    pub fn row(&mut self, key: &[u8], identity: &[Option<&str>]) -> Result<(), ProofError> {
        self.rows.extend(key_digest(self.key, &self.head.table, key));
        for at in 0..self.head.columns.len() {
            let value = identity.get(at).copied().flatten();
            self.rows.extend(value.map_or(NOTHING, |value| identity_digest(self.key, value)));
        }
        self.count += 1;
        if self.count == ROWS_A_LINE { self.end_line() } else { Ok(()) }
    }

    /// The lines that are full by now; they are not given again.
    pub fn full_lines(&mut self) -> Vec<String> {
        std::mem::take(&mut self.lines)
    }

    /// The lines that are left, each with its line end.
    ///
    /// # Errors
    /// When the last one can't be written.
    pub fn finish(mut self) -> Result<Vec<String>, ProofError> {
        if self.count > 0 {
            self.end_line()?;
        }
        Ok(self.lines)
    }

    fn end_line(&mut self) -> Result<(), ProofError> {
        let rows = STANDARD_NO_PAD.encode(std::mem::take(&mut self.rows));
        self.count = 0;
        let mac = line_mac(self.key, &self.head, &rows)?;
        let line = Line { schema: SCHEMA.to_owned(), head: self.head.clone(), rows, mac };
        let text = serde_json::to_string(&line).map_err(|_| unwritable())?;
        self.lines.push(text + "\n");
        Ok(())
    }
}

fn unwritable() -> ProofError {
    ProofError::Foreign { what: "a line of the erasure ledger".to_owned() }
}

fn line_mac(key: &ErasureKey, head: &LedgerHead, rows: &str) -> Result<String, ProofError> {
    let mut mac = key.keyed("ledger line");
    mac.update(serde_json::to_string(head).map_err(|_| unwritable())?.as_bytes());
    mac.update(b"\n");
    mac.update(rows.as_bytes());
    Ok(hex::encode(mac.finalize().into_bytes()))
}

pub(crate) fn key_digest(key: &ErasureKey, table: &str, bytes: &[u8]) -> Digest {
    let mut mac = key.keyed("ledger key");
    mac.update(&(table.len() as u64).to_be_bytes());
    mac.update(table.as_bytes());
    mac.update(bytes);
    first(&mac.finalize().into_bytes())
}

/// E-mail addresses differ in case and blanks from table to table, and are the same.
pub(crate) fn identity_digest(key: &ErasureKey, value: &str) -> Digest {
    let mut mac = key.keyed("ledger identity");
    mac.update(value.trim().to_lowercase().as_bytes());
    first(&mac.finalize().into_bytes())
}

pub(crate) fn first(bytes: &[u8]) -> Digest {
    *bytes.first_chunk().expect("SHA-256 gives 32 bytes")
}

/// The file of the ledger.
#[derive(Clone, Debug)]
pub struct LedgerFile {
    path: PathBuf,
}

impl LedgerFile {
    /// The ledger at `path`, which need not be there yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Adds lines; when it returns they are on the disk.
    ///
    /// # Errors
    /// When they can't be written: then nothing may be erased.
    pub fn append(&self, lines: &[String]) -> Result<(), ProofError> {
        let mut open = self.open()?;
        open.write(lines)?;
        open.finish()
    }

    /// Opens the ledger to add many lines.
    ///
    /// # Errors
    /// When it can't be opened.
    pub fn open(&self) -> Result<OpenLedger, ProofError> {
        let failed = |error: std::io::Error| file_error("write", &self.path, &error);
        let folder = self.path.parent().unwrap_or(Path::new("."));
        dataward_owner::folder(folder).map_err(failed)?;
        let lock = self.lock()?;
        let mut file = dataward_owner::append(&self.path).map_err(failed)?;
        // What a crash left of a line was followed by no deletion: it goes.
        let mut known = Vec::new();
        std::io::Read::read_to_end(&mut file, &mut known).map_err(failed)?;
        ledger_end::check(&self.path, &known)?;
        let whole = known.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        if whole < known.len() {
            file.set_len(whole as u64).map_err(failed)?;
        }
        let digest = Sha256::new_with_prefix(&known[..whole]);
        Ok(OpenLedger { file, path: self.path.clone(), bytes: whole as u64, digest, _lock: lock })
    }

    /// One process at a time adds lines or drops some: a line that another one is still writing looks torn, and a
    /// file that takes the place of this one lacks what was added meanwhile.
    fn lock(&self) -> Result<File, ProofError> {
        let path = self.path.with_extension("lock");
        let failed = |error: std::io::Error| file_error("lock", &path, &error);
        let file = dataward_owner::append(&path).map_err(failed)?.into_parts().0;
        file.lock().map_err(failed)?;
        Ok(file)
    }

    /// The lines for `source` that have not ended by `now`. A torn last line is left out.
    ///
    /// # Errors
    /// When the file can't be read, or a line was changed or belongs to another key.
    pub fn read(&self, key: &ErasureKey, source: &SourceId, now: Timestamp) -> Result<Ledger, ProofError> {
        self.read_where(key, |head| head.source == *source && head.until > now)
    }

    /// The lines of one plan in one source.
    ///
    /// # Errors
    /// As [`LedgerFile::read`].
    pub fn read_plan(&self, key: &ErasureKey, source: &SourceId, plan: &str) -> Result<Ledger, ProofError> {
        self.read_where(key, |head| head.source == *source && head.plan == plan)
    }

    /// Whether all of it can be read.
    ///
    /// # Errors
    /// As [`LedgerFile::read`].
    pub fn check(&self, key: &ErasureKey) -> Result<(), ProofError> {
        self.read_where(key, |_| false).map(drop)
    }

    fn read_where(&self, key: &ErasureKey, wanted: impl Fn(&LedgerHead) -> bool) -> Result<Ledger, ProofError> {
        let text = match fs_err::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(file_error("read", &self.path, &error)),
        };
        let mut ledger = Ledger::new(key);
        for (number, line) in text.split_inclusive('\n').enumerate() {
            if !line.ends_with('\n') {
                continue;
            }
            let foreign = || ProofError::Foreign { what: format!("line {} of the erasure ledger", number + 1) };
            let parsed: Line = serde_json::from_str(line).map_err(|_| foreign())?;
            if parsed.schema != SCHEMA || line_mac(key, &parsed.head, &parsed.rows)? != parsed.mac {
                return Err(foreign());
            }
            if wanted(&parsed.head) {
                ledger.take(&parsed).ok_or_else(foreign)?;
            }
        }
        ledger_end::check(&self.path, text.as_bytes())?;
        Ok(ledger)
    }

    /// Drops lines that have ended by `now`; how many.
    ///
    /// # Errors
    /// When the file can't be written; then it is as it was.
    pub fn prune(&self, now: Timestamp) -> Result<u64, ProofError> {
        if !self.path.exists() {
            return Ok(0);
        }
        let _lock = self.lock()?;
        let Ok(text) = fs_err::read_to_string(&self.path) else { return Ok(0) };
        // What can't be read has not ended: it stays, to be told.
        let lives = |line: &&str| serde_json::from_str::<Line>(line).map_or(true, |line| line.head.until > now);
        let kept: Vec<&str> = text.split_inclusive('\n').filter(lives).collect();
        let dropped = text.split_inclusive('\n').count() - kept.len();
        if dropped > 0 {
            let failed = |error: std::io::Error| file_error("write", &self.path, &error);
            let folder = self.path.parent().unwrap_or(Path::new("."));
            let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
            dataward_owner::settle(file.as_file(), &self.path).map_err(failed)?;
            file.write_all(kept.concat().as_bytes()).map_err(failed)?;
            file.as_file().sync_all().map_err(failed)?;
            ledger_end::check(&self.path, text.as_bytes())?;
            ledger_end::forget(&self.path)?;
            file.persist(&self.path).map_err(|error| failed(error.error))?;
            fs_err::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
            let kept = kept.concat();
            ledger_end::write(&self.path, kept.len() as u64, Sha256::new_with_prefix(&kept))?;
        }
        Ok(dropped as u64)
    }
}

/// A ledger that lines are added to.
#[derive(Debug)]
pub struct OpenLedger {
    file: fs_err::File,
    path: PathBuf,
    bytes: u64,
    digest: Sha256,
    _lock: File,
}

impl OpenLedger {
    /// Adds lines.
    ///
    /// # Errors
    /// When they can't be written.
    pub fn write(&mut self, lines: &[String]) -> Result<(), ProofError> {
        let text = lines.concat();
        self.bytes += text.len() as u64;
        self.digest.update(&text);
        self.file.write_all(text.as_bytes()).map_err(|error| file_error("write", &self.path, &error))
    }

    /// Waits until all of it is on the disk.
    ///
    /// # Errors
    /// When it is not: then nothing may be erased.
    pub fn finish(self) -> Result<(), ProofError> {
        let failed = |error: std::io::Error| file_error("write", &self.path, &error);
        self.file.sync_all().map_err(failed)?;
        let folder = self.path.parent().unwrap_or(Path::new("."));
        fs_err::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
        ledger_end::write(&self.path, self.bytes, self.digest)
    }
}

pub(crate) fn file_error(doing: &'static str, path: &Path, error: &std::io::Error) -> ProofError {
    ProofError::File { doing, path: path.display().to_string(), reason: error.kind().to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(table: &str) -> LedgerHead {
        LedgerHead {
            plan: "f00d".into(),
            source: SourceId::new("shop").unwrap(),
            table: table.into(),
            rule: "E-mail addresses".into(),
            action: "erase".into(),
            rewrite: None,
            at: "2026-11-29T12:00:00Z".parse().unwrap(),
            until: "2028-11-29T12:00:00Z".parse().unwrap(),
            columns: vec!["email".into(), "phone".into()],
        }
    }

    fn key() -> ErasureKey {
        ErasureKey::of(&[7; 32])
    }

    fn write(file: &LedgerFile, rows: u32) {
        let key = key();
        let mut writer = LedgerWriter::new(&key, head("customers"));
        for number in 0..rows {
            let email = format!("Ada{number}@lantern.example");
            writer.row(&number.to_be_bytes(), &[Some(&email), None]).unwrap();
        }
        file.append(&writer.finish().unwrap()).unwrap();
    }

    fn now() -> Timestamp {
        "2026-12-01T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn erased_rows_are_found_again_and_others_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = LedgerFile::new(folder.path().join("erasure/ledger.jsonl"));
        write(&file, 2500);
        let text = fs_err::read_to_string(folder.path().join("erasure/ledger.jsonl")).unwrap();
        assert_eq!(text.lines().count(), 3);
        assert!(!text.contains("lantern"), "no value");
        let shop = SourceId::new("shop").unwrap();
        let ledger = file.read(&key(), &shop, now()).unwrap();
        assert_eq!(ledger.rows("customers"), 2500);
        let same =
            |number: u32, email: &str| ledger.same("customers", &number.to_be_bytes(), &[Some(email), Some("1")]);
        assert_eq!(same(2400, " ADA2400@lantern.example"), Some(Same::Erased(0)));
        assert_eq!(same(2400, "grace@lantern.example"), Some(Same::KeyOnly), "the key was given again");
        assert_eq!(same(2500, "ada1@lantern.example"), None, "a person who came back has another key");
        assert!(!ledger.has_key("orders", &1_u32.to_be_bytes()), "the same key in another table");
        let later = "2029-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(file.read(&key(), &shop, later).unwrap().rows("customers"), 0);
        assert_eq!(file.prune(later).unwrap(), 3);
        assert_eq!(file.prune(later).unwrap(), 0);
    }

    #[test]
    fn a_row_that_stayed_is_taken_out_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = LedgerFile::new(folder.path().join("ledger.jsonl"));
        write(&file, 3);
        let key = key();
        let mut writer = LedgerWriter::new(&key, LedgerHead { action: KEPT.into(), ..head("customers") });
        writer.row(&1_u32.to_be_bytes(), &[Some("ada1@lantern.example"), Some("another phone")]).unwrap();
        file.append(&writer.finish().unwrap()).unwrap();
        let ledger = file.read_plan(&key, &SourceId::new("shop").unwrap(), "f00d").unwrap();
        assert_eq!(ledger.rows("customers"), 2);
        assert!(!ledger.has_key("customers", &1_u32.to_be_bytes()));
        assert!(ledger.has_key("customers", &2_u32.to_be_bytes()));
    }

    #[test]
    fn a_row_that_stayed_is_taken_out_for_its_own_plan_alone_and_however_often_it_was_gathered() {
        let folder = tempfile::tempdir().unwrap();
        let file = LedgerFile::new(folder.path().join("ledger.jsonl"));
        let key = key();
        let shop = SourceId::new("shop").unwrap();
        let add = |plan: &str, action: &str| {
            let mut writer =
                LedgerWriter::new(&key, LedgerHead { plan: plan.into(), action: action.into(), ..head("customers") });
            writer.row(&1_u32.to_be_bytes(), &[Some("ada@lantern.example"), None]).unwrap();
            file.append(&writer.finish().unwrap()).unwrap();
        };
        // Cut off and begun again: the same lines twice, then it turned out that the row stays.
        add("f00d", "erase");
        add("f00d", "erase");
        add("f00d", KEPT);
        assert_eq!(file.read(&key, &shop, now()).unwrap().rows("customers"), 0);
        // What an earlier plan erased stays erased, when its key was given again and the later plan kept that row.
        add("cafe", "erase");
        add("beef", "erase");
        add("beef", KEPT);
        assert_eq!(file.read(&key, &shop, now()).unwrap().rows("customers"), 1);
    }

    #[test]
    fn two_who_add_lines_at_once_tear_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..20).for_each(|_| write(&LedgerFile::new(&path), 50)));
            }
        });
        let text = fs_err::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 80);
        LedgerFile::new(&path).read(&key(), &SourceId::new("shop").unwrap(), now()).unwrap();
    }

    #[test]
    fn a_torn_line_counts_for_nothing_and_a_changed_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        let file = LedgerFile::new(&path);
        write(&file, 3);
        let whole = fs_err::read(&path).unwrap();
        let shop = SourceId::new("shop").unwrap();
        let end_file = path.with_extension("end");
        for end in 1..whole.len() {
            // A crash while the first line was written: nobody noted that it was there.
            let _ = fs_err::remove_file(&end_file);
            fs_err::write(&path, &whole[..end]).unwrap();
            assert_eq!(file.read(&key(), &shop, now()).unwrap().rows("customers"), 0, "{end}");
        }
        fs_err::write(&path, &whole[..whole.len() / 2]).unwrap();
        write(&file, 3);
        assert_eq!(file.read(&key(), &shop, now()).unwrap().rows("customers"), 3, "the next line stands alone");
        let _ = fs_err::remove_file(&end_file);
        for at in 0..whole.len() - 1 {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            fs_err::write(&path, &changed).unwrap();
            assert!(file.read(&key(), &shop, now()).is_err(), "byte {at}");
        }
        fs_err::write(&path, "no line of ours\n").unwrap();
        assert_eq!(file.prune(now()).unwrap(), 0, "what can't be read is told, not dropped");
        assert!(file.check(&key()).is_err());
        fs_err::write(&path, &whole).unwrap();
        assert!(file.read(&ErasureKey::of(&[8; 32]), &shop, now()).is_err(), "another key");
    }
}
