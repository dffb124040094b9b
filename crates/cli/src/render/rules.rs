//! Rules, for people.

use std::fmt::Write;

use dataward_app::own_rules::RulesCheck;
use dataward_app::own_rules::RulesReport;

use crate::render::numbers::counted;
use crate::render::numbers::plain;
use crate::render::style;
use crate::render::style::GOOD;
use crate::render::style::HEAD;
use crate::render::style::MUTED;

/// What came out wrong, each with its place.
pub(crate) fn check(report: &RulesCheck) -> String {
    let mut out = String::new();
    let warning = style::WARNING;
    for wrong in &report.wrong {
        let place =
            if wrong.file.is_empty() { "built in".to_owned() } else { format!("{}:{}", wrong.file, wrong.line) };
        let what = if wrong.should_match { "must match and does not" } else { "must not match and does" };
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "{warning}{}{warning:#}  {HEAD}{}{HEAD:#}  `{}` {what}",
            plain(&place),
            plain(&wrong.rule),
            plain(&wrong.example)
        );
    }
    let rules = counted(report.rules as u64, "rule", "rules");
    let examples = counted(report.examples as u64, "example and near miss", "examples and near misses");
    let own = if report.own > 0 { format!(", {} of your own", report.own) } else { String::new() };
    if report.wrong.is_empty() {
        let _ = writeln!(out, "{GOOD}all right{GOOD:#}  {rules}{own}, {examples}");
    } else {
        let wrong = counted(report.wrong.len() as u64, "example is wrong", "examples are wrong");
        let _ = writeln!(out, "\n{wrong}  {MUTED}{rules}{own}, {examples}{MUTED:#}");
    }
    out
}

/// One line a rule.
pub(crate) fn list(report: &RulesReport) -> String {
    let mut out = String::new();
    for rule in &report.rules {
        let who = if rule.own { "yours" } else { rule.country.as_str() };
        let _ = writeln!(
            out,
            "  {HEAD}{:<24}{HEAD:#} {who:<5}  {:<44} {MUTED}{}{MUTED:#}",
            plain(&rule.name),
            plain(&rule.title),
            plain(&rule.category)
        );
    }
    if report.rules.is_empty() {
        out.push_str("No such rule.\n");
    }
    let rules = counted(report.rules.len() as u64, "rule", "rules");
    let countries = counted(report.countries.len() as u64, "country", "countries");
    let _ = writeln!(
        out,
        "\n{rules}; ids and tax numbers of {countries} are known.\n{MUTED}Any of them can be the `validator` of a rule of \
         your own, and so can {}.{MUTED:#}",
        report.checksums.join(", ")
    );
    out
}
