//! Words of a text with what matters for names: case, and what lies between them.

use crate::lexicon;
use crate::lexicon::Entry;
use crate::lexicon::Kind;

use super::common;
use super::words::Trigger;

/// How a word is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    /// `Anna`, `McDonald`, `Jean-Luc`.
    Capital,
    /// `A` or `A.`
    Initial,
    /// `anna`
    Lower,
    /// `ANNA`
    Upper,
}

/// What lies between a word and the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gap {
    /// Start of the text, end of a sentence, a line break.
    Break,
    /// One blank.
    Blank,
    /// A comma and a blank.
    Comma,
    /// A colon, an equals sign or a quote after one of them: the word before is a key.
    Key,
    /// A delimiter of cells: `;`, `,` without blank, `|`, tab, quotes.
    Cell,
    /// Anything else.
    Other,
}

/// A word.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) case: Case,
    pub(crate) gap: Gap,
    pub(crate) entry: Entry,
    pub(crate) trigger: Trigger,
    /// Whether a full stop follows directly.
    pub(crate) dotted: bool,
    /// Whether it is an everyday word that texts write small as well.
    pub(crate) common: bool,
}

impl Token {
    pub(super) fn text<'t>(&self, text: &'t str) -> &'t str {
        &text[self.start..self.end]
    }

    pub(super) fn is_capital(&self) -> bool {
        self.case != Case::Lower
    }
}

/// The words of `text` in Latin, Greek and Cyrillic script.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let polish = text.contains(['ł', 'ą', 'ę', 'ś', 'ż', 'ź', 'ć', 'ń']);
    let mut folded = String::new();
    let mut last_end = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((start, c)) = chars.next() {
        if !is_letter(c) {
            continue;
        }
        let mut end = start + c.len_utf8();
        let (mut upper, mut letters) = (usize::from(c.is_uppercase()), 1);
        while let Some(&(at, next)) = chars.peek() {
            let inside = is_letter(next)
                || matches!(next, 'ª' | 'º')
                || (matches!(next, '\'' | '’' | '-' | '\u{AD}')
                    && text[at + next.len_utf8()..].chars().next().is_some_and(is_letter));
            if !inside {
                break;
            }
            if is_letter(next) {
                letters += 1;
                upper += usize::from(next.is_uppercase());
            }
            end = at + next.len_utf8();
            chars.next();
        }
        let whole = &text[start..end];
        // Anna's: the name ends before the apostrophe. l'Anna, d'Artagnan stay whole.
        if let Some(stem) = whole.strip_suffix("'s").or_else(|| whole.strip_suffix("’s")) {
            end = start + stem.len();
            letters -= 1;
        }
        // A word glued to digits or an underscore is part of a code.
        let glued = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit() || matches!(c, '_' | '@' | '\\'));
        let code = glued(text[..start].chars().next_back()) || glued(text[end..].chars().next());
        let case = if !c.is_uppercase() || code {
            Case::Lower
        } else if letters == 1 {
            Case::Initial
        } else if upper == letters {
            Case::Upper
        } else {
            Case::Capital
        };
        let word = &text[start..end];
        folded.clear();
        lexicon::fold_into(word, &mut folded);
        let trigger = Trigger::of(&folded);
        let entry = if case == Case::Lower { Entry::default() } else { look_up(word, &folded, polish) };
        let dotted = text[end..].starts_with('.');
        let previous_abbreviation = tokens.last().is_some_and(|last| {
            last.dotted
                && (last.case == Case::Initial
                    || last.trigger.is(Trigger::TITLE)
                    || last.trigger.is(Trigger::ABBREVIATION))
        });
        let gap = if tokens.is_empty() { Gap::Break } else { gap(&text[last_end..start], previous_abbreviation) };
        let common = common::is_common(&folded);
        tokens.push(Token { start, end, case, gap, entry, trigger, dotted, common });
        last_end = end;
    }
    french(text, &mut tokens);
    quiet(text, &mut tokens);
    tokens
}

/// "M. Durand": an initial elsewhere, Monsieur in French.
fn french(text: &str, tokens: &mut [Token]) {
    let initial = |token: &Token| token.case == Case::Initial && token.dotted && token.text(text) == "M";
    if !tokens.iter().any(initial) {
        return;
    }
    let words = tokens
        .iter()
        .filter(|token| {
            matches!(
                token.text(text),
                "le" | "la"
                    | "les"
                    | "des"
                    | "est"
                    | "et"
                    | "une"
                    | "du"
                    | "au"
                    | "Mme"
                    | "pour"
                    | "dans"
                    | "né"
                    | "Le"
                    | "La"
            )
        })
        .count();
    if words < 2 {
        return;
    }
    for at in 0..tokens.len() {
        let alone = at == 0 || !(tokens[at].gap == Gap::Blank && tokens[at - 1].case == Case::Capital);
        if initial(&tokens[at]) && alone {
            tokens[at].trigger = Trigger::TITLE;
        }
    }
}

/// In texts without capitals (chats, tickets) small words are looked up too, and so are those behind
/// "my name is", "hier ist".
fn quiet(text: &str, tokens: &mut [Token]) {
    let capitals = tokens.iter().filter(|token| token.is_capital()).count();
    if tokens.len() < 4 || capitals * 8 > tokens.len() {
        return;
    }
    for token in tokens {
        if token.case == Case::Lower && token.trigger.is_none() && token.end - token.start > 2 {
            let glued = text[token.end..].starts_with(['@', '_', '/', '\\'])
                || text[..token.start].ends_with(['@', '_', '/', '.', '\\', '#']);
            // c'est, s'agit: two words in one.
            let joined = text[token.start..token.end].contains(['\'', '’']);
            if !(glued || joined) {
                token.entry = lexicon::look_up(&text[token.start..token.end]);
            }
        }
    }
}

fn look_up(word: &str, folded: &str, polish: bool) -> Entry {
    let entry = lexicon::look_up_folded(folded);
    if polish && !entry.is_known() && folded.len() > 4 {
        return declined(folded);
    }
    if entry.is_known() || !word.contains('-') {
        return entry;
    }
    // Jean-Luc, Müller-Lüdenscheidt: what its parts are, where each of them is a name.
    let mut parts = word.split('-').map(lexicon::look_up);
    let first = parts.next().unwrap_or_default();
    let last = parts.next_back().unwrap_or_default();
    let named = |entry: Entry| entry.given().is_some() || entry.surname().is_some();
    if named(first) && named(last) && !first.is(Kind::Common) { first } else { Entry::default() }
}

/// The name in its first case: Polish declines names (Donaldem, Kowalskiego, Annę).
fn declined(folded: &str) -> Entry {
    for (ending, nominative) in CASES {
        if let Some(stem) = folded.strip_suffix(ending) {
            let entry = lexicon::look_up_folded(&format!("{stem}{nominative}"));
            if entry.given().is_some() || entry.surname().is_some() {
                return entry;
            }
        }
    }
    Entry::default()
}

/// Endings of declined names, folded, and what the first case has instead.
const CASES: &[(&str, &str)] = &[
    ("iego", "i"),
    ("iemu", "i"),
    ("iej", "a"),
    ("iem", ""),
    ("iem", "i"),
    ("owi", ""),
    ("em", ""),
    ("im", "i"),
    ("ie", "a"),
    ("ia", "ia"),
    ("a", ""),
    ("a", "o"),
    ("y", "a"),
    ("i", "a"),
    ("e", "a"),
    ("u", ""),
    ("ej", "a"),
    ("kiem", "ek"),
    ("ka", "ek"),
    ("kowi", "ek"),
];

fn gap(between: &str, abbreviation: bool) -> Gap {
    if between == " " {
        return Gap::Blank;
    }
    if abbreviation && matches!(between, ". " | ".") {
        return Gap::Blank;
    }
    if between == ", " {
        return Gap::Comma;
    }
    let trimmed = between.trim_matches(|c: char| c == ' ' || c == '"' || c == '\'' || c == '“' || c == '„' || c == '*');
    if between.contains('\n') {
        // A key and its value on the next line stay together.
        return if trimmed.trim() == ":" { Gap::Key } else { Gap::Break };
    }
    match trimmed {
        ":" | "=" | "=>" | "：" | ": <" | "\":" => Gap::Key,
        "," | ";" | "|" | "\t" | "\",\"" | "\";\"" => Gap::Cell,
        "." | "!" | "?" | "..." | "…" | ". -" | "。" | "•" => Gap::Break,
        "" if !between.is_empty() => Gap::Other,
        _ if trimmed.starts_with([':', '=']) && trimmed.len() <= 4 => Gap::Key,
        _ if trimmed.starts_with(['.', '!', '?']) => Gap::Break,
        _ => Gap::Other,
    }
}

fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic()
        || (('\u{C0}'..'\u{530}').contains(&c) && c.is_alphabetic())
        || ('\u{1E00}'..'\u{2000}').contains(&c)
}
