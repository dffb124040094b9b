//! Tables that are emptied at once: locked for everybody, filled again with what stays (docs/decisions/0070).
//!
//! Cheaper than to delete row by row where most rows go, and never done unless the policy says how long the tables may
//! be locked (`may_lock`). A table goes with all that refer to it, as the engine empties none without these.

use std::collections::BTreeSet;

use dataward_connect::amend::Amend;
use dataward_connect::amend::AtOnce;
use dataward_connect::amend::Sql;
use dataward_model::counted;

use crate::closure::Node;
use crate::error::RetainError;
use crate::planner::Found;
use crate::planner::PlanInput;

/// From when on tables are emptied at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Worth {
    /// The share of the rows of all these tables that must go.
    pub share: f64,
    /// So many rows must go at least: a lock for a few would be a bad trade.
    pub rows: u64,
}

impl Default for Worth {
    /// 75 % and 10,000 rows. Measured by `bench_retain share`, it costs the server less than batches from 72 % on.
    fn default() -> Self {
        Self { share: 0.75, rows: 10_000 }
    }
}

/// Rows that go at once at most: their keys are sent to the server in one transaction.
const MOST_ROWS: u64 = 5_000_000;

/// Of so many rows that go in batches for want of a word in the policy it is worth to tell.
const WORTH_TELLING: u64 = 100_000;

/// Seconds that a row which goes takes, and one that stays: 1.0 and 3.3 µs of the server's time with the indexes and
/// foreign keys of `bench_retain share`, thrice that on a busy machine.
const GOES: f64 = 3e-6;
const STAYS: f64 = 10e-6;

/// Tables that are emptied at once.
#[derive(Clone, Debug)]
pub(crate) struct Refill {
    pub(crate) tables: BTreeSet<u16>,
    pub(crate) at_once: AtOnce,
}

/// What was decided, and what is to be said of it: table, kind, text.
#[derive(Debug, Default)]
pub(crate) struct Refills {
    pub(crate) refills: Vec<Refill>,
    pub(crate) said: Vec<(String, &'static str, String)>,
}

/// The tables of the source that are emptied at once.
pub(crate) async fn find(source: &dyn Amend, found: &Found, input: &PlanInput<'_>) -> Result<Refills, RetainError> {
    let mut refills = Refills::default();
    let search = Search { source, found, input, goes: going(found) };
    for tables in search.families() {
        search.decide(tables, &mut refills).await?;
    }
    Ok(refills)
}

/// Rows that go, by table.
fn going(found: &Found) -> Vec<u64> {
    let count = |nodes: &Vec<Node>| nodes.iter().filter(|node| found.closure.goes(**node)).count() as u64;
    found.closure.tables.iter().map(|table| count(&table.nodes)).collect()
}

struct Search<'a> {
    source: &'a dyn Amend,
    found: &'a Found,
    input: &'a PlanInput<'a>,
    goes: Vec<u64>,
}

impl Search<'_> {
    fn number(&self, name: &str) -> Option<u16> {
        self.input.catalogue.tables.iter().position(|table| table.name == name).map(|at| at as u16)
    }

    fn name(&self, table: u16) -> &str {
        &self.input.catalogue.tables[table as usize].name
    }

    /// Tables of which rows go by a rule of their own, each with all that refer to it; such as share one are one.
    fn families(&self) -> Vec<BTreeSet<u16>> {
        let mut families: Vec<BTreeSet<u16>> = Vec::new();
        let with_rule = self.found.groups.iter().filter(|group| group.via.is_none()).map(|group| group.table);
        for table in with_rule.filter(|table| self.goes[*table as usize] > 0) {
            let mut family = BTreeSet::from([table]);
            let mut open = vec![table];
            while let Some(parent) = open.pop() {
                let refers = self.input.references.iter().filter(|key| key.declared && key.parent == self.name(parent));
                open.extend(refers.filter_map(|key| self.number(&key.child)).filter(|child| family.insert(*child)));
            }
            let (shared, apart): (Vec<_>, Vec<_>) = families.into_iter().partition(|other| !other.is_disjoint(&family));
            family.extend(shared.into_iter().flatten());
            families = apart;
            families.push(family);
        }
        families
    }

    /// The shortest that a rule under which rows of these tables go lets them be locked; else the rule that does not.
    fn may_lock(&self, tables: &BTreeSet<u16>) -> Result<u32, usize> {
        let mut shortest = u32::MAX;
        let goes = |group: u16| {
            let nodes = &self.found.closure.tables[self.found.groups[group as usize].table as usize].nodes;
            nodes
                .iter()
                .any(|node| self.found.closure.groups[*node as usize] == group && self.found.closure.goes(*node))
        };
        for (number, group) in self.found.groups.iter().enumerate() {
            if tables.contains(&group.table) && goes(number as u16) {
                let rule = &self.input.rules[group.bound];
                shortest = shortest.min(rule.may_lock.ok_or(rule.rule)?);
            }
        }
        Ok(shortest)
    }

    async fn decide(&self, tables: BTreeSet<u16>, refills: &mut Refills) -> Result<(), RetainError> {
        let goes: u64 = tables.iter().map(|table| self.goes[*table as usize]).sum();
        let facts = || tables.iter().map(|table| &self.input.catalogue.tables[*table as usize]);
        let names = facts().map(|table| table.name.as_str()).collect::<Vec<_>>().join(", ");
        let first = facts().next().map_or_else(String::new, |table| table.name.clone());
        let worth = &self.input.worth;
        let is_most = |all: u64| goes >= worth.rows && goes as f64 >= worth.share * all as f64;
        let Ok(may_lock) = self.may_lock(&tables) else {
            let all = facts().map(|table| table.rows_estimate).sum::<u64>();
            let can = || self.source.at_once_obstacles(&[]);
            if goes >= WORTH_TELLING && is_most(all) && can().await?.is_some() {
                let text = format!(
                    "most rows of {names} go: with `may_lock = \"{} seconds\"` in the rule they could be emptied at \
                     once, which takes less time and leaves no holes; nobody reads or writes them meanwhile",
                    seconds(goes, all.saturating_sub(goes)) * 2
                );
                refills.said.push((first, "not-at-once", text));
            }
            return Ok(());
        };
        let mut all = 0;
        for table in facts() {
            all += self.source.count(table, &Sql::always()).await?;
        }
        if !is_most(all) {
            return Ok(());
        }
        let at_once = AtOnce {
            tables: facts().map(|table| table.name_sql().to_owned()).collect(),
            may_lock,
            seconds: seconds(goes, all.saturating_sub(goes)),
        };
        let share = 100.0 * goes as f64 / all.max(1) as f64;
        match self.why_not(&tables, &at_once, goes).await? {
            Some(why) => {
                let text = format!("{share:.0} % of the rows of {names} go, yet in batches and not at once: {why}");
                refills.said.push((first, "not-at-once", text));
            }
            None => {
                let text = format!(
                    "{names}: {share:.0} % of the rows go, so they are emptied at once and filled again with what stays. \
                     Nobody reads or writes them for about {} s (at most {may_lock} s, else rows go in batches)",
                    at_once.seconds
                );
                refills.said.push((first, "at-once", text));
                refills.refills.push(Refill { tables, at_once });
            }
        }
        Ok(())
    }

    /// Why these tables are not emptied at once although it would be worth it.
    async fn why_not(
        &self,
        tables: &BTreeSet<u16>,
        at_once: &AtOnce,
        goes: u64,
    ) -> Result<Option<String>, RetainError> {
        if goes > MOST_ROWS {
            return Ok(Some(format!("more than {} go", counted(MOST_ROWS, "row", "rows"))));
        }
        if at_once.seconds > at_once.may_lock {
            return Ok(Some(format!(
                "they would be locked for about {} s, and the policy allows {} s (`may_lock`)",
                at_once.seconds, at_once.may_lock
            )));
        }
        let ours = |name: &str| self.number(name).is_some_and(|table| tables.contains(&table));
        if let Some(key) = self.input.references.iter().find(|key| !key.declared && ours(&key.parent)) {
            return Ok(Some(format!(
                "{} refers to {} by a reference that the server does not know",
                key.child, key.parent
            )));
        }
        if let Some(rule) = self.input.rules.iter().find(|rule| !rule.columns.is_empty() && ours(&rule.table)) {
            return Ok(Some(format!(
                "values of rows of {} that stay are emptied or made up by the same plan",
                rule.table
            )));
        }
        let Some(obstacles) = self.source.at_once_obstacles(&at_once.tables).await? else {
            return Ok(Some("this engine can't empty a table and fill it again in one transaction".to_owned()));
        };
        Ok(match obstacles.as_slice() {
            [] => None,
            [one] => Some(one.clone()),
            [first, rest @ ..] => Some(format!("{first} (and {} more)", rest.len())),
        })
    }
}

/// How long tables are locked of which so many rows go and stay: an estimate.
fn seconds(goes: u64, stays: u64) -> u32 {
    (goes as f64 * GOES + stays as f64 * STAYS).ceil().max(1.0) as u32
}
