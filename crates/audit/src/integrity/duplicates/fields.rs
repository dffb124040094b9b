//! What of a table tells persons apart: its columns by category, and one way of writing their values.

use dataward_detect::TableVerdict;
use dataward_detect::lexicon::fold_into;
use dataward_detect::name_means;
use dataward_model::Category;
use dataward_model::ColumnRole;
use dataward_model::Family;
use dataward_model::TableHead;

use crate::integrity::blanks::null_word;

/// What a column says of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::integrity) enum Kind {
    Birth,
    City,
    Email,
    First,
    FullName,
    Id,
    Last,
    Other,
    Phone,
    PostalCode,
    Street,
}

/// A column that is compared.
#[derive(Clone, Debug)]
pub(in crate::integrity) struct Field {
    pub(in crate::integrity) column: String,
    pub(in crate::integrity) kind: Kind,
}

/// Columns of any other kind that are compared: more say little.
const MOST_OTHER: usize = 5;
/// Ids beyond the first ones say the same.
pub(super) const MOST_IDS: usize = 2;
/// From this share of different values on a column is a number of rows.
const ROW_NUMBER: f64 = 0.999;

/// The columns to compare, when the table is a register of persons: names, and something to tell
/// persons of one name apart.
pub(in crate::integrity) fn plan(head: &TableHead, verdict: &TableVerdict) -> Option<Vec<Field>> {
    let mut fields = columns(head, verdict);
    named(&mut fields, verdict);
    let has = |kind: Kind| fields.iter().any(|field| field.kind == kind);
    let named = has(Kind::FullName) || has(Kind::Last) || has(Kind::First);
    let told = [Kind::Birth, Kind::Email, Kind::Id, Kind::Phone, Kind::PostalCode, Kind::Street];
    if !named || !told.into_iter().any(has) {
        return None;
    }
    // Who paid, by name and account, for what is told in figures and refers to something else: what persons did.
    let own = [Kind::Birth, Kind::Email, Kind::First, Kind::Last, Kind::Phone, Kind::PostalCode, Kind::Street];
    let refers = head.columns.iter().any(|column| column.role == ColumnRole::ForeignKey);
    if refers && !own.into_iter().any(has) {
        return None;
    }
    // Where the parts stand there, the whole name says them again.
    if has(Kind::First) && has(Kind::Last) {
        fields.retain(|field| field.kind != Kind::FullName);
    }
    // Of the others those that differ most say most.
    let mut others: Vec<Field> = fields.extract_if(.., |field| field.kind == Kind::Other).collect();
    others.sort_by_key(|field| std::cmp::Reverse(distinct(verdict, field)));
    fields.extend(others.into_iter().take(MOST_OTHER));
    Some(fields)
}

/// In a table of persons a column is what its name says, where its values alone do not tell: names and
/// places with slips in them stand on no list.
fn named(fields: &mut [Field], verdict: &TableVerdict) {
    let is_person = |field: &Field| matches!(field.kind, Kind::Birth | Kind::First | Kind::FullName | Kind::Last);
    if !fields.iter().any(is_person) {
        return;
    }
    for kind in [Kind::Birth, Kind::City, Kind::First, Kind::Last, Kind::PostalCode, Kind::Street] {
        if fields.iter().any(|field| field.kind == kind) {
            continue;
        }
        let means = |field: &Field| {
            field.kind == Kind::Other && name_means(&field.column).as_ref().and_then(kind_of) == Some(kind)
        };
        if let Some(field) = fields.iter_mut().filter(|field| means(field)).max_by_key(|field| distinct(verdict, field))
        {
            field.kind = kind;
        }
    }
}

fn distinct(verdict: &TableVerdict, field: &Field) -> u64 {
    verdict.columns.iter().find(|known| known.column == field.column).map_or(0, |known| known.distinct)
}

/// The columns that say something of a person, and the others that could.
pub(in crate::integrity) fn columns(head: &TableHead, verdict: &TableVerdict) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    for column in &verdict.columns {
        let role = head.columns.iter().find(|known| known.name == column.column).map(|known| known.role);
        if column.filled == 0 || matches!(role, Some(ColumnRole::PrimaryKey | ColumnRole::ForeignKey)) {
            continue;
        }
        let kind = column.category.as_ref().and_then(kind_of);
        let count = |kind: Kind| fields.iter().filter(|field| field.kind == kind).count();
        let field = |kind| Field { column: column.column.clone(), kind };
        match kind {
            Some(Kind::Id) if count(Kind::Id) < MOST_IDS => fields.push(field(Kind::Id)),
            Some(kind) if count(kind) == 0 => fields.push(field(kind)),
            _ => {
                let distinct = column.distinct as f64 / column.filled as f64;
                let row_number = column.filled > 100 && distinct >= ROW_NUMBER && column.category.is_none();
                let told_apart = column.distinct >= 2 && !row_number;
                let word = |part: &str| column.declared_type.to_lowercase().contains(part);
                let measured =
                    ["float", "double", "decimal", "numeric", "timestamp", "datetime", "bool", "json", "blob"];
                if told_apart && !measured.iter().any(|part| word(part)) {
                    fields.push(field(Kind::Other));
                }
            }
        }
    }
    fields
}

fn kind_of(category: &Category) -> Option<Kind> {
    let is = |known: Category| *category == known;
    Some(match () {
        () if is(Category::FIRST_NAME) => Kind::First,
        () if is(Category::LAST_NAME) => Kind::Last,
        () if is(Category::NAME) => Kind::FullName,
        () if is(Category::DATE_OF_BIRTH) => Kind::Birth,
        () if is(Category::EMAIL) => Kind::Email,
        () if is(Category::PHONE_NUMBER) => Kind::Phone,
        () if is(Category::STREET) => Kind::Street,
        () if is(Category::CITY) => Kind::City,
        () if is(Category::POSTAL_CODE) => Kind::PostalCode,
        () if category.family() == Family::GovernmentId || is(Category::BANK_ACCOUNT) => Kind::Id,
        () => return None,
    })
}

/// Writes a value the one way in which values of its kind are compared; nothing when it says nothing.
pub(in crate::integrity) fn normalise(kind: Kind, value: &str, out: &mut String) {
    out.clear();
    let value = value.trim();
    if value.is_empty() || null_word(value).is_some() {
        return;
    }
    match kind {
        Kind::Birth => birth(value, out),
        Kind::Email => out.extend(value.chars().flat_map(char::to_lowercase)),
        // The last nine digits: with and without the country's number, or a zero, is the same line.
        Kind::Phone => {
            let digits: Vec<char> = value.chars().filter(char::is_ascii_digit).collect();
            out.extend(&digits[digits.len().saturating_sub(9)..]);
        }
        Kind::Id | Kind::PostalCode => {
            out.extend(value.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase));
        }
        _ => fold_into(value, out),
    }
}

/// A date as eight digits, year first; the two others in the order in which the column has them.
fn birth(value: &str, out: &mut String) {
    let parts: Vec<&str> = value.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).take(3).collect();
    match parts.as_slice() {
        [year, a, b] if year.len() == 4 && a.len() <= 2 => write_date(year, a, b, out),
        [a, b, year] if year.len() == 4 && a.len() <= 2 => write_date(year, a, b, out),
        [all] if all.len() >= 8 => out.push_str(&all[..8]),
        _ => fold_into(value, out),
    }
}

fn write_date(year: &str, a: &str, b: &str, out: &mut String) {
    out.push_str(year);
    for part in [a, b] {
        if part.len() < 2 {
            out.push('0');
        }
        out.push_str(&part[..part.len().min(2)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_one_way() {
        let mut out = String::new();
        for (kind, value, expected) in [
            (Kind::Birth, "1984-03-12", "19840312"),
            (Kind::Birth, "3/12/1984", "19840312"),
            (Kind::Birth, "19840312", "19840312"),
            (Kind::Birth, "1984-03-12 00:00:00", "19840312"),
            (Kind::Phone, "+49 (0)170 123 45 67", "701234567"),
            (Kind::Last, " Müller-Lüdenscheidt ", "muller ludenscheidt"),
            (Kind::Email, "Ann@Example.ORG", "ann@example.org"),
            (Kind::PostalCode, "SW1A 1AA", "sw1a1aa"),
            (Kind::City, "N/A", ""),
        ] {
            normalise(kind, value, &mut out);
            assert_eq!(out, expected, "{value}");
        }
    }
}
