//! The bytes in which a value may stand in the files of a store.

/// Shorter bytes stand in any file by chance.
pub const SHORTEST: usize = 6;

/// Longer texts are searched for in pieces of [`PIECE`] bytes: one that is cut by a page is found by the
/// pieces beside the cut. Must not be longer than what blocks overlap by.
pub const LONGEST_WHOLE: usize = 64;

/// The length of the pieces of a long text.
pub const PIECE: usize = 32;

/// Pieces of one value that are searched for.
const MOST_PIECES: usize = 64;

/// Whole numbers from here on have six bytes that are not zero: shorter ones stand in any file by chance.
const LEAST_NUMBER: u64 = 1 << 40;

/// Calls `form` with each way in which `text`, a value of a column of the type `sql_type`, may be written.
/// Whether there was any: too short a value has none.
///
/// Texts: UTF-8, UTF-16 in both orders, Latin-1 where it differs. Whole numbers: as text, as 8 bytes of
/// PostgreSQL (little end first) and InnoDB (big end first, sign turned), as 6 bytes of SQLite, and as
/// PostgreSQL's `numeric`. UUIDs: also as 16 bytes.
pub fn forms(text: &str, sql_type: &str, mut form: impl FnMut(&[u8])) -> bool {
    let text = text.trim();
    let kind = Kind::of(sql_type);
    let mut any = false;
    if text.len() >= SHORTEST {
        any = true;
        pieces(text.as_bytes(), &mut form);
    }
    match kind {
        Kind::Number => {
            if let Ok(number) = text.parse::<i64>()
                && number.unsigned_abs() >= LEAST_NUMBER
            {
                any = true;
                number_forms(number, &mut form);
            }
        }
        Kind::Text if any => {
            let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
            pieces(&little, &mut form);
            pieces(&big, &mut form);
            if !text.is_ascii()
                && let Some(latin) = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect::<Option<Vec<u8>>>()
                && latin.len() >= SHORTEST
            {
                pieces(&latin, &mut form);
            }
        }
        Kind::Text => {}
    }
    if let Some(bytes) = uuid(text) {
        any = true;
        form(&bytes);
    }
    any
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Number,
    Text,
}

impl Kind {
    fn of(sql_type: &str) -> Self {
        let name = sql_type.to_ascii_lowercase();
        if ["int", "serial", "numeric", "decimal"].iter().any(|word| name.contains(word)) && !name.contains("interval")
        {
            Self::Number
        } else {
            Self::Text
        }
    }
}

fn number_forms(number: i64, form: &mut impl FnMut(&[u8])) {
    form(&number.to_le_bytes());
    form(&number.to_be_bytes());
    form(&((number as u64) ^ (1 << 63)).to_be_bytes());
    // SQLite keeps a number in the fewest bytes of 1, 2, 3, 4, 6 and 8.
    if (-(1 << 47)..1 << 47).contains(&number) {
        form(&number.to_be_bytes()[2..]);
    }
    // Digits to the base of 10,000, the first one first, zeros at the end left out.
    let mut digits = Vec::new();
    let mut rest = number.unsigned_abs();
    while rest > 0 {
        digits.push((rest % 10_000) as i16);
        rest /= 10_000;
    }
    let significant: Vec<u8> = digits
        .iter()
        .skip_while(|digit| **digit == 0)
        .collect::<Vec<_>>()
        .iter()
        .rev()
        .flat_map(|d| d.to_le_bytes())
        .collect();
    if significant.len() >= SHORTEST {
        form(&significant);
    }
}

fn pieces(bytes: &[u8], form: &mut impl FnMut(&[u8])) {
    if bytes.len() <= LONGEST_WHOLE {
        return form(bytes);
    }
    bytes.chunks_exact(PIECE).take(MOST_PIECES).for_each(form);
}

/// The bytes of `text` when it is a UUID.
fn uuid(text: &str) -> Option<Vec<u8>> {
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    if groups != [8, 4, 4, 4, 12] {
        return None;
    }
    hex::decode(text.replace('-', "")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str, sql_type: &str) -> Vec<Vec<u8>> {
        let mut found = Vec::new();
        forms(text, sql_type, |form| found.push(form.to_vec()));
        found
    }

    #[test]
    fn texts_are_looked_for_in_every_charset() {
        let found = all("Jürgen Ö", "varchar(80)");
        assert!(found.contains(&"Jürgen Ö".as_bytes().to_vec()));
        assert!(found.contains(&b"J\xfcrgen \xd6".to_vec()), "Latin-1");
        assert!(found.contains(&b"J\0\xfc\0r\0g\0e\0n\0 \0\xd6\0".to_vec()), "UTF-16");
        assert!(all("Ada", "text").is_empty(), "three bytes stand anywhere by chance");
    }

    #[test]
    fn numbers_and_uuids_are_looked_for_as_the_engines_store_them() {
        let found = all("4111111111111111", "bigint");
        assert!(found.contains(&4_111_111_111_111_111_i64.to_le_bytes().to_vec()), "PostgreSQL");
        assert!(found.contains(&[0x80, 0x0e, 0x9b, 0x08, 0xa5, 0x68, 0xf1, 0xc7].to_vec()), "InnoDB: {found:x?}");
        let numeric: Vec<u8> = [4111_i16, 1111, 1111, 1111].iter().flat_map(|digit| digit.to_le_bytes()).collect();
        assert!(found.contains(&numeric), "numeric of PostgreSQL");
        let found = all("0f8fad5b-d9cb-469f-a165-70867728950e", "uuid");
        assert!(found.contains(&hex::decode("0f8fad5bd9cb469fa16570867728950e").unwrap()));
        assert!(all("17", "integer").is_empty());
    }

    #[test]
    fn long_texts_are_looked_for_in_pieces() {
        let text: String = (0..100).map(|number| format!("{number:04} ")).collect();
        let found = all(&text, "text");
        assert!(found.iter().all(|piece| piece.len() == PIECE));
        assert_eq!(found[1], text.as_bytes()[32..64]);
    }
}
