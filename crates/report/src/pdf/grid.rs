//! Blocks that stand side by side: facts, great figures, drawings, words.

use crate::pdf::Figure;
use crate::pdf::Ink;
use crate::pdf::PdfError;
use crate::pdf::Tile;
use crate::pdf::fonts::Face;
use crate::pdf::layout::BODY;
use crate::pdf::layout::Kind;
use crate::pdf::layout::LEADING;
use crate::pdf::layout::Layout;
use crate::pdf::layout::SIDE;
use crate::pdf::layout::SMALL;
use crate::pdf::layout::line_marks;
use crate::pdf::layout::mark;
use crate::pdf::svg::Drawing;
use crate::pdf::svg::Mark;
use crate::pdf::text::Line;
use crate::pdf::text::Style;
use crate::pdf::text::lines;

const ACROSS: usize = 4;
const GAP: f32 = 10.0;

impl Layout<'_> {
    /// Names at the left, values at the right; a row each.
    pub(crate) fn facts(&mut self, facts: &[(String, String)]) {
        let named = Style { face: Face::Regular, size: 9.0 };
        let widest = facts.iter().map(|(name, _)| self.fonts().width(named.face, named.size, name)).fold(0.0, f32::max);
        let column = (widest + 14.0).clamp(70.0, self.width() * 0.36);
        let step = named.size * LEADING;
        self.begin(Kind::List { numbered: false });
        for (name, value) in facts {
            let names = lines(self.fonts(), name, named, column - 8.0);
            let values = lines(self.fonts(), value, named, self.width() - column);
            self.need(step * names.len().max(values.len().min(3)) as f32 + 3.0);
            let (top, page) = (self.y, self.page());
            self.begin(Kind::Item);
            self.begin(Kind::Label);
            self.flow(&names, SIDE, named.size, Ink::Soft);
            self.end();
            let below = self.y;
            self.y = top;
            self.begin(Kind::ItemBody);
            self.flow(&values, SIDE + column, named.size, Ink::Text);
            self.end();
            self.end();
            if self.page() == page {
                self.y = self.y.max(below);
            }
            self.y += 3.0;
        }
        self.end();
        self.y += 6.0;
    }

    pub(crate) fn tiles(&mut self, tiles: &[Tile]) {
        const PAD: f32 = 10.0;
        let across = tiles.len().clamp(1, ACROSS);
        let width = (self.width() - GAP * (across - 1) as f32) / across as f32;
        let named = Style { face: Face::Strong, size: 8.5 };
        let great = Style { face: Face::Strong, size: 22.0 };
        for row in tiles.chunks(across) {
            let set: Vec<[Vec<Line>; 3]> = row
                .iter()
                .map(|tile| {
                    let set = |text: &str, style| lines(self.fonts(), text, style, width - 2.0 * PAD);
                    [set(&tile.name, named), set(&tile.value, great), set(&tile.note, SMALL)]
                })
                .collect();
            let measure = |[name, value, note]: &[Vec<Line>; 3]| {
                name.len() as f32 * named.size * LEADING
                    + value.len() as f32 * great.size * 1.25
                    + note.len() as f32 * SMALL.size * LEADING
            };
            let height = set.iter().map(measure).fold(0.0, f32::max) + 2.0 * PAD;
            self.need(height);
            let top = self.y;
            for (index, [name, value, note]) in set.iter().enumerate() {
                let x = SIDE + index as f32 * (width + GAP);
                self.ground(Mark::rectangle([x, top, width, height], 5.0, Ink::Wash));
                self.begin(Kind::Paragraph);
                let mut y = top + PAD;
                let mut marks = Vec::new();
                for (part, size, leading, ink) in [
                    (name, named.size, named.size * LEADING, Ink::Text),
                    (value, great.size, great.size * 1.25, Ink::Accent),
                    (note, SMALL.size, SMALL.size * LEADING, Ink::Soft),
                ] {
                    for line in part {
                        marks.extend(line_marks(line, [x + PAD, y], size, ink));
                        y += leading;
                    }
                }
                self.piece(marks);
                self.end();
            }
            self.y = top + height + GAP;
        }
        self.y += 4.0;
    }

    pub(crate) fn figures(&mut self, figures: &[Figure]) -> Result<(), PdfError> {
        let across = figures.len().clamp(1, ACROSS);
        let gap = 2.0 * GAP;
        let width = (self.width() - gap * (across - 1) as f32) / across as f32;
        for row in figures.chunks(across) {
            let mut set = Vec::new();
            for figure in row {
                let drawing = Drawing::read(&figure.svg, self.fonts())
                    .map_err(|what| PdfError::Drawing(figure.caption.clone(), what))?;
                let caption = lines(self.fonts(), &figure.caption, Style { face: Face::Strong, ..BODY }, width);
                let note = lines(self.fonts(), &figure.note, SMALL, width);
                let head = if figure.caption.is_empty() { 0.0 } else { caption.len() as f32 * BODY.size * LEADING };
                let head = head + if figure.note.is_empty() { 0.0 } else { note.len() as f32 * SMALL.size * LEADING };
                set.push((drawing, caption, note, head));
            }
            let head = set.iter().map(|(.., head)| *head).fold(0.0, f32::max) + if set.is_empty() { 0.0 } else { 6.0 };
            let scale_of = |(drawing, ..): &(Drawing, Vec<Line>, Vec<Line>, f32), figure: &Figure| {
                let [wide, high] = drawing.size;
                (width.min(figure.width) / wide).min((self.height() - head) / high)
            };
            let scales: Vec<f32> = set.iter().zip(row).map(|(set, figure)| scale_of(set, figure)).collect();
            let tallest =
                set.iter().zip(&scales).map(|((drawing, ..), scale)| drawing.size[1] * scale).fold(0.0, f32::max);
            self.need(head + tallest);
            let top = self.y;
            for (index, ((drawing, caption, note, _), figure)) in set.iter().zip(row).enumerate() {
                let x = SIDE + index as f32 * (width + gap);
                let spoken = [drawing.title.as_str(), drawing.description.as_str(), figure.caption.as_str()];
                let spoken = if drawing.title.is_empty() {
                    spoken[2].to_owned()
                } else {
                    format!("{}. {}", spoken[0], spoken[1])
                };
                self.begin(Kind::Part);
                self.begin(Kind::Caption);
                let mut y = top;
                let mut marks = Vec::new();
                for (part, shown, size, ink) in
                    [(caption, &figure.caption, BODY.size, Ink::Text), (note, &figure.note, SMALL.size, Ink::Soft)]
                {
                    for line in part.iter().filter(|_| !shown.is_empty()) {
                        marks.extend(line_marks(line, [x, y], size, ink));
                        y += size * LEADING;
                    }
                }
                self.piece(marks);
                self.end();
                self.begin(Kind::Figure(spoken));
                self.piece(drawing.placed([x, top + head], scales[index]).collect());
                self.end();
                self.end();
            }
            self.y = top + head + tallest + 14.0;
        }
        Ok(())
    }

    /// Words to be copied by hand: large, four abreast, numbered, each in a box.
    pub(crate) fn words(&mut self, words: &[String]) {
        let written = Style { face: Face::Mono, size: 12.0 };
        let height = 27.0;
        let width = (self.width() - GAP * (ACROSS - 1) as f32) / ACROSS as f32;
        self.begin(Kind::List { numbered: true });
        for (row_index, row) in words.chunks(ACROSS).enumerate() {
            self.need(height);
            let top = self.y;
            for (index, word) in row.iter().enumerate() {
                let x = SIDE + index as f32 * (width + GAP);
                self.ground(Mark::rectangle([x, top, width, height - 5.0], 3.0, Ink::Wash));
                self.begin(Kind::Item);
                self.begin(Kind::Label);
                let number = format!("{}", row_index * ACROSS + index + 1);
                let number_width = self.fonts().width(SMALL.face, SMALL.size, &number);
                let y = top + (height - 5.0 - SMALL.size * LEADING) / 2.0;
                self.piece(vec![mark([x + 19.0 - number_width, y], SMALL, Ink::Soft, &number)]);
                self.end();
                self.begin(Kind::ItemBody);
                let set = lines(self.fonts(), word, written, width - 28.0);
                let y = top + (height - 5.0 - written.size * LEADING) / 2.0;
                let marks =
                    set.iter().take(1).flat_map(|line| line_marks(line, [x + 25.0, y], written.size, Ink::Text));
                self.piece(marks.collect());
                self.end();
                self.end();
            }
            self.y = top + height;
        }
        self.end();
        self.y += 10.0;
    }
}
