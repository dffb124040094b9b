//! Whether rows of one person are found, and people under one roof left apart.

use std::collections::BTreeSet;

use dataward_audit::integrity::Tier;
use dataward_testkit::registers;
use dataward_testkit::registers::Register;
use dataward_testkit::registers::Style;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

#[path = "measure/people.rs"]
mod people;

fn pairs(register: &Register, least: Tier) -> BTreeSet<(usize, usize)> {
    let (head, batches) = people::batches(register);
    let found = people::search(&head, &batches);
    let of = |rows: &Vec<usize>| -> Vec<(usize, usize)> {
        rows.iter().enumerate().flat_map(|(at, a)| rows[at + 1..].iter().map(move |b| (*a, *b))).collect()
    };
    found.iter().filter(|(_, tier)| *tier >= least).flat_map(|(rows, _)| of(rows)).collect()
}

#[test]
fn persons_who_stand_there_twice_are_found_in_registers_of_every_kind() {
    let names = people::names();
    for (style, seed) in [(Style::Office, 41), (Style::Shop, 42), (Style::Club, 43)] {
        let register = registers::register(style, 1_500, 0.25, &names, &mut ChaCha8Rng::seed_from_u64(seed));
        let truth = registers::true_pairs(&register);
        let found = pairs(&register, Tier::Hint);
        let right = found.intersection(&truth).count() as f64;
        let f1 = 2.0 * right / (found.len() + truth.len()) as f64;
        assert!(f1 >= 0.97, "{style:?}: F1 {f1:.4}");
        let certain = pairs(&register, Tier::Certain);
        let right = certain.intersection(&truth).count();
        assert!(right * 100 >= certain.len() * 98, "{style:?}: {right} of {} certain", certain.len());
    }
}

#[test]
fn a_register_in_which_nobody_stands_twice_has_no_duplicates() {
    let names = people::names();
    for (style, seed) in [(Style::Office, 51), (Style::Shop, 52), (Style::Club, 53)] {
        let register = registers::register(style, 3_000, 0.0, &names, &mut ChaCha8Rng::seed_from_u64(seed));
        assert!(pairs(&register, Tier::Certain).is_empty(), "{style:?}");
        // Two of one name under one roof whose births are not known cannot be told from one person.
        let likely = pairs(&register, Tier::Likely).len();
        assert!(likely * 200 <= register.rows.len(), "{style:?}: {likely} pairs");
    }
}

/// A shop with few names, so that many who are not one person are called the same, and no e-mail in half of the rows.
fn namesakes(seed: u64) -> Register {
    let few = |list: &str| list.split(' ').map(|name| (name.to_owned(), 1.0)).collect();
    let names = registers::Names::new(
        few("Anna Peter Maria Thomas Julia Martin Laura Stefan Emma Lukas Sofia Daniel Clara Felix Nina Robert"),
        few("Miller Schmidt Johnson Weber Taylor Fischer Brown Wagner Wilson Becker Evans Hoffmann Roberts Koch"),
    );
    registers::register(Style::Shop, 2_000, 0.2, &names, &mut ChaCha8Rng::seed_from_u64(seed))
}

fn place(register: &Register, column: &str) -> usize {
    register.columns.iter().position(|name| *name == column).unwrap()
}

#[test]
fn a_value_that_stands_for_nobody_is_as_good_as_none() {
    for (seed, column, value) in
        [(61, "email", "none@shop.example"), (62, "phone", "0301234567"), (63, "birth_date", "1900-01-01")]
    {
        for share in [7, 9] {
            let (mut filler, mut empty) = (namesakes(seed), namesakes(seed));
            let at = place(&filler, column);
            for row in (0..filler.rows.len()).filter(|row| row % 10 < share) {
                filler.rows[row][at] = value.to_owned();
                empty.rows[row][at].clear();
            }
            let (with, without) = (pairs(&filler, Tier::Hint), pairs(&empty, Tier::Hint));
            assert!(with == without, "{column} {share}: {} pairs and {}", with.len(), without.len());
        }
    }
}

#[test]
fn one_account_for_the_whole_shop_makes_namesakes_no_one_person() {
    for (seed, column, value, share) in [
        (71, "iban", "DE89370400440532013000", 10),
        (72, "iban", "DE89370400440532013000", 6),
        (73, "card_number", "4111111111111111", 10),
        (74, "card_number", "4111111111111111", 6),
    ] {
        let plain = namesakes(seed);
        let truth = registers::true_pairs(&plain);
        let mut with = plain.clone();
        with.columns.push(column);
        for (row, cells) in with.rows.iter_mut().enumerate() {
            cells.push(if row % 10 < share { value.to_owned() } else { String::new() });
        }
        let wrong = |found: &BTreeSet<(usize, usize)>| found.difference(&truth).count();
        let (before, now) = (pairs(&plain, Tier::Likely), pairs(&with, Tier::Likely));
        assert!(wrong(&now) <= wrong(&before) + 3, "{column} {share}: {} and {}", wrong(&now), wrong(&before));
        let certain = pairs(&with, Tier::Certain);
        assert!(wrong(&certain) * 50 <= certain.len(), "{column} {share}: {} of {}", wrong(&certain), certain.len());
    }
}

#[test]
fn namesakes_of_whom_all_that_is_their_own_differs_are_no_one_person() {
    let plain = namesakes(81);
    let own: Vec<usize> = ["email", "phone", "birth_date"].iter().map(|name| place(&plain, name)).collect();
    let differ = |register: &Register, (a, b): (usize, usize)| {
        own.iter().all(|at| {
            let (one, other) = (&register.rows[a][*at], &register.rows[b][*at]);
            !one.is_empty() && !other.is_empty() && one.chars().zip(other.chars()).filter(|(a, b)| a == b).count() < 4
        })
    };
    let found = pairs(&plain, Tier::Hint);
    let wrong: Vec<_> = found.iter().filter(|pair| differ(&plain, **pair)).collect();
    assert!(wrong.is_empty(), "{} of {}: {wrong:?}", wrong.len(), found.len());
}

#[test]
fn columns_that_are_made_from_others_say_nothing_new_of_who_is_one_person() {
    let lower = |cells: &[&str]| cells[0].to_lowercase();
    let digits = |cells: &[&str]| cells[0].chars().filter(char::is_ascii_digit).collect::<String>();
    let domain = |cells: &[&str]| cells[0].split('@').nth(1).unwrap_or_default().to_owned();
    let local = |cells: &[&str]| cells[0].split('@').next().unwrap_or_default().to_owned();
    let year =
        |cells: &[&str]| cells[0].split(['-', '/', '.']).find(|part| part.len() == 4).unwrap_or_default().to_owned();
    let whole = |cells: &[&str]| format!("{}, {}", cells[1], cells[0]);
    type Make<'m> = &'m dyn Fn(&[&str]) -> String;
    let made: [(&str, &[&str], Make<'_>); 6] = [
        ("email_lower", &["email"], &lower),
        ("line", &["phone"], &digits),
        ("provider", &["email"], &domain),
        ("login", &["email"], &local),
        ("year", &["birth_date"], &year),
        ("label", &["first_name", "last_name"], &whole),
    ];
    let plain = namesakes(91);
    let truth = registers::true_pairs(&plain);
    let quality = |register: &Register| {
        let found = pairs(register, Tier::Likely);
        let right = found.intersection(&truth).count();
        (found.len() - right, right)
    };
    let (wrong, right) = quality(&plain);
    for (column, from, make) in made {
        let mut with = plain.clone();
        let from: Vec<usize> = from.iter().map(|name| place(&plain, name)).collect();
        with.columns.push(column);
        for cells in &mut with.rows {
            let parts: Vec<&str> = from.iter().map(|at| cells[*at].as_str()).collect();
            let cell = if parts.contains(&"") { String::new() } else { make(&parts) };
            cells.push(cell);
        }
        let (more_wrong, now_right) = quality(&with);
        assert!(more_wrong <= wrong + 2, "{column}: {more_wrong} wrong pairs, {wrong} without it");
        assert!(now_right * 100 >= right * 98, "{column}: {now_right} right pairs, {right} without it");
    }
}
