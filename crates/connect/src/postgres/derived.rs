//! Materialised views: copies of what tables had when they were last refreshed.

use std::collections::HashMap;
use std::collections::HashSet;

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

/// The views and materialised views that read the tables of `$1` (as they stand in SQL, one on a line), their parts or the
/// tables they are parts of, also through others, and what each reads. A view may come to read a materialised one that
/// reads it: what was reached is not gone through again. A materialised view without rows yet copies nothing.
const READING: &str = "\
WITH RECURSIVE
given AS (SELECT pg_catalog.to_regclass(line)::oid AS oid
            FROM pg_catalog.unnest(pg_catalog.string_to_array($1, E'\\n')) AS line),
parts AS (SELECT oid FROM given UNION
          SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN parts ON parts.oid = i.inhparent),
wholes AS (SELECT oid FROM given UNION
           SELECT i.inhparent FROM pg_catalog.pg_inherits i JOIN wholes ON wholes.oid = i.inhrelid),
reads AS (
  SELECT DISTINCT r.ev_class AS reader, d.refobjid AS source
    FROM pg_catalog.pg_rewrite r
    JOIN pg_catalog.pg_depend d ON d.objid = r.oid AND d.classid = 'pg_catalog.pg_rewrite'::regclass
                               AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid <> r.ev_class
   WHERE r.ev_type = '1'),
reached AS (
  SELECT oid FROM (SELECT oid FROM parts UNION SELECT oid FROM wholes) AS start
  UNION
  SELECT reads.reader FROM reached JOIN reads ON reads.source = reached.oid)
SELECT c.oid::int8 AS number, n.nspname::text AS schema, c.relname::text AS name,
       c.relkind = 'm' AND c.relispopulated AS copies,
       pg_catalog.pg_has_role(c.relowner, 'USAGE') AS owned,
       EXISTS (SELECT FROM pg_catalog.pg_index i
                WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
                  AND NOT 0 = ANY (i.indkey)) AS keyed,
       pg_catalog.pg_total_relation_size(c.oid) AS bytes,
       coalesce(s.sources, '{}') AS sources
  FROM reached
  JOIN pg_catalog.pg_class c ON c.oid = reached.oid
  LEFT JOIN (SELECT reader, pg_catalog.array_agg(source::int8 ORDER BY source) AS sources FROM reads GROUP BY reader) s
         ON s.reader = c.oid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('m', 'v')
 ORDER BY n.nspname, c.relname";

/// The materialised views that read these tables, which are named as they stand in SQL, in the order in which they are
/// refreshed.
pub(super) async fn derived(session: &mut Session, tables: &[String]) -> Result<Vec<Derived>, ConnectError> {
    if tables.is_empty() {
        return Ok(Vec::new());
    }
    let mut copies: Vec<(i64, Derived)> = Vec::new();
    let mut sources: HashMap<i64, Vec<i64>> = HashMap::new();
    for row in &session.rows(READING, &[&tables.join("\n")]).await? {
        let number: i64 = session.get(row, "number")?;
        sources.insert(number, session.get(row, "sources")?);
        if !session.get::<bool>(row, "copies")? {
            continue;
        }
        let (schema, name): (String, String) = (session.get(row, "schema")?, session.get(row, "name")?);
        let derived = Derived {
            name: unit_name(&schema, &name),
            sql: format!("{}.{}", quote_identifier(&schema), quote_identifier(&name)),
            owned: session.get(row, "owned")?,
            has_key: session.get(row, "keyed")?,
            bytes: u64::try_from(session.get::<i64>(row, "bytes")?).unwrap_or_default(),
        };
        copies.push((number, derived));
    }
    copies.sort_by_cached_key(|(number, _)| behind(*number, &sources));
    Ok(copies.into_iter().map(|(_, derived)| derived).collect())
}

/// How many views stand behind one, itself among them: always more than behind each that it reads, unless they read each
/// other.
fn behind(view: i64, sources: &HashMap<i64, Vec<i64>>) -> usize {
    let (mut seen, mut rest) = (HashSet::new(), vec![view]);
    while let Some(one) = rest.pop() {
        if let Some(more) = sources.get(&one).filter(|_| seen.insert(one)) {
            rest.extend(more);
        }
    }
    seen.len()
}
