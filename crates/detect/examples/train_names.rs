//! Fits the weights of names in running text. First `bench/texts.py make`, then
//! `cargo run --release -p dataward-detect --example train_names sounds > crates/detect/data/text/sounds.txt`, where the
//! lexicon changed, and `… --example train_names target/texts/lessons.jsonl target/texts/look.jsonl
//! target/third/texts/look.jsonl > crates/detect/data/text/names.tsv`. Files behind `--` are not learnt from: how well
//! their names would be found is printed on standard error, by kind of text, for trying lessons out without a build.
//! Japanese has rules of its own.

use std::collections::BTreeMap;

use dataward_detect::training;
use dataward_detect::training::Lesson;
use serde_json::Value;

/// Gradient rounds over all lessons; more change nothing that shows.
const ROUNDS: usize = 12;
/// How strongly weights are drawn to zero, for sentences unlike those of the lessons.
const PULL: f32 = 20.0;

fn main() {
    let paths: Vec<String> = std::env::args().skip(1).collect();
    if paths == ["sounds"] {
        print!("{}", training::sounds());
        return;
    }
    let mut sides = paths.split(|path| path == "--");
    let learnt = sides.next().unwrap_or_default().iter().flat_map(|path| rows(path));
    // News of CoNLL are there to measure with: their licence is for research.
    let lessons: Vec<Lesson> = learnt.filter(|row| row["kind"] != "conll").map(|row| lesson(&row)).collect();
    let weights = training::fit(&lessons, ROUNDS, PULL);
    let mut tests: BTreeMap<String, Vec<Lesson>> = BTreeMap::new();
    for path in sides.next().unwrap_or_default() {
        for row in rows(path) {
            for kind in ["all", row["kind"].as_str().unwrap_or_default()] {
                tests.entry(format!("{path} {kind}")).or_default().push(lesson(&row));
            }
        }
    }
    for (kind, lessons) in &tests {
        eprintln!("{kind:<60} {}", training::judge(&weights, lessons));
    }
    println!("# Weights of names in running text: kind of fact, its value, weight in natural-logarithm odds.");
    println!("# Fitted by the example `train_names`; text/names/latin/features.rs says what the facts are.");
    print!("{weights}");
}

/// The texts of a file that bench/texts.py or bench/third/texts.py wrote, but the Japanese ones.
fn rows(path: &str) -> Vec<Value> {
    let file = std::fs::read_to_string(path).expect("a file that bench/texts.py wrote");
    let rows = file.lines().map(|line| serde_json::from_str::<Value>(line).expect("one JSON object a line"));
    rows.filter(|row| row["language"] != "ja").collect()
}

fn lesson(row: &Value) -> Lesson {
    let text = row["text"].as_str().expect("a text");
    let offsets: Vec<usize> = text.char_indices().map(|(offset, _)| offset).chain([text.len()]).collect();
    let place = |span: &Value, key: &str| offsets[span[key].as_u64().expect("a place") as usize];
    let names: Vec<(usize, usize)> = row["spans"]
        .as_array()
        .expect("labels")
        .iter()
        .filter(|span| span["category"].as_str().is_some_and(|category| category.starts_with("user.name")))
        .map(|span| (place(span, "start"), place(span, "end")))
        .collect();
    Lesson::read(text, &names)
}
