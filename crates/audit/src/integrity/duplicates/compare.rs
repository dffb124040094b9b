//! How far two rows agree: for each comparison a level, all of them in one number.

use dataward_detect::lexicon::look_up_folded;

use super::fields::Kind;
use super::intern::NONE;
use super::register::Rows;
use super::similar::jaro_winkler;
use super::similar::within_edits;

/// Levels of one comparison; 0: nothing can be said, because a value is missing.
pub(super) const LEVELS: usize = 16;
/// Comparisons that fit into a pattern, at four bits each.
const MOST: usize = 16;

/// The levels of all comparisons, four bits each.
pub(super) type Pattern = u64;

/// What is compared, over which fields of the rows.
#[derive(Clone, Debug)]
pub(super) struct Comparison {
    pub(super) kind: What,
    /// The fields; for [`What::Address`] street, town and postal code, [`usize::MAX`] for none.
    pub(super) fields: Vec<usize>,
    /// For [`What::FullName`]: whether the given name comes first.
    pub(super) given_first: bool,
}

/// The kinds of comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// Street by place: they move together, so they are one comparison. 1 + 3 × street + place, where
    /// each is 0 other, 1 alike, 2 the same; 10 to 12 without a street, 13 to 15 without a place.
    Address,
    /// 1 other, 2 two of three parts the same, 3 one slip or day and month swapped, 4 the same.
    Birth,
    /// 1 other, 2 alike before the @, 3 the same before the @ or two slips, 4 the same.
    Email,
    /// 1 another name, 2 unlike, 3 somewhat alike or an initial, 4 close, 5 the same, 6 in each other's place,
    /// 7 one of the two in the other's place, and the other another one.
    First,
    /// 1 other, 2 half of the words close, 3 all words close, 4 the same words, 5 the same, 6 another given
    /// name before the same surname.
    FullName,
    /// 1 other, 2 one slip, 3 the same.
    Id,
    /// 1 other, 2 somewhat alike, 3 close, 4 the same.
    Last,
    /// 1 other, 2 close, 3 the same.
    Other,
    /// 1 other, 2 one slip, 3 the same.
    Phone,
}

impl What {
    /// The level of agreement to the letter; for addresses the best.
    pub(super) fn exact(self) -> usize {
        match self {
            Self::Address => 9,
            Self::Birth | Self::Email | Self::Last => 4,
            Self::First | Self::FullName => 5,
            Self::Id | Self::Other | Self::Phone => 3,
        }
    }

    /// Shares of the levels among rows of one person before anything was learned.
    pub(super) fn start(self) -> [f64; LEVELS] {
        let mut shares = [0.0; LEVELS];
        let levels: &[f64] = match self {
            Self::Address => &[0.10, 0.02, 0.03, 0.02, 0.03, 0.10, 0.02, 0.03, 0.65, 0.15, 0.1, 0.75, 0.15, 0.1, 0.75],
            Self::Birth => &[0.03, 0.03, 0.06, 0.88],
            Self::Email => &[0.10, 0.04, 0.06, 0.80],
            Self::First => &[0.02, 0.02, 0.05, 0.08, 0.79, 0.03, 0.01],
            Self::FullName => &[0.02, 0.05, 0.09, 0.03, 0.80, 0.01],
            Self::Id => &[0.03, 0.06, 0.91],
            Self::Last => &[0.03, 0.04, 0.08, 0.85],
            Self::Other => &[0.15, 0.05, 0.80],
            Self::Phone => &[0.12, 0.05, 0.83],
        };
        shares[1..=levels.len()].copy_from_slice(levels);
        shares
    }
}

/// The comparisons that the fields allow.
pub(super) fn comparisons(rows: &Rows, kinds: &[Kind]) -> Vec<Comparison> {
    let place = |kind: Kind| kinds.iter().position(|known| *known == kind);
    let mut all = Vec::new();
    let given_first = place(Kind::FullName).is_none_or(|at| is_given_first(rows, at));
    let mut push = |kind: What, fields: Vec<usize>| all.push(Comparison { kind, fields, given_first });
    let (first, last) = (place(Kind::First), place(Kind::Last));
    if let Some(first) = first {
        push(What::First, [Some(first), last].into_iter().flatten().collect());
    }
    if let Some(last) = last {
        push(What::Last, [Some(last), first].into_iter().flatten().collect());
    }
    for (at, kind) in kinds.iter().enumerate() {
        match kind {
            Kind::Birth => push(What::Birth, vec![at]),
            Kind::Email => push(What::Email, vec![at]),
            Kind::FullName => push(What::FullName, vec![at]),
            Kind::Id => push(What::Id, vec![at]),
            Kind::Phone => push(What::Phone, vec![at]),
            Kind::Other => push(What::Other, vec![at]),
            Kind::City | Kind::First | Kind::Last | Kind::PostalCode | Kind::Street => {}
        }
    }
    let address = [Kind::Street, Kind::City, Kind::PostalCode].map(|kind| place(kind).unwrap_or(usize::MAX));
    if address.iter().any(|at| *at != usize::MAX) {
        push(What::Address, address.to_vec());
    }
    all.truncate(MOST);
    all
}

/// The levels of two rows.
pub(super) fn pattern(rows: &Rows, comparisons: &[Comparison], a: usize, b: usize) -> Pattern {
    let (a, b) = (rows.row(a), rows.row(b));
    let crossed = crossed(rows, comparisons, a, b);
    let mut pattern = 0;
    for (at, comparison) in comparisons.iter().enumerate() {
        let level = match comparison.kind {
            What::First if crossed.is_some() => crossed.unwrap_or_default(),
            What::Last if crossed.is_some() => 0,
            _ => level(rows, comparison, a, b),
        };
        pattern |= (level as u64) << (4 * at);
    }
    pattern
}

/// The level of one comparison within a pattern.
pub(super) fn level_of(pattern: Pattern, at: usize) -> usize {
    (pattern >> (4 * at) & 15) as usize
}

/// The level of given names that stand in the place of surnames; none where they do not.
fn crossed(rows: &Rows, comparisons: &[Comparison], a: &[u32], b: &[u32]) -> Option<usize> {
    let first = comparisons.iter().find(|one| one.kind == What::First && one.fields.len() == 2)?;
    let (first, last) = (first.fields[0], first.fields[1]);
    if [a[first], a[last], b[first], b[last]].contains(&NONE) || a[first] == b[first] || a[last] == b[last] {
        return None;
    }
    let text = |field: usize, row: &[u32]| rows.texts[field].text(row[field]);
    let (straight, other) = (text(first, a), text(first, b));
    let pairs = [(straight, text(last, b)), (text(last, a), other)];
    let half = pairs.iter().any(|(one, other)| one == other && one.len() >= 3);
    if !half && pairs.iter().any(|(one, other)| one[0] != other[0] && one.last() != other.last()) {
        return None;
    }
    let likeness = pairs.map(|(one, other)| {
        let initial = one[0] == other[0] && (one.len() == 1 || other.len() == 1);
        if initial { 0.85 } else { jaro_winkler(one, other) }
    });
    if jaro_winkler(straight, other) >= 0.8 {
        return None;
    }
    if likeness[0].min(likeness[1]) >= 0.85 && likeness[0].max(likeness[1]) >= 0.92 {
        return Some(6);
    }
    (half && jaro_winkler(text(last, a), text(last, b)) < 0.8).then_some(7)
}

fn level(rows: &Rows, comparison: &Comparison, a: &[u32], b: &[u32]) -> usize {
    if comparison.kind == What::Address {
        return address(rows, &comparison.fields, a, b);
    }
    let field = comparison.fields[0];
    let (one, other) = (a[field], b[field]);
    if one == NONE || other == NONE {
        return 0;
    }
    if one == other {
        return comparison.kind.exact();
    }
    let (one, other) = (rows.texts[field].text(one), rows.texts[field].text(other));
    match comparison.kind {
        What::Birth => birth(one, other),
        What::Email => email(one, other),
        What::First => {
            let initial = one[0] == other[0] && (one.len() == 1 || other.len() == 1);
            match jaro_winkler(one, other) {
                0.92.. => 4,
                0.8.. => 3,
                _ if within_edits(one, other, 1) => 4,
                _ if initial => 3,
                0.6.. => 2,
                _ => 1,
            }
        }
        What::FullName => full_name(one, other, comparison.given_first),
        What::Last => match jaro_winkler(one, other) {
            0.92.. => 3,
            _ if within_edits(one, other, 1) => 3,
            0.8.. => 2,
            _ => 1,
        },
        What::Id | What::Phone => 1 + usize::from(one.len() >= 6 && within_edits(one, other, 1)),
        What::Other => {
            let close = jaro_winkler(one, other) >= 0.92 && !one.iter().chain(other).all(u8::is_ascii_digit);
            1 + usize::from(close || (one.len() >= 6 && within_edits(one, other, 1)))
        }
        What::Address => 1,
    }
}

fn birth(one: &[u8], other: &[u8]) -> usize {
    if one.len() != 8 || other.len() != 8 {
        return if within_edits(one, other, 1) { 3 } else { 1 };
    }
    let parts = |date: &[u8]| [date[..4].to_vec(), date[4..6].to_vec(), date[6..].to_vec()];
    let (a, b) = (parts(one), parts(other));
    let swapped = a[0] == b[0] && a[1] == b[2] && a[2] == b[1];
    let same = a.iter().zip(&b).filter(|(a, b)| a == b).count();
    match same {
        _ if swapped || within_edits(one, other, 1) => 3,
        2.. => 2,
        _ => 1,
    }
}

fn email(one: &[u8], other: &[u8]) -> usize {
    let local = |address: &[u8]| address.iter().position(|byte| *byte == b'@').unwrap_or(address.len());
    let (a, b) = (&one[..local(one)], &other[..local(other)]);
    // `ann1@` and `ann2@` are as alike as can be, and two people.
    let digits = |part: &[u8]| -> Vec<u8> { part.iter().copied().filter(u8::is_ascii_digit).collect() };
    if digits(a) != digits(b) {
        return 1;
    }
    if (a == b && a.len() >= 4) || within_edits(one, other, 2) {
        return 3;
    }
    let letters = a.len() - digits(a).len();
    if letters >= 4 && jaro_winkler(a, b) >= 0.92 { 2 } else { 1 }
}

/// Whether first words are rather given names than last words are, by the lists of names.
fn is_given_first(rows: &Rows, field: usize) -> bool {
    let texts = &rows.texts[field];
    let names = texts.codes().take(5_000).filter_map(|code| std::str::from_utf8(texts.text(code)).ok());
    let balance: i32 = names
        .filter_map(|name| name.split_once(' ').map(|(first, rest)| (first, rest.rsplit(' ').next().unwrap_or(rest))))
        .map(|(first, last)| {
            let (first, last) = (look_up_folded(first), look_up_folded(last));
            let weight = |weight: Option<u8>| i32::from(weight.unwrap_or(0));
            weight(first.given()) - weight(first.surname()) - weight(last.given()) + weight(last.surname())
        })
        .map(i32::signum)
        .sum();
    balance >= 0
}

fn full_name(one: &[u8], other: &[u8], given_first: bool) -> usize {
    let words = |name: &[u8]| -> Vec<Vec<u8>> { name.split(|byte| *byte == b' ').map(<[u8]>::to_vec).collect() };
    let (mut a, mut b) = (words(one), words(other));
    if a.len() > b.len() {
        std::mem::swap(&mut a, &mut b);
    }
    let number = a.len();
    let same = a.iter().filter(|word| b.contains(word)).count();
    if same == number && number == b.len() {
        return 4;
    }
    let mut close = 0;
    for word in &a {
        let near = b.iter().position(|other| {
            other == word
                || jaro_winkler(word, other) >= 0.9
                || ((word.len() == 1 || other.len() == 1) && word[0] == other[0])
        });
        if let Some(near) = near {
            b.remove(near);
            close += 1;
        }
    }
    match close {
        _ if close == number && number >= 2 => 3,
        _ if close * 2 >= number && close > 0 => {
            let ends = |name: &[u8]| {
                let mut words = name.split(|byte| *byte == b' ').map(<[u8]>::to_vec);
                let (first, last) = (words.next().unwrap_or_default(), words.next_back().unwrap_or_default());
                if given_first { (first, last) } else { (last, first) }
            };
            let ((given, family), (other_given, other_family)) = (ends(one), ends(other));
            let siblings = family == other_family && jaro_winkler(&given, &other_given) < 0.8;
            if siblings { 6 } else { 2 }
        }
        _ => 1,
    }
}

/// Street (0 other, 1 alike, 2 the same) by place (0 other, 1 one of town and postal code, 2 both).
fn address(rows: &Rows, fields: &[usize], a: &[u32], b: &[u32]) -> usize {
    let code = |at: usize, row: &[u32]| if fields[at] == usize::MAX { NONE } else { row[fields[at]] };
    let both = |at: usize| {
        let (one, other) = (code(at, a), code(at, b));
        (one != NONE && other != NONE).then_some((one, other))
    };
    let texts = |at: usize, (one, other): (u32, u32)| {
        let field = &rows.texts[fields[at]];
        (field.text(one), field.text(other))
    };
    let street = both(0).map(|codes| {
        if codes.0 == codes.1 {
            return 2;
        }
        let (one, other) = texts(0, codes);
        let number = |street: &[u8]| -> Vec<u8> { street.iter().copied().filter(u8::is_ascii_digit).collect() };
        let alike = jaro_winkler(one, other) >= 0.9 || within_edits(one, other, 2);
        usize::from(alike && (number(one) == number(other) || within_edits(one, other, 1)))
    });
    let slip = |at: usize, codes: (u32, u32)| {
        let (one, other) = texts(at, codes);
        codes.0 == codes.1 || (one.len() >= 4 && within_edits(one, other, 1))
    };
    let (city, code) = (both(1).map(|codes| slip(1, codes)), both(2).map(|codes| slip(2, codes)));
    let place = match (city, code) {
        (None, None) => None,
        (Some(true), Some(true)) | (Some(true), None) | (None, Some(true)) => Some(2),
        (Some(false), Some(false)) | (Some(false), None) | (None, Some(false)) => Some(0),
        _ => Some(1),
    };
    match (street, place) {
        (None, None) => 0,
        (Some(street), Some(place)) => 1 + 3 * street + place,
        (None, Some(place)) => 10 + place,
        (Some(street), None) => 13 + street,
    }
}

/// Why two rows are two people, however much else agrees: people under one roof share surname, address and
/// telephone, and twins their birthday too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TwoPeople {
    /// Another given name.
    ByName,
    /// Another birth.
    ByBirth,
}

/// Whether what is known of two rows says that they are two people.
pub(super) fn two_people(comparisons: &[Comparison], pattern: Pattern) -> Option<TwoPeople> {
    let level = |what: What| {
        comparisons.iter().enumerate().filter(|(_, one)| one.kind == what).map(|(at, _)| level_of(pattern, at)).max()
    };
    let (first, birth) = (level(What::First), level(What::Birth).unwrap_or(0));
    let ids = level(What::Id).unwrap_or(0);
    let email = level(What::Email).unwrap_or(0);
    let other_name = match first {
        Some(level) => matches!(level, 1 | 2),
        None => matches!(level(What::FullName), Some(1 | 2 | 6)),
    };
    let by_name = other_name.then_some(TwoPeople::ByName);
    // Two numbers of the state are two people, unless all else that tells persons apart is the same.
    if ids == 1 && (other_name || birth == 1) {
        return by_name.or(Some(TwoPeople::ByBirth));
    }
    match birth {
        // Not known: another given name needs an address of one's own to be the same person.
        0 => by_name.filter(|_| email != 4),
        // Parents and children, brothers and sisters: names run in families.
        1 => (first.map_or(other_name, |level| level < 5) && !(email == 4 && first >= Some(3)))
            .then_some(by_name.unwrap_or(TwoPeople::ByBirth)),
        2 => by_name,
        // Twins.
        _ => by_name.filter(|_| level(What::FullName) != Some(2) && email != 4 && email != 3),
    }
}

/// Whether all that is a person's own and known of both is plainly another: e-mail address, telephone, birth and number.
/// Names and addresses run in families. Two such things may both have changed with a move, where the street is the same.
pub(super) fn is_nothing_own_the_same(comparisons: &[Comparison], pattern: Pattern) -> bool {
    let own = comparisons
        .iter()
        .enumerate()
        .filter(|(_, one)| matches!(one.kind, What::Birth | What::Email | What::Id | What::Phone));
    let levels: Vec<usize> = own.map(|(at, _)| level_of(pattern, at)).filter(|level| *level != 0).collect();
    let address = comparisons.iter().enumerate().find(|(_, one)| one.kind == What::Address);
    let same_street = address.is_some_and(|(at, _)| matches!(level_of(pattern, at), 4..=9));
    let needed = if same_street { 3 } else { 2 };
    levels.len() >= needed && levels.iter().all(|level| *level == 1)
}

/// The best level of the numbers of a person; 0 where none is known of both.
pub(super) fn id_level(comparisons: &[Comparison], pattern: Pattern) -> usize {
    let ids = comparisons.iter().enumerate().filter(|(_, one)| one.kind == What::Id);
    ids.map(|(at, _)| level_of(pattern, at)).max().unwrap_or(0)
}
