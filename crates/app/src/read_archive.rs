//! `retain archive`: what lies in the archives, and single files and rows of them brought back beside the data, never
//! into it.

use std::fs::OpenOptions;
use std::io::BufWriter;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::Array;
use arrow_array::ArrayRef;
use arrow_array::RecordBatch;
use arrow_array::StringArray;
use arrow_schema::Field;
use dataward_connect::amend::stored::STORED;
use dataward_evidence::Event;
use dataward_evidence::Retention;
use dataward_model::Clock;
use dataward_model::SourceId;
use dataward_model::counted;
use dataward_retain::archive;
use dataward_retain::archive::Archive;
use dataward_retain::archive::Part;
use dataward_retain::plan::Plan;
use schemars::JsonSchema;
use serde::Serialize;

use crate::AppError;
use crate::Project;
use crate::erasure_folder;
use crate::evidence_log;
use crate::key_folder::KeyFolder;
use crate::key_root::AskSecret;
use crate::plan_folder;

/// What lies in the archives.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ArchiveReport {
    /// `dataward/archive@1`.
    pub schema: &'static str,
    /// Its parts, in order.
    pub parts: Vec<ArchivePart>,
}

/// A part: at most 10,000 rows of a table, or files of a folder or bucket, that went together.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ArchivePart {
    /// The class of its keys; in its name stands the year in which it ends.
    pub class: String,
    /// What the hash of its plan begins with.
    pub plan: String,
    /// The source; null where that is not known without opening it.
    pub source: Option<String>,
    /// The table; null for files and objects, and where it is not known without opening it.
    pub table: Option<String>,
    /// Rows, or files.
    pub rows: Option<u64>,
    /// The paths or keys of the files and objects, where they were asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
}

/// What was brought back.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct BroughtBack {
    /// `dataward/archive-restore@1`.
    pub schema: &'static str,
    /// Where it was.
    pub place: String,
    /// Rows, or one for a file.
    pub rows: u64,
    /// The file that holds it now.
    pub file: String,
    /// Of a file or object: versions of it in the archive; the newest was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub versions: Option<u64>,
    /// Parts of the archive that could not be opened, as their key is gone or they are damaged: what is in these is not
    /// among what was brought back.
    pub unopened: u64,
    /// The entry in the evidence log.
    pub log_index: u64,
}

/// Lists the archives; only of `place` (`SOURCE` or `SOURCE.TABLE`) where one is given. With `names` each is opened, and
/// files and objects are named.
///
/// # Errors
/// When `names` is asked for and the keys can't be unlocked.
pub async fn list_archives(
    project: &Project,
    place: Option<&str>,
    names: bool,
    ask: &AskSecret<'_>,
) -> Result<ArchiveReport, AppError> {
    let wanted = place.map(|place| split(project, place)).transpose()?;
    let archive = if names { Some(open(project, ask).await?) } else { None };
    let mut report = ArchiveReport { schema: "dataward/archive@1", parts: Vec::new() };
    for part in archive::parts(&folder(project)) {
        // One whose key was destroyed holds nothing any more.
        let rows = archive.as_ref().and_then(|archive| archive.read(&part.file).ok());
        let whence = whence(project, &part, rows.as_ref())?;
        let is_wanted = |(source, rest): &(SourceId, String)| {
            let table = whence.table.as_deref();
            let of_source = whence.source.as_ref().is_none_or(|known| known == source);
            of_source && (rest.is_empty() || table.is_none_or(|table| table == STORED || table == rest))
        };
        if !wanted.as_ref().is_none_or(is_wanted) {
            continue;
        }
        report.parts.push(ArchivePart {
            files: rows.iter().filter(|_| whence.is_stored()).flat_map(files_in).collect(),
            rows: rows.as_ref().map(|rows| rows.num_rows() as u64).or(whence.rows),
            source: whence.source.map(|source| source.to_string()),
            table: whence.table.filter(|table| table != STORED),
            plan: part.plan,
            class: part.class,
        });
    }
    Ok(report)
}

/// Brings back the file or object `place` (`SOURCE.PATH`), or the rows of the table `place` (`SOURCE.TABLE`) of which the
/// columns have these values, into the new file `out`: a file as it was, rows as JSON, one on a line, each value as the
/// database wrote it.
///
/// # Errors
/// When nothing of the sort is in the archives, `out` is there already, or the keys can't be unlocked.
pub async fn restore_archived(
    project: &Project,
    place: &str,
    values: &[(String, String)],
    out: &Path,
    ask: &AskSecret<'_>,
    clock: &dyn Clock,
) -> Result<BroughtBack, AppError> {
    let (source, rest) = split(project, place)?;
    if rest.is_empty() {
        return Err(AppError::usage_hint("say which table or file of the source", "write SOURCE.TABLE or SOURCE.PATH"));
    }
    let archive = open(project, ask).await?;
    let (mut rows, mut versions, mut unopened) = (Vec::new(), Vec::new(), 0);
    let mut known = KnownColumns::default();
    for part in archive::parts(&folder(project)) {
        let told = whence(project, &part, None)?;
        if told.source.as_ref().is_some_and(|known| *known != source)
            || told.table.as_deref().is_some_and(|table| table != STORED && table != rest)
        {
            continue;
        }
        let Ok(found) = archive.read(&part.file) else {
            unopened += 1;
            continue;
        };
        let whence = whence(project, &part, Some(&found))?;
        if whence.source.as_ref() != Some(&source) {
            continue;
        }
        match whence.is_stored() {
            true => versions.extend(versions_of(&found, &rest).into_iter().map(|one| (one, part.class.clone()))),
            false if whence.table.as_deref() == Some(&rest) => rows.extend(rows_with(&found, values, &mut known)),
            false => {}
        }
    }
    // Columns come and go: each part has those of its day.
    known.check(values)?;
    // Of the same second the last is the newest: they were archived as the store lists them.
    versions.sort_by_key(|((written, is_latest, _), _)| (*written, *is_latest));
    let newest = versions.last().map(|((.., name), class)| (name.clone(), class.clone()));
    if newest.is_none() && rows.is_empty() {
        let closed = match unopened {
            0 => String::new(),
            _ => format!("; {} could not be opened", counted(unopened, "part", "parts")),
        };
        return Err(AppError::usage_hint(
            format!("nothing of `{place}` that was asked for is in the archives{closed}"),
            "dataward retain archive list --names",
        ));
    }
    let cannot = |error: std::io::Error| AppError::usage(format!("cannot write `{}`: {error}", out.display()));
    // Looked through before: what can't be opened leaves no trace.
    if let Some((name, class)) = &newest {
        archive.open_content(class, name, &mut std::io::sink())?;
    }
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(out).map_err(cannot)?;
    let count = if newest.is_some() { 1 } else { rows.len() as u64 };
    // Of a file the source alone: its name may name a person.
    let what = if newest.is_some() { source.to_string() } else { place.to_owned() };
    let event = Event::Retention(Retention {
        action: "archive-restore".to_owned(),
        object: what.clone(),
        planned_by: None,
        rows: [(what, count)].into(),
        skipped: Default::default(),
    });
    // The log first: nothing comes back unseen.
    let store = project.store().await?;
    let indexes = match evidence_log::record_all(project, &store, vec![event], clock.now()).await {
        Ok(indexes) => indexes,
        Err(error) => {
            drop(fs_err::remove_file(out));
            return Err(error);
        }
    };
    let mut file = BufWriter::new(file);
    match &newest {
        Some((name, class)) => archive.open_content(class, name, &mut file)?,
        None => {
            for row in &rows {
                writeln!(file, "{}", serde_json::Value::Object(row.clone())).map_err(cannot)?;
            }
        }
    }
    file.into_inner().map_err(|error| cannot(error.into_error()))?.sync_all().map_err(cannot)?;
    Ok(BroughtBack {
        schema: "dataward/archive-restore@1",
        place: place.to_owned(),
        rows: count,
        file: out.display().to_string(),
        versions: newest.map(|_| versions.len() as u64),
        unopened,
        log_index: indexes.first().copied().unwrap_or_default(),
    })
}

fn folder(project: &Project) -> PathBuf {
    project.state_dir().join("archive")
}

async fn open(project: &Project, ask: &AskSecret<'_>) -> Result<Archive, AppError> {
    let (_, keys, _) = KeyFolder::find(None, Some(project.clone()))?.unlock(ask).await?;
    Ok(Archive::new(folder(project), keys))
}

fn split(project: &Project, place: &str) -> Result<(SourceId, String), AppError> {
    let (source, rest) = place.split_once('.').unwrap_or((place, ""));
    let declared = project.policy.sources.keys().find(|id| id.as_str() == source).cloned();
    // One that the policy file has no more, or under another name.
    let archived = || {
        let parts = archive::parts(&folder(project));
        let sources = parts.iter().filter_map(|part| whence(project, part, None).ok()?.source);
        sources.into_iter().find(|id| id.as_str() == source)
    };
    let known = declared.or_else(archived).ok_or_else(|| {
        AppError::usage_hint(
            format!("`{source}` is no source of the policy file, and nothing of it is in the archives"),
            "write SOURCE.TABLE or SOURCE.PATH",
        )
    })?;
    Ok((known, rest.to_owned()))
}

/// Where the rows of a part came from.
#[derive(Default)]
struct Whence {
    source: Option<SourceId>,
    table: Option<String>,
    rows: Option<u64>,
}

impl Whence {
    fn is_stored(&self) -> bool {
        self.table.as_deref() == Some(STORED)
    }
}

/// By what lies beside the part; for older parts by their plan, and by their columns where these were opened.
fn whence(project: &Project, part: &Part, rows: Option<&RecordBatch>) -> Result<Whence, AppError> {
    if let Some(subjects) = part.subjects(&erasure_folder::key(project)?) {
        return Ok(Whence { source: Some(subjects.source), table: Some(subjects.table), rows: Some(subjects.rows) });
    }
    let plans = fs_err::read_dir(plan_folder::folder(project)).into_iter().flatten().flatten();
    let mut names = plans.filter_map(|file| file.file_name().into_string().ok());
    let hash = names
        .find_map(|name| name.strip_suffix(".json").filter(|hash| hash.starts_with(&part.plan)).map(str::to_owned));
    let Some(plan) = hash.and_then(|hash| plan_folder::load(project, &hash).ok()) else { return Ok(Whence::default()) };
    Ok(by_plan(&plan, part, rows))
}

fn by_plan(plan: &Plan, part: &Part, rows: Option<&RecordBatch>) -> Whence {
    let has_columns = |step: &&dataward_retain::plan::Step| {
        rows.is_none_or(|rows| step.table.columns.iter().all(|column| rows.column_by_name(&column.name).is_some()))
    };
    let of_class = plan.steps.iter().filter(|step| step.archive.as_deref() == Some(part.class.as_str()));
    let mut places: Vec<(&SourceId, &String)> =
        of_class.filter(has_columns).map(|step| (&step.source, &step.table.name)).collect();
    places.dedup();
    match places[..] {
        [(source, table)] => Whence { source: Some(source.clone()), table: Some(table.clone()), rows: None },
        _ => Whence::default(),
    }
}

fn texts<'a>(rows: &'a RecordBatch, column: &str) -> impl Iterator<Item = String> + 'a {
    let texts = rows.column_by_name(column).and_then(|column| column.as_any().downcast_ref::<StringArray>());
    texts.into_iter().flatten().map(|text| text.unwrap_or_default().to_owned())
}

/// The paths of what was copied: what was changed or removed by then has no copy.
fn files_in(rows: &RecordBatch) -> Vec<String> {
    let copied = texts(rows, "path").zip(texts(rows, "archived_as")).filter(|(_, name)| !name.is_empty());
    copied.map(|(path, _)| path).collect()
}

/// The copies of a file or object: when it was written, whether it was what a plain read gave, and the name of the copy.
fn versions_of(rows: &RecordBatch, path: &str) -> Vec<(i64, bool, String)> {
    let all =
        texts(rows, "path").zip(texts(rows, "written")).zip(texts(rows, "latest")).zip(texts(rows, "archived_as"));
    let of_path = all.filter(|(((known, _), _), name)| known == path && !name.is_empty());
    of_path.map(|(((_, written), latest), name)| (written.parse().unwrap_or_default(), latest == "1", name)).collect()
}

type Row = serde_json::Map<String, serde_json::Value>;

/// The columns of the parts that were looked through.
#[derive(Default)]
struct KnownColumns {
    /// By their names.
    names: Vec<String>,
}

impl KnownColumns {
    fn check(&self, values: &[(String, String)]) -> Result<(), AppError> {
        match values.iter().find(|(column, _)| !self.names.is_empty() && !self.names.contains(column)) {
            None => Ok(()),
            Some((column, _)) => Err(AppError::usage_hint(
                format!("no column `{column}` was archived"),
                format!("known: {}", self.names.join(", ")),
            )),
        }
    }
}

/// The rows of which these columns have these values; none of a part without such a column.
fn rows_with(rows: &RecordBatch, values: &[(String, String)], known: &mut KnownColumns) -> Vec<Row> {
    for field in rows.schema_ref().fields() {
        if !known.names.contains(field.name()) {
            known.names.push(field.name().clone());
        }
    }
    let columns: Option<Vec<(&StringArray, &str)>> = values
        .iter()
        .map(|(column, value)| Some((rows.column_by_name(column)?.as_any().downcast_ref()?, value.as_str())))
        .collect();
    let Some(columns) = columns else { return Vec::new() };
    let is_it = |at: &usize| columns.iter().all(|(column, value)| column.is_valid(*at) && column.value(*at) == *value);
    let row_at = |at: usize| {
        let cell = |(field, column): (&Arc<Field>, &ArrayRef)| {
            let texts = column.as_any().downcast_ref::<StringArray>();
            let text = texts.filter(|texts| texts.is_valid(at)).map(|texts| texts.value(at));
            (field.name().clone(), text.map_or(serde_json::Value::Null, Into::into))
        };
        rows.schema_ref().fields().iter().zip(rows.columns()).map(cell).collect()
    };
    (0..rows.num_rows()).filter(is_it).map(row_at).collect()
}
