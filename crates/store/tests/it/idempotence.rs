use dataward_model::Category;
use dataward_model::Skipped;
use dataward_store::Store;
use dataward_store::UnitRecord;
use proptest::prelude::*;
use tempfile::tempdir;

use crate::world::*;

fn any_unit() -> impl Strategy<Value = UnitRecord> {
    let category = prop_oneof![Just(None), Just(Some(Category::EMAIL)), Just(Some(Category::NAME))];
    let columns = prop::collection::btree_map("[a-c']{1,2}", category, 0..4);
    ("[s-u\"]{1,2}", columns, any::<bool>(), any::<u64>()).prop_map(|(name, columns, whole, bytes)| {
        let columns = columns.into_iter().map(|(name, category)| column(&name, category)).collect();
        let mut unit = table(&name, columns);
        unit.bytes = Some(bytes >> 1);
        if !whole {
            unit.skipped.push(Skipped::failed(name, "a part is encrypted".to_owned()));
        }
        unit
    })
}

/// All that can be read back, as text.
async fn everything(store: &Store) -> String {
    let filter = dataward_store::InventoryFilter { with_gone: true, ..Default::default() };
    let inventory = store.inventory(&filter).await.unwrap();
    let mut seen =
        format!("{inventory:#?}{:#?}{:#?}", store.tables(None).await.unwrap(), store.scans(9).await.unwrap());
    for entry in inventory {
        seen += &format!("{:#?}", store.past_verdicts(&entry.place).await.unwrap());
    }
    for scan in store.scans(9).await.unwrap() {
        let mut units: Vec<_> = store.finished_units(&scan.id, &shop()).await.unwrap().into_iter().collect();
        units.sort();
        seen += &format!("{units:?}{:?}", store.skipped(&scan.id).await.unwrap());
    }
    let mut known: Vec<_> = store.unit_fingerprints(&shop()).await.unwrap().into_iter().collect();
    known.sort_by(|one, other| one.0.cmp(&other.0));
    seen + &format!("{known:?}")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn recording_a_unit_twice_is_recording_it_once(units in prop::collection::vec(any_unit(), 1..4)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let folder = tempdir().unwrap();
            let store = open(folder.path()).await;
            scan(&store, 1, &[customers()]).await;
            let again = store.begin_scan(minute(2), &request()).await.unwrap();
            for unit in &units {
                let one = std::slice::from_ref(unit);
                store.record_units(&again, minute(2), one).await.unwrap();
                let once = everything(&store).await;
                store.record_units(&again, minute(2), one).await.unwrap();
                prop_assert_eq!(once, everything(&store).await);
            }
            Ok(())
        })?;
    }
}
