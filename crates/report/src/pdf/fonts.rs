//! The three embedded fonts: what they have, how wide a text is in them, which glyphs it becomes.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use krilla::text::Font;
use krilla::text::GlyphId;
use krilla::text::KrillaGlyph;
use rustybuzz::Direction;
use rustybuzz::Feature;
use rustybuzz::ShapePlan;
use rustybuzz::UnicodeBuffer;
use rustybuzz::ttf_parser::Tag;
use unicode_normalization::UnicodeNormalization;

const REGULAR: &[u8] = include_bytes!("../../fonts/Inter-Regular.ttf");
const STRONG: &[u8] = include_bytes!("../../fonts/Inter-SemiBold.ttf");
const MONO: &[u8] = include_bytes!("../../fonts/JetBrainsMono-Regular.ttf");

/// One of the fonts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Face {
    Regular,
    Strong,
    Mono,
}

/// A font, a script and whether it runs from left to right.
type PlanKey = (Face, Option<Tag>, bool);

/// The fonts, ready to be measured with and drawn with.
pub(crate) struct Fonts {
    shapers: [rustybuzz::Face<'static>; 3],
    plans: RefCell<HashMap<PlanKey, Rc<ShapePlan>>>,
    widths: RefCell<HashMap<(Face, String), f32>>,
    drawn: [Font; 3],
}

impl Fonts {
    pub(crate) fn new() -> Self {
        let data = [REGULAR, STRONG, MONO];
        Self {
            plans: RefCell::default(),
            widths: RefCell::default(),
            shapers: data.map(|font| {
                rustybuzz::Face::from_slice(font, 0).expect("the fonts are part of the program, and tests read them")
            }),
            drawn: data
                .map(|font| Font::new(font.into(), 0).expect("the fonts are part of the program, and tests read them")),
        }
    }

    pub(crate) fn drawn(&self, face: Face) -> Font {
        self.drawn[face as usize].clone()
    }

    /// How wide `text` is at `size` points.
    pub(crate) fn width(&self, face: Face, size: f32, text: &str) -> f32 {
        if let Some(width) = self.widths.borrow().get(&(face, text.to_owned())) {
            return width * size;
        }
        let width = self.glyphs(face, text).iter().map(|glyph| glyph.x_advance).sum::<f32>();
        self.widths.borrow_mut().insert((face, text.to_owned()), width);
        width * size
    }

    /// The glyphs of a text of one line, with figures of one width.
    pub(crate) fn glyphs(&self, face: Face, text: &str) -> Vec<KrillaGlyph> {
        let shaper = &self.shapers[face as usize];
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.guess_segment_properties();
        let plan = self.plan(face, &buffer);
        let shaped = rustybuzz::shape_with_plan(shaper, &plan, buffer);
        let units = shaper.units_per_em() as f32;
        let infos = shaped.glyph_infos();
        let end_of = |index: usize| {
            let start = infos[index].cluster;
            infos[index..]
                .iter()
                .map(|info| info.cluster)
                .find(|next| *next != start)
                .map_or(text.len(), |n| n as usize)
        };
        let glyph = |index: usize, position: &rustybuzz::GlyphPosition| {
            let info = infos[index];
            KrillaGlyph::new(
                GlyphId::new(info.glyph_id),
                position.x_advance as f32 / units,
                position.x_offset as f32 / units,
                position.y_offset as f32 / units,
                position.y_advance as f32 / units,
                info.cluster as usize..end_of(index),
                None,
            )
        };
        shaped.glyph_positions().iter().enumerate().map(|(index, position)| glyph(index, position)).collect()
    }

    /// How text of one script is shaped: made once, it takes far longer than the shaping.
    fn plan(&self, face: Face, buffer: &UnicodeBuffer) -> Rc<ShapePlan> {
        let (script, direction) = (buffer.script(), buffer.direction());
        let key = (face, Some(script.tag()), direction == Direction::RightToLeft);
        let make = || {
            let figures = Feature::new(Tag::from_bytes(b"tnum"), 1, ..);
            Rc::new(ShapePlan::new(&self.shapers[face as usize], direction, Some(script), None, &[figures]))
        };
        Rc::clone(self.plans.borrow_mut().entry(key).or_insert_with(make))
    }

    /// `text` as it can be drawn: composed, without control characters, and what the font lacks as `[U+4E2D]`.
    pub(crate) fn known(&self, face: Face, text: &str) -> String {
        let shaper = &self.shapers[face as usize];
        let mut known = String::with_capacity(text.len());
        for letter in text.nfc() {
            match letter {
                '\n' | '\t' => known.push(' '),
                // Controls, zero-width characters and directions hide things: they are shown too.
                _ if !letter.is_control() && shaper.glyph_index(letter).is_some_and(|glyph| glyph.0 != 0) => {
                    known.push(letter);
                }
                _ => known.push_str(&format!("[U+{:04X}]", u32::from(letter))),
            }
        }
        known
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latin_greek_and_cyrillic_are_there_in_every_font_and_the_rest_is_named() {
        let fonts = Fonts::new();
        for face in [Face::Regular, Face::Strong, Face::Mono] {
            let text = "Zażółć gęślą jaźń, Ελληνικά, Ђорђе, Київ, ß, €, → · … “”";
            assert_eq!(fonts.known(face, text), text, "{face:?}");
            assert_eq!(fonts.known(face, "中\u{202e}"), "[U+4E2D][U+202E]");
            assert!(fonts.glyphs(face, text).iter().all(|glyph| glyph.glyph_id.to_u32() != 0), "{face:?}");
        }
    }

    #[test]
    fn letters_with_marks_are_composed() {
        assert_eq!(Fonts::new().known(Face::Regular, "e\u{301}"), "é");
    }
}
