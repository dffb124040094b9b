use dataward_model::Category;
use dataward_model::Place;
use dataward_store::Decision;
use dataward_store::InventoryFilter;
use dataward_store::Ownership;
use dataward_store::Ruling;
use dataward_store::Store;
use tempfile::tempdir;

use crate::world::*;

fn ruling(ruling: Ruling, category: Option<Category>, at: i64) -> Decision {
    Decision {
        place: email_column(),
        ruling,
        category,
        by: "ops@bluelantern.example".to_owned(),
        at: minute(at),
        reason: "asked the shop team".to_owned(),
    }
}

async fn effective(store: &Store) -> Option<Category> {
    store.inventory_entry(&email_column()).await.unwrap().category().cloned()
}

#[tokio::test]
async fn an_overruled_column_stays_overruled_over_rescans_until_the_ruling_is_withdrawn() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).await;
    scan(&store, 1, &[customers()]).await;
    assert_eq!(effective(&store).await, Some(Category::EMAIL));
    store.decide(&ruling(Ruling::Overruled, None, 2)).await.unwrap();
    scan(&store, 3, &[customers()]).await;
    assert_eq!(effective(&store).await, None);
    assert_eq!(store.inventory_entry(&email_column()).await.unwrap().detected, Some(Category::EMAIL));
    store.decide(&ruling(Ruling::Withdrawn, None, 4)).await.unwrap();
    assert_eq!(effective(&store).await, Some(Category::EMAIL));
    assert_eq!(store.decisions(Some(&email_column())).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_confirmed_column_keeps_its_category_when_detection_changes_its_mind() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).await;
    let first = scan(&store, 1, &[customers()]).await;
    let confirmed = ruling(Ruling::Confirmed, Some(Category::EMAIL), 2);
    store.decide(&confirmed).await.unwrap();
    let mut changed = customers();
    changed.tables[0].columns[1].category = Some(Category::USERNAME);
    let second = scan(&store, 3, &[changed]).await;
    let entry = store.inventory_entry(&email_column()).await.unwrap();
    assert_eq!(entry.category(), Some(&Category::EMAIL));
    assert_eq!(entry.decision, Some(confirmed));
    let past = store.past_verdicts(&email_column()).await.unwrap();
    let past: Vec<_> = past.into_iter().map(|verdict| (verdict.scan, verdict.category)).collect();
    assert_eq!(past, [(first, Some(Category::EMAIL)), (second, Some(Category::USERNAME))]);
}

#[tokio::test]
async fn filters_go_by_what_counts_not_by_what_was_detected() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).await;
    scan(&store, 1, &[customers()]).await;
    let personal = InventoryFilter { category: Some(Category::USER), ..InventoryFilter::default() };
    let contact = InventoryFilter { category: Some(Category::CONTACT), ..InventoryFilter::default() };
    let conta = InventoryFilter { category: Category::parse("user.conta"), ..InventoryFilter::default() };
    assert_eq!(store.inventory(&personal).await.unwrap().len(), 1);
    assert_eq!(store.inventory(&contact).await.unwrap().len(), 1);
    assert_eq!(store.inventory(&conta).await.unwrap().len(), 0, "half a word is no category above");
    assert_eq!(store.tables(Some(&shop())).await.unwrap()[0].personal_columns, 1);
    store.decide(&ruling(Ruling::Overruled, None, 2)).await.unwrap();
    assert_eq!(store.inventory(&personal).await.unwrap().len(), 0);
    assert_eq!(store.tables(Some(&shop())).await.unwrap()[0].personal_columns, 0);
}

#[tokio::test]
async fn the_nearest_owner_counts_and_gaps_are_filled_from_above() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).await;
    scan(&store, 1, &[customers()]).await;
    let own = |owner: Option<&str>, purpose: Option<&str>| Ownership {
        owner: owner.map(str::to_owned),
        purpose: purpose.map(str::to_owned),
        lawful_basis: None,
    };
    store.assign(&Place::of_source(shop()), &own(Some("shop team"), Some("essential.service"))).await.unwrap();
    store.assign(&email_column(), &own(Some("newsletter team"), None)).await.unwrap();
    let entry = store.inventory_entry(&email_column()).await.unwrap();
    assert_eq!(entry.ownership, own(Some("newsletter team"), Some("essential.service")));
}

#[tokio::test]
async fn a_decision_about_an_unknown_place_is_refused_in_one_sentence() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).await;
    let error = store.decide(&ruling(Ruling::Confirmed, None, 1)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "`shop.public.customers.email` is no column in the inventory; `dataward inventory` lists those there are"
    );
    store.begin_scan(minute(2), &request()).await.expect("the refused write left no lock behind");
}
