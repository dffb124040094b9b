//! Rows by columns: a square with a number where they meet.

use crate::chart::Anchor;
use crate::chart::Canvas;
use crate::chart::Heading;
use crate::chart::Tone;
use crate::chart::fit;

const GROUP: f64 = 24.0;

/// The measures of the chart.
pub(crate) struct Layout {
    /// What it fills when its columns can be as wide.
    width: f64,
    /// For the names of the rows.
    label: f64,
    /// Width of a column, at least and at most.
    column: [f64; 2],
    /// Height of a row.
    row: f64,
    /// For the rising names of the columns.
    head: f64,
    /// For the end of the last of them.
    tail: f64,
    /// How they rise, in degrees.
    rise: i32,
}

/// For pages and print.
pub(crate) const WIDE: Layout =
    Layout { width: 1040.0, label: 226.0, column: [38.0, 60.0], row: 27.0, head: 118.0, tail: 96.0, rise: 40 };
/// For sheets of paper: smaller, since it is printed at four fifths of its size.
pub(crate) const PRINT: Layout =
    Layout { width: 620.0, label: 178.0, column: [26.0, 44.0], row: 23.0, head: 104.0, tail: 74.0, rise: 42 };
/// For telephones.
pub(crate) const COMPACT: Layout =
    Layout { width: 348.0, label: 118.0, column: [15.0, 40.0], row: 24.0, head: 168.0, tail: 10.0, rise: 84 };

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
pub(crate) fn matrix(heading: &Heading, layout: &Layout, columns: &[&str], rows: &[MatrixRow]) -> String {
    let Layout { width, label, row: height, head, tail, rise, .. } = *layout;
    let [narrowest, widest] = layout.column;
    let step = ((width - label - tail) / columns.len().max(1) as f64).clamp(narrowest, widest);
    let gap = (step * 0.1).clamp(1.5, 5.0);
    let right = label + columns.len() as f64 * step;
    let mut canvas = Canvas::new();
    for (name, column) in columns.iter().zip(0u32..) {
        let middle = label + f64::from(column) * step + step / 2.0;
        canvas.rising_text([middle + f64::from(rise) / 20.0 - 2.0, head - 8.0], rise, "c-label", name);
    }
    let mut top = head;
    for row in rows {
        if let Some(group) = &row.group {
            canvas.text([0.0, top + 16.0], Anchor::Start, "c-group", &fit(group, label * 1.5));
            top += GROUP;
        }
        let middle = top + height / 2.0;
        canvas.text([label - 8.0, middle + 4.0], Anchor::End, "c-label", &fit(&row.label, label - 10.0));
        canvas.line([label, middle, right, middle]);
        for ((cell, name), column) in row.cells.iter().zip(columns).zip(0u32..) {
            let Some(cell) = cell else { continue };
            let x = label + f64::from(column) * step;
            let hint = format!("{}, {name}: {}", row.label, cell.value);
            canvas.rectangle([x + gap, top + 2.5, step - 2.0 * gap, height - 5.0], cell.tone, &hint);
            let class = format!("i-{}", cell.tone.class());
            canvas.text([x + step / 2.0, middle + 4.0], Anchor::Middle, &class, &cell.value.to_string());
        }
        top += height;
    }
    canvas.finish(heading, right + tail, top + 4.0)
}
