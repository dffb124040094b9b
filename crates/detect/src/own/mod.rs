//! Recognisers of the user's own, from the policy file: a pattern, a list, a validator by name, words
//! in the names of columns, and examples that show they do what is meant.
//!
//! What a user states wins over what we know: a column of which half of the cells match is of the
//! rule's category, whatever else it looks like. Begin with [`OwnRules::new`].

mod column;
mod validator;

use aho_corasick::AhoCorasick;
use aho_corasick::AhoCorasickBuilder;
use aho_corasick::MatchKind;
use dataward_model::Category;
use regex::Regex;
use regex::RegexBuilder;
use thiserror::Error;

pub(crate) use column::decide;
pub use validator::CHECKSUMS;
use validator::Validator;

use crate::text::Found;

/// A rule as the user wrote it.
#[derive(Clone, Debug)]
pub struct OwnSpec {
    /// What the user calls it.
    pub name: String,
    /// What a match is.
    pub category: Category,
    /// A regular expression for one whole value.
    pub pattern: Option<String>,
    /// All values there are.
    pub list: Option<Vec<String>>,
    /// One of [`CHECKSUMS`] or the name of a built-in rule.
    pub validator: Option<String>,
    /// Words in the names of columns.
    pub columns: Vec<String>,
    /// Values that must match.
    pub examples: Vec<String>,
    /// Values close by that must not.
    pub near_misses: Vec<String>,
}

/// Why a rule was refused. `rule` counts from 0.
#[derive(Debug, Error)]
pub enum InvalidRule {
    /// The regular expression is none, or too large.
    #[error("the pattern is no regular expression: {reason}")]
    Pattern {
        /// Which rule.
        rule: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// Neither a checksum nor a built-in rule.
    #[error("`{name}` is neither a checksum nor a built-in rule")]
    Validator {
        /// Which rule.
        rule: usize,
        /// What was written.
        name: String,
        /// The name most like it, where one is.
        meant: Option<&'static str>,
    },
    /// The list is empty or too large for one automaton.
    #[error("the list {reason}")]
    List {
        /// Which rule.
        rule: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// An example of a rule that came out wrong. Both count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongExample {
    /// Which rule.
    pub rule: usize,
    /// Which of its examples, or of its near misses.
    pub example: usize,
    /// Whether it is an example, which must match; else a near miss, which must not.
    pub should_match: bool,
}

/// All rules of the user's own, compiled.
#[derive(Debug, Default)]
pub struct OwnRules {
    rules: Vec<OwnRule>,
}

#[derive(Debug)]
pub(crate) struct OwnRule {
    spec: OwnSpec,
    whole: Option<Regex>,
    inside: Option<Regex>,
    list: Option<AhoCorasick>,
    validator: Option<Validator>,
}

impl OwnRules {
    /// Compiles rules.
    ///
    /// # Errors
    /// The first rule that makes no sense, and why.
    pub fn new(specs: Vec<OwnSpec>) -> Result<Self, InvalidRule> {
        let rules = specs.into_iter().enumerate().map(|(at, spec)| OwnRule::new(at, spec)).collect::<Result<_, _>>()?;
        Ok(Self { rules })
    }

    /// Runs every example and near miss.
    pub fn check(&self) -> Vec<WrongExample> {
        let mut wrong = Vec::new();
        for (rule, own) in self.rules.iter().enumerate() {
            for (should_match, list) in [(true, &own.spec.examples), (false, &own.spec.near_misses)] {
                for (example, text) in list.iter().enumerate() {
                    if own.takes(text) != should_match {
                        wrong.push(WrongExample { rule, example, should_match });
                    }
                }
            }
        }
        wrong
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &OwnRule> {
        self.rules.iter()
    }

    /// Finds values in running text.
    pub(crate) fn find(&self, text: &str, found: &mut Vec<Found>) {
        for rule in self.rules.iter().filter(|rule| rule.inside.is_some() || rule.list.is_some()) {
            rule.find(text, found);
        }
    }
}

impl OwnRule {
    fn new(at: usize, spec: OwnSpec) -> Result<Self, InvalidRule> {
        let compile = |pattern: &str| {
            let built = RegexBuilder::new(pattern).size_limit(LARGEST_PATTERN).dfa_size_limit(LARGEST_PATTERN).build();
            built.map_err(|error| InvalidRule::Pattern { rule: at, reason: last_line(&error.to_string()) })
        };
        let whole = spec.pattern.as_deref().map(|pattern| compile(&format!("^(?:{pattern})$"))).transpose()?;
        let inside = spec.pattern.as_deref().map(compile).transpose()?;
        let list = match &spec.list {
            Some(words) if words.is_empty() => {
                return Err(InvalidRule::List { rule: at, reason: "has no entries" });
            }
            Some(words) => {
                let built = AhoCorasickBuilder::new()
                    .ascii_case_insensitive(true)
                    .match_kind(MatchKind::LeftmostLongest)
                    .build(words.iter().map(|word| word.trim()));
                Some(built.map_err(|_| InvalidRule::List { rule: at, reason: "is too large" })?)
            }
            None => None,
        };
        let validator = match spec.validator.as_deref() {
            None => None,
            Some(name) => Some(Validator::named(name).ok_or_else(|| InvalidRule::Validator {
                rule: at,
                name: name.to_owned(),
                meant: validator::meant(name),
            })?),
        };
        Ok(Self { spec, whole, inside, list, validator })
    }

    /// Whether a whole value matches: pattern, list and validator, as far as they are given.
    pub(crate) fn takes(&self, value: &str) -> bool {
        let value = value.trim();
        let judges = self.whole.is_some() || self.list.is_some() || self.validator.is_some();
        judges
            && self.whole.as_ref().is_none_or(|pattern| pattern.is_match(value))
            && self.list.as_ref().is_none_or(|list| {
                list.find(value).is_some_and(|found| found.start() == 0 && found.end() == value.len())
            })
            && self.validator.as_ref().is_none_or(|validator| validator.passes(value))
    }

    /// Long lines are cut so that a search never costs more than their length times a constant:
    /// going on after each match of a regular expression can be quadratic in the piece searched.
    fn find(&self, text: &str, found: &mut Vec<Found>) {
        let mut start = 0;
        while start < text.len() {
            let end = piece(text, start);
            let piece = &text[start..end];
            let mut add = |from: usize, to: usize| {
                let value = &piece[from..to];
                if from < to && stands_alone(piece, from, to) && self.takes(value) {
                    let category = self.spec.category.clone();
                    found.push(Found { start: start + from, end: start + to, category, log_odds: OWN_LOG_ODDS });
                }
            };
            match (&self.inside, &self.list) {
                (Some(pattern), _) => pattern.find_iter(piece).for_each(|hit| add(hit.start(), hit.end())),
                (None, Some(list)) => list.find_iter(piece).for_each(|hit| add(hit.start(), hit.end())),
                (None, None) => {}
            }
            start = end;
        }
    }
}

/// Compiled size of a pattern; what needs more is refused with a reason.
const LARGEST_PATTERN: usize = 1 << 20;

/// What the user states outweighs our own finds at the same place, which count up to 8.
const OWN_LOG_ODDS: f32 = 9.0;

/// Bytes of a line that are searched at once.
const LONGEST_PIECE: usize = 4096;

/// Where the piece that begins at `start` ends: with its line, or at a blank before it is too long.
fn piece(text: &str, start: usize) -> usize {
    let mut limit = (start + LONGEST_PIECE).min(text.len());
    while !text.is_char_boundary(limit) {
        limit -= 1;
    }
    let window = &text[start..limit];
    if let Some(line) = memchr::memchr(b'\n', window.as_bytes()) {
        return start + line + 1;
    }
    if limit == text.len() {
        return limit;
    }
    window.rfind(' ').map_or(limit, |blank| start + blank + 1)
}

/// Whether no letter or digit goes on before or behind: `LC-12345678` is not found in `XLC-123456789`.
fn stands_alone(text: &str, from: usize, to: usize) -> bool {
    let joins =
        |a: Option<char>, b: Option<char>| a.is_some_and(char::is_alphanumeric) && b.is_some_and(char::is_alphanumeric);
    let value = &text[from..to];
    !joins(text[..from].chars().next_back(), value.chars().next())
        && !joins(value.chars().next_back(), text[to..].chars().next())
}

/// Messages of the regex crate end in the reason.
fn last_line(message: &str) -> String {
    let line = message.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or(message);
    line.trim().trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(name: &str) -> OwnSpec {
        OwnSpec {
            name: name.to_owned(),
            category: Category::parse("user.account.loyalty_card").unwrap(),
            pattern: None,
            list: None,
            validator: None,
            columns: Vec::new(),
            examples: Vec::new(),
            near_misses: Vec::new(),
        }
    }

    fn found(rule: OwnSpec, text: &str) -> Vec<String> {
        let mut found = Vec::new();
        OwnRules::new(vec![rule]).unwrap().find(text, &mut found);
        found.into_iter().map(|one| text[one.start..one.end].to_owned()).collect()
    }

    #[test]
    fn a_pattern_with_a_validator_takes_what_passes_both() {
        let rule = OwnSpec {
            pattern: Some("LC-[0-9]{8}".into()),
            validator: Some("luhn".into()),
            examples: vec!["LC-12345674".into()],
            near_misses: vec!["LC-12345675".into(), "12345674".into(), "LC-12345674 ".into()],
            ..spec("loyalty-card")
        };
        let wrong = OwnRules::new(vec![rule.clone()]).unwrap().check();
        // A blank behind is no near miss: cells are trimmed.
        assert_eq!(wrong, [WrongExample { rule: 0, example: 2, should_match: false }]);
        assert_eq!(found(rule, "cards LC-12345674, LC-12345675 and XLC-123456741"), ["LC-12345674"]);
    }

    #[test]
    fn a_list_is_found_whatever_the_case_and_only_as_whole_words() {
        let rule = OwnSpec { list: Some(vec!["Ward 7".into(), "Station Nord".into()]), ..spec("ward") };
        assert_eq!(found(rule, "moved from ward 7 to STATION NORD, not to Ward 77"), ["ward 7", "STATION NORD"]);
    }

    #[test]
    fn mistakes_in_rules_are_told() {
        let pattern = OwnSpec { pattern: Some("LC-[0-9".into()), ..spec("a") };
        assert!(OwnRules::new(vec![pattern]).unwrap_err().to_string().contains("unclosed character class"));
        let huge = OwnSpec { pattern: Some("(\\w{500}){500}".into()), ..spec("a") };
        assert!(matches!(OwnRules::new(vec![huge]), Err(InvalidRule::Pattern { .. })));
        let validator = OwnSpec { validator: Some("luhm".into()), ..spec("a") };
        assert!(matches!(OwnRules::new(vec![validator]), Err(InvalidRule::Validator { meant: Some("luhn"), .. })));
        let list = OwnSpec { list: Some(Vec::new()), ..spec("a") };
        assert!(matches!(OwnRules::new(vec![list]), Err(InvalidRule::List { .. })));
    }

    #[test]
    fn long_lines_are_searched_in_pieces_that_cover_everything() {
        let rule = OwnSpec { pattern: Some("K[0-9]{4}".into()), ..spec("a") };
        let text = "word K1234 ä ".repeat(2_000);
        assert_eq!(found(rule, &text).len(), 2_000);
    }
}
