//! What the collection review says of tables that nobody uses, of copies and of special categories.

use dataward_audit::CHECKS;
use dataward_audit::Facts;
use dataward_audit::HeldColumn;
use dataward_audit::HeldTable;
use dataward_audit::Snapshot;
use dataward_audit::collection::facts::CollectionFacts;
use dataward_audit::collection::facts::PlacedSketch;
use dataward_audit::collection::facts::TableHistory;
use dataward_audit::collection::facts::TableUse;
use dataward_audit::law;
use dataward_model::Category;
use dataward_model::Finding;
use dataward_model::Place;
use dataward_model::Sensitivity;
use dataward_model::Sketch;
use dataward_model::SourceId;
use dataward_model::Statement;
use dataward_model::StatementWords;
use dataward_model::TableShape;
use dataward_policy::Policy;
use jiff::SignedDuration;
use jiff::Timestamp;

const POLICY: &str =
    "[business]\nname = \"Test\"\n[source.shop]\nurl = \"sqlite:shop.db\"\n[source.files]\nurl = \"file:files\"\n";

fn now() -> Timestamp {
    "2026-11-29T12:00:00Z".parse().unwrap()
}

fn place(source: &str, table: &str) -> Place {
    Place::of_table(SourceId::new(source).unwrap(), table)
}

fn held(source: &str, table: &str, categories: &[Category]) -> HeldTable {
    HeldTable {
        source: SourceId::new(source).unwrap(),
        table: table.to_owned(),
        unit: table.to_owned(),
        goes_whole: false,
        is_derived: false,
        readable_by_everyone: false,
        people: Some(600),
        columns: categories
            .iter()
            .map(|category| HeldColumn { column: category.key().to_owned(), category: category.clone() })
            .collect(),
    }
}

fn history(source: &str, table: &str, in_database: bool) -> TableHistory {
    TableHistory {
        place: place(source, table),
        sensitivity: Sensitivity::Normal,
        people: Some(600),
        in_database,
        stored: vec![format!("{source}/{table}")],
        shape: TableShape::Table,
        first_seen: now() - SignedDuration::from_hours(24 * 200),
        gone_since: None,
        sizes: Vec::new(),
        retired: 0,
    }
}

/// People with these numbers, `rows` rows of which a share was read.
fn sketch(source: &str, table: &str, people: std::ops::Range<u64>, rows: u64) -> PlacedSketch {
    let mut sketch = Sketch::default();
    let distinct = people.end - people.start;
    people.for_each(|number| {
        sketch.add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(17).wrapping_mul(0xbf58_476d_1ce4_e5b9))
    });
    PlacedSketch { place: place(source, table), category: Category::EMAIL, distinct, read: 1.0, rows, sketch }
}

fn findings(tables: &[HeldTable], collection: CollectionFacts, check: &str) -> Vec<Finding> {
    let policy = Policy::parse("dataward.toml", POLICY).unwrap();
    let facts = Facts { collection: Some(collection), ..Facts::default() };
    let snapshot = Snapshot { policy: &policy, sources: &[], tables, facts: &facts, now: now() };
    let mut found = dataward_audit::run(CHECKS, &snapshot);
    found.retain(|finding| finding.check == check);
    assert!(found.iter().flat_map(|finding| &finding.law).all(|id| law::find(id).is_some()), "laws are known");
    found
}

#[test]
fn tables_idle_for_a_quarter_are_told_and_used_ones_are_not() {
    let use_of = |table: &str, days: i64| TableUse {
        place: place("shop", table),
        idle_since: now() - SignedDuration::from_hours(24 * days),
        named: None,
    };
    let tables = [held("shop", "old", &[Category::EMAIL]), held("shop", "busy", &[Category::EMAIL])];
    // `settings` holds nothing about people: nobody asks whether it is used.
    let uses = vec![use_of("old", 100), use_of("busy", 3), use_of("settings", 900)];
    let found = findings(&tables, CollectionFacts { uses, ..CollectionFacts::default() }, "collection/unused");
    let places: Vec<String> = found.iter().map(|finding| finding.place.to_string()).collect();
    assert_eq!(places, ["shop.old"]);
    assert!(found[0].title.contains("(100 days)"), "{}", found[0].title);
}

#[test]
fn columns_that_no_statement_names_are_told_and_named_ones_are_not() {
    let statements = ["SELECT \"user.contact.email\" FROM members", "SELECT \"user.contact.address\" FROM suppliers"]
        .map(Statement::parse);
    let use_of = |days: i64| TableUse {
        place: place("shop", "members"),
        idle_since: now(),
        named: Some(StatementWords::of_table(
            "members",
            statements.iter().flatten(),
            now() - SignedDuration::from_hours(24 * days),
        )),
    };
    let tables = [held("shop", "members", &[Category::EMAIL, Category::ADDRESS])];
    let columns = |days: i64| {
        let facts = CollectionFacts { uses: vec![use_of(days)], ..CollectionFacts::default() };
        findings(&tables, facts, "collection/unused").into_iter().filter_map(|found| found.place.column).collect()
    };
    let unused: Vec<String> = columns(100);
    let other = tables[0].columns.iter().find(|held| held.category == Category::ADDRESS).unwrap();
    assert_eq!(unused, std::slice::from_ref(&other.column));
    let unused: Vec<String> = columns(20);
    assert!(unused.is_empty(), "less than a quarter says little: {unused:?}");
}

/// `shop.copy of shop.customers`, as the title has it; the id is that of the copy alone.
fn of_what(finding: &Finding) -> String {
    assert_eq!(finding.detail, "");
    // A copy holds the same people, a text tells of them.
    let words = ["the same people as `", "tells of the people in `"];
    let rest = words.into_iter().find_map(|words| finding.title.split_once(words));
    let original = rest.and_then(|(_, rest)| rest.split('`').next());
    format!("{} of {}", finding.place, original.unwrap_or_default())
}

#[test]
fn the_original_is_what_is_live_and_not_called_a_copy_and_one_thing_is_no_copy_of_itself() {
    let names = ["customers", "customers_old"];
    let tables: Vec<HeldTable> = (["shop", "again"].into_iter())
        .flat_map(|source| names.map(|table| held(source, table, &[Category::EMAIL, Category::NAME])))
        .chain([held("files", "exports/all.csv", &[Category::EMAIL]), held("files", "all.csv", &[Category::EMAIL])])
        .collect();
    let mut histories: Vec<TableHistory> =
        tables.iter().map(|table| history(table.source.as_str(), &table.table, true)).collect();
    for history in &mut histories {
        history.in_database = history.place.source.as_str() != "files";
        // Both sources lead to one database.
        history.stored = vec![format!("db/{}", history.place.table.as_deref().unwrap_or_default())];
    }
    let sketches = || {
        vec![
            // The copy in the database has more people than what it was made of, and so has the newest export.
            sketch("shop", "customers", 0..500, 500),
            sketch("again", "customers", 0..500, 500),
            sketch("shop", "customers_old", 0..520, 520),
            sketch("again", "customers_old", 0..520, 520),
            sketch("files", "exports/all.csv", 0..600, 600),
            sketch("files", "all.csv", 0..600, 600),
        ]
    };
    let collection = CollectionFacts { tables: histories, sketches: sketches(), ..CollectionFacts::default() };
    let found = findings(&tables, collection, "collection/shadow-copy");
    let told: Vec<String> = found.iter().map(of_what).collect();
    assert_eq!(
        told,
        [
            "again.customers_old of again.customers",
            "files.all.csv of again.customers",
            "files.exports/all.csv of again.customers",
            "shop.customers_old of again.customers",
        ]
    );
    assert!(found.iter().all(|finding| finding.remedy.as_str().starts_with("say that it is wanted")), "{found:?}");
}

#[test]
fn orders_are_no_copy_of_the_customers_they_refer_to_and_a_second_list_is() {
    let both = [Category::EMAIL, Category::NAME];
    let tables = [
        held("shop", "customers", &both),
        held("shop", "orders", &both),
        held("shop", "customers_backup", &both),
        held("shop", "logins", &[Category::EMAIL]),
    ];
    let collection = CollectionFacts {
        tables: tables.iter().map(|table| history("shop", &table.table, true)).collect(),
        sketches: vec![
            sketch("shop", "customers", 0..600, 600),
            sketch("shop", "orders", 0..500, 4_000),
            sketch("shop", "customers_backup", 0..550, 550),
            sketch("shop", "logins", 0..500, 500),
        ],
        ..CollectionFacts::default()
    };
    let found = findings(&tables, collection, "collection/shadow-copy");
    let told: Vec<String> = found.iter().map(of_what).collect();
    assert_eq!(told, ["shop.customers_backup of shop.customers"]);
}

#[test]
fn a_materialised_view_is_no_copy_and_nothing_is_a_copy_of_it() {
    let both = [Category::EMAIL, Category::NAME];
    let mut tables = [held("shop", "customers", &both), held("shop", "customer_names", &both)];
    tables[1].is_derived = true;
    let collection = CollectionFacts {
        tables: tables.iter().map(|table| history("shop", &table.table, true)).collect(),
        sketches: vec![sketch("shop", "customers", 0..600, 600), sketch("shop", "customer_names", 0..600, 600)],
        ..CollectionFacts::default()
    };
    assert_eq!(findings(&tables, collection, "collection/shadow-copy").len(), 0);
}

#[test]
fn a_mailbox_with_the_customers_in_it_is_not_to_be_deleted_as_a_copy() {
    let tables = [held("shop", "customers", &[Category::EMAIL]), held("files", "info.mbox", &[Category::EMAIL])];
    let mailbox = TableHistory { shape: TableShape::Document, ..history("files", "info.mbox", false) };
    let collection = CollectionFacts {
        tables: vec![history("shop", "customers", true), mailbox],
        sketches: vec![sketch("shop", "customers", 0..600, 600), sketch("files", "info.mbox", 0..200, 900)],
        ..CollectionFacts::default()
    };
    let found = findings(&tables, collection, "collection/shadow-copy");
    let [found] = found.as_slice() else { panic!("{found:?}") };
    let remedy = found.remedy.as_str();
    assert!(!remedy.contains("delete") && !found.reason.contains("copy"), "{found:?}");
    assert!(remedy.contains("`what = \"files.info.mbox\"`") && remedy.contains("copy_of"), "{remedy}");
}

#[test]
fn in_files_every_list_of_the_same_people_is_a_copy_and_few_in_common_are_none() {
    let tables = [
        held("shop", "customers", &[Category::EMAIL]),
        held("files", "dump.sql", &[Category::EMAIL]),
        held("files", "staff.csv", &[Category::EMAIL]),
    ];
    let collection = CollectionFacts {
        tables: vec![
            history("shop", "customers", true),
            history("files", "dump.sql", false),
            history("files", "staff.csv", false),
        ],
        sketches: vec![
            sketch("shop", "customers", 0..20_000, 20_000),
            sketch("files", "dump.sql", 0..30_000, 90_000),
            // Twelve members of staff are customers too.
            sketch("files", "staff.csv", 19_988..20_100, 112),
        ],
        ..CollectionFacts::default()
    };
    let found = findings(&tables, collection, "collection/shadow-copy");
    let told: Vec<String> = found.iter().map(of_what).collect();
    assert_eq!(told, ["files.dump.sql of shop.customers"], "the database is the original, although the dump has more");
}

#[test]
fn a_log_is_the_copy_of_the_list_although_it_names_a_few_more() {
    let tables = [held("files", "contacts.csv", &[Category::EMAIL]), held("files", "a.log", &[Category::EMAIL])];
    let log = TableHistory { shape: TableShape::Document, ..history("files", "a.log", false) };
    let collection = CollectionFacts {
        tables: vec![history("files", "contacts.csv", false), log],
        sketches: vec![sketch("files", "contacts.csv", 0..400, 400), sketch("files", "a.log", 0..430, 9_000)],
        ..CollectionFacts::default()
    };
    let found = findings(&tables, collection, "collection/shadow-copy");
    let told: Vec<String> = found.iter().map(of_what).collect();
    assert_eq!(told, ["files.a.log of files.contacts.csv"]);
}

#[test]
fn special_categories_name_what_they_are_and_the_law() {
    let tables =
        [held("shop", "patients", &[Category::EMAIL, Category::HEALTH]), held("shop", "customers", &[Category::EMAIL])];
    let found = findings(&tables, CollectionFacts::default(), "collection/special-category");
    assert_eq!(found.len(), 1);
    assert!(found[0].title.contains("`shop.patients` holds special categories: health data"), "{}", found[0].title);
    assert_eq!(found[0].law, ["eu-gdpr-9", "eu-gdpr-35"]);
}
