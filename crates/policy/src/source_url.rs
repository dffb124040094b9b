//! The address of a source, as the policy file or the command line writes it.

use std::fmt;
use std::path::PathBuf;

use dataward_model::SourceKind;
use percent_encoding::percent_decode_str;
use thiserror::Error;
use url::Url;

/// The address of a source. Prints without its password.
#[derive(Clone, PartialEq, Eq)]
pub enum SourceUrl {
    /// A file or folder: a bare path, `file:relative` or `file:///absolute`. Whether a file is an
    /// SQLite database shows when it is opened.
    Path(PathBuf),
    /// An SQLite database: `sqlite:path`.
    Sqlite(PathBuf),
    /// A database server or bucket.
    Remote {
        /// What kind of server.
        kind: SourceKind,
        /// The whole address, perhaps with a password.
        url: Url,
    },
}

/// Why a text is no address. Never repeats the text: it may hold a password.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum InvalidSourceUrl {
    /// Nothing there.
    #[error("the address is empty")]
    Empty,
    /// Not a URL.
    #[error("not a valid address: {0}")]
    Syntax(String),
    /// A scheme that no connector serves.
    #[error("no connector for `{0}:` addresses")]
    UnknownScheme(String),
}

impl SourceUrl {
    /// The schemes that are understood, for help texts.
    pub const SCHEMES: &str = "postgres://, mysql://, mariadb://, sqlite:, file:, s3://, gs://, az:// or a path";

    /// Reads an address.
    ///
    /// # Errors
    /// When it is empty, of an unknown scheme or no URL.
    pub fn parse(text: &str) -> Result<Self, InvalidSourceUrl> {
        if text.is_empty() {
            return Err(InvalidSourceUrl::Empty);
        }
        let Some((scheme, rest)) = split_scheme(text) else {
            return Ok(Self::Path(PathBuf::from(text)));
        };
        let kind = match scheme.to_ascii_lowercase().as_str() {
            "file" => return Ok(Self::Path(local_path(rest))),
            "sqlite" | "sqlite3" => return Ok(Self::Sqlite(local_path(rest))),
            "postgres" | "postgresql" => SourceKind::Postgresql,
            "mysql" | "mariadb" => SourceKind::Mysql,
            "s3" | "s3a" | "gs" | "az" | "azure" | "abfs" | "abfss" => SourceKind::Objects,
            other => return Err(InvalidSourceUrl::UnknownScheme(other.to_owned())),
        };
        let url = Url::parse(text).map_err(|error| InvalidSourceUrl::Syntax(error.to_string()))?;
        Ok(Self::Remote { kind, url })
    }

    /// Whether the address itself holds a password.
    pub fn has_password(&self) -> bool {
        match self {
            Self::Path(_) | Self::Sqlite(_) => false,
            Self::Remote { url, .. } => {
                url.password().is_some() || url.query_pairs().any(|(key, _)| is_secret_key(&key))
            }
        }
    }
}

/// Query keys that carry a secret.
fn is_secret_key(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    key.contains("password") || key.contains("secret") || key.contains("token") || key == "access_key"
}

/// `scheme:rest`, where the scheme has two letters or more (`C:` is no scheme).
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let is_scheme = scheme.len() > 1
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    is_scheme.then_some((scheme, rest))
}

/// The path after `file:` or `sqlite:`, with or without `//`, percent-decoded where it has `//`.
fn local_path(rest: &str) -> PathBuf {
    match rest.strip_prefix("//") {
        Some(after) => {
            let path = after.strip_prefix("localhost").unwrap_or(after);
            PathBuf::from(percent_decode_str(path).decode_utf8_lossy().into_owned())
        }
        None => PathBuf::from(rest),
    }
}

impl fmt::Display for SourceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(f, "{}", path.display()),
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Remote { url, .. } => {
                let mut shown = url.clone();
                if shown.password().is_some() {
                    // Cannot fail: a URL that has a password has a host.
                    let _ = shown.set_password(Some("***"));
                }
                if shown.query_pairs().any(|(key, _)| is_secret_key(&key)) {
                    let pairs: Vec<(String, String)> = shown
                        .query_pairs()
                        .map(|(key, value)| {
                            let hidden = is_secret_key(&key);
                            (key.into_owned(), if hidden { "***".to_owned() } else { value.into_owned() })
                        })
                        .collect();
                    shown.query_pairs_mut().clear().extend_pairs(pairs);
                }
                write!(f, "{shown}")
            }
        }
    }
}

impl fmt::Debug for SourceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SourceUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> SourceUrl {
        SourceUrl::parse(text).unwrap()
    }

    #[test]
    fn paths_come_bare_or_as_file_urls() {
        assert_eq!(parse("exports"), SourceUrl::Path("exports".into()));
        assert_eq!(parse("file:exports"), SourceUrl::Path("exports".into()));
        assert_eq!(parse("file:///srv/my%20exports"), SourceUrl::Path("/srv/my exports".into()));
        assert_eq!(parse("sqlite:shop.db"), SourceUrl::Sqlite("shop.db".into()));
        assert_eq!(parse("sqlite:///srv/shop.db"), SourceUrl::Sqlite("/srv/shop.db".into()));
    }

    #[test]
    fn passwords_are_noticed_and_never_printed() {
        let url = parse("postgres://ada:s3cret@db/shop?sslmode=require");
        assert!(url.has_password());
        assert_eq!(url.to_string(), "postgres://ada:***@db/shop?sslmode=require");
        assert_eq!(format!("{url:?}"), "SourceUrl(postgres://ada:***@db/shop?sslmode=require)");
        let bucket = parse("s3://bucket?secret_access_key=abc&region=eu");
        assert!(bucket.has_password());
        assert!(!bucket.to_string().contains("abc"));
        assert!(!parse("postgres://ada@db/shop").has_password());
    }

    #[test]
    fn unknown_schemes_are_named_without_the_address() {
        assert_eq!(SourceUrl::parse("mongodb://ada:s3cret@db"), Err(InvalidSourceUrl::UnknownScheme("mongodb".into())));
        let error = SourceUrl::parse("postgres://ada:s3cret@[::/x").unwrap_err();
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
}
