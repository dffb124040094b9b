//! The statements that PostgreSQL keeps: `pg_stat_statements`, where it is on and we may read it whole.

use dataward_model::Statement;
use jiff::Timestamp;
use sqlx::Row;

use super::names::quote_identifier;
use super::session::Session;
use crate::ConnectError;

/// Where the extension is, if we may look into it. Its tables stand in the schema it was made in; the second one exists from PostgreSQL 14 on.
const EXTENSION: &str = "\
SELECT /* dataward */ n.nspname::text AS schema
  FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
 WHERE e.extname = 'pg_stat_statements'
   AND pg_catalog.current_setting('pg_stat_statements.track', true) IN ('top', 'all')
   AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
   AND EXISTS (SELECT FROM pg_catalog.pg_class c
                WHERE c.relnamespace = n.oid AND c.relname = 'pg_stat_statements_info'
                  AND pg_catalog.has_table_privilege(c.oid, 'SELECT'))";

/// What else reads or writes columns: views, routines, rules of row security, and the keys that the server itself looks
/// up. Bodies that are kept parsed are written out.
const WITHIN: &str = "\
SELECT /* dataward */ c.relname || ' ' || pg_catalog.pg_get_viewdef(c.oid) AS text
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('v', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
UNION ALL
SELECT pg_catalog.pg_get_functiondef(p.oid)
  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
 WHERE p.prokind IN ('f', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
   AND p.probin IS NULL
UNION ALL
SELECT c.relname || ' ' || pg_catalog.concat_ws(' ', pg_catalog.pg_get_expr(o.polqual, o.polrelid),
                                                pg_catalog.pg_get_expr(o.polwithcheck, o.polrelid))
  FROM pg_catalog.pg_policy o JOIN pg_catalog.pg_class c ON c.oid = o.polrelid
UNION ALL
SELECT c.relname || ' ' || pg_catalog.pg_get_constraintdef(k.oid)
  FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
 WHERE k.contype IN ('p', 'f', 'u', 'x')";

/// Statements since when, all of them; None where the server does not keep them, lost some, or hides some from us.
pub(super) async fn read(session: &mut Session) -> Result<Option<(Timestamp, Vec<Statement>)>, ConnectError> {
    let Some(row) = session.rows(EXTENSION, &[]).await?.pop() else { return Ok(None) };
    let schema = quote_identifier(&session.get::<String>(&row, "schema")?);
    // Texts are kept as the first caller wrote them, with `$1` for what was a value.
    let kept = format!(
        "SELECT /* dataward */ extract(epoch FROM i.stats_reset)::bigint AS since, s.texts
           FROM {schema}.pg_stat_statements_info i,
                (SELECT pg_catalog.array_agg(query) AS texts,
                        pg_catalog.count(*) FILTER (WHERE query IS NULL OR query = '<insufficient privilege>') AS hidden
                   FROM {schema}.pg_stat_statements
                  WHERE dbid = (SELECT oid FROM pg_catalog.pg_database
                                 WHERE datname = pg_catalog.current_database())) s
          WHERE i.dealloc = 0 AND s.hidden = 0"
    );
    let row = match session.row(kept).await {
        Ok(row) => row,
        Err(sqlx::Error::RowNotFound) => return Ok(None),
        Err(error) => return Err(session.explain(error)),
    };
    let since: Option<i64> = row.try_get("since").map_err(|error| session.explain(error))?;
    let texts: Option<Vec<String>> = row.try_get("texts").map_err(|error| session.explain(error))?;
    let Some(since) = since.and_then(|seconds| Timestamp::from_second(seconds).ok()) else { return Ok(None) };
    let mut statements: Vec<Statement> = texts.iter().flatten().filter_map(|text| Statement::parse(text)).collect();
    for row in session.rows(WITHIN, &[]).await? {
        let text: Option<String> = session.get(&row, "text")?;
        statements.extend(text.and_then(|text| Statement::parse(&format!("select {text}"))));
    }
    Ok(Some((since, statements)))
}
