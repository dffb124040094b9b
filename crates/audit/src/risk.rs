//! How much a finding matters: how sensitive the data is, how many can reach it, how many people it is
//! about. docs/book/findings.md explains the formula.

use dataward_model::Sensitivity;
use dataward_model::Severity;

/// Who can reach what should not be reached, or how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exposure {
    /// Only those who may; something about it is not in order.
    Inside,
    /// Only those who may, but longer or for more than anyone declared.
    Unbounded,
    /// Accounts of the business that have no need to.
    Colleagues,
    /// Every account of a machine, or anyone on the way between two.
    Neighbours,
    /// Anyone.
    Public,
}

/// The severity of a fault: risk is sensitivity × exposure × number of people, and each factor stands
/// here on a logarithmic scale, so that the points are added.
///
/// Data: low 0, normal 2, high 4, special 5. Exposure: inside 0, unbounded 1, colleagues 2, neighbours
/// 3, public 5. People: under 10 nothing, up to 1,000 one, up to 100,000 two, more three; one when
/// nobody knows. Two points make it low, four medium, six high, eight critical. The scale is ours,
/// calibrated so that a cardholder table open to a machine is critical and an unlabelled list of a few
/// names is not.
pub fn severity(sensitivity: Sensitivity, exposure: Exposure, people: Option<u64>) -> Severity {
    match points(sensitivity, exposure, people) {
        8.. => Severity::Critical,
        6..=7 => Severity::High,
        4..=5 => Severity::Medium,
        2..=3 => Severity::Low,
        _ => Severity::Info,
    }
}

/// The points behind [`severity`], 0 to 13.
pub fn points(sensitivity: Sensitivity, exposure: Exposure, people: Option<u64>) -> u8 {
    let data = match sensitivity {
        Sensitivity::Low => 0,
        Sensitivity::Normal => 2,
        Sensitivity::High => 4,
        Sensitivity::Special => 5,
    };
    let reach = match exposure {
        Exposure::Inside => 0,
        Exposure::Unbounded => 1,
        Exposure::Colleagues => 2,
        Exposure::Neighbours => 3,
        Exposure::Public => 5,
    };
    let number = match people {
        Some(0..10) => 0,
        None | Some(10..=1_000) => 1,
        Some(1_001..=100_000) => 2,
        Some(_) => 3,
    };
    data + reach + number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_of_any_factor_is_never_less_grave() {
        let data = [Sensitivity::Low, Sensitivity::Normal, Sensitivity::High, Sensitivity::Special];
        let reach =
            [Exposure::Inside, Exposure::Unbounded, Exposure::Colleagues, Exposure::Neighbours, Exposure::Public];
        let people = [Some(3), Some(400), Some(40_000), Some(4_000_000)];
        for (d, r, p) in (0..4).flat_map(|d| (0..5).flat_map(move |r| (0..4).map(move |p| (d, r, p)))) {
            let here = severity(data[d], reach[r], people[p]);
            for (more_d, more_r, more_p) in [(d + 1, r, p), (d, r + 1, p), (d, r, p + 1)] {
                if let (Some(d), Some(r), Some(p)) = (data.get(more_d), reach.get(more_r), people.get(more_p)) {
                    assert!(severity(*d, *r, *p) >= here);
                }
            }
        }
    }

    #[test]
    fn cards_open_to_a_machine_are_critical_and_a_few_names_without_a_rule_are_not() {
        assert_eq!(severity(Sensitivity::High, Exposure::Neighbours, Some(600)), Severity::Critical);
        assert_eq!(severity(Sensitivity::Normal, Exposure::Unbounded, Some(5)), Severity::Low);
        assert_eq!(severity(Sensitivity::Normal, Exposure::Unbounded, Some(600)), Severity::Medium);
    }
}
