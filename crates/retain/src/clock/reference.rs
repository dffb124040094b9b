//! The same, row by row, without SQL: slow, and written to be read. It is what the SQL is measured by,
//! and what decides over files.

use dataward_policy::Period;
use jiff::Timestamp;
use jiff::Zoned;
use jiff::civil::Date;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::BoundColumn;
use super::BoundNode;
use super::BoundStart;
use super::sql::END_OF_DAYS;
use super::sql::END_OF_NUMBERS;
use super::sql::FIRST_DAY;
use super::sql::FIRST_MICROSECOND;
use super::sql::FIRST_MILLISECOND;
use super::sql::FIRST_SECOND;
use super::sql::ZERO_DAYS;
use super::sqlite::JULIAN;
use super::sqlite::SANE_JULIAN;

/// What a cell says about when something happened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Moment {
    /// Something that is no day: a word, a number out of range.
    Absurd,
    /// A day.
    Day(Date),
    /// A moment.
    Instant(Timestamp),
    /// A fraction: seconds, or milliseconds or microseconds by its size.
    Number(f64),
    /// A Julian day, as SQLite writes it.
    Julian(f64),
    /// NULL.
    Unknown,
    /// Day and time of a clock nobody knows the zone of.
    WallClock(DateTime),
    /// A whole number of seconds, or milliseconds or microseconds by its size.
    Whole(i64),
}

/// When a period begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// On this day.
    On(Date),
    /// A column has a day that cannot be right.
    Quarantined,
    /// It has not happened.
    Unknown,
}

impl Moment {
    /// A fraction as SQLite reads it: a Julian day where it may be one.
    pub fn of_real(value: f64) -> Self {
        if value >= JULIAN.0 && value < JULIAN.1 { Self::Julian(value) } else { Self::Number(value) }
    }

    /// A text as SQLite reads it.
    pub fn of_text(text: &str) -> Self {
        if text.len() == 10 {
            return text.parse().map_or(Self::Absurd, Self::Day);
        }
        let zoned = text.len() > 16
            && (text.ends_with(['Z', 'z'])
                || text.get(text.len() - 6..).is_some_and(|end| end.starts_with(['+', '-'])));
        if zoned {
            return text.parse().map_or(Self::Absurd, Self::Instant);
        }
        text.parse().map_or(Self::Absurd, Self::WallClock)
    }

    /// The day in `zone`, the latest it can have been; none where it is no sane day.
    fn day(self, zone: &TimeZone) -> Option<Date> {
        let local = |moment: Timestamp| moment.to_zoned(zone.clone()).date();
        match self {
            Self::Absurd | Self::Unknown => None,
            Self::Day(day) => is_sane(day).then_some(day),
            Self::Instant(moment) => is_sane(TimeZone::UTC.to_datetime(moment).date()).then(|| local(moment)),
            Self::WallClock(wall) => {
                let as_utc = TimeZone::UTC.to_timestamp(wall).ok()?;
                is_sane(wall.date()).then(|| wall.date().max(local(as_utc)))
            }
            Self::Number(number) => {
                if !(number >= FIRST_SECOND as f64 && number < END_OF_NUMBERS as f64) {
                    return None;
                }
                let seconds = if number < FIRST_MILLISECOND as f64 {
                    number
                } else if number < FIRST_MICROSECOND as f64 {
                    number / 1000.0
                } else {
                    number / 1_000_000.0
                };
                Timestamp::from_second(seconds.floor() as i64).ok().map(local)
            }
            Self::Whole(number) => {
                let seconds = match number {
                    FIRST_SECOND..FIRST_MILLISECOND => number,
                    FIRST_MILLISECOND..FIRST_MICROSECOND => number / 1000,
                    FIRST_MICROSECOND..END_OF_NUMBERS => number / 1_000_000,
                    _ => return None,
                };
                Timestamp::from_second(seconds).ok().map(local)
            }
            Self::Julian(day) => {
                if !(day >= SANE_JULIAN.0 && day < SANE_JULIAN.1) {
                    return None;
                }
                let milliseconds = ((day - 2_440_587.5) * 86_400_000.0).round() as i64;
                Timestamp::from_millisecond(milliseconds).ok().map(local)
            }
        }
    }
}

fn is_sane(day: Date) -> bool {
    day >= FIRST_DAY && day < END_OF_DAYS && !(day >= ZERO_DAYS.0 && day < ZERO_DAYS.1)
}

impl BoundStart {
    /// When the period of a row begins, as known at `as_of`. `cell` gives what a column says.
    pub fn evaluate(&self, as_of: &Zoned, cell: &dyn Fn(&BoundColumn) -> Moment) -> Start {
        let mut absurd = false;
        self.root.visit(&mut |column| {
            let moment = cell(column);
            absurd |= moment != Moment::Unknown
                && moment.day(&self.time_zone).is_none_or(|day| day > self.latest_sane(column, as_of));
        });
        if absurd {
            return Start::Quarantined;
        }
        self.day(&self.root, cell).map_or(Start::Unknown, Start::On)
    }

    /// Whether a period of `keep` from `start` on has certainly ended at `as_of`.
    pub fn is_due(&self, start: Start, keep: Period, as_of: &Zoned) -> bool {
        match start {
            Start::On(day) => keep.after(day).is_some_and(|last| last < self.today(as_of)),
            Start::Quarantined | Start::Unknown => false,
        }
    }

    fn day(&self, node: &BoundNode, cell: &dyn Fn(&BoundColumn) -> Moment) -> Option<Date> {
        let each = |nodes: &[BoundNode]| nodes.iter().map(|node| self.day(node, cell)).collect::<Vec<_>>();
        match node {
            BoundNode::Coalesce(nodes) => each(nodes).into_iter().flatten().next(),
            BoundNode::Column(column) => cell(column).day(&self.time_zone),
            BoundNode::EndOfCalendarYear(node) => Date::new(self.day(node, cell)?.year(), 12, 31).ok(),
            BoundNode::EndOfFiscalYear(node) => self.fiscal_year_end.of(self.day(node, cell)?),
            BoundNode::Latest(nodes) => each(nodes).into_iter().flatten().max(),
            BoundNode::Max(nodes) => each(nodes).into_iter().collect::<Option<Vec<_>>>()?.into_iter().max(),
            BoundNode::Min(nodes) => each(nodes).into_iter().flatten().min(),
            BoundNode::Plus(node, period) => period.after(self.day(node, cell)?),
        }
    }
}
