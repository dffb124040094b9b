//! Holds and tollings: what must not go, whoever asks.
//!
//! A cover stops a table, or the rows of it that a predicate means, and with these rows everything that
//! refers to them by a foreign key, however far away: a hold on a customer holds his orders and their
//! items. Several covers may lie over one row; it is free when the last one is lifted. The conditions stand
//! inside every statement of the gate, so no way of deleting passes them; [`Holds::condition`] makes them.

use std::collections::BTreeSet;

use dataward_connect::amend::ALIAS;
use dataward_connect::amend::Catalogue;
use dataward_connect::amend::ForeignKey;
use dataward_connect::amend::Sql;
use dataward_connect::amend::TableFacts;
use dataward_connect::amend::stored::Mention;
use dataward_connect::amend::stored::is_stored;
use dataward_model::SourceKind;
use serde::Deserialize;
use serde::Serialize;

use crate::dialect;
use crate::hold_name::InPath;
use crate::hold_name::is_name;
use crate::hold_person::Person;
use crate::hold_rows;
use crate::same_value;

/// A path of references longer than this is not followed: who is six steps away is no part of a person.
pub(crate) const LONGEST_PATH: usize = 6;

/// A row that only mentions somebody holds what refers to it, and what refers to that: an order and its items. Not more:
/// a note on a shop is no part of all that was ever sold there.
const PATH_TO_A_MENTION: usize = 2;

/// What one hold or tolling stops in one source.
#[derive(Clone, PartialEq, Eq)]
pub struct Cover {
    /// The matter, for people: `tax audit 2026`.
    pub matter: String,
    /// The table; none: all of the source.
    pub table: Option<String>,
    /// Which rows; none: all of the table.
    pub rows: Option<Matching>,
}

/// Rows of which all this is true. Holds a value of a customer: prints as `***`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matching(pub Vec<CellTest>);

/// What a column must hold. Large and small letters and blanks around a value are no difference, nor how a number or a
/// moment is written: rather one row too many is held than one too few.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CellTest {
    /// This value.
    Is {
        /// The column.
        column: String,
        /// The value.
        value: String,
    },
    /// A text in which the value stands somewhere.
    Mentions {
        /// The column.
        column: String,
        /// The value; never empty.
        value: String,
    },
    /// The letters and digits of the value, however they are written: `+49 170 103` for `0049170103`.
    Number {
        /// The column.
        column: String,
        /// The value.
        value: String,
    },
}

impl Matching {
    /// Rows of which all these columns have these values.
    pub fn all(columns: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(columns.into_iter().map(|(column, value)| CellTest::Is { column, value }).collect())
    }

    /// The values that are looked for.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|test| match test {
            CellTest::Is { value, .. } | CellTest::Mentions { value, .. } | CellTest::Number { value, .. } => {
                value.as_str()
            }
        })
    }

    /// The columns that are looked at.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|test| match test {
            CellTest::Is { column, .. } | CellTest::Mentions { column, .. } | CellTest::Number { column, .. } => {
                column.as_str()
            }
        })
    }
}

impl std::fmt::Debug for Matching {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl std::fmt::Debug for Cover {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cover({:?} of {:?}: {:?})", self.matter, self.table, self.rows)
    }
}

/// What is certain not to be about a person that is held: all else of the source stays for them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cleared {
    /// Tables that a scan looked into: their rows are covered one by one.
    pub tables: BTreeSet<String>,
    /// Files and objects as a scan noted them, in the words of [`dataward_connect::amend::stored::seen`].
    pub stored: Vec<String>,
    /// Of the others, files and objects of which a keyed sketch says that the value stands in them.
    pub sketched: Vec<String>,
    /// Files and objects whose name speaks of the person, whatever stands in them.
    pub in_path: Option<InPath>,
    /// Who is looked for in all that is to go, whatever scans think of its columns.
    pub person: Option<Person>,
}

impl Cleared {
    /// True of every row that stays because nobody can tell whether it is about the person.
    fn others(&self, catalogue: &Catalogue, table: &TableFacts) -> Sql {
        if !is_stored(catalogue.kind) {
            // One that inherits from others may have been read with these.
            let mut names = catalogue.ancestors(table).into_iter().chain([table.name.as_str()]);
            return if names.any(|name| self.tables.contains(name)) { Sql::never() } else { Sql::always() };
        }
        let unseen = Sql::from_trusted(format!("{} = 0", is_among(catalogue, &self.stored)));
        let mentioned = self.in_content().map(|mention| mention.may_stand());
        let content = Sql::any([unseen].into_iter().chain(mentioned));
        // A mark of deletion holds nothing itself: it hides what is held.
        let hidden = content.as_str().replace(&format!("{ALIAS}."), "dataward_o.");
        let of_marks = format!(
            "EXISTS (SELECT 1 FROM {} AS dataward_o WHERE dataward_o.path = {ALIAS}.path AND dataward_o.marker = 0 AND \
             ({hidden}))",
            table.sql
        );
        let content = format!("CASE WHEN {ALIAS}.marker THEN {of_marks} ELSE ({}) END", content.as_str());
        Sql::any(self.in_path.iter().map(InPath::condition).chain([Sql::from_trusted(content)]))
    }

    fn in_content(&self) -> Option<Mention> {
        let person = self.person.as_ref()?;
        Mention::of(&person.value, is_name(&person.category))
    }

    /// True of rows in which the person is mentioned, or in what they refer to.
    fn mentioned(&self, catalogue: &Catalogue, references: &[ForeignKey], table: &TableFacts) -> Vec<Sql> {
        let Some(person) = self.person.as_ref().filter(|_| !is_stored(catalogue.kind)) else { return Vec::new() };
        let tell = |table: &TableFacts, alias: &str| hold_rows::mention(catalogue.kind, alias, table, person);
        paths_to(catalogue, references, table, PATH_TO_A_MENTION, &tell)
    }

    /// True of the files and objects in which the value stands, by all that scans know, or in whose name.
    fn sketched(&self, catalogue: &Catalogue) -> Sql {
        match is_stored(catalogue.kind) {
            true => {
                let inside = Sql::from_trusted(format!("{} = 1", is_among(catalogue, &self.sketched)));
                let mentioned = self.in_content().map(|mention| mention.stands());
                Sql::any(self.in_path.iter().map(InPath::condition).chain([inside]).chain(mentioned))
            }
            false => Sql::never(),
        }
    }
}

fn is_among(catalogue: &Catalogue, seen: &[String]) -> String {
    let seen: Vec<String> = seen.iter().map(|seen| dialect::literal(catalogue.kind, seen)).collect();
    format!("coalesce({ALIAS}.seen IN ({}), 0)", seen.join(", "))
}

/// All that is stopped in one source at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holds {
    /// What somebody named: where that is no longer there nobody can tell what it is called now, so all stays.
    covers: Vec<Cover>,
    /// What is worked out for persons: tables come and go.
    of_persons: Vec<Cover>,
    /// One for each person that is held.
    cleared: Vec<Cleared>,
}

impl Holds {
    /// These covers, each of a place that somebody named.
    pub fn new(covers: Vec<Cover>) -> Self {
        Self { covers, of_persons: Vec::new(), cleared: Vec::new() }
    }

    /// Stops beside that the rows that are about persons, and what is not certain to be about others than each of them.
    pub fn with_persons(mut self, rows: Vec<Cover>, cleared: Vec<Cleared>) -> Self {
        (self.of_persons, self.cleared) = (rows, cleared);
        self
    }

    fn all(&self) -> impl Iterator<Item = &Cover> {
        self.covers.iter().chain(&self.of_persons)
    }

    /// Whether rows of this table are stopped for themselves, not for what they refer to.
    pub fn names(&self, table: &str) -> bool {
        let covers = |cover: &Cover| cover.table.as_deref().is_none_or(|covered| covered == table);
        let may_mention = |cleared: &Cleared| cleared.person.is_some() || !cleared.tables.contains(table);
        self.all().any(covers) || self.cleared.iter().any(may_mention)
    }

    /// The columns that are looked at.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.all().flat_map(|cover| &cover.rows).flat_map(Matching::columns)
    }

    /// The columns that must hold a value, with it.
    pub fn values(&self) -> impl Iterator<Item = (&str, &str)> {
        self.all().flat_map(|cover| &cover.rows).flat_map(|rows| &rows.0).filter_map(|test| match test {
            CellTest::Is { column, value } => Some((column.as_str(), value.as_str())),
            CellTest::Mentions { .. } | CellTest::Number { .. } => None,
        })
    }

    /// Stops more.
    pub(crate) fn add(&mut self, covers: impl Iterator<Item = Cover>) {
        self.covers.extend(covers);
    }

    /// Whether nothing is stopped.
    pub fn is_empty(&self) -> bool {
        self.all().next().is_none() && self.cleared.is_empty()
    }

    /// True of every row of `table` that something stops.
    pub fn condition(&self, catalogue: &Catalogue, references: &[ForeignKey], table: &TableFacts) -> Sql {
        let named = self.covers.iter().flat_map(|cover| match is_there(cover, catalogue) {
            true => reach(cover, catalogue, references, table),
            false => vec![Sql::always()],
        });
        let covers = named.chain(self.of_persons.iter().flat_map(|cover| reach(cover, catalogue, references, table)));
        let persons = self.cleared.iter().flat_map(|cleared| {
            let mentioned = cleared.mentioned(catalogue, references, table);
            mentioned.into_iter().chain([cleared.others(catalogue, table)])
        });
        Sql::any(covers.chain(persons))
    }
}

/// Words in the names of columns that refer to somebody.
const PERSON_WORDS: [&str; 8] = ["account", "client", "customer", "member", "patient", "person", "subscriber", "user"];

impl Holds {
    /// Columns that by their names seem to refer to somebody who is held, of tables of which nothing says that they do:
    /// table and column. Of covers of certain rows only.
    pub fn not_followed(&self, catalogue: &Catalogue, references: &[ForeignKey]) -> Vec<(String, String)> {
        let of_rows = self.all().filter(|cover| cover.rows.is_some());
        let targets: BTreeSet<&str> = of_rows.filter_map(|cover| cover.table.as_deref()).collect();
        if targets.is_empty() || is_stored(catalogue.kind) {
            return Vec::new();
        }
        let last = |name: &str| name.rsplit('.').next().unwrap_or(name).trim_matches('"').to_lowercase();
        let mut words: BTreeSet<String> = PERSON_WORDS.iter().map(|word| (*word).to_owned()).collect();
        words.extend(
            targets.iter().map(|name| last(name).trim_end_matches('s').to_owned()).filter(|word| word.len() > 2),
        );
        let is_reached =
            |table: &TableFacts| self.all().any(|cover| !reach(cover, catalogue, references, table).is_empty());
        let mut found = Vec::new();
        for table in catalogue.tables.iter().filter(|table| !is_reached(table)) {
            let refers = |name: &str| {
                let name = name.to_lowercase();
                let rest = ["_id", "id", "_no", "_key", "_uuid", ""].iter().find_map(|end| name.strip_suffix(end));
                rest.is_some_and(|rest| words.iter().any(|word| rest == word || rest.ends_with(&format!("_{word}"))))
            };
            let own = table.columns.iter().filter(|column| refers(&column.name));
            found.extend(own.map(|column| (table.name.clone(), column.name.clone())));
        }
        found
    }

    /// True of every row of `table` in which what is held was found, not of what stays because nobody can tell.
    pub fn found(&self, catalogue: &Catalogue, table: &TableFacts) -> Sql {
        let has_columns = |cover: &&Cover| {
            let Some(target) = cover.table.as_deref().and_then(|name| catalogue.table(name)) else { return true };
            cover.rows.iter().flat_map(Matching::columns).all(|column| target.column(column).is_some())
        };
        let covers = self.all().filter(has_columns).flat_map(|cover| reach(cover, catalogue, &[], table));
        let persons = self.cleared.iter().flat_map(|cleared| {
            cleared.mentioned(catalogue, &[], table).into_iter().chain([cleared.sketched(catalogue)])
        });
        Sql::any(covers.chain(persons))
    }
}

/// Whether a source has the table that a cover names; of files and objects nobody can tell from their names.
pub fn is_there(cover: &Cover, catalogue: &Catalogue) -> bool {
    is_stored(catalogue.kind) || cover.table.as_deref().is_none_or(|name| named(catalogue, name).is_some())
}

/// The table that a name means: its own, or that of one of its columns.
fn named<'a>(catalogue: &'a Catalogue, name: &str) -> Option<&'a TableFacts> {
    let of_column = |table: &&TableFacts| {
        let column = name.strip_prefix(table.name.as_str()).and_then(|rest| rest.strip_prefix('.'));
        column.is_some_and(|column| table.column(column).is_some())
    };
    catalogue.table(name).or_else(|| catalogue.tables.iter().find(of_column))
}

/// The conditions under which a row of `table` is covered: itself, or through what it refers to.
fn reach(cover: &Cover, catalogue: &Catalogue, references: &[ForeignKey], table: &TableFacts) -> Vec<Sql> {
    let Some(covered) = &cover.table else { return vec![Sql::always()] };
    if is_stored(catalogue.kind) && catalogue.table(covered).is_none() {
        // A file, or a folder of them; of a person's value in a file the whole file is held.
        return vec![dialect::touching(ALIAS, covered)];
    }
    let Some(matching) = &cover.rows else {
        let is_covered = named(catalogue, covered).is_some_and(|named| is_or_inherits(catalogue, table, named));
        return is_covered.then(Sql::always).into_iter().collect();
    };
    let Some(target) = catalogue.table(covered) else { return Vec::new() };
    // A column that is no longer called so: who knows where the value stands now.
    let is_there = matching.columns().all(|column| target.column(column).is_some());
    let anyone = Matching(Vec::new());
    let matching = if is_there { matching } else { &anyone };
    let tell = |at: &TableFacts, alias: &str| {
        is_or_inherits(catalogue, at, target).then(|| matches(catalogue.kind, target, alias, matching))
    };
    paths_to(catalogue, references, table, LONGEST_PATH, &tell)
}

/// Whether a table is another one or inherits from it: who asks that one is given its rows too.
fn is_or_inherits(catalogue: &Catalogue, table: &TableFacts, other: &TableFacts) -> bool {
    table.name == other.name || catalogue.ancestors(table).contains(&other.name.as_str())
}

/// What a row of a table called so must hold.
fn matches(kind: SourceKind, target: &TableFacts, alias: &str, matching: &Matching) -> String {
    let one = |test: &CellTest| match test {
        CellTest::Is { column, value } => {
            let equals = dialect::equals(kind, alias, column, value);
            let sql = format!("{alias}.{}", dialect::identifier(kind, column));
            let sql_type = target.column(column).map_or("", |facts| facts.sql_type.as_str());
            match same_value::same(kind, &sql, sql_type, value) {
                Some(same) => format!("({equals} OR {same})"),
                None => equals,
            }
        }
        CellTest::Number { column, value } => {
            dialect::number(kind, alias, column, value).unwrap_or_else(|| "1 = 0".to_owned())
        }
        CellTest::Mentions { column, value } => dialect::mentions(kind, alias, column, value),
    };
    let own: Vec<String> = matching.0.iter().map(one).collect();
    if own.is_empty() { "1 = 1".to_owned() } else { own.join(" AND ") }
}

/// The conditions under which a row of `table` is one of which something is told, or refers to such a row over at most
/// so many others.
fn paths_to(
    catalogue: &Catalogue,
    references: &[ForeignKey],
    table: &TableFacts,
    longest: usize,
    tell: &Tell<'_>,
) -> Vec<Sql> {
    let mut walk = Walk { catalogue, references, longest, tell, found: Vec::new() };
    walk.on(&table.name, &mut Vec::new());
    walk.found
}

/// What is told of a row of a table called so; none where nothing is.
type Tell<'a> = dyn Fn(&TableFacts, &str) -> Option<String> + 'a;

struct Walk<'a> {
    catalogue: &'a Catalogue,
    references: &'a [ForeignKey],
    longest: usize,
    tell: &'a Tell<'a>,
    found: Vec<Sql>,
}

impl<'a> Walk<'a> {
    fn on(&mut self, at: &str, path: &mut Vec<&'a ForeignKey>) {
        let told = self.catalogue.table(at).and_then(|table| (self.tell)(table, &alias(path.len())));
        self.found.extend(told.map(|told| self.along(path, told)));
        if path.len() == self.longest {
            return;
        }
        let references = self.references;
        for key in references.iter().filter(|key| key.child == at) {
            // No reference twice, and no way back to a table that was left.
            let taken =
                path.iter().any(|step| std::ptr::eq(*step, key) || (step.child == key.parent && at != key.parent));
            if !taken {
                path.push(key);
                self.on(&key.parent, path);
                path.pop();
            }
        }
    }

    /// The condition along one path, from the inside out.
    fn along(&self, path: &[&ForeignKey], told: String) -> Sql {
        let kind = self.catalogue.kind;
        let mut text = told;
        for (depth, key) in path.iter().enumerate().rev() {
            let Some(parent) = self.catalogue.table(&key.parent) else { return Sql::never() };
            let on = dialect::join(kind, &alias(depth + 1), &key.parent_columns, &alias(depth), &key.child_columns);
            text = format!("EXISTS (SELECT 1 FROM {} AS {} WHERE {on} AND {text})", parent.sql, alias(depth + 1));
        }
        Sql::from_trusted(text)
    }
}

fn alias(depth: usize) -> String {
    if depth == 0 { ALIAS.to_owned() } else { format!("dataward_h{depth}") }
}
