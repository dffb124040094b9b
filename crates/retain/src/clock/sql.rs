//! A bound expression as SQL.
//!
//! Whether something is due is never worked out by adding to days in the database: every part of the
//! language only moves days forward, so "start and period lie before today" is the same as "each column
//! lies before a day of its own", and those days are worked out here, exactly, once. The predicate compares columns
//! with constants, can use an index, and knows no time zone. [`BoundStart::start_sql`], which shows the day,
//! does add.

use dataward_policy::Period;
use jiff::ToSpan;
use jiff::Zoned;
use jiff::civil::Date;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::BoundColumn;
use super::BoundNode;
use super::BoundStart;
use super::Engine;
use super::mysql::MySql;
use super::postgres::Postgres;
use super::sqlite::Sqlite;

/// What is different in each engine. Everything is about one column, `x`, as SQL.
pub(super) trait Dialect {
    /// `x` is known, is a sane day, and lies on `bound` or before. Never NULL.
    fn at_most(&self, column: &BoundColumn, x: &str, bound: &Bound) -> String;

    /// The day of `x`, NULL where it is no sane day.
    fn day(&self, column: &BoundColumn, x: &str, zone: &TimeZone) -> String;

    /// `x` is known and is no sane day. Never NULL.
    fn absurd(&self, column: &BoundColumn, x: &str) -> String;

    /// `day` a period later, clamped.
    fn plus(&self, day: &str, period: Period) -> String;

    /// The year of `day` as a number.
    fn year(&self, day: &str) -> String;

    /// Month times 100 and day of the month, as a number: 1231.
    fn month_day(&self, day: &str) -> String;

    /// The day `month`-`day` of `year` (SQL for a number); the last of February for none.
    fn day_of_year(&self, year: &str, month: i8, day: Option<i8>) -> String;

    /// The last of `days`; NULL where one is.
    fn max(&self, days: &[String]) -> String;

    /// The first of those `days` that are not NULL.
    fn min_known(&self, days: &[String]) -> String;

    /// The last of those `days` that are not NULL.
    fn max_known(&self, days: &[String]) -> String;

    /// `day` as a value of the engine's type for days.
    fn as_date(&self, day: &str) -> String;

    /// `each` of `value`, which it names more than once: worked out once where the engine can.
    fn once(&self, value: &str, each: &dyn Fn(&str) -> String) -> String {
        each(value)
    }
}

/// The days up to and with a day, in the forms columns have.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    /// The last day.
    pub(super) day: Date,
    /// The first moment after it, in seconds since 1970.
    pub(super) next_second: i64,
    /// The first moment after it in UTC.
    pub(super) next_utc: DateTime,
    /// Before this wall-clock time both readings of it (UTC, local) are within.
    pub(super) next_wall: DateTime,
}

impl Bound {
    fn new(day: Date, zone: &TimeZone) -> Option<Self> {
        let next = day.tomorrow().ok()?;
        let moment = next.to_zoned(zone.clone()).ok()?.timestamp();
        let next_utc = TimeZone::UTC.to_datetime(moment);
        Some(Self {
            day,
            // Clocks change on whole seconds.
            next_second: moment.as_second(),
            next_utc,
            next_wall: next.to_datetime(jiff::civil::Time::midnight()).min(next_utc),
        })
    }
}

/// The first sane day. Earlier ones are what programs write for "unknown": 1900-01-01, 1899-12-30,
/// 0001-01-01.
pub(super) const FIRST_DAY: Date = Date::constant(1900, 1, 2);
/// The first day that is too late to be sane: 9999-12-31 and `infinity` lie behind it.
pub(super) const END_OF_DAYS: Date = Date::constant(5000, 1, 1);
/// What a zero becomes in most time zones, and the day before, which it is west of Greenwich.
pub(super) const ZERO_DAYS: (Date, Date) = (Date::constant(1969, 12, 31), Date::constant(1970, 1, 2));
/// Numbers below are no moments: a year, a day written as 20190131. 1973-03-03.
pub(super) const FIRST_SECOND: i64 = 100_000_000;
/// The smallest numbers of milliseconds and microseconds, and the end: each 1973 to 5138.
pub(super) const FIRST_MILLISECOND: i64 = 100_000_000_000;
pub(super) const FIRST_MICROSECOND: i64 = 100_000_000_000_000;
pub(super) const END_OF_NUMBERS: i64 = 100_000_000_000_000_000;

impl BoundStart {
    /// The day on which the period begins: a date, NULL where it is unknown or a column of it is absurd.
    pub fn start_sql(&self, engine: Engine) -> String {
        let sql = Sql::new(self, engine);
        let absurd = sql.any(|column, x| sql.dialect.absurd(column, x));
        let day = sql.dialect.as_date(&sql.day(&self.root));
        format!("CASE WHEN {absurd} THEN NULL ELSE {day} END")
    }

    /// Whether a period of `keep` has certainly ended at `as_of`. Never NULL: unknown and absurd days are
    /// false.
    pub fn due_sql(&self, engine: Engine, keep: Period, as_of: &Zoned) -> String {
        let sql = Sql::new(self, engine);
        let last = self.today(as_of).yesterday().ok();
        let due = sql.at_most(&self.root, last.and_then(|last| keep.latest_start(last)));
        format!("({due} AND NOT {})", self.quarantine_sql(engine, as_of))
    }

    /// Whether the start is not known: it has not happened. Rows in quarantine may be among them.
    pub fn null_sql(&self, engine: Engine) -> String {
        format!("(NOT {})", Sql::new(self, engine).known(&self.root))
    }

    /// Whether a column has a day that cannot be right: see the module's page. Never NULL.
    pub fn quarantine_sql(&self, engine: Engine, as_of: &Zoned) -> String {
        let sql = Sql::new(self, engine);
        sql.any(|column, x| match Bound::new(self.latest_sane(column, as_of), &self.time_zone) {
            Some(bound) => format!("({x} IS NOT NULL AND NOT {})", sql.dialect.at_most(column, x, &bound)),
            None => sql.dialect.absurd(column, x),
        })
    }

    /// The day at `as_of` in the time zone of the business.
    pub(super) fn today(&self, as_of: &Zoned) -> Date {
        as_of.with_time_zone(self.time_zone.clone()).date()
    }

    /// The last day that a column can have at `as_of`: tomorrow, for clocks that are ahead; a hundred years
    /// where something is agreed beforehand.
    pub(super) fn latest_sane(&self, column: &BoundColumn, as_of: &Zoned) -> Date {
        let today = self.today(as_of);
        let ahead = if column.may_lie_ahead { 100.years() } else { 1.day() };
        today.saturating_add(ahead)
    }
}

struct Sql<'a> {
    start: &'a BoundStart,
    engine: Engine,
    dialect: &'a dyn Dialect,
}

impl<'a> Sql<'a> {
    fn new(start: &'a BoundStart, engine: Engine) -> Self {
        let dialect: &dyn Dialect = match engine {
            Engine::MySql => &MySql,
            Engine::PostgreSql => &Postgres,
            Engine::Sqlite => &Sqlite,
        };
        Self { start, engine, dialect }
    }

    /// The column as SQL: the last event of the row for one of a table of events.
    fn x(&self, column: &BoundColumn) -> String {
        let quote = |name: &str| self.engine.quote(name);
        let here = |name: &str| match &self.start.alias {
            Some(alias) => format!("{}.{}", quote(alias), quote(name)),
            None => quote(name),
        };
        match &column.event {
            None => here(&column.facts.name),
            Some(event) => {
                let table: Vec<String> = event.path.iter().map(|name| quote(name)).collect();
                let e = quote("dataward_event");
                format!(
                    "(SELECT MAX({e}.{at}) FROM {table} AS {e} WHERE {e}.{key} = {matches})",
                    at = quote(&event.at.name),
                    table = table.join("."),
                    key = quote(&event.key),
                    matches = here(&event.matches),
                )
            }
        }
    }

    /// `each` of a column, which names it more than once: the last event of a row is looked up once.
    fn on(&self, column: &BoundColumn, each: &dyn Fn(&str) -> String) -> String {
        match &column.event {
            None => each(&self.x(column)),
            Some(_) => self.dialect.once(&self.x(column), each),
        }
    }

    /// `each` of some column.
    fn any(&self, each: impl Fn(&BoundColumn, &str) -> String) -> String {
        let mut parts: Vec<String> = Vec::new();
        self.start.root.visit(&mut |column| {
            let part = self.on(column, &|x| each(column, x));
            if !parts.contains(&part) {
                parts.push(part);
            }
        });
        joined(&parts, " OR ")
    }

    fn known(&self, node: &BoundNode) -> String {
        let all = |nodes: &[BoundNode], word: &str| {
            joined(&nodes.iter().map(|node| self.known(node)).collect::<Vec<_>>(), word)
        };
        match node {
            BoundNode::Column(column) => format!("({} IS NOT NULL)", self.x(column)),
            BoundNode::EndOfCalendarYear(node) | BoundNode::EndOfFiscalYear(node) | BoundNode::Plus(node, _) => {
                self.known(node)
            }
            BoundNode::Max(nodes) => all(nodes, " AND "),
            BoundNode::Coalesce(nodes) | BoundNode::Latest(nodes) | BoundNode::Min(nodes) => all(nodes, " OR "),
        }
    }

    /// `node` is known and lies on `last` or before.
    fn at_most(&self, node: &BoundNode, last: Option<Date>) -> String {
        let Some(day) = last else { return "(1 = 0)".to_owned() };
        let all = |nodes: &[BoundNode]| nodes.iter().map(|node| self.at_most(node, last)).collect::<Vec<_>>();
        match node {
            BoundNode::Column(column) => match Bound::new(day, &self.start.time_zone) {
                Some(bound) => self.on(column, &|x| self.dialect.at_most(column, x, &bound)),
                None => "(1 = 0)".to_owned(),
            },
            BoundNode::Plus(node, period) => self.at_most(node, period.latest_start(day)),
            BoundNode::EndOfCalendarYear(node) => self.at_most(node, last_year_end(day, Default::default())),
            BoundNode::EndOfFiscalYear(node) => self.at_most(node, last_year_end(day, self.start.fiscal_year_end)),
            BoundNode::Max(nodes) => joined(&all(nodes), " AND "),
            BoundNode::Min(nodes) => joined(&all(nodes), " OR "),
            BoundNode::Latest(nodes) => {
                let parts =
                    nodes.iter().map(|node| format!("({} OR NOT {})", self.at_most(node, last), self.known(node)));
                let known = joined(&nodes.iter().map(|node| self.known(node)).collect::<Vec<_>>(), " OR ");
                joined(&parts.chain([known]).collect::<Vec<_>>(), " AND ")
            }
            BoundNode::Coalesce(nodes) => {
                let mut unknown: Vec<String> = Vec::new();
                let mut parts = Vec::new();
                for node in nodes {
                    let mut part = unknown.clone();
                    part.push(self.at_most(node, last));
                    parts.push(joined(&part, " AND "));
                    unknown.push(format!("(NOT {})", self.known(node)));
                }
                joined(&parts, " OR ")
            }
        }
    }

    fn day(&self, node: &BoundNode) -> String {
        let all = |nodes: &[BoundNode]| nodes.iter().map(|node| self.day(node)).collect::<Vec<_>>();
        match node {
            BoundNode::Coalesce(nodes) => format!("COALESCE({})", all(nodes).join(", ")),
            BoundNode::Column(column) => self.on(column, &|x| self.dialect.day(column, x, &self.start.time_zone)),
            BoundNode::EndOfCalendarYear(node) => self.end_of_year(node, 12, Some(31)),
            BoundNode::EndOfFiscalYear(node) => {
                self.end_of_year(node, self.start.fiscal_year_end.month(), self.start.fiscal_year_end.day())
            }
            BoundNode::Latest(nodes) => self.dialect.max_known(&all(nodes)),
            BoundNode::Max(nodes) => self.dialect.max(&all(nodes)),
            BoundNode::Min(nodes) => self.dialect.min_known(&all(nodes)),
            BoundNode::Plus(node, period) => self.dialect.once(&self.day(node), &|day| self.dialect.plus(day, *period)),
        }
    }

    fn end_of_year(&self, node: &BoundNode, month: i8, last_day: Option<i8>) -> String {
        // The end of February is the 28th or the 29th: no day of it lies behind.
        let last = i32::from(month) * 100 + last_day.map_or(99, i32::from);
        self.dialect.once(&self.day(node), &|day| {
            let year = self.dialect.year(day);
            if (month, last_day) == (12, Some(31)) {
                return self.dialect.day_of_year(&year, month, last_day);
            }
            let this = self.dialect.month_day(day);
            let year = format!("({year} + CASE WHEN {this} > {last} THEN 1 ELSE 0 END)");
            self.dialect.day_of_year(&year, month, last_day)
        })
    }
}

/// The last end of a fiscal year on `day` or before.
fn last_year_end(day: Date, end: dataward_policy::FiscalYearEnd) -> Option<Date> {
    let this = end.in_year(day.year())?;
    if this <= day { Some(this) } else { end.in_year(day.year() - 1) }
}

/// In brackets, so that it can stand anywhere.
pub(super) fn joined(parts: &[String], word: &str) -> String {
    format!("({})", parts.join(word))
}
