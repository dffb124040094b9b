//! Rows for a schema that nobody here wrote: of the right types, and with references to rows that are there.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use dataward_connect::amend::Catalogue;
use dataward_connect::amend::RowIdentity;
use dataward_connect::amend::TableFacts;
use dataward_model::SourceKind;
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::RngCore;

/// Rows of each table.
const ROWS: usize = 40;

/// A row: a value for each column, as text.
pub(crate) type Row = BTreeMap<String, Option<String>>;

/// The rows of all tables, by table.
pub(crate) type AllRows = BTreeMap<String, Vec<Row>>;

/// Rows for every table; references point to rows that are there.
pub(crate) fn generate(catalogue: &Catalogue, dice: &mut ChaCha12Rng) -> AllRows {
    let mut rows: AllRows = BTreeMap::new();
    let mut left: Vec<&TableFacts> = catalogue.tables.iter().collect();
    while !left.is_empty() {
        let is_ready = |table: &&TableFacts| {
            let mut keys =
                catalogue.foreign_keys.iter().filter(|key| key.child == table.name && key.parent != table.name);
            keys.all(|key| rows.contains_key(&key.parent))
        };
        let at = left.iter().position(is_ready).expect("no ring of tables");
        let table = left.remove(at);
        let mut made: Vec<Row> = Vec::new();
        for number in 1..=ROWS {
            let mut row = BTreeMap::new();
            for column in table.columns.iter().filter(|column| !column.generated) {
                let key = catalogue
                    .foreign_keys
                    .iter()
                    .find(|key| key.child == table.name && key.child_columns.contains(&column.name));
                let value = match key {
                    Some(key) => {
                        let at = key.child_columns.iter().position(|name| *name == column.name).unwrap();
                        let parents = if key.parent == table.name { &made } else { &rows[&key.parent] };
                        // Columns of a key of their own take each parent once.
                        let pick = match is_key(table, &column.name) {
                            true => number - 1,
                            false => (dice.next_u64() % parents.len().max(1) as u64) as usize,
                        };
                        let parent = parents.get(pick).and_then(|parent| parent[&key.parent_columns[at]].clone());
                        match (parent, column.nullable) {
                            (None, true) => None,
                            (None, false) => Some(number.to_string()),
                            (Some(_), true) if dice.next_u64().is_multiple_of(5) => None,
                            (parent, _) => parent,
                        }
                    }
                    None if is_key(table, &column.name) && column.sql_type.contains("smallint") => {
                        Some(number.to_string())
                    }
                    None => value(&column.sql_type, column.max_chars, number),
                };
                row.insert(column.name.clone(), value);
            }
            made.push(row);
        }
        rows.insert(table.name.clone(), made);
    }
    rows
}

fn is_key(table: &TableFacts, column: &str) -> bool {
    let identity = matches!(&table.identity, RowIdentity::Key(columns) if columns.iter().any(|name| name == column));
    identity || table.unique.iter().any(|columns| columns.iter().any(|name| name == column))
}

/// A value of the type; none for a type of the application's own.
fn value(sql_type: &str, max_chars: Option<u32>, number: usize) -> Option<String> {
    let lower = sql_type.to_ascii_lowercase();
    let has = |word: &str| lower.contains(word);
    Some(match () {
        () if has("[]") => "{}".to_owned(),
        () if has("range") => "empty".to_owned(),
        () if has("json") => "{}".to_owned(),
        () if has("inet") => "192.0.2.1".to_owned(),
        () if has("uuid") => format!("00000000-0000-0000-0000-{number:012}"),
        () if has("interval") => "1 day".to_owned(),
        () if has("enum(") => lower.split('\'').nth(1).unwrap_or_default().to_owned(),
        () if has("enum") => return None,
        () if has("timestamp") || has("datetime") => "2020-05-06 07:08:09".to_owned(),
        () if has("date") => "2020-05-06".to_owned(),
        () if has("tinyint") || has("smallint") => (number % 2).to_string(),
        () if has("int")
            || has("serial")
            || has("numeric")
            || has("decimal")
            || has("double")
            || has("float")
            || has("real") =>
        {
            number.to_string()
        }
        () if has("bool") => "false".to_owned(),
        () => {
            let text = format!("t{number}");
            text.chars().take(max_chars.unwrap_or(20).max(1) as usize).collect()
        }
    })
}

pub(crate) fn script(catalogue: &Catalogue, rows: &AllRows) -> String {
    let mut text = String::from("BEGIN;\n");
    if catalogue.kind == SourceKind::Postgresql {
        // A column of several references can't have a row at the end of each.
        text += "SET LOCAL session_replication_role = replica;\n";
    }
    let mut done: BTreeSet<&str> = BTreeSet::new();
    while done.len() < catalogue.tables.len() {
        for table in &catalogue.tables {
            let mut parents =
                catalogue.foreign_keys.iter().filter(|key| key.child == table.name && key.parent != table.name);
            if done.contains(table.name.as_str()) || parents.any(|key| !done.contains(key.parent.as_str())) {
                continue;
            }
            done.insert(&table.name);
            for row in &rows[&table.name] {
                let quote = |name: &str| match catalogue.kind {
                    SourceKind::Mysql => format!("`{name}`"),
                    _ => format!("\"{name}\""),
                };
                let columns: Vec<String> = row.keys().map(|name| quote(name)).collect();
                let values: Vec<String> = row
                    .values()
                    .map(|value| value.as_ref().map_or("NULL".to_owned(), |text| format!("'{text}'")))
                    .collect();
                text += &format!(
                    "INSERT INTO {} ({}) VALUES ({});\n",
                    table.name_sql(),
                    columns.join(", "),
                    values.join(", ")
                );
            }
        }
    }
    text + "COMMIT;"
}
