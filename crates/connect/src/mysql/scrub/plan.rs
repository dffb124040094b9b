//! The steps, and what the server lets us do of them.

use dataward_model::ErasureLevel;

use super::super::quote::literal;
use super::super::session::Session;
use super::super::types;
use super::TableName;
use super::is_mysql_since;
use super::table_name;
use super::variable;
use super::version;
use crate::ConnectError;
use crate::scrub::Exclusive;
use crate::scrub::ScrubPlan;
use crate::scrub::ScrubStep;
use crate::scrub::ScrubWish;

pub(super) const PURGE: &str = "purge-old-versions";
pub(super) const REBUILD: &str = "rebuild";
pub(super) const ANALYZE: &str = "analyze";
pub(super) const UNDO: &str = "renew-undo";
pub(super) const BINLOG: &str = "purge-binary-log";
pub(super) const REDO: &str = "renew-redo";
pub(super) const DICTIONARY: &str = "renew-dictionary";
pub(super) const FLUSH: &str = "flush-pages";

/// Bytes that are written into a table of our own so that the undo log grows beyond what it is cut at.
pub(super) const CHURN_BYTES: u64 = 128 << 20;

pub(super) async fn plan(session: &mut Session, wish: &ScrubWish) -> Result<ScrubPlan, ConnectError> {
    let mut plan = ScrubPlan::default();
    if wish.level < ErasureLevel::L1 {
        return Ok(plan);
    }
    let rights = Rights::read(session).await?;
    plan.push(
        ScrubStep::new(PURGE, None, purge_statement(session))
            .cleans(ErasureLevel::L1, "rows that were deleted and wait in their pages for the purge thread")
            .needs("SUPER or SYSTEM_VARIABLES_ADMIN", "none", None)
            .unless(rights.lacks_settings(), ErasureLevel::L0),
    );
    for name in &wish.tables {
        steps_of_table(session, &mut plan, name, (wish, &rights)).await?;
    }
    if wish.level >= ErasureLevel::L2 {
        steps_of_server(session, &mut plan, &rights).await?;
    }
    plan.push(
        ScrubStep::new(
            FLUSH,
            None,
            "SET GLOBAL innodb_max_dirty_pages_pct = 0, until no page is dirty; then as before",
        )
        .cleans(ErasureLevel::L1, "old pages on disk: the new ones are written out")
        .needs("SUPER or SYSTEM_VARIABLES_ADMIN", "none", None)
        .unless(rights.lacks_settings(), ErasureLevel::L0),
    );
    Ok(plan)
}

/// What the account may do with the server.
struct Rights {
    /// As SHOW GRANTS has them: the scope, and what is given there.
    grants: Vec<(String, Vec<String>)>,
    /// Rights may come by roles that SHOW GRANTS does not look into.
    by_roles: bool,
    settings: bool,
    binlog: bool,
    tablespaces: bool,
}

impl Rights {
    /// Goes by the global rights that SHOW GRANTS tells; rights that come by a role count when it is on.
    async fn read(session: &mut Session) -> Result<Self, ConnectError> {
        let rows = session.rows("SHOW GRANTS".to_owned()).await?;
        let lines: Vec<String> = rows.iter().map(|row| types::text(row, 0)).collect();
        let grants: Vec<(String, Vec<String>)> = lines.iter().filter_map(|line| parse_grant(line)).collect();
        let by_roles = !session.is_mariadb() && lines.iter().any(|line| !line.contains(" ON "));
        let global: Vec<&String> = lines.iter().filter(|grant| grant.contains(" ON *.* ")).collect();
        let has = |words: &[&str]| global.iter().any(|grant| words.iter().any(|word| grant.contains(word)));
        Ok(Self {
            grants,
            by_roles,
            settings: has(&["ALL PRIVILEGES", "SUPER", "SYSTEM_VARIABLES_ADMIN"]),
            binlog: has(&["ALL PRIVILEGES", "SUPER", "BINLOG ADMIN", "BINLOG_ADMIN"]),
            tablespaces: has(&["ALL PRIVILEGES", "CREATE TABLESPACE"]),
        })
    }

    /// That the account lacks some of `wanted` on a table, and which.
    fn lacks_on(&self, table: &TableName, wanted: &[&str]) -> Option<String> {
        let covers = |scope: &str| {
            let database = scope.strip_suffix(".*").map(|name| name.trim_matches('`').replace("``", "`"));
            scope == "*.*"
                || scope == table.quoted()
                || database.is_some_and(|pattern| is_like(&pattern, &table.schema))
        };
        let given: Vec<&String> =
            self.grants.iter().filter(|(scope, _)| covers(scope)).flat_map(|(_, rights)| rights).collect();
        let has = |right: &str| given.iter().any(|given| *given == right || *given == "ALL PRIVILEGES");
        let lacks: Vec<&str> = wanted.iter().copied().filter(|right| !has(right)).collect();
        let lacks = (!self.by_roles && !lacks.is_empty()).then(|| lacks.join(", "))?;
        Some(format!("the account lacks the right: GRANT {lacks} ON {} to it", table.quoted()))
    }

    fn lacks_settings(&self) -> Option<String> {
        (!self.settings).then(|| "the account may not change settings: GRANT SUPER ON *.* to it".to_owned())
    }
}

/// Scope and rights of a line of SHOW GRANTS; none where it gives a role. Rights on columns stand with their columns.
fn parse_grant(line: &str) -> Option<(String, Vec<String>)> {
    let (rights, rest) = line.strip_prefix("GRANT ")?.split_once(" ON ")?;
    let (scope, _) = rest.split_once(" TO ")?;
    Some((scope.to_owned(), rights.split(", ").map(str::to_owned).collect()))
}

/// Whether a name is like the pattern of a database in a grant: `%`, `_`, and either behind a backslash as it is.
fn is_like(pattern: &str, name: &str) -> bool {
    let mut rest = pattern.chars();
    match (rest.next(), name.chars().next()) {
        (None, first) => first.is_none(),
        (Some('%'), first) => {
            is_like(rest.as_str(), name) || first.is_some_and(|first| is_like(pattern, &name[first.len_utf8()..]))
        }
        (Some(_), None) => false,
        (Some('_'), Some(first)) => is_like(rest.as_str(), &name[first.len_utf8()..]),
        (Some(wanted), Some(first)) => {
            let wanted = if wanted == '\\' { rest.next().unwrap_or(wanted) } else { wanted };
            wanted == first && is_like(rest.as_str(), &name[first.len_utf8()..])
        }
    }
}

fn purge_statement(session: &Session) -> &'static str {
    if session.is_mariadb() {
        "SET GLOBAL innodb_max_purge_lag_wait = 0"
    } else {
        "wait until the history list is short"
    }
}

async fn steps_of_table(
    session: &mut Session,
    plan: &mut ScrubPlan,
    name: &str,
    (wish, rights): (&ScrubWish, &Rights),
) -> Result<(), ConnectError> {
    use ErasureLevel::L0;
    use ErasureLevel::L1;
    let table = table_name(name)?;
    let rows = session
        .rows(format!(
            "SELECT ENGINE, COALESCE(DATA_LENGTH, 0) + COALESCE(INDEX_LENGTH, 0) FROM information_schema.TABLES \
             WHERE TABLE_SCHEMA = {} AND TABLE_NAME = {}",
            literal(&table.schema),
            literal(&table.table)
        ))
        .await?;
    let Some(row) = rows.first() else {
        let reason = "the table is not there any more".to_owned();
        return Err(ConnectError::Gone { target: format!("`{name}`"), reason });
    };
    let (engine, bytes) = (types::text(row, 0), types::number(row, 1));
    // InnoDB rebuilds online, with a short lock at the beginning and the end; others lock throughout.
    let online = engine.eq_ignore_ascii_case("innodb");
    let refused = (!online && wish.exclusive == Exclusive::Refused).then(|| {
        format!("tables of the engine {engine} are locked while they are rebuilt, which `--exclusive` allows")
    });
    let refused = rights.lacks_on(&table, &["ALTER", "INSERT", "CREATE"]).or(refused);
    plan.push(
        ScrubStep::new(REBUILD, Some(name), format!("ALTER TABLE {name} FORCE"))
            .cleans(L1, "everything in the table's file: it is written into a new one, indexes too")
            .needs(
                "ALTER, INSERT and CREATE on the table",
                if online { "a short exclusive one at the end; reads and writes go on" } else { "exclusive" },
                bytes,
            )
            .unless(refused, L0),
    );
    let (statement, what) = if session.is_mariadb() {
        ("ANALYZE TABLE {} PERSISTENT FOR ALL", "smallest and largest values in mysql.column_stats")
    } else {
        (
            "ANALYZE TABLE {} UPDATE HISTOGRAM, of columns that have one; ANALYZE TABLE {}",
            "values in the table's histograms",
        )
    };
    plan.push(
        ScrubStep::new(ANALYZE, Some(name), statement.replace("{}", name))
            .cleans(ErasureLevel::L2, what)
            .needs("SELECT and INSERT on the table", "a reader's", None)
            .unless(rights.lacks_on(&table, &["SELECT", "INSERT"]), L1),
    );
    Ok(())
}

async fn steps_of_server(session: &mut Session, plan: &mut ScrubPlan, rights: &Rights) -> Result<(), ConnectError> {
    use ErasureLevel::L1;
    use ErasureLevel::L2;
    let undo = undo_block(session, rights).await.or_else(|| rights.lacks_settings());
    let (undo_statement, undo_rights, undo_bytes) = if session.is_mariadb() {
        (
            "innodb_undo_log_truncate = ON; writes into a table of dataward's own, then drops it",
            "SUPER or SYSTEM_VARIABLES_ADMIN; CREATE and DROP in the database",
            2 * CHURN_BYTES,
        )
    } else {
        (
            "CREATE UNDO TABLESPACE dataward_scrub; ALTER UNDO TABLESPACE … SET INACTIVE, until it is empty, and SET \
             ACTIVE, one after the other; DROP UNDO TABLESPACE dataward_scrub",
            "SYSTEM_VARIABLES_ADMIN, CREATE TABLESPACE, PROCESS",
            16 << 20,
        )
    };
    plan.push(
        ScrubStep::new(UNDO, None, undo_statement)
            .cleans(L2, "old versions of rows in the undo files, which are cut off and made anew")
            .needs(undo_rights, "none", Some(undo_bytes))
            .unless(undo, L1),
    );
    if !session.is_mariadb() {
        plan.push(
            ScrubStep::new(DICTIONARY, None, "histograms of a table of dataward's own, which is then dropped")
                .cleans(L2, "what old histograms left in mysql.ibd: written over")
                .needs("CREATE, INSERT and DROP in the database", "none", None),
        );
    }
    let redo = rights.lacks_settings().or_else(|| redo_block(session));
    let (redo_statement, redo_rights) = if session.is_mariadb() {
        (
            "SET GLOBAL innodb_log_file_size, to another size and back",
            "SUPER or SYSTEM_VARIABLES_ADMIN; MariaDB 10.9 or later",
        )
    } else {
        (
            "SET GLOBAL innodb_redo_log_capacity, to another size and back",
            "SYSTEM_VARIABLES_ADMIN; MySQL 8.0.30 or later",
        )
    };
    plan.push(
        ScrubStep::new(REDO, None, redo_statement)
            .cleans(L2, "the redo log: new files are begun, the old ones are removed")
            .needs(redo_rights, "none", Some(256 << 20))
            .unless(redo, L1),
    );
    // After the redo log, whose change is a checkpoint: without one old binary logs are still needed.
    if variable(session, "log_bin").await.as_deref() == Some("1") {
        let refused = (!rights.binlog).then(|| "GRANT BINLOG ADMIN ON *.* to the account".to_owned());
        plan.push(
            ScrubStep::new(BINLOG, None, "FLUSH BINARY LOGS; PURGE BINARY LOGS TO the newest")
                .cleans(
                    L2,
                    "all binary logs but the newest. Replicas must have read them; a restore to a point in \
                             time is possible from the next full backup on only",
                )
                .needs("SUPER or BINLOG ADMIN, RELOAD", "none", None)
                .unless(refused, L1),
        );
        let shown = if is_mysql_since(session, (8, 0, 22)) { "SHOW REPLICAS" } else { "SHOW SLAVE HOSTS" };
        let replicas = session.try_rows(shown.to_owned()).await.map_or(0, |rows| rows.len());
        if replicas > 0 {
            plan.limit(
                L2,
                format!("{replicas} replicas have copies with binary and relay logs of their own (needed for L3)"),
            );
        }
    }
    Ok(())
}

/// Why the undo log cannot be renewed.
async fn undo_block(session: &mut Session, rights: &Rights) -> Option<String> {
    if !session.is_mariadb() {
        // CREATE UNDO TABLESPACE came with 8.0.14.
        return if !is_mysql_since(session, (8, 0, 14)) {
            Some("before MySQL 8.0.14 the undo log can't be emptied while the server runs".to_owned())
        } else {
            (!rights.tablespaces).then(|| "GRANT CREATE TABLESPACE, PROCESS ON *.* to the account".to_owned())
        };
    }
    let files: u32 = variable(session, "innodb_undo_tablespaces").await?.parse().unwrap_or(0);
    (files < 2).then(|| {
        "the undo log lies inside ibdata1, which never shrinks and keeps old versions of rows; only a new data folder \
         with innodb_undo_tablespaces=3, filled from a dump, gets rid of them"
            .to_owned()
    })
}

/// Why the redo log cannot be renewed while the server runs.
fn redo_block(session: &Session) -> Option<String> {
    let (since, named) = if session.is_mariadb() { ((10, 9, 0), "MariaDB 10.9") } else { ((8, 0, 30), "MySQL 8.0.30") };
    (version(session) < since).then(|| {
        format!(
            "before {named} the size of the redo log is fixed: old entries go after as many bytes of other writes as \
             it is long"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_right_on_a_table_is_missing_is_read_from_show_grants() {
        let table = TableName { schema: "my_shop".to_owned(), table: "t".to_owned() };
        let of = |lines: &[&str]| Rights {
            grants: lines.iter().filter_map(|line| parse_grant(line)).collect(),
            by_roles: false,
            settings: false,
            binlog: false,
            tablespaces: false,
        };
        let lacks = |lines: &[&str]| of(lines).lacks_on(&table, &["ALTER", "INSERT"]).unwrap_or_default();
        assert_eq!(lacks(&["GRANT ALL PRIVILEGES ON *.* TO `a`@`%` WITH GRANT OPTION"]), "");
        assert_eq!(lacks(&["GRANT ALTER, INSERT ON `my\\_shop`.* TO `a`@`%`"]), "");
        assert_eq!(lacks(&["GRANT ALTER ON `my%`.* TO `a`@`%`", "GRANT INSERT ON `my_shop`.`t` TO `a`@`%`"]), "");
        let told = "the account lacks the right: GRANT ALTER, INSERT ON `my_shop`.`t` to it";
        let none =
            ["GRANT USAGE ON *.* TO `a`@`%`", "GRANT ALTER ON `my\\_shops`.* TO `a`@`%`", "GRANT `r` TO `a`@`%`"];
        assert_eq!(lacks(&none), told);
        assert_eq!(
            lacks(&["GRANT ALTER, INSERT (`id`, `x`) ON `my_shop`.`t` TO `a`@`%`"]),
            told.replace("ALTER, ", "")
        );
    }
}
