//! Packs raw word lists into the lexicon's finite-state map: `build_lexicon RAW.tsv WORDS.tsv OUT.fst`. Instead of
//! RAW.tsv it takes a map that was built before (`names.fst`), to which the words of WORDS.tsv are then added.
//! Called by `data/build_lexicon.py`; folding and layout come from the crate itself.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::fs;

use dataward_detect::lexicon::Entry;
use dataward_detect::lexicon::Kind;
use dataward_detect::lexicon::fold;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [raw, words, out] = arguments.as_slice() else {
        eprintln!("usage: build_lexicon RAW.tsv WORDS.tsv OUT.fst");
        std::process::exit(2);
    };
    let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
    let mut parts: HashMap<(u8, String), u32> = HashMap::new();
    let mut lines = String::new();
    if raw.ends_with(".fst") {
        entries = built_before(raw);
    } else {
        lines = fs::read_to_string(raw).expect("the raw list can be read");
    }
    for line in lines.lines() {
        let mut fields = line.split('\t');
        let (Some(kind), Some(word), Some(weight), extra) =
            (fields.next(), fields.next(), fields.next(), fields.next().unwrap_or(""))
        else {
            continue;
        };
        add(&mut entries, &mut parts, kind, word, weight.parse().unwrap_or(20), extra);
    }
    for line in fs::read_to_string(words).expect("the word list can be read").lines() {
        let Some((kind, list)) = line.split_once('\t') else { continue };
        for word in list.split('|') {
            add(&mut entries, &mut parts, kind, word, 20, "");
        }
    }
    for ((kind, word), count) in parts {
        if count >= 3 && word.chars().count() > 2 {
            entries.entry(word).or_default().add_kind(Kind::ALL[kind as usize]);
        }
    }
    let mut builder = fst::MapBuilder::memory();
    for (word, entry) in &entries {
        builder.insert(word, entry.pack()).expect("a BTreeMap is sorted");
    }
    let bytes = builder.into_inner().expect("memory does not fail");
    println!("{} words, {} bytes", entries.len(), bytes.len());
    fs::write(out, bytes).expect("the map can be written");
}

/// What a map holds.
fn built_before(path: &str) -> BTreeMap<String, Entry> {
    let map = fst::Map::new(fs::read(path).expect("the map can be read")).expect("it is a map");
    let all = map.stream().into_str_vec().expect("words are UTF-8");
    all.into_iter().map(|(word, packed)| (word, Entry::unpack(packed))).collect()
}

fn add(
    entries: &mut BTreeMap<String, Entry>,
    parts: &mut HashMap<(u8, String), u32>,
    kind: &str,
    word: &str,
    weight: u8,
    extra: &str,
) {
    for folded in spellings(word) {
        let size = folded.chars().count();
        let words = folded.split(' ').count();
        let cjk = folded.chars().all(|c| c as u32 >= 0x3000);
        if size == 0 || words > 3 || !scripts_we_read(&folded) {
            continue;
        }
        let long_enough = size >= 2 || cjk;
        let entry = match kind {
            "given" | "surname" | "city" if !long_enough || folded.chars().any(|c| c.is_ascii_digit()) => continue,
            "given" => {
                let mut entry = entries.get(&folded).copied().unwrap_or_default();
                entry.add_given(weight, extra != "m", extra != "f");
                entry
            }
            "surname" => {
                let mut entry = entries.get(&folded).copied().unwrap_or_default();
                entry.add_surname(weight);
                entry
            }
            "city" => {
                let mut entry = entries.get(&folded).copied().unwrap_or_default();
                entry.add_city(weight, extra);
                entry
            }
            other => {
                let Some(kind) = Kind::from_word(other) else { continue };
                if matches!(kind, Kind::Job | Kind::Product | Kind::Title | Kind::Animal) && words > 1 {
                    for part in folded.split(' ') {
                        *parts.entry((kind as u8, part.to_owned())).or_default() += 1;
                    }
                    if kind == Kind::Animal || words > 2 {
                        continue;
                    }
                }
                if matches!(kind, Kind::Common) && words > 1 {
                    continue;
                }
                let mut entry = entries.get(&folded).copied().unwrap_or_default();
                entry.add_kind(kind);
                entry
            }
        };
        entries.insert(folded, entry);
    }
}

/// The folded word, and with `ae`, `oe`, `ue` where it has an umlaut.
fn spellings(word: &str) -> Vec<String> {
    let mut all = vec![fold(word)];
    if word.contains(['ä', 'ö', 'ü', 'Ä', 'Ö', 'Ü']) {
        let mut spelled = String::new();
        for c in word.chars() {
            match c {
                'ä' | 'Ä' => spelled.push_str("ae"),
                'ö' | 'Ö' => spelled.push_str("oe"),
                'ü' | 'Ü' => spelled.push_str("ue"),
                _ => spelled.push(c),
            }
        }
        all.push(fold(&spelled));
    }
    if word.contains(['å', 'Å']) {
        all.push(fold(&word.replace(['å', 'Å'], "aa")));
    }
    all
}

fn scripts_we_read(word: &str) -> bool {
    word.chars().all(|c| {
        let code = c as u32;
        code < 0x530
            || (0x1E00..0x2000).contains(&code)
            || (0x3000..0xA000).contains(&code)
            || (0xAC00..0xD7A4).contains(&code)
    })
}
