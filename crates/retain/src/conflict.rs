//! What contradicts each other at a table, as a decision for a person. Nothing here guesses.

use dataward_policy::LegalAnswer;
use dataward_policy::RetentionRule;
use dataward_policy::TableName;
use dataward_policy::pack::RuleKind;
use dataward_policy::pack::Term;
use serde::Serialize;
use sha2::Digest;
use sha2::Sha256;

use crate::rules::Clock;
use crate::rules::Law;
use crate::rules::Reach;

/// Two things that cannot both be had, and who has to decide what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// `R-` and 12 hex digits of what contradicts what: it changes when one of the two does.
    pub id: String,
    /// The table.
    pub table: String,
    /// The name of the wish.
    pub wish: String,
    /// What contradicts what.
    pub kind: ConflictKind,
    /// The rules of law, by their ids.
    pub rules: Vec<String>,
    /// In one sentence, for a shop owner.
    pub text: String,
    /// What can be decided; empty where the policy itself has to be changed.
    pub options: Vec<Choice>,
    /// What was decided.
    pub decided: Option<Decided>,
}

/// What contradicts what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConflictKind {
    /// Law asks for a longer time than the wish.
    MinimumOverWish,
    /// Law has it go earlier than the wish.
    MaximumUnderWish,
    /// One law asks for it longer than another one allows.
    MinimumOverMaximum,
    /// Law asks that people are told before, and the wish does not say so.
    NoticeMissing,
}

impl ConflictKind {
    /// The word in machine-readable output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MaximumUnderWish => "maximum-under-wish",
            Self::MinimumOverMaximum => "minimum-over-maximum",
            Self::MinimumOverWish => "minimum-over-wish",
            Self::NoticeMissing => "notice-missing",
        }
    }
}

/// Something that can be decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// About which rule.
    pub rule: String,
    /// What.
    pub answer: LegalAnswer,
    /// What comes of it.
    pub meaning: String,
    /// What to type.
    pub command: String,
}

/// What was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decided {
    /// About which rule.
    pub rule: String,
    /// What.
    pub answer: LegalAnswer,
    /// Why.
    pub because: String,
    /// Who decided.
    pub by: Option<String>,
    /// When.
    pub on: Option<jiff::civil::Date>,
}

impl Conflict {
    /// Whether nobody decided it yet.
    pub fn is_open(&self) -> bool {
        self.decided.is_none()
    }
}

/// What contradicts each other where `wish` covers something of `table`. Rules that somebody said do not
/// apply are left out; what they contradicted is gone with them.
pub(crate) fn find(table: &TableName, wish: &RetentionRule, laws: &[Law<'_>]) -> Vec<Conflict> {
    let mut conflicts = Vec::new();
    let own = Clock { start: wish.from.clone(), keep: wish.keep, by: wish.name.clone() };
    for law in laws {
        if let Some(minimum) = law.minimum()
            && minimum.length() > own.length()
        {
            conflicts.push(minimum_over_wish(table, wish, law, minimum));
        }
        if let Some(maximum) = law.maximum()
            && maximum.length() < own.length()
        {
            conflicts.push(maximum_under_wish(table, wish, law, maximum));
        }
        if let (RuleKind::PreErasureNotice, Term::Hours(asked)) = (law.rule.kind, law.rule.term)
            && !law.is_excluded()
            && wish.notify.is_none_or(|notify| notify < asked)
        {
            conflicts.push(notice_missing(table, wish, law, asked));
        }
    }
    for law in laws {
        let Some(maximum) = law.maximum() else { continue };
        let longer =
            laws.iter().filter(|other| other.minimum().is_some_and(|minimum| minimum.length() > maximum.length()));
        conflicts.extend(longer.map(|other| minimum_over_maximum(table, wish, other, law)));
    }
    conflicts
}

fn minimum_over_wish(table: &TableName, wish: &RetentionRule, law: &Law<'_>, minimum: &Clock) -> Conflict {
    let possible = match law.reach {
        Reach::Is => "",
        Reach::Possible => " where it holds such things",
    };
    let text = format!(
        "`{}` wants {table} gone {} after {}, and {} asks for {} from {}{possible}",
        wish.name,
        wish.keep,
        wish.from.in_words(),
        law.rule.authority,
        minimum.keep,
        minimum.start.in_words()
    );
    let options = vec![
        choice(
            table,
            law,
            LegalAnswer::Applies,
            format!("kept for {} from {}", minimum.keep, minimum.start.in_words()),
        ),
        choice(
            table,
            law,
            LegalAnswer::DoesNotApply,
            format!("nothing here is what the rule speaks of: gone after {}", wish.keep),
        ),
    ];
    conflict(table, wish, ConflictKind::MinimumOverWish, &[law], text, options, decided(law))
}

fn maximum_under_wish(table: &TableName, wish: &RetentionRule, law: &Law<'_>, maximum: &Clock) -> Conflict {
    let doubt = if law.rule.is_doubtful() { " (a rule of medium confidence: ask)" } else { "" };
    let text = format!(
        "`{}` keeps {table} for {} from {}, and {} has it go {} after {}{doubt}",
        wish.name,
        wish.keep,
        wish.from.in_words(),
        law.rule.authority,
        maximum.keep,
        maximum.start.in_words()
    );
    let options = vec![
        choice(table, law, LegalAnswer::Applies, format!("gone {} after {}", maximum.keep, maximum.start.in_words())),
        choice(
            table,
            law,
            LegalAnswer::DoesNotApply,
            format!("nothing here is what the rule speaks of: kept for {}", wish.keep),
        ),
    ];
    conflict(table, wish, ConflictKind::MaximumUnderWish, &[law], text, options, decided(law))
}

fn minimum_over_maximum(table: &TableName, wish: &RetentionRule, longer: &Law<'_>, shorter: &Law<'_>) -> Conflict {
    let text = format!(
        "{} asks for {table} to be kept for {}, and {} has it go after {}",
        longer.rule.authority, longer.rule.term, shorter.rule.authority, shorter.rule.term
    );
    let options = vec![
        choice(
            table,
            shorter,
            LegalAnswer::Seal,
            format!("sealed after {}, gone after {}", shorter.rule.term, longer.rule.term),
        ),
        choice(table, shorter, LegalAnswer::DoesNotApply, format!("kept for {}", longer.rule.term)),
        choice(table, longer, LegalAnswer::DoesNotApply, format!("gone after {}", shorter.rule.term)),
    ];
    // That both apply does not say what is done about it: sealing does.
    let sealed = decided(shorter).filter(|decided| decided.answer == LegalAnswer::Seal);
    conflict(table, wish, ConflictKind::MinimumOverMaximum, &[longer, shorter], text, options, sealed)
}

fn notice_missing(table: &TableName, wish: &RetentionRule, law: &Law<'_>, asked: dataward_policy::Wait) -> Conflict {
    let text = format!(
        "{} asks that people are told {} before their data goes, and `{}` does not: write `notify = \"{asked}\"`",
        law.rule.authority, asked, wish.name
    );
    let options = vec![choice(table, law, LegalAnswer::DoesNotApply, "nobody is told".to_owned())];
    conflict(table, wish, ConflictKind::NoticeMissing, &[law], text, options, None)
}

fn choice(table: &TableName, law: &Law<'_>, answer: LegalAnswer, meaning: String) -> Choice {
    let place = shell_word(&table.to_string());
    let command =
        format!("dataward retain policy --decide {place} {} {} --because \"…\"", law.rule.id, answer.as_str());
    Choice { rule: law.rule.id.clone(), answer, meaning, command }
}

/// As one word of a shell: in single quotes where it has more than letters, digits and marks of names in it.
pub fn shell_word(text: &str) -> String {
    match text.chars().all(|c| c.is_alphanumeric() || "._-/".contains(c)) && !text.starts_with('-') {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

fn decided(law: &Law<'_>) -> Option<Decided> {
    law.decision.map(|decision| Decided {
        rule: law.rule.id.clone(),
        answer: decision.answer,
        because: decision.because.clone(),
        by: decision.by.clone(),
        on: decision.on,
    })
}

fn conflict(
    table: &TableName,
    wish: &RetentionRule,
    kind: ConflictKind,
    laws: &[&Law<'_>],
    text: String,
    options: Vec<Choice>,
    decided: Option<Decided>,
) -> Conflict {
    let mut hash = Sha256::new();
    let mut feed = |text: &str| {
        hash.update(text.as_bytes());
        hash.update([0x1f]);
    };
    feed(&table.to_string());
    feed(&wish.name);
    feed(&format!("{kind:?} {} {}", wish.keep, wish.from));
    for law in laws {
        feed(&format!("{} {} {}", law.rule.id, law.rule.term, law.rule.rounding.as_str()));
    }
    let id = format!("R-{}", hex::encode(&hash.finalize()[..6]));
    Conflict {
        id,
        table: table.to_string(),
        wish: wish.name.clone(),
        kind,
        rules: laws.iter().map(|law| law.rule.id.clone()).collect(),
        text,
        options,
        decided,
    }
}
