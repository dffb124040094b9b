//! The inventory learns what was sealed when, under which key version, and what it held before.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::HashSet;
use std::path::Path;
use std::path::PathBuf;

use dataward_connect::files::name_of;
use dataward_model::SourceId;
use dataward_model::unit::files_of;
use dataward_policy::SourceUrl;
use dataward_protect::SUFFIX;
use dataward_store::ProtectionRecord;
use jiff::Timestamp;

use crate::AppError;
use crate::Project;
use crate::review_inventory::held_tables;

/// How a sealed file was proven to be one: [`dataward_protect::in_place`] does so before the plaintext goes.
pub(crate) const COMPARED: &str = "sealed, read back, opened with the key and compared";
/// A copy beside what it was made of, which is still there.
pub(crate) const UNCOMPARED: &str = "sealed as a copy, not read back";

/// Files and objects that changed, by source: names of sealed ones, and of those that are plain again.
#[derive(Debug, Default)]
pub(crate) struct Changed {
    pub(crate) sealed: BTreeMap<SourceId, Vec<String>>,
    pub(crate) opened: BTreeMap<SourceId, Vec<String>>,
}

/// What was done for one class.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    pub(crate) changed: Changed,
    /// What was so already.
    pub(crate) found: Changed,
}

/// What was done, by class; none for what was opened.
pub(crate) type Tallies = BTreeMap<Option<String>, Tally>;

impl Changed {
    /// The sources that are concerned.
    pub(crate) fn sources(&self) -> Vec<SourceId> {
        let all: BTreeSet<&SourceId> = self.sealed.keys().chain(self.opened.keys()).collect();
        all.into_iter().cloned().collect()
    }

    /// Adds files, as far as they lie in folders that the policy declares.
    pub(crate) fn add_files(&mut self, project: &Project, files: &[PathBuf]) {
        let folders = source_folders(project);
        let mut real: Option<(&Path, PathBuf)> = None;
        for file in files {
            let parent = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            // Neighbours come one after the other: each folder is asked for once.
            if real.as_ref().is_none_or(|(known, _)| *known != parent) {
                real = fs_err::canonicalize(parent).ok().map(|folder| (parent, folder));
            }
            let (Some((_, folder)), Some(name)) = (&real, file.file_name()) else { continue };
            let path = folder.join(name);
            for (source, root) in &folders {
                if let Ok(within) = path.strip_prefix(root) {
                    self.add(source, name_of(within));
                }
            }
        }
    }

    /// Adds one file or object of a source by its name there.
    pub(crate) fn add(&mut self, source: &SourceId, unit: String) {
        let sealed = unit.strip_suffix(SUFFIX).is_some_and(|name| name.ends_with('.'));
        let list = if sealed { &mut self.sealed } else { &mut self.opened };
        list.entry(source.clone()).or_default().push(unit);
    }
}

/// The folders that the policy declares, as the file system calls them.
pub(crate) fn source_folders(project: &Project) -> Vec<(SourceId, PathBuf)> {
    let folder = |url: &SourceUrl| match url {
        SourceUrl::Path(path) => fs_err::canonicalize(project.root.join(path)).ok().filter(|path| path.is_dir()),
        _ => None,
    };
    let sources = project.policy.sources.iter();
    sources.filter_map(|(id, source)| Some((id.clone(), folder(&source.url)?))).collect()
}

/// Adds to what was done what was found done and the inventory does not know: a run was killed before it told.
pub(crate) async fn add_untold(project: &Project, tally: &mut Tally, by: &str) -> Result<(), AppError> {
    let found = std::mem::take(&mut tally.found.sealed);
    if found.is_empty() {
        return Ok(());
    }
    let known = project.store().await?.protections(false).await?;
    let known: HashSet<(&SourceId, &str)> = known
        .iter()
        .filter(|known| known.record.by == by)
        .filter_map(|known| Some((&known.source, known.record.unit.as_deref()?)))
        .collect();
    for (source, units) in found {
        // A copy that was finished before its plaintext went is met both as found and as done.
        let done: HashSet<&String> = tally.changed.sealed.get(&source).into_iter().flatten().collect();
        let is_told = |unit: &String| known.contains(&(&source, unit.as_str())) || done.contains(unit);
        let untold: Vec<String> = units.into_iter().filter(|unit| !is_told(unit)).collect();
        if !untold.is_empty() {
            tally.files += untold.len() as u64;
            tally.changed.sealed.entry(source).or_default().extend(untold);
        }
    }
    Ok(())
}

/// Files that the inventory takes for sealed and that are plain again, without their sealed copies: a run that opened them
/// in place was killed before it told.
pub(crate) async fn opened_untold(project: &Project) -> Result<Changed, AppError> {
    let folders = source_folders(project);
    let mut changed = Changed::default();
    for known in project.store().await?.protections(false).await? {
        let folder = folders.iter().find(|(source, _)| *source == known.source).map(|(_, folder)| folder);
        let (Some(folder), Some(unit)) = (folder, known.record.unit) else { continue };
        let plain = unit.strip_suffix(SUFFIX).and_then(|name| name.strip_suffix('.'));
        if let Some(plain) = plain.filter(|plain| !folder.join(&unit).exists() && folder.join(plain).is_file()) {
            changed.add(&known.source, plain.to_owned());
        }
    }
    Ok(changed)
}

/// Keeps it, with what the last scan found in the files before they were sealed. `by` names the key, `proof` how it is known.
pub(crate) async fn record(
    project: &Project,
    changed: &Changed,
    (by, proof): (&str, &str),
    now: Timestamp,
) -> Result<(), AppError> {
    if changed.sealed.is_empty() && changed.opened.is_empty() {
        return Ok(());
    }
    let store = project.store().await?;
    let mut held: HashMap<(SourceId, String), BTreeSet<&'static str>> = HashMap::new();
    let tables = held_tables(&store).await?;
    for table in &tables {
        for file in files_of(&table.unit) {
            let keys = table.columns.iter().map(|column| column.category.info().key);
            held.entry((table.source.clone(), file.to_owned())).or_default().extend(keys);
        }
    }
    for source in changed.sources() {
        let records = changed.sealed.get(&source).into_iter().flatten().map(|unit| {
            let plain = unit.strip_suffix(SUFFIX).and_then(|name| name.strip_suffix('.')).unwrap_or(unit);
            let holds = held.get(&(source.clone(), plain.to_owned()));
            ProtectionRecord {
                unit: Some(unit.clone()),
                column: None,
                by: by.to_owned(),
                proof: proof.to_owned(),
                holds: holds.into_iter().flatten().map(|key| (*key).to_owned()).collect(),
            }
        });
        let records: Vec<ProtectionRecord> = records.collect();
        let opened = changed.opened.get(&source).into_iter().flatten();
        let gone: Vec<String> = opened.map(|unit| format!("{unit}.{SUFFIX}")).collect();
        store.change_protections(&source, now, &records, &gone).await?;
    }
    Ok(())
}
