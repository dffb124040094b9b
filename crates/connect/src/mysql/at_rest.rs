//! InnoDB's own encryption of tables, and the disk below a server on this machine.

use std::path::Path;

use super::session::Session;
use super::types;
use crate::ConnectError;
use crate::at_rest::AtRest;
use crate::at_rest::Protection;
use crate::at_rest::storage_of;

/// What the files hold (MariaDB): a scheme, and pages written with a key. Takes PROCESS.
const MARIADB: &str = "\
SELECT /* dataward */ NAME FROM information_schema.INNODB_TABLESPACES_ENCRYPTION
 WHERE ENCRYPTION_SCHEME <> 0 AND CURRENT_KEY_VERSION <> 0 AND ROTATING_OR_FLUSHING = 0 AND NAME LIKE '%/%'";
/// What the files hold (MySQL). Takes PROCESS.
const MYSQL: &str = "\
SELECT /* dataward */ NAME FROM information_schema.INNODB_TABLESPACES WHERE ENCRYPTION = 'Y' AND NAME LIKE '%/%'";
/// What was asked for when the table was made.
const DECLARED: &str = "\
SELECT /* dataward */ CONCAT(TABLE_SCHEMA, '/', TABLE_NAME) FROM information_schema.TABLES
 WHERE (CREATE_OPTIONS LIKE '%ENCRYPTED%YES%' OR CREATE_OPTIONS LIKE '%ENCRYPTION%Y%')
   AND TABLE_TYPE = 'BASE TABLE'";
const COUNT: &str = "\
SELECT /* dataward */ COUNT(*) FROM information_schema.TABLES WHERE TABLE_TYPE = 'BASE TABLE'
   AND TABLE_SCHEMA NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')";

/// Name of what is done, in the words of both manuals.
const BY: &str = "InnoDB tablespace encryption";

pub(super) async fn read(session: &mut Session) -> Result<AtRest, ConnectError> {
    let mut found = AtRest::default();
    let counted = session.rows(COUNT.to_owned()).await?;
    found.looked_at = counted.first().and_then(|row| types::number(row, 0)).unwrap_or(0);
    let seen = match session.try_rows(MARIADB.to_owned()).await {
        Ok(rows) => Some(rows),
        Err(_) => session.try_rows(MYSQL.to_owned()).await.ok(),
    };
    let (rows, proof) = match seen {
        Some(rows) => (rows, "the server says that the table's pages are written with a key"),
        None => {
            found.unseen.push(
                "what the files hold: GRANT PROCESS ON *.* to the account; by now what was declared is told".to_owned(),
            );
            (session.rows(DECLARED.to_owned()).await?, "declared when the table was made; the files were not seen")
        }
    };
    for row in &rows {
        // Partitions are `table#p#one`.
        let name = types::text(row, 0).split('#').next().unwrap_or_default().replacen('/', ".", 1);
        if !found.protections.iter().any(|known| known.unit.as_deref() == Some(name.as_str())) {
            found.protections.push(Protection::of_unit(name, BY, proof));
        }
    }
    if session.is_on_this_machine() {
        let rows = session.rows("SELECT @@datadir".to_owned()).await?;
        let folder = rows.first().map(|row| types::text(row, 0)).unwrap_or_default();
        found.protections.extend(storage_of(Path::new(&folder)));
    } else {
        found.unseen.push("the disk of the server, which is another machine".to_owned());
    }
    Ok(found)
}
