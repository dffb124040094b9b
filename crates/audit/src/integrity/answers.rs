//! What people said about earlier findings. A finding is one question: are the cells of this column that one check has
//! one kind of thing to say of wrong in the main? The answer counts for that question, and for the same question about
//! columns of the same name; where several answers to a question or a check are mostly no, it is doubted elsewhere too.

use super::Tier;

/// A ruling about one kind of thing that one check says of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The table.
    pub table: String,
    /// The column; empty for findings about rows.
    pub column: String,
    /// The check, without the stage.
    pub check: String,
    /// What kind of fault it is ([`super::Issue::pattern`]).
    pub pattern: String,
    /// Whether the finding is one.
    pub is_right: bool,
}

/// All rulings.
#[derive(Clone, Debug, Default)]
pub struct Answers(Vec<Answer>);

/// Answers that are needed before they count for columns nobody was asked about.
const ENOUGH: usize = 3;
/// The share of right ones below which nothing but certain cells is believed.
const DOUBTED: f64 = 0.35;

impl Answers {
    /// From rulings, in any order.
    pub fn new(answers: Vec<Answer>) -> Self {
        Self(answers)
    }

    /// Whether nobody said anything.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What was said of a question: about this column, else about one of the same name in another table.
    pub fn of(&self, table: &str, column: &str, check: &str, pattern: &str) -> Option<bool> {
        let alike = || {
            self.0.iter().filter(|answer| answer.column == column && answer.check == check && answer.pattern == pattern)
        };
        let own = alike().find(|answer| answer.table == table);
        own.or_else(|| alike().next()).map(|answer| answer.is_right)
    }

    /// How sure a finding is after what people said. Yes makes hints of the same column and check
    /// likely, which makes them questions in their turn; it says nothing of hints in other columns, which are given for less.
    pub fn weigh(&self, table: &str, column: &str, check: &str, pattern: &str, tier: Tier) -> Tier {
        match self.of(table, column, check, pattern) {
            Some(true) => return tier.max(Tier::Likely),
            Some(false) => return Tier::Hint,
            None => {}
        }
        // What is wrong in a column in one way may be in another of the same check: that is asked next.
        let is_like = |answer: &&Answer| answer.table == table && answer.column == column && answer.check == check;
        if tier == Tier::Hint && self.0.iter().filter(is_like).any(|answer| answer.is_right) {
            return Tier::Likely;
        }
        let of_check = || self.0.iter().filter(|answer| answer.check == check);
        let is_doubted = is_doubted(of_check().filter(|answer| answer.pattern == pattern)) || is_doubted(of_check());
        if is_doubted && tier == Tier::Likely { Tier::Hint } else { tier }
    }
}

fn is_doubted<'a>(answers: impl Iterator<Item = &'a Answer>) -> bool {
    let (all, right) = answers.fold((0, 0), |(all, right), answer| (all + 1, right + usize::from(answer.is_right)));
    // Laplace's rule: one right and one wrong answer are taken for granted.
    all >= ENOUGH && (right as f64 + 1.0) / (all as f64 + 2.0) < DOUBTED
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(table: &str, column: &str, check: &str, pattern: &str, is_right: bool) -> Answer {
        let [table, column, check, pattern] = [table, column, check, pattern].map(str::to_owned);
        Answer { table, column, check, pattern, is_right }
    }

    #[test]
    fn a_ruling_counts_for_its_question_and_then_where_it_is_asked_elsewhere() {
        let answers = Answers::new(vec![
            answer("a", "x", "typo", "letter", false),
            answer("a", "y", "typo", "letter", false),
            answer("a", "z", "typo", "letter", false),
            answer("a", "x", "missing", "word", true),
            answer("a", "y", "missing", "word", true),
            answer("a", "z", "missing", "word", true),
        ]);
        for (table, column, check, pattern, tier, expected) in [
            ("a", "x", "typo", "letter", Tier::Certain, Tier::Hint),
            ("b", "x", "typo", "letter", Tier::Likely, Tier::Hint),
            ("b", "w", "typo", "letter", Tier::Likely, Tier::Hint),
            ("b", "w", "typo", "letter", Tier::Certain, Tier::Certain),
            ("a", "x", "missing", "word", Tier::Hint, Tier::Likely),
            ("a", "x", "missing", "empty", Tier::Hint, Tier::Likely),
            ("a", "w", "missing", "word", Tier::Hint, Tier::Hint),
        ] {
            let weighed = answers.weigh(table, column, check, pattern, tier);
            assert_eq!(weighed, expected, "{table} {column} {check} {pattern}");
        }
    }
}
