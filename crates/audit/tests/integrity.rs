//! Whether the integrity checks name the cells that are wrong, and leave the others alone.

mod measure;

use dataward_audit::integrity::Issue;
use dataward_audit::integrity::TableCheck;
use dataward_audit::integrity::Tier;
use dataward_model::ColumnHead;
use dataward_model::Reference;
use dataward_model::TableHead;
use dataward_testkit::dirty;
use dataward_testkit::dirty::Damage;
use dataward_testkit::dirty::Table;
use measure::Score;
use measure::issues;
use measure::named;
use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

#[test]
fn cells_that_are_wrong_are_named_without_labels_or_settings() {
    let scores: Vec<f64> = measure::mixed(2)
        .iter()
        .map(|(table, wrong)| Score::of(&named(table, &issues(table), Tier::Likely), wrong).f1())
        .collect();
    let mean = scores.iter().sum::<f64>() / scores.len() as f64;
    assert!(mean >= 0.8, "mean F1 {mean:.3} of {scores:?}");
}

#[test]
fn twenty_answers_make_it_better_and_never_worse() {
    let mut better = 0;
    for seed in 2..5 {
        for (table, wrong) in measure::mixed(seed) {
            let found = issues(&table);
            let before = Score::of(&named(&table, &found, Tier::Likely), &wrong).f1();
            let taught = measure::taught(&table, &wrong, 20);
            let after = Score::of(&named(&table, &taught, Tier::Likely), &wrong).f1();
            assert!(after >= before - 0.01, "{}: {before} to {after}", table.name);
            better += usize::from(after > before + 0.001);
        }
    }
    assert!(better >= 3, "{better} of 12 tables");
}

#[test]
fn what_is_called_certain_is_wrong() {
    let (mut right, mut all) = (0, 0);
    for seed in 3..6 {
        for (table, wrong) in measure::mixed(seed) {
            let certain = named(&table, &issues(&table), Tier::Certain);
            right += certain.intersection(&wrong).count();
            all += certain.len();
        }
    }
    assert!(all > 500 && right * 100 >= all * 98, "{right} of {all}");
}

#[test]
fn no_cell_of_a_clean_table_is_called_certain() {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    for table in [
        dirty::clinics(2_000, &mut random),
        dirty::timetable(3_000, &mut random),
        dirty::breweries(3_000, &mut random),
        dirty::films(3_000, &mut random),
        dirty::customers(5_000, &mut random),
    ] {
        let found = issues(&table);
        let certain: Vec<&Issue> = found.iter().filter(|issue| issue.tier == Tier::Certain).collect();
        assert!(certain.is_empty(), "{}: {:?}", table.name, certain.first());
        let likely = named(&table, &found, Tier::Likely).len();
        let cells = table.rows.len() * table.columns.len();
        assert!(likely * 200 < cells, "{}: {likely} of {cells}", table.name);
    }
}

#[test]
fn no_reason_holds_a_value_of_the_table() {
    for (table, _) in measure::mixed(8) {
        for issue in issues(&table) {
            for value in table.rows.iter().take(200).flatten().filter(|value| value.len() > 6 && !value.contains(' ')) {
                assert!(!issue.reason.contains(value.as_str()), "{}", issue.reason);
            }
        }
    }
}

#[test]
fn odd_tables_are_no_trouble() {
    let days = |row: usize| vec![format!("{}-{row}-{row}", row * 99)];
    for table in [
        Table { name: "empty", columns: vec!["a"], rows: vec![] },
        Table { name: "blank", columns: vec!["a", "b"], rows: vec![vec![String::new(); 2]; 300] },
        Table { name: "constant", columns: vec!["a", "b"], rows: vec![vec!["x".into(), "1".into()]; 300] },
        Table { name: "one row", columns: vec!["a"], rows: vec![vec!["99999999-99-99".into()]] },
        Table { name: "no calendar", columns: vec!["d"], rows: (0..300).map(days).collect() },
    ] {
        let found = issues(&table);
        assert!(found.iter().all(|issue| issue.tier < Tier::Certain || table.name == "no calendar"), "{}", table.name);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn prop_whatever_the_cells_each_is_named_once_at_most(
        cells in prop::collection::vec(("(?s).{0,6}|[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}", "[aÃ©0-9 .:,-]{0,5}|N/A", "[0-9]{0,3}"), 0..60)
    ) {
        let row = |(a, b, c): (String, String, String)| vec![a, b, c];
        let rows: Vec<Vec<String>> = cells.iter().cloned().cycle().take(cells.len() * 4).map(row).collect();
        let table = Table { name: "odd", columns: vec!["a", "birth", "c"], rows };
        let found = issues(&table);
        prop_assert_eq!(named(&table, &found, Tier::Hint).len(), found.len());
    }
}

#[test]
fn a_birth_to_come_and_a_day_that_is_none_are_certain() {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let mut table = dirty::customers(500, &mut random);
    table.rows[7][4] = "2031-01-01".into();
    table.rows[9][8] = "2019-02-30".into();
    table.rows[11][3] = "no address".into();
    let found = issues(&table);
    let cells = named(&table, &found, Tier::Likely);
    assert!(cells.contains(&(7, 4)) && cells.contains(&(9, 8)) && cells.contains(&(11, 3)), "{found:?}");
}

#[test]
fn damage_of_every_kind_is_what_it_says() {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    for kind in Damage::ALL {
        let mut table = dirty::customers(300, &mut random);
        let columns = table.columns[1..5].to_vec();
        assert!(!dirty::damage(&mut table, kind, &columns, 0.2, &mut random).is_empty(), "{kind:?}");
    }
}

/// The cells that a check names at this tier or above.
fn named_by(table: &Table, check: &str, least: Tier) -> measure::Cells {
    let found: Vec<Issue> = issues(table).into_iter().filter(|issue| issue.check == check).collect();
    named(table, &found, least)
}

#[test]
fn one_false_address_far_behind_thousands_of_right_ones_is_named() {
    let mut rows: Vec<Vec<String>> = (0..6_000).map(|row| vec![format!("customer{row}@example.org")]).collect();
    rows[5_123][0] = "customer5123.example.org".to_owned();
    let table = Table { name: "customers", columns: vec!["email"], rows };
    assert_eq!(named_by(&table, "validity", Tier::Certain), [(5_123, 0)].into());
}

#[test]
fn a_phone_number_is_valid_however_it_is_written() {
    let mut rows: Vec<Vec<String>> = (0..650).map(|row| vec![format!("0177 {}", 1_000_003 + row * 13_841)]).collect();
    for (place, right) in ["+491773636051", "0049 170 1234567", "+33612345678", "+44 20 7946 0958"].iter().enumerate() {
        rows[40 + place * 150][0] = (*right).to_owned();
    }
    rows[77][0] = "0177 12".to_owned();
    let table = Table { name: "customers", columns: vec!["phone"], rows };
    assert_eq!(named_by(&table, "validity", Tier::Hint), [(77, 0)].into());
}

#[test]
fn blanks_around_a_value_and_capitals_throughout_are_named_where_nothing_else_is_written_so() {
    let street = |row: usize| format!("{} Street {row}", ["Oak", "Mill", "Church", "Station"][row % 4]);
    let rows: Vec<Vec<String>> = (0..400).map(|row| vec![street(row), format!("{}.5", row * 7)]).collect();
    let clean = Table { name: "places", columns: vec!["street", "amount"], rows };
    assert!(named_by(&clean, "format", Tier::Hint).is_empty());
    let mut table = clean;
    table.rows[17][0] = table.rows[17][0].to_uppercase();
    table.rows[40][1] += " ";
    assert_eq!(named_by(&table, "format", Tier::Likely), [(17, 0), (40, 1)].into());
}

#[test]
fn two_cells_that_say_the_same_are_not_in_each_others_place() {
    let moment =
        |minute: usize| format!("2026-{:02}-{:02} {:02}:00", 1 + minute / 672 % 12, 1 + minute / 24 % 28, minute % 24);
    let mut rows: Vec<Vec<String>> =
        (0..400).map(|row| vec![format!("{row}"), moment(row * 7), moment(3_000 + row * 11)]).collect();
    (0..19).for_each(|at| rows[at * 21][2] = rows[at * 21][1].clone());
    let table = Table { name: "customers", columns: vec!["id", "created_at", "last_login_at"], rows };
    assert!(named_by(&table, "place", Tier::Hint).is_empty());
}

#[test]
fn numbers_in_each_others_place_are_told_by_how_large_they_are() {
    let mut rows: Vec<Vec<String>> = (0..1_000)
        .map(|row| {
            vec![format!("{}", 1_950 + row * 7 % 70), format!("{}", 1 + row * 3 % 9), format!("{}", row * 31 % 997)]
        })
        .collect();
    let swapped = [100, 300, 301, 555, 700, 810, 920];
    swapped.iter().for_each(|row| rows[*row].swap(0, 1));
    let table = Table { name: "films", columns: vec!["year", "rating", "votes"], rows };
    let expected: measure::Cells = swapped.iter().flat_map(|row| [(*row, 0), (*row, 1)]).collect();
    assert_eq!(named_by(&table, "place", Tier::Likely), expected);
}

#[test]
fn a_changed_digit_is_named_where_the_check_digits_of_all_others_hold() {
    // Issuers that no range is known of, and lengths of all kinds, as makers of test data have them.
    let number = |row: usize| {
        let body = format!("{}{:09}", ["2131", "639", "18005", "304"][row % 4], row * 7_919 + 13);
        let check = (0..10).find(|digit| dataward_detect::checksum::luhn(&digits(&format!("{body}{digit}")))).unwrap();
        format!("{body}{check}")
    };
    let mut rows: Vec<Vec<String>> = (0..400).map(|row| vec![number(row)]).collect();
    let clean = Table { name: "payments", columns: vec!["paid_with"], rows: rows.clone() };
    assert!(named_by(&clean, "validity", Tier::Hint).is_empty());
    for row in [40, 111, 300] {
        let changed = (rows[row][0].as_bytes()[6] - b'0' + 1) % 10;
        rows[row][0].replace_range(6..7, &changed.to_string());
    }
    let table = Table { name: "payments", columns: vec!["paid_with"], rows };
    assert_eq!(named_by(&table, "validity", Tier::Likely), [(40, 0), (111, 0), (300, 0)].into());
}

fn digits(text: &str) -> Vec<u8> {
    text.bytes().map(|byte| byte - b'0').collect()
}

#[test]
fn nobody_stands_above_the_root_of_a_tree() {
    let above = |row: usize| if row == 17 { String::new() } else { (row / 3 * 7).to_string() };
    let rows: Vec<Vec<String>> = (0..300).map(|row| vec![(row * 7).to_string(), above(row), above(row)]).collect();
    let table = Table { name: "staff", columns: vec!["id", "manager_id", "room"], rows };
    assert_eq!(named_by(&table, "missing", Tier::Hint), [(17, 2)].into(), "by its name and what it holds");
    let mut head = TableHead::table("staff", table.columns.iter().map(|name| ColumnHead::new(*name, "int")).collect());
    head.columns[2].references = Some(Reference { table: "staff".to_owned(), column: "id".to_owned() });
    let mut check = TableCheck::new(&head, (2026, 11, 24));
    check.add(&measure::batch(&table));
    assert!(check.finish().issues.iter().all(|issue| issue.check != "missing"), "by its declaration");
}
