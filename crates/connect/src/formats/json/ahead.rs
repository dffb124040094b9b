//! Looks ahead at the members of an object: whether its keys are names of fields or list people, logins, numbers of
//! customers.
//!
//! ```text
//! {"Anna": 3, "Giuseppe": 5}                                        keys are people
//! {"lantern7": {"mail": …, "phone": …}, "ada.l": {"mail": …, …}, …}  keys are whatever tells records apart
//! ```

use super::rows::names_a_column;
use crate::formats::header::is_known_name;
use crate::formats::valued_names;

/// A member that lies ahead.
struct Member<'a> {
    key: &'a str,
    /// The keys of its value, where that is an object.
    fields: Option<Vec<&'a str>>,
}

impl<'a> Member<'a> {
    fn sorted(&self) -> Option<Vec<&'a str>> {
        let mut fields = self.fields.clone()?;
        fields.sort_unstable();
        Some(fields)
    }
}

/// Whether the keys of an object are data: `key`, which was read, and those in `ahead`, which begins with its value.
pub(super) fn are_data(key: &[u8], ahead: &[u8]) -> bool {
    let Ok(key) = std::str::from_utf8(key) else { return true };
    let mut scanner = Scanner { bytes: ahead, at: 0 };
    let Some(fields) = scanner.value(0) else { return valued_names::is_given(key) };
    let mut members = vec![Member { key, fields }];
    while members.len() < MOST_MEMBERS
        && let Some(member) = scanner.member(0)
    {
        members.push(member);
    }
    let people = members.iter().filter(|member| valued_names::is_given(member.key)).count();
    people * 2 >= members.len() || are_records(&members)
}

/// Whether the values are objects with the same fields, three at least, under keys that are no names of fields.
fn are_records(members: &[Member<'_>]) -> bool {
    let first = members.first().and_then(Member::sorted);
    members.len() >= LEAST_RECORDS
        && first.as_ref().is_some_and(|fields| fields.len() >= 2)
        && members.iter().all(|member| member.sorted() == first && !is_known_name(member.key))
        && members.iter().any(|member| names_a_column(member.key.as_bytes()))
}

/// Walks over JSON without understanding it.
struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    fn next(&mut self) -> Option<u8> {
        while self.bytes.get(self.at)?.is_ascii_whitespace() {
            self.at += 1;
        }
        self.bytes.get(self.at).copied()
    }

    fn takes(&mut self, sign: u8) -> Option<bool> {
        let is_it = self.next()? == sign;
        self.at += usize::from(is_it);
        Some(is_it)
    }

    /// The member behind a value; none at the end of the object or of what can be seen.
    fn member(&mut self, depth: usize) -> Option<Member<'a>> {
        if !self.takes(b',')? {
            return None;
        }
        let key = self.key()?;
        Some(Member { key, fields: self.value(depth)? })
    }

    fn key(&mut self) -> Option<&'a str> {
        if self.next()? != b'"' {
            return None;
        }
        let key = self.string()?;
        self.takes(b':')?.then_some(key)
    }

    /// A string as it is written.
    fn string(&mut self) -> Option<&'a str> {
        let start = self.at + 1;
        let mut end = start;
        loop {
            end += memchr::memchr2(b'"', b'\\', self.bytes.get(end..)?)?;
            if self.bytes[end] == b'"' {
                self.at = end + 1;
                return std::str::from_utf8(&self.bytes[start..end]).ok();
            }
            end += 2;
        }
    }

    /// Passes over a value; gives the keys of an object.
    fn value(&mut self, depth: usize) -> Option<Option<Vec<&'a str>>> {
        if depth > DEEPEST {
            return None;
        }
        match self.next()? {
            b'{' => {
                self.at += 1;
                let mut fields = Vec::new();
                if self.takes(b'}')? {
                    return Some(Some(fields));
                }
                fields.push(self.key()?);
                self.value(depth + 1)?;
                while !self.takes(b'}')? {
                    fields.push(self.member(depth + 1)?.key);
                }
                Some(Some(fields))
            }
            b'[' => {
                self.at += 1;
                if self.takes(b']')? {
                    return Some(None);
                }
                self.value(depth + 1)?;
                while !self.takes(b']')? {
                    if !self.takes(b',')? {
                        return None;
                    }
                    self.value(depth + 1)?;
                }
                Some(None)
            }
            b'"' => self.string().map(|_| None),
            _ => {
                let rest = &self.bytes[self.at..];
                self.at +=
                    rest.iter().position(|byte| matches!(byte, b',' | b'}' | b']') || byte.is_ascii_whitespace())?;
                Some(None)
            }
        }
    }
}

const LEAST_RECORDS: usize = 3;
const MOST_MEMBERS: usize = 64;
const DEEPEST: usize = 32;

#[cfg(test)]
mod tests {
    use super::are_data;

    /// Of an object, whether its keys are data.
    fn says(object: &str) -> bool {
        let (key, rest) = object.strip_prefix("{\"").unwrap().split_once("\":").unwrap();
        are_data(key.as_bytes(), rest.as_bytes())
    }

    #[test]
    fn keys_that_list_people_and_records_are_data() {
        for object in [
            r#"{"Anna": 3, "Giuseppe": 5}"#,
            r#"{"Anna": {"phone": 1}}"#,
            r#"{"Anna": [1, {"a": "}"}], "total": 3}"#,
            r#"{"lantern7": {"mail": "a", "phone": "b"}, "ada.l": {"phone": 1, "mail": 2}, "x9": {"mail": 1, "phone": 2}}"#,
        ] {
            assert!(says(object), "{object}");
        }
        for object in [
            r#"{"name": "Ada", "city": "Rome"}"#,
            r#"{"customer": {"name": "Ada"}, "paid": 3}"#,
            r#"{"billing": {"street": 1, "zip": 2}, "delivery": {"street": 1, "zip": 2}}"#,
            r#"{"id": 1, "Anna": 2, "total": 3}"#,
            r#"{"a": {}, "b": {}, "c": {}}"#,
            r#"{"note": "unended"#,
        ] {
            assert!(!says(object), "{object}");
        }
    }
}
