//! What was seen of a table so far: counts, a sample of distinct values and scores.
//!
//! The sample holds raw values (at most 512 KiB a column): a profile lives only inside one scan,
//! is never written anywhere, and prints nothing of it.

use std::collections::BTreeMap;
use std::fmt;

use arrow_array::Array;
use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_schema::DataType;
use dataward_model::Category;
use dataward_model::ColumnHead;
use dataward_model::Sketch;
use dataward_model::TableHead;
use dataward_model::TableShape;

use crate::Detector;
use crate::TableVerdict;
use crate::classify;
use crate::column::ColumnProfile;
use crate::column::identity;

/// Who is in a column, without a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentitySketch {
    /// The column; empty for the text of a document.
    pub column: String,
    /// What its values are.
    pub category: Category,
    /// Different values, estimated.
    pub distinct: u64,
    /// The sketch.
    pub sketch: Sketch,
}

/// What was seen of a table so far. Memory is bounded for each column whatever is fed.
///
/// Merging is associative and commutative: a table may be split into any parts, profiled anywhere
/// and merged, and gives the same verdict.
#[derive(Clone)]
pub struct TableProfile {
    head: TableHead,
    rows: u64,
    columns: BTreeMap<String, ColumnProfile>,
    document: BTreeMap<Category, u64>,
    /// Who is named in a document, by category.
    people: BTreeMap<Category, Sketch>,
}

impl TableProfile {
    pub(crate) fn new(head: &TableHead) -> Self {
        Self {
            head: head.clone(),
            rows: 0,
            columns: BTreeMap::new(),
            document: BTreeMap::new(),
            people: BTreeMap::new(),
        }
    }

    /// Looks at a batch; columns are matched by name. Fields of structs become columns of their
    /// own, named `outer.inner`.
    pub fn update(&mut self, detector: &Detector, batch: &RecordBatch) {
        for (field, array) in batch.schema_ref().fields().iter().zip(batch.columns()) {
            self.update_column(detector, field.name(), array.as_ref());
        }
        self.rows += batch.num_rows() as u64;
    }

    fn update_column(&mut self, detector: &Detector, name: &str, array: &dyn Array) {
        match array.data_type() {
            DataType::Struct(fields) => {
                for (field, inner) in fields.iter().zip(array.as_struct().columns()) {
                    self.update_column(detector, &format!("{name}.{}", field.name()), inner.as_ref());
                }
            }
            DataType::List(item) if matches!(item.data_type(), DataType::Struct(_)) => {
                self.update_column(detector, &format!("{name}[]"), array.as_list::<i32>().values().as_ref());
            }
            _ if self.head.shape == TableShape::Document => self.update_document(detector, name, array),
            _ => self.columns.entry(name.to_owned()).or_default().update(detector, array),
        }
    }

    fn update_document(&mut self, detector: &Detector, name: &str, array: &dyn Array) {
        self.columns.entry(name.to_owned()).or_default().update(detector, array);
        let mut count = |text: &str| {
            for span in detector.spans(text) {
                if let (Some(key), true) = (detector.sketch_key(), identity::identifies(&span.category)) {
                    let sketch = self.people.entry(span.category.clone()).or_default();
                    identity::see(sketch, key, text.get(span.start..span.end).unwrap_or_default());
                }
                *self.document.entry(span.category).or_default() += 1;
            }
        };
        match array.data_type() {
            DataType::Utf8 => array.as_string::<i32>().iter().flatten().for_each(&mut count),
            DataType::LargeUtf8 => array.as_string::<i64>().iter().flatten().for_each(&mut count),
            DataType::Utf8View => array.as_string_view().iter().flatten().for_each(&mut count),
            _ => {}
        }
    }

    /// Adds what another profile of the same table saw.
    pub fn merge(&mut self, other: Self) {
        self.rows += other.rows;
        for column in other.head.columns {
            if !self.head.columns.iter().any(|known| known.name == column.name) {
                self.head.columns.push(column);
            }
        }
        for (name, column) in other.columns {
            self.columns.entry(name).or_default().merge(column);
        }
        for (category, sketch) in &other.people {
            self.people.entry(category.clone()).or_default().merge(sketch);
        }
        for (category, count) in other.document {
            *self.document.entry(category).or_default() += count;
        }
    }

    /// Rows seen so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The table's head, as it was announced.
    pub fn head(&self) -> &TableHead {
        &self.head
    }

    /// Spans of personal data counted over a whole document, by category. Empty for tables.
    pub fn document_counts(&self) -> Vec<(Category, u64)> {
        self.document.iter().map(|(category, &count)| (category.clone(), count)).collect()
    }

    /// Sketches of the people in the table: one for each column whose values tell people apart, as
    /// `verdict` has it, and for a document one for each such category in it. None without a key.
    pub fn sketches(&self, verdict: &TableVerdict) -> Vec<IdentitySketch> {
        let columns = verdict.columns.iter().filter_map(|column| {
            let category = column.category.as_ref().filter(|category| identity::identifies(category))?;
            let sketch = &self.columns.get(&column.column)?.identity;
            Some((column.column.clone(), category, column.distinct, sketch))
        });
        let within = self.people.iter().map(|(category, sketch)| {
            let count = self.document.get(category).copied().unwrap_or_default();
            (String::new(), category, count, sketch)
        });
        let all = columns.chain(within).filter(|(.., sketch)| !sketch.is_empty());
        all.map(|(column, category, distinct, sketch)| IdentitySketch {
            column,
            category: category.clone(),
            distinct,
            sketch: sketch.clone(),
        })
        .collect()
    }

    /// What the table holds, from what was seen so far.
    pub fn verdict(&self, detector: &Detector) -> TableVerdict {
        classify::table(self, detector)
    }

    /// The columns with their heads: announced ones in order, then later ones by name.
    pub(crate) fn columns(&self) -> Vec<(ColumnHead, Option<&ColumnProfile>)> {
        let announced = self.head.columns.iter().map(|head| (head.clone(), self.columns.get(&head.name)));
        let later = self.columns.iter().filter(|(name, _)| !self.head.columns.iter().any(|head| head.name == **name));
        announced.chain(later.map(|(name, profile)| (ColumnHead::new(name, ""), Some(profile)))).collect()
    }
}

impl fmt::Debug for TableProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TableProfile").field("table", &self.head.name).field("rows", &self.rows).finish_non_exhaustive()
    }
}
