//! Which settings of an address may be shown. What is not known may be a secret, so it is starred out.

use url::Url;

/// The settings that connectors take. Their values are no secrets.
const KNOWN: &[&str] = &[
    "access_key_id",
    "account",
    "allow_http",
    "application_name",
    "auth",
    "channel_binding",
    "client_encoding",
    "connect-timeout",
    "connect_timeout",
    "dbname",
    "endpoint",
    "fallback_application_name",
    "gssencmode",
    "host",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "options",
    "port",
    "region",
    "socket",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "ssl_mode",
    "sslca",
    "sslcert",
    "sslcompression",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "sslsni",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
    "versions",
];

/// What stands for a secret.
const STARS: &str = "***";

/// Whether connectors take a setting of that name.
pub(crate) fn is_known(name: &str) -> bool {
    KNOWN.contains(&name)
}

/// Whether a setting of that name carries a secret: `password`, `sslpassword`, `sig`, `X-Amz-Signature`.
pub(crate) fn is_secret(name: &str) -> bool {
    const PARTS: [&str; 11] = [
        "accesskey",
        "accountkey",
        "apikey",
        "credential",
        "passphrase",
        "passwd",
        "password",
        "secret",
        "sharedkey",
        "signature",
        "token",
    ];
    const WHOLE: [&str; 6] = ["key", "pass", "pw", "pwd", "sas", "sig"];
    let letters = name.chars().filter(|letter| letter.is_ascii_alphanumeric());
    let word: String = letters.map(|letter| letter.to_ascii_lowercase()).collect();
    !word.ends_with("accesskeyid") && (WHOLE.contains(&word.as_str()) || PARTS.iter().any(|part| word.contains(part)))
}

/// Whether the setting is what a secret unlocks the store with, as a `password` of the policy file does.
pub(crate) fn is_password(name: &str) -> bool {
    matches!(name, "access_key" | "account_key" | "key" | "password" | "secret_access_key" | "secret_key")
}

/// A name as it may be told: none where it may itself be a part of a secret with a `?` in it.
pub(crate) fn told<'a>(name: &'a str, value: &str) -> Option<&'a str> {
    let is_word = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    (!value.is_empty() && name.len() <= 40 && is_word(name)).then_some(name)
}

/// The settings as they may be shown; none where nothing is to be hidden.
pub(crate) fn shown(url: &Url) -> Option<Vec<(String, String)>> {
    let pairs: Vec<(String, String)> =
        url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    let shown: Vec<(String, String)> = pairs
        .iter()
        .map(|(name, value)| match (is_known(name), told(name, value)) {
            (true, _) => (name.clone(), without_login(value)),
            (false, Some(name)) => (name.to_owned(), STARS.to_owned()),
            (false, None) => (STARS.to_owned(), String::new()),
        })
        .collect();
    (shown != pairs).then_some(shown)
}

/// Whether a setting's value is an address with a password in it.
pub(crate) fn has_login(value: &str) -> bool {
    Url::parse(value).is_ok_and(|url| url.password().is_some())
}

/// An endpoint without what stands before its `@`.
fn without_login(value: &str) -> String {
    let Ok(mut url) = Url::parse(value) else { return value.to_owned() };
    if url.password().is_none() {
        return value.to_owned();
    }
    // Cannot fail: an address that has a password has a host.
    let _ = url.set_password(Some(STARS));
    url.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_unlocks_a_store_is_a_secret_and_what_names_a_key_is_none() {
        for name in ["password", "sslpassword", "sig", "X-Amz-Signature", "X-Amz-Security-Token", "AccountKey", "key"] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["access_key_id", "AWSAccessKeyId", "sslkey", "ssl-key", "account", "region", "sslmode"] {
            assert!(!is_secret(name), "{name}");
        }
    }
}
