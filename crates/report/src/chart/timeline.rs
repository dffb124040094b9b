//! How many findings were open when: stacked columns, the gravest at the foot.

use dataward_model::Severity;

use crate::chart::Anchor;
use crate::chart::Canvas;
use crate::chart::Heading;
use crate::chart::Tone;

const WIDTH: f64 = 760.0;
const LEFT: f64 = 34.0;
const HEIGHT: f64 = 170.0;
const TOP: f64 = 14.0;
/// A column is never wider: three columns across the page say nothing more than three slim ones.
const WIDEST: f64 = 46.0;

/// One moment.
pub(crate) struct Moment {
    /// Its day, as shown.
    pub(crate) label: String,
    /// Open findings by severity, in the order of [`Severity::ALL`].
    pub(crate) counts: [u64; Severity::ALL.len()],
}

/// A column a moment.
pub(crate) fn timeline(heading: &Heading, moments: &[Moment]) -> String {
    let mut canvas = Canvas::new();
    let highest = moments.iter().map(|moment| moment.counts.iter().sum::<u64>()).max().unwrap_or(0).max(1);
    let unit = HEIGHT / highest as f64;
    let floor = TOP + HEIGHT;
    for mark in [highest, highest.div_ceil(2)] {
        let y = floor - mark as f64 * unit;
        canvas.line([LEFT, y, WIDTH, y]);
        canvas.text([LEFT - 6.0, y + 4.0], Anchor::End, "c-note", &mark.to_string());
    }
    canvas.line([LEFT, floor, WIDTH, floor]);
    let step = ((WIDTH - LEFT) / moments.len().max(1) as f64).min(WIDEST * 1.6);
    let labelled = (moments.len() / 8).max(1);
    for (moment, index) in moments.iter().zip(0u32..) {
        let middle = LEFT + (f64::from(index) + 0.5) * step;
        let width = (step * 0.62).min(WIDEST);
        let mut y = floor;
        for (severity, count) in Severity::ALL.into_iter().zip(moment.counts).rev().filter(|(_, count)| *count > 0) {
            let height = count as f64 * unit;
            y -= height;
            let hint = format!("{}: {count} {severity}", moment.label);
            canvas.rectangle([middle - width / 2.0, y, width, (height - 1.0).max(1.0)], Tone::of(severity), &hint);
        }
        let last = index as usize + 1 == moments.len();
        let total: u64 = moment.counts.iter().sum();
        if last || index == 0 {
            canvas.text([middle, y - 4.0], Anchor::Middle, "c-value", &total.to_string());
        }
        if last || (index as usize).is_multiple_of(labelled) && moments.len() - 1 - index as usize >= labelled {
            canvas.text([middle, floor + 15.0], Anchor::Middle, "c-note", &moment.label);
        }
    }
    let mut x = LEFT;
    for severity in Severity::ALL.into_iter().rev() {
        canvas.rectangle([x, floor + 26.0, 10.0, 10.0], Tone::of(severity), "");
        canvas.text([x + 15.0, floor + 35.0], Anchor::Start, "c-note", severity.as_str());
        x += 74.0;
    }
    canvas.finish(heading, WIDTH, floor + 42.0)
}
