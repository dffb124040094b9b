//! Phone numbers: international ones by calling code and length, national ones by the ways they are
//! written; and for a known region the full numbering plan of libphonenumber.

use dataward_model::Category;
use rlibphonenumber::PHONE_NUMBER_UTIL;
use rlibphonenumber::Region;

use crate::recognise::Candidate;
use crate::recognise::Marks;
use crate::recognise::Recogniser;
use crate::recognise::Shape;
use crate::recognise::Strength;
use crate::recognise::TELLING;
use crate::recognise::negative;

/// `+` or `00`, a calling code in use, as many digits as its plan allows.
pub static INTERNATIONAL: Recogniser = Recogniser::new(
    "phone-international",
    "phone number",
    Category::PHONE_NUMBER,
    Shape::Text(Marks::NONE),
    international,
)
.prior(TELLING)
.context(WORDS)
.examples(
    &[
        "+49 30 901820",
        "+1 (555) 010-9999",
        "+33 (0)1 42 68 53 00",
        "0044 20 7946 0958",
        "+81-3-1234-5678",
        "+351912345678",
        "+48 22 123 45 67",
    ],
    &["+49 30", "+999 123456789", "+1 23", "0012", "+49 30 901820 1234567"],
);

/// A national number in one of the usual groupings; loose, so in text it needs context or brackets.
pub static NATIONAL: Recogniser = Recogniser::new(
    "phone-national",
    "phone number",
    Category::PHONE_NUMBER,
    Shape::Digits(&[7, 8, 9, 10, 11, 12]),
    national,
)
.prior(-3.0)
.context(WORDS)
.examples(
    &[
        "(555) 123-4567",
        "212-555-0187",
        "06 12 34 56 78",
        "030/901820",
        "0171 1234567",
        "03-1234-5678",
        "090-1234-5678",
        "612 345 678",
        "(11) 91234-5678",
        "070-123 45 67",
        "020 7946 0958",
        "3471234567",
    ],
    &["1700000000", "2024-02-29", "123-456-7890", "12345678", "555-01-1234", "1.234.567", "0000000000"],
);

/// Words that announce a phone number.
const WORDS: &[&str] = &[
    "tel",
    "tel.",
    "phone",
    "telephone",
    "telefon",
    "telefono",
    "teléfono",
    "téléphone",
    "telefone",
    "telefoon",
    "mobile",
    "mobil",
    "móvil",
    "movil",
    "cell",
    "cellulare",
    "celular",
    "telemóvel",
    "gsm",
    "handy",
    "call",
    "fax",
    "portable",
    "whatsapp",
    "sms",
    "numer",
    "komórka",
    "komórkowy",
    "tfn",
    "ring",
    "rückruf",
    "erreichbar",
    "appeler",
    "joindre",
    "llamar",
    "chiamare",
    "ligar",
    "bellen",
    "zadzwonić",
    "電話",
    "携帯",
    "連絡先",
    "☎",
    "📞",
    "contact",
    "tlf",
    "mobiltelefon",
    "phone_number",
    "msisdn",
];

/// Whether `text` is a valid number in the numbering plan of `region` (ISO 3166, upper case), or in
/// international form anywhere. Takes about a microsecond: call it on candidates only.
pub fn is_valid_in(region: &str, text: &str) -> bool {
    let region = region.parse::<Region>().ok();
    PHONE_NUMBER_UTIL.parse(text, region).is_ok_and(|number| PHONE_NUMBER_UTIL.is_valid_number(&number))
}

fn international(candidate: &Candidate<'_>) -> Option<Strength> {
    let text = candidate.text();
    let plus = text.starts_with('+') || text.starts_with("(+");
    if candidate.letter_count() > 0
        || !(8..=17).contains(&candidate.digit_count())
        || !candidate.marks().only(Marks::GROUPING | Marks::PARENTHESIS | Marks::PLUS)
        || !(plus || text.starts_with("00"))
        || candidate.text().len() > candidate.digit_count() + 9
    {
        return None;
    }
    let digits = candidate.digits();
    let digits = if plus { &digits[..] } else { &digits[2..] };
    let (length, plan) = calling_code(digits)?;
    let mut subscriber = digits.len() - length;
    // "+49 (0) 30": the trunk zero is written and not dialled.
    if text.contains("(0)") {
        subscriber = subscriber.checked_sub(1)?;
    }
    if !(plan.0..=plan.1).contains(&subscriber) {
        return None;
    }
    Some(Strength::by_chance(if plus { 0.005 } else { 0.1 }))
}

/// How many digits the calling code has, and how many may follow it.
fn calling_code(digits: &[u8]) -> Option<(usize, (usize, usize))> {
    let one = u16::from(*digits.first()?);
    let two = one * 10 + u16::from(*digits.get(1)?);
    let three = two * 10 + u16::from(*digits.get(2)?);
    if let Ok(index) = CALLING_CODES.binary_search_by_key(&three, |entry| entry.0) {
        return Some((3, (CALLING_CODES[index].1, CALLING_CODES[index].2)));
    }
    match (one, two) {
        (1, _) => (digits.get(1).is_some_and(|&digit| digit >= 2)).then_some((1, (10, 10))),
        (7, _) => Some((1, (10, 10))),
        _ => TWO_DIGIT_CODES.iter().find(|entry| entry.0 == two).map(|entry| (2, (entry.1, entry.2))),
    }
}

/// A national number as it is usually written. The strength says how much else is written so.
fn national(candidate: &Candidate<'_>) -> Option<Strength> {
    let text = candidate.text();
    let marks = candidate.marks();
    let digits = candidate.digits();
    if marks.has(Marks::PLUS) || candidate.is_monotone() || negative::is_date_time(text) {
        return None;
    }
    let count = digits.len();
    let (groups, used) = groups(text)?;
    let groups = &groups[..used];
    let trunk = digits[0] == 0 && digits[1] != 0;
    let american = |area: &[u8]| area[0] >= 2 && area[3] >= 2 && !(area[1] == 1 && area[2] == 1);
    if marks.has(Marks::PARENTHESIS) {
        return ((7..=12).contains(&count) && text.starts_with('(') && used >= 2).then_some(Strength::by_chance(0.005));
    }
    let chance = match groups {
        [3, 3, 4] if american(&digits) => 0.05,
        [1, 3, 3, 4] if digits[0] == 1 && american(&digits[1..]) => 0.02,
        [3, 4] if digits[0] >= 2 && marks == Marks::HYPHEN => 0.4,
        [2, 2, 2, 2, 2] if trunk => 0.01,
        [10] if trunk => 0.1,
        [11] if trunk => 0.15,
        [2, 8] | [3, 7] | [4, 6 | 7] | [3, 6 | 8] | [4, 5 | 8] | [5, 5 | 6] if trunk => 0.05,
        [2..=5, 3..=4, 3..=4] | [2..=5, 2..=3, 2..=3, 2] | [3..=4, 2, 2, 2] if trunk => 0.03,
        [2..=5, 2..=4, 2..=4, 2..=4] | [3..=5, 4..=8] | [2, 7..=8] | [3..=5, 2, 2..=4] if trunk => 0.08,
        [3, 3, 3] if digits[0] >= 2 && marks != Marks::DOT => 0.15,
        [3, 2, 2, 2] if (6..=9).contains(&digits[0]) => 0.03,
        [2, 3, 2, 2] if digits[0] >= 1 => 0.05,
        [9] if matches!(digits[0], 6 | 7 | 9) => 0.5,
        [10] if digits[0] == 3 => 0.3,
        [3, 7] | [3, 6] if digits[0] == 3 => 0.05,
        [3, 3, 4] | [3, 3, 2, 2] if digits[0] >= 2 => 0.1,
        [10] if american(&digits) && !negative::is_epoch(text) => 0.6,
        [5, 4] | [4, 4] if digits[0] >= 2 && marks == Marks::HYPHEN => 0.3,
        [2, 2, 2, 2] if digits[0] >= 2 && marks == Marks::SPACE => 0.1,
        [2, 5, 4] | [2, 4, 4] if digits[0] >= 1 => 0.05,
        _ => return None,
    };
    Some(Strength::by_chance(chance))
}

/// Lengths of the digit groups; none when there are more than five.
fn groups(text: &str) -> Option<([usize; 5], usize)> {
    let mut groups = [0; 5];
    let mut used = 0;
    let mut inside = false;
    for byte in text.bytes() {
        if byte.is_ascii_digit() {
            if !inside {
                used += 1;
            }
            *groups.get_mut(used - 1)? += 1;
        }
        inside = byte.is_ascii_digit();
    }
    Some((groups, used))
}

/// Two-digit calling codes and the least and most digits that follow (ITU E.164 plans).
const TWO_DIGIT_CODES: &[(u16, usize, usize)] = &[
    (20, 8, 10),
    (27, 9, 9),
    (30, 10, 10),
    (31, 9, 9),
    (32, 8, 9),
    (33, 9, 9),
    (34, 9, 9),
    (36, 8, 9),
    (39, 6, 11),
    (40, 9, 9),
    (41, 9, 9),
    (43, 6, 13),
    (44, 9, 10),
    (45, 8, 8),
    (46, 7, 10),
    (47, 8, 8),
    (48, 9, 9),
    (49, 6, 12),
    (51, 8, 9),
    (52, 10, 11),
    (53, 8, 8),
    (54, 10, 11),
    (55, 10, 11),
    (56, 9, 9),
    (57, 10, 10),
    (58, 10, 10),
    (60, 8, 10),
    (61, 9, 9),
    (62, 8, 12),
    (63, 10, 10),
    (64, 8, 10),
    (65, 8, 8),
    (66, 8, 9),
    (81, 9, 10),
    (82, 8, 11),
    (84, 9, 10),
    (86, 10, 11),
    (90, 10, 10),
    (91, 10, 10),
    (92, 10, 10),
    (93, 9, 9),
    (94, 9, 9),
    (95, 8, 10),
    (98, 10, 10),
];

/// Three-digit calling codes, sorted, the same way.
const CALLING_CODES: &[(u16, usize, usize)] = &[
    (211, 9, 9),
    (212, 9, 9),
    (213, 8, 9),
    (216, 8, 8),
    (218, 9, 9),
    (220, 7, 7),
    (221, 9, 9),
    (222, 8, 8),
    (223, 8, 8),
    (224, 9, 9),
    (225, 10, 10),
    (226, 8, 8),
    (227, 8, 8),
    (228, 8, 8),
    (229, 8, 10),
    (230, 7, 8),
    (231, 7, 9),
    (232, 8, 8),
    (233, 9, 9),
    (234, 8, 10),
    (235, 8, 8),
    (236, 8, 8),
    (237, 9, 9),
    (238, 7, 7),
    (239, 7, 7),
    (240, 9, 9),
    (241, 7, 8),
    (242, 9, 9),
    (243, 9, 9),
    (244, 9, 9),
    (245, 7, 9),
    (248, 7, 7),
    (249, 9, 9),
    (250, 9, 9),
    (251, 9, 9),
    (252, 7, 9),
    (253, 8, 8),
    (254, 9, 10),
    (255, 9, 9),
    (256, 9, 9),
    (257, 8, 8),
    (258, 8, 9),
    (260, 9, 9),
    (261, 9, 9),
    (262, 9, 9),
    (263, 8, 10),
    (264, 8, 9),
    (265, 7, 9),
    (266, 8, 8),
    (267, 7, 8),
    (268, 8, 8),
    (269, 7, 7),
    (297, 7, 7),
    (298, 6, 6),
    (299, 6, 6),
    (350, 8, 8),
    (351, 9, 9),
    (352, 6, 11),
    (353, 7, 9),
    (354, 7, 9),
    (355, 8, 9),
    (356, 8, 8),
    (357, 8, 8),
    (358, 6, 11),
    (359, 7, 9),
    (370, 8, 8),
    (371, 8, 8),
    (372, 7, 8),
    (373, 8, 8),
    (374, 8, 8),
    (375, 9, 9),
    (376, 6, 9),
    (377, 8, 9),
    (378, 6, 10),
    (380, 9, 9),
    (381, 8, 9),
    (382, 8, 8),
    (383, 8, 9),
    (385, 8, 9),
    (386, 8, 8),
    (387, 8, 8),
    (389, 8, 8),
    (420, 9, 9),
    (421, 9, 9),
    (423, 7, 9),
    (501, 7, 7),
    (502, 8, 8),
    (503, 8, 8),
    (504, 8, 8),
    (505, 8, 8),
    (506, 8, 8),
    (507, 7, 8),
    (509, 8, 8),
    (590, 9, 9),
    (591, 8, 8),
    (592, 7, 7),
    (593, 8, 9),
    (594, 9, 9),
    (595, 9, 9),
    (596, 9, 9),
    (597, 6, 7),
    (598, 8, 8),
    (599, 7, 8),
    (670, 7, 8),
    (673, 7, 7),
    (675, 7, 8),
    (676, 5, 7),
    (677, 5, 7),
    (679, 7, 7),
    (680, 7, 7),
    (682, 5, 5),
    (685, 5, 7),
    (687, 6, 6),
    (689, 6, 8),
    (852, 8, 8),
    (853, 8, 8),
    (855, 8, 9),
    (856, 8, 10),
    (880, 8, 10),
    (886, 8, 9),
    (960, 7, 7),
    (961, 7, 8),
    (962, 8, 9),
    (963, 8, 9),
    (964, 8, 10),
    (965, 8, 8),
    (966, 8, 9),
    (967, 7, 9),
    (968, 8, 8),
    (970, 8, 9),
    (971, 8, 9),
    (972, 8, 9),
    (973, 8, 8),
    (974, 8, 8),
    (975, 7, 8),
    (976, 8, 8),
    (977, 8, 10),
    (992, 9, 9),
    (993, 8, 8),
    (994, 9, 9),
    (995, 9, 9),
    (996, 9, 9),
    (998, 9, 9),
];
