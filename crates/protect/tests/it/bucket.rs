//! Objects in a bucket of a real S3-like server.

use std::sync::Arc;

use dataward_protect::KeyRing;
use dataward_protect::Sealing;
use dataward_protect::file::Watch;
use dataward_protect::objects::Work;
use dataward_protect::objects::range_of;
use dataward_protect::objects::run;
use dataward_protect::objects::run_keys;
use dataward_seal::SecretKey;
use dataward_seal::recipient::LOCAL;
use dataward_seal::recipient::RawAes;
use dataward_testkit::server::moto::MotoServer;
use futures::StreamExt;
use object_store::Attribute;
use object_store::Attributes;
use object_store::ObjectStore;
use object_store::ObjectStoreExt;
use object_store::PutOptions;
use object_store::aws::AmazonS3Builder;
use object_store::path::Path;

use crate::support::keys;
use crate::support::text;

fn bucket(server: &MotoServer, name: &str, versioned: bool) -> Arc<dyn ObjectStore> {
    server.make_bucket(name, versioned);
    bucket_at(server.port(), name)
}

/// A bucket that is there.
pub(crate) fn bucket_at(port: u16, name: &str) -> Arc<dyn ObjectStore> {
    let store = AmazonS3Builder::new()
        .with_endpoint(format!("http://127.0.0.1:{port}"))
        .with_allow_http(true)
        .with_bucket_name(name)
        .with_region("us-east-1")
        .with_access_key_id("any")
        .with_secret_access_key("any");
    Arc::new(store.build().unwrap())
}

/// What its owner said of an object: what it is, how long it may be kept near, and a note.
fn told() -> Attributes {
    let metadata = Attribute::Metadata("department".into());
    [
        (Attribute::ContentType, "text/csv"),
        (Attribute::CacheControl, "no-store"),
        (Attribute::ContentLanguage, "de"),
        (metadata, "payroll"),
    ]
    .into_iter()
    .collect()
}

#[tokio::test]
async fn what_is_told_of_an_object_stays_told_when_it_is_sealed_sealed_anew_and_opened() {
    let server = MotoServer::shared();
    let store = bucket(&server, "protect-told", false);
    // One that is put at once, and one in parts.
    let names = [("a", 10), ("b", 11 << 20)];
    for (name, length) in names {
        let options = PutOptions { attributes: told(), ..PutOptions::default() };
        store.put_opts(&Path::from(name), text(length).into(), options).await.unwrap();
    }
    for (work, keys, ending) in
        [(Work::Seal, keys(1, &[]), ".dw"), (Work::Rewrap, keys_of_two(), ".dw"), (Work::Open, keys_of_two(), "")]
    {
        let done = run(store.clone(), "", work, &keys, &Watch::default()).await.unwrap();
        assert!(done.failed.is_empty() && done.done == 2, "{:?}", done.failed);
        for (name, _) in names {
            let there = store.get(&Path::from(format!("{name}{ending}"))).await.unwrap();
            assert_eq!(there.attributes, told(), "{name}{ending}");
        }
    }
}

#[tokio::test]
async fn objects_are_sealed_read_back_and_opened_in_place() {
    let server = MotoServer::shared();
    let store = bucket(&server, "protect-objects", false);
    for (name, length) in [("x/empty", 0), ("x/small", 10), ("x/large", 11 << 20), ("y", 5)] {
        store.put(&Path::from(name), text(length).into()).await.unwrap();
    }
    let go = async |work| run(store.clone(), "x/", work, &keys(1, &[]), &Watch::default()).await.unwrap();
    let sealed = go(Work::Seal).await;
    assert!(sealed.failed.is_empty(), "{:?}", sealed.failed);
    assert_eq!(sealed.done, 3);
    assert!(store.get(&Path::from("x/large")).await.is_err());
    assert!(store.get(&Path::from("y")).await.is_ok(), "not below the prefix");
    let bytes = store.get(&Path::from("x/small.dw")).await.unwrap().bytes().await.unwrap();
    assert_eq!(bytes[..3], [2, 4, 0x78]);
    assert_eq!(go(Work::Verify).await.done, 3);
    let opened = go(Work::Open).await;
    assert!(opened.failed.is_empty(), "{:?}", opened.failed);
    let bytes = store.get(&Path::from("x/large")).await.unwrap().bytes().await.unwrap();
    assert!(bytes == text(11 << 20));
    assert!(store.get(&Path::from("x/large.dw")).await.is_err());
}

#[tokio::test]
async fn names_come_back_as_they_were() {
    let server = MotoServer::shared();
    let store = bucket(&server, "protect-names", false);
    let names = [
        "Kundenliste März.csv",
        "日本.csv",
        "50% Rabatt.csv",
        "a#b?c~d.csv",
        "plus+blank x.csv",
        "%41.csv",
        "*'{}[]|^`\"<>&;=@:$,!().csv",
    ];
    let keys_of = |end: &str| {
        let mut keys: Vec<String> = names.iter().map(|name| format!("Büro 50%/{name}{end}")).collect();
        keys.sort();
        keys
    };
    for key in keys_of("") {
        store.put(&Path::parse(&key).unwrap(), key.into()).await.unwrap();
    }
    // Beside them, as the names were once written: another object, which is left alone.
    store.put(&Path::parse("Kundenliste M%C3%A4rz.csv").unwrap(), "other".into()).await.unwrap();
    let below = Path::parse("Büro 50%").unwrap();
    let there = async || {
        let mut keys: Vec<String> =
            store.list(Some(&below)).map(|meta| meta.unwrap().location.to_string()).collect().await;
        keys.sort();
        keys
    };
    for (work, ring, end) in [
        (Work::Seal, keys(1, &[]), ".dw"),
        (Work::Rewrap, keys_of_two(), ".dw"),
        (Work::Verify, second_key(), ".dw"),
        (Work::Open, second_key(), ""),
    ] {
        let done = run(store.clone(), "Büro 50%/", work, &ring, &Watch::default()).await.unwrap();
        assert!(done.failed.is_empty(), "{work:?}: {:?}", done.failed);
        assert_eq!(there().await, keys_of(end), "{work:?}");
        let mut told: Vec<String> = done.classes.into_values().flat_map(|part| part.keys).collect();
        told.sort();
        assert_eq!(told, keys_of(end), "{work:?}");
    }
    for key in keys_of("") {
        let bytes = store.get(&Path::parse(&key).unwrap()).await.unwrap().bytes().await.unwrap();
        assert_eq!(bytes, key);
    }
    // One by one, by name.
    let ring = keys(1, &[]);
    let done = run_keys(store.clone(), &keys_of(""), Work::Seal, &ring, &Watch::default()).await;
    assert!(done.failed.is_empty(), "{:?}", done.failed);
    assert_eq!(there().await, keys_of(".dw"));
    for key in keys_of("") {
        let mut out = Vec::new();
        let sink = |text: &[u8]| {
            out.extend_from_slice(text);
            Ok(())
        };
        range_of(store.as_ref(), &format!("{key}.dw"), &ring, 0..3, sink).await.unwrap();
        assert_eq!(out, key.as_bytes()[..3]);
        let one = format!("{key}.dw");
        let opened = run(store.clone(), &one, Work::Open, &ring, &Watch::default()).await.unwrap();
        assert_eq!((opened.done, opened.failed.len()), (1, 0), "{one}");
    }
    assert_eq!(there().await, keys_of(""));
}

#[tokio::test]
async fn a_prefix_that_no_key_has_is_not_the_whole_bucket() {
    let server = MotoServer::shared();
    let store = bucket(&server, "protect-prefix", false);
    store.put(&Path::from("b"), text(10).into()).await.unwrap();
    for prefix in ["a//b", "a/../b", "/b", "/", "//"] {
        let refused = run(store.clone(), prefix, Work::Seal, &keys(1, &[]), &Watch::default()).await;
        assert!(refused.is_err(), "{prefix}");
    }
    assert!(store.get(&Path::from("b")).await.is_ok());
}

#[tokio::test]
async fn a_damaged_object_is_kept() {
    let server = MotoServer::shared();
    let store = bucket(&server, "protect-damaged", false);
    store.put(&Path::from("a"), text(100_000).into()).await.unwrap();
    let ring = keys(1, &[]);
    assert_eq!(run(store.clone(), "", Work::Seal, &ring, &Watch::default()).await.unwrap().done, 1);
    let mut bytes = store.get(&Path::from("a.dw")).await.unwrap().bytes().await.unwrap().to_vec();
    bytes[90_000] ^= 1;
    store.put(&Path::from("a.dw"), bytes.into()).await.unwrap();
    let opened = run(store.clone(), "", Work::Open, &ring, &Watch::default()).await.unwrap();
    assert!(opened.failed[0].to_string().contains("does not authenticate"));
    assert!(store.get(&Path::from("a.dw")).await.is_ok());
    assert!(store.get(&Path::from("a")).await.is_err(), "nothing half opened took the name");
    let anew = run(store.clone(), "", Work::Rewrap, &keys_of_two(), &Watch::default()).await.unwrap();
    assert!(anew.failed[0].to_string().contains("does not authenticate"));
}

/// The first key opens, another one seals.
fn keys_of_two() -> KeyRing {
    let mut ring = second_key();
    ring.identities.extend(keys(1, &[]).identities);
    ring
}

/// Another version of the key, which has a name of its own.
fn second_key() -> KeyRing {
    let key = RawAes::new(LOCAL, "files/2", SecretKey::of(&[2; 32]));
    let sealing = Sealing { recipients: vec![Box::new(key.clone())], ..Sealing::default() };
    KeyRing { sealing, identities: vec![Box::new(key)], ..KeyRing::default() }
}

#[tokio::test]
async fn objects_are_sealed_anew_for_other_keys() {
    let server = MotoServer::shared();
    let store = bucket(&server, "protect-rewrap", false);
    for (name, length) in [("empty", 0), ("small", 10), ("large", 9 << 20)] {
        store.put(&Path::from(name), text(length).into()).await.unwrap();
    }
    run(store.clone(), "", Work::Seal, &keys(1, &[]), &Watch::default()).await.unwrap();
    let anew = run(store.clone(), "", Work::Rewrap, &keys_of_two(), &Watch::default()).await.unwrap();
    assert!(anew.failed.is_empty(), "{:?}", anew.failed);
    assert_eq!((anew.done, anew.bytes), (3, 10 + (9 << 20)));
    let verified = run(store.clone(), "", Work::Verify, &second_key(), &Watch::default()).await.unwrap();
    assert_eq!((verified.done, verified.plain.len()), (3, 0), "nothing is left beside them");
    let old = run(store.clone(), "", Work::Verify, &keys(1, &[]), &Watch::default()).await.unwrap();
    assert_eq!((old.done, old.failed.len()), (0, 3));
    let again = run(store.clone(), "", Work::Rewrap, &keys_of_two(), &Watch::default()).await.unwrap();
    assert_eq!((again.done, again.already), (0, 3));
}

#[tokio::test]
async fn a_range_is_opened_without_the_rest() {
    let server = MotoServer::shared();
    let store = bucket(&server, "protect-range", false);
    let length = 10 << 20;
    store.put(&Path::from("a"), text(length).into()).await.unwrap();
    let ring = keys(1, &[]);
    run(store.clone(), "", Work::Seal, &ring, &Watch::default()).await.unwrap();
    // The other frames are damaged, which a range does not read.
    let mut bytes = store.get(&Path::from("a.dw")).await.unwrap().bytes().await.unwrap().to_vec();
    bytes[9 << 20] ^= 1;
    store.put(&Path::from("a.dw"), bytes.into()).await.unwrap();
    for range in [0..10, 65_530..65_550, 5_000_000..6_000_000, 65_536..65_536] {
        let mut out = Vec::new();
        let sink = |text: &[u8]| {
            out.extend_from_slice(text);
            Ok(())
        };
        range_of(store.as_ref(), "a.dw", &ring, range.clone(), sink).await.unwrap();
        assert!(out == text(length)[range.start as usize..range.end as usize], "{range:?}");
    }
    let refused = range_of(store.as_ref(), "a.dw", &ring, 0..u64::MAX, |_| Ok(())).await.unwrap_err();
    assert!(refused.to_string().contains("does not authenticate"), "{refused}");
}

#[tokio::test]
async fn what_is_there_already_is_compared_and_never_written_over() {
    let server = MotoServer::shared();
    let store = bucket(&server, "protect-conflict", false);
    let ring = keys(1, &[]);
    // Another object of that name, which opens to something else.
    store.put(&Path::from("b"), text(50).into()).await.unwrap();
    run(store.clone(), "", Work::Seal, &ring, &Watch::default()).await.unwrap();
    store.put(&Path::from("b"), text(60).into()).await.unwrap();
    let sealed = run(store.clone(), "", Work::Seal, &ring, &Watch::default()).await.unwrap();
    assert!(sealed.failed[0].to_string().contains("holds something else"), "{:?}", sealed.failed);
    assert!(store.get(&Path::from("b")).await.unwrap().bytes().await.unwrap() == text(60));
    // A run that was killed before the plaintext went: it is compared, and the run goes on.
    store.put(&Path::from("b"), text(50).into()).await.unwrap();
    assert_eq!(run(store.clone(), "", Work::Seal, &ring, &Watch::default()).await.unwrap().done, 1);
    assert!(store.get(&Path::from("b")).await.is_err());
}
