//! Materialised views: copies of what tables had when they were last refreshed.

use super::names::quote_identifier;
use super::names::unit_name;
use super::session::Session;
use crate::ConnectError;

/// A materialised view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Derived {
    /// Its name, as the inventory has it.
    pub(super) name: String,
    /// Its name as it stands in SQL.
    pub(super) sql: String,
    /// Whether the account may refresh it.
    pub(super) owned: bool,
    /// Whether it can be refreshed while it is read: it has a unique index over all of its rows.
    pub(super) has_key: bool,
    pub(super) bytes: u64,
}

/// Those that read the tables of `$1` (as they stand in SQL, one on a line), their parts or the tables they are parts of,
/// also through views, in the order in which they are refreshed. One without rows yet copies nothing.
const DERIVED: &str = "\
WITH RECURSIVE
given AS (SELECT pg_catalog.to_regclass(line)::oid AS oid
            FROM pg_catalog.unnest(pg_catalog.string_to_array($1, E'\\n')) AS line),
parts AS (SELECT oid FROM given UNION
          SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN parts ON parts.oid = i.inhparent),
wholes AS (SELECT oid FROM given UNION
           SELECT i.inhparent FROM pg_catalog.pg_inherits i JOIN wholes ON wholes.oid = i.inhrelid),
reads AS (
  SELECT oid, 0 AS depth FROM (SELECT oid FROM parts UNION SELECT oid FROM wholes) AS start
  UNION
  SELECT r.ev_class, reads.depth + 1
    FROM reads
    JOIN pg_catalog.pg_depend d ON d.refobjid = reads.oid AND d.refclassid = 'pg_catalog.pg_class'::regclass
                               AND d.classid = 'pg_catalog.pg_rewrite'::regclass
    JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid AND r.ev_class <> reads.oid)
SELECT n.nspname::text AS schema, c.relname::text AS name,
       pg_catalog.pg_has_role(c.relowner, 'USAGE') AS owned,
       EXISTS (SELECT FROM pg_catalog.pg_index i
                WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
                  AND NOT 0 = ANY (i.indkey)) AS keyed,
       pg_catalog.pg_total_relation_size(c.oid) AS bytes
  FROM (SELECT oid, pg_catalog.max(depth) AS depth FROM reads GROUP BY oid) AS last
  JOIN pg_catalog.pg_class c ON c.oid = last.oid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'm' AND c.relispopulated
 ORDER BY last.depth, n.nspname, c.relname";

/// The materialised views that read these tables, which are named as they stand in SQL.
pub(super) async fn derived(session: &mut Session, tables: &[String]) -> Result<Vec<Derived>, ConnectError> {
    if tables.is_empty() {
        return Ok(Vec::new());
    }
    let rows = session.rows(DERIVED, &[&tables.join("\n")]).await?;
    let one = |row: &sqlx::postgres::PgRow| -> Result<Derived, ConnectError> {
        let (schema, name): (String, String) = (session.get(row, "schema")?, session.get(row, "name")?);
        Ok(Derived {
            name: unit_name(&schema, &name),
            sql: format!("{}.{}", quote_identifier(&schema), quote_identifier(&name)),
            owned: session.get(row, "owned")?,
            has_key: session.get(row, "keyed")?,
            bytes: u64::try_from(session.get::<i64>(row, "bytes")?).unwrap_or_default(),
        })
    };
    rows.iter().map(one).collect()
}
