//! Blocks to places on pages, with the tree of what they are for those who do not see the page.

use crate::pdf::Block;
use crate::pdf::Document;
use crate::pdf::Ink;
use crate::pdf::PdfError;
use crate::pdf::fonts::Face;
use crate::pdf::fonts::Fonts;
use crate::pdf::svg::Mark;
use crate::pdf::text::Line;
use crate::pdf::text::Style;
use crate::pdf::text::lines;
use crate::pdf::text::plain;

/// White at the left and right.
pub(crate) const SIDE: f32 = 54.0;
const TOP: f32 = 62.0;
const BOTTOM: f32 = 60.0;
/// Of running text.
pub(crate) const BODY: Style = Style { face: Face::Regular, size: 9.5 };
/// Of tables and notes.
pub(crate) const SMALL: Style = Style { face: Face::Regular, size: 8.0 };
/// Distance of baselines, in sizes of the letters.
pub(crate) const LEADING: f32 = 1.42;
/// From the top of a line to its baseline, in sizes of the letters.
const ASCENT: f32 = 1.06;
/// Lines longer than this are hard to read.
const MEASURE: f32 = 430.0;

/// What a part of the document is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Heading(u8, String),
    Paragraph,
    List {
        numbered: bool,
    },
    Item,
    Label,
    ItemBody,
    Table(String),
    TableHead,
    TableBody,
    Row,
    HeadCell {
        of_row: bool,
    },
    Cell,
    /// With what is read to those who do not see it.
    Figure(String),
    Caption,
    Code,
    Contents,
    ContentsItem,
    Link,
    Part,
}

/// A child of a part.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Child {
    Node(usize),
    Piece(usize),
}

/// A part of the document.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) children: Vec<Child>,
}

/// Marks on one page that belong to one part.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) page: usize,
    pub(crate) marks: Vec<Mark>,
    /// Where a link can be clicked, and the number of the heading it leads to.
    pub(crate) link: Option<([f32; 4], usize)>,
}

/// Where a heading stands.
#[derive(Debug)]
pub(crate) struct PlacedHeading {
    pub(crate) level: u8,
    pub(crate) text: String,
    pub(crate) page: usize,
    pub(crate) y: f32,
}

/// A document with everything in its place.
pub(crate) struct Layout<'a> {
    fonts: &'a Fonts,
    pub(crate) paper: [f32; 2],
    /// Grounds and rules of each page, which say nothing.
    pub(crate) grounds: Vec<Vec<Mark>>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) pieces: Vec<Piece>,
    /// Nodes that have no parent.
    pub(crate) roots: Vec<usize>,
    pub(crate) headings: Vec<PlacedHeading>,
    open: Vec<usize>,
    pub(crate) y: f32,
}

impl<'a> Layout<'a> {
    /// Lays out a document; `pages` are those of its headings as far as they are known.
    pub(crate) fn of(document: &Document, fonts: &'a Fonts, pages: &[usize]) -> Result<Self, PdfError> {
        let mut layout = Self {
            fonts,
            paper: document.paper.size(),
            grounds: vec![Vec::new()],
            nodes: Vec::new(),
            pieces: Vec::new(),
            roots: Vec::new(),
            headings: Vec::new(),
            open: Vec::new(),
            y: TOP,
        };
        layout.masthead(document);
        let first = document.blocks.iter().position(|block| matches!(block, Block::Heading { .. }));
        let mut index = 0;
        while let Some(block) = document.blocks.get(index) {
            if document.contents && first == Some(index) {
                layout.contents(document, pages);
                layout.end_page();
            }
            let rest = &document.blocks[index..];
            let headings = rest.iter().take_while(|block| matches!(block, Block::Heading { .. })).count();
            if headings == 0 {
                layout.block(block)?;
                index += 1;
            } else {
                let group = &rest[..rest.len().min(headings + 1)];
                layout.headed(group)?;
                index += group.len();
            }
        }
        Ok(layout)
    }

    /// Headings with the block that they head: begun on a new page when that block would begin on one.
    fn headed(&mut self, group: &[Block]) -> Result<(), PdfError> {
        let Some((headed, headings)) = group.split_last() else { return Ok(()) };
        let before = (self.grounds.len(), self.grounds.last().map_or(0, Vec::len), self.nodes.len(), self.pieces.len());
        let (roots, placed, y) = (self.roots.len(), self.headings.len(), self.y);
        let at_top = self.at_top();
        headings.iter().try_for_each(|heading| self.block(heading))?;
        let first = self.pieces.len();
        self.block(headed)?;
        let page = self.headings.get(placed).map_or(usize::MAX, |heading| heading.page);
        let is_alone = self.pieces.get(first).is_some_and(|piece| piece.page > page);
        if is_alone && !at_top {
            let (pages, marks, nodes, pieces) = before;
            self.grounds.truncate(pages);
            if let Some(page) = self.grounds.last_mut() {
                page.truncate(marks);
            }
            self.nodes.truncate(nodes);
            self.pieces.truncate(pieces);
            self.roots.truncate(roots);
            self.headings.truncate(placed);
            self.y = y;
            self.end_page();
            group.iter().try_for_each(|block| self.block(block))?;
        }
        Ok(())
    }

    pub(crate) fn fonts(&self) -> &'a Fonts {
        self.fonts
    }

    /// Width of the column of text.
    pub(crate) fn width(&self) -> f32 {
        self.paper[0] - 2.0 * SIDE
    }

    /// Height that is left on this page.
    pub(crate) fn left(&self) -> f32 {
        self.paper[1] - BOTTOM - self.y
    }

    /// Height of a page's column of text.
    pub(crate) fn height(&self) -> f32 {
        self.paper[1] - BOTTOM - TOP
    }

    pub(crate) fn page(&self) -> usize {
        self.grounds.len() - 1
    }

    pub(crate) fn end_page(&mut self) {
        self.grounds.push(Vec::new());
        self.y = TOP;
    }

    /// Begins a new page when less than `height` is left on this one; says whether it did.
    pub(crate) fn need(&mut self, height: f32) -> bool {
        let ends = self.left() < height.min(self.height());
        if ends {
            self.end_page();
        }
        ends
    }

    fn at_top(&self) -> bool {
        self.y <= TOP + 0.1
    }

    /// White space, not at the top of a page.
    pub(crate) fn space(&mut self, height: f32) {
        if !self.at_top() {
            self.y += height;
        }
    }

    /// Draws below the text, without meaning.
    pub(crate) fn ground(&mut self, mark: Mark) {
        if let Some(page) = self.grounds.last_mut() {
            page.push(mark);
        }
    }

    /// Opens a part; what comes belongs to it.
    pub(crate) fn begin(&mut self, kind: Kind) {
        let node = self.nodes.len();
        self.nodes.push(Node { kind, children: Vec::new() });
        match self.open.last() {
            Some(parent) => self.nodes[*parent].children.push(Child::Node(node)),
            None => self.roots.push(node),
        }
        self.open.push(node);
    }

    /// Opens a part again that was ended: more of it stands on the next page.
    pub(crate) fn reopen(&mut self, node: usize) {
        self.open.push(node);
    }

    /// Closes the part that was opened last.
    pub(crate) fn end(&mut self) {
        self.open.pop();
    }

    /// Marks of the open part on this page.
    pub(crate) fn piece(&mut self, marks: Vec<Mark>) {
        self.piece_with(marks, None);
    }

    fn piece_with(&mut self, marks: Vec<Mark>, link: Option<([f32; 4], usize)>) {
        if marks.is_empty() {
            return;
        }
        let piece = self.pieces.len();
        self.pieces.push(Piece { page: self.page(), marks, link });
        if let Some(node) = self.open.last() {
            self.nodes[*node].children.push(Child::Piece(piece));
        }
    }

    /// Lines of a paragraph at the left edge `x`, over as many pages as they take. Two lines at least
    /// stay together at either end of a page.
    pub(crate) fn flow(&mut self, lines: &[Line], x: f32, size: f32, ink: Ink) {
        let step = size * LEADING;
        if self.left() < step * lines.len().min(2) as f32 {
            self.end_page();
        }
        let mut marks = Vec::new();
        for (index, line) in lines.iter().enumerate() {
            let widow = lines.len() - index == 2 && lines.len() > 3 && self.left() < 2.0 * step;
            if self.left() < step || widow {
                self.piece(std::mem::take(&mut marks));
                self.end_page();
            }
            marks.extend(line_marks(line, [x, self.y], size, ink));
            self.y += step;
        }
        self.piece(marks);
    }

    fn masthead(&mut self, document: &Document) {
        if !document.kicker.is_empty() {
            self.begin(Kind::Paragraph);
            let style = Style { face: Face::Strong, size: 9.0 };
            self.text(&document.kicker, style, Ink::Accent, self.width());
            self.end();
            self.y += 2.0;
        }
        if !document.title.is_empty() {
            self.begin(Kind::Paragraph);
            let style = Style { face: Face::Strong, size: 24.0 };
            let set = lines(self.fonts, &document.title, style, self.width());
            for line in set {
                let marks = line_marks(&line, [SIDE, self.y], style.size, Ink::Text);
                self.piece(marks.collect());
                self.y += style.size * 1.2;
            }
            self.end();
            self.y += 10.0;
        }
    }

    /// A text of one style, as wide as given.
    pub(crate) fn text(&mut self, text: &str, style: Style, ink: Ink, width: f32) {
        let set = lines(self.fonts, text, style, width);
        self.flow(&set, SIDE, style.size, ink);
    }

    fn block(&mut self, block: &Block) -> Result<(), PdfError> {
        match block {
            Block::Heading { level, text } => self.heading(*level, text),
            Block::Paragraph(text) => self.paragraph(text, BODY, Ink::Text, 7.0),
            Block::Lead(text) => {
                let style = Style { face: Face::Regular, size: 12.5 };
                self.paragraph(text, style, Ink::Text, 14.0);
            }
            Block::Note(text) => self.paragraph(text, SMALL, Ink::Soft, 7.0),
            Block::List(items) => self.list(items, false),
            Block::Steps(items) => self.list(items, true),
            Block::Facts(facts) => self.facts(facts),
            Block::Tiles(tiles) => self.tiles(tiles),
            Block::Table(table) => self.table(table),
            Block::Figures(figures) => self.figures(figures)?,
            Block::Code(text) => self.code(text),
            Block::Words(words) => self.words(words),
            Block::PageBreak if !self.at_top() => self.end_page(),
            Block::PageBreak => {}
        }
        Ok(())
    }

    fn heading(&mut self, level: u8, text: &str) {
        // The last is what has to follow on the same page: a heading stays with what it heads.
        let (size, before, after, follows) = match level {
            1 => (17.0, 26.0, 8.0, 120.0),
            2 => (12.5, 18.0, 5.0, 130.0),
            _ => (10.0, 12.0, 3.0, 90.0),
        };
        self.space(before);
        let style = Style { face: Face::Strong, size };
        let set = lines(self.fonts, text, style, self.width());
        self.need(set.len() as f32 * size * LEADING + after + follows);
        self.headings.push(PlacedHeading { level, text: plain(text), page: self.page(), y: self.y });
        if level == 1 {
            let y = self.y - 7.0;
            if !self.at_top() {
                self.ground(Mark::line([SIDE, y], [SIDE + self.width(), y], 1.0, Ink::Rule));
            }
        }
        self.begin(Kind::Heading(level, plain(text)));
        self.flow(&set, SIDE, size, if level == 1 { Ink::Accent } else { Ink::Text });
        self.end();
        self.y += after;
    }

    fn paragraph(&mut self, text: &str, style: Style, ink: Ink, after: f32) {
        self.begin(Kind::Paragraph);
        let width = self.width().min(MEASURE * style.size / BODY.size);
        self.text(text, style, ink, width);
        self.end();
        self.y += after;
    }

    fn list(&mut self, items: &[String], numbered: bool) {
        const INDENT: f32 = 16.0;
        self.begin(Kind::List { numbered });
        for (index, item) in items.iter().enumerate() {
            let set = lines(self.fonts, item, BODY, (self.width() - INDENT).min(MEASURE));
            let step = BODY.size * LEADING;
            self.need(step * set.len().min(2) as f32);
            self.begin(Kind::Item);
            self.begin(Kind::Label);
            let label = if numbered { format!("{}.", index + 1) } else { "•".to_owned() };
            self.piece(vec![mark([SIDE + 3.0, self.y], Style { face: Face::Strong, ..BODY }, Ink::Accent, &label)]);
            self.end();
            self.begin(Kind::ItemBody);
            self.flow(&set, SIDE + INDENT, BODY.size, Ink::Text);
            self.end();
            self.end();
            self.y += 3.0;
        }
        self.end();
        self.y += 5.0;
    }

    fn code(&mut self, text: &str) {
        const PAD: f32 = 7.0;
        let style = Style { face: Face::Mono, size: 8.0 };
        let set = lines(self.fonts, text, style, self.width() - 2.0 * PAD);
        let step = style.size * LEADING;
        let mut rest = set.as_slice();
        self.begin(Kind::Code);
        while !rest.is_empty() {
            self.need(step * rest.len().min(3) as f32 + 2.0 * PAD);
            let fitting = (((self.left() - 2.0 * PAD) / step) as usize).clamp(1, rest.len());
            let (now, later) = rest.split_at(fitting);
            let height = step * now.len() as f32 + 2.0 * PAD;
            self.ground(Mark::rectangle([SIDE, self.y, self.width(), height], 4.0, Ink::Wash));
            self.y += PAD;
            self.flow(now, SIDE + PAD, style.size, Ink::Text);
            self.y += PAD;
            rest = later;
        }
        self.end();
        self.y += 8.0;
    }

    fn contents(&mut self, document: &Document, pages: &[usize]) {
        let headings = document.blocks.iter().filter_map(|block| match block {
            Block::Heading { level, text } => Some((*level, plain(text))),
            _ => None,
        });
        self.space(14.0);
        self.begin(Kind::Paragraph);
        self.text("Contents", Style { face: Face::Strong, size: 12.5 }, Ink::Text, self.width());
        self.end();
        self.y += 4.0;
        self.begin(Kind::Contents);
        for (index, (level, text)) in headings.enumerate().filter(|(_, (level, _))| *level <= 2) {
            let face = if level == 1 { Face::Strong } else { Face::Regular };
            let style = Style { face, size: BODY.size };
            let step = style.size * 1.6;
            self.need(step);
            let x = SIDE + if level == 1 { 0.0 } else { 14.0 };
            let number = pages.get(index).map_or_else(|| "0".to_owned(), |page| (page + 1).to_string());
            let end = SIDE + self.width();
            let number_at = end - self.fonts.width(face, style.size, &number);
            let set = lines(self.fonts, &text, style, number_at - x - 20.0);
            let Some(line) = set.first() else { continue };
            let mut spoken = line.clone();
            if let Some(run) = spoken.runs.last_mut() {
                run.text.push(' ');
            }
            let mut marks: Vec<Mark> = line_marks(&spoken, [x, self.y], style.size, Ink::Text).collect();
            marks.push(mark([number_at, self.y], style, Ink::Text, &number));
            let (from, to, y) = (x + line.width + 6.0, number_at - 6.0, self.y + style.size * ASCENT);
            self.ground(Mark::line([from, y], [to.max(from), y], 0.5, Ink::Rule));
            let area = [x, self.y, end - x, step];
            self.begin(Kind::ContentsItem);
            self.begin(Kind::Link);
            self.piece_with(marks, Some((area, index)));
            self.end();
            self.end();
            self.y += step;
        }
        self.end();
    }
}

/// The marks of a line whose top is at `y`.
pub(crate) fn line_marks(line: &Line, [x, y]: [f32; 2], size: f32, ink: Ink) -> impl Iterator<Item = Mark> {
    let baseline = y + size * ASCENT;
    line.runs.iter().map(move |run| Mark::Text {
        at: [x + run.x, baseline],
        turn: 0.0,
        face: run.face,
        size: run.size,
        ink,
        text: run.text.clone(),
    })
}

/// A text of one font whose line begins with its top at `y`.
pub(crate) fn mark([x, y]: [f32; 2], style: Style, ink: Ink, text: &str) -> Mark {
    Mark::Text {
        at: [x, y + style.size * ASCENT],
        turn: 0.0,
        face: style.face,
        size: style.size,
        ink,
        text: text.to_owned(),
    }
}
