//! Rows on their way into the database.

use sqlx::AssertSqlSafe;
use sqlx::SqliteConnection;

/// SQLite takes at most 32,766 bound values in one statement.
const BOUND_VALUES: usize = 32_000;

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Int(i64),
    Null,
    Real(f64),
    Text(String),
}

impl From<i64> for Cell {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<f64> for Cell {
    fn from(value: f64) -> Self {
        Self::Real(value)
    }
}

impl From<&str> for Cell {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Cell {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// The rows of one table.
pub(crate) struct Sheet {
    pub(crate) table: &'static str,
    pub(crate) width: usize,
    pub(crate) rows: Vec<Vec<Cell>>,
}

impl Sheet {
    pub(crate) fn new(table: &'static str, rows: Vec<Vec<Cell>>) -> Self {
        Self { table, width: rows.first().map_or(0, Vec::len), rows }
    }

    /// Inserts all rows, many in one statement.
    pub(crate) async fn insert(&self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        let row = format!("({})", vec!["?"; self.width].join(","));
        for rows in self.rows.chunks(BOUND_VALUES / self.width.max(1)) {
            let sql = format!("INSERT INTO {} VALUES {}", self.table, vec![row.as_str(); rows.len()].join(","));
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for cell in rows.iter().flatten() {
                query = match cell {
                    Cell::Int(value) => query.bind(*value),
                    Cell::Null => query.bind(None::<i64>),
                    Cell::Real(value) => query.bind(*value),
                    Cell::Text(value) => query.bind(value.as_str()),
                };
            }
            query.execute(&mut *connection).await?;
        }
        Ok(())
    }
}

/// `row![1, "a", None::<i64>]`: cells from anything that can be one.
macro_rules! row {
    ($($value:expr),* $(,)?) => { vec![$($crate::shop::sheet::Cell::from($value)),*] };
}
pub(crate) use row;
