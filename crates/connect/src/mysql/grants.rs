//! Reads the tables that say who may do what: at most sixteen statements, none of which writes.
//!
//! An account that may not read `mysql.*` still learns its own rights from the information schema;
//! what is missing then is said, with the statement that grants it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde_json::Value;
use sqlx::Column;
use sqlx::Row;
use sqlx::mysql::MySqlRow;

use super::catalogue::Account;
use super::catalogue::AccountName;
use super::catalogue::DatabaseRights;
use super::catalogue::Membership;
use super::catalogue::MysqlCatalogue;
use super::catalogue::Product;
use super::catalogue::Rights;
use super::catalogue::Routine;
use super::catalogue::RoutineRights;
use super::catalogue::Settings;
use super::catalogue::Table;
use super::catalogue::TableRights;
use super::catalogue::View;
use super::faults;
use super::own_rights;
use super::quote::quote_text;
use super::session::Session;
use super::types;
use crate::ConnectError;

const SETTINGS: &str = "SELECT /* dataward */ current_user(), @@lower_case_table_names, @@skip_name_resolve, \
     @@secure_file_priv, @@log_bin, @@performance_schema";
const SETTINGS_MYSQL: &str = ", @@partial_revokes, @@activate_all_roles_on_login, @@mandatory_roles";
/// A setting that older servers do not have, and asking which is no error then.
const MANDATORY_ON_LOGIN: &str = "SHOW GLOBAL VARIABLES LIKE 'activate_mandatory_roles'";

/// The rights of accounts stand here in MariaDB.
const ACCOUNTS_MARIADB: &str = "SELECT /* dataward */ User, Host, Priv FROM mysql.global_priv";
const ACCOUNTS_MYSQL: &str = "SELECT /* dataward */ * FROM mysql.user";
const DYNAMIC_RIGHTS: &str = "SELECT /* dataward */ USER, HOST, PRIV FROM mysql.global_grants";
const DATABASE_RIGHTS: &str = "SELECT /* dataward */ * FROM mysql.db";
const TABLE_RIGHTS: &str = "SELECT /* dataward */ User, Host, Db, Table_name, Table_priv FROM mysql.tables_priv";
const COLUMN_RIGHTS: &str =
    "SELECT /* dataward */ User, Host, Db, Table_name, Column_name, Column_priv FROM mysql.columns_priv";
const ROUTINE_RIGHTS: &str =
    "SELECT /* dataward */ User, Host, Db, Routine_name, Routine_type, Proc_priv FROM mysql.procs_priv";
const ROLES_MARIADB: &str = "SELECT /* dataward */ User, Host, Role, '', Admin_option FROM mysql.roles_mapping";
const ROLES_MYSQL: &str =
    "SELECT /* dataward */ TO_USER, TO_HOST, FROM_USER, FROM_HOST, WITH_ADMIN_OPTION FROM mysql.role_edges";
const DEFAULT_ROLES: &str =
    "SELECT /* dataward */ USER, HOST, DEFAULT_ROLE_USER, DEFAULT_ROLE_HOST FROM mysql.default_roles";
const PROXIES: &str = "SELECT /* dataward */ User, Host, Proxied_user, Proxied_host FROM mysql.proxies_priv";
const COLUMNS: &str = "SELECT /* dataward */ TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS \
     WHERE TABLE_SCHEMA NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys') \
     ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION";
const VIEWS: &str = "SELECT /* dataward */ TABLE_SCHEMA, TABLE_NAME, VIEW_DEFINITION, DEFINER, SECURITY_TYPE, \
     IS_UPDATABLE FROM information_schema.VIEWS WHERE TABLE_SCHEMA NOT IN ('mysql', 'sys')";
const ROUTINES: &str = "SELECT /* dataward */ ROUTINE_SCHEMA, ROUTINE_NAME, ROUTINE_TYPE, ROUTINE_DEFINITION, \
     DEFINER, SECURITY_TYPE FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA NOT IN ('mysql', 'sys')";
const SEEN: &str = "SELECT /* dataward */ DISTINCT USER FROM performance_schema.accounts WHERE USER IS NOT NULL";

/// Reads everything. A part that we may not read is listed under `missing`.
pub(super) async fn read(session: &mut Session) -> Result<MysqlCatalogue, ConnectError> {
    let product = if session.is_mariadb() { Product::MariaDb } else { Product::Mysql };
    let mut reader = Reader { session, user: String::new(), facts: MysqlCatalogue { product, ..Default::default() } };
    reader.settings().await?;
    reader.accounts().await?;
    reader.rights().await?;
    reader.roles().await?;
    reader.objects().await?;
    Ok(reader.facts)
}

struct Reader<'s> {
    session: &'s mut Session,
    /// Ourselves, as GRANT names us.
    user: String,
    facts: MysqlCatalogue,
}

impl Reader<'_> {
    async fn settings(&mut self) -> Result<(), ConnectError> {
        let mysql = self.facts.product == Product::Mysql;
        let rows = self.session.rows(format!("{SETTINGS}{}", if mysql { SETTINGS_MYSQL } else { "" })).await?;
        let Some(row) = rows.first() else { return Ok(()) };
        let on = |at| matches!(types::text(row, at).as_str(), "1" | "ON");
        self.user = AccountName::parse(&types::text(row, 0)).quoted();
        self.facts.only = self.session.database().map(str::to_owned);
        self.facts.version = version(self.session.version());
        let unknown = unknown_version(self.facts.product, self.facts.version);
        self.facts.missing.extend(unknown.map(|what| (what, None)));
        self.facts.settings = Settings {
            lower_case_names: types::text(row, 1) != "0",
            skip_name_resolve: on(2),
            // NULL is "everywhere" for MariaDB and "nowhere" for MySQL.
            secure_file_priv: match types::bytes(row, 3) {
                None if mysql => None,
                _ => Some(types::text(row, 3)),
            },
            binary_log: on(4),
            partial_revokes: mysql && on(6),
            all_roles_on_login: mysql && on(7),
            mandatory_roles: if mysql { mandatory(&types::text(row, 8)) } else { Vec::new() },
            mandatory_on_login: false,
        };
        if !self.facts.settings.mandatory_roles.is_empty() {
            let rows = self.session.rows(MANDATORY_ON_LOGIN.to_owned()).await?;
            self.facts.settings.mandatory_on_login = rows.first().is_some_and(|row| types::text(row, 1) == "ON");
        }
        if on(5) {
            let seen = self.session.try_rows(SEEN.to_owned()).await;
            self.facts.seen = seen.ok().map(|rows| rows.iter().map(|row| types::text(row, 0)).collect());
        }
        Ok(())
    }

    /// The rows of a table of `mysql`, or none and a word on what is missing.
    async fn granted(&mut self, table: &str, sql: &str, lost: &str) -> Result<Option<Vec<MySqlRow>>, ConnectError> {
        match self.session.try_rows(sql.to_owned()).await {
            Ok(rows) => Ok(Some(rows)),
            Err(error) if matches!(faults::number(&error), Some(1044 | 1142 | 1143)) => {
                let what = format!("`mysql.{table}` may not be read, so {lost}");
                let grant = format!("GRANT SELECT ON mysql.{table} TO {}", self.user);
                self.facts.missing.push((what, Some(grant)));
                Ok(None)
            }
            // An older server without that table.
            Err(error) if faults::number(&error) == Some(1146) => Ok(Some(Vec::new())),
            Err(error) => Err(self.session.who().explain(&error)),
        }
    }

    async fn accounts(&mut self) -> Result<(), ConnectError> {
        let lost = "other accounts and their rights on everything are not known";
        if self.facts.product == Product::MariaDb {
            if let Some(rows) = self.granted("global_priv", ACCOUNTS_MARIADB, lost).await? {
                self.facts.accounts = rows.iter().map(mariadb_account).collect();
                return Ok(());
            }
        } else if let Some(rows) = self.granted("user", ACCOUNTS_MYSQL, lost).await? {
            self.facts.accounts = rows.iter().map(mysql_account).collect();
            let dynamic =
                self.granted("global_grants", DYNAMIC_RIGHTS, "newer rights on everything are not known").await?;
            for row in dynamic.unwrap_or_default() {
                let name = AccountName::new(types::text(&row, 0), types::text(&row, 1));
                let account = self.facts.accounts.iter_mut().find(|account| account.name == name);
                if let (Some(account), Some(right)) = (account, Rights::named(&types::text(&row, 2))) {
                    account.rights |= right;
                }
            }
            return Ok(());
        }
        own_rights::read(self.session, &mut self.facts).await
    }

    async fn rights(&mut self) -> Result<(), ConnectError> {
        if let Some(rows) = self.granted("db", DATABASE_RIGHTS, "rights on whole databases are not known").await? {
            self.facts.database_rights = rows
                .iter()
                .map(|row| DatabaseRights {
                    grantee: AccountName::new(named(row, "User"), named(row, "Host")),
                    pattern: named(row, "Db"),
                    rights: yes_columns(row),
                })
                .collect();
        }
        let lost = "rights on single tables are not known";
        let mut tables: BTreeMap<(AccountName, String, String), TableRights> = BTreeMap::new();
        for row in self.granted("tables_priv", TABLE_RIGHTS, lost).await?.unwrap_or_default() {
            let grantee = AccountName::new(types::text(&row, 0), types::text(&row, 1));
            let (database, table) = (types::text(&row, 2), types::text(&row, 3));
            let rights = set(&types::text(&row, 4));
            let key = (grantee.clone(), database.clone(), table.clone());
            tables.insert(key, TableRights { grantee, database, table, rights, columns: BTreeMap::new() });
        }
        let lost = "rights on single columns are not known";
        for row in self.granted("columns_priv", COLUMN_RIGHTS, lost).await?.unwrap_or_default() {
            let grantee = AccountName::new(types::text(&row, 0), types::text(&row, 1));
            // A line here counts only where `tables_priv` has one too.
            if let Some(table) = tables.get_mut(&(grantee, types::text(&row, 2), types::text(&row, 3))) {
                table.columns.insert(types::text(&row, 4), set(&types::text(&row, 5)));
            }
        }
        if !tables.is_empty() {
            self.facts.table_rights = tables.into_values().collect();
        }
        let lost = "rights on single functions and procedures are not known";
        for row in self.granted("procs_priv", ROUTINE_RIGHTS, lost).await?.unwrap_or_default() {
            self.facts.routine_rights.push(RoutineRights {
                grantee: AccountName::new(types::text(&row, 0), types::text(&row, 1)),
                database: types::text(&row, 2),
                routine: types::text(&row, 3),
                is_function: types::text(&row, 4) == "FUNCTION",
                rights: set(&types::text(&row, 5)),
            });
        }
        Ok(())
    }

    async fn roles(&mut self) -> Result<(), ConnectError> {
        let mariadb = self.facts.product == Product::MariaDb;
        let (table, sql) = if mariadb { ("roles_mapping", ROLES_MARIADB) } else { ("role_edges", ROLES_MYSQL) };
        for row in self.granted(table, sql, "who holds which role is not known").await?.unwrap_or_default() {
            self.facts.memberships.push(Membership {
                member: AccountName::new(types::text(&row, 0), types::text(&row, 1)),
                role: AccountName::new(types::text(&row, 2), types::text(&row, 3)),
                admin: types::text(&row, 4) == "Y",
            });
        }
        if !mariadb {
            let lost = "which roles are active after a log-in is not known";
            for row in self.granted("default_roles", DEFAULT_ROLES, lost).await?.unwrap_or_default() {
                let name = |at| AccountName::new(types::text(&row, at), types::text(&row, at + 1));
                self.facts.default_roles.push((name(0), name(2)));
            }
            // A role of MySQL is an account that somebody holds, or that was made by CREATE ROLE.
            let held: BTreeSet<&AccountName> = (self.facts.memberships.iter().map(|membership| &membership.role))
                .chain(&self.facts.settings.mandatory_roles)
                .collect();
            for account in &mut self.facts.accounts {
                account.is_role = account.locked && (held.contains(&account.name) || account.is_role);
            }
        }
        let lost = "who may act as another account is not known";
        for row in self.granted("proxies_priv", PROXIES, lost).await?.unwrap_or_default() {
            let name = |at| AccountName::new(types::text(&row, at), types::text(&row, at + 1));
            self.facts.proxies.push((name(0), name(2)));
        }
        Ok(())
    }

    async fn objects(&mut self) -> Result<(), ConnectError> {
        for row in self.session.rows(COLUMNS.to_owned()).await? {
            let (database, name) = (types::text(&row, 0), types::text(&row, 1));
            match self.facts.tables.last_mut() {
                Some(last) if last.database == database && last.name == name => last.columns.push(types::text(&row, 2)),
                _ => self.facts.tables.push(Table { database, name, columns: vec![types::text(&row, 2)] }),
            }
        }
        for row in self.session.rows(VIEWS.to_owned()).await? {
            self.facts.views.push(View {
                database: types::text(&row, 0),
                name: types::text(&row, 1),
                definition: Some(types::text(&row, 2)).filter(|text| !text.is_empty()),
                definer: AccountName::parse(&types::text(&row, 3)),
                invoker: types::text(&row, 4) == "INVOKER",
                updatable: types::text(&row, 5) == "YES",
            });
        }
        for row in self.session.rows(ROUTINES.to_owned()).await? {
            self.facts.routines.push(Routine {
                database: types::text(&row, 0),
                name: types::text(&row, 1),
                is_function: types::text(&row, 2) == "FUNCTION",
                body: types::bytes(&row, 3).map(|_| types::text(&row, 3)),
                definer: AccountName::parse(&types::text(&row, 4)),
                invoker: types::text(&row, 5) == "INVOKER",
            });
        }
        self.unseen_definitions();
        Ok(())
    }

    /// Views and routines whose text the server keeps from us.
    fn unseen_definitions(&mut self) {
        let hidden = |database: &str, name: &str| format!("{database}.{name}");
        let views: Vec<String> = self
            .facts
            .views
            .iter()
            .filter(|view| view.definition.is_none())
            .map(|view| hidden(&view.database, &view.name))
            .collect();
        let routines: Vec<String> = self
            .facts
            .routines
            .iter()
            .filter(|routine| routine.body.is_none())
            .map(|routine| hidden(&routine.database, &routine.name))
            .collect();
        let right = match self.facts.product {
            Product::MariaDb => "SELECT ON mysql.proc",
            Product::Mysql => "SHOW_ROUTINE ON *.*",
        };
        if !views.is_empty() {
            let what = format!("what these views show is not known: {}", shortened(&views));
            self.facts.missing.push((what, Some(format!("GRANT SELECT, SHOW VIEW ON *.* TO {}", self.user))));
        }
        if !routines.is_empty() {
            let what = format!("what these routines read is not known: {}", shortened(&routines));
            self.facts.missing.push((what, Some(format!("GRANT {right} TO {}", self.user))));
        }
    }
}

/// The first of many names.
fn shortened(names: &[String]) -> String {
    const MOST: usize = 5;
    let more = names.len().saturating_sub(MOST);
    let first = names.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
    if more == 0 { first } else { format!("{first} and {more} more") }
}

/// Major, minor and patch of `10.11.19-MariaDB-…` or `9.7.4-2`.
fn version(text: &str) -> (u16, u16, u16) {
    let mut numbers = text.split(['.', '-', '+']).map(|part| part.parse().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    (next(), next(), next())
}

/// That a server is of a version whose rules nobody has looked at, if so.
fn unknown_version(product: Product, (major, minor, _): (u16, u16, u16)) -> Option<String> {
    let (name, known, words) = match product {
        Product::MariaDb => ("MariaDB", (major, minor) >= (10, 4) && major <= 12, "10.4 to 12"),
        Product::Mysql => ("MySQL", (8..=9).contains(&major), "8 and 9"),
    };
    (!known).then(|| {
        format!(
            "version {major}.{minor} of {name} is not one whose rules dataward knows ({words}); worked out as for the \
             nearest of them"
        )
    })
}

/// The value of a column by its name, empty for NULL.
fn named(row: &MySqlRow, name: &str) -> String {
    let at = row.columns().iter().position(|column| column.name().eq_ignore_ascii_case(name));
    at.map(|at| types::text(row, at)).unwrap_or_default()
}

/// The rights whose columns (`Select_priv`) say `Y`.
fn yes_columns(row: &MySqlRow) -> Rights {
    let mut rights = Rights::NONE;
    for (at, column) in row.columns().iter().enumerate() {
        let name = column.name();
        if name.to_ascii_lowercase().ends_with("_priv") && types::text(row, at) == "Y" {
            rights |= Rights::named(name).unwrap_or_default();
        }
    }
    rights
}

/// `Select,Insert`.
fn set(text: &str) -> Rights {
    text.split(',').filter_map(|word| Rights::named(word.trim())).fold(Rights::NONE, |all, one| all | one)
}

/// `mandatory_roles`: `` `a`@`%`,b@localhost,c ``.
fn mandatory(text: &str) -> Vec<AccountName> {
    text.split(',')
        .map(|part| part.trim().replace(['`', '\'', '"'], ""))
        .filter(|part| !part.is_empty())
        .map(|part| if part.contains('@') { AccountName::parse(&part) } else { AccountName::new(part, "%") })
        .collect()
}

/// What `mysql.global_priv` says of an account, as JSON. Passwords' hashes in it go no further.
fn mariadb_account(row: &MySqlRow) -> Account {
    let fields: Value = serde_json::from_slice(types::bytes(row, 2).unwrap_or_default()).unwrap_or_default();
    let is = |name: &str| fields.get(name).and_then(Value::as_bool).unwrap_or(false);
    let ways: Vec<&Value> = match fields.get("auth_or").and_then(Value::as_array) {
        // An empty way stands for the one outside.
        Some(ways) => ways.iter().map(|way| if way.get("plugin").is_some() { way } else { &fields }).collect(),
        None => vec![&fields],
    };
    let plugin = |way: &Value| way.get("plugin").and_then(Value::as_str).unwrap_or("mysql_native_password").to_owned();
    let secret = |way: &Value| way.get("authentication_string").and_then(Value::as_str).unwrap_or_default().is_empty();
    Account {
        name: AccountName::new(types::text(row, 0), types::text(row, 1)),
        is_role: is("is_role"),
        rights: Rights::from_bits(fields.get("access").and_then(Value::as_u64).unwrap_or(0)),
        restrictions: BTreeMap::new(),
        locked: is("account_locked"),
        // 0 for a password that was made to expire.
        password_expired: fields.get("password_last_changed").and_then(Value::as_u64) == Some(0),
        without_password: !is("is_role") && ways.iter().any(|way| asks_for_password(&plugin(way)) && secret(way)),
        plugins: ways.iter().map(|way| plugin(way)).collect(),
        requires_tls: fields.get("ssl_type").and_then(Value::as_u64).is_some_and(|kind| kind > 0),
        default_role: fields
            .get("default_role")
            .and_then(Value::as_str)
            .filter(|role| !role.is_empty())
            .map(str::to_owned),
    }
}

/// A line of MySQL's `mysql.user`.
fn mysql_account(row: &MySqlRow) -> Account {
    let plugin = named(row, "plugin");
    let locked = named(row, "account_locked") == "Y";
    let expired = named(row, "password_expired") == "Y";
    let secret = named(row, "authentication_string");
    let attributes: Value = serde_json::from_str(&named(row, "User_attributes")).unwrap_or_default();
    let mut restrictions: BTreeMap<String, Rights> = BTreeMap::new();
    for restriction in attributes.get("Restrictions").and_then(Value::as_array).into_iter().flatten() {
        let words = restriction.get("Privileges").and_then(Value::as_array).into_iter().flatten();
        let taken = words.filter_map(|word| Rights::named(word.as_str()?)).fold(Rights::NONE, |all, one| all | one);
        if let Some(database) = restriction.get("Database").and_then(Value::as_str) {
            *restrictions.entry(database.to_owned()).or_default() |= taken;
        }
    }
    Account {
        name: AccountName::new(named(row, "User"), named(row, "Host")),
        // What CREATE ROLE makes.
        is_role: locked && expired && secret.is_empty(),
        rights: yes_columns(row),
        restrictions,
        locked,
        password_expired: expired,
        without_password: asks_for_password(&plugin) && secret.is_empty() && !locked,
        plugins: vec![plugin],
        requires_tls: !named(row, "ssl_type").is_empty(),
        default_role: None,
    }
}

/// Whether this way of proving oneself is a password that the server stores.
fn asks_for_password(plugin: &str) -> bool {
    const STORED: [&str; 7] = [
        "",
        "caching_sha2_password",
        "ed25519",
        "mysql_native_password",
        "mysql_old_password",
        "parsec",
        "sha256_password",
    ];
    STORED.contains(&plugin)
}

/// Statements that make `account` (as [`super::least_privilege`] creates it) able to answer who may
/// read what.
pub fn access_review_privilege(account: &str, mariadb: bool) -> String {
    let account = format!("{}@'%'", quote_text(account));
    let routines = if mariadb { "" } else { ", SHOW_ROUTINE" };
    format!("GRANT SELECT ON mysql.* TO {account};\nGRANT SELECT, SHOW VIEW{routines} ON *.* TO {account};\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_version_is_said_and_not_guessed() {
        use Product::MariaDb;
        use Product::Mysql;
        for (product, version) in
            [(MariaDb, (10, 11, 14)), (MariaDb, (11, 8, 2)), (Mysql, (8, 0, 40)), (Mysql, (9, 7, 4))]
        {
            assert_eq!(unknown_version(product, version), None);
        }
        for (product, version) in
            [(MariaDb, (10, 3, 1)), (MariaDb, (13, 0, 0)), (Mysql, (5, 7, 44)), (Mysql, (10, 0, 0))]
        {
            assert!(unknown_version(product, version).unwrap().contains("is not one whose rules dataward knows"));
        }
    }

    #[test]
    fn versions_and_mandatory_roles_are_read_in_every_spelling() {
        assert_eq!(version("10.11.19-MariaDB-0+deb12u1"), (10, 11, 19));
        assert_eq!(version("9.7.4-2"), (9, 7, 4));
        assert_eq!(
            mandatory("`app`@`%`, audit@localhost,plain"),
            [AccountName::new("app", "%"), AccountName::new("audit", "localhost"), AccountName::new("plain", "%")]
        );
    }
}
