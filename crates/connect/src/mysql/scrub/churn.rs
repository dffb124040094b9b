//! Writing over the undo log: a table of our own is made, changed until the undo files have grown beyond the
//! size at which the server cuts them, and dropped. Nobody's rows are touched: the name of the table is fixed,
//! which is why the house lets this file alone change rows beside the gate.

use super::super::quote::quote_identifier;
use super::super::session::Session;
use super::plan;
use super::run::purge;
use super::run::unlimited;
use super::variable;
use crate::ConnectError;
use crate::scrub::StepEnd;

/// The table that is written into and dropped.
const CHURN_TABLE: &str = "dataward_scrub_churn";

/// Lets the undo log grow beyond the size at which it is cut, has it cut, and drops what made it grow.
pub(super) async fn renew_undo(session: &mut Session) -> Result<StepEnd, ConnectError> {
    let settings = ["innodb_undo_log_truncate", "innodb_max_undo_log_size", "innodb_purge_rseg_truncate_frequency"];
    let mut before = Vec::new();
    for name in settings {
        if let Some(value) = variable(session, name).await {
            before.push((name, value));
        }
    }
    let churned = churn(session).await;
    for (name, value) in before {
        unlimited(session, &format!("SET GLOBAL {name} = {value}")).await?;
    }
    churned
}

async fn churn(session: &mut Session) -> Result<StepEnd, ConnectError> {
    for setting in [
        "innodb_undo_log_truncate = 1",
        "innodb_max_undo_log_size = 10485760",
        "innodb_purge_rseg_truncate_frequency = 1",
    ] {
        // The last is MariaDB's before 11.
        let _ = unlimited(session, &format!("SET GLOBAL {setting}")).await;
    }
    let schema = session.database().unwrap_or("mysql").to_owned();
    let table = format!("{}.{CHURN_TABLE}", quote_identifier(&schema));
    unlimited(session, &format!("DROP TABLE IF EXISTS {table}")).await?;
    unlimited(
        session,
        &format!("CREATE TABLE {table} (id INT UNSIGNED PRIMARY KEY, filler VARBINARY(8000)) ENGINE=InnoDB"),
    )
    .await?;
    // 1,000 rows of 8,000 bytes; each UPDATE leaves 8 MB of old versions. Each in a transaction of its own, so
    // that they are spread over all undo files.
    unlimited(
        session,
        &format!(
            "INSERT INTO {table} SELECT a.n * 100 + b.n * 10 + c.n, REPEAT('.', 7900) FROM {TEN} a, {TEN} b, {TEN} c"
        ),
    )
    .await?;
    let rounds = plan::CHURN_BYTES / 8_000_000;
    for round in 0..rounds {
        let filler = if round % 2 == 0 { "-" } else { "." };
        for part in 0..8 {
            let sql = format!("UPDATE {table} SET filler = REPEAT('{filler}', 7900) WHERE id % 8 = {part}");
            unlimited(session, &sql).await?;
        }
    }
    unlimited(session, &format!("DROP TABLE {table}")).await?;
    purge(session).await
}

/// Writes over what histograms of others left in the data dictionary, which is never written anew: columns full of
/// marks get histograms of 1,024 buckets, together more than a megabyte, and go.
pub(super) async fn renew_dictionary(session: &mut Session) -> Result<StepEnd, ConnectError> {
    let Some(schema) = session.database().map(str::to_owned) else {
        return Ok(StepEnd::DoneInPart("the address of the source names no database to make a table in".to_owned()));
    };
    let table = format!("{}.{CHURN_TABLE}", quote_identifier(&schema));
    let columns: Vec<String> = (0..16).map(|at| format!("c{at}")).collect();
    let each = |text: &str| columns.iter().map(|column| format!("{column}{text}")).collect::<Vec<_>>().join(", ");
    // 42 characters of a text stand in a histogram.
    let marks = vec!["CONCAT(REPEAT('-', 38), LPAD(a.n * 100 + b.n * 10 + c.n, 4, '0'))"; columns.len()].join(", ");
    for sql in [
        format!("DROP TABLE IF EXISTS {table}"),
        format!("CREATE TABLE {table} ({}) ENGINE=InnoDB", each(" VARCHAR(42)")),
        format!("INSERT INTO {table} SELECT {marks} FROM {TEN} a, {TEN} b, {TEN} c"),
        format!("ANALYZE TABLE {table} UPDATE HISTOGRAM ON {} WITH 1024 BUCKETS", each("")),
        format!("DROP TABLE {table}"),
    ] {
        unlimited(session, &sql).await?;
    }
    Ok(StepEnd::Done)
}

const TEN: &str = "(SELECT 0 n UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 \
                   UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9)";
