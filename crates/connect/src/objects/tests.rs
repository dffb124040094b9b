//! Against a running S3 server, and against places where there is none.

use std::sync::atomic::Ordering;

use arrow_array::cast::AsArray;
use dataward_testkit::server::free_port;
use dataward_testkit::server::moto::MotoServer;
use futures::TryStreamExt;

use super::*;
use crate::Chunk;
use crate::UnitKind;
use crate::conformance;
use crate::conformance::Expected;
use crate::conformance::Suite;

fn objects(url: &str) -> Objects {
    Objects::new(url, Some(Credentials::access_key("key", "secret"))).unwrap()
}

async fn units(objects: &Objects) -> Vec<Unit> {
    let mut units: Vec<Unit> = objects.units().await.unwrap().try_collect().await.unwrap();
    units.sort_by(|a, b| a.name.cmp(&b.name));
    units
}

async fn text(objects: &Objects, unit: &Unit) -> Result<String, ConnectError> {
    let chunks: Vec<Chunk> = objects.read(unit, &ReadRequest::full()).await?.try_collect().await?;
    let mut text = String::new();
    for chunk in chunks {
        if let Chunk::Rows(batch) = chunk {
            for column in batch.columns() {
                for value in column.as_string::<i32>().iter().flatten() {
                    text.push_str(value);
                    text.push('\n');
                }
            }
        }
    }
    Ok(text)
}

fn names(units: &[Unit]) -> Vec<&str> {
    units.iter().map(|unit| unit.name.as_str()).collect()
}

#[tokio::test]
async fn a_bucket_keeps_the_contract() {
    let moto = MotoServer::shared();
    moto.make_bucket("contract", false);
    let people: String = (0..5000).map(|id| format!("{id},{}\n", if id % 10 == 0 { "" } else { "Ada" })).collect();
    moto.put("contract", "people.csv", format!("id,name\n{people}").as_bytes());
    moto.put("contract", "nobody.csv", b"id,name\n");
    moto.put("contract", "deep/%F0%9F%98%80.tsv", b"id\tname\n1\tAda\n2\tBob\n");
    let bucket = Arc::new(objects(&moto.url("contract")));
    let expected = vec![
        Expected::new("people.csv", 5000, &["id", "name"]).position("id").nulls("name", 500),
        Expected::new("nobody.csv", 0, &["id", "name"]),
        Expected::new("deep/😀.tsv", 2, &["id", "name"]),
    ];
    Suite::new(bucket.clone(), expected).check().await.unwrap();
    let replace = async || moto.put("contract", "people.csv", b"id,name\n1,Ada\n");
    conformance::check_fingerprint(bucket.as_ref(), "people.csv", replace).await.unwrap();
    let delete = async || drop(moto.request("DELETE", "/contract/people.csv", &[], b""));
    conformance::check_gone(bucket.as_ref(), "people.csv", delete).await.unwrap();
}

#[tokio::test]
async fn objects_with_odd_names_are_listed_and_read() {
    let moto = MotoServer::shared();
    moto.make_bucket("odd-names", false);
    let keys = ["plain.txt", "a b+c%25.txt", "ünï/cödé 🦀.txt", "two//slashes.txt", "quote'\"<&>.txt", "a?b#c.txt"];
    for key in keys {
        let path = percent_encoding::utf8_percent_encode(key, percent_encoding::NON_ALPHANUMERIC).to_string();
        moto.put("odd-names", &path.replace("%2F", "/"), format!("I am {key}").as_bytes());
    }
    moto.put("odd-names", "folder/", b"");
    let bucket = objects(&moto.url("odd-names"));
    let facts = bucket.open().await.unwrap();
    assert_eq!((facts.product.as_str(), facts.transport), ("S3-like store", TransportSecurity::Plain));
    let found = units(&bucket).await;
    let mut expected = keys.to_vec();
    expected.sort_unstable();
    assert_eq!(names(&found), expected);
    for unit in &found {
        assert_eq!(text(&bucket, unit).await.unwrap().trim(), format!("I am {}", unit.name));
        assert_eq!((unit.kind, unit.exposure), (UnitKind::Object, None));
    }
}

#[tokio::test]
async fn a_prefix_narrows_the_bucket() {
    let moto = MotoServer::shared();
    moto.make_bucket("prefixes", false);
    for key in ["2024/a.txt", "2024/b.txt", "2025/a.txt"] {
        moto.put("prefixes", key, b"x");
    }
    assert_eq!(names(&units(&objects(&moto.url("prefixes/2024/"))).await), ["2024/a.txt", "2024/b.txt"]);
}

#[tokio::test]
async fn overwritten_and_deleted_objects_are_found_as_older_versions() {
    let moto = MotoServer::shared();
    moto.make_bucket("versions", true);
    moto.put("versions", "card.txt", b"old card");
    moto.put("versions", "card.txt", b"new card");
    moto.put("versions", "gone.txt", b"deleted but there");
    moto.request("DELETE", "/versions/gone.txt", &[], b"");

    let bucket = objects(&moto.url("versions"));
    let found = units(&bucket).await;
    let latest: Vec<&Unit> = found.iter().filter(|unit| unit.kind == UnitKind::Object).collect();
    let older: Vec<&Unit> = found.iter().filter(|unit| unit.kind == UnitKind::ObjectVersion).collect();
    assert_eq!((latest.len(), older.len()), (1, 2));
    assert_eq!(text(&bucket, latest[0]).await.unwrap(), "new card\n");
    assert_eq!(text(&bucket, older[0]).await.unwrap(), "old card\n");
    assert!(older[1].name.starts_with("gone.txt?versionId="));
    assert_eq!(text(&bucket, older[1]).await.unwrap(), "deleted but there\n");

    let only_latest = objects(&(moto.url("versions") + "&versions=latest"));
    assert_eq!(names(&units(&only_latest).await), ["card.txt"]);
}

#[tokio::test]
async fn a_listing_of_many_pages_loses_nothing() {
    let moto = MotoServer::shared();
    moto.make_bucket("many", true);
    // 120 objects in pages of 10 turn as many pages as 12,000 in pages of the usual size.
    for number in 0..120 {
        moto.put("many", &format!("{number:05}.txt"), b"x");
    }
    let address = Address::parse(&moto.url("many")).unwrap();
    let credentials = Credentials::access_key("key", "secret").s3(&address).unwrap();
    for versions in [true, false] {
        let bucket = Arc::new(S3::new(address.clone(), credentials.clone()).unwrap().with_page_objects(10));
        let entries: Vec<bucket::Entry> = bucket.entries(versions).try_collect().await.unwrap();
        let keys: std::collections::BTreeSet<String> = entries.into_iter().map(|entry| entry.key).collect();
        assert_eq!(keys.len(), 120, "versions: {versions}");
    }
}

#[tokio::test]
async fn unchanged_objects_keep_their_fingerprint_and_replaced_ones_do_not() {
    let moto = MotoServer::shared();
    moto.make_bucket("fingerprints", false);
    moto.put("fingerprints", "a.txt", b"one");
    let bucket = objects(&moto.url("fingerprints"));
    let before = units(&bucket).await;
    assert_eq!(units(&bucket).await[0].fingerprint, before[0].fingerprint);
    moto.put("fingerprints", "a.txt", b"two");
    assert_ne!(units(&bucket).await[0].fingerprint, before[0].fingerprint);
    let error = text(&bucket, &before[0]).await.unwrap_err().to_string();
    assert_eq!(error, "a.txt changed while it was read: the object was replaced since it was listed; scan again");
    moto.request("DELETE", "/fingerprints/a.txt", &[], b"");
    assert!(text(&bucket, &before[0]).await.unwrap_err().to_string().contains("deleted since it was listed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_object_is_fetched_in_parts_and_only_where_it_is_read() {
    let moto = MotoServer::shared();
    moto.make_bucket("ranges", false);
    let body: Vec<u8> = (0..3_000_000u32).flat_map(u32::to_le_bytes).collect();
    moto.put("ranges", "numbers.bin", &body);
    let bucket = objects(&moto.url("ranges"));
    let unit = units(&bucket).await.remove(0);
    let whole = Part { key: unit.name.clone(), version: None, tag: None, range: 0..body.len() as u64 };
    let fetched = Arc::new(std::sync::atomic::AtomicU64::new(0));
    let at = ObjectAt::new(bucket.bucket.clone(), whole, tokio::runtime::Handle::current(), fetched.clone());
    tokio::task::spawn_blocking(move || {
        let mut tail = [0; 8];
        assert_eq!(at.read_at(at.size() - 8, &mut tail).unwrap(), 8);
        assert_eq!(tail[4..], 2_999_999u32.to_le_bytes());
        assert!(fetched.load(Ordering::Relaxed) < 1 << 20, "the tail alone was fetched");
        let mut read = Vec::new();
        let mut reader = formats::Seekable::new(Arc::new(at));
        std::io::Read::read_to_end(&mut reader, &mut read).unwrap();
        assert_eq!(read, body);
        assert!(fetched.load(Ordering::Relaxed) <= body.len() as u64 + (1 << 20), "nothing was fetched twice");
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn archived_objects_are_listed_with_what_to_do() {
    let moto = MotoServer::shared();
    moto.make_bucket("archive", false);
    moto.request("PUT", "/archive/old.txt", &[("x-amz-storage-class", "GLACIER")], b"x");
    moto.put("archive", "new.txt", b"x");
    let bucket = objects(&moto.url("archive"));
    let found: Vec<Result<Unit, ConnectError>> = futures::StreamExt::collect(bucket.units().await.unwrap()).await;
    let errors: Vec<String> = found.iter().filter_map(|unit| unit.as_ref().err().map(ToString::to_string)).collect();
    assert_eq!(errors, [format!("not allowed to read old.txt: {}", errors::ARCHIVED)]);
    assert_eq!(found.len(), 2);
}

#[tokio::test]
async fn wrong_keys_and_missing_rights_are_told_apart() {
    // Bucket, user and key take four requests; from then on moto checks.
    let moto = MotoServer::checking(3);
    moto.make_bucket("closed", false);
    let iam = |query: &str| String::from_utf8(moto.request_to("iam", "POST", &format!("/?{query}"), &[], b"")).unwrap();
    iam("Action=CreateUser&UserName=reader&Version=2010-05-08");
    let answer = iam("Action=CreateAccessKey&UserName=reader&Version=2010-05-08");
    let field = |name: &str| {
        let (_, rest) = answer.split_once(&format!("<{name}>")).unwrap();
        rest.split_once('<').unwrap().0.to_owned()
    };
    let (id, secret) = (field("AccessKeyId"), field("SecretAccessKey"));
    for (id, secret, part) in [
        ("AKIANOBODY", "topsecret", "does not know the access key id"),
        (id.as_str(), "topsecret", "the secret access key does not belong to the access key id"),
        (id.as_str(), secret.as_str(), "it needs s3:ListBucket and s3:GetObject"),
    ] {
        let bucket = Objects::new(&moto.url("closed"), Some(Credentials::access_key(id, secret))).unwrap();
        let error = bucket.open().await.unwrap_err();
        assert!(matches!(error, ConnectError::Denied { .. }), "{error}");
        let message = error.to_string();
        assert!(message.starts_with("not allowed to read s3://closed: ") && message.contains(part), "{message}");
        assert!(!message.contains("topsecret") && !message.contains(id), "{message}");
    }
}

#[tokio::test]
async fn places_without_a_bucket_are_one_sentence_each() {
    let moto = MotoServer::shared();
    let (port, closed) = (moto.port(), free_port());
    for (url, expected) in [
        (
            moto.url("nowhere"),
            format!("cannot reach s3://nowhere: 127.0.0.1:{port} knows no such bucket; check its name and `endpoint`"),
        ),
        (
            format!("s3://b?endpoint=http://127.0.0.1:{closed}&allow_http=true"),
            format!("cannot reach 127.0.0.1:{closed}: nothing listens there; check host and port"),
        ),
        (
            format!("s3://b?endpoint=https://127.0.0.1:{port}"),
            format!(
                "no safe connection to 127.0.0.1:{port}: it does not speak TLS there; check the port, or use `http:` with `allow_http=true` on this machine"
            ),
        ),
        (
            "s3://b?endpoint=https://no-such-host.invalid".to_owned(),
            "cannot reach no-such-host.invalid: no host of that name is known".to_owned(),
        ),
    ] {
        assert_eq!(objects(&url).open().await.unwrap_err().to_string(), expected);
    }
}
