//! The few elements of SVG that our charts and QR codes are made of, as marks.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::BytesStart;
use quick_xml::events::Event;

use crate::pdf::fonts::Face;
use crate::pdf::fonts::Fonts;
use crate::pdf::ink::Ink;

/// How far the handles of a quarter of a circle stand from its ends, in radii.
const QUARTER: f32 = 0.552_285;

/// A step of an outline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Step {
    Move([f32; 2]),
    Line([f32; 2]),
    Curve([f32; 2], [f32; 2], [f32; 2]),
    Close,
}

/// Something that is drawn. Points are counted from the upper left corner.
#[derive(Clone, Debug)]
pub(crate) enum Mark {
    /// A text whose baseline starts at a point, turned by so many degrees (clockwise).
    Text { at: [f32; 2], turn: f32, face: Face, size: f32, ink: Ink, text: String },
    /// A filled outline.
    Fill { steps: Vec<Step>, ink: Ink },
    /// A drawn outline.
    Stroke { steps: Vec<Step>, width: f32, ink: Ink },
}

/// A drawing in its own measure.
#[derive(Clone, Debug, Default)]
pub(crate) struct Drawing {
    pub(crate) size: [f32; 2],
    pub(crate) title: String,
    pub(crate) description: String,
    marks: Vec<Mark>,
}

impl Mark {
    /// A filled rectangle with round corners.
    pub(crate) fn rectangle([x, y, width, height]: [f32; 4], radius: f32, ink: Ink) -> Self {
        let r = radius.min(width / 2.0).min(height / 2.0).max(0.0);
        let (right, bottom, k) = (x + width, y + height, r * (1.0 - QUARTER));
        let steps = vec![
            Step::Move([x + r, y]),
            Step::Line([right - r, y]),
            Step::Curve([right - k, y], [right, y + k], [right, y + r]),
            Step::Line([right, bottom - r]),
            Step::Curve([right, bottom - k], [right - k, bottom], [right - r, bottom]),
            Step::Line([x + r, bottom]),
            Step::Curve([x + k, bottom], [x, bottom - k], [x, bottom - r]),
            Step::Line([x, y + r]),
            Step::Curve([x, y + k], [x + k, y], [x + r, y]),
            Step::Close,
        ];
        Self::Fill { steps, ink }
    }

    /// A straight line.
    pub(crate) fn line(from: [f32; 2], to: [f32; 2], width: f32, ink: Ink) -> Self {
        Self::Stroke { steps: vec![Step::Move(from), Step::Line(to)], width, ink }
    }

    fn placed(&self, [x, y]: [f32; 2], scale: f32) -> Self {
        let point = |[a, b]: [f32; 2]| [x + a * scale, y + b * scale];
        let moved = |steps: &[Step]| {
            let step = |step: &Step| match *step {
                Step::Move(to) => Step::Move(point(to)),
                Step::Line(to) => Step::Line(point(to)),
                Step::Curve(one, two, to) => Step::Curve(point(one), point(two), point(to)),
                Step::Close => Step::Close,
            };
            steps.iter().map(step).collect()
        };
        match self {
            Self::Text { at, turn, face, size, ink, text } => Self::Text {
                at: point(*at),
                turn: *turn,
                face: *face,
                size: size * scale,
                ink: *ink,
                text: text.clone(),
            },
            Self::Fill { steps, ink } => Self::Fill { steps: moved(steps), ink: *ink },
            Self::Stroke { steps, width, ink } => Self::Stroke { steps: moved(steps), width: width * scale, ink: *ink },
        }
    }
}

impl Drawing {
    /// Reads a drawing; the error says what is not understood.
    pub(crate) fn read(svg: &str, fonts: &Fonts) -> Result<Self, String> {
        let mut reader = Reader::from_str(svg);
        let mut drawing = Self::default();
        let mut open: Vec<Element> = Vec::new();
        loop {
            match reader.read_event().map_err(|_| "it is not well-formed".to_owned())? {
                Event::Start(start) => open.push(Element::of(&start)?),
                Event::Empty(start) => drawing.take(&Element::of(&start)?, &open, fonts)?,
                Event::Text(text) => {
                    if let Some(element) = open.last_mut() {
                        element.text.push_str(&text);
                    }
                }
                Event::GeneralRef(name) => {
                    let letter = name.resolve_char_ref().ok().flatten();
                    let known = letter.map(String::from).or(resolve_predefined_entity(&name).map(str::to_owned));
                    if let Some(element) = open.last_mut() {
                        element.text.push_str(&known.ok_or("it names an unknown entity")?);
                    }
                }
                Event::End(_) => {
                    let element = open.pop().ok_or("it is not well-formed")?;
                    drawing.take(&element, &open, fonts)?;
                }
                Event::Eof if drawing.size[0] > 0.0 && drawing.size[1] > 0.0 => return Ok(drawing),
                Event::Eof => return Err("its root has no size".to_owned()),
                _ => {}
            }
        }
    }

    /// Its marks with the upper left corner at a point.
    pub(crate) fn placed(&self, at: [f32; 2], scale: f32) -> impl Iterator<Item = Mark> {
        self.marks.iter().map(move |mark| mark.placed(at, scale))
    }

    fn take(&mut self, element: &Element, within: &[Element], fonts: &Fonts) -> Result<(), String> {
        let number = |name: &str| element.number(name);
        let ink = element.ink(within);
        match element.name.as_str() {
            "svg" => self.size = element.size()?,
            "title" if within.len() == 1 => self.title = element.text.clone(),
            "desc" if within.len() == 1 => self.description = element.text.clone(),
            "rect" => {
                let rect = [number("x")?, number("y")?, number("width")?, number("height")?];
                self.marks.extend(ink.map(|ink| Mark::rectangle(rect, number("rx").unwrap_or(0.0), ink)));
            }
            "circle" => {
                let ([x, y], r) = ([number("cx")?, number("cy")?], number("r")?);
                let rect = [x - r, y - r, 2.0 * r, 2.0 * r];
                self.marks.extend(ink.map(|ink| Mark::rectangle(rect, r, ink)));
            }
            "line" => {
                let (from, to) = ([number("x1")?, number("y1")?], [number("x2")?, number("y2")?]);
                let ink = element.stroke().or(ink).unwrap_or(Ink::Rule);
                self.marks.push(Mark::line(from, to, element.number("stroke-width")?.max(1.0), ink));
            }
            "path" => {
                let steps = steps(element.get("d").unwrap_or_default())?;
                if let Some(stroke) = element.stroke() {
                    let width = element.number("stroke-width")?.max(1.0);
                    self.marks.push(Mark::Stroke { steps, width, ink: stroke });
                } else {
                    self.marks.extend(ink.map(|ink| Mark::Fill { steps, ink }));
                }
            }
            "text" => self.marks.extend(element.text_marks(ink.unwrap_or(Ink::Text), fonts)?),
            "title" | "desc" | "g" => {}
            other => return Err(format!("it has an element `{other}`")),
        }
        Ok(())
    }
}

struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
}

impl Element {
    fn of(start: &BytesStart<'_>) -> Result<Self, String> {
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|_| "it is not well-formed".to_owned())?;
            let value = attribute
                .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                .map_err(|_| "it is not well-formed".to_owned())?;
            attributes.push((attribute.key.as_ref().to_owned(), value.into_owned()));
        }
        Ok(Self { name: start.name().as_ref().to_owned(), attributes, text: String::new() })
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// 0 where it is not given.
    fn number(&self, name: &str) -> Result<f32, String> {
        let Some(value) = self.get(name) else { return Ok(0.0) };
        value.trim_end_matches("px").parse().map_err(|_| format!("`{name}` of `{}` is no number", self.name))
    }

    fn size(&self) -> Result<[f32; 2], String> {
        let view: Vec<f32> =
            self.get("viewBox").unwrap_or_default().split(' ').filter_map(|n| n.parse().ok()).collect();
        match view[..] {
            [_, _, width, height] => Ok([width, height]),
            _ => Ok([self.number("width")?, self.number("height")?]),
        }
    }

    /// What it is filled with; none: nothing. Classes win, as a style sheet does over attributes.
    fn ink(&self, within: &[Element]) -> Option<Ink> {
        if let Some(ink) = self.get("class").and_then(|class| class.split(' ').find_map(Ink::of_class)) {
            return Some(ink);
        }
        match self.get("fill") {
            Some("none") => None,
            Some(value) => Ink::of_value(value),
            None => match within.last() {
                Some(parent) if parent.name != "svg" => parent.ink(&within[..within.len() - 1]),
                _ => Some(Ink::Text),
            },
        }
    }

    fn stroke(&self) -> Option<Ink> {
        let class = self.get("class").unwrap_or_default();
        let classed = class
            .split(' ')
            .find_map(|class| class.strip_prefix("s-").and_then(|name| Ink::of_class(&format!("t-{name}"))));
        classed.or_else(|| self.get("stroke").and_then(Ink::of_value))
    }

    fn text_marks(&self, ink: Ink, fonts: &Fonts) -> Result<Vec<Mark>, String> {
        let class = self.get("class").unwrap_or_default();
        let (face, size) = match class {
            "c-group" => (Face::Strong, 13.0),
            "c-value" => (Face::Strong, 12.0),
            "c-note" => (Face::Regular, 11.0),
            _ if class.starts_with("i-") => (Face::Strong, 12.0),
            _ => (Face::Regular, 12.0),
        };
        let given = self.number("font-size")?;
        let size = if given > 0.0 { given } else { size * SHRINK };
        let set = fonts.set(face, &self.text);
        let (mut at, turn) = match self.get("transform") {
            Some(transform) => turned(transform).ok_or("a text is moved in an unknown way")?,
            None => ([self.number("x")?, self.number("y")?], 0.0),
        };
        let width: f32 = set.iter().map(|(face, text)| fonts.width(*face, size, text)).sum();
        let back = match self.get("text-anchor") {
            Some("middle") => width / 2.0,
            Some("end") => width,
            _ => 0.0,
        };
        let radians = turn.to_radians();
        let along = |at: [f32; 2], by: f32| [at[0] + by * radians.cos(), at[1] + by * radians.sin()];
        at = along(at, -back);
        let marks = set.into_iter().map(|(face, text)| {
            let here = at;
            at = along(at, fonts.width(face, size, &text));
            Mark::Text { at: here, turn, face, size, ink, text }
        });
        Ok(marks.collect())
    }
}

/// Inter is wider than the fonts that screens use for the same chart.
const SHRINK: f32 = 0.95;

/// `translate(x y) rotate(angle)`.
fn turned(transform: &str) -> Option<([f32; 2], f32)> {
    let rest = transform.strip_prefix("translate(")?;
    let (point, rest) = rest.split_once(')')?;
    let (x, y) = point.split_once([' ', ','])?;
    let angle = rest.trim().strip_prefix("rotate(")?.strip_suffix(')')?;
    Some(([x.parse().ok()?, y.trim().parse().ok()?], angle.parse().ok()?))
}

/// The data of a path: `M L H V C Z`, absolute or relative.
fn steps(data: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    let (mut here, mut start) = ([0.0f32; 2], [0.0f32; 2]);
    let mut rest = data.trim_start();
    while let Some(command) = rest.chars().next() {
        if !command.is_ascii_alphabetic() {
            return Err("the data of a path is not understood".to_owned());
        }
        let end = rest[1..].find(|c: char| c.is_ascii_alphabetic()).map_or(rest.len(), |at| at + 1);
        let numbers = numbers(&rest[1..end])?;
        rest = &rest[end..];
        let origin = |here: [f32; 2]| if command.is_ascii_lowercase() { here } else { [0.0; 2] };
        let odd = || "the data of a path is not understood".to_owned();
        match command.to_ascii_uppercase() {
            'M' | 'L' => {
                for (index, pair) in numbers.chunks(2).enumerate() {
                    let [x, y] = *pair else { return Err(odd()) };
                    here = [origin(here)[0] + x, origin(here)[1] + y];
                    let first = command.eq_ignore_ascii_case(&'M') && index == 0;
                    if first {
                        start = here;
                    }
                    steps.push(if first { Step::Move(here) } else { Step::Line(here) });
                }
            }
            axis @ ('H' | 'V') => {
                for number in numbers {
                    let axis = usize::from(axis == 'V');
                    here[axis] = origin(here)[axis] + number;
                    steps.push(Step::Line(here));
                }
            }
            'C' => {
                for six in numbers.chunks(6) {
                    let [a, b, c, d, x, y] = *six else { return Err(odd()) };
                    let [ox, oy] = origin(here);
                    here = [ox + x, oy + y];
                    steps.push(Step::Curve([ox + a, oy + b], [ox + c, oy + d], here));
                }
            }
            'Z' => {
                here = start;
                steps.push(Step::Close);
            }
            _ => return Err(odd()),
        }
    }
    Ok(steps)
}

/// Numbers parted by blanks, commas or signs.
fn numbers(text: &str) -> Result<Vec<f32>, String> {
    let spaced = text.replace(',', " ").replace('-', " -");
    spaced.split_whitespace().map(|n| n.parse().map_err(|_| "a path has a number that is none".to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_qr_codes_are_understood() {
        let square = steps("M4,4h1v1h-1z").unwrap();
        assert_eq!(
            square,
            [
                Step::Move([4.0, 4.0]),
                Step::Line([5.0, 4.0]),
                Step::Line([5.0, 5.0]),
                Step::Line([4.0, 5.0]),
                Step::Close
            ]
        );
        assert!(steps("M0 0 A 1 1").is_err() && steps("12").is_err());
    }

    #[test]
    fn what_is_not_understood_is_said() {
        let fonts = Fonts::new(None);
        let read = |svg: &str| Drawing::read(svg, &fonts).map(|drawing| drawing.marks.len());
        assert_eq!(
            read(r#"<svg viewBox="0 0 10 5"><rect width="3" height="2"/><text x="1" y="2">a &amp; b</text></svg>"#),
            Ok(2)
        );
        assert_eq!(read(r#"<svg viewBox="0 0 10 5"><image/></svg>"#), Err("it has an element `image`".to_owned()));
        assert!(read("<svg>").is_err() && read("no").is_err());
    }
}
