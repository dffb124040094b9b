//! The statements that MySQL and MariaDB keep: digests of the performance schema, without values and comments, where it
//! is on and has lost none.

use dataward_model::Statement;
use jiff::Timestamp;
use sqlx::mysql::MySqlRow;

use super::session::Session;
use super::types;

/// Begins our own readings, so that their digests can be told: those leave out comments.
pub(super) const OURS: &str = "WITH dataward_reads AS (SELECT 1)";

/// Names that our own statements give to what they work with begin so.
const OUR_NAMES: &str = "`dataward_";

/// Who asks these asks about tables and not for what they hold, also in texts too long to be kept whole.
const CATALOGUES: &[&str] = &["`information_schema`", "`performance_schema`", "INFORMATION_SCHEMA", "`sys`"];

/// Whether every statement is kept.
const KEPT: &str = "\
SELECT /* dataward */ COUNT(*) FROM performance_schema.setup_consumers
 WHERE NAME IN ('global_instrumentation', 'statements_digest') AND ENABLED = 'YES'";

/// Statements of which no digest shows the text: those that SQL makes at run time, and in MariaDB all that programs
/// prepare.
const UNSEEN: &str = "\
SHOW GLOBAL STATUS WHERE Variable_name IN ('Com_prepare_sql', 'Com_stmt_prepare', 'Com_execute_immediate')";

/// A digest without a text stands for all that found no room.
const DIGESTS: &str = "\
SELECT /* dataward */ DIGEST_TEXT, UNIX_TIMESTAMP(FIRST_SEEN)
  FROM performance_schema.events_statements_summary_by_digest";

/// What else reads or writes columns: views, routines, triggers, events, and the keys that the server itself looks up.
/// A text that is kept from us is NULL or empty.
const WITHIN: &str = "\
SELECT /* dataward */ TABLE_NAME, VIEW_DEFINITION FROM information_schema.VIEWS WHERE TABLE_SCHEMA <> 'sys'
UNION ALL
SELECT ROUTINE_NAME, ROUTINE_DEFINITION FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA <> 'sys'
UNION ALL
SELECT EVENT_OBJECT_TABLE, ACTION_STATEMENT FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA <> 'sys'
UNION ALL
SELECT EVENT_NAME, EVENT_DEFINITION FROM information_schema.EVENTS
UNION ALL
SELECT TABLE_NAME, CONCAT(COLUMN_NAME, ' ', COALESCE(REFERENCED_TABLE_NAME, ''), ' ',
                          COALESCE(REFERENCED_COLUMN_NAME, ''))
  FROM information_schema.KEY_COLUMN_USAGE
 WHERE TABLE_SCHEMA NOT IN ('mysql', 'performance_schema', 'information_schema', 'sys')";

/// Statements since when, all of them; None where the server does not keep them, lost one or the end of one, or hides
/// some from us.
pub(super) async fn read(session: &mut Session) -> Option<(Timestamp, Vec<Statement>)> {
    let kept = session.try_rows(KEPT.to_owned()).await.ok()?;
    if kept.first().and_then(|row| types::number(row, 0)) != Some(2) {
        return None;
    }
    let is_mariadb = session.is_mariadb();
    for row in session.try_rows(UNSEEN.to_owned()).await.ok()? {
        if types::number(&row, 1) != Some(0) && (is_mariadb || types::text(&row, 0) != "Com_stmt_prepare") {
            return None;
        }
    }
    let digests = session.try_rows(DIGESTS.to_owned()).await.ok()?;
    let mut statements = Vec::new();
    let mut since: Option<Timestamp> = None;
    for row in &digests {
        let (text, first_seen) = (types::text(row, 0), seconds(row, 1)?);
        since = Some(since.map_or(first_seen, |since| since.min(first_seen)));
        let text = text.trim_end();
        if text.contains(OUR_NAMES) || CATALOGUES.iter().any(|name| text.contains(name)) {
            continue;
        }
        if text.is_empty() || is_cut(text) {
            return None;
        }
        statements.extend(Statement::parse(text));
    }
    for row in session.try_rows(WITHIN.to_owned()).await.ok()? {
        let text = types::text(&row, 1);
        if text.is_empty() {
            return None;
        }
        statements.extend(Statement::parse(&format!("select {} {text}", types::text(&row, 0))));
    }
    Some((since?, statements))
}

/// Longer texts than `max_digest_length` end so, whereas lists of values are written `(...)`.
fn is_cut(text: &str) -> bool {
    text.ends_with("...")
}

fn seconds(row: &MySqlRow, at: usize) -> Option<Timestamp> {
    let text = types::text(row, at);
    let whole = text.split('.').next()?;
    Timestamp::from_second(whole.parse().ok()?).ok()
}
