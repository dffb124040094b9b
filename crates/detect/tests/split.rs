//! A table may be split into any parts, profiled in any order and merged: the verdict is the same.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::Date32Array;
use arrow_array::Int32Array;
use arrow_array::RecordBatch;
use arrow_array::StringArray;
use dataward_detect::Detector;
use dataward_detect::Options;
use dataward_detect::OwnRules;
use dataward_detect::OwnSpec;
use dataward_detect::Precedent;
use dataward_detect::TableProfile;
use dataward_model::Category;
use dataward_model::ColumnHead;
use dataward_model::TableHead;
use proptest::prelude::*;

const COLUMNS: [&str; 9] = ["id", "email", "note", "city", "born", "c6", "c7", "settings", "card"];

fn head() -> TableHead {
    TableHead::table("customers", COLUMNS.map(|name| ColumnHead::new(name, "")).to_vec())
}

/// With a rule of the user's own and a decision on a like column: both must not see the split either.
fn detector() -> Detector {
    let spec = OwnSpec {
        name: "card".into(),
        category: Category::parse("user.account.loyalty_card").unwrap(),
        pattern: Some("LC-[0-9]+".into()),
        list: None,
        validator: None,
        columns: vec!["loyalty".into()],
        examples: Vec::new(),
        near_misses: Vec::new(),
    };
    let precedent = Precedent {
        place: "shop.guests.town".into(),
        table_here: None,
        column: "city".into(),
        declared_type: "text".into(),
        detected: None,
        category: Some(Category::CITY),
    };
    let options = Options { today: (2026, 11, 23), names_in_text: false };
    let own = OwnRules::new(vec![spec]).unwrap();
    Detector::new(options).unwrap().with_own(own).with_precedents(vec![precedent])
}

fn batch(rows: std::ops::Range<u32>, salt: u32) -> RecordBatch {
    let mixed = |row: u32| (row ^ salt).wrapping_mul(2_654_435_761) >> 8;
    let email = rows.clone().map(|row| (mixed(row) % 7 != 0).then(|| format!("p{}@example.org", mixed(row) % 700)));
    let note = rows.clone().map(|row| {
        let extra =
            if mixed(row).is_multiple_of(41) { "write to ada.king@example.net please" } else { "nothing else to say" };
        Some(format!("order {} arrived in time and {extra}", mixed(row) % 900))
    });
    let city = rows.clone().map(|row| Some(["Bremen", "Lyon", "Porto", "Graz", " "][(mixed(row) % 5) as usize]));
    let phone = rows.clone().map(|row| Some(format!("0{}", 301_000_000 + mixed(row) % 99_000_000)));
    let name = rows.clone().map(|row| {
        let given = ["Anna", "José", "Mireille", "Katarzyna"][(mixed(row) % 4) as usize];
        let family = ["Schmidt", "García", "Nowak", "Rossi", "de Vries"][(mixed(row) / 4 % 5) as usize];
        (mixed(row) % 11 != 0).then(|| format!("{given} {family}"))
    });
    let settings = rows.clone().map(|row| Some(format!("{{\"email\":\"u{}@example.net\",\"n\":1}}", mixed(row))));
    let card = rows.clone().map(|row| Some(format!("LC-{}", mixed(row) % 4_000)));
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(rows.clone().map(|row| row as i32).collect::<Int32Array>())),
        ("email", Arc::new(email.collect::<StringArray>())),
        ("note", Arc::new(note.collect::<StringArray>())),
        ("city", Arc::new(city.collect::<StringArray>())),
        ("born", Arc::new(rows.clone().map(|row| Some((mixed(row) % 20_000) as i32 - 5_000)).collect::<Date32Array>())),
        ("c6", Arc::new(phone.collect::<StringArray>())),
        ("c7", Arc::new(name.collect::<StringArray>())),
        ("settings", Arc::new(settings.collect::<StringArray>())),
        ("card", Arc::new(card.collect::<StringArray>())),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn any_split_gives_the_same_verdict(rows in 1_u32..1_500, cuts in prop::collection::vec(0_u32..1_500, 0..6), salt: u32, backwards: bool) {
        let detector = detector();
        let mut whole = detector.profile(&head());
        whole.update(&detector, &batch(0..rows, salt));

        let mut edges: Vec<u32> = cuts.into_iter().map(|cut| cut % rows).chain([0, rows]).collect();
        edges.sort_unstable();
        edges.dedup();
        let mut parts: Vec<TableProfile> = edges
            .windows(2)
            .map(|pair| {
                let mut part = detector.profile(&head());
                part.update(&detector, &batch(pair[0]..pair[1], salt));
                part
            })
            .collect();
        if backwards {
            parts.reverse();
        }
        let mut merged = detector.profile(&head());
        // Merge the tail first: (a + (b + c)) must equal ((a + b) + c).
        while let Some(mut last) = parts.pop() {
            std::mem::swap(&mut last, &mut merged);
            merged.merge(last);
        }
        prop_assert_eq!(merged.verdict(&detector), whole.verdict(&detector));
    }
}
