//! What `retain policy` and `retain rules` print. `dataward/retain-policy@1`, `dataward/legal-rules@1`.

use std::collections::HashMap;

use dataward_model::Category;
use dataward_policy::LegalRule;
use dataward_policy::RulePack;
use dataward_policy::StartExpression;
use dataward_policy::pack::Effect;
use dataward_retain::conflict::Conflict;
use dataward_retain::rules::Clock;
use dataward_retain::rules::HeldColumn;
use dataward_retain::rules::Law;
use dataward_retain::rules::Reach;
use dataward_retain::rules::Resolution;
use dataward_retain::rules::Standing;
use schemars::JsonSchema;
use serde::Serialize;

/// The beginning of a period, as a person says it: `the end of the year of invoice date` for
/// `end_of_calendar_year(invoice_date)`.
pub fn start_in_words(expression: &str) -> String {
    StartExpression::parse(expression).map_or_else(|_| expression.to_owned(), |start| start.in_words())
}

/// What applies where.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RetentionPolicyReport {
    /// `dataward/retain-policy@1`.
    pub schema: &'static str,
    /// The version of the rule pack.
    pub pack: String,
    /// Jurisdictions of the business.
    pub jurisdictions: Vec<String>,
    /// Sectors of the business.
    pub sectors: Vec<String>,
    /// What would make the answer better, in sentences.
    pub advice: Vec<String>,
    /// What in the policy file means or covers nothing, in sentences: most likely mistyped.
    pub mistakes: Vec<String>,
    /// The tables, files and documents with personal data.
    pub places: Vec<PlaceLine>,
    /// Conflicts that nobody decided yet, over all places.
    pub open_conflicts: u64,
    /// Columns with personal data that no rule of the policy covers.
    pub uncovered_columns: u64,
    /// The day for which this holds, in the time zone of the business.
    pub as_of: String,
}

/// What applies to a table.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PlaceLine {
    /// Source and table.
    pub place: String,
    /// How many people are behind it, estimated.
    pub people: Option<u64>,
    /// What it is for.
    pub roles: Vec<RoleLine>,
    /// The rules of law that speak of it.
    pub rules: Vec<RuleAtPlace>,
    /// The longest minimum of law.
    pub minimum: Option<ClockLine>,
    /// The shortest maximum of law.
    pub maximum: Option<ClockLine>,
    /// What is to happen, by rule of the policy.
    pub parts: Vec<PartLine>,
    /// Columns with personal data that no rule of the policy covers; of running text what was found in it.
    pub uncovered: Vec<String>,
    /// What contradicts each other, decided or not.
    pub conflicts: Vec<ConflictLine>,
}

/// What a table is for.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RoleLine {
    /// The role.
    pub role: String,
    /// Why it is taken for that.
    pub why: String,
}

/// A rule of law at a table.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RuleAtPlace {
    /// Its id in the pack.
    pub id: String,
    /// Where it stands, as a lawyer cites it.
    pub authority: String,
    /// Where to read it.
    pub source: String,
    /// `high`, or `medium`: a person confirms it before it deletes anything.
    pub confidence: String,
    /// `minimum`, `maximum`, `justification`, `default` or `duty`.
    pub effect: String,
    /// How long.
    pub term: String,
    /// From when, as an expression; none where tables do not record it.
    pub from: Option<String>,
    /// `is`, or `possible`: the table may hold what the rule speaks of.
    pub reach: String,
    /// Why it applies.
    pub because: String,
    /// What was decided about it here: `applies`, `does-not-apply`, `seal`.
    pub decision: Option<String>,
    /// What else to know.
    pub note: Option<String>,
}

/// A period, when it begins and whose it is.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ClockLine {
    /// How long.
    pub keep: String,
    /// From when.
    pub from: String,
    /// The id of a rule of law, or the name of a rule of the policy.
    pub by: String,
    /// The columns it reads here; empty where it is not known which.
    pub columns: Vec<String>,
    /// Why these.
    pub reasons: Vec<String>,
    /// Why the columns are not known, and what to do.
    pub problem: Option<String>,
}

/// What is to happen to what one rule of the policy covers.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PartLine {
    /// The name of the rule.
    pub wish: String,
    /// What happens.
    pub action: String,
    /// How deep.
    pub level: String,
    /// Who approves.
    pub approve: String,
    /// How long before people are told.
    pub notify: Option<String>,
    /// The columns it covers; of running text what was found in it.
    pub columns: Vec<String>,
    /// What the rule wants.
    pub wanted: String,
    /// The period that ends last.
    pub chosen: ClockLine,
    /// Why that one.
    pub why: String,
    /// All periods that must have ended.
    pub clocks: Vec<ClockLine>,
    /// `ready`, `open` (somebody has to decide), or `blocked`.
    pub state: String,
    /// What blocks it, or the conflicts to decide.
    pub by: Vec<String>,
}

/// Two things that cannot both be had.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ConflictLine {
    /// `R-` and 12 hex digits.
    pub id: String,
    /// What contradicts what: `minimum-over-wish`, `maximum-under-wish`, `minimum-over-maximum`, `notice-missing`.
    pub kind: String,
    /// The name of the rule of the policy.
    pub wish: String,
    /// The rules of law.
    pub rules: Vec<String>,
    /// In one sentence.
    pub text: String,
    /// Whether somebody has to decide.
    pub open: bool,
    /// What was decided, and why.
    pub decided: Option<String>,
    /// What can be decided.
    pub options: Vec<OptionLine>,
}

/// Something that can be decided.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct OptionLine {
    /// `applies`, `does-not-apply` or `seal`.
    pub answer: String,
    /// What comes of it.
    pub meaning: String,
    /// What to type.
    pub command: String,
}

/// The rules of the pack.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LegalRulesReport {
    /// `dataward/legal-rules@1`.
    pub schema: &'static str,
    /// The version of the pack.
    pub pack: String,
    /// When its facts were gathered.
    pub compiled: String,
    /// The rules.
    pub rules: Vec<LegalRuleLine>,
}

/// A rule of the pack, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LegalRuleLine {
    /// Its name for ever.
    pub id: String,
    /// Where it is law.
    pub jurisdiction: String,
    /// Whom it binds.
    pub sector: String,
    /// The same in words.
    pub binds: String,
    /// What it speaks of.
    pub data_category: String,
    /// The same in words.
    pub about: String,
    /// What it asks for.
    pub kind: String,
    /// What it does to a period of keeping.
    pub effect: String,
    /// How long.
    pub term: String,
    /// When that begins.
    pub start_event: String,
    /// The same in words.
    pub begins: String,
    /// As an expression over a table, rounded.
    pub from: Option<String>,
    /// To which day the start is moved.
    pub rounding: String,
    /// From how many people or what risk on.
    pub threshold: Option<String>,
    /// How the term may be extended.
    pub extension: Option<String>,
    /// Where it stands.
    pub authority: String,
    /// Where to read it.
    pub source: String,
    /// How sure it is.
    pub confidence: String,
    /// What it was taken from.
    pub evidence: String,
    /// Whether it is law today.
    pub status: String,
    /// The first day.
    pub valid_from: Option<String>,
    /// The last day.
    pub valid_to: Option<String>,
    /// Whether a lawyer of the business has looked at it.
    pub review_status: String,
    /// What else to know.
    pub note: Option<String>,
}

impl LegalRuleLine {
    /// `rule` of `pack` in words.
    pub fn new(pack: &RulePack, rule: &LegalRule) -> Self {
        Self {
            id: rule.id.clone(),
            jurisdiction: rule.jurisdiction.clone(),
            sector: rule.sector.clone(),
            binds: pack.sector(rule).title.clone(),
            data_category: rule.data_category.clone(),
            about: pack.category(rule).title.clone(),
            kind: rule.kind.as_str().to_owned(),
            effect: effect(pack.effect(rule)),
            term: rule.term.to_string(),
            start_event: rule.start_event.clone(),
            begins: pack.event(rule).title.clone(),
            from: pack.start(rule).map(|start| start.to_string()),
            rounding: rule.rounding.as_str().to_owned(),
            threshold: rule.threshold.clone(),
            extension: rule.extension.clone(),
            authority: rule.authority.clone(),
            source: rule.source.clone(),
            confidence: rule.confidence.as_str().to_owned(),
            evidence: rule.evidence.as_str().to_owned(),
            status: rule.status.as_text(),
            valid_from: rule.valid_from.map(|day| day.to_string()),
            valid_to: rule.valid_to.map(|day| day.to_string()),
            review_status: rule.review.as_text(),
            note: rule.note.clone(),
        }
    }
}

/// What a clock reads in a table: the columns and why, or the problem.
pub(crate) type Readings<'a> = &'a dyn Fn(&Clock) -> (Vec<String>, Vec<String>, Option<String>);

impl PlaceLine {
    /// `resolution` in words. `readings` says what a clock reads in the table.
    pub(crate) fn new(resolution: &Resolution<'_>, people: Option<u64>, readings: Readings<'_>) -> Self {
        let clock = |clock: &Clock| {
            let (columns, reasons, problem) = readings(clock);
            ClockLine {
                keep: clock.keep.to_string(),
                from: clock.start.to_string(),
                by: clock.by.clone(),
                columns,
                reasons,
                problem,
            }
        };
        let parts = resolution.parts.iter().map(|part| {
            let governing = &part.clocks[part.governing];
            let (state, by) = match &part.standing {
                Standing::Blocked { by } => ("blocked", by.clone()),
                Standing::Open { conflicts } => ("open", conflicts.clone()),
                Standing::Ready => ("ready", Vec::new()),
            };
            let law = resolution.laws.iter().find(|law| law.rule.id == governing.by);
            let why = match law {
                Some(law) if law.effect == Effect::Minimum => {
                    format!("{} is the longest minimum; law goes before the wish", law.rule.authority)
                }
                Some(law) => format!("{} ends it, as was confirmed", law.rule.authority),
                None => "no law asks for longer".to_owned(),
            };
            PartLine {
                wish: part.wish.name.clone(),
                action: part.wish.then.as_str().to_owned(),
                level: part.wish.level.to_string(),
                approve: part.wish.approve.as_str().to_owned(),
                notify: part.wish.notify.map(|wait| wait.to_string()),
                columns: named(resolution, &part.columns),
                wanted: format!("{} from {}", part.wish.keep, part.wish.from),
                chosen: clock(governing),
                why,
                clocks: part.clocks.iter().map(clock).collect(),
                state: state.to_owned(),
                by,
            }
        });
        Self {
            place: resolution.table.to_string(),
            people,
            roles: resolution
                .roles
                .iter()
                .map(|found| RoleLine { role: found.role.as_str().to_owned(), why: found.why.clone() })
                .collect(),
            rules: resolution.laws.iter().map(rule_at_place).collect(),
            minimum: resolution.minimum().map(clock),
            maximum: resolution.maximum().map(clock),
            parts: parts.collect(),
            uncovered: named(resolution, &resolution.uncovered),
            conflicts: resolution.conflicts.iter().map(conflict_line).collect(),
        }
    }
}

/// The names of columns. Running text has one name for all that was found in it: there it is what was found.
fn named(resolution: &Resolution<'_>, columns: &[HeldColumn]) -> Vec<String> {
    let mut times: HashMap<&str, u64> = HashMap::new();
    for column in resolution.parts.iter().flat_map(|part| &part.columns).chain(&resolution.uncovered) {
        *times.entry(&column.name).or_default() += 1;
    }
    let is_text = |column: &HeldColumn| times.get(column.name.as_str()).is_some_and(|times| *times > 1);
    let name = |column: &HeldColumn| match is_text(column) {
        true => {
            (column.category != Category::CONTENT || columns.len() == 1).then(|| column.category.title().to_owned())
        }
        false => Some(column.name.clone()),
    };
    columns.iter().filter_map(name).collect()
}

fn rule_at_place(law: &Law<'_>) -> RuleAtPlace {
    RuleAtPlace {
        id: law.rule.id.clone(),
        authority: law.rule.authority.clone(),
        source: law.rule.source.clone(),
        confidence: if law.rule.is_doubtful() { "medium" } else { "high" }.to_owned(),
        effect: effect(law.effect),
        term: law.rule.term.to_string(),
        from: law.clock.as_ref().map(|clock| clock.start.to_string()),
        reach: match law.reach {
            Reach::Is => "is",
            Reach::Possible => "possible",
        }
        .to_owned(),
        because: law.because.clone(),
        decision: law.decision.map(|decision| decision.answer.as_str().to_owned()),
        note: law.rule.note.clone(),
    }
}

fn conflict_line(conflict: &Conflict) -> ConflictLine {
    ConflictLine {
        id: conflict.id.clone(),
        kind: conflict.kind.as_str().to_owned(),
        wish: conflict.wish.clone(),
        rules: conflict.rules.clone(),
        text: conflict.text.clone(),
        open: conflict.is_open(),
        decided: conflict
            .decided
            .as_ref()
            .map(|decided| format!("{} {}: {}", decided.rule, decided.answer.as_str(), decided.because)),
        options: conflict
            .options
            .iter()
            .map(|option| OptionLine {
                answer: option.answer.as_str().to_owned(),
                meaning: option.meaning.clone(),
                command: option.command.clone(),
            })
            .collect(),
    }
}

fn effect(effect: Effect) -> String {
    match effect {
        Effect::Default => "default",
        Effect::Duty => "duty",
        Effect::Justification => "justification",
        Effect::Maximum => "maximum",
        Effect::Minimum => "minimum",
        Effect::Process => "process",
    }
    .to_owned()
}
