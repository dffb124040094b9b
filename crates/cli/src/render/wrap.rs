//! Lines that are longer than the screen is wide go on below, set in, instead of breaking in the middle of a word at
//! the edge. What is to be typed stays in one piece: a break would end up in what somebody copies.

use dataward_model::Remedy;

use crate::render::numbers::plain;
use crate::render::style::CODE;

/// Where the rest of a long line is set in to; it is not printed itself.
pub(crate) const HANG: char = '\u{1f}';

/// Breaks the lines of `text` at spaces to fit on `columns`; styles do not count.
pub(crate) fn wrap(text: &str, columns: usize) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    for line in text.split_inclusive('\n') {
        let (content, end) = line.strip_suffix('\n').map_or((line, ""), |content| (content, "\n"));
        self::line(content, columns.max(NARROWEST), &mut out);
        out.push_str(end);
    }
    out
}

/// The text without the places to hang from, for pipes and files.
pub(crate) fn unmarked(text: &str) -> String {
    text.replace(HANG, "")
}

/// What to do about something: as what is to be typed if it is that, else as words that may go on below.
pub(crate) fn remedy(remedy: &Remedy) -> String {
    match remedy {
        Remedy::Command(text) => format!("{CODE}{}{CODE:#}", plain(text)),
        Remedy::Words(text) => format!("{HANG}{}", plain(text)),
    }
}

/// On less than this nothing is readable anyway.
const NARROWEST: usize = 30;

fn line(line: &str, columns: usize, out: &mut String) {
    let before = line.split(HANG).next().filter(|before| before.len() < line.len());
    let indent = line.chars().take_while(|c| *c == ' ').count();
    let line = unmarked(line);
    let is_command = line.trim_start().starts_with(&CODE.to_string());
    if is_command || width(&line) <= columns {
        out.push_str(&line);
        return;
    }
    let hang = before.map(width).filter(|hang| *hang <= columns / 2).unwrap_or((indent + 2).min(columns / 2));
    let (mut at, mut rest) = (0, line.as_str());
    let mut broken = false;
    while !rest.is_empty() {
        let spaces = rest.len() - rest.trim_start_matches(' ').len();
        let word = rest[spaces..].find(' ').map_or(rest.len(), |end| spaces + end);
        let wide = width(&rest[spaces..word]);
        if at + spaces + wide > columns && at > if broken { hang } else { indent } && wide > 0 {
            out.push('\n');
            out.push_str(&" ".repeat(hang));
            out.push_str(&rest[spaces..word]);
            at = hang + wide;
            broken = true;
        } else if at + spaces > columns {
            // Blanks at the edge, and a style that ends behind them.
            out.push_str(&rest[spaces..word]);
            at += wide;
        } else {
            out.push_str(&rest[..word]);
            at += spaces + wide;
        }
        rest = &rest[word..];
    }
}

/// Characters that are seen: all but those of styles (`ESC [ … m`).
fn width(text: &str) -> usize {
    let mut seen = 0;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            characters.by_ref().find(|end| *end == 'm');
        } else {
            seen += 1;
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::style::MUTED;

    #[test]
    fn long_lines_go_on_below_set_in() {
        assert_eq!(
            wrap("  one two three four five six seven eight\n", 30),
            "  one two three four five six\n    seven eight\n"
        );
        let hung = format!("high     a1b2c3  {HANG}no rule says when the data goes\n");
        assert_eq!(wrap(&hung, 36), "high     a1b2c3  no rule says when\n                 the data goes\n");
        assert_eq!(unmarked(&hung), "high     a1b2c3  no rule says when the data goes\n");
    }

    #[test]
    fn styles_take_no_room_and_commands_stay_whole() {
        let styled = format!("{MUTED}one two three four five six seven{MUTED:#}");
        assert_eq!(wrap(&styled, 33), styled);
        let command = format!("     {CODE}dataward retain approve 0123456789 --plan abc{CODE:#}\n");
        assert_eq!(wrap(&command, 30), command);
        let path = "/a/very/long/path/that/fits/nowhere/at/all.csv";
        assert_eq!(wrap(path, 30), path);
    }

    #[test]
    fn no_line_is_wider_than_the_screen_where_words_allow_it() {
        let text = "  some words of a line that says much and goes on for long, so that it needs three lines or more\n"
            .repeat(3);
        for columns in [30, 40, 60, 80] {
            assert!(wrap(&text, columns).lines().all(|line| width(line) <= columns));
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(words(&wrap(&text, columns)), words(&text));
        }
    }
}
