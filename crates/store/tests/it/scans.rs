use std::collections::HashSet;

use dataward_model::Skipped;
use dataward_store::Coverage;
use dataward_store::InventoryFilter;
use dataward_store::KeptReceipt;
use dataward_store::KnownUnit;
use dataward_store::ScanState;
use dataward_store::ScanTotals;
use dataward_store::SkippedLine;
use dataward_store::StageRun;
use tempfile::tempdir;

use crate::world::*;

#[tokio::test]
async fn an_interrupted_scan_is_taken_up_where_it_stopped() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).await;
    let scan = store.begin_scan(minute(1), &request()).await.unwrap();
    store.record_units(&scan, minute(1), &[customers()]).await.unwrap();
    let locked = Skipped::failed("public.orders".to_owned(), "not allowed to read it".to_owned());
    store.record_skipped(&scan, &shop(), Some("public.orders"), &locked).await.unwrap();
    store.interrupt_scan(&scan, minute(2), &ScanTotals::default()).await.unwrap();
    store.close().await;

    let store = open(folder.path()).await;
    let unfinished = store.latest_unfinished_scan().await.unwrap().unwrap();
    assert_eq!((unfinished.id.clone(), unfinished.state), (scan.clone(), ScanState::Interrupted));
    assert_eq!(unfinished.request, request());
    assert_eq!(
        store.skipped(&scan).await.unwrap(),
        [SkippedLine {
            source: shop(),
            place: locked.place.clone(),
            reason: locked.reason.clone(),
            cause: locked.cause,
        }]
    );
    store.resume_scan(&scan).await.unwrap();
    assert_eq!(store.finished_units(&scan, &shop()).await.unwrap(), HashSet::from(["public.customers".to_owned()]));
    assert_eq!(store.skipped(&scan).await.unwrap(), [], "what was skipped is tried again");
    let totals = ScanTotals { units: 2, rows_read: 1198, ..ScanTotals::default() };
    store.finish_scan(&scan, minute(3), &totals).await.unwrap();
    assert_eq!(store.latest_unfinished_scan().await.unwrap(), None);
    assert_eq!(store.latest_finished_scan().await.unwrap().unwrap().totals, totals);
}

#[tokio::test]
async fn an_older_unfinished_scan_is_not_taken_up_after_a_finished_one() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).await;
    store.begin_scan(minute(1), &request()).await.unwrap();
    scan(&store, 2, &[customers()]).await;
    assert_eq!(store.latest_unfinished_scan().await.unwrap(), None);
}

#[tokio::test]
async fn scans_of_one_moment_get_different_ids_and_later_ones_greater_ids() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).await;
    let first = store.begin_scan(minute(1), &request()).await.unwrap();
    let twin = store.begin_scan(minute(1), &request()).await.unwrap();
    let later = store.begin_scan(minute(2), &request()).await.unwrap();
    assert_ne!(first, twin);
    assert!(later > first && later > twin);
    let ids: Vec<_> = store.scans(1).await.unwrap().into_iter().map(|scan| scan.id).collect();
    assert_eq!(ids, [later]);
}

#[tokio::test]
async fn fingerprints_tell_what_need_not_be_read_again() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).await;
    let mut archive = table("exports.zip", vec![column("email", None)]);
    archive.skipped.push(Skipped::failed("exports.zip!/a.csv".to_owned(), "it is encrypted".to_owned()));
    scan(&store, 1, &[customers(), archive]).await;
    let known = store.unit_fingerprints(&shop()).await.unwrap();
    let customers_known = KnownUnit { fingerprint: "public.customers@1".to_owned(), coverage: Coverage::Everything };
    assert_eq!(known.into_iter().collect::<Vec<_>>(), [("public.customers".to_owned(), customers_known)]);

    let next = store.begin_scan(minute(5), &request()).await.unwrap();
    store.record_unchanged(&next, minute(5), &shop(), &["public.customers".to_owned()]).await.unwrap();
    assert!(store.finished_units(&next, &shop()).await.unwrap().contains("public.customers"));
    assert_eq!(store.inventory_entry(&email_column()).await.unwrap().last_seen, minute(5));
}

#[tokio::test]
async fn what_vanished_is_marked_gone_and_comes_back_with_its_history() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).await;
    let orders = table("public.orders", vec![column("total", None)]);
    scan(&store, 1, &[customers(), orders.clone()]).await;
    let mut without_email = customers();
    without_email.tables[0].columns.pop();
    scan(&store, 2, &[without_email]).await;
    let seen: Vec<_> = store.inventory(&InventoryFilter::default()).await.unwrap();
    assert_eq!(seen.iter().map(|entry| entry.place.to_string()).collect::<Vec<_>>(), ["shop.public.customers.id"]);
    assert_eq!(store.inventory_entry(&email_column()).await.unwrap().gone_since, Some(minute(2)));
    let orders_summary = store.tables(None).await.unwrap().pop().unwrap();
    assert_eq!(
        (orders_summary.place.to_string().as_str(), orders_summary.gone_since),
        ("shop.public.orders", Some(minute(2)))
    );

    scan(&store, 3, &[customers(), orders]).await;
    let back = store.inventory_entry(&email_column()).await.unwrap();
    assert_eq!((back.first_seen, back.last_seen, back.gone_since), (minute(1), minute(3), None));
}

#[tokio::test]
async fn a_sample_of_json_rows_does_not_declare_missing_keys_gone() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).await;
    let mut events = table("events.jsonl", vec![column("ip", None), column("rare", None)]);
    events.tables[0].origin = dataward_store::ColumnOrigin::Rows;
    scan(&store, 1, &[events.clone()]).await;
    events.tables[0].columns.pop();
    events.coverage = Coverage::Sample { rows: 10, seed: 1 };
    scan(&store, 2, &[events.clone()]).await;
    assert_eq!(store.inventory(&InventoryFilter::default()).await.unwrap().len(), 2);
    events.coverage = Coverage::Everything;
    scan(&store, 3, &[events]).await;
    assert_eq!(store.inventory(&InventoryFilter::default()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_column_keeps_at_most_three_masked_examples() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).await;
    scan(&store, 1, &[customers()]).await;
    assert_eq!(store.inventory_entry(&email_column()).await.unwrap().masked.len(), 3);
}

#[tokio::test]
async fn status_sees_the_last_finished_run_of_each_stage() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).await;
    let run = |stage: &str, started, finished: Option<i64>| StageRun {
        stage: stage.to_owned(),
        started: minute(started),
        finished: finished.map(minute),
        outcome: [("findings".to_owned(), 4)].into(),
        gaps: vec!["exports.broken.xlsx".to_owned()],
    };
    for stored in
        [run("access", 1, Some(2)), run("access", 3, Some(4)), run("access", 5, None), run("transit", 1, None)]
    {
        store.record_run(&stored).await.unwrap();
    }
    assert_eq!(store.last_runs().await.unwrap(), [run("access", 3, Some(4))]);
    assert_eq!(store.runs_in_part().await.unwrap(), [run("access", 5, None), run("transit", 1, None)]);
}

#[tokio::test]
async fn receipts_are_found_by_what_they_stand_for() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).await;
    let receipt = |index, object: &str| KeptReceipt {
        kind: "scan".to_owned(),
        object: object.to_owned(),
        log_index: index,
        tree_size: index + 1,
        root_hash: "qqqq".to_owned(),
    };
    for kept in [receipt(0, "a"), receipt(1, "b"), receipt(1, "b")] {
        store.keep_receipts(&[kept]).await.unwrap();
    }
    assert_eq!(store.receipts("scan", "b").await.unwrap(), [receipt(1, "b")]);
    assert_eq!(store.newest_receipt().await.unwrap(), Some(receipt(1, "b")));
}
