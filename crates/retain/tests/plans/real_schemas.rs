//! Schemas of real applications, with generated rows: what is planned and what is left equal a slow oracle.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use dataward_connect::amend::Catalogue;
use dataward_connect::amend::ForeignKey;
use dataward_connect::amend::OnDelete;
use dataward_connect::amend::Sql;
use dataward_connect::amend::TableFacts;
use dataward_model::SourceKind;
use dataward_testkit::debian::file_of_package;
use dataward_testkit::server::run;
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::generated::AllRows;
use crate::generated::Row;
use crate::generated::generate;
use crate::generated::script;
use crate::world::ENGINES;
use crate::world::World;
use crate::world::rule;

/// Whether a row is due.
type IsDue = fn(&Row) -> bool;

/// A table that a rule covers, the rule's condition, and which rows it means.
type Due<'a> = (&'a str, &'a str, IsDue);

/// Roundcube: 17 tables, all references cascade, the same application on all three engines.
#[tokio::test]
async fn roundcube_goes_as_the_slow_oracle_says_on_every_engine() {
    for kind in ENGINES {
        let file = match kind {
            SourceKind::Postgresql => "postgres",
            SourceKind::Mysql => "mysql",
            _ => "sqlite",
        };
        let schema = file_of_package("roundcube-core", &format!("usr/share/roundcube/SQL/{file}.initial.sql"));
        for seed in 0..3 {
            let world = World::new(kind).await;
            world.execute(&cleaned(&schema)).await;
            let catalogue = world.source.catalogue().await.unwrap();
            let due: Due<'_> = ("users", "dataward_t.user_id <= 15", |row| id(row, "user_id") <= 15);
            compare(&world, catalogue, &[due], seed).await;
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
            let due: Due<'_> = ("tickets", "dataward_t.id <= 20", |row| id(row, "id") <= 20);
            compare(&world, catalogue, &[due], seed).await;
        }
    }
}

/// MediaWiki: 58 tables without a foreign key, where pages and accounts each draw a train of others.
#[tokio::test]
async fn mediawiki_goes_by_confirmed_references_on_every_engine() {
    for (kind, folder) in
        [(SourceKind::Postgresql, "postgres/"), (SourceKind::Sqlite, "sqlite/"), (SourceKind::Mysql, "")]
    {
        let path = format!("usr/share/mediawiki/maintenance/{folder}tables-generated.sql");
        let schema = file_of_package("mediawiki", &path);
        for seed in 0..3 {
            let world = World::new(kind).await;
            world.execute(&cleaned(&schema)).await;
            let mut catalogue = world.source.catalogue().await.unwrap();
            assert_eq!(catalogue.foreign_keys, []);
            for (child, child_column, parent, parent_column, on_delete) in [
                ("revision", "rev_page", "page", "page_id", OnDelete::Cascade),
                ("slots", "slot_revision_id", "revision", "rev_id", OnDelete::Cascade),
                ("revision", "rev_parent_id", "revision", "rev_id", OnDelete::Refuse),
                ("pagelinks", "pl_from", "page", "page_id", OnDelete::Cascade),
                ("categorylinks", "cl_from", "page", "page_id", OnDelete::Cascade),
                ("page_props", "pp_page", "page", "page_id", OnDelete::Cascade),
                ("user_properties", "up_user", "user", "user_id", OnDelete::Cascade),
                ("user_groups", "ug_user", "user", "user_id", OnDelete::Cascade),
                ("watchlist", "wl_user", "user", "user_id", OnDelete::Cascade),
                ("watchlist_expiry", "we_item", "watchlist", "wl_id", OnDelete::Cascade),
                ("actor", "actor_user", "user", "user_id", OnDelete::Cascade),
                ("revision", "rev_actor", "actor", "actor_id", OnDelete::Refuse),
            ] {
                let key = reference(&catalogue, (child, child_column), (parent, parent_column), on_delete);
                catalogue.foreign_keys.push(key);
            }
            let pages: Due<'_> = ("page", "dataward_t.page_id <= 20", |row| id(row, "page_id") <= 20);
            let users: Due<'_> = ("user", "dataward_t.user_id <= 20", |row| id(row, "user_id") <= 20);
            compare(&world, catalogue, &[pages, users], seed).await;
        }
    }
}

/// LedgerSMB: 164 tables, 251 foreign keys of all kinds, inherited tables, references to oneself.
#[tokio::test]
async fn ledgersmb_goes_as_the_slow_oracle_says() {
    let schema = file_of_package("ledgersmb", "usr/share/ledgersmb/sql/Pg-database.sql");
    for seed in 0..3 {
        let world = World::new(SourceKind::Postgresql).await;
        world.load_postgres(&schema);
        let catalogue = world.source.catalogue().await.unwrap();
        assert!(catalogue.tables.len() > 150 && catalogue.foreign_keys.len() > 240, "{}", catalogue.foreign_keys.len());
        let due: [Due<'_>; 4] = [
            ("entity", "dataward_t.id <= 25", |row| id(row, "id") <= 25),
            ("oe", "dataward_t.id <= 30", |row| id(row, "id") <= 30),
            ("session", "dataward_t.session_id <= 20", |row| id(row, "session_id") <= 20),
            ("parts", "dataward_t.id <= 20", |row| id(row, "id") <= 20),
        ];
        compare(&world, catalogue, &due, seed).await;
    }
}

/// Chinook with its own rows: customers who have not bought since a day go with their invoices and the lines of these;
/// an employee, to whom others and customers refer, stays.
#[tokio::test]
async fn chinook_goes_with_what_hangs_on_it_on_every_engine() {
    for (kind, engine) in ENGINES.into_iter().zip(["sqlite", "postgresql", "mysql"]) {
        let world = World::new(kind).await;
        let own = ["DROP DATABASE", "CREATE DATABASE", "\\c", "USE "];
        let lines = chinook(engine);
        let lines = lines.lines().filter(|line| !own.iter().any(|start| line.starts_with(start)));
        let script = lines.map(|line| format!("{line}\n")).collect::<String>();
        world.execute(&if engine == "sqlite" { format!("BEGIN;\n{script}\nCOMMIT;") } else { script }).await;
        let mut catalogue = world.source.catalogue().await.unwrap();
        assert_eq!((catalogue.tables.len(), catalogue.foreign_keys.len()), (11, 11), "{kind}");
        // What its shop would say of its references: what was bought goes with who bought it.
        for key in &mut catalogue.foreign_keys {
            let goes_along = ["customer", "invoice"].iter().any(|end| key.parent.to_lowercase().ends_with(end));
            key.on_delete = if goes_along { OnDelete::Cascade } else { key.on_delete };
        }
        let (customers, employees) = (find(&catalogue, "customer"), find(&catalogue, "employee"));
        let (id, of) = match engine {
            "postgresql" => ("customer_id", "employee_id"),
            _ => ("CustomerId", "EmployeeId"),
        };
        let rules = vec![rule(&customers.name, &format!("{id} <= 20")), rule(&employees.name, &format!("{of} <= 3"))];
        let planned = world.plan_with(catalogue.clone(), rules, Vec::new()).await;
        let goes =
            |table: &str| planned.plan.steps.iter().filter(|step| step.table.name == table).map(|step| step.rows).sum();
        let rows: [u64; 4] = ["customer", "invoice", "invoiceline", "employee"].map(|wanted| {
            let table = catalogue.tables.iter().find(|table| {
                let name = table.name.to_lowercase().replace('_', "");
                name == wanted || name.ends_with(&format!(".{wanted}"))
            });
            goes(&table.unwrap().name)
        });
        // 20 customers of 7 invoices each, with 38 lines together.
        assert_eq!(rows, [20, 140, 760, 0], "{kind}");
        let kept = planned.plan.kept.iter().filter(|kept| kept.table == employees.name);
        assert_eq!(kept.map(|kept| kept.rows).sum::<u64>(), 3, "{kind}: {:?}", planned.plan.kept);
        let applied = planned.apply().await;
        assert_eq!(applied.changed.iter().sum::<u64>(), 920, "{kind}: {applied:?}");
        let left = world.source.count(customers, &Sql::always()).await.unwrap();
        assert_eq!(left, 59 - 20, "{kind}");
    }
}

fn chinook(engine: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../cli/tests/data/chinook");
    let file = format!("{folder}/chinook_{engine}.sql.gz");
    run(std::process::Command::new("gzip").args(["--decompress", "--stdout"]).arg(file))
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
        emptied: Vec::new(),
        indexed: true,
        declared: false,
    }
}

fn id(row: &Row, column: &str) -> i64 {
    row[column].as_ref().unwrap().parse().unwrap()
}

/// Fills the tables, plans, applies, and holds all of it against the oracle.
async fn compare(world: &World, catalogue: Catalogue, due: &[Due<'_>], seed: u64) {
    let mut dice = ChaCha12Rng::seed_from_u64(seed);
    let rows = generate(&catalogue, &mut dice);
    world.execute(&script(&catalogue, &rows)).await;
    // Some applications bring rows with their schema.
    let mut before = BTreeMap::new();
    for table in &catalogue.tables {
        before.insert(table.name.as_str(), world.source.count(table, &Sql::always()).await.unwrap());
    }
    let due: Vec<(String, &str, IsDue)> = due
        .iter()
        .map(|(table, condition, is_due)| (find(&catalogue, table).name.clone(), *condition, *is_due))
        .collect();
    let gone = oracle(&catalogue, &rows, &due);
    let rules = due.iter().map(|(table, condition, _)| rule(table, condition)).collect();
    let planned = world.plan_with(catalogue.clone(), rules, Vec::new()).await;
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
fn oracle(catalogue: &Catalogue, rows: &AllRows, due: &[(String, &str, IsDue)]) -> BTreeMap<String, BTreeSet<usize>> {
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
        let mut next: Vec<(String, usize)> = Vec::new();
        for (root, _, is_due) in due {
            let due = (0..rows[root].len()).filter(|at| is_due(&rows[root][*at]));
            next.extend(due.map(|at| (root.clone(), at)).filter(|row| !banned.contains(row)));
        }
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
                        OnDelete::Refuse | OnDelete::SetDefault | OnDelete::Unknown => true,
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
