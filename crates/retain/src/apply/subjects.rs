//! The words of a part of the archive: those of its rows, and of the rows that these refer to.

use std::collections::BTreeSet;

use arrow_array::Array;
use arrow_array::RecordBatch;
use arrow_array::StringArray;
use dataward_connect::amend::ALIAS;
use dataward_connect::amend::ForeignKey;
use dataward_connect::amend::RowIdentity;
use dataward_connect::amend::Rows;
use dataward_connect::amend::Selection;
use dataward_connect::amend::Sql;
use dataward_connect::amend::stored::is_stored;
use dataward_model::SourceKind;
use futures::TryStreamExt;

use super::Apply;
use super::Target;
use crate::ErasureKey;
use crate::archive_subjects::Gatherer;
use crate::archive_subjects::Subjects;
use crate::dialect;
use crate::error::RetainError;
use crate::hold::LONGEST_PATH;
use crate::literals::readable;
use crate::plan::Step;

/// Values of a reference that are asked for in one statement.
const ASKED: usize = 500;

impl Apply<'_> {
    /// Who is in `rows`, which are archived now, and in what they refer to, as it is now.
    pub(super) async fn subjects(
        &self,
        step: &Step,
        target: &Target,
        rows: &RecordBatch,
        key: &ErasureKey,
    ) -> Result<Subjects, RetainError> {
        let mut gathered = Gatherer::new(step.source.clone(), step.table.name.clone(), rows.num_rows() as u64);
        if is_stored(target.source.kind()) {
            gathered.doubt();
        }
        let mut frontier = vec![(step.table.name.clone(), rows.clone())];
        for at in 0..=LONGEST_PATH {
            let mut next = Vec::new();
            for (child, rows) in frontier {
                // A hold on a table is one on those that inherit from it.
                let above = target.catalogue.table(&child).map(|table| target.catalogue.ancestors(table));
                gathered.rows(&child, &above.unwrap_or_default(), &rows);
                if at == LONGEST_PATH {
                    continue;
                }
                let references = target.references.iter().filter(|key| key.child == child);
                for reference in references {
                    match parents(target, reference, &rows).await {
                        Ok(Some(parents)) if parents.num_rows() > 0 => next.push((reference.parent.clone(), parents)),
                        Ok(Some(_)) => {}
                        // What can't be told here stops no apply: a hold finds somebody in it who may not be there.
                        Ok(None) | Err(_) => gathered.doubt(),
                    }
                }
            }
            frontier = next;
        }
        Ok(gathered.finish(key))
    }
}

/// The rows that `rows` refer to; none when nobody can tell.
async fn parents(
    target: &Target,
    reference: &ForeignKey,
    rows: &RecordBatch,
) -> Result<Option<RecordBatch>, RetainError> {
    let Some(table) = target.catalogue.table(&reference.parent) else { return Ok(None) };
    if table.identity == RowIdentity::None {
        return Ok(None);
    }
    let columns: Option<Vec<&StringArray>> = reference
        .child_columns
        .iter()
        .map(|column| rows.column_by_name(column)?.as_any().downcast_ref::<StringArray>())
        .collect();
    let Some(columns) = columns else { return Ok(None) };
    let refers = |at: &usize| columns.iter().all(|column| column.is_valid(*at));
    let values: BTreeSet<Vec<&str>> =
        (0..rows.num_rows()).filter(refers).map(|at| columns.iter().map(|column| column.value(at)).collect()).collect();
    let values: Vec<Vec<&str>> = values.into_iter().collect();
    let mut found: Option<Rows> = None;
    for part in values.chunks(ASKED) {
        let selection = Selection::new(table, among(target.source.kind(), reference, part));
        let mut chunks = target.source.select(&selection).await?;
        while let Some(chunk) = chunks.try_next().await? {
            match &mut found {
                None => found = Some(chunk.rows),
                Some(found) => found.append(&chunk.rows),
            }
        }
    }
    let found = match found {
        Some(found) => target.source.fetch(table, &found).await?,
        None => return Ok(Some(RecordBatch::new_empty(rows.schema()))),
    };
    Ok(Some(if target.source.kind() == SourceKind::Sqlite { readable(&found)? } else { found }))
}

/// True of the rows of the parent with one of these values. Compared as they stand, so that its index serves.
fn among(kind: SourceKind, reference: &ForeignKey, values: &[Vec<&str>]) -> Sql {
    let column = |at: usize| format!("{ALIAS}.{}", dialect::identifier(kind, &reference.parent_columns[at]));
    let text = match reference.parent_columns.len() {
        1 => {
            let values: Vec<String> = values.iter().map(|value| dialect::literal(kind, value[0])).collect();
            format!("{} IN ({})", column(0), values.join(", "))
        }
        _ => {
            let one = |value: &Vec<&str>| {
                let same = |(at, text): (usize, &&str)| format!("{} = {}", column(at), dialect::literal(kind, text));
                format!("({})", value.iter().enumerate().map(same).collect::<Vec<_>>().join(" AND "))
            };
            values.iter().map(one).collect::<Vec<_>>().join(" OR ")
        }
    };
    Sql::from_trusted(text)
}
