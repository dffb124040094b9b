//! The disk below a PostgreSQL server on this machine, and tables that an extension encrypts (Percona's
//! `pg_tde`). The server itself encrypts nothing at rest.

use std::path::Path;

use super::session::Session;
use crate::ConnectError;
use crate::at_rest::AtRest;
use crate::at_rest::Protection;
use crate::at_rest::storage_of;

/// NULL for accounts without `pg_read_all_settings`.
const FOLDER: &str = "SELECT /* dataward */ pg_catalog.current_setting('data_directory', true) AS folder";

/// Tables stored by the access method of `pg_tde`, which encrypts their pages.
const TDE: &str = "\
SELECT /* dataward */ n.nspname::text AS schema, c.relname::text AS name
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_am a ON a.oid = c.relam AND a.amname IN ('tde_heap', 'tde_heap_basic')
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'm') ORDER BY 1, 2";

pub(super) async fn read(session: &mut Session, is_on_this_machine: bool) -> Result<AtRest, ConnectError> {
    let mut found = AtRest::default();
    for row in &session.rows(TDE, &[]).await? {
        let (schema, name): (String, String) = (session.get(row, "schema")?, session.get(row, "name")?);
        let proof = "the catalogue says that the table is stored by `tde_heap`";
        found.protections.push(Protection::of_unit(format!("{schema}.{name}"), "pg_tde", proof));
    }
    if !is_on_this_machine {
        found.unseen.push("the disk of the server, which is another machine".to_owned());
        return Ok(found);
    }
    let folder: Option<String> = match session.rows_or_state(FOLDER, &[]).await {
        Ok(rows) => rows.first().and_then(|row| session.get(row, "folder").ok()),
        // Another account's folder: in a transaction that has failed nothing more can be asked.
        Err(_) => None,
    };
    match folder {
        Some(folder) => found.protections.extend(storage_of(Path::new(&folder))),
        None => found.unseen.push("the folder of the server: GRANT pg_read_all_settings to the account".to_owned()),
    }
    Ok(found)
}
