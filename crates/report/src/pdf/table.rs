//! Tables: how wide the columns are, and rows over as many pages as they take.

use crate::pdf::Ink;
use crate::pdf::fonts::Face;
use crate::pdf::layout::Kind;
use crate::pdf::layout::LEADING;
use crate::pdf::layout::Layout;
use crate::pdf::layout::SIDE;
use crate::pdf::layout::SMALL;
use crate::pdf::layout::line_marks;
use crate::pdf::svg::Mark;
use crate::pdf::text::Line;
use crate::pdf::text::Style;
use crate::pdf::text::extent;
use crate::pdf::text::lines;

/// A word gets so much of the table's width without being parted.
const LONG_WORD: f32 = 0.3;
const PAD: f32 = 4.0;
const SWATCH: f32 = 6.0;
const HEAD: Style = Style { face: Face::Strong, size: 7.5 };

/// A table. Columns are as wide as what stands in them asks for; the table fills the page's width.
#[derive(Clone, Debug)]
pub struct Table {
    /// What it shows, in a few words: read to those who do not see it, and printed over it.
    pub caption: String,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Rows of cells; a cell too few is empty, a cell too many is left out.
    pub rows: Vec<Vec<Cell>>,
    numbers: Vec<usize>,
    shares: Vec<f32>,
}

/// A cell of a table.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    /// What stands in it.
    pub text: String,
    /// A small square of this colour before it.
    pub swatch: Option<Ink>,
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self { text: text.to_owned(), swatch: None }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { text, swatch: None }
    }
}

impl Cell {
    /// A cell with a small square of a colour before its text.
    pub fn marked(swatch: Ink, text: impl Into<String>) -> Self {
        Self { text: text.into(), swatch: Some(swatch) }
    }
}

impl Table {
    /// A table without rows.
    pub fn new(caption: impl Into<String>, columns: &[&str]) -> Self {
        let columns = columns.iter().map(|&name| name.to_owned()).collect();
        Self { caption: caption.into(), columns, rows: Vec::new(), numbers: Vec::new(), shares: Vec::new() }
    }

    /// Sets the columns with these indices flush right, as numbers want it.
    #[must_use]
    pub fn numbers(mut self, columns: &[usize]) -> Self {
        self.numbers = columns.to_vec();
        self
    }

    /// Gives each column its share of the table's width, where what stands in them would not share it well.
    #[must_use]
    pub fn shares(mut self, shares: &[f32]) -> Self {
        self.shares = shares.to_vec();
        self
    }

    /// Adds a row.
    pub fn row<C: Into<Cell>>(&mut self, cells: impl IntoIterator<Item = C>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }
}

/// A row that is set: the lines of each cell.
struct SetRow {
    cells: Vec<(Option<Ink>, Vec<Line>)>,
}

impl SetRow {
    fn depth(&self) -> usize {
        self.cells.iter().map(|(_, lines)| lines.len()).max().unwrap_or(0)
    }

    /// The first `count` lines of every cell, which are taken away.
    fn split(&mut self, count: usize) -> Self {
        let cells = self.cells.iter_mut().map(|(swatch, lines)| {
            let rest = lines.split_off(count.min(lines.len()));
            (swatch.take(), std::mem::replace(lines, rest))
        });
        Self { cells: cells.collect() }
    }
}

impl Layout<'_> {
    pub(crate) fn table(&mut self, table: &Table) {
        if table.columns.is_empty() {
            return;
        }
        let widths = self.column_widths(table);
        if !table.caption.is_empty() {
            self.need(70.0);
            self.begin(Kind::Paragraph);
            let style = Style { face: Face::Strong, ..SMALL };
            self.text(&table.caption, style, Ink::Soft, self.width());
            self.end();
            self.y += 2.0;
        }
        self.begin(Kind::Table(table.caption.clone()));
        self.head(table, &widths, true);
        self.begin(Kind::TableBody);
        for row in &table.rows {
            self.row(table, row, &widths);
        }
        self.end();
        self.end();
        self.y += 12.0;
    }

    /// Every column gets what its widest part needs, then a share of the rest by how much it has to say.
    fn column_widths(&self, table: &Table) -> Vec<f32> {
        let room = self.width();
        let sum: f32 = table.shares.iter().sum();
        if table.shares.len() == table.columns.len() && sum > 0.0 {
            return table.shares.iter().map(|share| room * share / sum).collect();
        }
        let mut least = Vec::new();
        let mut most = Vec::new();
        for (column, name) in table.columns.iter().enumerate() {
            let (mut part, mut whole) = extent(self.fonts(), name, HEAD);
            for cell in table.rows.iter().filter_map(|row| row.get(column)) {
                let (cell_part, cell_whole) = extent(self.fonts(), &cell.text, SMALL);
                let swatch = if cell.swatch.is_some() { SWATCH + 4.0 } else { 0.0 };
                part = part.max(cell_part + swatch);
                whole = whole.max(cell_whole + swatch);
            }
            // Sizes of letters are rounded in the file: half a point more than measured.
            let pad = 2.0 * PAD + 0.5;
            // A path or a hash is a long word: it may be parted.
            least.push(part.min(LONG_WORD.min(1.2 / table.columns.len() as f32) * room) + pad);
            most.push(whole.max(part).min(room * 0.7) + pad);
        }
        let (least_sum, most_sum): (f32, f32) = (least.iter().sum(), most.iter().sum());
        let share = |from: f32, to: f32, at: f32| from + (to - from) * at;
        if most_sum <= room {
            let more = (room - most_sum) / most.len().max(1) as f32;
            return most.iter().map(|width| width + more).collect();
        }
        if least_sum >= room {
            return least.iter().map(|width| width * room / least_sum).collect();
        }
        let at = (room - least_sum) / (most_sum - least_sum);
        least.iter().zip(&most).map(|(&from, &to)| share(from, to, at)).collect()
    }

    fn set(&self, cells: &[crate::pdf::Cell], widths: &[f32], style: Style) -> SetRow {
        let empty = Cell::default();
        let cell = |(index, width): (usize, &f32)| {
            let cell = cells.get(index).unwrap_or(&empty);
            let indent = if cell.swatch.is_some() { SWATCH + 4.0 } else { 0.0 };
            (cell.swatch, lines(self.fonts(), &cell.text, style, (width - 2.0 * PAD - indent).max(10.0)))
        };
        SetRow { cells: widths.iter().enumerate().map(cell).collect() }
    }

    /// The row of names; on further pages it is decoration, since it was read before.
    fn head(&mut self, table: &Table, widths: &[f32], first: bool) {
        let cells: Vec<Cell> = table.columns.iter().map(|name| name.as_str().into()).collect();
        let set = self.set(&cells, widths, HEAD);
        let height = set.depth() as f32 * HEAD.size * LEADING + 2.0 * PAD;
        if first {
            self.need(height + 40.0);
            self.begin(Kind::TableHead);
            self.begin(Kind::Row);
        }
        let y = self.y;
        self.ground(Mark::rectangle([SIDE, y, self.width(), height], 0.0, Ink::Wash));
        let mut x = SIDE;
        for (index, ((_, lines), width)) in set.cells.iter().zip(widths).enumerate() {
            let marks = self.cell_marks(lines, [x, y + PAD], *width, HEAD, (table.numbers.contains(&index), Ink::Soft));
            if first {
                self.begin(Kind::HeadCell { of_row: false });
                self.piece(marks);
                self.end();
            } else {
                marks.into_iter().for_each(|mark| self.ground(mark));
            }
            x += width;
        }
        if first {
            self.end();
            self.end();
        }
        self.y += height;
    }

    fn row(&mut self, table: &Table, row: &[Cell], widths: &[f32]) {
        let step = SMALL.size * LEADING;
        let mut rest = self.set(row, widths, SMALL);
        self.begin(Kind::Row);
        // A cell is one part, also when its lines stand on two pages.
        let mut nodes: Vec<usize> = Vec::new();
        while rest.depth() > 0 {
            // A row is not parted unless it would take more than half a page.
            let wanted = if rest.depth() as f32 * step <= self.height() / 2.0 { rest.depth() } else { 4 };
            if self.left() < wanted as f32 * step + 2.0 * PAD {
                self.end_page();
                self.head(table, widths, false);
            }
            let fitting = (((self.left() - 2.0 * PAD) / step) as usize).max(1);
            let now = rest.split(fitting);
            let height = now.depth() as f32 * step + 2.0 * PAD;
            let y = self.y;
            let mut x = SIDE;
            for (index, ((swatch, lines), width)) in now.cells.iter().zip(widths).enumerate() {
                let mut at = x;
                if let Some(ink) = swatch {
                    let top = y + PAD + step * 0.5 - SWATCH * 0.5;
                    self.ground(Mark::rectangle([x + PAD, top, SWATCH, SWATCH], 1.5, *ink));
                    at += SWATCH + 4.0;
                }
                let right = table.numbers.contains(&index);
                let marks = self.cell_marks(lines, [at, y + PAD], *width, SMALL, (right, Ink::Text));
                match nodes.get(index) {
                    Some(node) => self.reopen(*node),
                    None => {
                        self.begin(if index == 0 { Kind::HeadCell { of_row: true } } else { Kind::Cell });
                        nodes.push(self.nodes.len() - 1);
                    }
                }
                self.piece(marks);
                self.end();
                x += width;
            }
            self.y += height;
            let y = self.y;
            self.ground(Mark::line([SIDE, y], [SIDE + self.width(), y], 0.5, Ink::Rule));
        }
        self.end();
    }

    fn cell_marks(
        &self,
        lines: &[Line],
        [x, y]: [f32; 2],
        width: f32,
        style: Style,
        (right, ink): (bool, Ink),
    ) -> Vec<Mark> {
        let step = style.size * LEADING;
        let mut marks = Vec::new();
        for (line, index) in lines.iter().zip(0u16..) {
            let from = if right { x + width - PAD - line.width } else { x + PAD };
            marks.extend(line_marks(line, [from, y + f32::from(index) * step], style.size, ink));
        }
        marks
    }
}
