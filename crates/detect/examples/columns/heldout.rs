//! Columns that nothing was fitted on: `bench/columns/heldout.py` writes them, one table a line.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::Int64Array;
use arrow_array::RecordBatch;
use arrow_array::StringArray;
use dataward_detect::Detector;
use dataward_model::Category;
use dataward_model::ColumnHead;
use dataward_model::TableHead;
use serde::Deserialize;

use crate::generate::Label;
use crate::generate::LabelledTable;
use crate::generate::STYLES;

#[derive(Deserialize)]
struct Table {
    table: String,
    part: String,
    style: String,
    locale: String,
    generator: String,
    columns: Vec<Column>,
    cells: Vec<Vec<Option<String>>>,
}

#[derive(Deserialize)]
struct Column {
    name: String,
    #[serde(rename = "type")]
    declared_type: String,
    category: Option<String>,
    hard: bool,
    debatable: bool,
    kind: String,
}

/// The tables of one part, `seen` or `unseen`.
pub(crate) fn tables(detector: &Detector, file: &str, part: &str) -> Vec<LabelledTable> {
    let text = std::fs::read_to_string(file).expect("the file is there: bench/columns/heldout.py writes it");
    let tables = text.lines().map(|line| serde_json::from_str::<Table>(line).expect("each line is a table"));
    tables.filter(|table| table.part == part).map(|table| profile(detector, table)).collect()
}

fn profile(detector: &Detector, table: Table) -> LabelledTable {
    let style = STYLES
        .into_iter()
        .find(|style| format!("{style:?}").eq_ignore_ascii_case(&table.style))
        .expect("the script writes the four styles");
    let heads = table.columns.iter().map(|column| ColumnHead::new(&column.name, &column.declared_type)).collect();
    let mut labels = BTreeMap::new();
    let mut arrays: Vec<(String, ArrayRef, bool)> = Vec::new();
    for (column, cells) in table.columns.into_iter().zip(&table.cells) {
        let texts = || cells.iter().map(Option::as_deref);
        let array: ArrayRef = if column.declared_type == "bigint" {
            Arc::new(texts().map(|cell| cell.and_then(|cell| cell.parse().ok())).collect::<Int64Array>())
        } else {
            Arc::new(texts().collect::<StringArray>())
        };
        arrays.push((column.name.clone(), array, true));
        let category = column.category.map(|key| Category::parse(&key).expect("labels are known categories"));
        let label = Label {
            category,
            debatable: column.debatable,
            hard_negative: column.hard,
            style,
            kind: format!("{} [{} {}]", column.kind, table.locale, table.generator),
        };
        labels.insert(column.name, label);
    }
    let mut profile = detector.profile(&TableHead::table(table.table, heads));
    profile.update(detector, &RecordBatch::try_from_iter_with_nullable(arrays).expect("columns are equally long"));
    LabelledTable { profile, labels }
}
