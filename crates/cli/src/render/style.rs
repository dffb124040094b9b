//! Colours. `anstream` takes them out for pipes, `NO_COLOR` and terminals without.

use anstyle::AnsiColor;
use anstyle::Style;

/// Headings.
pub(crate) const HEAD: Style = Style::new().bold();
/// Less important text.
pub(crate) const MUTED: Style = Style::new().dimmed();
/// What to type.
pub(crate) const CODE: Style = AnsiColor::Cyan.on_default();
/// Errors and what must be done today.
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
/// What must be done this week.
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// What is well.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();

/// The style of a severity.
pub(crate) fn severity(word: &str) -> Style {
    match word {
        "critical" | "high" => ERROR,
        "medium" => WARNING,
        _ => MUTED,
    }
}

/// The style of a sensitivity.
pub(crate) fn sensitivity(word: &str) -> Style {
    match word {
        "special" | "high" => ERROR,
        "normal" => WARNING,
        _ => MUTED,
    }
}

/// Policy mistakes, with the box characters that every terminal has.
pub(crate) fn miette_theme() -> miette::GraphicalTheme {
    miette::GraphicalTheme::unicode()
}
