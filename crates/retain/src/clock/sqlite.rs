//! Days in SQLite, where a value has a type and a column has none: text, whole numbers, Julian days and
//! fractions of seconds may stand in one column.

use dataward_policy::Period;
use dataward_policy::PeriodUnit;
use jiff::tz::TimeZone;

use super::BoundColumn;
use super::offsets::seconds_east;
use super::postgres::is_utc;
use super::postgres::number_before;
use super::sql::Bound;
use super::sql::Dialect;
use super::sql::END_OF_DAYS;
use super::sql::END_OF_NUMBERS;
use super::sql::FIRST_DAY;
use super::sql::FIRST_MICROSECOND;
use super::sql::FIRST_MILLISECOND;
use super::sql::FIRST_SECOND;
use super::sql::ZERO_DAYS;

pub(super) struct Sqlite;

/// What SQLite's own functions take for Julian days: the years 0 to 9999.
pub(super) const JULIAN: (f64, f64) = (1_721_059.5, 5_373_484.5);
/// The Julian days that are sane: 1973-03-04 to the end of 4999.
pub(super) const SANE_JULIAN: (f64, f64) = (2_441_745.5, 3_547_272.5);
/// Milliseconds between the beginnings of Julian days and of 1970.
pub(super) const JULIAN_EPOCH: i64 = 210_866_760_000_000;

impl Dialect for Sqlite {
    fn at_most(&self, _: &BoundColumn, x: &str, bound: &Bound) -> String {
        let second = bound.next_second;
        // As SQLite itself makes a Julian day of milliseconds: equal to the last bit.
        let julian = (second * 1000 + JULIAN_EPOCH) as f64 / 86_400_000.0;
        let wall = bound.next_wall.to_zoned(TimeZone::UTC).map_or(second, |wall| wall.timestamp().as_second());
        let text = format!(
            "{text_sane} AND CASE WHEN length({x}) = 10 THEN {x} <= '{day}' WHEN {instant} THEN {seconds} < {second} \
             ELSE {seconds} < {wall} END",
            text_sane = text_sane(x),
            day = bound.day,
            instant = is_instant(x),
            seconds = text_seconds(x),
        );
        let number = format!("{} AND {}", number_sane(x), number_before(x, second));
        let real = format!("CASE WHEN {} THEN {} AND {x} < {julian:?} ELSE {number} END", is_julian(x), julian_sane(x));
        format!(
            "(CASE typeof({x}) WHEN 'text' THEN {text} WHEN 'integer' THEN {number} WHEN 'real' THEN {real} ELSE 0 END)"
        )
    }

    fn day(&self, _: &BoundColumn, x: &str, zone: &TimeZone) -> String {
        let local = self.once(&seconds(x), &|second| {
            let east = if is_utc(zone) { "0".to_owned() } else { seconds_east(zone, second) };
            format!("date({second} + {east}, 'unixepoch')")
        });
        format!(
            "CASE WHEN NOT {sane} THEN NULL WHEN typeof({x}) = 'text' AND length({x}) = 10 THEN {x} \
             WHEN typeof({x}) = 'text' AND NOT {instant} THEN max(substr({x}, 1, 10), {local}) ELSE {local} END",
            sane = sane(x),
            instant = is_instant(x),
        )
    }

    fn absurd(&self, _: &BoundColumn, x: &str) -> String {
        format!("({x} IS NOT NULL AND NOT {})", sane(x))
    }

    fn plus(&self, day: &str, period: Period) -> String {
        let months = match period.unit() {
            PeriodUnit::Days => return format!("date({day}, '+{} days')", period.count()),
            PeriodUnit::Weeks => return format!("date({day}, '+{} days')", u32::from(period.count()) * 7),
            PeriodUnit::Months => u32::from(period.count()),
            PeriodUnit::Years => u32::from(period.count()) * 12,
        };
        // SQLite runs over into the next month: 31 January and a month is 3 March. The last day of the
        // month that was meant stops it.
        format!(
            "min(date({day}, '+{months} months'), date({day}, 'start of month', '+{} months', '-1 day'))",
            months + 1
        )
    }

    fn year(&self, day: &str) -> String {
        format!("CAST(substr({day}, 1, 4) AS INTEGER)")
    }

    fn month_day(&self, day: &str) -> String {
        format!("(CAST(substr({day}, 6, 2) AS INTEGER) * 100 + CAST(substr({day}, 9, 2) AS INTEGER))")
    }

    fn day_of_year(&self, year: &str, month: i8, day: Option<i8>) -> String {
        let first = format!("{year} || '-01-01'");
        match day {
            Some(day) => format!("date({first}, '+{} months', '+{} days')", month - 1, day - 1),
            None => format!("date({first}, '+{month} months', '-1 day')"),
        }
    }

    fn max(&self, days: &[String]) -> String {
        format!("max({})", days.join(", "))
    }

    fn min_known(&self, days: &[String]) -> String {
        let days: Vec<String> = days.iter().map(|day| format!("COALESCE({day}, '9999-12-31')")).collect();
        format!("NULLIF(min({}), '9999-12-31')", days.join(", "))
    }

    fn max_known(&self, days: &[String]) -> String {
        let days: Vec<String> = days.iter().map(|day| format!("COALESCE({day}, '0000-01-01')")).collect();
        format!("NULLIF(max({}), '0000-01-01')", days.join(", "))
    }

    fn as_date(&self, day: &str) -> String {
        day.to_owned()
    }

    fn once(&self, value: &str, each: &dyn Fn(&str) -> String) -> String {
        // A subquery without FROM is never flattened (sqlite.org/optoverview.html, 11): `value` is worked
        // out once. The name is one that no column of a user has.
        format!("(SELECT {} FROM (SELECT {value} AS dataward_value))", each("dataward_value"))
    }
}

fn sane(x: &str) -> String {
    format!(
        "(CASE typeof({x}) WHEN 'text' THEN {} WHEN 'integer' THEN {number} WHEN 'real' THEN CASE WHEN {} THEN {} \
         ELSE {number} END ELSE 0 END)",
        text_sane(x),
        is_julian(x),
        julian_sane(x),
        number = number_sane(x),
    )
}

/// A real day of the calendar, and a time that SQLite reads. Never NULL.
fn text_sane(x: &str) -> String {
    let day = format!("CASE WHEN {} THEN date({x}) ELSE substr({x}, 1, 10) END", is_instant(x));
    format!(
        "({x} GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' AND date(substr({x}, 1, 10)) IS substr({x}, 1, 10) \
         AND (length({x}) = 10 OR julianday({x}) IS NOT NULL) AND ({day}) >= '{FIRST_DAY}' AND ({day}) < '{END_OF_DAYS}' \
         AND NOT (({day}) >= '{}' AND ({day}) < '{}'))",
        ZERO_DAYS.0, ZERO_DAYS.1
    )
}

/// The text ends with a zone: `Z`, `+02:00`.
fn is_instant(x: &str) -> String {
    format!("(length({x}) > 16 AND (substr({x}, -1) IN ('Z', 'z') OR substr({x}, -6, 1) IN ('+', '-')))")
}

/// Seconds since 1970 of a text; where it has no zone, as if it were UTC.
fn text_seconds(x: &str) -> String {
    format!("CAST(strftime('%s', {x}) AS INTEGER)")
}

/// Seconds since 1970 of any sane value.
fn seconds(x: &str) -> String {
    format!(
        "CASE WHEN typeof({x}) = 'text' THEN {} WHEN typeof({x}) = 'real' AND {} \
         THEN CAST(round(({x} - 2440587.5) * 86400000.0) / 1000 AS INTEGER) ELSE {} END",
        text_seconds(x),
        is_julian(x),
        number_seconds(x),
    )
}

fn number_sane(x: &str) -> String {
    format!("({x} >= {FIRST_SECOND} AND {x} < {END_OF_NUMBERS})")
}

fn is_julian(x: &str) -> String {
    format!("({x} >= {:?} AND {x} < {:?})", JULIAN.0, JULIAN.1)
}

fn julian_sane(x: &str) -> String {
    format!("({x} >= {:?} AND {x} < {:?})", SANE_JULIAN.0, SANE_JULIAN.1)
}

fn number_seconds(x: &str) -> String {
    format!(
        "CAST(CASE WHEN {x} < {FIRST_MILLISECOND} THEN {x} WHEN {x} < {FIRST_MICROSECOND} THEN {x} / 1000 \
         ELSE {x} / 1000000 END AS INTEGER)"
    )
}
