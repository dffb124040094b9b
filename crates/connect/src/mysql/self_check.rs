//! `CHECK TABLE`, for engines where it stops no writer.

use super::quote;
use super::session::Session;
use super::types;
use crate::ConnectError;
use crate::SelfCheck;
use dataward_model::counted;

/// InnoDB's check reads beside writers; those of MyISAM and Aria lock them out.
const TABLES: &str = "\
SELECT /* dataward */ TABLE_SCHEMA, TABLE_NAME, ENGINE FROM information_schema.TABLES WHERE TABLE_TYPE = 'BASE TABLE'
   AND TABLE_SCHEMA NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys') ORDER BY 1, 2";
/// Tables that are checked in one audit.
const MOST_TABLES: usize = 2_000;

pub(super) async fn read(session: &mut Session) -> Result<SelfCheck, ConnectError> {
    let mut found = SelfCheck::default();
    let only = session.database().map(str::to_owned);
    let mut locking = 0;
    let tables = session.rows(TABLES.to_owned()).await?;
    let mut checked = 0;
    for row in &tables {
        let (schema, name, engine) = (types::text(row, 0), types::text(row, 1), types::text(row, 2));
        if only.as_ref().is_some_and(|only| *only != schema) {
            continue;
        }
        if engine != "InnoDB" {
            locking += 1;
            continue;
        }
        if checked == MOST_TABLES {
            found.unseen.push(format!("tables beyond the first {MOST_TABLES}"));
            break;
        }
        checked += 1;
        let table = format!("{schema}.{name}");
        let statement = format!("CHECK TABLE {}.{}", quote::quote_identifier(&schema), quote::quote_identifier(&name));
        match session.try_rows(statement).await {
            Ok(lines) => {
                for line in &lines {
                    let kind = types::text(line, 2).to_lowercase();
                    if kind == "error" || (kind == "status" && !types::text(line, 3).eq_ignore_ascii_case("ok")) {
                        found.fault(Some(&table), "CHECK TABLE says that the table is damaged");
                    }
                }
            }
            Err(_) => found.unseen.push(format!("`{table}`: CHECK TABLE was refused or took too long")),
        }
    }
    if checked > 0 {
        found.done.push(format!("CHECK TABLE of {}", counted(checked as u64, "table", "tables")));
    }
    if locking > 0 {
        found.unseen.push(format!(
            "{} of another engine than InnoDB: the check would lock writers out",
            counted(locking as u64, "table", "tables")
        ));
    }
    Ok(found)
}
