//! Values that their key or prefix gives away: passwords, tokens, private keys, user names.

mod words;

use std::sync::LazyLock;

use dataward_model::Category;

use super::Found;
use super::scan;
use crate::recognise::secret;
use words::KEYS;
use words::PREFIXES;

/// Finds them: prefixes by one vectorised search, keys by looking back from each `:` and `=`.
pub(crate) fn find(text: &str, found: &mut Vec<Found>) {
    prefixes(text, found);
    keys(text, found);
}

fn prefixes(text: &str, found: &mut Vec<Found>) {
    let bytes = text.as_bytes();
    let mut hits: Vec<(usize, usize, Role)> = Vec::new();
    for keys in &PREFIXES {
        let found = keys.automaton.find_iter(bytes);
        hits.extend(found.map(|hit| (hit.start(), hit.end(), keys.roles[hit.pattern().as_usize()])));
    }
    for at in memchr::memchr_iter(b'$', bytes) {
        let scheme = HASH_SCHEMES.iter().find(|scheme| bytes[at..].starts_with(scheme.as_bytes()));
        hits.extend(scheme.map(|scheme| (at, at + scheme.len(), Role::Hash)));
    }
    hits.sort_unstable_by_key(|hit| hit.0);
    let mut floor = 0;
    for (start, end, role) in hits {
        if start < floor {
            continue;
        }
        if let Some(one) = read(text, role, start, end) {
            floor = one.end;
            found.push(one);
        }
    }
}

/// Heads of salted hashes; dollars are rare, so they are looked for first.
const HASH_SCHEMES: &[&str] =
    &["$2a$", "$2b$", "$2y$", "$argon2", "$5$", "$6$", "$1$", "$y$", "$apr1$", "$P$", "$scrypt", "$pbkdf2"];

/// Longest key that is looked at, in bytes.
const KEY: usize = 32;
/// How many bytes may lie between the word of a key and its end.
const BEHIND: usize = 12;

/// Words for password that are parts of others: they count as a whole key only.
const SHORT: [&[u8]; 3] = [b"pw", b"pass", b"mdp"];

fn keys(text: &str, found: &mut Vec<Found>) {
    let bytes = text.as_bytes();
    let keys = &*KEYS;
    let mut floor = 0;
    scan::joints(bytes, |joint| {
        if joint < floor {
            return;
        }
        let mut end = joint;
        while end > floor && joint - end < 3 && matches!(bytes[end - 1], b'"' | b'\'' | b' ' | b')') {
            end -= 1;
        }
        if end == floor || !(bytes[end - 1].is_ascii_alphabetic() || bytes[end - 1] >= 0x80 || bytes[end - 1] == b'_') {
            return;
        }
        let from = end.saturating_sub(KEY).max(floor);
        let letters = bytes[from..end].iter().rev().take(5).take_while(|byte| byte.is_ascii_alphabetic()).count();
        if (2..=4).contains(&letters) && SHORT.iter().any(|key| bytes[end - letters..end].eq_ignore_ascii_case(key)) {
            if let Some(one) = password(text, end - letters, end) {
                floor = one.end;
                found.push(one);
            }
            return;
        }
        if !keys.may_end_in(&bytes[from..end], BEHIND) {
            return;
        }
        let last = keys.automaton.find_iter(&bytes[from..end]).last();
        let Some(hit) = last.filter(|hit| end - (from + hit.end()) <= BEHIND) else { return };
        if let Some(one) = read(text, keys.roles[hit.pattern().as_usize()], from + hit.start(), from + hit.end()) {
            floor = one.end;
            found.push(one);
        }
    });
}

/// Reads what a prefix or key announces.
fn read(text: &str, role: Role, start: usize, end: usize) -> Option<Found> {
    match role {
        Role::Armour => armour(text, start),
        Role::Bearer => key_of_secret(text, start, end),
        Role::Hash => run(text, start, secret::is_password_hash, Category::PASSWORD),
        Role::LogIn => log_in(text, end),
        Role::Password => password(text, start, end),
        // The verb is not part of the word.
        Role::Prose => {
            let verb = memchr::memrchr(b' ', &text.as_bytes()[start..end - 1]);
            password(text, start, verb.map_or(end - 1, |blank| start + blank))
        }
        Role::Secret => key_of_secret(text, start, end),
        Role::Token => run(text, start, secret::is_token, Category::CREDENTIALS),
        Role::Url => login_in_url(text, end),
        Role::User => user(text, start, end),
    }
}

#[derive(Clone, Copy)]
enum Role {
    /// The head of a PEM block.
    Armour,
    /// What stands before a token in a header.
    Bearer,
    /// A password hash's scheme.
    Hash,
    /// What a log says before an account's name.
    LogIn,
    /// A word for password.
    Password,
    /// A word for password and a verb.
    Prose,
    /// A word for an access key.
    Secret,
    /// A token's prefix.
    Token,
    /// The `://` of an address.
    Url,
    /// A word for a user name.
    User,
}

fn armour(text: &str, start: usize) -> Option<Found> {
    let head = clip(text.get(start..)?, 128).lines().next()?;
    if !head.contains("PRIVATE KEY") {
        return None;
    }
    const TAIL: &str = "-----END";
    let block = clip(&text[start..], 16_384);
    let until = match block.find(TAIL) {
        Some(tail) => {
            let rest = clip(&text[start + tail..], 128);
            start + tail + rest.find('\n').unwrap_or(rest.len())
        }
        None => start + head.len(),
    };
    Some(Found { start, end: until, category: Category::CREDENTIALS, log_odds: 7.0 })
}

/// The run of token characters from `start`, where `holds`.
fn run(text: &str, start: usize, holds: impl Fn(&str) -> bool, category: Category) -> Option<Found> {
    let before = text.as_bytes().get(start.wrapping_sub(1)).copied().unwrap_or(b' ');
    if start > 0 && (before.is_ascii_alphanumeric() || before == b'_') {
        return None;
    }
    let length = text.as_bytes()[start..]
        .iter()
        .take(4096)
        .take_while(|byte| byte.is_ascii_alphanumeric() || b"-_./+=$,:{}".contains(byte))
        .count();
    let run = text.get(start..start + length)?.trim_end_matches(['.', ',', ':', '}', '{']);
    holds(run).then(|| Found { start, end: start + run.len(), category, log_odds: 7.0 })
}

/// A value behind a key: where it lies, and how it was joined to the key.
struct Value<'t> {
    start: usize,
    text: &'t str,
    quoted: bool,
    prose: bool,
}

/// The value that follows a key ending at `end`: `key = "value"`, `"key": "value"`, `key is value`.
fn value(text: &str, end: usize) -> Option<Value<'_>> {
    let bytes = text.as_bytes();
    let mut at = end;
    let most = end + 24;
    while at < most && bytes.get(at).is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_') {
        at += 1;
    }
    while at < most && bytes.get(at).is_some_and(|byte| b"\"' \t)]".contains(byte)) {
        at += 1;
    }
    let mut prose = false;
    let rest = text.get(at..)?;
    let joint = ["=>", ":=", "=", ":", "：", "は「", "は"].iter().find(|joint| rest.starts_with(**joint));
    if let Some(joint) = joint {
        at += joint.len();
    } else {
        let word = [
            "is ", "ist ", "lautet ", "est ", "es ", "è ", "é ", "jest ", "to ", "är ", "was ", "war ", "era ",
            "était ", "var ", "było ",
        ]
        .iter()
        .find(|word| rest.starts_with(**word))?;
        if bytes.get(at.wrapping_sub(1)) != Some(&b' ') {
            return None;
        }
        prose = true;
        at += word.len();
    }
    while bytes.get(at).is_some_and(|byte| b" \t".contains(byte)) {
        at += 1;
    }
    let rest = text.get(at..)?;
    let quote = rest.chars().next().filter(|c| "\"'`「".contains(*c));
    let (start, body) = match quote {
        Some(quote) => {
            let close = if quote == '「' { '」' } else { quote };
            let inner = &rest[quote.len_utf8()..];
            let window = clip(inner, 256);
            (at + quote.len_utf8(), &inner[..window.find(close)?])
        }
        None => {
            let window = clip(rest, 256);
            let stop =
                window.find(|c: char| c.is_whitespace() || ",;&\"'<>()|、。」".contains(c)).unwrap_or(window.len());
            (at, rest[..stop].trim_end_matches(['.']))
        }
    };
    Some(Value { start, text: body, quoted: quote.is_some(), prose })
}

fn clip(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn starts_word(text: &str, start: usize) -> bool {
    let bytes = text.as_bytes();
    match start.checked_sub(1).map(|before| bytes[before]) {
        Some(before) if before.is_ascii_alphabetic() => {
            before.is_ascii_lowercase() && bytes[start].is_ascii_uppercase()
        }
        _ => true,
    }
}

fn is_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    [
        "null",
        "none",
        "nil",
        "true",
        "false",
        "undefined",
        "required",
        "string",
        "redacted",
        "hidden",
        "changeme_",
        "empty",
    ]
    .contains(&lower.as_str())
        || value.starts_with(['$', '<', '[', '{', '%', '('])
        || value.chars().all(|c| "*xX•.-#_".contains(c))
}

fn password(text: &str, start: usize, end: usize) -> Option<Found> {
    // In prose the search begins behind a first letter that may be a capital.
    if !starts_word(text, start) && !text[end..].starts_with(' ') {
        return None;
    }
    let value = value(text, end).or_else(|| bare(text, end))?;
    if secret::is_password_hash(value.text) {
        return Some(Found {
            start: value.start,
            end: value.start + value.text.len(),
            category: Category::PASSWORD,
            log_odds: 7.0,
        });
    }
    if !(4..=128).contains(&value.text.len()) || is_placeholder(value.text) || value.text.contains("://") {
        return None;
    }
    let odd = value.text.chars().any(|c| c.is_ascii_digit() || "!@#$%^&*_-+=?~".contains(c))
        && value.text.chars().any(char::is_alphabetic);
    let whole = value.quoted && !value.text.contains(' ');
    if !(odd || whole) {
        return None;
    }
    let log_odds = if value.prose { 2.8 } else { 4.0 };
    Some(Found { start: value.start, end: value.start + value.text.len(), category: Category::PASSWORD, log_odds })
}

/// `and the password hunter2!`: no joint, but letters and digits in one word.
fn bare(text: &str, end: usize) -> Option<Value<'_>> {
    let rest = text.get(end..)?.strip_prefix(' ')?;
    let window = clip(rest, 64);
    let stop = window.find(|c: char| c.is_whitespace() || ",;&\"'<>()|、。」".contains(c)).unwrap_or(window.len());
    let word = window[..stop].trim_end_matches('.');
    let digit = word.bytes().any(|byte| byte.is_ascii_digit());
    let letters = word.bytes().filter(u8::is_ascii_alphabetic).count();
    let code = word.contains(['/', ':', '@']) && !word.contains(['!', '#', '$']);
    let stem = word.trim_end_matches(|c: char| c.is_ascii_digit()).to_ascii_lowercase();
    let code = code || CODES.contains(&stem.as_str());
    (digit && letters >= 3 && (6..=40).contains(&word.len()) && !code).then_some(Value {
        start: end + 1,
        text: word,
        quoted: false,
        prose: true,
    })
}

/// What stands with a number behind the word password and is none: `password sha256`, `password windows11`.
const CODES: &[&str] =
    &["argon", "base", "bcrypt", "level", "office", "page", "policy", "room", "sha", "step", "version", "windows"];

fn key_of_secret(text: &str, start: usize, end: usize) -> Option<Found> {
    if !starts_word(text, start) {
        return None;
    }
    let value = if text[start..end].eq_ignore_ascii_case("bearer ") {
        let rest = clip(&text[end..], 512);
        let stop = rest.find(|c: char| c.is_whitespace() || ",;\"'".contains(c)).unwrap_or(rest.len());
        Value { start: end, text: &rest[..stop], quoted: false, prose: false }
    } else {
        value(text, end)?
    };
    let long = (16..=512).contains(&value.text.len());
    let solid = value.text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./+=~".contains(&byte));
    let digits = value.text.bytes().filter(u8::is_ascii_digit).count();
    let letters = value.text.bytes().filter(u8::is_ascii_alphabetic).count();
    let mixed = digits >= 3 && letters >= 4;
    let path = value.text.contains('/') && value.text.contains('.');
    (long && solid && mixed && !path && !value.prose && !is_placeholder(value.text)).then(|| Found {
        start: value.start,
        end: value.start + value.text.len(),
        category: Category::CREDENTIALS,
        log_odds: 3.0,
    })
}

/// `scheme://user:password@host`.
fn login_in_url(text: &str, end: usize) -> Option<Found> {
    let rest = clip(&text[end..], 200);
    let authority = &rest[..rest.find(|c: char| c.is_whitespace() || "/\"'<>?#,".contains(c)).unwrap_or(rest.len())];
    let (login, _) = authority.rsplit_once('@')?;
    let (user, password) = login.split_once(':')?;
    let start = end + user.len() + 1;
    (!password.is_empty() && !is_placeholder(password)).then(|| Found {
        start,
        end: start + password.len(),
        category: Category::PASSWORD,
        log_odds: 7.0,
    })
}

/// `Accepted password for jdoe from 10.0.0.1`.
fn log_in(text: &str, end: usize) -> Option<Found> {
    let rest = clip(&text[end..], 64);
    let rest = rest.strip_prefix("invalid user ").unwrap_or(rest);
    let start = end + (clip(&text[end..], 64).len() - rest.len());
    let stop = rest.find(|c: char| c.is_whitespace() || ",;:\"'()[]".contains(c)).unwrap_or(rest.len());
    let name = &rest[..stop];
    let shaped = (3..=32).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    (shaped && !is_nobody(name)).then(|| Found {
        start,
        end: start + name.len(),
        category: Category::USERNAME,
        log_odds: 3.0,
    })
}

/// Accounts of machines and words that stand where a user name could.
static NOBODY: LazyLock<Vec<&str>> = LazyLock::new(|| {
    "root admin administrator null none anonymous guest system nobody user unknown test true false agent \
    invalid postgres mysql www-data daemon service default public from with and the was has logged name not \
    id is failed success ok error page https http required email password support info app web api bot \
    client server time"
        .split(' ')
        .collect()
});

fn is_nobody(name: &str) -> bool {
    NOBODY.iter().any(|word| word.eq_ignore_ascii_case(name))
}

fn user(text: &str, start: usize, end: usize) -> Option<Found> {
    if !starts_word(text, start) {
        return None;
    }
    let bytes = text.as_bytes();
    // "session opened for user jdoe", "user 'jdoe'": the key and a blank suffice in logs.
    let log_style = text[..start].ends_with("for ")
        || text[..start].ends_with("by ")
        || bytes.get(end) == Some(&b' ') && bytes.get(end + 1) == Some(&b'\'');
    let value = match value(text, end) {
        Some(value) => value,
        None if log_style && bytes.get(end) == Some(&b' ') => {
            let from = end + 1 + usize::from(bytes.get(end + 1) == Some(&b'\''));
            let rest = clip(text.get(from..)?, 64);
            let stop = rest.find(|c: char| c.is_whitespace() || ",;:\"'()[]".contains(c)).unwrap_or(rest.len());
            Value { start: from, text: &rest[..stop], quoted: false, prose: false }
        }
        None => return None,
    };
    if value.prose {
        return None;
    }
    let name = value.text.strip_prefix('@').unwrap_or(value.text);
    let offset = value.text.len() - name.len();
    let name = name.split('@').next().filter(|_| !value.text[offset..].contains('@'))?;
    let shaped = (3..=40).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        && name.bytes().any(|byte| byte.is_ascii_alphabetic());
    // A capital and no digit: rather a person's name, or the first word of a sentence.
    let after = text[value.start + value.text.len()..].trim_start_matches('"');
    let capital = name.starts_with(|c: char| c.is_ascii_uppercase())
        && !name.bytes().any(|byte| byte.is_ascii_digit() || b"._-".contains(&byte));
    // `utente=Theels ip=…`: a log says it plainly.
    let next = clip(after.trim_start_matches([' ', ',', ';']), 24);
    let logged = bytes.get(end) == Some(&b'=')
        && (after.is_empty()
            || after.starts_with('\n')
            || next.split([' ', '\n']).next().is_some_and(|word| word.contains('=')));
    let capital = capital && !logged;
    let sentence =
        !value.quoted && after.starts_with(' ') && after[1..].starts_with(|c: char| c.is_alphabetic()) && capital;
    (shaped && !capital && !sentence && !is_nobody(name)).then(|| Found {
        start: value.start,
        end: value.start + value.text.len(),
        category: Category::USERNAME,
        log_odds: 3.1,
    })
}
