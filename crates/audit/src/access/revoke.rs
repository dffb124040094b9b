//! The statements that take unwanted access away, as a script that a person reads before running it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::access::give_back::GiveBack;
use crate::access::intent::Intent;
use crate::access::model::AccessModel;
use crate::access::model::Scope;

/// A script that ends all access in `scope`: what `--revoke-script` prints when the caller has chosen a
/// principal or category. Each statement once, under the ways that it closes.
pub fn script(model: &dyn AccessModel, scope: &Scope) -> String {
    let mut ways = Ways::default();
    model.visit(scope, &mut |group| {
        for path in group.paths {
            ways.add(path);
        }
    });
    ways.text()
}

/// A script that ends what the policy does not give, and gives back what its statements take beside that.
pub fn script_for(model: &dyn AccessModel, scope: &Scope, intent: &Intent) -> String {
    let mut ways = Ways::default();
    for path in intent.unwanted(model, scope).iter().flat_map(|one| &one.paths) {
        ways.add(path);
    }
    let mut out = ways.text();
    if ways.by_statement.is_empty() {
        return out;
    }
    let taken = ways.by_statement.keys().map(String::as_str).collect();
    let back = GiveBack::new(model, scope, intent, None).statements(&taken);
    if !back.is_empty() {
        out += "\n-- What the statements above take with it, though the policy gives it or says nothing of it, goes back:\n";
        out.extend(back.iter().map(|statement| format!("{statement}\n")));
    }
    out
}

/// Statements or commands as one text that can be run as it stands: SQL ends in `;` already, commands of a shell get
/// one between them.
pub(crate) fn one_after_another<'a>(statements: impl IntoIterator<Item = &'a str>) -> String {
    let mut out = String::new();
    for statement in statements {
        if !out.is_empty() {
            out += if out.ends_with(';') { " " } else { "; " };
        }
        out += statement;
    }
    out
}

#[derive(Default)]
struct Ways {
    by_statement: BTreeMap<String, BTreeSet<String>>,
    without: BTreeSet<String>,
}

impl Ways {
    fn add(&mut self, path: &crate::access::Path) {
        match &path.revoke {
            Some(statement) => {
                let texts = self.by_statement.entry(statement.clone()).or_default();
                texts.insert(path.text.clone());
            }
            None => {
                self.without.insert(path.text.clone());
            }
        }
    }

    fn text(&self) -> String {
        let mut out = String::from("-- Read before running: a statement may take away more than one thing.\n");
        for (statement, texts) in &self.by_statement {
            out.push('\n');
            for text in texts.iter().take(SHOWN) {
                out += &format!("-- {}\n", one_line(text));
            }
            if texts.len() > SHOWN {
                out += &format!("-- and {} more ways\n", texts.len() - SHOWN);
            }
            out += &format!("{statement}\n");
        }
        if !self.without.is_empty() {
            out += "\n-- No statement ends these:\n";
            out.extend(self.without.iter().map(|text| format!("-- {}\n", one_line(text))));
        }
        out
    }
}

/// How many ways are spelt out above a statement.
const SHOWN: usize = 10;

/// A name may hold a line feed; a remark must not end there.
fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}
