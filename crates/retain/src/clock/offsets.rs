//! How far local time is from UTC, as SQL: two of the engines know no time zones, or only when somebody
//! loaded their tables.

use std::fmt::Write;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Clock changes are written out up to here; what comes later has the last offset. Only shown days
/// depend on it: whether something is due is decided by comparing moments.
const LAST: i64 = 2_871_763_200; // 2061-01-01T00:00:00Z

/// The offset of `zone` in seconds at `seconds` (SQL for seconds since 1970), as SQL: a tree of
/// comparisons, eight deep for a zone with summer time.
pub(super) fn seconds_east(zone: &TimeZone, seconds: &str) -> String {
    let mut steps: Vec<(i64, i32)> = Vec::new();
    // Before 1970 a zone may have had a local mean time: one step more.
    let start = Timestamp::new(-2_208_988_800, 0).unwrap_or(Timestamp::MIN); // 1900-01-01
    steps.push((i64::MIN, zone.to_offset(start).seconds()));
    for change in zone.following(start) {
        let at = change.timestamp().as_second();
        if at >= LAST {
            break;
        }
        let offset = change.offset().seconds();
        if steps.last().is_none_or(|(_, last)| *last != offset) {
            steps.push((at, offset));
        }
    }
    let mut sql = String::new();
    tree(&steps, seconds, &mut sql);
    sql
}

fn tree(steps: &[(i64, i32)], seconds: &str, sql: &mut String) {
    match steps {
        [] => sql.push('0'),
        [(_, offset)] => {
            // Writing to a String cannot fail.
            let _ = write!(sql, "{offset}");
        }
        _ => {
            let (before, after) = steps.split_at(steps.len() / 2);
            let _ = write!(sql, "CASE WHEN {seconds} < {} THEN ", after[0].0);
            tree(before, seconds, sql);
            sql.push_str(" ELSE ");
            tree(after, seconds, sql);
            sql.push_str(" END");
        }
    }
}
