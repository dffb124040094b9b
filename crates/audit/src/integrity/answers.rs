//! What people said about earlier findings: it counts for the same column, for columns of the same name,
//! and, when they agree, for the check as a whole.

use super::Tier;

/// A ruling about what one check says of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The table.
    pub table: String,
    /// The column; empty for findings about rows.
    pub column: String,
    /// The check, without the stage.
    pub check: String,
    /// Whether the finding is one.
    pub is_right: bool,
}

/// All rulings.
#[derive(Clone, Debug, Default)]
pub struct Answers(Vec<Answer>);

/// Answers that a check needs before they count for columns nobody was asked about.
const ENOUGH: usize = 3;
/// The share of right ones from which its hints are believed, and below which nothing but its certain
/// cells is.
const TRUSTED: f64 = 0.8;
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

    /// How sure a finding is after what people said.
    pub fn weigh(&self, table: &str, column: &str, check: &str, tier: Tier) -> Tier {
        let of_check = || self.0.iter().filter(move |answer| answer.check == check);
        let own = of_check().find(|answer| answer.table == table && answer.column == column);
        // A ruling about `email` of one table holds for `email` of another.
        let alike = own.or_else(|| of_check().find(|answer| answer.column == column));
        match alike {
            Some(Answer { is_right: true, .. }) => return tier.max(Tier::Likely),
            Some(Answer { is_right: false, .. }) => return Tier::Hint,
            None => {}
        }
        let (all, right) = (of_check().count(), of_check().filter(|answer| answer.is_right).count());
        if all < ENOUGH {
            return tier;
        }
        // Laplace's rule: one right and one wrong answer are taken for granted.
        match (right as f64 + 1.0) / (all as f64 + 2.0) {
            TRUSTED.. => tier.max(Tier::Likely),
            share if share < DOUBTED && tier == Tier::Likely => Tier::Hint,
            _ => tier,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(table: &str, column: &str, check: &str, is_right: bool) -> Answer {
        Answer { table: table.into(), column: column.into(), check: check.into(), is_right }
    }

    #[test]
    fn a_ruling_counts_for_its_column_and_then_for_its_check() {
        let answers = Answers::new(vec![
            answer("a", "x", "typo", false),
            answer("a", "y", "typo", false),
            answer("a", "z", "typo", false),
            answer("a", "x", "missing", true),
        ]);
        for (table, column, check, tier, expected) in [
            ("a", "x", "typo", Tier::Certain, Tier::Hint),
            ("b", "x", "typo", Tier::Likely, Tier::Hint),
            ("b", "w", "typo", Tier::Likely, Tier::Hint),
            ("b", "w", "typo", Tier::Certain, Tier::Certain),
            ("a", "x", "missing", Tier::Hint, Tier::Likely),
            ("a", "w", "missing", Tier::Hint, Tier::Hint),
        ] {
            assert_eq!(answers.weigh(table, column, check, tier), expected, "{table} {column} {check}");
        }
    }
}
