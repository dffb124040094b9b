//! Number plates, by country. Their forms are loose, so that in texts only a word makes them plates; the rarer a
//! form is, the more a column of it says.

use dataward_model::Category;

use crate::recognise::Candidate;
use crate::recognise::LOOSE;
use crate::recognise::Marks;
use crate::recognise::Recogniser;
use crate::recognise::Shape;
use crate::recognise::Strength;

/// A form that little else has: letters and digits in three groups, or without vowels.
const RARE: f32 = 0.3;
/// A form that many codes have.
const COMMON: f32 = 0.97;

const fn plate(
    name: &'static str,
    title: &'static str,
    country: &'static str,
    lengths: &'static [u8],
    validate: fn(&Candidate<'_>) -> Option<Strength>,
) -> Recogniser {
    let mut this = Recogniser::new(name, title, Category::VEHICLE_REGISTRATION, Shape::Code(lengths), validate);
    this.country = country;
    this.prior(LOOSE)
}

/// Whether a candidate in capitals has one of the forms, as many candidates of its length do by `chance`.
fn written(candidate: &Candidate<'_>, forms: &[&str], chance: f32) -> Option<Strength> {
    let plain = candidate.marks().only(Marks::SPACE.and(Marks::HYPHEN));
    let capitals = !candidate.text().bytes().any(|byte| byte.is_ascii_lowercase());
    let fits = forms.iter().any(|form| is_form(candidate.text().as_bytes(), form.as_bytes()));
    (plain && capitals && fits).then_some(Strength::by_chance(chance))
}

/// `A` a letter, `9` a digit, `-` a blank or hyphen, `?` one or none.
fn is_form(text: &[u8], form: &[u8]) -> bool {
    match form.split_first() {
        None => text.is_empty(),
        Some((b'?', rest)) => {
            text.split_first().is_some_and(|(first, more)| matches!(first, b' ' | b'-') && is_form(more, rest))
                || is_form(text, rest)
        }
        Some((wanted, rest)) => text.split_first().is_some_and(|(byte, more)| {
            let fits = match wanted {
                b'A' => byte.is_ascii_uppercase(),
                b'9' => byte.is_ascii_digit(),
                b'-' => matches!(byte, b' ' | b'-'),
                other => byte == other,
            };
            fits && is_form(more, rest)
        }),
    }
}

/// Belgium since 2010.
pub static BE: Recogniser =
    plate("be-plate", "Belgian number plate", "BE", &[7], |candidate| written(candidate, &["9-AAA-999"], RARE))
        .examples(&["1-ABC-123", "2 XYZ 987"], &["1-AB-1234", "1ABC123"]);

/// Germany: district, one or two letters, up to four digits, perhaps E or H.
pub static DE: Recogniser = plate("de-plate", "German number plate", "DE", &[3, 4, 5, 6, 7, 8, 9], |candidate| {
    let body = candidate.text().strip_suffix(['E', 'H']).unwrap_or(candidate.text());
    let mut groups = body.split([' ', '-']);
    let (district, letters) = (groups.next()?, groups.next()?);
    let joined = letters.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = match groups.next() {
        Some(number) if joined.len() == letters.len() => number,
        Some(_) => return None,
        None => &letters[joined.len()..],
    };
    let has = |group: &str, most: usize, fits: fn(&u8) -> bool| {
        (1..=most).contains(&group.len()) && group.as_bytes().iter().all(fits)
    };
    let fits = has(district, 3, u8::is_ascii_uppercase)
        && has(joined, 2, u8::is_ascii_uppercase)
        && has(number, 4, u8::is_ascii_digit)
        && !number.starts_with('0')
        && groups.next().is_none();
    (fits && candidate.marks().only(Marks::SPACE.and(Marks::HYPHEN))).then_some(Strength::by_chance(RARE))
})
.examples(&["B-AB 1234", "M XY 12", "HH-AB 123E"], &["B-ABC 1234", "B-AB 0123", "BERL-AB 12", "AB 1234"]);

/// Spain: since 2000 four digits and three consonants, before the province, four digits, one or two letters.
pub static ES: Recogniser = plate("es-plate", "Spanish number plate", "ES", &[6, 7, 8], |candidate| {
    const PROVINCES: &[&str] = &["A-9999-A", "A-9999-AA", "AA-9999-A", "AA-9999-AA"];
    let consonants = |at: usize| !candidate.compact()[at..].iter().any(|byte| b"AEIOUQ".contains(byte));
    let new = candidate.length() == 7 && consonants(4);
    written(candidate, &["9999?AAA"], RARE).filter(|_| new).or_else(|| {
        // `BK-1234-M` is an article.
        written(candidate, PROVINCES, RARE).filter(|_| !candidate.marks().has(Marks::HYPHEN))
    })
})
.examples(&["1234 BCD", "0042XYZ", "M 1234 AB"], &["1234 ABC", "123 BCD", "M-1234-AB"]);

/// France since 2009, Italy since 1994 with the letters and digits in the same order.
pub static FR: Recogniser = plate("fr-plate", "French or Italian number plate", "FR", &[7], |candidate| {
    // Neither country gives I, O and U; where the groups are marked nothing else is written so.
    let letters = |at: usize| candidate.compact()[at..at + 2].iter().all(|byte| !b"IOU".contains(byte));
    let marked = candidate.marks().has_any(Marks::SPACE.and(Marks::HYPHEN));
    written(candidate, &["AA-999-AA", "AA999AA"], RARE).filter(|_| marked || letters(0) && letters(5))
})
.examples(&["AB-123-CD", "FG 456 HJ", "AB123CD"], &["AB-1234-C", "IO123CD"]);

/// Great Britain since 2001: two letters, two digits, three letters.
pub static GB: Recogniser =
    plate("gb-plate", "British number plate", "GB", &[7], |candidate| written(candidate, &["AA99?AAA"], RARE))
        .examples(&["AB12 CDE", "LK53XYZ"], &["AB1 CDEF", "A12 BCDE"]);

/// The Netherlands: three groups of letters or digits.
pub static NL: Recogniser = plate("nl-plate", "Dutch number plate", "NL", &[6], |candidate| {
    const FORMS: &[&str] = &[
        "AA-99-99", "99-99-AA", "99-AA-99", "AA-99-AA", "AA-AA-99", "99-AA-AA", "99-AAA-9", "9-AAA-99", "AA-999-A",
        "A-999-AA", "AAA-99-A", "A-99-AAA", "9-AA-999", "999-AA-9",
    ];
    written(candidate, FORMS, RARE).filter(|_| candidate.marks().has(Marks::HYPHEN))
})
.examples(&["XX-99-XX", "12-ABC-3"], &["XX99XX", "1-2345-A"]);

/// Sweden, Poland, Portugal, Brazil, states of the United States: forms that other codes have as well.
pub static OTHERS: Recogniser = plate("plate", "number plate", "", &[5, 6, 7, 8], |candidate| {
    const FORMS: &[&str] = &[
        "AAA?999",
        "AAA?99A",
        "AA?99999",
        "AA?9999A",
        "AAA?A999",
        "AAA?99999",
        "AA-99-99",
        "99-AA-99",
        "AAA-9999",
        "AAA?9A99",
        "9AAA999",
        "AAA9999",
        "AA?999999",
    ];
    written(candidate, FORMS, COMMON)
})
.examples(&["ABC 123", "WA 12345", "BRA2E19", "7ABC123"], &["abc 123", "A 1", "ABCD 123"]);
