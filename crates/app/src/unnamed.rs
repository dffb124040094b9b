//! Names of files in what is kept for good or given to others. A name of a table is the business's; the name of a
//! document (`Anfrage Müller.eml`) is often a customer's. The evidence log can't be cleaned and a report goes from hand to
//! hand, so such names stand there as keyed digests; the state has them beside the finding, and forgets them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;

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
const DOCUMENTS: [&str; 18] = [
    "doc", "docx", "eml", "heic", "htm", "html", "ics", "jpeg", "jpg", "md", "msg", "odt", "pdf", "png", "rtf", "tif",
    "txt", "vcf",
];

/// Takes names of people out of places.
pub(crate) struct Unnamed<'a> {
    project: &'a Project,
    key: [u8; 16],
    detector: Detector,
    /// What was said of a name; folders come again and again.
    spoken: RefCell<HashMap<String, bool>>,
}

impl<'a> Unnamed<'a> {
    pub(crate) fn new(project: &'a Project, now: Timestamp) -> Result<Self, AppError> {
        let key = *NAMES_KEY.read_or_make::<16>(&project.state_dir())?;
        Ok(Self { project, key, detector: detector_at(now, true)?, spoken: RefCell::default() })
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
        match place.table {
            Some(path) if self.stores_files(&place.source) => Place { table: Some(self.path(&path)), ..place },
            table => Place { table, ..place },
        }
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

    fn alias(&self, part: &str, is_last: bool) -> Option<String> {
        (is_last && is_document(part) || self.speaks(part)).then(|| self.digest(part))
    }

    /// Whether a name holds personal data: what the recognisers find, or a first and a last name side by side.
    fn speaks(&self, part: &str) -> bool {
        if let Some(known) = self.spoken.borrow().get(part) {
            return *known;
        }
        let speaks = self.names_a_person(part);
        self.spoken.borrow_mut().insert(part.to_owned(), speaks);
        speaks
    }

    fn names_a_person(&self, part: &str) -> bool {
        let text: String = part.chars().map(|c| if matches!(c, '_' | '+') { ' ' } else { c }).collect();
        if !self.detector.spans(&text).is_empty() {
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
        let ending = Path::new(part).extension().and_then(|ending| ending.to_str());
        let ending =
            ending.filter(|ending| ending.len() <= 8 && ending.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        let ending = ending.map_or_else(String::new, |ending| format!(".{ending}"));
        format!("name-{}{ending}", hex::encode(&digest[..8]))
    }
}

/// The names in a path, and whether each is the last.
fn parts(path: &str) -> impl Iterator<Item = (&str, bool)> {
    let last = path.matches('/').count();
    path.split('/').enumerate().map(move |(at, part)| (part, at == last))
}

fn is_document(name: &str) -> bool {
    let ending = Path::new(name).extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    DOCUMENTS.contains(&ending.to_ascii_lowercase().as_str())
}
