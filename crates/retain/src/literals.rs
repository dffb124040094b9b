//! Values of SQLite, whose gate gives literals since a cell there may hold anything.

use std::borrow::Cow;
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::RecordBatch;
use arrow_array::StringArray;
use arrow_schema::Field;

use crate::error::RetainError;

/// The text behind a literal of a text; other literals as they are.
pub(crate) fn bare(literal: &str) -> Cow<'_, str> {
    let quoted = literal.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    quoted.map_or(Cow::Borrowed(literal), |inner| Cow::Owned(inner.replace("''", "'")))
}

/// `rows` of literals with texts bare, so that people and programs can read them, and nothing is lost: a text that
/// would then read as a number, a blob or a quoted text keeps its quotes. In columns of texts no number can be.
///
/// # Errors
/// When a column holds no texts.
pub(crate) fn readable(rows: &RecordBatch) -> Result<RecordBatch, RetainError> {
    let schema = rows.schema();
    let columns = schema.fields().iter().zip(rows.columns()).map(|(field, column)| {
        let texts = column.as_any().downcast_ref::<StringArray>();
        let texts = texts.ok_or_else(|| RetainError::Internal(format!("`{}` holds no texts", field.name())))?;
        let texts: StringArray = texts.iter().map(|text| text.map(|text| readable_cell(field, text))).collect();
        Ok(Arc::new(texts) as ArrayRef)
    });
    let columns = columns.collect::<Result<Vec<_>, RetainError>>()?;
    RecordBatch::try_new(rows.schema(), columns).map_err(|error| RetainError::Internal(error.to_string()))
}

fn readable_cell<'a>(field: &Field, literal: &'a str) -> Cow<'a, str> {
    let text = bare(literal);
    let is_blob = text.starts_with("X'") || text.starts_with("x'");
    let is_number = !has_text_affinity(field) && text.trim().parse::<f64>().is_ok();
    match literal.starts_with('\'') && (text.starts_with('\'') || is_blob || is_number) {
        true => Cow::Borrowed(literal),
        false => text,
    }
}

/// By the rules of SQLite (<https://www.sqlite.org/datatype3.html>, 3.1): INT goes before CHAR, CLOB, TEXT.
fn has_text_affinity(field: &Field) -> bool {
    let declared = field.metadata().get("sql_type").map(|declared| declared.to_uppercase()).unwrap_or_default();
    !declared.contains("INT") && ["CHAR", "CLOB", "TEXT"].iter().any(|word| declared.contains(word))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use arrow_schema::DataType;
    use arrow_schema::Schema;

    use super::*;

    fn shown(sql_type: &str, literals: &[Option<&str>]) -> Vec<String> {
        let metadata = HashMap::from([("sql_type".to_owned(), sql_type.to_owned())]);
        let field = Field::new("c", DataType::Utf8, true).with_metadata(metadata);
        let column: ArrayRef = Arc::new(StringArray::from(literals.to_vec()));
        let rows = RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![column]).unwrap();
        let readable = readable(&rows).unwrap();
        let texts = readable.column(0).as_any().downcast_ref::<StringArray>().unwrap();
        texts.iter().map(|text| text.unwrap_or("nothing").to_owned()).collect()
    }

    #[test]
    fn texts_are_bare_and_nothing_reads_as_something_else() {
        let names = shown("VARCHAR(80)", &[Some("'Zoë O''Neil'"), Some("'0815'"), None, Some("'NULL'")]);
        assert_eq!(names, ["Zoë O'Neil", "0815", "nothing", "NULL"]);
        assert_eq!(shown("TEXT", &[Some("X'00ff'"), Some("'X''00ff'''")]), ["X'00ff'", "'X''00ff'''"]);
        assert_eq!(shown("", &[Some("'0815'"), Some("815"), Some("'a'"), Some("1.5")]), ["'0815'", "815", "a", "1.5"]);
    }
}
