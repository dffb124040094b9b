//! Tables as they are met in the field, with few rows each: most of their columns must come out
//! right, and hardly anything that is not about a person may be flagged.

mod known;

use dataward_detect::Detector;
use dataward_detect::Options;

/// Columns judged, those that came out wrong, and those flagged that are not about a person.
fn judge(text: &str, opaque: bool) -> (usize, usize, usize) {
    let detector = Detector::new(Options { today: (2026, 11, 23), names_in_text: true }).unwrap();
    let (mut columns, mut wrong, mut flagged) = (0, 0, 0);
    for known in known::read(text) {
        for ((name, kind), found) in known.columns.iter().zip(known::verdict(&detector, &known, opaque).columns) {
            if kind == "?" || found.filled == 0 {
                continue;
            }
            let (expected, found_key) = (known::key(kind), found.category.as_ref().map(|category| category.key()));
            columns += 1;
            if expected == found_key {
                continue;
            }
            wrong += 1;
            flagged += usize::from(expected.is_none());
            let why: Vec<_> = found.why.iter().take(6).map(|why| format!("{:+.1} {}", why.weight, why.text)).collect();
            println!(
                "{}.{name}: expected {expected:?}, found {found_key:?} {:.2} {why:#?}",
                known.table,
                found.confidence.value()
            );
        }
    }
    println!("{wrong} of {columns} wrong, {flagged} flagged");
    (columns, wrong, flagged)
}

#[test]
fn known_tables_come_out_right() {
    let (columns, wrong, flagged) = judge(include_str!("data/known_tables.txt"), false);
    assert!(wrong * 100 <= columns * 5, "{wrong} of {columns} columns are wrong");
    assert!(flagged <= 2, "{flagged} columns are flagged that are not about a person");
}

#[test]
fn tables_of_applications_come_out_right_by_name() {
    let (columns, wrong, flagged) = judge(include_str!("data/application_tables.txt"), false);
    assert!(wrong * 100 <= columns * 5, "{wrong} of {columns} columns are wrong");
    assert!(flagged * 100 <= columns * 2, "{flagged} of {columns} columns are flagged that are not about a person");
}

#[test]
fn tables_of_applications_come_out_right_by_their_values() {
    let (columns, wrong, flagged) = judge(include_str!("data/application_tables.txt"), true);
    // Salaries, ages, codes of patients and numbers of passports can't be told without a name.
    assert!(wrong * 100 <= columns * 12, "{wrong} of {columns} columns are wrong");
    assert!(flagged * 100 <= columns * 3, "{flagged} of {columns} columns are flagged that are not about a person");
}

#[test]
fn addresses_of_firms_and_shops_are_nobodys() {
    for opaque in [false, true] {
        let (columns, _, flagged) = judge(include_str!("data/firms.txt"), opaque);
        assert!(columns > 50, "{columns} columns");
        assert_eq!(flagged, 0, "opaque names: {opaque}");
    }
}

#[test]
fn papers_settings_and_what_stands_beside_people_come_out_right_by_name() {
    let (columns, wrong, flagged) = judge(include_str!("data/papers_and_settings.txt"), false);
    assert!(wrong * 100 <= columns * 5, "{wrong} of {columns} columns are wrong");
    assert!(flagged * 100 <= columns * 2, "{flagged} of {columns} columns are flagged that are not about a person");
}

#[test]
fn what_strangers_had_in_their_tables_comes_out_right() {
    let (columns, wrong, flagged) = judge(include_str!("data/strangers.txt"), false);
    assert!(columns > 60, "{columns} columns");
    assert!(wrong <= 1, "{wrong} of {columns} columns are wrong");
    assert!(flagged <= 1, "{flagged} columns are flagged that are not about a person");
}

#[test]
fn exports_and_tables_of_applications_that_taught_something_come_out_right() {
    let (columns, wrong, flagged) = judge(include_str!("data/exports.txt"), false);
    assert!(columns > 35, "{columns} columns");
    assert_eq!((wrong, flagged), (0, 0));
}

#[test]
fn illnesses_of_patients_are_found_and_those_of_a_catalogue_are_nobodys() {
    const NAMES: &[&str] =
        &["Essential hypertension", "Asthma", "Hepatitis B", "Acute bronchitis", "Low back pain disorder"];
    let mut text = String::from("== patients\nid -|patient_id -|c3 health\n");
    (0..40).for_each(|row| text.push_str(&format!("{row}|{}|{}\n", 700 + row / 2, NAMES[row % NAMES.len()])));
    text.push_str("== codes\nid -|c3 -\n");
    (0..40).for_each(|row| text.push_str(&format!("{row}|{} type {row}\n", NAMES[row % NAMES.len()])));
    let (columns, wrong, _) = judge(&text, false);
    assert_eq!((columns, wrong), (5, 0));
}

/// Numbers from ranges for tests.
const CARDS: &str = "4111111111111111 4012888888881881 5555555555554444 5105105105105100 378282246310005 371449635398431 \
                     6011111111111117 6011000990139424 30569309025904 38520000023237 3530111333300000 3566002020360505";

#[test]
fn people_of_a_table_of_cards_are_those_that_its_rows_point_to() {
    let mut text = String::from("== customer_cards\nid -|customer_id -|card_number card|expires -\n");
    for (row, card) in CARDS.split(' ').enumerate() {
        text.push_str(&format!("{row}|{}|{card}|2028-01-31\n", 40 + row / 3));
    }
    let detector = Detector::new(Options { today: (2026, 11, 23), names_in_text: true }).unwrap();
    let known = known::read(&text);
    assert_eq!(known::verdict(&detector, &known[0], false).people, Some(4));
}

#[test]
fn many_have_one_name_and_hardly_two_one_number() {
    let names = ["Anna Krause", "Wolfgang Vogt", "佐藤 花子", "Sabine Köhler"];
    let mut text = String::from("== members\nname name|phone phone\n");
    for row in 0..60 {
        text.push_str(&format!("{}|+49 30 90{:04}\n", names[row % names.len()], 1820 + row * 7));
    }
    let detector = Detector::new(Options { today: (2026, 11, 23), names_in_text: true }).unwrap();
    assert_eq!(known::verdict(&detector, &known::read(&text)[0], false).people, Some(60));
}

#[test]
fn payments_by_card_count_nobody() {
    let mut text = String::from("== payments\npayment_id -|order_id -|card card|total_cents -\n");
    for (row, card) in CARDS.split(' ').enumerate() {
        text.push_str(&format!("{row}|{}|{card}|{}\n", 900 + row, 1999 + 1250 * row));
    }
    let detector = Detector::new(Options { today: (2026, 11, 23), names_in_text: true }).unwrap();
    let verdict = known::verdict(&detector, &known::read(&text)[0], false);
    assert_eq!(verdict.people, None);
    let found: Vec<_> = verdict.columns.iter().filter(|column| column.category.is_some()).collect();
    assert!(found.len() == 1 && found[0].column == "card", "{found:#?}");
}
