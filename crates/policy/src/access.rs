//! Who may do what with a category: the `[access]` table.

use std::ops::Range;

use jiff::civil::Date;
use serde::Serialize;
use serde_spanned::Spanned;

use crate::error::Mistake;
use crate::error::closest;
use crate::raw::RawAccess;
use crate::raw::RawAccessRule;

/// Somebody who may read or change a category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessRule {
    /// An account, a role (then all its members too), or [`AccessRule::ANYONE`].
    pub who: String,
    /// What they may do.
    pub may: AccessKind,
    /// What for.
    pub purpose: Option<String>,
    /// The last day on which they may; none: until further notice.
    pub until: Option<Date>,
}

/// What somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AccessKind {
    /// Reading.
    Read,
    /// Reading and changing.
    Write,
}

impl AccessRule {
    /// The word for everybody.
    pub const ANYONE: &str = "anyone";

    pub(crate) fn new(raw: Spanned<RawAccess>) -> Result<Self, Mistake> {
        let span = raw.span();
        let rule = match raw.into_inner() {
            RawAccess::Name(who) => RawAccessRule { who, may: None, purpose: None, until: None },
            RawAccess::Rule(rule) => rule,
        };
        if rule.who.trim().is_empty() {
            return Err(Mistake::new(span, "nobody", "an access rule names nobody")
                .help("name an account or a role, or write `anyone`"));
        }
        Ok(Self {
            who: rule.who,
            may: rule.may.map_or(Ok(AccessKind::Write), |text| kind(&text, &span))?,
            purpose: rule.purpose,
            until: rule.until.map(|text| day(&text, &span)).transpose()?,
        })
    }
}

fn kind(text: &str, span: &Range<usize>) -> Result<AccessKind, Mistake> {
    match text {
        "read" => Ok(AccessKind::Read),
        "write" => Ok(AccessKind::Write),
        other => {
            let mistake = Mistake::new(span.clone(), "read or write", format!("`{other}` is not a kind of access"));
            Err(match closest(other, ["read", "write"]) {
                Some(meant) => mistake.help(format!("did you mean `{meant}`?")),
                None => mistake.help("known: read, write (which includes reading)"),
            })
        }
    }
}

fn day(text: &str, span: &Range<usize>) -> Result<Date, Mistake> {
    text.parse().map_err(|_| {
        Mistake::new(span.clone(), "not a day", format!("`{text}` is not a day"))
            .help("write the last day as `until = \"2027-03-31\"`")
    })
}

#[cfg(test)]
mod tests {
    use crate::AccessKind;
    use crate::Policy;

    fn parse(rules: &str) -> Result<Policy, crate::PolicyError> {
        Policy::parse("dataward.toml", &format!("[business]\nname = \"T\"\n[access]\n\"user.contact\" = [{rules}]\n"))
    }

    #[test]
    fn rules_are_names_or_names_with_more_words() {
        let policy = parse(r#""app", { who = "ro", may = "read", for = "support", until = "2027-03-31" }"#).unwrap();
        let rules = policy.access.values().next().unwrap();
        assert_eq!((rules[0].who.as_str(), rules[0].may, rules[0].until), ("app", AccessKind::Write, None));
        assert_eq!((rules[1].may, rules[1].purpose.as_deref()), (AccessKind::Read, Some("support")));
        assert_eq!(rules[1].until.unwrap().to_string(), "2027-03-31");
    }

    #[test]
    fn mistakes_say_what_would_be_right() {
        for (rules, message) in [
            (r#"{ who = "a", may = "raed" }"#, "`raed` is not a kind of access"),
            (r#"{ who = "a", until = "soon" }"#, "`soon` is not a day"),
            (r#"{ who = "a", til = "2027-01-01" }"#, "an access rule is a name, or a name with more words"),
            (r#""""#, "an access rule names nobody"),
        ] {
            let error = parse(rules).unwrap_err();
            assert_eq!((error.to_string().as_str(), error.line_column().0), (message, 4), "{rules}");
            assert!(error.help_text().is_some(), "{rules}");
        }
    }
}
