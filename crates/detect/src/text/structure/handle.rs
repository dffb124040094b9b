//! Handles of people in posts and chats: `@night_owl53`, `@anna_schmidt`. A bare word behind an `@` may be a
//! firm, a place, an annotation or a variable: only what holds a number at its end or a person's name counts.

use dataward_model::Category;

use super::Pass;
use crate::column::facts::holds_a_name;

/// Reads behind the `@` at `at`, before which nothing of an address stands; returns where to go on.
pub(super) fn read(pass: &mut Pass<'_>, at: usize) -> usize {
    let start = at + 1;
    let end = end(pass, start);
    let text = &pass.text[start..end];
    if !stands_alone(pass, at, end) || !is_shaped(text) {
        return start;
    }
    let stem = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let numbered = stem.len() < text.len() && !CODE.contains(&stem.trim_end_matches(['_', '-', '.']));
    let named = text.contains(['_', '.']) && holds_a_name(text);
    if !(numbered || named || is_bare(text) && in_a_post(pass, at)) {
        return start;
    }
    pass.push(
        start,
        end,
        Category::USERNAME,
        if numbered {
            3.0
        } else if named {
            1.5
        } else {
            1.0
        },
    );
    pass.floor = end;
    pass.email_floor = end;
    end
}

/// One word that does not say what office, firm or place it is.
fn is_bare(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    lower.bytes().all(|byte| byte.is_ascii_alphabetic()) && !OFFICIAL.iter().any(|mark| lower.contains(mark))
}

/// How accounts of firms, teams and papers are called.
const OFFICIAL: &[&str] = &[
    "bank", "bbc", "care", "club", "cnn", "gov", "help", "inc", "media", "news", "official", "police", "service",
    "shop", "sport", "store", "support", "team", "times",
];

/// Whether people post where the `@` at `at` stands: passed on (`RT`, `cc`, `via`), or an emoji or a tag is near.
fn in_a_post(pass: &Pass<'_>, at: usize) -> bool {
    const NEAR: usize = 160;
    let before = pass.text[..at].trim_end();
    if ["RT", "cc", "via", "CC", "ft", "h/t"]
        .iter()
        .any(|word| before.strip_suffix(word).is_some_and(|rest| !rest.ends_with(|c: char| c.is_alphanumeric())))
    {
        return true;
    }
    let from = pass.text.floor_char_boundary(at.saturating_sub(NEAR));
    let until = pass.text.floor_char_boundary((at + NEAR).min(pass.text.len()));
    let near = &pass.text[from..until];
    let tag = near.split('#').skip(1).any(|tag| tag.starts_with(|c: char| c.is_alphabetic()));
    // From the pictographs of Unicode on.
    tag && !near.contains(['{', ';']) || near.chars().any(|c| ('\u{1F300}'..'\u{1FB00}').contains(&c))
}

/// Longest handle of the large networks, in bytes.
const LONGEST: usize = 30;

/// Words that variables and annotations are made of: `@param1`.
const CODE: &[&str] = &[
    "arg", "col", "column", "date", "file", "id", "item", "key", "num", "p", "param", "row", "step", "table", "test",
    "tmp", "user", "v", "val", "value", "var", "version",
];

fn end(pass: &Pass<'_>, start: usize) -> usize {
    let most = (start + LONGEST + 1).min(pass.bytes.len());
    let mut end = start;
    while end < most && (pass.bytes[end].is_ascii_alphanumeric() || matches!(pass.bytes[end], b'_' | b'.' | b'-')) {
        end += 1;
    }
    start + pass.text[start..end].trim_end_matches(['.', '-']).len()
}

/// Whether neither code nor a path nor an address goes on around it.
fn stands_alone(pass: &Pass<'_>, at: usize, end: usize) -> bool {
    let before = pass.byte_before(at);
    let free = matches!(before, 0 | b' ' | b'\n' | b'\t' | b'"' | b'\'' | b'(' | b'.' | b',' | b'!' | b'?' | 0x80..);
    let words = pass.text[..at].trim_end_matches(' ');
    let rest = &pass.bytes[end..];
    let assigned = rest.strip_prefix(b" ").unwrap_or(rest).first() == Some(&b'=');
    free && !words.ends_with(['=', '<', '>', '(', '+', '*', '%'])
        && !assigned
        && !matches!(rest.first(), Some(b'(' | b'/' | b'{' | b'=' | b'@' | b'[' | b'\\'))
}

/// Three to thirty characters, letters first and most of all.
fn is_shaped(text: &str) -> bool {
    let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
    (3..=LONGEST).contains(&text.len()) && letters >= 3 && text.as_bytes()[0].is_ascii_alphabetic()
}

#[cfg(test)]
mod tests {
    use crate::Detector;
    use crate::Options;

    #[test]
    fn handles_of_people_are_found_and_annotations_are_not() {
        let detector = Detector::new(Options { today: (2026, 11, 23), names_in_text: false }).expect("plain options");
        let table: &[(&str, &[&str])] = &[
            ("thanks @night_owl53!", &["night_owl53"]),
            ("RT @anna_schmidt: great", &["anna_schmidt"]),
            ("最高 #紅白 @taro_693", &["taro_693"]),
            ("@Override public void run() {}", &[]),
            ("npm i @types/node4 lodash@4.17.21", &[]),
            ("WHERE id = @user_id AND d < @date2", &[]),
            ("thank you @amazonhelp", &[]),
            ("peak chaos 😭 cc @thearn, @bbcsport", &["thearn"]),
            ("see @return and @since", &[]),
            ("icon@2x.png, see you @ 5pm", &[]),
            ("@param1 the first", &[]),
        ];
        for (text, expected) in table {
            let spans = detector.spans(text);
            let values: Vec<&str> = spans.iter().map(|span| &text[span.start..span.end]).collect();
            assert_eq!(values, *expected, "{text}");
        }
    }
}
