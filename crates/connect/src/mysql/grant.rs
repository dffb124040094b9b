//! The account dataward needs, as statements for the database's owner to run.

use super::quote::quote_identifier;
use super::quote::quote_text;

/// Statements that make `account` able to read `database` (or, without one, every database) and
/// nothing else. `<password>` stands for the password to choose.
pub fn least_privilege(account: &str, database: Option<&str>) -> String {
    let account = format!("{}@'%'", quote_text(account));
    let scope = database.map_or_else(|| "*.*".to_owned(), |name| format!("{}.*", pattern(name)));
    format!(
        "CREATE USER {account} IDENTIFIED BY '<password>' REQUIRE SSL;\n\
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
            least_privilege("o'brien", Some("my_shop`")),
            "CREATE USER 'o''brien'@'%' IDENTIFIED BY '<password>' REQUIRE SSL;\n\
             GRANT SELECT, SHOW VIEW ON `my\\_shop```.* TO 'o''brien'@'%';\n"
        );
    }
}
