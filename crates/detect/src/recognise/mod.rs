//! What a single value can be: one file a recogniser, one list of all in [`registry`].
//!
//! A recogniser says what it finds, how a candidate looks from afar (its [`Shape`]), which validator
//! decides and how often chance alone would pass it ([`Strength`]), and carries its examples and near
//! misses as data: a test runs them, and so does the user's command `rules check`.

pub mod candidate;
pub mod card;
pub mod contact;
pub mod device;
pub mod finance;
pub mod national;
pub mod negative;
pub mod papers;
pub mod phone;
pub mod place;
pub mod plates;
pub mod registry;
pub mod secret;
pub mod vat;
pub mod vehicle;

use dataward_model::Category;

pub use candidate::Candidate;
pub use candidate::Marks;
pub use registry::RecogniserId;

/// How a candidate looks from afar; a cheap test before the validator runs.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Letters and digits mixed, of one of these lengths without separators.
    Code(&'static [u8]),
    /// Digits only, of one of these counts, perhaps grouped by blanks, hyphens, dots or slashes.
    Digits(&'static [u8]),
    /// Free text that holds all of these marks.
    Text(Marks),
}

/// How much it means that a validator passed: the share of random candidates of the same shape
/// that would pass too. INVARIANT: above 0, at most 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Strength(f32);

impl Strength {
    /// A pass that a share of `chance` random candidates would reach as well.
    pub const fn by_chance(chance: f32) -> Self {
        Self(if chance > 1.0 {
            1.0
        } else if chance > 1e-9 {
            chance
        } else {
            1e-9
        })
    }

    /// The share of random candidates of the same shape that pass.
    pub fn chance(self) -> f32 {
        self.0
    }

    /// Evidence in natural-logarithm odds: a Luhn pass, 1 in 10, is worth 2.3.
    pub fn log_odds(self) -> f32 {
        -self.0.ln()
    }
}

/// One kind of value and how to know it. Built with the `const` methods below.
#[derive(Debug)]
pub struct Recogniser {
    /// A stable key: country, then what it is (`pl-pesel`).
    pub name: &'static str,
    /// What a shop owner calls it.
    pub title: &'static str,
    /// What the data is.
    pub category: Category,
    /// ISO 3166 country that issues it; empty for international ones.
    pub country: &'static str,
    /// How it looks from afar.
    pub shape: Shape,
    /// The log-odds that a candidate of this shape in running text is one, before the validator and
    /// the words around it have spoken.
    pub prior: f32,
    /// Lower-case words near it that raise it.
    pub context: &'static [&'static str],
    /// Decides on a candidate of the right shape.
    pub validate: fn(&Candidate<'_>) -> Option<Strength>,
    /// Values that must pass.
    pub examples: &'static [&'static str],
    /// Values close by that must not.
    pub near_misses: &'static [&'static str],
}

/// Prior of an ordinary national id: 1 in 150 candidates of its shape.
pub const RARE: f32 = -5.0;
/// Prior of shapes that hardly anything else has.
pub const TELLING: f32 = 0.0;
/// Prior of shapes that say nothing: only words around it make it one.
pub const LOOSE: f32 = -6.0;

impl Recogniser {
    /// A recogniser without context words and examples.
    pub const fn new(
        name: &'static str,
        title: &'static str,
        category: Category,
        shape: Shape,
        validate: fn(&Candidate<'_>) -> Option<Strength>,
    ) -> Self {
        Self {
            name,
            title,
            category,
            country: "",
            shape,
            prior: RARE,
            context: &[],
            validate,
            examples: &[],
            near_misses: &[],
        }
    }

    /// A number that a state gives to a person.
    pub const fn national(
        name: &'static str,
        title: &'static str,
        country: &'static str,
        shape: Shape,
        validate: fn(&Candidate<'_>) -> Option<Strength>,
    ) -> Self {
        let mut this = Self::new(name, title, Category::NATIONAL_ID, shape, validate);
        this.country = country;
        this
    }

    /// Sets the words that raise it.
    pub const fn context(mut self, words: &'static [&'static str]) -> Self {
        self.context = words;
        self
    }

    /// Sets the prior in log-odds.
    pub const fn prior(mut self, log_odds: f32) -> Self {
        self.prior = log_odds;
        self
    }

    /// Sets what must pass and what must not.
    pub const fn examples(mut self, pass: &'static [&'static str], fail: &'static [&'static str]) -> Self {
        self.examples = pass;
        self.near_misses = fail;
        self
    }
}
