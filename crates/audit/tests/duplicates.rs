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
