//! Passwords' hashes, access tokens, private keys: by the format that gives them away.

use dataward_model::Category;

use crate::recognise::Candidate;
use crate::recognise::Marks;
use crate::recognise::Recogniser;
use crate::recognise::Shape;
use crate::recognise::Strength;
use crate::recognise::TELLING;

/// A salted password hash that names its scheme (crypt(3), PHC strings, LDAP, Django).
pub static PASSWORD_HASH: Recogniser =
    Recogniser::new("password-hash", "password hash", Category::PASSWORD, Shape::Text(Marks::LETTERS), password_hash)
        .prior(TELLING)
        .examples(
            &[
                "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
                "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b/dWRWJTmaaJObG",
                "$6$rounds=5000$saltsalt$KKvcDLlCjHJY7e.IEFMXcCjHJY7e.IEFMXcCjHJY7e.IEFMXcKKvcDLlCjHJY7e",
                "pbkdf2_sha256$260000$abc123$Kf8QX0b0Zl7d1v5G4m3y0hYcKq6m3r8a2d9e7f1g2h4=",
                "{SSHA}DkMTwBl+a/3DQTxCYEApdUtNXGgdUac3",
                "$S$D5z5Tm0iVBTEsFeOXJXxfyr4Xnhg3iKM2XPBKkcnUOIGJjDdlI2J",
                "3|$argon2id$v=19$m=65536,t=4,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b/dWRWJTmaaJObG",
                "8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4:f3Kd9aXq0LmZ2pQs:2",
                "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19",
            ],
            &["$2b$12$short", "$12.50", "{name}", "pbkdf2", "3|$12.50", "5f4dcc3b5aa765d61d8327deb882cf99:en"],
        );

/// An access token or key by its published prefix, or a JSON Web Token.
pub static TOKEN: Recogniser =
    Recogniser::new("access-token", "access token or key", Category::CREDENTIALS, Shape::Text(Marks::LETTERS), token)
        .prior(TELLING)
        .context(&["token", "api key", "apikey", "secret", "bearer", "authorization"])
        .examples(
            &[
                "AKIAIOSFODNN7EXAMPLE",
                "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
                "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
            ],
            &["AKIAIOSFODNN7EXAMPL", "ghp_short", "eyJhbGciOiJIUzI1NiJ9", "task_force"],
        );

/// The head of a private key in PEM armour.
pub static PRIVATE_KEY: Recogniser = Recogniser::new(
    "private-key",
    "private key",
    Category::CREDENTIALS,
    Shape::Text(Marks::HYPHEN.and(Marks::LETTERS)),
    private_key,
)
.prior(TELLING)
.examples(
    &["-----BEGIN RSA PRIVATE KEY-----", "-----BEGIN OPENSSH PRIVATE KEY-----"],
    &["-----BEGIN CERTIFICATE-----", "-----BEGIN PUBLIC KEY-----"],
);

/// Formats of tokens: prefix and how many characters follow at least and at most.
pub const TOKEN_PREFIXES: &[(&str, usize, usize)] = &[
    ("AKIA", 16, 16),
    ("ASIA", 16, 16),
    ("ghp_", 36, 255),
    ("gho_", 36, 255),
    ("ghu_", 36, 255),
    ("ghs_", 36, 255),
    ("ghr_", 36, 255),
    ("github_pat_", 22, 255),
    ("glpat-", 20, 60),
    ("xoxb-", 20, 200),
    ("xoxp-", 20, 200),
    ("xoxa-", 20, 200),
    ("xoxs-", 20, 200),
    ("xapp-", 20, 200),
    ("sk_live_", 16, 120),
    ("sk_test_", 16, 120),
    ("rk_live_", 16, 120),
    ("pk_live_", 16, 120),
    ("whsec_", 24, 80),
    ("AIza", 35, 35),
    ("ya29.", 20, 300),
    ("SG.", 40, 90),
    ("npm_", 36, 36),
    ("pypi-AgE", 50, 300),
    ("dop_v1_", 64, 64),
    ("sk-proj-", 20, 200),
    ("sk-ant-", 20, 200),
    ("shpat_", 32, 32),
    ("hf_", 30, 60),
    ("EAACEdEose0cBA", 10, 300),
    ("sq0atp-", 22, 60),
    ("key-", 32, 32),
    ("SK", 32, 32),
    ("AC", 32, 32),
];

/// Whether `text` is a token in one of the published formats.
pub fn is_token(text: &str) -> bool {
    if text.starts_with("eyJ") {
        let mut parts = text.split('.');
        let long = |part: Option<&str>| {
            part.is_some_and(|part| {
                part.len() >= 10 && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_=".contains(&byte))
            })
        };
        return long(parts.next()) && long(parts.next()) && long(parts.next()) && parts.next().is_none();
    }
    let Some(&first) = text.as_bytes().first() else { return false };
    TOKEN_PREFIXES.iter().filter(|(prefix, ..)| prefix.as_bytes()[0] == first).any(|&(prefix, least, most)| {
        text.strip_prefix(prefix).is_some_and(|rest| {
            (least..=most).contains(&rest.len())
                && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
                && match prefix {
                    // Twilio: account and key ids are hexadecimal.
                    "SK" | "AC" | "key-" => {
                        rest.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
                    }
                    "AKIA" | "ASIA" => rest.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase()),
                    _ => true,
                }
        })
    })
}

/// Whether `text` is a password hash that names its scheme, or is written with its salt as one application does.
pub fn is_password_hash(text: &str) -> bool {
    let is_hex = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    // MySQL before 8, and what Magento, Joomla and old osCommerce write: digest, salt, version.
    if let Some(digest) = text.strip_prefix('*') {
        return digest.len() == 40 && is_hex(digest);
    }
    if let Some((digest, salt)) = text.split_once(':')
        && matches!(digest.len(), 32 | 64)
        && is_hex(digest)
    {
        let salt = salt.split(':').next().unwrap_or_default();
        return (8..=64).contains(&salt.len()) && salt.bytes().all(|byte| byte.is_ascii_alphanumeric());
    }
    // ASP.NET Core Identity, version 3: marker, function, 10,000 rounds and more, in Base64.
    if text.starts_with("AQAAAA") && text.len() >= 64 {
        return text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte));
    }
    // Nextcloud numbers its schemes.
    let text =
        text.strip_prefix("1|").or_else(|| text.strip_prefix("2|")).or_else(|| text.strip_prefix("3|")).unwrap_or(text);
    let body = |rest: &str, least: usize| {
        rest.len() >= least && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"./$,=+-_".contains(&byte))
    };
    if let Some(rest) = text.strip_prefix('$') {
        let Some((scheme, rest)) = rest.split_once('$') else { return false };
        return match scheme {
            "2a" | "2b" | "2y" | "2x" => rest.len() == 56 && body(rest, 56),
            "1" | "apr1" => body(rest, 24),
            "5" => body(rest, 44),
            "6" => body(rest, 50),
            "y" | "7" | "gy" => body(rest, 30),
            "P" | "H" => body(rest, 30),
            "S" => rest.len() >= 50 && body(rest, 50),
            "wp" => body(rest, 50),
            _ => scheme.starts_with("argon2") || scheme.starts_with("pbkdf2") || scheme.starts_with("scrypt"),
        };
    }
    if let Some(text) = text.strip_prefix('{') {
        let Some((scheme, rest)) = text.split_once('}') else { return false };
        return matches!(
            scheme,
            "SSHA" | "SHA" | "SMD5" | "MD5" | "CRYPT" | "SSHA256" | "SSHA512" | "BCRYPT" | "ARGON2" | "PKCS5S2"
        ) && rest.len() >= 20
            && body(rest, 20);
    }
    ["pbkdf2_sha256$", "pbkdf2_sha1$", "pbkdf2:sha256:", "scrypt:", "argon2$argon2", "bcrypt_sha256$", "sha1$", "md5$"]
        .iter()
        .any(|scheme| text.strip_prefix(scheme).is_some_and(|rest| rest.len() >= 30 && !rest.contains(' ')))
}

fn password_hash(candidate: &Candidate<'_>) -> Option<Strength> {
    (candidate.length() >= 20 && candidate.letter_count() >= 3 && is_password_hash(candidate.text()))
        .then_some(Strength::by_chance(1e-6))
}

fn token(candidate: &Candidate<'_>) -> Option<Strength> {
    (candidate.length() >= 20 && candidate.letter_count() >= 3 && is_token(candidate.text()))
        .then_some(Strength::by_chance(1e-5))
}

fn private_key(candidate: &Candidate<'_>) -> Option<Strength> {
    let text = candidate.text();
    (text.starts_with("-----BEGIN ") && text.get(..48.min(text.len())).unwrap_or_default().contains("PRIVATE KEY"))
        .then_some(Strength::by_chance(1e-6))
}
