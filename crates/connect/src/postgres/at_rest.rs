//! The disk below a PostgreSQL server on this machine. The server itself encrypts nothing at rest.

use std::path::Path;

use super::session::Session;
use crate::ConnectError;
use crate::at_rest::AtRest;
use crate::at_rest::storage_of;

/// NULL for accounts without `pg_read_all_settings`.
const FOLDER: &str = "SELECT /* dataward */ pg_catalog.current_setting('data_directory', true) AS folder";

pub(super) async fn read(session: &mut Session, is_on_this_machine: bool) -> Result<AtRest, ConnectError> {
    let mut found = AtRest::default();
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
