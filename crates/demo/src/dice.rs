//! Chance that repeats: every maker rolls its own dice, so that a change in one leaves the others alone.

use jiff::Span;
use jiff::civil::Date;
use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// A seeded source of chance.
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    /// Dice for one maker; `stream` keeps makers apart.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Self(rng)
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        self.0.random_range(low..=high)
    }

    /// True `per_cent` times in a hundred.
    pub(crate) fn chance(&mut self, per_cent: f64) -> bool {
        self.0.random::<f64>() * 100.0 < per_cent
    }

    /// A number in 0..1 that leans towards 0.
    pub(crate) fn leaning(&mut self) -> f64 {
        let even: f64 = self.0.random();
        even * even
    }

    /// One of `choices`, which must not be empty.
    pub(crate) fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.0.random_range(0..choices.len())]
    }

    /// One of `words`, which must not be empty.
    pub(crate) fn word(&mut self, words: &[&'static str]) -> &'static str {
        let word: &&'static str = self.pick(words);
        word
    }

    /// An index below the number of weights, each as likely as its weight.
    pub(crate) fn weighted(&mut self, weights: &[u32]) -> usize {
        let mut rest = self.0.random_range(0..weights.iter().sum::<u32>().max(1));
        for (index, weight) in weights.iter().enumerate() {
            if rest < *weight {
                return index;
            }
            rest -= weight;
        }
        0
    }

    /// `pattern` with every `#` replaced by a digit and every `@` by a capital letter.
    pub(crate) fn fill(&mut self, pattern: &str) -> String {
        pattern
            .chars()
            .map(|c| match c {
                '#' => char::from(b'0' + self.0.random_range(0..10u8)),
                '@' => char::from(b'A' + self.0.random_range(0..26u8)),
                other => other,
            })
            .collect()
    }

    /// `length` characters of `alphabet`.
    pub(crate) fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length).map(|_| char::from(alphabet[self.0.random_range(0..alphabet.len())])).collect()
    }

    /// A time of day between 7:00 and 22:59, as `hh:mm:ss`.
    pub(crate) fn time(&mut self) -> String {
        format!("{:02}:{:02}:{:02}", self.between(7, 22), self.between(0, 59), self.between(0, 59))
    }
}

/// The day `days` before `day` (after it, when negative).
pub(crate) fn days_before(day: Date, days: i64) -> Date {
    day.saturating_sub(Span::new().days(days))
}

/// `yyyy-mm-dd`.
pub(crate) fn iso(day: Date) -> String {
    format!("{:04}-{:02}-{:02}", day.year(), day.month(), day.day())
}
