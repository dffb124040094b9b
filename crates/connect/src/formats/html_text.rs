//! The text of HTML, however broken: a forgiving tokeniser that never fails and never looks back.
//!
//! What a reader of the page could see becomes text, with a line for each block and a tab between
//! the cells of a table. So do comments, data inside `<script type="…json">` and those attributes
//! that tend to hold data of persons (`mailto:` and `tel:` links, `title`, `alt`, `value`,
//! `content`, `data-*`, …). Scripts and styles are left out. Memory is bounded by
//! [`TOKEN_BYTES`] whatever the page.

use crate::ConnectError;
use crate::formats::html_values::ENTITY_BYTES;
use crate::formats::html_values::attribute_text;
use crate::formats::html_values::decode_entities;
use crate::formats::text_rows::TextRows;

/// Longest tag name, attribute or entity that is looked at; what is longer is cut.
const TOKEN_BYTES: usize = 64 << 10;

/// Turns pushed HTML into lines.
pub(crate) struct HtmlText<'a, 'b> {
    rows: &'a mut TextRows<'b>,
    state: State,
    line: String,
    /// Pending white space of the line.
    gap: bool,
    entity: String,
    tag: Tag,
    /// Lines of attributes of the open tag; they follow the text of their block.
    asides: Vec<String>,
    /// The element whose content is raw text, while inside one.
    raw: Option<Raw>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    AfterName,
    AttributeName,
    AttributeValue(Quote),
    BeforeValue,
    Comment(usize),
    Declaration,
    Markup,
    Text,
    TagName,
    TagOpen,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quote {
    Double,
    None,
    Single,
}

#[derive(Default)]
struct Tag {
    name: String,
    closing: bool,
    attribute: String,
    value: String,
    /// The value of `type`, for scripts.
    kind: String,
}

struct Raw {
    end: &'static str,
    keep: bool,
    /// How much of `end` was seen.
    seen: usize,
}

impl<'a, 'b> HtmlText<'a, 'b> {
    /// Text goes to `rows`.
    pub(crate) fn new(rows: &'a mut TextRows<'b>) -> Self {
        Self {
            rows,
            state: State::Text,
            line: String::new(),
            gap: false,
            entity: String::new(),
            tag: Tag::default(),
            asides: Vec::new(),
            raw: None,
        }
    }

    /// Looks at the next piece of the page.
    pub(crate) fn push(&mut self, html: &str) -> Result<(), ConnectError> {
        for character in html.chars() {
            self.character(character)?;
        }
        Ok(())
    }

    /// Ends the page: whatever stands open is text.
    pub(crate) fn finish(mut self) -> Result<(), ConnectError> {
        self.end_entity();
        match self.state {
            State::Comment(_) => self.keep_comment(),
            State::Text => {}
            _ => self.keep_attribute(),
        }
        self.end_block()
    }

    fn character(&mut self, c: char) -> Result<(), ConnectError> {
        if self.raw.is_some() {
            return self.raw_character(c);
        }
        match self.state {
            State::Text => return self.text_character(c),
            State::TagOpen => match c {
                '!' => self.state = State::Markup,
                '?' => self.state = State::Declaration,
                '/' => self.tag.closing = true,
                c if c.is_ascii_alphabetic() => {
                    self.tag.name.push(c.to_ascii_lowercase());
                    self.state = State::TagName;
                }
                c => {
                    // `a < b`: no tag at all.
                    self.state = State::Text;
                    self.put('<');
                    if self.tag.closing {
                        self.put('/');
                    }
                    return self.text_character(c);
                }
            },
            State::Markup => self.state = if c == '-' { State::Comment(0) } else { State::Declaration },
            State::Comment(dashes) => return self.comment_character(c, dashes),
            State::Declaration if c == '>' => self.state = State::Text,
            State::Declaration => {}
            State::TagName => match c {
                '>' => return self.end_tag(),
                '/' => self.state = State::AfterName,
                c if c.is_whitespace() => self.state = State::AfterName,
                c => push_bounded(&mut self.tag.name, c.to_ascii_lowercase()),
            },
            State::AfterName => match c {
                '>' => return self.end_tag(),
                '=' => self.state = State::BeforeValue,
                '/' => {}
                c if c.is_whitespace() => {}
                c => {
                    self.keep_attribute();
                    self.tag.attribute.push(c.to_ascii_lowercase());
                    self.state = State::AttributeName;
                }
            },
            State::AttributeName => match c {
                '>' => return self.end_tag(),
                '=' => self.state = State::BeforeValue,
                '/' => self.state = State::AfterName,
                c if c.is_whitespace() => self.state = State::AfterName,
                c => push_bounded(&mut self.tag.attribute, c.to_ascii_lowercase()),
            },
            State::BeforeValue => match c {
                '"' => self.state = State::AttributeValue(Quote::Double),
                '\'' => self.state = State::AttributeValue(Quote::Single),
                '>' => return self.end_tag(),
                c if c.is_whitespace() => {}
                c => {
                    self.state = State::AttributeValue(Quote::None);
                    self.tag.value.push(c);
                }
            },
            State::AttributeValue(quote) => match (quote, c) {
                (Quote::Double, '"') | (Quote::Single, '\'') => {
                    self.keep_attribute();
                    self.state = State::AfterName;
                }
                (Quote::None, '>') => return self.end_tag(),
                (Quote::None, c) if c.is_whitespace() => {
                    self.keep_attribute();
                    self.state = State::AfterName;
                }
                (_, c) => push_bounded(&mut self.tag.value, c),
            },
        }
        Ok(())
    }

    fn text_character(&mut self, c: char) -> Result<(), ConnectError> {
        match c {
            '<' => {
                self.end_entity();
                self.tag = Tag::default();
                self.state = State::TagOpen;
            }
            '&' => {
                self.end_entity();
                self.entity.push('&');
            }
            ';' if !self.entity.is_empty() => {
                self.entity.push(';');
                self.end_entity();
            }
            c if !self.entity.is_empty() => {
                if (c.is_ascii_alphanumeric() || c == '#') && self.entity.len() < ENTITY_BYTES {
                    self.entity.push(c);
                } else {
                    self.end_entity();
                    return self.text_character(c);
                }
            }
            c => self.put(c),
        }
        self.flush_long_line()
    }

    /// Comments are text for us: people leave data in them. They do not break the line they stand in.
    fn comment_character(&mut self, c: char, dashes: usize) -> Result<(), ConnectError> {
        match c {
            '>' if dashes >= 2 => {
                self.state = State::Text;
                self.keep_comment();
                return Ok(());
            }
            '-' => self.state = State::Comment(dashes + 1),
            _ => self.state = State::Comment(0),
        }
        self.tag.value.push(c);
        if self.tag.value.len() >= TOKEN_BYTES {
            self.end_block()?;
            self.rows.push(&self.tag.value)?;
            self.tag.value.clear();
        }
        Ok(())
    }

    fn keep_comment(&mut self) {
        let comment = std::mem::take(&mut self.tag.value);
        let comment = comment.trim_matches(|c: char| c == '-' || c.is_whitespace());
        if !comment.is_empty() {
            self.asides.push(comment.to_owned());
        }
    }

    fn raw_character(&mut self, c: char) -> Result<(), ConnectError> {
        let Some(raw) = &mut self.raw else { return Ok(()) };
        let keep = raw.keep;
        let expected = raw.end.as_bytes().get(raw.seen).copied().map(char::from);
        if Some(c.to_ascii_lowercase()) == expected {
            raw.seen += 1;
            if raw.seen == raw.end.len() {
                self.raw = None;
                self.tag = Tag::default();
                self.state = State::AfterName;
                return self.end_block();
            }
            return Ok(());
        }
        let held_back = &raw.end[..raw.seen];
        raw.seen = usize::from(c == '<');
        if keep {
            for c in held_back.chars() {
                self.put(c);
            }
            if c != '<' {
                self.put(c);
            }
        }
        self.flush_long_line()
    }

    fn put(&mut self, c: char) {
        // No-break spaces are gaps too: they stand between digits of phone numbers.
        if c.is_whitespace() {
            self.gap = true;
            return;
        }
        if self.gap && !self.line.is_empty() && !self.line.ends_with('\t') {
            self.line.push(' ');
        }
        self.gap = false;
        self.line.push(c);
    }

    fn end_entity(&mut self) {
        if self.entity.is_empty() {
            return;
        }
        let entity = std::mem::take(&mut self.entity);
        for c in decode_entities(&entity).chars() {
            self.put(c);
        }
    }

    fn keep_attribute(&mut self) {
        let name = std::mem::take(&mut self.tag.attribute);
        let value = std::mem::take(&mut self.tag.value);
        if name == "type" {
            self.tag.kind = value.to_ascii_lowercase();
            return;
        }
        if value.is_empty() || value.len() >= TOKEN_BYTES {
            return;
        }
        if let Some(text) = attribute_text(&name, &value) {
            self.asides.push(text);
        }
    }

    fn end_tag(&mut self) -> Result<(), ConnectError> {
        self.keep_attribute();
        self.state = State::Text;
        let tag = std::mem::take(&mut self.tag);
        match (tag.name.as_str(), tag.closing) {
            ("script", false) => {
                self.raw = Some(Raw { end: "</script", keep: tag.kind.contains("json"), seen: 0 });
                self.end_block()
            }
            ("style", false) => {
                self.raw = Some(Raw { end: "</style", keep: false, seen: 0 });
                self.end_block()
            }
            ("td" | "th", true) => {
                self.gap = false;
                if !self.line.is_empty() {
                    self.line.push('\t');
                }
                Ok(())
            }
            // The cell before may not have been closed.
            ("td" | "th", false) => {
                if !self.line.is_empty() && !self.line.ends_with('\t') {
                    self.line.push('\t');
                }
                Ok(())
            }
            (name, _) if is_inline(name) => Ok(()),
            ("p" | "table" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "section" | "article", false) => {
                self.end_block()?;
                self.rows.push("\n")
            }
            _ => self.end_block(),
        }
    }

    fn flush_long_line(&mut self) -> Result<(), ConnectError> {
        if self.line.len() < TOKEN_BYTES {
            return Ok(());
        }
        self.rows.push(&self.line)?;
        self.line.clear();
        // The next line goes on in the same row; keep words apart as they were.
        if self.gap {
            self.gap = false;
            self.rows.push(" ")?;
        }
        Ok(())
    }

    fn end_block(&mut self) -> Result<(), ConnectError> {
        self.gap = false;
        let line = self.line.trim_end();
        if !line.is_empty() {
            self.rows.push(line)?;
            self.rows.push("\n")?;
        }
        self.line.clear();
        for aside in self.asides.drain(..) {
            self.rows.line(&aside)?;
        }
        Ok(())
    }
}

/// Elements that stand within a line.
fn is_inline(name: &str) -> bool {
    matches!(
        name,
        "a" | "abbr"
            | "acronym"
            | "b"
            | "bdi"
            | "bdo"
            | "big"
            | "cite"
            | "code"
            | "data"
            | "del"
            | "dfn"
            | "em"
            | "font"
            | "i"
            | "img"
            | "ins"
            | "kbd"
            | "label"
            | "mark"
            | "q"
            | "s"
            | "samp"
            | "small"
            | "span"
            | "strike"
            | "strong"
            | "sub"
            | "sup"
            | "time"
            | "tt"
            | "u"
            | "var"
            | "wbr"
            | "input"
            | "button"
            | "svg"
            | "path"
            | "nobr"
    )
}

fn push_bounded(text: &mut String, c: char) {
    if text.len() < TOKEN_BYTES {
        text.push(c);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(pieces: &[&str]) -> String {
        let mut found = String::new();
        let mut emit = |row: &str| {
            found.push_str(row);
            Ok(())
        };
        let mut rows = TextRows::new(&mut emit);
        let mut html = HtmlText::new(&mut rows);
        for piece in pieces {
            html.push(piece).unwrap();
        }
        html.finish().unwrap();
        rows.end_row().unwrap();
        found
    }

    #[test]
    fn pages_become_what_a_reader_sees() {
        for (html, expected) in [
            ("<p>Dear <b>Ada</b> Lovelace,</p>", "Dear Ada Lovelace,"),
            ("<p>one<p>two<br>three", "one\n\ntwo\nthree"),
            (
                "<table><tr><th>Name</th><th>Mail</th></tr><tr><td>Ada<td>ada@example.org</table>",
                "Name\tMail\nAda\tada@example.org",
            ),
            ("<style>p{color:red}</style><script>var a='<p>';</script >x", "x"),
            (
                "<script type=\"application/ld+json\">{\"email\":\"a@example.org\"}</script>",
                "{\"email\":\"a@example.org\"}",
            ),
            ("Fish &amp; Chips &lt;3 &eacute;&#233;&#xE9; &unknown; &", "Fish & Chips <3 ééé &unknown; &"),
            ("AT&T; a < b and 3 <4 </ x", "AT&T; a < b and 3 <4 </ x"),
            (
                "<!DOCTYPE html><?php echo 1 ?>Dear<!-- --> Bob<!-- todo: call Ada-Marie --> x",
                "Dear Bob x\ntodo: call Ada-Marie",
            ),
            ("x<!-- never closed: ada@example.org", "x\nnever closed: ada@example.org"),
            ("<a HREF='mailto:ada%40example.org?subject=x'>write</a> us", "write us\nada@example.org subject=x"),
            ("<a href=tel:+44123456>call</a>", "call\n+44123456"),
            ("<img alt='Ada &amp; Bob' src=data:image/png;base64,@@><input value=\"x>y\">", "Ada & Bob\nx>y"),
            ("<a href='/me?mail=a@example.org'>me</a>", "me\n/me?mail=a@example.org"),
            ("<div data-email='a@example.org'>hi</div>", "a@example.org\nhi"),
            ("+44&nbsp;20 7946", "+44 20 7946"),
            ("<p title='unclosed", "unclosed"),
        ] {
            assert_eq!(text(&[html]), expected, "{html}");
        }
    }

    #[test]
    fn a_page_cut_anywhere_reads_the_same() {
        let page =
            "<div><script>a<b</scr</script>é&eacute;<!-- x-- --><a title='t\"' href=\"mailto:a@b.c\">k</a></div>";
        let whole = text(&[page]);
        for (at, _) in page.char_indices() {
            assert_eq!(text(&[&page[..at], &page[at..]]), whole, "cut at {at}");
        }
    }

    #[test]
    fn a_tag_without_end_holds_no_memory() {
        let page = format!("<a {}='{}'>x", "n".repeat(300_000), "v".repeat(300_000));
        assert_eq!(text(&[&page]), "x");
    }

    proptest! {
        #[test]
        fn nothing_makes_it_fail(page in "[<>a-z/!\\-&;#'\"= é\n]{0,200}") {
            text(&[&page]);
        }
    }
}
