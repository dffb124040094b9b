//! Horizontal bars of parts; every part has its number in or over it.

use crate::chart::Anchor;
use crate::chart::Canvas;
use crate::chart::Heading;
use crate::chart::Tone;
use crate::chart::fit;

const WIDTH: f64 = 360.0;
const STEP: f64 = 48.0;
const THICK: f64 = 22.0;

/// One bar.
pub(crate) struct StackedRow {
    /// What it stands for.
    pub(crate) label: String,
    /// Name, size and colour of each part, in order. Parts of size 0 are left out.
    pub(crate) parts: Vec<(String, u64, Tone)>,
}

/// One bar a row, all on one scale; the label stands over the bar, the total at its end.
pub(crate) fn stacked(heading: &Heading, rows: &[StackedRow]) -> String {
    let total = |row: &StackedRow| row.parts.iter().map(|(_, size, _)| size).sum::<u64>();
    let longest = rows.iter().map(total).max().unwrap_or(0).max(1) as f64;
    let room = WIDTH - 34.0;
    let mut canvas = Canvas::new();
    for (row, index) in rows.iter().zip(0u32..) {
        let top = f64::from(index) * STEP;
        canvas.text([0.0, top + 12.0], Anchor::Start, "c-label", &fit(&row.label, room));
        let mut x = 0.0;
        for (name, size, tone) in row.parts.iter().filter(|(_, size, _)| *size > 0) {
            let width = room * *size as f64 / longest;
            canvas.rectangle([x, top + 18.0, width - 1.5, THICK], *tone, &format!("{}, {name}: {size}", row.label));
            if width >= 9.0 * size.to_string().len() as f64 + 6.0 {
                let class = format!("i-{}", tone.class());
                canvas.text([x + width / 2.0, top + 33.5], Anchor::Middle, &class, &size.to_string());
            }
            x += width;
        }
        canvas.text([x + 5.0, top + 33.5], Anchor::Start, "c-value", &total(row).to_string());
    }
    canvas.finish(heading, WIDTH, rows.len() as f64 * STEP)
}
