//! Which column of a table means a symbol, by its name and type. Where names leave a doubt, the
//! person is asked: nothing is deleted by a guess.

use dataward_policy::Symbol;

use super::ColumnFacts;
use super::Engine;
use super::TypeClass;
use super::names::NAMES;

/// What a symbol is in a table.
#[derive(Debug)]
pub(super) struct Resolved {
    /// One column, or several of which the latest counts.
    pub(super) columns: Vec<ColumnFacts>,
    /// Why, in a sentence.
    pub(super) reason: String,
}

/// Why it is not known.
#[derive(Debug)]
pub(super) struct Unresolved {
    pub(super) message: String,
    pub(super) help: String,
    pub(super) candidates: Vec<String>,
}

/// Words that say that a number or text is a moment.
const MOMENTS: &[&str] = &[
    "at",
    "on",
    "date",
    "time",
    "ts",
    "timestamp",
    "datetime",
    "utc",
    "epoch",
    "am",
    "datum",
    "day",
    "dt",
    "unix",
    "ms",
];

/// What `symbol` is among `columns`.
pub(super) fn resolve(symbol: Symbol, columns: &[ColumnFacts], engine: Engine) -> Result<Resolved, Unresolved> {
    let found = matches(symbol, columns, engine);
    if let Some((column, rest)) = found.split_first() {
        if symbol == Symbol::LastActivity && !rest.is_empty() {
            let names: Vec<&str> = found.iter().map(|(_, column)| column.name.as_str()).collect();
            return Ok(Resolved {
                reason: format!(
                    "`last_activity` is the latest known of {}: they say what the person did",
                    backticks(&names)
                ),
                columns: found.iter().map(|(_, column)| (*column).clone()).collect(),
            });
        }
        // Several of the same word (`closed_at`, `closed_on`): nobody knows which one is kept up.
        let equal: Vec<&str> =
            found.iter().filter(|(rank, _)| *rank == column.0).map(|(_, column)| column.name.as_str()).collect();
        if equal.len() > 1 {
            return Err(Unresolved {
                message: format!("`{}` may be {}", symbol.as_str(), backticks(&equal)),
                help: format!("write which one counts, such as `from = \"{}\"`", equal[0]),
                candidates: equal.iter().map(|name| (*name).to_owned()).collect(),
            });
        }
        return Ok(Resolved {
            reason: format!("`{}` is the column `{}`: its name and type say so", symbol.as_str(), column.1.name),
            columns: vec![column.1.clone()],
        });
    }
    // The row of a transaction is made with it or later: later is safe. The other way round is not.
    let wider = match symbol {
        Symbol::InvoiceDate => Some(Symbol::TransactionDate),
        Symbol::TransactionDate => Some(Symbol::Created),
        _ => None,
    };
    if let Some(Ok(resolved)) = wider.map(|wider| resolve(wider, columns, engine)) {
        let names: Vec<&str> = resolved.columns.iter().map(|column| column.name.as_str()).collect();
        return Ok(Resolved {
            reason: format!(
                "`{}` is taken from {}: the table has no column of its own for it",
                symbol.as_str(),
                backticks(&names)
            ),
            ..resolved
        });
    }
    Err(unresolved(symbol, columns, engine))
}

fn unresolved(symbol: Symbol, columns: &[ColumnFacts], engine: Engine) -> Unresolved {
    let candidates = days(columns, engine);
    let message = match symbol {
        Symbol::LastActivity => "no column says when the person last did something".to_owned(),
        _ => format!("no column is `{}` by its name and type", symbol.as_str()),
    };
    let help = match candidates.as_slice() {
        [] => {
            "the table has no column that says when something happened: leave it to the table it belongs to, or add one"
                .to_owned()
        }
        some => format!(
            "write which column counts, under `[columns.\"TABLE\"]` as `{} = \"{}\"`; columns that say when: {}",
            symbol.as_str(),
            some[0],
            some.join(", ")
        ),
    };
    Unresolved { message, help, candidates }
}

/// The columns that may be meant, surest first, with the rank of their names.
fn matches(symbol: Symbol, columns: &[ColumnFacts], engine: Engine) -> Vec<(usize, &ColumnFacts)> {
    let names = NAMES.iter().find(|(known, _)| *known == symbol).map_or(&[] as &[&str], |(_, names)| names);
    let mut found: Vec<(usize, &ColumnFacts)> = columns
        .iter()
        .filter(|column| may_say_when(column, engine))
        .filter_map(|column| {
            let bare = without_moment(&words(&column.name));
            names.iter().position(|name| without_moment(&words(name)) == bare).map(|rank| (rank, column))
        })
        .collect();
    found.sort_by_key(|(rank, _)| *rank);
    found
}

/// Columns that say when something happened, by type or by name.
pub(super) fn days(columns: &[ColumnFacts], engine: Engine) -> Vec<String> {
    columns.iter().filter(|column| may_say_when(column, engine)).map(|column| column.name.clone()).collect()
}

fn may_say_when(column: &ColumnFacts, engine: Engine) -> bool {
    // A birth date says nothing of the record.
    const NEVER: &[&str] = &[
        "birth",
        "birthday",
        "birthdate",
        "born",
        "dob",
        "geburt",
        "geburtsdatum",
        "geburtstag",
        "naissance",
        "nascita",
        "nacimiento",
    ];
    if words(&column.name).iter().any(|word| NEVER.contains(&word.as_str())) {
        return false;
    }
    match column.class {
        TypeClass::Date | TypeClass::Instant | TypeClass::WallClock => true,
        TypeClass::Integer | TypeClass::Real | TypeClass::Text => {
            column.class.can_be_a_day(engine) && {
                let words = words(&column.name);
                words.iter().any(|word| MOMENTS.contains(&word.as_str()))
                    || words.first().is_some_and(|word| word == "last")
            }
        }
        TypeClass::Other => false,
    }
}

/// Whether a column may lie ahead: the end of something that is agreed beforehand.
pub(super) fn may_lie_ahead(name: &str) -> bool {
    const AHEAD: &[&str] = &[
        "end",
        "ends",
        "ended",
        "until",
        "expires",
        "expiry",
        "expiration",
        "expired",
        "valid",
        "due",
        "renewal",
        "renews",
        "termination",
        "terminated",
        "terminates",
        "leaving",
        "next",
        "scheduled",
        "planned",
        "austritt",
        "vertragsende",
        "to",
        "delivery",
    ];
    words(name).iter().any(|word| AHEAD.contains(&word.as_str()))
}

/// `lastLoginAt`, `LAST_LOGIN_AT` and `last-login at` are three words each.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut before_lower = false;
    for character in name.chars() {
        if !character.is_alphanumeric() || (character.is_uppercase() && before_lower) {
            words.push(std::mem::take(&mut word));
        }
        if character.is_alphanumeric() {
            word.extend(character.to_lowercase());
        }
        before_lower = character.is_lowercase();
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// Without the words for a moment at the end and at the beginning, unless nothing else is left.
fn without_moment(words: &[String]) -> Vec<String> {
    let moment = |word: &String| MOMENTS.contains(&word.as_str());
    let mut bare: &[String] = words;
    while let [rest @ .., last] = bare
        && moment(last)
        && !rest.is_empty()
    {
        bare = rest;
    }
    while let [first, rest @ ..] = bare
        && moment(first)
        && !rest.is_empty()
    {
        bare = rest;
    }
    bare.to_vec()
}

fn backticks(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(engine: Engine, heads: &[(&str, &str)]) -> Vec<ColumnFacts> {
        heads.iter().map(|(name, declared)| ColumnFacts::new(engine, *name, declared)).collect()
    }

    fn resolved(symbol: Symbol, engine: Engine, heads: &[(&str, &str)]) -> Result<Vec<String>, String> {
        match resolve(symbol, &columns(engine, heads), engine) {
            Ok(resolved) => Ok(resolved.columns.into_iter().map(|column| column.name).collect()),
            Err(unresolved) => Err(unresolved.message),
        }
    }

    #[test]
    fn names_of_many_styles_mean_the_same() {
        for (symbol, name, declared) in [
            (Symbol::Created, "created_at", "timestamp with time zone"),
            (Symbol::Created, "CreationDate", "date"),
            (Symbol::Created, "date_created", "timestamp"),
            (Symbol::LastActivity, "lastLoginAt", "timestamptz"),
            (Symbol::LastActivity, "last_login", "bigint"),
            (Symbol::ClosedAt, "resolved_on", "date"),
            (Symbol::TransactionDate, "placed_at", "timestamp"),
            (Symbol::TransactionDate, "OrderDate", "date"),
            (Symbol::InvoiceDate, "InvoiceDate", "timestamp without time zone"),
            (Symbol::Hired, "HireDate", "timestamp"),
        ] {
            assert_eq!(
                resolved(symbol, Engine::PostgreSql, &[("id", "bigint"), (name, declared)]),
                Ok(vec![name.to_owned()])
            );
        }
    }

    #[test]
    fn a_flag_is_no_moment_and_an_update_is_no_activity() {
        assert!(resolved(Symbol::ClosedAt, Engine::Sqlite, &[("closed", "INTEGER")]).is_err());
        assert!(resolved(Symbol::ClosedAt, Engine::PostgreSql, &[("closed", "boolean")]).is_err());
        let heads = [("updated_at", "timestamptz"), ("created_at", "timestamptz")];
        let unknown =
            resolve(Symbol::LastActivity, &columns(Engine::PostgreSql, &heads), Engine::PostgreSql).unwrap_err();
        assert_eq!(unknown.message, "no column says when the person last did something");
        assert_eq!(unknown.candidates, ["updated_at", "created_at"]);
    }

    #[test]
    fn the_latest_of_several_activities_counts_and_other_doubts_are_asked() {
        let heads = [("last_login_at", "timestamptz"), ("last_order_at", "timestamptz")];
        assert_eq!(resolved(Symbol::LastActivity, Engine::PostgreSql, &heads).unwrap().len(), 2);
        let heads = [("closed_at", "timestamptz"), ("closed_on", "date")];
        assert_eq!(
            resolved(Symbol::ClosedAt, Engine::PostgreSql, &heads),
            Err("`closed_at` may be `closed_at`, `closed_on`".to_owned())
        );
    }

    #[test]
    fn a_transaction_without_a_day_of_its_own_is_as_old_as_its_row() {
        let heads = [("created_at", "timestamptz")];
        assert_eq!(resolved(Symbol::InvoiceDate, Engine::PostgreSql, &heads), Ok(vec!["created_at".to_owned()]));
        assert!(resolved(Symbol::LastActivity, Engine::PostgreSql, &heads).is_err());
    }
}
