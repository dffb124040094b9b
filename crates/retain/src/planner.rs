//! Making a plan of one source: asks the source set by set, never row by row, and decides with
//! [`crate::closure`].
//!
//! 1. The rows that are due by a rule, and which of them are held.
//! 2. Down the references: what the schema or the policy lets go with them, until nothing new comes.
//! 3. What refers to any of these rows and stays: it keeps its parent.
//! 4. The largest set that breaks nothing; the order, children first.
//!
//! Memory grows with the rows of the plan (about 60 bytes a row with whole numbers as keys), not with the
//! tables.

use std::collections::BTreeMap;
use std::collections::HashSet;
use std::ops::Range;

use dataward_connect::amend::ALIAS;
use dataward_connect::amend::Amend;
use dataward_connect::amend::Catalogue;
use dataward_connect::amend::Edge;
use dataward_connect::amend::ForeignKey;
use dataward_connect::amend::OnDelete;
use dataward_connect::amend::RowIdentity;
use dataward_connect::amend::Rows;
use dataward_connect::amend::Selection;
use dataward_connect::amend::SkipReason;
use dataward_connect::amend::Sql;
use dataward_connect::amend::TableFacts;
use dataward_connect::amend::Through;
use dataward_connect::amend::stored::is_stored;
use dataward_policy::Action;
use dataward_policy::ChildRule;
use futures::StreamExt;

use crate::closure::Closure;
use crate::closure::KeptReason;
use crate::closure::Node;
use crate::dialect;
use crate::error::RetainError;
use crate::hold::Holds;
use crate::named_files::may_not;
use crate::refills::Worth;

/// Parents asked about in one statement.
const PARENTS: usize = 5_000;

/// A rule, bound to a table of a source.
#[derive(Clone, Debug)]
pub struct BoundRule {
    /// The position of the rule among the plan's.
    pub rule: usize,
    /// The table.
    pub table: String,
    /// What happens.
    pub action: Action,
    /// True of a row whose period has ended.
    pub due: Sql,
    /// The columns that it covers; empty: the rows.
    pub columns: Vec<crate::plan::Replacement>,
    /// The class of keys that seals the copy made first, for [`Action::Archive`].
    pub archive: Option<String>,
    /// Of files and objects: what their age is counted from, in a word or two.
    pub basis: Option<String>,
    /// What becomes of rows that refer to those that go, by their table.
    pub children: BTreeMap<String, ChildRule>,
    /// What law asks of rows that are taken along, by their table.
    pub minimums: BTreeMap<String, Minimum>,
    /// How many seconds the table and those that refer to it may be locked, so that they are emptied at once.
    pub may_lock: Option<u32>,
}

/// What law asks of the rows of a table.
#[derive(Clone, Debug)]
pub struct Minimum {
    /// True of a row of which it has ended.
    pub ended: Sql,
    /// How long, and which law, in words.
    pub by: String,
}

/// What a plan of one source is made from.
#[derive(Debug)]
pub struct PlanInput<'a> {
    /// The source's facts.
    pub catalogue: &'a Catalogue,
    /// References: those of the catalogue and those that a person confirmed.
    pub references: &'a [ForeignKey],
    /// The rules, bound.
    pub rules: &'a [BoundRule],
    /// What is held.
    pub holds: &'a Holds,
    /// From when on tables are emptied at once.
    pub worth: Worth,
    /// Rows of the largest tree that goes in one transaction.
    pub largest_tree: u32,
}

/// A group of rows of a table that go for the same reason.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) table: u16,
    /// The position among the bound rules.
    pub(crate) bound: usize,
    /// The reference and the group of the rows that take these along; none: due themselves.
    pub(crate) via: Option<(usize, u16)>,
}

/// Rows whose reference is taken away before their parent goes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unlinks {
    pub(crate) rows: Rows,
    pub(crate) parents: Vec<Node>,
}

/// What the search found.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) closure: Closure,
    pub(crate) groups: Vec<Group>,
    /// By reference.
    pub(crate) unlinks: BTreeMap<usize, Unlinks>,
    /// Rows that refer to themselves.
    pub(crate) own_parents: HashSet<Node>,
    /// How many rows are due of a table whose rows can't be told apart: table, rule, rows.
    pub(crate) without_key: Vec<(u16, usize, u64)>,
}

impl Found {
    /// Parents and children both of which go, where the reference between them would be taken away: the child first, or
    /// the engine changes it before its turn.
    pub(crate) fn unlinked_pairs(&self, input: &PlanInput<'_>) -> Vec<(Node, Node)> {
        let mut pairs = Vec::new();
        for (number, unlinks) in &self.unlinks {
            let key = &input.references[*number];
            let Some(child) = input.catalogue.tables.iter().position(|table| table.name == key.child) else { continue };
            let goes = |node: &Node| self.closure.goes(*node);
            for (at, parent) in unlinks.parents.iter().enumerate().filter(|(_, parent)| goes(parent)) {
                let child = self.closure.find(child as u16, &unlinks.rows, at).filter(goes);
                pairs.extend(child.map(|child| (*parent, child)));
            }
        }
        pairs
    }
}

/// Which rows of the source go, and which stay and why.
pub(crate) async fn search(source: &dyn Amend, input: &PlanInput<'_>) -> Result<Found, RetainError> {
    let found = Found {
        closure: Closure::new(input.catalogue.tables.len()),
        groups: Vec::new(),
        unlinks: BTreeMap::new(),
        own_parents: HashSet::new(),
        without_key: Vec::new(),
    };
    let mut search = Search { source, input, found };
    search.due_rows().await?;
    search.down().await?;
    search.what_stops().await?;
    let tables = &input.catalogue.tables;
    search.found.closure.settle(|table| tables[table as usize].name.clone());
    Ok(search.found)
}

struct Search<'a> {
    source: &'a dyn Amend,
    input: &'a PlanInput<'a>,
    found: Found,
}

impl Search<'_> {
    fn table_number(&self, name: &str) -> Option<u16> {
        self.input.catalogue.tables.iter().position(|table| table.name == name).map(|at| at as u16)
    }

    fn table(&self, number: u16) -> &TableFacts {
        &self.input.catalogue.tables[number as usize]
    }

    fn held(&self, table: &TableFacts) -> Sql {
        self.input.holds.condition(self.input.catalogue, self.input.references, table)
    }

    /// The rules under which whole rows of a table go.
    fn row_rules(&self, table: &str) -> impl Iterator<Item = (usize, &BoundRule)> {
        let table = table.to_owned();
        self.input.rules.iter().enumerate().filter(move |(_, rule)| rule.table == table && rule.columns.is_empty())
    }

    /// When rows of a table may go that are taken along: by its own rules, or by law where it has none.
    fn may_go(&self, table: &str) -> Sql {
        let own = self.row_rules(table).filter(|(_, rule)| rule.action != Action::Anonymise);
        match (self.row_rules(table).next(), self.minimum(table)) {
            (None, Some(minimum)) => minimum,
            _ => Sql::any(own.map(|(_, rule)| rule.due.clone())),
        }
    }

    /// When law lets go of rows of a table that has no rule of its own: the strictest of all rules that reach it.
    fn minimum(&self, table: &str) -> Option<Sql> {
        let parts: Vec<String> = self
            .input
            .rules
            .iter()
            .filter_map(|rule| rule.minimums.get(table))
            .map(|minimum| format!("({})", minimum.ended.as_str()))
            .collect();
        (!parts.is_empty()).then(|| Sql::from_trusted(parts.join(" AND ")))
    }

    fn has_minimum(&self, table: &str) -> bool {
        self.input.rules.iter().any(|rule| rule.minimums.contains_key(table))
    }

    async fn due_rows(&mut self) -> Result<(), RetainError> {
        for (bound, rule) in self.input.rules.iter().enumerate().filter(|(_, rule)| rule.columns.is_empty()) {
            let Some(number) = self.table_number(&rule.table) else { continue };
            let table = self.table(number).clone();
            let group = self.group(Group { table: number, bound, via: None });
            if table.identity == RowIdentity::None {
                let rows = self.source.count(&table, &rule.due).await?;
                self.found.without_key.push((number, rule.rule, rows));
                continue;
            }
            let mut selection = Selection::new(&table, rule.due.clone()).flag(self.held(&table));
            let keepers = [(SkipReason::Denied, KeptReason::Denied), (SkipReason::Protected, KeptReason::Protected)];
            let keepers: &[_] = if is_stored(self.input.catalogue.kind) { &keepers } else { &[] };
            selection.flags.extend(keepers.iter().map(|(why, _)| may_not(*why)));
            let keyless = self.keyless(&table.name);
            for key in &keyless {
                selection = selection.flag(self.is_referred_by(key));
            }
            let mut chunks = self.source.select(&selection).await?;
            while let Some(chunk) = chunks.next().await {
                let chunk = chunk?;
                for at in 0..chunk.rows.len() {
                    if self.found.closure.find(number, &chunk.rows, at).is_some() {
                        continue;
                    }
                    let node = self.found.closure.add(number, &chunk.rows, at, group, true);
                    if chunk.flags[0][at] {
                        self.found.closure.keep(node, KeptReason::Hold);
                    }
                    for (flag, (_, reason)) in chunk.flags[1..].iter().zip(keepers) {
                        if flag[at] {
                            self.found.closure.keep(node, reason.clone());
                        }
                    }
                    if let Some(child) = (0..keyless.len()).find(|key| chunk.flags[1 + keepers.len() + key][at]) {
                        let child = self.input.references[keyless[child]].child.clone();
                        self.found.closure.keep(node, KeptReason::NoKeyOn { child });
                    }
                }
            }
        }
        Ok(())
    }

    /// References to a table from others whose rows can't be told apart: these are not selected, so that they keep what
    /// they refer to is asked of the rows of the table.
    fn keyless(&self, parent: &str) -> Vec<usize> {
        let tables = self.input.catalogue;
        let is_keyless = |key: &ForeignKey| {
            key.parent == parent && tables.table(&key.child).is_some_and(|child| child.identity == RowIdentity::None)
        };
        (0..self.input.references.len()).filter(|at| is_keyless(&self.input.references[*at])).collect()
    }

    /// True of a row of the parent to which a row of the child refers.
    fn is_referred_by(&self, key: &usize) -> Sql {
        let key = &self.input.references[*key];
        let child = self.input.catalogue.table(&key.child).map_or("", |child| child.sql.as_str());
        let kind = self.input.catalogue.kind;
        let on = dialect::join(kind, "dataward_c", &key.child_columns, ALIAS, &key.parent_columns);
        Sql::from_trusted(format!("EXISTS (SELECT 1 FROM {child} AS dataward_c WHERE {on})"))
    }

    fn group(&mut self, group: Group) -> u16 {
        let same = |other: &Group| (other.table, other.bound, other.via) == (group.table, group.bound, group.via);
        match self.found.groups.iter().position(same) {
            Some(at) => at as u16,
            None => {
                self.found.groups.push(group);
                (self.found.groups.len() - 1) as u16
            }
        }
    }

    /// What becomes of children along a reference when a row of `bound` goes.
    fn child_rule(&self, key: &ForeignKey, bound: usize) -> ChildRule {
        let rule = match (self.input.rules[bound].children.get(&key.child), key.on_delete) {
            (Some(said), _) => *said,
            (None, OnDelete::Cascade) => ChildRule::Erase,
            (None, OnDelete::SetNull) => ChildRule::Unlink,
            (None, OnDelete::Refuse | OnDelete::SetDefault | OnDelete::Unknown) => ChildRule::Keep,
        };
        let elsewhere = self.input.catalogue.table(&key.child).is_some_and(|child| child.elsewhere);
        match rule {
            _ if elsewhere => ChildRule::Keep,
            ChildRule::Unlink if !key.nullable => ChildRule::Keep,
            rule => rule,
        }
    }

    /// Follows the references that take rows along, until nothing new comes.
    async fn down(&mut self) -> Result<(), RetainError> {
        let mut seen = vec![0_usize; self.input.catalogue.tables.len()];
        loop {
            let fresh = (0..seen.len()).find(|table| seen[*table] < self.found.closure.tables[*table].nodes.len());
            let Some(table) = fresh else { return Ok(()) };
            let range = seen[table]..self.found.closure.tables[table].nodes.len();
            seen[table] = range.end;
            let name = self.table(table as u16).name.clone();
            for (number, key) in self.input.references.iter().enumerate().filter(|(_, key)| key.parent == name) {
                self.follow(table as u16, range.clone(), number, key, Pass::TakeAlong).await?;
            }
        }
    }

    /// Finds what refers to the rows and is not among them.
    async fn what_stops(&mut self) -> Result<(), RetainError> {
        self.what_is_hidden();
        for table in 0..self.input.catalogue.tables.len() {
            let range = 0..self.found.closure.tables[table].nodes.len();
            let name = self.table(table as u16).name.clone();
            for (number, key) in self.input.references.iter().enumerate().filter(|(_, key)| key.parent == name) {
                self.follow(table as u16, range.clone(), number, key, Pass::Stop).await?;
            }
        }
        Ok(())
    }

    /// Keeps what rows may refer to that row security hides from us: the server would take these along, held or not.
    fn what_is_hidden(&mut self) {
        for table in 0..self.input.catalogue.tables.len() {
            let name = &self.input.catalogue.tables[table].name;
            let hides = |key: &&ForeignKey| hidden_children(self.input.catalogue, key) && key.parent == *name;
            let Some(key) = self.input.references.iter().find(hides) else { continue };
            for node in self.found.closure.tables[table].nodes.clone() {
                self.found.closure.keep(node, KeptReason::Hidden { child: key.child.clone() });
            }
        }
    }

    /// Asks for the children of these rows along one reference.
    async fn follow(
        &mut self,
        table: u16,
        range: Range<usize>,
        number: usize,
        key: &ForeignKey,
        pass: Pass,
    ) -> Result<(), RetainError> {
        let Some(child_number) = self.table_number(&key.child) else { return Ok(()) };
        let child = self.table(child_number).clone();
        let parent = self.table(table).clone();
        let wanted: Vec<usize> = range
            .filter(|position| {
                let node = self.found.closure.tables[table as usize].nodes[*position];
                let bound = self.found.groups[self.found.closure.groups[node as usize] as usize].bound;
                let takes_along = self.child_rule(key, bound) != ChildRule::Keep;
                self.found.closure.goes(node) && takes_along == (pass == Pass::TakeAlong)
            })
            .collect();
        let due = self.may_go(&key.child);
        let keyless = self.keyless(&key.child);
        for part in wanted.chunks(PARENTS) {
            let rows = self.found.closure.tables[table as usize].rows.pick(part.iter().copied());
            let nodes: Vec<Node> =
                part.iter().map(|position| self.found.closure.tables[table as usize].nodes[*position]).collect();
            let edge = Edge { key: key.clone(), parent: parent.clone() };
            let mut selection = Selection::new(&child, Sql::always()).flag(self.held(&child)).flag(due.clone());
            for key in &keyless {
                selection = selection.flag(self.is_referred_by(key));
            }
            selection.through = Some(Through { edge, parents: rows });
            let mut chunks = self.source.select(&selection).await?;
            while let Some(chunk) = chunks.next().await {
                let chunk = chunk?;
                for at in 0..chunk.rows.len() {
                    let parent = nodes[chunk.parents[at] as usize];
                    let keyless = (0..keyless.len()).find(|key| chunk.flags[2 + key][at]).map(|key| keyless[key]);
                    let seen = Seen { held: chunk.flags[0][at], due: chunk.flags[1][at], keyless };
                    self.meet(parent, number, key, child_number, &chunk.rows, at, seen);
                }
            }
        }
        Ok(())
    }

    /// A row of `child` refers to `parent`.
    #[expect(clippy::too_many_arguments, reason = "one row, its table, its reference and what was asked of it")]
    fn meet(&mut self, parent: Node, number: usize, key: &ForeignKey, child: u16, rows: &Rows, at: usize, seen: Seen) {
        let group = self.found.closure.groups[parent as usize];
        let bound = self.found.groups[group as usize].bound;
        let closure = &mut self.found.closure;
        let known = closure.find(child, rows, at);
        if known == Some(parent) {
            // A row that refers to itself stops nobody.
            self.found.own_parents.insert(parent);
            return;
        }
        let name = || key.child.clone();
        match (self.child_rule(key, bound), known) {
            (ChildRule::Unlink, _) if seen.held => {
                self.found.closure.keep(parent, KeptReason::HoldOn { child: name() });
            }
            (ChildRule::Unlink, _) => {
                let unlinks = self.found.unlinks.entry(number).or_default();
                unlinks.rows.push(rows, at);
                unlinks.parents.push(parent);
            }
            (ChildRule::Erase, None) => {
                let group = self.group(Group { table: child, bound, via: Some((number, group)) });
                let has_end = self.row_rules(&key.child).next().is_some() || self.has_minimum(&key.child);
                let closure = &mut self.found.closure;
                let node = closure.add(child, rows, at, group, false);
                if seen.held {
                    closure.keep(node, KeptReason::Hold);
                } else if has_end && !seen.due {
                    closure.keep(node, KeptReason::Minimum { child: name(), through: None });
                }
                if let Some(keyless) = seen.keyless {
                    let child = self.input.references[keyless].child.clone();
                    self.found.closure.keep(node, KeptReason::NoKeyOn { child });
                }
                self.found.closure.needs(parent, node);
                self.found.closure.takes(parent, node);
            }
            (ChildRule::Erase, Some(node)) => {
                self.found.closure.needs(parent, node);
                self.found.closure.takes(parent, node);
            }
            (ChildRule::Keep, Some(node)) => self.found.closure.needs(parent, node),
            (ChildRule::Keep, None) => {
                let has_rule = self.row_rules(&key.child).next().is_some();
                let elsewhere = self.input.catalogue.tables[child as usize].elsewhere;
                let reason = match () {
                    () if elsewhere => KeptReason::Elsewhere { child: name() },
                    () if seen.held => KeptReason::HoldOn { child: name() },
                    () if has_rule => KeptReason::Minimum { child: name(), through: None },
                    () => KeptReason::Referenced { child: name(), through: None },
                };
                self.found.closure.keep(parent, reason);
            }
        }
    }
}

/// Whether rows of a child may be hidden from this account that the server changes or takes along with their parents.
pub(crate) fn hidden_children(catalogue: &Catalogue, key: &ForeignKey) -> bool {
    key.is_dangerous() && catalogue.table(&key.child).is_some_and(|child| child.hides_rows)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pass {
    Stop,
    TakeAlong,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    held: bool,
    due: bool,
    /// The reference by which a row refers to it that can't be told from others.
    keyless: Option<usize>,
}
