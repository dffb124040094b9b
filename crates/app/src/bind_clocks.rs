//! When periods end: starts bound to the columns of tables, and what law asks of rows that go along with others.

use std::collections::BTreeMap;

use dataward_connect::amend::ALIAS;
use dataward_connect::amend::ForeignKey;
use dataward_connect::amend::OnDelete;
use dataward_connect::amend::Sql;
use dataward_connect::amend::TableFacts;
use dataward_policy::ChildRule;
use dataward_policy::Period;
use dataward_policy::RetentionRule;
use dataward_policy::RulePack;
use dataward_policy::TableName;
use dataward_retain::clock::Bind;
use dataward_retain::clock::BindContext;
use dataward_retain::clock::BoundStart;
use dataward_retain::clock::ClockError;
use dataward_retain::clock::ColumnFacts;
use dataward_retain::clock::Engine;
use dataward_retain::clock::EventFacts;
use dataward_retain::planner::Minimum;
use dataward_retain::rules::Clock;

use crate::bind_retention::Binder;
use crate::bind_retention::Conflict;

impl Binder<'_> {
    /// The starts of all periods that must have ended, bound to the columns of `table`.
    pub(crate) fn starts(
        &self,
        engine: Engine,
        rule: &RetentionRule,
        clocks: &[Clock],
        table: &TableFacts,
    ) -> Result<Vec<(BoundStart, Period)>, Conflict> {
        let policy = &self.project.policy;
        let columns: Vec<ColumnFacts> =
            table.columns.iter().map(|column| ColumnFacts::new(engine, &column.name, &column.sql_type)).collect();
        let name = TableName { source: self.id.clone(), table: table.name.clone() };
        let events = self.events(engine);
        let context = BindContext {
            engine,
            time_zone: policy.business.time_zone.clone(),
            fiscal_year_end: policy.business.fiscal_year_end,
            alias: Some(ALIAS),
            meanings: policy.retention.columns.get(&name),
            events: &events,
        };
        let bound = clocks.iter().map(|clock| clock.start.bind(&columns, &context).map(|start| (start, clock.keep)));
        bound.collect::<Result<Vec<_>, ClockError>>().map_err(|error| Conflict {
            rule: rule.name.clone(),
            place: name.to_string(),
            text: error.message,
            help: error.help,
        })
    }

    /// What law asks of the rows that go along with those of `table`, by their tables: nobody gave these a rule of
    /// their own, and a minimum beats a wish all the same. Where it cannot be told when it ends, they stay.
    pub(crate) fn minimums(
        &self,
        engine: Engine,
        number: usize,
        table: &TableFacts,
        conflicts: &mut Vec<Conflict>,
    ) -> BTreeMap<String, Minimum> {
        let rule = &self.project.policy.retain[number];
        let children = self.children(rule);
        let goes_along = |key: &ForeignKey| match children.get(&key.child) {
            Some(said) => *said == ChildRule::Erase,
            None => key.on_delete == OnDelete::Cascade,
        };
        let mut reached = vec![table.name.as_str()];
        let mut at = 0;
        while let Some(parent) = reached.get(at).copied() {
            for key in self.references.iter().filter(|key| key.parent == parent && goes_along(key)) {
                if !reached.contains(&key.child.as_str()) {
                    reached.push(&key.child);
                }
            }
            at += 1;
        }
        let mut minimums = BTreeMap::new();
        for child in reached[1..].iter().filter_map(|name| self.catalogue.table(name)) {
            let Some((part, _)) = self.part(number, child) else { continue };
            let laws: Vec<Clock> = part.clocks.iter().skip(1).filter(|clock| clock.by != rule.name).cloned().collect();
            if laws.is_empty() {
                continue;
            }
            let ended = match self.starts(engine, rule, &laws, child) {
                Ok(starts) => {
                    let each = starts.iter().map(|(start, keep)| start.due_sql(engine, *keep, self.as_of));
                    Sql::from_trusted(each.collect::<Vec<_>>().join(" AND "))
                }
                Err(conflict) => {
                    conflicts.push(conflict);
                    Sql::never()
                }
            };
            let law = |clock: &Clock| {
                let authority = RulePack::built_in().rule(&clock.by).map_or(&clock.by, |rule| &rule.authority);
                format!("{} by {authority}", clock.keep)
            };
            let by = laws.iter().map(law).collect::<Vec<_>>().join(", ");
            minimums.insert(child.name.clone(), Minimum { ended, by });
        }
        minimums
    }

    fn events(&self, engine: Engine) -> Vec<EventFacts> {
        let mut events = Vec::new();
        for (name, event) in &self.project.policy.retention.events {
            let Some(table) = self.catalogue.table(&event.table.table).filter(|_| event.table.source == *self.id)
            else {
                continue;
            };
            let Some(at) = table.column(&event.at) else { continue };
            events.push(EventFacts {
                name: name.clone(),
                path: event.table.table.split('.').map(str::to_owned).collect(),
                at: ColumnFacts::new(engine, &at.name, &at.sql_type),
                key: event.key.clone(),
                matches: event.matches.clone(),
            });
        }
        events
    }
}
