//! The address of a source, as the policy file or the command line writes it.

use std::fmt;
use std::path::PathBuf;

use dataward_model::Redacted;
use dataward_model::SourceKind;
use percent_encoding::percent_decode_str;
use thiserror::Error;
use url::Url;

use crate::address_settings as settings;

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
    /// Something like a password stands where a path would be.
    #[error(
        "this is neither an address nor a path: a log-in belongs into an address such as `postgres://USER@HOST/DATABASE`, \
         and a path takes no settings"
    )]
    Login,
    /// The log-in ends too early.
    #[error("not a valid address: write `/`, `?`, `#` and `@` in a password as %2F, %3F, %23 and %40")]
    Password,
    /// Not a URL.
    #[error("not a valid address: {0}")]
    Syntax(String),
    /// A scheme that no connector serves.
    #[error("no connector for `{0}:` addresses")]
    UnknownScheme(String),
}

/// What an address held that must not be written down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressSecrets {
    /// What opens the store: what the policy file calls `password`.
    pub password: Option<Redacted<String>>,
    /// Names of settings that were left out, of those that can be told: no connector takes them, or they hold a secret
    /// that a connector takes from the environment alone.
    pub left_out: Vec<String>,
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
            return if holds_login(text) { Err(InvalidSourceUrl::Login) } else { Ok(Self::Path(PathBuf::from(text))) };
        };
        let kind = match scheme.to_ascii_lowercase().as_str() {
            "file" => return Ok(Self::Path(local_path(rest))),
            "sqlite" | "sqlite3" if holds_login(rest) => return Err(InvalidSourceUrl::Login),
            "sqlite" | "sqlite3" => return Ok(Self::Sqlite(local_path(rest))),
            "postgres" | "postgresql" => SourceKind::Postgresql,
            "mysql" | "mariadb" => SourceKind::Mysql,
            "s3" | "s3a" | "gs" | "az" | "azure" | "abfs" | "abfss" => SourceKind::Objects,
            other => return Err(InvalidSourceUrl::UnknownScheme(other.to_owned())),
        };
        let url = Url::parse(text).map_err(|error| InvalidSourceUrl::Syntax(error.to_string()))?;
        if url.cannot_be_a_base() {
            return Err(InvalidSourceUrl::Syntax("`//` stands behind the scheme".to_owned()));
        }
        // `postgres://ada:12/34@db`: host `ada`, port 12, and the end of the password as the path.
        let is_bucket = kind == SourceKind::Objects && url.port().is_none();
        let parts = [url.path(), url.fragment().unwrap_or_default()];
        let goes_on =
            parts.iter().any(|part| part.contains('@')) || url.query_pairs().any(|(name, _)| name.contains('@'));
        if url.username().is_empty() && !is_bucket && goes_on {
            return Err(InvalidSourceUrl::Password);
        }
        Ok(Self::Remote { kind, url })
    }

    /// Whether the address itself holds a password.
    pub fn has_password(&self) -> bool {
        match self {
            Self::Path(_) | Self::Sqlite(_) => false,
            Self::Remote { url, .. } => {
                let hides = |name: &str, value: &str| settings::is_secret(name) || settings::has_login(value);
                url.password().is_some() || url.query_pairs().any(|(name, value)| hides(&name, &value))
            }
        }
    }

    /// The address as it may be written down, and what was taken out of it.
    pub fn without_secrets(&self) -> (Self, AddressSecrets) {
        let mut secrets = AddressSecrets::default();
        let Self::Remote { kind, url } = self else { return (self.clone(), secrets) };
        let mut clean = url.clone();
        clean.set_fragment(None);
        let mut kept: Vec<(String, String)> = Vec::new();
        for (name, value) in url.query_pairs() {
            if settings::is_password(&name) {
                secrets.password = Some(Redacted::new(value.into_owned()));
            } else if settings::is_known(&name) && !settings::has_login(&value) {
                kept.push((name.into_owned(), value.into_owned()));
            } else if let Some(name) = settings::told(&name, &value) {
                secrets.left_out.push(name.to_owned());
            }
        }
        if let Some(password) = url.password() {
            let password = percent_decode_str(password).decode_utf8_lossy().into_owned();
            secrets.password.get_or_insert_with(|| Redacted::new(password));
            // None of this can fail: an address that has a password has a host.
            let _ = clean.set_password(None);
            let whose = match clean.scheme() {
                _ if *kind != SourceKind::Objects => None,
                "s3" | "s3a" => Some("access_key_id"),
                _ => Some("account"),
            };
            if let Some(whose) = whose {
                let user = percent_decode_str(url.username()).decode_utf8_lossy().into_owned();
                if !user.is_empty() && kept.iter().all(|(name, _)| name != whose) {
                    kept.push((whose.to_owned(), user));
                }
                let _ = clean.set_username("");
            }
        }
        let are_all_kept = kept.len() == url.query_pairs().count();
        if kept.is_empty() {
            clean.set_query(None);
        } else if !are_all_kept || clean.username() != url.username() {
            clean.query_pairs_mut().clear().extend_pairs(kept);
        }
        (Self::Remote { kind: *kind, url: clean }, secrets)
    }
}

/// Whether what would be a path has a log-in in it: `postgres//ada:secret@db`, `host=db password=secret`,
/// `shop.db?key=secret`.
fn holds_login(text: &str) -> bool {
    // Of a Windows path, the drive.
    let text = text
        .strip_prefix(|letter: char| letter.is_ascii_alphabetic())
        .filter(|rest| rest.starts_with(':'))
        .map_or(text, |rest| &rest[1..]);
    let is_login = |login: &str| login.rsplit('/').any(|part| part.contains(':'));
    let mut settings = text.split(['?', '&', ' ', ';']).filter_map(|setting| setting.split_once('='));
    text.rsplit_once('@').is_some_and(|(login, _)| is_login(login))
        || settings.any(|(name, value)| !value.is_empty() && settings::is_secret(name.trim()))
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
            Self::Remote { kind, url } => {
                let mut shown = url.clone();
                if shown.password().is_some() {
                    // Cannot fail: a URL that has a password has a host.
                    let _ = shown.set_password(Some("***"));
                }
                // The end of a password that was not written in percent.
                if *kind != SourceKind::Objects && shown.path().contains('@') {
                    shown.set_path("/***");
                }
                if shown.fragment().is_some() {
                    shown.set_fragment(Some("***"));
                }
                if let Some(settings) = settings::shown(&shown) {
                    shown.query_pairs_mut().clear().extend_pairs(settings);
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
    fn secrets_in_settings_never_print() {
        for text in [
            "postgres://ada@db/shop?password=s3cret",
            "postgres://ada@db/shop?sslmode=require&sslpassword=s3cret",
            "mysql://ada@db/shop?pwd=s3cret",
            "az://backups?account=shop&sv=2024&sig=s3cret",
            "s3://bucket/a?X-Amz-Credential=s3cret&X-Amz-Signature=s3cret",
            "s3://bucket?endpoint=https://ada:s3cret@store.example",
            "s3://AKIA:s3cret@bucket",
        ] {
            let url = parse(text);
            assert!(url.has_password(), "{text}");
            assert!(!format!("{url} {url:?}").contains("s3cret"), "{url}");
            let (clean, secrets) = url.without_secrets();
            let SourceUrl::Remote { url, .. } = &clean else { panic!("{clean}") };
            assert!(!url.as_str().contains("s3cret") && !clean.has_password(), "{url}");
            assert!(!format!("{secrets:?}").contains("s3cret"), "{secrets:?}");
        }
        // Who knows what a setting is that nobody knows, and a password that was not written in percent?
        for text in
            ["mysql://ada@db/shop?hush=s3cret", "mysql://ada:a@db/b?s3cret", "postgres://a:b@c/d#s3cret@db/shop"]
        {
            let shown = parse(text).to_string();
            assert!(!shown.contains("s3cret"), "{shown}");
        }
        assert_eq!(parse("postgres://ada:p@ss/s3cret@db/shop").to_string(), "postgres://ada:***@ss/***");
    }

    #[test]
    fn what_is_taken_out_of_an_address_is_the_password_of_its_source() {
        let clean = |text: &str| {
            let (clean, secrets) = parse(text).without_secrets();
            (clean.to_string(), secrets.password.map(|password| password.expose().clone()), secrets.left_out)
        };
        let password = Some("s3/cret".to_owned());
        assert_eq!(
            clean("postgres://ada:s3%2Fcret@db/shop?sslmode=require"),
            ("postgres://ada@db/shop?sslmode=require".to_owned(), password.clone(), Vec::new())
        );
        assert_eq!(
            clean("postgres://ada@db/shop?password=s3/cret&sslpassword=x"),
            ("postgres://ada@db/shop".to_owned(), password.clone(), vec!["sslpassword".to_owned()])
        );
        assert_eq!(
            clean("s3://AKIA:s3%2Fcret@bucket/a?region=eu"),
            ("s3://bucket/a?region=eu&access_key_id=AKIA".to_owned(), password.clone(), Vec::new())
        );
        assert_eq!(
            clean("az://shop:s3%2Fcret@backups"),
            ("az://backups?account=shop".to_owned(), password, Vec::new())
        );
        let sas = clean("az://backups/a?account=shop&sv=2024&sig=s3cret");
        assert_eq!(sas, ("az://backups/a?account=shop".to_owned(), None, vec!["sv".to_owned(), "sig".to_owned()]));
    }

    #[test]
    fn texts_with_a_log_in_are_no_paths() {
        for text in [
            "postgres//ada:s3cret@db/shop",
            "//ada:s3cret@db/shop",
            "host=db user=ada password=s3cret",
            "sqlite:shop.db?key=s3cret",
            "shop.db?password=s3cret",
        ] {
            assert_eq!(SourceUrl::parse(text), Err(InvalidSourceUrl::Login), "{text}");
        }
        for text in ["postgres://ada:12/34@db/shop", "mysql://ada:12?34@db/shop", "s3://ada:12/34@bucket"] {
            assert_eq!(SourceUrl::parse(text), Err(InvalidSourceUrl::Password), "{text}");
        }
        assert!(matches!(SourceUrl::parse("postgres:ada:s3cret@db"), Err(InvalidSourceUrl::Syntax(_))));
        for path in ["mails/ada@example.org", "C:\\mails\\a@b", "a=b/c", "exports 2024"] {
            assert_eq!(SourceUrl::parse(path), Ok(SourceUrl::Path(path.into())));
        }
        assert!(SourceUrl::parse("s3://bucket/a@b").is_ok());
    }

    #[test]
    fn unknown_schemes_are_named_without_the_address() {
        assert_eq!(SourceUrl::parse("mongodb://ada:s3cret@db"), Err(InvalidSourceUrl::UnknownScheme("mongodb".into())));
        let error = SourceUrl::parse("postgres://ada:s3cret@[::/x").unwrap_err();
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
}
