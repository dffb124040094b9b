//! Listing tables, views and the like: one query, whatever their number.

use futures::StreamExt;
use futures::stream;
use sqlx::postgres::PgRow;

use super::fault;
use super::names::unit_name;
use super::session::Pool;
use super::session::Session;
use crate::ConnectError;
use crate::Fingerprint;
use crate::Unit;
use crate::UnitKind;
use crate::UnitStream;

const UNITS: &str = include_str!("units.sql");

const LARGE_OBJECTS: &str =
    "SELECT pg_catalog.count(*) AS count FROM (SELECT FROM pg_catalog.pg_largeobject_metadata LIMIT 1000000) l";

/// Everything that can be read. Large objects, which no table shows, come as an error at the end.
pub(super) async fn list(pool: &Pool) -> Result<UnitStream, ConnectError> {
    let limit = pool.limits().catalogue;
    let mut session = pool.begin(limit).await?;
    let rows = match session.rows_or_state(UNITS, &["yes"]).await {
        // Somebody holds a table locked against readers: sizes and fingerprints have to wait.
        Err(error) if fault::sqlstate(&error).is_some_and(|state| state == "55P03") => {
            session = pool.begin(limit).await?;
            session.rows(UNITS, &["no"]).await?
        }
        rows => rows.map_err(|error| fault::reading(error, session.target(), limit))?,
    };
    let mut found = Vec::with_capacity(rows.len() + 1);
    for row in &rows {
        found.push(unit(&session, row));
    }
    let rows = session.rows(LARGE_OBJECTS, &[]).await?;
    let objects: i64 = rows.first().map_or(Ok(0), |row| session.get(row, "count"))?;
    if objects > 0 {
        found.push(Err(ConnectError::NotSupported {
            reason: format!("{objects} large objects (pg_largeobject) lie beside the tables; dataward reads tables"),
        }));
    }
    pool.end(session).await;
    Ok(stream::iter(found).boxed())
}

fn unit(session: &Session, row: &PgRow) -> Result<Unit, ConnectError> {
    let schema: String = session.get(row, "schema")?;
    let name: String = session.get(row, "name")?;
    let kind: String = session.get(row, "kind")?;
    let rows: Option<i64> = session.get(row, "rows")?;
    let bytes: Option<i64> = session.get(row, "bytes")?;
    let mark: Option<String> = session.get(row, "mark")?;
    Ok(Unit {
        name: unit_name(&schema, &name),
        kind: match kind.as_str() {
            "v" => UnitKind::View,
            "m" => UnitKind::MaterialisedView,
            "f" => UnitKind::ForeignTable,
            _ => UnitKind::Table,
        },
        rows_estimate: rows.and_then(|rows| u64::try_from(rows).ok()),
        bytes: bytes.and_then(|bytes| u64::try_from(bytes).ok()),
        fingerprint: mark.map(Fingerprint),
        exposure: None,
    })
}
