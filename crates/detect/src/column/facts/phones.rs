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
    let formed = text.starts_with('+')
        || text.contains('(')
        || (extension.is_some() && text.contains(['-', '.', '(']))
        || (candidate.marks().has_any(Marks::GROUPING) && text.starts_with('0') && digits >= 8)
        || is_grouped_as_a_phone(body);
    plans.try_all(body);
    (true, formed && shape::date(text).is_none() && negative::lookalike(candidate).is_none())
}

/// How many of the first values are valid numbers in each country.
#[derive(Clone, Debug, Default)]
pub(super) struct Plans {
    tried: f64,
    valid: [f64; REGIONS.len()],
}

impl Plans {
    /// Trying a plan takes microseconds: a few dozen values say as much as all.
    const ENOUGH: f64 = 40.0;

    fn try_all(&mut self, text: &str) {
        use crate::recognise::phone::is_valid_in;
        if self.tried >= Self::ENOUGH {
            return;
        }
        self.tried += 1.0;
        let anywhere = text.starts_with('+').then(|| is_valid_in(REGIONS[0], text));
        for (count, region) in self.valid.iter_mut().zip(REGIONS) {
            *count += f64::from(u8::from(anywhere.unwrap_or_else(|| is_valid_in(region, text))));
        }
    }

    /// The share of the tried values that the plan of the best country explains.
    pub(super) fn best(&self) -> f64 {
        self.valid.iter().copied().fold(0.0, f64::max) / self.tried.max(1.0)
    }
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
