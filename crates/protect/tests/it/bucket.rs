//! Objects in a bucket of a real S3-like server.

use std::sync::Arc;

use dataward_protect::file::Watch;
use dataward_protect::objects::Work;
use dataward_protect::objects::run;
use dataward_testkit::server::moto::MotoServer;
use object_store::ObjectStore;
use object_store::ObjectStoreExt;
use object_store::aws::AmazonS3Builder;
use object_store::path::Path;

use crate::support::keys;
use crate::support::text;

fn bucket(server: &MotoServer, name: &str, versioned: bool) -> Arc<dyn ObjectStore> {
    server.make_bucket(name, versioned);
    let store = AmazonS3Builder::new()
        .with_endpoint(format!("http://127.0.0.1:{}", server.port()))
        .with_allow_http(true)
        .with_bucket_name(name)
        .with_region("us-east-1")
        .with_access_key_id("any")
        .with_secret_access_key("any");
    Arc::new(store.build().unwrap())
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
    assert_eq!((sealed.done, sealed.versioned), (3, false));
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
async fn a_damaged_object_is_kept_and_older_versions_are_told_of() {
    let server = MotoServer::shared();
    let store = bucket(&server, "protect-versions", true);
    store.put(&Path::from("a"), text(100_000).into()).await.unwrap();
    let ring = keys(1, &[]);
    let sealed = run(store.clone(), "", Work::Seal, &ring, &Watch::default()).await.unwrap();
    assert_eq!((sealed.done, sealed.versioned), (1, true));
    let mut bytes = store.get(&Path::from("a.dw")).await.unwrap().bytes().await.unwrap().to_vec();
    bytes[90_000] ^= 1;
    store.put(&Path::from("a.dw"), bytes.into()).await.unwrap();
    let opened = run(store.clone(), "", Work::Open, &ring, &Watch::default()).await.unwrap();
    assert!(opened.failed[0].to_string().contains("does not authenticate"));
    assert!(store.get(&Path::from("a.dw")).await.is_ok());
    assert!(store.get(&Path::from("a")).await.is_err(), "nothing half opened took the name");
}
