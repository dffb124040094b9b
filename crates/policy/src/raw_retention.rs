//! The parts of the policy file that speak of retention, as they are written.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_spanned::Spanned;

/// How long something is kept, and what happens then.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawRetain {
    /// What people call it.
    pub name: String,
    /// A category (`user.contact.email`) or a place (`shop.public.orders`).
    #[schemars(with = "String")]
    pub what: Spanned<String>,
    /// How long: `2 years`, `3 months`, `90 days`. Minimum periods of law win over it.
    #[schemars(with = "String")]
    pub keep: Spanned<String>,
    /// A minimum of your own, for a warranty or a contract: nothing goes earlier.
    #[schemars(with = "Option<String>")]
    pub minimum: Option<Spanned<String>>,
    /// Counted from when: `last_activity`, `closed_at`, `end_of_fiscal_year(placed_at)`,
    /// `max(hired_at + 3 years, left_at + 1 year)`.
    #[schemars(with = "String")]
    pub from: Spanned<String>,
    /// What happens then: erase, archive, clean-up or anonymise.
    #[schemars(with = "String")]
    pub then: Spanned<String>,
    /// How deep it must go: `L0` not selectable, `L1` gone from the live table files, `L2` from all files of
    /// the database, `L3` from backups too, `L4` media destroyed. Default: `L2` to erase, else `L1`.
    #[schemars(with = "Option<String>")]
    pub level: Option<Spanned<String>>,
    /// Who approves a plan: `one-person`, or `four-eyes` for somebody other than who planned. Default:
    /// one-person.
    #[schemars(with = "Option<String>")]
    pub approve: Option<Spanned<String>>,
    /// The people concerned are told this long before: `48 hours`, `15 days`. Who comes back stays.
    #[schemars(with = "Option<String>")]
    pub notify: Option<Spanned<String>>,
    /// What becomes of rows of other tables that refer to a row that goes, by their table:
    /// `{ "public.items" = "erase", "public.notes" = "unlink" }`; `erase` they go too, `unlink` their
    /// reference is emptied, `keep` they stay and so does the row they refer to. Default: what the foreign
    /// key says (CASCADE: erase, SET NULL: unlink), else keep.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub children: BTreeMap<String, Spanned<String>>,
    /// How long an archive is kept, counted from the day of archiving. Default: until the longest
    /// minimum of law has ended.
    #[schemars(with = "Option<String>")]
    pub archive_for: Option<Spanned<String>>,
    /// How long the table and those that refer to it may be locked for everybody: `30 seconds`, `5 minutes`. When most
    /// of it goes it is then emptied at once and filled again with what stays (PostgreSQL). Default: never.
    #[schemars(with = "Option<String>")]
    pub may_lock: Option<Spanned<String>>,
}

/// A table of events. The last of a row's events counts.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawEvent {
    /// The table: `shop.public.contract_events`.
    #[schemars(with = "String")]
    pub table: Spanned<String>,
    /// Its column with the day.
    pub at: String,
    /// Its column that says whose event it is.
    pub key: String,
    /// The column that `key` points to, in the table whose rows are to go.
    pub matches: String,
}

/// Something that stops periods: while it lasts, nothing of what it covers goes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawTolling {
    /// What people call it.
    pub name: String,
    /// A category or a place.
    #[schemars(with = "String")]
    pub what: Spanned<String>,
    /// The rule of law behind it, by its id in the rule pack.
    #[schemars(with = "Option<String>")]
    pub rule: Option<Spanned<String>>,
    /// The first day: `2026-03-01`.
    #[schemars(with = "String")]
    pub from: Spanned<String>,
    /// The last day. Default: it lasts.
    #[schemars(with = "Option<String>")]
    pub until: Option<Spanned<String>>,
    /// Adds to every minimum of what it covers, also after its end.
    #[schemars(with = "Option<String>")]
    pub extends: Option<Spanned<String>>,
    /// What shows it: the order, the letter, the file number. No names of persons.
    #[schemars(with = "String")]
    pub evidence: Spanned<String>,
}

/// What somebody decided about a rule of law at a place.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawDecision {
    /// The table: `shop.public.tickets`.
    #[schemars(with = "String")]
    pub place: Spanned<String>,
    /// The rule, by its id in the rule pack.
    #[schemars(with = "String")]
    pub rule: Spanned<String>,
    /// `applies`, `does-not-apply`, or `seal`: kept sealed from its end until the minimum has run out.
    #[schemars(with = "String")]
    pub answer: Spanned<String>,
    /// Why, in a sentence.
    #[schemars(with = "String")]
    pub because: Spanned<String>,
    /// Who decided.
    pub by: Option<String>,
    /// When: `2026-11-29`.
    #[schemars(with = "Option<String>")]
    pub on: Option<Spanned<String>>,
}
