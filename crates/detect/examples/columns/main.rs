//! Labelled columns: measures the column classifier, or fits its weights.
//!
//! `cargo run --release -p dataward-detect --example columns -- evaluate [wrong]`
//! `cargo run --release -p dataward-detect --example columns -- heldout FILE.jsonl [wrong]` (see bench/columns)
//! `cargo run --release -p dataward-detect --example columns -- known FILE.txt` (see tests/known)
//! `cargo run --release -p dataward-detect --example columns -- fit crates/detect/data/weights.toml [FILE.jsonl…]`

mod cells;
mod evaluate;
mod fit;
mod generate;
mod heldout;
mod known;

use dataward_detect::Detector;
use dataward_detect::Options;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let detector =
        Detector::new(Options { today: (2026, 11, 23), names_in_text: true }).expect("the standard options hold");
    match arguments.first().map(String::as_str) {
        Some("evaluate") => evaluate::run(&detector, arguments.get(1).map(String::as_str)),
        Some("heldout") if arguments.len() > 1 => {
            evaluate::held_out(&detector, &arguments[1], arguments.get(2).map(String::as_str));
        }
        Some("known") if arguments.len() > 1 => known::run(&detector, &arguments[1]),
        Some("fit") => {
            fit::run(&detector, arguments.get(1).map(String::as_str), arguments.get(2..).unwrap_or_default())
        }
        _ => {
            eprintln!(
                "usage: columns evaluate [wrong] | columns heldout FILE.jsonl [wrong] | columns known FILE.txt | columns fit OUT.toml [FILE.jsonl…]"
            );
            std::process::exit(2);
        }
    }
}
