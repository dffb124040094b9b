//! Days in PostgreSQL.

use dataward_policy::Period;
use dataward_policy::PeriodUnit;
use jiff::tz::TimeZone;

use super::BoundColumn;
use super::TypeClass;
use super::sql::Bound;
use super::sql::Dialect;
use super::sql::END_OF_DAYS;
use super::sql::END_OF_NUMBERS;
use super::sql::FIRST_DAY;
use super::sql::FIRST_MICROSECOND;
use super::sql::FIRST_MILLISECOND;
use super::sql::FIRST_SECOND;
use super::sql::ZERO_DAYS;
use super::sql::joined;

pub(super) struct Postgres;

impl Dialect for Postgres {
    fn at_most(&self, column: &BoundColumn, x: &str, bound: &Bound) -> String {
        let within = match column.facts.class {
            TypeClass::Date => format!("{x} <= DATE '{}'", bound.day),
            TypeClass::Instant => format!("{x} < TIMESTAMPTZ '{}+00'", timestamp(bound.next_utc)),
            TypeClass::WallClock => format!("{x} < TIMESTAMP '{}'", timestamp(bound.next_wall)),
            _ => number_before(x, bound.next_second),
        };
        format!("({x} IS NOT NULL AND {} AND {within})", sane(column, x))
    }

    fn day(&self, column: &BoundColumn, x: &str, zone: &TimeZone) -> String {
        let name = zone.iana_name().unwrap_or("UTC");
        let name = format!("'{}'", name.replace('\'', "''"));
        let day = match column.facts.class {
            TypeClass::Date => x.to_owned(),
            TypeClass::Instant => format!("({x} AT TIME ZONE {name})::date"),
            TypeClass::WallClock if is_utc(zone) => format!("{x}::date"),
            TypeClass::WallClock => {
                format!("GREATEST({x}::date, (({x} AT TIME ZONE 'UTC') AT TIME ZONE {name})::date)")
            }
            _ => format!("(to_timestamp({}) AT TIME ZONE {name})::date", seconds(x)),
        };
        format!("CASE WHEN {} THEN {day} END", sane(column, x))
    }

    fn absurd(&self, column: &BoundColumn, x: &str) -> String {
        format!("({x} IS NOT NULL AND NOT {})", sane(column, x))
    }

    fn plus(&self, day: &str, period: Period) -> String {
        let unit = match period.unit() {
            PeriodUnit::Days => "days",
            PeriodUnit::Months => "months",
            PeriodUnit::Weeks => "weeks",
            PeriodUnit::Years => "years",
        };
        format!("({day} + INTERVAL '{} {unit}')::date", period.count())
    }

    fn year(&self, day: &str) -> String {
        format!("EXTRACT(YEAR FROM {day})::int")
    }

    fn month_day(&self, day: &str) -> String {
        format!("(EXTRACT(MONTH FROM {day})::int * 100 + EXTRACT(DAY FROM {day})::int)")
    }

    fn day_of_year(&self, year: &str, month: i8, day: Option<i8>) -> String {
        match day {
            Some(day) => format!("make_date({year}, {month}, {day})"),
            None => format!("(make_date({year}, {}, 1) - 1)", month + 1),
        }
    }

    fn max(&self, days: &[String]) -> String {
        // GREATEST passes NULLs over.
        let unknown: Vec<String> = days.iter().map(|day| format!("{day} IS NULL")).collect();
        format!("CASE WHEN {} THEN NULL ELSE GREATEST({}) END", joined(&unknown, " OR "), days.join(", "))
    }

    fn min_known(&self, days: &[String]) -> String {
        format!("LEAST({})", days.join(", "))
    }

    fn max_known(&self, days: &[String]) -> String {
        format!("GREATEST({})", days.join(", "))
    }

    fn as_date(&self, day: &str) -> String {
        format!("({day})::date")
    }
}

fn sane(column: &BoundColumn, x: &str) -> String {
    let literal = |day: jiff::civil::Date| match column.facts.class {
        TypeClass::Date => format!("DATE '{day}'"),
        TypeClass::Instant => format!("TIMESTAMPTZ '{day} 00:00:00+00'"),
        _ => format!("TIMESTAMP '{day} 00:00:00'"),
    };
    match column.facts.class {
        TypeClass::Date | TypeClass::Instant | TypeClass::WallClock => format!(
            "({x} >= {} AND {x} < {} AND NOT ({x} >= {} AND {x} < {}))",
            literal(FIRST_DAY),
            literal(END_OF_DAYS),
            literal(ZERO_DAYS.0),
            literal(ZERO_DAYS.1)
        ),
        // `NaN` is greater than every number.
        _ => format!("({x} >= {FIRST_SECOND} AND {x} < {END_OF_NUMBERS})"),
    }
}

/// A number of seconds, milliseconds or microseconds that lies before `second`.
pub(super) fn number_before(x: &str, second: i64) -> String {
    let thousand = second.saturating_mul(1000);
    let million = second.saturating_mul(1_000_000);
    format!(
        "({x} < {FIRST_MILLISECOND} AND {x} < {second} OR {x} >= {FIRST_MILLISECOND} AND {x} < {FIRST_MICROSECOND} \
         AND {x} < {thousand} OR {x} >= {FIRST_MICROSECOND} AND {x} < {million})"
    )
}

fn seconds(x: &str) -> String {
    format!(
        "floor(CASE WHEN {x} < {FIRST_MILLISECOND} THEN {x}::numeric WHEN {x} < {FIRST_MICROSECOND} \
         THEN {x}::numeric / 1000 ELSE {x}::numeric / 1000000 END)::double precision"
    )
}

pub(super) fn is_utc(zone: &TimeZone) -> bool {
    *zone == TimeZone::UTC || matches!(zone.iana_name(), Some("UTC" | "Etc/UTC"))
}

/// As SQL reads it: a blank between day and time.
pub(super) fn timestamp(moment: jiff::civil::DateTime) -> String {
    moment.strftime("%Y-%m-%d %H:%M:%S").to_string()
}
