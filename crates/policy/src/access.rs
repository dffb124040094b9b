//! Who may do what with a category: the `[access]` table.

use jiff::civil::Date;
use serde::Serialize;
use serde_spanned::Spanned;

use crate::error::Mistake;
use crate::error::closest;
use crate::raw::RawAccess;

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

    pub(crate) fn new(raw: RawAccess) -> Result<Self, Mistake> {
        let (who, may, purpose, until) = match raw {
            RawAccess::Name(who) => (who, None, None, None),
            RawAccess::Rule(rule) => (rule.who, rule.may, rule.purpose, rule.until),
        };
        if who.get_ref().trim().is_empty() {
            return Err(Mistake::new(who.span(), "nobody", "an access rule names nobody")
                .help("name an account or a role, or write `anyone`"));
        }
        Ok(Self {
            who: who.into_inner(),
            may: may.as_ref().map(kind).transpose()?.unwrap_or(AccessKind::Write),
            purpose,
            until: until.as_ref().map(day).transpose()?,
        })
    }
}

fn kind(text: &Spanned<String>) -> Result<AccessKind, Mistake> {
    match text.get_ref().as_str() {
        "read" => Ok(AccessKind::Read),
        "write" => Ok(AccessKind::Write),
        other => {
            let mistake = Mistake::new(text.span(), "read or write", format!("`{other}` is not a kind of access"));
            Err(match closest(other, ["read", "write"]) {
                Some(meant) => mistake.help(format!("did you mean `{meant}`?")),
                None => mistake.help("known: read, write (which includes reading)"),
            })
        }
    }
}

fn day(text: &Spanned<String>) -> Result<Date, Mistake> {
    text.get_ref().parse().map_err(|_| {
        Mistake::new(text.span(), "not a day", format!("`{}` is not a day", text.get_ref()))
            .help("write the last day as `until = \"2027-03-31\"`")
    })
}
