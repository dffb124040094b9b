//! A hold on a person: what of a source it covers, worked out anew each time from what scans know by then. So it also
//! covers what was renamed, copied or added after it was placed; what no scan has looked through stays as well.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::HashSet;

use dataward_connect::amend::stored::is_stored;
use dataward_connect::amend::stored::seen;
use dataward_model::Category;
use dataward_model::SourceId;
use dataward_model::SourceKind;
use dataward_store::Coverage;
use dataward_store::InventoryEntry;
use dataward_store::InventoryFilter;
use dataward_store::KnownSketch;
use dataward_store::KnownUnit;
use dataward_store::Store;
use dataward_store::StoreError;
use dataward_store::TableSummary;
use serde::Deserialize;
use serde::Serialize;

use crate::hold::CellTest;
use crate::hold::Cleared;
use crate::hold::Cover;
use crate::hold::Matching;
use crate::hold_name;
use crate::hold_name::InPath;
use crate::hold_name::is_name;

/// A person, by a value of a category. Prints as `***`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// What the value is.
    pub category: Category,
    /// The value.
    pub value: String,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// What scans know of one source.
#[derive(Debug)]
pub struct Known {
    entries: Vec<InventoryEntry>,
    tables: Vec<TableSummary>,
    sketches: Vec<KnownSketch>,
    units: HashMap<String, KnownUnit>,
}

impl Known {
    /// All that the state has of `source`.
    ///
    /// # Errors
    /// When the state can't be read.
    pub async fn of(store: &Store, source: &SourceId) -> Result<Self, StoreError> {
        let filter = InventoryFilter { source: Some(source.clone()), ..InventoryFilter::default() };
        let mut sketches = store.sketches().await?;
        sketches.retain(|sketch| sketch.place.source == *source);
        let mut tables = store.tables(Some(source)).await?;
        tables.retain(|table| table.gone_since.is_none());
        let units = store.unit_fingerprints(source).await?;
        Ok(Self { entries: store.inventory(&filter).await?, tables, sketches, units })
    }

    /// The rows of tables that are about `person`, and what is certain not to be; `hash` is what a sketch has of the
    /// value, where it takes it up.
    pub fn about(&self, person: &Person, matter: &str, hash: Option<u64>) -> (Vec<Cover>, Cleared) {
        let in_database = |entry: &&InventoryEntry| !is_stored(entry.source_kind);
        let in_database = || self.entries.iter().filter(in_database);
        let covers = in_database().flat_map(|entry| covers(entry, person, matter));
        let names = match is_name(&person.category) {
            true => hold_name::covers(in_database(), person, matter),
            false => Vec::new(),
        };
        let tables = self.tables.iter().filter_map(|table| table.place.table.clone());
        let (stored, sketched) = self.stored(person, hash);
        let cleared = Cleared {
            tables: tables.collect::<BTreeSet<_>>(),
            stored,
            sketched,
            in_path: Some(InPath::of(person)),
            person: Some(person.clone()),
        };
        (covers.chain(names).collect(), cleared)
    }

    /// Files and objects that were looked through and in which the value does not stand, and those in which it does: of
    /// a value that sketches don't take up (a name), those that hold such values.
    fn stored(&self, person: &Person, hash: Option<u64>) -> (Vec<String>, Vec<String>) {
        let unit_of: HashMap<&str, &TableSummary> =
            self.tables.iter().filter_map(|table| Some((table.place.table.as_deref()?, table))).collect();
        let (mut doubtful, mut sketched): (HashSet<&str>, HashSet<&str>) = Default::default();
        for entry in &self.entries {
            let table = entry.place.table.as_deref().unwrap_or_default();
            let Some(summary) = unit_of.get(table) else { continue };
            if self.may_hold(entry, person, hash) {
                doubtful.insert(&summary.unit.name);
                if hash.is_none() {
                    sketched.insert(&summary.unit.name);
                }
            }
            let column = entry.place.column.as_deref().unwrap_or_default();
            let of_entry =
                |known: &&KnownSketch| is_sketch_of(known, entry, column) && is_it(&known.record.category, person);
            let has = |known: &KnownSketch| hash.is_some_and(|hash| !known.record.sketch.lacks(hash));
            if self.sketches.iter().filter(of_entry).any(has) {
                sketched.insert(&summary.unit.name);
            }
        }
        let sampled = |unit: &str| {
            let parts = self.tables.iter().filter(|table| table.unit.name == *unit);
            parts.into_iter().any(|table| table.rows.is_none_or(|rows| rows > table.rows_read))
        };
        let looked_through = |(name, unit): &(&String, &KnownUnit)| {
            !doubtful.contains(name.as_str()) && (unit.coverage == Coverage::Everything || !sampled(name))
        };
        let noted = |(name, unit): (&String, &KnownUnit)| seen(name, &unit.fingerprint);
        let cleared = self.units.iter().filter(looked_through).map(noted).collect();
        (cleared, self.units.iter().filter(|(name, _)| sketched.contains(name.as_str())).map(noted).collect())
    }

    /// Whether the value may stand in a column or document of a file: it holds such values, and no sketch of all of
    /// them says that this one is not among them.
    fn may_hold(&self, entry: &InventoryEntry, person: &Person, hash: Option<u64>) -> bool {
        // A document says exactly what stands in it.
        let within = entry.spans.is_empty() && entry.also.iter().any(|found| is_it(found, person));
        let found = entry.category().into_iter().chain(entry.spans.iter().map(|span| &span.category));
        let kinds: Vec<&Category> = found.filter(|found| is_it(found, person)).collect();
        let column = entry.place.column.as_deref().unwrap_or_default();
        let lacks = |kind: &&Category| {
            let of_entry = |known: &&KnownSketch| is_sketch_of(known, entry, column) && known.record.category == **kind;
            let sketch = self.sketches.iter().find(of_entry);
            sketch.zip(hash).is_some_and(|(known, hash)| known.record.sketch.lacks(hash))
        };
        within || !kinds.iter().all(lacks)
    }
}

/// Whether a sketch is of this column, or of the whole document.
fn is_sketch_of(known: &KnownSketch, entry: &InventoryEntry, column: &str) -> bool {
    known.place.table == entry.place.table && (known.record.column == column || known.record.column.is_empty())
}

/// Names are told apart by nobody who writes them: a last name may stand in any column of names.
fn is_it(found: &Category, person: &Person) -> bool {
    let names = is_name(found) && is_name(&person.category);
    names || found.is_within(&person.category) || person.category.is_within(found)
}

/// Types of PostgreSQL that scans look into, or in which no value of a person stands.
const LOOKED_INTO: [&str; 26] = [
    "text",
    "character varying",
    "character",
    "\"char\"",
    "name",
    "citext",
    "json",
    "jsonb",
    "xml",
    "bytea",
    "boolean",
    "smallint",
    "integer",
    "bigint",
    "oid",
    "numeric",
    "real",
    "double precision",
    "date",
    "time",
    "timestamp",
    "interval",
    "uuid",
    "inet",
    "cidr",
    "macaddr",
];

/// Whether a scan can't tell what stands in a column: `hstore`, other types of extensions, composites. A domain is
/// taken for one: rather one row too many is held.
fn is_opaque(entry: &InventoryEntry) -> bool {
    let is = |known: &&str| {
        let rest = entry.declared_type.strip_prefix(known);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['(', '[', ' ']))
    };
    entry.source_kind == SourceKind::Postgresql && !LOOKED_INTO.iter().any(is)
}

/// The rows of a column that have the value, or the texts of it that mention it, however a number is written.
fn covers(entry: &InventoryEntry, person: &Person, matter: &str) -> Vec<Cover> {
    let Some(column) = entry.place.column.clone() else { return Vec::new() };
    let value = person.value.clone();
    let number = CellTest::Number { column: column.clone(), value: value.clone() };
    let test = match entry.category().is_some_and(|found| is_it(found, person)) {
        // Its words are looked for one by one.
        _ if is_name(&person.category) && !is_opaque(entry) => return Vec::new(),
        true => CellTest::Is { column, value },
        false if is_opaque(entry) || entry.also.iter().any(|found| is_it(found, person)) => {
            CellTest::Mentions { column, value }
        }
        false => return Vec::new(),
    };
    let cover =
        |test| Cover { matter: matter.to_owned(), table: entry.place.table.clone(), rows: Some(Matching(vec![test])) };
    vec![cover(test), cover(number)]
}
