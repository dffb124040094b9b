//! Words that names of tables and columns hold besides what they mean.

use super::DICTIONARY;
use super::split;

/// Whether a column's name says when something began, ended or happened: `employment_end`.
pub(super) fn names_an_event(column: &str) -> bool {
    split::words(column, |word| EVENTS.contains(&word), &[]).iter().any(|word| EVENTS.contains(&word.as_str()))
}

/// Whether the name of a table speaks of what people are paid.
pub(crate) fn speaks_of_wages(table: &str) -> bool {
    let inner = table.rsplit(['/', '.', '!', '#']).next().unwrap_or(table);
    let words = split::words(inner, |word| DICTIONARY.terms.contains_key(word), &DICTIONARY.east_asian);
    words.iter().any(|word| WAGES.contains(&word.as_str()))
}

const WAGES: &[&str] = &[
    "cedolini",
    "gehaelter",
    "gehalt",
    "gehaltsabrechnung",
    "lohn",
    "loehne",
    "lohnabrechnung",
    "lon",
    "loner",
    "nomina",
    "nominas",
    "paie",
    "payroll",
    "payrolls",
    "payslip",
    "payslips",
    "salaire",
    "salaires",
    "salari",
    "salaries",
    "salario",
    "salarios",
    "salaris",
    "salarissen",
    "salary",
    "stipendi",
    "stipendio",
    "wage",
    "wages",
    "wynagrodzenia",
    "給与",
    "賃金",
];

/// What a date can be of besides a birth.
const EVENTS: &[&str] = &[
    "anstellung",
    "austritt",
    "begin",
    "beginn",
    "beginning",
    "contract",
    "debut",
    "eintritt",
    "embauche",
    "employment",
    "end",
    "ende",
    "ended",
    "ending",
    "enrolled",
    "entry",
    "exit",
    "expiry",
    "fim",
    "fin",
    "fine",
    "hire",
    "hired",
    "inicio",
    "inizio",
    "joined",
    "joining",
    "koniec",
    "left",
    "retired",
    "seit",
    "since",
    "slut",
    "start",
    "started",
    "termination",
    "until",
];
