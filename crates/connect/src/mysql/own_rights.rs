//! What the information schema tells an account of its own rights, where `mysql.*` is closed to it.

use super::catalogue::Account;
use super::catalogue::AccountName;
use super::catalogue::DatabaseRights;
use super::catalogue::MysqlCatalogue;
use super::catalogue::Rights;
use super::catalogue::TableRights;
use super::session::Session;
use super::types;
use crate::ConnectError;

const GLOBAL: &str = "SELECT /* dataward */ GRANTEE, PRIVILEGE_TYPE FROM information_schema.USER_PRIVILEGES";
const DATABASES: &str =
    "SELECT /* dataward */ GRANTEE, PRIVILEGE_TYPE, TABLE_SCHEMA FROM information_schema.SCHEMA_PRIVILEGES";
const TABLES: &str = "SELECT /* dataward */ GRANTEE, PRIVILEGE_TYPE, TABLE_SCHEMA, TABLE_NAME \
     FROM information_schema.TABLE_PRIVILEGES";
const COLUMNS: &str = "SELECT /* dataward */ GRANTEE, PRIVILEGE_TYPE, TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME \
     FROM information_schema.COLUMN_PRIVILEGES";

/// Fills in accounts and rights as far as the information schema shows them.
pub(super) async fn read(session: &mut Session, facts: &mut MysqlCatalogue) -> Result<(), ConnectError> {
    for row in session.rows(GLOBAL.to_owned()).await? {
        let name = grantee(&types::text(&row, 0));
        let right = Rights::named(&types::text(&row, 1)).unwrap_or_default();
        match facts.accounts.iter_mut().find(|account| account.name == name) {
            Some(account) => account.rights |= right,
            None => facts.accounts.push(Account { name, rights: right, ..Account::default() }),
        }
    }
    for row in session.rows(DATABASES.to_owned()).await? {
        facts.database_rights.push(DatabaseRights {
            grantee: grantee(&types::text(&row, 0)),
            pattern: types::text(&row, 2),
            rights: Rights::named(&types::text(&row, 1)).unwrap_or_default(),
        });
    }
    merge_databases(&mut facts.database_rights);
    for (sql, on_columns) in [(TABLES, false), (COLUMNS, true)] {
        for row in session.rows(sql.to_owned()).await? {
            let grantee = grantee(&types::text(&row, 0));
            let right = Rights::named(&types::text(&row, 1)).unwrap_or_default();
            let (database, table) = (types::text(&row, 2), types::text(&row, 3));
            let same = |line: &TableRights| line.grantee == grantee && line.database == database && line.table == table;
            let at = facts.table_rights.iter().position(same).unwrap_or_else(|| {
                facts.table_rights.push(TableRights {
                    grantee: grantee.clone(),
                    database,
                    table,
                    ..Default::default()
                });
                facts.table_rights.len() - 1
            });
            let line = &mut facts.table_rights[at];
            match on_columns {
                true => *line.columns.entry(types::text(&row, 4)).or_default() |= right,
                false => line.rights |= right,
            }
        }
    }
    Ok(())
}

/// One line for each grantee and pattern, as in `mysql.db`.
fn merge_databases(rights: &mut Vec<DatabaseRights>) {
    let mut merged: Vec<DatabaseRights> = Vec::new();
    for line in rights.drain(..) {
        match merged.iter_mut().find(|other| other.grantee == line.grantee && other.pattern == line.pattern) {
            Some(other) => other.rights |= line.rights,
            None => merged.push(line),
        }
    }
    *rights = merged;
}

/// `'user'@'host'`, quotes inside not doubled.
fn grantee(text: &str) -> AccountName {
    let (user, host) = text.rsplit_once("'@'").unwrap_or((text, ""));
    AccountName::new(user.trim_matches('\''), host.trim_end_matches('\''))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grantees_are_read_as_the_information_schema_writes_them() {
        assert_eq!(grantee("'app'@'10.0.0.%'"), AccountName::new("app", "10.0.0.%"));
        assert_eq!(grantee("'o'brien'@'%'"), AccountName::new("o'brien", "%"));
        assert_eq!(grantee("''@'localhost'"), AccountName::new("", "localhost"));
    }
}
