//! Horizontal bars with their numbers at the end.

use crate::chart::Anchor;
use crate::chart::Canvas;
use crate::chart::Heading;
use crate::chart::Tone;
use crate::chart::fit;

const WIDTH: f64 = 360.0;
const VALUE: f64 = 62.0;
const STEP: f64 = 48.0;
const THICK: f64 = 22.0;

/// One bar.
pub(crate) struct Bar {
    /// What it stands for.
    pub(crate) label: String,
    /// Its length.
    pub(crate) value: u64,
    /// The number as shown.
    pub(crate) shown: String,
    /// Its colour.
    pub(crate) tone: Tone,
}

/// One bar a row, the longest across the chart; the label stands over the bar.
pub(crate) fn bars(heading: &Heading, bars: &[Bar]) -> String {
    let longest = bars.iter().map(|bar| bar.value).max().unwrap_or(0).max(1) as f64;
    let room = WIDTH - VALUE;
    let mut canvas = Canvas::new();
    for (bar, row) in bars.iter().zip(0u32..) {
        let top = f64::from(row) * STEP;
        let length = room * bar.value as f64 / longest;
        canvas.text([0.0, top + 12.0], Anchor::Start, "c-label", &fit(&bar.label, room));
        canvas.rectangle([0.0, top + 18.0, length, THICK], bar.tone, &format!("{}: {}", bar.label, bar.shown));
        canvas.text([length + 6.0, top + 33.5], Anchor::Start, "c-value", &bar.shown);
    }
    canvas.finish(heading, WIDTH, bars.len() as f64 * STEP)
}
