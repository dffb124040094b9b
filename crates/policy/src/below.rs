//! What lies below a place: tables of a schema, files of a folder or like a pattern, sheets and members of a file.

use dataward_model::unit::files_of;
use dataward_model::unit::is_of_file;

/// Whether `place` is `above` or lies below it: `public.orders` below `public`, `logs/a.log` below `logs`, a sheet
/// (`#`) or member (`!/`) below its file. With a `*`, which stands for any characters, it must be like it.
pub fn is_below(place: &str, above: &str) -> bool {
    if above.contains('*') {
        return is_like(place, above);
    }
    let above = above.trim_end_matches('/');
    above.is_empty()
        || is_of_file(place, above)
        || place.strip_prefix(above).is_some_and(|rest| rest.starts_with(['.', '/']))
}

/// A sheet or member is like a pattern when its file is.
fn is_like(text: &str, pattern: &str) -> bool {
    files_of(text).any(|file| is_file_like(file, pattern))
}

fn is_file_like(text: &str, pattern: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let pieces: Vec<&str> = pieces.collect();
    let Some((last, between)) = pieces.split_last() else { return rest.is_empty() };
    for piece in between {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_lie_below_their_folder_and_patterns_cross_folders() {
        for (place, above, is) in [
            ("logs/2024/a.log", "logs", true),
            ("logs/2024/a.log", "logs/", true),
            ("logs-old/a.log", "logs", false),
            ("logs/2024/a.log", "logs/*.log", true),
            ("logs/2024/a.csv", "logs/*.log", false),
            ("book.xlsx#Sheet 1", "book.xlsx", true),
            ("book.xlsx#Sheet 1", "*.xlsx", true),
            ("a.log", "*a*a*", false),
            ("public.orders", "public", true),
            ("wow!.csv", "wow", false),
            ("old.zip!/people.csv", "old.zip", true),
        ] {
            assert_eq!(is_below(place, above), is, "{place} {above}");
        }
    }
}
