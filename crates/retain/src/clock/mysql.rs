//! Days in MySQL and MariaDB. The time zone of the session does not matter: `TIMESTAMP` columns are only
//! ever looked at through `UNIX_TIMESTAMP`.

use dataward_policy::Period;
use dataward_policy::PeriodUnit;
use jiff::tz::TimeZone;

use super::BoundColumn;
use super::TypeClass;
use super::offsets::seconds_east;
use super::postgres::is_utc;
use super::postgres::number_before;
use super::postgres::timestamp;
use super::sql::Bound;
use super::sql::Dialect;
use super::sql::END_OF_DAYS;
use super::sql::END_OF_NUMBERS;
use super::sql::FIRST_DAY;
use super::sql::FIRST_MICROSECOND;
use super::sql::FIRST_MILLISECOND;
use super::sql::FIRST_SECOND;
use super::sql::ZERO_DAYS;

pub(super) struct MySql;

const EPOCH: &str = "CAST('1970-01-01 00:00:00' AS DATETIME)";
/// Stands for unknown among days that are compared: later and earlier than any sane one.
const NEVER: &str = "CAST('9999-12-31' AS DATE)";
const ALWAYS: &str = "CAST('1000-01-01' AS DATE)";

impl Dialect for MySql {
    fn at_most(&self, column: &BoundColumn, x: &str, bound: &Bound) -> String {
        let within = match column.facts.class {
            TypeClass::Date => format!("{x} <= '{}'", bound.day),
            TypeClass::Instant => format!("UNIX_TIMESTAMP({x}) < {}", bound.next_second),
            TypeClass::WallClock => format!("{x} < '{}'", timestamp(bound.next_wall)),
            _ => number_before(x, bound.next_second),
        };
        format!("({x} IS NOT NULL AND {} AND {within})", sane(column, x))
    }

    fn day(&self, column: &BoundColumn, x: &str, zone: &TimeZone) -> String {
        let local = |seconds: &str| {
            let east = if is_utc(zone) { "0".to_owned() } else { seconds_east(zone, seconds) };
            format!("DATE(DATE_ADD({EPOCH}, INTERVAL ({seconds} + {east}) SECOND))")
        };
        let day = match column.facts.class {
            TypeClass::Date => x.to_owned(),
            TypeClass::Instant => local(&format!("FLOOR(UNIX_TIMESTAMP({x}))")),
            TypeClass::WallClock if is_utc(zone) => format!("DATE({x})"),
            TypeClass::WallClock => {
                format!("GREATEST(DATE({x}), {})", local(&format!("TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', {x})")))
            }
            _ => local(&seconds(x)),
        };
        format!("CASE WHEN {} THEN {day} END", sane(column, x))
    }

    fn absurd(&self, column: &BoundColumn, x: &str) -> String {
        format!("({x} IS NOT NULL AND NOT {})", sane(column, x))
    }

    fn plus(&self, day: &str, period: Period) -> String {
        let unit = match period.unit() {
            PeriodUnit::Days => "DAY",
            PeriodUnit::Months => "MONTH",
            PeriodUnit::Weeks => "WEEK",
            PeriodUnit::Years => "YEAR",
        };
        format!("DATE_ADD({day}, INTERVAL {} {unit})", period.count())
    }

    fn year(&self, day: &str) -> String {
        format!("YEAR({day})")
    }

    fn month_day(&self, day: &str) -> String {
        format!("(MONTH({day}) * 100 + DAYOFMONTH({day}))")
    }

    fn day_of_year(&self, year: &str, month: i8, day: Option<i8>) -> String {
        let first = format!("DATE_ADD(MAKEDATE({year}, 1), INTERVAL {} MONTH)", month - 1);
        match day {
            Some(day) => format!("DATE_ADD({first}, INTERVAL {} DAY)", day - 1),
            None => format!("LAST_DAY({first})"),
        }
    }

    fn max(&self, days: &[String]) -> String {
        format!("GREATEST({})", days.join(", "))
    }

    fn min_known(&self, days: &[String]) -> String {
        let days: Vec<String> = days.iter().map(|day| format!("COALESCE({day}, {NEVER})")).collect();
        format!("NULLIF(LEAST({}), {NEVER})", days.join(", "))
    }

    fn max_known(&self, days: &[String]) -> String {
        let days: Vec<String> = days.iter().map(|day| format!("COALESCE({day}, {ALWAYS})")).collect();
        format!("NULLIF(GREATEST({}), {ALWAYS})", days.join(", "))
    }

    fn as_date(&self, day: &str) -> String {
        format!("CAST({day} AS DATE)")
    }
}

fn sane(column: &BoundColumn, x: &str) -> String {
    match column.facts.class {
        // A month or day of zero is possible where the SQL mode allows it.
        TypeClass::Date | TypeClass::WallClock => format!(
            "({x} >= '{FIRST_DAY}' AND {x} < '{END_OF_DAYS}' AND NOT ({x} >= '{}' AND {x} < '{}') \
             AND MONTH({x}) > 0 AND DAYOFMONTH({x}) > 0)",
            ZERO_DAYS.0, ZERO_DAYS.1
        ),
        // The type begins in 1970; its zero is 0.
        TypeClass::Instant => format!("(UNIX_TIMESTAMP({x}) >= 86400)"),
        _ => format!("({x} >= {FIRST_SECOND} AND {x} < {END_OF_NUMBERS})"),
    }
}

fn seconds(x: &str) -> String {
    format!(
        "FLOOR(CASE WHEN {x} < {FIRST_MILLISECOND} THEN {x} WHEN {x} < {FIRST_MICROSECOND} THEN {x} / 1000 \
         ELSE {x} / 1000000 END)"
    )
}
