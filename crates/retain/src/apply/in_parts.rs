//! Rows that hang together and are too many for one transaction.
//!
//! Before the first of them goes all are looked at, and what refers to them: a row that turns out to stay keeps whatever
//! would go because of it, and whom it refers to. The rest goes in parts, each a row with all that hangs on it as far as
//! that fits into a transaction, children first; before each part the rows above it are looked at once more. What is cut
//! off begins anew with a look at what is left.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::VecDeque;

use dataward_connect::amend::BatchDone;
use dataward_connect::amend::BatchOutcome;
use dataward_connect::amend::Edge;
use dataward_connect::amend::RowIdentity;
use dataward_connect::amend::Rows;
use dataward_connect::amend::Selection;
use dataward_connect::amend::SkipReason;
use dataward_connect::amend::Sql;
use dataward_connect::amend::Through;
use dataward_store::StoredBatch;
use futures::TryStreamExt;

use super::Apply;
use super::LOCK_TRIES;
use super::MOST_LOCKED;
use super::SHORT;
use super::TRIES;
use super::hanging::Fate;
use super::hanging::Hanging;
use super::hanging::Known;
use super::hanging::Node;
use super::passes_by_itself;
use super::state::State;
use super::state::next_size;
use super::state::pause;
use super::trees::MOST_ROWS;
use crate::closure::TableRows;
use crate::error::RetainError;
use crate::plan::PlannedChange;
use crate::rows_file::PlannedRows;

/// Rows of the largest part: a transaction of about 20 ms.
const PART: usize = 2_000;

/// Rows looked at in one statement.
const LOOKED_AT: usize = 8_192;

/// A row: the record it stands in, and where.
type At = (usize, usize);

/// Rows that hang together, and where each stands.
struct Rest<'a> {
    records: &'a [PlannedRows],
    /// Of each node.
    places: Vec<At>,
    hanging: Hanging,
}

impl Rest<'_> {
    /// The rows of some nodes by height and step, each with its nodes.
    fn turns(&self, nodes: &[Node], heights: &[u32]) -> BTreeMap<(u32, usize), (Rows, Vec<Node>)> {
        let mut turns: BTreeMap<(u32, usize), (Rows, Vec<Node>)> = BTreeMap::new();
        for (node, height) in nodes.iter().zip(heights) {
            let (record, row) = self.places[*node as usize];
            let turn = turns.entry((*height, self.records[record].step)).or_default();
            turn.0.push(&self.records[record].rows, row);
            turn.1.push(*node);
        }
        turns
    }
}

impl Apply<'_> {
    /// Changes rows that hang together. Journalled as a whole: cut off, it is begun anew, and rows that went then are
    /// found gone.
    pub(super) async fn in_parts(&self, records: &[PlannedRows], state: &mut State) -> Result<(), RetainError> {
        let first = state.chunk;
        for (at, record) in records.iter().enumerate() {
            state.chunk = first + at as u64;
            self.copy_first(record, state).await?;
        }
        state.chunk = first;
        let begun = |(record, chunk): (&PlannedRows, u64)| StoredBatch::begun(chunk, record.step, 0..record.rows.len());
        let planned: Vec<StoredBatch> = records.iter().zip(first..).map(begun).collect();
        self.begin(state, planned.clone()).await?;
        let mut rest = self.look_through(records, state).await?;
        let mut work: VecDeque<Vec<Node>> = rest.hanging.parts(PART).into();
        // Parts of one transaction at most: fewer where something stops one of them.
        let (mut most, mut tries, mut locked) = (usize::MAX, 0, 0);
        while let Some(parts) = next(&mut work, &rest.hanging, (most, state.tree_rows)) {
            self.may_go_on(state, records[0].step).await?;
            let nodes: Vec<Node> = parts.iter().flatten().copied().collect();
            let above = rest.hanging.above(&nodes);
            if !above.is_empty() {
                let staying = self.look_at(&rest, &above, state).await?;
                if !staying.is_empty() {
                    staying.into_iter().for_each(|(node, reason)| rest.hanging.stays(node, reason));
                    again(&mut work, parts);
                    continue;
                }
            }
            let turns = rest.turns(&nodes, &rest.hanging.heights(&nodes));
            let (mut batches, mut waiting) = (Vec::with_capacity(turns.len()), Vec::with_capacity(turns.len()));
            for ((_, step), (rows, _)) in &turns {
                let (batch, waits) = self.batch(*step, rows.clone(), state).await?;
                batches.push(batch.entire());
                waiting.push(waits);
            }
            let (_, approved, target) = self.place(records[0].step)?;
            let tell = |answers: &mut [BatchDone]| waiting.iter().zip(answers).for_each(|(one, done)| one.tell(done));
            let outcome = match target.source.amend(approved, &batches).await {
                Ok(outcome) => outcome,
                Err(error) if passes_by_itself(&error) && tries < TRIES => {
                    // Whether it was done nobody knows: what is left is looked at anew.
                    state.doubt(first + records.len() as u64, 0);
                    rest = self.look_again(records, state, &mut tries).await?;
                    work = rest.hanging.parts(PART).into();
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            match outcome {
                BatchOutcome::Done(mut answers) => {
                    self.watcher.point("part");
                    tell(&mut answers);
                    let took = answers.iter().map(|done| done.took).max().unwrap_or_default();
                    for ((_, of), answer) in turns.values().zip(answers) {
                        answer.changed.iter().for_each(|at| rest.hanging.done(of[*at as usize]));
                        let skipped = answer.skipped.iter();
                        skipped.for_each(|(at, reason)| rest.hanging.stays(of[*at as usize], *reason));
                    }
                    (tries, locked, most) = (0, 0, most.saturating_mul(2));
                    state.tree_rows = next_size(state.tree_rows, nodes.len(), took, MOST_ROWS);
                    self.give_way(state, records[0].step, nodes.len(), took).await?;
                }
                BatchOutcome::Stays(mut answers) => {
                    tell(&mut answers);
                    for ((_, of), answer) in turns.values().zip(answers) {
                        self.tell(state, records[0].step, &answer.said).await?;
                        let skipped = answer.skipped.iter();
                        skipped.for_each(|(at, reason)| rest.hanging.stays(of[*at as usize], *reason));
                    }
                    again(&mut work, parts);
                }
                BatchOutcome::Busy | BatchOutcome::Referenced | BatchOutcome::Refused(_) if parts.len() > 1 => {
                    most = parts.len() / 2;
                    again(&mut work, parts);
                    tokio::time::sleep(SHORT).await;
                }
                BatchOutcome::Busy if tries < LOCK_TRIES => {
                    pause(&mut tries).await;
                    again(&mut work, parts);
                }
                BatchOutcome::Busy => {
                    nodes.iter().rev().for_each(|node| rest.hanging.stays(*node, SkipReason::Locked));
                    (tries, locked) = (0, locked + 1);
                    if locked == MOST_LOCKED {
                        let table = &self.plan.steps[records[0].step].table.name;
                        return Err(RetainError::refused(
                            format!("other sessions keep rows of `{table}` locked"),
                            "run `dataward retain apply` again when they are done; it goes on where it was",
                        ));
                    }
                }
                BatchOutcome::Referenced => {
                    nodes.iter().rev().for_each(|node| rest.hanging.stays(*node, SkipReason::Referenced));
                }
                BatchOutcome::Refused(said) => {
                    self.tell(state, records[0].step, &BTreeSet::from([said])).await?;
                    nodes.iter().rev().for_each(|node| rest.hanging.stays(*node, SkipReason::Refused));
                }
            }
        }
        self.watcher.point("changed");
        self.end_parts(&rest, planned, state).await
    }

    /// Looks at all rows once more, as soon as the source answers again.
    async fn look_again<'a>(
        &self,
        records: &'a [PlannedRows],
        state: &State,
        tries: &mut u32,
    ) -> Result<Rest<'a>, RetainError> {
        loop {
            pause(tries).await;
            match self.look_through(records, state).await {
                Err(RetainError::Connect(error)) if passes_by_itself(&error) && *tries < TRIES => {}
                looked => return looked,
            }
        }
    }

    /// Enters what became of the rows.
    async fn end_parts(
        &self,
        rest: &Rest<'_>,
        planned: Vec<StoredBatch>,
        state: &mut State,
    ) -> Result<(), RetainError> {
        let mut done = vec![BatchDone::default(); rest.records.len()];
        for (node, (record, row)) in rest.places.iter().enumerate() {
            match rest.hanging.fate(node as Node) {
                Fate::Done => done[*record].changed.push(*row as u32),
                Fate::Stays(reason) => done[*record].skipped.push((*row as u32, reason)),
                Fate::Goes => return Err(RetainError::Internal("a row was left in no part".to_owned())),
            }
        }
        let lost = rest.hanging.lost();
        if lost > 0 {
            let source = &self.plan.steps[rest.records[0].step].source;
            let note = format!(
                "{source}: {} went, or lost their reference, before others turned out to stay because of which they went: \
                 those were changed, held or locked while the apply was at work on them",
                dataward_model::counted(lost, "row", "rows"),
            );
            self.store.note_plan(self.hash, &note).await?;
        }
        for (planned, done) in planned.into_iter().zip(&done) {
            self.end(state, planned, done);
        }
        state.next_chunk(rest.records.len() as u64);
        Ok(())
    }

    /// Looks at all rows, and at what refers to them.
    async fn look_through<'a>(&self, records: &'a [PlannedRows], state: &State) -> Result<Rest<'a>, RetainError> {
        // Those that others refer to first, so that a walk begins there.
        let mut places: Vec<At> = Vec::new();
        for (number, record) in records.iter().enumerate().rev() {
            places.extend((0..record.rows.len()).map(|row| (number, row)));
        }
        let step = |(record, _): &At| &self.plan.steps[records[*record].step];
        let mut numbers: HashMap<&str, u16> = HashMap::new();
        for step in records.iter().map(|record| &self.plan.steps[record.step]) {
            for name in [Some(&step.table.name), step.because_of.as_ref()].into_iter().flatten() {
                let next = numbers.len() as u16;
                numbers.entry(name.as_str()).or_insert(next);
            }
        }
        let known = places.iter().map(|at| {
            let step = step(at);
            let rewritten = matches!(step.change, PlannedChange::Rewrite { .. });
            let taken_by = step.because_of.as_ref().filter(|_| !rewritten).map(|name| numbers[name.as_str()]);
            Known { table: numbers[step.table.name.as_str()], taken_by, rewritten }
        });
        let known: Vec<Known> = known.collect();
        let mut tables: HashMap<u16, TableRows> = HashMap::new();
        for (node, (record, row)) in places.iter().enumerate() {
            tables.entry(known[node].table).or_default().push(&records[*record].rows, *row, node as Node);
        }
        let find = |table: &str, rows: &Rows, at: usize| {
            let table = tables.get(numbers.get(table)?)?;
            table.position(rows, at).map(|position| table.nodes[position as usize])
        };
        let (mut arrows, mut referenced) = (Vec::new(), Vec::new());
        let (_, _, target) = self.place(records[0].step)?;
        for key in &target.references {
            let (Some(parent), Some(child)) = (target.catalogue.table(&key.parent), target.catalogue.table(&key.child))
            else {
                continue;
            };
            let Some(number) = numbers.get(parent.name.as_str()) else { continue };
            // Rows that can't be told apart were planned for nothing; what refers to them is left to the gate.
            if child.identity == RowIdentity::None {
                continue;
            }
            let going = |node: &usize| known[*node].table == *number && !known[*node].rewritten;
            let parents: Vec<usize> = (0..places.len()).filter(going).collect();
            for part in parents.chunks(LOOKED_AT) {
                let mut rows = Rows::default();
                part.iter().for_each(|node| rows.push(&records[places[*node].0].rows, places[*node].1));
                let edge = Edge { key: key.clone(), parent: parent.clone() };
                let mut selection = Selection::new(child, Sql::always());
                selection.through = Some(Through { edge, parents: rows });
                let mut chunks = target.source.select(&selection).await?;
                while let Some(chunk) = chunks.try_next().await? {
                    for (at, parent) in chunk.parents.iter().enumerate() {
                        let parent = part[*parent as usize] as Node;
                        match find(&child.name, &chunk.rows, at) {
                            Some(child) if child != parent => arrows.push((parent, child)),
                            Some(_) => {}
                            None => referenced.push(parent),
                        }
                    }
                }
            }
        }
        let mut rest = Rest { records, places, hanging: Hanging::new(known, &arrows) };
        let all: Vec<Node> = (0..rest.places.len() as Node).collect();
        let mut staying = Vec::new();
        for part in all.chunks(LOOKED_AT) {
            staying.extend(self.look_at(&rest, part, state).await?);
        }
        // What is gone first: it keeps nobody.
        staying.sort_by_key(|(_, reason)| *reason != SkipReason::Gone);
        let referenced = referenced.into_iter().map(|node| (node, SkipReason::Referenced));
        staying.into_iter().chain(referenced).for_each(|(node, reason)| rest.hanging.stays(node, reason));
        Ok(rest)
    }

    /// Which of some rows may not be changed at this moment, and why; whether others refer to them is not asked.
    async fn look_at(
        &self,
        rest: &Rest<'_>,
        nodes: &[Node],
        state: &State,
    ) -> Result<Vec<(Node, SkipReason)>, RetainError> {
        let mut staying = Vec::new();
        for ((_, step), (rows, of)) in rest.turns(nodes, &vec![0; nodes.len()]) {
            let (batch, waiting) = self.batch(step, rows, state).await?;
            let (_, _, target) = self.place(step)?;
            let mut looked = target.source.look(&batch).await?.after_a_break();
            waiting.tell(&mut looked);
            staying.extend(looked.skipped.iter().map(|(at, reason)| (of[*at as usize], *reason)));
        }
        Ok(staying)
    }
}

/// The next parts for one transaction, less what stays meanwhile: those of one kind that follow one another, as many as
/// fit.
fn next(work: &mut VecDeque<Vec<Node>>, hanging: &Hanging, (most, rows): (usize, usize)) -> Option<Vec<Vec<Node>>> {
    let mut parts: Vec<Vec<Node>> = Vec::new();
    let mut count = 0;
    while let Some(mut part) = work.pop_front() {
        part.retain(|node| hanging.goes(*node));
        if part.is_empty() {
            continue;
        }
        // What goes because of a row of the same transaction is asked of that row alone.
        let fits = parts.first().is_none_or(|first| {
            hanging.root_table(first) == hanging.root_table(&part) && count + part.len() <= rows && parts.len() < most
        });
        if !fits {
            work.push_front(part);
            break;
        }
        count += part.len();
        parts.push(part);
    }
    (!parts.is_empty()).then_some(parts)
}

/// Puts parts back, to be tried once more.
fn again(work: &mut VecDeque<Vec<Node>>, parts: Vec<Vec<Node>>) {
    parts.into_iter().rev().for_each(|part| work.push_front(part));
}
