//! What a MySQL or MariaDB server says of accounts, roles, rights, views and routines: facts, as they
//! stand in its tables. What follows from them is worked out in `audit`.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::ops::BitOr;
use std::ops::BitOrAssign;

use super::quote::quote_text;

/// The facts of one server, and what could not be read of them.
#[derive(Clone, Debug, Default)]
pub struct MysqlCatalogue {
    /// Which of the two servers it is.
    pub product: Product,
    /// Its version: major, minor, patch.
    pub version: (u16, u16, u16),
    /// Settings that change what rights mean.
    pub settings: Settings,
    /// Accounts and roles.
    pub accounts: Vec<Account>,
    /// Rights on databases.
    pub database_rights: Vec<DatabaseRights>,
    /// Rights on tables and their columns.
    pub table_rights: Vec<TableRights>,
    /// Rights on routines.
    pub routine_rights: Vec<RoutineRights>,
    /// Who holds which role.
    pub memberships: Vec<Membership>,
    /// MySQL: which roles are active after a log-in.
    pub default_roles: Vec<(AccountName, AccountName)>,
    /// Who may act as whom: `proxies_priv`.
    pub proxies: Vec<(AccountName, AccountName)>,
    /// Tables and views with their columns, in order.
    pub tables: Vec<Table>,
    /// Views.
    pub views: Vec<View>,
    /// Functions and procedures.
    pub routines: Vec<Routine>,
    /// Users that were seen logged in since the server's statistics began; none where it keeps none.
    pub seen: Option<BTreeSet<String>>,
    /// The only database that was asked for.
    pub only: Option<String>,
    /// What could not be read: what it is, and the statement that would let us.
    pub missing: Vec<(String, Option<String>)>,
}

/// The two servers that speak the protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Product {
    /// MariaDB.
    #[default]
    MariaDb,
    /// MySQL.
    Mysql,
}

/// Settings that change what rights mean.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Names of databases and tables are compared in lower case.
    pub lower_case_names: bool,
    /// Clients are known by their address alone.
    pub skip_name_resolve: bool,
    /// MySQL: `_` and `%` in names of databases mean themselves.
    pub partial_revokes: bool,
    /// MySQL: all roles are active after a log-in.
    pub all_roles_on_login: bool,
    /// MySQL: roles that everybody holds.
    pub mandatory_roles: Vec<AccountName>,
    /// MySQL 9: these are active after a log-in (`activate_mandatory_roles`).
    pub mandatory_on_login: bool,
    /// Where files may be read and written; none when nowhere, an empty text when everywhere.
    pub secure_file_priv: Option<String>,
    /// The binary log is written.
    pub binary_log: bool,
}

/// `'user'@'host'`; a role of MariaDB has no host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountName {
    /// The user; empty for the anonymous one.
    pub user: String,
    /// The pattern of hosts it may come from.
    pub host: String,
}

/// An account or a role.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// Its name.
    pub name: AccountName,
    /// Whether it is a role: nobody logs in as it.
    pub is_role: bool,
    /// Its rights on everything.
    pub rights: Rights,
    /// MySQL: databases taken out of its rights on everything.
    pub restrictions: BTreeMap<String, Rights>,
    /// It may not log in.
    pub locked: bool,
    /// Its password has expired.
    pub password_expired: bool,
    /// No password is asked for.
    pub without_password: bool,
    /// How it proves who it is.
    pub plugins: Vec<String>,
    /// A connection without TLS is refused.
    pub requires_tls: bool,
    /// MariaDB: the role that is active after a log-in.
    pub default_role: Option<String>,
}

/// A line of `mysql.db`.
#[derive(Clone, Debug, Default)]
pub struct DatabaseRights {
    /// To whom.
    pub grantee: AccountName,
    /// The pattern of databases.
    pub pattern: String,
    /// What.
    pub rights: Rights,
}

/// A line of `mysql.tables_priv` with those of `mysql.columns_priv`.
#[derive(Clone, Debug, Default)]
pub struct TableRights {
    /// To whom.
    pub grantee: AccountName,
    /// The database.
    pub database: String,
    /// The table or view.
    pub table: String,
    /// On the whole table.
    pub rights: Rights,
    /// On single columns.
    pub columns: BTreeMap<String, Rights>,
}

/// A line of `mysql.procs_priv`.
#[derive(Clone, Debug, Default)]
pub struct RoutineRights {
    /// To whom.
    pub grantee: AccountName,
    /// The database.
    pub database: String,
    /// The routine.
    pub routine: String,
    /// Whether it is a function.
    pub is_function: bool,
    /// What.
    pub rights: Rights,
}

/// A role held by an account or another role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Membership {
    /// Who holds it.
    pub member: AccountName,
    /// The role.
    pub role: AccountName,
    /// It may be passed on.
    pub admin: bool,
}

/// A table or view.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// The database.
    pub database: String,
    /// Its name.
    pub name: String,
    /// Its columns, in order.
    pub columns: Vec<String>,
}

/// A view.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// The database.
    pub database: String,
    /// Its name.
    pub name: String,
    /// Its query; none when we may not see it.
    pub definition: Option<String>,
    /// Whose rights it runs with, unless it is an invoker's view.
    pub definer: AccountName,
    /// It runs with the rights of whoever asks.
    pub invoker: bool,
    /// Rows can be changed through it.
    pub updatable: bool,
}

/// A function or procedure.
#[derive(Clone, Debug, Default)]
pub struct Routine {
    /// The database.
    pub database: String,
    /// Its name.
    pub name: String,
    /// Whether it is a function.
    pub is_function: bool,
    /// Its body; none when we may not see it.
    pub body: Option<String>,
    /// Whose rights it runs with, unless it is an invoker's routine.
    pub definer: AccountName,
    /// It runs with the rights of whoever calls.
    pub invoker: bool,
}

impl AccountName {
    /// `user`@`host`.
    pub fn new(user: impl Into<String>, host: impl Into<String>) -> Self {
        Self { user: user.into(), host: host.into() }
    }

    /// From `user@host`, split at the last `@`; a role of MariaDB has none.
    pub fn parse(text: &str) -> Self {
        match text.rsplit_once('@') {
            Some((user, host)) => Self::new(user, host),
            None => Self::new(text, ""),
        }
    }

    /// For people: `user@host`, or the name of the role.
    pub fn shown(&self) -> String {
        if self.host.is_empty() { self.user.clone() } else { format!("{}@{}", self.user, self.host) }
    }

    /// As it stands in GRANT and REVOKE.
    pub fn quoted(&self) -> String {
        match (self.host.as_str(), self.user.as_str()) {
            ("", "PUBLIC") => "PUBLIC".to_owned(),
            ("", user) => quote_text(user),
            (host, user) => format!("{}@{}", quote_text(user), quote_text(host)),
        }
    }
}

/// A set of rights. The first 64 bits are numbered as MariaDB does in `mysql.global_priv`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rights(u64);

impl Rights {
    /// None.
    pub const NONE: Self = Self(0);

    /// Those whose bits are set.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// The right with `name`, as it stands in a GRANT, in `SHOW GRANTS` or in a column's name
    /// (`Select_priv`); none for one that we do not know.
    pub fn named(name: &str) -> Option<Self> {
        let plain = name.to_ascii_uppercase().replace('_', " ");
        let plain = plain.strip_suffix(" PRIV").unwrap_or(&plain);
        let plain = match plain {
            "GRANT OPTION" => "GRANT",
            "CREATE TMP TABLE" => "CREATE TEMPORARY TABLES",
            "REPL SLAVE" => "REPLICATION SLAVE",
            "REPL CLIENT" | "BINLOG MONITOR" => "REPLICATION CLIENT",
            "SHOW DB" => "SHOW DATABASES",
            "SET USER ID" | "SET ANY DEFINER" => "SET USER",
            "DELETE VERSIONING ROWS" => "DELETE HISTORY",
            other => other,
        };
        NAMES.iter().position(|known| *known == plain).map(|bit| Self(1 << bit))
    }

    /// Whether all of `other` are in it.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Those of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those that are not in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether it is empty.
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// The words, as they stand in a GRANT.
    pub fn words(self) -> Vec<&'static str> {
        (0..NAMES.len()).filter(|bit| self.0 & (1 << bit) != 0).map(|bit| NAMES[bit]).collect()
    }
}

impl BitOr for Rights {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Rights {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

macro_rules! rights {
    ($($constant:ident $bit:literal $words:literal)*) => {
        impl Rights {
            $(#[doc = $words] pub const $constant: Self = Self(1 << $bit);)*
        }
        /// By bit.
        const NAMES: &[&str] = &[$($words),*];
    };
}

rights! {
    SELECT 0 "SELECT"
    INSERT 1 "INSERT"
    UPDATE 2 "UPDATE"
    DELETE 3 "DELETE"
    CREATE 4 "CREATE"
    DROP 5 "DROP"
    RELOAD 6 "RELOAD"
    SHUTDOWN 7 "SHUTDOWN"
    PROCESS 8 "PROCESS"
    FILE 9 "FILE"
    GRANT 10 "GRANT"
    REFERENCES 11 "REFERENCES"
    INDEX 12 "INDEX"
    ALTER 13 "ALTER"
    SHOW_DATABASES 14 "SHOW DATABASES"
    SUPER 15 "SUPER"
    CREATE_TEMPORARY_TABLES 16 "CREATE TEMPORARY TABLES"
    LOCK_TABLES 17 "LOCK TABLES"
    EXECUTE 18 "EXECUTE"
    REPLICATION_SLAVE 19 "REPLICATION SLAVE"
    REPLICATION_CLIENT 20 "REPLICATION CLIENT"
    CREATE_VIEW 21 "CREATE VIEW"
    SHOW_VIEW 22 "SHOW VIEW"
    CREATE_ROUTINE 23 "CREATE ROUTINE"
    ALTER_ROUTINE 24 "ALTER ROUTINE"
    CREATE_USER 25 "CREATE USER"
    EVENT 26 "EVENT"
    TRIGGER 27 "TRIGGER"
    CREATE_TABLESPACE 28 "CREATE TABLESPACE"
    DELETE_HISTORY 29 "DELETE HISTORY"
    SET_USER 30 "SET USER"
    FEDERATED_ADMIN 31 "FEDERATED ADMIN"
    CONNECTION_ADMIN 32 "CONNECTION ADMIN"
    READ_ONLY_ADMIN 33 "READ ONLY ADMIN"
    REPLICATION_SLAVE_ADMIN 34 "REPLICATION SLAVE ADMIN"
    REPLICATION_MASTER_ADMIN 35 "REPLICATION MASTER ADMIN"
    BINLOG_ADMIN 36 "BINLOG ADMIN"
    BINLOG_REPLAY 37 "BINLOG REPLAY"
    SLAVE_MONITOR 38 "SLAVE MONITOR"
    SHOW_CREATE_ROUTINE 39 "SHOW CREATE ROUTINE"
    BACKUP_ADMIN 40 "BACKUP ADMIN"
    CLONE_ADMIN 41 "CLONE ADMIN"
    ROLE_ADMIN 42 "ROLE ADMIN"
    SHOW_ROUTINE 43 "SHOW ROUTINE"
    SYSTEM_USER 44 "SYSTEM USER"
    CREATE_ROLE 45 "CREATE ROLE"
    DROP_ROLE 46 "DROP ROLE"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_go_by_the_names_of_columns_sets_and_statements_alike() {
        assert_eq!(Rights::named("Select_priv"), Some(Rights::SELECT));
        assert_eq!(Rights::named("Create View"), Some(Rights::CREATE_VIEW));
        assert_eq!(Rights::named("SET_USER_ID"), Some(Rights::SET_USER));
        assert_eq!(Rights::named("Repl_client_priv"), Some(Rights::REPLICATION_CLIENT));
        assert_eq!(Rights::named("XA_RECOVER_ADMIN"), None);
        assert_eq!((Rights::SELECT | Rights::EXECUTE).words(), ["SELECT", "EXECUTE"]);
        // What `ALL PRIVILEGES` is in MariaDB.
        assert!(Rights::from_bits(u64::MAX).has(Rights::SUPER));
    }

    #[test]
    fn names_are_quoted_as_statements_want_them() {
        assert_eq!(AccountName::new("o'brien", "%").quoted(), "'o''brien'@'%'");
        assert_eq!(AccountName::new("readers", "").quoted(), "'readers'");
        assert_eq!(AccountName::parse("a@b@10.0.0.%"), AccountName::new("a@b", "10.0.0.%"));
        assert_eq!(AccountName::new("", "localhost").shown(), "@localhost");
    }
}
