//! The account dataward needs, as statements for the database's owner to run.

use super::quote::quote_identifier;
use super::quote::quote_text;

/// Where the account logs in from, as the server sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogsInFrom<'a> {
    /// Another machine: by TLS only.
    Elsewhere,
    /// The server's own machine, under this name or address: nothing goes over a wire, and a server there may have no
    /// TLS at all.
    SameMachine(&'a str),
}

/// Statements that make `account` able to read `database` (or, without one, every database) and
/// nothing else. `<password>` stands for the password to choose, `<host>` for the address that dataward runs at: an
/// account that may come from any host would be a finding of the first audit.
pub fn least_privilege(account: &str, database: Option<&str>, from: LogsInFrom<'_>) -> String {
    let (host, tls) = match from {
        LogsInFrom::Elsewhere => ("<host>", " REQUIRE SSL"),
        LogsInFrom::SameMachine(host) => (host, ""),
    };
    let account = format!("{}@{}", quote_text(account), quote_text(host));
    let scope = database.map_or_else(|| "*.*".to_owned(), |name| format!("{}.*", pattern(name)));
    format!(
        "CREATE USER {account} IDENTIFIED BY '<password>'{tls};\n\
         GRANT SELECT, SHOW VIEW ON {scope} TO {account};\n"
    )
}

/// In a GRANT the name of a database is a pattern: `_` and `%` need a backslash.
pub(super) fn pattern(database: &str) -> String {
    quote_identifier(&database.replace('\\', "\\\\").replace('_', "\\_").replace('%', "\\%"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_their_quotes_nor_match_other_databases() {
        assert_eq!(
            least_privilege("o'brien", Some("my_shop`"), LogsInFrom::Elsewhere),
            "CREATE USER 'o''brien'@'<host>' IDENTIFIED BY '<password>' REQUIRE SSL;\n\
             GRANT SELECT, SHOW VIEW ON `my\\_shop```.* TO 'o''brien'@'<host>';\n"
        );
    }

    #[test]
    fn on_the_servers_own_machine_no_tls_is_asked_for_and_nobody_else_comes_in() {
        assert_eq!(
            least_privilege("dataward", None, LogsInFrom::SameMachine("localhost")),
            "CREATE USER 'dataward'@'localhost' IDENTIFIED BY '<password>';\n\
             GRANT SELECT, SHOW VIEW ON *.* TO 'dataward'@'localhost';\n"
        );
    }
}
