//! Just enough of DER to read the fields of a certificate (X.690). Lenient on purpose: an audit must
//! read the certificates that libraries refuse.

/// What is left to read.
#[derive(Clone, Copy, Debug)]
pub struct Der<'a>(pub &'a [u8]);

/// One element: its tag and what stands in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    /// The tag's byte.
    pub tag: u8,
    /// The content.
    pub content: &'a [u8],
    /// Header and content.
    pub whole: &'a [u8],
}

/// Tag of an object identifier.
pub const OBJECT_IDENTIFIER: u8 = 0x06;
/// Tag of a sequence.
pub const SEQUENCE: u8 = 0x30;
/// Tag of a set.
pub const SET: u8 = 0x31;

impl<'a> Der<'a> {
    /// The next element; none at the end, or when what follows is no DER.
    pub fn next_element(&mut self) -> Option<Element<'a>> {
        let (tag, rest) = self.0.split_first()?;
        // Tags of more than one byte do not occur in certificates.
        if tag & 0x1f == 0x1f {
            return None;
        }
        let (first, rest) = rest.split_first()?;
        let (length, rest) = match *first {
            short @ 0..=0x7f => (usize::from(short), rest),
            long @ 0x81..=0x84 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(long - 0x80))?;
                (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
            }
            _ => return None,
        };
        let (content, after) = rest.split_at_checked(length)?;
        let whole = self.0.get(..self.0.len() - after.len())?;
        self.0 = after;
        Some(Element { tag: *tag, content, whole })
    }

    /// The next element, when it has this tag; otherwise nothing is taken.
    pub fn tagged(&mut self, tag: u8) -> Option<Element<'a>> {
        let mut ahead = *self;
        let element = ahead.next_element().filter(|element| element.tag == tag)?;
        *self = ahead;
        Some(element)
    }

    /// What stands in the next element, when it has this tag.
    pub fn inside(&mut self, tag: u8) -> Option<Der<'a>> {
        self.tagged(tag).map(|element| Der(element.content))
    }
}

impl<'a> Iterator for Der<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        self.next_element()
    }
}

/// An object identifier in dots, as `2.5.4.3`.
pub fn dotted(content: &[u8]) -> String {
    let mut parts: Vec<u64> = Vec::new();
    let mut value = 0u64;
    for byte in content {
        value = value.wrapping_shl(7) | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            if parts.is_empty() {
                let first = (value / 40).min(2);
                parts.push(first);
                parts.push(value - first * 40);
            } else {
                parts.push(value);
            }
            value = 0;
        }
    }
    let parts: Vec<String> = parts.iter().map(u64::to_string).collect();
    parts.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_read_one_after_the_other() {
        let mut der = Der(&[0x02, 1, 7, 0x30, 0x81, 2, 5, 0, 0xff]);
        assert_eq!(der.next_element().map(|element| element.content), Some(&[7][..]));
        assert!(der.tagged(SET).is_none());
        assert_eq!(der.tagged(SEQUENCE).map(|element| element.whole.len()), Some(5));
        assert!(der.next_element().is_none());
    }

    #[test]
    fn identifiers_are_written_in_dots() {
        assert_eq!(dotted(&[0x55, 4, 3]), "2.5.4.3");
        assert_eq!(dotted(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11]), "1.2.840.113549.1.1.11");
    }
}
