//! Text to lines: what is bold or code, and where a line may end.

use crate::pdf::fonts::Face;
use crate::pdf::fonts::Fonts;

/// Letters of one width look larger than others of the same size.
const MONO_SCALE: f32 = 0.9;

/// A stretch of a line in one font.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) face: Face,
    pub(crate) size: f32,
    /// From the start of the line, in points.
    pub(crate) x: f32,
    pub(crate) width: f32,
    pub(crate) text: String,
}

/// A line.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line {
    pub(crate) runs: Vec<Run>,
    pub(crate) width: f32,
}

/// What cannot be parted by a blank; each part may end a line when nothing else helps.
struct Word {
    parts: Vec<(Face, String)>,
}

/// How a text is set.
#[derive(Clone, Copy)]
pub(crate) struct Style {
    pub(crate) face: Face,
    pub(crate) size: f32,
}

impl Style {
    fn of(self, face: Face) -> f32 {
        match (self.face, face) {
            (Face::Mono, _) | (_, Face::Regular | Face::Strong | Face::Further) => self.size,
            (_, Face::Mono) => self.size * MONO_SCALE,
        }
    }
}

/// The lines of `text` in a column of `width` points; at least one.
pub(crate) fn lines(fonts: &Fonts, text: &str, style: Style, width: f32) -> Vec<Line> {
    let mut all = Vec::new();
    for paragraph in text.split('\n') {
        let mut filler = Filler { fonts, style, width, lines: Vec::new(), line: Line::default() };
        for word in words(fonts, paragraph, style.face) {
            filler.add(&word);
        }
        all.append(&mut filler.finish());
    }
    all
}

/// Widths that matter to a column of a table: of the widest word, and of the text in one line.
pub(crate) fn extent(fonts: &Fonts, text: &str, style: Style) -> (f32, f32) {
    let (mut word_width, mut line_width) = (0.0f32, 0.0f32);
    for paragraph in text.split('\n') {
        let mut width = 0.0;
        for (index, word) in words(fonts, paragraph, style.face).iter().enumerate() {
            if index > 0 {
                width += fonts.width(style.face, style.size, " ");
            }
            let whole: f32 = word.parts.iter().map(|(face, part)| fonts.width(*face, style.of(*face), part)).sum();
            word_width = word_width.max(whole);
            width += whole;
        }
        line_width = line_width.max(width);
    }
    (word_width, line_width)
}

/// Words in their fonts. `**bold**` and backticks come in pairs; alone they stay what they are.
fn words(fonts: &Fonts, text: &str, base: Face) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut fresh = true;
    let set = stretches(text, base).into_iter().flat_map(|(face, stretch)| fonts.set(face, stretch));
    for (face, stretch) in set {
        for (index, token) in stretch.split(' ').enumerate() {
            fresh |= index > 0;
            if token.is_empty() {
                continue;
            }
            let parts = soft_parts(face, token).into_iter().map(|part| (face, part.to_owned()));
            match words.last_mut() {
                Some(word) if !fresh => word.parts.extend(parts),
                _ => words.push(Word { parts: parts.collect() }),
            }
            fresh = false;
        }
    }
    words
}

/// `command` as code, in which backticks are letters: two of them begin and end it then.
pub(crate) fn code(command: &str) -> String {
    if command.contains('`') { format!("``{command}``") } else { format!("`{command}`") }
}

/// A text without its markup.
pub(crate) fn plain(text: &str) -> String {
    stretches(text, Face::Regular).into_iter().map(|(_, text)| text).collect()
}

fn stretches(text: &str, base: Face) -> Vec<(Face, &str)> {
    if base == Face::Mono {
        return vec![(base, text)];
    }
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['`', '*']) {
        let mark = match &rest[at..] {
            two if two.starts_with("``") => "``",
            one if one.starts_with('`') => "`",
            _ => "**",
        };
        let inner = rest[at..].strip_prefix(mark).and_then(|after| after.find(mark).map(|end| &after[..end]));
        match inner.filter(|inner| !inner.is_empty()) {
            Some(inner) => {
                found.push((base, &rest[..at]));
                found.push((if mark == "**" { Face::Strong } else { Face::Mono }, inner));
                rest = &rest[at + inner.len() + 2 * mark.len()..];
            }
            None => {
                found.push((base, &rest[..at + 1]));
                rest = &rest[at + 1..];
            }
        }
    }
    found.push((base, rest));
    found
}

/// Parts of a long token that may stand on different lines: after marks that join names and paths, and after each letter
/// of scripts that set no blanks.
fn soft_parts(face: Face, token: &str) -> Vec<&str> {
    match face {
        Face::Further => token.split_inclusive(|_: char| true).collect(),
        _ => token.split_inclusive(['/', '.', '_', '-', ',', '@', ':', '=', '&', '#', '\\']).collect(),
    }
}

struct Filler<'a> {
    fonts: &'a Fonts,
    style: Style,
    width: f32,
    lines: Vec<Line>,
    line: Line,
}

impl Filler<'_> {
    fn add(&mut self, word: &Word) {
        let measure = |(face, text): &(Face, String)| self.fonts.width(*face, self.style.of(*face), text);
        let whole: f32 = word.parts.iter().map(measure).sum();
        let gap = self.gap();
        if self.line.width + gap + whole <= self.width {
            self.blank(gap);
        } else if whole <= self.width || self.line.width + gap > 0.6 * self.width {
            // The blank between two lines is a letter too; it takes no room.
            if let Some(run) = self.line.runs.last_mut() {
                run.text.push(' ');
            }
            self.end_line();
        } else {
            self.blank(gap);
        }
        for (face, text) in &word.parts {
            let part = self.fonts.width(*face, self.style.of(*face), text);
            if self.line.width + part > self.width && self.line.width > 0.0 {
                self.end_line();
            }
            if part <= self.width {
                self.push(*face, text, part);
            } else {
                self.chop(*face, text);
            }
        }
    }

    fn gap(&self) -> f32 {
        match self.line.runs.last() {
            Some(run) => self.fonts.width(run.face, run.size, " "),
            None => 0.0,
        }
    }

    /// The blank is a letter too: who copies the text gets it.
    fn blank(&mut self, gap: f32) {
        if let Some(run) = self.line.runs.last_mut() {
            run.text.push(' ');
            run.width += gap;
            self.line.width += gap;
        }
    }

    fn push(&mut self, face: Face, text: &str, width: f32) {
        let size = self.style.of(face);
        match self.line.runs.last_mut() {
            Some(run) if run.face == face => {
                run.text.push_str(text);
                run.width += width;
            }
            _ => self.line.runs.push(Run { face, size, x: self.line.width, width, text: text.to_owned() }),
        }
        self.line.width += width;
    }

    /// A hash or a key: cut where the line is full.
    fn chop(&mut self, face: Face, text: &str) {
        for letter in text.chars() {
            let letter = letter.to_string();
            let width = self.fonts.width(face, self.style.of(face), &letter);
            if self.line.width + width > self.width && self.line.width > 0.0 {
                self.end_line();
            }
            self.push(face, &letter, width);
        }
    }

    fn end_line(&mut self) {
        if !self.line.runs.is_empty() {
            self.lines.push(std::mem::take(&mut self.line));
        }
    }

    fn finish(mut self) -> Vec<Line> {
        self.end_line();
        if self.lines.is_empty() {
            self.lines.push(Line::default());
        }
        self.lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, width: f32) -> Vec<String> {
        let fonts = Fonts::new(None);
        let lines = lines(&fonts, text, Style { face: Face::Regular, size: 10.0 }, width);
        assert!(lines.iter().all(|line| line.width <= width + 0.01));
        let text = |line: &Line| line.runs.iter().map(|run| run.text.as_str()).collect::<String>();
        lines.iter().map(|line| text(line).trim_end().to_owned()).collect()
    }

    #[test]
    fn lines_end_at_blanks_then_at_marks_in_names_then_anywhere() {
        assert_eq!(shown("one two three", 50.0), ["one two", "three"]);
        assert_eq!(shown("see exports/customers_2024.csv", 100.0), ["see exports/", "customers_2024.csv"]);
        assert!(shown(&"0123456789abcdef".repeat(4), 100.0).len() > 2);
    }

    #[test]
    fn pairs_of_marks_set_fonts_and_lone_ones_stay() {
        let faces =
            |text| stretches(text, Face::Regular).into_iter().filter(|(_, text)| !text.is_empty()).collect::<Vec<_>>();
        assert_eq!(
            faces("a `b` **c**"),
            [(Face::Regular, "a "), (Face::Mono, "b"), (Face::Regular, " "), (Face::Strong, "c")]
        );
        assert_eq!(shown("a ` b * c ** d", 500.0), ["a ` b * c ** d"]);
    }

    #[test]
    fn sql_keeps_its_backticks_and_stars_in_code() {
        let statement = "REVOKE SELECT ON `till`.* FROM 'app'@'%';";
        assert_eq!(shown(&code(statement), 500.0), [statement]);
        assert_eq!(plain(&format!("so: {}", code(statement))), format!("so: {statement}"));
        assert_eq!(shown("**TRIGGER on crm.*: may attach**", 500.0), ["TRIGGER on crm.*: may attach"]);
        assert_eq!(code("dataward scan"), "`dataward scan`");
    }

    #[test]
    fn a_sign_after_code_does_not_begin_a_line() {
        assert_eq!(shown("`shop.orders`, then", 500.0), ["shop.orders, then"]);
    }
}
