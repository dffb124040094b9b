//! What nobody looked after, and tables that hold much less than they did.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::RecordBatch;
use arrow_array::StringArray;
use dataward_audit::integrity::Row;
use dataward_audit::integrity::TableCheck;
use dataward_audit::integrity::Tier;
use dataward_audit::integrity::changes::Changes;
use dataward_audit::integrity::changes::DRIFT;
use dataward_audit::integrity::changes::OurOwn;
use dataward_audit::integrity::changes::TableNow;
use dataward_evidence::RowKey;
use dataward_model::ColumnHead;
use dataward_model::ColumnRole;
use dataward_model::TableHead;

const TODAY: (i32, u32, u32) = (2026, 11, 24);

type Cells = Box<dyn Fn(usize) -> Option<String>>;

fn table(rows: usize, columns: &[(&'static str, Cells)]) -> (TableHead, RecordBatch) {
    let heads = columns.iter().map(|(name, _)| ColumnHead::new(*name, "text")).collect();
    let arrays =
        columns.iter().map(|(name, cell)| (*name, Arc::new((0..rows).map(cell).collect::<StringArray>()) as ArrayRef));
    (TableHead::table("people", heads), RecordBatch::try_from_iter(arrays).expect("columns are equally long"))
}

#[test]
fn addresses_that_mail_came_back_from_and_rows_that_nobody_touched_for_two_years_are_stale() {
    let (head, batch) = table(
        200,
        &[
            ("email", Box::new(|row| (row != 9).then(|| format!("ada{row}@example.org")))),
            ("delivery", Box::new(|row| Some(if matches!(row, 7..10) { "hard_bounce" } else { "ok" }.to_owned()))),
            (
                "updated_at",
                Box::new(|row| {
                    Some(match row {
                        20 => "2024-10-31".to_owned(),
                        // Two years to the month, days outside of every calendar, and nothing that is a day.
                        21 => "2024-11-01".to_owned(),
                        22 => "0000-00-00".to_owned(),
                        23 => "99999-01-01".to_owned(),
                        24 => "soon".to_owned(),
                        _ => format!("2026-0{}-01", 1 + row % 9),
                    })
                }),
            ),
        ],
    );
    let mut check = TableCheck::new(&head, TODAY);
    check.add(&batch);
    let issues = check.finish().issues;
    let stale: Vec<(&str, u64, Tier)> = issues
        .iter()
        .filter(|issue| issue.check == "stale")
        .map(|issue| {
            let Row::Index(row) = issue.row else { panic!("a table without a key") };
            (issue.column.as_str(), row, issue.tier)
        })
        .collect();
    // Where the address is gone already, nothing is left to ask for.
    assert_eq!(stale, [("email", 7, Tier::Likely), ("email", 8, Tier::Likely), ("updated_at", 20, Tier::Hint)]);
}

/// A table of so many rows of which so many have a telephone.
fn pass(rows: usize, phones: usize) -> TableNow {
    let (head, batch) = table(
        rows,
        &[
            ("id", Box::new(|row| Some(row.to_string()))),
            ("phone", Box::new(move |row| (row < phones).then(|| format!("030 {row}")))),
            ("nothing", Box::new(|_| None)),
        ],
    );
    let mut changes = Changes::of(&head, &RowKey::new([7; 32]));
    changes.add(&batch);
    changes.finish()
}

#[test]
fn a_table_that_lost_a_third_of_its_rows_or_of_a_column_drifted_and_one_that_lost_less_did_not() {
    let drift = |now: TableNow, before: TableNow| -> Vec<String> {
        let changed = now.since(&before.state, TODAY, OurOwn::default());
        changed.table.into_iter().filter(|(_, check, _)| *check == DRIFT).map(|(.., reason)| reason).collect()
    };
    for (now, before, expected) in [
        ((100, 100), (100, 100), &[][..]),
        // A quarter of the rows, a tenth of the telephones.
        ((75, 75), (100, 100), &[]),
        ((100, 90), (100, 100), &[]),
        ((60, 60), (100, 100), &["40 % of the rows are gone since the last audit"]),
        ((0, 0), (100, 100), &["100 % of the rows are gone since the last audit"]),
        ((100, 70), (100, 100), &["`phone` was filled in 100 % of the rows at the last audit and is in 70 %"]),
        // Small tables jump by themselves, and a column that was mostly empty may be emptier.
        ((10, 10), (40, 40), &[]),
        ((100, 10), (100, 40), &[]),
        ((200, 200), (100, 100), &[]),
    ] {
        assert_eq!(drift(pass(now.0, now.1), pass(before.0, before.1)), expected, "{now:?} after {before:?}");
    }
}

#[test]
fn a_row_of_the_last_day_of_a_month_says_that_it_was_changed_until_the_day_after() {
    let on = |status: &'static str, day: &'static str| -> TableNow {
        let cells: [(&'static str, Cells); 3] = [
            ("id", Box::new(|row| Some(row.to_string()))),
            ("status", Box::new(move |row| Some(if row == 3 { status } else { "paid" }.to_owned()))),
            ("updated_at", Box::new(move |row| Some(if row == 3 { day } else { "2026-01-01" }.to_owned()))),
        ];
        let (mut head, batch) = table(60, &cells);
        head.columns[0].role = ColumnRole::PrimaryKey;
        let mut changes = Changes::of(&head, &RowKey::new([7; 32]));
        changes.add(&batch);
        changes.finish()
    };
    let before = on("open", "2026-01-01");
    for (day, told) in [("2026-12-01", 0), ("2026-11-30", 0), ("2026-11-29", 1), ("2026-01-01", 1)] {
        let changed = on("paid", day).since(&before.state, (2026, 12, 1), OurOwn::default());
        assert_eq!(changed.rows.len(), told, "{day}: {changed:?}");
    }
}
