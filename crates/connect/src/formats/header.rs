//! Finds where a table begins in its first rows, and whether a row of column names stands on top.
//!
//! A data row taken for names would put a customer's data where names of columns are shown, so a
//! doubtful row counts as data.

use super::header_words::WORDS;
use super::valued_names;

/// How a sheet or text file is laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// Rows above the table: titles, notes, blank lines.
    pub(super) above: usize,
    /// Whether the first row of the table names its columns.
    pub(super) has_header: bool,
    /// Columns of most rows.
    pub(super) width: usize,
}

/// Looks at the first rows of a sheet or text file.
pub(super) fn find_layout(rows: &[Vec<String>]) -> Layout {
    let filled = |row: &[String]| row.iter().filter(|cell| !cell.trim().is_empty()).count();
    let width = usual_width(rows);
    // A title has one or two cells where the table has many.
    let enough = if width <= 2 { width } else { (width * 2).div_ceil(3) };
    let above = rows.iter().position(|row| row.len() >= width && filled(row) >= enough).unwrap_or(0);
    let above = if above > MOST_ABOVE { 0 } else { above };
    let table = &rows[above.min(rows.len())..];
    let has_header = table.first().is_some_and(|first| is_header(first, &table[1..]));
    Layout { above, has_header, width }
}

/// The number of cells that most rows have; rows of a single cell count only if there is nothing else.
fn usual_width(rows: &[Vec<String>]) -> usize {
    let mut widths: Vec<usize> = rows.iter().map(Vec::len).filter(|width| *width > 1).collect();
    if widths.is_empty() {
        return rows.iter().map(Vec::len).max().unwrap_or(0);
    }
    widths.sort_unstable();
    widths.chunk_by(|left, right| left == right).max_by_key(|run| run.len()).map_or(0, |run| run[0])
}

fn is_header(first: &[String], body: &[Vec<String>]) -> bool {
    let names: Vec<&str> = first.iter().map(|cell| cell.trim()).collect();
    let named = names.iter().filter(|name| !name.is_empty()).count();
    if named > 0 && are_numbered(&names, body) {
        return true;
    }
    if named == 0 || names.iter().any(|name| name.chars().count() > LONGEST_NAME || !may_be_name(name)) {
        return false;
    }
    let known = names.iter().filter(|name| is_known_name(name)).count();
    if known * 3 >= named || known >= 3 {
        return true;
    }
    if is_record_of_person(&names, body) {
        return false;
    }
    // Names stand once; what stands again below is a value.
    let repeated = (0..names.len())
        .any(|column| !names[column].is_empty() && column_of(body, column).any(|cell| cell == names[column]));
    if repeated {
        return false;
    }
    if (0..names.len()).any(|column| !names[column].is_empty() && contrasts(names[column], body, column)) {
        return true;
    }
    let identifiers = names.iter().filter(|name| is_identifier(name)).count();
    identifiers == named
        && named > 1
        && (0..names.len()).any(|column| column_of(body, column).any(|cell| !is_identifier(cell)))
}

/// A row with somebody's name where the rows below have names too.
fn is_record_of_person(names: &[&str], body: &[Vec<String>]) -> bool {
    let below = |column: usize, is_one: fn(&str) -> bool| {
        let cells: Vec<&str> = column_of(body, column).take(20).collect();
        cells.len() <= 1 || cells.iter().filter(|cell| is_one(cell)).count() * 4 >= cells.len()
    };
    names.iter().enumerate().any(|(column, name)| {
        valued_names::is_person(name) && below(column, valued_names::is_person)
            || valued_names::is_given(name) && below(column, valued_names::is_given)
    })
}

/// Names that tell nothing but stand in a row: `c1, c2, v7`, `field_01`, `a, b, c`. Codes that look alike
/// stand below each other too, names do not.
fn are_numbered(names: &[&str], body: &[Vec<String>]) -> bool {
    let stem = |name: &str| {
        let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
        let short = stem.trim_end_matches(['_', '-', ' ', '.']);
        (short.len() <= 10 && !short.is_empty() && short.bytes().all(|b| b.is_ascii_alphabetic()))
            .then(|| (short.to_ascii_lowercase(), name.len() > stem.len()))
    };
    let Some(stems) = names.iter().map(|name| stem(name)).collect::<Option<Vec<_>>>() else { return false };
    let letters = names.iter().all(|name| name.len() == 1);
    let generic = |(index, (word, numbered)): (usize, &(String, bool))| {
        let shared = || stems.iter().enumerate().any(|(other, (stem, _))| other != index && stem == word);
        *numbered && (word.len() == 1 || GENERIC_STEMS.contains(&word.as_str()) || shared())
    };
    if !letters && !stems.iter().enumerate().all(generic) {
        return false;
    }
    let mut different = names.to_vec();
    different.sort_unstable();
    different.dedup();
    let below_alike = (0..names.len()).any(|column| {
        let stem_above = &stems[column].0;
        column_of(body, column).any(|cell| {
            cell == names[column]
                || (letters && cell.len() == 1 && cell.bytes().all(|b| b.is_ascii_alphabetic()))
                || (!letters && stem(cell).is_some_and(|(word, numbered)| numbered && word == *stem_above))
        })
    });
    different.len() == names.len() && !below_alike && !body.is_empty()
}

/// What is below the name is of another kind: numbers, dates, addresses, a few words again and again.
fn contrasts(name: &str, body: &[Vec<String>], column: usize) -> bool {
    let cells: Vec<&str> = column_of(body, column).take(100).collect();
    if cells.is_empty() {
        return false;
    }
    let typed = cells.iter().filter(|cell| !may_be_name(cell)).count();
    if typed * 10 >= cells.len() * 7 {
        return true;
    }
    let mut distinct = cells.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let same_length = distinct.iter().all(|cell| cell.len() == distinct[0].len() && cell.len() != name.len());
    cells.len() >= 8 && (distinct.len() * 3 <= cells.len() || (same_length && distinct.len() > 4))
}

fn column_of(body: &[Vec<String>], column: usize) -> impl Iterator<Item = &str> {
    body.iter().filter_map(move |row| row.get(column)).map(|cell| cell.trim()).filter(|cell| !cell.is_empty())
}

/// A name of a column has letters, and is no number, date, address or link.
fn may_be_name(cell: &str) -> bool {
    if cell.is_empty() {
        return true;
    }
    let digits = cell.bytes().filter(u8::is_ascii_digit).count();
    let letters = cell.chars().filter(|character| character.is_alphabetic()).count();
    letters > 0 && digits <= letters && !cell.contains('@') && !cell.contains("://") && !cell.contains('\n')
}

/// Whether a word of the name is one that names of columns are made of.
pub(super) fn is_known_name(name: &str) -> bool {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut before_lower = false;
    for character in name.chars() {
        let breaks = !character.is_alphanumeric() || (before_lower && character.is_uppercase());
        before_lower = character.is_lowercase();
        if breaks && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if character.is_alphanumeric() {
            word.extend(character.to_lowercase());
        }
    }
    words.push(word);
    let is_known = |word: &String| WORDS.binary_search(&word.trim_end_matches(|c: char| c.is_ascii_digit())).is_ok();
    words.iter().any(is_known) || is_known(&words.concat())
}

/// `snake_case`, `camelCase`, `SHOUT_CASE`: written for machines.
fn is_identifier(name: &str) -> bool {
    let plain =
        name.chars().all(|character| character.is_alphanumeric() || matches!(character, '_' | '.' | '-' | '[' | ']'));
    let lower = !name.chars().any(char::is_uppercase);
    let camel = name.starts_with(char::is_lowercase);
    plain && (name.contains('_') || lower || camel)
}

/// Words before the number in names that tell nothing.
const GENERIC_STEMS: &[&str] = &[
    "attr",
    "attribute",
    "campo",
    "champ",
    "col",
    "column",
    "feld",
    "field",
    "item",
    "key",
    "spalte",
    "val",
    "value",
    "var",
];

const LONGEST_NAME: usize = 120;
const MOST_ABOVE: usize = 30;

#[cfg(test)]
mod tests {
    use super::*;

    fn has_header(text: &str) -> bool {
        let rows: Vec<Vec<String>> = text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect();
        find_layout(&rows).has_header
    }

    #[test]
    fn names_that_tell_nothing_are_names() {
        for text in [
            "c1,c2,v7\nAda Lovelace,Berlin,x\nAlan Turing,Rome,y",
            "f01,f02,f03\n1,2,3\n4,5,6",
            "x1\nAda\nBob\nEve",
            "col_1,col_2\nAda,Berlin\nBob,Rome",
            "a,b,c\nfoo,bar,baz\nqux,quux,corge",
            "field10,field11\nada@example.org,1\nbob@example.org,2",
        ] {
            assert!(has_header(text), "{text}");
        }
    }

    #[test]
    fn codes_and_values_on_top_are_values() {
        for text in [
            "A12,Berlin\nA13,Rome\nA14,Paris",
            "c1,10\nc2,11\nc3,12",
            "x,y\ny,x\nx,x",
            "Ada,Lovelace\nAlan,Turing\nGrace,Hopper",
            "ada@example.org,1\nbob@example.org,2",
            "B7",
            "Anna Meier,Ulm,f\nBob Smith,Bonn,m\nEva Schulz,Bonn,f\nIda Vogel,Bonn,f\nUwe Krause,Bonn,m\nTom Weber,Bonn,m\n\
             Kai Wolf,Bonn,m\nPia Braun,Bonn,f\nLea Lang,Bonn,f",
            "Anna,Ulm,1\nBob,Bonn,2\nGiuseppe,Bonn,4\nHeinz,Bonn,5\nSabine,Bonn,7\nUwe,Bonn,8\nEva,Bonn,8\nIda,Bonn,9",
        ] {
            assert!(!has_header(text), "{text}");
        }
    }
}
