//! Where a source is, whatever a policy file calls it: two sources may be one, or one may lie within another.

use std::fmt;
use std::path::Path;

/// Where a source is. Holds no account and no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whereabouts {
    /// The server, the bucket, or `file`.
    server: String,
    /// The database, folder, file or prefix; empty: all that is there.
    within: String,
    names: Names,
    /// Who the server is, by its own word: the same whatever name leads to it. None where it was not asked or does not
    /// say.
    identity: Option<String>,
}

/// What the names of tables, files and objects in a source begin at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Names {
    /// The database.
    Database,
    /// The file, which is the source.
    File,
    /// The folder.
    Folder,
    /// The bucket: the prefix stands in each key.
    Key,
    /// The server: the database stands in each name.
    Server,
}

impl Whereabouts {
    /// A database on a server whose tables are named without it.
    pub(crate) fn database(scheme: &str, host: &str, port: u16, database: &str) -> Self {
        let server = format!("{scheme}://{}:{port}", known_host(host));
        Self { server, within: database.to_owned(), names: Names::Database, identity: None }
    }

    /// A database on a server, or all of them, whose tables are named with it; `port` is none for a socket.
    pub(crate) fn server(scheme: &str, host: &str, port: Option<u16>, database: Option<&str>) -> Self {
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let server = format!("{scheme}://{}{port}", known_host(host));
        Self { server, within: database.unwrap_or_default().to_owned(), names: Names::Server, identity: None }
    }

    /// What begins with `prefix` in a bucket. `identity` is the same for two addresses that may be one bucket.
    pub(crate) fn bucket(store: &str, bucket: &str, prefix: &str, identity: Option<String>) -> Self {
        Self { server: format!("{store}/{bucket}"), within: prefix.to_owned(), names: Names::Key, identity }
    }

    /// A file or folder; links are followed.
    pub(crate) fn path(path: &Path) -> Self {
        let path = fs_err::canonicalize(path).or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.into());
        let names = if path.is_dir() { Names::Folder } else { Names::File };
        let within = path.to_string_lossy().trim_end_matches('/').to_owned();
        Self { server: "file".to_owned(), within, names, identity: None }
    }

    /// Where it is on a server, in a text that stays the same; none for what lies on this machine, as a folder may be
    /// moved with the project.
    pub fn on_server(&self) -> Option<String> {
        (self.server != "file").then(|| self.to_string())
    }

    /// The same, of a server that says who it is.
    #[must_use]
    pub fn who_is(self, identity: Option<String>) -> Self {
        Self { identity: identity.or(self.identity), ..self }
    }

    /// Whether both are on one server; none where only the servers could tell, and one of them was not asked.
    pub fn is_one_server(&self, other: &Self) -> Option<bool> {
        let engine = |server: &str| server.split_once("://").map(|(engine, _)| engine.to_owned());
        match (&self.identity, &other.identity) {
            _ if self.server == other.server => Some(true),
            (Some(one), Some(other)) => Some(one == other),
            _ if engine(&self.server).is_some() && engine(&self.server) == engine(&other.server) => None,
            _ => Some(false),
        }
    }

    /// What `place`, the name of a table, file, folder or pattern of them in this source (empty: all of it), is called
    /// in the source at `other`; empty where it is all of that one, none where nothing of it lies there. Where the
    /// names of the two don't fit, or nobody knows whether two servers are one, it is rather too much than too little.
    pub fn seen_from(&self, place: &str, other: &Self) -> Option<String> {
        if self.is_one_server(other) == Some(false) {
            return None;
        }
        match (self.names, other.names) {
            (Names::Database, _) | (_, Names::Database) | (Names::File, Names::File) => {
                (self.within == other.within).then(|| place.to_owned())
            }
            (Names::Server, _) | (_, Names::Server) => {
                let is_one = self.within.is_empty() || other.within.is_empty() || self.within == other.within;
                is_one.then(|| place.to_owned())
            }
            // A key of a bucket is the same whatever the prefix.
            (Names::Key, _) | (_, Names::Key) => match () {
                () if !place.is_empty() => Some(place.to_owned()),
                () if other.within.starts_with(&self.within) => Some(String::new()),
                () if self.within.starts_with(&other.within) => Some(format!("{}*", self.within)),
                () => None,
            },
            (Names::File | Names::Folder, Names::File | Names::Folder) => {
                let whole = match self.names {
                    Names::Folder if !place.is_empty() => format!("{}/{place}", self.within),
                    _ => self.within.clone(),
                };
                below(&whole, &other.within)
            }
        }
    }
}

/// What a path or pattern is called in `folder`.
fn below(path: &str, folder: &str) -> Option<String> {
    let path = path.trim_end_matches('/');
    let within = |path: &str, folder: &str| match path.strip_prefix(folder) {
        Some(rest) if rest.is_empty() || rest.starts_with('/') || folder.is_empty() => {
            Some(rest.trim_start_matches('/').to_owned())
        }
        _ => None,
    };
    within(path, folder).or_else(|| {
        let (fixed, is_pattern) = path.split_once('*').map_or((path, false), |(fixed, _)| (fixed, true));
        let covers = if is_pattern { folder.starts_with(fixed) } else { within(folder, path).is_some() };
        covers.then(String::new)
    })
}

/// The names of this machine are one.
fn known_host(host: &str) -> String {
    let host = host.trim_matches(['[', ']']).trim_end_matches('.').to_lowercase();
    let is_here = host == "localhost" || host == "::1" || host.starts_with("127.");
    if is_here { "localhost".to_owned() } else { host }
}

impl fmt::Display for Whereabouts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.server.as_str() {
            "file" => f.write_str(&self.within),
            server => write!(f, "{server}/{}", self.within),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_database_is_one_whatever_it_is_called() {
        let shop = |host: &str, port, database: &str| Whereabouts::database("postgresql", host, port, database);
        let here = shop("localhost", 5432, "shop");
        for same in [shop("127.0.0.1", 5432, "shop"), shop("LOCALHOST.", 5432, "shop"), shop("[::1]", 5432, "shop")] {
            assert_eq!(here.seen_from("public.orders", &same).as_deref(), Some("public.orders"));
            assert_eq!(here.seen_from("", &same).as_deref(), Some(""));
        }
        assert_eq!(here.seen_from("public.orders", &shop("localhost", 5432, "crm")), None);
        // Whether another name leads to the same server only that can say: until then it may.
        let known = |place: Whereabouts, who: &str| place.who_is(Some(who.to_owned()));
        for other in [shop("db", 5432, "shop"), shop("localhost", 5433, "shop")] {
            assert_eq!(here.is_one_server(&other), None);
            assert_eq!(here.seen_from("public.orders", &other).as_deref(), Some("public.orders"));
            let seen = |one, two| known(here.clone(), one).seen_from("public.orders", &known(other.clone(), two));
            assert_eq!((seen("a", "a").as_deref(), seen("a", "b")), (Some("public.orders"), None));
        }
        let mysql = Whereabouts::server("mysql", "db", Some(5432), Some("shop"));
        assert_eq!(here.seen_from("public.orders", &mysql), None);
    }

    #[test]
    fn a_server_that_names_its_databases_is_seen_with_and_without_one() {
        let one = |database: Option<&str>| Whereabouts::server("mysql", "db", Some(3306), database);
        let seen = |from: Option<&str>, to: Option<&str>, place: &str| one(from).seen_from(place, &one(to));
        assert_eq!(seen(Some("shop"), None, "shop.orders").as_deref(), Some("shop.orders"));
        assert_eq!(seen(None, Some("shop"), "").as_deref(), Some(""));
        assert_eq!(seen(Some("shop"), Some("crm"), "shop.orders"), None);
    }

    #[test]
    fn folders_lie_within_folders() {
        let at =
            |within: &str, names| Whereabouts { server: "file".into(), within: within.into(), names, identity: None };
        let (all, logs) = (at("/srv", Names::Folder), at("/srv/logs", Names::Folder));
        assert_eq!(logs.seen_from("a.csv", &all).as_deref(), Some("logs/a.csv"));
        assert_eq!(all.seen_from("logs/a.csv", &logs).as_deref(), Some("a.csv"));
        assert_eq!(all.seen_from("logs", &logs).as_deref(), Some(""));
        assert_eq!(all.seen_from("l*", &logs).as_deref(), Some(""));
        assert_eq!(all.seen_from("", &logs).as_deref(), Some(""));
        assert_eq!(all.seen_from("lo", &logs), None);
        let database = at("/srv/shop.db", Names::File);
        assert_eq!(database.seen_from("customers", &all).as_deref(), Some("shop.db"));
        assert_eq!(all.seen_from("shop.db", &database).as_deref(), Some(""));
        assert_eq!(database.seen_from("customers", &at("/srv/shop.db", Names::File)).as_deref(), Some("customers"));
        assert_eq!(logs.seen_from("a.csv", &database), None);
    }

    #[test]
    fn buckets_are_told_by_their_keys() {
        let at = |prefix: &str| Whereabouts::bucket("s3:", "exports", prefix, Some("s3/exports".to_owned()));
        assert_eq!(at("2026/").seen_from("2026/a.csv", &at("")).as_deref(), Some("2026/a.csv"));
        assert_eq!(at("2026/").seen_from("", &at("")).as_deref(), Some("2026/*"));
        assert_eq!(at("").seen_from("", &at("2026/")).as_deref(), Some(""));
        assert_eq!(at("2025/").seen_from("", &at("2026/")), None);
        let by_name = Whereabouts::bucket("s3 http:minio.internal", "exports", "", Some("s3/exports".to_owned()));
        assert_eq!(at("").seen_from("a.csv", &by_name).as_deref(), Some("a.csv"));
        let elsewhere = Whereabouts::bucket("azure shop", "exports", "", None);
        assert_eq!(at("").seen_from("a.csv", &elsewhere), None);
    }
}
