//! How much a hold covers when it is placed, and whether what it names is there.

use dataward_connect::amend::Catalogue;
use dataward_connect::amend::TableFacts;
use dataward_connect::amend::stored::is_stored;
use dataward_model::SourceId;
use dataward_retain::hold::Holds;
use dataward_retain::hold_book::HoldBook;
use dataward_retain::same_value::wanted;
use dataward_store::StoredHold;

use crate::AppError;
use crate::Project;
use crate::bind_references::references;
use crate::bind_retention::open;
use crate::hold_places;

/// Rows that a hold covers, and in how many of them what is held was found; or why nobody can tell.
pub(crate) type Counted = Result<(u64, u64), String>;

/// How many rows, files and objects a hold covers by itself, what hangs on them not counted; into `not_followed` goes what
/// it seems not to reach. A source that does not
/// answer must not keep a hold from being placed.
pub(crate) async fn rows_covered(
    project: &Project,
    book: &HoldBook<'_>,
    hold: &StoredHold,
    not_followed: &mut Vec<String>,
) -> Result<Counted, AppError> {
    let mut rows = (0, 0);
    let is_of = |id: &&SourceId| hold.source.as_ref().is_none_or(|of| of == *id);
    for id in project.policy.sources.keys().filter(is_of) {
        let holds = book.stopped(id, std::slice::from_ref(hold)).await?;
        match rows_of_source(project, (id, hold), &holds, not_followed).await? {
            Ok(more) => rows = (rows.0 + more.0, rows.1 + more.1),
            Err(why) => return Ok(Err(why)),
        }
    }
    Ok(Ok(rows))
}

async fn rows_of_source(
    project: &Project,
    (source, hold): (&SourceId, &StoredHold),
    holds: &Holds,
    not_followed: &mut Vec<String>,
) -> Result<Counted, AppError> {
    let unknown = |why: String| Ok(Err(format!("`{source}`: {why}")));
    let Some(declared) = project.policy.sources.get(source) else { return unknown("it is no longer declared".into()) };
    let (amend, catalogue) = match open(project, declared).await {
        Ok(opened) => opened,
        Err(error) => return unknown(error.to_string()),
    };
    if let (Some(name), false) = (&hold.table, is_stored(catalogue.kind)) {
        check_rows(source, name, holds, &catalogue)?;
    }
    if let (Some(name), true) = (&hold.table, is_stored(catalogue.kind)) {
        match hold_places::is_found(amend.as_ref(), &catalogue, Some(name)).await {
            Ok(true) => {}
            Ok(false) => {
                return Err(AppError::usage_hint(
                    format!("`{source}` has no file or folder `{name}`: a hold on it would hold nothing"),
                    format!("what is yet to come is covered by a pattern: --place '{source}.{name}*'"),
                ));
            }
            Err(error) => return unknown(error.to_string()),
        }
    }
    let seem = holds.not_followed(&catalogue, &references(project, source, &catalogue)?);
    not_followed.extend(seem.into_iter().map(|(table, column)| format!("{source}.{table}.{column}")));
    let (mut rows, mut found) = (0, 0);
    let names = |table: &&TableFacts| {
        is_stored(catalogue.kind)
            || holds.names(&table.name)
            || catalogue.ancestors(table).into_iter().any(|above| holds.names(above))
    };
    for table in catalogue.tables.iter().filter(names) {
        match amend.count(table, &holds.condition(&catalogue, &[], table)).await {
            Ok(covered) if covered > 0 => {
                rows += covered;
                match amend.count(table, &holds.found(&catalogue, table)).await {
                    Ok(with_value) => found += with_value,
                    Err(error) => return unknown(format!("table {}: {error}", table.name)),
                }
            }
            Ok(_) => {}
            Err(error) => return unknown(format!("table {}: {error}", table.name)),
        }
    }
    Ok(Ok((rows, found)))
}

/// Refuses a table or a column that is not there, and what can't stand in it.
fn check_rows(source: &SourceId, name: &str, holds: &Holds, catalogue: &Catalogue) -> Result<(), AppError> {
    let Some(table) = catalogue.table(name) else {
        return Err(AppError::usage_hint(
            format!("`{source}` has no table `{name}`: a hold on it would hold nothing"),
            format!("dataward inventory --source {source}"),
        ));
    };
    let unknown = |column: &&str| table.columns.iter().all(|known| known.name != *column);
    if let Some(unknown) = holds.columns().find(unknown) {
        let known: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        return Err(AppError::usage_hint(
            format!("`{source}.{name}` has no column `{unknown}`: a hold by it would hold nothing"),
            format!("known: {}", known.join(", ")),
        ));
    }
    for (column, value) in holds.values() {
        let Some(facts) = table.column(column) else { continue };
        if let Some(wanted) = wanted(catalogue.kind, &facts.sql_type, value) {
            return Err(AppError::usage_hint(
                format!(
                    "the value for `{source}.{name}.{column}` can't stand there: a hold by it would hold nothing; the \
                     column ({}) holds {wanted}",
                    facts.sql_type
                ),
                format!("--where {column}=VALUE"),
            ));
        }
    }
    Ok(())
}
