//! The SQL of a clock and the slow function that says the same agree, on real servers, on random rows:
//! summer time, leap days, ends of months and years, NULL, infinity, numbers, texts.

use std::collections::BTreeMap;

use dataward_policy::Period;
use dataward_retain::clock::Bind;
use dataward_retain::clock::BindContext;
use dataward_retain::clock::BoundColumn;
use dataward_retain::clock::BoundStart;
use dataward_retain::clock::ColumnFacts;
use dataward_retain::clock::Engine;
use dataward_retain::clock::EventFacts;
use dataward_retain::clock::Moment;
use dataward_retain::clock::Start;
use dataward_retain::clock::StartExpression;
use dataward_testkit::server::mariadb::MariaDbServer;
use dataward_testkit::server::postgres::PostgresServer;
use jiff::Timestamp;
use jiff::ToSpan;
use jiff::Zoned;
use jiff::civil::Date;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use sqlx::AssertSqlSafe;
use sqlx::Connection;
use sqlx::Executor;
use sqlx::Row;

const ROWS: usize = 10_000;

const EXPRESSIONS: &[&str] = &[
    "d",
    "w",
    "i",
    "n",
    "f",
    "end_of_calendar_year(d)",
    "end_of_fiscal_year(w)",
    "max(d + 3 years, i + 1 month)",
    "min(w, n + 45 days)",
    "latest(i, f, d) + 1 week",
    "coalesce(w, i) + 13 months",
    "end_of_calendar_year(max(min(d, w), coalesce(n, f)))",
    "event(\"contract_end\")",
];

const KEEPS: &[&str] = &["1 month", "90 days", "2 years"];

/// A row: what stands in each column as SQL, and what it means.
type Cells = BTreeMap<&'static str, (String, Moment)>;

/// Days close to which faults live.
fn edges() -> Vec<Date> {
    [
        "1999-12-31",
        "2000-02-29",
        "2004-02-29",
        "2016-01-31",
        "2019-12-31",
        "2020-01-01",
        "2020-02-29",
        "2021-02-28",
        "2022-03-27",
        "2022-10-30",
        "2023-01-31",
        "2023-03-12",
        "2023-03-26",
        "2023-05-31",
        "2023-06-30",
        "2023-07-01",
        "2023-10-29",
        "2023-11-05",
        "2023-12-31",
        "2024-01-01",
        "2024-01-30",
        "2024-02-29",
        "2025-11-29",
        "2025-12-30",
        "2026-01-28",
        "2026-02-28",
    ]
    .iter()
    .map(|day| day.parse().unwrap())
    .collect()
}

fn moments() -> [Zoned; 3] {
    [
        "2026-03-29T03:30:00+02:00[Europe/Berlin]",
        "2026-03-01T00:30:00+01:00[Europe/Berlin]",
        "2025-12-31T23:30:00+00:00[UTC]",
    ]
    .map(|text| text.parse().unwrap())
}

fn wall(rng: &mut ChaCha8Rng) -> DateTime {
    let day = if rng.random_bool(0.6) {
        let edges = edges();
        edges[rng.random_range(0..edges.len())] + rng.random_range(-1..=1).days()
    } else {
        Date::constant(1990, 1, 1) + rng.random_range(0..13_400).days()
    };
    let second = match rng.random_range(0..4) {
        0 => 0,
        1 => 86_399,
        2 => rng.random_range(-2..=2) * 1800 + 43_200 * rng.random_range(0..2),
        _ => rng.random_range(0..86_400),
    };
    day.at(0, 0, 0, 0) + second.seconds()
}

fn instant(rng: &mut ChaCha8Rng) -> Timestamp {
    TimeZone::UTC.to_timestamp(wall(rng)).unwrap()
}

fn sql_time(moment: DateTime) -> String {
    moment.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// A number of seconds, milliseconds or microseconds, or nothing sane.
fn number(rng: &mut ChaCha8Rng) -> i64 {
    let seconds = instant(rng).as_second();
    match rng.random_range(0..12) {
        0 => 0,
        1 => rng.random_range(-5..30_000_000),
        2 => 20_190_131_123_456,
        3..=5 => seconds * 1000 + rng.random_range(0..1000),
        6 => seconds * 1_000_000 + rng.random_range(0..1_000_000),
        _ => seconds,
    }
}

/// A cell of a column of a server.
fn server_cell(engine: Engine, column: &str, rng: &mut ChaCha8Rng) -> (String, Moment) {
    if rng.random_bool(0.15) {
        return ("NULL".to_owned(), Moment::Unknown);
    }
    if rng.random_bool(0.06) {
        let absurd: &[&str] = match (engine, column) {
            (Engine::PostgreSql, "d" | "w" | "i") => {
                &["'infinity'", "'-infinity'", "'9999-12-31'", "'1900-01-01'", "'0044-03-15 BC'", "'2199-01-01'"]
            }
            (Engine::MySql, "d" | "w") => {
                &["'0000-00-00'", "'9999-12-31'", "'1900-01-01'", "'2020-00-00'", "'2199-01-01'"]
            }
            (Engine::MySql, "i") => &["'0000-00-00 00:00:00'", "'1970-01-01 00:00:01'"],
            _ => &["-1", "20190131", "0"],
        };
        let literal = absurd[rng.random_range(0..absurd.len())];
        // A day that lies too far ahead is a day.
        let moment = match (column, literal.trim_matches('\'').parse::<Date>()) {
            ("d", Ok(day)) => Moment::Day(day),
            ("w", Ok(day)) => Moment::WallClock(day.at(0, 0, 0, 0)),
            ("i", Ok(day)) => TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).map_or(Moment::Absurd, Moment::Instant),
            _ => Moment::Absurd,
        };
        return (literal.to_owned(), moment);
    }
    match column {
        "d" => {
            let day = wall(rng).date();
            (format!("'{day}'"), Moment::Day(day))
        }
        "w" => {
            let wall = wall(rng);
            (format!("'{}'", sql_time(wall)), Moment::WallClock(wall))
        }
        "i" => {
            let instant = instant(rng);
            let utc = sql_time(TimeZone::UTC.to_datetime(instant));
            let zone = if engine == Engine::PostgreSql { "+00" } else { "" };
            (format!("'{utc}{zone}'"), Moment::Instant(instant))
        }
        "n" => {
            let number = number(rng);
            (number.to_string(), Moment::Whole(number))
        }
        _ => {
            let number = instant(rng).as_second() as f64 + f64::from(rng.random_range(0..4)) / 4.0;
            (format!("{number:?}"), Moment::Number(number))
        }
    }
}

/// Any form in any column.
fn sqlite_cell(rng: &mut ChaCha8Rng) -> (String, Moment) {
    let text = |text: String, moment: Moment| (format!("'{text}'"), moment);
    match rng.random_range(0..12) {
        0 | 1 => ("NULL".to_owned(), Moment::Unknown),
        2 => {
            const ABSURD: &[&str] = &[
                "''",
                "'soon'",
                "'2023-02-31'",
                "'2023-13-01'",
                "'1970-01-01'",
                "'9999-12-31'",
                "'31.12.2023'",
                "x'00ff'",
                "0",
                "'2023-02-28 25:00:00'",
                "20190131",
                "2023",
                "2459000",
                "1.5",
                "-3.25",
                "'1700000000'",
            ];
            (ABSURD[rng.random_range(0..ABSURD.len())].to_owned(), Moment::Absurd)
        }
        3 | 4 => {
            let day = wall(rng).date();
            text(day.to_string(), Moment::Day(day))
        }
        5 | 6 => {
            let wall = wall(rng);
            let form = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S.250"][rng.random_range(0..3)];
            text(wall.strftime(form).to_string(), Moment::WallClock(wall))
        }
        7 | 8 => {
            let instant = instant(rng);
            let shown = match rng.random_range(0..3) {
                0 => instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
                1 => instant
                    .to_zoned(TimeZone::get("America/New_York").unwrap())
                    .strftime("%Y-%m-%d %H:%M:%S%:z")
                    .to_string(),
                _ => instant
                    .to_zoned(TimeZone::get("Asia/Kolkata").unwrap())
                    .strftime("%Y-%m-%dT%H:%M:%S.125%:z")
                    .to_string(),
            };
            text(shown, Moment::Instant(instant))
        }
        9 => {
            let number = number(rng);
            (number.to_string(), Moment::Whole(number))
        }
        10 => {
            let milliseconds = instant(rng).as_millisecond() + 250 * rng.random_range(0..4);
            let julian = (milliseconds + 210_866_760_000_000) as f64 / 86_400_000.0;
            (format!("{julian:?}"), Moment::of_real(julian))
        }
        _ => {
            let number = instant(rng).as_second() as f64 + 0.5;
            (format!("{number:?}"), Moment::of_real(number))
        }
    }
}

fn rows(engine: Engine, seed: u64) -> Vec<Cells> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..ROWS)
        .map(|_| {
            ["d", "w", "i", "n", "f"]
                .into_iter()
                .map(|column| match engine {
                    Engine::Sqlite => (column, sqlite_cell(&mut rng)),
                    _ => (column, server_cell(engine, column, &mut rng)),
                })
                .collect()
        })
        .collect()
}

/// What a row's last event says: every third row has none, the others one or two.
fn events_of(row: usize) -> Option<Date> {
    (!row.is_multiple_of(3)).then(|| Date::constant(2023, 12, 1) + (i64::try_from(row % 1000).unwrap()).days())
}

fn columns(engine: Engine) -> Vec<ColumnFacts> {
    let types = match engine {
        Engine::PostgreSql => {
            ["date", "timestamp without time zone", "timestamp with time zone", "bigint", "double precision"]
        }
        Engine::MySql => ["date", "datetime", "timestamp", "bigint(20)", "double"],
        Engine::Sqlite => ["DATE", "DATETIME", "TEXT", "INTEGER", "REAL"],
    };
    ["d", "w", "i", "n", "f", "id"]
        .into_iter()
        .zip(types.into_iter().chain(["int"]))
        .map(|(name, declared)| ColumnFacts::new(engine, name, declared))
        .collect()
}

fn bound(engine: Engine, expression: &str, zone: &str) -> BoundStart {
    let events = [EventFacts {
        name: "contract_end".to_owned(),
        path: vec!["clock_events".to_owned()],
        at: ColumnFacts::new(engine, "d", "date"),
        key: "id".to_owned(),
        matches: "id".to_owned(),
    }];
    let context = BindContext {
        engine,
        time_zone: TimeZone::get(zone).unwrap(),
        fiscal_year_end: if zone == "UTC" { "02-28" } else { "06-30" }.parse().unwrap(),
        alias: Some("t"),
        meanings: None,
        events: &events,
    };
    StartExpression::parse(expression).unwrap().bind(&columns(engine), &context).unwrap()
}

/// Everything that is asked of a row, as text.
fn query(engine: Engine, start: &BoundStart, moments: &[Zoned]) -> String {
    let flag = |sql: String| match engine {
        Engine::PostgreSql => format!("(({sql})::int)::text"),
        Engine::MySql => format!("CAST(({sql}) AS CHAR)"),
        Engine::Sqlite => format!("CAST(({sql}) AS TEXT)"),
    };
    let mut fields = vec![match engine {
        Engine::PostgreSql => format!("({})::text", start.start_sql(engine)),
        Engine::MySql => format!("CAST({} AS CHAR)", start.start_sql(engine)),
        Engine::Sqlite => start.start_sql(engine),
    }];
    fields.push(flag(start.null_sql(engine)));
    for as_of in moments {
        fields.push(flag(start.quarantine_sql(engine, as_of)));
        fields.extend(KEEPS.iter().map(|keep| flag(start.due_sql(engine, keep.parse().unwrap(), as_of))));
    }
    format!("SELECT {} FROM clock_rows AS t ORDER BY t.id", fields.join(", "))
}

/// What the slow function says of the same.
fn expected(start: &BoundStart, row: usize, cells: &Cells, (far, moments): (&Zoned, &[Zoned])) -> Vec<Option<String>> {
    let cell = |column: &BoundColumn| match &column.event {
        Some(_) => events_of(row).map_or(Moment::Unknown, Moment::Day),
        None => cells[column.facts.name.as_str()].1,
    };
    let flag = |flag: bool| Some(if flag { "1" } else { "0" }.to_owned());
    // What lies ahead shows its day all the same: whether it may is a question of when one asks.
    let day = match start.evaluate(far, &cell) {
        Start::On(day) => Some(day.to_string()),
        Start::Quarantined | Start::Unknown => None,
    };
    let mut answers = vec![day, None];
    for as_of in moments {
        let begun = start.evaluate(as_of, &cell);
        answers.push(flag(begun == Start::Quarantined));
        answers.extend(KEEPS.iter().map(|keep| flag(start.is_due(begun, keep.parse::<Period>().unwrap(), as_of))));
    }
    answers
}

fn insert(engine: Engine, rows: &[Cells]) -> Vec<String> {
    let ddl = match engine {
        Engine::PostgreSql => "id int, d date, w timestamp, i timestamptz, n bigint, f double precision",
        Engine::MySql => "id int, d date NULL, w datetime NULL, i timestamp NULL, n bigint NULL, f double NULL",
        Engine::Sqlite => "id int, d, w, i, n, f",
    };
    let mut statements = vec![
        format!("CREATE TABLE clock_rows ({ddl})"),
        "CREATE TABLE clock_events (id int, d date)".to_owned(),
        "CREATE INDEX clock_events_of_row ON clock_events (id)".to_owned(),
    ];
    for (chunk, part) in rows.chunks(500).enumerate() {
        let first = chunk * 500;
        let values: Vec<String> = part
            .iter()
            .enumerate()
            .map(|(at, row)| {
                let cells: Vec<&str> = ["d", "w", "i", "n", "f"].iter().map(|column| row[column].0.as_str()).collect();
                format!("({}, {})", first + at, cells.join(", "))
            })
            .collect();
        statements.push(format!("INSERT INTO clock_rows VALUES {}", values.join(", ")));
        let events: Vec<String> = (first..first + part.len())
            .filter_map(|row| events_of(row).map(|day| (row, day)))
            .flat_map(|(row, day)| [format!("({row}, '{day}')"), format!("({row}, '{}')", day - 400.days())])
            .collect();
        statements.push(format!("INSERT INTO clock_events VALUES {}", events.join(", ")));
    }
    statements
}

/// Compares all expressions, each in one of three time zones; `ask` gives the answers of the server.
async fn compare(engine: Engine, rows: &[Cells], ask: &mut dyn AsyncAsk) {
    let moments = moments();
    let far: Zoned = "2999-01-01T00:00:00+00:00[UTC]".parse().unwrap();
    for (at, expression) in EXPRESSIONS.iter().enumerate() {
        let zone = ["Europe/Berlin", "America/New_York", "UTC"][at % 3];
        let start = bound(engine, expression, zone);
        let sql = query(engine, &start, &moments);
        let answers = ask.ask(&sql).await;
        assert_eq!(answers.len(), rows.len());
        for (row, (cells, mut answer)) in rows.iter().zip(answers).enumerate() {
            // Unknown and quarantined are told apart by quarantine, which goes first.
            let unknown = answer[1].take();
            assert_eq!(
                answer,
                expected(&start, row, cells, (&far, &moments)),
                "{engine:?} {zone} {expression}: {cells:?}"
            );
            if answer[0].is_none() && answer[2].as_deref() == Some("0") {
                assert_eq!(unknown.as_deref(), Some("1"), "{engine:?} {expression}: {cells:?}");
            }
            if answer[0].is_some() {
                assert_eq!(unknown.as_deref(), Some("0"), "{engine:?} {expression}: {cells:?}");
            }
        }
    }
}

type Answer<'a> = std::pin::Pin<Box<dyn std::future::Future<Output = Vec<Vec<Option<String>>>> + 'a>>;

trait AsyncAsk {
    fn ask<'a>(&'a mut self, sql: &'a str) -> Answer<'a>;
}

macro_rules! ask {
    ($connection:ty) => {
        impl AsyncAsk for $connection {
            fn ask<'a>(&'a mut self, sql: &'a str) -> Answer<'a> {
                Box::pin(async move {
                    let rows = sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_all(self).await.expect(sql);
                    rows.iter().map(|row| (0..row.len()).map(|at| row.get::<Option<String>, _>(at)).collect()).collect()
                })
            }
        }
    };
}

ask!(sqlx::PgConnection);
ask!(sqlx::MySqlConnection);
ask!(sqlx::SqliteConnection);

#[tokio::test]
async fn postgresql_agrees_with_the_reference_on_ten_thousand_rows() {
    let database = PostgresServer::shared().database().await;
    let mut connection = database.server().connect(database.name()).await;
    // Compiling a long expression to machine code takes longer than running it.
    connection.execute("SET jit = off").await.unwrap();
    connection.execute("SET TIME ZONE 'UTC'").await.unwrap();
    let rows = rows(Engine::PostgreSql, 1);
    for statement in insert(Engine::PostgreSql, &rows) {
        connection.execute(AssertSqlSafe(statement)).await.unwrap();
    }
    // The session's zone must not matter.
    connection.execute("SET TIME ZONE 'Pacific/Apia'").await.unwrap();
    compare(Engine::PostgreSql, &rows, &mut connection).await;
}

#[tokio::test]
async fn mariadb_agrees_with_the_reference_on_ten_thousand_rows() {
    let database = MariaDbServer::shared().database().await;
    let mut connection = database.server().connect(database.name()).await;
    connection.execute("SET SESSION sql_mode = '', time_zone = '+00:00'").await.unwrap();
    let rows = rows(Engine::MySql, 2);
    for statement in insert(Engine::MySql, &rows) {
        connection.execute(AssertSqlSafe(statement)).await.unwrap();
    }
    // The session's zone must not matter.
    connection.execute("SET SESSION time_zone = '+05:30'").await.unwrap();
    compare(Engine::MySql, &rows, &mut connection).await;
}

#[tokio::test]
async fn sqlite_agrees_with_the_reference_on_ten_thousand_rows_of_any_form() {
    let mut connection = sqlx::SqliteConnection::connect("sqlite::memory:").await.unwrap();
    let rows = rows(Engine::Sqlite, 3);
    for statement in insert(Engine::Sqlite, &rows) {
        connection.execute(AssertSqlSafe(statement)).await.unwrap();
    }
    compare(Engine::Sqlite, &rows, &mut connection).await;
}
