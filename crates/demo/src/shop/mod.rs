//! The shop's database: imagined in memory, then written in one transaction.

mod catalogue;
mod customers;
mod newsletter;
mod orders;
mod sessions;
mod sheet;
mod staff;
mod tickets;

use std::path::Path;

use dataward_model::Place;
use dataward_model::SourceId;
use jiff::civil::Date;
use sqlx::Connection;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::sqlite::SqliteSynchronous;

use crate::DemoError;
use crate::Fault;
use crate::dice::Dice;
use crate::person::Person;
use crate::shop::sheet::Sheet;

pub(crate) use crate::shop::sessions::ip_address;
pub(crate) use crate::shop::tickets::fill;

const SCHEMA: &str = include_str!("schema.sql");

/// The shop as it stands in memory.
pub(crate) struct Shop {
    pub(crate) today: Date,
    /// By customer number, from 1; the second entries of duplicates come last.
    pub(crate) customers: Vec<Person>,
    sheets: Vec<Sheet>,
    faults: Vec<Fault>,
}

impl Shop {
    /// Makes up everything. Each table rolls its own dice.
    pub(crate) fn imagine(seed: u64, today: Date) -> Self {
        let mut faults = Vec::new();
        let mut sheets = catalogue::sheets(&mut Dice::new(seed, 1), today);
        let isbns = catalogue::isbns(&sheets);
        sheets.push(staff::sheet(&mut Dice::new(seed, 2), today, &mut faults));
        let dice = &mut Dice::new(seed, 3);
        let customers = customers::imagine(dice, today, &mut faults);
        let (latest, order_sheets) = orders::sheets(&mut Dice::new(seed, 4), today, &customers, &isbns, &mut faults);
        sheets.push(customers::sheet(dice, today, &customers, &latest, &mut faults));
        sheets.extend(order_sheets);
        sheets.push(tickets::sheet(&mut Dice::new(seed, 5), today, &customers, &mut faults));
        sheets.push(newsletter::sheet(&mut Dice::new(seed, 6), today, &customers, &mut faults));
        sheets.push(sessions::sheet(&mut Dice::new(seed, 7), today));
        Self { today, customers, sheets, faults }
    }

    /// Different persons among the customers.
    pub(crate) fn people(&self) -> u64 {
        customers::PEOPLE as u64
    }

    /// What was planted in the database.
    pub(crate) fn faults(&self) -> Vec<Fault> {
        self.faults.clone()
    }

    /// Writes the database file and returns the rows of each table.
    pub(crate) fn write(&self, path: &Path) -> Result<Vec<(&'static str, u64)>, DemoError> {
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        runtime.block_on(self.insert(path))?;
        restrict(path)?;
        Ok(self.sheets.iter().map(|sheet| (sheet.table, sheet.rows.len() as u64)).collect())
    }

    async fn insert(&self, path: &Path) -> Result<(), sqlx::Error> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .foreign_keys(false)
            .synchronous(SqliteSynchronous::Off);
        let mut connection = SqliteConnection::connect_with(&options).await?;
        let mut transaction = connection.begin().await?;
        sqlx::raw_sql(SCHEMA).execute(&mut *transaction).await?;
        for sheet in &self.sheets {
            sheet.insert(&mut transaction).await?;
        }
        transaction.commit().await?;
        connection.close().await
    }
}

/// Lets only the owner read `path`, so that the one file left open stands out.
pub(crate) fn restrict(path: &Path) -> std::io::Result<()> {
    set_mode(path, if path.is_dir() { 0o700 } else { 0o600 })
}

/// Sets Unix permissions; does nothing elsewhere.
pub(crate) fn set_mode(path: &Path, mode: u32) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs_err::set_permissions(path, std::fs::Permissions::from_mode(mode))?;
    }
    #[cfg(not(unix))]
    let _ = (path, mode);
    Ok(())
}

/// A column of the shop.
pub(crate) fn column(table: &str, column: &str) -> Place {
    Place::of_column(source("shop"), table, column)
}

/// A table of the shop.
pub(crate) fn table(table: &str) -> Place {
    Place::of_table(source("shop"), table)
}

/// The name of a source in the policy text.
pub(crate) fn source(name: &str) -> SourceId {
    SourceId::from_text(name)
}
