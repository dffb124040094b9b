//! Prints the spans found in each line of standard input: `cargo run --example spans < file`.
//! For looking at test data only: it prints what it finds.

use std::io::BufRead;

use dataward_detect::Detector;
use dataward_detect::Options;

fn main() {
    let detector = Detector::new(Options { today: (2026, 11, 23), names_in_text: true }).expect("plain options");
    for line in std::io::stdin().lock().lines() {
        let Ok(line) = line else { break };
        let line = line.replace("\\n", "\n");
        println!("{line}");
        for span in detector.spans(&line) {
            println!("    {:<45} {:.2}  {}", &line[span.start..span.end], span.confidence.value(), span.category);
        }
    }
}
