//! The rules of law: the project's own data, versioned, in `rules.toml`; what its words mean to dataward
//! in `words.toml`.
//!
//! Not legal advice. Each [`LegalRule`] says where it stands and how sure that is. [`RulePack::built_in`]
//! is the pack of this version of dataward; [`RulePack::parse`] reads another one, to compare.
//! Which rules apply to a table and what comes out is for `retain::rules`.

mod kind;
mod parse;
mod role;
mod rule;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::LazyLock;

use dataward_model::Category;
use jiff::civil::Date;
use thiserror::Error;

use crate::StartExpression;

pub use kind::Effect;
pub use kind::LawEvidence;
pub use kind::OpenTerm;
pub use kind::Review;
pub use kind::Rounding;
pub use kind::RuleConfidence;
pub use kind::RuleKind;
pub use kind::Status;
pub use kind::Term;
pub use role::TableRole;
pub use rule::LegalRule;

/// Rules of law, and what their words mean. INVARIANT: every word of a rule is known, ids are unique.
#[derive(Clone, Debug)]
pub struct RulePack {
    version: String,
    compiled: Date,
    rules: Vec<LegalRule>,
    categories: BTreeMap<String, LegalCategory>,
    events: BTreeMap<String, LegalEvent>,
    sectors: BTreeMap<String, LegalSector>,
}

/// What a rule speaks of.
#[derive(Clone, Debug)]
pub struct LegalCategory {
    /// What people call it.
    pub title: String,
    /// Tables of these roles are it.
    pub is: Vec<TableRole>,
    /// In tables of these roles such things may lie: a person decides whether they do.
    pub may: Vec<TableRole>,
    /// Data that brings the rule with it wherever it lies.
    pub holds: Vec<Category>,
}

/// When a rule's period begins.
#[derive(Clone, Debug)]
pub struct LegalEvent {
    /// What people call it: `the invoice was issued`.
    pub title: String,
    /// How tables record it; none where they do not (a request, the end of a purpose).
    pub expression: Option<StartExpression>,
}

/// Whom a rule binds.
#[derive(Clone, Debug)]
pub struct LegalSector {
    /// What people call it.
    pub title: String,
    /// The words of `sectors` in the policy file that imply it.
    pub implied_by: Vec<String>,
}

/// Why a text is no rule pack.
#[derive(Debug, Error)]
#[error("the rule pack cannot be used: {0}")]
pub struct PackError(pub(crate) String);

impl RulePack {
    /// The pack of this version of dataward.
    pub fn built_in() -> &'static Self {
        static PACK: LazyLock<RulePack> = LazyLock::new(|| {
            RulePack::parse(include_str!("rules.toml"), include_str!("words.toml"))
                .expect("the pack that we ship is read by a test")
        });
        &PACK
    }

    /// Reads rules, and what their words mean.
    ///
    /// # Errors
    /// The first rule that has a word nobody knows, or an id twice.
    pub fn parse(rules: &str, words: &str) -> Result<Self, PackError> {
        parse::parse(rules, words)
    }

    /// Reads rules whose words mean what they mean in this version of dataward.
    ///
    /// # Errors
    /// As [`RulePack::parse`].
    pub fn parse_rules(rules: &str) -> Result<Self, PackError> {
        Self::parse(rules, include_str!("words.toml"))
    }

    /// `2026.11.23`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// When its facts were gathered.
    pub fn compiled(&self) -> Date {
        self.compiled
    }

    /// All rules, in the order of the file.
    pub fn rules(&self) -> &[LegalRule] {
        &self.rules
    }

    /// The rule with this id.
    pub fn rule(&self, id: &str) -> Option<&LegalRule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// What `rule` speaks of.
    pub fn category(&self, rule: &LegalRule) -> &LegalCategory {
        self.categories.get(&rule.data_category).expect("checked when the pack was read")
    }

    /// When the period of `rule` begins.
    pub fn event(&self, rule: &LegalRule) -> &LegalEvent {
        self.events.get(&rule.start_event).expect("checked when the pack was read")
    }

    /// The words of `sectors` in the policy file that some rule goes by: the sectors of rules, and what implies them.
    pub fn sector_words(&self) -> BTreeSet<&str> {
        let implied = self.sectors.values().flat_map(|sector| &sector.implied_by);
        self.sectors.keys().chain(implied).map(String::as_str).collect()
    }

    /// Whom `rule` binds.
    pub fn sector(&self, rule: &LegalRule) -> &LegalSector {
        self.sectors.get(&rule.sector).expect("checked when the pack was read")
    }

    /// The start of the period of `rule` as an expression, rounded as the rule says; none where tables do
    /// not record it.
    pub fn start(&self, rule: &LegalRule) -> Option<StartExpression> {
        let start = rule.start.as_ref().or(self.event(rule).expression.as_ref())?;
        Some(match rule.rounding {
            Rounding::CalendarYearEnd => start.end_of_calendar_year(),
            Rounding::FiscalYearEnd => start.end_of_fiscal_year(),
            Rounding::None => start.clone(),
        })
    }

    /// What `rule` does to a period of keeping.
    pub fn effect(&self, rule: &LegalRule) -> Effect {
        if rule.justifies {
            return Effect::Justification;
        }
        let measured = matches!(rule.term, Term::Period(_)) && self.start(rule).is_some();
        match rule.kind {
            RuleKind::MinRetention if measured => Effect::Minimum,
            RuleKind::MaxRetention | RuleKind::DisposalDuty if measured => Effect::Maximum,
            RuleKind::DefaultRetention => Effect::Default,
            RuleKind::MinRetention
            | RuleKind::MaxRetention
            | RuleKind::DisposalDuty
            | RuleKind::Blocking
            | RuleKind::PreErasureNotice
            | RuleKind::Restriction
            | RuleKind::Tolling => Effect::Duty,
            _ => Effect::Process,
        }
    }
}
