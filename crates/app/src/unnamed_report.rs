//! Names of files in reports and exports, by the same rule as in the evidence log ([`Unnamed`]): the places, and the
//! sentences and commands that mention them. The owner sees the whole name by the id: `findings show F-…`,
//! `inventory explain …/name-….eml`.

use std::collections::BTreeMap;
use std::collections::HashSet;

use aho_corasick::AhoCorasick;
use aho_corasick::MatchKind;
use dataward_model::Clock;
use dataward_model::Finding;
use dataward_model::Place;
use dataward_model::Remedy;
use dataward_model::SourceId;
use dataward_report::FindingsExport;
use dataward_report::ReportData;
use dataward_store::InventoryFilter;
use dataward_store::Store;

use crate::AppError;
use crate::Project;
use crate::unnamed::Unnamed;

/// Pieces of a name with control characters or quotes, which texts write in other ways, count from this length on.
const LEAST_PIECE: usize = 4;

/// Names of files, and what stands in their places in a text.
pub(crate) struct Names<'a> {
    unnamed: &'a Unnamed<'a>,
    known: AhoCorasick,
    aliases: Vec<String>,
}

impl<'a> Names<'a> {
    /// Those among the parts of paths that may not be told.
    pub(crate) fn of_paths(
        unnamed: &'a Unnamed<'a>,
        paths: impl Iterator<Item = String>,
        columns: impl Iterator<Item = String>,
    ) -> Result<Self, AppError> {
        let mut known: BTreeMap<String, String> =
            columns.map(|column| (unnamed.column(&column), column)).map(|(alias, column)| (column, alias)).collect();
        for path in paths {
            for (name, alias) in unnamed.aliases(&path) {
                // A sheet and a member of an archive are told beside the file alone.
                let file = name.split('#').next().unwrap_or(&name).trim_end_matches('!').to_owned();
                add(&mut known, &name, &alias);
                if file != name && !file.is_empty() {
                    known.insert(file.clone(), unnamed.path(&file));
                }
            }
        }
        known.retain(|name, alias| name != alias);
        Self::new(unnamed, known)
    }

    /// The names of files of `source` that are gone for good, whatever they are; those parts that `others` have too are
    /// told as ever. A bare word or number is a name only behind that of its source: texts have such of their own.
    pub(crate) fn of_erased(
        unnamed: &'a Unnamed<'a>,
        source: &SourceId,
        paths: &HashSet<String>,
        others: &[String],
    ) -> Result<Self, AppError> {
        let last = |path: &'_ str| path.rsplit('/').next().unwrap_or(path).to_owned();
        let shared: HashSet<String> = others.iter().map(|other| last(other)).collect();
        let tells = |name: &str| name.len() >= LEAST_PIECE && name.contains(['.', '/', ' ']) && !is_number(name);
        let mut known = BTreeMap::new();
        for path in paths {
            let alias = unnamed.erased(path);
            let name = last(path);
            for one in [name.as_str(), path].into_iter().filter(|one| tells(one)) {
                if one == path || !shared.contains(one) {
                    add(&mut known, one, &alias);
                }
            }
            known.insert(format!("{source}.{path}"), format!("{source}.{alias}"));
        }
        // `old/people.csv` is not meant by `people.csv`.
        known.extend(others.iter().map(|other| (other.clone(), other.clone())));
        Self::new(unnamed, known)
    }

    fn new(unnamed: &'a Unnamed<'a>, known: BTreeMap<String, String>) -> Result<Self, AppError> {
        let (names, aliases): (Vec<String>, Vec<String>) = known.into_iter().unzip();
        let known = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(names);
        let known = known.map_err(|error| AppError::Internal(error.to_string()))?;
        Ok(Self { unnamed, known, aliases })
    }

    /// What stands for the path of a file that is gone for good.
    pub(crate) fn erased(&self, path: &str) -> String {
        self.unnamed.erased(path)
    }

    /// A text without the names.
    pub(crate) fn text(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut end = 0;
        for found in self.known.find_iter(text) {
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

/// Whether there is no letter in a name.
fn is_number(name: &str) -> bool {
    !name.contains(char::is_alphabetic)
}

/// Adds a name in the ways in which texts write it.
fn add(known: &mut BTreeMap<String, String>, name: &str, alias: &str) {
    for piece in name.split(|c: char| c.is_control() || matches!(c, '\'' | '"' | '\\')) {
        if piece.len() >= LEAST_PIECE && piece != name {
            known.entry(piece.to_owned()).or_insert_with(|| alias.to_owned());
        }
    }
    known.insert(name.to_owned(), alias.to_owned());
}

/// Takes names out of reports and exports.
pub(crate) struct Aliases<'a> {
    unnamed: &'a Unnamed<'a>,
    names: Names<'a>,
}

impl<'a> Aliases<'a> {
    /// Those of all files that the state knows of.
    pub(crate) async fn read(unnamed: &'a Unnamed<'a>, store: &Store, clock: &dyn Clock) -> Result<Self, AppError> {
        let tables = store.tables(None).await?.into_iter().map(|table| table.place);
        let findings = store.findings(clock.now()).await?.into_iter().map(|stored| stored.finding.place);
        let unread = store.not_read().await?.into_iter().map(|line| Place::of_table(line.source, line.place));
        let places = tables.chain(findings).chain(unread).filter(|place| unnamed.stores_files(&place.source));
        let columns = store.inventory(&InventoryFilter::default()).await?.into_iter();
        let columns = columns.filter_map(|entry| entry.place.column);
        let names = Names::of_paths(unnamed, places.map(|place| place.table.unwrap_or_default()), columns)?;
        Ok(Self { unnamed, names })
    }

    /// Takes the names out of all that a report is made of.
    pub(crate) fn report(&self, data: &mut ReportData) {
        for source in &mut data.sources {
            for table in &mut source.tables {
                if self.unnamed.stores_files(&source.id) {
                    table.name = self.unnamed.path(&table.name);
                }
                table.columns.iter_mut().for_each(|column| column.name = self.unnamed.column(&column.name));
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
        self.names.text(text)
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
    for column in store.inventory(&InventoryFilter::default()).await?.into_iter().filter_map(|entry| entry.place.column)
    {
        full = full.replace(&unnamed.column(&column), &column);
    }
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
