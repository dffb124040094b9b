//! Phone numbers in a column: by the way they are written and by the numbering plans of countries.

use crate::column::shape;
use crate::recognise::Candidate;
use crate::recognise::negative;

/// Whether the value could be dialled, and whether its form alone says that it is a phone number;
/// counts the countries in whose plans it is valid.
pub(super) fn phone(text: &str, candidate: &Candidate<'_>, plans: &mut Plans) -> (bool, bool) {
    use crate::recognise::Marks;
    let digits = candidate.digit_count();
    let extension = ["x", "ext", "ext.", "#"].iter().find_map(|mark| text.to_ascii_lowercase().find(mark));
    let body = extension.map_or(text, |at| text.get(..at).unwrap_or(text));
    let letters = body.bytes().filter(u8::is_ascii_alphabetic).count();
    let allowed = Marks::GROUPING | Marks::PARENTHESIS | Marks::PLUS;
    if !(6..=20).contains(&digits) || letters > 0 || (extension.is_none() && !candidate.marks().only(allowed)) {
        return (false, false);
    }
    if text.starts_with("0.") || negative::is_numbered_by_year(text) {
        return (false, false);
    }
    let formed = text.starts_with('+')
        || text.contains('(')
        || (extension.is_some() && text.contains(['-', '.', '(']))
        || (candidate.marks().has_any(Marks::GROUPING) && text.starts_with('0') && digits >= 8)
        || is_grouped_as_a_phone(body);
    plans.try_all(body, formed);
    (true, formed && shape::date(text).is_none() && negative::lookalike(candidate).is_none())
}

/// `0352656061`: bare digits with one zero in front. Numbers that are filled up with zeros have more.
pub(super) fn is_dialled_within_a_country(text: &str) -> bool {
    let bytes = text.as_bytes();
    (9..=12).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_digit) && bytes[0] == b'0' && bytes[1] != b'0'
}

/// How many of the first values are valid numbers in each country, and how many random digits as
/// long would be: a German plan takes most of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plans {
    tried: f64,
    valid: [f64; REGIONS.len()],
    /// Bare digits among the tried, by length and whether a zero leads.
    bare: [[f64; 2]; LONGEST + 1],
}

impl Plans {
    /// Trying a plan takes microseconds: a few dozen values say as much as all.
    const ENOUGH: f64 = 40.0;

    fn try_all(&mut self, text: &str, formed: bool) {
        use crate::recognise::phone::is_valid_in;
        if self.tried >= Self::ENOUGH {
            return;
        }
        self.tried += 1.0;
        // Separators that any number may have (`2025-12345`) make no phone of it.
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        if !formed && digits <= LONGEST {
            self.bare[digits][usize::from(text.starts_with('0'))] += 1.0;
        }
        let anywhere = text.starts_with('+').then(|| is_valid_in(REGIONS[0], text));
        for (count, region) in self.valid.iter_mut().zip(REGIONS) {
            *count += f64::from(u8::from(anywhere.unwrap_or_else(|| is_valid_in(region, text))));
        }
    }

    /// How far beyond chance the plan of the best country explains the tried values, 0 to 1.
    pub(super) fn best(&self) -> f64 {
        (0..REGIONS.len()).map(|region| self.beyond_chance(region)).fold(0.0, f64::max)
    }

    /// The same for one country; none where its plan is not known here.
    pub(crate) fn of(&self, country: &str) -> Option<f64> {
        REGIONS.iter().position(|region| *region == country).map(|region| self.beyond_chance(region))
    }

    /// The country whose plan alone explains the values best.
    pub(crate) fn country(&self) -> Option<&'static str> {
        let mut shares: Vec<(f64, &'static str)> =
            (0..REGIONS.len()).map(|region| (self.beyond_chance(region), REGIONS[region])).collect();
        shares.sort_by(|a, b| b.0.total_cmp(&a.0));
        (self.tried >= 4.0 && shares[0].0 > 0.8 && shares[1].0 < shares[0].0 - 0.1).then_some(shares[0].1)
    }

    fn beyond_chance(&self, region: usize) -> f64 {
        let chance: f64 = (0..=LONGEST)
            .flat_map(|length| [(length, 0), (length, 1)])
            .map(|(length, zero)| (self.bare[length][zero], length, zero))
            .filter(|(count, ..)| *count > 0.0)
            .map(|(count, length, zero)| count * taken_by_chance(region, length, zero == 1))
            .sum::<f64>()
            / self.tried.max(1.0);
        // Eighteen plans are tried: of a handful of numbers one takes nearly all by chance.
        const PSEUDO_VALUES: f64 = 1.5;
        let share = (self.valid[region] + PSEUDO_VALUES * chance) / (self.tried + PSEUDO_VALUES);
        ((share - chance) / (1.0 - chance).max(0.05)).clamp(0.0, 1.0)
    }
}

/// Longest number with a country's code.
const LONGEST: usize = 15;

/// The share of random digits that a plan takes. Tried once for each plan and length that is asked
/// for, with digits that are the same in every run.
fn taken_by_chance(region: usize, length: usize, leading_zero: bool) -> f64 {
    use std::sync::OnceLock;
    type Known = [[[OnceLock<f64>; 2]; LONGEST + 1]; REGIONS.len()];
    static KNOWN: std::sync::LazyLock<Known> = std::sync::LazyLock::new(Default::default);
    const TRIALS: u64 = 48;
    *KNOWN[region][length][usize::from(leading_zero)].get_or_init(|| {
        let taken = (0..TRIALS).filter(|trial| {
            let mut digits = String::with_capacity(length);
            let mut state = crate::column::sample::hash_word(trial * 977 + length as u64);
            for place in 0..length {
                state = crate::column::sample::hash_word(state + place as u64);
                let digit = match place {
                    0 if leading_zero => 0,
                    0 => 1 + state % 9,
                    _ => state % 10,
                };
                digits.push(char::from(b'0' + digit as u8));
            }
            crate::recognise::phone::is_valid_in(REGIONS[region], &digits)
        });
        taken.count() as f64 / TRIALS as f64
    })
}

/// Countries whose numbering plans are tried.
const REGIONS: [&str; 18] =
    ["US", "GB", "DE", "FR", "ES", "IT", "BR", "NL", "PL", "SE", "JP", "CN", "PT", "RU", "TR", "IN", "MX", "KR"];

/// `555-123-4567`, `555.123.4567`, `612 34 56 78`: groups of two to four digits, at least three.
fn is_grouped_as_a_phone(text: &str) -> bool {
    let groups: Vec<&str> = text.split([' ', '-', '.', '/']).collect();
    let sizes = groups.iter().all(|group| (2..=4).contains(&group.len()) && group.bytes().all(|b| b.is_ascii_digit()));
    let digits: usize = groups.iter().map(|group| group.len()).sum();
    let social_security = groups.len() == 3 && groups[0].len() == 3 && groups[1].len() == 2 && groups[2].len() == 4;
    let address = text.matches('.').count() == 3;
    sizes && groups.len() >= 3 && (7..=12).contains(&digits) && !social_security && !address
}
