//! How much a word that no list knows sounds like a name: which three letters follow each other in names, and which
//! in everyday words and towns. The table is `data/text/sounds.txt`, counted from the lexicon by the example
//! `train_names`; it holds no word.

use std::sync::LazyLock;

use super::super::common;
use crate::lexicon;

/// How many classes of three letters are told apart, by hash.
const CLASSES: usize = 4096;
/// How many values [`level`] has.
pub(super) const LEVELS: u8 = 5;
/// Steps of the table for one unit of log-odds.
const STEPS: f32 = 16.0;

static TABLE: LazyLock<Vec<i8>> = LazyLock::new(|| {
    let mut table: Vec<i8> = include_str!("../../../../data/text/sounds.txt")
        .split_ascii_whitespace()
        .map(|value| value.parse().unwrap_or(0))
        .collect();
    table.resize(CLASSES, 0);
    table
});

/// From 0, not at all, to [`LEVELS`] - 1, very much; `folded` is a word in small letters without accents.
pub(super) fn level(folded: &str) -> u8 {
    let (mut sum, mut count) = (0.0, 0.0_f32);
    classes(folded, |class| {
        sum += f32::from(TABLE[class]);
        count += 1.0;
    });
    match sum / count.max(1.0) / STEPS {
        ..-0.6 => 0,
        ..-0.2 => 1,
        ..0.2 => 2,
        ..0.6 => 3,
        _ => LEVELS - 1,
    }
}

/// Counts the table from the lexicon: names on one side, everyday words and all else that has a name on the other.
pub(crate) fn learn() -> String {
    let mut counts = [vec![0_u32; CLASSES], vec![0_u32; CLASSES]];
    let mut totals = [0_u32; 2];
    let mut add = |word: &str, side: usize| {
        if (4..=14).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_lowercase()) {
            classes(word, |class| {
                counts[side][class] += 1;
                totals[side] += 1;
            });
        }
    };
    lexicon::for_each(|word, entry| {
        let name = entry.given().is_some() || entry.surname().is_some();
        add(word, usize::from(!name || common::is_common(word)));
    });
    common::words().for_each(|word| add(&lexicon::fold(word), 1));
    let share =
        |side: usize, class: usize| (counts[side][class] as f32 + 2.0) / (totals[side] as f32 + 2.0 * CLASSES as f32);
    let value = |class: usize| ((share(0, class) / share(1, class)).ln() * STEPS).round().clamp(-127.0, 127.0);
    (0..CLASSES).map(|class| format!("{}{}", value(class), if class % 32 == 31 { "\n" } else { " " })).collect()
}

/// Calls `each` with the class of each three letters, beginning and end included.
fn classes(word: &str, mut each: impl FnMut(usize)) {
    let mut key = u32::from(b'^');
    for byte in word.bytes().chain([b'$']) {
        key = (key << 8 | u32::from(byte)) & 0xFF_FFFF;
        if key > 0xFFFF {
            each((key.wrapping_mul(0x9E37_79B1) >> 20) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::level;

    #[test]
    fn names_that_no_list_knows_sound_like_names_and_things_do_not() {
        for (name, thing) in
            [("hollowitzer", "speicherung"), ("martinelleti", "installazione"), ("petrowskaya", "configured")]
        {
            assert!(level(name) > level(thing), "{name} {} {thing} {}", level(name), level(thing));
        }
    }
}
