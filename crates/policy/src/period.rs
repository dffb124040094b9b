//! How long.

use std::fmt;
use std::num::NonZeroU16;
use std::str::FromStr;

use jiff::Span;
use jiff::civil::Date;
use serde::Serialize;
use serde::Serializer;
use thiserror::Error;

/// A calendar period such as `2 years` or `90 days`. INVARIANT: at least one day.
///
/// Months and years are counted by the calendar, clamped to the end of a shorter month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    count: NonZeroU16,
    unit: PeriodUnit,
}

/// What a period is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeriodUnit {
    /// Calendar days.
    Days,
    /// Calendar months.
    Months,
    /// Seven days.
    Weeks,
    /// Calendar years.
    Years,
}

/// Why a text is no period.
#[derive(Debug, Error)]
#[error("`{0}` is not a period: write a number and `days`, `weeks`, `months` or `years`, such as `2 years`")]
pub struct InvalidPeriod(String);

impl Period {
    /// A period of `count` units; none for 0.
    pub fn new(count: u16, unit: PeriodUnit) -> Option<Self> {
        NonZeroU16::new(count).map(|count| Self { count, unit })
    }

    /// How many units.
    pub fn count(self) -> u16 {
        self.count.get()
    }

    /// What it is counted in.
    pub fn unit(self) -> PeriodUnit {
        self.unit
    }

    /// The day on which a period ends that began on `start`, clamped to the end of a shorter month:
    /// 31 January and one month is the last of February. None past the year 9999.
    pub fn after(self, start: Date) -> Option<Date> {
        start.checked_add(self.span()).ok()
    }

    /// The last day of which a period, begun on it, has ended on `end` or before. None before the
    /// year -9999.
    pub fn latest_start(self, end: Date) -> Option<Date> {
        // Going back and then forth loses days to the clamp alone: three at most. Few steps each way.
        let mut start = end.checked_sub(self.span()).ok()?;
        while self.after(start)? > end {
            start = start.yesterday().ok()?;
        }
        while let Some(next) = start.tomorrow().ok().filter(|next| self.after(*next).is_some_and(|after| after <= end))
        {
            start = next;
        }
        Some(start)
    }

    /// Its length in days of the mean Gregorian calendar, to say which of two is longer: twelve
    /// months are a year, thirty days are less than a month.
    pub fn mean_days(self) -> f64 {
        let unit = match self.unit {
            PeriodUnit::Days => 1.0,
            PeriodUnit::Weeks => 7.0,
            PeriodUnit::Months => 365.2425 / 12.0,
            PeriodUnit::Years => 365.2425,
        };
        f64::from(self.count.get()) * unit
    }

    /// The period for calendar arithmetic.
    pub fn span(self) -> Span {
        let count = i64::from(self.count.get());
        match self.unit {
            PeriodUnit::Days => Span::new().days(count),
            PeriodUnit::Months => Span::new().months(count),
            PeriodUnit::Weeks => Span::new().weeks(count),
            // A u16 of years may pass jiff's limit of 19,998: clamped, no file lives that long.
            PeriodUnit::Years => Span::new().years(count.min(9_999)),
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
            "day" | "days" => PeriodUnit::Days,
            "week" | "weeks" => PeriodUnit::Weeks,
            "month" | "months" => PeriodUnit::Months,
            "year" | "years" => PeriodUnit::Years,
            _ => return Err(invalid()),
        };
        Ok(Self { count, unit })
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            PeriodUnit::Days => "day",
            PeriodUnit::Months => "month",
            PeriodUnit::Weeks => "week",
            PeriodUnit::Years => "year",
        };
        let plural = if self.count.get() == 1 { "" } else { "s" };
        write!(f, "{} {unit}{plural}", self.count)
    }
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_start_is_the_last_day_that_has_ended_by_then() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        for (period, end, start) in [
            ("1 month", "2023-02-28", "2023-01-31"),
            ("1 month", "2024-02-29", "2024-01-31"),
            ("1 month", "2023-02-27", "2023-01-27"),
            ("1 month", "2023-03-30", "2023-02-28"),
            ("1 year", "2025-02-28", "2024-02-29"),
            ("4 years", "2028-02-29", "2024-02-29"),
            ("90 days", "2024-03-31", "2024-01-01"),
        ] {
            assert_eq!(period.parse::<Period>().unwrap().latest_start(day(end)), Some(day(start)), "{period} to {end}");
        }
        assert_eq!("40000 years".parse::<Period>().unwrap().after(day("2024-01-01")), None);
    }

    #[test]
    fn periods_are_whole_and_positive() {
        assert_eq!("2 years".parse::<Period>().unwrap().to_string(), "2 years");
        assert_eq!("1 month".parse::<Period>().unwrap().to_string(), "1 month");
        for wrong in ["0 days", "two years", "2", "years", "2 years ago", "-3 months", "1.5 years", ""] {
            assert!(wrong.parse::<Period>().is_err(), "{wrong}");
        }
    }
}
