//! How long.

use std::fmt;
use std::num::NonZeroU16;
use std::str::FromStr;

use jiff::Span;
use thiserror::Error;

/// A calendar period such as `2 years` or `90 days`. INVARIANT: at least one day.
///
/// Months and years are counted by the calendar, clamped to the end of a shorter month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    count: NonZeroU16,
    unit: Unit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Days,
    Months,
    Weeks,
    Years,
}

/// Why a text is no period.
#[derive(Debug, Error)]
#[error("`{0}` is not a period: write a number and `days`, `weeks`, `months` or `years`, such as `2 years`")]
pub struct InvalidPeriod(String);

impl Period {
    /// The period for calendar arithmetic.
    pub fn span(self) -> Span {
        let count = i64::from(self.count.get());
        match self.unit {
            Unit::Days => Span::new().days(count),
            Unit::Months => Span::new().months(count),
            Unit::Weeks => Span::new().weeks(count),
            // A u16 of years may pass jiff's limit of 19,998: clamped, no file lives that long.
            Unit::Years => Span::new().years(count.min(9_999)),
        }
    }
}

impl FromStr for Period {
    type Err = InvalidPeriod;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidPeriod(text.to_owned());
        let mut words = text.split_whitespace();
        let (Some(count), Some(unit), None) = (words.next(), words.next(), words.next()) else {
            return Err(invalid());
        };
        let count = count.parse().map_err(|_| invalid())?;
        let unit = match unit {
            "day" | "days" => Unit::Days,
            "week" | "weeks" => Unit::Weeks,
            "month" | "months" => Unit::Months,
            "year" | "years" => Unit::Years,
            _ => return Err(invalid()),
        };
        Ok(Self { count, unit })
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            Unit::Days => "day",
            Unit::Months => "month",
            Unit::Weeks => "week",
            Unit::Years => "year",
        };
        let plural = if self.count.get() == 1 { "" } else { "s" };
        write!(f, "{} {unit}{plural}", self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_whole_and_positive() {
        assert_eq!("2 years".parse::<Period>().unwrap().to_string(), "2 years");
        assert_eq!("1 month".parse::<Period>().unwrap().to_string(), "1 month");
        for wrong in ["0 days", "two years", "2", "years", "2 years ago", "-3 months", "1.5 years", ""] {
            assert!(wrong.parse::<Period>().is_err(), "{wrong}");
        }
    }
}
