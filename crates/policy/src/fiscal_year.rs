//! When a fiscal year ends.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use thiserror::Error;

/// The last day of a fiscal year, the same every year. INVARIANT: a day that every year has, or the
/// last of February.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FiscalYearEnd {
    month: i8,
    /// The day; for the end of February none, which is its last day.
    day: Option<i8>,
}

/// Why a text is no end of a fiscal year.
#[derive(Debug, Error)]
#[error("`{0}` is not a day of the year: write month and day, such as `12-31` or `06-30`")]
pub struct InvalidFiscalYearEnd(String);

impl FiscalYearEnd {
    /// The month, from 1.
    pub fn month(self) -> i8 {
        self.month
    }

    /// The day of the month; none for the last of February.
    pub fn day(self) -> Option<i8> {
        self.day
    }

    /// The last day of the fiscal year that `day` lies in; none past the year 9999.
    pub fn of(self, day: Date) -> Option<Date> {
        let this = self.in_year(day.year())?;
        if day <= this { Some(this) } else { self.in_year(day.year().checked_add(1)?) }
    }

    /// The end of a fiscal year that lies in the calendar year `year`; none beyond -9999 to 9999.
    pub fn in_year(self, year: i16) -> Option<Date> {
        match self.day {
            Some(day) => Date::new(year, self.month, day).ok(),
            None => Date::new(year, self.month, 1).ok().map(Date::last_of_month),
        }
    }
}

impl Default for FiscalYearEnd {
    /// 31 December.
    fn default() -> Self {
        Self { month: 12, day: Some(31) }
    }
}

impl FromStr for FiscalYearEnd {
    type Err = InvalidFiscalYearEnd;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidFiscalYearEnd(text.to_owned());
        let (month, day) = text.split_once('-').ok_or_else(invalid)?;
        let digits = |word: &str| word.len() == 2 && word.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(month) || !digits(day) {
            return Err(invalid());
        }
        let month: i8 = month.parse().map_err(|_| invalid())?;
        let day: i8 = day.parse().map_err(|_| invalid())?;
        if month == 2 && (day == 28 || day == 29) {
            return Ok(Self { month, day: None });
        }
        Date::new(2023, month, day).map_err(|_| invalid())?;
        Ok(Self { month, day: Some(day) })
    }
}

impl fmt::Display for FiscalYearEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.day {
            Some(day) => write!(f, "{:02}-{day:02}", self.month),
            None => write!(f, "{:02}-28", self.month),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_lies_in_the_fiscal_year_that_ends_next() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        for (end, within, last) in [
            ("12-31", "2024-12-31", "2024-12-31"),
            ("06-30", "2024-06-30", "2024-06-30"),
            ("06-30", "2024-07-01", "2025-06-30"),
            ("02-28", "2024-02-10", "2024-02-29"),
            ("02-29", "2024-03-01", "2025-02-28"),
        ] {
            assert_eq!(end.parse::<FiscalYearEnd>().unwrap().of(day(within)), Some(day(last)), "{end} {within}");
        }
        for wrong in ["13-01", "06-31", "6-30", "june", "00-10", "02-30", ""] {
            assert!(wrong.parse::<FiscalYearEnd>().is_err(), "{wrong}");
        }
    }
}
