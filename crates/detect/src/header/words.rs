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

/// People whom something belongs to; users and staff write and keep what belongs to nobody.
pub(crate) const OWNERS: &[&str] = &[
    "client",
    "cliente",
    "cust",
    "customer",
    "employee",
    "guest",
    "klant",
    "klient",
    "kund",
    "kunde",
    "kunden",
    "member",
    "mitarbeiter",
    "mitglied",
    "paciente",
    "pacjent",
    "pasajero",
    "passenger",
    "patient",
    "paziente",
    "person",
    "pessoa",
    "student",
    "subscriber",
    "顧客",
    "会員",
    "患者",
];

/// Whether a word says that a number follows which somebody counts with.
pub(super) fn is_number(word: &str) -> bool {
    const NUMBERS: &[&str] = &["nbr", "no", "nr", "num", "number", "numer", "numero", "nummer", "番号", "コード"];
    NUMBERS.contains(&word)
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
