//! Rows by columns: a square with a number where they meet.

use crate::chart::Anchor;
use crate::chart::Canvas;
use crate::chart::Heading;
use crate::chart::Tone;
use crate::chart::fit;

const LABEL: f64 = 226.0;
/// The chart is as wide as the page when its columns can be.
const WIDTH: f64 = 1040.0;
const NARROWEST: f64 = 38.0;
const WIDEST: f64 = 60.0;
const STEP_Y: f64 = 27.0;
const GROUP: f64 = 24.0;
/// Room for the rising column names.
const HEAD: f64 = 118.0;
const TAIL: f64 = 96.0;

/// A mark where a row meets a column.
#[derive(Clone, Copy)]
pub(crate) struct Cell {
    /// The number in it.
    pub(crate) value: u64,
    /// Its colour.
    pub(crate) tone: Tone,
}

/// One row.
pub(crate) struct MatrixRow {
    /// A heading over this row, where a new group begins.
    pub(crate) group: Option<String>,
    /// What the row is.
    pub(crate) label: String,
    /// One for each column.
    pub(crate) cells: Vec<Option<Cell>>,
}

/// Names of the columns on top, names of the rows at the left.
pub(crate) fn matrix(heading: &Heading, columns: &[&str], rows: &[MatrixRow]) -> String {
    let step = ((WIDTH - LABEL - TAIL) / columns.len().max(1) as f64).clamp(NARROWEST, WIDEST);
    let right = LABEL + columns.len() as f64 * step;
    let mut canvas = Canvas::new();
    for (name, column) in columns.iter().zip(0u32..) {
        canvas.rising_text([LABEL + f64::from(column) * step + step / 2.0 - 2.0, HEAD - 8.0], "c-label", name);
    }
    let mut top = HEAD;
    for row in rows {
        if let Some(group) = &row.group {
            canvas.text([0.0, top + 16.0], Anchor::Start, "c-group", &fit(group, LABEL));
            top += GROUP;
        }
        canvas.text([LABEL - 10.0, top + 17.0], Anchor::End, "c-label", &fit(&row.label, LABEL - 16.0));
        canvas.line([LABEL, top + STEP_Y / 2.0 - 0.5, right, top + STEP_Y / 2.0 - 0.5]);
        for ((cell, name), column) in row.cells.iter().zip(columns).zip(0u32..) {
            let Some(cell) = cell else { continue };
            let x = LABEL + f64::from(column) * step;
            let hint = format!("{}, {name}: {}", row.label, cell.value);
            canvas.rectangle([x + 5.0, top + 2.0, step - 10.0, STEP_Y - 5.0], cell.tone, &hint);
            let class = format!("i-{}", cell.tone.class());
            canvas.text([x + step / 2.0, top + 17.0], Anchor::Middle, &class, &cell.value.to_string());
        }
        top += STEP_Y;
    }
    canvas.finish(heading, right + TAIL, top + 4.0)
}
