//! Which rules apply to a table, and what comes out.
//!
//! Pure: the policy, the rule pack, the table and the day in, a [`Resolution`] out. Begin with
//! [`resolve`].
//!
//! - A *wish* is a `[[retain]]` of the policy; the most specific one covers a column.
//! - A *minimum* of law holds everything back until it has ended, a *maximum* says until when it must have gone.
//!   Minimum beats maximum beats wish; a hold or a tolling beats all.
//! - Where they contradict each other, that is a [`crate::conflict::Conflict`]: a person decides, the decision
//!   stands in the policy file as `[[decide]]`, and until then nothing of it is deleted.
//! - What somebody decided lasts: a rule that does not apply at a place does not come back with the next pack.

mod applies;
mod roles;

use dataward_model::Category;
use dataward_policy::LegalAnswer;
use dataward_policy::LegalDecision;
use dataward_policy::LegalRule;
use dataward_policy::Period;
use dataward_policy::Policy;
use dataward_policy::RetentionRule;
use dataward_policy::RulePack;
use dataward_policy::StartExpression;
use dataward_policy::Subject;
use dataward_policy::TableName;
use dataward_policy::TableRole;
use dataward_policy::pack::Effect;
use dataward_policy::pack::Term;
use jiff::civil::Date;
use serde::Serialize;

use crate::conflict;
use crate::conflict::Conflict;

pub use applies::Reach;
pub use roles::FoundRole;
pub use roles::find_roles;

/// A table, file or document with personal data.
#[derive(Clone, Debug)]
pub struct HeldTable {
    /// Source and table.
    pub name: TableName,
    /// Whether it is a file or an object: a rule for a category covers none, only one that names it.
    pub is_file: bool,
    /// Its columns with personal data.
    pub columns: Vec<HeldColumn>,
}

/// A column with personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldColumn {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub category: Category,
}

/// Something that stops every deletion of what it covers, whoever asks.
#[derive(Clone, Debug)]
pub struct Blocker {
    /// Why.
    pub kind: BlockerKind,
    /// What people call it.
    pub name: String,
    /// What it covers.
    pub what: Subject,
}

/// Why something is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BlockerKind {
    /// A matter: a lawsuit, an investigation.
    Hold,
    /// A period that does not run.
    Tolling,
}

/// What retention goes by.
#[derive(Clone, Copy, Debug)]
pub struct Grounds<'a> {
    /// The policy file.
    pub policy: &'a Policy,
    /// The rules of law.
    pub pack: &'a RulePack,
    /// Holds. Tolling conditions of the policy are added to them.
    pub holds: &'a [Blocker],
    /// The day, in the time zone of the business.
    pub today: Date,
}

/// What applies to a table.
#[derive(Clone, Debug)]
pub struct Resolution<'a> {
    /// The table.
    pub table: TableName,
    /// What it is for.
    pub roles: Vec<FoundRole>,
    /// The rules of law that speak of it, in the order of the pack.
    pub laws: Vec<Law<'a>>,
    /// What is to happen, by wish; the first is the one that covers most columns. Wishes that another one goes before
    /// and that are carried out all the same, as they name the place, come last.
    pub parts: Vec<Part<'a>>,
    /// Columns that no wish covers.
    pub uncovered: Vec<HeldColumn>,
    /// What contradicts each other, decided or not.
    pub conflicts: Vec<Conflict>,
}

/// A rule of law at a table.
#[derive(Clone, Debug)]
pub struct Law<'a> {
    /// The rule.
    pub rule: &'a LegalRule,
    /// What it does to a period of keeping.
    pub effect: Effect,
    /// How it comes to apply.
    pub reach: Reach,
    /// In a sentence: by which jurisdiction, sector and role.
    pub because: String,
    /// What was decided about it here.
    pub decision: Option<&'a LegalDecision>,
    /// The period it measures; none for a duty without a number.
    pub clock: Option<Clock>,
}

/// A period and when it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// When it begins.
    pub start: StartExpression,
    /// How long it is.
    pub keep: Period,
    /// Whose it is: the id of a rule of law, or the name of a wish.
    pub by: String,
}

/// What is to happen to what one wish covers.
#[derive(Clone, Debug)]
pub struct Part<'a> {
    /// The wish.
    pub wish: &'a RetentionRule,
    /// Where it stands among the `[[retain]]` of the policy, from 0.
    pub index: usize,
    /// The columns it covers here.
    pub columns: Vec<HeldColumn>,
    /// All of these must have ended before anything goes.
    pub clocks: Vec<Clock>,
    /// The clock that ends last, as far as one can say without looking at rows.
    pub governing: usize,
    /// What must have gone when it ends: maximums that are sure or confirmed.
    pub ends: Vec<Clock>,
    /// Whether it may run.
    pub standing: Standing,
}

/// Whether something may run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Standing {
    /// Stopped by these.
    Blocked {
        /// Their names.
        by: Vec<String>,
    },
    /// Somebody has to decide first.
    Open {
        /// The conflicts, by their ids.
        conflicts: Vec<String>,
    },
    /// It may.
    Ready,
}

impl Law<'_> {
    /// Whether it counts here: somebody said that it does not, or it is only a reason to keep.
    pub fn is_excluded(&self) -> bool {
        self.decision.is_some_and(|decision| decision.answer == LegalAnswer::DoesNotApply)
    }

    /// Whether somebody confirmed it here.
    pub fn is_confirmed(&self) -> bool {
        self.decision.is_some_and(|decision| decision.answer != LegalAnswer::DoesNotApply)
    }

    /// A minimum that counts.
    pub fn minimum(&self) -> Option<&Clock> {
        self.clock.as_ref().filter(|_| self.effect == Effect::Minimum && !self.is_excluded())
    }

    /// A maximum that counts.
    pub fn maximum(&self) -> Option<&Clock> {
        self.clock.as_ref().filter(|_| self.effect == Effect::Maximum && !self.is_excluded())
    }
}

impl Resolution<'_> {
    /// The longest minimum of law.
    pub fn minimum(&self) -> Option<&Clock> {
        self.laws.iter().filter_map(Law::minimum).max_by(|a, b| a.length().total_cmp(&b.length()))
    }

    /// The shortest maximum of law.
    pub fn maximum(&self) -> Option<&Clock> {
        self.laws.iter().filter_map(Law::maximum).min_by(|a, b| a.length().total_cmp(&b.length()))
    }

    /// Conflicts that nobody decided yet.
    pub fn open_conflicts(&self) -> impl Iterator<Item = &Conflict> {
        self.conflicts.iter().filter(|conflict| conflict.is_open())
    }
}

impl Clock {
    /// Its length in mean days from what it counts from, rounding to the end of a year included with the half
    /// year that it is on average. To say which of two is longer, nothing more.
    pub fn length(&self) -> f64 {
        let text = self.start.as_str();
        let rounded = text.starts_with("end_of_calendar_year(") || text.starts_with("end_of_fiscal_year(");
        self.keep.mean_days() + if rounded { 365.2425 / 2.0 } else { 0.0 }
    }
}

/// Works out what applies to `table`.
pub fn resolve<'a>(grounds: Grounds<'a>, table: &HeldTable) -> Resolution<'a> {
    let roles = find_roles(&grounds.policy.retention, table);
    let laws = laws(grounds, table, &roles);
    let (wishes, uncovered) = wishes(grounds.policy, table);
    let mut conflicts = Vec::new();
    let mut parts = Vec::new();
    let beside = beside(grounds.policy, table, &wishes);
    for (index, columns) in wishes.into_iter().chain(beside) {
        let (part, found) = part(grounds, table, &laws, (index, columns));
        for one in found {
            // Two wishes that want the same are one to whoever decides.
            if conflicts.iter().all(|known: &Conflict| known.id != one.id) {
                conflicts.push(one);
            }
        }
        parts.push(part);
    }
    Resolution { table: table.name.clone(), roles, laws, parts, uncovered, conflicts }
}

/// Works out what the wish at `index` of the policy comes to at `table`, whether it covers a column with
/// personal data there or a table that has none: law speaks of vouchers, not of persons.
///
/// None where a more specific wish covers all that it would.
pub fn resolve_wish<'a>(grounds: Grounds<'a>, table: &HeldTable, index: usize) -> Option<(Part<'a>, Vec<Conflict>)> {
    let (wishes, _) = wishes(grounds.policy, table);
    let covered = wishes.into_iter().find(|(wish, _)| *wish == index);
    let whole_table = matches!(grounds.policy.retain.get(index)?.what, Subject::Place { .. });
    let columns = match covered {
        Some((_, columns)) => columns,
        None if whole_table => Vec::new(),
        None => return None,
    };
    let laws = laws(grounds, table, &find_roles(&grounds.policy.retention, table));
    Some(part(grounds, table, &laws, (index, columns)))
}

fn part<'a>(
    grounds: Grounds<'a>,
    table: &HeldTable,
    laws: &[Law<'a>],
    (index, columns): (usize, Vec<HeldColumn>),
) -> (Part<'a>, Vec<Conflict>) {
    let wish = &grounds.policy.retain[index];
    let found = conflict::find(&table.name, wish, laws);
    let open: Vec<String> = found.iter().filter(|one| one.is_open()).map(|one| one.id.clone()).collect();
    let blocked = blocked(grounds, table);
    let standing = match (blocked.is_empty(), open.is_empty()) {
        (false, _) => Standing::Blocked { by: blocked },
        (true, false) => Standing::Open { conflicts: open },
        (true, true) => Standing::Ready,
    };
    let clocks = clocks(grounds, table, wish, laws);
    let governing = (0..clocks.len()).max_by(|a, b| clocks[*a].length().total_cmp(&clocks[*b].length())).unwrap_or(0);
    let ends = laws
        .iter()
        .filter(|law| !law.rule.is_doubtful() && law.reach != Reach::Possible || law.is_confirmed())
        .filter_map(|law| law.maximum().cloned())
        .collect();
    (Part { wish, index, columns, clocks, governing, ends, standing }, found)
}

/// The rules of the pack that speak of `table` and are law today, or will be.
fn laws<'a>(grounds: Grounds<'a>, table: &HeldTable, roles: &[FoundRole]) -> Vec<Law<'a>> {
    let pack = grounds.pack;
    pack.rules()
        .iter()
        .filter(|rule| rule.is_in_force(grounds.today))
        .filter_map(|rule| {
            let effect = pack.effect(rule);
            if effect == Effect::Process {
                return None;
            }
            let business = applies::to_business(&grounds.policy.business, pack, rule)?;
            let (reach, place) = applies::to_table(pack.category(rule), table, roles)?;
            let decisions = grounds.policy.retention.decisions.iter().rev();
            let mut decisions = decisions.filter(|decision| decision.rule.get_ref() == &rule.id);
            // What was said of the place itself goes before what was said of a folder or a pattern.
            let decision = decisions
                .clone()
                .find(|decision| decision.place == table.name)
                .or_else(|| decisions.find(|decision| decision.covers(&table.name)));
            let clock = match (&rule.term, pack.start(rule)) {
                (Term::Period(keep), Some(start)) if effect != Effect::Duty => {
                    Some(Clock { start, keep: *keep, by: rule.id.clone() })
                }
                _ => None,
            };
            Some(Law { rule, effect, reach, because: format!("{business}; {place}"), decision, clock })
        })
        .collect()
}

/// What must have ended before what `wish` covers may go.
fn clocks(grounds: Grounds<'_>, table: &HeldTable, wish: &RetentionRule, laws: &[Law<'_>]) -> Vec<Clock> {
    let by = wish.name.clone();
    let mut clocks = vec![Clock { start: wish.from.clone(), keep: wish.keep, by: by.clone() }];
    // A maximum that somebody confirmed takes the place of a longer wish.
    let confirmed = laws.iter().filter(|law| law.is_confirmed()).filter_map(Law::maximum);
    if let Some(maximum) = confirmed.min_by(|a, b| a.length().total_cmp(&b.length()))
        && maximum.length() < clocks[0].length()
    {
        clocks[0] = maximum.clone();
    }
    if let Some(minimum) = wish.minimum {
        clocks.push(Clock { start: wish.from.clone(), keep: minimum, by });
    }
    clocks.extend(laws.iter().filter_map(|law| law.minimum().cloned()));
    let extensions: Vec<&dataward_policy::Tolling> = grounds
        .policy
        .retention
        .tolling
        .iter()
        .filter(|tolling| tolling.from <= grounds.today && covers(&tolling.what, table))
        .collect();
    for tolling in extensions {
        let Some(extends) = tolling.extends else { continue };
        for clock in
            clocks.iter_mut().skip(1).filter(|clock| tolling.rule.as_ref().is_none_or(|rule| *rule == clock.by))
        {
            clock.start = clock.start.plus(extends);
        }
    }
    clocks
}

/// The names of what stops deletions of `table` today.
fn blocked(grounds: Grounds<'_>, table: &HeldTable) -> Vec<String> {
    let holds = grounds.holds.iter().filter(|hold| covers(&hold.what, table)).map(|hold| hold.name.clone());
    let tolling = grounds.policy.retention.tolling.iter().filter(|tolling| tolling.is_open(grounds.today));
    holds.chain(tolling.filter(|one| covers(&one.what, table)).map(|one| one.name.clone())).collect()
}

/// Whether a subject touches a table: all of it, a column of it, or a category that it holds.
fn covers(what: &Subject, table: &HeldTable) -> bool {
    match what {
        Subject::Category(category) => table.columns.iter().any(|column| column.category.is_within(category)),
        Subject::Place { source, rest } => {
            let touches =
                |a: &str, b: &str| a.strip_prefix(b).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
            *source == table.name.source
                && (rest.is_empty() || touches(&table.name.table, rest) || touches(rest, &table.name.table))
        }
    }
}

type Wishes = Vec<(usize, Vec<HeldColumn>)>;

/// Which wish covers which columns: the most specific one, of two alike the later. Files are covered by name alone.
fn wishes(policy: &Policy, table: &HeldTable) -> (Wishes, Vec<HeldColumn>) {
    let mut wishes: Wishes = Vec::new();
    let mut uncovered = Vec::new();
    for column in &table.columns {
        let covering = policy
            .retain
            .iter()
            .enumerate()
            .filter(|(_, wish)| !(table.is_file && matches!(wish.what, Subject::Category(_))))
            .filter(|(_, wish)| wish.covers(&table.name, Some(&column.name), &column.category))
            .max_by_key(|(index, wish)| (specificity(&wish.what), *index));
        match covering {
            None => uncovered.push(column.clone()),
            Some((index, _)) => match wishes.iter_mut().find(|(known, _)| *known == index) {
                Some((_, columns)) => columns.push(column.clone()),
                None => wishes.push((index, vec![column.clone()])),
            },
        }
    }
    wishes.sort_by_key(|(index, columns)| (std::cmp::Reverse(columns.len()), *index));
    (wishes, uncovered)
}

/// Wishes that name the table or a column of it, or just what another one names, and that another one goes before: they
/// are carried out as well.
fn beside(policy: &Policy, table: &HeldTable, known: &Wishes) -> Wishes {
    let is_named = |wish: &RetentionRule| match &wish.what {
        Subject::Category(_) => false,
        Subject::Place { rest, .. } => {
            let is_alike = |(index, _): &(usize, Vec<HeldColumn>)| policy.retain[*index].what == wish.what;
            !rest.is_empty() || known.iter().any(is_alike)
        }
    };
    let others = policy.retain.iter().enumerate();
    let others = others.filter(|(index, wish)| is_named(wish) && known.iter().all(|(other, _)| other != index));
    let covered = |wish: &RetentionRule| {
        let columns = table.columns.iter();
        columns.filter(|one| wish.covers(&table.name, Some(&one.name), &one.category)).cloned().collect::<Vec<_>>()
    };
    others.map(|(index, wish)| (index, covered(wish))).filter(|(_, columns)| !columns.is_empty()).collect()
}

/// A place goes before a category, the longer before the shorter.
fn specificity(what: &Subject) -> (bool, usize) {
    match what {
        Subject::Category(category) => (false, category.key().len()),
        Subject::Place { rest, .. } => (true, rest.len()),
    }
}

/// The roles alone.
pub(crate) fn is_of(roles: &[FoundRole], wanted: &[TableRole]) -> Option<TableRole> {
    roles.iter().map(|found| found.role).find(|role| wanted.contains(role))
}
