//! Files that rows name: an attachment, a scan, a picture. They go with the rows, not before them.
//!
//! The plan lists the files of the rows that go, less those that another row names too. At the gate each batch
//! of them is asked about once more: a file that a row names still, for it stayed or is new, is left alone.
//!
//! A row whose file can't go (it is held, or the account may not) waits for it, in the plan and at the gate
//! (`waiting`): without the row no plan would ever find the file again.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::HashSet;

use dataward_connect::amend::ALIAS;
use dataward_connect::amend::Amend;
use dataward_connect::amend::Rows;
use dataward_connect::amend::Selection;
use dataward_connect::amend::SkipReason;
use dataward_connect::amend::Sql;
use dataward_connect::amend::TableFacts;
use dataward_connect::amend::stored::STORED;
use dataward_connect::amend::stored::bytes_at;
use dataward_connect::amend::stored::name_at;
use dataward_model::SourceId;
use dataward_model::SourceKind;
use futures::StreamExt;

use crate::closure::KeptReason;
use crate::dialect;
use crate::error::RetainError;
use crate::gather::fetch;
use crate::make::SourceInput;
use crate::plan::Kept;
use crate::plan::NamedBy;
use crate::plan::Names;
use crate::plan::Plan;
use crate::plan::PlannedChange;
use crate::plan::Step;
use crate::planner::Found;
use crate::steps::Draft;
use crate::steps::DraftStep;

/// Paths asked about in one statement.
const PATHS: usize = 500;

/// A column that names files.
#[derive(Clone, Debug)]
pub struct FileLink {
    /// The source of the table.
    pub source: SourceId,
    /// The table.
    pub table: String,
    /// Its column.
    pub column: String,
    /// The folder or bucket.
    pub files: SourceId,
    /// Where the folder is, so that absolute paths are understood.
    pub root: Option<String>,
}

/// What a link and a rule come to.
pub(crate) struct FoundFiles {
    pub(crate) step: Option<(Step, Rows)>,
    pub(crate) kept: Vec<Kept>,
}

/// Paths of the rows that go, gathered while a plan is made.
pub(crate) struct NamedFiles<'a> {
    links: &'a [FileLink],
    /// By link and rule, with the class of the archive that the rows go into.
    paths: BTreeMap<(usize, usize, Option<String>), BTreeSet<String>>,
    /// Keys of the rows that go, by link.
    going: BTreeMap<usize, HashSet<Vec<u8>>>,
    sources: &'a [SourceInput<'a>],
    /// Of each folder or bucket, the files that stay.
    staying: BTreeMap<SourceId, Staying>,
}

/// Files that stay whatever rows say, and why; none where not all was asked that may name a file there.
type Staying = Option<HashMap<String, SkipReason>>;

impl<'a> NamedFiles<'a> {
    pub(crate) fn new(links: &'a [FileLink], sources: &'a [SourceInput<'a>]) -> Self {
        Self { links, paths: BTreeMap::new(), going: BTreeMap::new(), sources, staying: BTreeMap::new() }
    }

    fn source(&self, id: &SourceId) -> Option<&'a SourceInput<'a>> {
        self.sources.iter().find(|source| source.id == *id)
    }

    /// The columns of a step that name files which go with its rows.
    pub(crate) fn names(&self, source: &SourceInput<'_>, step: &DraftStep) -> Vec<Names> {
        let table = &source.catalogue.tables[step.table as usize].name;
        match step.action {
            "unlink" => Vec::new(),
            _ => names_of(self.links, (&source.id, table.as_str()), &step.change),
        }
    }

    /// Keeps rows back whose files stay.
    pub(crate) async fn keep_waiting(
        &mut self,
        source: &SourceInput<'_>,
        found: &mut Found,
    ) -> Result<(), RetainError> {
        let mut waiting = Vec::new();
        for link in self.links.iter().filter(|link| link.source == source.id) {
            let is_it = |table: &TableFacts| table.name == link.table;
            let Some(number) = source.catalogue.tables.iter().position(is_it) else { continue };
            let rows = &found.closure.tables[number];
            let goes: Vec<usize> = (0..rows.nodes.len()).filter(|at| found.closure.goes(rows.nodes[*at])).collect();
            if goes.is_empty() {
                continue;
            }
            let why = self.why_waiting(source, link, &rows.rows.pick(goes.iter().copied())).await?;
            waiting.extend(why.into_iter().map(|(at, why)| (rows.nodes[goes[at]], reason(link, why))));
        }
        if waiting.is_empty() {
            return Ok(());
        }
        waiting.into_iter().for_each(|(node, reason)| found.closure.keep(node, reason));
        let tables = &source.catalogue.tables;
        found.closure.settle(|table| tables[table as usize].name.clone());
        Ok(())
    }

    /// Keeps rows from losing the column that names a file which stays.
    pub(crate) async fn keep_waiting_rewritten(
        &mut self,
        source: &SourceInput<'_>,
        draft: &mut Draft,
    ) -> Result<(), RetainError> {
        let Draft { steps, chunks, kept, .. } = draft;
        for chunk in chunks.iter_mut() {
            let step = &mut steps[chunk.step];
            if !matches!(step.change, PlannedChange::Rewrite { .. }) || step.action == "unlink" {
                continue;
            }
            let table = &source.catalogue.tables[step.table as usize].name;
            let its = |link: &&FileLink| link.source == source.id && link.table == *table && loses(&step.change, link);
            let links: Vec<&FileLink> = self.links.iter().filter(its).collect();
            for link in links {
                let why: BTreeMap<usize, _> = self.why_waiting(source, link, &chunk.rows).await?.into_iter().collect();
                let stay = (0..chunk.rows.len()).filter(|at| !why.contains_key(at));
                let rows = chunk.rows.pick(stay);
                step.rows -= why.len() as u64;
                for why in why.into_values() {
                    *kept.entry((step.table, step.rule, reason(link, why))).or_default() += 1;
                }
                chunk.rows = rows;
            }
        }
        chunks.retain(|chunk| !chunk.rows.is_empty());
        Ok(())
    }

    /// The positions of rows whose file stays, and why.
    async fn why_waiting(
        &mut self,
        source: &SourceInput<'_>,
        link: &FileLink,
        rows: &Rows,
    ) -> Result<Vec<(usize, Option<SkipReason>)>, RetainError> {
        if !self.staying.contains_key(&link.files) {
            let staying = self.staying(&link.files).await?;
            self.staying.insert(link.files.clone(), staying);
        }
        let staying = self.staying.get(&link.files).and_then(Option::as_ref);
        let Some(table) = source.catalogue.table(&link.table) else { return Ok(Vec::new()) };
        if staying.is_some_and(HashMap::is_empty) {
            return Ok(Vec::new());
        }
        let named = named_paths(source.source, table, &link.column, link.root.as_deref(), rows).await?;
        let why = |path: &str| match staying {
            Some(staying) => staying.get(path).copied().map(Some),
            None => Some(None),
        };
        Ok(named.into_iter().filter_map(|named| Some((named.at, why(&named.path)?))).collect())
    }

    async fn staying(&self, files: &SourceId) -> Result<Staying, RetainError> {
        let mut others = self.links.iter().filter(|link| link.files == *files);
        let is_asked =
            |link: &FileLink| self.source(&link.source).is_some_and(|rows| rows.catalogue.table(&link.table).is_some());
        let Some(input) = self.source(files).filter(|_| others.all(is_asked)) else { return Ok(None) };
        let Some(stored) = input.catalogue.table(STORED) else { return Ok(None) };
        let held = input.holds.condition(&input.catalogue, &input.references, stored);
        let found = input.holds.found(&input.catalogue, stored);
        let (denied, protected) = (may_not(SkipReason::Denied), may_not(SkipReason::Protected));
        let stays = Sql::any([held, denied.clone(), protected.clone()]);
        // What a rule of its own takes is found again by that rule.
        let own = Sql::any(input.rules.iter().map(|bound| bound.due.clone()));
        let condition = Sql::from_trusted(format!("({}) AND NOT coalesce(({}), 0)", stays.as_str(), own.as_str()));
        let mut chunks =
            input.source.select(&Selection::new(stored, condition).flag(denied).flag(protected).flag(found)).await?;
        let mut staying = HashMap::new();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk?;
            for at in 0..chunk.rows.len() {
                let why = match () {
                    () if chunk.flags[0][at] => SkipReason::FileDenied,
                    () if chunk.flags[1][at] => SkipReason::FileProtected,
                    () if chunk.flags[2][at] => SkipReason::FileHeld,
                    () => SkipReason::FileUnseen,
                };
                staying.insert(name_at(&chunk.rows, at).0.to_owned(), why);
            }
        }
        Ok(Some(staying))
    }

    /// Rows of a step go, or lose the column that names their file.
    pub(crate) async fn goes(&mut self, source: &SourceInput<'_>, step: &Step, rows: &Rows) -> Result<(), RetainError> {
        for (at, link) in self.links.iter().enumerate() {
            let is_its = link.source == source.id && link.table == step.table.name;
            if !is_its || !loses(&step.change, link) || step.action == "unlink" {
                continue;
            }
            let key = (at, step.rule, step.archive.clone());
            let paths = paths_of(source.source, &step.table, &link.column, link.root.as_deref(), rows).await?;
            self.paths.entry(key).or_default().extend(paths);
            self.going.entry(at).or_default().extend((0..rows.len()).map(|row| rows.key_bytes(row)));
        }
        Ok(())
    }

    /// The steps that take the files out.
    pub(crate) async fn into_steps(self, plan: &Plan) -> Result<Vec<FoundFiles>, RetainError> {
        let (sources, mut steps) = (self.sources, Vec::new());
        for ((at, rule, archive), mut paths) in self.paths {
            let link = &self.links[at];
            let of = |id: &SourceId| sources.iter().find(|source| source.id == *id);
            let (Some(rows), Some(files)) = (of(&link.source), of(&link.files)) else { continue };
            let (Some(_), Some(stored)) = (rows.catalogue.table(&link.table), files.catalogue.table(STORED)) else {
                continue;
            };
            // Every column that may name a file there: a file goes after the last row that names it, wherever.
            let others = self.links.iter().enumerate().filter(|(_, other)| other.files == link.files);
            let columns = others.map(|(number, other)| {
                let input = of(&other.source)?;
                let table = input.catalogue.table(&other.table)?.clone();
                let (source, column, root) = (other.source.clone(), other.column.clone(), other.root.clone());
                Some((number, input.source, NamedBy { source, table, column, root }))
            });
            let columns: Option<Vec<_>> = columns.collect();
            let listed: Vec<String> = paths.iter().cloned().collect();
            let mut named = BTreeSet::new();
            for (number, source, column) in columns.iter().flatten() {
                let goes_too = |key: &[u8]| self.going.get(number).is_some_and(|going| going.contains(key));
                named.extend(still_named(*source, column, &listed, goes_too).await?);
            }
            paths.retain(|path| !named.contains(path));
            let unasked = if columns.is_none() { std::mem::take(&mut paths).len() as u64 } else { 0 };
            let held = files.holds.condition(&files.catalogue, &files.references, stored);
            let due = files.rules.iter().map(|bound| bound.due.clone());
            let (mut goes, mut held_rows, mut bytes) = (Rows::default(), 0, 0);
            for part in paths.into_iter().collect::<Vec<_>>().chunks(PATHS) {
                let wanted = one_of(SourceKind::Files, &format!("{ALIAS}.path"), part);
                // What a rule of its own takes is in the plan already.
                let own = Sql::any(due.clone());
                let condition = Sql::from_trusted(format!("{} AND NOT coalesce(({}), 0)", wanted, own.as_str()));
                let mut chunks = files.source.select(&Selection::new(stored, condition).flag(held.clone())).await?;
                while let Some(chunk) = chunks.next().await {
                    let chunk = chunk?;
                    for at in 0..chunk.rows.len() {
                        if chunk.flags[0][at] {
                            held_rows += 1;
                            continue;
                        }
                        bytes += bytes_at(&chunk.rows, at);
                        goes.push(&chunk.rows, at);
                    }
                }
            }
            let kept = |rows: u64, reason: &str| Kept {
                source: link.files.clone(),
                table: STORED.to_owned(),
                rule,
                rows,
                reason: reason.to_owned(),
            };
            let mut found = FoundFiles { step: None, kept: Vec::new() };
            if !named.is_empty() {
                let reason = format!("referenced: rows of {} that stay name them too", link.table);
                found.kept.push(kept(named.len() as u64, &reason));
            }
            if unasked > 0 {
                let reason = "referenced: not every table that may name them was asked; plan all sources together";
                found.kept.push(kept(unasked, reason));
            }
            if held_rows > 0 {
                found.kept.push(kept(held_rows, "hold: a hold or a tolling covers them"));
            }
            if !goes.is_empty() {
                let step = Step {
                    source: link.files.clone(),
                    table: stored.clone(),
                    rule,
                    action: plan.rules.get(rule).map_or("erase", |rule| goes_as(&rule.then)).to_owned(),
                    change: PlannedChange::Erase { guards: Vec::new() },
                    condition: Sql::always(),
                    rows: goes.len() as u64,
                    order: 0,
                    because_of: Some(format!("{}.{}", link.source, link.table)),
                    archive,
                    basis: None,
                    names: Vec::new(),
                    named_by: columns.into_iter().flatten().map(|(_, _, column)| column).collect(),
                    at_once: None,
                    bytes: Some(bytes),
                };
                found.step = Some((step, goes));
            }
            steps.push(found);
        }
        Ok(steps)
    }
}

/// The columns of a table that name files which go with its rows when these change so.
pub(crate) fn names_of(links: &[FileLink], (source, table): (&SourceId, &str), change: &PlannedChange) -> Vec<Names> {
    let its = links.iter().filter(|link| link.source == *source && link.table == table && loses(change, link));
    its.map(|link| Names { column: link.column.clone(), files: link.files.clone(), root: link.root.clone() }).collect()
}

/// Whether a row no longer names its file after this.
fn loses(change: &PlannedChange, link: &FileLink) -> bool {
    match change {
        PlannedChange::DropPartition { .. } | PlannedChange::Erase { .. } => true,
        PlannedChange::Rewrite { columns } => columns.iter().any(|one| one.column == link.column),
    }
}

/// True of files and objects that stay for this reason, as far as that shows before.
pub(crate) fn may_not(why: SkipReason) -> Sql {
    Sql::from_trusted(format!("coalesce({ALIAS}.stays = '{}', 0)", why.as_str()))
}

fn reason(link: &FileLink, why: Option<SkipReason>) -> KeptReason {
    KeptReason::File { files: link.files.to_string(), why }
}

/// A file of a person who is made up from now on goes whole.
fn goes_as(then: &str) -> &str {
    if then == "anonymise" { "erase" } else { then }
}

/// Which of these files rows name now, less the rows that `leave_out` knows by their key.
pub(crate) async fn still_named(
    source: &dyn Amend,
    by: &NamedBy,
    paths: &[String],
    leave_out: impl Fn(&[u8]) -> bool,
) -> Result<BTreeSet<String>, RetainError> {
    let kind = source.kind();
    let mut named = BTreeSet::new();
    for part in paths.chunks(PATHS) {
        let written: Vec<String> = part.iter().flat_map(|path| spellings(path, by.root.as_deref())).collect();
        let column = dialect::text(kind, &format!("{ALIAS}.{}", dialect::identifier(kind, &by.column)));
        let column = REPEATED.iter().fold(format!("trim({column})"), |column, (repeated, once)| {
            format!("replace({column}, '{repeated}', '{once}')")
        });
        let selection = Selection::new(&by.table, Sql::from_trusted(one_of(kind, &column, &written)));
        let mut chunks = source.select(&selection).await?;
        while let Some(chunk) = chunks.next().await {
            let rows = chunk?.rows;
            let others = rows.pick((0..rows.len()).filter(|at| !leave_out(&rows.key_bytes(*at))).collect::<Vec<_>>());
            named.extend(paths_of(source, &by.table, &by.column, by.root.as_deref(), &others).await?);
        }
    }
    Ok(named)
}

async fn paths_of(
    source: &dyn Amend,
    table: &TableFacts,
    column: &str,
    root: Option<&str>,
    rows: &Rows,
) -> Result<Vec<String>, RetainError> {
    let named = named_paths(source, table, column, root, rows).await?;
    Ok(named.into_iter().map(|named| named.path).collect())
}

/// A path that a row names.
pub(crate) struct NamedPath {
    /// The position of the row.
    pub(crate) at: usize,
    pub(crate) path: String,
    /// As it is written there.
    pub(crate) text: String,
}

pub(crate) async fn named_paths(
    source: &dyn Amend,
    table: &TableFacts,
    column: &str,
    root: Option<&str>,
    rows: &Rows,
) -> Result<Vec<NamedPath>, RetainError> {
    let mut paths = Vec::new();
    for (part, first) in rows.parts(PATHS).zip((0..).step_by(PATHS)) {
        for (at, texts) in fetch(source, table, &part).await? {
            let named = texts.value(column).and_then(|text| Some((path_of(&text, root)?, text.into_owned())));
            paths.extend(named.map(|(path, text)| NamedPath { at: first + at, path, text }));
        }
    }
    Ok(paths)
}

/// What means the same in a path, as SQL takes it out: twice what is doubled, for what is doubled again.
const REPEATED: [(&str, &str); 4] = [("/./", "/"), ("//", "/"), ("//", "/"), ("/./", "/")];

/// The ways of writing a path that are looked for in a column without what is [`REPEATED`] in it: as it is, and as an
/// absolute path.
fn spellings(path: &str, root: Option<&str>) -> Vec<String> {
    let mut written = vec![path.to_owned(), format!("/{path}"), format!("./{path}")];
    if let Some(root) = root.map(plain_path) {
        written.extend([format!("{root}/{path}"), format!("/{root}/{path}")]);
    }
    written
}

/// The path below the folder that a value means; none for one that leads elsewhere, or that is written in a way in
/// which no other row would be found that names the same file.
fn path_of(text: &str, root: Option<&str>) -> Option<String> {
    let text = text.trim_matches(' ');
    let path = plain_path(text);
    let below = root.map(plain_path).and_then(|root| path.strip_prefix(&root)?.strip_prefix('/').map(str::to_owned));
    let path = below.unwrap_or(path);
    let leads_out = path.is_empty() || text.contains("://") || path.split('/').any(|part| part == "..");
    let asked = REPEATED.iter().fold(text.to_owned(), |text, (repeated, once)| text.replace(repeated, once));
    (!leads_out && spellings(&path, root).contains(&asked)).then_some(path)
}

/// A path without empty parts and `.`, and without the `/` at its beginning.
fn plain_path(path: &str) -> String {
    path.split('/').filter(|part| !matches!(*part, "" | ".")).collect::<Vec<_>>().join("/")
}

pub(crate) fn one_of(kind: SourceKind, column: &str, values: &[String]) -> String {
    let values: Vec<String> = values.iter().map(|value| dialect::literal(kind, value)).collect();
    format!("{column} IN ({})", values.join(", "))
}

/// True of the files of a batch that rows name still.
pub(crate) async fn referenced(source: &dyn Amend, by: &NamedBy, rows: &Rows) -> Result<Sql, RetainError> {
    let paths: Vec<String> = (0..rows.len()).map(|at| name_at(rows, at).0.to_owned()).collect();
    let named: Vec<String> = still_named(source, by, &paths, |_| false).await?.into_iter().collect();
    if named.is_empty() {
        return Ok(Sql::never());
    }
    Ok(Sql::from_trusted(one_of(SourceKind::Files, &format!("{ALIAS}.path"), &named)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_mean_paths_below_the_folder_and_none_outside() {
        let root = Some("/srv/uploads");
        for (text, path) in [
            ("a/b.pdf", Some("a/b.pdf")),
            ("/srv/uploads/a/b.pdf", Some("a/b.pdf")),
            ("./a.pdf", Some("a.pdf")),
            ("/a.pdf", Some("a.pdf")),
            (" .//a/./b.pdf ", Some("a/b.pdf")),
            ("/srv//uploads/a.pdf", Some("a.pdf")),
            ("https://elsewhere.example/a.pdf", None),
            // Another file, with a name that ends in a line break.
            ("a.pdf\n", Some("a.pdf\n")),
            ("a/////b.pdf", None),
            ("../etc/passwd", None),
            ("a/../../b", None),
            ("", None),
        ] {
            assert_eq!(path_of(text, root).as_deref(), path, "{text}");
        }
    }
}
