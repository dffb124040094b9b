//! What the checks look at, and what they answer.

use std::collections::BTreeSet;

use dataward_model::Category;
use dataward_model::Family;
use dataward_model::Place;
use dataward_model::Remedy;
use dataward_model::Sensitivity;
use dataward_model::Severity;
use dataward_model::SourceId;
use dataward_policy::Policy;
use jiff::Timestamp;

use crate::Exposure;
use crate::Facts;
use crate::risk;

/// The inventory as it counts (decisions of people included) and the policy.
#[derive(Clone, Copy, Debug)]
pub struct Snapshot<'a> {
    /// What the business says.
    pub policy: &'a Policy,
    /// The sources that were scanned.
    pub sources: &'a [HeldSource],
    /// The tables and documents with personal data.
    pub tables: &'a [HeldTable],
    /// What the audit of a stage gathered; a scan gathers nothing.
    pub facts: &'a Facts,
    /// When it is.
    pub now: Timestamp,
}

impl Snapshot<'_> {
    /// How many people a source holds at least: the same are in many tables, the largest counts.
    pub fn people(&self, source: &SourceId) -> Option<u64> {
        self.tables.iter().filter(|table| table.source == *source).filter_map(|table| table.people).max()
    }

    /// What a stored file, object or table holds, whatever lies in it: an archive has many files, a dump many tables.
    pub fn holdings_of(&self, unit: &Place) -> String {
        let inside =
            |table: &&HeldTable| table.source == unit.source && unit.table.as_deref() == Some(table.unit.as_str());
        holdings(self.tables.iter().filter(inside))
    }
}

/// A source that was scanned.
#[derive(Clone, Debug)]
pub struct HeldSource {
    /// Its name.
    pub id: SourceId,
    /// Whether we reached it over a connection that anyone on the way can read.
    pub plain_transport: bool,
}

/// A table, file or document with personal data.
#[derive(Clone, Debug)]
pub struct HeldTable {
    /// The source.
    pub source: SourceId,
    /// Its name within the source.
    pub table: String,
    /// The file, object or table it is stored in.
    pub unit: String,
    /// Whether it is a file or object, or in one, and so goes whole or stays.
    pub goes_whole: bool,
    /// Whether its rows are copies that come and go with those of other tables: a materialised view.
    pub is_derived: bool,
    /// Whether every account of the machine can read the stored bytes.
    pub readable_by_everyone: bool,
    /// How many different people are behind it, estimated.
    pub people: Option<u64>,
    /// Columns with personal data; for a document one column for each category found.
    pub columns: Vec<HeldColumn>,
}

/// A column with personal data.
#[derive(Clone, Debug)]
pub struct HeldColumn {
    /// Its name.
    pub column: String,
    /// What it holds.
    pub category: Category,
}

impl HeldTable {
    /// The place of the table.
    pub fn place(&self) -> Place {
        Place::of_table(self.source.clone(), &self.table)
    }

    /// The greatest harm that a leak of the table does.
    pub fn sensitivity(&self) -> Sensitivity {
        self.columns.iter().map(|column| column.category.sensitivity()).max().unwrap_or(Sensitivity::Low)
    }

    /// How grave it is when the table as a whole is exposed.
    pub fn severity(&self, exposure: Exposure) -> Severity {
        risk::severity(self.sensitivity(), exposure, self.people)
    }
}

/// What tables hold together, in the words of a shop owner, without repeats: `names and e-mail addresses`.
fn holdings<'t>(tables: impl IntoIterator<Item = &'t HeldTable>) -> String {
    let columns = tables.into_iter().flat_map(|table| &table.columns);
    let categories: Vec<&Category> = columns.map(|column| &column.category).collect();
    let families: BTreeSet<Family> = categories.iter().map(|category| category.family()).collect();
    let mut words: Vec<String> =
        families.into_iter().flat_map(|family| family.words(categories.iter().copied())).collect();
    let last = words.pop().unwrap_or_default();
    if words.is_empty() { last } else { format!("{} and {last}", words.join(", ")) }
}

/// What a check found wrong, before it becomes a finding with an id and a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// What tells it from others that the same check finds at the same place (an account, a
    /// certificate); empty where a place has one such fault at most. Never a number of a row or object,
    /// which another day may give to something else, and never a value of a customer.
    pub detail: String,
    /// How much it matters; [`crate::risk::severity`] where it is about data.
    pub severity: Severity,
    /// How many people are concerned, estimated; none where nobody knows.
    pub people: Option<u64>,
    /// What is wrong, in one sentence for a shop owner.
    pub title: String,
    /// Why it matters, with the law.
    pub reason: String,
    /// Ids of the legal rules behind it: [`crate::law`] has them.
    pub law: &'static [&'static str],
    /// What to type or do.
    pub remedy: Remedy,
}
