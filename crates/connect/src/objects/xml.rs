//! Answers in XML as a tree: those of the store's settings and of its accounts.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;

/// An element with what is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) children: Vec<Element>,
}

impl Element {
    /// The element that a body holds; none when it is broken or too deep.
    pub(super) fn parse(body: &[u8]) -> Option<Self> {
        let mut reader = Reader::from_str(std::str::from_utf8(body).ok()?);
        let mut open: Vec<Self> = vec![Self::default()];
        loop {
            match reader.read_event().ok()? {
                Event::Start(start) => {
                    if open.len() > DEEPEST {
                        return None;
                    }
                    open.push(Self { name: start.local_name().as_ref().to_owned(), ..Self::default() });
                }
                Event::Empty(start) => {
                    let element = Self { name: start.local_name().as_ref().to_owned(), ..Self::default() };
                    open.last_mut()?.children.push(element);
                }
                Event::Text(piece) => open.last_mut()?.text.push_str(&piece),
                Event::CData(piece) => open.last_mut()?.text.push_str(&piece),
                Event::GeneralRef(name) => match name.resolve_char_ref().ok()? {
                    Some(character) => open.last_mut()?.text.push(character),
                    None => open.last_mut()?.text.push_str(resolve_predefined_entity(&name)?),
                },
                Event::End(_) => {
                    let closed = open.pop()?;
                    open.last_mut()?.children.push(closed);
                }
                Event::Eof => {
                    let top = open.pop().filter(|_| open.is_empty())?;
                    return top.children.into_iter().next();
                }
                _ => {}
            }
        }
    }

    /// The first child of that name.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the first child of that name, without blanks around it; empty when there is none.
    pub(super) fn text_of(&self, name: &str) -> &str {
        self.child(name).map_or("", |child| child.text.trim())
    }

    /// The members of a list: the children of the child of that name.
    pub(super) fn members(&self, name: &str) -> impl Iterator<Item = &Self> {
        self.child(name).into_iter().flat_map(|list| &list.children)
    }
}

/// No answer of these services nests as deep.
const DEEPEST: usize = 24;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_read_and_what_is_broken_is_refused() {
        let tree = Element::parse(b"<a><b>x &amp; y</b><list><member><c/></member><member/></list></a>").unwrap();
        assert_eq!((tree.text_of("b"), tree.members("list").count()), ("x & y", 2));
        for broken in ["", "<a>", "<a></b>", "plain", "<a>&nothing;</a>"] {
            assert_eq!(Element::parse(broken.as_bytes()), None, "{broken}");
        }
        assert_eq!(Element::parse("<a>".repeat(1000).as_bytes()), None);
    }
}
