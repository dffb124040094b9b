//! What encrypts stored data, over time.

use dataward_model::SourceId;
use dataward_store::ProtectionRecord;
use dataward_store::Store;
use jiff::Timestamp;

fn at(hour: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + hour * 3600).unwrap()
}

fn disk() -> ProtectionRecord {
    ProtectionRecord {
        unit: None,
        column: None,
        by: "LUKS2".to_owned(),
        proof: "dm-crypt".to_owned(),
        holds: Vec::new(),
    }
}

fn file(unit: &str) -> ProtectionRecord {
    ProtectionRecord { unit: Some(unit.to_owned()), by: "age".to_owned(), proof: "first bytes".to_owned(), ..disk() }
}

#[tokio::test]
async fn what_is_no_longer_seen_is_gone_and_its_time_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    let source = SourceId::new("exports").unwrap();
    store.record_protections(&source, at(0), &[disk(), file("a.csv.age")]).await.unwrap();
    store.record_protections(&source, at(1), &[disk()]).await.unwrap();
    let now = store.protections(false).await.unwrap();
    assert_eq!(now.len(), 1);
    assert_eq!((now[0].record.clone(), now[0].first_seen, now[0].last_seen), (disk(), at(0), at(1)));
    let ever = store.protections(true).await.unwrap();
    let gone = ever.iter().find(|known| known.record == file("a.csv.age")).unwrap();
    assert_eq!((gone.first_seen, gone.last_seen, gone.gone_since), (at(0), at(0), Some(at(1))));
    store.record_protections(&source, at(2), &[file("a.csv.age")]).await.unwrap();
    let ever = store.protections(true).await.unwrap();
    assert_eq!(ever.len(), 3, "encrypted anew is another time");
    assert_eq!(store.protections(false).await.unwrap()[0].first_seen, at(2));
}

#[tokio::test]
async fn the_nearest_protection_of_a_place_comes_first() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    let source = SourceId::new("shop").unwrap();
    let column = ProtectionRecord { column: Some("card".to_owned()), ..file("public.orders") };
    store.record_protections(&source, at(0), &[disk(), file("public.orders"), column.clone()]).await.unwrap();
    let known = store.protections(false).await.unwrap();
    let of = |unit, column| known.iter().find(|known| known.covers(unit, column)).map(|known| known.record.clone());
    assert_eq!(of("public.orders", "card"), Some(column));
    assert_eq!(of("public.orders", "name"), Some(file("public.orders")));
    assert_eq!(of("public.other", "name"), Some(disk()));
}

#[tokio::test]
async fn what_is_sealed_keeps_what_it_held_and_counts_for_one_key_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    let source = SourceId::new("files").unwrap();
    let sealed = |by: &str, holds: &[&str]| ProtectionRecord {
        by: by.to_owned(),
        holds: holds.iter().map(|key| (*key).to_owned()).collect(),
        ..file("a.csv.dw")
    };
    let at = |day: i64| jiff::Timestamp::from_second(1_800_000_000 + day * 86_400).unwrap();
    let first = sealed("key 1", &["user.name", "user.contact.email"]);
    store.change_protections(&source, at(0), std::slice::from_ref(&first), &[]).await.unwrap();
    // An audit sees it again, and knows nothing of what is inside.
    store.record_protections(&source, at(1), &[sealed("key 1", &[])]).await.unwrap();
    let known = store.protections(false).await.unwrap();
    assert_eq!((known.len(), &known[0].record.holds, known[0].first_seen), (1, &first.holds, at(0)));
    // Sealed anew with another key, then opened.
    store.change_protections(&source, at(2), &[sealed("key 2", &[])], &[]).await.unwrap();
    let known = store.protections(false).await.unwrap();
    assert_eq!((known.len(), known[0].record.by.as_str()), (1, "key 2"));
    store.change_protections(&source, at(3), &[], &["a.csv.dw".to_owned()]).await.unwrap();
    assert!(store.protections(false).await.unwrap().is_empty());
    assert_eq!(store.protections(true).await.unwrap().len(), 2, "the past stays known");
}
