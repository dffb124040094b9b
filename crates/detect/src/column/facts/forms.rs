//! Forms of single values that decide shares of a column: flags, prose, account names, tokens.

use std::borrow::Cow;

use dataward_model::Category;

pub(super) fn is_flag(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "0",
        "1",
        "y",
        "n",
        "t",
        "f",
        "true",
        "false",
        "yes",
        "no",
        "ja",
        "nein",
        "oui",
        "non",
        "si",
        "sí",
        "sim",
        "não",
        "tak",
        "nie",
        "on",
        "off",
        "x",
        "-1",
        "j",
        "はい",
        "いいえ",
        "是",
        "否",
        "o",
        "s",
    ];
    text.len() <= 9 && WORDS.contains(&text.to_lowercase().as_str())
}

pub(super) fn is_prose(text: &str, tokens: usize, east_asian: bool) -> bool {
    if east_asian {
        return text.chars().count() >= 20 && text.contains(['。', '、', '，', '！', '?', '？', '.', ' ']);
    }
    let words = text.split_whitespace().filter(|word| word.chars().filter(|c| c.is_lowercase()).count() >= 2).count();
    tokens >= 6 && words * 2 >= tokens
}

/// `E11.9`: a letter, two digits, perhaps a point and up to four more characters.
pub(super) fn is_icd(text: &str) -> bool {
    let text = ["ICD10:", "ICD-10:", "ICD9:"].iter().find_map(|system| text.strip_prefix(system)).unwrap_or(text);
    let bytes = text.as_bytes();
    bytes.len() >= 3
        && bytes.len() <= 8
        && bytes[0].is_ascii_uppercase()
        && bytes[1].is_ascii_digit()
        && bytes[2].is_ascii_alphanumeric()
        && (bytes.len() == 3
            || (bytes[3] == b'.' && bytes.len() > 4 && bytes[4..].iter().all(u8::is_ascii_alphanumeric)))
}

/// One word that could be an account name: letters first, then letters, digits and `._-`.
pub(super) fn is_handle(text: &str) -> bool {
    let body = text.strip_prefix('@').or_else(|| text.rsplit_once('\\').map(|(_, account)| account)).unwrap_or(text);
    (3..=32).contains(&body.len())
        && body.as_bytes()[0].is_ascii_alphabetic()
        && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        && body.bytes().filter(u8::is_ascii_lowercase).count() * 2 >= body.len() - years_behind(body)
}

/// An account of a domain: `CORP\\ada`.
pub(super) fn is_domain_account(text: &str) -> bool {
    text.split_once('\\').is_some_and(|(domain, account)| {
        let word =
            |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        domain.len() >= 2 && word(domain) && word(account)
    })
}

/// A name cut short and the first letter of the other, all in capitals: `KRAUSEA`.
pub(super) fn is_handle_in_capitals(text: &str) -> bool {
    (4..=10).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_uppercase())
        && super::words::holds_a_name(text)
}

/// A word that can be spoken and one to four digits behind it.
pub(super) fn is_numbered_word(text: &str) -> bool {
    let word = text.trim_end_matches(|c: char| c.is_ascii_digit());
    (1..=4).contains(&(text.len() - word.len()))
        && word.len() >= 4
        && word.bytes().all(|byte| byte.is_ascii_alphabetic() || b"._".contains(&byte))
        && word.bytes().any(|byte| b"aeiouyAEIOUY".contains(&byte))
}

/// Up to four digits behind at least three letters: `Agne1994`.
fn years_behind(body: &str) -> usize {
    let digits = body.len() - body.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    if digits <= 4 && body.len() >= digits + 3 { digits } else { 0 }
}

/// Characters without sense: hexadecimal, Base64 or mixed, at least 16 of them.
pub(super) fn is_random_token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    if body.len() < 16
        || body.len() > 512
        || !body.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/_-.$:".contains(&b))
    {
        return false;
    }
    let digits = body.bytes().filter(u8::is_ascii_digit).count();
    let letters = body.bytes().filter(u8::is_ascii_alphabetic).count();
    let changes = body.as_bytes().windows(2).filter(|pair| class(pair[0]) != class(pair[1])).count();
    digits > 0 && letters > 0 && changes * 4 >= body.len() && (letters + digits) * 20 >= body.len() * 19
}

fn class(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => 0,
        b'a'..=b'z' => 1,
        b'A'..=b'Z' => 2,
        _ => 3,
    }
}

/// The first part of four numbers with dots between.
pub(super) fn first_octet(text: &str) -> Option<f64> {
    let mut parts = text.split('.');
    let first: u16 = parts.next()?.parse().ok()?;
    let rest = parts.filter(|part| part.parse::<u16>().is_ok()).count();
    (rest == 3 && text.bytes().filter(|byte| *byte == b'.').count() == 3).then_some(f64::from(first))
}

/// A mailbox of an office, not of a person: `info@`, `kontakt@`, `no-reply@`, `lyon@`.
pub(crate) fn is_role_mailbox(text: &str) -> bool {
    let local = text.split('@').next().unwrap_or("").to_ascii_lowercase();
    let local = local.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '_'));
    let branch = || {
        let entry = crate::lexicon::look_up(local);
        entry.city().is_some_and(|size| size >= BRANCH) && entry.given().is_none()
    };
    text.contains('@') && (ROLE_MAILBOXES.contains(&local) || branch())
}

/// From this size class on a town is a branch of a firm (`lyon@`), below it is mostly a family name.
const BRANCH: u8 = 25;

/// After RFC 2142 and what shops use in the languages of the goal.
const ROLE_MAILBOXES: &[&str] = &[
    "abuse",
    "accounting",
    "accounts",
    "admin",
    "anfrage",
    "atencion",
    "atendimento",
    "bestellung",
    "billing",
    "biuro",
    "booking",
    "bonjour",
    "boutique",
    "buchhaltung",
    "butik",
    "commercial",
    "comercial",
    "compras",
    "contact",
    "contabilidad",
    "contacto",
    "contato",
    "contatti",
    "enquiries",
    "feedback",
    "hello",
    "help",
    "helpdesk",
    "hola",
    "hostmaster",
    "hr",
    "info",
    "invoices",
    "jobs",
    "klantenservice",
    "kontakt",
    "kundenservice",
    "kundservice",
    "loja",
    "magasin",
    "mail",
    "marketing",
    "negozio",
    "no-reply",
    "noreply",
    "office",
    "orders",
    "post",
    "postmaster",
    "press",
    "privacy",
    "purchasing",
    "reception",
    "sales",
    "security",
    "service",
    "shop",
    "sklep",
    "store",
    "support",
    "team",
    "tienda",
    "vendite",
    "ventas",
    "verkauf",
    "vertrieb",
    "webmaster",
    "winkel",
];

/// A name of a machine or a site: labels with dots between, the last a top-level domain.
pub(super) fn is_host(text: &str) -> bool {
    let top = text.rsplit('.').next().unwrap_or("");
    text.contains('.')
        && !text.contains(['@', ' ', '/'])
        && TOP_LEVELS.contains(&top.to_ascii_lowercase().as_str())
        && crate::recognise::contact::is_domain(text)
}

/// Enough of them to know a column of hosts; `mary.jones` must not look like one.
const TOP_LEVELS: &[&str] = &[
    "app",
    "at",
    "au",
    "be",
    "biz",
    "br",
    "ca",
    "ch",
    "cloud",
    "cn",
    "co",
    "com",
    "corp",
    "cz",
    "de",
    "dev",
    "dk",
    "edu",
    "es",
    "eu",
    "example",
    "fi",
    "fr",
    "gov",
    "gr",
    "hu",
    "ie",
    "in",
    "info",
    "int",
    "internal",
    "io",
    "it",
    "jp",
    "kr",
    "lan",
    "local",
    "localdomain",
    "mil",
    "mx",
    "name",
    "net",
    "nl",
    "no",
    "org",
    "pl",
    "pt",
    "ru",
    "se",
    "shop",
    "store",
    "test",
    "tr",
    "tv",
    "ua",
    "uk",
    "us",
];

/// `Damon455`, `Langosh790`: how generators of samples keep people apart. Hardly any account name is written so in all
/// rows.
pub(super) fn are_names_with_numbers<'a>(values: impl ExactSizeIterator<Item = &'a str>) -> bool {
    let count = values.len();
    let fits = |text: &&str| {
        let letters = text.trim_end_matches(|c: char| c.is_ascii_digit());
        let mut rest = letters.chars();
        (1..=4).contains(&(text.len() - letters.len()))
            && rest.next().is_some_and(char::is_uppercase)
            && rest.next().is_some()
            && letters.chars().skip(1).all(char::is_lowercase)
    };
    count >= 5 && values.filter(fits).count() * 10 > count * 9
}

/// How many characters all values begin with: up to the last mark among them, or else to the first digit.
pub(super) fn common_prefix<'a>(mut values: impl ExactSizeIterator<Item = &'a str>) -> f64 {
    const ENOUGH: usize = 4;
    if values.len() < ENOUGH {
        return 0.0;
    }
    let first = values.next().unwrap_or_default();
    let same = |length: usize, value: &str| {
        first.chars().zip(value.chars()).take(length).take_while(|(mine, theirs)| mine == theirs).count()
    };
    let length = values.fold(first.chars().count(), same);
    let shared: Vec<char> = first.chars().take(length).collect();
    let mark = shared.iter().skip(1).rposition(|c| !c.is_alphanumeric()).map(|at| at + 2);
    let letters = shared.iter().take_while(|c| !c.is_ascii_digit()).count();
    mark.unwrap_or(0).max(letters) as f64
}

/// A name as hospitals (`MURRAY^ALICE^^^`) and airlines (`MURRAY/ALICE MRS`) write it, with blanks between its parts.
pub(super) fn unfolded_name(text: &str) -> Cow<'_, str> {
    let hospital = text.contains('^');
    let letters =
        |c: char| c.is_uppercase() || hospital && c.is_alphabetic() || matches!(c, '^' | '/' | ' ' | '-' | '\'');
    let parts = hospital || text.matches('/').count() == 1;
    if parts && !text.starts_with(['^', '/']) && text.len() >= 6 && text.chars().all(letters) {
        let blanks = text.replacen(['^', '/'], ", ", 1).replace('^', " ");
        return Cow::Owned(blanks.trim_end_matches([' ', ',']).to_owned());
    }
    Cow::Borrowed(text)
}

/// A key of settings that says of its value that it is secret: `smtp_passwort`, `stripe.secret-key`.
pub(super) fn names_a_secret(text: &str) -> bool {
    const HINTS: &[&str] =
        &["pass", "pwd", "secret", "token", "key", "kenn", "senha", "contras", "wachtw", "haslo", "losen"];
    let key = text.len() <= 60 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
    let lower = || text.to_ascii_lowercase();
    key && text.contains(['_', '.', '-'])
        && HINTS.iter().any(|hint| lower().contains(hint))
        && crate::header::name_means(text)
            .is_some_and(|means| means == Category::PASSWORD || means == Category::CREDENTIALS)
}

/// One word of letters, digits and signs in turn, as passwords and keys are chosen.
pub(super) fn is_secret_like(text: &str) -> bool {
    let bytes = text.as_bytes();
    let has = |kind: fn(&u8) -> bool| bytes.iter().any(kind);
    let changes = bytes.windows(2).filter(|pair| class(pair[0]) != class(pair[1])).count();
    (8..=256).contains(&text.len())
        && !text.contains(['/', '@', ' ', '\n', '{'])
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_lowercase)
        && (has(u8::is_ascii_uppercase) || has(|byte| b"!#$%&*?+~^".contains(byte)))
        && changes * 5 >= text.len() * 2
}
