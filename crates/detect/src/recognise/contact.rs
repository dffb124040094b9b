//! E-mail addresses and addresses of personal profiles.

use dataward_model::Category;

use crate::recognise::Candidate;
use crate::recognise::Marks;
use crate::recognise::Recogniser;
use crate::recognise::Shape;
use crate::recognise::Strength;
use crate::recognise::TELLING;

/// An e-mail address: RFC 5322 dot-atom or quoted local part, RFC 6531 letters beyond ASCII, a domain
/// of RFC 1035 labels (or their Unicode form) with a top level of at least two letters.
pub static EMAIL: Recogniser =
    Recogniser::new("email", "e-mail address", Category::EMAIL, Shape::Text(Marks::AT), email)
        .prior(TELLING)
        .context(&["email", "e-mail", "mail", "correo", "courriel", "メール"])
        .examples(
            &[
                "anna.meier@example.org",
                "o'neil+news@mail.example.co.uk",
                "jörg@müller.de",
                "x_1@sub.example.museum",
                "a@b.co",
            ],
            &[
                "anna.meier@",
                "@example.org",
                "anna@meier",
                "a..b@example.org",
                ".a@example.org",
                "a b@example.org",
                "a@-example.org",
                "a@example.1",
            ],
        );

/// A page that stands for a person: a profile in a social network.
pub static PROFILE_URL: Recogniser = Recogniser::new(
    "profile-url",
    "personal page",
    Category::CONTACT_URL,
    Shape::Text(Marks::SLASH.and(Marks::DOT)),
    profile_url,
)
.prior(TELLING)
.examples(
    &[
        "https://www.linkedin.com/in/anna-meier-123",
        "facebook.com/anna.meier",
        "https://github.com/ameier",
        "https://social.example/@ameier",
        "https://social.example/users/ameier",
    ],
    &[
        "https://www.linkedin.com/company/acme",
        "https://example.org/in/anna",
        "https://github.com/",
        "https://social.example/users/12",
    ],
);

/// Whether `text` is an e-mail address and nothing else.
pub fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    is_local_part(local) && is_domain(domain)
}

/// Whether a local part holds.
pub fn is_local_part(local: &str) -> bool {
    if local.is_empty() || local.len() > 64 {
        return false;
    }
    if let Some(quoted) = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        return !quoted.is_empty() && !quoted.contains(['"', '\n', '\r']);
    }
    let mut before = b'.';
    for &byte in local.as_bytes() {
        if !ATOM[usize::from(byte)] || (byte == b'.' && before == b'.') {
            return false;
        }
        before = byte;
    }
    before != b'.'
}

/// What a dot-atom may hold, letters beyond ASCII among it.
static ATOM: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let c = byte as u8;
        table[byte] = c.is_ascii_alphanumeric()
            || c >= 0x80
            || matches!(c, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-'..=b'/' | b'=' | b'?' | b'^'..=b'`' | b'{'..=b'~');
        byte += 1;
    }
    table
};

/// Whether a host name with at least two labels holds.
pub fn is_domain(domain: &str) -> bool {
    if domain.len() > 253 {
        return false;
    }
    if domain.is_ascii() {
        return is_plain_domain(domain.as_bytes());
    }
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    let top = domain.rsplit('.').next().unwrap_or_default();
    domain.contains('.')
        && domain.split('.').all(label)
        && top.chars().count() >= 2
        && (top.chars().all(char::is_alphabetic) || top.starts_with("xn--"))
}

/// The same for domains in ASCII, byte by byte.
fn is_plain_domain(domain: &[u8]) -> bool {
    let mut begin = 0;
    let mut letters = true;
    for (at, &byte) in domain.iter().enumerate() {
        match byte {
            b'.' => {
                if at == begin || at - begin > 63 || domain[at - 1] == b'-' {
                    return false;
                }
                begin = at + 1;
                letters = true;
            }
            b'-' if at == begin => return false,
            b'-' | b'0'..=b'9' => letters = false,
            b'a'..=b'z' | b'A'..=b'Z' => {}
            _ => return false,
        }
    }
    let top = &domain[begin..];
    begin > 0 && (2..=63).contains(&top.len()) && (letters || top.starts_with(b"xn--")) && !top.ends_with(b"-")
}

fn email(candidate: &Candidate<'_>) -> Option<Strength> {
    is_email(candidate.text()).then_some(Strength::by_chance(1e-4))
}

fn profile_url(candidate: &Candidate<'_>) -> Option<Strength> {
    let text = candidate.text();
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(text);
    let rest = rest.strip_prefix("www.").unwrap_or(rest);
    let known = PROFILE_HOSTS.iter().find_map(|host| rest.strip_prefix(host));
    let handle = known.or_else(|| federated(text, rest))?.trim_end_matches('/');
    let handle = handle.split(['?', '#']).next().unwrap_or_default();
    (handle.len() > 1
        && !handle.contains('/')
        && handle.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.%".contains(&byte))
        && !NOT_HANDLES.contains(&handle))
    .then_some(Strength::by_chance(0.01))
}

/// The handle in an address as servers of the Fediverse give it: `/@anna`, `/users/anna`.
fn federated<'a>(text: &str, rest: &'a str) -> Option<&'a str> {
    let (_, path) = rest.split_once('/').filter(|_| text.starts_with("https://"))?;
    let handle = path.strip_prefix('@').or_else(|| path.strip_prefix("users/"))?;
    handle.starts_with(|c: char| c.is_alphabetic()).then_some(handle)
}

const PROFILE_HOSTS: &[&str] = &[
    "linkedin.com/in/",
    "facebook.com/",
    "twitter.com/",
    "x.com/",
    "instagram.com/",
    "github.com/",
    "gitlab.com/",
    "tiktok.com/@",
    "t.me/",
    "xing.com/profile/",
    "orcid.org/",
    "keybase.io/",
    "mastodon.social/@",
];

const NOT_HANDLES: &[&str] = &[
    "login", "home", "search", "about", "help", "share", "sharer", "intent", "hashtag", "explore", "settings",
    "privacy", "terms", "features", "pricing", "orgs",
];
