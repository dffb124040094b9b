//! What came, went, stopped growing or grew oddly since the last review.

use std::collections::BTreeMap;

use dataward_model::Place;
use dataward_model::Remedy;
use dataward_model::Severity;
use dataward_model::SourceId;
use dataward_model::count;
use dataward_model::counted;
use jiff::Timestamp;

use crate::Check;
use crate::Exposure;
use crate::Fault;
use crate::Needs;
use crate::Snapshot;
use crate::collection::facts::TableHistory;
use crate::risk;

/// Personal data that is no longer where it was.
pub const VANISHED: Check = Check {
    name: "collection/vanished",
    summary: "personal data that is no longer where it was at the last review",
    needs: Needs::Earlier,
    run: vanished,
};

/// Personal data that was not there at the last review.
pub const APPEARED: Check = Check {
    name: "collection/appeared",
    summary: "personal data that was not there at the last review",
    needs: Needs::Earlier,
    run: appeared,
};

/// Tables that stopped growing, shrank or grew as never before.
pub const GROWTH: Check = Check {
    name: "collection/growth",
    summary: "tables that stopped growing, shrank or grew as never before",
    needs: Needs::Earlier,
    run: growth,
};

fn vanished(snapshot: &Snapshot<'_>) -> Vec<Fault> {
    let went = |table: &TableHistory, since: Timestamp| table.gone_since.filter(|gone| *gone > since);
    changed(
        snapshot,
        |table, since| went(table, since).is_some(),
        |place, tables, whole| Fault {
            place,
            detail: String::new(),
            severity: worst(tables, Exposure::Inside),
            people: people(tables),
            title: match whole {
                true => format!(
                    "all of {} in this source: gone since the last review",
                    counted(tables.len() as u64, "place with personal data", "places with personal data")
                ),
                false => "personal data is gone since the last review".to_owned(),
            },
            reason: "what went without a record may have been deleted, moved or renamed: nobody can show which \
                 (GDPR art. 5(2) and 24(1))"
                .to_owned(),
            law: &["eu-gdpr-24-1"],
            remedy: Remedy::words(
                "find out where it went; when it was deleted on purpose, accept this finding and say so",
            ),
        },
    )
}

fn appeared(snapshot: &Snapshot<'_>) -> Vec<Fault> {
    let came = |table: &TableHistory, since: Timestamp| table.gone_since.is_none() && table.first_seen > since;
    changed(snapshot, came, |place, tables, whole| Fault {
        severity: worst(tables, Exposure::Inside).max(Severity::Low),
        people: people(tables),
        title: match whole {
            true => format!(
                "this source is new since the last review: {}",
                counted(tables.len() as u64, "place with personal data", "places with personal data")
            ),
            false => "personal data is here that was not at the last review".to_owned(),
        },
        detail: String::new(),
        reason: "new collections need a purpose, a ground and an end before they begin (GDPR art. 5(1)(b) and 25)"
            .to_owned(),
        law: &["eu-gdpr-5-1-b"],
        remedy: Remedy::command(format!("dataward inventory --source {}", place.source)),
        place,
    })
}

/// One fault a source when all of its tables changed, else one a table.
fn changed(
    snapshot: &Snapshot<'_>,
    is: impl Fn(&TableHistory, Timestamp) -> bool,
    fault: impl Fn(Place, &[&TableHistory], bool) -> Fault,
) -> Vec<Fault> {
    let Some((facts, since)) = snapshot.facts.collection.as_ref().and_then(|facts| Some((facts, facts.since?))) else {
        return Vec::new();
    };
    let mut by_source: BTreeMap<&SourceId, Vec<&TableHistory>> = BTreeMap::new();
    for table in &facts.tables {
        by_source.entry(&table.place.source).or_default().push(table);
    }
    let mut faults = Vec::new();
    for (source, tables) in by_source {
        let these: Vec<&TableHistory> = tables.iter().filter(|table| is(table, since)).copied().collect();
        // What was gone before the last review does not count among all.
        let others = tables.iter().filter(|table| table.gone_since.is_none_or(|gone| gone > since)).count();
        if these.len() > 1 && these.len() == others {
            faults.push(fault(Place::of_source(source.clone()), &these, true));
        } else {
            faults.extend(these.iter().map(|table| fault(table.place.clone(), &[table], false)));
        }
    }
    faults
}

fn worst(tables: &[&TableHistory], exposure: Exposure) -> Severity {
    let severity = |table: &&TableHistory| risk::severity(table.sensitivity, exposure, table.people);
    tables.iter().map(severity).max().unwrap_or(Severity::Info)
}

fn people(tables: &[&TableHistory]) -> Option<u64> {
    tables.iter().filter_map(|table| table.people).max()
}

fn growth(snapshot: &Snapshot<'_>) -> Vec<Fault> {
    let Some((facts, since)) = snapshot.facts.collection.as_ref().and_then(|facts| Some((facts, facts.since?))) else {
        return Vec::new();
    };
    let living = facts.tables.iter().filter(|table| table.gone_since.is_none());
    living
        .filter_map(|table| {
            let (detail, what) = odd(&table.sizes, table.retired, since)?;
            Some(Fault {
                place: table.place.clone(),
                detail: detail.to_owned(),
                severity: risk::severity(table.sensitivity, Exposure::Inside, table.people).min(Severity::Medium),
                people: table.people,
                title: format!("`{}` {what}", table.place),
                reason: "a collection that dries up may have lost its source or its purpose, one that jumps may \
                         hold what it should not (GDPR art. 5(1)(b) and (c))"
                    .to_owned(),
                law: &["eu-gdpr-5-1-b", "eu-gdpr-5-1-c"],
                remedy: Remedy::words("ask the owner; when it is as it should be, accept this finding and say why"),
            })
        })
        .collect()
}

/// Rows that a table had at least, for its growth to say something.
const ENOUGH: u64 = 100;
/// Lost more than this share at once: a loss, not a clean-up.
const LOST: f64 = 0.5;
/// Times the rows of before, where nothing is known of earlier growth.
const JUMP: f64 = 10.0;
/// Times the usual growth.
const UNUSUAL: f64 = 10.0;
/// Intervals in which a table grew, for standing still to be news.
const STEADY: usize = 3;

/// What is odd about the newest size; the thresholds are ours and stand in the book's page on findings.
/// What plans of retention took away is no surprise.
fn odd(sizes: &[(Timestamp, u64)], retired: u64, since: Timestamp) -> Option<(&'static str, String)> {
    let [earlier @ .., (last_at, last)] = sizes else { return None };
    let (before_at, before) = earlier.last().filter(|_| *last_at > since)?;
    let days = |from: Timestamp, to: Timestamp| (to.duration_since(from).as_secs_f64() / 86_400.0).max(1.0 / 24.0);
    let mut rates: Vec<f64> =
        earlier.windows(2).map(|pair| (pair[1].1 as f64 - pair[0].1 as f64) / days(pair[0].0, pair[1].0)).collect();
    let steady = rates.len() >= STEADY && rates.iter().all(|rate| *rate > 0.0);
    rates.sort_by(f64::total_cmp);
    let usual = rates.get(rates.len() / 2).copied();
    let grown = last.saturating_sub(*before) as f64;
    if *before >= ENOUGH && (last.saturating_add(retired) as f64) < LOST * *before as f64 {
        let ours = match retired {
            0 => String::new(),
            retired => format!("; plans of retention took {} of them away", rows(retired)),
        };
        return Some((
            "shrank",
            format!("shrank from {} to {} since it was last read{ours}", count(*before), rows(*last)),
        ));
    }
    if *before < ENOUGH && *last < ENOUGH {
        return None;
    }
    if last == before && steady {
        let expected = usual.unwrap_or_default() * days(*before_at, *last_at);
        // Standing still for less than the time of one usual row is none.
        return (expected >= 10.0)
            .then(|| ("stopped", format!("stopped growing at {}, after growing every time before", rows(*last))));
    }
    let jumped = match usual.filter(|usual| *usual > 0.0) {
        Some(usual) => {
            grown / days(*before_at, *last_at) > UNUSUAL * usual && grown > *before as f64 * 0.5 && rates.len() >= 2
        }
        None => *last as f64 > JUMP * (*before).max(ENOUGH) as f64,
    };
    jumped.then(|| {
        (
            "jumped",
            format!("grew from {} to {} since it was last read, far more than usual", count(*before), rows(*last)),
        )
    })
}

fn rows(number: u64) -> String {
    counted(number, "row", "rows")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(rows: &[u64]) -> Vec<(Timestamp, u64)> {
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let week = |n: usize| start + jiff::SignedDuration::from_hours(24 * 7 * n as i64);
        rows.iter().enumerate().map(|(n, rows)| (week(n), *rows)).collect()
    }

    fn what(rows: &[u64]) -> Option<&'static str> {
        odd(&sizes(rows), 0, "2025-12-31T00:00:00Z".parse().unwrap()).map(|(what, _)| what)
    }

    #[test]
    fn growth_that_changes_its_ways_is_told() {
        assert_eq!(what(&[1_000, 1_100, 1_210, 1_300, 1_300]), Some("stopped"));
        assert_eq!(what(&[1_000, 1_100, 1_210, 1_300, 9_000]), Some("jumped"));
        assert_eq!(what(&[1_000, 1_100, 400]), Some("shrank"));
        assert_eq!(what(&[200, 5_000]), Some("jumped"));
    }

    #[test]
    fn usual_growth_and_small_tables_are_no_news() {
        assert_eq!(what(&[1_000, 1_100, 1_210, 1_300, 1_420]), None);
        assert_eq!(what(&[1_000, 1_000, 1_000, 1_000]), None);
        assert_eq!(what(&[1_000, 1_001, 1_002, 1_003, 1_003]), None);
        assert_eq!(what(&[3, 40]), None);
        assert_eq!(what(&[5_000]), None);
    }

    #[test]
    fn what_plans_took_away_is_no_surprise_and_what_else_went_is() {
        let since = "2025-12-31T00:00:00Z".parse().unwrap();
        assert_eq!(odd(&sizes(&[1_000, 100]), 900, since), None);
        let (_, text) = odd(&sizes(&[1_000, 100]), 50, since).unwrap();
        assert!(text.ends_with("plans of retention took 50 rows of them away"), "{text}");
    }

    #[test]
    fn what_was_odd_before_the_last_review_is_no_news() {
        let later = "2026-12-31T00:00:00Z".parse().unwrap();
        assert_eq!(odd(&sizes(&[1_000, 1_100, 400]), 0, later), None);
    }
}
