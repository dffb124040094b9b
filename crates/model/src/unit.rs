//! Names of files and objects, and of what lies in them: a sheet or JSON array stands behind `#`, a member of an
//! archive behind `!/`. Either may be part of a file's own name too, so a name alone never tells where that of its
//! file ends: it is compared with files that are known.

const MARKS: [&str; 2] = ["#", "!/"];

/// Whether `unit` is `file`, or a sheet or member of it.
///
/// ```
/// use dataward_model::unit::is_of_file;
/// assert!(is_of_file("book.xlsx#Customers", "book.xlsx"));
/// assert!(!is_of_file("Invoice #1.pdf", "Invoice #2.pdf"));
/// ```
pub fn is_of_file(unit: &str, file: &str) -> bool {
    unit.strip_prefix(file).is_some_and(|rest| rest.is_empty() || MARKS.iter().any(|mark| rest.starts_with(mark)))
}

/// The names that the file of `unit` may have, the longest first: `unit` itself, and what stands before each mark.
pub fn files_of(unit: &str) -> impl Iterator<Item = &str> {
    let begins_mark = |at: &usize| MARKS.iter().any(|mark| unit[*at..].starts_with(mark));
    let ends = unit.char_indices().rev().map(|(at, _)| at).filter(move |at| *at > 0 && begins_mark(at));
    std::iter::once(unit).chain(ends.map(|at| &unit[..at]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mark_may_end_the_name_of_the_file_and_none_has_to() {
        let all = |unit| files_of(unit).collect::<Vec<_>>();
        assert_eq!(all("a.csv"), ["a.csv"]);
        assert_eq!(all("#recycle/wow!.csv"), ["#recycle/wow!.csv"]);
        assert_eq!(all("No #1.zip!/b.xlsx#S"), ["No #1.zip!/b.xlsx#S", "No #1.zip!/b.xlsx", "No #1.zip", "No "]);
        for unit in ["a.csv", "No #1.zip!/b.xlsx#S", "ä#ö!/ü"] {
            assert!(files_of(unit).all(|file| is_of_file(unit, file)));
        }
    }
}
