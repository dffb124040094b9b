use dataward_model::Finding;
use dataward_model::FindingState;
use dataward_model::Place;
use dataward_model::Remedy;
use dataward_model::Severity;
use dataward_store::ChangeKind;
use dataward_store::FindingDecision;
use dataward_store::FindingsPass;
use dataward_store::Store;
use tempfile::tempdir;

use crate::world::*;

fn finding(id: &str, table: &str, severity: Severity, first_seen: i64) -> Finding {
    Finding {
        id: id.to_owned(),
        check: "collection/no-purpose".to_owned(),
        place: Place::of_table(shop(), table),
        detail: String::new(),
        severity,
        people: Some(7),
        title: "nobody said what this is for".to_owned(),
        reason: "GDPR art. 5(1)(b)".to_owned(),
        law: vec!["eu-gdpr-5-1-e".to_owned()],
        remedy: Remedy::command("dataward inventory assign"),
        first_seen: minute(first_seen),
        state: FindingState::Open,
    }
}

async fn pass(store: &Store, at: i64, seen: &[Finding], unread: &[Place]) {
    let checks = ["collection/no-purpose".to_owned()];
    let pass = FindingsPass { at: minute(at), checks: &checks, sources: &[shop()], unread, seen, lasting: &[] };
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
    let all = store.findings(minute(9)).await.unwrap();
    let lines: Vec<_> = all
        .iter()
        .map(|stored| (stored.finding.id.as_str(), stored.finding.state, stored.finding.first_seen, stored.fixed_at))
        .collect();
    assert_eq!(
        lines,
        [("f2", FindingState::Fixed, minute(1), Some(minute(2))), ("f1", FindingState::Open, minute(1), None)]
    );
    pass(&store, 3, &[old, bad], &[]).await;
    let open_again = store.open_findings(minute(9)).await.unwrap();
    assert_eq!(open_again.len(), 2);
    assert_eq!((open_again[0].finding.first_seen, open_again[0].last_seen), (minute(1), minute(3)));
}

#[tokio::test]
async fn a_finding_where_nobody_could_look_is_not_called_fixed() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).await;
    pass(&store, 1, &[finding("f1", "public.customers", Severity::Low, 1)], &[]).await;
    pass(&store, 2, &[], &[Place::of_source(shop())]).await;
    assert_eq!(store.open_findings(minute(9)).await.unwrap().len(), 1);
    pass(&store, 3, &[], &[Place::of_table(shop(), "public.orders")]).await;
    assert_eq!(store.open_findings(minute(9)).await.unwrap().len(), 0);
}

#[tokio::test]
async fn what_was_fixed_and_comes_back_is_reopened_and_its_history_says_so() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).await;
    let bad = finding("f1", "public.orders", Severity::High, 1);
    pass(&store, 1, std::slice::from_ref(&bad), &[]).await;
    pass(&store, 2, &[], &[]).await;
    pass(&store, 3, &[bad], &[]).await;
    let all = store.findings(minute(9)).await.unwrap();
    assert_eq!((all[0].finding.state, all[0].fixed_at), (FindingState::Reopened, None));
    let changes = store.finding_changes(Some("f1")).await.unwrap();
    let kinds: Vec<_> = changes.iter().map(|change| (change.change, change.at)).collect();
    assert_eq!(
        kinds,
        [(ChangeKind::Found, minute(1)), (ChangeKind::Fixed, minute(2)), (ChangeKind::Reopened, minute(3))]
    );
}

#[tokio::test]
async fn an_acceptance_lasts_until_its_day_and_no_longer() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).await;
    let bad = finding("f1", "public.orders", Severity::Medium, 1);
    pass(&store, 1, std::slice::from_ref(&bad), &[]).await;
    let accept = FindingDecision::Accept { until: minute(5), why: "the shop moves in March".to_owned() };
    let accepted = store.decide_finding("f1", &accept, "ops", minute(2)).await.unwrap().unwrap();
    assert_eq!(accepted.finding.state, FindingState::Accepted);
    pass(&store, 3, std::slice::from_ref(&bad), &[]).await;
    assert_eq!(store.open_findings(minute(4)).await.unwrap().len(), 0);
    assert_eq!(store.open_findings(minute(5)).await.unwrap()[0].finding.state, FindingState::Reopened);
    pass(&store, 6, &[bad], &[]).await;
    assert_eq!(store.finding_changes(None).await.unwrap().last().unwrap().change, ChangeKind::Reopened);
}

#[tokio::test]
async fn an_acceptance_does_not_cover_what_got_graver() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).await;
    pass(&store, 1, &[finding("f1", "public.orders", Severity::Low, 1)], &[]).await;
    let reject = FindingDecision::Reject { why: "these are our own people".to_owned() };
    store.decide_finding("f1", &reject, "ops", minute(2)).await.unwrap().unwrap();
    pass(&store, 3, &[finding("f1", "public.orders", Severity::Low, 1)], &[]).await;
    assert_eq!(store.open_findings(minute(9)).await.unwrap().len(), 0);
    pass(&store, 4, &[finding("f1", "public.orders", Severity::High, 1)], &[]).await;
    assert_eq!(store.open_findings(minute(9)).await.unwrap()[0].finding.state, FindingState::Reopened);
}

#[tokio::test]
async fn a_finding_that_nobody_knows_cannot_be_decided_about() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).await;
    let decided = store.decide_finding("F-0", &FindingDecision::Reopen, "ops", minute(2)).await.unwrap();
    assert_eq!(decided, None);
}
