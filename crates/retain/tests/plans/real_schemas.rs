//! Schemas of real applications, with generated rows: what is planned and what is left equal a slow oracle.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use dataward_connect::amend::Catalogue;
use dataward_connect::amend::ForeignKey;
use dataward_connect::amend::OnDelete;
use dataward_connect::amend::RowIdentity;
use dataward_connect::amend::Sql;
use dataward_connect::amend::TableFacts;
use dataward_model::SourceKind;
use dataward_testkit::debian::file_of_package;
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::RngCore;
use rand_chacha::rand_core::SeedableRng;

use crate::world::ENGINES;
use crate::world::World;
use crate::world::rule;

/// Rows of each table.
const ROWS: usize = 40;

/// The rows of all tables, by table: each a value for each column, as text.
type AllRows = BTreeMap<String, Vec<BTreeMap<String, Option<String>>>>;

/// Roundcube: 17 tables, all references cascade, the same application on all three engines.
#[tokio::test]
async fn roundcube_goes_as_the_slow_oracle_says_on_every_engine() {
    for kind in ENGINES {
        let (file, users) = match kind {
            SourceKind::Postgresql => ("postgres", "users"),
            SourceKind::Mysql => ("mysql", "users"),
            _ => ("sqlite", "users"),
        };
        let schema = file_of_package("roundcube-core", &format!("usr/share/roundcube/SQL/{file}.initial.sql"));
        for seed in 0..3 {
            let world = World::new(kind).await;
            world.execute(&cleaned(&schema)).await;
            let catalogue = world.source.catalogue().await.unwrap();
            compare(&world, catalogue, users, "dataward_t.user_id <= 15", |row| id(row, "user_id") <= 15, seed).await;
        }
    }
}

/// Request Tracker: 33 tables and not one foreign key; what belongs together was confirmed by somebody.
#[tokio::test]
async fn request_tracker_goes_by_confirmed_references_on_postgresql_and_sqlite() {
    for (kind, file) in [(SourceKind::Postgresql, "schema.Pg"), (SourceKind::Sqlite, "schema.SQLite")] {
        let schema = file_of_package("request-tracker5", &format!("usr/share/request-tracker5/etc/{file}"));
        for seed in 0..3 {
            let world = World::new(kind).await;
            world.execute(&cleaned(&schema)).await;
            let mut catalogue = world.source.catalogue().await.unwrap();
            assert_eq!(catalogue.foreign_keys, []);
            for (child, child_column, parent, on_delete) in [
                ("transactions", "objectid", "tickets", OnDelete::Cascade),
                ("attachments", "transactionid", "transactions", OnDelete::Cascade),
                ("attachments", "parent", "attachments", OnDelete::Cascade),
                ("tickets", "effectiveid", "tickets", OnDelete::Refuse),
                ("objectcustomfieldvalues", "objectid", "tickets", OnDelete::Cascade),
            ] {
                let key = reference(&catalogue, (child, child_column), (parent, "id"), on_delete);
                catalogue.foreign_keys.push(key);
            }
            compare(&world, catalogue, "tickets", "dataward_t.id <= 20", |row| id(row, "id") <= 20, seed).await;
        }
    }
}

/// What the loader of the application leaves out.
fn cleaned(schema: &str) -> String {
    let kept = schema.lines().filter(|line| {
        let line = line.trim_start();
        !line.starts_with("--") && !line.starts_with("/*!")
    });
    // A comment may begin within a line.
    kept.map(|line| line.split('#').next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The table of this last name, whatever its case.
fn find<'a>(catalogue: &'a Catalogue, name: &str) -> &'a TableFacts {
    let last = |table: &&TableFacts| table.name.rsplit('.').next().is_some_and(|last| last.eq_ignore_ascii_case(name));
    catalogue.tables.iter().find(last).unwrap_or_else(|| panic!("no table {name}"))
}

fn reference(catalogue: &Catalogue, child: (&str, &str), parent: (&str, &str), on_delete: OnDelete) -> ForeignKey {
    let column = |(table, column): (&str, &str)| {
        let table = find(catalogue, table);
        let found = table.columns.iter().find(|known| known.name.eq_ignore_ascii_case(column));
        (table.name.clone(), found.unwrap_or_else(|| panic!("no column {column}")).name.clone())
    };
    let ((child, child_column), (parent, parent_column)) = (column(child), column(parent));
    ForeignKey {
        name: format!("confirmed {child}"),
        child,
        child_columns: vec![child_column],
        parent,
        parent_columns: vec![parent_column],
        on_delete,
        nullable: true,
        deferrable: false,
        indexed: true,
        declared: false,
    }
}

fn id(row: &BTreeMap<String, Option<String>>, column: &str) -> i64 {
    row[column].as_ref().unwrap().parse().unwrap()
}

/// Fills the tables, plans, applies, and holds all of it against the oracle.
async fn compare(
    world: &World,
    catalogue: Catalogue,
    root: &str,
    due: &str,
    is_due: impl Fn(&BTreeMap<String, Option<String>>) -> bool,
    seed: u64,
) {
    let mut dice = ChaCha12Rng::seed_from_u64(seed);
    let rows = generate(&catalogue, &mut dice);
    world.execute(&script(&catalogue, &rows)).await;
    let root = find(&catalogue, root).name.clone();
    // Some applications bring rows with their schema.
    let mut before = BTreeMap::new();
    for table in &catalogue.tables {
        before.insert(table.name.as_str(), world.source.count(table, &Sql::always()).await.unwrap());
    }
    let gone = oracle(&catalogue, &rows, &root, is_due);
    let planned = world.plan_with(catalogue.clone(), vec![rule(&root, due)], Vec::new()).await;
    let found: BTreeMap<&str, u64> =
        planned.plan.steps.iter().filter(|step| step.action != "unlink").fold(BTreeMap::new(), |mut sums, step| {
            *sums.entry(step.table.name.as_str()).or_default() += step.rows;
            sums
        });
    let expected: BTreeMap<&str, u64> = gone
        .iter()
        .filter(|(_, rows)| !rows.is_empty())
        .map(|(table, rows)| (table.as_str(), rows.len() as u64))
        .collect();
    assert_eq!(found, expected, "{:?} seed {seed}", catalogue.kind);
    assert!(expected.len() > 1, "something hangs on what goes: {expected:?}");
    let applied = planned.apply().await;
    let changed: u64 = applied.changed.iter().sum();
    assert_eq!(changed, planned.plan.rows(), "{:?} seed {seed}: {applied:?}", catalogue.kind);
    for table in &catalogue.tables {
        let left = world.source.count(table, &Sql::always()).await.unwrap();
        let went = gone.get(&table.name).map_or(0, BTreeSet::len);
        assert_eq!(left, before[table.name.as_str()] - went as u64, "{} seed {seed}", table.name);
    }
}

/// Which rows go, by table, worked out slowly: begins with all that could go, takes out what can't until nothing
/// changes.
fn oracle(
    catalogue: &Catalogue,
    rows: &AllRows,
    root: &str,
    is_due: impl Fn(&BTreeMap<String, Option<String>>) -> bool,
) -> BTreeMap<String, BTreeSet<usize>> {
    let mut banned: BTreeSet<(String, usize)> = BTreeSet::new();
    let refers = |key: &ForeignKey, child: usize, parent: usize| {
        let (child, parent) = (&rows[&key.child][child], &rows[&key.parent][parent]);
        key.child_columns
            .iter()
            .zip(&key.parent_columns)
            .all(|(one, other)| child[one].is_some() && child[one] == parent[other])
    };
    loop {
        let mut gone: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        let mut next: Vec<(String, usize)> = (0..rows[root].len())
            .filter(|at| is_due(&rows[root][*at]) && !banned.contains(&(root.to_owned(), *at)))
            .map(|at| (root.to_owned(), at))
            .collect();
        while let Some((table, at)) = next.pop() {
            if !gone.entry(table.clone()).or_default().insert(at) {
                continue;
            }
            for key in
                catalogue.foreign_keys.iter().filter(|key| key.parent == table && key.on_delete == OnDelete::Cascade)
            {
                next.extend(
                    (0..rows[&key.child].len())
                        .filter(|child| refers(key, *child, at))
                        .map(|child| (key.child.clone(), child)),
                );
            }
        }
        let before = banned.len();
        for (table, members) in &gone {
            for at in members {
                let stopped = catalogue.foreign_keys.iter().filter(|key| key.parent == *table).any(|key| {
                    let goes = |child: &usize| gone.get(&key.child).is_some_and(|members| members.contains(child));
                    let stops = match key.on_delete {
                        OnDelete::SetNull => false,
                        OnDelete::Cascade => false,
                        OnDelete::Refuse | OnDelete::SetDefault => true,
                    };
                    let is_itself = |child: usize| key.child == *table && child == *at;
                    (0..rows[&key.child].len())
                        .any(|child| refers(key, child, *at) && !is_itself(child) && (stops && !goes(&child)))
                });
                if stopped || banned.contains(&(table.clone(), *at)) {
                    banned.insert((table.clone(), *at));
                    // What would take it along can't go either.
                    for key in catalogue
                        .foreign_keys
                        .iter()
                        .filter(|key| key.child == *table && key.on_delete == OnDelete::Cascade)
                    {
                        banned.extend(
                            (0..rows[&key.parent].len())
                                .filter(|parent| refers(key, *at, *parent))
                                .map(|parent| (key.parent.clone(), parent)),
                        );
                    }
                }
            }
        }
        if banned.len() == before {
            gone.retain(|_, members| !members.is_empty());
            return gone;
        }
    }
}

/// Rows for every table; references point to rows that are there.
fn generate(catalogue: &Catalogue, dice: &mut ChaCha12Rng) -> AllRows {
    let mut rows: AllRows = BTreeMap::new();
    let mut left: Vec<&TableFacts> = catalogue.tables.iter().collect();
    while !left.is_empty() {
        let is_ready = |table: &&TableFacts| {
            let mut keys =
                catalogue.foreign_keys.iter().filter(|key| key.child == table.name && key.parent != table.name);
            keys.all(|key| rows.contains_key(&key.parent))
        };
        let at = left.iter().position(is_ready).expect("no ring of tables");
        let table = left.remove(at);
        let mut made: Vec<BTreeMap<String, Option<String>>> = Vec::new();
        for number in 1..=ROWS {
            let mut row = BTreeMap::new();
            for column in table.columns.iter().filter(|column| !column.generated) {
                let key = catalogue
                    .foreign_keys
                    .iter()
                    .find(|key| key.child == table.name && key.child_columns.contains(&column.name));
                let value = match key {
                    Some(key) => {
                        let at = key.child_columns.iter().position(|name| *name == column.name).unwrap();
                        let parents = if key.parent == table.name { &made } else { &rows[&key.parent] };
                        // Columns of a key of their own take each parent once.
                        let pick = match is_key(table, &column.name) {
                            true => number - 1,
                            false => (dice.next_u64() % parents.len().max(1) as u64) as usize,
                        };
                        let parent = parents.get(pick).and_then(|parent| parent[&key.parent_columns[at]].clone());
                        match (parent, column.nullable) {
                            (None, true) => None,
                            (None, false) => Some(number.to_string()),
                            (Some(_), true) if dice.next_u64().is_multiple_of(5) => None,
                            (parent, _) => parent,
                        }
                    }
                    None => Some(value(&column.sql_type, column.max_chars, number)),
                };
                row.insert(column.name.clone(), value);
            }
            made.push(row);
        }
        rows.insert(table.name.clone(), made);
    }
    rows
}

fn is_key(table: &TableFacts, column: &str) -> bool {
    let identity = matches!(&table.identity, RowIdentity::Key(columns) if columns.iter().any(|name| name == column));
    identity || table.unique.iter().any(|columns| columns.iter().any(|name| name == column))
}

fn value(sql_type: &str, max_chars: Option<u32>, number: usize) -> String {
    let lower = sql_type.to_ascii_lowercase();
    let has = |word: &str| lower.contains(word);
    match () {
        () if has("timestamp") || has("datetime") => "2020-05-06 07:08:09".to_owned(),
        () if has("date") => "2020-05-06".to_owned(),
        () if has("tinyint") || has("smallint") => (number % 2).to_string(),
        () if has("int") || has("serial") || has("numeric") || has("decimal") || has("double") || has("real") => {
            number.to_string()
        }
        () if has("bool") => "false".to_owned(),
        () if has("bytea") || has("blob") => String::new(),
        () => {
            let text = format!("t{number}");
            text.chars().take(max_chars.unwrap_or(20).max(1) as usize).collect()
        }
    }
}

fn script(catalogue: &Catalogue, rows: &AllRows) -> String {
    let mut text = String::from("BEGIN;\n");
    let mut done: BTreeSet<&str> = BTreeSet::new();
    while done.len() < catalogue.tables.len() {
        for table in &catalogue.tables {
            let mut parents =
                catalogue.foreign_keys.iter().filter(|key| key.child == table.name && key.parent != table.name);
            if done.contains(table.name.as_str()) || parents.any(|key| !done.contains(key.parent.as_str())) {
                continue;
            }
            done.insert(&table.name);
            for row in &rows[&table.name] {
                let quote = |name: &str| match catalogue.kind {
                    SourceKind::Mysql => format!("`{name}`"),
                    _ => format!("\"{name}\""),
                };
                let columns: Vec<String> = row.keys().map(|name| quote(name)).collect();
                let values: Vec<String> = row
                    .values()
                    .map(|value| value.as_ref().map_or("NULL".to_owned(), |text| format!("'{text}'")))
                    .collect();
                text +=
                    &format!("INSERT INTO {} ({}) VALUES ({});\n", table.sql, columns.join(", "), values.join(", "));
            }
        }
    }
    text + "COMMIT;"
}
