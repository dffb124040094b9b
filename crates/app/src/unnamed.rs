//! Names of files in what is kept for good or given to others. A name of a table is the business's; the name of a
//! document (`Anfrage Müller.eml`) is often a customer's. The evidence log can't be cleaned and a report goes from hand to
//! hand, so such names stand there as keyed digests; the state has them beside the finding, and forgets them.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::PoisonError;

use dataward_connect::amend::stored::words;
use dataward_detect::Detector;
use dataward_detect::lexicon;
use dataward_evidence::Event;
use dataward_model::Place;
use dataward_model::SourceId;
use dataward_model::SourceKind;
use dataward_policy::SourceUrl;
use jiff::Timestamp;
use sha2::Digest;
use sha2::Sha256;

use crate::AppError;
use crate::Project;
use crate::key_file::KeyFile;
use crate::scan_sources::detector_at;

/// The key of the digests: without it nobody can try names against the log.
const NAMES_KEY: KeyFile = KeyFile {
    name: "names.key",
    what: "key for names of files",
    damaged: "delete it: names get other digests in the evidence log from then on",
};

/// Files that people name after what stands in them, or who it is about.
const DOCUMENTS: [&str; 48] = [
    "amr", "avi", "bmp", "doc", "docm", "docx", "dotx", "eml", "emlx", "epub", "gif", "heic", "heif", "htm", "html",
    "ics", "jfif", "jpeg", "jpg", "m4a", "md", "mht", "mhtml", "mov", "mp3", "mp4", "msg", "odp", "odt", "ogg", "opus",
    "p7m", "pages", "pdf", "png", "ppt", "pptx", "rtf", "svg", "tif", "tiff", "txt", "vcard", "vcf", "wav", "webp",
    "wpd", "xps",
];

/// Other endings that stand behind a digest: what kind of file it was, and never the end of a name (`Anna.Meier`).
const OTHERS: [&str; 34] = [
    "7z", "bak", "bz2", "csv", "dat", "db", "dw", "esdk", "export", "gz", "json", "jsonl", "log", "mbox", "ndjson",
    "ods", "old", "parquet", "rar", "sql", "sqlite", "sqlite3", "tar", "tgz", "tmp", "tsv", "xls", "xlsb", "xlsm",
    "xlsx", "xml", "xz", "zip", "zst",
];

/// Takes names of people out of places.
pub(crate) struct Unnamed<'a> {
    project: &'a Project,
    key: [u8; 16],
    detector: Detector,
    /// What was said of a name; folders come again and again.
    spoken: Mutex<HashMap<String, bool>>,
}

impl<'a> Unnamed<'a> {
    pub(crate) fn new(project: &'a Project, now: Timestamp) -> Result<Self, AppError> {
        let key = *NAMES_KEY.read_or_make::<16>(&project.state_dir())?;
        Ok(Self { project, key, detector: detector_at(now, true)?, spoken: Mutex::default() })
    }

    /// The event as it may be kept for good.
    pub(crate) fn event(&self, event: Event) -> Event {
        match event {
            Event::Finding(mut finding) => {
                finding.place = self.place(finding.place);
                Event::Finding(finding)
            }
            Event::Decision(mut decision) => {
                decision.place = self.place(decision.place);
                Event::Decision(decision)
            }
            other => other,
        }
    }

    /// A place as it may be kept for good.
    pub(crate) fn place(&self, place: Place) -> Place {
        let column = place.column.map(|column| self.column(&column));
        match place.table {
            Some(path) if self.stores_files(&place.source) => Place { table: Some(self.path(&path)), column, ..place },
            table => Place { table, column, ..place },
        }
    }

    /// The name of a column as it may be kept for good. Of a database it may be a person's too: the head of a file that
    /// had none was taken for the names of a table.
    pub(crate) fn column(&self, name: &str) -> String {
        if is_value(name) { self.digest(name) } else { name.to_owned() }
    }

    /// Whether the tables of a source are called after its files.
    pub(crate) fn stores_files(&self, source: &SourceId) -> bool {
        match self.project.policy.sources.get(source).map(|source| &source.url) {
            Some(SourceUrl::Path(_)) => true,
            Some(SourceUrl::Remote { kind, .. }) => *kind == SourceKind::Objects,
            Some(SourceUrl::Sqlite(_)) | None => false,
        }
    }

    /// The path of a file as it may be kept for good.
    pub(crate) fn path(&self, path: &str) -> String {
        let parts: Vec<String> =
            parts(path).map(|(part, is_last)| self.alias(part, is_last).unwrap_or_else(|| part.to_owned())).collect();
        parts.join("/")
    }

    /// The names in a path that may not be kept, each with what stands in its place.
    pub(crate) fn aliases(&self, path: &str) -> Vec<(String, String)> {
        parts(path).filter_map(|(part, is_last)| Some((part.to_owned(), self.alias(part, is_last)?))).collect()
    }

    /// What stands for a file that is gone for good: neither its name nor its folders are told.
    pub(crate) fn erased(&self, path: &str) -> String {
        if is_digest(path) { path.to_owned() } else { self.digest(path) }
    }

    fn alias(&self, part: &str, is_last: bool) -> Option<String> {
        let is_file = is_last || part.ends_with('!');
        let is_told = is_digest(part) || !(is_file && is_document(part) || self.speaks(part));
        (!is_told).then(|| self.digest(part))
    }

    /// Whether a name holds personal data: what the recognisers find, or a first and a last name side by side.
    fn speaks(&self, part: &str) -> bool {
        let spoken = || self.spoken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = spoken().get(part).copied() {
            return known;
        }
        let speaks = self.names_a_person(part);
        spoken().insert(part.to_owned(), speaks);
        speaks
    }

    fn names_a_person(&self, part: &str) -> bool {
        let text: String = part.chars().map(|c| if matches!(c, '_' | '+') { ' ' } else { c }).collect();
        if !self.detector.spans(&text).is_empty() {
            return true;
        }
        if text.split(|c: char| !c.is_alphabetic()).any(is_given) {
            return true;
        }
        let words = words(part);
        let words: Vec<&str> = words.split_whitespace().filter(|word| word.chars().count() > 2).collect();
        words.windows(2).any(|two| {
            let is_name =
                |first: &str, last: &str| lexicon::given_name(first).is_some() && lexicon::surname(last).is_some();
            is_name(two[0], two[1]) || is_name(two[1], two[0])
        })
    }

    /// The digest in the place of a name, with its ending.
    fn digest(&self, part: &str) -> String {
        let digest = Sha256::new().chain_update(self.key).chain_update(part).finalize();
        let ending = endings(part).last().filter(|ending| is_of(&DOCUMENTS, ending) || is_of(&OTHERS, ending));
        let ending = ending.map_or_else(String::new, |ending| format!(".{ending}"));
        let member = if part.ends_with('!') { "!" } else { "" };
        format!("name-{}{ending}{member}", hex::encode(&digest[..8]))
    }
}

/// The names in a path, and whether each is the last.
fn parts(path: &str) -> impl Iterator<Item = (&str, bool)> {
    let last = path.matches('/').count();
    path.split('/').enumerate().map(move |(at, part)| (part, at == last))
}

/// Whether a word is a given name, written as one, and no town's.
fn is_given(word: &str) -> bool {
    word.starts_with(char::is_uppercase) && lexicon::is_given_name(word) && lexicon::city(word).is_none()
}

/// Whether the name of a column is an address of e-mail or somebody's full name.
fn is_value(name: &str) -> bool {
    let is_mail = name.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.'));
    is_mail || (lexicon::is_full_name(name) && dataward_detect::name_means(name).is_none())
}

/// Whether a name is a digest already, as [`Unnamed::digest`] writes it.
fn is_digest(name: &str) -> bool {
    let Some((digits, ending)) = name.strip_prefix("name-").and_then(|rest| rest.split_at_checked(16)) else {
        return false;
    };
    let ending = ending.trim_end_matches('!');
    let is_ending = |ending: &str| is_of(&DOCUMENTS, ending) || is_of(&OTHERS, ending);
    digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        && (ending.is_empty() || ending.strip_prefix('.').is_some_and(is_ending))
}

/// Whether a file is a document, also in another coat: `letter.pdf.gz`, `letter.docx~`, `page.html#table 1`. What has no
/// ending and several words is one too.
fn is_document(name: &str) -> bool {
    let is_untyped = !name.contains('.') && name.trim().contains(' ');
    is_untyped || endings(name).any(|ending| is_of(&DOCUMENTS, ending))
}

/// The last endings of a file's name, without those of a sheet or member behind it.
fn endings(name: &str) -> impl Iterator<Item = &str> {
    let file = name.split(['#', '!']).find(|piece| !piece.is_empty()).unwrap_or_default();
    let all: Vec<&str> = file.split(['.', '?']).skip(1).map(|ending| ending.trim_end_matches(['~', ' '])).collect();
    let first = all.len().saturating_sub(MOST_ENDINGS);
    all.into_iter().skip(first)
}

fn is_of(list: &[&str], ending: &str) -> bool {
    list.binary_search(&ending.to_ascii_lowercase().as_str()).is_ok()
}

/// `letter.pdf.gz.bak`
const MOST_ENDINGS: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_told_by_any_of_their_endings() {
        for name in [
            "Anfrage.eml",
            "Anfrage.EML.gz",
            "letter.docx~",
            "page.html#table 1",
            "letter.pdf.esdk",
            "Brief an Zwyntra",
            "mail.eml!",
            "letter.pdf?versionId=7",
        ] {
            assert!(is_document(name), "{name}");
        }
        for name in ["people.csv", "backup.tar.gz", "Makefile", "shop.db", "book.xlsx#Customers", "a.zip!"] {
            assert!(!is_document(name), "{name}");
        }
        assert!(DOCUMENTS.is_sorted() && OTHERS.is_sorted());
    }
}
