//! How alike two texts are. Both work on bytes of folded text, the first 64 of them.

/// Bytes that are compared.
const MOST: usize = 64;

/// Jaro's similarity with Winkler's bonus for a common beginning (0.1 for each of up to four
/// letters): 1 for equal texts, 0 where nothing is shared. W. E. Winkler, "String comparator metrics and
/// enhanced decision rules in the Fellegi-Sunter model" (1990).
pub(super) fn jaro_winkler(a: &[u8], b: &[u8]) -> f64 {
    let (a, b) = (&a[..a.len().min(MOST)], &b[..b.len().min(MOST)]);
    if a == b {
        return 1.0;
    }
    let window = (a.len().max(b.len()) / 2).saturating_sub(1);
    let (mut of_a, mut of_b) = (0_u64, 0_u64);
    for (i, letter) in a.iter().enumerate() {
        let (from, to) = (i.saturating_sub(window), (i + window + 1).min(b.len()));
        if let Some(j) = (from..to).find(|j| of_b >> j & 1 == 0 && b[*j] == *letter) {
            of_b |= 1 << j;
            of_a |= 1 << i;
        }
    }
    let shared = f64::from(of_a.count_ones());
    if shared == 0.0 {
        return 0.0;
    }
    let mut moved = 0_u32;
    let mut rest = of_b;
    for (i, letter) in a.iter().enumerate() {
        if of_a >> i & 1 == 1 {
            moved += u32::from(b[rest.trailing_zeros() as usize] != *letter);
            rest &= rest - 1;
        }
    }
    let half_moved = f64::from(moved) / 2.0;
    let jaro = (shared / a.len() as f64 + shared / b.len() as f64 + (shared - half_moved) / shared) / 3.0;
    let start = a.iter().zip(b).take(4).take_while(|(a, b)| a == b).count();
    jaro + start as f64 * 0.1 * (1.0 - jaro)
}

/// Whether at most `most` letters were lost, added, changed or swapped with their neighbour (optimal
/// string alignment).
pub(super) fn within_edits(a: &[u8], b: &[u8], most: usize) -> bool {
    let (a, b) = (&a[..a.len().min(MOST)], &b[..b.len().min(MOST)]);
    if a.len().abs_diff(b.len()) > most {
        return false;
    }
    let mut before = [0_u8; MOST + 1];
    let mut last: [u8; MOST + 1] = std::array::from_fn(|at| at as u8);
    let mut now = [0_u8; MOST + 1];
    for i in 1..=a.len() {
        now[0] = i as u8;
        let mut least = now[0];
        for j in 1..=b.len() {
            let differs = u8::from(a[i - 1] != b[j - 1]);
            let mut cost = (last[j] + 1).min(now[j - 1] + 1).min(last[j - 1] + differs);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                cost = cost.min(before[j - 2] + 1);
            }
            now[j] = cost;
            least = least.min(cost);
        }
        if usize::from(least) > most {
            return false;
        }
        (before, last, now) = (last, now, before);
    }
    usize::from(last[b.len()]) <= most
}

/// What names that sound alike share: the first letter and three digits (Soundex), for ASCII; of
/// other writing the first three bytes.
pub(super) fn sound(name: &[u8]) -> u64 {
    let Some(&first) = name.first() else { return 0 };
    if !first.is_ascii_lowercase() {
        return name.iter().take(6).fold(1, |key, byte| key << 8 | u64::from(*byte));
    }
    let class = |letter: u8| match letter {
        b'b' | b'f' | b'p' | b'v' => 1,
        b'c' | b'g' | b'j' | b'k' | b'q' | b's' | b'x' | b'z' => 2,
        b'd' | b't' => 3,
        b'l' => 4,
        b'm' | b'n' => 5,
        b'r' => 6,
        b'h' | b'w' => 7,
        _ => 0,
    };
    let (mut key, mut digits, mut last) = (u64::from(first), 0, class(first));
    for &letter in name[1..].iter().filter(|letter| letter.is_ascii_lowercase()) {
        let digit = class(letter);
        if digit == 7 {
            continue;
        }
        if digit != 0 && digit != last {
            key = key << 8 | digit;
            digits += 1;
            if digits == 3 {
                break;
            }
        }
        last = digit;
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn similarity_is_that_of_the_papers() {
        for (a, b, expected) in [
            ("martha", "marhta", 0.961),
            ("dwayne", "duane", 0.840),
            ("dixon", "dicksonx", 0.813),
            ("abc", "xyz", 0.0),
            ("jones", "johnson", 0.832),
        ] {
            let found = jaro_winkler(a.as_bytes(), b.as_bytes());
            assert!((found - expected).abs() < 0.001, "{a} {b}: {found}");
        }
    }

    #[test]
    fn edits_count_swapped_neighbours_once() {
        for (a, b, most, expected) in [
            ("19840312", "19840321", 1, true),
            ("smith", "smyth", 1, true),
            ("smith", "smiths", 1, true),
            ("smith", "schmidt", 2, false),
            ("", "a", 1, true),
        ] {
            assert_eq!(within_edits(a.as_bytes(), b.as_bytes(), most), expected, "{a} {b}");
        }
    }

    #[test]
    fn names_that_sound_alike_share_a_key() {
        assert_eq!(sound(b"meyer"), sound(b"maier"));
        assert_eq!(sound(b"ashcraft"), sound(b"ashcroft"));
        assert_ne!(sound(b"smith"), sound(b"jones"));
    }
}
