//! The source in memory keeps the contract, and the suite sees who does not.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::Int64Array;
use arrow_array::RecordBatch;
use arrow_array::StringArray;
use dataward_connect::ConnectError;
use dataward_connect::Read;
use dataward_connect::ReadRequest;
use dataward_connect::conformance;
use dataward_connect::conformance::Expected;
use dataward_connect::conformance::Suite;
use dataward_connect::conformance::find_unit;
use dataward_connect::conformance::first_error;
use dataward_connect::conformance::read_unit;
use dataward_connect::memory::Fault;
use dataward_connect::memory::Memory;
use dataward_connect::memory::Recorded;

fn people(count: i64) -> RecordBatch {
    let names = (0..count).map(|id| (id % 10 != 0).then(|| format!("person {id}")));
    let id: ArrayRef = Arc::new(Int64Array::from_iter_values(0..count));
    let name: ArrayRef = Arc::new(StringArray::from_iter(names));
    RecordBatch::try_from_iter([("id", id), ("name", name)]).unwrap()
}

fn source() -> Memory {
    let source = Memory::new();
    source.put("people", people(5000)).put("nobody", people(0)).put("a \"few\".😀", people(20));
    source.put_document("letter.txt", &["Dear Ada,", "yours"]).unwrap();
    source
}

#[tokio::test]
async fn memory_keeps_the_contract() {
    let expected = vec![
        Expected::new("people", 5000, &["id", "name"]).position("id").nulls("name", 500),
        Expected::new("nobody", 0, &["id", "name"]),
        Expected::new("a \"few\".😀", 20, &["id", "name"]).nulls("name", 2),
        Expected::new("letter.txt", 2, &["text"]),
    ];
    let source = source();
    Suite::new(Arc::new(source.clone()), expected).check().await.unwrap();
    conformance::check_fingerprint(&source, "people", async || {
        source.put("people", people(5001));
    })
    .await
    .unwrap();
    conformance::check_gone(&source, "people", async || {
        source.remove("people");
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn the_suite_sees_missing_rows_units_and_nulls() {
    let near_misses = [
        (Expected::new("people", 4999, &["id", "name"]), "5000 rows, not 4999"),
        (Expected::new("people", 5000, &["id"]), "columns"),
        (Expected::new("people", 5000, &["id", "name"]).nulls("name", 501), "500 NULLs, not 501"),
        (Expected::new("peoples", 5000, &["id", "name"]), "units are"),
    ];
    for (expected, sentence) in near_misses {
        let source = Memory::new();
        source.put("people", people(5000));
        let breach = Suite::new(Arc::new(source), vec![expected]).check().await.unwrap_err();
        assert!(breach.to_string().contains(sentence), "{breach}");
    }
}

#[tokio::test]
async fn a_broken_unit_fails_and_the_others_do_not() {
    let source = source();
    source.break_unit("people", Fault::CutOff).break_unit("nobody", Fault::Denied);
    let failure = async |name: &str| {
        let mut request = ReadRequest::full();
        request.batch_bytes = 1000;
        first_error(&source, &find_unit(&source, name).await.unwrap(), &request).await
    };
    assert!(matches!(failure("people").await, Some(ConnectError::Unreachable { .. })));
    assert!(matches!(failure("nobody").await, Some(ConnectError::Denied { .. })));
    assert!(failure("letter.txt").await.is_none());
}

#[tokio::test]
async fn recorded_counts_reads_of_each_unit() {
    let source = Recorded::new(source());
    source.open().await.unwrap();
    let unit = find_unit(&source, "people").await.unwrap();
    for _ in 0..2 {
        read_unit(&source, &unit, &ReadRequest::full()).await.unwrap();
    }
    assert_eq!(source.reads(), [("people".to_owned(), 2)].into());
    source.forget();
    assert!(source.reads().is_empty());
}
