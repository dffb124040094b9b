//! Names cut short: `pstlz`, `telf`, `brthd`, `strs`.

use std::collections::HashMap;
use std::collections::HashSet;

use dataward_model::Category;

use super::Meaning;
use super::Term;

/// What a short form counts at most: it confirms what values say and decides nothing.
const STRENGTH: f64 = 0.35;

/// The short forms of all terms that stand for one meaning only: without vowels, and of that the first three and
/// four letters.
pub(super) fn shortened(terms: &HashMap<String, Vec<Term>>) -> HashMap<String, Vec<Term>> {
    let mut meanings: HashMap<String, HashSet<Option<&Category>>> = HashMap::new();
    for (term, known) in terms.iter().filter(|(term, _)| term.is_ascii() && term.len() >= 5) {
        for meaning in known.iter().filter(|term| term.strength >= 0.5) {
            let category = match &meaning.meaning {
                Meaning::Category(category) if CHECKED.contains(category) => Some(category),
                _ => None,
            };
            for short in forms(term) {
                meanings.entry(short).or_default().insert(category);
            }
        }
    }
    let sure = meanings.into_iter().filter_map(|(short, meanings)| {
        let mut meanings = meanings.into_iter();
        match (meanings.next().flatten(), meanings.next()) {
            (Some(category), None) if !terms.contains_key(&short) => {
                Some((short, vec![Term { meaning: Meaning::Category(category.clone()), strength: STRENGTH }]))
            }
            _ => None,
        }
    });
    sure.collect()
}

fn forms(term: &str) -> Vec<String> {
    let rest = term.get(1..).unwrap_or_default().chars().filter(|c| !"aeiou".contains(*c));
    let skeleton: String = term.chars().take(1).chain(rest).collect();
    [3, 4, skeleton.len()].into_iter().filter_map(|length| skeleton.get(..length.max(3)).map(str::to_owned)).collect()
}

/// Categories whose values can be checked: a name alone, cut short, must not decide.
const CHECKED: &[Category] = &[
    Category::EMAIL,
    Category::PHONE_NUMBER,
    Category::FIRST_NAME,
    Category::LAST_NAME,
    Category::STREET,
    Category::CITY,
    Category::STATE,
    Category::POSTAL_CODE,
    Category::COUNTRY,
    Category::DATE_OF_BIRTH,
    Category::GENDER,
    Category::MARITAL_STATUS,
    Category::JOB_TITLE,
    Category::FINANCIAL,
];

#[cfg(test)]
mod tests {
    use crate::header::column_name;
    use dataward_model::Category;

    #[test]
    fn short_forms_of_one_meaning_confirm_values() {
        assert!(column_name("PSTCD").strength(&Category::POSTAL_CODE) > 0.2);
        assert!(column_name("tlphn").strength(&Category::PHONE_NUMBER) > 0.2);
        assert!(column_name("tlphn").strength(&Category::PHONE_NUMBER) < 0.5);
        assert_eq!(column_name("prt").strength(&Category::STATE), 0.0);
    }
}
