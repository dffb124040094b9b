//! `amcheck` where it is installed and may be used, and what the server counted of broken checksums.
//! Both take an ACCESS SHARE lock, as any SELECT does.

use super::session::Session;
use crate::ConnectError;
use crate::SelfCheck;
use dataward_model::counted;

const CHECKSUMS: &str = "\
SELECT /* dataward */ pg_catalog.current_setting('data_checksums', true) AS on_or_off,
       (SELECT coalesce(checksum_failures, 0)::text FROM pg_catalog.pg_stat_database
         WHERE datname = pg_catalog.current_database()) AS failures";
const AMCHECK: &str = "\
SELECT /* dataward */ n.nspname::text AS schema,
       pg_catalog.has_function_privilege(p.oid, 'EXECUTE')::text AS allowed,
       (EXISTS (SELECT 1 FROM pg_catalog.pg_proc h WHERE h.proname = 'verify_heapam'
                 AND h.pronamespace = n.oid))::text AS heap
  FROM pg_catalog.pg_extension e
  JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
  JOIN pg_catalog.pg_proc p ON p.pronamespace = n.oid AND p.proname = 'bt_index_check' AND p.pronargs = 1
 WHERE e.extname = 'amcheck'";
/// Indexes of ordinary tables; those of temporary ones are seen by their session alone.
const INDEXES: &str = "\
SELECT /* dataward */ i.indexrelid::text AS index, tn.nspname::text AS schema, t.relname::text AS name
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
  JOIN pg_catalog.pg_am a ON a.oid = c.relam AND a.amname = 'btree'
  JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
  JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
 WHERE c.relkind = 'i' AND c.relpersistence <> 't' AND i.indisready AND i.indisvalid
   AND tn.nspname NOT IN ('pg_catalog', 'information_schema') AND tn.nspname NOT LIKE 'pg_toast%'
 ORDER BY c.relpages LIMIT 5000";
const TABLES: &str = "\
SELECT /* dataward */ t.oid::text AS oid, n.nspname::text AS schema, t.relname::text AS name
  FROM pg_catalog.pg_class t JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
 WHERE t.relkind IN ('r', 'm') AND t.relpersistence <> 't'
   AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_toast%'
 ORDER BY t.relpages LIMIT 5000";

pub(super) async fn read(session: &mut Session) -> Result<SelfCheck, ConnectError> {
    let mut found = SelfCheck::default();
    if let Some(row) = session.rows(CHECKSUMS, &[]).await?.first() {
        let failures: Option<String> = session.get(row, "failures")?;
        let state: Option<String> = session.get(row, "on_or_off")?;
        if state.as_deref() == Some("on") {
            found.done.push("page checksums that the server counted as broken".to_owned());
        } else {
            found
                .unseen
                .push("page checksums: the server keeps none (pg_checksums --enable, while it is down)".to_owned());
        }
        if let Some(failures) = failures.filter(|failures| failures != "0") {
            found.fault(None, format!("{failures} pages had a broken checksum when they were read"));
        }
    }
    let amcheck = session.rows(AMCHECK, &[]).await?;
    let Some(row) = amcheck.first() else {
        found.unseen.push("indexes and tables: CREATE EXTENSION amcheck".to_owned());
        return Ok(found);
    };
    let (schema, allowed): (String, String) = (session.get(row, "schema")?, session.get(row, "allowed")?);
    let heap: String = session.get(row, "heap")?;
    let quoted = schema.replace('"', "\"\"");
    if allowed != "true" {
        found
            .unseen
            .push(format!("indexes: GRANT EXECUTE ON FUNCTION \"{quoted}\".bt_index_check(regclass) to the account"));
        return Ok(found);
    }
    let mut checked = 0;
    let indexes = session.rows(INDEXES, &[]).await?;
    for row in &indexes {
        let index: String = session.get(row, "index")?;
        let (namespace, name): (String, String) = (session.get(row, "schema")?, session.get(row, "name")?);
        // Numbers of objects come from the catalogue, and are numbers.
        let statement = format!("SELECT \"{quoted}\".bt_index_check({}::oid::regclass)", digits(&index));
        match check(session, statement).await {
            Checked::Damaged => {
                found.fault(
                    Some(&format!("{namespace}.{name}")),
                    "an index of the table is damaged (bt_index_check): REINDEX it",
                );
            }
            Checked::Not => {
                found.unseen.push(format!("an index of `{namespace}.{name}`: its check was refused or took too long"))
            }
            Checked::Whole => checked += 1,
        }
    }
    found.done.push(format!("bt_index_check of {checked} indexes"));
    if heap == "true" {
        let tables = session.rows(TABLES, &[]).await?;
        let mut whole = 0;
        for row in &tables {
            let oid: String = session.get(row, "oid")?;
            let (namespace, name): (String, String) = (session.get(row, "schema")?, session.get(row, "name")?);
            let statement = format!(
                "SELECT 1/(CASE WHEN EXISTS (SELECT 1 FROM \"{quoted}\".verify_heapam({}::oid::regclass)) THEN 0 ELSE 1 END)",
                digits(&oid)
            );
            match check(session, statement).await {
                Checked::Damaged => {
                    found.fault(Some(&format!("{namespace}.{name}")), "pages of the table are damaged (verify_heapam)");
                }
                Checked::Not => {}
                Checked::Whole => whole += 1,
            }
        }
        found.done.push(format!("verify_heapam of {}", counted(whole, "table", "tables")));
    }
    Ok(found)
}

fn digits(number: &str) -> String {
    number.chars().filter(char::is_ascii_digit).collect()
}

enum Checked {
    Damaged,
    Not,
    Whole,
}

/// Runs one check inside a savepoint, so that a failed one ends nothing else. Damage is reported as an
/// error of class XX (internal), or by the division by zero that asks for rows.
async fn check(session: &mut Session, statement: String) -> Checked {
    if session.run("SAVEPOINT dataward_check").await.is_err() {
        return Checked::Not;
    }
    match session.row(statement).await {
        Ok(_) => {
            let _ = session.run("RELEASE SAVEPOINT dataward_check").await;
            Checked::Whole
        }
        Err(error) => {
            let code = error.as_database_error().and_then(|error| error.code()).unwrap_or_default().into_owned();
            let _ = session.run("ROLLBACK TO SAVEPOINT dataward_check").await;
            if code.starts_with("XX") || code == "22012" { Checked::Damaged } else { Checked::Not }
        }
    }
}
