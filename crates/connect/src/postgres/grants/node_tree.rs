//! The server's own notation for parsed statements (`pg_node_tree`), in which the catalogue keeps the
//! queries of views and of functions with a parsed body.
//!
//! `{LABEL :field value …}` is a node, `(…)` a list, `<>` nothing; a backslash takes the meaning from
//! the character after it. Fields differ from version to version, the notation does not
//! (`src/backend/nodes/outfuncs.c`).

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Null,
    Word(String),
    List(Vec<Node>),
    Struct { label: String, fields: Vec<(String, Vec<Node>)> },
}

/// Deeper trees are not read: nobody writes them, and recursion has to end somewhere.
const DEEPEST: usize = 1000;

impl Node {
    /// Reads a tree; none when it is not one, or goes deeper than anybody writes.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut tokens = Tokens { text }.peekable();
        let node = node(&mut tokens, 0)?;
        tokens.next().is_none().then_some(node)
    }

    pub(super) fn label(&self) -> &str {
        match self {
            Self::Struct { label, .. } => label,
            _ => "",
        }
    }

    /// A field; nothing where there is none of the name.
    pub(super) fn field(&self, name: &str) -> &Self {
        let Self::Struct { fields, .. } = self else { return &Self::Null };
        let found = fields.iter().find(|(field, _)| field == name);
        found.and_then(|(_, values)| values.first()).unwrap_or(&Self::Null)
    }

    pub(super) fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    pub(super) fn word(&self) -> &str {
        match self {
            Self::Word(word) => word,
            _ => "",
        }
    }

    pub(super) fn number<T: std::str::FromStr + Default>(&self) -> T {
        self.word().parse().unwrap_or_default()
    }

    pub(super) fn is_true(&self) -> bool {
        self.word() == "true"
    }

    pub(super) fn is_null(&self) -> bool {
        *self == Self::Null
    }

    /// The numbers of a list of numbers or of a set: `(o 1 2)`, `(b 8 9)`.
    pub(super) fn numbers(&self) -> impl Iterator<Item = i64> {
        self.items().iter().filter_map(|item| item.word().parse().ok())
    }

    /// The values below.
    pub(super) fn children(&self) -> Box<dyn Iterator<Item = &Self> + '_> {
        match self {
            Self::List(items) => Box::new(items.iter()),
            Self::Struct { fields, .. } => Box::new(fields.iter().flat_map(|(_, values)| values)),
            Self::Null | Self::Word(_) => Box::new(std::iter::empty()),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    Begin,
    End,
    Word(String),
    Nothing,
}

struct Tokens<'a> {
    text: &'a str,
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        self.text = self.text.trim_start_matches([' ', '\n', '\t']);
        let first = self.text.chars().next()?;
        let single = match first {
            '(' => Some(Token::Open),
            ')' => Some(Token::Close),
            '{' => Some(Token::Begin),
            '}' => Some(Token::End),
            _ => None,
        };
        if let Some(token) = single {
            self.text = &self.text[1..];
            return Some(token);
        }
        let mut word = String::new();
        let mut escaped = false;
        let mut end = self.text.len();
        for (index, c) in self.text.char_indices() {
            match c {
                c if escaped => {
                    word.push(c);
                    escaped = false;
                }
                '\\' => escaped = true,
                ' ' | '\n' | '\t' | '(' | ')' | '{' | '}' => {
                    end = index;
                    break;
                }
                c => word.push(c),
            }
        }
        let raw = &self.text[..end];
        self.text = &self.text[end..];
        Some(if raw == "<>" { Token::Nothing } else { Token::Word(word) })
    }
}

type Peeked<'a> = std::iter::Peekable<Tokens<'a>>;

fn node(tokens: &mut Peeked<'_>, depth: usize) -> Option<Node> {
    if depth > DEEPEST {
        return None;
    }
    match tokens.next()? {
        Token::Nothing => Some(Node::Null),
        Token::Word(word) => Some(Node::Word(word)),
        Token::Open => {
            let mut items = Vec::new();
            while *tokens.peek()? != Token::Close {
                items.push(node(tokens, depth + 1)?);
            }
            tokens.next();
            Some(Node::List(items))
        }
        Token::Begin => {
            let Token::Word(label) = tokens.next()? else { return None };
            let mut fields = Vec::new();
            loop {
                match tokens.next()? {
                    Token::End => return Some(Node::Struct { label, fields }),
                    Token::Word(name) => {
                        let name = name.strip_prefix(':')?.to_owned();
                        // The first value may look like a field: an alias called `:x`.
                        let mut values = vec![node(tokens, depth + 1)?];
                        loop {
                            match tokens.peek()? {
                                Token::End => break,
                                Token::Word(word) if word.starts_with(':') => break,
                                _ => values.push(node(tokens, depth + 1)?),
                            }
                        }
                        fields.push((name, values));
                    }
                    _ => return None,
                }
            }
        }
        Token::Close | Token::End => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_are_read_with_odd_names_and_bytes() {
        let text = r"({A :name :x :alias my\ \(b\) :value 4 [ 1 0 ] :none <> :set (b 8 9) :sub {B :ok true}})";
        let tree = Node::parse(text).unwrap();
        let a = &tree.items()[0];
        assert_eq!((a.label(), a.field("name").word(), a.field("alias").word()), ("A", ":x", "my (b)"));
        assert_eq!(a.field("set").numbers().collect::<Vec<_>>(), [8, 9]);
        assert!(a.field("none").is_null() && a.field("sub").field("ok").is_true());
    }

    #[test]
    fn broken_trees_are_none() {
        for text in ["", "(", "{A :x", "{A x}", ")", "{}", "(a) b"] {
            assert_eq!(Node::parse(text), None, "{text}");
        }
        assert_eq!(Node::parse(&"(".repeat(100_000)), None);
    }
}
