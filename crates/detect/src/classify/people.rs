//! How many people are behind a table.

use dataward_model::Category;

use super::Context;
use super::Look;
use crate::ColumnVerdict;

/// The number of different values of the best identifying column; where only parts of names are
/// there, the rows. None when no column identifies anyone.
pub(super) fn estimate(rows: u64, columns: &[ColumnVerdict], looks: &[Look], context: &Context) -> Option<u64> {
    let of = |category: &Category| {
        columns
            .iter()
            .filter(|column| column.category.as_ref() == Some(category))
            .filter(|column| column.filled * 2 > column.rows)
            // One value in every row (a test card, the shop's own address) tells nobody apart.
            .filter(|column| column.distinct > 1 || column.filled <= 1)
            .map(|column| column.distinct)
            .max()
    };
    if let Some(best) = IDENTIFYING.iter().find_map(of) {
        return Some(best);
    }
    // Many have one name, and hardly two one number.
    let told_by_phone = of(&Category::PHONE_NUMBER).unwrap_or(0);
    if let Some(names) = of(&Category::NAME) {
        return Some(names.max(told_by_phone));
    }
    let first = of(&Category::FIRST_NAME);
    let last = of(&Category::LAST_NAME);
    match (first, last) {
        // Pairs of names repeat rarely; a row is a person unless there are fewer pairs than rows.
        (Some(first), Some(last)) => Some(rows.min(first.saturating_mul(last)).max(told_by_phone)),
        (None, Some(only)) | (Some(only), None) if context.person > 0.3 => {
            Some(rows.min(only.saturating_mul(8)).max(told_by_phone))
        }
        _ => {
            // One customer has several cards: rows may tell whose they are, and payments alone count nobody.
            let means = MEANS.iter().find_map(of);
            let weaker = WEAKER.iter().find_map(of).or(means.filter(|_| context.table.person >= 0.8));
            let people = match (weaker, means.or(weaker).and_then(|_| referred(columns, looks))) {
                (Some(weaker), Some(referred)) => Some(weaker.min(referred)),
                (weaker, referred) => weaker.or(referred),
            };
            people.filter(|_| context.person > 0.0)
        }
    }
}

/// Different people that a column such as `customer_id` points to.
fn referred(columns: &[ColumnVerdict], looks: &[Look]) -> Option<u64> {
    let points = |look: &Look| {
        look.name.person > 0.8 && look.name.veto > 0.5 && look.name.says.iter().all(|(said, _)| *said == Category::NAME)
    };
    let pairs = columns.iter().zip(looks);
    let all = pairs.filter(|(column, look)| points(look) && column.filled * 10 > column.rows * 9);
    all.map(|(column, _)| column.distinct).filter(|people| *people > 1).max()
}

const IDENTIFYING: &[Category] =
    &[Category::NATIONAL_ID, Category::EMAIL, Category::INSURANCE_ID, Category::PASSPORT_NUMBER, Category::USERNAME];

const WEAKER: &[Category] = &[Category::PHONE_NUMBER, Category::STREET];

/// What people pay with.
const MEANS: &[Category] = &[Category::CREDIT_CARD, Category::BANK_ACCOUNT];
