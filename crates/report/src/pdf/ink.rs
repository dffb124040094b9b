//! The colours of a printed page: those of the style sheet in the light.

/// A colour that says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// Text.
    Text,
    /// Text of lesser weight.
    Soft,
    /// Rules between rows.
    Rule,
    /// Grounds.
    Wash,
    /// Headings and what the eye shall find.
    Accent,
    /// White.
    Paper,
    /// Sensitivity: of little use alone.
    Low,
    /// Sensitivity: reaches or describes a person.
    Normal,
    /// Sensitivity, or severity: harms at once when it leaks.
    High,
    /// Sensitivity: health, belief, origin.
    Special,
    /// Severity: put right today.
    Critical,
    /// Severity: put right this quarter.
    Medium,
    /// Marks of charts that say nothing more.
    Plain,
    /// What is as it should be.
    Good,
    /// Any other, as red, green and blue.
    Other([u8; 3]),
}

impl Ink {
    /// Red, green and blue.
    pub(crate) fn rgb(self) -> [u8; 3] {
        match self {
            Self::Text => [0x1a, 0x23, 0x30],
            Self::Soft => [0x55, 0x60, 0x6e],
            Self::Rule => [0xd9, 0xde, 0xe5],
            Self::Wash => [0xf4, 0xf6, 0xf9],
            Self::Accent => [0x1d, 0x3f, 0x72],
            Self::Paper => [0xff, 0xff, 0xff],
            Self::Low => [0x64, 0x78, 0x8c],
            Self::Normal => [0x2a, 0x6c, 0xb4],
            Self::High => [0xb4, 0x53, 0x0a],
            Self::Special => [0x9b, 0x1b, 0x58],
            Self::Critical => [0xa3, 0x18, 0x2b],
            Self::Medium => [0x7a, 0x61, 0x00],
            Self::Plain => [0x35, 0x55, 0x7f],
            Self::Good => [0x1f, 0x6f, 0x4a],
            Self::Other(rgb) => rgb,
        }
    }

    /// The colour of a class of the style sheet (`t-high`, `i-high`), or `#rrggbb`.
    pub(crate) fn of_class(class: &str) -> Option<Self> {
        let (kind, name) = class.split_once('-')?;
        match (kind, name) {
            ("t", "plain") => Some(Self::Plain),
            ("t", "low") => Some(Self::Low),
            ("t", "normal") => Some(Self::Normal),
            ("t", "high") => Some(Self::High),
            ("t", "special") => Some(Self::Special),
            ("t", "critical") => Some(Self::Critical),
            ("t", "medium") => Some(Self::Medium),
            ("t", "good") => Some(Self::Good),
            ("t", "none") => Some(Self::Rule),
            ("t", "wash") => Some(Self::Wash),
            ("i", "none" | "wash") => Some(Self::Text),
            ("i", _) => Some(Self::Paper),
            ("c", "note") => Some(Self::Soft),
            ("c", "rule") => Some(Self::Rule),
            ("c", _) => Some(Self::Text),
            _ => None,
        }
    }

    /// `#rrggbb`, `black` or `white`.
    pub(crate) fn of_value(value: &str) -> Option<Self> {
        match value {
            "black" => return Some(Self::Other([0; 3])),
            "white" => return Some(Self::Paper),
            _ => {}
        }
        let digits = value.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        let number = u32::from_str_radix(digits, 16).ok()?;
        let [_, red, green, blue] = number.to_be_bytes();
        Some(Self::Other([red, green, blue]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_colours_are_those_of_the_style_sheet() {
        let light = crate::style::STYLE.split("@media").next().unwrap();
        for (name, ink) in [
            ("ink", Ink::Text),
            ("soft", Ink::Soft),
            ("rule", Ink::Rule),
            ("wash", Ink::Wash),
            ("accent", Ink::Accent),
            ("low", Ink::Low),
            ("normal", Ink::Normal),
            ("high", Ink::High),
            ("special", Ink::Special),
            ("critical", Ink::Critical),
            ("medium", Ink::Medium),
            ("plain", Ink::Plain),
            ("good", Ink::Good),
        ] {
            let value = light.split(&format!("--{name}: ")).nth(1).unwrap().split(';').next().unwrap();
            assert_eq!(Ink::of_value(value).unwrap().rgb(), ink.rgb(), "{name}");
        }
    }
}
