//! What holds for every input, whoever made it up: the property tests feed it random texts, the fuzz
//! targets (`fuzz/`) whatever reaches new code. A check panics where a promise is broken.

use std::sync::Arc;
use std::sync::LazyLock;

use arrow_array::ArrayRef;
use arrow_array::RecordBatch;
use arrow_array::StringArray;
use dataward_detect::Detector;
use dataward_detect::Options;
use dataward_detect::OwnRules;
use dataward_detect::OwnSpec;
use dataward_detect::mask;
use dataward_detect::recognise::Recogniser;
use dataward_detect::recognise::registry::RECOGNISERS;
use dataward_detect::recognise::registry::match_cell;
use dataward_model::Category;
use dataward_model::ColumnHead;
use dataward_model::TableHead;

/// The families of recognisers, each with what the names of its members begin with.
pub(crate) const FAMILIES: &[(&str, &[&str])] = &[
    ("contact", &["email", "profile-url", "phone-"]),
    ("finance", &["payment-card", "iban", "bic"]),
    ("device", &["ipv", "mac", "imei"]),
    ("vehicle", &["vin"]),
    ("place", &["coordinates"]),
    ("secret", &["password-hash", "access-token", "private-key"]),
    ("national", &[]),
];

/// The recognisers of a family; `national` are those that no other family names.
pub(crate) fn family(name: &str) -> Vec<&'static Recogniser> {
    let of = |recogniser: &Recogniser| {
        let named = FAMILIES.iter().find(|(_, heads)| heads.iter().any(|head| recogniser.name.starts_with(head)));
        named.map_or("national", |(family, _)| *family)
    };
    RECOGNISERS.iter().copied().filter(|recogniser| of(recogniser) == name).collect()
}

/// A detector with names on or off, and a rule of the user's own.
pub(crate) fn detector(names_in_text: bool) -> &'static Detector {
    static DETECTORS: LazyLock<[Detector; 2]> = LazyLock::new(|| [false, true].map(build));
    &DETECTORS[usize::from(names_in_text)]
}

fn build(names_in_text: bool) -> Detector {
    let spec = OwnSpec {
        name: "loyalty-card".into(),
        category: Category::parse("user.account.loyalty_card").expect("a known family"),
        pattern: Some("LC-[0-9]{2,8}".into()),
        list: None,
        validator: None,
        columns: vec!["loyalty".into()],
        examples: Vec::new(),
        near_misses: Vec::new(),
    };
    let own = OwnRules::new(vec![spec]).expect("a plain rule");
    Detector::new(Options { today: (2026, 11, 23), names_in_text }).expect("plain options").with_own(own)
}

/// Spans lie inside the text, on borders of characters, in order, without overlaps, and are as sure
/// as a probability can be.
pub(crate) fn text(detector: &Detector, text: &str) {
    let mut last = 0;
    for span in detector.spans(text) {
        assert!(last <= span.start && span.start < span.end && span.end <= text.len(), "{span:?} in {text:?}");
        assert!(text.is_char_boundary(span.start) && text.is_char_boundary(span.end), "{span:?} cuts {text:?}");
        assert!((0.5..=1.0).contains(&span.confidence.value()), "{span:?}");
        last = span.end;
    }
}

/// No value breaks a recogniser; what it takes it takes again, alone and among blanks, and what is
/// masked does not show it.
pub(crate) fn value(recognisers: &[&Recogniser], value: &str) {
    let matches = match_cell(detector(false), value);
    for (id, strength) in matches.iter() {
        assert!(strength.chance() > 0.0 && strength.chance() <= 1.0, "{value:?}");
        let padded = format!(" {value} ");
        let again = match_cell(detector(false), &padded);
        if padded.len() <= 512 && recognisers.iter().any(|one| one.name == id.recogniser().name) {
            assert!(again.iter().any(|(found, _)| found == id), "{} takes {value:?} only bare", id.recogniser().name);
        }
    }
    for recogniser in recognisers {
        let _ = mask(&recogniser.category, value);
    }
    text(detector(false), value);
}

/// An example or near miss of one of the recognisers, damaged as `edits` say: three bytes an edit, what
/// to do, where, with which byte.
pub(crate) fn damaged(recognisers: &[&Recogniser], edits: &[u8]) -> String {
    let (&which, edits) = edits.split_first().unwrap_or((&0, &[]));
    let Some(recogniser) = recognisers.get(usize::from(which) % recognisers.len().max(1)) else {
        return String::new();
    };
    let values: Vec<&str> = recogniser.examples.iter().chain(recogniser.near_misses).copied().collect();
    let (&which, edits) = edits.split_first().unwrap_or((&0, &[]));
    let mut chars: Vec<char> = values[usize::from(which) % values.len()].chars().collect();
    for edit in edits.chunks_exact(3) {
        let at = usize::from(edit[1]) % (chars.len() + 1);
        let c = char::from(edit[2]);
        match edit[0] % 4 {
            0 => chars.insert(at, c),
            1 if at < chars.len() => chars[at] = c,
            2 if at < chars.len() => {
                chars.remove(at);
            }
            _ => chars.insert(at, ['0', ' ', '-', 'é', '日', '\u{301}', '９', '.'][usize::from(edit[2]) % 8]),
        }
    }
    chars.into_iter().collect()
}

/// Columns of these names and cells, judged from beginning to end: the header reader, the profile and
/// what looks into cells (JSON, XML, `key=value`, log lines). Confidences are probabilities, and no
/// cell of letters and digits shows up in what leaves the room.
pub(crate) fn table(names: &[String], cells: &[Option<String>]) {
    let detector = detector(false);
    let mut seen: Vec<&String> = Vec::new();
    for name in names {
        if !seen.contains(&name) {
            seen.push(name);
        }
    }
    let heads = seen.iter().map(|name| ColumnHead::new(name.as_str(), "text")).collect();
    let array: ArrayRef = Arc::new(cells.iter().map(|cell| cell.as_deref()).collect::<StringArray>());
    let columns = seen.iter().map(|name| (name.as_str(), Arc::clone(&array)));
    let Ok(batch) = RecordBatch::try_from_iter(columns) else { return };
    let mut profile = detector.profile(&TableHead::table("table", heads));
    profile.update(detector, &batch);
    let verdict = profile.verdict(detector);
    assert_eq!(verdict.columns.len(), seen.len());
    for column in &verdict.columns {
        assert!((0.0..=1.0).contains(&column.confidence.value()), "{column:?}");
    }
}
