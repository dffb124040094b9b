//! What the engine does to rows that refer to one that goes. MariaDB tells an account that may only read a table which
//! references it has, and not their rules; the statement that would make the table says them.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::super::quote::literal;
use super::super::quote::quote_identifier;
use super::super::session::Session;
use super::super::types::text;
use super::catalogue::Name;
use crate::ConnectError;
use crate::amend::OnDelete;

const RULES: &str = "SELECT CONSTRAINT_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, DELETE_RULE
  FROM information_schema.REFERENTIAL_CONSTRAINTS";

/// A reference: its table and its own name.
pub(super) type Key = (Name, String);

/// The rules of these references; one that is in nothing that the account is shown is missing.
pub(super) async fn read(session: &mut Session, keys: BTreeSet<Key>) -> Result<BTreeMap<Key, OnDelete>, ConnectError> {
    let mut rules = BTreeMap::new();
    let databases: BTreeSet<String> = keys.iter().map(|((database, _), _)| literal(database)).collect();
    if databases.is_empty() {
        return Ok(rules);
    }
    let databases = databases.into_iter().collect::<Vec<_>>().join(", ");
    for row in session.rows(format!("{RULES} WHERE CONSTRAINT_SCHEMA IN ({databases})")).await? {
        let rule = match text(&row, 3).as_str() {
            "CASCADE" => OnDelete::Cascade,
            "SET DEFAULT" => OnDelete::SetDefault,
            "SET NULL" => OnDelete::SetNull,
            "NO ACTION" | "RESTRICT" => OnDelete::Refuse,
            _ => OnDelete::Unknown,
        };
        rules.insert(((text(&row, 0), text(&row, 1)), text(&row, 2)), rule);
    }
    let tables: BTreeSet<&Name> = keys.iter().filter(|key| !rules.contains_key(key)).map(|(table, _)| table).collect();
    let mut made = BTreeMap::new();
    for table in tables {
        let sql = format!("SHOW CREATE TABLE {}.{}", quote_identifier(&table.0), quote_identifier(&table.1));
        if let Ok(rows) = session.try_rows(sql).await {
            made.insert(table.clone(), rows.first().map(|row| text(row, 1)).unwrap_or_default());
        }
    }
    for key in keys {
        let said = made.get(&key.0).and_then(|statement| rule_in(statement, &key.1));
        if let (Some(rule), false) = (said, rules.contains_key(&key)) {
            rules.insert(key, rule);
        }
    }
    Ok(rules)
}

/// What the statement that makes a table says of the reference of this name.
fn rule_in(statement: &str, name: &str) -> Option<OnDelete> {
    // With `ANSI_QUOTES` names stand in double quotes.
    let names = [quote_identifier(name), format!("\"{}\"", name.replace('"', "\"\""))];
    let rest = names.iter().find_map(|name| {
        let (_, rest) = statement.split_once(&format!("\n  CONSTRAINT {name} FOREIGN KEY "))?;
        Some(rest)
    })?;
    let words = without_names(rest.lines().next()?)?;
    let rules = [
        (" ON DELETE CASCADE", OnDelete::Cascade),
        (" ON DELETE SET NULL", OnDelete::SetNull),
        (" ON DELETE SET DEFAULT", OnDelete::SetDefault),
        (" ON DELETE NO ACTION", OnDelete::Refuse),
        (" ON DELETE RESTRICT", OnDelete::Refuse),
    ];
    match rules.iter().find(|(said, _)| words.contains(said)) {
        Some((_, rule)) => Some(*rule),
        None if words.contains(" ON DELETE") => None,
        None => Some(OnDelete::Refuse),
    }
}

/// A line without what stands in quotes; none where one of them is open at its end.
fn without_names(line: &str) -> Option<String> {
    let mut open = None;
    let mut words = String::new();
    for letter in line.chars() {
        match open {
            // Two quotes within a name end one part of it and begin the next.
            Some(quote) if letter == quote => open = None,
            Some(_) => {}
            None if letter == '`' || letter == '"' => open = Some(letter),
            None => words.push(letter),
        }
    }
    open.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statement_that_makes_a_table_says_the_rules_of_its_references() {
        let statement = "CREATE TABLE `notes` (\n  `ON DELETE CASCADE` int(11) DEFAULT NULL COMMENT ' ON DELETE CASCADE',\n  \
             CONSTRAINT `a``b, (c)` FOREIGN KEY (`c`) REFERENCES `customers` (`id`) ON DELETE CASCADE ON UPDATE CASCADE,\n  \
             CONSTRAINT `b` FOREIGN KEY (`ON DELETE CASCADE`, `d``e`) REFERENCES `o`.`x` (`id`, `n`) ON UPDATE CASCADE,\n  \
             CONSTRAINT `n` FOREIGN KEY (`d`) REFERENCES `x` (`id`) ON DELETE SET NULL,\n  \
             CONSTRAINT `r` FOREIGN KEY (`d`) REFERENCES `x` (`id`) ON DELETE NO ACTION,\n  \
             CONSTRAINT \"q\"\"\" FOREIGN KEY (\"d\") REFERENCES \"x\" (\"id\") ON DELETE CASCADE,\n  \
             CONSTRAINT `odd` FOREIGN KEY (`d`) REFERENCES `x` (`id`) ON DELETE SOMETHING ELSE\n) ENGINE=InnoDB";
        let said = ["a`b, (c)", "b", "n", "r", "q\"", "odd", "none"].map(|name| rule_in(statement, name));
        let cascade = Some(OnDelete::Cascade);
        let wanted =
            [cascade, Some(OnDelete::Refuse), Some(OnDelete::SetNull), Some(OnDelete::Refuse), cascade, None, None];
        assert_eq!(said, wanted);
    }
}
