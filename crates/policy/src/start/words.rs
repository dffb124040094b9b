//! An expression as a person says it.

use super::StartKind;
use super::StartNode;

/// `end_of_calendar_year(created)` → `the end of the year of created`.
pub(super) fn in_words(node: &StartNode) -> String {
    let listed = |nodes: &[StartNode]| {
        let words: Vec<String> = nodes.iter().map(in_words).collect();
        words.join(" and ")
    };
    match &node.kind {
        StartKind::Coalesce(nodes) => nodes.iter().map(in_words).collect::<Vec<_>>().join(", where that is not known "),
        StartKind::EndOfCalendarYear(inner) => format!("the end of the year of {}", in_words(inner)),
        StartKind::EndOfFiscalYear(inner) => format!("the end of the fiscal year of {}", in_words(inner)),
        StartKind::Event(name) => format!("the event {name}"),
        StartKind::Latest(nodes) => format!("the last known of {}", listed(nodes)),
        StartKind::Max(nodes) => format!("the later of {}", listed(nodes)),
        StartKind::Min(nodes) => format!("the earlier of {}", listed(nodes)),
        StartKind::Name { name, quoted: true } => format!("`{name}`"),
        StartKind::Name { name, quoted: false } => name.replace('_', " "),
        StartKind::Plus(inner, period) => format!("{period} after {}", in_words(inner)),
    }
}

#[cfg(test)]
mod tests {
    use crate::StartExpression;

    #[test]
    fn expressions_are_said_as_people_do() {
        for (text, said) in [
            ("end_of_calendar_year(invoice_date)", "the end of the year of invoice date"),
            (
                "max(hired + 3 years, employment_end + 1 year)",
                "the later of 3 years after hired and 1 year after employment end",
            ),
            ("coalesce(\"LastIn\", created)", "`LastIn`, where that is not known created"),
        ] {
            assert_eq!(StartExpression::parse(text).unwrap().in_words(), said);
        }
        let closed = StartExpression::parse("end_of_fiscal_year(placed)").unwrap();
        assert_eq!(closed.end_of_fiscal_year().in_words(), "the end of the fiscal year of placed");
        assert_eq!(closed.end_of_fiscal_year().as_str(), "end_of_fiscal_year(placed)");
    }
}
