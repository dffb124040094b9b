use dataward_model::Finding;
use dataward_model::FindingState;
use dataward_model::Place;
use dataward_model::Severity;
use dataward_store::FindingsPass;
use dataward_store::Store;
use tempfile::tempdir;

use crate::world::*;

fn finding(id: &str, table: &str, severity: Severity, first_seen: i64) -> Finding {
    Finding {
        id: id.to_owned(),
        check: "collection/no-purpose".to_owned(),
        place: Place::of_table(shop(), table),
        severity,
        title: "nobody said what this is for".to_owned(),
        reason: "GDPR art. 5(1)(b)".to_owned(),
        remedy: "dataward inventory assign".to_owned(),
        first_seen: minute(first_seen),
        state: FindingState::Open,
    }
}

async fn pass(store: &Store, at: i64, seen: &[Finding], unread: &[Place]) {
    let checks = ["collection/no-purpose".to_owned()];
    let pass = FindingsPass { at: minute(at), checks: &checks, sources: &[shop()], unread, seen };
    store.record_findings(&pass).await.unwrap();
}

#[tokio::test]
async fn a_finding_keeps_the_day_it_was_first_seen_and_is_fixed_when_no_longer_seen() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).await;
    let old = finding("f1", "public.customers", Severity::Low, 1);
    let bad = finding("f2", "public.orders", Severity::High, 1);
    pass(&store, 1, &[old.clone(), bad.clone()], &[]).await;
    pass(&store, 2, &[finding("f1", "public.customers", Severity::Low, 2)], &[]).await;
    let all = store.findings(None).await.unwrap();
    let lines: Vec<_> = all
        .iter()
        .map(|stored| (stored.finding.id.as_str(), stored.finding.state, stored.finding.first_seen, stored.fixed_at))
        .collect();
    assert_eq!(
        lines,
        [("f2", FindingState::Fixed, minute(1), Some(minute(2))), ("f1", FindingState::Open, minute(1), None)]
    );
    pass(&store, 3, &[old, bad], &[]).await;
    let open_again = store.findings(Some(FindingState::Open)).await.unwrap();
    assert_eq!(open_again.len(), 2);
    assert_eq!((open_again[0].finding.first_seen, open_again[0].last_seen), (minute(1), minute(3)));
}

#[tokio::test]
async fn a_finding_where_nobody_could_look_is_not_called_fixed() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).await;
    pass(&store, 1, &[finding("f1", "public.customers", Severity::Low, 1)], &[]).await;
    pass(&store, 2, &[], &[Place::of_source(shop())]).await;
    assert_eq!(store.findings(Some(FindingState::Open)).await.unwrap().len(), 1);
    pass(&store, 3, &[], &[Place::of_table(shop(), "public.orders")]).await;
    assert_eq!(store.findings(Some(FindingState::Open)).await.unwrap().len(), 0);
}
