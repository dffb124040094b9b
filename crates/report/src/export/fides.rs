//! The inventory as Fides datasets: YAML that Fides and Fideslang read.

use std::fmt::Write;

use dataward_model::Category;

use crate::data::ColumnReport;
use crate::data::ReportData;
use crate::data::SourceReport;
use crate::data::TableReport;

/// One dataset for each source, one collection for each table or document, one field for each
/// column. Dotted names become nested fields (`person.phones[]`: an array in an object).
pub fn fides(data: &ReportData) -> String {
    let mut text = String::from("dataset:\n");
    if data.sources.is_empty() {
        text = "dataset: []\n".to_owned();
    }
    for source in &data.sources {
        push_dataset(&mut text, source);
    }
    text
}

fn push_dataset(text: &mut String, source: &SourceReport) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "  - fides_key: {}", quoted(&key(source.id.as_str())));
    let _ = writeln!(text, "    name: {}", quoted(source.id.as_str()));
    let product = source.product.as_deref().unwrap_or(source.kind.title());
    let _ = writeln!(text, "    description: {}", quoted(&format!("{product}, scanned by dataward")));
    text.push_str(if source.tables.is_empty() { "    collections: []\n" } else { "    collections:\n" });
    for table in &source.tables {
        let _ = writeln!(text, "      - name: {}", quoted(&table.name));
        let fields = fields(table);
        text.push_str(if fields.is_empty() { "        fields: []\n" } else { "        fields:\n" });
        for field in &fields {
            push_field(text, field, 10);
        }
    }
}

/// A field on its way into YAML.
struct Field {
    name: String,
    array: bool,
    categories: Vec<String>,
    fields: Vec<Field>,
}

fn fields(table: &TableReport) -> Vec<Field> {
    let mut roots = Vec::new();
    for column in &table.columns {
        insert(&mut roots, &column.name, categories(column));
    }
    if table.columns.is_empty() && !table.spans.is_empty() {
        let within = table.spans.iter().map(|span| &span.category);
        insert(&mut roots, "text", keys([Category::CONTENT].iter().chain(within)));
    }
    roots
}

fn categories(column: &ColumnReport) -> Vec<String> {
    keys(column.category.iter().chain(&column.also))
}

fn keys<'a>(categories: impl Iterator<Item = &'a Category>) -> Vec<String> {
    let mut keys: Vec<String> = categories.map(|category| category.key().to_owned()).collect();
    keys.sort();
    keys.dedup();
    keys
}

/// Puts a column in its place below `fields`. A name with an empty part (`a..b`) is taken whole.
fn insert(fields: &mut Vec<Field>, name: &str, categories: Vec<String>) {
    let mut parts: Vec<&str> = name.split('.').collect();
    if parts.iter().any(|part| part.trim_end_matches("[]").is_empty()) {
        parts = vec![name];
    }
    let mut level = fields;
    for (index, part) in parts.iter().enumerate() {
        let array = part.ends_with("[]");
        let part = part.trim_end_matches("[]");
        let part = if part.is_empty() { name } else { part };
        let at = match level.iter().position(|field| field.name == part) {
            Some(at) => at,
            None => {
                level.push(Field { name: part.to_owned(), array, categories: Vec::new(), fields: Vec::new() });
                level.len() - 1
            }
        };
        if index + 1 == parts.len() {
            level[at].categories = categories;
            return;
        }
        level = &mut level[at].fields;
    }
}

fn push_field(text: &mut String, field: &Field, indent: usize) {
    let pad = " ".repeat(indent);
    let _ = writeln!(text, "{pad}- name: {}", quoted(&field.name));
    if !field.categories.is_empty() {
        let _ = writeln!(text, "{pad}  data_categories: [{}]", field.categories.join(", "));
    }
    // Fideslang takes sub-fields of objects only, an array of objects being one of them.
    let data_type = match (field.fields.is_empty(), field.array) {
        (true, true) => Some("string[]"),
        (false, true) => Some("object[]"),
        (false, false) => Some("object"),
        (true, false) => None,
    };
    if let Some(data_type) = data_type {
        let _ = writeln!(text, "{pad}  fides_meta:\n{pad}    data_type: {data_type}");
    }
    if !field.fields.is_empty() {
        let _ = writeln!(text, "{pad}  fields:");
    }
    for child in &field.fields {
        push_field(text, child, indent + 4);
    }
}

/// A Fides key: letters, digits, `_`, `.`, `<`, `>` and `-`; anything else becomes `_`.
fn key(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() || "_.<>-".contains(c) { c } else { '_' }).collect()
}

/// A YAML double-quoted scalar; JSON's escapes are YAML's.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
