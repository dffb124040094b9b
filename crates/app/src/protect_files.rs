//! `encrypt`, `decrypt`, `verify`, `rewrap`: files, folders, buckets and streams with our keys.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::io::BufRead;
use std::io::Read;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use dataward_evidence::KeyEvent;
use dataward_model::Clock;
use dataward_policy::DeclaredSource;
use dataward_policy::SourceUrl;
use dataward_protect::KeyRing;
use dataward_protect::ProtectError;
use dataward_protect::Sealing;
pub use dataward_protect::file::Watch;
use dataward_protect::tree;
use dataward_protect::tree::Work;
use dataward_seal::SealError;
use dataward_seal::age;
use dataward_seal::age::AgeIdentity;
pub use dataward_seal::age::AgeRecipient;
pub use dataward_seal::esdk::OlderSuites;
use dataward_seal::esdk::OpenRules;
use dataward_seal::esdk::OpenStream;
use dataward_seal::esdk::SealStream;
use dataward_seal::keys::KeyStore;
use dataward_seal::keys::Unlocked;
use dataward_seal::recipient::HpkeIdentity;
use dataward_seal::recipient::Identity;

use crate::AppError;
use crate::Project;
use crate::encrypt_plan;
use crate::key_folder::KeyFolder;
use crate::key_root::AskSecret;
use crate::manage_keys::FILES;
pub use crate::protect_report::Action;
pub use crate::protect_report::ProtectReport;
use crate::record_sealing;
use crate::record_sealing::COMPARED;
use crate::record_sealing::Tallies;
use crate::record_sealing::UNCOMPARED;

/// Where the result goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Beside each file.
    Beside,
    /// In the place of each file.
    InPlace,
    /// This file, or below this folder.
    To(PathBuf),
}

/// For whom a session seals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealFor<'a> {
    /// This class.
    Class(&'a str),
    /// Each file anew for the class it has.
    EachOwn,
    /// Nobody: it only opens.
    Nobody,
}

/// The keys of a run, unlocked.
pub struct Session {
    pub(crate) folder: KeyFolder,
    store: KeyStore,
    keys: Unlocked,
    pub(crate) ring: KeyRing,
    pub(crate) purges_versions: bool,
}

impl Session {
    /// Unlocks the keys. `older` opens old suites too.
    ///
    /// # Errors
    /// When the keys cannot be unlocked or a class to seal for has none.
    pub async fn open(
        folder: KeyFolder,
        seal_for: SealFor<'_>,
        older: OlderSuites,
        ask: &AskSecret<'_>,
    ) -> Result<Self, AppError> {
        let (store, keys, _) = folder.unlock(ask).await?;
        let rules = OpenRules { older_suites: older, ..OpenRules::default() };
        let ring = KeyRing { identities: keys.identities(), rules, ..KeyRing::default() };
        let mut session = Self { folder, store, keys, ring, purges_versions: false };
        match seal_for {
            SealFor::Class(class) => session.use_class(class)?,
            SealFor::EachOwn => {
                for class in session.keys.classes() {
                    let sealing = session.sealing(&class)?;
                    session.ring.classes.insert(class, sealing);
                }
                // For what has no class: another SDK sealed it.
                if session.ring.classes.contains_key(FILES) {
                    session.use_class(FILES)?;
                }
            }
            SealFor::Nobody => {}
        }
        Ok(session)
    }

    fn sealing(&self, class: &str) -> Result<Sealing, AppError> {
        Ok(Sealing { recipients: self.keys.recipients(class)?, context: self.keys.context(class)? })
    }

    /// Removes older versions in buckets that have just the bytes that were sealed.
    pub fn purge_versions(&mut self, purges: bool) {
        self.purges_versions = purges;
    }

    /// Seals for `class` from now on.
    ///
    /// # Errors
    /// When the class has no key.
    pub(crate) fn use_class(&mut self, class: &str) -> Result<(), AppError> {
        self.ring.sealing = self.sealing(class)?;
        Ok(())
    }

    /// Does `action` with files, folders and buckets.
    ///
    /// # Errors
    /// When the request makes no sense or a path cannot be read. What fails below stands in the report.
    pub async fn run(
        &mut self,
        action: Action,
        places: &[String],
        destination: &Destination,
        recursive: bool,
        watch: &Watch,
        clock: &dyn Clock,
    ) -> Result<ProtectReport, AppError> {
        let mut report = ProtectReport::new(action);
        let mut tallies = Tallies::new();
        if action == Action::Decrypt {
            for path in places.iter().map(Path::new).filter(|path| path.is_file()) {
                if !tree::is_sealed(path)? {
                    return Err(AppError::usage_hint(
                        format!("`{}` is not encrypted by dataward: there is nothing to decrypt", path.display()),
                        "files of age open with --identity FILE",
                    ));
                }
            }
        }
        if let Destination::To(target) = destination
            && places.len() > 1
            && !target.is_dir()
        {
            if target.exists() {
                let message = format!("`{}` is a file, and {} places are to go there", target.display(), places.len());
                return Err(AppError::usage_hint(message, "name a folder"));
            }
            let made = fs_err::create_dir_all(target);
            made.map_err(|error| AppError::unreachable(format!("cannot make the folder: {error}")))?;
        }
        for place in places {
            if place.starts_with("s3://") {
                let classes = self.bucket(action, place, destination, watch, &mut report).await?;
                self.tally_objects(place, classes, &mut tallies);
                if action == Action::Decrypt {
                    self.tally_opened_objects(place, &mut tallies).await?;
                }
            } else {
                let classes = self.path(action, Path::new(place), destination, recursive, watch, &mut report)?;
                self.tally_files(classes, &mut tallies);
            }
        }
        let classes = self.ring.classes.keys().map(String::as_str).chain(self.ring.sealing.class());
        let keys: BTreeSet<String> = classes
            .map(|class| Ok(format!("{class}/{}", self.keys.active_version(class)?)))
            .collect::<Result<_, AppError>>()?;
        report.key = (!keys.is_empty()).then(|| keys.into_iter().collect::<Vec<_>>().join(", "));
        if *destination == Destination::InPlace && action == Action::Encrypt && report.files > 0 {
            report.notes.push(
                "the plaintext was removed; its blocks stay on the device until they are used again, and in backups and \
                 snapshots until those age out"
                    .to_owned(),
            );
        }
        if action == Action::Rewrap && report.files > 0 {
            report.notes.push(
                "bodies were written again, under fresh data keys: a changed header alone would let whoever has both versions \
                 forge, and keep out nobody who kept the data key; older copies in backups, snapshots and versions of a \
                 bucket stay open to those for whom they were sealed"
                    .to_owned(),
            );
        }
        let proof = if *destination == Destination::InPlace { COMPARED } else { UNCOMPARED };
        self.finish(action, tallies, proof, None, clock).await?;
        Ok(report)
    }

    /// Seals files in place.
    pub(crate) fn seal_in_place(&self, files: &[PathBuf], watch: &Watch, report: &mut ProtectReport) -> Tallies {
        let done = tree::run_files(files, &Work::SealInPlace, &self.ring, threads(), watch);
        let mut tallies = Tallies::new();
        self.tally_files(report.add(done), &mut tallies);
        tallies
    }

    fn tally_files(&self, classes: BTreeMap<Option<String>, tree::Part>, tallies: &mut Tallies) {
        for (class, part) in classes {
            let tally = tallies.entry(class).or_default();
            tally.files += part.files;
            tally.bytes += part.bytes;
            if let Some(project) = self.folder.project() {
                tally.changed.add_files(project, &part.paths);
                tally.found.add_files(project, &part.found);
            }
        }
    }

    /// Counts what each key sealed, and tells log and inventory what became of files. `proof` says how it is
    /// known that they are sealed.
    ///
    /// # Errors
    /// When the key store, the state or the log cannot be written.
    pub(crate) async fn finish(
        &mut self,
        action: Action,
        mut tallies: Tallies,
        proof: &str,
        plan: Option<&str>,
        clock: &dyn Clock,
    ) -> Result<(), AppError> {
        let now = clock.now();
        if let (Action::Decrypt, Some(project)) = (action, self.folder.project()) {
            let told = tallies.entry(None).or_default();
            for (source, units) in record_sealing::opened_untold(project).await?.opened {
                let known = told.changed.opened.entry(source).or_default();
                let new: Vec<String> = units.into_iter().filter(|unit| !known.contains(unit)).collect();
                told.files += new.len() as u64;
                known.extend(new);
            }
        }
        for (class, mut tally) in tallies.into_iter().filter(|_| action != Action::Verify) {
            let class = class.as_deref();
            let by = match class {
                Some(class) => encrypt_plan::by(class, self.keys.active_version(class)?),
                None => String::new(),
            };
            if let Some(project) = self.folder.project() {
                record_sealing::add_untold(project, &mut tally, &by).await?;
            }
            if tally.files == 0 {
                continue;
            }
            if let Some(class) = class {
                self.count(class, tally.files)?;
            }
            if let Some(project) = self.folder.project() {
                record_sealing::record(project, &tally.changed, (&by, proof), now).await?;
            }
            let event = KeyEvent {
                sources: tally.changed.sources(),
                plan: plan.map(str::to_owned),
                ..self.event(action, class, tally.files, tally.bytes)?
            };
            self.folder.record(event, now).await?;
        }
        Ok(())
    }

    fn count(&mut self, class: &str, files: u64) -> Result<(), AppError> {
        // Read again: another run may have counted meanwhile.
        self.store = self.folder.read()?;
        self.store.count_uses(&self.keys, class, files)?;
        self.folder.save(&self.store)
    }

    fn event(&self, action: Action, class: Option<&str>, files: u64, bytes: u64) -> Result<KeyEvent, AppError> {
        Ok(KeyEvent {
            action: action.as_str().to_owned(),
            class: class.map(str::to_owned),
            version: class.map(|class| self.keys.active_version(class)).transpose()?,
            root: self.store.root.provider.kind().to_owned(),
            root_version: self.store.root.version,
            recovery: self.store.recovery.id.clone(),
            files: Some(files),
            bytes: Some(bytes),
            sources: Vec::new(),
            plan: None,
            approved_by: Vec::new(),
        })
    }

    fn path(
        &self,
        action: Action,
        path: &Path,
        destination: &Destination,
        recursive: bool,
        watch: &Watch,
        report: &mut ProtectReport,
    ) -> Result<BTreeMap<Option<String>, tree::Part>, AppError> {
        let threads = threads();
        let metadata = std::fs::symlink_metadata(path)
            .map_err(|error| AppError::unreachable(format!("cannot read `{}`: {error}", path.display())))?;
        if metadata.is_dir() && !recursive && action != Action::Verify {
            return Err(AppError::usage_hint(format!("`{}` is a folder", path.display()), "add --recursive"));
        }
        let work = match (action, destination) {
            (Action::Verify, _) => Work::Verify,
            (Action::Rewrap, _) => Work::Rewrap,
            (Action::Encrypt, Destination::InPlace) => Work::SealInPlace,
            (Action::Decrypt, Destination::InPlace) => Work::OpenInPlace,
            (_, Destination::To(target)) if metadata.is_file() && !target.is_dir() => {
                let one = if action == Action::Encrypt { tree::seal_file } else { tree::open_file };
                let bytes = one(path, target, &self.ring, threads, watch)?;
                report.bytes += bytes;
                report.files += 1;
                let sealed = action == Action::Encrypt;
                let class = self.ring.sealing.class().filter(|_| sealed).map(str::to_owned);
                let paths = if sealed { vec![target.clone()] } else { Vec::new() };
                return Ok(BTreeMap::from([(class, tree::Part { files: 1, bytes, paths, found: Vec::new() })]));
            }
            (Action::Encrypt, Destination::To(target)) => Work::SealInto(target.clone()),
            (Action::Decrypt, Destination::To(target)) => Work::OpenInto(target.clone()),
            (_, Destination::Beside) if metadata.is_dir() => {
                return Err(AppError::usage("for a folder, say --in-place or --output FOLDER"));
            }
            (action, Destination::Beside) => {
                let folder = path.parent().unwrap_or(Path::new("")).to_owned();
                if action == Action::Encrypt { Work::SealInto(folder) } else { Work::OpenInto(folder) }
            }
        };
        Ok(report.add(tree::run(path, &work, &self.ring, threads, watch)?))
    }

    /// Seals a stream.
    ///
    /// # Errors
    /// When either side fails; what was written is then no whole message, and nobody opens it.
    pub async fn seal_stream(
        &mut self,
        mut input: impl Read,
        output: impl Write,
        clock: &dyn Clock,
    ) -> Result<u64, AppError> {
        let mut stream = SealStream::new(output, self.ring.begin()?)?;
        let total = pump(&mut input, |bytes| stream.push(bytes))?;
        stream.finish()?;
        let class = self.ring.sealing.class().map(str::to_owned).unwrap_or_default();
        self.count(&class, 1)?;
        self.folder.record(self.event(Action::Encrypt, Some(&class), 1, total)?, clock.now()).await?;
        Ok(total)
    }

    /// Opens a stream.
    ///
    /// # Errors
    /// When it does not open. What was written before is true, but not all.
    pub fn open_stream(&self, mut input: impl Read, mut output: impl Write) -> Result<u64, AppError> {
        let message = self.ring.open(&mut input)?;
        open_body(OpenStream::new(input, message), &mut output)
    }

    /// Opens a range of a sealed file's plaintext.
    ///
    /// # Errors
    /// When it does not open.
    pub fn open_range(&self, path: &Path, range: std::ops::Range<u64>, mut output: impl Write) -> Result<(), AppError> {
        let file = std::fs::File::open(path)
            .map_err(|error| AppError::unreachable(format!("cannot read `{}`: {error}", path.display())))?;
        Ok(dataward_protect::file::open_range((&file, path), &self.ring, range, |text| output.write_all(text))?)
    }
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

fn open_body(mut stream: OpenStream<impl Read>, output: &mut impl Write) -> Result<u64, AppError> {
    if stream.is_signed() {
        return Err(AppError::usage_hint(
            "the message is signed: its end must be checked before its beginning is trusted",
            "decrypt it to a file: --output FILE",
        ));
    }
    Ok(stream.copy_to(output)?)
}

fn pump(input: &mut impl Read, mut sink: impl FnMut(&[u8]) -> Result<(), SealError>) -> Result<u64, AppError> {
    let mut buffer = vec![0; 256 << 10];
    let mut total = 0;
    loop {
        let read = match input.read(&mut buffer) {
            Ok(0) => return Ok(total),
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(AppError::unreachable(format!("cannot read the input: {error}"))),
        };
        sink(&buffer[..read])?;
        total += read as u64;
    }
}

/// Seals a stream as an age file for people who have age.
///
/// # Errors
/// When a recipient is none, or either side fails.
pub fn seal_age(mut input: impl Read, output: impl Write, recipients: &[AgeRecipient]) -> Result<u64, AppError> {
    let mut payload = age::seal(output, recipients)?;
    let total = pump(&mut input, |bytes| payload.push(bytes))?;
    payload.finish()?;
    Ok(total)
}

/// Opens a stream with a private key of one's own: an age file, or a message for an X-Wing key.
///
/// # Errors
/// When the identity is none or does not open it.
pub fn open_with_identity(mut input: impl BufRead, output: &mut impl Write, identity: &str) -> Result<u64, AppError> {
    let lines = || identity.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let begins = input.fill_buf().map_err(|error| AppError::unreachable(format!("cannot read the input: {error}")))?;
    if begins.starts_with(&dataward_protect::place::MAGIC[..2]) {
        let people: Vec<HpkeIdentity> = lines().map(HpkeIdentity::parse).collect::<Result<_, _>>()?;
        let identities: Vec<&dyn Identity> = people.iter().map(|person| person as &dyn Identity).collect();
        let message = dataward_seal::esdk::open(&mut input, &identities, &OpenRules::default())?;
        return open_body(OpenStream::new(input, message), output);
    }
    let identities: Vec<AgeIdentity> = lines().map(str::parse).collect::<Result<_, _>>()?;
    Ok(age::open(input, &identities)?.copy_to(output)?)
}

/// The folders and buckets that the policy declares: where sealed files may lie.
pub fn sealed_places(project: &Project) -> Vec<String> {
    let place = |source: &DeclaredSource| match &source.url {
        SourceUrl::Path(path) => Some(project.root.join(path)).filter(|p| p.is_dir()).map(|p| p.display().to_string()),
        SourceUrl::Remote { url, .. } if url.scheme() == "s3" => Some(url.to_string()),
        _ => None,
    };
    project.policy.sources.values().filter_map(place).collect()
}

/// A new X-Wing key for a person: the private key and the recipient to hand out.
///
/// # Errors
/// When the system has no randomness.
pub fn new_person() -> Result<(dataward_seal::SecretBytes, String), AppError> {
    let identity = HpkeIdentity::generate()?;
    Ok((identity.danger_text(), identity.recipient()?.to_string()))
}

impl From<ProtectError> for AppError {
    fn from(error: ProtectError) -> Self {
        match error {
            ProtectError::Refused { .. } => Self::Refused { message: error.to_string(), hint: None },
            _ => Self::unreachable(error.to_string()),
        }
    }
}
