//! Personal data that nobody uses: what nobody needs may not be kept.

use dataward_model::Place;
use dataward_model::Remedy;
use dataward_model::Severity;
use dataward_model::counted;
use jiff::SignedDuration;
use jiff::Timestamp;

use crate::Check;
use crate::Exposure;
use crate::Fault;
use crate::HeldColumn;
use crate::HeldTable;
use crate::Needs;
use crate::Snapshot;
use crate::collection::facts::TableUse;
use crate::risk;

/// The check.
pub const CHECK: Check =
    Check { name: "collection/unused", summary: "personal data that nobody uses", needs: Needs::Facts, run: check };

/// Idle for so long: less says little. Where the server does not tell since when, the review that first sees a table
/// begins to count.
const IDLE: SignedDuration = SignedDuration::from_hours(24 * 80);

fn check(snapshot: &Snapshot<'_>) -> Vec<Fault> {
    let Some(facts) = &snapshot.facts.collection else { return Vec::new() };
    let held = |known: &TableUse| {
        let mut tables = snapshot.tables.iter();
        tables.find(|table| table.source == known.place.source && Some(&table.table) == known.place.table.as_ref())
    };
    let mut faults = Vec::new();
    for (known, table) in facts.uses.iter().filter_map(|known| Some((known, held(known)?))) {
        if snapshot.now.duration_since(known.idle_since) >= IDLE {
            faults.push(idle_table(snapshot, known, table));
        } else if let Some(named) = known.named.as_ref().filter(|named| snapshot.now - IDLE >= named.since()) {
            let unnamed = table.columns.iter().filter(|held| !named.may_name(&held.column));
            faults.extend(unnamed.map(|held| idle_column(named.since(), table, held)));
        }
    }
    faults
}

/// Nobody names a column in a table that is used: one that a form once asked for, say.
fn idle_column(since: Timestamp, table: &HeldTable, held: &HeldColumn) -> Fault {
    Fault {
        place: Place { column: Some(held.column.clone()), ..table.place() },
        detail: String::new(),
        severity: risk::severity(held.category.sensitivity(), Exposure::Unbounded, table.people).min(Severity::Medium),
        people: table.people,
        title: format!(
            "no statement has named `{}` of `{}` since {}",
            held.column,
            table.place(),
            since.strftime("%Y-%m-%d"),
        ),
        reason: "data that no purpose needs may not be collected or kept (GDPR art. 5(1)(c)); told by the statements \
                 that the server has kept (`pg_stat_statements`, or the digests of the performance schema), copies of \
                 whole tables left out"
            .to_owned(),
        law: &["eu-gdpr-5-1-c"],
        remedy: Remedy::words(format!(
            "ask the owner; then stop asking for it, and `[[retain]]` with `what = \"{}.{}\"` and `action = \"anonymise\"`, \
             or drop the column",
            table.source,
            table.table.replace('"', "\\\""),
        )),
    }
}

fn idle_table(snapshot: &Snapshot<'_>, known: &TableUse, held: &HeldTable) -> Fault {
    let days = snapshot.now.duration_since(known.idle_since).as_hours() / 24;
    Fault {
        place: held.place(),
        detail: String::new(),
        severity: held.severity(Exposure::Unbounded).min(Severity::Medium),
        people: held.people,
        title: format!(
            "nobody has written to `{}` or looked up a row in it since {} ({})",
            held.place(),
            known.idle_since.strftime("%Y-%m-%d"),
            counted(days.unsigned_abs(), "day", "days"),
        ),
        reason: "data that no purpose needs any more may not be kept (GDPR art. 5(1)(c) and (e)); the server counts, \
                 and reading a whole table, as backups and dataward do, is not told apart from not reading it"
            .to_owned(),
        law: &["eu-gdpr-5-1-c", "eu-gdpr-5-1-e"],
        remedy: Remedy::words(format!(
            "ask the owner; then `[[retain]]` with `what = \"{}.{}\"` in dataward.toml",
            held.source,
            held.table.replace('"', "\\\"")
        )),
    }
}
