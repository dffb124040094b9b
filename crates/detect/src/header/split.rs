//! Cutting names into words.

use crate::lexicon::fold;

/// The words of a name, folded: `CustFirstName2` → cust, first, name. Runs of letters that are no
/// known term but a chain of known ones are cut (`contactfirstname`), East Asian text at known terms.
pub(super) fn words(name: &str, known: impl Fn(&str) -> bool, east_asian: &[String]) -> Vec<String> {
    let mut words = Vec::new();
    for rough in rough_words(name) {
        let folded: String = fold(&rough).split(' ').collect();
        if folded.is_empty() {
            continue;
        }
        if crate::column::shape::scripts(&folded).is_east_asian() {
            cut_east_asian(&folded, east_asian, &mut words);
            continue;
        }
        let bare = folded.trim_end_matches(|c: char| c.is_ascii_digit());
        let word = if known(&folded) || bare.is_empty() { folded.as_str() } else { bare };
        match chain(word, &known) {
            Some(parts) if !known(word) => words.extend(parts),
            _ => words.push(word.to_owned()),
        }
    }
    words
}

/// Whether a name says nothing: one or two letters and digits, `col3`, `field_12`, `attr9`, `Unnamed: 3`.
pub(super) fn is_opaque(name: &str) -> bool {
    let lower = name.trim().to_lowercase();
    let letters: String = lower.chars().filter(|c| c.is_alphabetic()).collect();
    let digits = lower.chars().filter(char::is_ascii_digit).count();
    if !letters.is_ascii() {
        return false;
    }
    if EMPTY.contains(&letters.as_str()) && (digits > 0 || letters.len() <= 1 || letters.starts_with("col")) {
        return true;
    }
    if let Some(rest) =
        ["column", "col", "field", "attr", "var", "fld"].iter().find_map(|head| letters.strip_prefix(head))
    {
        return rest.len() <= 1;
    }
    letters.len() <= 2 && digits > 0
}

/// Letters that say nothing with a number behind them.
const EMPTY: &[&str] = &[
    "",
    "a",
    "b",
    "c",
    "d",
    "e",
    "f",
    "g",
    "h",
    "i",
    "j",
    "k",
    "l",
    "m",
    "n",
    "o",
    "p",
    "q",
    "r",
    "s",
    "t",
    "u",
    "v",
    "w",
    "x",
    "y",
    "z",
    "col",
    "column",
    "field",
    "fld",
    "val",
    "value",
    "var",
    "attr",
    "attribute",
    "data",
    "unnamed",
    "spalte",
    "feld",
    "colonne",
    "champ",
    "columna",
    "campo",
    "colonna",
    "coluna",
    "kolom",
    "kolumna",
    "pole",
    "kolumn",
    "item",
    "prop",
    "property",
    "str",
    "num",
    "txt",
    "text",
    "char",
    "varchar",
    "dim",
    "feature",
    "feat",
    "ud",
    "udf",
    "custom",
    "cf",
    "extra",
    "misc",
    "tmp",
];

/// Cut at everything but letters and digits, and before capitals.
fn rough_words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (index, &c) in chars.iter().enumerate() {
        if !c.is_alphanumeric() && c != 'ー' && c != '々' {
            words.push(String::new());
            continue;
        }
        let before = index.checked_sub(1).map(|before| chars[before]);
        let ends_word = before.is_some_and(|before| before.is_lowercase() || before.is_ascii_digit());
        let ends_acronym =
            before.is_some_and(char::is_uppercase) && chars.get(index + 1).is_some_and(|after| after.is_lowercase());
        if c.is_uppercase() && (ends_word || ends_acronym) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(c);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The fewest known words of at least three letters that make up `word`.
fn chain(word: &str, known: impl Fn(&str) -> bool) -> Option<Vec<String>> {
    if !word.is_ascii() || !(6..=40).contains(&word.len()) {
        return None;
    }
    let mut best: Vec<Option<(usize, usize)>> = vec![None; word.len() + 1];
    best[0] = Some((0, 0));
    for end in 3..=word.len() {
        for start in 0..=end - 3 {
            let Some((pieces, _)) = best[start] else { continue };
            if known(&word[start..end]) && best[end].is_none_or(|(fewest, _)| pieces + 1 < fewest) {
                best[end] = Some((pieces + 1, start));
            }
        }
    }
    if best[word.len()]?.0 > 4 {
        return None;
    }
    let mut parts = Vec::new();
    let mut end = word.len();
    while end > 0 {
        let (_, start) = best[end]?;
        parts.push(word[start..end].to_owned());
        end = start;
    }
    parts.reverse();
    Some(parts)
}

/// Known terms in a text without blanks, longest first.
fn cut_east_asian(text: &str, terms: &[String], words: &mut Vec<String>) {
    let Some((term, at)) = terms.iter().find_map(|term| text.find(term.as_str()).map(|at| (term, at))) else {
        words.push(text.to_owned());
        return;
    };
    if at > 0 {
        cut_east_asian(&text[..at], terms, words);
    }
    words.push(term.clone());
    let end = at + term.len();
    if end < text.len() {
        cut_east_asian(&text[end..], terms, words);
    }
}
