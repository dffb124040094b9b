//! Shortcuts change nothing, and the work stays linear.

use super::*;
use crate::Options;
use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

#[path = "../../../tests/corpus/mod.rs"]
mod corpus;

fn detector() -> &'static Detector {
    static DETECTOR: std::sync::LazyLock<Detector> = std::sync::LazyLock::new(|| {
        Detector::new(Options { today: (2026, 11, 23), names_in_text: false }).expect("plain options")
    });
    &DETECTOR
}

fn both_ways(text: &str) -> [Vec<(usize, usize, String, u32)>; 2] {
    [Shortcuts::Left, Shortcuts::Taken].map(|shortcuts| {
        let mut found = Vec::new();
        let _ = walk(detector(), text, &mut found, shortcuts);
        let key = |one: Found| (one.start, one.end, one.category.key().to_owned(), one.log_odds.to_bits());
        found.into_iter().map(key).collect()
    })
}

fn steps(text: &str) -> usize {
    walk(detector(), text, &mut Vec::new(), Shortcuts::Taken).steps.get()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn prop_shortcuts_change_nothing(seed: u64) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        for text in [corpus::mixture(&mut random, 400), corpus::log_lines(&mut random, 400)] {
            let [long, short] = both_ways(&text);
            prop_assert_eq!(long, short, "{}", text);
        }
    }

    #[test]
    fn prop_work_grows_with_the_text_and_no_faster(unit in "(?s)[ -~\n@:+.0-9]{1,12}|[0-9]{1,3}[ ./:-]|[a-z@.]{1,6}") {
        let (short, long) = (unit.repeat(200), unit.repeat(800));
        let (few, many) = (steps(&short), steps(&long));
        prop_assert!(few <= MOST_STEPS * short.len(), "{few} steps over {} bytes", short.len());
        prop_assert!(many <= few * 5 + 20_000, "{few} steps, then {many} for four times as much");
    }
}

/// Bytes looked at for each byte of the worst text: nine groups of one digit, each weighed with
/// those behind it.
const MOST_STEPS: usize = 400;

#[test]
fn ordinary_logs_and_tables_cost_a_few_looks_a_byte() {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    for (text, most) in [(corpus::log_lines(&mut random, 50_000), 8), (corpus::customers(&mut random, 50_000), 8)] {
        assert!(steps(&text) < most * text.len(), "{} steps over {} bytes", steps(&text), text.len());
    }
}

#[test]
fn statuses_sizes_moments_and_measures_are_nothing_whatever_stands_near() {
    for text in [
        "phone lookup \"GET /call HTTP/1.1\" 200 51234567",
        "call log 84.17.1.2 [23/Nov/2026:10:15:33 +0100] ok",
        "tel gateway, Nov 23 10:15:33 up",
        "mail to call desk bounced: 550 5.1.1 mailbox unavailable",
        "legt fest, wieviele µs (1.000.000-tel einer Sekunde)",
        "contact port 50022",
    ] {
        let found: Vec<_> =
            detector().spans(text).into_iter().filter(|span| span.category != Category::IP_ADDRESS).collect();
        assert!(found.is_empty(), "{text}: {found:?}");
    }
}

#[test]
fn numbers_are_known_by_how_they_are_written_and_without_the_word_for_them() {
    let table: &[(&str, &[(&str, Category)])] = &[
        ("I'm at 415-555-2671 until noon", &[("415-555-2671", Category::PHONE_NUMBER)]),
        ("ich bin unter 0171 2345678 da", &[("0171 2345678", Category::PHONE_NUMBER)]),
        ("Bel me op 06-12345678.", &[("06-12345678", Category::PHONE_NUMBER)]),
        ("Order 415-555-2671 was shipped", &[]),
        ("Rechnung 0171 2345678", &[]),
        ("Fall of wickets: 3-54 4-104 5-137 6-164", &[]),
        ("M1 63.02 62.83 57.50", &[]),
        ("a paciente, CPF 529.982.247-25, mora", &[("529.982.247-25", Category::NATIONAL_ID)]),
        (
            "Kontonr. 1234567890 BLZ 37040044",
            &[("1234567890", Category::BANK_ACCOUNT), ("37040044", Category::BANK_ACCOUNT)],
        ),
    ];
    for (text, expected) in table {
        let found: Vec<(&str, Category)> =
            detector().spans(text).into_iter().map(|span| (&text[span.start..span.end], span.category)).collect();
        assert_eq!(found, *expected, "{text}");
    }
}
