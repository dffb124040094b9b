//! Precision, recall, F1 and F2 of the text spans, by type and language, over generated texts with
//! names and templates that nothing else in the project uses:
//! `cargo run -p dataward-detect --example eval_texts [-- misses]`. A find counts where family and
//! place agree (they overlap by at least half of the longer one).

use std::collections::BTreeMap;

use dataward_detect::Detector;
use dataward_detect::Options;
use dataward_detect::checksum;
use dataward_model::Family;
use rand::Rng;
use rand::SeedableRng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

const PEOPLE: &str = include_str!("../data/text/people.tsv");
const TEMPLATES: &str = include_str!("../data/text/templates.tsv");

/// How often each template is filled.
const ROUNDS: usize = 12;

#[derive(Default)]
struct Score {
    right: f64,
    missed: f64,
    wrong: f64,
}

impl Score {
    fn line(&self) -> String {
        let precision = self.right / (self.right + self.wrong).max(1.0);
        let recall = self.right / (self.right + self.missed).max(1.0);
        let f = |beta: f64| (1.0 + beta * beta) * precision * recall / (beta * beta * precision + recall).max(1e-9);
        format!(
            "P {precision:.3}  R {recall:.3}  F1 {:.3}  F2 {:.3}  ({} labelled)",
            f(1.0),
            f(2.0),
            self.right + self.missed
        )
    }
}

fn main() {
    let show = std::env::args().any(|argument| argument == "misses");
    let detector = Detector::new(Options { today: (2026, 11, 23), names_in_text: true }).expect("plain options");
    let mut random = ChaCha8Rng::seed_from_u64(20_261_123);
    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    for line in TEMPLATES.lines() {
        let mut parts = line.splitn(3, '\t');
        let (Some(language), Some(domain), Some(template)) = (parts.next(), parts.next(), parts.next()) else {
            continue;
        };
        for round in 0..ROUNDS {
            let (text, labels) = fill(&mut random, language, template);
            let spans = detector.spans(&text);
            let mut used = vec![false; spans.len()];
            let mut all = ["all".to_owned(), format!("language {language}"), format!("domain {domain}")];
            for (start, end, family) in &labels {
                let hit = spans.iter().position(|span| {
                    let common = span.end.min(*end).saturating_sub(span.start.max(*start));
                    span.category.family() == *family && common * 2 >= (span.end - span.start).max(end - start)
                });
                for key in all.iter().cloned().chain([format!("type {family:?}")]) {
                    let score = scores.entry(key).or_default();
                    if hit.is_some() { score.right += 1.0 } else { score.missed += 1.0 }
                }
                match hit {
                    Some(hit) => used[hit] = true,
                    None if show && round < 3 => println!(
                        "{language} {domain} missed {family:?} `{}` in {}",
                        &text[*start..*end],
                        text.replace('\n', "\\n")
                    ),
                    None => {}
                }
            }
            for (span, _) in spans.iter().zip(&used).filter(|(_, used)| !**used) {
                if show && round < 3 {
                    println!(
                        "{language} {domain} wrong {} `{}` in {}",
                        span.category,
                        &text[span.start..span.end],
                        text.replace('\n', "\\n")
                    );
                }
                for key in all.iter_mut().map(|key| key.clone()).chain([format!("type {:?}", span.category.family())]) {
                    scores.entry(key).or_default().wrong += 1.0;
                }
            }
        }
    }
    for (key, score) in &scores {
        println!("{key:<22} {}", score.line());
    }
}

/// Fills a template; gives the labelled spans in bytes.
fn fill(random: &mut ChaCha8Rng, language: &str, template: &str) -> (String, Vec<(usize, usize, Family)>) {
    let mut text = String::new();
    let mut labels = Vec::new();
    let mut surname = String::new();
    let template = template.replace("\\n", "\n");
    let mut rest = template.as_str();
    while let Some(open) = rest.find('{') {
        text += &rest[..open];
        rest = &rest[open..];
        let slot = rest.find('}').map(|close| &rest[1..close]).filter(|slot| {
            let name = slot.split(':').next().unwrap_or_default();
            !name.is_empty() && name.len() <= 5 && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
        let Some(slot) = slot else {
            text.push('{');
            rest = &rest[1..];
            continue;
        };
        let value = value(random, language, slot, &mut surname);
        let start = text.len();
        text += &value;
        let family = match slot.split_once(':').map(|(_, kind)| kind) {
            Some("name" | "again") => Some(Family::Name),
            Some("email") => Some(Family::Email),
            Some("phone") => Some(Family::Phone),
            Some("iban" | "card") => Some(Family::Financial),
            Some("ip") => Some(Family::Device),
            Some("dob") => Some(Family::Demographic),
            Some("id") => Some(Family::GovernmentId),
            Some("street" | "zip" | "city") => Some(Family::Address),
            _ => None,
        };
        if let Some(family) = family {
            labels.push((start, text.len(), family));
        }
        rest = &rest[slot.len() + 2..];
    }
    text += rest;
    (text, labels)
}

fn pick(random: &mut ChaCha8Rng, language: &str, kind: &str) -> String {
    let prefix = format!("{language}\t{kind}\t");
    let words: Vec<&str> =
        PEOPLE.lines().find_map(|line| line.strip_prefix(&prefix)).unwrap_or("X").split(' ').collect();
    (*words.choose(random).expect("the lists are not empty")).to_owned()
}

fn digits(random: &mut ChaCha8Rng, count: usize) -> String {
    (0..count).map(|index| char::from(b'0' + random.random_range(u8::from(index == 0)..10))).collect()
}

fn value(random: &mut ChaCha8Rng, language: &str, slot: &str, surname: &mut String) -> String {
    let kind = slot.split(':').next().unwrap_or_default();
    match (kind, language) {
        ("N", _) => {
            let given = pick(random, language, "given");
            *surname = pick(random, language, "surname");
            match (language, random.random_range(0..6)) {
                ("ja", _) => format!("{surname}{given}"),
                ("es" | "pt", 0..=3) => format!("{given} {surname} {}", pick(random, language, "surname")),
                ("nl", 0..=1) => {
                    format!("{given} {} {surname}", ["van", "de", "van der", "van den"][random.random_range(0..4)])
                }
                (_, 0) => format!("{}. {surname}", given.chars().next().unwrap_or('A')),
                _ => format!("{given} {surname}"),
            }
        }
        ("S", _) if slot == "S:again" => surname.clone(),
        ("S", _) => pick(random, language, "surname"),
        ("G", _) => pick(random, language, "given"),
        ("C", _) => pick(random, language, "city"),
        ("E", _) => {
            let user =
                ["anna.k", "t_meier77", "info.desk", "j-p.durand", "x9", "marketing+eu"][random.random_range(0..6)];
            format!(
                "{user}@{}",
                ["example.org", "mail.example.co.uk", "post.example.museum", "firma-xy.de"][random.random_range(0..4)]
            )
        }
        ("P", "en") => [
            format!("(555) 01{}-{}", digits(random, 1), digits(random, 4)),
            format!("+44 20 7946 0{}", digits(random, 3)),
            format!("212-555-{}", digits(random, 4)),
        ][random.random_range(0..3)]
        .clone(),
        ("P", "de") => [
            format!("0171 {}", digits(random, 7)),
            format!("+49 (0)89 {}", digits(random, 6)),
            format!("030/{}", digits(random, 7)),
        ][random.random_range(0..3)]
        .clone(),
        ("P", "fr") => {
            format!("06 {} {} {} {}", digits(random, 2), digits(random, 2), digits(random, 2), digits(random, 2))
        }
        ("P", "es") => format!("6{} {} {}", digits(random, 2), digits(random, 3), digits(random, 3)),
        ("P", "it") => {
            [format!("34{} {}", digits(random, 1), digits(random, 7)), format!("+39 02 {}", digits(random, 7))]
                [random.random_range(0..2)]
            .clone()
        }
        ("P", "pt") => [
            format!("91{} {} {}", digits(random, 1), digits(random, 3), digits(random, 3)),
            format!("(11) 9{}-{}", digits(random, 4), digits(random, 4)),
        ][random.random_range(0..2)]
        .clone(),
        ("P", "nl") => format!("06-{}", digits(random, 8)),
        ("P", "pl") => format!("{} {} {}", digits(random, 3), digits(random, 3), digits(random, 3)),
        ("P", "sv") => format!("070-{} {} {}", digits(random, 3), digits(random, 2), digits(random, 2)),
        ("P", _) => format!("0{}-{}-{}", random.random_range(3..7), digits(random, 4), digits(random, 4)),
        ("D", _) => {
            let (year, month, day) =
                (random.random_range(1940..2006), random.random_range(1..13), random.random_range(1..29));
            match language {
                "ja" => format!("{year}年{month}月{day}日"),
                "de" | "pl" => format!("{day:02}.{month:02}.{year}"),
                "sv" => format!("{year}-{month:02}-{day:02}"),
                _ => format!("{day:02}/{month:02}/{year}"),
            }
        }
        ("I", "fr") => {
            let body =
                format!("2{:02}{:02}75{}", random.random_range(40..99), random.random_range(1..13), digits(random, 6));
            let rest = checksum::remainder(&body.bytes().map(|byte| byte - b'0').collect::<Vec<_>>(), 97);
            format!("{body}{:02}", 97 - rest)
        }
        ("I", "es") => {
            let number: usize = random.random_range(10_000_000..99_999_999);
            format!("{number}{}", char::from(b"TRWAGMYFPDXBNJZSQVHLCKE"[number % 23]))
        }
        ("I", "it") => "RSSMRA85T10A562S".to_owned(),
        ("I", "pt") => "123456789".to_owned(),
        ("I", "nl") => "111222333".to_owned(),
        ("I", "pl") => "44051401359".to_owned(),
        ("I", _) => "880320-0016".to_owned(),
        ("K", _) => {
            ["4111 1111 1111 1111", "5500-0000-0000-0004", "340000000000009"][random.random_range(0..3)].to_owned()
        }
        ("B", _) => ["DE89 3704 0044 0532 0130 00", "NL91ABNA0417164300", "FR1420041010050500013M02606"]
            [random.random_range(0..3)]
        .to_owned(),
        ("IP", _) => format!(
            "84.{}.{}.{}",
            random.random_range(1..255),
            random.random_range(20..255),
            random.random_range(1..255)
        ),
        ("A", "de") => format!(
            "{} {}",
            ["Lindenstraße", "Goethestr.", "Berliner Allee", "Kirchweg"][random.random_range(0..4)],
            random.random_range(1..120)
        ),
        ("A", "fr") => format!(
            "{} {}",
            random.random_range(1..120),
            ["rue de la Paix", "avenue Victor Hugo", "boulevard des Alpes"][random.random_range(0..3)]
        ),
        ("A", "es") => format!(
            "{}, {}",
            ["Calle Mayor", "Avenida de la Constitución", "C/ San Juan"][random.random_range(0..3)],
            random.random_range(1..120)
        ),
        ("A", "it") => format!(
            "{} {}",
            ["Via Garibaldi", "Piazza del Popolo", "Viale dei Mille"][random.random_range(0..3)],
            random.random_range(1..120)
        ),
        ("A", _) => format!(
            "{} {}",
            ["ul. Długiej", "ul. Jana Pawła II", "al. Jerozolimskich"][random.random_range(0..3)],
            random.random_range(1..120)
        ),
        ("Z", "pl") => format!("{}-{}", digits(random, 2), digits(random, 3)),
        ("Z" | "z5", _) => format!("{}{}", random.random_range(1..10), digits(random, 4)),
        ("h", _) => random.random_range(1..99).to_string(),
        ("num8", _) => digits(random, 8),
        ("num10", _) => format!("44{}", digits(random, 8)),
        _ => format!("{{{slot}}}"),
    }
}
