//! The encryption context: labels that are authenticated but not secret, so never personal.

use std::collections::BTreeMap;

use crate::SealError;

/// Labels bound to a message. They stand in its header in clear: only classes, versions and
/// formats, never anything about a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context(BTreeMap<String, String>);

impl Context {
    /// A context of these labels.
    pub fn of<K: Into<String>, V: Into<String>>(labels: impl IntoIterator<Item = (K, V)>) -> Self {
        Self(labels.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }

    /// The value of a label.
    pub fn value(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// All labels in the order of their keys.
    pub fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// These labels and those of `other`; the other's win.
    pub fn with(&self, other: &Self) -> Self {
        let mut labels = self.0.clone();
        labels.extend(other.0.clone());
        Self(labels)
    }

    /// The labels of `self` that `other` does not have.
    pub fn without(&self, other: &Self) -> Self {
        Self(
            self.0.iter().filter(|(key, _)| !other.0.contains_key(*key)).map(|(k, v)| (k.clone(), v.clone())).collect(),
        )
    }

    /// How it is authenticated: nothing for no labels, else their count and each with its length.
    ///
    /// # Errors
    /// When a label or all of them are longer than the format takes.
    pub fn serialized(&self) -> Result<Vec<u8>, SealError> {
        if self.0.is_empty() {
            return Ok(Vec::new());
        }
        let too_long = |_| SealError::TooLarge("the labels of the message are longer than 65,535 bytes".to_owned());
        let mut out = Vec::new();
        out.extend(u16::try_from(self.0.len()).map_err(too_long)?.to_be_bytes());
        for text in self.0.iter().flat_map(|(key, value)| [key, value]) {
            out.extend(u16::try_from(text.len()).map_err(too_long)?.to_be_bytes());
            out.extend(text.as_bytes());
        }
        u16::try_from(out.len()).map_err(too_long)?;
        Ok(out)
    }

    /// Reads what [`serialized`](Self::serialized) wrote.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, SealError> {
        let wrong = |what: &str| SealError::malformed(format!("its labels {what}"));
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        let mut rest = bytes;
        let mut take = |length: usize| -> Result<&[u8], SealError> {
            let (taken, left) = rest.split_at_checked(length).ok_or_else(|| wrong("are cut off"))?;
            rest = left;
            Ok(taken)
        };
        let number = |bytes: &[u8]| usize::from(u16::from_be_bytes([bytes[0], bytes[1]]));
        let count = number(take(2)?);
        if count == 0 {
            return Err(wrong("are announced but missing"));
        }
        let mut labels = BTreeMap::new();
        for _ in 0..count {
            let mut pair = Vec::new();
            for _ in 0..2 {
                let length = number(take(2)?);
                let text = std::str::from_utf8(take(length)?).map_err(|_| wrong("are not text"))?;
                pair.push(text.to_owned());
            }
            let value = pair.pop().unwrap_or_default();
            if labels.insert(pair.pop().unwrap_or_default(), value).is_some() {
                return Err(wrong("name the same label twice"));
            }
        }
        if !rest.is_empty() {
            return Err(wrong("have bytes too many"));
        }
        Ok(Self(labels))
    }
}
