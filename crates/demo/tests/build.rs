//! What the rest of the house relies on.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test fails loudly, and reads its own temporary files"
)]

use std::collections::BTreeMap;
use std::path::Path;

use dataward_demo::DEFAULT_SEED;
use dataward_demo::DemoError;
use dataward_demo::Holds;
use dataward_demo::build;
use jiff::civil::Date;
use jiff::civil::date;
use sha2::Digest;
use sha2::Sha256;
use sqlx::Connection;
use sqlx::Row;

const TODAY: Date = date(2026, 11, 23);

/// Every file below `dir` with the hash of its bytes.
fn hashes(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(dir).unwrap().display().to_string();
                found.insert(name, Sha256::digest(std::fs::read(&path).unwrap()).to_vec());
            }
        }
    }
    found
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_does_not() {
    let (one, two, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let summary = build(one.path(), DEFAULT_SEED, TODAY).unwrap();
    build(two.path(), DEFAULT_SEED, TODAY).unwrap();
    build(other.path(), 7, TODAY).unwrap();
    assert_eq!(hashes(one.path()), hashes(two.path()));
    assert_ne!(hashes(one.path())["shop.db"], hashes(other.path())["shop.db"]);
    assert_eq!(summary.files + 1, hashes(one.path()).len() as u64);
}

#[test]
fn a_second_build_replaces_the_first_and_foreign_files_stay() {
    let dir = tempfile::tempdir().unwrap();
    build(dir.path(), DEFAULT_SEED, TODAY).unwrap();
    std::fs::write(dir.path().join("files/left-over.csv"), "a,b\n").unwrap();
    build(dir.path(), DEFAULT_SEED, TODAY).unwrap();
    assert!(!dir.path().join("files/left-over.csv").exists());
    let foreign = tempfile::tempdir().unwrap();
    std::fs::create_dir(foreign.path().join("files")).unwrap();
    std::fs::write(foreign.path().join("files/thesis.txt"), "mine").unwrap();
    assert!(matches!(build(foreign.path(), DEFAULT_SEED, TODAY), Err(DemoError::NotOurs { .. })));
    assert_eq!(std::fs::read_to_string(foreign.path().join("files/thesis.txt")).unwrap(), "mine");
}

#[tokio::test]
async fn the_planted_faults_are_in_the_shop() {
    let dir = tempfile::tempdir().unwrap();
    let summary = build(dir.path(), DEFAULT_SEED, TODAY).unwrap();
    let url = format!("sqlite://{}?mode=ro", dir.path().join("shop.db").display());
    let mut shop = sqlx::SqliteConnection::connect(&url).await.unwrap();
    let checks = [
        ("orphan", "select count(*) from orders where customer_id not in (select customer_id from customers)"),
        ("placeholder-date", "select count(*) from customers where birth_date = '1900-01-01' and customer_id <= 5000"),
        ("impossible-date", "select count(*) from customers where birth_date > '2026-11-23' and customer_id <= 5000"),
        ("blanks", "select count(*) from customers where email <> trim(email) and customer_id <= 5000"),
        ("duplicate", "select count(*) from customers where customer_id > 5000"),
        ("no-proof", "select count(*) from newsletter where consented_at is null"),
        ("withdrawn", "select count(*) from newsletter where unsubscribed_at is not null and active = 1"),
    ];
    for (check, sql) in checks {
        let counted: i64 = sqlx::query(sql).fetch_one(&mut shop).await.unwrap().get(0);
        let planted: usize =
            summary.faults.iter().filter(|fault| fault.check == check).map(|fault| fault.keys.len()).sum();
        assert!(planted > 0, "{check} was not planted");
        assert_eq!(counted as usize, planted, "{check}");
    }
    for stage in ["access", "collection", "encryption", "integrity", "retention", "transit"] {
        assert!(summary.faults.iter().any(|fault| fault.stage == stage), "{stage}");
    }
    assert!(summary.faults.iter().all(|fault| fault.place.column.is_none() || !fault.keys.is_empty()));
}

#[tokio::test]
async fn nothing_happens_before_its_time_unless_it_was_planted() {
    let dir = tempfile::tempdir().unwrap();
    build(dir.path(), DEFAULT_SEED, TODAY).unwrap();
    let url = format!("sqlite://{}?mode=ro", dir.path().join("shop.db").display());
    let mut shop = sqlx::SqliteConnection::connect(&url).await.unwrap();
    for sql in [
        "select count(*) from tickets where closed_at < opened_at",
        "select count(*) from payments join orders using (order_id) where paid_at < placed_at",
        "select count(*) from orders join customers using (customer_id) where date(placed_at) < date(created_at)",
        "select count(*) from orders join customers using (customer_id) where date(placed_at) > last_activity",
        "select count(*) from tickets join customers using (customer_id) where date(opened_at) < date(created_at)",
        "select count(*) from sessions join customers using (customer_id) where date(started_at) < date(created_at)",
        "select count(*) from customers where last_activity < date(created_at)",
        "select count(*) from customers where birth_date > date(created_at, '-18 years') and birth_date < '2026-11-23'",
        "select count(*) from newsletter where unsubscribed_at < signed_up_on",
        "select count(*) from staff where left_on < hired_on",
    ] {
        let early: i64 = sqlx::query(sql).fetch_one(&mut shop).await.unwrap().get(0);
        assert_eq!(early, 0, "{sql}");
    }
}

#[test]
fn the_policy_is_valid_and_leaves_one_source_undeclared() {
    let policy = dataward_policy::Policy::parse("dataward.toml", &dataward_demo::policy_text()).unwrap();
    let undeclared: Vec<String> =
        policy.sources.iter().filter(|(_, source)| source.owner.is_none()).map(|(id, _)| id.to_string()).collect();
    assert_eq!(undeclared, ["files"]);
    assert_eq!(policy.retain.len(), 3);
}

#[tokio::test]
async fn the_truth_names_every_column_of_the_shop_once() {
    let dir = tempfile::tempdir().unwrap();
    let summary = build(dir.path(), DEFAULT_SEED, TODAY).unwrap();
    let url = format!("sqlite://{}?mode=ro", dir.path().join("shop.db").display());
    let mut shop = sqlx::SqliteConnection::connect(&url).await.unwrap();
    let sql = "select m.name || '.' || c.name from sqlite_master m, pragma_table_info(m.name) c where m.type = 'table' order by 1";
    let mut stored: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut shop).await.unwrap();
    let in_shop = summary.columns.iter().filter(|truth| truth.source == "shop");
    let mut told: Vec<String> = in_shop.map(|truth| format!("{}.{}", truth.table, truth.column)).collect();
    stored.sort();
    told.sort();
    assert_eq!(stored, told);
    assert!(summary.columns.iter().any(|truth| matches!(truth.holds, Holds::Category(_))));
    assert_eq!(summary.people, 5_000);
    assert!(summary.rows > 40_000, "{}", summary.rows);
}

#[cfg(unix)]
#[test]
fn only_the_card_list_is_readable_by_everyone() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    build(dir.path(), DEFAULT_SEED, TODAY).unwrap();
    let open: Vec<String> = hashes(dir.path())
        .into_keys()
        .filter(|name| std::fs::metadata(dir.path().join(name)).unwrap().permissions().mode() & 0o044 != 0)
        .collect();
    assert_eq!(open, ["files/till/card-list.csv"]);
}
