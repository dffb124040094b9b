//! The three embedded fonts, and a further one for letters that these lack: what they have, how wide a text is in them,
//! which glyphs it becomes.

use std::cell::Cell;
use std::cell::OnceCell;
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
    /// What the caller gave for letters that the others lack.
    Further,
}

/// Where letters come from that the embedded fonts lack: asked once, and only when there is such a letter. TrueType or
/// OpenType, of a collection the first font.
pub type FurtherFont = fn() -> Option<&'static [u8]>;

/// A font that can be measured with and drawn with.
struct Loaded {
    shaper: rustybuzz::Face<'static>,
    drawn: Font,
}

impl Loaded {
    fn of(data: &'static [u8]) -> Option<Self> {
        Some(Self { shaper: rustybuzz::Face::from_slice(data, 0)?, drawn: Font::new(data.into(), 0)? })
    }
}

/// A font, a script and whether it runs from left to right.
type PlanKey = (Face, Option<Tag>, bool);

/// The fonts, ready to be measured with and drawn with.
pub(crate) struct Fonts {
    own: [Loaded; 3],
    further: OnceCell<Option<Loaded>>,
    find: Option<FurtherFont>,
    lacking: Cell<bool>,
    plans: RefCell<HashMap<PlanKey, Rc<ShapePlan>>>,
    widths: RefCell<HashMap<(Face, String), f32>>,
}

impl Fonts {
    pub(crate) fn new(find: Option<FurtherFont>) -> Self {
        let data = [REGULAR, STRONG, MONO];
        Self {
            plans: RefCell::default(),
            widths: RefCell::default(),
            own: data.map(|font| Loaded::of(font).expect("the fonts are part of the program, and tests read them")),
            further: OnceCell::new(),
            find,
            lacking: Cell::new(false),
        }
    }

    /// Whether a letter was asked for that no font has.
    pub(crate) fn is_lacking(&self) -> bool {
        self.lacking.get()
    }

    fn further(&self) -> Option<&Loaded> {
        self.further.get_or_init(|| self.find.and_then(|find| find()).and_then(Loaded::of)).as_ref()
    }

    fn loaded(&self, face: Face) -> &Loaded {
        match face {
            // Text is only set in the further font after it was found to have its letters.
            Face::Further => self.further().unwrap_or(&self.own[0]),
            own => &self.own[own as usize],
        }
    }

    pub(crate) fn drawn(&self, face: Face) -> Font {
        self.loaded(face).drawn.clone()
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
        let shaper = &self.loaded(face).shaper;
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
            Rc::new(ShapePlan::new(&self.loaded(face).shaper, direction, Some(script), None, &[figures]))
        };
        Rc::clone(self.plans.borrow_mut().entry(key).or_insert_with(make))
    }

    /// `text` as it can be drawn: composed, without control characters, each stretch in a font that has its letters, and
    /// what no font has as `[U+4E2D]`.
    pub(crate) fn set(&self, face: Face, text: &str) -> Vec<(Face, String)> {
        let has = |font: &Loaded, letter| font.shaper.glyph_index(letter).is_some_and(|glyph| glyph.0 != 0);
        let mut set: Vec<(Face, String)> = Vec::new();
        let mut push = |face: Face, text: &str| match set.last_mut() {
            Some((last, known)) if *last == face => known.push_str(text),
            _ => set.push((face, text.to_owned())),
        };
        for letter in text.nfc() {
            let letter_text = letter.encode_utf8(&mut [0; 4]).to_owned();
            match letter {
                '\n' | '\t' => push(face, " "),
                _ if !letter.is_control() && has(self.loaded(face), letter) => push(face, &letter_text),
                // Controls, zero-width characters and directions hide things: they are shown too.
                _ if letter.is_alphanumeric() && self.further().is_some_and(|further| has(further, letter)) => {
                    push(Face::Further, &letter_text);
                }
                _ if is_of_the_east(letter) && self.further().is_some_and(|further| has(further, letter)) => {
                    push(Face::Further, &letter_text);
                }
                _ => {
                    self.lacking.set(self.lacking.get() || letter.is_alphanumeric());
                    push(face, &format!("[U+{:04X}]", u32::from(letter)));
                }
            }
        }
        set
    }
}

/// Marks that stand between letters of Chinese, Japanese and Korean: punctuation and forms of full width.
fn is_of_the_east(letter: char) -> bool {
    matches!(letter, '\u{3000}'..='\u{303f}' | '\u{30fb}'..='\u{30fc}' | '\u{ff00}'..='\u{ffef}')
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Fonts {
        fn known(&self, face: Face, text: &str) -> String {
            self.set(face, text).into_iter().map(|(_, text)| text).collect()
        }
    }

    #[test]
    fn latin_greek_and_cyrillic_are_there_in_every_font_and_the_rest_is_named() {
        let fonts = Fonts::new(None);
        for face in [Face::Regular, Face::Strong, Face::Mono] {
            let text = "Zażółć gęślą jaźń, Ελληνικά, Ђорђе, Київ, ß, €, → · … “”";
            assert_eq!(fonts.known(face, text), text, "{face:?}");
            assert_eq!(fonts.known(face, "中\u{202e}"), "[U+4E2D][U+202E]");
            assert!(fonts.glyphs(face, text).iter().all(|glyph| glyph.glyph_id.to_u32() != 0), "{face:?}");
        }
    }

    #[test]
    fn letters_with_marks_are_composed() {
        assert_eq!(Fonts::new(None).known(Face::Regular, "e\u{301}"), "é");
    }
}
