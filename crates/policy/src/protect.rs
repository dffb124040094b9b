//! `[[protect]]`: what must lie encrypted.

use dataward_model::SourceId;
use dataward_model::SourceKind;
use serde_spanned::Spanned;

use crate::SourceUrl;
use crate::Subject;
use crate::error::Mistake;
use crate::raw::RawProtect;
use crate::retention_parse::Known;
use crate::retention_parse::subject;

/// The class of keys for files, unless a rule names another one.
pub const FILES_CLASS: &str = "files";

/// Files and objects that must be encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtectRule {
    /// What people call it.
    pub name: String,
    /// Sources, folders and files in them, or categories: then the files that hold them.
    pub what: Vec<Subject>,
    /// The class whose key seals them.
    pub class: String,
}

impl ProtectRule {
    /// Whether a file or object lies in a place that the rule names. Categories are for the caller, who
    /// knows what the file holds.
    pub fn covers(&self, source: &SourceId, unit: &str) -> bool {
        self.what.iter().any(|subject| match subject {
            Subject::Category(_) => false,
            Subject::Place { source: of, rest } => of == source && lies_in(unit, rest),
        })
    }
}

/// Whether `unit` is the file `place`, or lies below the folder `place`; all lies in the empty one.
fn lies_in(unit: &str, place: &str) -> bool {
    let place = place.trim_end_matches('/');
    place.is_empty() || unit.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

pub(crate) fn protect_rules(raw: Vec<Spanned<RawProtect>>, known: Known<'_>) -> Result<Vec<ProtectRule>, Mistake> {
    let mut rules: Vec<ProtectRule> = Vec::new();
    for rule in raw {
        let span = rule.span();
        let rule = rule.into_inner();
        if rules.iter().any(|known| known.name == *rule.name.get_ref()) {
            let message = format!("two `[[protect]]` entries are called `{}`", rule.name.get_ref());
            return Err(Mistake::new(rule.name.span(), "taken already", message).help("give each a name of its own"));
        }
        if rule.what.is_empty() {
            return Err(Mistake::new(span, "protects nothing", "a `[[protect]]` entry without a place").help(
                "write `what = [\"SOURCE\"]`, a folder in it (`SOURCE.exports/`), or a category such as \
                 `user.financial.credit_card`",
            ));
        }
        let what = rule.what.iter().map(|what| protected(what, known)).collect::<Result<_, _>>()?;
        let class = match rule.class {
            None => FILES_CLASS.to_owned(),
            Some(class) if is_class(class.get_ref()) => class.into_inner(),
            Some(class) => {
                let message = format!("`{}` is no class of keys", class.get_ref());
                return Err(Mistake::new(class.span(), "not a class", message)
                    .help("small letters, digits, `-` and `.`; `dataward keys status` lists those there are"));
            }
        };
        rules.push(ProtectRule { name: rule.name.into_inner(), what, class });
    }
    Ok(rules)
}

fn is_class(class: &str) -> bool {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    !class.is_empty() && class.len() <= 64 && class.chars().all(good)
}

/// A subject that is files or objects: columns of databases are encrypted otherwise.
fn protected(what: &Spanned<String>, known: Known<'_>) -> Result<Subject, Mistake> {
    let subject = subject(what, known)?;
    let is_database = |source: &SourceId| match known.sources.get(source).map(|declared| &declared.url) {
        Some(SourceUrl::Sqlite(_)) => true,
        Some(SourceUrl::Remote { kind, .. }) => *kind != SourceKind::Objects,
        _ => false,
    };
    match &subject {
        Subject::Place { source, .. } if is_database(source) => {
            let message = format!("`{source}` is a database, and `[[protect]]` is for files and objects");
            Err(Mistake::new(what.span(), "not files", message)
                .help("name a source of files (`file:…`) or a bucket (`s3://…`)"))
        }
        _ => Ok(subject),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_covers_what_is_below_it_and_nothing_that_only_begins_alike() {
        let files = SourceId::new("files").unwrap();
        let place = |rest: &str| Subject::Place { source: files.clone(), rest: rest.to_owned() };
        let rule = |what| ProtectRule { name: "x".to_owned(), what, class: FILES_CLASS.to_owned() };
        for folder in ["exports/", "exports"] {
            let rule = rule(vec![place(folder)]);
            assert!(rule.covers(&files, "exports/a/b.csv"));
            assert!(!rule.covers(&files, "exports-old/a.csv"));
            assert!(!rule.covers(&SourceId::new("other").unwrap(), "exports/a.csv"));
        }
        assert!(rule(vec![place("a.csv")]).covers(&files, "a.csv"));
        assert!(rule(vec![place("")]).covers(&files, "anything"));
    }
}
