//! Which rows are compared at all: those that share a key. The keys are chosen from the data, those
//! with the fewest pairs first, until the pairs would take too long.

use super::fields::Kind;
use super::intern::NONE;
use super::register::Rows;
use super::similar::sound;

/// Rows that share a key with more others say nothing by it: a default, or a key too wide.
const LARGEST_GROUP: usize = 2_000;
/// Pairs that are compared in all, for each row and at least.
const PAIRS_A_ROW: u64 = 30;
const LEAST_PAIRS: u64 = 3_000_000;
/// In tables of so few rows every row is compared with every other.
const ALL_PAIRS: usize = 1_400;
/// Other columns with so few different values say nothing as keys.
const LEAST_VALUES: usize = 50;
/// Rules that are used: each keeps twelve bytes a row.
const MOST_RULES: usize = 24;
/// Tables of so few rows can afford more of them, and keys of other columns.
const FEW_ROWS: usize = 200_000;
const MOST_RULES_OF_FEW: usize = 72;

/// A part of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// The value of a field.
    Same(usize),
    /// How a name sounds.
    Sound(usize),
    /// Year of a birth.
    Year(usize),
    /// The letters before the @.
    Local(usize),
    /// The first letters of a value.
    Start(usize),
    /// The digits of a date, whatever their order.
    Digits(usize),
    /// The words of a value, whatever their order.
    Words(usize),
    /// The words of these fields, in the order of the alphabet.
    Sorted(usize, usize),
}

impl Part {
    fn fields(self) -> [usize; 2] {
        match self {
            Self::Same(at)
            | Self::Sound(at)
            | Self::Year(at)
            | Self::Local(at)
            | Self::Start(at)
            | Self::Digits(at)
            | Self::Words(at) => [at, at],
            Self::Sorted(first, last) => [first, last],
        }
    }
}

/// One way of finding rows that may be one person.
#[derive(Debug)]
pub(super) struct Rule {
    parts: Vec<Part>,
    /// For each row its key; 0 for none.
    keys: Vec<u64>,
    /// Rows by key, those without one left out.
    order: Vec<u32>,
    /// Where groups of two and more begin and end in `order`.
    pub(super) groups: Vec<(u32, u32)>,
    /// Pairs within the groups.
    pub(super) pairs: u64,
}

impl Rule {
    /// Whether a field is part of the key: its agreement says nothing among the pairs of the rule.
    pub(super) fn uses(&self, field: usize) -> bool {
        self.parts.iter().any(|part| part.fields().contains(&field))
    }

    /// The rows of a group.
    pub(super) fn group(&self, group: (u32, u32)) -> &[u32] {
        &self.order[group.0 as usize..group.1 as usize]
    }

    /// Whether the key is something that a person has alone.
    fn is_own(&self, kinds: &[Kind]) -> bool {
        matches!(self.parts.as_slice(), [Part::Same(at)] if matches!(kinds[*at], Kind::Email | Kind::Id | Kind::Phone))
    }

    fn joins(&self, a: usize, b: usize) -> bool {
        self.keys[a] != 0 && self.keys[a] == self.keys[b]
    }

    fn new(rows: &Rows, parts: Vec<Part>) -> Option<Self> {
        let derived: Vec<Vec<u64>> = parts.iter().map(|part| derive(rows, *part)).collect();
        let keys: Vec<u64> = (0..rows.len())
            .map(|row| {
                let row = rows.row(row);
                let mut key = 0x9e37_79b9_7f4a_7c15;
                for (part, derived) in parts.iter().zip(&derived) {
                    let [one, other] = part.fields();
                    if row[one] == NONE || row[other] == NONE {
                        return 0;
                    }
                    // Two fields in either order are one key: the sum does not tell which came first.
                    let value = match part {
                        Part::Sorted(..) => mix(derived[row[one] as usize])
                            .wrapping_add(mix(derived[rows.texts[one].len() + row[other] as usize])),
                        _ => derived[row[one] as usize],
                    };
                    key = mix(key ^ value);
                }
                key.max(1)
            })
            .collect();
        let mut order: Vec<u32> = (0..u32::try_from(rows.len()).ok()?).filter(|row| keys[*row as usize] != 0).collect();
        order.sort_unstable_by_key(|row| (keys[*row as usize], *row));
        let (mut groups, mut pairs, mut start) = (Vec::new(), 0_u64, 0);
        for chunk in order.chunk_by(|a, b| keys[*a as usize] == keys[*b as usize]) {
            let end = start + chunk.len();
            if (2..=LARGEST_GROUP).contains(&chunk.len()) {
                groups.push((u32::try_from(start).ok()?, u32::try_from(end).ok()?));
                pairs += chunk.len() as u64 * (chunk.len() as u64 - 1) / 2;
            }
            start = end;
        }
        Some(Self { parts, keys, order, groups, pairs })
    }
}

/// Whether a rule before the one at `at` finds the pair already.
pub(super) fn is_found_before(rules: &[Rule], at: usize, a: u32, b: u32) -> bool {
    rules[..at].iter().any(|rule| rule.joins(a as usize, b as usize))
}

fn mix(value: u64) -> u64 {
    let value = (value ^ value >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93);
    (value ^ value >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93) ^ value >> 29
}

/// The part of each different value of its field.
fn derive(rows: &Rows, part: Part) -> Vec<u64> {
    let texts = &rows.texts[part.fields()[0]];
    let bytes = |text: &[u8]| text.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| mix(hash ^ u64::from(*byte)));
    let codes = 0..u32::try_from(texts.len()).unwrap_or(u32::MAX);
    match part {
        Part::Same(_) => codes.map(u64::from).collect(),
        Part::Sound(_) => codes.map(|code| sound(texts.text(code))).collect(),
        Part::Year(_) | Part::Start(_) => {
            codes.map(|code| texts.text(code)).map(|text| bytes(&text[..text.len().min(4)])).collect()
        }
        Part::Digits(_) => {
            codes.map(|code| texts.text(code).iter().fold(0, |sum: u64, byte| sum + (1 << (4 * (byte & 15))))).collect()
        }
        Part::Words(_) => codes
            .map(|code| {
                let words = texts.text(code).split(|byte| *byte == b' ');
                words.fold(0, |sum: u64, word| sum.wrapping_add(mix(bytes(word))))
            })
            .collect(),
        Part::Local(_) => {
            codes.map(|code| bytes(texts.text(code).split(|byte| *byte == b'@').next().unwrap_or_default())).collect()
        }
        Part::Sorted(first, last) => {
            let of = |at: usize| {
                let texts = &rows.texts[at];
                (0..u32::try_from(texts.len()).unwrap_or(u32::MAX)).map(|code| bytes(texts.text(code)))
            };
            of(first).chain(of(last)).collect()
        }
    }
}

/// The rules, cheapest first. Each costs a look at all rows; those that make too many pairs are left out.
pub(super) fn choose(rows: &Rows, kinds: &[Kind]) -> Vec<Rule> {
    let budget = (rows.len() as u64 * PAIRS_A_ROW).max(LEAST_PAIRS);
    let mut rules: Vec<Rule> = candidates(rows, kinds)
        .into_iter()
        .filter_map(|parts| Rule::new(rows, parts))
        .filter(|rule| rule.pairs > 0 && rule.pairs <= budget)
        .collect();
    // What is a person's own first, then what makes the fewest pairs.
    rules.sort_by_key(|rule| (!rule.is_own(kinds), rule.pairs));
    let most = if rows.len() <= FEW_ROWS { MOST_RULES_OF_FEW } else { MOST_RULES };
    let mut spent = 0;
    let mut chosen: Vec<Rule> = Vec::new();
    for rule in rules {
        spent += rule.pairs;
        if spent > budget || chosen.len() == most {
            break;
        }
        chosen.push(rule);
    }
    if rows.len() <= ALL_PAIRS && !chosen.is_empty() {
        chosen.extend(Rule::new(rows, Vec::new()));
    }
    chosen
}

/// The rules that have a key: among all pairs of a table those of one person are too few to learn from.
pub(super) fn keyed(rules: &[Rule]) -> &[Rule] {
    let whole = rules.iter().position(|rule| rule.parts.is_empty());
    &rules[..whole.unwrap_or(rules.len())]
}

fn candidates(rows: &Rows, kinds: &[Kind]) -> Vec<Vec<Part>> {
    use Kind::*;
    use Part::*;
    let place = |kind: Kind| kinds.iter().position(|known| *known == kind);
    let mut all: Vec<Vec<Part>> = Vec::new();
    let mut push = |parts: &[Option<Part>]| {
        if let Some(parts) = parts.iter().copied().collect::<Option<Vec<Part>>>() {
            all.push(parts);
        }
    };
    let (first, last) = (place(First), place(Last));
    let (birth, street, code, city) = (place(Birth), place(Street), place(PostalCode), place(City));
    for at in kinds.iter().enumerate().filter(|(_, kind)| matches!(kind, Email | Phone | Id)).map(|(at, _)| at) {
        push(&[Some(Same(at))]);
    }
    push(&[place(Email).map(Local)]);
    push(&[first.zip(last).map(|(first, last)| Sorted(first, last))]);
    push(&[place(FullName).map(Words)]);
    push(&[place(FullName).map(Start), birth.map(Year)]);
    push(&[place(FullName).map(Start), birth.map(Digits)]);
    push(&[place(FullName).map(Start), street.map(Same)]);
    push(&[birth.map(Digits), last.map(Sound)]);
    push(&[birth.map(Digits), first.map(Sound)]);
    push(&[birth.map(Digits), code.map(Same)]);
    push(&[last.map(Same), birth.map(Year)]);
    push(&[first.map(Same), birth.map(Year)]);
    push(&[last.map(Start), first.map(Start), birth.map(Year)]);
    push(&[birth.map(Same), last.map(Sound)]);
    push(&[birth.map(Same), first.map(Sound)]);
    push(&[birth.map(Same), place(FullName).map(Start)]);
    push(&[birth.map(Same), code.map(Same)]);
    push(&[birth.map(Same)]);
    push(&[street.map(Same), last.map(Sound)]);
    push(&[street.map(Same), first.map(Sound)]);
    push(&[street.map(Same), birth.map(Year)]);
    push(&[street.map(Same), code.map(Same)]);
    push(&[last.map(Sound), first.map(Sound), birth.map(Year)]);
    push(&[last.map(Sound), first.map(Sound), code.map(Same)]);
    push(&[last.map(Sound), first.map(Sound), city.map(Same)]);
    push(&[last.map(Sound), first.map(Sound)]);
    push(&[last.map(Same), code.map(Same)]);
    push(&[first.map(Same), code.map(Same)]);
    push(&[place(FullName).map(Start), code.map(Same)]);
    push(&[last.map(Same), birth.map(Year), city.map(Same)]);
    push(&[first.map(Same), birth.map(Year), city.map(Same)]);
    let few = rows.len() <= FEW_ROWS;
    let tells = |at: usize| few && kinds[at] == Other && rows.texts[at].len() >= LEAST_VALUES;
    for other in (0..kinds.len()).filter(|at| tells(*at)) {
        for part in [
            last.map(Sound),
            first.map(Sound),
            place(FullName).map(Start),
            birth.map(Digits),
            street.map(Same),
            code.map(Same),
        ] {
            push(&[Some(Same(other)), part]);
        }
    }
    all
}
