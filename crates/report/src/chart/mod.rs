//! Charts as SVG text: one shape a file, one look for all.
//!
//! Labels stand at the marks, colours say how sensitive data is or how grave a finding, and every chart
//! has a title and a description for those who do not see it. Colours are classes of the page's
//! style sheet (`t-high`), so that a chart follows light, dark and print.

mod bars;
mod calendar;
mod dots;
mod matrix;
mod stacked;
mod timeline;

use std::fmt::Write;

use dataward_model::Sensitivity;
use dataward_model::Severity;

use crate::words::escape;

pub(crate) use crate::chart::bars::Bar;
pub(crate) use crate::chart::bars::bars;
pub(crate) use crate::chart::calendar::CalendarRow;
pub(crate) use crate::chart::calendar::HALF_YEAR;
pub(crate) use crate::chart::calendar::Span;
pub(crate) use crate::chart::calendar::YEAR;
pub(crate) use crate::chart::calendar::calendar;
pub(crate) use crate::chart::dots::Dot;
pub(crate) use crate::chart::dots::dots;
pub(crate) use crate::chart::matrix::COMPACT;
pub(crate) use crate::chart::matrix::Cell;
pub(crate) use crate::chart::matrix::Layout;
pub(crate) use crate::chart::matrix::MatrixRow;
pub(crate) use crate::chart::matrix::PRINT;
pub(crate) use crate::chart::matrix::WIDE;
pub(crate) use crate::chart::matrix::matrix;
pub(crate) use crate::chart::stacked::StackedRow;
pub(crate) use crate::chart::stacked::stacked;
pub(crate) use crate::chart::timeline::Moment;
pub(crate) use crate::chart::timeline::timeline;

/// What the colour of a mark says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tone {
    /// Nothing.
    Plain,
    /// How sensitive the data is.
    Sensitive(Sensitivity),
    /// As it should be.
    Good,
    /// Not known.
    Unknown,
    /// To be put right this quarter.
    Medium,
    /// To be put right today.
    Critical,
}

impl Tone {
    fn class(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Sensitive(sensitivity) => sensitivity.as_str(),
            Self::Good => "good",
            Self::Unknown => "none",
            Self::Medium => "medium",
            Self::Critical => "critical",
        }
    }

    /// The colour of findings of a severity.
    fn of(severity: Severity) -> Self {
        match severity {
            Severity::Critical => Self::Critical,
            Severity::High => Self::Sensitive(Sensitivity::High),
            Severity::Medium => Self::Medium,
            Severity::Low => Self::Sensitive(Sensitivity::Low),
            Severity::Info => Self::Unknown,
        }
    }
}

/// What a chart is called and says, for those who do not see it.
pub(crate) struct Heading<'a> {
    /// Unique within the page.
    pub(crate) id: &'a str,
    /// What it shows.
    pub(crate) title: &'a str,
    /// What can be read from it, in one or two sentences.
    pub(crate) description: &'a str,
}

/// An SVG being drawn. Units are CSS pixels at the chart's own width.
struct Canvas {
    body: String,
}

/// Where a text stands on its point.
#[derive(Clone, Copy)]
enum Anchor {
    Start,
    Middle,
    End,
}

impl Canvas {
    fn new() -> Self {
        Self { body: String::new() }
    }

    /// A filled rectangle; `hint` shows on hovering.
    fn rectangle(&mut self, [x, y, width, height]: [f64; 4], tone: Tone, hint: &str) {
        let _ = write!(
            self.body,
            r#"<rect class="t-{}" x="{x:.1}" y="{y:.1}" width="{:.1}" height="{height:.1}" rx="2">{}</rect>"#,
            tone.class(),
            width.max(1.0),
            hover(hint)
        );
    }

    fn circle(&mut self, [x, y, radius]: [f64; 3], tone: Tone, hint: &str) {
        let class = tone.class();
        let _ = write!(
            self.body,
            r#"<circle class="t-{class}" cx="{x:.1}" cy="{y:.1}" r="{radius:.1}">{}</circle>"#,
            hover(hint)
        );
    }

    fn line(&mut self, [x1, y1, x2, y2]: [f64; 4]) {
        let _ = write!(self.body, r#"<line class="c-rule" x1="{x1:.1}" y1="{y1:.1}" x2="{x2:.1}" y2="{y2:.1}"/>"#);
    }

    /// A text whose baseline is at `y`; `class` is `c-label`, `c-value`, `c-note` or `i-` and a tone.
    fn text(&mut self, [x, y]: [f64; 2], anchor: Anchor, class: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let _ = write!(
            self.body,
            r#"<text class="{class}" x="{x:.1}" y="{y:.1}" text-anchor="{anchor}">{}</text>"#,
            escape(text)
        );
    }

    /// A text that rises to the right from its point, by so many degrees.
    fn rising_text(&mut self, [x, y]: [f64; 2], rise: i32, class: &str, text: &str) {
        let text = escape(text);
        let _ = write!(
            self.body,
            r#"<text class="{class}" transform="translate({x:.1} {y:.1}) rotate(-{rise})">{text}</text>"#
        );
    }

    fn finish(self, heading: &Heading, width: f64, height: f64) -> String {
        let Heading { id, title, description } = heading;
        format!(
            r#"<svg class="chart" id="{id}" role="img" aria-labelledby="{id}-t {id}-d" viewBox="0 0 {width:.0} {height:.0}" width="{width:.0}" height="{height:.0}"><title id="{id}-t">{}</title><desc id="{id}-d">{}</desc>{}</svg>"#,
            escape(title),
            escape(description),
            self.body
        )
    }
}

fn hover(hint: &str) -> String {
    if hint.is_empty() { String::new() } else { format!("<title>{}</title>", escape(hint)) }
}

/// `text` cut in the middle so that about `width` pixels of 12-pixel type hold it: the beginning
/// and the end of a path tell most.
fn fit(text: &str, width: f64) -> String {
    let room = (width / 6.4) as usize;
    let letters: Vec<char> = text.chars().collect();
    if letters.len() <= room || room < 5 {
        return text.to_owned();
    }
    let head = (room - 1) / 3;
    let tail = room - 1 - head;
    let head: String = letters[..head].iter().collect();
    let tail: String = letters[letters.len() - tail..].iter().collect();
    format!("{head}…{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_tables_never_become_markup() {
        let bars = bars(
            &Heading { id: "x", title: "<b>", description: "\"d\"" },
            &[Bar {
                label: "<script>alert(1)</script>".to_owned(),
                value: 3,
                shown: "3".to_owned(),
                tone: Tone::Plain,
            }],
        );
        assert!(!bars.contains("<script"), "{bars}");
        assert!(bars.contains("&lt;b&gt;") && bars.contains("&quot;d&quot;"));
    }

    #[test]
    fn long_names_keep_their_two_ends() {
        assert_eq!(fit("short", 100.0), "short");
        let cut = fit("exports/2023/quarter-4/customers-and-their-addresses.csv", 128.0);
        assert!(cut.starts_with("export") && cut.ends_with("addresses.csv"), "{cut}");
        assert_eq!(cut.chars().count(), 20);
    }
}
