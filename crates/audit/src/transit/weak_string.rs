//! Connection strings and settings that do not have the server's certificate checked.
//!
//! What is found is a line number and a kind; nothing of the line is kept, since passwords stand there.

/// How a setting is weak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weakness {
    /// Connects in the clear.
    Plain,
    /// Encrypts if the server feels like it, and checks nothing.
    Opportunistic,
    /// Encrypts, to whoever answers.
    Unchecked,
    /// Checks the authority, not the name: any certificate of that authority will do.
    NoName,
}

impl Weakness {
    /// What it does, after `a connection that …`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "goes in the clear",
            Self::Opportunistic => "encrypts only if the server offers it, and does not check who answers",
            Self::Unchecked => "encrypts, but does not check who answers",
            Self::NoName => "checks the authority, but not the server's name",
        }
    }

    /// What to write instead.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Plain => {
                "turn TLS on: `sslmode=verify-full` (PostgreSQL), `ssl-mode=VERIFY_IDENTITY` (MySQL), `https://`"
            }
            Self::Opportunistic | Self::Unchecked | Self::NoName => {
                "`sslmode=verify-full` (PostgreSQL), `ssl-mode=VERIFY_IDENTITY` (MySQL), certificate checks left on; \
                 name your own authority with `sslrootcert` or `ssl-ca`"
            }
        }
    }
}

/// How an address of a database or bucket is weak; none for one that is not, for a socket, and for this
/// machine itself, where nobody is on the way.
pub fn of_address(address: &str) -> Option<Weakness> {
    let (scheme, rest) = address.split_once("://")?;
    let scheme = scheme.rsplit(':').next().unwrap_or(scheme).to_ascii_lowercase();
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let authority = place.split('/').next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let query = query.to_ascii_lowercase();
    let parameter = |names: &[&str]| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| names.contains(&key.replace('_', "-").as_str())).map(|(_, value)| value)
    };
    let is_bucket = ["s3", "s3a", "gs", "az", "azure", "abfs", "abfss"].contains(&scheme.as_str());
    if is_bucket {
        let endpoint = parameter(&["endpoint", "endpoint-url"])?;
        let endpoint = endpoint.replace("%3a", ":").replace("%2f", "/");
        return (endpoint.starts_with("http://") && !is_local(endpoint.trim_start_matches("http://")))
            .then_some(Weakness::Plain);
    }
    if is_local(host)
        || parameter(&["socket"]).is_some()
        || parameter(&["host"]).is_some_and(|host| host.starts_with(['/', '%']))
    {
        return None;
    }
    match scheme.as_str() {
        "postgres" | "postgresql" => {
            let named = parameter(&["sslrootcert"]);
            match parameter(&["sslmode"]) {
                Some("disable") => Some(Weakness::Plain),
                // A root certificate makes `require` check it (libpq).
                Some("require") if named.is_some() => Some(Weakness::NoName),
                Some("require") => Some(Weakness::Unchecked),
                Some("verify-ca") => Some(Weakness::NoName),
                Some("verify-full") => None,
                None if named == Some("system") => None,
                _ => Some(Weakness::Opportunistic),
            }
        }
        "mysql" | "mariadb" => {
            match parameter(&["ssl-mode", "sslmode"]).map(|mode| mode.replace('_', "-")).as_deref() {
                Some("disabled") => Some(Weakness::Plain),
                Some("required") => Some(Weakness::Unchecked),
                Some("verify-ca") => Some(Weakness::NoName),
                Some("verify-identity" | "verify-full") => None,
                _ => Some(Weakness::Opportunistic),
            }
        }
        _ => None,
    }
}

fn is_local(host: &str) -> bool {
    let host = host.split('/').next().unwrap_or_default();
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.is_empty() || name == "localhost" || name == "::1" || name.starts_with("127.") || name.starts_with('%')
}

/// Words of settings and code that switch a check off, in lower case without blanks and quotes.
const WORDS: &[(&str, Weakness)] = &[
    ("sslmode=disable", Weakness::Plain),
    ("sslmode:disable", Weakness::Plain),
    ("sslmode=allow", Weakness::Opportunistic),
    ("sslmode:allow", Weakness::Opportunistic),
    ("sslmode=prefer", Weakness::Opportunistic),
    ("sslmode:prefer", Weakness::Opportunistic),
    ("sslmode=require", Weakness::Unchecked),
    ("sslmode:require", Weakness::Unchecked),
    ("ssl-mode=disabled", Weakness::Plain),
    ("ssl-mode=preferred", Weakness::Opportunistic),
    ("ssl-mode=required", Weakness::Unchecked),
    ("usessl=false", Weakness::Plain),
    ("verifyservercertificate=false", Weakness::Unchecked),
    ("trustservercertificate=true", Weakness::Unchecked),
    ("rejectunauthorized:false", Weakness::Unchecked),
    ("rejectunauthorized=false", Weakness::Unchecked),
    ("node_tls_reject_unauthorized=0", Weakness::Unchecked),
    ("node_tls_reject_unauthorized:0", Weakness::Unchecked),
    ("verify=false", Weakness::Unchecked),
    ("verify_ssl=false", Weakness::Unchecked),
    ("ssl_verify_mode:none", Weakness::Unchecked),
    ("ssl_verify_cert=false", Weakness::Unchecked),
    ("insecureskipverify:true", Weakness::Unchecked),
    ("curlopt_ssl_verifypeer,false", Weakness::Unchecked),
    ("curlopt_ssl_verifypeer=>false", Weakness::Unchecked),
    ("mysqli_client_ssl_dont_verify_server_cert", Weakness::Unchecked),
];

/// Longest line looked at; minified code is no setting.
const LONGEST_LINE: usize = 4096;
/// Lines reported of one file.
const MOST_LINES: usize = 100;

/// The weak lines of a file: line number from 1, and how it is weak.
pub fn of_text(text: &str) -> Vec<(usize, Weakness)> {
    let weak = text.lines().enumerate().filter(|(_, line)| line.len() <= LONGEST_LINE);
    weak.filter_map(|(index, line)| Some((index + 1, of_line(line)?))).take(MOST_LINES).collect()
}

fn of_line(line: &str) -> Option<Weakness> {
    let trimmed = line.trim_start();
    // Comments connect nowhere. `#` may begin a value in the middle, so only whole lines count.
    if ["#", "//", ";", "--", "<!--", "*"].iter().any(|mark| trimmed.starts_with(mark)) {
        return None;
    }
    let squeezed: String = line.chars().filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\'' | '`')).collect();
    let squeezed = squeezed.to_ascii_lowercase();
    let addresses = ["postgres://", "postgresql://", "mysql://", "mariadb://"];
    for scheme in addresses {
        if let Some(at) = squeezed.find(scheme) {
            let address = squeezed.get(at..)?;
            let end = address.find(['<', '>', ')', ',', ';', '}']).unwrap_or(address.len());
            return of_address(address.get(..end)?);
        }
    }
    if let Some((_, weakness)) = WORDS.iter().find(|(word, _)| ends_a_word(&squeezed, word)) {
        return Some(*weakness);
    }
    let is_store = ["s3", "minio", "bucket", "endpoint_url", "aws_endpoint"].iter().any(|word| squeezed.contains(word));
    let at = squeezed.find("http://").filter(|_| is_store)?;
    let host = squeezed.get(at + "http://".len()..)?;
    (!is_local(host)).then_some(Weakness::Plain)
}

/// Whether `word` stands in the text and does not go on (`sslmode=require` is not `sslmode=requirement`).
fn ends_a_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back().is_none_or(|c| !c.is_ascii_alphanumeric());
        let starts_free = before || word.starts_with("ssl");
        let after = text[at + word.len()..].chars().next().is_none_or(|c| !c.is_ascii_alphanumeric() && c != '-');
        starts_free && after
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_weak_where_nobody_checks_who_answers() {
        let cases = [
            ("postgres://ada@db.internal/shop", Some(Weakness::Opportunistic)),
            ("postgres://ada@db.internal/shop?sslmode=disable", Some(Weakness::Plain)),
            ("postgres://ada@db.internal/shop?sslmode=require", Some(Weakness::Unchecked)),
            ("postgres://ada@db.internal/shop?sslmode=verify-ca&sslrootcert=x", Some(Weakness::NoName)),
            ("postgres://ada@db.internal/shop?sslmode=verify-full", None),
            ("postgres://ada@localhost/shop?sslmode=disable", None),
            ("postgres://ada@[::1]:5432/shop", None),
            ("postgres:///shop?host=/run/postgresql", None),
            ("mysql://ada@db/shop", Some(Weakness::Opportunistic)),
            ("mysql://ada@db/shop?ssl-mode=REQUIRED", Some(Weakness::Unchecked)),
            ("mysql://ada@db/shop?ssl_mode=verify_identity", None),
            ("s3://bucket?endpoint=http://minio:9000", Some(Weakness::Plain)),
            ("s3://bucket?endpoint=http://127.0.0.1:9000", None),
            ("s3://bucket", None),
            ("sqlite:shop.db", None),
        ];
        for (address, weakness) in cases {
            assert_eq!(of_address(address), weakness, "{address}");
        }
    }

    #[test]
    fn settings_of_many_kinds_are_found_by_line() {
        let text = "\
DATABASE_URL=postgres://shop:geheim@db.example/shop
# sslmode=disable
  sslmode: 'require'
requests.get(url, verify=False)
ssl: { rejectUnauthorized: false }
jdbc:postgresql://db.example/shop?sslmode=verify-full
verify = falsehood
AWS_ENDPOINT_URL=http://minio.internal:9000
const pool = mysql.createPool('mysql://a:b@db.example/x?ssl-mode=DISABLED');
see http://example.com for more
PGSSLMODE=prefer";
        let found = of_text(text);
        assert_eq!(
            found,
            [
                (1, Weakness::Opportunistic),
                (3, Weakness::Unchecked),
                (4, Weakness::Unchecked),
                (5, Weakness::Unchecked),
                (8, Weakness::Plain),
                (9, Weakness::Plain),
                (11, Weakness::Opportunistic),
            ]
        );
    }
}
