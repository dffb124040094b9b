//! How often an audit stage runs, and when it runs next.

use std::str::FromStr;

use croner::Cron;
use croner::errors::CronError;
use jiff::Span;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// How often an audit stage runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frequency {
    /// At the times of a cron expression.
    Cron(CronExpression),
    /// Every day.
    Daily,
    /// Every six months.
    HalfYearly,
    /// Every month.
    Monthly,
    /// Not at all.
    Never,
    /// Every three months.
    Quarterly,
    /// Every seven days.
    Weekly,
    /// Every year.
    Yearly,
}

/// A cron expression with five fields: minute, hour, day of the month, month, day of the week.
/// INVARIANT: the expression can be read, and comes true some day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CronExpression(String);

impl CronExpression {
    /// Reads an expression of five fields, such as `0 6 1 * *` (the first of each month at six).
    ///
    /// # Errors
    /// What is wrong with it, in a few words.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.split_whitespace().count() != 5 {
            return Err("a cron expression has five fields: minute, hour, day, month, weekday".to_owned());
        }
        let cron = Cron::from_str(text).map_err(|error| error.to_string().trim_end_matches('.').to_lowercase())?;
        let epoch = Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC);
        match cron.find_next_occurrence(&epoch, false) {
            Ok(_) => Ok(Self(text.to_owned())),
            Err(_) => Err("it never comes true".to_owned()),
        }
    }

    fn next(&self, after: Timestamp, zone: &TimeZone) -> Result<Timestamp, CronError> {
        let cron = Cron::from_str(&self.0)?;
        Ok(cron.find_next_occurrence(&after.to_zoned(zone.clone()), false)?.timestamp())
    }
}

impl Frequency {
    /// The words of the policy file; a cron expression is the other way to say it.
    pub const WORDS: &[&str] = &["daily", "weekly", "monthly", "quarterly", "half-yearly", "yearly", "never"];

    /// The frequency for a word or cron expression of the policy file.
    ///
    /// # Errors
    /// What is wrong, when it looks like a cron expression; nothing when it is neither.
    pub fn parse(text: &str) -> Result<Self, Option<String>> {
        Ok(match text {
            "daily" => Self::Daily,
            "half-yearly" => Self::HalfYearly,
            "monthly" => Self::Monthly,
            "never" => Self::Never,
            "quarterly" => Self::Quarterly,
            "weekly" => Self::Weekly,
            "yearly" => Self::Yearly,
            _ if text.contains(' ') => Self::Cron(CronExpression::parse(text).map_err(Some)?),
            _ => return Err(None),
        })
    }

    /// The text of the policy file.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Cron(expression) => &expression.0,
            Self::Daily => "daily",
            Self::HalfYearly => "half-yearly",
            Self::Monthly => "monthly",
            Self::Never => "never",
            Self::Quarterly => "quarterly",
            Self::Weekly => "weekly",
            Self::Yearly => "yearly",
        }
    }

    /// When the stage is due after it ran at `last`, in the calendar of `zone`; none for never.
    ///
    /// A month later is the same day of the next month at the same time on the clock, or that month's
    /// last day where it is shorter (31 January, 28 or 29 February). A time that a clock skips in
    /// spring is the same span after midnight, one that comes twice in autumn is the first.
    pub fn next(&self, last: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let span = match self {
            Self::Cron(expression) => return expression.next(last, zone).ok(),
            Self::Daily => Span::new().days(1),
            Self::HalfYearly => Span::new().months(6),
            Self::Monthly => Span::new().months(1),
            Self::Never => return None,
            Self::Quarterly => Span::new().months(3),
            Self::Weekly => Span::new().days(7),
            Self::Yearly => Span::new().years(1),
        };
        last.to_zoned(zone.clone()).checked_add(span).ok().map(|next| next.timestamp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(frequency: &str, last: &str, zone: &str) -> String {
        let zone = TimeZone::get(zone).unwrap();
        let next = Frequency::parse(frequency).unwrap().next(last.parse().unwrap(), &zone).unwrap();
        next.to_zoned(zone).strftime("%Y-%m-%d %H:%M %Z").to_string()
    }

    #[test]
    fn every_frequency_word_reads_back() {
        for word in Frequency::WORDS {
            assert_eq!(Frequency::parse(word).unwrap().as_str(), *word);
        }
        assert_eq!(Frequency::parse("0 6 1 * *").unwrap().as_str(), "0 6 1 * *");
    }

    #[test]
    fn what_is_no_frequency_is_told_from_a_wrong_expression() {
        assert_eq!(Frequency::parse("fortnightly"), Err(None));
        assert!(matches!(Frequency::parse("0 6 1 *"), Err(Some(_))), "four fields");
        assert!(matches!(Frequency::parse("61 6 1 * *"), Err(Some(_))), "minute 61");
        assert_eq!(Frequency::parse("0 0 30 2 *"), Err(Some("it never comes true".to_owned())));
    }

    #[test]
    fn months_end_where_the_calendar_ends_them() {
        assert_eq!(next("monthly", "2027-01-31T10:00:00Z", "UTC"), "2027-02-28 10:00 UTC");
        assert_eq!(next("monthly", "2028-01-31T10:00:00Z", "UTC"), "2028-02-29 10:00 UTC");
        assert_eq!(next("yearly", "2028-02-29T10:00:00Z", "UTC"), "2029-02-28 10:00 UTC");
        assert_eq!(next("half-yearly", "2026-08-31T10:00:00Z", "UTC"), "2027-02-28 10:00 UTC");
    }

    #[test]
    fn the_clock_on_the_wall_counts_over_summer_time() {
        // Berlin goes from UTC+1 to UTC+2 on 2027-03-28, and back on 2027-10-31.
        assert_eq!(next("weekly", "2027-03-22T05:00:00Z", "Europe/Berlin"), "2027-03-29 06:00 CEST");
        assert_eq!(next("monthly", "2027-09-30T22:30:00Z", "Europe/Berlin"), "2027-11-01 00:30 CET");
        assert_eq!(next("daily", "2027-03-27T01:30:00Z", "Europe/Berlin"), "2027-03-28 03:30 CEST", "02:30 is skipped");
    }

    #[test]
    fn a_cron_expression_runs_once_a_day_on_days_that_clocks_change() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let nightly = Frequency::parse("30 2 * * *").unwrap();
        let mut at: Timestamp = "2027-01-01T00:00:00Z".parse().unwrap();
        let mut days = std::collections::BTreeSet::new();
        for _ in 0..365 {
            at = nightly.next(at, &zone).unwrap();
            assert!(days.insert(at.to_zoned(zone.clone()).date()), "twice on {at}");
        }
        assert_eq!(days.len(), 365);
        assert_eq!(days.last().unwrap().to_string(), "2027-12-31");
    }
}
