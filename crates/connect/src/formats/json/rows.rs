//! Flattens JSON values into the columns of a row.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::RecordBatch;
use arrow_array::RecordBatchOptions;
use arrow_array::builder::ListBuilder;
use arrow_array::builder::StringBuilder;
use arrow_schema::DataType;
use arrow_schema::Field;
use arrow_schema::Schema;
use dataward_model::ColumnHead;

use super::ahead::are_data;
use super::parser::Next;
use super::parser::Parser;
use super::parser::Scalar;
use crate::ConnectError;
use crate::formats::header::is_known_name;
use crate::formats::text_columns::Repair;
use crate::formats::text_columns::TextColumns;
use crate::formats::valued_names::is_person;

/// Rows of one table. What stands once in a row is text in a column named by its dotted path; what
/// may stand several times, inside arrays, is a list of texts in a column like `items[].sku`.
pub(super) struct Rows {
    texts: TextColumns,
    lists: BTreeMap<String, ListColumn>,
    bytes: usize,
    row_bytes: usize,
    longest_row: usize,
    /// Rows that were so long that their end was left out.
    pub(super) cut_rows: u64,
    path: String,
    /// By path, whether the last key is a name of a field.
    fields: HashMap<String, bool>,
}

struct ListColumn {
    builder: ListBuilder<StringBuilder>,
    /// Rows that are finished.
    rows: usize,
    any_in_row: bool,
}

impl Rows {
    /// No rows yet. A row keeps at most about `longest_row` bytes.
    pub(super) fn new(longest_row: usize) -> Self {
        Self {
            texts: TextColumns::new([], Repair::Replace),
            lists: BTreeMap::new(),
            bytes: 0,
            row_bytes: 0,
            longest_row,
            cut_rows: 0,
            path: String::new(),
            fields: HashMap::new(),
        }
    }

    /// The columns so far.
    pub(super) fn heads(&self) -> Vec<ColumnHead> {
        let lists = self.lists.keys().map(|name| ColumnHead::new(name.clone(), "text[]"));
        self.texts.heads().into_iter().chain(lists).collect()
    }

    /// Rows in the batch so far.
    pub(super) fn len(&self) -> usize {
        self.texts.rows()
    }

    /// Whether the batch is large enough to be sent.
    pub(super) fn is_full(&self, batch_bytes: usize) -> bool {
        self.texts.is_full(batch_bytes) || self.bytes >= batch_bytes
    }

    /// Takes the next value of `parser` as a row.
    pub(super) fn row(&mut self, parser: &mut Parser<'_>) -> Result<(), ConnectError> {
        self.path.clear();
        let result = match parser.next_value()? {
            Next::Array => self.columns_of_array(parser),
            _ => self.value(parser, false),
        };
        // Of a faulty row we keep what came before the fault, if anything did.
        if result.is_ok() || self.has_open_row() {
            self.end_row();
        }
        result
    }

    /// Adds the next value of `parser` to the current row, as its column `key`.
    pub(super) fn member(&mut self, key: &str, parser: &mut Parser<'_>) -> Result<(), ConnectError> {
        self.path.clear();
        self.path.push_str(key);
        self.value(parser, false)
    }

    /// The same for a member whose key, just read, is itself data.
    pub(super) fn keyed_member(&mut self, prefix: &str, parser: &mut Parser<'_>) -> Result<(), ConnectError> {
        self.path.clear();
        self.path.push_str(prefix);
        self.data_key(parser);
        self.value(parser, true)
    }

    /// Whether the current row has anything yet.
    pub(super) fn has_open_row(&self) -> bool {
        self.row_bytes > 0
    }

    /// Ends the current row.
    pub(super) fn end_row(&mut self) {
        if self.row_bytes > self.longest_row {
            self.cut_rows += 1;
        }
        self.row_bytes = 0;
        self.texts.end_row();
        let rows = self.texts.rows();
        for list in self.lists.values_mut() {
            if std::mem::take(&mut list.any_in_row) {
                list.builder.append(true);
                list.rows = rows;
            }
        }
    }

    /// The batch; the next one begins.
    pub(super) fn flush(&mut self) -> RecordBatch {
        let rows = self.texts.rows();
        self.bytes = 0;
        let texts = self.texts.flush();
        let mut fields: Vec<Field> = texts.schema().fields().iter().map(|field| field.as_ref().clone()).collect();
        let mut arrays: Vec<ArrayRef> = texts.columns().to_vec();
        for (name, list) in &mut self.lists {
            list.pad(rows);
            list.rows = 0;
            let item = Field::new_list_field(DataType::Utf8, true);
            fields.push(Field::new_list(name, item, true));
            arrays.push(Arc::new(list.builder.finish()));
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options)
            .expect("every column was padded to the same number of rows")
    }

    /// `[1, "Ada"]` as a row: the columns have numbers only.
    fn columns_of_array(&mut self, parser: &mut Parser<'_>) -> Result<(), ConnectError> {
        parser.open()?;
        let mut number = 0;
        while parser.next_element(number == 0)? {
            number += 1;
            self.path.clear();
            if number <= MOST_COLUMNS {
                self.path.push_str(&format!("column_{number}"));
                self.value(parser, false)?;
            } else {
                self.path.push_str(BEYOND);
                self.value(parser, true)?;
            }
        }
        Ok(())
    }

    fn value(&mut self, parser: &mut Parser<'_>, repeated: bool) -> Result<(), ConnectError> {
        match parser.next_value()? {
            Next::Scalar => {
                if parser.scalar()? == Scalar::Text {
                    self.put(&parser.text, repeated);
                } else if !repeated && self.texts.width() < MOST_COLUMNS {
                    // The column exists even if it is null throughout.
                    self.texts.index_of(column_of(&self.path));
                }
                Ok(())
            }
            Next::Array => {
                let length = self.path.len();
                self.path.push_str("[]");
                parser.open()?;
                let mut first = true;
                while parser.next_element(first)? {
                    first = false;
                    self.value(parser, true)?;
                }
                self.path.truncate(length);
                Ok(())
            }
            Next::Object => self.object(parser, repeated),
        }
    }

    fn object(&mut self, parser: &mut Parser<'_>, repeated: bool) -> Result<(), ConnectError> {
        let length = self.path.len();
        parser.open()?;
        let (mut first, mut is_list) = (true, false);
        while parser.next_key(first)? {
            first = false;
            if !self.path.is_empty() {
                self.path.push('.');
            }
            let named = self.is_field(parser, &mut is_list)?;
            if named {
                self.path.push_str(&String::from_utf8_lossy(&parser.text));
            } else {
                self.data_key(parser);
            }
            self.value(parser, repeated || !named)?;
            self.path.truncate(length);
        }
        Ok(())
    }

    /// Whether the key just read, of the object at the path so far, is a name somebody gave to a field. In an object that
    /// lists something (`is_list`) none is, whatever it looks like.
    fn is_field(&mut self, parser: &mut Parser<'_>, is_list: &mut bool) -> Result<bool, ConnectError> {
        if *is_list {
            return Ok(false);
        }
        let length = self.path.len();
        self.path.push_str(&String::from_utf8_lossy(&parser.text));
        let known = self.fields.get(&self.path).copied();
        let path = if known.is_none() { self.path.clone() } else { String::new() };
        self.path.truncate(length);
        if let Some(known) = known {
            *is_list = !known;
            return Ok(known);
        }
        if !names_a_column(&parser.text) {
            return Ok(false);
        }
        let key = parser.text.clone();
        // So many keys are data: nothing ahead tells more.
        let is_full = self.fields.len() >= MOST_COLUMNS;
        let is_field = is_known_name(&String::from_utf8_lossy(&key)) || !is_full && !are_data(&key, parser.ahead()?);
        *is_list = !is_field;
        if !is_full {
            self.fields.insert(path, is_field);
        }
        Ok(is_field)
    }

    /// The same for a key of the document, whose object is at `prefix`.
    pub(super) fn is_member(
        &mut self,
        prefix: &str,
        parser: &mut Parser<'_>,
        is_list: &mut bool,
    ) -> Result<bool, ConnectError> {
        self.path.clear();
        self.path.push_str(prefix);
        self.is_field(parser, is_list)
    }

    /// A key that is data goes into a column, not into the name of one.
    fn data_key(&mut self, parser: &Parser<'_>) {
        self.path.push_str("*key");
        self.put(&parser.text, true);
        self.path.truncate(self.path.len() - "key".len());
    }

    fn put(&mut self, text: &[u8], repeated: bool) {
        self.row_bytes += text.len() + 16;
        if self.row_bytes > self.longest_row {
            return;
        }
        self.bytes += text.len() + 16;
        let is_new = || self.texts.width() + self.lists.len() >= MOST_COLUMNS;
        if repeated || is_new() {
            let name = if is_new() && !self.lists.contains_key(&self.path) { BEYOND } else { column_of(&self.path) };
            let rows = self.texts.rows();
            let list = self.lists.entry(name.to_owned()).or_insert_with(ListColumn::new);
            list.pad(rows);
            list.any_in_row = true;
            list.builder.values().append_value(String::from_utf8_lossy(text));
            return;
        }
        let mut column = self.texts.index_of(column_of(&self.path));
        let mut times = 2;
        while self.texts.has_cell(column) {
            // The same key again in one object.
            column = self.texts.index_of(&format!("{}#{times}", column_of(&self.path)));
            times += 1;
        }
        self.texts.cell(column, text);
    }
}

impl ListColumn {
    fn new() -> Self {
        Self { builder: ListBuilder::new(StringBuilder::new()), rows: 0, any_in_row: false }
    }

    fn pad(&mut self, rows: usize) {
        while self.rows < rows {
            self.builder.append(false);
            self.rows += 1;
        }
    }
}

/// A row that is a scalar has no path.
fn column_of(path: &str) -> &str {
    if path.is_empty() { "value" } else { path }
}

/// Whether a key is a name somebody gave to a field, rather than an address, a number or a person.
pub(super) fn names_a_column(key: &[u8]) -> bool {
    let Ok(key) = std::str::from_utf8(key) else { return false };
    let digits = key.bytes().filter(u8::is_ascii_digit).count();
    let letters = key.chars().filter(|character| character.is_alphabetic()).count();
    !key.is_empty()
        && key.len() <= 64
        && letters > 0
        && digits <= letters.min(6)
        && !key.contains(['@', '\n'])
        && !key.contains("://")
        && !is_person(key)
}

/// Above this, what the keys of an object are is data.
const MOST_COLUMNS: usize = 2000;
/// Where the values of columns go that are too many.
const BEYOND: &str = "further keys[]";
