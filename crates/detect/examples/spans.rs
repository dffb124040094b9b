//! Prints the spans found in each line of standard input: `cargo run --example spans < file`.
//! With `--jsonl` it reads and writes what `dataward inspect --jsonl` does, without the rest of the
//! program, for `bench/texts.py score target/debug/examples/spans`.
//! For looking at test data only: the plain form prints what it finds.

use std::io::BufRead;

use dataward_detect::Detector;
use dataward_detect::Options;

fn main() {
    let detector = Detector::new(Options { today: (2026, 11, 23), names_in_text: true }).expect("plain options");
    let as_json = std::env::args().any(|argument| argument == "--jsonl");
    for line in std::io::stdin().lock().lines() {
        let Ok(line) = line else { break };
        if as_json {
            println!("{}", answer(&detector, &line));
            continue;
        }
        let line = line.replace("\\n", "\n");
        println!("{line}");
        for span in detector.spans(&line) {
            println!("    {:<45} {:.2}  {}", &line[span.start..span.end], span.confidence.value(), span.category);
        }
    }
}

/// The spans of a line `{"id":…,"text":…}`; offsets count characters.
fn answer(detector: &Detector, line: &str) -> serde_json::Value {
    let row: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
    let text = row["text"].as_str().expect("a text");
    let characters = |to: usize| text[..to].chars().count();
    let spans: Vec<_> = detector
        .spans(text)
        .into_iter()
        .map(|span| {
            serde_json::json!({
                "start": characters(span.start), "end": characters(span.end),
                "category": span.category.to_string(), "confidence": span.confidence.value(),
            })
        })
        .collect();
    serde_json::json!({ "id": row["id"], "spans": spans })
}
