//! Personal data that nobody uses: what nobody needs may not be kept.

use dataward_model::Severity;
use dataward_model::counted;
use jiff::SignedDuration;

use crate::Check;
use crate::Exposure;
use crate::Fault;
use crate::HeldTable;
use crate::Needs;
use crate::Snapshot;
use crate::collection::facts::TableUse;

/// The check.
pub const CHECK: Check =
    Check { name: "collection/unused", summary: "personal data that nobody uses", needs: Needs::Facts, run: check };

/// Idle for so long: less says little. Where the server does not tell since when, the review that first sees a table
/// begins to count.
const IDLE: SignedDuration = SignedDuration::from_hours(24 * 80);

fn check(snapshot: &Snapshot<'_>) -> Vec<Fault> {
    let Some(facts) = &snapshot.facts.collection else { return Vec::new() };
    let idle = facts.uses.iter().filter(|known| snapshot.now.duration_since(known.idle_since) >= IDLE);
    idle.filter_map(|known| fault(snapshot, known)).collect()
}

fn fault(snapshot: &Snapshot<'_>, known: &TableUse) -> Option<Fault> {
    let held: &HeldTable = snapshot
        .tables
        .iter()
        .find(|table| table.source == known.place.source && Some(&table.table) == known.place.table.as_ref())?;
    let days = snapshot.now.duration_since(known.idle_since).as_hours() / 24;
    Some(Fault {
        place: held.place(),
        detail: String::new(),
        severity: held.severity(Exposure::Unbounded).min(Severity::Medium),
        people: held.people,
        title: format!(
            "nobody has written to `{}` or looked up a row in it since {} ({})",
            held.table,
            known.idle_since.strftime("%Y-%m-%d"),
            counted(days.unsigned_abs(), "day", "days"),
        ),
        reason: "data that no purpose needs any more may not be kept (GDPR art. 5(1)(c) and (e)); the server counts, \
                 and reading a whole table, as backups and dataward do, is not told apart from not reading it"
            .to_owned(),
        law: &["eu-gdpr-5-1-c", "eu-gdpr-5-1-e"],
        remedy: format!(
            "ask the owner; then `[[retain]]` with `what = \"{}.{}\"` in dataward.toml",
            held.source,
            held.table.replace('"', "\\\"")
        ),
    })
}
