//! Speed of the structured recognisers on one thread, over log-like text and dense CSV, beside ripgrep
//! with four of the patterns alternated over the same bytes:
//! `cargo run --release -p dataward-detect --example text_speed [MiB [logs|csv]]`. Prints MB/s of processor time
//! and the ratio; both run in turns and the best of five counts, so that other work on the machine
//! counts little. With `logs` or `csv`, only our side of that text runs, once: for profilers.

use std::process::Command;
use std::process::Stdio;

use dataward_detect::Detector;
use dataward_detect::Options;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

#[path = "../tests/corpus/mod.rs"]
#[expect(dead_code, reason = "the mixture is for tests")]
mod corpus;

/// E-mail, IPv4, IBAN, international phone: what ripgrep looks for.
const PATTERNS: [&str; 4] = [
    r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}",
    r"\b(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b",
    r"\b[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}\b",
    r"\+[0-9]{1,3}[ -]?[0-9]{1,4}[ -]?[0-9]{4,10}",
];

const ROUNDS: usize = 5;

fn main() {
    let megabytes: usize = std::env::args().nth(1).and_then(|size| size.parse().ok()).unwrap_or(64);
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let texts = [
        ("log lines", corpus::log_lines(&mut random, megabytes << 20)),
        ("dense CSV", corpus::customers(&mut random, megabytes << 20)),
    ];
    if let Some(only) = std::env::args().nth(2) {
        let detector = Detector::new(Options { today: (2026, 11, 23), names_in_text: false }).expect("plain options");
        let (_, text) = &texts[usize::from(only == "csv")];
        println!("{} spans", chunks(&detector, text));
        return;
    }
    let file = std::env::temp_dir().join(format!("dataward-text-speed-{}", std::process::id()));
    for names_in_text in [false, true] {
        let detector = Detector::new(Options { today: (2026, 11, 23), names_in_text }).expect("plain options");
        for (title, text) in &texts {
            let text = &text[..if names_in_text { text.len() / 16 } else { text.len() }];
            std::fs::write(&file, text).expect("the temporary folder takes a file");
            let (mut ours, mut theirs) = (f64::MAX, f64::MAX);
            let mut spans = 0;
            for _ in 0..ROUNDS {
                let start = processor_seconds();
                spans = chunks(&detector, text);
                ours = ours.min(processor_seconds() - start);
                let mut ripgrep = Command::new("rg")
                    .args(["-j1", "--no-unicode", "--count-matches"])
                    .args(PATTERNS.iter().flat_map(|pattern| ["-e", pattern]))
                    .arg(&file)
                    .stdout(Stdio::null())
                    .spawn()
                    .expect("ripgrep is installed (./x bench does)");
                theirs = theirs.min(child_seconds(ripgrep.id()));
                ripgrep.wait().expect("ripgrep was started above");
            }
            let speed = |seconds: f64| text.len() as f64 / 1e6 / seconds.max(0.01);
            println!(
                "{title}, names {}: {:.0} MB/s, ripgrep {:.0} MB/s, ratio {:.2} (goal: 250 MB/s, 0.75 without names); {spans} spans in {} MB",
                if names_in_text { "on" } else { "off" },
                speed(ours),
                speed(theirs),
                speed(ours) / speed(theirs),
                text.len() / 1_000_000
            );
        }
    }
    let _ = std::fs::remove_file(&file);
}

/// As a scan does: in chunks that end at a line.
fn chunks(detector: &Detector, text: &str) -> usize {
    let mut spans = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let cut = rest.len().min(1 << 16);
        let cut = rest.as_bytes()[..cut].iter().rposition(|&byte| byte == b'\n').map_or(rest.len(), |line| line + 1);
        spans += detector.spans(&rest[..cut]).len();
        rest = &rest[cut..];
    }
    spans
}

/// Processor time of this thread, so that other work on the machine does not count.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux tells the time spent");
    stat.split(' ').next().and_then(|nanoseconds| nanoseconds.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

/// Processor time of a child once it has ended, in the same way: it works on one thread.
fn child_seconds(id: u32) -> f64 {
    let ended = || std::fs::read_to_string(format!("/proc/{id}/stat")).is_ok_and(|stat| stat.contains(") Z "));
    while !ended() {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    let stat = std::fs::read_to_string(format!("/proc/{id}/schedstat")).expect("Linux keeps it until it is waited for");
    stat.split(' ').next().and_then(|nanoseconds| nanoseconds.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}
