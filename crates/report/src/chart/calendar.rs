//! The audit calendar: a row a stage, a year of months; what ran, what is due, what was missed.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::chart::Anchor;
use crate::chart::Canvas;
use crate::chart::Heading;
use crate::chart::Tone;

const HEAD: f64 = 26.0;
const ROW: f64 = 30.0;

/// How much of the calendar is shown.
pub(crate) struct Span {
    width: f64,
    /// For the names of the stages.
    label: f64,
    /// Months before the one of today, and in all.
    before: i32,
    months: i32,
}

/// For pages and paper.
pub(crate) const YEAR: Span = Span { width: 760.0, label: 96.0, before: 7, months: 12 };
/// For telephones.
pub(crate) const HALF_YEAR: Span = Span { width: 348.0, label: 78.0, before: 2, months: 6 };

/// One stage.
pub(crate) struct CalendarRow {
    /// Its name.
    pub(crate) label: String,
    /// The days on which it ran.
    pub(crate) runs: Vec<Date>,
    /// The day on which it is due next, and whether that was missed.
    pub(crate) next: Option<(Date, bool)>,
}

/// The rows over the months around `today`.
pub(crate) fn calendar(heading: &Heading, span: &Span, today: Date, rows: &[CalendarRow]) -> String {
    let Span { width, label, before, months } = *span;
    let mut canvas = Canvas::new();
    let first = today.first_of_month().saturating_sub(before.months());
    let step = (width - label) / f64::from(months);
    let place = |day: Date| {
        let since =
            f64::from(i32::from(day.year()) - i32::from(first.year())) * 12.0 + f64::from(day.month() - first.month());
        label + (since + f64::from(day.day() - 1) / f64::from(day.days_in_month())) * step
    };
    let inside = |day: Date| place(day) >= label && place(day) <= width - 6.0;
    let bottom = HEAD + rows.len() as f64 * ROW;
    for month in 0..=months {
        let day = first.saturating_add(month.months());
        let x = label + f64::from(month) * step;
        canvas.line([x, HEAD - 4.0, x, bottom]);
        if month < months {
            let name = if day.month() == 1 || month == 0 { day.strftime("%b %y") } else { day.strftime("%b") };
            canvas.text([x + step / 2.0, HEAD - 10.0], Anchor::Middle, "c-note", &name.to_string());
        }
    }
    for (row, number) in rows.iter().zip(0u32..) {
        let middle = HEAD + f64::from(number) * ROW + ROW / 2.0;
        canvas.text([0.0, middle + 4.0], Anchor::Start, "c-label", &row.label);
        canvas.line([label, middle + ROW / 2.0, width, middle + ROW / 2.0]);
        for run in row.runs.iter().filter(|run| inside(**run)) {
            canvas.circle([place(*run), middle, 6.0], Tone::Good, &format!("{} ran on {run}", row.label));
        }
        if let Some((next, missed)) = row.next.filter(|(next, _)| inside(*next)) {
            let tone = if missed { Tone::Critical } else { Tone::Plain };
            let what = if missed { "was due" } else { "is due" };
            canvas.rectangle(
                [place(next) - 5.5, middle - 5.5, 11.0, 11.0],
                tone,
                &format!("{} {what} on {next}", row.label),
            );
        }
    }
    let now = place(today);
    canvas.rectangle([now - 0.75, HEAD - 4.0, 1.5, bottom - HEAD + 8.0], Tone::Plain, "today");
    canvas.text([now, bottom + 17.0], Anchor::Middle, "c-note", "today");
    // Below the word under today's line, which may stand anywhere.
    let legend = bottom + 32.0;
    canvas.circle([label + 8.0, legend, 5.0], Tone::Good, "");
    canvas.text([label + 18.0, legend + 4.0], Anchor::Start, "c-note", "ran");
    canvas.rectangle([label + 52.0, legend - 5.0, 10.0, 10.0], Tone::Plain, "");
    canvas.text([label + 68.0, legend + 4.0], Anchor::Start, "c-note", "due");
    canvas.rectangle([label + 102.0, legend - 5.0, 10.0, 10.0], Tone::Critical, "");
    canvas.text([label + 118.0, legend + 4.0], Anchor::Start, "c-note", "missed");
    canvas.finish(heading, width, bottom + 42.0)
}
