//! What the checks ask of every value, found out once for each different one.

use std::collections::HashMap;

use super::blanks::null_word;
use super::shape::plain_number;
use super::shape::write_shape;
use super::values::Values;

/// By the number of a value.
#[derive(Debug)]
pub(super) struct Traits {
    shapes: Vec<u32>,
    /// The shapes by number.
    pub(super) shape_texts: Vec<Box<str>>,
    null_words: Vec<Option<bool>>,
    numbers: Vec<f64>,
    plain: Vec<bool>,
}

impl Traits {
    pub(super) fn of(values: &Values) -> Self {
        let mut known: HashMap<Box<str>, u32> = HashMap::new();
        let mut traits = Self {
            shapes: Vec::with_capacity(values.len()),
            shape_texts: Vec::new(),
            null_words: Vec::with_capacity(values.len()),
            numbers: Vec::with_capacity(values.len()),
            plain: Vec::with_capacity(values.len()),
        };
        let (mut shape, mut last) = (String::new(), u32::MAX);
        for value in values.iter() {
            write_shape(value, &mut shape);
            // Values of one way of writing come together.
            if traits.shape_texts.get(last as usize).is_none_or(|text| **text != *shape) {
                last = match known.get(shape.as_str()) {
                    Some(number) => *number,
                    None => {
                        let number = u32::try_from(traits.shape_texts.len()).unwrap_or(u32::MAX);
                        traits.shape_texts.push(shape.as_str().into());
                        known.insert(shape.as_str().into(), number);
                        number
                    }
                };
            }
            traits.shapes.push(last);
            traits.null_words.push(null_word(value));
            traits.numbers.push(plain_number(value).unwrap_or(f64::NAN));
            traits.plain.push(value.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
        }
        traits
    }

    /// The number of a value's shape.
    pub(super) fn shape(&self, code: u32) -> usize {
        self.shapes[code as usize] as usize
    }

    /// How a value is written.
    pub(super) fn shape_text(&self, code: u32) -> &str {
        &self.shape_texts[self.shape(code)]
    }

    /// Whether it is a word for nothing; true where it can hardly be anything else.
    pub(super) fn null_word(&self, code: u32) -> Option<bool> {
        self.null_words[code as usize]
    }

    /// The number that it is, plainly written.
    pub(super) fn number(&self, code: u32) -> Option<f64> {
        Some(self.numbers[code as usize]).filter(|number| !number.is_nan())
    }

    /// Whether it has printable ASCII characters only.
    pub(super) fn is_plain(&self, code: u32) -> bool {
        self.plain[code as usize]
    }
}
