//! Fits the weights of names in running text: `bench/texts.py make`, then
//! `cargo run --release -p dataward-detect --example train_names target/texts/lessons.jsonl
//! target/texts/look.jsonl target/third/texts/look.jsonl > crates/detect/data/text/names.tsv`. Japanese has rules of its own.

use dataward_detect::training::Lesson;
use dataward_detect::training::fit;
use serde_json::Value;

/// Gradient rounds over all lessons; more change nothing that shows.
const ROUNDS: usize = 12;
/// How strongly weights are drawn to zero, for sentences unlike those of the lessons.
const PULL: f32 = 10.0;

fn main() {
    let mut lessons = Vec::new();
    for path in std::env::args().skip(1) {
        let file = std::fs::read_to_string(&path).expect("a file that bench/texts.py wrote");
        let rows = file.lines().map(|line| serde_json::from_str::<Value>(line).expect("one JSON object a line"));
        // News of CoNLL are there to measure with: their licence is for research.
        let taken = rows.filter(|row| row["language"] != "ja" && row["kind"] != "conll");
        lessons.extend(taken.map(|row| lesson(&row)));
    }
    println!("# Weights of names in running text: kind of fact, its value, weight in natural-logarithm odds.");
    println!("# Fitted by the example `train_names`; text/names/latin/features.rs says what the facts are.");
    print!("{}", fit(&lessons, ROUNDS, PULL));
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
