//! Names of files in reports and exports, by the same rule as in the evidence log ([`Unnamed`]): the places, and the
//! sentences and commands that mention them. The owner sees the whole name by the id: `findings show F-…`,
//! `inventory explain …/name-….eml`.

use std::collections::BTreeMap;

use aho_corasick::AhoCorasick;
use aho_corasick::MatchKind;
use dataward_model::Clock;
use dataward_model::Finding;
use dataward_model::Place;
use dataward_model::Remedy;
use dataward_report::FindingsExport;
use dataward_report::ReportData;
use dataward_store::Store;

use crate::AppError;
use crate::Project;
use crate::unnamed::Unnamed;

/// Pieces of a name with control characters or quotes, which texts write in other ways, count from this length on.
const LEAST_PIECE: usize = 4;

/// All names that may not be told, and what stands in their places.
pub(crate) struct Aliases<'a> {
    unnamed: Unnamed<'a>,
    names: AhoCorasick,
    aliases: Vec<String>,
}

impl<'a> Aliases<'a> {
    /// Those of all files that the state knows of.
    pub(crate) async fn read(project: &'a Project, store: &Store, clock: &dyn Clock) -> Result<Self, AppError> {
        let unnamed = Unnamed::new(project, clock.now())?;
        let tables = store.tables(None).await?.into_iter().map(|table| table.place);
        let findings = store.findings(clock.now()).await?.into_iter().map(|stored| stored.finding.place);
        let unread = store.not_read().await?.into_iter().map(|line| Place::of_table(line.source, line.place));
        let mut known = BTreeMap::new();
        for place in tables.chain(findings).chain(unread).filter(|place| unnamed.stores_files(&place.source)) {
            let path = place.table.unwrap_or_default();
            for (name, alias) in unnamed.aliases(&path) {
                // A sheet and a member of an archive are told beside the file alone.
                let file = name.split('#').next().unwrap_or(&name).trim_end_matches('!').to_owned();
                for piece in name.split(|c: char| c.is_control() || matches!(c, '\'' | '\\')) {
                    if piece.len() >= LEAST_PIECE && piece != name {
                        known.entry(piece.to_owned()).or_insert_with(|| alias.clone());
                    }
                }
                if file != name && !file.is_empty() {
                    known.insert(file.clone(), unnamed.path(&file));
                }
                known.insert(name, alias);
            }
        }
        known.retain(|name, alias| name != alias);
        let (names, aliases): (Vec<String>, Vec<String>) = known.into_iter().unzip();
        let names = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(names);
        let names = names.map_err(|error| AppError::Internal(error.to_string()))?;
        Ok(Self { unnamed, names, aliases })
    }

    /// Takes the names out of all that a report is made of.
    pub(crate) fn report(&self, data: &mut ReportData) {
        for source in data.sources.iter_mut().filter(|source| self.unnamed.stores_files(&source.id)) {
            for table in &mut source.tables {
                table.name = self.unnamed.path(&table.name);
            }
        }
        data.findings.iter_mut().for_each(|finding| self.finding(finding));
        for skipped in &mut data.skipped {
            if self.unnamed.stores_files(&skipped.source) {
                skipped.place = self.unnamed.path(&skipped.place);
            }
            skipped.reason = self.text(&skipped.reason);
        }
        for run in &mut data.retention.runs {
            run.went.iter_mut().chain(&mut run.stayed).for_each(|(what, _)| *what = self.text(what));
        }
        for step in &mut data.next_steps {
            step.title = self.text(&step.title);
            step.why = self.text(&step.why);
            if let Some(remedy) = self.remedy(&step.command, "dataward status") {
                step.command = remedy;
            }
        }
    }

    /// Takes the names out of findings that are exported.
    pub(crate) fn findings(&self, export: &mut FindingsExport) {
        export.findings.iter_mut().for_each(|exported| self.finding(&mut exported.finding));
    }

    fn finding(&self, finding: &mut Finding) {
        let place = self.unnamed.place(finding.place.clone());
        let is_named = place != finding.place;
        finding.place = place;
        for text in [&mut finding.detail, &mut finding.title, &mut finding.reason] {
            *text = self.text(text);
        }
        let show = format!("dataward findings show {}", finding.id);
        finding.remedy = match (&finding.remedy, self.remedy(&finding.remedy, &show)) {
            // A command may write the name in a way of its own.
            (Remedy::Command(_), None) if is_named => Remedy::command(show),
            (remedy, None) => remedy.clone(),
            (_, Some(remedy)) => remedy,
        };
    }

    /// What stands in the place of a remedy that names a file: of a command, which can't be typed with another name in
    /// it, the one that shows it.
    fn remedy(&self, remedy: &Remedy, shown_by: &str) -> Option<Remedy> {
        let text = self.text(remedy.as_str());
        (text != remedy.as_str()).then(|| match remedy {
            Remedy::Command(_) => Remedy::command(shown_by),
            Remedy::Words(_) => Remedy::words(text),
        })
    }

    fn text(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut end = 0;
        for found in self.names.find_iter(text) {
            let joins = |neighbour: Option<char>| neighbour.is_some_and(|c| c.is_alphanumeric());
            // `a.md` is not meant by `data.md`.
            let is_part = joins(text[..found.start()].chars().next_back()) || joins(text[found.end()..].chars().next());
            out += &text[end..found.start()];
            out += if is_part { &text[found.range()] } else { &self.aliases[found.pattern()] };
            end = found.end();
        }
        out + &text[end..]
    }
}

/// What a person typed, with the names that stand behind digests in it.
///
/// # Errors
/// When the state cannot be read.
pub async fn in_full(project: &Project, store: &Store, text: &str, clock: &dyn Clock) -> Result<String, AppError> {
    if !text.contains("name-") {
        return Ok(text.to_owned());
    }
    let unnamed = Unnamed::new(project, clock.now())?;
    let mut full = text.to_owned();
    for place in store.tables(None).await?.into_iter().map(|table| table.place) {
        if !unnamed.stores_files(&place.source) {
            continue;
        }
        for (name, alias) in unnamed.aliases(place.table.as_deref().unwrap_or_default()) {
            full = full.replace(&alias, &name);
        }
    }
    Ok(full)
}
