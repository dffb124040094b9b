//! Tables written down by hand, with their own names and with names that say nothing.

use std::collections::BTreeMap;

use dataward_detect::Detector;
use dataward_model::Category;

#[path = "../../tests/known/mod.rs"]
mod tables;

/// Prints what came out wrong, and totals.
pub(crate) fn run(detector: &Detector, file: &str) {
    let text = std::fs::read_to_string(file).expect("the file is there");
    for opaque in [false, true] {
        let mut tally: BTreeMap<&str, f64> = BTreeMap::new();
        for known in tables::read(&text) {
            let verdict = tables::verdict(detector, &known, opaque);
            for ((name, kind), found) in known.columns.iter().zip(verdict.columns) {
                if kind == "?" || found.filled == 0 {
                    continue;
                }
                let truth = tables::key(kind).and_then(Category::parse);
                let same = truth == found.category;
                let near = truth.as_ref().map(Category::family) == found.category.as_ref().map(Category::family);
                let outcome = match (&truth, &found.category) {
                    (None, None) => "right: nothing",
                    (None, Some(_)) => "flagged",
                    (Some(_), None) => "missed",
                    _ if same => "right",
                    _ if near => "right family",
                    _ => "wrong family",
                };
                *tally.entry(outcome).or_default() += 1.0;
                if !same {
                    let why = found.why.iter().take(5).map(|why| format!("{:+.1} {}", why.weight, why.text));
                    println!(
                        "{outcome} {} {}.{name} ({kind}) -> {} {:.2}: {}",
                        if opaque { "opaque" } else { "named" },
                        known.table,
                        found.category.as_ref().map_or("none", Category::key),
                        found.confidence.value(),
                        why.collect::<Vec<_>>().join("; ")
                    );
                }
            }
        }
        let of = |outcome: &str| tally.get(outcome).copied().unwrap_or(0.0);
        let family = of("right") + of("right family");
        let f1 = |hits: f64| {
            let found = family + of("wrong family") + of("flagged");
            let truth = family + of("wrong family") + of("missed");
            2.0 * hits / (found + truth)
        };
        println!(
            "{}: family F1 {:.3}, exact {:.3}; {tally:?}",
            if opaque { "opaque" } else { "named" },
            f1(family),
            f1(of("right"))
        );
    }
}
